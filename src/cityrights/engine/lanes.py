"""The turns of long queries: which of them compute, which wait, and which have to end. Only decisions, no processes.

Each client that has long queries gets a lane before any gets a second one. Among the queries of one client those that
have computed least come first, level by level, and within a level the older one (a feedback queue of several levels:
Corbató and others, 1962): whatever is done soon is done soon, and nothing changes lanes more often than its time
doubles.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Seconds that the first level has; each later one has twice as much as the last.
_FIRST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Long:
    """A long query as it stands: ``since`` when it has its worker, ``computed`` in seconds, ``memory`` in bytes.

    ``asleep`` says that it waits for its reader: it holds a worker, and takes no lane.
    """

    client: str
    since: float
    computed: float = 0.0
    memory: int = 0
    asleep: bool = False


def running(queries: Sequence[Long], lanes: int) -> frozenset[int]:
    """Return the places of those that may go on while the others wait: ``lanes`` that compute, and all that sleep."""
    chosen = {place for place, query in enumerate(queries) if query.asleep}
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for place in sorted(range(len(queries)), key=lambda place: (_level(queries[place].computed), queries[place].since)):
        if place not in chosen:
            waiting[queries[place].client].append(place)
    spent = Counter[str]()
    for query in queries:
        spent[query.client] += math.ceil(query.computed)
    taken = Counter[str]()
    for _ in range(min(lanes, len(queries) - len(chosen))):
        client = min(waiting, key=lambda one: (taken[one], _level(spent[one]), queries[waiting[one][0]].since))
        taken[client] += 1
        chosen.add(waiting[client].pop(0))
        if not waiting[client]:
            del waiting[client]
    return frozenset(chosen)


def too_many(queries: Sequence[Long], most: int) -> int | None:
    """Return the place of the one that ends when there are more than ``most``: the last one of whoever has most."""
    if len(queries) <= most:
        return None
    held = Counter(query.client for query in queries)
    return max(range(len(queries)), key=lambda place: (held[queries[place].client], queries[place].since))


def too_large(queries: Sequence[Long], memory: int) -> int | None:
    """Return the place of the one that ends when all hold more than ``memory`` bytes: the largest of the heaviest."""
    if sum(query.memory for query in queries) <= memory:
        return None
    held = Counter[str]()
    for query in queries:
        held[query.client] += query.memory
    return max(range(len(queries)), key=lambda place: (held[queries[place].client], queries[place].memory))


def _level(seconds: float) -> int:
    return 0 if seconds < _FIRST else 1 + math.floor(math.log2(seconds / _FIRST))
