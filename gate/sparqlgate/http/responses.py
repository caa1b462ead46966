"""HTTP responses: their headers, packed or in pieces, told as unchanged, and sent for as long as the client stays."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NoReturn, Protocol

import brotli

from sparqlgate.errors import EngineFailure
from sparqlgate.http.negotiation import read_date
from sparqlgate.http.problems import Problem
from sparqlgate.http.requests import ClientGone, Request, Send, watch

#: The codings, the best first.
CODINGS: Final = ("br", "gzip")
#: Below this, in bytes, the header fields weigh more than what is saved.
WORTH: Final = 1024
_GZIP_LEVEL: Final = 5
#: Of 0 to 11; higher ones cost more time than the network saves. Files of the bundles come packed by 11.
_BROTLI_QUALITY: Final = 5
#: Above this, in bytes, brotli goes over to a quality that keeps the time of packing within bounds.
_LARGE: Final = 1 << 19
_BROTLI_QUALITY_LARGE: Final = 4
_IN_A_THREAD: Final = 1 << 16
_PACKED_ALREADY: Final = ("image/png", "image/webp", "font/", "application/gzip", "application/zip")


#: Headers of so many characters are remembered with what they say.
_KNOWN: Final = 200


def accepted(header: str | None) -> tuple[str, ...]:
    """Return the codings that Accept-Encoding allows, the most wanted first; without the header there is none.

    A coding that weighs less than going without (``identity;q=1, gzip;q=0.5``) is left out.
    """
    if not header:
        return ()
    return (_accepted if len(header) <= _KNOWN else _accepted.__wrapped__)(header)


@lru_cache(256)
def _accepted(header: str) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            weights[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    other = weights.get("*", 0.0)
    wanted = {name: weights.get(name, other) for name in CODINGS}
    wanted["gzip"] = weights.get("gzip", weights.get("x-gzip", other))
    least = weights.get("identity", 0.0)
    allowed = [name for name in CODINGS if wanted[name] > 0 and wanted[name] >= least]
    return tuple(sorted(allowed, key=lambda name: -wanted[name]))


def chosen(request: Request, response: Response) -> str:
    """Return the coding in which this client gets this response; nothing for none."""
    codings = accepted(request.headers.get("accept-encoding")) if is_packable(response) else ()
    return codings[0] if codings else ""


def is_packable(response: Response) -> bool:
    """Say whether a response has coded forms."""
    return (
        response.status == 200
        and len(response.body) >= WORTH
        and response.header("content-encoding") is None
        and not response.content_type.startswith(_PACKED_ALREADY)
    )


async def pack(response: Response, coding: str) -> bytes:
    """Return the body in a coding; the body itself for none."""
    if not coding:
        return response.body
    if coding not in response.packed:
        if len(response.body) > _IN_A_THREAD:
            response.packed[coding] = await asyncio.to_thread(_packed, response.body, coding)
        else:
            response.packed[coding] = _packed(response.body, coding)
    return response.packed[coding]


def _packed(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, _GZIP_LEVEL, mtime=0)
    quality = _BROTLI_QUALITY if len(body) <= _LARGE else _BROTLI_QUALITY_LARGE
    made: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
    return made


def packed_tag(etag: str, coding: str) -> str:
    """Return the ETag of what ``etag`` names in a coding; ``etag`` itself for none."""
    return f'{etag[:-1]}-{coding}"' if coding else etag


def tags(request: Request, etag: str) -> tuple[str, ...]:
    """Return the ETags of the forms that this client takes."""
    return (*(packed_tag(etag, coding) for coding in accepted(request.headers.get("accept-encoding"))), etag)


#: Data may be read by scripts of any site; nothing here depends on who asks.
CORS: tuple[tuple[str, str], ...] = (
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Link, Location, Memento-Datetime, RateLimit, "
        "RateLimit-Policy, Repr-Digest, Retry-After, X-Request-Id, X-Truncated",
    ),
)
#: What scripts of other sites may send: anything, by the star, which does not stand for Authorization (Fetch, §4.9);
#: the fields that clients of SPARQL are known to send by name, for browsers that do not know the star.
_ALLOWED: Final = (
    "*, Accept, Accept-Datetime, Accept-Language, Authorization, Cache-Control, Content-Type, If-Match, "
    "If-Modified-Since, If-None-Match, If-Range, Pragma, Range, User-Agent, X-Request-Id, X-Requested-With"
)
#: For so long, in seconds, a browser need not ask again.
_ALLOWED_FOR: Final = 86_400


def preflight(methods: str) -> Response:
    """Return the answer to OPTIONS: the methods of an address, and leave for scripts of any site to use them."""
    headers = [
        ("allow", methods),
        *CORS,
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", _ALLOWED),
        ("access-control-max-age", str(_ALLOWED_FOR)),
    ]
    return Response(204, "", b"", headers)


#: How long, in seconds, an answer has to reach the network before its connection is ended.
_PARTING = 0.2
#: The largest answer, in bytes, that is gathered for HTTP/1.0.
_MOST_1_0 = 32 * 1_048_576


@dataclass(slots=True)
class Response:
    """A whole response. Names of headers are in lower case.

    ``packed`` (the body) and ``heads`` are by content coding, and made when it is first sent in that.
    """

    status: int
    content_type: str
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    etag: str = ""
    packed: dict[str, bytes] = field(default_factory=dict)
    heads: dict[str, list[tuple[bytes, bytes]]] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class Chunks(Protocol):
    """A body in pieces. Reading blocks, so it happens in a thread; ``close`` may be called from another at any time."""

    def __iter__(self) -> Iterator[bytes]:
        """Return an iterator over the pieces."""

    def close(self) -> None:
        """Stop whatever makes the pieces."""


class StreamBroken(RuntimeError):
    """The body could not be finished: the connection must end so that nobody takes the part for the whole."""


def matches(etag: str, header: str | None) -> bool:
    """Say whether If-None-Match names ``etag`` (weak comparison, RFC 9110 §13.1.2)."""
    if not header or not etag:
        return False
    if header.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in header.split(","))


def is_unmodified(request: Request, response: Response) -> bool:
    """Say whether If-Modified-Since is met by what ``response`` tells of its last change (RFC 9110 §13.1.3).

    If-None-Match comes first, and where it stands nothing else counts; so does a date that is none, or several.
    """
    asked = request.headers.get("if-modified-since")
    if asked is None or "if-none-match" in request.headers or request.method not in ("GET", "HEAD"):
        return False
    modified, since = read_date(response.header("last-modified") or ""), read_date(asked)
    return modified is not None and since is not None and modified <= since


async def send_response(request: Request, response: Response, send: Send, *, timeout: float) -> None:
    """Send ``response``, as 304 when the client has it already and without its body for HEAD; packed where that pays.

    The representation is chosen by Accept-Encoding, which Vary says, and If-None-Match is held against the ETags of
    those that the client takes.
    """
    if response.status == 200 and is_unmodified(request, response):
        etag = [("etag", packed_tag(response.etag, chosen(request, response)))] if response.etag else []
        await _send_both(send, start(304, [*_varied(response), *etag]), b"", timeout)
        return
    if request.headers.get("if-none-match") and response.etag and response.status == 200:
        known = held(request, response.etag)
        if known:
            headers = _varied(response)
            await _send_both(send, start(304, [*headers, ("etag", known)]), b"", timeout)
            return
    coding = chosen(request, response)
    body = await pack(response, coding)
    head = response.heads.get(coding)
    if head is None:
        head = response.heads[coding] = _head(response, body, coding)
    message = {"type": "http.response.start", "status": response.status, "headers": head}
    await _send_both(send, message, b"" if request.is_head or response.status in (204, 304) else body, timeout)


async def _send_both(send: Send, head: dict[str, Any], body: bytes, timeout: float) -> None:
    await _within(_both(send, head, body), timeout)


async def _both(send: Send, head: dict[str, Any], body: bytes) -> None:
    await send(head)
    await send({"type": "http.response.body", "body": body})


async def _within(sending: Coroutine[Any, Any, None], timeout: float) -> None:
    """Wait for what is sent, with a timer only where there is something to wait for. Raises TimeoutError."""
    try:
        first = sending.send(None)
    except StopIteration:  # a short answer is taken at once
        return
    async with asyncio.timeout(timeout):
        await _Rest(sending, first)


class _Rest:
    """What is left of a coroutine that has begun to wait for ``first``."""

    def __init__(self, begun: Coroutine[Any, Any, None], first: Any) -> None:
        self._begun = begun
        self._first = first

    def __await__(self) -> Generator[Any, Any, None]:
        came = False
        try:
            yield self._first
            came = True
        finally:
            if not came:
                self._begun.close()
        yield from self._begun.__await__()


async def send_last(response: Response, send: Send, *, timeout: float) -> NoReturn:
    """Send ``response`` and end the connection, by raising StreamBroken: the body of the request was not read.

    The server would go on waiting for the rest of that body, which may never come.
    """
    headers = [*response.headers, ("content-type", response.content_type), ("connection", "close")]
    head = start(response.status, headers)
    head["headers"].append((b"content-length", str(len(response.body)).encode()))
    await _send(send, head, timeout)
    await _send(send, {"type": "http.response.body", "body": response.body, "more_body": True}, timeout)
    await asyncio.sleep(_PARTING)
    raise StreamBroken("the rest of the request is not read")


def _varied(response: Response) -> list[tuple[str, str]]:
    return vary(response.headers, "Accept-Encoding") if is_packable(response) else [*response.headers]


def _head(response: Response, body: bytes, coding: str) -> list[tuple[bytes, bytes]]:
    """Return the header of a response as it goes out; it is kept with the response."""
    full = response.status not in (204, 304)
    kind = response.content_type if full else None
    made = [*_all_fields(tuple(response.headers), is_packable(response), coding, kind)]
    if response.etag:
        made.append(_encoded("etag", packed_tag(response.etag, coding)))
    if full:
        made.append((b"content-length", b"%d" % len(body)))
    return made


def held(request: Request, etag: str) -> str:
    """Return the ETag, of the forms that this client takes of what ``etag`` names, that it has already; or nothing."""
    header = request.headers.get("if-none-match")
    if not header:
        return ""
    return next((tag for tag in tags(request, etag) if matches(tag, header)), "")


def vary(headers: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """Return the headers with ``name`` in Vary."""
    said = [part.strip() for key, value in headers if key == "vary" for part in value.split(",")]
    if name in said:
        return headers
    return [*(pair for pair in headers if pair[0] != "vary"), ("vary", ", ".join([*said, name]))]


def start(status: int, headers: list[tuple[str, str]]) -> dict[str, Any]:
    """Make the message that opens a response; the security headers are added here, and only here."""
    return {"type": "http.response.start", "status": status, "headers": [*_fields(tuple(headers))]}


#: Sent with everything; a site that knows more sets its own by :func:`always`.
_always: tuple[tuple[str, str], ...] = (
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
)


def always(headers: tuple[tuple[str, str], ...]) -> None:
    """Send these headers with every answer of this process that has none of that name."""
    global _always  # the encoded headers are kept by what an answer has of its own
    if headers != _always:
        _always = headers
        _fields.cache_clear()
        _all_fields.cache_clear()


@lru_cache(256)
def _fields(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    """Encode headers, and those that stand in every answer; whoever uses the list copies it."""
    present = {name for name, _ in headers}
    everything = [*headers, *(pair for pair in _always if pair[0] not in present)]
    return [_encoded(name, value) for name, value in everything]


@lru_cache(256)
def _all_fields(
    headers: tuple[tuple[str, str], ...], packable: bool, coding: str, content_type: str | None
) -> list[tuple[bytes, bytes]]:
    """Encode the headers of an answer that it has in common with others; whoever uses the list copies it."""
    said = vary([*headers], "Accept-Encoding") if packable else [*headers]
    if coding:
        said.append(("content-encoding", coding))
    if content_type is not None:
        said.append(("content-type", content_type))
    return _fields(tuple(said))


def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    """Encode a header; a line break cannot get in, whatever a caller passes."""
    return name.encode("latin-1"), value.replace("\r", "").replace("\n", "").encode("latin-1", "replace")


async def _send(send: Send, message: dict[str, Any], timeout: float) -> None:
    async with asyncio.timeout(timeout):  # no task of its own, as wait_for makes one
        await send(message)


async def next_piece(pieces: Iterator[bytes], threads: Executor) -> bytes | None:
    """Read one piece in a thread; None at the end."""
    return await asyncio.get_running_loop().run_in_executor(threads, next, pieces, None)


async def send_stream(
    request: Request,
    headers: list[tuple[str, str]],
    chunks: Chunks,
    send: Send,
    *,
    threads: Executor,
    timeout: float,
    whole: int,
    gone: asyncio.Task[None] | None = None,
    status: int = 200,
) -> None:
    """Send a body of unknown size. Up to ``whole`` bytes it goes out whole with its length, above that in pieces.

    A failure before the first byte is raised as it is, so that it can become an error response. After it, and when the
    client takes longer than ``timeout`` for a piece, StreamBroken ends the connection; when it is gone, there is none,
    and ClientGone is raised where nothing was sent.
    HTTP/1.0 has no way to show a cut, so there an answer of unknown size is gathered first: Problem (505) where that
    would be too much. ``gone`` is the watch over the client when there is one already.
    """
    loop = asyncio.get_running_loop()
    gone = gone or watch(request)
    gone.add_done_callback(lambda task: None if task.cancelled() else loop.run_in_executor(threads, chunks.close))
    try:
        pieces = iter(chunks)
        held: list[bytes] = []
        size = 0
        ended = False
        sized = any(name == "content-length" for name, _ in headers)
        while size <= whole or (request.is_1_0 and not sized):
            try:
                piece = await next_piece(pieces, threads)
            except EngineFailure:
                if gone.done():  # which is why it was ended
                    raise ClientGone from None
                raise
            if piece is None:
                ended = True
                break
            held.append(piece)
            size += len(piece)
            if size > _MOST_1_0 and not sized:
                raise Problem(505, "http-version", "An answer of this size needs HTTP/1.1, which can show a cut.")
        body = b"".join(held)
        if ended:
            await _send(
                send,
                start(
                    status, [*(pair for pair in headers if pair[0] != "content-length"), ("content-length", str(size))]
                ),
                timeout,
            )
            await _send(send, {"type": "http.response.body", "body": b"" if request.is_head else body}, timeout)
            return
        await _send(send, start(status, headers), timeout)
        if request.is_head:
            await _send(send, {"type": "http.response.body", "body": b""}, timeout)
            return
        try:
            piece = body
            while piece is not None:
                if gone.done():
                    return  # nobody is there to take the part for the whole
                await _send(send, {"type": "http.response.body", "body": piece, "more_body": True}, timeout)
                piece = await next_piece(pieces, threads)
            await _send(send, {"type": "http.response.body", "body": b""}, timeout)
        except TimeoutError as error:
            raise StreamBroken("the client took too long to read") from error
        except Exception as error:
            if gone.done():
                return
            # Whatever it was, headers are out: the one honest thing left is to cut the connection.
            raise StreamBroken(str(error)) from error
    finally:
        gone.cancel()
        await loop.run_in_executor(threads, chunks.close)
