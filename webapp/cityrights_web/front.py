"""The ASGI application: what is the same for every snapshot — ids, counts, log lines — and the step to a newer one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cityrights.errors import CityrightsError
from cityrights.snapshot import Snapshot
from cityrights_web import logs
from cityrights_web.app import Shell
from cityrights_web.security import SiteHeaders
from cityrights_web.settings import Settings
from cityrights_web.site import Site, share
from sparqlgate.http.fair_use import Record
from sparqlgate.http.messages import ClientGone, Message, Receive, Scope, Send, StreamBroken
from sparqlgate.http.service import Shared

log = logging.getLogger("cityrights.web")

#: First parts of paths that are counted by themselves; the others are pages.
_ROUTES = ("sparql", "graph", "download", "static", "health", "metrics", "data", "id")
#: How long, in seconds, answers from the old snapshot may go on beyond the time of a query and its delivery.
_GRACE = 90.0
#: How long, in seconds, answers whose connection was cut have to tidy up before the engine ends.
_LAST = 1.0
_CLIENT_LEFT = 499  # no status is sent to somebody who left; logs commonly show this one

OpenSite = Callable[[Snapshot, Shared], Site]


class Front:
    """Serves a snapshot, and each newer one that ``watched`` (a folder of snapshots) comes to point to."""

    def __init__(
        self, snapshot: Snapshot, open_site: OpenSite, settings: Settings, watched: Path | None = None
    ) -> None:
        self._settings = settings
        self._open_site = open_site
        self._watched = watched
        self._shared = share(settings)
        self._shell = Shell(open_site(snapshot, self._shared))
        self._active: dict[Shell, int] = {self._shell: 0}
        self._tasks: set[asyncio.Task[None]] = set()
        self._placed = SiteHeaders(settings)

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
                await self._shell.open()
                if self._watched is not None and self._settings.watch_seconds > 0:
                    self._spawn(self._watch(self._watched))
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in list(self._tasks):
                    task.cancel()
                until = time.monotonic() + _LAST
                while any(self._active.values()) and time.monotonic() < until:
                    await asyncio.sleep(0.02)
                for shell in list(self._active):
                    await shell.close()
                await asyncio.to_thread(self._shared.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = Record.of(scope, self._settings)
        scope["sparqlgate.record"] = record
        shell = self._shell
        fair = self._shared.fair

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                own = [(b"x-request-id", record.id.encode())]
                if record.metered:
                    own += fair.headers(record.client)
                # What is kept with the answer stays as it is.
                message["headers"] = [*self._placed.headers(message["headers"]), *own]
            else:
                record.sent += len(message.get("body", b""))
            await send(message)

        self._active[shell] += 1
        try:
            await shell(scope, receive, noted)
        except ClientGone:
            record.status, record.outcome = record.status or _CLIENT_LEFT, "client-gone"
        except StreamBroken:
            record.outcome = "cut" if record.status == 200 else record.outcome
            raise
        except BaseException:
            record.outcome = "failed"
            raise
        finally:
            self._active[shell] -= 1
            self._note(record)

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

    async def _watch(self, folder: Path) -> None:
        """Look for a newer snapshot, and take it up."""
        refused = ""
        while True:
            await asyncio.sleep(self._settings.watch_seconds)
            try:
                found = await asyncio.to_thread(Snapshot.open, folder)
                if found.version in (self._shell.site.version, refused):
                    continue
                refused = found.version
                await self._take_up(found)
            except (CityrightsError, OSError) as error:
                log.warning("the newest snapshot cannot be served, the one before is: %s", error)

    async def _take_up(self, snapshot: Snapshot) -> None:
        """Open a newer snapshot beside the one that is served, then let new requests go to it."""
        site = await asyncio.to_thread(self._open_site, snapshot, self._shared)
        shell = Shell(site)
        try:
            await shell.open()
        except BaseException:
            await shell.close()
            raise
        before, self._shell = self._shell, shell
        self._active[shell] = 0
        log.info("now serving snapshot %s", site.short)
        self._spawn(self._retire(before))

    async def _retire(self, shell: Shell) -> None:
        """Close a shell when the last of its requests is answered."""
        until = time.monotonic() + self._settings.query_seconds + _GRACE
        with contextlib.suppress(asyncio.CancelledError):
            while self._active[shell] and time.monotonic() < until:
                await asyncio.sleep(0.05)
            await shell.close()
            del self._active[shell]
            if gc.get_freeze_count():  # what was there at the start is taken for what stays; now a part may go
                gc.unfreeze()
                gc.collect()
                gc.freeze()
