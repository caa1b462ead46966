"""A gate: one store as a SPARQL service (/sparql, /graph), an ASGI application that stands alone or is mounted."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Final, TypeAlias

import orjson

from sparqlgate.errors import GateError, is_full
from sparqlgate.http import formats, metrics, problems
from sparqlgate.http.answers import (
    SURE_GRAPHS,
    SURE_TABLES,
    etag_of,
    first_that_can,
    heading_of,
    query_of,
    run_for,
    send_answer,
)
from sparqlgate.http.fair_use import Record
from sparqlgate.http.formats import Format
from sparqlgate.http.graph_store import graph_store
from sparqlgate.http.negotiation import choose, parse_accept, quality, ranked
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import METHODS, SparqlRequest, read
from sparqlgate.http.requests import (
    Body,
    ClientGone,
    Message,
    Receive,
    Request,
    Scope,
    Send,
    read_request,
    unread_request,
)
from sparqlgate.http.responses import CORS, Response, StreamBroken, preflight, send_last, send_response, vary
from sparqlgate.http.service import Service
from sparqlgate.text.guard import Screened

log = logging.getLogger("sparqlgate")

Answer: TypeAlias = Callable[[Service, Request, Send], Awaitable[None]]
#: Makes the response of a problem, as a site tells it.
Tell: TypeAlias = Callable[[Request, Problem], Response]

_READ: Final = "GET, HEAD, OPTIONS"
_ELSEWHERE: Final = (
    "The metrics are for this machine only. Whoever runs the service may let others read them (--metrics all), and "
    "names the proxy that stands before it (--trusted-proxy), which says whom a request is from."
)
_OFFERS: Final = (formats.PROBLEM, formats.PLAIN)
#: Accept headers whose meaning is remembered; each is at most as long as a header may be.
_ACCEPTS = 256
#: No format has a longer name, in characters; what is longer names none, and is not remembered.
_LONGEST_NAME = 200


class Gate(Service):
    """A SPARQL service as an ASGI application.

    ``/``, where it is mounted, and ``/sparql`` answer queries (SPARQL 1.1 Protocol), ``/graph`` reads graphs (Graph
    Store Protocol); ``/health`` and ``/metrics`` say how it does. Close it when it is no longer needed: an application
    that it is mounted in does not tell it when it ends.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's event stream (ASGI 3)."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self.close)
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        """End the store, and all that answers its queries."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.store.close()
        self.shared.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = Record.of(scope, self.settings)
        scope = {**scope, "sparqlgate.record": record}

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                own = self.shared.fair.headers(record.client) if record.metered else []
                message["headers"] = [*message["headers"], (b"x-request-id", record.id.encode()), *own]
            else:
                record.sent += len(message.get("body", b""))
            await send(message)

        try:
            await guarded(self, scope, receive, noted, self._route, told)
        except ClientGone:
            record.outcome = "client-gone"
        finally:
            seconds = time.perf_counter() - record.began
            route = record.path.rpartition("/")[2]
            route = route if route in _ROUTES else "sparql"
            outcome = record.outcome or "answered"
            self.shared.metrics.request(route, record.status, outcome, seconds, record.sent)

    async def _route(self, request: Request, send: Send) -> None:
        path = request.path.removeprefix(str(request.scope.get("root_path", ""))).rstrip("/")
        answer = _ROUTES.get(path.removeprefix("/"))
        if answer is None:
            raise problems.not_found(problems.NOWHERE)
        if request.method == "OPTIONS":
            response = preflight(METHODS if answer is sparql else _READ)
            await send_response(request, response, send, timeout=self.settings.send_seconds)
            return
        await answer(self, request, send)


async def guarded(
    gate: Service,
    scope: Scope,
    receive: Receive,
    send: Send,
    route: Callable[[Request, Send], Awaitable[None]],
    tell: Tell,
) -> None:
    """Read a request and have ``route`` answer it; whatever is raised before the answer began goes out by ``tell``.

    A body that was not read to its end ends the connection. Raises StreamBroken, ClientGone, and what went wrong after
    the answer began.
    """
    started = False

    async def watched(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    if scope["method"] not in ("GET", "HEAD"):
        receive = Body(scope, receive)
    request, timeout = None, gate.settings.send_seconds
    try:
        request = read_request(scope, receive, gate.settings)
        await route(request, watched)
    except (StreamBroken, ClientGone):
        raise
    except Exception as error:
        if started:
            raise
        if request is None:
            request = unread_request(scope, receive)
        problem = problem_of(error, request)
        request.record.outcome = problem.kind
        response = tell(request, problem)
        if isinstance(receive, Body) and not (receive.ended if problem.status == 408 else await receive.drain()):
            await send_last(response, send, timeout=timeout)
        await send_response(request, response, send, timeout=timeout)


def problem_of(error: Exception, request: Request, query: str = "") -> Problem:
    """Return the problem that anything raised is for whoever asked; what is ours is logged, and not told.

    ``query`` is the text that was asked, in which an error may have its place.
    """
    if isinstance(error, Problem):
        return error
    if is_full(error):
        log.error("request %s: the disk for temporary files (TMPDIR) is full", request.record.id)
        return problems.no_room()
    if isinstance(error, GateError):
        problem = problems.from_error(error, query, time.perf_counter() - request.record.began if query else None)
    else:
        problem = problems.internal()
    if problem.kind == "internal":
        log.error("request %s failed: %s", request.record.id, error, exc_info=error)
    return problem


def told(request: Request, problem: Problem) -> Response:
    """Return the response of a problem: problem details (RFC 9457), or plain text for who likes that better."""
    chosen = choose(request.headers.get("accept"), _OFFERS) or formats.PROBLEM
    body = problem.text() if chosen is formats.PLAIN else problem.json()
    headers = [*CORS, ("vary", "Accept"), ("cache-control", "no-store"), *problem.headers]
    return Response(problem.status, chosen.content_type, body, headers)


async def sparql(gate: Service, request: Request, send: Send) -> None:
    """Answer a request to /sparql. Raises Problem, GateError or StreamBroken."""
    asked = await read(request, gate.settings, gate.shared.reader)
    if not asked.versions:
        await _asked(gate, request, asked, send)
        return
    async with gate.select(asked.versions, request) as version:
        await _asked(version, request, asked, send)


async def _asked(gate: Service, request: Request, asked: SparqlRequest, send: Send) -> None:
    if asked.query is None:
        await _without_query(gate, request, asked, send)
        return
    pages, accept = gate.pages, request.headers.get("accept", "")
    if pages is not None and not (asked.part or (not asked.formats and _prefers_html(accept))):
        pages = None
    if pages is not None and not asked.run and not asked.part:
        page = await pages.form(request, asked.query)
        await send_response(request, page, send, timeout=gate.settings.send_seconds)
        return
    note(gate, request, asked.query)
    if pages is not None:
        await send_response(request, await pages.answer(request, asked), send, timeout=gate.settings.send_seconds)
        return
    try:
        await _answer(gate, request, asked, await screened_for(gate, request, asked), send)
    except GateError as error:
        raise problem_of(error, request, asked.query) from error


async def _without_query(gate: Service, request: Request, asked: SparqlRequest, send: Send) -> None:
    if request.method == "POST":
        raise problems.bad_request("There is no query: send one in the field 'query'.")
    offers = (*([formats.HTML] if gate.pages is not None else []), *formats.GRAPHS)
    chosen = _by_name(asked.formats, formats.GRAPHS) or choose(request.headers.get("accept"), offers)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in offers])
    if chosen is formats.HTML and gate.pages is not None:
        response = await gate.pages.form(request, "")
    else:
        body = gate.describe(_endpoint(gate, request), chosen.media_type)
        response = Response(200, chosen.content_type, body, [*CORS], etag=etag_of(gate, "description", chosen.name))
    response.headers[:] = vary(response.headers, "Accept")
    await send_response(request, response, send, timeout=gate.settings.send_seconds)


def _endpoint(gate: Service, request: Request) -> str:
    """The endpoint's address: the public one where it is set, else the one that was asked."""
    host = request.headers.get("host", "localhost")
    base = gate.settings.public_url
    if "://" not in base:
        base = f"{request.scope.get('scheme', 'http')}://{host}{base}"
    return f"{base}{request.path.rstrip('/')}"


@lru_cache(_ACCEPTS)
def _prefers_html(accept: str) -> bool:
    """Browsers name text/html; programs that only let it in through a wildcard want data."""
    ranges = parse_accept(accept)
    named = any((one.type, one.subtype) == ("text", "html") for one in ranges)
    if not named:
        return False
    own = quality(ranges, "text/html")
    data = [kind for form in (*formats.RESULTS, *formats.GRAPHS) for kind in form.media_types]
    return own > 0 and all(own >= one.weight for one in ranges if f"{one.type}/{one.subtype}" in data)


def _by_name(names: tuple[str, ...], offers: tuple[Format, ...]) -> Format | None:
    return next((form for value in names if (form := formats.named(value, offers))), None)


def choices(asked: SparqlRequest, accept: str | None, form: str, made: tuple[Format, ...] = ()) -> tuple[Format, ...]:
    """Return the formats that an answer to a query of this form may have, the best first. Raises a 406 that lists all.

    A known ``format=`` wins over Accept, and is the only one. Clients that ask for a table where the answer is a graph,
    or the reverse, get the default of what the answer is: they sent the query, and some cannot send another Accept.
    """
    return _choices(tuple(name for name in asked.formats if len(name) <= _LONGEST_NAME), accept, form, made)


@lru_cache(_ACCEPTS)
def _choices(names: tuple[str, ...], accept: str | None, form: str, made: tuple[Format, ...]) -> tuple[Format, ...]:
    table = form in ("select", "ask")
    own, other = (formats.RESULTS, formats.GRAPHS) if table else (formats.GRAPHS, formats.RESULTS)
    if form != "ask":
        own = (*own, *made)
    elif _by_name(names, made) is not None:
        raise problems.not_acceptable([offer.media_type for offer in own])
    chosen = _by_name(names, own)
    if chosen is not None:
        return (chosen,)
    liked = ranked(accept, own)
    if not liked and choose(accept, other) is not None:
        liked = own[:1]
    if not liked:
        raise problems.not_acceptable([offer.media_type for offer in own])
    return liked


async def _answer(gate: Service, request: Request, asked: SparqlRequest, screened: Screened, send: Send) -> None:
    sure = SURE_TABLES if screened.form in ("select", "ask") else SURE_GRAPHS
    liked = choices(asked, request.headers.get("accept"), screened.form, tuple(gate.made))
    await first_that_can(liked, partial(_answer_as, gate, request, asked, screened, send), sure)


async def _answer_as(
    gate: Service, request: Request, asked: SparqlRequest, screened: Screened, send: Send, chosen: Format
) -> None:
    """Answer in this format. Raises QueryUnwritable, or a Problem, before anything is sent where it cannot be had."""
    maker = gate.made.get(chosen)
    if maker is not None:
        made_here = await maker(request, asked, screened, chosen)
        await send_response(request, made_here, send, timeout=gate.settings.send_seconds)
        return
    query = query_of(gate, asked, screened, chosen)
    heading = heading_of(gate, query, chosen)
    make = partial(run_for, gate, request, query, heading)
    answer = await send_answer(gate, request, heading, make, send)
    if answer is not None and answer.body and answer.etag and request.method != "POST":
        gate.shortcuts.put(shortcut(request.scope), answer.etag, request.record.query)


def shortcut(scope: Scope) -> tuple[bytes, bytes]:
    """Return what of a GET request decides the answer, as it came."""
    accept = b""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = accept + b", " + value if accept else value
    return scope["query_string"], accept


def note(gate: Service, request: Request, query: str) -> None:
    """Note which query a request asks."""
    request.record.query = hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if gate.settings.log_queries:
        request.record.text = query


async def screened_for(gate: Service, request: Request, asked: SparqlRequest) -> Screened:
    """Screen the query of a request. Raises the errors of the screen, and as ``Reader.screen``."""
    return await gate.shared.reader.screen(request, asked.query or "", federated=bool(gate.settings.allow_service))


async def health(gate: Service, request: Request, send: Send) -> None:
    """Say that the service answers, and with which version of the data."""
    if request.method not in ("GET", "HEAD"):
        raise problems.method_not_allowed(_READ)
    body = orjson.dumps({"status": "ok", "version": gate.version})
    response = Response(200, "application/json", body, [*CORS, ("cache-control", "no-store")])
    await send_response(request, response, send, timeout=gate.settings.send_seconds)


async def show_metrics(
    gate: Service, request: Request, send: Send, more: dict[str, dict[str, float]] | None = None
) -> None:
    """Answer with the counts, in Prometheus' format, to whom the settings allow it; ``more`` are those of a site."""
    if request.method not in ("GET", "HEAD"):
        raise problems.method_not_allowed(_READ)
    readers = gate.settings.metrics
    if readers == "off":
        raise problems.not_found("There is nothing at this address.")
    if readers == "loopback" and not request.record.local:
        raise Problem(403, "forbidden", _ELSEWHERE)
    response = Response(200, metrics.CONTENT_TYPE, gate.metrics_text(more), [("cache-control", "no-store")])
    await send_response(request, response, send, timeout=gate.settings.send_seconds)


async def counted_graph(gate: Service, request: Request, send: Send) -> None:
    """Answer with a graph; all of the time is query time of whoever asked."""
    fair, began = gate.shared.fair, time.monotonic()
    fair.admit(request.record)
    try:
        await graph_store(gate, request, send)
    finally:
        fair.charge(request.record, time.monotonic() - began)


_ROUTES: Final[dict[str, Answer]] = {
    "": sparql,
    "sparql": sparql,
    "graph": counted_graph,
    "health": health,
    "metrics": show_metrics,
}
