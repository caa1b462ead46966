"""/conformance: the site asks itself, by the rules of linked data that it keeps, and shows what came back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from cityrights.errors import CityrightsError
from cityrights.library.pages import ask
from cityrights.vocabulary import ID
from cityrights_web.layout import Layout
from cityrights_web.responses import licence_links
from cityrights_web.site import Site
from cityrights_web.urls import split_language, thing_key
from cityrights_web.views.identity import FRAMED
from sparqlgate.http import formats
from sparqlgate.http.fair_use import Record
from sparqlgate.http.formats import GRAPHS
from sparqlgate.http.negotiation import choose
from sparqlgate.http.requests import Receive, Request, Scope, Send, encode_path
from sparqlgate.http.responses import CORS, Response, StreamBroken, send_response

_PAGE_LINKS: Final = ("alternate", "describedby", "license")
_ASK: Final = "/sparql?query=ASK%7B%7D"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def short(self) -> str:
        """The status and the headers that the rules speak of, in one line."""
        shown = ("location", "content-type", "vary", "etag", "allow", "access-control-allow-origin")
        told = [f"{name}: {self.headers[name]}" for name in shown if name in self.headers]
        return " · ".join([str(self.status), *told])


Judge = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: its name, the request, what is expected in words, and what decides.

    ``of`` is what the name has in its ``{of}``, where one rule is checked for several things.
    """

    name: str
    path: str
    expected: str
    holds: Judge
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    of: str = ""

    def called(self, words: Mapping[str, str]) -> str:
        """Return its name in the language of ``words``, which go by the English one."""
        return words.get(self.name, self.name).format(of=self.of)

    @property
    def request(self) -> str:
        """The request in one line."""
        told = "".join(f" · {name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.path}{told}"


def checks(key: str | None, *, licensed: bool = True) -> Iterator[Check]:
    """Yield the rules, those about a thing for the thing with this key; None where the graph has none.

    ``licensed`` says that the data name a licence, which those of others may not.
    """
    if key is not None:
        yield from _names(key)
        yield from _documents(key, licensed)
    yield from _site()


def _names(key: str) -> Iterator[Check]:
    name, page, data = (encode_path(f"/{kind}/{key}") for kind in ("id", "page", "data"))

    def leads(to: str) -> Judge:
        return lambda got: got.status == 303 and got.headers.get("location", "").endswith(to)

    yield Check(
        "A name leads a browser to a page", name, f"303 to {page}", leads(page), headers={"Accept": "text/html"}
    )
    for form in GRAPHS:
        target = f"{data}.{form.extension}"
        asked = {"Accept": form.media_type}
        yield Check("A name leads to {of}", name, f"303 to {target}", leads(target), headers=asked, of=form.name)
    weighed = {"Accept": "text/html;q=0.2, application/ld+json;q=0.9, */*;q=0.1"}
    yield Check("The weights of Accept decide", name, f"303 to {data}.jsonld", leads(".jsonld"), headers=weighed)
    refused = {"Accept": "text/html;q=0, text/turtle"}
    yield Check("A weight of 0 refuses", name, f"303 to {data}.ttl", leads(".ttl"), headers=refused)
    tree = {"Accept": f'application/ld+json;profile="{FRAMED}", text/html;q=0.5'}
    framed = f"{data}.jsonld?profile=framed"
    yield Check("A profile decides the form of JSON-LD", name, f"303 to {framed}", leads(framed), headers=tree)
    parameters = {"Accept": "text/turtle;charset=utf-8, text/html;q=0.1"}
    yield Check("A charset that is sent fits", name, f"303 to {data}.ttl", leads(".ttl"), headers=parameters)
    french = {"Accept": "text/html", "Accept-Language": "fr-CA, en;q=0.5"}
    yield Check("A name honours Accept-Language", name, f"303 to /fr{page}", leads(f"/fr{page}"), headers=french)
    yield Check(
        "What is not offered is refused with what is", name, "406 that lists the formats",
        lambda got: got.status == 406 and b"text/turtle" in got.body, headers={"Accept": "image/png"},
    )  # fmt: skip
    yield Check(
        "Vary tells what chose the answer", name, "Vary: Accept, Accept-Language",
        lambda got: {"accept", "accept-language"} <= set(got.headers.get("vary", "").lower().split(", ")),
        headers={"Accept": "text/turtle"},
    )  # fmt: skip


def _documents(key: str, licensed: bool) -> Iterator[Check]:
    page, data = encode_path(f"/page/{key}"), encode_path(f"/data/{key}")
    for form in GRAPHS:
        yield Check(
            "The data come as {of}", f"{data}.{form.extension}", f"200, {form.media_type}, ETag, CORS",
            lambda got, kind=form.media_type: (  # type: ignore[misc]
                got.status == 200
                and got.headers.get("content-type", "").startswith(kind)
                and got.headers.get("etag", "").startswith('"')
                and got.headers.get("access-control-allow-origin") == "*"
            ),
            of=form.name,
        )  # fmt: skip
    yield Check(
        "A page names its data", page, 'Link with rel="alternate" and rel="describedby"',
        lambda got: all(f'rel="{name}"' in got.headers.get("link", "") for name in _PAGE_LINKS),
    )  # fmt: skip
    yield Check(
        "Data name their thing and licence", f"{data}.ttl", 'Link with rel="describes" and rel="license"',
        lambda got: f'<{ID}{encode_path(key)}>; rel="describes"' in got.headers.get("link", "")
        and ('rel="license"' in got.headers.get("link", "") or not licensed),
    )  # fmt: skip
    yield Check(
        "Quads bring their evidence", f"{data}.nq", "the sentences of the claims",
        lambda got: b"ontology#text>" in got.body and b"/id/claim/" in got.body,
    )  # fmt: skip
    yield Check(
        "HEAD has the header and no body", f"{data}.ttl", "200 without a body",
        lambda got: got.status == 200 and not got.body and int(got.headers.get("content-length", "0")) > 0, "HEAD",
    )  # fmt: skip
    yield Check(
        "What one has already is not sent again", f"{data}.ttl", "304", lambda got: got.status == 304,
        headers={"If-None-Match": "*"},
    )  # fmt: skip
    yield Check(
        "Scripts may ask first", f"{data}.ttl", "204, open to scripts",
        lambda got: got.status == 204 and got.headers.get("access-control-allow-origin") == "*", "OPTIONS",
    )  # fmt: skip


def _site() -> Iterator[Check]:
    yield Check(
        "What is unknown is 404 for programs too", f"/id/practice/{'x' * 40}", "404, problem details",
        lambda got: got.status == 404 and "problem+json" in got.headers.get("content-type", ""),
        headers={"Accept": "application/problem+json"},
    )  # fmt: skip
    yield Check(
        "Only reading is allowed", "/practices", "405 with Allow",
        lambda got: got.status == 405 and "GET" in got.headers.get("allow", ""), "POST",
    )  # fmt: skip
    yield Check(
        "The endpoint answers", _ASK, "200, SPARQL results in JSON",
        lambda got: got.status == 200 and orjson.loads(got.body).get("boolean") is True,
        headers={"Accept": "application/sparql-results+json"},
    )  # fmt: skip
    yield Check(
        "The endpoint describes itself", "/sparql", "200, Turtle with sd:Service",
        lambda got: got.status == 200 and b"sparql-service-description#" in got.body, headers={"Accept": "text/turtle"},
    )  # fmt: skip
    yield Check(
        "The dataset is described where VoID looks", "/.well-known/void", "303 to /dataset.ttl",
        lambda got: got.status == 303 and got.headers.get("location", "").endswith("/dataset.ttl"),
        headers={"Accept": "text/turtle"},
    )  # fmt: skip
    yield Check(
        "The description is VoID and DCAT", "/dataset.ttl", "200, Turtle",
        lambda got: got.status == 200 and b"http://rdfs.org/ns/void#" in got.body,
    )  # fmt: skip
    yield Check(
        "The ontology is one document", "/ontology", "303 to /ontology.ttl",
        lambda got: got.status == 303 and got.headers.get("location", "").endswith("/ontology.ttl"),
        headers={"Accept": "text/turtle"},
    )  # fmt: skip
    yield Check(
        "The JSON-LD context is open to all", "/ontology/context.jsonld", "200, application/ld+json, CORS",
        lambda got: got.status == 200
        and got.headers.get("content-type") == "application/ld+json"
        and got.headers.get("access-control-allow-origin") == "*",
    )  # fmt: skip
    for path, kind in (("/robots.txt", "text/plain"), ("/sitemap.xml", "application/xml")):
        yield Check(
            "Crawlers find {of}", path, f"200, {kind}",
            lambda got, kind=kind: got.status == 200 and got.headers.get("content-type", "").startswith(kind),  # type: ignore[misc]
            of=path,
        )  # fmt: skip


log = logging.getLogger("cityrights.web")

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
            return Response(200, "application/json", body, [*CORS, *headers], etag=self.site.etag(body))
        host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', '')}"
        layout = Layout(self.site, language, path, host)
        passed = sum(outcome.passed for outcome in self._outcomes)
        body = layout.render("conformance.html", outcomes=self._outcomes, passed=passed).encode()
        return Response(200, formats.HTML.content_type, body, headers, etag=self.site.etag(body))

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
        scope["sparqlgate.record"] = record
        status, headers, body = 0, dict[str, str](), bytearray()
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()  # this client stays until it has its answer
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def gather(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                for name, value in message["headers"]:  # a field that comes twice is one list (RFC 9110, section 5.3)
                    before, told = headers.get(name.decode()), value.decode("latin-1")
                    headers[name.decode()] = told if before is None else f"{before}, {told}"
            else:
                body.extend(message.get("body", b""))

        await self.application(scope, receive, gather)
        return Answer(status, headers, bytes(body))


async def answer(site: Site, request: Request, send: Send) -> None:
    """Answer with the page, or the same in JSON; the application that is tried is the one that was asked."""
    response = await request.scope["app"].conformance.answer(request)
    await send_response(request, response, send, timeout=site.settings.send_seconds)
