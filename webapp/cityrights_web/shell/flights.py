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
from cityrights.errors import EngineBusy, EngineFailure
from cityrights_web.shell.client import Client
from cityrights_web.shell.fair_use import FairUse
from cityrights_web.shell.gone import ClientGone
from cityrights_web.shell.metrics import Metrics
from cityrights_web.shell.record import Record

#: Told what became of a query: its answer, whole or begun, or what went wrong.
Tell = Callable[[Result | Exception], None]
#: Starts a query and returns; what it is given is called once, in the event loop and maybe at once.
Start = Callable[[Control, Tell], None]


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
    control: Control
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    done: bool = False
    abandoned: bool = False
    whole: Whole | None = None
    result: Result | None = None
    error: Exception | None = None


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
        flight = _Flight(key, record, Control(record.client))
        self._flying.add(flight)
        if key:
            self._shared[key] = flight
        self._fair.track(record, flight.control)
        self._metrics.run += 1
        try:
            start(flight.control, partial(self._land, flight))
        except BaseException as error:
            self._land(flight, error if isinstance(error, Exception) else EngineFailure("the query did not start"))
            raise
        return flight

    def _land(self, flight: _Flight, became: Result | Exception) -> None:
        self._forget(flight)
        flight.done = True
        if isinstance(became, Exception):
            flight.error = became
            self._landed(flight)
        elif became.size is not None:
            flight.whole = Whole(became.read(), became.truncated)
            self._landed(flight)
        else:
            flight.result = became
            if flight.abandoned:
                self._take(flight).close()
        for woken in flight.waiting:
            if not woken.done():
                woken.set_result(None)

    async def _wait(self, flight: _Flight, client: Client) -> None:
        if not flight.done:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            flight.waiting.append(woken)
            try:
                await client.wait_for(woken)
                if not flight.done:
                    raise ClientGone
            except BaseException:
                if flight.waiting == [woken]:
                    self._abandon(flight)
                raise
            finally:
                flight.waiting.remove(woken)
        if flight.error is not None:
            raise flight.error

    def _abandon(self, flight: _Flight) -> None:
        """End a query that nobody waits for; one that is a stream by now has nobody else to close it."""
        if flight.result is not None:
            self._take(flight).close()
        elif not flight.done:
            flight.abandoned = True
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
