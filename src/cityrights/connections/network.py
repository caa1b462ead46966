"""The network of places: each joined to its closest ones; indirect closeness, communities, centrality and a layout.

Personalised PageRank (Page et al., 1999; Haveliwala, 2002) for closeness by way of others, Louvain (Blondel et al.,
2008) with a fixed seed for communities, PageRank for centrality, Kamada and Kawai (1989) for small pictures and
Fruchterman and Reingold (1991) with a fixed seed for large ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from cityrights.connections.measure import Floats, Measure

#: Each place is joined to so many of its closest ones; who is among those of either is joined.
NEIGHBOURS = 10
_SEED = 7
_DAMPING = 0.85
_ROUNDS = 60
#: Times that loose places are put between the others, and how far aside, as a part of the whole picture.
_PASSES, _ASIDE = 4, 0.02
#: So many places at most are laid out by the slower, finer method, and by the quicker one, the most central first; its
#: cost grows with their square. All others stand between those that they are joined to.
_FINE, _LAID = 300, 1000
#: Places whose neighbours are computed at once, so that memory stays flat.
_BLOCK = 512


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


def build(measure: Measure) -> Network:
    """Join each place to its closest ones; the same measure gives the same network."""
    joined = join(measure)
    graph = nx.from_scipy_sparse_array(joined, edge_attribute="strength")
    community = np.zeros(joined.shape[0], np.int32)
    found: list[set[int]] = nx.community.louvain_communities(graph, weight="strength", seed=_SEED)
    for number, members in enumerate(sorted(found, key=lambda held: (-len(held), min(held)))):
        community[list(members)] = number
    central = np.round(_pagerank(joined, range(joined.shape[0])), 6)
    return Network(joined, community, central, *_layout(graph, joined, central))


def join(measure: Measure) -> sparse.csr_array:
    """Join each place to its closest ones: places by places, the strength of each connection; symmetric."""
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
