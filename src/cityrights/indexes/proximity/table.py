"""What connects places and how much each kind weighs, and the table of which place has what and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from cityrights.vocabulary import CR, RDF, SKOS, iri_of

Broader = str
#: How far up the hierarchy of concepts a thing counts: not at all, below the heads of a scheme, or all the way.
NONE: Final[Broader] = "none"
INNER: Final[Broader] = "inner"
ALL: Final[Broader] = "all"
#: What a concept counts that a thing has only by way of a narrower one.
BY_WAY: Final = 0.5
#: What a thing counts for a place that has it only by a sentence that lists other places, too. Of two places of one
#: list both stand in the product, so that it counts half: one sentence is one piece of evidence, and the list no tie.
LISTED: Final = 0.5**0.5
#: A concept of more than so many of the places is a catch-all, and no reason; in a small graph, of more than so many.
CATCH_ALL: Final = 1 / 3
FEW: Final = 5
#: A shared thing that counts less than this for two places explains nothing, and does not count.
FLOOR: Final = 0.02
#: Classes of what a place has.
ITEMS: Final = ("Practice", "Institution", "Instrument")
#: Statuses of what does not exist yet: it counts only when it is asked for.
UNSETTLED: Final = frozenset(map(iri_of, ("status/underway", "status/planned")))


@dataclass(frozen=True, slots=True)
class Feature:
    """A kind of thing that two places may share.

    ``predicate`` leads from what a place has (a practice, an institution …) to it; ``of`` limits it to things of one
    class. ``weight`` is what sharing one that nobody else has would count, before rarity: how telling it is. What has
    none is no reason; it is there to be filtered by.
    """

    name: str
    predicate: str
    weight: float
    of: str = ""
    broader: Broader = NONE


@dataclass(frozen=True, slots=True)
class Tie:
    """A kind of direct tie between two places; ``weight`` is what one of it counts."""

    name: str
    weight: float


FEATURES: Final[tuple[Feature, ...]] = (
    Feature("theme", CR + "theme", 1.0),
    Feature("target-group", CR + "targetGroup", 0.2, broader=ALL),
    Feature("institution-kind", CR + "kind", 1.2, of="Institution", broader=INNER),
    Feature("instrument-kind", CR + "kind", 0.8, of="Instrument", broader=INNER),
    Feature("approach", CR + "approach", 0.8, broader=INNER),
    Feature("service", CR + "offers", 0.8),
    Feature("partner", CR + "partner", 0.8),
    Feature("works-with", CR + "worksWith", 0.8),
    Feature("network", CR + "memberOf", 1.0),
    Feature("source", CR + "source", 0.0),
)


TIES: Final[tuple[Tie, ...]] = (
    Tie("cooperates-with", 1.2),
    Tie("replicates", 1.2),
    Tie("established-through", 1.2),
    Tie("similar-to", 1.2),
    Tie("same-practice", 1.0),
    Tie("event", 0.6),
)


#: The property by which a tie is stated, where it is one triple between what the two places have.
PREDICATES: Final = {
    "cooperates-with": "cooperatesWith",
    "replicates": "replicates",
    "established-through": "establishedThrough",
    "similar-to": "similarTo",
}

#: Subject and object of every triple of the default graph with this predicate; things only.
Pairs = Callable[[str], Iterable[tuple[str, str]]]
Ints = npt.NDArray[np.int32]
Hop = tuple[str, str, str]


@dataclass(frozen=True)
class Table:
    """``names`` are IRIs; every number is a place in it, but for ``kind``, a place in FEATURES or TIES.

    A *link* says that ``place`` has ``feature`` because of ``item`` (a practice, an institution, an instrument or a
    government), by way of the narrower concept ``through`` (-1: by none). ``unsettled`` marks
    items that do not exist yet, ``listed`` those of which a sentence tells together with other places. ``item`` and
    ``item_place`` pair what a place has with it, ``narrow`` and ``broad`` concepts with the ones above them. A *tie*
    joins the places ``a`` and ``b`` because of ``from``, which is of ``a``, and ``to``, which is of ``b``; with
    ``back`` the triple that joins these has ``to`` as its subject.
    """

    names: list[str]
    places: Ints
    link: Mapping[str, Ints]
    tie: Mapping[str, Ints]
    item_place: Ints
    item: Ints
    item_unsettled: npt.NDArray[np.bool_]
    narrow: Ints
    broad: Ints

    def number(self, iri: str) -> int:
        """Return the number of an IRI, -1 when the table does not know it."""
        return self._numbers.get(iri, -1)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def links_of(self, *items: int) -> npt.NDArray[np.int64]:
        """Return the rows of the links by these items, each given once, in the order of the table."""
        order, starts = self._by_item
        return np.sort(np.concatenate([order[:0], *(order[starts[item] : starts[item + 1]] for item in items)]))

    @cached_property
    def _by_item(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        order = np.argsort(self.link["item"], kind="stable")
        return order, np.searchsorted(self.link["item"][order], np.arange(len(self.names) + 1))


@dataclass
class _Rows:
    """Rows while they are gathered."""

    names: dict[str, int] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def of(self, iri: str) -> int:
        return self.names.setdefault(iri, len(self.names))

    def add(self, **columns: int) -> None:
        for name, value in columns.items():
            self.rows[name].append(value)

    def column(self, name: str) -> Ints:
        return np.asarray(self.rows[name], dtype=np.int32)


class _Graph:
    """The predicates that are asked more than once, as dictionaries."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self.types: dict[str, set[str]] = defaultdict(set)
        for thing, kind in pairs(RDF + "type"):
            if kind.startswith(CR):
                self.types[kind[len(CR) :]].add(thing)
        self.broader: dict[str, list[str]] = defaultdict(list)
        for narrow, broad in sorted(pairs(SKOS + "broader")):
            self.broader[narrow].append(broad)
        territories = self.types["Territory"]
        self.places_of: dict[str, list[str]] = defaultdict(list)
        for thing, place in sorted(pairs(CR + "place")):
            if place in territories:
                self.places_of[thing].append(place)
        self.governed: dict[str, list[str]] = defaultdict(list)
        for government, place in sorted(pairs(CR + "governs")):
            if place in territories:
                self.governed[government].append(place)
        self.unsettled = {thing for thing, status in pairs(CR + "status") if status in UNSETTLED}
        self.items = {thing for name in ITEMS for thing in self.types[name] if thing in self.places_of}
        self.listed = self._listed()

    def _listed(self) -> set[str]:
        """Return the items of which some claim tells together with those of other places."""
        told: dict[str, set[str]] = defaultdict(set)
        for claim, thing in self.pairs(CR + "subject"):
            if thing in self.items:
                told[claim].add(thing)
        lists = (things for things in told.values() if len({p for one in things for p in self.places_of[one]}) > 1)
        return {thing for things in lists for thing in things}

    def above(self, concept: str, how: str) -> Iterator[str]:
        """Yield the broader concepts that a feature of this kind counts, each once, nearest first."""
        seen, todo = {concept}, [concept] if how != NONE else []
        while todo:
            for broad in self.broader.get(todo.pop(0), ()):
                if broad not in seen:
                    seen.add(broad)
                    todo.append(broad)
                    if how == ALL or broad in self.broader:
                        yield broad

    def where(self, thing: str) -> list[str]:
        """Return the places of a thing: its own, those it governs, or itself."""
        return (
            self.places_of.get(thing)
            or self.governed.get(thing)
            or ([thing] if thing in self.types["Territory"] else [])
        )


def read(pairs: Pairs) -> Table:
    """Make the table; the same triples give the same table, in whatever order they come."""
    graph, rows = _Graph(pairs), _Rows()
    places = sorted(
        {place for item in graph.items for place in graph.places_of[item]}
        | {place for governed in graph.governed.values() for place in governed}
    )
    for place in places:
        rows.of(place)
    known = set(places)
    for item in sorted(graph.items):
        for place in graph.places_of[item]:
            rows.add(item=rows.of(item), item_place=rows.of(place), item_unsettled=int(item in graph.unsettled))
    for kind in range(len(FEATURES)):
        _links(graph, rows, kind, known)
    for tie in range(len(TIES)):
        _ties(graph, rows, tie, known)
    for narrow, above in graph.broader.items():
        for broad in above:
            if narrow in rows.names:
                rows.add(narrow=rows.of(narrow), broad=rows.of(broad))
    columns = ("place", "feature", "kind", "item", "through", "unsettled", "listed")
    return Table(
        list(rows.names),
        np.arange(len(places), dtype=np.int32),
        {name: rows.column(f"link_{name}") for name in columns},
        {name: rows.column(f"tie_{name}") for name in ("a", "b", "kind", "from", "to", "back", "unsettled")},
        rows.column("item_place"),
        rows.column("item"),
        rows.column("item_unsettled").astype(np.bool_),
        rows.column("narrow"),
        rows.column("broad"),
    )


def _links(graph: _Graph, rows: _Rows, kind: int, known: set[str]) -> None:
    feature = FEATURES[kind]
    limited = graph.types[feature.of] if feature.of else None
    for item, value in sorted(_held(graph, feature.name, feature.predicate)):
        if limited is not None and item not in limited:
            continue
        for place in graph.where(item):
            if place not in known:
                continue
            values = [(value, -1), *((broad, rows.of(value)) for broad in graph.above(value, feature.broader))]
            for held, through in values:
                rows.add(
                    link_place=rows.of(place),
                    link_feature=rows.of(held),
                    link_kind=kind,
                    link_item=rows.of(item),
                    link_through=through,
                    link_unsettled=int(item in graph.unsettled),
                    link_listed=int(item in graph.listed),
                )


def _held(graph: _Graph, name: str, predicate: str) -> Iterable[tuple[str, str]]:
    """Return what has what for one kind of feature."""
    if name == "source":
        sources = dict(graph.pairs(predicate))
        return {(thing, sources[claim]) for claim, thing in graph.pairs(CR + "about") if claim in sources}
    if name == "works-with":  # what is said more exactly, as partner or tie, counts as that
        exactly = {pair for below in ("partner", "cooperatesWith") for pair in graph.pairs(CR + below)}
        return (pair for pair in graph.pairs(predicate) if pair not in exactly)
    if name in ("network", "partner"):
        return graph.pairs(predicate)
    return ((item, value) for item, value in graph.pairs(predicate) if item in graph.items)


def _ties(graph: _Graph, rows: _Rows, kind: int, known: set[str]) -> None:
    found: set[tuple[str, str, str, str, bool]] = set()
    for one, other in _tied(graph, TIES[kind].name):
        for a in graph.where(one):
            for b in graph.where(other):
                if a in known and b in known and a != b:
                    found.add((a, b, one, other, False) if a < b else (b, a, other, one, one != other))
    for a, b, one, other, back in sorted(found):
        rows.add(
            tie_a=rows.of(a),
            tie_b=rows.of(b),
            tie_kind=kind,
            tie_from=rows.of(one),
            tie_to=rows.of(other),
            tie_back=int(back),
            tie_unsettled=int(one in graph.unsettled or other in graph.unsettled),
        )


def _tied(graph: _Graph, name: str) -> Iterable[tuple[str, str]]:
    if name == "same-practice":
        return ((item, item) for item in graph.items if len(graph.places_of[item]) > 1)
    if name == "event":
        return graph.pairs(CR + "participantsFrom")
    pairs = set(graph.pairs(CR + PREDICATES[name]))
    if name in ("cooperates-with", "similar-to"):  # said both ways by the derived inverse; once is enough
        pairs = {(one, other) for one, other in pairs if one < other or (other, one) not in pairs}
    return pairs
