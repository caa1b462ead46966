"""Fair use: whom a request is from, what query time each client has (a token bucket), and whose turn it is.

The site and the server for assistants count by it. The header fields are those of
draft-ietf-httpapi-ratelimit-headers-11 (two structured fields, RateLimit-Policy and RateLimit), the unit is the second
of query time.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from random import getrandbits
from types import TracebackType
from typing import Any, Final

from sparqlgate.errors import EngineBusy
from sparqlgate.http.problems import Problem
from sparqlgate.http.settings import Settings
from sparqlgate.query import Control

_UNKNOWN = "unknown"
#: So many of the last addresses in X-Forwarded-For are looked at: the proxies of ours that stand behind each other.
_HOPS: Final = 16
#: What proxies add to the requests that they pass on (RFC 7239, RFC 9110 §7.6.3, and by custom).
_PROXIES_ADD: Final = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)
#: No address is longer, in characters: an IPv6 one with its zone.
_LONGEST: Final = 100


def sender_of(scope: Mapping[str, Any], proxies: tuple[str, ...], *, public: bool = False) -> tuple[str, bool]:
    """Return the address that a request comes from (an ASGI scope), and whether that is this machine itself.

    A proxy on this machine passes strangers on, and one that is set up in haste does not say so. So a request is local
    only where nothing hints at a proxy: no field that proxies add, a Host that is this machine's own, and HTTP/1.1 or
    newer (nginx asks in HTTP/1.0 unless it is told otherwise); or where a trusted proxy says that it is. A service with
    an address of its own (``public``) of which no proxy is trusted cannot know: there, nobody is local.
    """
    forwarded: list[str] = []
    proxied = scope.get("http_version") in ("1", "1.0") or (public and not proxies)
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for" and proxies:
            last = value.decode("latin-1").rsplit(",", _HOPS)[-_HOPS:]
            forwarded = [*forwarded, *(part.strip()[:_LONGEST] for part in last)][-_HOPS:]
        proxied = proxied or name in _PROXIES_ADD or (name == b"host" and not names_this_machine(value))
    peer = str((scope.get("client") or (_UNKNOWN,))[0])
    client = client_of(peer, tuple(forwarded), proxies)
    return client, is_loopback(client) and (not proxied or client != peer)


def names_this_machine(host: bytes) -> bool:
    """Say whether a Host field names the machine that it is sent to by an address or a name that only it has."""
    name, colon, port = host.rpartition(b":")
    if not colon or port.strip(b"0123456789"):
        name = host
    if name.lower() in (b"localhost", b"[::1]"):
        return True
    return name.startswith(b"127.") and name.replace(b".", b"").isdigit()


@lru_cache(4096)
def client_of(peer: str, forwarded: tuple[str, ...], proxies: tuple[str, ...]) -> str:
    """Return the address that a request comes from: the last one in X-Forwarded-For that is no proxy of ours.

    Only what trusted proxies wrote is believed, so nobody can pass for somebody else. An IPv6 client is its /64
    network, because one host has all of it.
    """
    networks = [ip_network(network, strict=False) for network in proxies]
    address = peer
    remaining = list(forwarded)
    while remaining and _within(address, networks):
        address = remaining.pop()
    try:
        parsed = ip_address(address)
    except ValueError:
        return _UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(parsed) if parsed.is_loopback else str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _within(address: str, networks: list[Any]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


def is_loopback(client: str) -> bool:
    """Say whether an address is that of this machine itself."""
    return client == "::1" or client.startswith("127.")


#: What a request costs at least, in seconds: reading and refusing it takes time too.
LEAST: Final = 0.01
_MOST_CLIENTS: Final = 50_000
#: A client that owes is let in again when it has so much, in seconds (or a tenth of a smaller quota).
_ENOUGH: Final = 1.0


@dataclass(slots=True)
class _Bucket:
    level: float
    moment: float


class Budgets:
    """Counts seconds for each client, ``quota`` of them in ``window``. For one event loop only, so without a lock."""

    def __init__(self, quota: float, window: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.quota = quota
        self.window = window
        self._clock = clock
        self._rate = quota / window
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._running: defaultdict[str, set[Control]] = defaultdict(set)

    def wait(self, client: str) -> int:
        """Return after how many seconds a client is let in; 0 for one that is let in now."""
        left = self.left(client)
        if left > 0:
            return 0
        return max(1, math.ceil((min(_ENOUGH, self.quota / 10) - left) / self._rate))

    def refusal(self, wait: int) -> str:
        """Say in words why a client is not let in, and when it is."""
        return (
            f"You have used the {self.quota:g} s of query time that each client has in {self.window:g} s. "
            f"Try again in {wait} s; answers that were given before stay free."
        )

    def track(self, client: str, control: Control) -> None:
        """Count a query while it runs; ``settle`` ends that."""
        self._running[client].add(control)

    def settle(self, client: str, control: Control) -> None:
        """Take the time of a query that ended from its client; a second time does nothing."""
        running = self._running.get(client)
        if running is None or control not in running:
            return
        running.discard(control)
        if not running:
            del self._running[client]
        self.charge(client, control.seconds)

    def charge(self, client: str, seconds: float) -> None:
        """Take ``seconds`` from a client; it may come to owe as much as its quota, not more."""
        bucket = self._bucket(client)
        bucket.level = max(-self.quota, bucket.level - seconds)

    def left(self, client: str) -> float:
        """Return the seconds that a client has left, less what its running queries have used so far."""
        running = sum(control.seconds for control in self._running.get(client, ()))
        return self._bucket(client).level - running

    def headers(self, client: str) -> list[tuple[bytes, bytes]]:
        """Return the fields that tell a client its quota, what is left of it, and when it is whole again."""
        left = self.left(client)
        whole = math.ceil((self.quota - left) / self._rate)
        policy = f'"query-time";q={math.floor(self.quota)};w={math.ceil(self.window)}'
        return [
            (b"ratelimit-policy", policy.encode()),
            (b"ratelimit", f'"query-time";r={max(0, math.floor(left))};t={max(0, whole)}'.encode()),
        ]

    def _bucket(self, client: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = self._buckets[client] = _Bucket(self.quota, now)
            if len(self._buckets) > _MOST_CLIENTS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(client)
        bucket.level = min(self.quota, bucket.level + (now - bucket.moment) * self._rate)
        bucket.moment = now
        return bucket


_SANE_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


@dataclass(slots=True)
class Record:
    """One request as it is logged; ``outcome`` is one word, ``query`` a hash, ``text`` the query itself if wanted.

    ``own`` marks what the site asks of itself.
    """

    id: str
    client: str
    local: bool
    method: str
    path: str
    began: float = field(default_factory=time.perf_counter)
    status: int = 0
    sent: int = 0
    outcome: str = ""
    query: str = ""
    text: str = ""
    metered: bool = False
    admitted: bool = False
    own: bool = False

    @classmethod
    def of(cls, scope: Mapping[str, Any], settings: Settings) -> Record:
        """Begin the record of a request."""
        sent = ""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                sent = value.decode("latin-1")
                break
        client, local = sender_of(scope, settings.trusted_proxies, public=bool(settings.public_url))
        return cls(
            id=sent if sent and _SANE_ID.fullmatch(sent) else f"{getrandbits(64):016x}",
            client=client,
            local=local,
            method=str(scope["method"])[:20],
            path=str(scope["path"])[:500],
        )


class FairUse:
    """Counts seconds for each client. Used from one event loop only, so without a lock."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._budgets = Budgets(settings.fair_seconds, settings.fair_window, clock)

    def counts(self, record: Record) -> bool:
        """Say whether this client's time is counted."""
        wanted = self._settings.fair_use
        if record.own:
            return False
        return wanted == "on" or (wanted == "auto" and not record.local)

    def admit(self, record: Record) -> None:
        """Let a request in, once, or raise the 429 that says when to come again."""
        if not self.counts(record):
            return
        record.metered = True
        if record.admitted:
            return
        wait = self._budgets.wait(record.client)
        if not wait:
            record.admitted = True
            self.charge(record, LEAST)
            return
        raise Problem(
            429,
            "quota-exceeded",
            self._budgets.refusal(wait),
            {"violated-policies": ["query-time"], "retryAfterSeconds": wait},
            (("retry-after", str(wait)),),
        )

    def spent(self, record: Record) -> bool:
        """Say whether this client has nothing left, so that its request would not be let in."""
        return not record.admitted and self.counts(record) and self.left(record.client) <= 0

    def track(self, record: Record, control: Control) -> None:
        """Count a query while it runs; ``settle`` ends that."""
        if self.counts(record):
            self._budgets.track(record.client, control)

    def settle(self, record: Record, control: Control) -> None:
        """Take the time of a query that ended from its client; a second time does nothing."""
        self._budgets.settle(record.client, control)

    def charge(self, record: Record, seconds: float) -> None:
        """Take ``seconds`` from a client; it may come to owe as much as its quota, not more."""
        if self.counts(record):
            self._budgets.charge(record.client, seconds)

    def left(self, client: str) -> float:
        """Return the seconds that a client has left, less what its running queries have used so far."""
        return self._budgets.left(client)

    def headers(self, client: str) -> list[tuple[bytes, bytes]]:
        """Return the fields that tell a client its quota, what is left of it, and when it is whole again."""
        return self._budgets.headers(client)


#: When to come again, in seconds.
_LATER: Final = 5.0


class ConcurrencyLimit:
    """An asynchronous context manager: at most ``at_once`` are within, and ``waiting`` more before it."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0

    async def __aenter__(self) -> None:
        """Wait for a turn. Raises EngineBusy (503) when too many wait."""
        if self._here >= self._most:
            raise EngineBusy(_LATER)
        self._here += 1
        try:
            await self._free.acquire()
        except BaseException:
            self._here -= 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one in."""
        self._here -= 1
        self._free.release()


class FairQueue:
    """Turns that go round the clients who want one, however many each of them wants.

    At most ``at_once`` are within, ``waiting`` more before them, and of these half from one client. Used from one
    event loop only.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = at_once
        self._most = waiting
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._waiting = 0

    @asynccontextmanager
    async def of(self, client: str) -> AsyncIterator[None]:
        """Be within as a client. Raises EngineBusy (503) when too many wait."""
        await self._enter(client)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, client: str) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        line = self._lines.get(client, ())
        if self._waiting >= self._most or len(line) >= max(1, self._most // 2):
            raise EngineBusy(_LATER)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        self._waiting += 1
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was given a turn, and does not want it any more
            else:
                self._forget(client, turn)
            raise

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._lines.get(client)
        if line is not None and turn in line:
            line.remove(turn)
            self._waiting -= 1
            if not line:
                del self._lines[client]

    def _leave(self) -> None:
        """Let in whoever waits longest of the client whose turn it is; that client comes last then."""
        while self._lines:
            client, line = self._lines.popitem(last=False)
            turn = line.popleft()
            self._waiting -= 1
            if line:
                self._lines[client] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
