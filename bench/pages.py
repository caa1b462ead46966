"""Pages over HTTP, each made anew, of single things and of the whole graph, at the shipped size and a synthetic one.

``BENCH_PRACTICES`` says how many practices that has, in place of 100000; 0 leaves it out.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.snapshots import built
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID, OWL
from sparqlgate import EmbeddedEngine, Query

PRACTICES = int(os.environ.get("BENCH_PRACTICES", "100000"))
_EACH = 60  # pages of each kind
_MOST = 3000  # things of each class from which they are taken
#: Pages that speak of the whole graph, and how often each is asked for once more after the first time.
_WHOLE = (
    "/", "/coverage", "/coverage.csv", "/connections", "/compare", "/compare?city=utrecht&city=lyon",
    "/data/country/france.trig", "/data/theme/housing.ttl",
)  # fmt: skip
_AGAIN = 9
_CLASSES = f"SELECT ?c {{ ?c a <{OWL}Class> FILTER STRSTARTS(STR(?c), '{CR}') }}"


def main(practices: int = PRACTICES) -> None:
    """Print p50 and p95 of the pages of each kind, for the shipped data and for a synthetic graph beside it."""
    print("pages over HTTP, none from the cache")
    with built() as (snapshot, _):
        measure("shipped", snapshot.path)
    if practices:
        with built(practices) as (snapshot, _):
            measure(f"{practices:,} synthetic practices beside it", snapshot.path)


def measure(title: str, snapshot: Path) -> None:
    """Print a line for each page of the whole graph, and for each kind of thing in the snapshot."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    engine = EmbeddedEngine(Snapshot.open(snapshot), workers=1)
    try:
        found: set[str] = set()
        for one in _column(engine, _CLASSES):
            found |= {iri.removeprefix(ID) for iri in _column(engine, f"SELECT ?s {{ ?s a <{one}> }} LIMIT {_MOST}")}
        for key in sorted(found):
            kinds[key.partition("/")[0]].append(key)
    finally:
        engine.close()
    print(f"{title}\n{'page':>32} {'first ms':>8} {'p50 ms':>8} {'p95 ms':>8} {'most ms':>8}")
    with serving(snapshot) as client:
        for path in _WHOLE:
            first, *again = (_page(client, path) for _ in range(_AGAIN + 1))
            print(f"{path:>32} {first:>8.1f} {_line(again)}", flush=True)
    print(f"{'kind':>14} {'pages':>6} {'p50 ms':>8} {'p95 ms':>8} {'most ms':>8}  slowest")
    every = []
    with serving(snapshot) as client:
        for kind, keys in sorted(kinds.items()):
            taken = [(_page(client, f"/page/{key}"), key) for key in _spread(keys)]
            every += [time for time, _ in taken]
            print(f"{kind:>14} {len(taken):>6} {_line([time for time, _ in taken])}  {max(taken)[1]}", flush=True)
    print(f"{'all':>14} {len(every):>6} {_line(every)}")


def _column(engine: EmbeddedEngine, query: str) -> list[str]:
    with engine.query(Query(query, format="text/csv")) as result:
        return [line for line in result.read().decode().split()[1:] if line.startswith((CR, ID))]


def _line(taken: list[float]) -> str:
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1] if len(taken) > 1 else taken[0]
    return f"{statistics.median(taken):>8.1f} {p95:>8.1f} {max(taken):>8.1f}"


def _spread(keys: list[str]) -> list[str]:
    return keys[:: max(1, len(keys) // _EACH)][:_EACH]


def _page(client: httpx.Client, path: str) -> float:
    """Milliseconds of one page; the parameter means nothing and makes the address new."""
    started = time.perf_counter()
    address = httpx.URL(path).copy_merge_params({"measured": str(time.monotonic_ns())})
    client.get(address).raise_for_status()
    return (time.perf_counter() - started) * 1000


@contextmanager
def serving(snapshot: Path) -> Iterator[httpx.Client]:
    """Serve a snapshot as it is served by default, and give a client of that server once it answers."""
    port = 8000 + time.monotonic_ns() % 20_000
    code = f"from cityrights_web.server import serve\nserve({str(snapshot)!r}, '127.0.0.1', {port}, access_log=False)"
    server = subprocess.Popen([sys.executable, "-c", code])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            until = time.monotonic() + 120
            while True:
                try:
                    client.get("/page/theme/housing")
                    break
                except httpx.TransportError:
                    if server.poll() is not None or time.monotonic() > until:
                        raise
                    time.sleep(0.1)
            yield client
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            print("the server did not end within 30 s of being told to")
            server.kill()
            server.wait()
