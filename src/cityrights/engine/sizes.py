"""How many workers a pool keeps: ready ones, those for whoever waits, and the most that there may be."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Final

from cityrights.engine.handle import Handle

#: So many workers without a long query there may be for each lane, and so many callers may wait for one of them.
_SHORT_PER_LANE: Final = 8
MOST_WAITING: Final = 256
#: A worker that has had its query for so long, in seconds, is not counted on to be free soon.
_SOON: Final = 0.05
#: Workers that are no longer needed end after so many seconds.
_SPARE_SECONDS: Final = 2.0


def most_workers(size: int, queue: int) -> int:
    """Return how many workers a pool has at most: those with long queries, and ``_SHORT_PER_LANE`` others a lane."""
    return size + queue + _SHORT_PER_LANE * size


class Sizes:
    """The numbers of a pool that keeps ``size`` workers ready and lets ``queue`` long queries wait beside as many."""

    def __init__(self, size: int, queue: int) -> None:
        self._size = size
        self._most_short = _SHORT_PER_LANE * size
        self._most = most_workers(size, queue)
        self._spare_since: float | None = None

    def lacking(self, idle: int, starting: int, active: Iterable[Handle], awaited: int, processes: int) -> int:
        """Return how many workers to fork: so many are to be free or soon free, and ``awaited`` callers want one now.

        ``processes`` is how many there are, also of those that are ending.
        """
        before = time.monotonic() - _SOON
        soon = short = 0
        for worker in active:
            short += not worker.long
            soon += not worker.long and worker.since is not None and worker.since > before
        wanted = max(self._size - idle - starting - soon, awaited - starting)
        return min(wanted, self._most_short - idle - starting - short, self._most - processes)

    def spare(self, idle: int) -> int:
        """Return how many idle workers to end: those beyond the ready ones, once there have been any for a while."""
        now = time.monotonic()
        if idle <= self._size:
            self._spare_since = None
        elif self._spare_since is None:
            self._spare_since = now
        elif now >= self._spare_since + _SPARE_SECONDS:
            self._spare_since = None
            return idle - self._size
        return 0

    def retry_after(self, waiting: int, lasting: int, average: float) -> float:
        """Return when to come again, in seconds; each long query has its lane for a second at least."""
        seconds = ((waiting + 1) * average + lasting) / self._size
        return float(min(60, max(1, math.ceil(seconds))))
