"""Which practices are alike: the same measure as for places, over what single practices share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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


def alike(measure: Measure, thing: str, k: int) -> list[Likeness]:
    """Return the things of the same kind as ``thing`` that share most with it. Raises UnknownThing.

    A feature counts weight / ln(1 + how many things have it)², as it does for places.
    """
    table = measure.table
    number = table.number(thing)
    if number not in table.item:
        raise UnknownThing(thing, "the graph knows no such practice, institution or instrument")
    rows = measure.chosen.links & _TELLING[table.link["kind"]]
    items, features, kinds = (table.link[name][rows] for name in ("item", "feature", "kind"))
    shape = (len(table.names), len(table.names))
    held = sparse.coo_array((np.ones(len(items)), (items, features)), shape=shape).tocsr()
    held.sum_duplicates()
    own = held.indices[held.indptr[number] : held.indptr[number + 1]]
    across = held[:, own].tocsc()
    others = np.diff(across.indptr)
    weight = np.zeros(len(table.names))
    np.maximum.at(weight, features, _WEIGHTS[kinds])
    counts = weight[own] / np.log1p(others) ** 2
    counts = np.where(counts >= FLOOR, counts, 0.0)
    total = np.asarray((across > 0).astype(np.float64) @ counts).ravel()
    total[number] = 0.0
    kind = _kind(thing)
    worth, told = np.round(-total, 9).tolist(), np.round(-counts, 9).tolist()
    near = sorted(
        (other for other in np.flatnonzero(total).tolist() if _kind(table.names[other]) == kind),
        key=lambda other: (worth[other], table.names[other]),
    )
    order = sorted(range(len(own)), key=lambda place: (told[place], table.names[own[place]]))
    by_row = across.tocsr()
    found = []
    for other in near[:k]:
        both = set(by_row.indices[by_row.indptr[other] : by_row.indptr[other + 1]].tolist())
        shared = tuple(table.names[own[place]] for place in order if place in both and counts[place] > 0)
        found.append(Likeness(table.names[other], strength(total[other]), shared))
    return found


def _kind(iri: str) -> str:
    return iri.rpartition("/id/")[2].partition("/")[0]
