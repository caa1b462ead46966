"""The ASGI application: what is the same for all snapshots, the one that is served, and the step to a newer one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from cityrights.errors import (
    CityrightsError,
    EngineBusy,
    EngineStarting,
    QueryError,
    SnapshotError,
    UnknownVersion,
)
from cityrights.library.running import Ledger
from cityrights.snapshot import DRAFT, Snapshot
from cityrights.versions.kept import Version
from cityrights_web import logs, memento, versions, words
from cityrights_web.files import bundles
from cityrights_web.flask_app import LONGEST_FORM, Pages, check_page
from cityrights_web.gate import extend_gate
from cityrights_web.rendering import warm
from cityrights_web.routes import BY_PATH, READ_OR_SEND, methods_of, route_of
from cityrights_web.settings import Settings
from cityrights_web.site import Edition, Site, share
from cityrights_web.urls import VERSION, split_language
from cityrights_web.views.conformance import Conformance
from cityrights_web.views.difference import Comparisons
from cityrights_web.views.identity import prefers_data
from cityrights_web.views.service import error_page, moved
from sparqlgate.app import guarded, shortcut
from sparqlgate.http import problems
from sparqlgate.http.answers import Shared, get_or_run, known_at_once
from sparqlgate.http.fair_use import FairQueue, Record
from sparqlgate.http.problems import Problem
from sparqlgate.http.requests import (
    ClientGone,
    Message,
    Receive,
    Request,
    Scope,
    Send,
    below,
    encode_path,
    names_host,
    read_form,
    spelling,
    unread_request,
)
from sparqlgate.http.responses import Response, StreamBroken, preflight, send_response
from sparqlgate.http.service import Service

log = logging.getLogger("cityrights.web")

T = TypeVar("T")

#: Seconds that the engine may take to end.
_CLOSING = 5.0
#: First parts of paths that are counted by themselves; the others are pages.
_ROUTES = ("sparql", "graph", "download", "static", "health", "metrics", "data", "id")
#: How long, in seconds, answers from the old snapshot may go on beyond the time of a query and its delivery.
_GRACE = 90.0
#: How long, in seconds, answers whose connection was cut have to tidy up before the engine ends.
_LAST = 1.0
#: How long, in seconds, nobody may have asked before a step of what is made later; how long it waits for such a moment
#: at most; and how long it is until each look. Who asks for one page after the other is not disturbed in between.
_QUIET, _PATIENCE, _PAUSE = 0.1, 5.0, 0.02
_CLIENT_LEFT = 499  # no status is sent to somebody who left; logs commonly show this one

OpenSite = Callable[[Snapshot, Shared], Site]
#: Opens a version that is kept, to be served at an address of its own. Takes as long as comparing its files does.
OpenKept = Callable[[Snapshot, Edition, Shared], Site]


class SiteApplication:
    """The application for one :class:`Site`; ``borrows`` says that the engine is somebody else's, who closes it."""

    def __init__(self, site: Site, *, borrows: bool = False) -> None:
        self.site = site
        self._borrows = borrows
        self.known = versions.Known(site)
        #: The same site at the address of its version, from its first request on.
        self.edition: asyncio.Task[SiteApplication] | None = None
        extend_gate(site)
        self._pages = Pages(site)
        self.conformance = Conformance(site, self)
        self.comparisons = Comparisons(site)
        # A batch computes for as long as its names take: one at a time leaves the threads of the pages to others.
        self._batches = FairQueue(1, site.settings.queue)

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
        words.check()
        bundles()
        _ = self.site.history.records  # which the first page would have to read
        try:
            self.site.indexes.search.suggest("a")
            self.site.indexes.open()
        except SnapshotError as error:
            log.warning("an index cannot be opened: %s", error)
        try:
            if self.site.settings.endpoint:  # another machine may take its time, and nothing waits for that
                self.site.vocabulary_later.get(0)
            else:
                self.site.vocabulary.label("", "en")
        except EngineStarting:
            log.info("the labels are being read")
        except QueryError as error:
            log.warning("the labels are not read yet: %s", error)
        if self._makes_ahead:
            try:
                self._pages.warm()
            except (CityrightsError, Problem) as error:
                log.warning("no page could be made yet: %s", error)

    @property
    def _makes_ahead(self) -> bool:
        return self.site.settings.warm and self.site.is_shipped and not self.site.settings.endpoint

    def later(self) -> Iterator[None]:
        """Do what others than the first would have to wait for, some milliseconds of it at each step."""
        if not self.site.settings.warm:
            return
        try:
            self.site.shared.reader.start()
        except EngineBusy as error:
            log.warning("no process to read long texts in yet: %s", error)
        try:
            if self._makes_ahead:
                yield from self._pages.later()
            yield from warm()
        except (CityrightsError, Problem) as error:
            log.warning("not all that stays could be made: %s", error)

    async def close(self) -> None:
        """End the threads and the engine's processes; a server that was told to stop stops, even where one does not."""
        if self.edition is not None:
            with contextlib.suppress(CityrightsError, Problem, OSError):  # it was never open
                await (await self.edition).close()
        self.site.gate.threads.shutdown(wait=False, cancel_futures=True)
        closing = threading.Thread(target=self._end, name="close", daemon=True)
        closing.start()
        until = time.monotonic() + _CLOSING
        while closing.is_alive() and time.monotonic() < until:
            await asyncio.sleep(0.02)
        if closing.is_alive():
            log.error("the engine did not end within %s s", _CLOSING)

    def _end(self) -> None:
        self._pages.close()
        if not self._borrows:
            self.site.engine.close()
        if self.site.given is None:  # else it goes on with the next snapshot
            self.site.shared.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        tell = partial(error_page, self.site)
        if not any(family in scope["path"] for family in memento.ORIGINALS):  # queries have no earlier states
            await guarded(self.site.gate, scope, receive, send, self._route, tell)
            return
        told = memento.Teller(self.site, self.known, send)

        async def route(request: Request, send: Send) -> None:
            told.request = request
            earlier = await memento.chosen(self.site, self.known, request)
            if earlier is not None:
                await self._send(request, earlier, send)
            else:
                await self._route(request, send)

        await guarded(self.site.gate, scope, receive, told, route, tell)

    async def _route(self, request: Request, send: Send) -> None:
        # What begins with two slashes is the name of a host, wherever the path stands alone (RFC 3986 §4.2).
        canonical = encode_path(request.path) if request.path.startswith("//") else spelling(request)
        if VERSION in request.path:
            canonical = canonical or versions.without_language(request.path)
        route = BY_PATH.get(request.path) or route_of(request.path)
        methods = methods_of(request.path) if route is None else route.methods
        if canonical is not None and request.method in ("GET", "HEAD"):
            await self._send(request, moved(self.site, canonical, request.query), send)
        elif request.method == "OPTIONS":
            await self._send(request, preflight(methods), send)
        elif request.method not in methods.split(", ") and (route is None or not route.own_words):
            if request.method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY"):
                raise problems.method_not_allowed(methods)
            raise Problem(501, "method-unknown", "This method is not known here.")
        elif route is None:
            await self._page(request, send)
        elif route.gate is not None:
            await route.gate(self.site.gate, request, send)
        elif route.answer is not None:
            await route.answer(self.site, request, send)

    async def _send(self, request: Request, response: Response, send: Send) -> None:
        await send_response(request, response, send, timeout=self.site.settings.send_seconds)

    async def _page(self, request: Request, send: Send) -> None:
        if request.method == "POST":
            form = await read_form(request, self.site.settings, LONGEST_FORM)
            if versions.names_version(form):
                raise versions.in_a_form(versions.language_for(request))
            await self._send(request, await self._made(request, form), send)
            return
        if request.path.endswith("/") and request.path != "/":
            await self._send(
                request, moved(self.site, encode_path(request.path.rstrip("/") or "/"), request.query), send
            )
            return
        if prefers_data(split_language(request.path)[1], request.headers.get("accept")):  # and is led there
            await self._send(request, await self._made(request), send)
            return
        # A page tells its own address; without a public one that is made of the host that was asked.
        host = "" if "://" in self.site.settings.public_url else request.headers.get("host", "")
        key = f"{host} {request.path}?{request.query} {hash(self.site.told_beside()):x}"

        async def make() -> Response:
            response = await self._made(request)
            if response.status == 200:
                response.etag = self.site.etag(response.body)
            return response

        response = await get_or_run(self.site.pages, request, key, make, keeps=_is_kept)
        assert isinstance(response, Response)  # pages are made whole
        await self._send(request, response, send)

    async def _made(self, request: Request, form: str = "") -> Response:
        """Have the pages make an answer; they ask queries for it. Raises a 400 for too many or too long parameters."""
        check_page(request, form)
        if not _is_batch(request, form):
            return await self._counted(request, self._pages.make(request, form))
        async with self._batches.of(request.record.client):
            return await self._counted(request, self._pages.make(request, form))

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


def _may_name_a_version(scope: Scope) -> bool:
    """Say whether it has to be looked whether a request asks for a version; most do not."""
    return str(scope["path"]).startswith(VERSION) or versions.BEGINNING.search(scope["query_string"]) is not None


def _is_kept(response: Response) -> bool:
    """Say whether a page is the same for all who ask for its address."""
    chosen = "Accept" in (response.header("vary") or "")
    return response.status == 200 and not chosen and response.header("cache-control") != "no-store"


def _is_batch(request: Request, form: str) -> bool:
    """Say whether a request has many names, to be found or extended, however their field is spelt."""
    if methods_of(request.path) != READ_OR_SEND:
        return False
    return any(
        unquote(part.partition("=")[0]) in ("queries", "extend") for part in f"{request.query}&{form}".split("&")
    )


class Application:
    """Serves a snapshot, and each newer one that ``watched`` (a folder of snapshots, or its draft) comes to be."""

    def __init__(
        self,
        snapshot: Snapshot,
        open_site: OpenSite,
        settings: Settings,
        watched: Path | None = None,
        open_kept: OpenKept | None = None,
    ) -> None:
        self._settings = settings
        self._open_site = open_site
        self._open_kept = open_kept
        self._versions: versions.OpenVersions[SiteApplication] = versions.OpenVersions(
            settings.open_versions, settings.open_seconds
        )
        self._watched = watched
        self._prefix = settings.prefix
        self._shared = share(settings)
        self._current = self._application(open_site(snapshot, self._shared))
        self._active: dict[SiteApplication, int] = {self._current: 0}
        self._asked_last = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's event stream (ASGI 3)."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._current.open()
                self._spawn(self._make_later(self._current))
                if self._watched is not None and self._settings.watch_seconds > 0:
                    self._spawn(self._watch(self._watched))
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in list(self._tasks):
                    task.cancel()
                until = time.monotonic() + _LAST
                while any(self._active.values()) and time.monotonic() < until:
                    await asyncio.sleep(0.02)
                await self._versions.close()
                for served in list(self._active):
                    await served.close()
                await asyncio.to_thread(self._shared.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = below(self._prefix, scope)
        record = Record.of(scope, self._settings)
        scope["sparqlgate.record"] = record
        served = self._current
        fair = self._shared.fair

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                own = [(b"x-request-id", record.id.encode())]
                if record.metered:
                    own += fair.headers(record.client)
                message["headers"] = [*message["headers"], *own]  # what is kept with the answer stays as it is
            else:
                record.sent += len(message.get("body", b""))
            await send(message)

        self._active[served] += 1
        self._asked_last = time.monotonic()
        try:
            asked = versions.asked(scope) if _may_name_a_version(scope) else None
            if asked is None:
                await served(scope, receive, noted)
            else:
                await self._versioned(served, asked, receive, noted)
        except ClientGone:
            record.status, record.outcome = record.status or _CLIENT_LEFT, "client-gone"
        except StreamBroken:
            record.outcome = "cut" if record.status == 200 else record.outcome
            raise
        except BaseException:
            record.outcome = "failed"
            raise
        finally:
            self._active[served] -= 1
            self._note(record)

    def _application(self, site: Site) -> SiteApplication:
        served = SiteApplication(site)
        site.gate.select = partial(self._selected, served)
        return served

    async def _versioned(self, served: SiteApplication, asked: versions.Asked, receive: Receive, send: Send) -> None:
        """Answer a request that names a version from that version, or tell why not; ``served`` is that of today."""
        site, scope = served.site, asked.scope

        async def route(request: Request, send: Send) -> None:
            language = versions.language_for(request)
            name = versions.one_name(asked, language)
            found = await self._found(served, name, request, language)
            if request.method not in ("GET", "HEAD", "POST"):
                await served(scope, request.receive, send)
                return
            today = versions.today_of(site, request)
            at = versions.led(asked, found, request, today)
            if at is not None:
                await send_response(request, at, send, timeout=self._settings.send_seconds)
                return
            if found.digest != site.version and versions.is_of(request.path, versions.BESIDE):
                raise versions.beside(found, today, language)
            async with self._open(served, found, request, language) as (version, release):
                await version(scope, request.receive, versions.marked(send, today, request, release))

        await guarded(site.gate, scope, receive, send, route, partial(error_page, site))

    async def _found(self, served: SiteApplication, name: str, request: Request, language: str) -> Version:
        try:
            return await asyncio.to_thread(served.known.find, name)
        except UnknownVersion as error:
            raise versions.problem_of(error, served.site, request, language) from error

    @asynccontextmanager
    async def _open(
        self, served: SiteApplication, found: Version, request: Request, language: str
    ) -> AsyncIterator[tuple[SiteApplication, Callable[[], None]]]:
        """Have a version open: that of today by its engine, an earlier one by its own, at the expense of who asks."""
        site = served.site
        if found.digest == site.version:
            if served.edition is None or (served.edition.done() and served.edition.exception() is not None):
                edition = versions.edition_of(found, site, self._served, today=True)
                own = versions.settings_of(self._settings, found.digest)
                make_again = partial(SiteApplication, site.again(edition, own), borrows=True)
                served.edition = asyncio.create_task(asyncio.to_thread(make_again))
            yield await asyncio.shield(served.edition), lambda: None
            return
        if self._open_kept is None or found.folder is None:
            raise versions.damaged(found.digest, SnapshotError("this service opens no earlier versions"), language)
        make = partial(
            self._made, found.folder, versions.edition_of(found, site, self._served, today=False), found.digest
        )
        self._shared.fair.admit(request.record)
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            try:
                version, release = await stack.enter_async_context(self._versions.of(found.digest, make))
            except (SnapshotError, OSError) as error:
                raise versions.damaged(found.digest, error, language) from error
            finally:
                self._shared.fair.charge(request.record, time.monotonic() - began)
            yield version, release

    def _served(self) -> str:
        return self._current.site.version

    def _made(self, folder: Path, edition: Edition, digest: str) -> SiteApplication:
        """Open a version that is kept. Raises SnapshotError where it is damaged, or another one."""
        assert self._open_kept is not None
        snapshot = Snapshot.open(folder)
        if snapshot.version != digest:
            raise SnapshotError(f"the folder holds version {snapshot.short}")
        return SiteApplication(self._open_kept(snapshot, edition, self._shared))

    @asynccontextmanager
    async def _selected(
        self, served: SiteApplication, names: tuple[str, ...], request: Request
    ) -> AsyncIterator[Service]:
        """Have the service of the version that a form names (SPARQL by POST)."""
        language = versions.language_for(request)
        name = versions.one_name(versions.Asked(names, None, request.scope), language)
        found = await self._found(served, name, request, language)
        async with self._open(served, found, request, language) as (version, _):
            yield version.site.gate

    def _note(self, record: Record) -> None:
        seconds = time.perf_counter() - record.began
        outcome = record.outcome or "answered"
        route = record.path.split("/", 2)[1] if record.path.startswith("/") else ""
        route = route if route in _ROUTES else "page"
        self._shared.metrics.request(route, record.status, outcome, seconds, record.sent)
        if self._settings.access_log:
            line: dict[str, object] = {
                "id": record.id,
                "method": record.method,
                "path": record.path,
                "status": record.status,
                "ms": round(seconds * 1000, 2),
                "bytes": record.sent,
                "outcome": outcome,
            }
            if record.query:
                line["query"] = record.query
            if record.text:
                line["text"] = record.text
            logs.write("cityrights.access", "request", line)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_asked_for(self) -> bool:
        """Whether somebody asked a moment ago, and may again in the next."""
        return time.monotonic() - self._asked_last < _QUIET

    async def _make_later(self, served: SiteApplication) -> None:
        """Make what was left for later: a step in each moment in which nobody is being answered.

        While there is none, a step waits for a while; then it is made beside what is asked.
        """
        steps = served.later()
        while True:
            until = time.monotonic() + _PATIENCE
            await asyncio.sleep(_PAUSE)
            while (any(self._active.values()) or self._is_asked_for()) and time.monotonic() < until:
                await asyncio.sleep(_PAUSE)
            if await asyncio.to_thread(next, steps, self) is self:
                return

    async def _watch(self, folder: Path) -> None:
        """Look for a newer snapshot, or for other questions of the library, and take them up."""
        draft = folder.name == DRAFT
        asked = partial(Ledger(folder.parent if draft else folder).asked, draft=draft)
        seen, told = (self._current.site.version, asked()), ""
        while True:
            await asyncio.sleep(self._settings.watch_seconds)
            try:
                found = await asyncio.to_thread(Snapshot.open, folder)
                now = (found.version, await asyncio.to_thread(asked))
                if now == seen:
                    continue
                seen = now
                await self._take_up(found)
            except (CityrightsError, OSError) as error:
                if str(error) != told:  # not each second
                    log.warning("the newest snapshot cannot be served, the one before is: %s", error)
                told = str(error)

    async def _take_up(self, snapshot: Snapshot) -> None:
        """Open a newer snapshot beside the one that is served, then let new requests go to it."""
        site = await asyncio.to_thread(self._open_site, snapshot, self._shared)
        served = self._application(site)
        try:
            await asyncio.to_thread(lambda: site.questions)  # one that is wrong is told now, and those before stay
            await served.open()
            await asyncio.to_thread(list, served.later())
        except BaseException:
            await served.close()
            raise
        before, self._current = self._current, served
        self._active[served] = 0
        log.info("now serving snapshot %s", site.short)
        self._spawn(self._retire(before))

    async def _retire(self, served: SiteApplication) -> None:
        """Close what was served before when the last of its requests is answered."""
        until = time.monotonic() + self._settings.query_seconds + _GRACE
        with contextlib.suppress(asyncio.CancelledError):
            while self._active[served] and time.monotonic() < until:
                await asyncio.sleep(0.05)
            await served.close()
            del self._active[served]
            if gc.get_freeze_count():  # what was there at the start is taken for what stays; now a part may go
                gc.unfreeze()
                gc.collect()
                gc.freeze()
