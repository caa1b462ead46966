"""Rules of each file by itself: encoding, Turtle and TriG syntax, prefixes, graphs, literals, languages, layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache, cached_property, partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.check.format import Locator, formatted, refuse_unnamed, source_of
from cityrights.check.rules import Finding, Severity
from cityrights.home import listed
from cityrights.instance import SHIPPED, instance
from cityrights.pipeline.read import FORMATS, Fault, Input, inputs, unfolded
from cityrights.reuse import NOTHING, Kept
from cityrights.snapshot import Progress, digest, silent
from cityrights.vocabulary import CR, DCTERMS, GRAPH_VOCABULARY, PREFIXES, RDFS, SKOS, XSD, source_prefixes
from sparqlgate.errors import InputError
from sparqlgate.rdf.files import explain, not_utf8

LANGUAGES: Final = tuple(dict.fromkeys((*SHIPPED, *instance().languages)))
_TRANSLATED: Final = frozenset({RDFS + "label", SKOS + "prefLabel", DCTERMS + "description"})
_WITH_LANGUAGE: Final = _TRANSLATED | {CR + "text", CR + "withoutGraph", CR + "untranslated"}
_ZONE: Final = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
#: Lexical forms of XML Schema 1.1 part 2, as far as the graph uses them.
_FORMS: Final = {
    "boolean": re.compile(r"true|false|1|0"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "nonNegativeInteger": re.compile(r"\+?[0-9]+|-0+"),
    "positiveInteger": re.compile(r"\A\+?0*+[1-9][0-9]*"),
    "decimal": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"),
    "gYear": re.compile(r"-?[0-9]{4,}" + _ZONE),
    "gMonthDay": re.compile(r"--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])" + _ZONE),
    "gYearMonth": re.compile(r"\A-?[0-9]{4,}+-(?:0[1-9]|1[0-2])" + _ZONE),
    "anyURI": re.compile(r"[^\s<>\"{}|\\^`]+"),
}

#: What no draft is built with: triples outside a graph, and nodes whose names are others each time.
OUTSIDE: Final = "outside-a-graph"
_UNNAMED: Final = "blank-node"
REFUSED: Final = frozenset({OUTSIDE, _UNNAMED})
#: Rule, what is wrong, what repairs it.
Wrong = tuple[str, str, str]
_RDF_SUFFIXES: Final = frozenset({*FORMATS, ".rdf", ".owl", ".n3", ".jsonld", ".xml"})
_MOST: Final = 20
#: What is said otherwise of the files of this graph than of anybody's.
_REPAIRS: Final = {"prefix": "declare the prefix at the top as src/cityrights/vocabulary.py has it"}


def check_literal(predicate: str, literal: ox.Literal) -> Wrong | None:
    """Return what is wrong with a literal in the object place of ``predicate``, None when nothing is."""
    language = literal.language
    name = predicate.removeprefix(CR).rpartition("#")[2].rpartition("/")[2]
    if predicate in _TRANSLATED and language not in LANGUAGES:
        said = f"@{language}" if language else "no language"
        repair = f"write {', '.join(f'@{tag}' for tag in LANGUAGES[:-1])} or @{LANGUAGES[-1]}" + (
            "; other names are skos:altLabel" if name == "label" else ""
        )
        return "language-tag", f"{name} “{_short(literal)}” has {said}", repair
    if predicate in _WITH_LANGUAGE and not language:
        return "language-tag", f"{name} “{_short(literal)}” has no language", "write @en after it"
    if not language and not _well_formed(literal):
        kind = literal.datatype.value.removeprefix(XSD)
        return "datatype", f"“{_short(literal)}” is not an xsd:{kind}", "mend the value or its datatype"
    kept = stored(literal)
    if kept != literal:
        return "literal-form", f"a store writes {_written(literal)} as {_written(kept)}", f"write {_written(kept)}"
    return None


@cache
def stored(literal: ox.Literal) -> ox.Literal:
    """Return the literal as Oxigraph gives it back, which rewrites such forms as 44.0 or 044."""
    store = ox.Store()
    place = ox.NamedNode("urn:x")
    store.add(ox.Quad(place, place, literal))
    kept = next(iter(store)).object
    return kept if isinstance(kept, ox.Literal) else literal


def _well_formed(literal: ox.Literal) -> bool:
    kind = literal.datatype.value
    if not kind.startswith(XSD):
        return True
    name = kind.removeprefix(XSD)
    if name == "date":
        try:
            date.fromisoformat(literal.value[:10])
        except ValueError:
            return False
        return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}" + _ZONE, literal.value) is not None
    form = _FORMS.get(name)
    return form is None or form.fullmatch(literal.value) is not None


def _written(literal: ox.Literal) -> str:
    """Return a literal as people write it, with the prefix of its datatype."""
    kind, text = literal.datatype.value, str(literal)
    if not (kind.startswith(XSD) and text.endswith(f"^^<{kind}>")):
        return text
    return f"{text.removesuffix(f'<{kind}>')}xsd:{kind.removeprefix(XSD)}"


def _short(literal: ox.Literal) -> str:
    return literal.value if len(literal.value) <= 60 else literal.value[:57] + "…"


class Parsed:
    """One file that was read: its path, its text, its quads, its prefixes and where to find its terms.

    What is forgotten of a large file is read again when it is asked for; ``graph`` is that of a file that names none.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        quads: list[ox.Quad],
        prefixes: Mapping[str, str] | None = None,
        graph: str | None = None,
    ) -> None:
        self.path, self.prefixes = path, prefixes or {}
        self._graph = None if graph is None else ox.NamedNode(graph)
        self._text: str | None = text
        self._quads: list[ox.Quad] | None = list(self._placed(quads)) if graph is not None else quads

    def _placed(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        for quad in quads:
            yield quad if self._graph is None else ox.Quad(quad.subject, quad.predicate, quad.object, self._graph)

    @property
    def text(self) -> str:
        """What stands in the file."""
        return self.path.read_text("utf-8") if self._text is None else self._text

    @property
    def quads(self) -> Iterable[ox.Quad]:
        """What the file says."""
        if self._quads is not None:
            return self._quads
        return self._placed(ox.parse(self.text.removeprefix("\ufeff"), format=FORMATS[self.path.suffix]))

    @cached_property
    def locator(self) -> Locator:
        """The lines of the file's terms, worked out once and only when something was found."""
        return Locator(self.path, self.text)

    @property
    def is_held(self) -> bool:
        """Whether what it says is in memory."""
        return self._quads is not None

    def forget(self) -> None:
        """Make room: what is asked for later is read again."""
        self._text = self._quads = None


#: Of files with more bytes than this together none stays in memory: their statements take ten times as much.
MOST_HELD: Final = 64 << 20


class Statements(Collection[ox.Quad]):
    """All that files say, with the short form of claims and decisions unfolded, and ``more``, which is said beside it.

    It is in memory where that of the files is, and else read again each time. ``faults`` is what could not be unfolded,
    ``said`` what of it ``wanted`` says yes to.
    """

    def __init__(self, files: Sequence[Parsed], wanted: Callable[[ox.Quad], bool]) -> None:
        self._files = files
        self._held: list[ox.Quad] | None = None
        self.more: list[ox.Quad] = []
        self.faults: list[Fault] = []
        self._length = 0
        if all(item.is_held for item in files):
            self._held = list(self._read())
        self.said = list(filter(wanted, self))

    def _read(self) -> Iterator[ox.Quad]:
        self.faults, self._length = [], 0
        for quad in unfolded(((item.path, item.quads) for item in self._files), self.faults):
            self._length += 1
            yield quad

    def __iter__(self) -> Iterator[ox.Quad]:
        return chain(self._read() if self._held is None else self._held, self.more)

    def __len__(self) -> int:
        return self._length + len(self.more)

    def __contains__(self, quad: object) -> bool:
        return any(quad == one for one in self)


def files_of(home: Path) -> tuple[list[Input], list[Finding]]:
    """Return the files to read (the graph's and the SHACL shapes), and a finding for each that nothing reads."""
    graph = inputs(home)
    shapes = [Input(path, GRAPH_VOCABULARY) for path in listed(home / "ontology" / "shapes", "**/*.ttl")]
    known = {item.path for item in (*graph, *shapes)} | {home / "ontology" / "context.jsonld"}
    every = (path for part in ("ontology", "data") for path in sorted((home / part).rglob("*")))
    stray = [
        Finding(str(path), "stray-file", "nothing reads this file", "move it to data/**/*.trig or ontology/**/*.ttl")
        for path in every
        if path.suffix in _RDF_SUFFIXES and path.is_file() and path not in known
    ]
    return [*graph, *shapes], stray


def check_files(
    files: list[Input], report: Progress = silent, only: Collection[Path] | None = None, kept: Kept = NOTHING
) -> tuple[list[Finding], list[Parsed]]:
    """Check every file by itself; return the findings and the files that could be read.

    ``only`` names those to look at whole: the others are read, and no more is said of them. A file with the bytes that
    are ``kept`` is not read again.
    """
    findings: list[Finding] = []
    read: list[Parsed] = []
    large = not kept.keeps and sum(item.path.stat().st_size for item in files if item.path.is_file()) > MOST_HELD
    for number, item in enumerate(files, 1):
        whole = only is None or item.path in only
        inputs = (content_of(item.path), item.graph, whole) if kept.keeps else None
        found, parsed = kept.of(("file", item.path), inputs, partial(check_file, item, whole=whole))
        findings.extend(found)
        if parsed is not None:
            read.append(parsed)
            if large:
                parsed.forget()
        report("reading files", number, len(files))
    return findings, read


def content_of(path: Path) -> str:
    """Return a digest of a file's bytes; nothing where it cannot be read."""
    try:
        return digest(path)
    except OSError:
        return ""


def check_file(item: Input, *, whole: bool = True) -> tuple[list[Finding], Parsed | None]:
    """Check one file, or only read it; the second value is None when it cannot be read as RDF at all."""
    path = item.path
    try:
        content = path.read_bytes()
    except OSError as error:
        return [Finding(str(path), "unreadable", f"cannot be read: {error.strerror}")], None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = not_utf8(content, error.start)
        return [Finding(f"{path}:{line}", wrong.rule, wrong.reason, wrong.repair)], None
    findings, quads, prefixes = _parse(path, text)
    if findings:
        return findings, None
    parsed = Parsed(path, text, quads, prefixes)
    if whole:
        findings.extend(_check_prefixes(parsed))
    shapes = ("ontology", "shapes") in pairwise(path.parts)  # a checkout may stand in a folder of that name
    if whole and not shapes:
        findings.extend(_check_terms(parsed, item.graph))
        findings.extend(check_literal_terms(parsed))
    if whole and not findings and not shapes and text != (tidy := formatted(path, text, quads)):
        where = f"{path}:{_first_difference(text, tidy)}"
        severity: Severity = "error" if instance().is_shipped else "warning"  # who writes for themselves may lay it out
        findings.append(
            Finding(where, "layout", "not in canonical form", "make format (or: cityrights format)", severity)
        )
    return findings, parsed if item.graph is None else Parsed(path, text, quads, prefixes, item.graph)


def check_literal_terms(parsed: Parsed) -> Iterator[Finding]:
    """Yield what is wrong with the literals of a file: language, datatype, lexical form."""
    for quad in parsed.quads:
        if not isinstance(quad.object, ox.Literal):
            continue
        wrong = check_literal(quad.predicate.value, quad.object)
        if wrong is not None:
            rule, message, repair = wrong
            where = parsed.locator.where(subject=quad.subject, term=quad.object)
            thing = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
            yield Finding(where, rule, message, repair, thing=thing, of=quad.predicate.value, value=quad.object.value)


def _parse(path: Path, text: str) -> tuple[list[Finding], list[ox.Quad], Mapping[str, str]]:
    findings: dict[int, Finding] = {}
    quads: list[ox.Quad] = []
    text = text.removeprefix("\ufeff")
    parser = ox.parse(text, format=FORMATS[path.suffix])
    with suppress(SyntaxError):
        return [], list(parser), parser.prefixes
    lines = text.split("\n")
    parser = ox.parse(text, format=FORMATS[path.suffix])
    while len(findings) < _MOST:
        try:
            quads.append(next(parser))
        except StopIteration:
            break
        except SyntaxError as error:
            line = error.lineno or 1
            written = lines[line - 1] if line <= len(lines) else ""
            wrong = explain(error, written, base_helps=False, option=False)
            column = f" (column {error.offset})" if error.offset else ""
            # After an error of grammar the parser has lost its place: what it says next may only be an echo.
            if wrong.rule != "syntax" or not findings:
                repair = _REPAIRS.get(wrong.rule, wrong.repair)
                findings.setdefault(line, Finding(f"{path}:{line}", wrong.rule, wrong.reason + column, repair))
    return list(findings.values()), quads, {}


def _check_prefixes(parsed: Parsed) -> Iterator[Finding]:
    source = source_of(parsed.path, parsed.quads)
    known = PREFIXES | (source_prefixes(source) if source else {})
    for name, iri in parsed.prefixes.items():
        if name in known and known[name] != iri:
            where = f"{parsed.path}:{parsed.locator.prefix_line(name)}"
            message = f"the prefix {name}: stands for <{iri}> here, and for <{known[name]}> everywhere else"
            yield Finding(where, "prefix", message, f"write: @prefix {name}: <{known[name]}> .")


def _check_terms(parsed: Parsed, graph: str | None) -> Iterator[Finding]:
    named = True
    for quad in parsed.quads:
        if named:
            try:
                refuse_unnamed(parsed.path, parsed.text, quad)
            except InputError as error:
                named = False
                where = f"{error.path}:{error.line}" if error.line else str(error.path)
                yield Finding(where, _UNNAMED, error.reason, error.repair)
        if graph is None and isinstance(quad.graph_name, ox.DefaultGraph):
            where = parsed.locator.where(subject=quad.subject, term=quad.predicate)
            message = f"the triple {quad.subject} {quad.predicate} … stands outside a graph"
            repair = "put it into the graph of the claim that says so, or an editorial graph"
            yield Finding(where, OUTSIDE, message, repair)


def _first_difference(text: str, tidy: str) -> int:
    pairs = zip(text.split("\n"), tidy.split("\n"), strict=False)
    return next((number for number, (ours, wanted) in enumerate(pairs, 1) if ours != wanted), 1)
