"""The faceted list of practices: its page over HTTP, its counting alone, and the same counts asked of the store.

At the shipped size and at that of a synthetic graph; ``BENCH_PRACTICES`` says how many practices it has.
"""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

import httpx
import numpy as np
import pyoxigraph as ox

from bench.snapshots import built
from cityrights.indexes.facets import LISTS, Catalogue, Selection, selection_query
from cityrights.indexes.facets.lists import pattern
from cityrights.indexes.facets.reading import Value
from cityrights.snapshot import Snapshot

PRACTICES = LISTS["practices"]
SIZE = int(os.environ.get("BENCH_PRACTICES", "10000"))
#: Selections that are measured; every page is asked for once, so that none comes from a cache.
REPEATS = 150
#: Selections whose counts the store is asked for, too.
ASKED = 5
_PREFIX = re.compile(r"^PREFIX .*\n", re.MULTILINE)


def main() -> None:
    """Print a table of milliseconds for both sizes."""
    print("lists: /practices with random choices in its facets, milliseconds; the store is asked for the same counts")
    print(
        f"{'practices':>10} {'build s':>8} {'page p50':>9} {'page p95':>9} {'counting p50':>13} {'counting p95':>13}"
        f" {'by SPARQL p50':>14} {'ratio':>8} {'all rows CSV':>13}"
    )
    for size in (0, SIZE):
        with built(size) as (snapshot, seconds):
            _one(snapshot, seconds)


def _one(snapshot: Snapshot, seconds: float) -> None:
    held = Catalogue.open(snapshot.path).list("practices")
    chosen = list(_selections(held.select(Selection()).values, REPEATS))

    def count(selection: Selection) -> None:
        found = held.select(selection)
        for facet in PRACTICES.facets:
            found.values(facet.name, "en", 150)

    counting = _times(count, chosen)
    store = ox.Store.read_only(str(snapshot.store))
    asked = _times(lambda selection: _by_sparql(store, selection), chosen[:ASKED])
    with _served(snapshot) as client:
        pages = _times(lambda selection: _get(client, selection), chosen)
        began = time.perf_counter()
        assert client.get("/practices.csv?status=all").status_code == 200
        table = (time.perf_counter() - began) * 1000
    print(
        f"{len(held):>10,} {seconds:>8.1f} {_at(pages, 50):>9.1f} {_at(pages, 95):>9.1f} {_at(counting, 50):>13.2f}"
        f" {_at(counting, 95):>13.2f} {_at(asked, 50):>14.1f} {_at(asked, 50) / _at(counting, 50):>7.0f}x"
        f" {table:>13.0f}",
        flush=True,
    )


def _selections(values: Callable[[str, str], Sequence[Value]], number: int) -> Iterator[Selection]:
    """Yield different selections of one to three facets, of the values that readers see first."""
    chance = random.Random(7)
    keys = {
        facet.name: [value.key for value in values(facet.name, "en")[:12]]
        for facet in PRACTICES.facets
        if facet.name != "status"
    }
    known = [name for name in keys if keys[name]]
    seen: set[Selection] = set()
    while len(seen) < number:
        chosen = {
            name: chance.sample(keys[name], min(len(keys[name]), chance.choice((1, 1, 2))))
            for name in chance.sample(known, chance.choice((1, 1, 2, 3)))
        }
        selection = Selection.of(PRACTICES, chosen, everything=chance.random() < 0.2)
        if selection not in seen:
            seen.add(selection)
            yield selection


def _times(act: Callable[[Selection], object], selections: Sequence[Selection]) -> list[float]:
    taken = []
    for selection in selections:
        began = time.perf_counter()
        act(selection)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _at(times: list[float], percentile: int) -> float:
    return float(np.percentile(times, percentile))


def _by_sparql(store: ox.Store, selection: Selection) -> None:
    """Ask the store, in this process, for the counts of every facet; each facet leaves its own choice out."""
    for facet in PRACTICES.facets:
        query = selection_query(PRACTICES, selection.changed(PRACTICES, facet.name, ()))
        inner = re.sub(r"  OPTIONAL .*\n|ORDER BY .*\n", "", _PREFIX.sub("", query))
        inner = inner.replace("SELECT ?s (SAMPLE(?label) AS ?name)", "SELECT ?s")
        body = pattern(facet.query, "counted")
        text = "".join(_PREFIX.findall(query)) + "PREFIX dcterms: <http://purl.org/dc/terms/>\n"
        text += "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        wide = "?counted skos:broader* ?value" if facet.narrower else "BIND (?counted AS ?value)"
        text += f"SELECT ?value (COUNT(DISTINCT ?s) AS ?n) {{ {{ {inner} }} {{ {body} }} {wide} }} GROUP BY ?value"
        answer = store.query(text)
        assert isinstance(answer, ox.QuerySolutions)
        answer.serialize(format=ox.QueryResultsFormat.JSON)


def _get(client: httpx.Client, selection: Selection) -> None:
    pairs = [(name, key) for name, keys in selection.chosen for key in keys]
    pairs += [("status", "all")] if selection.everything else []
    answer = client.get(f"/practices?{urlencode(pairs)}", headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:300]


@contextmanager
def _served(snapshot: Snapshot) -> Iterator[httpx.Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    code = f"from cityrights_web.server import serve\nserve({str(snapshot.path)!r}, '127.0.0.1', {port})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
            until = time.monotonic() + 60
            while True:
                try:
                    client.get("/practices")
                    break
                except httpx.TransportError:
                    assert process.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
