"""Answers: looked up, else run once for all who ask the same at the same moment (single flight), and kept."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final, Protocol, TypeAlias, TypeVar

from sparqlgate import Control, Query, Result, Store
from sparqlgate.errors import EngineBusy, EngineFailure, QueryUnwritable, sentence
from sparqlgate.http import formats
from sparqlgate.http.fair_use import ConcurrencyLimit, FairUse, Record
from sparqlgate.http.formats import Format
from sparqlgate.http.metrics import Metrics
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import Reader, SparqlRequest
from sparqlgate.http.requests import Client, ClientGone, Request, Send
from sparqlgate.http.responses import CORS, Response, held, send_response, send_stream, vary
from sparqlgate.http.settings import Settings
from sparqlgate.query import Limits
from sparqlgate.stores.base import Tell
from sparqlgate.text.guard import Screened


@dataclass(frozen=True)
class Shared:
    """What outlives a store: who has used how much, what was counted, and who reads long texts."""

    fair: FairUse
    metrics: Metrics
    reader: Reader

    @classmethod
    def of(cls, settings: Settings, name: str = "sparqlgate", modules: tuple[str, ...] = ()) -> Shared:
        """Begin with nothing counted; ``name`` begins those of the counters, see Reader for ``modules``."""
        fair = FairUse(settings)
        return cls(fair, Metrics(name), Reader(fair, modules))

    def close(self) -> None:
        """End the processes that read."""
        self.reader.close()


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


@dataclass(slots=True)
class Heading:
    """What is sent over an answer, and known before it is made; an ETag only where two runs cannot differ."""

    content_type: str
    headers: list[tuple[str, str]]
    etag: str

    def over(self, body: bytes, headers: list[tuple[str, str]]) -> Response:
        """Return the answer with this body, and these headers in place of its own."""
        return Response(200, self.content_type, body, headers, self.etag)


class Keeper(Protocol):
    """What answers are made with and where they are kept: ``sparqlgate.http.service.Service`` is one."""

    store: Store
    settings: Settings
    #: By whether a table over the cap of rows is cut.
    limits: dict[bool, Limits]
    #: Of the data: what is kept is kept for it.
    version: str
    shared: Shared
    threads: ThreadPoolExecutor
    flights: Flights
    answers: ResponseCache
    shortcuts: ShortCuts


T = TypeVar("T")
#: Makes something of the pieces of an answer and the number of rows after which it was cut; it runs in a thread.
ReadBy: TypeAlias = Callable[[Iterable[bytes], int], T]


def query_of(gate: Keeper, asked: SparqlRequest, screened: Screened, chosen: Format) -> Query:
    """Return the query that a request asks, with its answer in a format and within the limits of the gate."""
    return Query(
        screened.text,
        chosen.media_type,
        asked.default_graphs,
        asked.named_graphs,
        limits=gate.limits[asked.truncate],
        screened=screened,
    )


async def run(gate: Keeper, request: Request, query: Query, key: str, client: Client) -> Whole | Stream:
    """Run a query, or join the same one that runs, within what is fair; return its answer, or its stream.

    Raises Problem (429), ClientGone and the errors of the engine.
    """
    gate.shared.fair.admit(request.record)

    def start(control: Control, tell: Tell) -> None:
        gate.store.start(query, control, tell, gate.threads)

    return await gate.flights.run(key, start, request.record, client)


#: Makes an answer that is not here: whole, or as a stream that its receiver closes.
Make: TypeAlias = Callable[[], Awaitable[Response | Stream]]


async def get_or_run(
    cache: ResponseCache,
    request: Request,
    key: str,
    make: Make,
    *,
    heading: Heading | None = None,
    keeps: Callable[[Response], bool] = lambda response: True,
) -> Response | Stream:
    """Return the answer under ``key``: the one that is kept, else what ``make`` makes, which is kept if ``keeps`` says.

    Without a key nothing is looked up or kept. ``heading`` is sent over the answer, where its ETag is known before that
    is made: a client that holds it was given this very answer, so it need not be made again to know that it is the same
    (RFC 9110 §13.1.2), and an answer without a body is returned. Raises as ``make`` does.
    """
    if key:
        asked = request.headers.get("if-none-match", "")
        if heading is not None and asked and "*" not in asked and held(request, heading.etag):
            request.record.outcome = "unchanged"
            return heading.over(b"", vary(heading.headers, "Accept-Encoding"))
        known = cache.get(key)
        if known is not None:
            request.record.outcome = "cached"
            return known
    made = await make()
    if key and isinstance(made, Response) and keeps(made):
        cache.put(key, made)
    return made


def known_at_once(gate: Keeper, asked: tuple[bytes, bytes]) -> tuple[Response, str] | None:
    """Return the answer that is kept for a request as it came, and its query's hash; ``asked`` is its short cut."""
    known = gate.shortcuts.get(asked)
    response = gate.answers.get(known[0]) if known is not None else None
    return (response, known[1]) if known is not None and response is not None else None


async def run_for(gate: Keeper, request: Request, query: Query, heading: Heading, client: Client) -> Response | Stream:
    """Run a query as ``run`` does, and return its answer as ``heading`` says that it is sent, or its stream."""
    answer = await run(gate, request, query, heading.etag, client)
    if isinstance(answer, Stream):
        return answer
    return heading.over(answer.body, [*heading.headers, *cut_mark(answer.truncated)])


async def send_answer(
    gate: Keeper,
    request: Request,
    heading: Heading,
    make: Callable[[Client], Awaitable[Response | Stream]],
    send: Send,
) -> Response | None:
    """Send the answer whose ETag is that of ``heading``, looked up or made; return it where it was sent whole.

    Raises as ``get_or_run`` before anything is sent, and StreamBroken after that.
    """
    client, settings = Client(request), gate.settings
    try:
        answer = await get_or_run(gate.answers, request, heading.etag, partial(make, client), heading=heading)
        if isinstance(answer, Response):
            await send_response(request, answer, send, timeout=settings.send_seconds)
            return answer
        request.record.outcome = "streamed"
        headers = [*heading.headers, *cut_mark(answer.result.truncated)]
        headers += [*([("etag", heading.etag)] if heading.etag else []), ("content-type", heading.content_type)]
        with closing(answer):
            await send_stream(
                request,
                headers,
                answer.result,
                send,
                threads=gate.threads,
                timeout=settings.send_seconds,
                whole=settings.whole_answer,
                gone=client.watch(),
            )
        return None
    finally:
        client.close()


async def read_by(
    gate: Keeper,
    request: Request,
    query: Query,
    chosen: Format,
    reader: ReadBy[T],
    turns: tuple[ConcurrencyLimit, ConcurrencyLimit] | None = None,
) -> T:
    """Run a query, or take its kept answer, and have ``reader`` read it in a thread; the time counts as its client's.

    The reader is given the pieces of the answer, and after how many rows it was cut, 0 for one that was not. Returns
    what it makes of that. A reader that takes much waits for its turn, the first of ``turns`` where the answer is here,
    the second where it is still being made: while a query runs nobody's turn is held. Raises as ``run`` and the reader
    do, EngineBusy when too many wait for a turn, and ClientGone.
    """
    here, coming = turns or (nullcontext(), nullcontext())
    loop, client, heading = asyncio.get_running_loop(), Client(request), heading_of(gate, query, chosen)
    try:
        make = partial(run_for, gate, request, query, heading, client)
        answer = await get_or_run(gate.answers, request, heading.etag, make)
        if isinstance(answer, Response):
            async with here:
                return await timed(gate, request, partial(reader, [answer.body], _cut_after(answer)))
        client.watch().add_done_callback(lambda _: answer.control.cancel())
        began = time.monotonic()
        try:
            async with coming:
                return await loop.run_in_executor(gate.threads, _closing, reader, answer.result)
        except EngineFailure:
            if client.watch().done():  # which is why it was ended
                raise ClientGone from None
            raise
        finally:
            answer.close()  # which counts the time of the query; what its reader took beyond that counts as well
            gate.shared.fair.charge(request.record, max(0.0, time.monotonic() - began - answer.control.seconds))
    finally:
        client.close()


async def timed(gate: Keeper, request: Request, read: Callable[[], T]) -> T:
    """Have something made in a thread, while other requests go on; the time counts as its client's."""
    began = time.monotonic()
    try:
        return await asyncio.get_running_loop().run_in_executor(gate.threads, read)
    finally:
        gate.shared.fair.charge(request.record, time.monotonic() - began)


def _closing(reader: ReadBy[T], result: Result) -> T:
    with result:
        return reader(result, result.truncated)


def heading_of(gate: Keeper, query: Query, chosen: Format, also: str = "") -> Heading:
    """Return the answer to a query without its body: its type, its headers and its ETag (see ``key_of``)."""
    key = key_of(gate, query, chosen, also)
    return Heading(chosen.content_type, headers_of(chosen, key), key)


def headers_of(chosen: Format, key: str) -> list[tuple[str, str]]:
    """Return the headers that every answer in this format has; tables for other programs come as files."""
    headers = [*CORS, ("vary", "Accept"), ("cache-control", "no-cache" if key else "no-store")]
    if chosen.made or chosen in (formats.RESULTS_CSV, formats.RESULTS_TSV):
        headers.append(("content-disposition", f'attachment; filename="result.{chosen.extension}"'))
    return headers


def key_of(gate: Keeper, query: Query, chosen: Format, also: str = "") -> str:
    """Return the ETag of an answer, which is also its key here; empty where two runs may differ.

    ``also`` is what else decides it.
    """
    screened, limits = query.screened, query.limits
    if screened is None or screened.volatile:
        return ""
    cut = ("truncate",) if limits is not None and limits.truncate and gate.settings.max_rows else ()
    own = (chosen.name, also) if also else (chosen.name,)
    return etag_of(gate, screened.canonical, *query.default_graphs, "named", *query.named_graphs, *own, *cut)


def cut_mark(rows: int) -> list[tuple[str, str]]:
    """Return the header that says that an answer was cut, as its client asked for."""
    return [("x-truncated", f"rows={rows}")] if rows else []


def _cut_after(known: Response) -> int:
    return int((known.header("x-truncated") or "rows=0").removeprefix("rows="))


def etag_of(gate: Keeper, *parts: str) -> str:
    """Return the ETag of what these parts decide, for this version of the data."""
    digest = hashlib.sha256("\0".join(chain([gate.version], parts)).encode("utf-8", "surrogatepass")).hexdigest()
    return f'"{gate.version[:12]}-{digest[:20]}"'


#: Formats that carry every table, and every graph: what is offered when another one could not.
SURE_TABLES: Final = (formats.RESULTS_JSON, formats.RESULTS_CSV, formats.RESULTS_TSV)
SURE_GRAPHS: Final = (formats.TURTLE, formats.NTRIPLES, formats.TRIG, formats.NQUADS)
#: Kinds of problems that another format may not have.
_OTHERWISE: Final = ("no-coordinates", "answer-too-large")


async def first_that_can(
    choices: Sequence[Format], make: Callable[[Format], Awaitable[None]], sure: Sequence[Format]
) -> None:
    """Answer by ``make`` in the first of ``choices`` that can carry the answer.

    Raises what stood in the way of the first one where none can: a 406 that lists ``sure``, which can.
    """
    wrong: Problem | None = None
    for chosen in choices:
        try:
            return await make(chosen)
        except QueryUnwritable as error:
            wrong = wrong or unwritable(error, [form.media_type for form in sure])
        except Problem as problem:
            if problem.kind not in _OTHERWISE or not chosen.made:
                raise
            wrong = wrong or problem
    assert wrong is not None, "there is nothing to choose from"
    raise wrong


def unwritable(error: QueryUnwritable, available: Sequence[str]) -> Problem:
    """Return the 406 for what a format cannot carry; it lists what is available in its place."""
    return Problem(406, "not-acceptable", sentence(str(error)), {"available": list(available)})
