"""From an ASGI scope to a request that can be trusted, and a SPARQL request taken apart (Protocol, 2.1)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from sparqlgate.http.addresses import MOST, BadPath, Fields, NotUtf8, decode_path, encode_path, fields_of
from sparqlgate.http.messages import Message, Receive, Request, Scope
from sparqlgate.http.problems import Problem, bad_request, method_not_allowed
from sparqlgate.http.settings import Settings

#: Host and port (RFC 9110, section 7.2), in the characters that names of hosts have: links and programs repeat it.
_HOST = re.compile(r"(?:[A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_OUTSIDE = re.compile(r"[^\x21-\x7e]")
_MANNERS = ("accept", "accept-language", "accept-encoding", "if-none-match")


def read_request(scope: Scope, receive: Receive, settings: Settings) -> Request:
    """Check a request and return it. Raises Problem: 400, 414, 421 or 431, and 308 to the one spelling of the path."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    if any(len(value) > settings.max_header for value in headers.values()):
        raise Problem(431, "headers-too-large", f"A header is longer than {settings.max_header:,} bytes.")
    raw = (scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).decode("latin-1")
    raw = raw.partition("?")[0]
    if not names_host(scope):
        raise bad_request("The request must name the host that it is for, once: send one Host field.")
    authority = headers.get("host", "")
    if not raw.startswith("/"):
        target = urlsplit(raw)
        authority, raw = target.netloc or authority, target.path or "/"
    for named in {headers.get("host", ""), authority}:
        if _HOST.fullmatch(named) is None:
            raise bad_request("What the request names as its host is not the name or the address of one.")
    if settings.trusted_hosts and not _trusted(authority, settings.trusted_hosts):
        raise Problem(421, "wrong-host", "This server does not answer for the host that the request names.")
    query = scope["query_string"].decode("latin-1")
    if len(raw) > settings.max_path:
        raise Problem(414, "too-long", f"The path is longer than {settings.max_path:,} bytes.")
    if len(query) > settings.max_url:
        raise Problem(
            414, "too-long", f"The address is longer than {settings.max_url:,} bytes; send the query by POST."
        )
    query = _OUTSIDE.sub(lambda match: f"%{ord(match[0]):02X}", query)
    try:
        path = decode_path(raw if raw.isascii() else "".join(c if c.isascii() else f"%{ord(c):02X}" for c in raw))
    except BadPath as error:
        raise bad_request(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return Request(scope["method"], path, raw, query, headers, scope["http_version"], receive, scope)


def below(prefix: str, scope: Scope) -> Scope:
    """Return a request to a service whose public address has a path as one to a service without: the path taken off.

    A proxy may have taken it off already, and who asks on this machine need not write it: such a path stays.
    """
    if not prefix:
        return scope
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    start = 0 if raw.startswith(b"/") else raw.find(b"/", raw.find(b"://") + 3)  # a whole URL, as sent to proxies
    if start < 0 or not raw.startswith(prefix.encode(), start):
        return scope
    rest = raw[start + len(prefix) :]
    if rest and rest[:1] not in (b"/", b"?"):
        return scope
    return {**scope, "raw_path": raw[:start] + (rest or b"/"), "path": scope["path"].removeprefix(prefix) or "/"}


def names_host(scope: Scope) -> bool:
    """Say whether a request names its host, and once; in HTTP/1.0 it need not (RFC 9112 §3.2, RFC 9113 §8.3.1).

    An empty name is none: the server gives one to requests without the field, and http: has no empty host.
    """
    named = [value for name, value in scope["headers"] if name == b"host"]
    return len(named) == 1 and (named[0] != b"" or scope["http_version"] in ("1", "1.0"))


def unread_request(scope: Scope, receive: Receive) -> Request:
    """Return what can be said of a request that was refused before it was read: enough to answer it in its manners."""
    known = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    headers = {name: known[name][:1000] for name in _MANNERS if name in known}
    path = str(scope["path"])[:1000]
    return Request(scope["method"], path, path, "", headers, scope["http_version"], receive, scope)


def spelling(request: Request) -> str | None:
    """Return the canonical spelling of the request's path when it came in another one."""
    canonical = encode_path(request.path)
    return canonical if canonical != request.raw_path else None


def _trusted(authority: str, hosts: frozenset[str]) -> bool:
    name = authority.lower()
    return name in hosts or re.sub(r":\d+$", "", name) in hosts


#: How much of the rest is taken, in bytes, and for how long, in seconds.
_MOST = 64 * 1_048_576
_LONGEST = 2.0


class Body:
    """The ``receive`` of one request that may have a body; it notes whether the body has ended."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        names = {name.lower(): value for name, value in scope["headers"]}
        told = names.get(b"content-length", b"0").strip()
        self.ended = b"transfer-encoding" not in names and told.strip(b"0") == b""
        self._asks_first = b"expect" in names
        self._receive = receive

    async def __call__(self) -> Message:
        """Receive the next event (ASGI 3)."""
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self.ended = True
        return message

    async def drain(self) -> bool:
        """Take the rest and forget it, as far as it is not too large or too slow; say whether there is no more.

        A client that asks first whether it may send (Expect, RFC 9110 §10.1.1) is not invited to.
        """
        size = 0
        try:
            async with asyncio.timeout(_LONGEST):
                while not self.ended and not self._asks_first and size <= _MOST:
                    size += len((await self()).get("body", b""))
        except TimeoutError:
            pass
        return self.ended


METHODS = "GET, HEAD, POST, OPTIONS"
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
#: What is taken for an absolute IRI in a parameter.
ABSOLUTE_IRI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*$")
_MAX_GRAPHS = 100
#: How far into a body is looked, in characters, for a form that is sent as a query.
_GLANCE = 200
_READ_ONLY = "This endpoint is read-only: it answers queries and takes no updates."


class Forms(Protocol):
    """Takes forms apart, long ones aside."""

    async def fields(self, request: Request, text: str) -> Fields:
        """Return names and values. Raises ValueError where there is none, and the errors of who does it."""
        ...


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """What was asked: ``query`` is None when none was; ``formats`` are the values of format=, output=, results=.

    ``truncate`` asks for a table to be cut at the cap of rows, where there is one, in place of an error. People choose
    a ``view`` of the answer and the column by which it is in ``order``; ``part`` is the one part of a page that is
    wanted, nothing for all of it. ``versions`` are the names of the version of the data that is to answer.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    run: bool = True
    truncate: bool = False
    view: str = ""
    order: str = ""
    part: str = ""
    versions: tuple[str, ...] = ()


async def read(request: Request, settings: Settings, reader: Forms) -> SparqlRequest:
    """Read a request to /sparql; ``reader`` takes a long form apart.

    Raises Problem for whatever the protocol or this service does not allow, and as the reader does.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise method_not_allowed(METHODS, "Use GET or POST to send a query.")
    fields = parse_fields(request.query, "the address")
    if request.method != "POST":
        if "update" in fields:
            raise method_not_allowed(METHODS, _READ_ONLY)
        return _assemble(fields)
    kind, charset = content_type(request.headers.get("content-type", ""))
    if kind == "application/sparql-update" or "update" in fields:
        raise Problem(403, "read-only", _READ_ONLY)
    if kind not in (FORM, DIRECT):
        raise Problem(
            415,
            "unsupported-media-type",
            f"Send the query as {FORM} or as {DIRECT}, not as {kind or 'an unnamed type'}.",
        )
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported-media-type", f"Send the query in UTF-8, not in {charset[:40]}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "unsupported-media-type", "Send the query without a content encoding.")
    body = await read_body(request, settings)
    if kind == DIRECT:
        if "query" in fields:
            raise bad_request("There is a query in the address and another in the body; send one.")
        text = utf8(body, "the body")
        if text[:_GLANCE].lstrip().startswith("query="):
            raise bad_request(f"The body looks form-encoded, yet its type is {DIRECT}; send it as {FORM}.")
        return _assemble({**fields, "query": [text]})
    text = utf8(body, "the body")
    try:
        sent = _by_name(await reader.fields(request, text))
    except ValueError as error:
        raise _unreadable(error, "the body") from None
    if "update" in sent:
        raise Problem(403, "read-only", _READ_ONLY)
    merged = {name: [*fields.get(name, []), *sent.get(name, [])] for name in {**fields, **sent}}
    return _assemble(merged)


def _assemble(fields: Mapping[str, list[str]]) -> SparqlRequest:
    queries = fields.get("query", [])
    if len(queries) > 1:
        raise bad_request("There is more than one query; send one at a time.")
    query = queries[0].removeprefix("\ufeff") if queries else None
    if query is not None and not query.strip():
        raise bad_request("The query is empty: it needs SELECT, ASK, CONSTRUCT or DESCRIBE.")
    formats = [value for name in ("format", "output", "results") for value in fields.get(name, [])]
    return SparqlRequest(
        query,
        _graphs(fields, "default-graph-uri"),
        _graphs(fields, "named-graph-uri"),
        tuple(formats),
        fields.get("run") != ["0"],
        fields.get("truncate") in (["true"], ["1"]),
        view=_last(fields, "view"),
        order=_last(fields, "order"),
        part=_last(fields, "part"),
        versions=tuple(fields.get("version", ())),
    )


def _last(fields: Mapping[str, list[str]], name: str) -> str:
    """Return a field of which the last one counts: a button adds its own to what the form has."""
    return fields.get(name, [""])[-1].strip()


def _graphs(fields: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    graphs = tuple(dict.fromkeys(value for value in fields.get(name, []) if value))
    if len(graphs) > _MAX_GRAPHS:
        raise bad_request(f"There are more than {_MAX_GRAPHS} {name} parameters.")
    for graph in graphs:
        if not ABSOLUTE_IRI.match(graph):
            raise bad_request(f"{name} must be an absolute IRI.")
    return graphs


def parse_fields(text: str, where: str) -> dict[str, list[str]]:
    """Read form-encoded fields. Raises Problem where an octet is not UTF-8, or there are too many."""
    try:
        return _by_name(fields_of(text))
    except ValueError as error:
        raise _unreadable(error, where) from None


def _by_name(pairs: Fields) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _unreadable(error: ValueError, where: str) -> Problem:
    if isinstance(error, NotUtf8):
        return bad_request(f"What {where} holds is not UTF-8 at byte {error.place}.")
    return bad_request(f"What {where} holds has more than {MOST} parameters.", maximum=MOST)


def utf8(octets: bytes, where: str) -> str:
    """Decode ``octets``; raises a 400 that says where they stop being UTF-8."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_request(f"What {where} holds is not UTF-8 at byte {error.start + 1}.") from None


def content_type(header: str) -> tuple[str, str]:
    """Return media type and charset of a Content-Type header, in lower case."""
    kind, *parameters = (part.strip() for part in header.lower().split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "")
    return kind, charset


async def read_body(request: Request, settings: Settings) -> bytes:
    """Read the body. Raises 413 over the limit (before reading, where the length is told), and 408 when it is slow."""
    too_large = Problem(413, "too-large", f"The body is larger than {settings.max_body:,} bytes.")
    told = request.headers.get("content-length", "")
    if told and (not told.isascii() or not told.isdigit()):
        raise bad_request("Content-Length is not a number.")
    if told and int(told) > settings.max_body:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(settings.receive_seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise bad_request("The body ended before its time.")
                body += message.get("body", b"")
                if len(body) > settings.max_body:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Problem(408, "timeout", f"The body did not arrive within {settings.receive_seconds:g} s.") from None


async def read_form(request: Request, settings: Settings, most: int) -> str:
    """Return the form in the body of a request, of at most so many bytes, with what must be escaped escaped.

    Raises Problem: 415 for a body that is no form, and as ``read_body`` does.
    """
    kind, _ = content_type(request.headers.get("content-type", ""))
    if kind != FORM:
        raise Problem(415, "unsupported-media-type", f"Send the form as {FORM}, not as {kind or 'an unnamed type'}.")
    body = await read_body(request, settings.changed(max_body=min(settings.max_body, most)))
    return await asyncio.to_thread(quote, utf8(body, "the body"), safe="!$&'()*+,;=:@/?%-._~")
