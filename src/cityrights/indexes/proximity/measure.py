"""How close places are: rare things in common and direct ties, added up; and what a reader leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from cityrights.errors import UnknownThing
from cityrights.indexes.proximity.table import BY_WAY, CATCH_ALL, FEATURES, FEW, FLOOR, LISTED, PREDICATES, TIES, Table
from cityrights.library.names import meant, nearest
from cityrights.vocabulary import CR, SKOS, short

if TYPE_CHECKING:  # scipy takes a while, and who imports this needs it late or never
    from scipy import sparse

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_WEIGHTS = np.array([feature.weight for feature in FEATURES])
_TIE_WEIGHTS = np.array([tie.weight for tie in TIES])


@dataclass(frozen=True)
class Chosen:
    """What counts: the links and the ties of a table that a filter leaves (masks over its rows)."""

    links: Mask
    ties: Mask


def settled(table: Table) -> Chosen:
    """Choose what exists already."""
    return Chosen(table.link["unsettled"] == 0, table.tie["unsettled"] == 0)


def everything(table: Table) -> Chosen:
    """Choose what is underway or planned, too."""
    return Chosen(np.ones(len(table.link["place"]), np.bool_), np.ones(len(table.tie["a"]), np.bool_))


@dataclass(frozen=True)
class Measure:
    """The closeness of the places of ``table``, by the rows that are ``chosen``; rarity is counted over all of them."""

    table: Table
    chosen: Chosen

    @cached_property
    def rarity(self) -> Floats:
        """The weight of each feature, by its number, for two places that have it once: weight · rarity².

        Nothing for a catch-all, and for what no place has by name but only by way of something narrower: that is a
        bracket of a scheme, and nobody would give it as a reason.
        """
        link, names = self.table.link, len(self.table.names)
        pairs = np.unique(link["feature"].astype(np.int64) * names + link["place"])
        held = np.bincount(pairs // names, minlength=names) if names else np.zeros(0, np.int64)
        weight, named = np.zeros(names), np.zeros(names, np.bool_)
        np.maximum.at(weight, link["feature"], _WEIGHTS[link["kind"]] * self._way)
        np.logical_or.at(named, link["feature"], link["through"] < 0)
        telling = named & (held > 0) & (held <= max(FEW, CATCH_ALL * len(self.table.places)))
        found = np.where(telling, weight / np.log1p(np.maximum(held, 1)) ** 2, 0.0)
        return np.where(found >= FLOOR, found, 0.0)

    @cached_property
    def _way(self) -> Floats:
        return np.where(self.table.link["through"] >= 0, BY_WAY, 1.0)

    @cached_property
    def vectors(self) -> sparse.csr_array:
        """Places by features: √(weight · rarity² · n), half of it where it is listed.

        The product of two rows is what the two places share.
        """
        from scipy import sparse

        link, count = self.table.link, len(self.table.names)
        places, features = link["place"][self.chosen.links], link["feature"][self.chosen.links]
        shape = (len(self.table.places), count)
        times = sparse.coo_array((np.ones(len(places)), (places, features)), shape=shape).tocsr()
        times.sum_duplicates()
        own = np.where(link["listed"][self.chosen.links], 0.0, 1.0)
        apart = sparse.coo_array((own, (places, features)), shape=shape).tocsr()
        apart.sum_duplicates()  # the same places and features in the same order as above, zeros kept
        less = np.where(apart.data > 0, 1.0, LISTED)
        times.data = less * np.sqrt(self.rarity[times.indices] * (1.0 + np.log(times.data)))
        times.eliminate_zeros()
        return times

    @cached_property
    def _across(self) -> sparse.csr_array:
        return self.vectors.T.tocsr()

    @cached_property
    def ties(self) -> sparse.csr_array:
        """Places by places: the weight of the direct ties between the two; symmetric."""
        from scipy import sparse

        tie, count = self.table.tie, len(self.table.places)
        a, b = tie["a"][self.chosen.ties], tie["b"][self.chosen.ties]
        weight = _TIE_WEIGHTS[tie["kind"][self.chosen.ties]]
        rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
        return sparse.coo_array((np.tile(weight, 2), (rows, columns)), shape=(count, count)).tocsr()

    @cached_property
    def _by_place(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The rows of the links that are chosen, their features, and where those of each place begin.

        The links of a place stand by feature, those by no narrower concept first, then by item: a place may have tens
        of thousands, of which a page tells some.
        """
        link, rows = self.table.link, np.flatnonzero(self.chosen.links)
        keys = (link["item"][rows], link["through"][rows] >= 0, link["feature"][rows], link["place"][rows])
        rows = rows[np.lexsort(keys)]
        starts = np.searchsorted(link["place"][rows], np.arange(len(self.table.places) + 1))
        return rows, link["feature"][rows], starts

    def links_of(self, place: int, feature: int) -> npt.NDArray[np.int64]:
        """Return the rows of the links by which a place has a feature, of those that are chosen, the shortest first."""
        rows, features, starts = self._by_place
        first, last = starts[place], starts[place + 1]
        begin, end = np.searchsorted(features[first:last], (feature, feature + 1)) + first
        return rows[begin:end]

    @cached_property
    def kinds(self) -> npt.NDArray[np.int32]:
        """The number of the kind of each feature, by its number; the first, where a thing is of several."""
        found = np.full(len(self.table.names), len(FEATURES), np.int32)
        np.minimum.at(found, self.table.link["feature"], self.table.link["kind"])
        return found

    def narrower(self, place: int, feature: int) -> frozenset[int]:
        """Return the narrower concepts by which one place has a feature."""
        through = self.table.link["through"][self.links_of(place, feature)]
        return frozenset(np.unique(through[through >= 0]).tolist())

    def closeness(self, place: int) -> Floats:
        """Return the closeness of one place to every other; to itself it is 0."""
        row = (self.vectors[[place]] @ self._across + self.ties[[place]]).toarray()[0]
        row[place] = 0.0
        return np.asarray(row, dtype=np.float64)

    def shared(self, a: int, b: int) -> list[tuple[int, float]]:
        """Return the features that two places share, with what each counts: the most first, then by name."""
        held = self.vectors  # whose rows are taken as they lie in it: making arrays of them takes ten times as long
        (one, counts), (other, against) = (
            (held.indices[part], held.data[part])
            for part in (slice(held.indptr[place], held.indptr[place + 1]) for place in (a, b))
        )
        both, at, beside = np.intersect1d(one, other, assume_unique=True, return_indices=True)
        found = zip(both.tolist(), (counts[at] * against[beside]).tolist(), strict=True)
        return sorted(found, key=lambda pair: (-round(pair[1], 9), self.table.names[pair[0]]))

    def nearest(self, place: int, k: int) -> list[tuple[int, float]]:
        """Return the ``k`` closest places with their strength; equal ones by name; none that is not close at all."""
        return _top(self.closeness(place), k)


def strength(closeness: float) -> float:
    """Turn a closeness, from 0 up, into a strength between 0 and 1."""
    return float(1.0 - np.exp(-closeness))


#: What a page says of two places instead of a number: a document ties them, they are alike, or loosely so.
Level = Literal["told", "alike", "loosely", "none"]
#: The least strength of each; chosen on the first twenty judged pairs, held against all fifty (docs/connections.md).
ALIKE, LOOSELY = strength(0.5), strength(0.2)


def level(strength: float, *, told: bool) -> Level:
    """Say in a word how two places are connected."""
    if told:
        return "told"
    return "alike" if strength >= ALIKE else "loosely" if strength >= LOOSELY else "none"


def _top(row: Floats, k: int) -> list[tuple[int, float]]:
    near = np.flatnonzero(row > 0)
    if len(near) > k:  # those that tie with the last are kept until they are sorted
        near = near[row[near] >= np.partition(row[near], len(near) - k)[len(near) - k] - 1e-9]
    order = near[np.lexsort((near, np.round(-row[near], 9)))].tolist()
    return [(other, strength(row[other])) for other in order[:k]]


@dataclass(frozen=True, slots=True)
class Filter:
    """What must hold of the practices, institutions and instruments that connect places.

    ``having`` are IRIs of themes, kinds, target groups, approaches, sources …: each item must have all of them, or
    something narrower. ``unsettled`` lets in what is underway or planned.
    """

    having: tuple[str, ...] = ()
    unsettled: bool = False


ALL_SETTLED = Filter()


def choose(table: Table, wanted: Filter) -> Chosen:
    """Return the rows of the table that a filter leaves. Raises UnknownThing for what nothing in it has."""
    chosen = everything(table) if wanted.unsettled else settled(table)
    for iri in wanted.having:
        items = _items(table, iri)
        links = chosen.links & np.isin(table.link["item"], items)
        ties = chosen.ties & (np.isin(table.tie["from"], items) | np.isin(table.tie["to"], items))
        chosen = Chosen(links, ties)
    return chosen


def _items(table: Table, iri: str) -> npt.NDArray[np.int32]:
    number = table.number(iri)
    below = _below(table, number)
    items = np.unique(table.link["item"][np.isin(table.link["feature"], below)])
    if number < 0 or not len(items):
        base, _, word = iri.rpartition("/")
        held = [table.names[feature] for feature in np.unique(table.link["feature"]).tolist()]
        near = nearest(word, (name.rpartition("/")[2] for name in held if name.rpartition("/")[0] == base))
        told = meant([short(f"{base}/{one}") for one in near])
        raise UnknownThing(short(iri), f"nothing that a place has is about this, or of this kind{told}")
    return items


def _below(table: Table, concept: int) -> npt.NDArray[np.int32]:
    """Return a concept and everything narrower."""
    found, fresh = {concept}, {concept}
    while fresh:
        near = table.narrow[np.isin(table.broad, list(fresh))].tolist()
        fresh = set(near) - found
        found |= fresh
    return np.array(sorted(found), dtype=np.int32)


#: Ways from a place to a shared thing that are told.
MOST_WAYS = 8
#: Shared things of an explanation to which the ways are told: those that count most. Two places that have very much
#: share hundreds, and the last of them count next to nothing.
MOST_TOLD = 24


@dataclass(frozen=True, slots=True)
class Hop:
    """One triple of a path; ``forward`` says that the path goes from its subject to its object."""

    subject: str
    predicate: str
    object: str
    forward: bool

    @property
    def start(self) -> str:
        """Where the path comes from."""
        return self.subject if self.forward else self.object

    @property
    def end(self) -> str:
        """Where the path goes to."""
        return self.object if self.forward else self.subject

    def back(self) -> Hop:
        """Return the hop of the way back."""
        return Hop(self.subject, self.predicate, self.object, not self.forward)


@dataclass(frozen=True, slots=True)
class Way:
    """The hops from a place to what it shares, by way of ``item``: what the place has, such as a practice."""

    item: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why two places are close, and what it ``counts`` of their closeness.

    ``kind`` is the name of a feature or of a tie. A shared ``thing`` is reached by the ways of ``ours`` and of
    ``theirs``, MOST_WAYS of each at most: ``more`` says how many others there are. Broader things that follow from it
    stand in ``implied``, and what they count is added. A tie has no thing: the hops of ``ours`` lead from one place to
    the other.
    """

    kind: str
    thing: str
    counts: float
    ours: tuple[Way, ...]
    theirs: tuple[Way, ...]
    implied: tuple[str, ...] = ()
    more: int = 0

    @property
    def direct(self) -> bool:
        """Say whether it is a direct tie."""
        return not self.thing


def reasons(measure: Measure, a: int, b: int, told: int | None = None, most: int | None = None) -> list[Reason]:
    """Return why two places are close, direct ties first, then what counts most; what they count is the closeness.

    ``told`` of the shared things, the first ones, have the ways to them; with None all have. With 0 the ways are not
    counted either. ``most`` of the shared things are returned; with None all are.
    """
    return [*_ties(measure, a, b), *_shared(measure, a, b, told, most)]


def _ties(measure: Measure, a: int, b: int) -> Iterable[Reason]:
    tie, names = measure.table.tie, measure.table.names
    low, high = min(a, b), max(a, b)
    rows = np.flatnonzero((tie["a"] == low) & (tie["b"] == high) & measure.chosen.ties)
    found = []
    for row in rows.tolist():
        kind = TIES[int(tie["kind"][row])]
        one, other = names[int(tie["from"][row])], names[int(tie["to"][row])]
        start, end = names[low], names[high]
        hops = _tie(kind.name, start, one, other, end, back=bool(tie["back"][row]))
        if a != low:
            hops = tuple(hop.back() for hop in reversed(hops))
        found.append(Reason(kind.name, "", kind.weight, (Way(one, hops),), ()))
    return sorted(found, key=lambda reason: (-reason.counts, reason.kind, reason.ours[0].hops[0].subject))


def _tie(name: str, start: str, one: str, other: str, end: str, *, back: bool) -> tuple[Hop, ...]:
    """Return the hops of a tie from ``start``, where ``one`` is, to ``end``, where ``other`` is.

    ``back`` says that ``other`` is the subject of what joins the two.
    """
    if name == "same-practice":
        return (Hop(one, CR + "place", start, False), Hop(one, CR + "place", end, True))
    if name == "event":  # one of the two is the event, the other the place that took part
        if one == start:
            return (Hop(other, CR + "participantsFrom", start, False), Hop(other, CR + "place", end, True))
        return (Hop(one, CR + "place", start, False), Hop(one, CR + "participantsFrom", end, True))
    predicate = CR + PREDICATES[name]
    joined = Hop(other, predicate, one, False) if back else Hop(one, predicate, other, True)
    return (*_to(start, one), joined, *(hop.back() for hop in _to(end, other)))


def _to(place: str, item: str) -> tuple[Hop, ...]:
    """Return the hop from a place to what it has: none to itself."""
    if item == place:
        return ()
    governs = item.rpartition("/id/")[2].startswith("government/")
    return (Hop(item, CR + ("governs" if governs else "place"), place, False),)


def _shared(measure: Measure, a: int, b: int, told: int | None, most: int | None) -> list[Reason]:
    shared = dict(measure.shared(a, b))
    counts, implied = dict(shared), dict[int, list[int]]()
    for feature in shared:  # what follows from a narrower thing that both share is said with it
        above = measure.narrower(a, feature)
        narrower = sorted(n for n in above & measure.narrower(b, feature) if n in counts) if above else ()
        if narrower and narrower[0] != feature:
            counts[narrower[0]] += counts.pop(feature)
            implied[narrower[0]] = [*implied.get(narrower[0], []), feature, *implied.pop(feature, [])]
    names, kinds = measure.table.names, measure.kinds
    order = sorted(counts, key=lambda feature: (-round(counts[feature], 9), names[feature]))[:most]
    ours, theirs = (_ways(measure, place, order[:told]) for place in (a, b))
    if told and told < len(order):
        for place, found in ((a, ours), (b, theirs)):
            found |= {feature: ((), len(measure.links_of(place, feature))) for feature in order[told:]}
    return [
        Reason(
            FEATURES[int(kinds[feature])].name,
            names[feature],
            counts[feature],
            ours.get(feature, ((), 0))[0],
            theirs.get(feature, ((), 0))[0],
            tuple(names[broad] for broad in implied.get(feature, ())),
            ours.get(feature, ((), 0))[1] + theirs.get(feature, ((), 0))[1],
        )
        for feature in order
    ]


def _ways(measure: Measure, place: int, features: list[int]) -> dict[int, tuple[tuple[Way, ...], int]]:
    """Return the first ways of a place to each of these features, the shortest first, and how many more there are."""
    link, names = measure.table.link, measure.table.names
    found = {}
    for feature in features:
        rows = measure.links_of(place, feature)
        ways = []
        for row in rows[:MOST_WAYS].tolist():
            item, kind, through = (int(link[name][row]) for name in ("item", "kind", "through"))
            hops = (*_to(names[place], names[item]), *_from(kind, names, item, feature, through))
            ways.append(Way(names[item], hops))
        told = tuple(sorted(dict.fromkeys(ways), key=lambda way: (len(way.hops), way.item)))
        found[feature] = (told, max(0, len(rows) - MOST_WAYS))
    return found


def _from(kind: int, names: list[str], item: int, feature: int, through: int) -> tuple[Hop, ...]:
    """Return the hops from what a place has to the feature."""
    predicate = FEATURES[kind].predicate
    if through >= 0:
        climb = Hop(names[through], SKOS + "broader", names[feature], True)
        return (Hop(names[item], predicate, names[through], True), climb)
    return (Hop(names[item], predicate, names[feature], True),)
