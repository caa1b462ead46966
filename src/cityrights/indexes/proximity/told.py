"""Told ties: who led to what elsewhere, visited, resembles or works with whom, as the lines of a document say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from cityrights.library.pages import ask
from cityrights.resources.description import claim_lines
from cityrights.resources.labels import Vocabulary, labels_of
from cityrights.resources.model import ClaimLine, Link
from cityrights.terms import Iri
from cityrights.vocabulary import CR, RDF
from sparqlgate import Store
from sparqlgate.errors import SnapshotError

#: The kinds of ties, in the order in which they are told. Each has its words in the catalogues of the site.
KINDS: Final = (
    "led-to", "gave-example", "visited", "resembles", "one-practice", "takes-part", "works-with", "holds-office",
    "promotes",
)  # fmt: skip
#: Those that hold in both directions.
MUTUAL: Final = frozenset({"resembles", "one-practice", "works-with"})
#: Places that one practice or one event has, or one claim names for it, at most: more are a list, and that is no tie.
_LIST: Final = 3
_FILE: Final = "told.json"


@dataclass(frozen=True, slots=True)
class Told:
    """One tie: from whom to whom, of which kind, and which claims say so.

    ``start`` and ``end`` are IRIs of places, or of actors, networks and events that are of no place. ``by`` and ``of``
    are what of theirs is tied, such as a practice and an institution, or themselves. With ``decided`` the claims led
    the editors to a decision that states the tie.
    """

    kind: str
    start: str
    end: str
    by: str
    of: str
    claims: tuple[str, ...]
    decided: bool
    between_places: bool


@dataclass(frozen=True, slots=True)
class _Said:
    subject: str
    object: str
    graph: str


@dataclass
class _Graph:
    """What a store says, with the claims and decisions that say it."""

    store: ox.Store
    claims: set[str] = field(default_factory=set)
    prompted: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.claims |= set(self.of_type("Claim"))
        decisions = set(self.of_type("Decision"))
        for one in self._quads("promptedBy", ox.DefaultGraph()):
            if one.subject in decisions:
                self.prompted[one.subject].add(one.object)
        territories = set(self.of_type("Territory"))
        self.regions = set(self.of_type("Region"))
        self.networks = set(self.of_type("Network"))
        self.territories = territories
        #: What joins actors and is none itself.
        self.passing = {*self.of_type("Partnership"), *self.of_type("Event")}
        self._places: defaultdict[str, list[str]] = defaultdict(list)
        for name in ("place", "governs"):
            for one in sorted(self._quads(name, ox.DefaultGraph()), key=lambda one: (one.subject, one.object)):
                if one.object in territories:
                    self._places[one.subject].append(one.object)

    def of_type(self, name: str) -> Iterator[str]:
        """Yield the things of a class."""
        kind = ox.NamedNode(CR + name)
        for quad in self.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), kind, ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def said(self, name: str) -> list[_Said]:
        """Return what claims say with a property, and decisions that claims led to, in order."""
        told = [one for one in self._quads(name, None) if one.graph in self.claims or one.graph in self.prompted]
        return sorted(told, key=lambda one: (one.subject, one.object, one.graph))

    def _quads(self, name: str, graph: ox.DefaultGraph | None) -> Iterator[_Said]:
        for quad in self.store.quads_for_pattern(None, ox.NamedNode(CR + name), None, graph):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                held = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
                yield _Said(quad.subject.value, quad.object.value, held)

    def where(self, thing: str) -> list[str]:
        """Return the places of a thing, or itself where it is one, or is of none."""
        return self._places.get(thing) or [thing]


def read(store: ox.Store) -> list[Told]:
    """Read the told ties of a store, in the order in which they are told."""
    graph = _Graph(store)
    found: dict[tuple[str, str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for kind, one, start, end in _stated(graph):
        for a in graph.where(start):
            for b in graph.where(end):
                if a != b and not set(graph.where(start)) & set(graph.where(end)):
                    turned = kind in MUTUAL and (kind, b, a) in found
                    key, things = ((kind, b, a), (end, start)) if turned else ((kind, a, b), (start, end))
                    found[key].append((*things, one.graph))
    ties = [_tie(graph, *key, held) for key, held in found.items()]
    firm = {frozenset((tie.start, tie.end)) for tie in ties if not tie.decided}
    kept = (tie for tie in ties if not (tie.decided and frozenset((tie.start, tie.end)) in firm))
    return sorted(kept, key=lambda tie: (not tie.between_places, KINDS.index(tie.kind), tie.start, tie.end))


def _tie(graph: _Graph, kind: str, a: str, b: str, held: Sequence[tuple[str, str, str]]) -> Told:
    claims = {one for _, _, one in held if one in graph.claims}
    decided = not claims
    if decided:
        claims = {claim for _, _, one in held for claim in graph.prompted[one]}
    by, of = min((by, of) for by, of, one in held if decided or one in graph.claims)
    places = {a, b} <= graph.territories
    return Told(kind, a, b, by, of, tuple(sorted(claims)), decided, places)


def _stated(graph: _Graph) -> Iterator[tuple[str, _Said, str, str]]:
    """Yield kind, what says so, and both ends of every tie, from whom it goes first."""
    for name in ("establishedThrough", "formedThrough"):
        for one in graph.said(name):
            yield "led-to", one, one.object, one.subject
    for name in ("replicates", "inspiredBy"):
        for one in graph.said(name):
            yield "gave-example", one, one.object, one.subject
    for one in graph.said("similarTo"):
        yield "resembles", one, one.subject, one.object
    for name in ("cooperatesWith", "partner", "worksWith"):
        for one in graph.said(name):
            if one.subject not in graph.passing:
                yield "works-with", one, one.subject, one.object
    for one in graph.said("memberOf"):
        yield "takes-part", one, one.subject, one.object
    for one in graph.said("promotes"):
        if one.object in graph.networks:
            yield "promotes", one, one.subject, one.object
    yield from _visits(graph)
    yield from _shared(graph)
    yield from _offices(graph)


def _visits(graph: _Graph) -> Iterator[tuple[str, _Said, str, str]]:
    """Yield who came to an event elsewhere; whom one claim lists with many others is not told to have visited."""
    came: defaultdict[tuple[str, str], list[_Said]] = defaultdict(list)
    for one in graph.said("participantsFrom"):
        came[one.subject, one.graph].append(one)
    for held in came.values():
        if len(held) <= _LIST:
            yield from (("visited", one, one.object, one.subject) for one in held if one.object not in graph.regions)


def _shared(graph: _Graph) -> Iterator[tuple[str, _Said, str, str]]:
    """Yield the places that carry one practice together; those of a long list do not."""
    practices, held = set(graph.of_type("Practice")), defaultdict[str, list[_Said]](list)
    for one in graph.said("place"):
        if one.subject in practices:
            held[one.subject].append(one)
    for said in held.values():
        places = sorted({one.object for one in said})
        if 1 < len(places) <= _LIST:
            for one in said:
                yield from (("one-practice", one, one.object, place) for place in places if place > one.object)


def _offices(graph: _Graph) -> Iterator[tuple[str, _Said, str, str]]:
    """Yield the organisations in which a government holds an office, or a person who holds one in a government, too."""
    holders = {one.subject: one.object for one in graph.said("holder")}
    of_person: defaultdict[str, list[str]] = defaultdict(list)
    seats = [one for one in graph.said("at") if one.subject in holders]
    for one in seats:
        of_person[holders[one.subject]].append(one.object)
    for one in seats:
        holder = holders[one.subject]
        homes = [holder] if graph.where(holder) != [holder] else of_person[holder]
        for home in homes:
            if graph.where(home) != [home] and graph.where(one.object) == [one.object]:
                yield "holds-office", one, home, one.object


def write(folder: Path, ties: Iterable[Told]) -> None:
    """Write the ties into ``folder``."""
    rows = [[tie.kind, tie.start, tie.end, tie.by, tie.of, tie.claims, tie.decided, tie.between_places] for tie in ties]
    (folder / _FILE).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


def load(folder: Path) -> list[Told]:
    """Read what :func:`write` wrote. Raises SnapshotError when it is not there or not whole."""
    try:
        rows: list[Any] = json.loads((folder / _FILE).read_text("utf-8"))
        return [
            Told(kind, start, end, by, of, tuple(claims), decided, both)
            for kind, start, end, by, of, claims, decided, both in rows
        ]
    except (OSError, ValueError, TypeError) as error:
        raise SnapshotError(
            f"the told ties in {folder} cannot be read: {error}; run: cityrights build --force"
        ) from error


@dataclass(frozen=True, slots=True)
class ToldInWords:
    """A tie in a reader's language: the names of its ends and of what is tied, and the claims that say so."""

    tie: Told
    start: Link
    end: Link
    by: Link
    of: Link
    lines: tuple[ClaimLine, ...]

    @property
    def first(self) -> Link:
        """What the tie is told from: the institution that resembles another one, else who did something."""
        return self.by if self.tie.kind in ("resembles", "gave-example") else self.start

    @property
    def last(self) -> Link:
        """What the tie is told to: what came about or is resembled, else with whom or whither."""
        return self.of if self.tie.kind in ("led-to", "resembles", "gave-example") else self.end

    @property
    def through(self) -> Link | None:
        """The practice or institution by which it came, where :attr:`first` does not name it."""
        named = self.by.iri.value.rpartition("/id/")[2].partition("/")[0] in ("practice", "institution")
        return self.by if named and self.by != self.first else None

    def record(self) -> dict[str, object]:
        """Return the tie as an object of JSON: ``said`` are its claims, ``claims`` the same as they were in 2026.2."""
        ends = (("from", self.start), ("to", self.end), ("by", self.by), ("of", self.of))
        return {
            "kind": self.tie.kind,
            **{name: link.record() for name, link in ends},
            "decided": self.tie.decided,
            "said": [line.record() for line in self.lines],
            "claims": [line.flat() for line in self.lines],
        }


def tell_ties(engine: Store, vocabulary: Vocabulary, ties: Sequence[Told], language: str = "en") -> list[ToldInWords]:
    """Tell ties with their claims, by two queries at most. Raises QueryError as the engine does."""
    if not ties:
        return []
    claims = sorted({claim for tie in ties for claim in tie.claims})
    rows = ask(engine, "claims_told", among=("claim", [Iri(claim) for claim in claims]), language=language)
    lines = claim_lines(rows, vocabulary, language)
    things = sorted({iri for tie in ties for iri in (tie.start, tie.end, tie.by, tie.of)})
    labels = labels_of(engine, (iri for iri in things if iri not in vocabulary.labels))
    link = {iri: vocabulary.link(Iri(iri), language, labels.get(iri, ())) for iri in things}
    return [
        ToldInWords(
            tie,
            link[tie.start],
            link[tie.end],
            link[tie.by],
            link[tie.of],
            tuple(line for iri, line in lines.items() if iri in tie.claims),
        )
        for tie in ties
    ]
