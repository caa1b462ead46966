"""Which practices are alike: the same measure as for places, over what single practices share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from cityrights.connections.measure import Measure, strength
from cityrights.connections.rules import FEATURES, FLOOR
from cityrights.errors import UnknownThing

_LEFT_OUT = frozenset({"statement", "pillar", "section", "source"})
_TELLING = np.array([feature.name not in _LEFT_OUT for feature in FEATURES])
_WEIGHTS = np.array([feature.weight for feature in FEATURES])


@dataclass(frozen=True, slots=True)
class Likeness:
    """A thing like another one: its IRI, how much (0 to 1), and the IRIs of what they share, the most telling first."""

    thing: str
    strength: float
    shared: tuple[str, ...]


@dataclass(frozen=True)
class Likenesses:
    """Finds the practices, institutions and instruments that are alike; what a measure leaves out is like nothing."""

    measure: Measure

    @cached_property
    def _having(self) -> sparse.csr_array:
        """Features by things: 1 where a thing that counts has the feature."""
        table = self.measure.table
        rows = self.measure.chosen.links & _TELLING[table.link["kind"]]
        items, features = (table.link[name][rows] for name in ("item", "feature"))
        shape = (len(table.names), len(table.names))
        found = sparse.coo_array((np.ones(len(items)), (features, items)), shape=shape).tocsr()
        found.sum_duplicates()
        return found

    @cached_property
    def _counts(self) -> npt.NDArray[np.float64]:
        """What each feature counts for two things that have it: weight / ln(1 + how many things have it)²."""
        link = self.measure.table.link
        weight = np.zeros(len(self.measure.table.names))
        np.maximum.at(weight, link["feature"], np.where(_TELLING, _WEIGHTS, 0.0)[link["kind"]])
        found = weight / np.log1p(np.maximum(np.diff(self._having.indptr), 1)) ** 2
        return np.where(found >= FLOOR, found, 0.0)

    def alike(self, thing: str, k: int) -> list[Likeness]:
        """Return the things of the same kind as ``thing`` that share most with it. Raises UnknownThing.

        Of a thing that does not count itself, such as one that is planned, those are found that it will be like.
        """
        table = self.measure.table
        number = table.number(thing)
        if number not in table.item:
            raise UnknownThing(thing, "the graph knows no such practice, institution or instrument")
        rows = (table.link["item"] == number) & _TELLING[table.link["kind"]]
        own = np.unique(table.link["feature"][rows])
        having, counts = self._having[own], self._counts[own]
        total = np.bincount(having.indices, np.repeat(counts, np.diff(having.indptr)), len(table.names))
        total[number] = 0.0
        kind = _kind(thing)
        worth, told = np.round(-total, 9).tolist(), np.round(-counts, 9).tolist()
        near = sorted(
            (other for other in np.flatnonzero(total).tolist() if _kind(table.names[other]) == kind),
            key=lambda other: (worth[other], table.names[other]),
        )
        order = sorted((at for at in range(len(own)) if counts[at]), key=lambda at: (told[at], table.names[own[at]]))
        held = {at: having.indices[having.indptr[at] : having.indptr[at + 1]] for at in order}
        return [
            Likeness(
                table.names[other],
                strength(total[other]),
                tuple(table.names[own[at]] for at in order if other in held[at]),
            )
            for other in near[:k]
        ]


def _kind(iri: str) -> str:
    return iri.rpartition("/id/")[2].partition("/")[0]
