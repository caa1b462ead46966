"""Fair use: each client has so many seconds of query time, which come back as time goes by (a token bucket)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import getrandbits
from typing import Any

from sparqlgate import Control
from sparqlgate.http.budgets import LEAST, Budgets
from sparqlgate.http.clients import sender_of
from sparqlgate.http.problems import Problem
from sparqlgate.http.settings import Settings

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
        sent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
        client, local = sender_of(scope, settings.trusted_proxies, public=bool(settings.public_url))
        return cls(
            id=sent if _SANE_ID.fullmatch(sent) else f"{getrandbits(64):016x}",
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
