"""Single flight: the same query asked by several at the same moment runs once, and all of them get its answer.

An answer that is whole in memory is shared. One that is streamed goes to whoever asked first; the others run theirs.
A query that nobody waits for any more is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from cityrights.engine import Control, Result
from cityrights.errors import EngineBusy
from cityrights_web.shell.client import Client
from cityrights_web.shell.fair_use import FairUse
from cityrights_web.shell.metrics import Metrics
from cityrights_web.shell.record import Record

#: Starts a query in the event loop; the future has its answer when that is whole, or has begun.
Start = Callable[[Control], asyncio.Future[Result]]


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


@dataclass(eq=False, slots=True)
class _Flight:
    key: str
    record: Record
    control: Control = field(default_factory=Control)
    landing: asyncio.Future[Result] | None = None
    waiting: int = 0
    whole: Whole | None = None
    result: Result | None = None


class Flights:
    """The queries that run now. Used from one event loop only, so without a lock."""

    def __init__(self, fair: FairUse, metrics: Metrics, most: int) -> None:
        self._fair = fair
        self._metrics = metrics
        self._most = most
        self._shared: dict[str, _Flight] = {}
        self._flying: set[_Flight] = set()

    @property
    def running(self) -> int:
        """How many queries wait or run."""
        return len(self._flying)

    async def run(self, key: str, start: Start, record: Record, client: Client) -> Whole | Stream:
        """Return the answer to the query of this key (empty: it is not shared), or its stream when it is long.

        ``start`` runs it. Raises ClientGone when ``client`` is, EngineBusy when too many queries wait, and the errors
        of the engine.
        """
        flight = self._shared.get(key) if key else None
        if flight is None:
            flight = self._begin(key, start, record)
        else:
            self._metrics.shared += 1
        await self._wait(flight, client)
        if flight.whole is None and flight.result is None:  # a stream that somebody else has taken
            flight = self._begin("", start, record)
            await self._wait(flight, client)
        return flight.whole or self._take(flight)

    def _begin(self, key: str, start: Start, record: Record) -> _Flight:
        if len(self._flying) >= self._most:
            raise EngineBusy(5)
        flight = _Flight(key, record)
        flight.landing = start(flight.control)
        self._flying.add(flight)
        if key:
            self._shared[key] = flight
        self._fair.track(record, flight.control)
        self._metrics.run += 1
        flight.landing.add_done_callback(partial(self._land, flight))  # the first one: whoever waits finds it done
        return flight

    def _land(self, flight: _Flight, landing: asyncio.Future[Result]) -> None:
        self._forget(flight)
        if landing.cancelled() or landing.exception() is not None:
            self._landed(flight)
            return
        result = landing.result()
        if result.size is not None:
            flight.whole = Whole(result.read(), result.truncated)
            self._landed(flight)
            return
        flight.result = result
        if not flight.waiting:
            self._take(flight).close()

    async def _wait(self, flight: _Flight, client: Client) -> None:
        landing = flight.landing
        assert landing is not None
        flight.waiting += 1
        try:
            await client.wait_for(landing)
            if not landing.done():
                raise ClientGone
            landing.result()
        finally:
            flight.waiting -= 1
            if not flight.waiting and not landing.done():
                flight.control.cancel()
                self._forget(flight)

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
