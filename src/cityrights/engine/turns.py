"""Long queries as processes: when a query is one, and having them compute, wait or end as ``engine.lanes`` says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from cityrights.engine import lanes, processes
from cityrights.engine.handle import Handle

#: A query that has run for so long is a long one, in seconds: when it has computed for that part of it, or in any case.
_LONG: Final = 0.25
_COMPUTED: Final = 0.05
_LONG_ANYWAY: Final = 1.0


def lasts(worker: Handle, now: float) -> bool:
    """Say whether a query has turned out to be a long one by now."""
    if worker.long or worker.since is None or worker.since > now - _LONG:
        return False
    return worker.since <= now - _LONG_ANYWAY or worker.computed() >= _COMPUTED


class Turns:
    """So many ``lanes`` for long queries, of which there may be ``most``, with so much ``memory`` in bytes together."""

    def __init__(self, lanes: int, most: int, memory: int) -> None:
        self._lanes = lanes
        self._most = most
        self._memory = memory

    def take(self, active: Collection[Handle]) -> Iterator[tuple[Handle, str]]:
        """Pause some of the long ones, let the others go on, and yield first those that have to end, with the reason.

        No worker may be given back meanwhile.
        """
        workers = [worker for worker in active if worker.long and worker.pid]
        queries = [_seen(worker) for worker in workers]
        while (found := self._one_too_many(queries)) is not None:
            place, reason = found
            queries.pop(place)
            yield workers.pop(place), reason
        going = lanes.running(queries, self._lanes)
        for place, worker in enumerate(workers):
            if place in going:
                worker.go_on()
            else:
                worker.pause()

    def _one_too_many(self, queries: list[lanes.Long]) -> tuple[int, str] | None:
        place = lanes.too_many(queries, self._most)
        if place is not None:
            return place, "too many long queries have come at once"
        place = lanes.too_large(queries, self._memory)
        return None if place is None else (place, "the queries that run need more memory than all of them may have")


def _seen(worker: Handle) -> lanes.Long:
    """Look at a long query; it counts as asleep when it was so the last time as well, and was not paused."""
    sleeps = not worker.paused and processes.asleep(worker.pid)
    before, worker.asleep = worker.asleep, sleeps
    return lanes.Long(worker.client, worker.since or 0.0, worker.computed(), worker.memory(), before and sleeps)
