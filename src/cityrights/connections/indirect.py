"""Chains: how two places are connected by way of one or two others."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from scipy import sparse

#: A chain has no link that is weaker than this.
_WEAKEST = 0.3
#: From each of the two, so many of the closest places are looked at.
_WIDTH = 40


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
