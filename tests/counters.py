"""Asking a server for its counters, and waiting for what it does."""

from __future__ import annotations

import itertools
import re
import threading
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from cityrights.vocabulary import CR
from tests.servers import Server
from tests.support import HANG, until

__all__ = ["HEAVY", "LABELS", "counted", "metric", "path", "placed", "until"]

HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
#: Seconds between two rounds of ``asking``.
_BREATH = 0.02
LABELS = "SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o"


def path(query: str, **parameters: str) -> str:
    """Return the path and query string of a query."""
    return "/sparql?" + urllib.parse.urlencode({"query": query, **parameters})


@contextmanager
def asking(server: Server, *targets: str) -> Iterator[list[int]]:
    """Ask a server for these again and again, by two clients, for the time of the block; gives the answers' statuses.

    Beside them a query that nobody has asked before. Between two rounds they take breath: what runs beside them is to
    get on, and a request every few milliseconds meets each step of it.
    """
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=server.url, timeout=HANG, trust_env=False, verify=False) as client:
            for number in itertools.count():
                for target in (path(f"ASK {{ ?s ?p {number} }}"), *targets):
                    statuses.append(client.get(target).status_code)
                if stop.wait(_BREATH):
                    return

    with ThreadPoolExecutor(2) as threads:
        askers = [threads.submit(ask) for _ in range(2)]
        try:
            yield statuses
        finally:
            stop.set()
            for asker in askers:
                asker.result()


def placed(server: Server) -> set[str]:
    """Return the IRIs of all places with a position: one that somebody adds need not have it."""
    query = "SELECT DISTINCT ?x { ?x <http://www.w3.org/2003/01/geo/wgs84_pos#lat> ?lat }"
    return set(server.get(path(query), "text/csv").text.split()[1:])


def counted(server: Server, pattern: str) -> int:
    """Return how many different ``?x`` a pattern finds: the graph grows, so tests ask it and know no sums by heart."""
    query = f"PREFIX cr: <{CR}> SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}"
    return int(server.get(path(query), "text/csv").text.split()[1])


def metric(server: Server, name: str, **labels: str) -> float:
    """Return the sum of a metric over the lines that have these labels."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    lines = server.get("/metrics").text.splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if re.match(rf"cityrights_{name}[ {{]", line) and all(label in line for label in wanted)
    )
