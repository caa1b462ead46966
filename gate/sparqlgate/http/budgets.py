"""Limits of query time for each client: so many seconds of it, which come back as time goes by (a token bucket).

The site and the server for assistants count by it. The header fields are those of
draft-ietf-httpapi-ratelimit-headers-11 (two structured fields, RateLimit-Policy and RateLimit), the unit is the second
of query time.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sparqlgate.query import Control

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
