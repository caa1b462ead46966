"""The application for one snapshot: checks each request, answers what is the shell's, hands the rest to the pages."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import orjson

from cityrights_web import words
from cityrights_web.assets import assets, bundles
from cityrights_web.flask_app import PageThreads, create_pages
from cityrights_web.http import formats, graph_store, metrics, problems
from cityrights_web.http.answers import get_or_run, known_at_once
from cityrights_web.http.bounds import check_page
from cityrights_web.http.downloads import download
from cityrights_web.http.flights import ResponseCache
from cityrights_web.http.messages import (
    CORS,
    ClientGone,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    StreamBroken,
    send_last,
    send_response,
)
from cityrights_web.http.problems import Problem
from cityrights_web.http.protocol import (
    METHODS,
    Body,
    form_as_query,
    names_host,
    read_request,
    spelling,
    unread_request,
    utf8,
)
from cityrights_web.http.sparql import shortcut, sparql
from cityrights_web.render import warm
from cityrights_web.site import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, encode_path, split_language
from cityrights_web.views import conformance
from cityrights_web.views import sparql as sparql_page
from cityrights_web.views.conformance import Conformance
from cityrights_web.views.error import error_page
from sparqlgate.errors import CityrightsError, EngineBusy, EngineStarting, QueryError, SnapshotError, is_full

log = logging.getLogger("cityrights.web")

T = TypeVar("T")

#: Seconds that the engine may take to end.
_CLOSING = 5.0
_READ = "GET, HEAD, OPTIONS"
#: The one page with no path of its own in each language, where people who change a path by hand look for it.
_SPARQL_IN = {f"/{language}/sparql": language for language in LANGUAGES if language != DEFAULT_LANGUAGE}


class Shell:
    """The application for one :class:`Site`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cache = ResponseCache(site.settings.cached_pages)
        self._pages = PageThreads(create_pages(site), site.most_queries)
        self._conformance = Conformance(site, self)
        self._static: dict[str, Response] = {}
        # A batch computes for as long as its names take: one at a time leaves the threads of the pages to others.
        self._batches = asyncio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3, type http)."""
        if scope["method"] in ("GET", "HEAD") and scope["path"] == "/sparql" and not self.site.settings.trusted_hosts:
            known = known_at_once(self.site, shortcut(scope))
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
            self.site.reader.start()
        except EngineBusy as error:
            log.warning("no process to read long texts in yet: %s", error)
        try:
            self.site.search.suggest("a")
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
        self.site.threads.shutdown(wait=False, cancel_futures=True)
        closing = threading.Thread(target=self._end, name="close", daemon=True)
        closing.start()
        until = time.monotonic() + _CLOSING
        while closing.is_alive() and time.monotonic() < until:
            await asyncio.sleep(0.02)
        if closing.is_alive():
            log.error("the engine did not end within %s s", _CLOSING)

    def _end(self) -> None:
        self.site.kept.close()
        self.site.engine.close()
        if self.site.given is None:  # else it goes on with the next snapshot
            self.site.shared.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: dict[str, Any]) -> None:
            nonlocal started
            started = True
            await send(message)

        if scope["method"] not in ("GET", "HEAD"):
            receive = Body(scope, receive)
        request = None
        try:
            request = read_request(scope, receive, self.site.settings)
            await self._route(request, watched)
        except (StreamBroken, ClientGone):
            raise
        except Exception as error:
            if started:
                raise
            if request is None:
                request = unread_request(scope, receive)
            problem = self._problem(error, request)
            request.record.outcome = problem.kind
            response = error_page(self.site, request, problem)
            if isinstance(receive, Body) and not (receive.ended if problem.status == 408 else await receive.drain()):
                await send_last(request, response, send, timeout=self.site.settings.send_seconds)
            await self._send(request, response, send)

    def _problem(self, error: Exception, request: Request) -> Problem:
        if isinstance(error, Problem):
            return error
        if is_full(error):
            log.error("request %s: the disk for temporary files (TMPDIR) is full", request.record.id)
            return problems.no_room()
        problem = problems.from_error(error) if isinstance(error, CityrightsError) else problems.internal()
        if problem.kind == "internal":
            log.error("request %s failed: %s", request.record.id, error, exc_info=error)
        return problem

    async def _route(self, request: Request, send: Send) -> None:
        path = request.path
        canonical = spelling(request)
        if canonical is not None and request.method in ("GET", "HEAD"):
            await self._send(request, _moved(canonical, request.query), send)
        elif request.method == "OPTIONS":
            await self._send(
                request,
                _preflight(
                    METHODS if _is_sparql(path) or path == sparql_page.EVIDENCE_PATH or _takes_forms(path) else _READ
                ),
                send,
            )
        elif _is_sparql(path):
            await sparql(self.site, request, send)
        elif path == sparql_page.EVIDENCE_PATH:
            await sparql_page.evidence(self.site, request, send)
        elif path == sparql_page.EMBED_PATH:
            await sparql_page.embed(self.site, request, send)
        elif request.method == "POST" and _takes_forms(path):
            form = await form_as_query(request, self.site.settings)
            await self._send(request, await self._made(form, _prefix(path)), send)
        elif path == graph_store.PATH:
            await self._counted(request, graph_store.graph_store(self.site, request, send))
        elif request.method not in ("GET", "HEAD"):
            if request.method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY"):
                raise problems.method_not_allowed(_READ)
            raise Problem(501, "method-unknown", "This method is not known here.")
        elif path in _SPARQL_IN:
            asked = "&".join(part for part in (request.query, f"lang={_SPARQL_IN[path]}") if part)
            await self._send(request, _moved("/sparql", asked), send)
        elif path == "/health":
            body = orjson.dumps({"status": "ok", "version": self.site.version})
            health = Response(200, "application/json", body, [*CORS, ("cache-control", "no-store")])
            await self._send(request, health, send)
        elif path == "/metrics":
            await self._send(request, self._metrics(request), send)
        elif path.startswith("/download/"):
            await download(self.site, request, send)
        elif path.startswith("/static/"):
            await self._send(request, self._static_file(path.removeprefix("/static/")), send)
        elif split_language(path)[1] in (conformance.PATH, f"{conformance.PATH}.json"):
            await self._send(request, await self._conformance.answer(request), send)
        else:
            await self._page(request, send)

    async def _send(self, request: Request, response: Response, send: Send) -> None:
        await send_response(request, response, send, timeout=self.site.settings.send_seconds)

    def _metrics(self, request: Request) -> Response:
        readers = self.site.settings.metrics
        if readers == "off":
            raise problems.not_found("There is nothing at this address.")
        if readers == "loopback" and not request.record.local:
            raise Problem(403, "forbidden", "The metrics are for this machine only.")
        status: dict[str, int] = getattr(self.site.engine, "status", dict)()
        gauges: dict[str, dict[str, float]] = {
            "queries_running": {"": float(self.site.flights.running)},
            "cache_bytes": {'cache="answers"': self.site.answers.size, 'cache="pages"': self.cache.size},
            "workers": {f'state="{name}"': count for name, count in status.items()},
            "dataset_info": {f'version="{self.site.version}"': 1},
        }
        body = self.site.shared.metrics.text(gauges)
        return Response(200, metrics.CONTENT_TYPE, body, [("cache-control", "no-store")])

    def _static_file(self, name: str) -> Response:
        if name not in self._static:
            asset = assets().get(name)
            if asset is None:
                raise problems.not_found("There is no such file.")
            kept = "public, max-age=31536000, immutable" if asset.hashed else "max-age=3600"
            headers = [("cache-control", kept)]
            packed = {"br": asset.brotli} if asset.brotli is not None else {}
            self._static[name] = Response(200, asset.content_type, asset.body, headers, asset.etag, packed)
        return self._static[name]

    async def _page(self, request: Request, send: Send) -> None:
        if request.path.endswith("/") and request.path != "/":
            await self._send(request, _moved(encode_path(request.path.rstrip("/") or "/"), request.query), send)
            return
        # A page tells its own address; without a public one that is made of the host that was asked.
        host = "" if self.site.settings.public_url else request.headers.get("host", "")
        key = f"{host} {request.path}?{request.query}"

        async def make() -> Response:
            response = await self._made(request, _prefix(request.path))
            if response.status == 200:
                response.etag = f'"{self.site.short}-{hashlib.sha256(response.body).hexdigest()[:24]}"'
            return response

        response = await get_or_run(self.cache, request, key, make, keeps=_is_kept)
        assert isinstance(response, Response)  # pages are made whole
        await self._send(request, response, send)

    async def _made(self, request: Request, prefix: str) -> Response:
        """Have the pages make an answer; they ask queries for it. Raises a 400 for too many or too long parameters."""
        check_page(request)
        if not _is_batch(request):
            return await self._counted(request, self._ask_pages(request, prefix))
        async with self._batches:
            return await self._counted(request, self._ask_pages(request, prefix))

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

    async def _ask_pages(self, request: Request, prefix: str) -> Response:
        """Run the pages on a request that has no body, and gather what they answer.

        Raises a 400 where the query is not UTF-8: the pages would put other characters in the place of what is not.
        """
        utf8(unquote_to_bytes(request.query), "the query of the address")
        scope = {
            **request.scope,
            "method": "GET",
            "path": f"/{prefix}/" if prefix and request.path == f"/{prefix}" else request.path,
            "root_path": f"/{prefix}" if prefix else "",
            "query_string": request.query.encode("ascii"),
            "headers": [
                (name.encode(), value.encode("latin-1"))
                for name, value in request.headers.items()
                if name in ("accept", "accept-language", "host")
            ],
        }
        status, headers, body = 500, list[tuple[str, str]](), bytearray()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def gather(message: dict[str, Any]) -> None:
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


def _is_sparql(path: str) -> bool:
    return path in ("/sparql", "/sparql/")


def _takes_forms(path: str) -> bool:
    """Say whether the page at ``path`` may be asked by POST what is too long for an address."""
    return split_language(path)[1] == "/reconcile"


def _is_kept(response: Response) -> bool:
    """Say whether a page is the same for all who ask for its address."""
    chosen = "Accept" in (response.header("vary") or "")
    return response.status == 200 and not chosen and response.header("cache-control") != "no-store"


def _is_batch(request: Request) -> bool:
    """Say whether a request has many names to be found."""
    return _takes_forms(request.path) and "queries=" in request.query


def _prefix(path: str) -> str:
    """Return the language that the path begins with, or nothing."""
    language, _, prefixed = split_language(path)
    return language if prefixed else ""


def _moved(path: str, query: str) -> Response:
    """A 308 to ``path``. Slashes at the start are one, so that no path is taken for another host."""
    location = "/" + path.lstrip("/") + (f"?{query}" if query else "")
    return Response(308, "text/plain; charset=utf-8", b"", [*CORS, ("location", location)])


def _preflight(methods: str) -> Response:
    headers = [
        ("allow", methods),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", "Accept, Content-Type, If-None-Match"),
        ("access-control-max-age", "86400"),
    ]
    return Response(204, "", b"", headers)
