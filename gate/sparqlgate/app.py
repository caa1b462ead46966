"""A gate: one store as a SPARQL service, an ASGI application that stands alone or is mounted in another one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import orjson

from sparqlgate.errors import GateError, is_full
from sparqlgate.http import formats, metrics, problems
from sparqlgate.http.fair_use import Record
from sparqlgate.http.graph_store import graph_store
from sparqlgate.http.negotiation import choose
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import METHODS
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
from sparqlgate.http.responses import CORS, Response, StreamBroken, preflight, send_last, send_response
from sparqlgate.http.service import Service
from sparqlgate.http.sparql import sparql

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
            await send_last(request, response, send, timeout=timeout)
        await send_response(request, response, send, timeout=timeout)


def problem_of(error: Exception, request: Request) -> Problem:
    """Return the problem that anything raised is for whoever asked; what is ours is logged, and not told."""
    if isinstance(error, Problem):
        return error
    if is_full(error):
        log.error("request %s: the disk for temporary files (TMPDIR) is full", request.record.id)
        return problems.no_room()
    problem = problems.from_error(error) if isinstance(error, GateError) else problems.internal()
    if problem.kind == "internal":
        log.error("request %s failed: %s", request.record.id, error, exc_info=error)
    return problem


def told(request: Request, problem: Problem) -> Response:
    """Return the response of a problem: problem details (RFC 9457), or plain text for who likes that better."""
    chosen = choose(request.headers.get("accept"), _OFFERS) or formats.PROBLEM
    body = problem.text() if chosen is formats.PLAIN else problem.json()
    headers = [*CORS, ("vary", "Accept"), ("cache-control", "no-store"), *problem.headers]
    return Response(problem.status, chosen.content_type, body, headers)


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
