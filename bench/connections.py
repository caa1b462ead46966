"""Connections on synthetic graphs: what building them costs, and how soon they answer, beside the plain SPARQL join.

The graphs have the skew of the real one: few cities with many practices, many with few, and long tails of themes,
kinds and partners. ``BENCH_SIZES`` says how many practices they have, in place of 1000,10000,100000.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyoxigraph as ox

from cityrights.indexes.proximity import Connections
from cityrights.indexes.proximity.measure import Measure, settled
from cityrights.indexes.proximity.network import build
from cityrights.indexes.proximity.reading import pairs_of
from cityrights.indexes.proximity.table import read
from cityrights.vocabulary import CR, ID, RDF

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "1000,10000,100000").split(","))
#: Seconds that the SPARQL join may take.
LIMIT = 60
_ASKED = 200
_THEMES, _GROUPS, _KINDS, _APPROACHES, _SERVICES = 300, 80, 120, 60, 150
_SHARING = """PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?other (COUNT(DISTINCT ?theme) AS ?shared) WHERE {
  ?ours cr:place <%s> ; cr:theme ?theme .
  ?theirs cr:theme ?theme ; cr:place ?other .
} GROUP BY ?other ORDER BY DESC(?shared) LIMIT 10"""

Triple = tuple[str, str, str]


def main() -> None:
    """Print a table; each size is measured in a process of its own, so that memory is its own."""
    print(f"connections: seconds to build, milliseconds to answer; the SPARQL join may take {LIMIT} s")
    print(
        f"{'practices':>10} {'places':>7} {'links':>10} {'table s':>8} {'network s':>10} {'MiB':>7} "
        f"{'near p50':>9} {'near p95':>9} {'why p50':>8} {'why p95':>8} {'SPARQL join ms':>15}"
    )
    context = multiprocessing.get_context("spawn")
    for size in SIZES:
        process = context.Process(target=_one, args=(size,))
        process.start()
        process.join()


def triples(practices: int, seed: int = 7) -> Iterator[Triple]:
    """Yield a graph of so many practices; the same size and seed give the same one."""
    chance = random.Random(seed)
    cities = max(10, practices // 20)
    place = _tail(chance, "city", cities)
    theme, group, kind = (
        _tail(chance, name, number)
        for name, number in (("theme", _THEMES), ("target-group", _GROUPS), ("kind/institution", _KINDS))
    )
    approach, service = _tail(chance, "kind/approach", _APPROACHES), _tail(chance, "kind/service", _SERVICES)
    partner = _tail(chance, "organisation", max(20, practices // 10))
    for number in range(cities):
        yield f"{ID}city/{number}", RDF + "type", CR + "Territory"
    for number in range(practices):
        practice, institution, city = f"{ID}practice/{number}", f"{ID}institution/{number}", place()
        yield practice, RDF + "type", CR + "Practice"
        yield practice, CR + "place", city
        yield practice, CR + "pillar", f"{ID}pillar/{number % 3}"
        for _ in range(chance.choice((1, 2, 2, 3, 4))):
            yield practice, CR + "theme", theme()
        for _ in range(chance.choice((1, 1, 2))):
            yield practice, CR + "targetGroup", group()
        if chance.random() < 0.3:
            yield practice, CR + "approach", approach()
        if chance.random() < 0.4:
            yield practice, CR + "offers", service()
        if chance.random() < 0.5:
            yield practice, CR + "partner", partner()
        if chance.random() < 0.4:
            yield institution, RDF + "type", CR + "Institution"
            yield institution, CR + "place", city
            yield institution, CR + "kind", kind()
        if number and chance.random() < 0.02:
            yield practice, CR + "replicates", f"{ID}practice/{chance.randrange(number)}"


def _tail(chance: random.Random, name: str, number: int) -> Callable[[], str]:
    """Return what draws things whose frequency falls with their rank (Zipf)."""
    iris = [f"{ID}{name}/{place}" for place in range(number)]
    weights = list(accumulate(1 / (rank + 1) for rank in range(number)))
    return lambda: chance.choices(iris, cum_weights=weights)[0]


def _one(size: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="cityrights-bench-"))
    try:
        _measured(folder / "store", size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(folder: Path, size: int) -> None:
    store = ox.Store(str(folder))
    store.bulk_extend(ox.Quad(*(ox.NamedNode(term) for term in triple)) for triple in triples(size))
    before = _memory()
    began = time.perf_counter()
    table = read(pairs_of(store))
    read_in = time.perf_counter() - began
    network = build(Measure(table, settled(table)))
    joined_in = time.perf_counter() - began - read_in
    memory = _memory() - before
    held, chance = Connections(table, network), random.Random(3)
    asked = [chance.choice(held.places) for _ in range(_ASKED)]
    asked[:2] = [f"{ID}city/0", f"{ID}city/1"]  # those with the most, which take longest
    near = _times([partial(held.neighbours, place) for place in asked])
    pairs = [(place, other) for place, other in zip(asked, reversed(asked), strict=True) if place != other]
    why = _times([partial(held.explain, a, b) for a, b in pairs])
    del store
    joined = _joined(folder)
    print(
        f"{size:>10,} {len(held.places):>7,} {len(table.link['place']):>10,} {read_in:>8.1f} {joined_in:>10.1f} "
        f"{memory:>7.0f} {_at(near, 50):>9.1f} {_at(near, 95):>9.1f} {_at(why, 50):>8.1f} {_at(why, 95):>8.1f} "
        f"{joined:>15}",
        flush=True,
    )


def _joined(folder: Path) -> str:
    """Return how long the SPARQL join takes for the city with the most, in milliseconds, or that it hit the limit."""
    context = multiprocessing.get_context("spawn")
    result: multiprocessing.Queue[float] = context.Queue()
    process = context.Process(target=_ask, args=(folder, result))
    process.start()
    process.join(LIMIT)
    if process.is_alive():
        process.kill()
        process.join()
        return f"over {LIMIT:,} s"
    return f"{result.get():,.0f}"


def _ask(folder: Path, result: multiprocessing.Queue[float]) -> None:
    store = ox.Store.read_only(str(folder))
    began = time.perf_counter()
    found = store.query(_SHARING % f"{ID}city/0")
    assert isinstance(found, ox.QuerySolutions)
    list(found)
    result.put((time.perf_counter() - began) * 1000)


def _times(acts: list[Callable[[], object]]) -> list[float]:
    acts[0]()  # what is made once for all questions
    taken = []
    for act in acts:
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _memory() -> float:
    """Return the memory that this process holds, in MiB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _at(times: list[float], percentile: int) -> float:
    return float(np.percentile(times, percentile))
