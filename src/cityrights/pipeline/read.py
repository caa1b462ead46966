"""From files to quads: what each file feeds into which graph, and the short form of claims unfolded.

Turtle files of the ontology stand in ``graph/vocabulary``, ``data/dataset.ttl`` in ``graph/dataset``; TriG files name
their graphs themselves, and a triple outside a graph is an error, because no triple may lack a named graph.

People write a claim in one block, the graph that has the claim's own name. It says what the claim is, where it stands
(``cr:lines "12-14: few words"``), and what it states. ``unfold`` makes of it what the graph holds: what is said of
the claim itself goes to ``graph/claims``; source, identifier, passage, selectors and digest follow from its number,
its lines and its source. ``docs/decisions/0036-a-claim-is-one-block.md`` says why. A decision of the editors is a block
like it; what is said of the decision itself goes to ``graph/decisions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from cityrights.home import listed
from cityrights.pipeline.described import described
from cityrights.pipeline.rows import QUOTED, ROW, Quote, RowPlace, quote_quads, row_quads
from cityrights.pipeline.sentences import translated
from cityrights.vocabulary import (
    BASE,
    CR,
    DCTERMS,
    EDITORS,
    GRAPH_CLAIMS,
    GRAPH_DATASET,
    GRAPH_DECISIONS,
    GRAPH_VOCABULARY,
    ID,
    PREFIXES,
    RDF,
    VOCABULARY,
    XSD,
    source_prefixes,
)
from sparqlgate.errors import InputError
from sparqlgate.rdf.files import read

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
}
#: Where a claim stands in its document, in files only: ``12-14: few words``.
LINES: Final = NamedNode(CR + "lines")
#: How a source numbers its claims from here on, in files only: ``A001`` for the claim 1.
NUMBERING: Final = NamedNode(CR + "numbering")
#: The day on which the claims of a source were written, in files only; a later claim says its own ``dcterms:created``.
WRITTEN: Final = NamedNode(CR + "written")
_CLAIM: Final = re.compile(re.escape(ID) + r"claim/([a-z0-9]++(?:-[a-z0-9]++)*+)/([1-9][0-9]{0,8}+)")
_DECISION: Final = re.compile(re.escape(ID) + r"decision/[1-9][0-9]{0,8}+")
_PASSAGE: Final = re.compile(re.escape(ID) + r"passage/([^/]++)/([0-9]++)((?:-[a-z0-9]++)*+)")
_PLACE: Final = re.compile(
    r"([0-9]{1,7}+)(?:\.([0-9]{1,4}+))?+(?:-([0-9]{1,7}+)(?:\.([0-9]{1,4}+))?+)?+"
    r"(?: ([a-z0-9]++(?:-[a-z0-9]++)*+))?+: (\S.*+)",
    re.DOTALL,
)
_NUMBERED: Final = re.compile(r"([A-Za-z0-9-]*?)([0-9]{1,9})")
_SELECTORS: Final = ("lines", "quote")
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_OA: Final = PREFIXES["oa"]
_RFC5147: Final = NamedNode("http://tools.ietf.org/rfc/rfc5147")
_GRAPH: Final = NamedNode(GRAPH_CLAIMS)
_DECIDED: Final = NamedNode(GRAPH_DECISIONS)
_EDITORS: Final = NamedNode(EDITORS)
_TYPE: Final = NamedNode(RDF + "type")
_DIGEST: Final = NamedNode(CR + "md5")
_READ: Final = frozenset({LINES, NUMBERING, WRITTEN, ROW, QUOTED, _DIGEST})
#: Where a claim stands: in lines of its document, in a row of its table, in the words that the row quotes.
_PLACED: Final = frozenset({LINES, ROW, QUOTED})
_CLASSES: Final = frozenset({NamedNode(CR + "Claim"), NamedNode(CR + "GroupClaim")})
_IDENTIFIER: Final = NamedNode(DCTERMS + "identifier")
_SOURCE: Final = NamedNode(CR + "source")
_ATTRIBUTED: Final = NamedNode(PREFIXES["prov"] + "wasAttributedTo")
_CREATED: Final = NamedNode(DCTERMS + "created")
_BY: Final = NamedNode(CR + "decidedBy")
#: What a block may say itself of what follows otherwise.
_TOLD: Final = frozenset({_IDENTIFIER, _SOURCE, _ATTRIBUTED, _CREATED, _BY})
#: How a place is written, for whoever wrote it otherwise.
MANNER: Final = (
    'write lines, a colon and a few words of them: "12-14: few words"; a sentence of a long line: "12.3: few words"; '
    'a second place has a name: "358 link: few words"'
)


@dataclass(frozen=True, order=True)
class Input:
    """One file of the graph; ``graph`` is where its triples go, None when the file names its graphs."""

    path: Path
    graph: str | None


def inputs(home: Path) -> list[Input]:
    """List every file that feeds the graph, in a stable order.

    ``home`` holds ``ontology`` and ``data``. SHACL shapes are rules about the graph, not a part of it.
    """
    found = [
        Input(path, GRAPH_VOCABULARY)
        for path in listed(home / "ontology", "**/*.ttl")
        if ("ontology", "shapes") not in pairwise(path.parts)
    ]
    dataset = home / "data" / "dataset.ttl"
    if dataset.is_file():
        found.append(Input(dataset, GRAPH_DATASET))
    # Editors put files of their own beside the one that is open, which have its name after a dot.
    every = (path for path in sorted((home / "data").rglob("*.trig")) if not path.name.startswith("."))
    found.extend(Input(path, None) for path in every)
    return found


def parse_file(path: Path, graph: str | None = None) -> list[ox.Quad]:
    """Parse one RDF file into quads, as they are written; Turtle goes into ``graph``.

    Raises InputError as ``sparqlgate.rdf.files.read`` does, and for triples outside a named graph.
    """
    return list(stream_file(path, graph))


def stream_file(path: Path, graph: str | None = None) -> Iterator[ox.Quad]:
    """Yield the quads of one RDF file as ``parse_file`` returns them, while it is read."""
    if path.suffix not in FORMATS:
        raise InputError(path, f"'{path.suffix}' is not a format of the graph", repair="use .ttl, .trig, .nt or .nq")
    name = ox.NamedNode(graph) if graph is not None else None
    for quad in read(path, option=False):
        if name is not None:
            yield ox.Quad(quad.subject, quad.predicate, quad.object, name)
            continue
        if isinstance(quad.graph_name, ox.DefaultGraph):
            raise InputError(
                path,
                f"the triple {quad.subject} {quad.predicate} … stands outside a graph",
                repair="put it into the graph of the claim that says so, or an editorial graph",
            )
        yield quad


@dataclass(frozen=True, order=True)
class Place:
    """Where a claim stands: lines from 1, both included, and a few of their words.

    ``first_sentence`` and ``last_sentence`` count the sentences within the first and the last line from 1, and are 0
    for whole lines. ``name`` tells a claim's further places apart.
    """

    first: int
    last: int
    anchor: str
    name: str = ""
    first_sentence: int = 0
    last_sentence: int = 0

    @staticmethod
    def parse(text: str) -> Place:
        """Read ``12-14: few words``, ``12.3: few words`` or ``358 link: few words``; raises ValueError otherwise."""
        match = _PLACE.fullmatch(text)
        if match is None:
            raise ValueError(f"“{text if len(text) <= 60 else text[:57] + '…'}” does not say where the claim stands")
        first, first_sentence = int(match[1]), int(match[2] or 0)
        last = int(match[3] or first)
        last_sentence = int(match[4] or 0) if match[3] else first_sentence
        if (first_sentence == 0) != (last_sentence == 0):
            raise ValueError(f"“{text}” counts sentences at one end only")
        if not 1 <= first <= last or (first == last and first_sentence > last_sentence):
            raise ValueError(f"“{text}”: lines and sentences count from 1, the first before the last")
        name = match[5] or ""
        if name.rpartition("-")[2] in _SELECTORS:
            raise ValueError(f"“{name}” cannot be the name of a place: its selectors are called so")
        return Place(first, last, match[6], name, first_sentence, last_sentence)

    @property
    def range(self) -> str:
        """The lines as people write them: ``12``, ``12-14`` or ``12.3``."""
        start = f"{self.first}.{self.first_sentence}" if self.first_sentence else str(self.first)
        end = f"{self.last}.{self.last_sentence}" if self.last_sentence else str(self.last)
        return start if start == end else f"{start}-{end}"

    def __str__(self) -> str:
        return f"{self.range}{' ' if self.name else ''}{self.name}: {self.anchor}"


@dataclass(frozen=True)
class Fault:
    """What cannot be unfolded: the statement, its file, what is wrong and what repairs it."""

    path: Path
    quad: Quad
    reason: str
    repair: str

    def error(self) -> InputError:
        """Return the fault as an error with the line at which the statement's object is written."""
        term = self.quad.object
        lines = list(enumerate(self.path.read_text("utf-8").split("\n"), 1))
        wanted = (str(term).partition("^^")[0], term.value if isinstance(term, Literal) else str(term))
        line = next((number for text in wanted for number, written in lines if text in written), None)
        return InputError(self.path, self.reason, line, self.repair)


def unfold(files: Iterable[tuple[Path, Iterable[Quad]]]) -> tuple[list[Quad], list[Fault]]:
    """Return the quads of files with the short form of claims and decisions unfolded, and what could not be.

    The files belong together: the digest of a document stands in one of them, the claims in many. Claims are
    attributed to the editors where the files describe these.
    """
    faults: list[Fault] = []
    return list(unfolded(files, faults)), faults


def unfolded(files: Iterable[tuple[Path, Iterable[Quad]]], faults: list[Fault]) -> Iterator[Quad]:
    """Yield the quads of files as ``unfold`` returns them, while they are read; faults are added to ``faults``."""
    places: list[tuple[Path, Quad]] = []
    numbering: dict[str, tuple[str, int]] = {}
    digests: dict[str, str] = {}
    days: dict[str, Literal] = {}
    blocks: dict[NamedNode, None] = {}
    decisions: dict[NamedNode, Path] = {}
    told: set[tuple[object, NamedNode]] = set()
    twice: list[tuple[Path, Quad, str]] = []
    signed = BASE != VOCABULARY  # an instance describes its publisher in instance.toml
    for path, statements in files:
        if path.suffix == ".ttl":  # has one graph, and so no block
            yield from statements
            continue
        for quad in statements:
            subject, predicate, value, graph = quad
            if predicate in _READ:
                if predicate in _PLACED:
                    places.append((path, quad))
                    continue
                if predicate == NUMBERING:
                    _take_numbering(path, quad, numbering, faults)
                    continue
                if predicate == WRITTEN:
                    _take_day(path, quad, days, faults)
                    continue
                if predicate == _DIGEST and isinstance(subject, NamedNode) and isinstance(value, Literal):
                    digests[subject.value.removeprefix(ID + "source/")] = value.value
            elif subject == _EDITORS:
                signed = True
            own = subject == graph or value == graph
            if own and isinstance(graph, NamedNode) and _CLAIM.fullmatch(graph.value):
                yield Quad(subject, predicate, value, _GRAPH)
                if predicate == _TYPE and value in _CLASSES:
                    blocks[graph] = None
                elif predicate in _TOLD:
                    told.add((subject, predicate))
            elif own and isinstance(graph, NamedNode) and _DECISION.fullmatch(graph.value):
                yield Quad(subject, predicate, value, _DECIDED)
                if decisions.setdefault(graph, path) != path and predicate == _TYPE:
                    twice.append((path, quad, f"{graph.value.removeprefix(ID)} stands in {decisions[graph].name}, too"))
                if predicate == _BY:
                    told.add((subject, predicate))
            else:
                yield quad
    free = 1 + max((int(each.value.rpartition("/")[2]) for each in decisions), default=0)
    repair = f"give one of the two the next free number, decision:{free}"
    faults.extend(Fault(path, quad, reason, repair) for path, quad, reason in twice)
    for claim in blocks:
        yield from _follows(claim, numbering, days, told)
        if signed and (claim, _ATTRIBUTED) not in told:
            yield Quad(claim, _ATTRIBUTED, _EDITORS, _GRAPH)
    yield from (Quad(each, _BY, _EDITORS, _DECIDED) for each in decisions if (each, _BY) not in told)
    yield from _passages(places, digests, faults)


def read_all(home: Path) -> list[Quad]:
    """Return all quads of the files of ``home``, unfolded, with the translations of their sentences.

    Raises InputError for the first that is wrong.
    """
    quads, faults = unfold((item.path, parse_file(item.path, item.graph)) for item in inputs(home))
    if faults:
        raise faults[0].error()
    return [*quads, *translated(home, quads), *described(home, quads)]


def _take_numbering(path: Path, quad: Quad, numbering: dict[str, tuple[str, int]], faults: list[Fault]) -> None:
    match = _NUMBERED.fullmatch(quad.object.value) if isinstance(quad.object, Literal) else None
    if match is None or not isinstance(quad.subject, NamedNode):
        faults.append(Fault(path, quad, "cr:numbering is the identifier of a claim", 'write it as "A001"'))
        return
    numbering[quad.subject.value.removeprefix(ID + "source/")] = (match[1], len(match[2]))


def _take_day(path: Path, quad: Quad, days: dict[str, Literal], faults: list[Fault]) -> None:
    day = quad.object
    if not (isinstance(day, Literal) and day.datatype.value == XSD + "date" and isinstance(quad.subject, NamedNode)):
        faults.append(Fault(path, quad, "cr:written is a day", 'write it as "2026-11-22"^^xsd:date'))
        return
    days[quad.subject.value.removeprefix(ID + "source/")] = day


def identifier(source: str, number: int, numbering: Mapping[str, tuple[str, int]]) -> str:
    """Return what the claim ``number`` of ``source`` is called: in the source's manner, else by its slug."""
    if source not in numbering:
        return f"{source}-{number}"
    prefix, width = numbering[source]
    return f"{prefix}{number:0{width}d}"


def _follows(
    claim: NamedNode,
    numbering: Mapping[str, tuple[str, int]],
    days: Mapping[str, Literal],
    told: set[tuple[object, NamedNode]],
) -> Iterator[Quad]:
    """Yield what follows from the IRI of a claim and from its source, where nobody wrote it."""
    match = _CLAIM.fullmatch(claim.value)
    assert match is not None
    source, number = match[1], int(match[2])
    if (claim, _IDENTIFIER) not in told:
        yield Quad(claim, _IDENTIFIER, Literal(identifier(source, number, numbering)), _GRAPH)
    if (claim, _SOURCE) not in told:
        yield Quad(claim, _SOURCE, NamedNode(f"{ID}source/{source}"), _GRAPH)
    if source in days and (claim, _CREATED) not in told:
        yield Quad(claim, _CREATED, days[source], _GRAPH)


def _passages(places: list[tuple[Path, Quad]], digests: Mapping[str, str], faults: list[Fault]) -> Iterator[Quad]:
    seen: set[str] = set()
    for path, quad in places:
        claim = quad.subject
        match = _CLAIM.fullmatch(claim.value) if isinstance(claim, NamedNode) else None
        if match is None or not isinstance(quad.object, Literal):
            name = quad.predicate.value.removeprefix(CR)
            faults.append(Fault(path, quad, f"cr:{name} stands on {claim}, which is no claim", "move it to the claim"))
            continue
        if quad.predicate != LINES:
            yield from _of_row(path, quad, faults)
            continue
        source, number = match[1], match[2]
        try:
            place = Place.parse(quad.object.value)
        except ValueError as error:
            faults.append(Fault(path, quad, str(error), MANNER))
            continue
        slug = f"{number}-{place.name}" if place.name else number
        if not _MD5.fullmatch(digests.get(source, "")):
            reason = f"“{source}” is no document with lines: no file says its cr:md5"
            repair = f"cityrights source add {source} --title … --file …; an external record is cited by cr:reference"
            faults.append(Fault(path, quad, reason, repair))
        elif f"{source}/{slug}" in seen:
            reason = (
                f"claim/{source}/{number} says twice where it stands: it is two claims, or has two places of one name"
            )
            repair = 'give one of two claims the next free number; name one of two places: "358 link: few words"'
            faults.append(Fault(path, quad, reason, repair))
        else:
            seen.add(f"{source}/{slug}")
            yield Quad(claim, NamedNode(CR + "passage"), passage_iri(source, slug), _GRAPH)
            yield from passage_quads(source, slug, place, digests[source])


def _of_row(path: Path, quad: Quad, faults: list[Fault]) -> Iterator[Quad]:
    """Yield the passage of a row, or of the words that it quotes."""
    assert isinstance(quad.subject, NamedNode)
    assert isinstance(quad.object, Literal)
    try:
        if quad.predicate == ROW:
            yield from row_quads(quad.subject, RowPlace.parse(quad.object.value))
        else:
            yield from quote_quads(quad.subject, Quote.parse(quad.object.value))
    except ValueError as error:
        faults.append(Fault(path, quad, str(error), "import the table again: cityrights import"))


def claim_of(iri: str) -> NamedNode | None:
    """Return the claim that a passage or selector was unfolded from; None for what is none."""
    match = _PASSAGE.fullmatch(iri)
    return None if match is None else NamedNode(f"{ID}claim/{match[1]}/{match[2]}")


def written(iri: str, quads: Iterable[Quad]) -> tuple[NamedNode, Literal] | None:
    """Return the claim and its ``cr:lines`` that a passage or selector was unfolded from; None if it was not."""
    match, claim = _PASSAGE.fullmatch(iri), claim_of(iri)
    if match is None or claim is None:
        return None
    name, _, selector = match[3].removeprefix("-").rpartition("-")
    wanted = name if selector in _SELECTORS else match[3].removeprefix("-")
    for quad in quads:
        if quad.subject == claim and quad.predicate == LINES and isinstance(quad.object, Literal):
            try:
                if Place.parse(quad.object.value).name == wanted:
                    return claim, quad.object
            except ValueError:
                continue
    return None


def passage_iri(source: str, slug: str) -> NamedNode:
    """Return the IRI of the passage ``slug`` (its number, usually that of its claim) of the source ``source``."""
    return NamedNode(source_prefixes(source)["passage"] + slug)


def fragment(first: int, last: int, md5: str) -> str:
    """Return the fragment for the lines ``first`` to ``last`` (from 1, both included) of a file with this MD5.

    RFC 5147, section 2.2.2, counts the gaps between lines from 0: line 51 lies between the positions 50 and 51. The
    integrity check of section 2.4 is ``md5=`` and 32 hexadecimal digits; readers that check it know the file changed.
    Raises ValueError for an empty range or something that is not an MD5 digest.
    """
    if not 1 <= first <= last:
        raise ValueError(f"lines {first}-{last}: the first line is at least 1 and not after the last")
    if not _MD5.fullmatch(md5.lower()):
        raise ValueError(f"{md5!r} is not an MD5 digest: 32 hexadecimal digits were expected")
    return f"line={first - 1},{last};md5={md5.lower()}"


def passage_quads(source: str, slug: str, place: Place, md5: str) -> list[Quad]:
    """Return the quads, in ``graph:claims``, of one passage and its two Web Annotation selectors.

    ``source`` is the source's slug, ``slug`` the passage's, and ``md5`` the digest of the source's file. Raises
    ValueError for an impossible range, digest or anchor. https://www.w3.org/TR/annotation-model/#selectors
    """
    if not place.anchor.strip():
        raise ValueError(f"passage {slug} of {source}: the anchor is empty; take a few words from the lines")
    passage = passage_iri(source, slug)
    lines, quote = NamedNode(passage.value + "-lines"), NamedNode(passage.value + "-quote")
    document = NamedNode(f"{ID}source/{source}")
    selector = NamedNode(_OA + "hasSelector")
    anchor = Literal(place.anchor)
    said: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (passage, _TYPE, NamedNode(CR + "Passage")),
        (passage, _SOURCE, document),
        (passage, NamedNode(CR + "firstLine"), Literal(place.first)),
        (passage, NamedNode(CR + "lastLine"), Literal(place.last)),
        (passage, NamedNode(CR + "anchor"), anchor),
        (passage, NamedNode(_OA + "hasSource"), document),
        (passage, selector, lines),
        (passage, selector, quote),
        (lines, _TYPE, NamedNode(_OA + "FragmentSelector")),
        (lines, NamedNode(DCTERMS + "conformsTo"), _RFC5147),
        (lines, NamedNode(RDF + "value"), Literal(fragment(place.first, place.last, md5))),
        (quote, _TYPE, NamedNode(_OA + "TextQuoteSelector")),
        (quote, NamedNode(_OA + "exact"), anchor),
    ]
    if place.first_sentence:
        said.append((passage, NamedNode(CR + "firstSentence"), Literal(place.first_sentence)))
        said.append((passage, NamedNode(CR + "lastSentence"), Literal(place.last_sentence)))
    return [Quad(subject, predicate, value, _GRAPH) for subject, predicate, value in said]
