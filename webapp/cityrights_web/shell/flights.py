"""Single flight: the same query asked by several at the same moment runs once, and all of them get its answer.

An answer that is whole in memory is shared. One that is streamed goes to whoever asked first; the others run theirs.
A query that nobody waits for any more is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from cityrights.engine import Control, Result
from cityrights.errors import EngineBusy
from cityrights_web.shell.fair_use import FairUse
from cityrights_web.shell.metrics import Metrics
from cityrights_web.shell.record import Record

Start = Callable[[Control], Result]


class ClientGone(Exception):
    """Whoever asked is not there any more; there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer that is here; ``truncated`` is after how many rows it was cut, 0 for one that was not."""

    body: bytes
    truncated: int


@dataclass(slots=True)
class Stream:
    """An answer that is read while it is made. Its reader calls ``close``, which tells what it has cost."""

    result: Result
    control: Control
    ended: Callable[[], None]

    def close(self) -> None:
        """End the query if it still runs, and have its time counted."""
        self.control.cancel()
        self.ended()


@dataclass(eq=False)
class _Flight:
    key: str
    record: Record
    control: Control = field(default_factory=Control)
    task: asyncio.Task[Whole | None] | None = None
    waiting: int = 0
    result: Result | None = None


class Flights:
    """The queries that run now. Used from one event loop only, so without a lock."""

    def __init__(self, threads: Executor, fair: FairUse, metrics: Metrics, most: int) -> None:
        self._threads = threads
        self._fair = fair
        self._metrics = metrics
        self._most = most
        self._shared: dict[str, _Flight] = {}
        self._flying: set[_Flight] = set()

    @property
    def running(self) -> int:
        """How many queries wait or run."""
        return len(self._flying)

    async def run(self, key: str, start: Start, record: Record, gone: asyncio.Future[None]) -> Whole | Stream:
        """Return the answer to the query of this key (empty: it is not shared), or its stream when it is long.

        ``start`` runs it, in a thread; ``gone`` is done when the client is. Raises ClientGone then, EngineBusy when too
        many queries wait, and the errors of the engine.
        """
        flight = self._shared.get(key) if key else None
        if flight is None:
            flight = self._begin(key, start, record)
        else:
            self._metrics.shared += 1
        whole = await self._wait(flight, gone)
        if whole is not None:
            return whole
        if flight.result is None:  # a stream that somebody else has taken
            flight = self._begin("", start, record)
            whole = await self._wait(flight, gone)
            if whole is not None:
                return whole
        return self._take(flight)

    def _begin(self, key: str, start: Start, record: Record) -> _Flight:
        if len(self._flying) >= self._most:
            raise EngineBusy(5)
        flight = _Flight(key, record)
        self._flying.add(flight)
        if key:
            self._shared[key] = flight
        self._fair.track(record, flight.control)
        self._metrics.run += 1
        flight.task = asyncio.create_task(self._fly(flight, start))
        return flight

    async def _fly(self, flight: _Flight, start: Start) -> Whole | None:
        streamed = False
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._threads, start, flight.control)
            if result.size is not None:
                return Whole(result.read(), result.truncated)
            flight.result = result
            streamed = True
            return None
        finally:
            self._forget(flight)
            if not streamed:
                self._landed(flight)
            elif not flight.waiting:
                self._take(flight).close()

    async def _wait(self, flight: _Flight, gone: asyncio.Future[None]) -> Whole | None:
        task = flight.task
        assert task is not None
        flight.waiting += 1
        try:
            await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ClientGone
        except BaseException:
            if flight.waiting == 1:
                self._abandon(flight, task)
            raise
        finally:
            flight.waiting -= 1
        return task.result()

    def _abandon(self, flight: _Flight, task: asyncio.Task[Whole | None]) -> None:
        """End a query that nobody waits for; one that is a stream by now has nobody else to close it."""
        if flight.result is not None:
            self._take(flight).close()
        elif not task.done():
            flight.control.cancel()
            self._forget(flight)
            task.add_done_callback(_heed)

    def _take(self, flight: _Flight) -> Stream:
        result, flight.result = flight.result, None
        assert result is not None
        return Stream(result, flight.control, lambda: self._landed(flight))

    def _forget(self, flight: _Flight) -> None:
        """Let nobody join this flight any more."""
        if self._shared.get(flight.key) is flight:
            del self._shared[flight.key]

    def _landed(self, flight: _Flight) -> None:
        if flight in self._flying:
            self._flying.discard(flight)
            flight.control.finish()
            self._metrics.seconds += flight.control.seconds
            self._fair.settle(flight.record, flight.control)


def _heed(task: asyncio.Task[Whole | None]) -> None:
    """Take note of what became of a query that nobody waits for."""
    if not task.cancelled():
        task.exception()
