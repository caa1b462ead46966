"""What the engine's isolation costs and gives, beside the same library without it.

Run: python bench/engine.py [TRIPLES]. Prints milliseconds, rows a second and bytes; the last column is the ratio.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import pyoxigraph as ox

from sparqlgate import EmbeddedEngine, Limits, Query
from sparqlgate.errors import QueryTimeout
from sparqlgate.namespaces import Names

LOOKUP = "SELECT * { <http://e/s7> ?p ?o }"
JOIN = "SELECT (COUNT(*) AS ?n) { ?s <http://e/p0> ?a ; <http://e/p1> ?b }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MILLION = "SELECT ?a ?f { ?a ?b ?c . ?d ?e ?f } LIMIT 1000000"


@dataclass(frozen=True)
class Folder:
    """The parts of a snapshot that an engine needs."""

    path: Path
    version: str = "bench"
    names: Names = field(default_factory=Names)

    @property
    def store(self) -> Path:
        return self.path / "store"

    @property
    def nquads(self) -> Path:
        return self.path / "cityrights.nq"

    def check_nquads(self) -> None:
        """Find nothing wrong."""


def times(act: Callable[[], object], repeats: int) -> list[float]:
    """Return how long each call took, in milliseconds, in order of size."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def compare(name: str, engine: EmbeddedEngine, store: ox.Store, text: str, repeats: int) -> None:
    """Print p50 and p99 of a query through a worker and in this process."""

    def inside() -> bytes | None:
        answer = store.query(text)
        assert isinstance(answer, ox.QuerySolutions)
        return answer.serialize(format=ox.QueryResultsFormat.JSON)

    near = times(inside, repeats)
    far = times(lambda: engine.query(text).read(), repeats)
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        at = int(share * (repeats - 1))
        print(
            f"{name:8} {label}   worker {far[at]:9.3f} ms   in process {near[at]:9.3f} ms   × {far[at] / near[at]:.2f}"
        )


def throughput(engine: EmbeddedEngine, text: str, callers: int, repeats: int) -> float:
    """Return answered queries a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(lambda _: engine.query(text).read(), range(repeats)))
    return repeats / (time.perf_counter() - began)


def main(triples: int) -> None:
    """Make a graph, open it, and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name))
        with folder.nquads.open("w") as file:
            for n in range(triples):
                file.write(f'<http://e/s{n // 3}> <http://e/p{n % 3}> "value {n}" <http://e/g> .\n')
        store = ox.Store()
        store.bulk_load(path=folder.nquads, format=ox.RdfFormat.N_QUADS)
        store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        began = time.perf_counter()
        with EmbeddedEngine(folder, workers=2, in_memory=1 << 40) as engine:
            taken = time.perf_counter() - began
            print(f"{triples:,} triples; opened in {taken:.2f} s; no network: {engine.network_isolated}")
            compare("lookup", engine, store, LOOKUP, 2000)
            compare("join", engine, store, JOIN, 50)
            for text, label, repeats in ((LOOKUP, "lookups", 4000), (JOIN, "joins", 60)):
                one, two = throughput(engine, text, 1, repeats), throughput(engine, text, 2, repeats)
                print(f"{label:8} a second: 1 caller {one:8.1f}   2 callers {two:8.1f}   × {two / one:.2f}")
            late = []
            for _ in range(10):
                began = time.perf_counter()
                try:
                    engine.query(Query(ENDLESS, limits=Limits(seconds=0.5)))
                except QueryTimeout:
                    late.append((time.perf_counter() - began - 0.5) * 1000)
            print(f"timeout  answered {statistics.median(late):.1f} ms after the limit (worst {max(late):.1f} ms)")
            lists(engine)
            stream(engine)


def lists(engine: EmbeddedEngine) -> None:
    """Print how long a filter with a list of a thousand constants takes, beside VALUES with the same."""
    iris = [f"<http://e/s{n * 7}>" for n in range(1000)]
    values = [f'"value {n * 7}"' for n in range(1000)]
    for label, pattern in {
        "VALUES": f"VALUES ?s {{ {' '.join(iris)} }}",
        "IN": f"FILTER (?s IN ({', '.join(iris)}))",
        "NOT IN": f"FILTER (?s NOT IN ({', '.join(iris)}))",
        "IN || …": f"FILTER (?s IN ({', '.join(iris)}) || ?o = 3)",
        "strings": f"FILTER (?o IN ({', '.join(values)}))",
    }.items():
        text = f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o {pattern} }}"
        taken = times(partial(_read, engine, text), 5)
        print(f"{label:8} 1,000 constants over all triples: {taken[2]:9.1f} ms")


def _read(engine: EmbeddedEngine, text: str) -> bytes:
    return engine.query(text).read()


def stream(engine: EmbeddedEngine) -> None:
    """Print speed and memory of a million rows."""
    here, there = psutil.Process(), [psutil.Process(pid) for pid in engine.worker_pids()]
    before = here.memory_info().rss, max(worker.memory_info().rss for worker in there)
    began, size, most, most_there = time.perf_counter(), 0, 0, 0
    for number, chunk in enumerate(engine.query(MILLION)):
        size += len(chunk)
        if number % 100 == 0:
            most = max(most, here.memory_info().rss - before[0])
            most_there = max(most_there, *(worker.memory_info().rss - before[1] for worker in there))
    taken = time.perf_counter() - began
    print(
        f"stream   1,000,000 rows, {size / 2**20:.0f} MiB in {taken:.2f} s; "
        f"more memory: service {most / 2**20:.1f} MiB, worker {most_there / 2**20:.1f} MiB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
