"""Single flight, the cache of answers, and who may make what takes long: what many share of one query."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Final

from sparqlgate import Control, Result
from sparqlgate.errors import EngineBusy, EngineFailure
from sparqlgate.http.fair_use import FairUse, Record
from sparqlgate.http.metrics import Metrics
from sparqlgate.http.requests import Client, ClientGone
from sparqlgate.http.responses import Response
from sparqlgate.stores.base import Tell

#: When to come again, in seconds.
_LATER: Final = 5.0


class ConcurrencyLimit:
    """An asynchronous context manager: at most ``at_once`` are within, and ``waiting`` more before it."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0

    async def __aenter__(self) -> None:
        """Wait for a turn. Raises EngineBusy (503) when too many wait."""
        if self._here >= self._most:
            raise EngineBusy(_LATER)
        self._here += 1
        try:
            await self._free.acquire()
        except BaseException:
            self._here -= 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one in."""
        self._here -= 1
        self._free.release()


class FairQueue:
    """ConcurrencyLimit that go round the clients who want one, however many each of them wants.

    At most ``at_once`` are within, ``waiting`` more before them, and of these half from one client. Used from one
    event loop only.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = at_once
        self._most = waiting
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._waiting = 0

    @asynccontextmanager
    async def of(self, client: str) -> AsyncIterator[None]:
        """Be within as a client. Raises EngineBusy (503) when too many wait."""
        await self._enter(client)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, client: str) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        line = self._lines.get(client, ())
        if self._waiting >= self._most or len(line) >= max(1, self._most // 2):
            raise EngineBusy(_LATER)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        self._waiting += 1
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was given a turn, and does not want it any more
            else:
                self._forget(client, turn)
            raise

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._lines.get(client)
        if line is not None and turn in line:
            line.remove(turn)
            self._waiting -= 1
            if not line:
                del self._lines[client]

    def _leave(self) -> None:
        """Let in whoever waits longest of the client whose turn it is; that client comes last then."""
        while self._lines:
            client, line = self._lines.popitem(last=False)
            turn = line.popleft()
            self._waiting -= 1
            if line:
                self._lines[client] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class ResponseCache:
    """Whole responses by key, up to ``capacity`` bytes of body. Used from one event loop only, so without a lock."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._held: OrderedDict[str, Response] = OrderedDict()

    def get(self, key: str) -> Response | None:
        """Return the response under ``key``, if it is here."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: str, response: Response) -> None:
        """Keep ``response``, unless it alone would take more than an eighth of the space."""
        cost = _cost(key, response)
        if cost * 8 > self.capacity or key in self._held:
            return
        self._held[key] = response
        self.size += cost
        while self.size > self.capacity:
            self.size -= _cost(*self._held.popitem(last=False))


def _cost(key: str, response: Response) -> int:
    """Return what a response takes at most, in bytes: its key, its body, the same in each coding, and the rest."""
    return len(key) + 3 * len(response.body) + 1024


class ShortCuts:
    """Keys of answers by the query string and Accept of the request that they were given to, the newest few."""

    def __init__(self, most: int = 2048, longest: int = 4096) -> None:
        self._most = most
        self._longest = longest
        self._held: OrderedDict[tuple[bytes, bytes], tuple[str, str]] = OrderedDict()

    def get(self, request: tuple[bytes, bytes]) -> tuple[str, str] | None:
        """Return the answer's key and the query's hash, if this request came before."""
        return self._held.get(request)

    def put(self, request: tuple[bytes, bytes], key: str, query: str) -> None:
        """Remember a request, unless it is long; the oldest goes when there are too many."""
        if len(request[0]) + len(request[1]) > self._longest:
            return
        self._held[request] = (key, query)
        if len(self._held) > self._most:
            self._held.popitem(last=False)


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
