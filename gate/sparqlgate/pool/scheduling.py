"""Who computes and who waits: how many workers a pool has, and the turns that long queries take."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sparqlgate.pool import processes
from sparqlgate.pool.processes import WorkerProcess

#: So many workers without a long query there may be for each lane, and so many callers may wait for one of them.
_SHORT_PER_LANE: Final = 8
MOST_WAITING: Final = 256
#: A worker that has had its query for so long, in seconds, is not counted on to be free soon.
_SOON: Final = 0.05
#: Where none is free soon, whoever has waited for so long, in seconds, gets one that is forked.
_AWAITED: Final = 0.01
#: Workers that are no longer needed end after so many seconds.
_SPARE_SECONDS: Final = 2.0


def most_workers(size: int, queue: int) -> int:
    """Return how many workers a pool has at most: those with long queries, and ``_SHORT_PER_LANE`` others a lane."""
    return size + queue + _SHORT_PER_LANE * size


class AtWork(Protocol):
    """A worker that has a query, for so long: ``since`` of ``time.monotonic``, and ``long`` when it turned out so."""

    long: bool
    since: float | None


class Sizes:
    """The numbers of a pool that keeps ``size`` workers ready and lets ``queue`` long queries wait beside as many."""

    def __init__(self, size: int, queue: int) -> None:
        self._size = size
        self._most_short = _SHORT_PER_LANE * size
        self._most = most_workers(size, queue)
        self._spare_since: float | None = None

    def lacking(
        self,
        idle: int,
        starting: int,
        active: Iterable[AtWork],
        waiting: Callable[[float], int],
        processes: int,
        now: float,
    ) -> int:
        """Return how many workers to fork: so many are to be free or soon free, and those who wait want one.

        While a worker is soon free its turn is waited for: more workers than cores would only share the same cores.
        ``waiting`` counts those who have waited since a moment or longer, ``processes`` is how many there are, also of
        those that are ending; ``now`` is of ``time.monotonic``.
        """
        before = now - _SOON
        soon = short = 0
        for worker in active:
            short += not worker.long
            soon += not worker.long and worker.since is not None and worker.since > before
        awaited = waiting(now - (_SOON if soon else _AWAITED))
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


#: A query that has run for so long is a long one, in seconds: when it has computed for that part of it, or in any case.
_LONG: Final = 0.25
_COMPUTED: Final = 0.05
_LONG_ANYWAY: Final = 1.0


def lasts(worker: WorkerProcess, now: float) -> bool:
    """Say whether a query has turned out to be a long one by now."""
    if worker.long or worker.since is None or worker.since > now - _LONG:
        return False
    return worker.since <= now - _LONG_ANYWAY or worker.computed() >= _COMPUTED


class Scheduler:
    """So many ``lanes`` for long queries, of which there may be ``most``, with so much ``memory`` in bytes together."""

    def __init__(self, lanes: int, most: int, memory: int) -> None:
        self._lanes = lanes
        self._most = most
        self._memory = memory

    def take(self, active: Collection[WorkerProcess]) -> Iterator[tuple[WorkerProcess, str]]:
        """Pause some of the long ones, let the others go on, and yield first those that have to end, with the reason.

        No worker may be given back meanwhile.
        """
        workers = [worker for worker in active if worker.long and worker.pid]
        queries = [_seen(worker) for worker in workers]
        while (found := self._one_too_many(queries)) is not None:
            place, reason = found
            queries.pop(place)
            yield workers.pop(place), reason
        going = running(queries, self._lanes)
        for place, worker in enumerate(workers):
            if place in going:
                worker.go_on()
            else:
                worker.pause()

    def _one_too_many(self, queries: list[Long]) -> tuple[int, str] | None:
        place = too_many(queries, self._most)
        if place is not None:
            return place, "too many long queries have come at once"
        place = too_large(queries, self._memory)
        return None if place is None else (place, "the queries that run need more memory than all of them may have")


def _seen(worker: WorkerProcess) -> Long:
    """Look at a long query; it counts as asleep when it was so the last time as well, and was not paused."""
    sleeps = not worker.paused and processes.asleep(worker.pid)
    before, worker.asleep = worker.asleep, sleeps
    return Long(worker.client, worker.since or 0.0, worker.computed(), worker.memory(), before and sleeps)
