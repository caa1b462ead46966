"""How close places are: rare things in common and direct ties, added up; and what a reader leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cityrights.errors import UnknownThing
from cityrights.indexes.proximity.table import BY_WAY, FEATURES, FLOOR, TIES, Table
from cityrights.library.names import meant, nearest
from cityrights.vocabulary import short

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
        """The weight of each feature, by its number, for two places that have it once: weight · rarity²."""
        link, names = self.table.link, len(self.table.names)
        pairs = np.unique(link["feature"].astype(np.int64) * names + link["place"])
        held = np.bincount(pairs // names, minlength=names) if names else np.zeros(0, np.int64)
        weight = np.zeros(names)
        np.maximum.at(weight, link["feature"], _WEIGHTS[link["kind"]] * self._way)
        with np.errstate(divide="ignore"):
            found = np.where(held > 0, weight / np.log1p(np.maximum(held, 1)) ** 2, 0.0)
        return np.where(found >= FLOOR, found, 0.0)

    @cached_property
    def _way(self) -> Floats:
        return np.where(self.table.link["through"] >= 0, BY_WAY, 1.0)

    @cached_property
    def vectors(self) -> sparse.csr_array:
        """Places by features: √(weight · rarity² · n). The product of two rows is what the two places share."""
        from scipy import sparse

        link, count = self.table.link, len(self.table.names)
        places, features = link["place"][self.chosen.links], link["feature"][self.chosen.links]
        shape = (len(self.table.places), count)
        times = sparse.coo_array((np.ones(len(places)), (places, features)), shape=shape).tocsr()
        times.sum_duplicates()
        times.data = np.sqrt(self.rarity[times.indices] * (1.0 + np.log(times.data)))
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
    def _by_place(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        rows = np.flatnonzero(self.chosen.links)
        rows = rows[np.argsort(self.table.link["place"][rows], kind="stable")]
        starts = np.searchsorted(self.table.link["place"][rows], np.arange(len(self.table.places) + 1))
        return rows, starts

    def links_of(self, place: int) -> npt.NDArray[np.int64]:
        """Return the rows of the links of one place, of those that are chosen."""
        rows, starts = self._by_place
        return rows[starts[place] : starts[place + 1]]

    @cached_property
    def kinds(self) -> npt.NDArray[np.int32]:
        """The number of the kind of each feature, by its number; the first, where a thing is of several."""
        found = np.full(len(self.table.names), len(FEATURES), np.int32)
        np.minimum.at(found, self.table.link["feature"], self.table.link["kind"])
        return found

    def narrower(self, place: int) -> dict[int, frozenset[int]]:
        """Return the narrower concepts by which one place has each of its broader features."""
        link, rows = self.table.link, self.links_of(place)
        rows = rows[link["through"][rows] >= 0]
        found: dict[int, set[int]] = {}
        for broad, through in zip(link["feature"][rows].tolist(), link["through"][rows].tolist(), strict=True):
            found.setdefault(broad, set()).add(through)
        return {broad: frozenset(held) for broad, held in found.items()}

    def closeness(self, place: int) -> Floats:
        """Return the closeness of one place to every other; to itself it is 0."""
        row = (self.vectors[[place]] @ self._across + self.ties[[place]]).toarray()[0]
        row[place] = 0.0
        return np.asarray(row, dtype=np.float64)

    def shared(self, a: int, b: int) -> list[tuple[int, float]]:
        """Return the features that two places share, with what each counts: the most first, then by name."""
        both = self.vectors[[a]].multiply(self.vectors[[b]]).tocoo()
        found = zip(both.coords[1].tolist(), both.data.tolist(), strict=True)
        return sorted(found, key=lambda pair: (-round(pair[1], 9), self.table.names[pair[0]]))

    def nearest(self, place: int, k: int) -> list[tuple[int, float]]:
        """Return the ``k`` closest places with their strength; equal ones by name; none that is not close at all."""
        return _top(self.closeness(place), k)


def strength(closeness: float) -> float:
    """Turn a closeness, from 0 up, into a strength between 0 and 1."""
    return float(1.0 - np.exp(-closeness))


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
