"""/conformance: the site asks itself, by its own rules, and shows what came back; once for each snapshot.

The requests are made inside this process, so they take no part in anybody's fair use and are in no log.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from cityrights.describe import ask
from cityrights.errors import CityrightsError
from cityrights_web import formats
from cityrights_web.negotiation import choose
from cityrights_web.own import licence_links
from cityrights_web.pages.frame import Frame
from cityrights_web.shell.context import Site
from cityrights_web.shell.contract import Answer, Check, checks
from cityrights_web.shell.messages import CORS, Receive, Request, Response, Scope, Send, StreamBroken
from cityrights_web.shell.record import Record
from cityrights_web.urls import split_language, thing_key

log = logging.getLogger("cityrights.web")

PATH: Final = "/conformance"
#: Seconds for all requests together; those that were not made by then have failed.
_SECONDS: Final = 10.0

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule, and what came back."""

    check: Check
    got: str
    passed: bool


@dataclass
class Conformance:
    """The outcomes for one snapshot, found out at the first request; used from one event loop."""

    site: Site
    application: Application
    _outcomes: list[Outcome] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, request: Request) -> Response:
        """Return the page, or the same in JSON."""
        async with self._lock:
            if self._outcomes is None:
                self._outcomes = await self._try_all(request.headers.get("host") or "localhost")
        language, path, _ = split_language(request.path)
        chosen = choose(request.headers.get("accept"), (formats.HTML, formats.JSON)) or formats.HTML
        headers = [("vary", "Accept"), ("cache-control", "no-cache"), ("content-language", language)]
        if path.endswith(".json") or chosen is formats.JSON:
            body = self._json(self._outcomes)
            return Response(200, "application/json", body, [*CORS, *headers], etag=_etag(self.site, body))
        host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', '')}"
        around = Frame(self.site, language, path, host)
        passed = sum(outcome.passed for outcome in self._outcomes)
        body = around.render("conformance.html", outcomes=self._outcomes, passed=passed).encode()
        return Response(200, formats.HTML.content_type, body, headers, etag=_etag(self.site, body))

    def _json(self, outcomes: list[Outcome]) -> bytes:
        told: dict[str, Any] = {
            "version": self.site.version,
            "passed": sum(outcome.passed for outcome in outcomes),
            "total": len(outcomes),
            "checks": [
                {
                    "name": outcome.check.called({}),
                    "request": outcome.check.request,
                    "expected": outcome.check.expected,
                    "got": outcome.got,
                    "passed": outcome.passed,
                }
                for outcome in outcomes
            ],
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    async def _try_all(self, host: str) -> list[Outcome]:
        try:
            key = await asyncio.to_thread(self._example)
        except CityrightsError as error:
            log.warning("no example for the site's rules: %s", error)
            key = None
        until = asyncio.get_running_loop().time() + _SECONDS
        return [await self._try(check, host, until) for check in checks(key, licensed=bool(licence_links(self.site)))]

    def _example(self) -> str | None:
        rows = ask(self.site.engine, "example")
        return thing_key(str(rows[0]["thing"])) if rows else None

    async def _try(self, check: Check, host: str, until: float) -> Outcome:
        try:
            async with asyncio.timeout_at(until):
                got = await self._ask(check, host)
            return Outcome(check, got.short, check.holds(got))
        except TimeoutError:
            return Outcome(check, "no answer in time", False)
        except (StreamBroken, ValueError) as error:
            return Outcome(check, f"no whole answer: {type(error).__name__}", False)

    async def _ask(self, check: Check, host: str) -> Answer:
        """Make one request of the application itself."""
        path, _, query = check.path.partition("?")
        sent = {"Host": host, "Accept-Encoding": "identity", **check.headers}
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": check.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 0),
        }
        record = Record.of(scope, self.site.settings)
        record.own = True
        scope["cityrights.record"] = record
        status, headers, body = 0, dict[str, str](), bytearray()
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()  # this client stays until it has its answer
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def gather(message: dict[str, Any]) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
            else:
                body.extend(message.get("body", b""))

        await self.application(scope, receive, gather)
        return Answer(status, headers, bytes(body))


def _etag(site: Site, body: bytes) -> str:
    return f'"{site.short}-{hashlib.sha256(body).hexdigest()[:24]}"'
