"""Pages over HTTP, each made anew, of single things and of the whole graph, as it is shipped and with more beside it.

That takes half a minute. ``BENCH_PRACTICES`` says how many synthetic practices stand beside the shipped ones in a
second run; 100000 take minutes to build. Beside the time that a client waits stands the processor time that the server
and its workers took, which other work on the machine changes less.
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
from typing import NamedTuple

import httpx

from bench.cost import spent, target
from bench.snapshots import built
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID, OWL
from sparqlgate import EmbeddedEngine, Query

PRACTICES = int(os.environ.get("BENCH_PRACTICES", "0"))
_EACH = 60  # pages of each kind
_MOST = 3000  # things of each class from which they are taken
#: Pages that speak of the whole graph, and how often each is asked for once more after the first time.
_WHOLE = (
    "/", "/coverage", "/coverage.csv", "/connections", "/compare", "/compare?city=utrecht&city=lyon",
    "/data/country/france.trig", "/data/theme/housing.ttl",
)  # fmt: skip
_AGAIN = 9
#: Milliseconds within which 19 of 20 pages of each kind are made, of the shipped graph.
_WANTED = 30.0
#: So many times the p50 of a page of the whole graph the first request for it may take.
_FIRST = 3.0
#: Milliseconds of processor time in a second, below which a server does nothing.
_IDLE = 20.0
_CLASSES = f"SELECT ?c {{ ?c a <{OWL}Class> FILTER STRSTARTS(STR(?c), '{CR}') }}"


def main(practices: int = PRACTICES) -> None:
    """Print p50 and p95 of the pages of each kind, for the shipped data and for a synthetic graph beside it."""
    print("pages over HTTP, none from the cache")
    with built() as (snapshot, _):
        measure("shipped", snapshot.path, _WANTED)
    if practices:
        with built(practices) as (snapshot, _):
            measure(f"{practices:,} synthetic practices beside it", snapshot.path)


def measure(title: str, snapshot: Path, wanted: float = 0.0) -> None:
    """Print a line for each page of the whole graph, and for each kind of thing in the snapshot.

    With ``wanted``, in milliseconds, it is told whether the p95 of each kind is within it.
    """
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
    late: dict[str, dict[str, float]] = {"the client's": {}, "processor": {}}
    slow = {}
    with serving(snapshot) as (client, server):
        firsts = [_page(client, server, path).waited for path in _WHOLE]
        _settle(server)
        for path, first in zip(_WHOLE, firsts, strict=True):
            again = [_page(client, server, path) for _ in range(_AGAIN)]
            waited = [one.waited for one in again]
            print(f"{path:>32} {first:>8.1f} {_line(waited)}", flush=True)
            slow[path] = first / statistics.median(waited)
            late["the client's"][path], late["processor"][path] = _p95(waited), _p95([one.used for one in again])
    print(f"{'kind':>14} {'pages':>6} {'p50 ms':>8} {'p95 ms':>8} {'most ms':>8} {'p95 cpu':>8}  slowest")
    every: list[_Taken] = []
    with serving(snapshot) as (client, server):
        _settle(server)
        for kind, keys in sorted(kinds.items()):
            taken = [(_page(client, server, f"/page/{key}"), key) for key in _spread(keys)]
            every += [one for one, _ in taken]
            waited, used = [one.waited for one, _ in taken], [one.used for one, _ in taken]
            print(f"{kind:>14} {len(taken):>6} {_line(waited)} {_p95(used):>8.1f}  {max(taken)[1]}", flush=True)
            late["the client's"][kind], late["processor"][kind] = _p95(waited), _p95(used)
    print(f"{'all':>14} {len(every):>6} {_line([one.waited for one in every])} {_p95([o.used for o in every]):>8.1f}")
    for clock, p95s in late.items() if wanted else ():
        _target(f"p95 of the slowest kind of page, {clock} time", p95s, wanted, "ms")
    if wanted:
        _target("the first request for a page", slow, _FIRST, "times its p50")


def _target(what: str, measured: dict[str, float], wanted: float, unit: str) -> None:
    """Print whether the largest is within what is wanted, and the names of all that are not."""
    target(what, max(measured.values()), wanted, unit)
    for name in sorted(measured, key=lambda one: -measured[one]):
        if measured[name] > wanted:
            print(f"               {name}: {measured[name]:.1f}")


def _column(engine: EmbeddedEngine, query: str) -> list[str]:
    with engine.query(Query(query, format="text/csv")) as result:
        return [line for line in result.read().decode().split()[1:] if line.startswith((CR, ID))]


class _Taken(NamedTuple):
    """Milliseconds that a client waited for a page, and that processors worked for it."""

    waited: float
    used: float


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20, method="inclusive")[-1] if len(taken) > 1 else taken[0]


def _line(taken: list[float]) -> str:
    return f"{statistics.median(taken):>8.1f} {_p95(taken):>8.1f} {max(taken):>8.1f}"


def _spread(keys: list[str]) -> list[str]:
    return keys[:: max(1, len(keys) // _EACH)][:_EACH]


def _page(client: httpx.Client, server: int, path: str) -> _Taken:
    """Ask for one page; the parameter means nothing and makes the address new."""
    used, started = spent(server), time.perf_counter()
    address = httpx.URL(path).copy_merge_params({"measured": str(time.monotonic_ns())})
    client.get(address).raise_for_status()
    waited = (time.perf_counter() - started) * 1000
    return _Taken(waited, spent(server) - used)


def _settle(server: int) -> None:
    """Wait until a server has made what it makes after its start: a second in which it computes next to nothing."""
    used = spent(server)
    while True:
        time.sleep(1)
        before, used = used, spent(server)
        if used - before < _IDLE:
            return


@contextmanager
def serving(snapshot: Path) -> Iterator[tuple[httpx.Client, int]]:
    """Serve a snapshot as it is served by default; give a client of that server once it answers, and its process."""
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
            yield client, server.pid
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            print("the server did not end within 30 s of being told to")
            server.kill()
            server.wait()
