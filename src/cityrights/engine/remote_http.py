"""Asking a remote store over HTTP (SPARQL 1.1 Protocol), and telling what went wrong in words of our own.

What the store says of an error goes to the log and nowhere else. An answer that the store cut short, by time or by
rows, is an error, whatever its status says.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import httpx

from cityrights.errors import EngineBusy, EngineUnavailable, QueryError, QueryRefused, QueryUnsupported

log = logging.getLogger("cityrights.remote")

TABLES: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
TRIPLES: Final = "application/n-triples"
#: Environment variables for stores that ask who is there.
USER, PASSWORD = "CITYRIGHTS_STORE_USER", "CITYRIGHTS_STORE_PASSWORD"
#: Headers by which stores say that a 200 is only a part of the answer.
_PARTIAL: Final = MappingProxyType({"x-sql-state": "interrupted", "x-sparql-maxrows": "rows"})
_TOO_DEAR: Final = re.compile(rb"estimated execution time|exceeds the limit of", re.IGNORECASE)
_SLOW: Final = re.compile(rb"timed? ?out|timeout|S1T00|S1TAT", re.IGNORECASE)
_CONNECT: Final = 5.0


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


def is_address(url: str) -> bool:
    """Whether a store can be at this address: http or https, a host, and no user or password in it."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return address.scheme in ("http", "https") and bool(address.host) and not address.userinfo


def credentials() -> Credentials | None:
    """Return user and password from the environment, None where there is no user."""
    user = os.environ.get(USER)
    return Credentials(user, os.environ.get(PASSWORD, "")) if user else None


def client(auth: Credentials | None, connections: int) -> httpx.Client:
    """Return a client that goes to the store directly, follows no redirect and takes no compressed answers."""
    return httpx.Client(
        auth=auth,
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"accept-encoding": "identity", "user-agent": "cityrights"},
    )


class Answer:
    """The body of a store's answer as it comes in: read it as a file. Any thread may cancel it."""

    def __init__(self, response: httpx.Response, deadline: float, most: int) -> None:
        self.media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
        self._response = response
        self.deadline = deadline
        self._most = most
        self._taken = 0
        self._chunks: Iterator[bytes] = response.iter_raw()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes. Raises EngineUnavailable when they end too early or come too late."""
        began = time.monotonic()
        try:
            for chunk in self._chunks:
                if time.monotonic() > self.deadline:
                    raise EngineUnavailable("the store behind this service did not answer in time", slow=True)
                self._taken += len(chunk)
                if self._taken > self._most:
                    raise QueryRefused("the answer is too long; ask for less of it")
                yield chunk
        except httpx.HTTPError as error:
            if time.monotonic() >= self.deadline or isinstance(error, httpx.TimeoutException):
                raise EngineUnavailable("the store behind this service did not answer in time", slow=True) from None
            log.warning("an answer broke off after %.1f s: %r", time.monotonic() - began, error)
            raise EngineUnavailable("the store behind this service broke off its answer") from None

    @property
    def framed(self) -> bool:
        """Whether the end of the body can be told from a connection that broke."""
        headers = self._response.headers
        return "content-length" in headers or headers.get("transfer-encoding", "").lower() == "chunked"

    def cancel(self) -> None:
        """Break the connection, so that the store and whoever reads stop."""
        stream = self._response.extensions.get("network_stream")
        sock = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(sock, socket.socket):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        """Give the connection back, or end it when not everything was read. Closing twice does nothing."""
        self._response.close()


def post(
    http: httpx.Client, url: str, fields: dict[str, str | list[str]], accept: str, seconds: float
) -> httpx.Response:
    """Send a query as a form and return the answer, its body unread. Raises QueryError for all but a whole 200."""
    timeout = httpx.Timeout(seconds, connect=min(seconds, _CONNECT), pool=seconds)
    try:
        request = http.build_request("POST", url, data=fields, headers={"accept": accept}, timeout=timeout)
        response = http.send(request, stream=True)
    except httpx.PoolTimeout:
        raise EngineBusy(5) from None
    except httpx.ConnectTimeout:
        raise EngineUnavailable("the store behind this service cannot be reached") from None
    except httpx.TimeoutException:
        raise EngineUnavailable("the store behind this service did not answer in time", slow=True) from None
    except httpx.HTTPError as error:
        log.warning("the store cannot be reached: %r", error)
        raise EngineUnavailable("the store behind this service cannot be reached") from None
    problem = _problem(response)
    if problem is not None:
        response.close()
        raise problem
    return response


def _problem(response: httpx.Response) -> QueryError | None:
    state = response.headers.get("x-sql-state", "").upper()
    if response.status_code == 200 and not any(name in response.headers for name in _PARTIAL):
        return None
    if response.status_code == 200 and not state:
        most = response.headers.get("x-sparql-maxrows", "")
        count = f"{int(most):,}" if most.isdigit() else "so many"
        return QueryRefused(f"the store gives {count} rows at most, and this answer has more; use LIMIT and OFFSET")
    said = _beginning(response)
    log.warning("the store answered %s %s: %r", response.status_code, state, said)
    if state.startswith("S1T") or _SLOW.search(said):
        return EngineUnavailable("the store behind this service did not finish in time", slow=True)
    if response.status_code in (429, 503):
        wait = response.headers.get("retry-after", "")
        return EngineBusy(float(wait) if wait.isdigit() else 5.0)
    if _TOO_DEAR.search(said):
        return QueryRefused("the store expects this query to take too long; narrow it, or ask for less at a time")
    if response.status_code in (401, 403):
        return EngineUnavailable("the store behind this service does not let it in")
    if response.status_code in (300, 301, 302, 303, 307, 308, 404, 405, 410):
        return EngineUnavailable("there is no query service at the store's address")
    if response.status_code in (400, 406, 415, 422, 500, 501):
        return QueryUnsupported("the store behind this service cannot run this query; write it in another way")
    return EngineUnavailable("the store behind this service failed")


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
