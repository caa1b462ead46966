"""Fair use: each client has so many seconds of query time, which come back as time goes by (a token bucket).

What counts is how long a client's queries hold a worker, so many short queries weigh as much as one long one, and
answers that are here already weigh nothing. The header fields are those of draft-ietf-httpapi-ratelimit-headers-11
(two structured fields, RateLimit-Policy and RateLimit), the unit is the second of query time.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from cityrights.engine import Control
from cityrights_web.problems import Problem
from cityrights_web.settings import Settings
from cityrights_web.shell.record import Record

#: What a query costs at least, in seconds: reading and refusing it takes time too.
LEAST = 0.01
_MOST_CLIENTS = 50_000
#: A client that owes gets queries again when it has so much, in seconds (or a tenth of a smaller quota).
_ENOUGH = 1.0


@dataclass(slots=True)
class _Bucket:
    level: float
    moment: float


class FairUse:
    """Counts seconds for each client. Used from one event loop only, so without a lock."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._quota = settings.fair_seconds
        self._rate = settings.fair_seconds / settings.fair_window
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._running: defaultdict[str, set[Control]] = defaultdict(set)

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
        left = self.left(record.client)
        if left > 0:
            record.admitted = True
            self.charge(record, LEAST)
            return
        wait = max(1, math.ceil((min(_ENOUGH, self._quota / 10) - left) / self._rate))
        raise Problem(
            429,
            "quota-exceeded",
            f"You have used the {self._quota:g} s of query time that each client has in "
            f"{self._settings.fair_window:g} s. Try again in {wait} s; answers that were given before stay free.",
            {"violated-policies": ["query-time"], "retryAfterSeconds": wait},
            (("retry-after", str(wait)),),
        )

    def spent(self, record: Record) -> bool:
        """Say whether this client has nothing left, so that its request would not be let in."""
        return not record.admitted and self.counts(record) and self.left(record.client) <= 0

    def track(self, record: Record, control: Control) -> None:
        """Count a query while it runs; ``settle`` ends that."""
        if self.counts(record):
            self._running[record.client].add(control)

    def settle(self, record: Record, control: Control) -> None:
        """Take the time of a query that ended from its client; a second time does nothing."""
        running = self._running.get(record.client)
        if running is None or control not in running:
            return
        running.discard(control)
        if not running:
            del self._running[record.client]
        self.charge(record, control.seconds)

    def charge(self, record: Record, seconds: float) -> None:
        """Take ``seconds`` from a client; it may come to owe as much as its quota, not more."""
        if not self.counts(record):
            return
        bucket = self._bucket(record.client)
        bucket.level = max(-self._quota, bucket.level - seconds)

    def left(self, client: str) -> float:
        """Return the seconds that a client has left, less what its running queries have used so far."""
        running = sum(control.seconds for control in self._running.get(client, ()))
        return self._bucket(client).level - running

    def headers(self, client: str) -> list[tuple[bytes, bytes]]:
        """Return the fields that tell a client its quota, what is left of it, and when it is whole again."""
        left = self.left(client)
        whole = math.ceil((self._quota - left) / self._rate)
        policy = f'"query-time";q={math.floor(self._quota)};w={math.ceil(self._settings.fair_window)}'
        return [
            (b"ratelimit-policy", policy.encode()),
            (b"ratelimit", f'"query-time";r={max(0, math.floor(left))};t={max(0, whole)}'.encode()),
        ]

    def _bucket(self, client: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = self._buckets[client] = _Bucket(self._quota, now)
            if len(self._buckets) > _MOST_CLIENTS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(client)
        bucket.level = min(self._quota, bucket.level + (now - bucket.moment) * self._rate)
        bucket.moment = now
        return bucket
