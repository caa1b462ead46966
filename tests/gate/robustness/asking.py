"""Asking a server, and what came of it."""

from __future__ import annotations

import itertools
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from tests.servers import Server
from tests.support import HANG

#: What may stand in no answer: the names of what is inside, and where it is.
_INSIDE = re.compile(r"oxigraph|spargebra|sparopt|Traceback|site-packages|\.py\b|panicked|/home/", re.IGNORECASE)
_ONCE = itertools.count()
_SHARES = {"p50": 0.5, "p99": 0.99, "most": 1.0}


@dataclass(frozen=True)
class Outcome:
    """What came: ``status`` is 0 where the connection ended before the answer did."""

    status: int
    kind: str
    text: str
    headers: httpx.Headers
    seconds: float


def ask(server: Server, query: str, timeout: float = HANG, /, **parameters: str) -> Outcome:
    """Ask a query by POST, from a connection of its own, and see that nothing of the inside comes out."""
    began = time.monotonic()
    try:
        with httpx.Client(trust_env=False, verify=False, timeout=timeout) as client:
            answer = client.post(f"{server.url}/sparql", data={"query": query, **parameters})
    except httpx.RemoteProtocolError:
        return Outcome(0, "cut", "", httpx.Headers(), time.monotonic() - began)
    return outcome(answer, time.monotonic() - began)


def outcome(answer: httpx.Response, seconds: float = 0.0) -> Outcome:
    """Read an answer; errors are problem details in the service's own words."""
    kind = ""
    if answer.status_code >= 400:
        assert not _INSIDE.search(answer.text), answer.text
        assert answer.headers["x-request-id"]
        if answer.headers["content-type"] == "application/problem+json":
            problem = answer.json()
            assert problem["status"] == answer.status_code
            kind = problem["type"].partition("#problem-")[2]
    assert answer.status_code != 500, answer.text
    return Outcome(answer.status_code, kind, answer.text, answer.headers, seconds)


def lookup(server: Server, client: httpx.Client | None = None, timeout: float = HANG) -> Outcome:
    """Ask for one subject in words that nobody used before, so that no kept answer helps."""
    number = next(_ONCE)
    text = f"SELECT ?p ?o {{ <http://e.example/s{number % 900}> ?p ?o }} LIMIT {100 + number}"
    if client is None:
        found = ask(server, text, timeout)
    else:
        began = time.monotonic()
        answer = client.post("/sparql", data={"query": text})
        found = outcome(answer, time.monotonic() - began)
    assert found.status != 200 or f"value {number % 900} " in found.text, found.text
    return found


class Lookups:
    """Somebody else, who asks short questions on one connection, ``rate`` times a second, as long as the block runs."""

    def __init__(self, server: Server, rate: float = 20.0) -> None:
        self._server = server
        self._pause = 1 / rate
        self._done = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self.found: list[Outcome] = []

    def _ask(self) -> None:
        """Ask, and see every second that the service says that it is well."""
        with httpx.Client(base_url=self._server.url, trust_env=False, verify=False, timeout=HANG) as client:
            while True:  # once at least, however soon the block ends
                self.found.append(lookup(self._server, client))
                if len(self.found) % 20 == 0:
                    assert client.get("/health").status_code == 200
                if self._done.wait(max(0.0, self._pause - self.found[-1].seconds)):
                    return

    def __enter__(self) -> Self:
        self._asking = self._thread.submit(self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.shutdown()
        if error is None:
            self._asking.result()

    def __str__(self) -> str:
        share = ", ".join(f"{name} {self.slowest(part) * 1000:.0f} ms" for name, part in _SHARES.items())
        return f"{len(self.found)} lookups: {share}"

    def slowest(self, share: float = 0.99) -> float:
        """Return how long, in seconds, this share of the answers took at most."""
        taken = sorted(one.seconds for one in self.found)
        return taken[min(len(taken) - 1, int(len(taken) * share))]


def refused(found: Outcome, status: int, kind: str, says: str = "") -> None:
    """See that a query was refused for this reason, and that nothing was run for it."""
    assert (found.status, found.kind) == (status, kind), found.text
    assert says in found.text, found.text
