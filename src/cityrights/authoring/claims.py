"""A new claim: number, passage and what is said of it; what the claim asserts is then written by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

import pyoxigraph as ox

from cityrights.authoring.files import add_quads
from cityrights.authoring.passages import passage_iri, passage_quads
from cityrights.authoring.sources import Document, read_document, sources
from cityrights.errors import CityrightsError, InputError
from cityrights.graphs import inputs, parse_file
from cityrights.likeness import nearest
from cityrights.namespaces import CR, DCTERMS, GRAPH_CLAIMS, ID, PREFIXES, RDF, source_prefixes
from cityrights.validate.sources import LONGEST_RUN, check_pointer, runs

_LINKS = frozenset({"challenge", "solution", "takeaway"})


@dataclass(frozen=True)
class Draft:
    """What an author knows of a claim; terms are prefixed names or IRIs, ``first`` and ``last`` lines from 1."""

    source: str
    first: int
    last: int
    anchor: str
    text: str
    subjects: tuple[str, ...]
    modality: str = "asserted"
    aspect: str = "solution"
    mentions: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    target_groups: tuple[str, ...] = ()
    practice: str = ""
    without_graph: str = ""
    group: bool = False


@dataclass
class Written:
    """Where a new claim went: its IRI and number, its file, and what the author has to know or to do next."""

    claim: str
    number: int
    path: Path
    notes: list[str] = field(default_factory=list)


def new_claim(home: Path, draft: Draft, path: Path, document: Path | None = None) -> Written:
    """Add a claim with the next free number to ``path``, a file under ``data/sources/<source>``.

    With ``document`` the lines, the anchor and the wording are checked against it. Raises InputError or
    CityrightsError, and changes nothing, when something is wrong.
    """
    if draft.group and len(set(draft.subjects)) < 2:
        raise CityrightsError("a group claim is about two or more subjects: give --subject for each")
    known = sources(home)
    _check_place(home, draft.source, path, known)
    md5 = known[draft.source]
    if document is not None:
        _check_document(draft, read_document(document), md5)
    every = [quad for item in inputs(home) if item.path.suffix == ".trig" for quad in parse_file(item.path)]
    number = next_number(draft.source, every)
    claim = ox.NamedNode(f"{source_prefixes(draft.source)['claim']}{number}")
    typed = {quad.subject.value for quad in every if _named(quad.subject) and quad.predicate.value == RDF + "type"}
    quads = _claim_quads(home, draft, claim, _identifier(draft.source, number, every))
    quads += passage_quads(draft.source, str(number), draft.first, draft.last, draft.anchor, md5)
    add_quads(path, quads)
    written = Written(claim.value, number, path)
    if document is None:
        written.notes.append("the anchor was not checked; to check it: cityrights check --sources DIR")
    unknown = [name for name in (*draft.subjects, *draft.mentions) if expand(name, draft.source) not in typed]
    written.notes += [f"nothing says yet what {name} is: type it in the claim's graph, label it" for name in unknown]
    if draft.modality == "asserted" and draft.aspect == "solution" and not draft.without_graph:
        written.notes.append(f'write what it asserts: claim:{number} {{ … }}, or say why not: cr:withoutGraph "…"@en')
    return written


def next_number(source: str, quads: list[ox.Quad]) -> int:
    """Return the number after the highest of the source's claims and passages: numbers are never used again."""
    path = re.compile(re.escape(ID) + rf"(?:claim|passage)/{re.escape(source)}/([0-9]{{1,9}})")
    terms = (term for quad in quads for term in (quad.subject, quad.object, quad.graph_name))
    found = (path.match(term.value) for term in terms if isinstance(term, ox.NamedNode))
    return max((int(match.group(1)) for match in found if match), default=0) + 1


def expand(name: str, source: str) -> str:
    """Return the IRI of a prefixed name, or the IRI itself; raises CityrightsError for an unknown prefix."""
    if name.startswith(("http://", "https://")):
        return name
    prefix, colon, local = name.partition(":")
    known = PREFIXES | source_prefixes(source)
    if not colon or prefix not in known or not local:
        near = nearest(prefix, known, 1)
        hint = f"; did you mean {near[0]}:{local}?" if near and colon else "; write for example city:utrecht"
        raise CityrightsError(f"“{name}” is neither an IRI nor a name with a known prefix{hint}")
    return known[prefix] + local


def _check_place(home: Path, source: str, path: Path, known: dict[str, str]) -> None:
    if source not in known:
        near = nearest(source, known, 1)
        hint = f"did you mean {near[0]}? A new one: " if near else ""
        raise CityrightsError(f"there is no source “{source}”; {hint}cityrights source add {source} --title … --file …")
    if not known[source]:
        raise CityrightsError(
            f"“{source}” is an external record without document: its claims have no lines to point to"
        )
    folder = (home / "data" / "sources" / source).resolve()
    if path.suffix != ".trig" or folder not in path.resolve().parents:
        raise InputError(path, f"claims of {source} stand in .trig files under {folder}", repair="name a file there")


def _check_document(draft: Draft, document: Document, md5: str) -> None:
    if document.md5 != md5:
        raise InputError(document.path, f"has the MD5 {document.md5}; that of {draft.source} is {md5}")
    wrong = check_pointer(draft.first, draft.last, draft.anchor, document.lines)
    if wrong is not None:
        raise InputError(document.path, wrong[1], line=draft.first, repair=wrong[2])
    common = sorted(runs(draft.text) & runs("\n".join(document.lines)))
    if common:
        reason = f"the text repeats the document: “{' '.join(common[0])}”"
        raise InputError(document.path, reason, repair=f"say it in other words: at most {LONGEST_RUN} words in common")


def _claim_quads(home: Path, draft: Draft, claim: ox.NamedNode, identifier: str) -> list[ox.Quad]:
    def terms(names: tuple[str, ...]) -> list[ox.NamedNode]:
        return [ox.NamedNode(expand(name, draft.source)) for name in names]

    def concepts(kind: str, names: tuple[str, ...]) -> list[ox.NamedNode]:
        return [_concept(home, kind, name) for name in names]

    pairs: list[tuple[str, list[ox.NamedNode] | list[ox.Literal]]] = [
        (RDF + "type", [ox.NamedNode(CR + ("GroupClaim" if draft.group else "Claim"))]),
        (DCTERMS + "identifier", [ox.Literal(identifier)]),
        (CR + "source", [ox.NamedNode(f"{ID}source/{draft.source}")]),
        (CR + "passage", [passage_iri(draft.source, claim.value.rpartition("/")[2])]),
        (CR + "modality", concepts("modality", (draft.modality,))),
        (CR + "aspect", concepts("aspect", (draft.aspect,))),
        (CR + "text", [ox.Literal(draft.text, language="en")]),
        (CR + "subject", terms(draft.subjects)),
        (CR + "mentions", terms(draft.mentions)),
        (CR + "theme", concepts("theme", draft.themes)),
        (CR + "targetGroup", concepts("target-group", draft.target_groups)),
        (CR + "withoutGraph", [ox.Literal(draft.without_graph, language="en")] if draft.without_graph else []),
    ]
    graph = ox.NamedNode(GRAPH_CLAIMS)
    quads = [ox.Quad(claim, ox.NamedNode(name), value, graph) for name, values in pairs for value in values]
    if draft.practice:
        if draft.aspect not in _LINKS:
            raise CityrightsError(f"a practice points to challenges, solutions and takeaways, not to “{draft.aspect}”")
        (practice,) = terms((draft.practice,))
        quads.append(ox.Quad(practice, ox.NamedNode(CR + draft.aspect), claim, graph))
    return quads


def _concept(home: Path, kind: str, name: str) -> ox.NamedNode:
    """Return a concept of a scheme by its slug; raises CityrightsError with the nearest ones when there is none."""
    slug = name.rpartition(":")[2].rpartition("/")[2]
    wanted = f"{ID}{kind}/"
    there = {
        quad.subject.value.removeprefix(wanted)
        for path in sorted((home / "ontology" / "schemes").glob("*.ttl"))
        for quad in parse_file(path, GRAPH_CLAIMS)
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(wanted)
    }
    if slug not in there:
        near = nearest(slug, there)
        hint = f"; near it: {', '.join(near)}" if near else f"; there are: {', '.join(sorted(there))}"
        raise CityrightsError(f"there is no {kind} “{slug}”{hint}")
    return ox.NamedNode(wanted + slug)


def _identifier(source: str, number: int, quads: list[ox.Quad]) -> str:
    """Continue the source's own manner of numbering (A010), or begin with its slug."""
    claims = source_prefixes(source)["claim"]
    for quad in quads:
        if (
            quad.predicate.value == DCTERMS + "identifier"
            and _named(quad.subject)
            and isinstance(quad.object, ox.Literal)
        ):
            match = re.fullmatch(r"([A-Z]+)([0-9]+)", quad.object.value)
            if match and quad.subject.value.startswith(claims):
                return f"{match.group(1)}{number:0{len(match.group(2))}d}"
    return f"{source}-{number}"


def _named(term: object) -> TypeGuard[ox.NamedNode]:
    return isinstance(term, ox.NamedNode)
