"""The application for one snapshot: checks each request, answers what is the shell's, hands the rest to the pages."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from collections.abc import Coroutine, MutableMapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from cityrights.errors import EngineBusy, EngineStarting, QueryError, SnapshotError
from cityrights_web import words
from cityrights_web.files import bundles
from cityrights_web.flask_app import PageThreads, close_pages, create_pages
from cityrights_web.gate import extend_gate
from cityrights_web.layout import warm
from cityrights_web.routes import READ_OR_SEND, methods_of, route_of
from cityrights_web.security import LONGEST_FORM, check_page
from cityrights_web.site import Site
from cityrights_web.urls import split_language
from cityrights_web.views.conformance import Conformance
from cityrights_web.views.service import error_page, moved
from sparqlgate.app import guarded
from sparqlgate.http import formats, problems
from sparqlgate.http.answers import get_or_run, known_at_once
from sparqlgate.http.flights import FairTurns
from sparqlgate.http.messages import (
    Receive,
    Request,
    Response,
    Scope,
    Send,
    send_response,
)
from sparqlgate.http.paths import encode_path
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import (
    FORM,
    names_host,
    read_form,
    spelling,
    unread_request,
    utf8,
)
from sparqlgate.http.sparql import shortcut

log = logging.getLogger("cityrights.web")

T = TypeVar("T")

#: Seconds that the engine may take to end.
_CLOSING = 5.0
#: What the pages know of a request beside its address: they are kept by their address alone, or vary by these.
_HEADERS = (b"accept", b"accept-language", b"host")


class Shell:
    """The application for one :class:`Site`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        extend_gate(site)
        self._flask = create_pages(site)
        self._pages = PageThreads(self._flask, site.gate.most_queries)
        self.conformance = Conformance(site, self)
        # A batch computes for as long as its names take: one at a time leaves the threads of the pages to others.
        self._batches = FairTurns(1, site.settings.queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3, type http)."""
        if scope["method"] in ("GET", "HEAD") and scope["path"] == "/sparql" and not self.site.settings.trusted_hosts:
            known = known_at_once(self.site.gate, shortcut(scope))
            if known is not None and names_host(scope):
                request = unread_request(scope, receive)
                request.record.outcome, request.record.query = "cached", known[1]
                await self._send(request, known[0], send)
                return
        await self._http(scope, receive, send)

    async def open(self) -> None:
        """Do before the first request what it would have to wait for."""
        await asyncio.to_thread(self._warm)

    def _warm(self) -> None:
        warm()
        words.check()
        bundles()
        try:
            self.site.shared.reader.start()
        except EngineBusy as error:
            log.warning("no process to read long texts in yet: %s", error)
        try:
            self.site.indexes.search.suggest("a")
        except SnapshotError as error:
            log.warning("there is no search: %s", error)
        try:
            if self.site.settings.endpoint:  # another machine may take its time, and nothing waits for that
                self.site.vocabulary_later.get(0)
            else:
                self.site.vocabulary.label("", "en")
        except EngineStarting:
            log.info("the labels are being read")
        except QueryError as error:
            log.warning("the labels are not read yet: %s", error)

    async def close(self) -> None:
        """End the threads and the engine's processes; a server that was told to stop stops, even where one does not."""
        self.site.gate.threads.shutdown(wait=False, cancel_futures=True)
        closing = threading.Thread(target=self._end, name="close", daemon=True)
        closing.start()
        until = time.monotonic() + _CLOSING
        while closing.is_alive() and time.monotonic() < until:
            await asyncio.sleep(0.02)
        if closing.is_alive():
            log.error("the engine did not end within %s s", _CLOSING)

    def _end(self) -> None:
        close_pages(self._flask)
        self.site.engine.close()
        if self.site.given is None:  # else it goes on with the next snapshot
            self.site.shared.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        await guarded(self.site.gate, scope, receive, send, self._route, partial(error_page, self.site))

    async def _route(self, request: Request, send: Send) -> None:
        canonical = spelling(request)
        route = route_of(request.path)
        methods = methods_of(request.path) if route is None else route.methods
        if canonical is not None and request.method in ("GET", "HEAD"):
            await self._send(request, moved(canonical, request.query), send)
        elif request.method == "OPTIONS":
            await self._send(request, _preflight(methods), send)
        elif request.method not in methods.split(", ") and (route is None or not route.own_words):
            if request.method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY"):
                raise problems.method_not_allowed(methods)
            raise Problem(501, "method-unknown", "This method is not known here.")
        elif route is None:
            await self._page(request, send)
        else:
            await route.answer(self.site, request, send)

    async def _send(self, request: Request, response: Response, send: Send) -> None:
        await send_response(request, response, send, timeout=self.site.settings.send_seconds)

    async def _page(self, request: Request, send: Send) -> None:
        if request.method == "POST":
            await self._send(
                request, await self._made(request, await read_form(request, self.site.settings, LONGEST_FORM)), send
            )
            return
        if request.path.endswith("/") and request.path != "/":
            await self._send(request, moved(encode_path(request.path.rstrip("/") or "/"), request.query), send)
            return
        # A page tells its own address; without a public one that is made of the host that was asked.
        host = "" if self.site.settings.public_url else request.headers.get("host", "")
        key = f"{host} {request.path}?{request.query}"

        async def make() -> Response:
            response = await self._made(request)
            if response.status == 200:
                response.etag = f'"{self.site.short}-{hashlib.sha256(response.body).hexdigest()[:24]}"'
            return response

        response = await get_or_run(self.site.pages, request, key, make, keeps=_is_kept)
        assert isinstance(response, Response)  # pages are made whole
        await self._send(request, response, send)

    async def _made(self, request: Request, form: str = "") -> Response:
        """Have the pages make an answer; they ask queries for it. Raises a 400 for too many or too long parameters."""
        check_page(request, form)
        if not _is_batch(request, form):
            return await self._counted(request, self._ask_pages(request, form))
        async with self._batches.of(request.record.client):
            return await self._counted(request, self._ask_pages(request, form))

    async def _counted(self, request: Request, work: Coroutine[Any, Any, T]) -> T:
        """Do work that counts as query time of whoever asked for it."""
        fair = self.site.shared.fair
        try:
            fair.admit(request.record)
        except Problem:
            work.close()
            raise
        began = time.monotonic()
        try:
            return await work
        finally:
            fair.charge(request.record, time.monotonic() - began)

    async def _ask_pages(self, request: Request, form: str) -> Response:
        """Run the pages on a request, whose body is the form that was read from it, and gather what they answer.

        Raises a 400 where the query is not UTF-8: the pages would put other characters in the place of what is not.
        """
        for text in (request.query, form):
            utf8(unquote_to_bytes(text), "the query of the address")
        sent = form.encode("ascii")
        language, _, prefixed = split_language(request.path)
        prefix = f"/{language}" if prefixed else ""
        scope = {
            **request.scope,
            "method": "POST" if request.method == "POST" else "GET",
            "path": f"{prefix}/" if prefix == request.path else request.path,
            "root_path": prefix,
            "query_string": request.query.encode("ascii"),
            "headers": [
                *(pair for pair in request.scope["headers"] if pair[0] in _HEADERS),
                *([(b"content-type", FORM.encode()), (b"content-length", b"%d" % len(sent))] if sent else []),
            ],
        }
        status, headers, body = 500, list[tuple[str, str]](), bytearray()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def gather(message: MutableMapping[str, Any]) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [
                    (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]
                ]
            else:
                body.extend(message.get("body", b""))

        await self._pages(scope, receive, gather, request.record.client)
        kind = next((value for name, value in headers if name == "content-type"), formats.HTML.content_type)
        kept = [(name, value) for name, value in headers if name not in ("content-type", "content-length")]
        return Response(status, kind, bytes(body), kept)


def _is_kept(response: Response) -> bool:
    """Say whether a page is the same for all who ask for its address."""
    chosen = "Accept" in (response.header("vary") or "")
    return response.status == 200 and not chosen and response.header("cache-control") != "no-store"


def _is_batch(request: Request, form: str) -> bool:
    """Say whether a request has many names to be found, however their field is spelt."""
    if methods_of(request.path) != READ_OR_SEND:
        return False
    return any(unquote(part.partition("=")[0]) == "queries" for part in f"{request.query}&{form}".split("&"))


def _preflight(methods: str) -> Response:
    headers = [
        ("allow", methods),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", "Accept, Content-Type, If-None-Match"),
        ("access-control-max-age", "86400"),
    ]
    return Response(204, "", b"", headers)
