"""Asking a remote store over HTTP (SPARQL 1.1 Protocol), and telling what went wrong in words of our own."""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from sparqlgate.errors import EngineBusy, EngineFailure, EngineUnavailable, QueryError, QueryRefused, QueryUnsupported

#: Seconds after which a wait for a line looks whether anybody still wants it.
_LOOK: Final = 0.2
#: A query that has had its line for so many seconds is a long one.
_LONG: Final = 0.25


def client(auth: httpx.Auth | None, connections: int, *, secure: bool = True) -> httpx.Client:
    """Return a client that goes to the store directly, follows no redirect and takes no compressed answers."""
    return httpx.Client(
        auth=auth,
        verify=secure,
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"accept-encoding": "identity", "user-agent": "sparqlgate"},
    )


class Line:
    """One connection, for one query at a time: that of ``client``, which has it ``since`` a moment.

    A line that was ``refused`` has been broken off, for good, to make room for somebody else.
    """

    def __init__(self, auth: httpx.Auth | None, *, secure: bool) -> None:
        self._http = client(auth, 1, secure=secure)
        self._socket: socket.socket | None = None
        self._broken = False
        self._lock = threading.Lock()
        self.client = ""
        self.since = 0.0
        self.refused = False

    def send(self, url: str, fields: dict[str, str | list[str]], accept: str, timeout: httpx.Timeout) -> httpx.Response:
        """Send a form and return the answer, its body unread. Raises the errors of httpx."""
        with self._lock:
            self._broken = False
        headers = {"accept": accept}
        request = self._http.build_request(
            "POST", url, data=fields, headers=headers, timeout=timeout, extensions={"trace": self._note}
        )
        return self._http.send(request, stream=True)

    def _note(self, event: str, about: dict[str, Any]) -> None:
        """Note the socket when it is connected, and again when TLS has wrapped it."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        sock = about["return_value"].get_extra_info("socket")
        with self._lock:
            self._socket = sock if isinstance(sock, socket.socket) else None
            broken = self._broken
        if broken:
            self._shut()

    def break_off(self) -> None:
        """Break the connection now, or as soon as it is made."""
        with self._lock:
            self._broken = True
        self._shut()

    def _shut(self) -> None:
        sock = self._socket
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection when no query is on it any more."""
        self._http.close()


class Lines:
    """So many lines at most, made when they are needed; ``secure`` says whether any of them needs TLS.

    Long queries may have all of them while nobody else needs one. Whoever finds none free has a long query ended, the
    last one of the client that has most, as long as more than half of the lines have such.
    """

    def __init__(self, auth: httpx.Auth | None, most: int, *, secure: bool) -> None:
        self._auth = auth
        self._secure = secure
        self._free: queue.LifoQueue[Line | None] = queue.LifoQueue()
        for _ in range(most):
            self._free.put(None)
        self._closed = threading.Event()
        self._most_long = max(1, most // 2)
        self._used: set[Line] = set()
        self._lock = threading.Lock()

    def take(self, seconds: float, unwanted: Callable[[], bool], client: str = "") -> Line:
        """Return a line that is free, for a query of ``client``.

        Raises EngineBusy when there is none in time, or it is ``unwanted`` meanwhile.
        """
        until = time.monotonic() + seconds
        while not self._closed.is_set() and not unwanted():
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                line = self._free.get(timeout=min(left, _LOOK)) if self._free.empty() else self._free.get_nowait()
            except queue.Empty:
                self._make_room()
                continue
            line = line or Line(self._auth, secure=self._secure)
            line.client, line.since = client, time.monotonic()
            with self._lock:
                self._used.add(line)
            return line
        raise EngineBusy(5)

    def _make_room(self) -> None:
        """End the long query that is one too many, and put a new line in the place of its own."""
        before = time.monotonic() - _LONG
        with self._lock:
            long = [line for line in self._used if line.since <= before]
            if len(long) <= self._most_long or not self._free.empty():
                return
            held = Counter(line.client for line in self._used)
            last = max(long, key=lambda line: (held[line.client], line.since))
            self._used.discard(last)
            last.refused = True
        last.break_off()
        self._free.put(None)

    def give(self, line: Line) -> None:
        """Take a line back."""
        with self._lock:
            self._used.discard(line)
        if line.refused or self._closed.is_set():
            line.close()
        else:
            self._free.put(line)

    def close(self) -> None:
        """End the lines that are free now, and the others when they come back."""
        self._closed.set()
        with contextlib.suppress(queue.Empty):
            while True:
                line = self._free.get_nowait()
                if line is not None:
                    line.close()


log = logging.getLogger("sparqlgate.remote")

TABLES: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
TRIPLES: Final = "application/n-triples"
#: The header by which a store says how many rows it gives at most. By another, X-SQL-State, it says that it stopped.
_CAP: Final = "x-sparql-maxrows"
_TOO_DEAR: Final = re.compile(rb"estimated execution time|exceeds the limit of", re.IGNORECASE)
_SLOW: Final = re.compile(rb"timed? ?out|timeout|S1T00|S1TAT", re.IGNORECASE)
_CONNECT: Final = 5.0
#: Seconds to wait where a store does not say how long, and the most that it is believed.
_SOON: Final = 5.0
_LATEST: Final = 3600
#: Numbers in its headers that have more digits than this mean nothing.
_DIGITS: Final = 15
#: What errors call the store, so that they do not tell where it is.
STORE: Final = "the store behind this service"


@dataclass(frozen=True)
class Credentials(httpx.Auth):
    """User and password, sent by Digest or Basic as the store asks for it, and only when it asks."""

    user: str
    password: str

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Answer a 401 once."""
        response = yield request
        if response.status_code != 401:
            return
        asked = response.headers.get("www-authenticate", "").lower()
        flow: httpx.Auth = httpx.BasicAuth(self.user, self.password)
        if asked.startswith("digest"):
            digest = httpx.DigestAuth(self.user, self.password)
            steps = digest.auth_flow(request)
            next(steps)
            yield steps.send(response)
            return
        yield from flow.sync_auth_flow(request)


class Lasting(httpx.Auth):
    """The same for one client that goes on: how the store asked is remembered, so that no body is sent twice."""

    def __init__(self, known: Credentials) -> None:
        self._user, self._password = known.user, known.password
        self._flow: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Answer the first 401, and be ahead of the others."""
        if self._flow is not None:
            yield from self._flow.auth_flow(request)
            return
        response = yield request
        if response.status_code != 401:
            return
        if response.headers.get("www-authenticate", "").lower().startswith("digest"):
            digest = httpx.DigestAuth(self._user, self._password)
            steps = digest.auth_flow(request)
            next(steps)
            yield steps.send(response)
            self._flow = digest
            return
        self._flow = httpx.BasicAuth(self._user, self._password)
        yield from self._flow.auth_flow(request)


def is_address(url: str) -> bool:
    """Whether a store can be at this address: http or https, a host, and no user or password in it."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return address.scheme in ("http", "https") and bool(address.host) and not address.userinfo


def check_addresses(allowed: Collection[str]) -> tuple[str, ...]:
    """Return the addresses of endpoints, each once. Raises ValueError for one that is none."""
    for address in allowed:
        if not is_address(address) or any(sign in address for sign in '<>"{}|^`\\ #'):
            raise ValueError(f"'{address}' is no address of an endpoint: it begins with http:// or https://")
    return tuple(dict.fromkeys(allowed))


class Exchange:
    """A query to a store and its answer, read as it comes in. Any thread may cancel it, at any moment.

    ``name`` is what errors call the store. The answer must be whole at ``deadline`` (of ``time.monotonic``) and have
    ``most`` bytes at most. ``limit`` is how many rows the query itself asks for at most, ``client`` whose query it is.
    """

    def __init__(
        self,
        lines: Lines,
        url: str,
        fields: dict[str, str | list[str]],
        accept: str,
        deadline: float,
        most: int,
        name: str = STORE,
        limit: int | None = None,
        client: str = "",
    ) -> None:
        self.deadline = deadline
        self.name = name
        self.media_type = ""
        self._lines = lines
        self._asked = url, fields, accept
        self._most = most
        self._limit = limit
        self._client = client
        self._line: Line | None = None
        self._response: httpx.Response | None = None
        self._lock = threading.Lock()
        self._cancelled = False

    def open(self) -> None:
        """Send the query and wait for the headers. Raises QueryError for all but a whole 200."""
        seconds = max(0.001, self.deadline - time.monotonic())
        try:
            line = self._lines.take(seconds, lambda: self._cancelled, self._client)
        except EngineBusy:
            if self._cancelled:
                raise self._over(None) from None
            raise
        with self._lock:
            self._line = line
            cancelled = self._cancelled
        if cancelled:
            raise self._over(None)
        try:
            response = self._response = line.send(*self._asked, httpx.Timeout(seconds, connect=min(seconds, _CONNECT)))
        except httpx.ConnectTimeout:
            raise EngineUnavailable(f"{self.name} cannot be reached") from None
        except httpx.HTTPError as error:
            raise self._over(error) from None
        problem = _problem(response, self.name, self._limit)
        if problem is not None:
            raise problem
        self.media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()

    def _over(self, error: httpx.HTTPError | None) -> QueryError:
        """Say why there is no answer."""
        if self._cancelled:
            return EngineFailure("the query was cancelled")
        if self._line is not None and self._line.refused:
            return EngineBusy(5, "too many long queries have come at once")
        if isinstance(error, httpx.TimeoutException) or time.monotonic() >= self.deadline:
            return EngineUnavailable(f"{self.name} did not answer in time", slow=True)
        log.warning("%s failed: %s", self.name, repr(error))
        begun = self._response is not None
        return EngineUnavailable(f"{self.name} broke off its answer" if begun else f"{self.name} cannot be reached")

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes. Raises EngineUnavailable when they end too early or come too late."""
        assert self._response is not None
        taken = 0
        try:
            for chunk in self._response.iter_raw():
                if time.monotonic() > self.deadline:
                    raise EngineUnavailable(f"{self.name} did not answer in time", slow=True)
                taken += len(chunk)
                if taken > self._most:
                    # In the words of the process that reads it, which may come to the same a moment later.
                    told = f"the answer is longer than {self._most:,} bytes; ask for less of it"
                    raise QueryRefused(told, kind="answer-too-large")
                yield chunk
        except httpx.HTTPError as error:
            raise self._over(error) from None

    @property
    def cap(self) -> int | None:
        """How many rows the store gives at most, where it has said so."""
        most = self._response.headers.get(_CAP, "") if self._response is not None else ""
        return number(most)

    @property
    def waiting(self) -> bool:
        """Whether no connection was free yet."""
        return self._line is None and self._response is None

    @property
    def framed(self) -> bool:
        """Whether the end of the body can be told from a connection that broke."""
        headers = self._response.headers if self._response is not None else {}
        return "content-length" in headers or headers.get("transfer-encoding", "").lower() == "chunked"

    def cancel(self) -> None:
        """Break the connection, so that the store and whoever waits for it stop; also before it has answered."""
        with self._lock:
            self._cancelled = True
            if self._line is not None:
                self._line.break_off()

    def close(self) -> None:
        """Give the connection back, or end it when not everything was read. Closing twice does nothing."""
        if self._response is not None:
            self._response.close()
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            self._lines.give(line)


def _problem(response: httpx.Response, name: str, limit: int | None) -> QueryError | None:
    state = response.headers.get("x-sql-state", "").upper()
    if response.status_code == 200 and not state:
        most = response.headers.get(_CAP)
        # The store says it of every answer with as many rows as it gives at most; with no more wanted, it is whole.
        known = None if most is None else number(most)
        if most is None or (limit is not None and known is not None and limit <= known):
            return None
        return over_cap(name, most)
    said = _beginning(response)
    log.warning("%s answered %s %s: %r", name, response.status_code, state, said)
    if state.startswith("S1T") or _SLOW.search(said):
        return EngineUnavailable(f"{name} did not finish in time", slow=True)
    if response.status_code in (429, 503):
        return EngineBusy(seconds_until(response.headers.get("retry-after", "")))
    if _TOO_DEAR.search(said):
        return QueryRefused(f"{name} expects this query to take too long; narrow it, or ask for less at a time")
    if response.status_code in (401, 403):
        return EngineUnavailable(f"{name} does not let this service in")
    if response.status_code in (300, 301, 302, 303, 307, 308, 404, 405, 410):
        return EngineUnavailable(f"{name} is not a query service at its address")
    if response.status_code in (400, 406, 415, 422, 500, 501):
        return QueryUnsupported(f"{name} cannot run this query; write it in another way")
    return EngineUnavailable(f"{name} failed")


def over_cap(name: str, most: str) -> QueryRefused:
    """Return the error for an answer that a store has cut, or may have, at so many rows or statements."""
    known = number(most)
    count = "so many" if known is None else f"{known:,}"
    return QueryRefused(f"{name} gives {count} rows at most, and this answer has more; use LIMIT and OFFSET")


def number(text: str) -> int | None:
    """Return the number that a header of somebody else holds; None for what is none, or beyond all sense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def seconds_until(text: str) -> float:
    """Return how long to wait by a Retry-After header (RFC 9110, section 10.2.3), a second to an hour.

    What is neither a number nor a date means a few seconds.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(min(_LATEST, max(1, int(text[:_DIGITS]))))
    try:
        moment = parsedate_to_datetime(text)
        return min(float(_LATEST), max(1.0, moment.timestamp() - time.time()))
    except (ValueError, OverflowError, OSError):  # of what is no date, or none that this system can count to
        return _SOON


def _beginning(response: httpx.Response) -> bytes:
    """Return what the store says first, for the log; whatever goes wrong meanwhile matters no more."""
    said = b""
    try:
        for chunk in response.iter_raw():
            said += chunk
            if len(said) > 2000:
                break
    except httpx.HTTPError:
        return said[:2000]
    return said[:2000]
