"""The network of places, each joined to its closest ones, with communities; and which practices are alike."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cityrights.errors import UnknownThing
from cityrights.indexes.proximity.measure import Floats, Measure, strength
from cityrights.indexes.proximity.table import FEATURES, FLOOR
from cityrights.reuse import NOTHING, Kept

if TYPE_CHECKING:  # networkx and scipy take a while, and who imports this needs them late or never
    from scipy import sparse

#: A chain has no link that is weaker than this.
_WEAKEST = 0.3
#: From each of the two, so many of the closest places are looked at.
_WIDTH = 40
#: Each place is joined to so many of its closest ones; who is among those of either is joined.
NEIGHBOURS = 10
_SEED = 7
_DAMPING = 0.85
_ROUNDS = 60
#: Places whose neighbours are computed at once, so that memory stays flat.
_BLOCK = 512
#: So many times as many things as are wanted are looked at, before more are.
_LOOKED_AT = 8
_LEFT_OUT = frozenset({"source"})
_TELLING = np.array([feature.name not in _LEFT_OUT for feature in FEATURES])
_WEIGHTS = np.array([feature.weight for feature in FEATURES])


def chains(joined: sparse.csr_array, a: int, b: int, k: int) -> list[tuple[tuple[int, ...], float]]:
    """Return the ``k`` strongest chains of places from ``a`` to ``b`` with one or two between, strongest first.

    The strength of a chain is the product of its links'; equal ones go by the numbers of the places.
    """
    found = heapq.nsmallest(k, _found(joined, a, b), key=lambda chain: (-round(chain[1], 9), len(chain[0]), chain[0]))
    return list(found)


def _found(joined: sparse.csr_array, a: int, b: int) -> Iterator[tuple[tuple[int, ...], float]]:
    ours, theirs = _near(joined, a), _near(joined, b)
    for middle in ours.keys() & theirs.keys() - {a, b}:
        yield (a, middle, b), ours[middle] * theirs[middle]
    for one, first in ours.items():
        if one in (a, b):
            continue
        onward = _near(joined, one)
        for other, last in theirs.items():
            if other not in (a, b, one) and other in onward:
                yield (a, one, other, b), first * onward[other] * last


def _near(joined: sparse.csr_array, place: int) -> dict[int, float]:
    start, end = joined.indptr[place], joined.indptr[place + 1]
    near = zip(joined.indices[start:end].tolist(), joined.data[start:end].tolist(), strict=True)
    strong = ((other, strength) for other, strength in near if strength >= _WEAKEST)
    return dict(heapq.nsmallest(_WIDTH, strong, key=lambda pair: (-pair[1], pair[0])))


#: Times that loose places are put between the others, and how far aside, as a part of the whole picture.
_PASSES, _ASIDE = 4, 0.02
#: So many places at most are laid out by the slower, finer method, and by the quicker one, the most central first; its
#: cost grows with their square. All others stand between those that they are joined to.
_FINE, _LAID = 300, 1000


@dataclass(frozen=True)
class Network:
    """``joined`` is places by places: strength, symmetric. The others go by place; ``x`` and ``y`` are from 0 to 1."""

    joined: sparse.csr_array
    community: npt.NDArray[np.int32]
    centrality: Floats
    x: Floats
    y: Floats

    def ranked(self, place: int) -> Floats:
        """Return how close every place is to one, directly or by way of others: a personalised PageRank, sum 1."""
        return _pagerank(self.joined, [place])


def build(measure: Measure, kept: Kept = NOTHING) -> Network:
    """Join each place to its closest ones; the same measure gives the same network. One that is ``kept`` stays."""
    joined = join(measure)
    of = joined.shape, *(getattr(joined, name).tobytes() for name in ("data", "indices", "indptr"))
    return kept.of(("index", "network"), of, partial(_drawn, joined))


def _drawn(joined: sparse.csr_array) -> Network:
    import networkx as nx

    graph = nx.from_scipy_sparse_array(joined, edge_attribute="strength")
    community = np.zeros(joined.shape[0], np.int32)
    found: list[set[int]] = nx.community.louvain_communities(graph, weight="strength", seed=_SEED)
    for number, members in enumerate(sorted(found, key=lambda held: (-len(held), min(held)))):
        community[list(members)] = number
    central = np.round(_pagerank(joined, range(joined.shape[0])), 6)
    return Network(joined, community, central, *_layout(graph, joined, central))


def join(measure: Measure) -> sparse.csr_array:
    """Join each place to its closest ones: places by places, the strength of each connection; symmetric."""
    from scipy import sparse

    count = measure.vectors.shape[0]
    rows, columns, data = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for first in range(0, count, _BLOCK):
        for place in range(first, min(first + _BLOCK, count)):
            near = measure.nearest(place, NEIGHBOURS)
            rows.append(np.full(len(near), place, np.int64))
            columns.append(np.array([other for other, _ in near], np.int64))
            data.append(np.round([strength for _, strength in near], 6))
    shape = (count, count)
    one = sparse.coo_array((np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsr()
    return sparse.csr_array(one.maximum(one.T))


def _pagerank(joined: sparse.csr_array, start: Sequence[int]) -> Floats:
    count = joined.shape[0]
    if not count:
        return np.zeros(0)
    from scipy import sparse

    out = np.asarray(joined.sum(axis=1)).ravel()
    step = sparse.diags_array(1.0 / np.where(out > 0, out, 1.0)).dot(joined).T.tocsr()
    home = np.zeros(count)
    home[list(start)] = 1.0 / len(start)
    rank = home.copy()
    for _ in range(_ROUNDS):
        lost = rank[out == 0].sum()
        fresh = _DAMPING * (step @ rank + lost * home) + (1.0 - _DAMPING) * home
        if np.abs(fresh - rank).sum() < 1e-10:
            break
        rank = fresh
    return np.asarray(rank, dtype=np.float64)


def _layout(graph: Any, joined: sparse.csr_array, central: Floats) -> tuple[Floats, Floats]:
    count = graph.number_of_nodes()
    if not count:
        return np.zeros(0), np.zeros(0)
    import networkx as nx

    start = {node: (np.cos(2 * np.pi * node / count), np.sin(2 * np.pi * node / count)) for node in graph}
    if count <= _FINE:
        far: Any = nx.Graph()
        far.add_nodes_from(graph)
        far.add_edges_from((a, b, {"far": 1.3 - held["strength"]}) for a, b, held in graph.edges(data=True))
        parts = sorted(nx.connected_components(far), key=lambda held: (-len(held), min(held)))
        laid: list[dict[int, Any]] = [
            nx.kamada_kawai_layout(far.subgraph(part), weight="far", pos={n: start[n] for n in part}) for part in parts
        ]
        places = _beside(laid)
    else:
        first = np.sort(np.lexsort((np.arange(count), -central))[:_LAID]).tolist()
        inner, begin = graph.subgraph(first), {node: start[node] for node in first}
        laid_out = nx.spring_layout(inner, pos=begin, weight="strength", iterations=30, seed=_SEED)
        places = _between(joined, laid_out, start)
    found = np.array([places[node] for node in range(count)], dtype=np.float64)
    low, span = found.min(axis=0), np.ptp(found, axis=0)
    found = np.round((found - low) / np.where(span > 0, span, 1.0), 4)
    return found[:, 0], found[:, 1]


def _between(joined: sparse.csr_array, laid: dict[int, Any], start: dict[int, Any]) -> Any:
    """Put each place that is not laid out between those that it is joined to, a little aside by its number."""
    places = np.array([laid.get(node, (0.0, 0.0)) for node in range(len(start))], dtype=np.float64)
    known = np.array([node in laid for node in range(len(start))])
    aside = np.array([start[node] for node in range(len(start))]) * np.ptp(places, axis=0) * _ASIDE
    loose = ~known
    for _ in range(_PASSES):
        weight = np.asarray(joined @ known.astype(np.float64)).ravel()
        middle = (joined @ (places * known[:, None])) / np.where(weight > 0, weight, 1.0)[:, None]
        places[loose] = middle[loose] + aside[loose]
        known |= weight > 0
    return places


def _beside(parts: list[dict[int, Any]]) -> dict[int, Any]:
    """Put the parts of a network that nothing joins beside each other, by their size."""
    places, right = {}, 0.0
    for part in parts:
        wide = np.sqrt(len(part))
        for node, (x, y) in part.items():
            places[node] = (right + wide * (1.0 + x) / 2.0, wide * y / 2.0)
        right += wide * 1.2
    return places


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
        from scipy import sparse

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

    def prepare(self) -> None:
        """Make what likenesses are found by."""
        _ = self._counts

    def alike(self, thing: str, k: int) -> list[Likeness]:
        """Return the things of the same kind as ``thing`` that share most with it. Raises UnknownThing.

        Of a thing that does not count itself, such as one that is planned, those are found that it will be like.
        """
        table = self.measure.table
        number = table.number(thing)
        if number not in table.item:
            raise UnknownThing(thing, "the graph knows no such practice, institution or instrument")
        rows = table.links_of(number)
        own = np.unique(table.link["feature"][rows[_TELLING[table.link["kind"][rows]]]])
        own = own[self._counts[own] > 0]  # what counts for nothing is what very many have
        having, counts = self._having[own], self._counts[own]
        others, at = np.unique(having.indices, return_inverse=True)
        total = np.bincount(at, np.repeat(counts, np.diff(having.indptr)), len(others))
        near = self._most(others[others != number], total[others != number], _kind(thing), k)
        told = np.round(-counts, 9).tolist()
        order = sorted(range(len(own)), key=lambda at: (told[at], table.names[own[at]]))
        held = {at: having.indices[having.indptr[at] : having.indptr[at + 1]] for at in order}
        return [
            Likeness(
                table.names[other],
                strength(worth),
                tuple(table.names[own[at]] for at in order if other in held[at]),
            )
            for other, worth in near
        ]

    def _most(self, others: npt.NDArray[np.int32], total: Floats, kind: str, k: int) -> list[tuple[int, float]]:
        """Return those ``k`` things of a kind that share most, and how much; equal ones by name.

        Of very many only those are looked at that share as much as the first ones, of whatever kind.
        """
        names, less = self.measure.table.names, np.round(-total, 9)
        most = _LOOKED_AT * k
        while True:
            close = less <= np.partition(less, most)[most] if most < len(less) else np.ones(len(less), np.bool_)
            held = zip(less[close].tolist(), others[close].tolist(), total[close].tolist(), strict=True)
            found = [each for each in held if _kind(names[each[1]]) == kind]
            if len(found) >= k or close.all():
                nearest = heapq.nsmallest(k, found, key=lambda each: (each[0], names[each[1]]))
                return [(other, worth) for _, other, worth in nearest]
            most *= _LOOKED_AT


def _kind(iri: str) -> str:
    return iri.rpartition("/id/")[2].partition("/")[0]
