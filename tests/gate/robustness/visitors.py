"""Visitors of all kinds, at a steady rate: what each does is one request, and nobody waits for another."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.counters import path
from tests.gate.robustness.asking import lookup, outcome
from tests.gate.robustness.families import ENDLESS, product
from tests.servers import Server
from tests.support import HANG

_TABLE = f"SELECT * {{ {product(2)} }}"
_PAGES = ("/", "/sparql", "/about", "/fr", "/download", "/static/icon.svg")
_THREADS = 12


class Visitors:
    """So many requests a second for so many seconds; ``answered`` counts them by what was done and what came of it."""

    def __init__(self, server: Server, rate: float) -> None:
        self._server = server
        self._rate = rate
        self._chance = random.Random(7)
        self._lock = threading.Lock()
        self._number = 0
        self.answered: Counter[tuple[str, int]] = Counter()

    def come(self, seconds: float) -> float:
        """Let them come; returns how many came in a second."""
        began = time.monotonic()
        first = self._number
        with ThreadPoolExecutor(_THREADS) as threads:
            for one in [threads.submit(self._visit, first, began, began + seconds) for _ in range(_THREADS)]:
                one.result()
        return (self._number - first) / (time.monotonic() - began)

    def _visit(self, first: int, began: float, end: float) -> None:
        with httpx.Client(base_url=self._server.url, trust_env=False, verify=False, timeout=HANG) as client:
            while True:
                with self._lock:
                    number, self._number = self._number, self._number + 1
                    (name,) = self._chance.choices(list(_KINDS), [weight for weight, _ in _KINDS.values()])
                due = began + (number - first) / self._rate
                if due >= end:
                    with self._lock:
                        self._number -= 1
                    return
                time.sleep(max(0.0, due - time.monotonic()))
                status = _KINDS[name][1](self._server, client, number)
                with self._lock:
                    self.answered[name, status] += 1


def _known(server: Server, client: httpx.Client, number: int) -> int:
    query = f"SELECT ?p ?o {{ <http://e.example/s{number % 10}> ?p ?o }}"
    return outcome(client.get(path(query), headers={"Accept": ("text/csv", "application/json")[number % 2]})).status


def _new(server: Server, client: httpx.Client, number: int) -> int:
    return lookup(server, client).status


def _page(server: Server, client: httpx.Client, number: int) -> int:
    return client.get(_PAGES[number % len(_PAGES)], headers={"Accept": "text/html"}).status_code


def _aggregate(server: Server, client: httpx.Client, number: int) -> int:
    query = f"SELECT ?p (COUNT(*) AS ?n) (MAX(?o) AS ?most) {{ ?s ?p ?o FILTER(?s != <x:{number}>) }} GROUP BY ?p"
    return outcome(client.get(path(query, format="csv"))).status


def _missing(server: Server, client: httpx.Client, number: int) -> int:
    return outcome(client.get(f"/nothing/{number}", headers={"Accept": ("text/html", "*/*")[number % 2]})).status


def _wrong(server: Server, client: httpx.Client, number: int) -> int:
    return outcome(client.get(path(f"SELECT * {{ ?s ?p {number} "))).status


def _cut(server: Server, client: httpx.Client, number: int) -> int:
    """Read the beginning of a long answer, then leave."""
    with client.stream("GET", path(f"{_TABLE} OFFSET {number}", format="csv")) as answer:
        next(answer.iter_raw(1 << 16), b"")
        return answer.status_code


def _over(server: Server, client: httpx.Client, number: int) -> int:
    """Read a long answer until the server cuts it, at its limit."""
    with client.stream("GET", path(f"SELECT * {{ {product(4)} }} OFFSET {number}", format="csv")) as answer:
        try:
            for _ in answer.iter_raw():
                pass
        except httpx.RemoteProtocolError:
            return 0
        return answer.status_code


def _leaving(server: Server, client: httpx.Client, number: int) -> int:
    """Ask what takes long, and do not wait for it."""
    with httpx.Client(base_url=server.url, trust_env=False, verify=False, timeout=0.1) as impatient:
        try:
            return impatient.get(path(f"{ENDLESS['count']} OFFSET {number}")).status_code
        except httpx.TimeoutException:
            return 499


#: How often each comes among others, and what it does.
_KINDS: dict[str, tuple[float, Callable[[Server, httpx.Client, int], int]]] = {
    "known lookup": (40, _known),
    "new lookup": (30, _new),
    "page": (12, _page),
    "aggregate": (8, _aggregate),
    "nothing there": (5, _missing),
    "syntax error": (3, _wrong),
    "reader who leaves": (1.2, _cut),
    "answer over its limit": (0.3, _over),
    "client who leaves": (0.5, _leaving),
}
#: What may come of each; 0 is a connection that ended before its answer did, 499 a client that did not wait for one.
EXPECTED = {
    *((name, 200) for name in ("known lookup", "new lookup", "page", "aggregate", "reader who leaves")),
    ("nothing there", 404),
    ("syntax error", 400),
    ("answer over its limit", 0),
    ("client who leaves", 499),
}
