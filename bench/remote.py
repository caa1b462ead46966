"""A store of one's own at size: ``push`` beside the store's bulk loader, then pages and questions beside embedded.

The store is Virtuoso. ``BENCH_PRACTICES`` (2000) says how many synthetic practices stand beside the shipped graph,
``BENCH_FOLDER`` where what was built is kept. The load is killed when it is half through and taken up again. Beside
the time of the clock stands processor time, of the store and of ``push`` together, which other work changes less.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tools import virtuoso
from tools.virtuoso import Virtuoso

from bench.cost import spent, target
from bench.endpoints_servers import free_port
from bench.scale import QUESTIONS, WHOLE, asked, kinds, p95
from bench.snapshots import built
from cityrights.cli.options import PASSWORD, USER
from cityrights.snapshot import Snapshot
from sparqlgate.text.rewriting import UNION

PRACTICES = int(os.environ.get("BENCH_PRACTICES", "2000"))
#: Its cache in pages of 8 KiB (1.2 GB), and the most rows that it answers with.
_BUFFERS, _ROWS = 150_000, 1_000_000
_AGAIN = 10
_MANY = 40
#: So many times what the bulk loader takes a load may take; so many MB of memory.
_TIMES, _MEMORY = 3.0, 300.0
_LONG = 7200.0


@dataclass(frozen=True)
class _Cost:
    """What something took: seconds of the clock, of processor time in the store, and in whoever loaded it, its MB."""

    clock: float
    store: float
    client: float = 0.0
    megabytes: float = 0.0

    def __str__(self) -> str:
        return f"{self.clock:,.1f} s, of processor time {self.store:,.1f} s there and {self.client:,.1f} s here"


def main(practices: int = PRACTICES) -> None:
    """Print what loads take, which goals are reached, and what pages take over the store and embedded."""
    print("remote: a load into Virtuoso beside its bulk loader, then pages over it beside embedded")
    if not shutil.which("virtuoso-t"):
        print("NOT RUN: Virtuoso is not here; it comes with: apt-get install virtuoso-opensource")
        return
    with built(practices) as (snapshot, _), tempfile.TemporaryDirectory(prefix="cityrights-bench-") as folder:
        measure(snapshot, Path(folder), practices)


def measure(snapshot: Snapshot, folder: Path, practices: int) -> None:
    """Print it for one snapshot; ``folder`` is for the stores, which need some six times the dump."""
    told = snapshot.manifest
    print(f"{practices:,} practices: {told['quads']:,} in {told['graphs']:,} graphs, {told['triples']:,} merged")
    with _store(folder / "bulk") as store:
        bulk = _bulk(store, snapshot, folder / "bulk")
    print(f"  bulk loader     {bulk}")
    with _store(folder / "pushed") as store:
        loaded = _pushed(store, snapshot, folder / "pushed")
        print(f"  push, resumed   {loaded}")
        again, ended = _push(store, snapshot, folder / "pushed" / "state.json")
        if ended:
            raise SystemExit(f"a second push of the same ended with {ended}")
        print(f"  push once more  {again}")
        for said, of in (("clock", bulk.clock), ("processor time in the store", bulk.store)):
            found = loaded.clock if said == "clock" else loaded.store
            target(f"a load beside the bulk loader, by {said}", found / of, _TIMES, "times")
        target("memory of the process that loads", loaded.megabytes, _MEMORY, "MB")
        _pages(snapshot, store.url, practices)


@contextmanager
def _store(folder: Path) -> Iterator[Virtuoso]:
    folder.mkdir()
    with virtuoso.running(folder, buffers=_BUFFERS, threads=20, rows=_ROWS) as store:
        yield store
    shutil.rmtree(folder)


def _bulk(store: Virtuoso, snapshot: Snapshot, folder: Path) -> _Cost:
    """Load both dumps as its manual says: the graphs as they are, and the merge into a graph of its own."""
    data = folder / "data"
    data.mkdir()
    for path in (snapshot.nquads, snapshot.ntriples):
        shutil.copy(path, data / path.name)
    merged = snapshot.names.merged
    used, began = spent(store.process.pid), time.perf_counter()
    store.execute(f"ld_dir('{data}', '*.n*', '{merged}'); rdf_loader_run(); checkpoint;", _LONG)
    return _Cost(time.perf_counter() - began, (spent(store.process.pid) - used) / 1000)


def _pushed(store: Virtuoso, snapshot: Snapshot, folder: Path) -> _Cost:
    """Load it, kill that half through the dump of the graphs, and go on; return the cost of both."""
    state = folder / "state.json"
    half = snapshot.nquads.stat().st_size // 2
    first, ended = _push(store, snapshot, state, lambda: _came_to(state) > half)
    if ended != -signal.SIGKILL:
        print(f"  the load was not killed, it ended with {ended}")
    print(f"  killed at {_came_to(state) / (2 * half):.0%} of the graphs, after {first.clock:,.1f} s")
    rest, ended = _push(store, snapshot, state)
    if ended:
        raise SystemExit(f"push ended with {ended}")
    megabytes = max(first.megabytes, rest.megabytes)
    return _Cost(first.clock + rest.clock, first.store + rest.store, first.client + rest.client, megabytes)


def _came_to(state: Path) -> int:
    try:
        kept = json.loads(state.read_text("utf-8"))
    except (OSError, ValueError):
        return 0
    return int(kept["offset"]) if kept["step"] == 1 else 0


def _push(
    store: Virtuoso, snapshot: Snapshot, state: Path, is_enough: Callable[[], bool] = lambda: False
) -> tuple[_Cost, int]:
    """Push as people do, until it is enough; return the cost and the exit code."""
    command = [
        *(sys.executable, "-c", "from cityrights.cli import main; main()", "push", f"{store.url}/sparql-auth"),
        *("--dialect", UNION.name, "--query-url", f"{store.url}/sparql", "--snapshot", str(snapshot.path)),
        *("--graph-store", f"{store.url}/sparql-graph-crud-auth", "--state", str(state)),
    ]
    used, began = spent(store.process.pid), time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env={**os.environ, USER: "dba", PASSWORD: "dba"}, stdout=said, stderr=said)
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            if is_enough():
                process.kill()
            time.sleep(0.05)
        _, status, own = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        last = said.read().splitlines()[-1:]
    if process.returncode > 0:
        print(*last)
    clock, spent_there = time.perf_counter() - began, (spent(store.process.pid) - used) / 1000
    return _Cost(clock, spent_there, own.ru_utime + own.ru_stime, own.ru_maxrss / 1024), process.returncode


def _pages(snapshot: Snapshot, url: str, practices: int) -> None:
    """Ask for the same pages of a server over the store and of one over the snapshot, in turns."""
    groups: dict[str, list[str]] = {path: [path] * _AGAIN for path in (*WHOLE, "/page/city/utrecht")}
    groups |= kinds(practices, _MANY)
    with _site(snapshot, f"{url}/sparql") as remote, _site(snapshot) as embedded:
        print(f"  {'ms that a client waits':<24} {'over Virtuoso':>26} {'embedded':>22}   p95 ×")
        for name, paths in groups.items():
            taken: dict[httpx.Client, list[float]] = {remote: [], embedded: []}
            for path in paths:
                for client, list_ in taken.items():
                    list_.append(asked(client, path, anew=name != QUESTIONS))
            far, near = taken[remote], taken[embedded]
            print(
                f"  {name:<24} first {far[0]:>6.0f}, p50 {statistics.median(far):>5.0f}, p95 {p95(far):>6.0f}"
                f"   p50 {statistics.median(near):>5.0f}, p95 {p95(near):>6.0f}   {p95(far) / p95(near):>5.1f}",
                flush=True,
            )
            if name == QUESTIONS:
                for path, one, other in zip(paths, far, near, strict=True):
                    print(f"    {path.split('?')[0]:<50} {one:>7.0f}   {other:>7.0f}")


@contextmanager
def _site(snapshot: Snapshot, endpoint: str = "") -> Iterator[httpx.Client]:
    port = free_port()
    code = f"from cityrights_web.server import serve\nserve({str(snapshot.path)!r}, '127.0.0.1', {port}, "
    code += f"access_log=False, query_seconds=60, endpoint={endpoint!r}, dialect={UNION.name!r})"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
            while True:
                try:
                    if client.get("/page/theme/housing").status_code == 200:
                        break
                except httpx.ConnectError:
                    if server.poll() is not None:
                        raise SystemExit(f"the server ended with {server.returncode}") from None
                time.sleep(0.1)
            yield client
    finally:
        server.terminate()
        server.wait(60)
