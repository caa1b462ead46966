"""The search over HTTP, at the size that is shipped and at BENCH_PRACTICES practices (by default 10 000).

Prints the time to build the index, its size, and how long answers take that were never asked for before, beside the
nearest SPARQL: FILTER(CONTAINS(LCASE(?label), …)) asked of the same service. The target is a p95 below 100 ms.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox

from bench.endpoints_servers import free_port
from bench.snapshots import built
from cityrights.indexes.search.writing import write
from cityrights.library.pages import shown
from cityrights.snapshot import Snapshot
from cityrights.terms import Literal

TARGET = 100.0
_ASKED = 120
_COMPARED = 12
#: Real words, one and several, with accents, typing errors and minus signs; the second part makes each one new.
_WORDS = ("utrecht", "sao paulo", "housing", "droit à la ville", "defensora", "grenobel", '"plan einstein"', "practice",
          "city -museum", "observatory rights", "ombudspersons", "measuring")  # fmt: skip


def main() -> None:
    """Measure both sizes."""
    practices = int(os.environ.get("BENCH_PRACTICES", "10000"))
    for name, size in (("shipped", 0), (f"{practices:,} synthetic practices more", practices)):
        print(f"search, {name}")
        with built(size) as (snapshot, _):
            _index(snapshot)
            with _served(snapshot) as client:
                _measure(client)


def _index(snapshot: Snapshot) -> None:
    with tempfile.TemporaryDirectory(prefix="cityrights-bench-") as again:
        started = time.perf_counter()
        write(Path(again), ox.Store.read_only(str(snapshot.store)))
        seconds = time.perf_counter() - started
    size = sum(file.stat().st_size for file in (snapshot.path / "search").iterdir())
    print(f"  index written in {seconds:.2f} s, {size / 2**20:.1f} MiB")


@contextmanager
def _served(snapshot: Snapshot) -> Iterator[httpx.Client]:
    port = free_port()
    code = f"from cityrights_web.server import serve\nserve({str(snapshot.path)!r}, '127.0.0.1', {port})"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
            until = time.monotonic() + 120
            while True:
                try:
                    client.get("/health")
                    break
                except httpx.TransportError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.1)
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _measure(client: httpx.Client) -> None:
    chance = random.Random(11)

    def text() -> str:
        return f"{chance.choice(_WORDS)} {chance.choice(_WORDS)}" if chance.random() < 0.3 else chance.choice(_WORDS)

    def beginning() -> str:
        words = text()
        return words[: chance.randint(2, len(words))]

    page = _times(client, _ASKED, lambda n: "/search?" + urlencode({"q": text(), "n": str(n)}))
    kind = _times(client, _ASKED, lambda n: "/search?" + urlencode({"q": text(), "kind": "practice", "n": str(n)}))
    suggest = _times(client, _ASKED, lambda n: "/suggest?" + urlencode({"q": beginning(), "n": str(n)}))
    for name, times in (("/search", page), ("/search, one kind", kind), ("/suggest", suggest)):
        reached = "reached" if _p95(times) < TARGET else "NOT REACHED"
        print(f"  {name:18} p50 {statistics.median(times):7.1f} ms   p95 {_p95(times):7.1f} ms   {reached}")
    words = [f"{word} " for word in _WORDS]
    query = _times(
        client,
        _COMPARED,
        lambda n: "/sparql?" + urlencode({"query": shown("search", {"words": Literal(words[n % len(words)].strip())})}),
    )
    ratio = statistics.median(query) / statistics.median(kind)
    print(
        f"  {'SPARQL CONTAINS':18} p50 {statistics.median(query):7.1f} ms   p95 {_p95(query):7.1f} ms   × {ratio:.1f}"
    )


def _times(client: httpx.Client, count: int, address: Callable[[int], str]) -> list[float]:
    """Return how long each request took, in milliseconds, on a connection that is kept open."""
    times = []
    for number in range(count):
        target = address(number)
        started = time.perf_counter()
        answer = client.get(target)
        times.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    return times


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]
