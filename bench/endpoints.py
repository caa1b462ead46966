"""Endpoints side by side: ours, oxigraph serve-read-only, rdflib-endpoint and (where it is installed) Virtuoso.

All serve the same synthetic graph at the same time, and each measurement goes through all of them before the next one,
so that what else the machine does hits them alike. From the environment: BENCH_PRACTICES (2000), BENCH_SECONDS (1, of
each measurement), BENCH_LARGE (1000000 triples to stream), BENCH_BEFORE (the ``cityrights`` program of another
checkout, measured beside this one).
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox

from bench import synthetic
from bench.endpoints_driver import Figures, drive, driver, receive
from bench.endpoints_queries import ENDLESS, JSON, UNIQUE, Query, large, small
from bench.endpoints_servers import Server, machine, running
from bench.endpoints_targets import judge
from cityrights.pipeline.steps import build_files

CONNECTIONS = (1, 4, 16)
#: A query that takes longer than this, in seconds, is asked over one connection only: the run has to end.
SLOW = 0.5


@dataclass
class Run:
    """What was measured: figures by (server, query, varied, connections), streams, and what was disqualified."""

    figures: dict[tuple[str, str, bool, int], Figures] = field(default_factory=dict)
    streams: dict[str, tuple[float, int]] = field(default_factory=dict)
    wrong: set[tuple[str, str]] = field(default_factory=set)
    alone: dict[tuple[str, str], float] = field(default_factory=dict)
    beside_endless: dict[int, Figures] = field(default_factory=dict)


def main() -> None:
    """Print the table of figures with ratios to oxigraph, and which targets are reached."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end, too
    practices = int(os.environ.get("BENCH_PRACTICES", "2000"))
    seconds = int(os.environ.get("BENCH_SECONDS", "1"))
    wanted = int(os.environ.get("BENCH_LARGE", "1000000"))
    with tempfile.TemporaryDirectory(prefix="cityrights-bench-") as name:
        folder = Path(name)
        file = folder / "synthetic.nq"
        synthetic.write(file, practices)
        snapshot = build_files([file], folder / "snapshots")
        triples = folder / "merge.nt"
        count = _merge(snapshot.store, triples)
        print(f"endpoints: {practices:,} practices, {count:,} triples in the default graph; {machine()}; by {driver()}")
        with running(snapshot, triples, folder) as servers:
            run = Run()
            queries = small(practices)
            for server in servers:
                print(f"  {server.name:<16} memory at the start {_megabytes(server)}")
            _check(run, servers, queries)
            for query in queries:
                _measure(run, servers, query, seconds)
            for server in servers:
                print(f"  {server.name:<16} memory after the queries {_megabytes(server)}")
            _beside_endless(run, servers[0], queries[0], max(3, seconds))
            print("\na large table, which nothing has to be remembered of")
            _streams(
                {},
                [one for one in servers if one.name in ("oxigraph", "cityrights", "before")],
                large(count, wanted, table=True),
            )
            print("\na large CONSTRUCT")
            _streams(run.streams, servers, large(count, wanted))
    judge(run.figures, run.streams, run.beside_endless, [server.name for server in servers])


def _merge(store: Path, file: Path) -> int:
    """Write the default graph of a store as N-Triples; return how many."""
    opened = ox.Store.read_only(str(store))
    opened.dump(str(file), format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _megabytes(server: Server) -> str:
    return (
        f"{server.memory() / 2**20:,.0f} MiB resident in {len(server.processes())} processes, "
        f"{server.own_memory() / 2**20:,.0f} MiB with shared pages counted once"
    )


def _check(run: Run, servers: list[Server], queries: list[Query]) -> None:
    """Ask each query once of each server and compare the answers with ours; a wrong one disqualifies."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        for query in queries:
            expected = None
            for server in servers:
                began = time.perf_counter()
                answer = client.get(query.filled(server.url, 7), headers={"Accept": query.accept})
                run.alone[server.name, query.name] = time.perf_counter() - began
                rows = _rows(answer, query.fixed)
                expected = rows if expected is None else expected
                if rows != expected:
                    run.wrong.add((server.name, query.name))
                    print(f"  {query.name}: {server.name} answers otherwise and is left out: {str(rows)[:120]}")
            print(f"  {query.name}: {len(expected) if isinstance(expected, list) else expected} rows")


def _rows(answer: httpx.Response, fixed: bool) -> object:
    """Return the rows, sorted, or how many where any may be taken; the status where there is no answer."""
    if answer.status_code != 200:
        return f"status {answer.status_code}"
    rows = json.loads(answer.content)["results"]["bindings"]
    if not fixed:
        return len(rows)
    return sorted(sorted((name, cell["value"]) for name, cell in row.items()) for row in rows)


def _measure(run: Run, servers: list[Server], query: Query, seconds: int) -> None:
    print(
        f"\n{query.name:<14}{'':24}{'answers/s':>10} {'× oxigraph':>10} {'p50 ms':>9} {'p99 ms':>9} {'MiB':>7}",
        f"{'CPU µs':>7}",
    )
    for vary in (False, True):
        for connections in CONNECTIONS:
            label = f"{'never sent before' if vary else 'repeated':<18}×{connections:<4}"
            found: dict[str, Figures] = {}
            spent: dict[str, float] = {}
            for server in reversed(servers):
                slow = run.alone[server.name, query.name] > SLOW
                if (server.name, query.name) in run.wrong or (slow and connections > 1):
                    continue
                took = seconds if not slow else max(seconds, round(3 * run.alone[server.name, query.name]))
                before = server.processor()
                one = drive(server.url, query, connections=connections, seconds=took, vary=vary)
                spent[server.name] = (server.processor() - before) / max(1.0, one.rate * took)
                found[server.name] = run.figures[server.name, query.name, vary, connections] = one
            for server in servers:
                if server.name in found:
                    _line(label, server, found, spent[server.name])


def _line(label: str, server: Server, found: dict[str, Figures], spent: float) -> None:
    """Print a measurement; ``spent`` is the processor time of one answer, in seconds, over all processes."""
    one, base = found[server.name], found.get("oxigraph")
    ratio = f"{one.rate / base.rate:.2f}" if base and base.rate else "–"
    failed = f"  {one.failed} FAILED" if one.failed else ""
    times = f"{one.p50:>9.2f} {one.p99:>9.2f}" if one.rate else f"{'–':>9} {'–':>9}"
    memory = f"{server.memory() / 2**20:>7,.0f}"
    print(
        f"{label} {server.name:<15}{one.rate:>9,.1f} {ratio:>10} {times} {memory} {spent * 1e6:>7,.0f}{failed}",
        flush=True,
    )


def _streams(streams: dict[str, tuple[float, int]], servers: list[Server], query: Query) -> None:
    """Receive a large answer from each, alone, twice; print the fastest, and how much its processes grew at most.

    Of a server with several processes the one that grew most is told apart from the others.
    """
    print(
        f"{'stream':<18}{'lines':>10} {'MiB':>7} {'s':>7} {'a second':>10} {'ratio':>6} {'one +MiB':>8} {'others':>6}"
    )
    # The last goes on working when nobody waits.
    order = ("oxigraph", "cityrights", "before", "Virtuoso", "rdflib-endpoint")
    for server in sorted(servers, key=lambda one: order.index(one.name)):
        before, stop = server.memory_by_process(), threading.Event()
        most = dict(before)
        watcher = threading.Thread(target=_watch, args=(server, most, stop))
        watcher.start()
        rounds = 1 if server.name in ("rdflib-endpoint", "Virtuoso") else 2
        taken: list[tuple[float, int, int]] = []
        try:
            for _ in range(rounds):
                took, size, file, media_type = receive(server.url, query, limit=20)
                taken.append((took, size, _triples(file, media_type)))
        except (OSError, http.client.HTTPException, SyntaxError) as error:
            print(f"{server.name:<18}no whole answer: {error}")
        finally:
            stop.set()
            watcher.join()
        if not taken:
            continue
        took, size, count = min(taken)
        expected = streams.get("oxigraph", (0, count))[1]
        if count != expected:
            print(f"{server.name:<18}{count:>10,} in place of {expected:,}: left out")
            continue
        streams[server.name] = (took, count)
        ratio = streams["oxigraph"][0] / took if "oxigraph" in streams else 0
        *others, one = sorted((most[pid] - size) / 2**20 for pid, size in before.items())
        print(
            f"{server.name:<18}{count:>10,} {size / 2**20:>7,.0f} {took:>7.2f} {count / took:>10,.0f} {ratio:>6.2f} "
            f"{one:>8,.0f} {sum(others):>6,.0f}",
            flush=True,
        )


def _watch(server: Server, most: dict[int, int], stop: threading.Event) -> None:
    while not stop.wait(0.1):
        for pid, size in server.memory_by_process().items():
            most[pid] = max(most.get(pid, 0), size)


def _triples(file: Path, media_type: str) -> int:
    """Return how many different triples a file holds (one that is written twice is still one), and delete it.

    Of a table it is how many rows.
    """
    try:
        if media_type == "text/tab-separated-values":
            with file.open("rb") as lines:
                return sum(1 for _ in lines) - 1
        if media_type in ("application/n-triples", "text/plain"):
            with file.open("rb") as lines:
                return len({hash(line) for line in lines})
        form = ox.RdfFormat.from_media_type(media_type) or ox.RdfFormat.TURTLE
        return len({hash(str(quad)) for quad in ox.parse(path=str(file), format=form)})
    finally:
        file.unlink()


def _beside_endless(run: Run, server: Server, lookup: Query, seconds: int) -> None:
    """Measure lookups while the worker that may be lent to endless queries works on one, and more of them wait."""
    stop = threading.Event()

    def endless(number: int) -> None:
        while not stop.is_set():
            path = f"{server.url}?query={quote(ENDLESS.replace(UNIQUE, f'{number}{time.monotonic_ns()}'))}"
            try:
                httpx.get(path, headers={"Accept": JSON}, timeout=seconds * 4 + 5, trust_env=False)
            except httpx.TransportError:
                continue

    threading.Thread(target=endless, args=(1,), daemon=True).start()  # there are two workers
    time.sleep(0.5)
    print(f"\nlookups, never sent before, while an endless query runs in every worker of {server.name} but one")
    for connections in (1, 4):
        one = drive(server.url, lookup, connections=connections, seconds=seconds, vary=True)
        run.beside_endless[connections] = one
        print(f"  ×{connections:<3}{one.rate:>9,.1f}/s   p50 {one.p50:.2f} ms   p99 {one.p99:.2f} ms", flush=True)
    stop.set()
