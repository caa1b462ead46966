"""HTTP requests: read and held to what can be trusted, their paths, fields and bodies, and whoever sent them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_to_bytes, urlsplit

from sparqlgate.http.fair_use import Record
from sparqlgate.http.problems import Problem, bad_request
from sparqlgate.http.settings import Settings
from sparqlgate.query import set_alarm

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "!$&'()*+,;=:@/%"
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
#: Paths of so many characters are remembered as they are written: a page has a hundred, the next one mostly the same.
_SHORT = 200


class BadPath(ValueError):
    """A request path that names nothing that can exist; the text says why."""


def decode_path(raw: str) -> str:
    """Turn the raw (still escaped) path of a request into the path of an IRI.

    Escapes of unreserved characters and of UTF-8 beyond ASCII are decoded; those of reserved ones stay, in capitals
    (RFC 3986 §6.2.2). Raises BadPath for octets that are not UTF-8, for control characters and stray percent signs.
    """
    if re.search(r"%(?![0-9A-Fa-f]{2})", raw):
        raise BadPath("a percent sign in the path is not followed by two hexadecimal digits")

    def run(match: re.Match[str]) -> str:
        octets = bytes.fromhex(match[0].replace("%", ""))
        try:
            text = octets.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadPath(f"the path is not UTF-8 at its escape {error.start + 1}") from error
        return "".join(_one(character) for character in text)

    return _ESCAPE.sub(run, raw)


def _one(character: str) -> str:
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:
        raise BadPath(f"the path holds the control character U+{code:04X}")
    if code > 0x7F and (0xE000 <= code < 0xF900 or 0xFFF0 <= code <= 0xFFFF or code & 0xFFFE == 0xFFFE):
        raise BadPath(f"the path holds U+{code:04X}, which no IRI can hold")
    if code > 0x7F or code in _UNRESERVED:
        return character
    return f"%{code:02X}"


def encode_path(path: str) -> str:
    """Turn the path of an IRI into what goes over the wire: ASCII, each character in its one canonical spelling."""
    return _encoded(path) if len(path) <= _SHORT else quote(path, safe=_KEPT)


@lru_cache(4096)
def _encoded(path: str) -> str:
    return quote(path, safe=_KEPT)


#: The most parameters of a request: those of a question that is put together have twelve conditions of several each.
MOST = 400
#: So many escapes are read where they are: in some milliseconds.
FEW_ESCAPES = 4096
#: Texts of this length, in characters, are taken apart more than once for one request.
_ADDRESS = 65_536

Fields = tuple[tuple[str, str], ...]


class NotUtf8(ValueError):
    """An octet is not UTF-8: ``place`` says which one, from 1, of the name or the value that it stands in."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class TooMany(ValueError):
    """There are more than MOST fields."""


def is_quick(text: str) -> bool:
    """Say whether a form is read where it is."""
    return text.count("%") <= FEW_ESCAPES


def fields_of(text: str) -> Fields:
    """Return names and values in their order. Raises NotUtf8 and TooMany."""
    return _remembered(text) if len(text) <= _ADDRESS else read_fields(text)


def read_fields(text: str) -> Fields:
    """Return names and values in their order. Raises NotUtf8 and TooMany."""
    if text.count("&") >= MOST:
        raise TooMany
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in pairs)


@lru_cache(64)
def _remembered(text: str) -> Fields:
    return read_fields(text)


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text and text.isascii():
        return text
    try:
        return _octets(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(error.start + 1) from None


def _octets(text: str) -> bytes:
    """Return what a text stands for, as ``unquote_to_bytes`` does; by the codec of escapes, which is not Python."""
    octets = text.encode("utf-8")
    try:
        return octets.replace(b"\\", b"\\\\").replace(b"%", b"\\x").decode("unicode_escape").encode("latin-1")
    except UnicodeDecodeError:  # a percent sign without two digits, which stands for itself
        return unquote_to_bytes(octets)


class ClientGone(Exception):
    """Whoever asked is not there any more; there is nobody to answer."""


Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: ``path`` is that of an IRI (``decode_path``), ``raw_path`` as it came; headers in lower case."""

    method: str
    path: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    http_version: str
    receive: Receive
    scope: Scope

    @property
    def is_1_0(self) -> bool:
        """Say whether the client speaks HTTP/1.0, which granian writes without its zero."""
        return self.http_version in ("1", "1.0")

    @property
    def record(self) -> Record:
        """Return what is noted of this request."""
        record = self.scope["sparqlgate.record"]
        assert isinstance(record, Record)
        return record

    @property
    def is_head(self) -> bool:
        """Say whether only the headers are wanted."""
        return self.method == "HEAD"


def watch(request: Request) -> asyncio.Task[None]:
    """Return a task that is done when the client is gone; the body must have been read."""
    return asyncio.create_task(_until_gone(request))


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


#: Within so many seconds no client is missed; most answers are here by then, and cost no watch.
_UNWATCHED = 0.02


class Client:
    """Whoever sent a request, whose body must have been read. ``close`` it, or its watch goes on."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._watch: asyncio.Task[None] | None = None

    def watch(self) -> asyncio.Task[None]:
        """Return the task that is done when the client is gone."""
        if self._watch is None:
            self._watch = watch(self._request)
        return self._watch

    async def wait_for(self, woken: asyncio.Future[None]) -> None:
        """Return when ``woken`` is done, which it is made when the client is gone."""

        def left(_: asyncio.Task[None]) -> None:
            if not woken.done():
                woken.set_result(None)

        def look() -> None:
            self.watch().add_done_callback(left)

        due = time.monotonic() + (_UNWATCHED if self._watch is None else 0.0)
        alarm = set_alarm(asyncio.get_running_loop(), due, look)
        try:
            await woken
        finally:
            alarm.due = None

    def close(self) -> None:
        """Watch no longer."""
        if self._watch is not None:
            self._watch.cancel()


#: Host and port (RFC 9110, section 7.2), in the characters that names of hosts have: links and programs repeat it.
_HOST = re.compile(r"(?:[A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_OUTSIDE = re.compile(r"[^\x21-\x7e]")
_MANNERS = ("accept", "accept-language", "accept-encoding", "if-none-match")


def read_request(scope: Scope, receive: Receive, settings: Settings) -> Request:
    """Check a request and return it. Raises Problem: 400, 414, 421 or 431, and 308 to the one spelling of the path."""
    headers: dict[str, str] = {}
    longest = 0
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = text = f"{headers[key]}, {text}" if key in headers else text
        longest = max(longest, len(text))
    if longest > settings.max_header:
        raise Problem(431, "headers-too-large", f"A header is longer than {settings.max_header:,} bytes.")
    raw = (scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).decode("latin-1")
    raw = raw.partition("?")[0]
    if not names_host(scope):
        raise bad_request("The request must name the host that it is for, once: send one Host field.")
    authority = headers.get("host", "")
    if not raw.startswith("/"):
        target = urlsplit(raw)
        authority, raw = target.netloc or authority, target.path or "/"
    host = headers.get("host", "")
    if _HOST.fullmatch(host) is None or (authority != host and _HOST.fullmatch(authority) is None):
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
    if " " in query or not (query.isascii() and query.isprintable()):
        query = _OUTSIDE.sub(lambda match: f"%{ord(match[0]):02X}", query)
    try:
        plain = raw.isascii()
        path = raw
        if "%" in raw or not plain:
            path = decode_path(raw if plain else "".join(c if c.isascii() else f"%{ord(c):02X}" for c in raw))
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
    named: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"host":
            if named is not None:
                return False
            named = value
    return named is not None and (named != b"" or scope["http_version"] in ("1", "1.0"))


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


FORM = "application/x-www-form-urlencoded"


def parse_fields(text: str, where: str) -> dict[str, list[str]]:
    """Read form-encoded fields. Raises Problem where an octet is not UTF-8, or there are too many."""
    try:
        return by_name(fields_of(text))
    except ValueError as error:
        raise unreadable(error, where) from None


def by_name(pairs: Fields) -> dict[str, list[str]]:
    """Return the values of each name, in their order."""
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def unreadable(error: ValueError, where: str) -> Problem:
    """Return the 400 for a form that ``fields_of`` could not read; ``where`` says where it stands."""
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
