"""Answers: looked up, else run once for all who ask the same at the same moment (single flight), and kept."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing, nullcontext
from functools import partial
from itertools import chain
from typing import Final, TypeAlias, TypeVar

from sparqlgate import Control, Query, Result
from sparqlgate.errors import EngineFailure, GateError, QueryUnwritable, sentence
from sparqlgate.http import formats, problems
from sparqlgate.http.flights import ConcurrencyLimit, ResponseCache, Stream, Whole
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import SparqlRequest
from sparqlgate.http.requests import Client, ClientGone, Request, Send
from sparqlgate.http.responses import CORS, Response, held, send_response, send_stream, vary
from sparqlgate.http.service import Service
from sparqlgate.stores.base import Tell
from sparqlgate.text.guard import Screened

T = TypeVar("T")
#: Makes something of the pieces of an answer and the number of rows after which it was cut; it runs in a thread.
Reader: TypeAlias = Callable[[Iterable[bytes], int], T]


def note(gate: Service, request: Request, query: str) -> None:
    """Note which query a request asks."""
    request.record.query = hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if gate.settings.log_queries:
        request.record.text = query


async def screened_for(gate: Service, request: Request, asked: SparqlRequest) -> Screened:
    """Screen the query of a request. Raises the errors of the screen, and as ``Reader.screen``."""
    return await gate.shared.reader.screen(request, asked.query or "", federated=bool(gate.settings.allow_service))


def problem_of(error: GateError, request: Request, query: str) -> Problem:
    """Return the problem that an error of the engine is for whoever asked."""
    return problems.from_error(error, query, time.perf_counter() - request.record.began)


def query_of(gate: Service, asked: SparqlRequest, screened: Screened, chosen: Format) -> Query:
    """Return the query that a request asks, with its answer in a format and within the limits of the gate."""
    return Query(
        screened.text,
        chosen.media_type,
        asked.default_graphs,
        asked.named_graphs,
        limits=gate.limits[asked.truncate],
        screened=screened,
    )


async def run(gate: Service, request: Request, query: Query, key: str, client: Client) -> Whole | Stream:
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
    blank: Response | None = None,
    keeps: Callable[[Response], bool] = lambda response: True,
) -> Response | Stream:
    """Return the answer under ``key``: the one that is kept, else what ``make`` makes, which is kept if ``keeps`` says.

    Without a key nothing is looked up or kept. ``blank`` is the answer without its body, where its ETag is known before
    it is made: a client that holds that was given this very answer, so it need not be made again to know that it is the
    same (RFC 9110 §13.1.2), and ``blank`` is returned. Raises as ``make`` does.
    """
    if key:
        if blank is not None and "*" not in request.headers.get("if-none-match", "") and held(request, blank.etag):
            request.record.outcome = "unchanged"
            return blank.filled(b"", vary(blank.headers, "Accept-Encoding"))
        known = cache.get(key)
        if known is not None:
            request.record.outcome = "cached"
            return known
    made = await make()
    if key and isinstance(made, Response) and keeps(made):
        cache.put(key, made)
    return made


def known_at_once(gate: Service, asked: tuple[bytes, bytes]) -> tuple[Response, str] | None:
    """Return the answer that is kept for a request as it came, and its query's hash; ``asked`` is its short cut."""
    known = gate.shortcuts.get(asked)
    response = gate.answers.get(known[0]) if known is not None else None
    return (response, known[1]) if known is not None and response is not None else None


async def run_for(gate: Service, request: Request, query: Query, blank: Response, client: Client) -> Response | Stream:
    """Run a query as ``run`` does, and return its answer as ``blank`` says that it is sent, or its stream."""
    answer = await run(gate, request, query, blank.etag, client)
    if isinstance(answer, Stream):
        return answer
    return blank.filled(answer.body, [*blank.headers, *cut_mark(answer.truncated)])


async def send_answer(
    gate: Service,
    request: Request,
    blank: Response,
    make: Callable[[Client], Awaitable[Response | Stream]],
    send: Send,
) -> Response | None:
    """Send the answer whose ETag is that of ``blank``, looked up or made; return it where it was sent whole.

    Raises as ``get_or_run`` before anything is sent, and StreamBroken after that.
    """
    client, settings = Client(request), gate.settings
    try:
        answer = await get_or_run(gate.answers, request, blank.etag, partial(make, client), blank=blank)
        if isinstance(answer, Response):
            await send_response(request, answer, send, timeout=settings.send_seconds)
            return answer
        request.record.outcome = "streamed"
        headers = [*blank.headers, *cut_mark(answer.result.truncated)]
        headers += [*([("etag", blank.etag)] if blank.etag else []), ("content-type", blank.content_type)]
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
    gate: Service,
    request: Request,
    query: Query,
    chosen: Format,
    reader: Reader[T],
    turns: tuple[ConcurrencyLimit, ConcurrencyLimit] | None = None,
) -> T:
    """Run a query, or take its kept answer, and have ``reader`` read it in a thread; the time counts as its client's.

    The reader is given the pieces of the answer, and after how many rows it was cut, 0 for one that was not. Returns
    what it makes of that. A reader that takes much waits for its turn, the first of ``turns`` where the answer is here,
    the second where it is still being made: while a query runs nobody's turn is held. Raises as ``run`` and the reader
    do, EngineBusy when too many wait for a turn, and ClientGone.
    """
    here, coming = turns or (nullcontext(), nullcontext())
    loop, client, blank = asyncio.get_running_loop(), Client(request), blank_of(gate, query, chosen)
    try:
        make = partial(run_for, gate, request, query, blank, client)
        answer = await get_or_run(gate.answers, request, blank.etag, make)
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


async def timed(gate: Service, request: Request, read: Callable[[], T]) -> T:
    """Have something made in a thread, while other requests go on; the time counts as its client's."""
    began = time.monotonic()
    try:
        return await asyncio.get_running_loop().run_in_executor(gate.threads, read)
    finally:
        gate.shared.fair.charge(request.record, time.monotonic() - began)


def _closing(reader: Reader[T], result: Result) -> T:
    with result:
        return reader(result, result.truncated)


def blank_of(gate: Service, query: Query, chosen: Format, also: str = "") -> Response:
    """Return the answer to a query without its body: its type, its headers and its ETag (see ``key_of``)."""
    key = key_of(gate, query, chosen, also)
    return Response(200, chosen.content_type, b"", headers_of(chosen, key), key)


def headers_of(chosen: Format, key: str) -> list[tuple[str, str]]:
    """Return the headers that every answer in this format has; tables for other programs come as files."""
    headers = [*CORS, ("vary", "Accept"), ("cache-control", "no-cache" if key else "no-store")]
    if chosen.made or chosen in (formats.RESULTS_CSV, formats.RESULTS_TSV):
        headers.append(("content-disposition", f'attachment; filename="result.{chosen.extension}"'))
    return headers


def key_of(gate: Service, query: Query, chosen: Format, also: str = "") -> str:
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


def etag_of(gate: Service, *parts: str) -> str:
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
