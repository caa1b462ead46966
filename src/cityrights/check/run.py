"""Everything that ``cityrights check`` looks at, in stages: files, rules, invariants, shapes, documents.

And what ``cityrights validate`` looks at: anybody's files, by the shapes alone.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, Literal

import pyoxigraph as ox
import rdflib
from rdflib.namespace import RDFS, SH

from cityrights.check.documents import Document, check_lines, check_sources
from cityrights.check.plausibility import LOOKS
from cityrights.check.rules import (
    LANGUAGE,
    Broken,
    Finding,
    answers,
    by_rows,
    check_iris,
    check_merge,
    check_questions,
    check_stories,
    fold,
    hinted,
    rules,
    run_rule,
)
from cityrights.check.shapes import Result, as_graph, as_term, load_shapes, results
from cityrights.check.syntax import REFUSED, Parsed, Statements, check_files, files_of
from cityrights.check.translations import check_languages, check_translations
from cityrights.check.translations import debts as untranslated
from cityrights.coverage import OWED, Debt, debts, told_in
from cityrights.errors import CityrightsError
from cityrights.home import is_complete, listed, resource, shipped
from cityrights.instance import instance
from cityrights.library.names import nearest
from cityrights.library.pages import page_query
from cityrights.library.queries import with_prefixes
from cityrights.pipeline.derive import derive_all
from cityrights.pipeline.described import DATES, described
from cityrights.pipeline.read import LINES, Fault, Input, claim_of, inputs, parse_file, read_all, unfold, written
from cityrights.pipeline.sentences import PROSE, origins, translated
from cityrights.pipeline.sentences import faults as faults_of_sentences
from cityrights.reuse import NOTHING, Kept, Touched
from cityrights.snapshot import Progress, silent
from cityrights.translations import SOURCE
from cityrights.vocabulary import CR, GRAPH_DATASET, ID, PREFIXES, RDF, VOCABULARY, is_ours, path_of
from sparqlgate.errors import InputError
from sparqlgate.rdf.capped import parse_all, read_any
from sparqlgate.rdf.files import PACKED, extension_of

_TYPE: Final = ox.NamedNode(RDF + "type")
#: Our context, which JSON-LD of others may name, and which is here.
_CONTEXT: Final = VOCABULARY + "ontology/context.jsonld"
#: Files whose words say what stands on which line; in others a line is found by the whole IRI.
_WORDED: Final = frozenset({".ttl", ".trig", ".nt", ".nq"})

_PASSAGES: Final = ID + "passage/"
#: Makes the dataset of the snapshot from the quads of the files: every graph, what is derived, and their merge.
Dataset = Callable[[Collection[ox.Quad]], ox.Store]
#: Validates a dataset, or some of its things, against the SHACL shapes; findings name the focus node by its IRI.
Shapes = Callable[[ox.Store, Collection[str] | None], list[Finding]]


@dataclass
class Report:
    """What a check found, what each stage looked at, and what could not be run and why."""

    findings: list[Finding] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    #: What is missing and stops nothing: how the record is paid for (``cityrights coverage``).
    debts: list[Debt] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Say whether nothing but warnings was found and nothing was left out for an error."""
        return not self.not_run and not any(finding.severity == "error" for finding in self.findings)

    def as_dict(self) -> dict[str, object]:
        """Return the report for ``--json``."""
        return {
            "clean": self.clean,
            "findings": [finding.as_dict() for finding in self.findings],
            "looked_at": self.looked_at,
            "not_run": self.not_run,
            "documents": [document.as_dict() for document in self.documents],
            "debts": [asdict(debt) | {"command": debt.command} for debt in self.debts],
        }


def dataset(
    folder: Path,
    quads: Collection[ox.Quad],
    *,
    connect: bool = True,
    kept: Kept = NOTHING,
    place: Callable[[], Path] | None = None,
) -> ox.Store:
    """Return the dataset that a snapshot of ``folder`` would hold: the quads, what is derived, the merge.

    Without ``connect`` it has no connections, which no rule on the things of one source is about. What is ``kept`` of
    what was derived before is not derived again. It is in memory; more than ``LARGE`` quads are on disk, in a folder
    that ``place`` gives.
    """
    if place is not None and len(quads) > LARGE:
        on_disk = ox.Store(str(place()))
        put = partial(_put, on_disk)
        put(quads)
        derive_all(folder, on_disk, put, silent, connect=connect)
        return on_disk
    if kept.keeps:
        from cityrights.pipeline.light_draft import Standing  # who checks once needs none of it

        return kept.of("standing", None, Standing).derive(folder, quads, kept, connect=connect)
    store = ox.Store()

    def add(found: Sequence[ox.Quad]) -> None:
        store.extend(found)
        store.extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in found])

    store.extend(quads)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }")  # half of what new quads would take
    derive_all(folder, store, add, silent, connect=connect)
    return store


#: Of more quads the dataset that is checked is on disk: in memory they would take half a gigabyte.
LARGE: Final = 500_000
#: So many quads are put there at once.
_AT_ONCE: Final = 100_000


def _put(store: ox.Store, quads: Iterable[ox.Quad]) -> None:
    """Put quads, and their merge, into a store on disk."""
    rest = iter(quads)
    while some := list(islice(rest, _AT_ONCE)):
        lines = ox.serialize(some, format=ox.RdfFormat.N_QUADS) or b""
        merge = ox.serialize((quad.triple for quad in some), format=ox.RdfFormat.N_TRIPLES) or b""
        store.bulk_load(lines + merge, format=ox.RdfFormat.N_QUADS, lenient=True)


def run(
    home: Path,
    make: Dataset,
    *,
    shapes: Shapes | None = None,
    sources: Path | None = None,
    source: str = "",
    progress: Progress = silent,
    kept: Kept = NOTHING,
    ready: Callable[[ox.Store], object] | None = None,
) -> Report:
    """Check the ontology and the data of ``home``, the words of the program, and the documents in ``sources``.

    ``source`` is the slug of the one source whose files, things and document are looked at: everything else is read,
    and nothing is said of it, nor of the program's words and questions. Of what an earlier check left in ``kept`` only
    that is done again of which something has changed; ``make`` has to keep it up. ``ready`` is told the dataset, where
    nothing was found so far for which a build refuses the files.

    When a file or a claim's place cannot be read the other stages do not run: half a graph has findings that the whole
    has not. Raises InputError when a rule itself is wrong or the documents are not there, CityrightsError for a source
    that has no file.
    """
    report = Report()
    files, stray = files_of(home)
    own = _files_of_source(files, source) if source else None
    found, parsed = check_files(files, progress, own, kept)
    report.looked_at["files"] = len(files if own is None else own)
    report.findings = found
    if own is None:
        wrong_words, report.looked_at["words"] = kept.of("words", None, check_translations)
        report.findings = [*stray, *found, *wrong_words]
    later = ("rules", "invariants", "questions", *(["shapes"] if shapes else []), *(["documents"] if sources else []))
    if len(parsed) < len(files):
        report.not_run = dict.fromkeys(later, "a file cannot be read")
        return report
    graph = [item for item in parsed if ("ontology", "shapes") not in pairwise(item.path.parts)]
    quads = Statements(graph, _looked_at)
    faults = quads.faults
    homes = {item.path: item.locator for item in graph} if faults else {}
    for fault in faults:
        where = homes[fault.path].where(subject=fault.quad.subject, term=fault.quad.object)
        report.findings.append(Finding(where, "claim-lines", fault.reason, fault.repair))
    unplaced = _standing_nowhere(faults)
    try:
        quads.more = [*translated(home, quads.said), *described(home, quads.said)]
        untold = [] if own is not None else list(faults_of_sentences(home, quads.said))
    except InputError as error:
        report.findings.append(_of_sentences(error, "error"))
        report.not_run = dict.fromkeys(later, "translations of the data cannot be read")
        return report
    report.findings.extend(_of_sentences(fault, "warning") for fault in untold)
    progress("merging and deriving", 0, 1)
    told_of = quads if own is None else [quad for quad in quads if not _of_another(quad, source)]
    store = make(told_of)
    if ready is not None and not faults and not any(finding.rule in REFUSED for finding in report.findings):
        ready(store)
    if own is None and not is_complete(home):
        whose = instance(home)
        owed = kept.asking("untranslated", None, store, lambda asked: list(untranslated(whose, asked)))
        report.findings.extend(owed)
    only = None if own is None else _things(item for item in graph if item.path in own)
    broken = _broken(home, store, told_of, report, progress, only, kept)
    if sources is not None:
        progress("reading documents", 0, 1)
        wrong, report.documents = check_sources(store, sources, source, only)
        broken.extend(wrong)
        report.looked_at["documents"] = len(report.documents)
    told = [row for row in broken if (only is None or row.where.value in only) and not unplaced(row)]
    in_files, in_catalogues = _by_home(home, told)
    report.findings.extend(in_catalogues)
    report.findings.extend(located(hinted(in_files, _homes(graph, home) if in_files else {}), graph))
    if own is None:
        report.debts = kept.asking("debts", None, store, _debts)
        progress("asking the questions", 0, 1)
        asked = [check_questions(home / "queries" / folder, store, kept) for folder in ("explore", "asking")]
        report.looked_at["questions"] = sum(count for _, count in asked)
        report.findings.extend(finding for wrong_questions, _ in asked for finding in wrong_questions)
        wrong_stories, report.looked_at["stories"] = check_stories(home / "queries", store, kept)
        report.findings.extend(wrong_stories)
    if shapes is not None:
        progress("validating shapes", 0, 1)
        found = shapes(store, only)
        report.findings.extend(located([row for each in found if not unplaced(row := _broken_shape(each))], graph))
        report.looked_at["shapes"] = len(listed(home / "ontology" / "shapes", "*.ttl"))
    report.findings = by_rows(fold(report.findings))
    return report


def _looked_at(quad: ox.Quad) -> bool:
    """Say whether what is said beside the files depends on a statement: sentences, days, the dataset itself."""
    return quad.predicate in _LOOKED_AT or quad.graph_name == _ABOUT


_LOOKED_AT: Final = DATES.union(PROSE)
_ABOUT: Final = ox.NamedNode(GRAPH_DATASET)


def _debts(store: ox.Store) -> list[Debt]:
    """Return what the record owes, as ``/coverage`` and ``cityrights coverage`` tell it, but for names: findings do."""
    found = [
        {name: term.value for name in ("debt", "language", "n") if isinstance(term := row[name], ox.Literal)}
        for row in answers(store, page_query("coverage_debts"))
    ]
    stubs = len(list(answers(store, with_prefixes(OWED["stubs"]))))
    return [debt for debt in debts(found, stubs, told_in()) if debt.name != "names"]


def _standing_nowhere(faults: Iterable[Fault]) -> Callable[[Broken], bool]:
    """Return what says whether a finding follows from a claim that does not say where it stands, and so has no passage.

    What is wrong elsewhere is found beside that.
    """
    claims = {fault.quad.subject.value for fault in faults if isinstance(fault.quad.subject, ox.NamedNode)}
    passages = {claim.replace("/id/claim/", "/id/passage/", 1) for claim in claims}

    def follows(row: Broken) -> bool:
        terms = (row.where, row.term)
        named = {term.value for term in terms if isinstance(term, ox.NamedNode)}
        return row.where.value in claims or any(_passage_of(iri) in passages for iri in named)

    return follows


def _passage_of(iri: str) -> str:
    """Return the IRI of a claim's first passage, of whichever of its passages one is."""
    folder, _, name = iri.rpartition("/")
    return f"{folder}/{name.partition('-')[0]}"


def _of_sentences(error: InputError, severity: Literal["error", "warning"]) -> Finding:
    where = f"{error.path}:{error.line}" if error.line else str(error.path)
    return Finding(where, "sentences", error.reason, error.repair, severity)


def _by_home(home: Path, rows: Iterable[Broken]) -> tuple[list[Broken], list[Finding]]:
    """Return the rows about what data files say, and findings about what the translators' catalogues say, located."""
    kept: list[Broken] = []
    found: list[Finding] = []
    texts: dict[tuple[str, str, str], tuple[Path, int, str]] | None = None
    for row in rows:
        term = row.term
        if not isinstance(term, ox.Literal) or term.language in (None, SOURCE):
            kept.append(row)
            continue
        texts = origins(home) if texts is None else texts
        place = texts.get((row.where.value, term.language, term.value))
        if place is None:
            kept.append(row)
            continue
        path, line, name = place
        repair = f"mend the msgstr of “{name}”" if row.finding.rule == LANGUAGE else row.finding.repair
        finding = row.finding
        found.append(replace(finding, where=f"{path}:{line}", message=f"“{name}”: {finding.message}", repair=repair))
    return kept, found


def _files_of_source(files: Iterable[Input], source: str) -> set[Path]:
    """Return the files of a source: those of its folder, or that of its name among the external records."""
    homes: dict[str, set[Path]] = {}
    for path in (item.path for item in files):
        if path.suffix == ".trig" and path.parent.parent.name == "sources":
            homes.setdefault(path.stem if path.parent.name == "external" else path.parent.name, set()).add(path)
    if source not in homes:
        near = nearest(source, homes, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(homes))}"
        raise CityrightsError(f"there is no source “{source}”; {hint}")
    return homes[source]


def _of_another(quad: ox.Quad, source: str) -> bool:
    """Say whether a statement is of a passage of another source: a quarter of all, and none has to do with another."""
    iri = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
    return iri.startswith(_PASSAGES) and not iri.startswith(f"{_PASSAGES}{source}/")


def _homes(files: Iterable[Parsed], home: Path) -> dict[str, str]:
    """Return the file, from ``home`` on, in which each thing is given a class; the first where there are several."""
    found: dict[str, str] = {}
    for item in files:
        at = home if item.path.is_relative_to(home) else shipped()
        for quad in item.quads:
            if quad.predicate == _TYPE and isinstance(quad.subject, ox.NamedNode):
                found.setdefault(quad.subject.value, str(item.path.relative_to(at)))
    return found


def _things(files: Iterable[Parsed]) -> set[str]:
    """Return the IRI of each thing that the files say something of, what follows from them included."""
    quads, _ = unfold((item.path, item.quads) for item in files)
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def _broken_shape(finding: Finding) -> Broken:
    """Return a shape's finding with the term by which its line can be found: its value, or its property."""
    known = finding.value if finding.value.startswith(("http://", "https://")) else finding.of
    try:
        return Broken(finding, ox.NamedNode(finding.where), ox.NamedNode(known) if known else None)
    except ValueError:  # a text that only begins like an address
        return Broken(finding, ox.NamedNode(finding.where))


def validate(home: Path, paths: list[Path], *, base_iri: str | None = None, progress: Progress = silent) -> Report:
    """Validate anybody's RDF files, taken together, against the shapes of ``home``. Nothing is fetched or written.

    What the files say of things of ours (``city:utrecht``) is read with the types that these have; findings are about
    things that the files type. A file that cannot be read is a finding, and then the shapes are not run: half of the
    data have findings that the whole has not. Raises InputError where the shapes themselves are wrong.
    """
    report = Report(looked_at={"files": len(paths)})
    context = resource(home / "ontology" / "context.jsonld").read_text("utf-8")
    read: list[Parsed] = []
    for number, path in enumerate(paths, 1):
        try:
            read.append(_foreign(path, base_iri, context))
        except InputError as error:
            column = f" (column {error.column})" if error.column is not None else ""
            where = f"{path}:{error.line}" if error.line else str(path)
            report.findings.append(Finding(where, "unreadable", error.reason + column, error.repair))
        progress("reading files", number, len(paths))
    triples = {quad.triple: None for item in read for quad in item.quads if not isinstance(quad.object, ox.Triple)}
    report.looked_at["triples"] = len(triples)
    if len(read) < len(paths):
        report.not_run["shapes"] = "a file cannot be read"
        return report
    for item in read:
        if terms := sum(isinstance(quad.object, ox.Triple) for quad in item.quads):
            wrong = f"statements with a triple as a term are not looked at, which SHACL does not know: {terms}"
            report.findings.append(Finding(str(item.path), "triple-term", wrong, severity="warning"))
    progress("validating shapes", 0, 1)
    shapes = load_shapes(home / "ontology" / "shapes")
    ours = [quad.triple for item in inputs(home) if item.graph for quad in parse_file(item.path, item.graph)]
    typed = {triple.subject for triple in triples if triple.predicate == _TYPE}
    graph = as_graph([*triples, *ours, *_types(home, triples, typed)])
    shaped = {
        name for of in shapes.objects(None, SH.targetClass) for name in graph.transitive_subjects(RDFS.subClassOf, of)
    }
    things = {thing for thing in map(as_term, typed) if not shaped.isdisjoint(graph.objects(thing, rdflib.RDF.type))}
    report.looked_at |= {"things": len(things), "shapes": len(set(shapes.subjects(SH.targetClass)))}
    report.findings += _misspelt(read, ours)
    if not things:
        wrong = "no thing in these files is of a class that a shape is for, so nothing was validated"
        repair = "give things a class of the ontology, such as cr:Practice (prefix cr: <" + CR + ">)"
        report.findings.append(Finding(str(paths[0]), "nothing-validated", wrong, repair))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of literals that are not what their datatypes say
        found = [result for result in results(graph, shapes) if result.focus in things]
    report.findings += sorted({_placed(result, read) for result in found})
    progress("validating shapes", 1, 1)
    return report


def _foreign(path: Path, base_iri: str | None, context: str) -> Parsed:
    """Read a file of anybody; in JSON-LD our own context need not be fetched. Raises InputError with its place."""
    packed = path.suffix.lower() == PACKED
    text = "" if packed else path.read_bytes().decode("utf-8", "replace")
    if extension_of(path) != ".jsonld" or f'"{_CONTEXT}"' not in text:
        return Parsed(path, text, next(parse_all(read_any, [(path, base_iri)])))
    whole = json.dumps(
        json.loads(context)["@context"], ensure_ascii=False
    )  # on one line: the others keep their numbers
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(text.replace(f'"{_CONTEXT}"', whole), "utf-8")
        try:
            return Parsed(path, text, next(parse_all(read_any, [(copy, base_iri)])))
        except InputError as error:
            raise InputError(path, error.reason, error.line, error.repair, error.column) from error


def _types(home: Path, triples: Iterable[ox.Triple], typed: Collection[object]) -> list[ox.Triple]:
    """Return what our data say of the types of the things that ``triples`` name and do not type."""
    ends = {end for triple in triples for end in (triple.subject, triple.object) if isinstance(end, ox.NamedNode)}
    wanted = {end for end in ends - set(typed) if end.value.startswith(ID)}
    if not wanted:
        return []
    return [quad.triple for quad in read_all(home) if quad.predicate == _TYPE and quad.subject in wanted]


def _misspelt(read: Iterable[Parsed], ours: Iterable[ox.Triple]) -> Iterator[Finding]:
    """Yield a warning for each class and property that would be of our ontology, and is not there."""
    known = {t.subject.value for t in ours if isinstance(t.subject, ox.NamedNode) and t.subject.value.startswith(CR)}
    for item in read:
        seen = {t for quad in item.quads for t in (quad.predicate, quad.object) if isinstance(t, ox.NamedNode)}
        for term in sorted(seen, key=str):
            if term.value.startswith(CR) and term.value not in known:
                near = nearest(term.value.removeprefix(CR), [iri.removeprefix(CR) for iri in known], 1)
                repair = f"did you mean cr:{near[0]}?" if near else "the page /ontology lists what there is"
                wrong = f"the ontology has no {shortened(term.value)}"
                yield Finding(_line(item, None, term), "undeclared-term", wrong, repair, "warning")


def _placed(result: Result, read: list[Parsed]) -> Finding:
    """Return a finding with the file and the line of what it is about, as far as the words of the files can tell."""
    found = result.finding
    if not isinstance(result.focus, rdflib.URIRef):
        return replace(
            found, where=str(read[0].path) if len(read) == 1 else "", message=f"a node without a name: {found.message}"
        )
    thing = ox.NamedNode(str(result.focus))
    path = ox.NamedNode(str(result.path)) if isinstance(result.path, rdflib.URIRef) else None
    homes = [item for item in read if any(quad.subject == thing for quad in item.quads)]
    saying = [item for item in homes if any((q.subject, q.predicate) == (thing, path) for q in item.quads)]
    item = (saying or homes)[0]
    names = ((name, iri) for name, iri in item.locator.declared().items() if iri and thing.value.startswith(iri))
    short = max((f"{name}:{thing.value.removeprefix(iri)}" for name, iri in names), key=len, default="")
    name = short if short and "/" not in short else shortened(thing.value)
    return replace(found, where=_line(item, thing, path), message=f"{name}: {found.message}")


def _line(item: Parsed, thing: ox.NamedNode | None, term: ox.NamedNode | None) -> str:
    """Return ``path:line`` of a term in what a file says of a thing; only the path where nothing tells the line."""
    if extension_of(item.path) in _WORDED:
        return item.locator.where(subject=thing, term=term)
    wanted = (thing or term or ox.NamedNode("a:")).value
    line = next((number for number, text in enumerate(item.text.split("\n"), 1) if wanted in text), None)
    return f"{item.path}:{line}" if line else str(item.path)


def located(broken: Iterable[Broken], parsed: list[Parsed]) -> list[Finding]:
    """Return findings with path and line in place of the IRI, as far as the files' words can tell.

    What is wrong with a passage is told of the claim that it was unfolded from, at the line that says where it stands.
    """
    found = list(broken)
    written_as = _written({row.where.value for row in found if "/passage/" in row.where.value}, parsed)
    rows = [
        Broken(row.finding, *written_as[row.where.value]) if row.where.value in written_as else row for row in found
    ]
    if not rows:
        return []
    wanted = {row.where.value for row in rows}
    homes: dict[str, list[_Home]] = {iri: [] for iri in wanted}
    for item in parsed:
        said: dict[str, set[object]] = {}
        others: set[str] = set()
        for quad in item.quads:
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value in wanted:
                said.setdefault(quad.subject.value, set()).update((quad.predicate, quad.object))
            if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value in wanted:
                others.add(quad.graph_name.value)
        for iri, terms in said.items():
            homes[iri].insert(0, (item, terms))
        for iri in others - said.keys():
            homes[iri].append((item, set()))
    return [_located(row, homes[row.where.value]) for row in rows]


#: A file that speaks of a thing, and the properties and values that it says of it.
_Home = tuple[Parsed, set[object]]


def _written(passages: Collection[str], parsed: Iterable[Parsed]) -> dict[str, tuple[ox.NamedNode, ox.Literal]]:
    """Return the claim, and the words that say where it stands, from which each of these passages was unfolded."""
    claims = {iri: claim for iri in passages if (claim := claim_of(iri)) is not None}
    wanted = set(claims.values())
    said: dict[object, list[ox.Quad]] = {}
    for item in parsed if wanted else ():
        for quad in item.quads:
            if quad.predicate == LINES and quad.subject in wanted:
                said.setdefault(quad.subject, []).append(quad)
    found = {iri: written(iri, said.get(claim, ())) for iri, claim in claims.items()}
    return {iri: place for iri, place in found.items() if place is not None}


def _located(row: Broken, homes: list[_Home]) -> Finding:
    """Prefer the file in which both the thing and the term stand."""
    short = shortened(row.where.value)
    message = row.finding.message if short in row.finding.message else f"{short}: {row.finding.message}"
    choices = [item for item, terms in homes if (row.term or _TYPE) in terms] or [item for item, _ in homes]
    where = short
    if choices:
        locator = choices[0].locator
        line = locator.line(subject=row.where, term=row.term or _TYPE) or locator.line(term=row.where)
        where = f"{choices[0].path}:{line}" if line else str(choices[0].path)
    return replace(row.finding, where=where, message=message)


def shortened(iri: str) -> str:
    """Return an IRI as people write it: under ``id/`` by its path, else with its prefix, else whole."""
    if is_ours(iri):
        return path_of(iri)
    for name, start in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
        if iri.startswith(start):
            return f"{name}:{iri.removeprefix(start)}"
    return iri


def _found(look: Callable[..., Iterable[Broken]], store: ox.Store, **options: object) -> list[Broken]:
    return list(look(store, **options))


def _broken(
    home: Path,
    store: ox.Store,
    quads: Collection[ox.Quad],
    report: Report,
    progress: Progress,
    only: Collection[str] | None,
    kept: Kept,
) -> list[Broken]:
    todo = [rule for rule in rules(home / "queries" / "checks") if only is None or not rule.of_concepts]
    broken: list[Broken] = []
    touched = Touched(kept, "rules", store)
    for number, rule in enumerate(todo, 1):
        looked = partial(_found, run_rule, rule=rule)
        broken += touched.rows(("check", rule.path), rule.text, looked, lambda row: row.where.value)
        progress("running rules", number, len(todo))
    report.looked_at["rules"] = len(todo)
    progress("looking at every quad", 0, 1)
    # Who keeps things has merged them a moment ago: only what was written outside of graphs is in none.
    outside = any(isinstance(quad.graph_name, ox.DefaultGraph) for quad in quads) if kept.keeps else True
    if only is None and outside:
        broken.extend(check_merge(store))
    moved = kept.moved("rules")
    # What came is all that may be wrong where nothing was; what there is of it is found in the order of all.
    broken += kept.renewed(
        "iris",
        None,
        lambda before: (
            [] if before == [] and moved is not None and not any(check_iris(moved)) else list(check_iris(quads))
        ),
    )
    kept.is_up_to_date("rules")
    progress("looking for what is implausible", 0, 1)
    for look in LOOKS:
        broken += kept.asking(look.__name__, None, store, partial(_found, look))
    broken += kept.asking("lines", None, store, partial(_found, check_lines))
    broken += kept.asking("languages", None, store, partial(_found, check_languages, only=only))
    report.looked_at["quads"] = len(quads)
    return broken
