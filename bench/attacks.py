"""How others fare beside an attack: lookups that nobody sent before, pages that are not kept, and /health.

Each attack is run against a server of its own kind: the shipped data, the options that it has when nobody gives any.
All traffic stays on this machine, and every attack ends with its measurement, after ``BENCH_SECONDS`` (4). No text of
an attack is sent twice: names and numbers in it are drawn anew each time. Figures are printed; nothing fails by them.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote, urlencode

import httpx

from bench.pages import serving
from bench.snapshots import built
from cityrights.vocabulary import ID

SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
#: What is aimed at on two cores that do nothing else: milliseconds in which 99 of 100 requests of a kind are answered.
TARGETS: Final = {"lookup": 100.0, "page": 200.0, "health": 50.0}
#: How often each kind is asked for, in times a second; who is slow is asked as soon as the last one is answered.
_PACE: Final = {"lookup": 40.0, "page": 10.0, "health": 20.0}
_PATIENCE = 60.0
#: Characters of a header that is as long as the service takes, the other headers of the request being short.
_HEADER: Final = 16_000
_NUMBERS = itertools.count(random.randrange(10**6, 10**7))
_PAGES: Final = ("/", "/practices", "/coverage", "/connections", "/page/theme/housing", "/search")


#: What runs beside the block: given the address of a server, it attacks that.
Attack: TypeAlias = Callable[[str], contextlib.AbstractContextManager[None]]


@dataclass
class Taken:
    """Milliseconds that the requests of one kind took, and how many were not answered with 200."""

    times: list[float] = field(default_factory=list)
    failed: int = 0

    def __str__(self) -> str:
        times = sorted(self.times)
        if not times:
            return f"{'–':>9}{'–':>9}{'–':>9}"
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        return f"{statistics.median(times):>9.1f}{p99:>9.1f}{times[-1]:>9.1f}"


def number() -> int:
    """Return a number that no other request has."""
    return next(_NUMBERS)


def lookup() -> str:
    """Return the target of a lookup that was never sent before."""
    one = number()
    text = f"SELECT ?p{one} ?o{one} {{ <{ID}theme/housing> ?p{one} ?o{one} FILTER(?p{one} != <x:{one}>) }}"
    return f"/sparql?query={quote(text)}"


def page() -> str:
    """Return the target of a page that is made anew."""
    one = number()
    return f"{_PAGES[one % len(_PAGES)]}?measured={one}"


def main() -> None:
    """Print p50, p99 and most of each kind of request, on a quiet server and beside each attack."""
    goals = ", ".join(f"{kind} p99 < {most:g} ms" for kind, most in TARGETS.items())
    print(f"beside attacks, milliseconds; aimed at on two cores that do nothing else: {goals}")
    print(f"{'':<46}{'p50':>9}{'p99':>9}{'most':>9}{'of':>6}  failed")
    with built() as (snapshot, _):
        for name, attack in ATTACKS.items():
            measure(name, snapshot.path, attack)


def measure(name: str, snapshot: Path, attack: Attack) -> None:
    """Print three lines: how each kind of request fares from the first moment of an attack."""
    with serving(snapshot) as (client, _):
        url = str(client.base_url).rstrip("/")
        for path in (lookup(), page(), "/health"):
            client.get(path).raise_for_status()
        with attack(url):
            taken = _ask(url)
    for kind, one in taken.items():
        failed = f"  {one.failed} FAILED" if one.failed else ""
        print(f"{name if kind == 'lookup' else '':<36}{kind:>10}{one}{len(one.times):>6}{failed}", flush=True)


def _ask(url: str) -> Mapping[str, Taken]:
    """Ask each kind from a connection of its own, for so many seconds."""
    targets: dict[str, Callable[[], str]] = {"lookup": lookup, "page": page, "health": lambda: "/health"}
    taken = {kind: Taken() for kind in targets}
    end = time.monotonic() + SECONDS

    def one(kind: str) -> None:
        with httpx.Client(base_url=url, timeout=_PATIENCE, trust_env=False) as client:
            while (began := time.monotonic()) < end:
                try:
                    taken[kind].failed += client.get(targets[kind]()).status_code != 200
                except httpx.HTTPError:
                    taken[kind].failed += 1
                took = time.monotonic() - began
                taken[kind].times.append(1000 * took)
                time.sleep(max(0.0, 1 / _PACE[kind] - took))

    threads = [threading.Thread(target=one, args=(kind,)) for kind in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


@contextlib.contextmanager
def nothing(url: str) -> Iterator[None]:
    """Attack with nothing."""
    yield


def repeated(senders: int, request: Callable[[], httpx.Request]) -> Attack:
    """Return an attack of so many clients, each of which sends a new request as soon as the last one is answered."""

    @contextlib.contextmanager
    def attack(url: str) -> Iterator[None]:
        over = threading.Event()

        def send() -> None:
            with httpx.Client(timeout=_PATIENCE, trust_env=False) as client:
                while not over.is_set():
                    made = request()
                    made.url = httpx.URL(url).join(made.url)
                    made.headers["host"] = made.url.netloc.decode()
                    try:
                        client.send(made)
                    except httpx.HTTPError:
                        over.wait(0.1)

        threads = [threading.Thread(target=send, daemon=True) for _ in range(senders)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()  # whoever still waits for an answer loses it with the server

    return attack


def idle(count: int, said: Sequence[bytes]) -> Attack:
    """Return an attack of connections that say this much, one way after the other, and then nothing."""

    @contextlib.contextmanager
    def attack(url: str) -> Iterator[None]:
        address = httpx.URL(url)
        with contextlib.ExitStack() as stack:
            for one in range(count):
                sock = stack.enter_context(socket.create_connection((address.host, address.port or 80), timeout=5))
                sock.sendall(said[one % len(said)])
            yield

    return attack


def _query(text: str, accept: str = "application/sparql-results+json") -> httpx.Request:
    return httpx.Request("POST", "http://x/sparql", data={"query": text}, headers={"Accept": accept})


_SHAPES: Final = (
    "SELECT (COUNT(*) AS ?n{n}) {{ {p} FILTER(?o{n}a != <x:{n}>) }}",
    "SELECT (SUM(STRLEN(STR(?o{n}b)) + {n}) AS ?n{n}) {{ {p} }}",
    "SELECT (MAX(CONCAT(STR(?s{n}c), '{n}')) AS ?n{n}) {{ {p} }}",
    "ASK {{ {p} FILTER(CONCAT(STR(?o{n}a), '{n}') = STR(?s{n}c)) }}",
)


def endless() -> httpx.Request:
    """Return a query that nothing but a limit ends, another one each time."""
    one = number()
    patterns = " . ".join(f"?s{one}{name} ?p{one}{name} ?o{one}{name}" for name in "abcd")
    return _query(_SHAPES[one % len(_SHAPES)].format(n=one, p=patterns))


def values() -> httpx.Request:
    """Return a text of nearly a megabyte with a table in it."""
    one = number()
    table = " ".join(f'"{one}x{row}"' for row in range(70_000))[:950_000].rpartition(" ")[0]
    text = f"SELECT (COUNT(*) AS ?n{one}) {{ VALUES ?v{one} {{ {table} }} }}"
    return httpx.Request(
        "POST", "http://x/sparql", content=text.encode(), headers={"Content-Type": "application/sparql-query"}
    )


def accept(signs: str) -> Callable[[], httpx.Request]:
    """Return what makes requests with an Accept header of 16 kB of these signs."""

    def made() -> httpx.Request:
        one = number()
        value = (f"text/x{one}" + signs * 8_000)[:_HEADER]
        target = f"http://x/sparql?query={quote(f'ASK {{ ?s{one} ?p ?o }}')}"
        return httpx.Request("GET", target, headers={"Accept": value})

    return made


def points(accepted: str) -> Callable[[], httpx.Request]:
    """Return what makes queries for a literal that looks like a point, and is none in its last character."""

    def made() -> httpx.Request:
        one = number()
        literal = f"POINT({' '.join(str(random.randrange(10**59, 10**60)) for _ in range(3))}x"
        text = f'SELECT ?w{one} {{ BIND("{literal}"^^<http://www.opengis.net/ont/geosparql#wktLiteral> AS ?w{one}) }}'
        return _query(text, accepted)

    return made


def compare() -> httpx.Request:
    """Return a comparison of 5,000 cities."""
    pairs = [("city", f"nowhere-{number()}") for _ in range(5_000)]
    return httpx.Request("GET", f"http://x/compare?{urlencode(pairs)[:59_000]}")


def reconcile() -> httpx.Request:
    """Return a request for 200 names in one go."""
    one = number()
    names = ", ".join(f'"q{row}": {{"query": "the city of practice {one} {row}"}}' for row in range(200))
    return httpx.Request("POST", "http://x/reconcile", data={"queries": f"{{{names}}}"})


_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ATTACKS: Final[Mapping[str, Attack]] = {
    "on a quiet server": nothing,
    "beside 2 endless queries": repeated(2, endless),
    "beside 4 endless queries": repeated(4, endless),
    "beside 16 endless queries": repeated(16, endless),
    "beside 64 endless queries": repeated(64, endless),
    "beside 5 senders of 1 MB of VALUES": repeated(5, values),
    "beside 16 kB of commas in Accept": repeated(2, accept(",")),
    "beside 16 kB of quotes in Accept": repeated(2, accept(',"')),
    "beside long points, as a page": repeated(2, points("text/html")),
    "beside long points, as GeoJSON": repeated(2, points("application/geo+json")),
    "beside /compare with 5,000 parameters": repeated(2, compare),
    "beside /reconcile with 200 names": repeated(2, reconcile),
    "beside 300 silent connections": idle(300, (b"", _PREFACE, _PREFACE[:9], b"GET / HTTP/1.1\r\nHost: x\r\n")),
}


if __name__ == "__main__":
    main()
