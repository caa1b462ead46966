"""Short questions beside long ones: however many of those come, and whoever sends them, a lookup does not wait.

Nothing here looks at a clock: what is held is the order of events, that the short ones are answered while all of the
endless ones still run.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx

from sparqlgate.pool.scheduling import most_workers
from tests.counters import metric, path, until
from tests.gate.robustness.asking import ask
from tests.gate.robustness.families import endless
from tests.gate.robustness.watch import Processes
from tests.servers import Server
from tests.support import HANG

#: What the options say when nobody gives them.
WORKERS, QUEUE = 2, 32
_ONCE = itertools.count()


@contextlib.contextmanager
def asked(server: Server, queries: Sequence[str], client: str = "", **parameters: str) -> Iterator[list[socket.socket]]:
    """Send each query from a connection of its own, and leave at the end; ``client`` is whom they come from."""
    known = f"X-Forwarded-For: {client}\r\n" if client else ""
    with contextlib.ExitStack() as stack:
        socks = []
        for query in queries:
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sock.sendall(f"GET {path(query, **parameters)} HTTP/1.1\r\nHost: localhost\r\n{known}\r\n".encode())
            socks.append(sock)
        yield socks


def answered(socks: Sequence[socket.socket]) -> int:
    """Count the connections on which something has come."""
    return len(select.select(socks, [], [], 0)[0])


def short_ones(server: Server) -> Iterator[Callable[[], httpx.Response]]:
    """Yield what somebody else asks meanwhile: lookups that nobody sent before, and pages that are not kept."""
    number = next(_ONCE)

    def get(address: str) -> Callable[[], httpx.Response]:
        return lambda: httpx.get(server.url + address, timeout=HANG, trust_env=False, verify=False)

    yield get(path(f"SELECT ?p{number} ?o {{ <http://e.example/s{number}> ?p{number} ?o }} LIMIT {100 + number}"))
    yield get(path(f'ASK {{ ?s ?p{number} "value {number}" }}'))
    for page in ("/", "/practices", "/search", "/coverage"):
        yield get(f"{page}?q={number}x")
    yield get("/health")


def _long(server: Server, count: int) -> bool:
    return metric(server, "workers", state="long") == count


def test_short_ones_are_answered_beside_2_4_and_16_endless_ones(
    launch: Callable[..., Server], fixture_snapshot: Path
) -> None:
    """On a server that has just started, with the options that it has when nobody gives any."""
    server = launch(fixture_snapshot)
    for count in (16, 2, 4):
        with asked(server, endless(count, 100 * count)) as socks:
            for round_ in range(3):
                for number, short in enumerate(short_ones(server)):
                    found = short()
                    assert found.status_code == 200, found.text
                    assert not answered(socks), f"beside {count}, in round {round_}, number {number} had to wait"
            until(partial(_long, server, count), "all of them run")
        until(lambda: metric(server, "queries_running") == 0, "whoever leaves takes the query along")
    until(lambda: metric(server, "workers", state="idle") == WORKERS, "there are as many as before")
    until(lambda: metric(server, "workers") == WORKERS, "and no others")


def test_when_64_endless_ones_come_the_bound_holds_and_each_is_told_why(
    launch: Callable[..., Server], fixture_snapshot: Path, tmp_path: Path
) -> None:
    server = launch(fixture_snapshot, query_seconds=6.0, access_log=False)
    processes = Processes.of(server, tmp_path)
    assert {short().status_code for _ in range(3) for short in short_ones(server)} == {200}
    until(lambda: metric(server, "workers") == WORKERS, "nothing runs")
    before = processes.held()
    seen = 0
    with ThreadPoolExecutor(64) as clients:
        coming = [clients.submit(ask, server, query) for query in endless(64)]
        while not all(one.done() for one in coming):
            for short in short_ones(server):
                assert short().status_code == 200
            seen = max(seen, len(processes.all()) - before.processes)
            assert metric(server, "workers", state="long") <= WORKERS + QUEUE
        found = [one.result() for one in coming]
    assert seen <= most_workers(WORKERS, QUEUE), "there are more processes than there may be"
    assert {one.status for one in found} == {503}
    kinds = Counter(one.kind for one in found)
    assert set(kinds) <= {"busy", "query-timeout"}, kinds
    assert kinds["busy"] >= 64 - WORKERS - QUEUE, "those beyond the bound are sent away"
    assert all(int(one.headers["retry-after"]) >= 1 for one in found)
    reasons = {json.loads(one.text)["detail"] for one in found if one.kind == "busy"}
    assert any("Too many long queries" in reason for reason in reasons), reasons
    assert any("take turns" in reason for reason in reasons), reasons
    until(lambda: metric(server, "workers", state="idle") == WORKERS, "there are as many as before")
    until(lambda: metric(server, "workers") == WORKERS, "and no others")
    until(lambda: len(processes.all()) == before.processes, "no process is left over")
    until(lambda: processes.held().descriptors <= before.descriptors + 8, "no descriptor is left open")


def test_who_floods_waits_and_others_get_their_turn(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    """Of the two lanes of long queries one is for the other client, whose query ends, and his are the ones to go."""
    server = launch(fixture_snapshot, queue=4, trusted_proxies=["127.0.0.1"], fair_use="off", query_seconds=60.0)
    some = "{ SELECT * { ?a ?b ?c } LIMIT 20 } ?d ?e ?f . ?g ?h ?i"
    finite = f"SELECT (COUNT(*) AS ?n) {{ {some} FILTER(STRLEN(CONCAT(STR(?a), STR(?d))) > 9) }}"
    with asked(server, endless(12), "192.0.2.1") as socks:
        until(lambda: answered(socks) == 6, "those of the first client over the bound are sent away")
        found = httpx.get(
            server.url + path(finite),
            timeout=HANG,
            trust_env=False,
            verify=False,
            headers={"X-Forwarded-For": "192.0.2.2"},
        )
        assert found.status_code == 200, found.text
        assert answered(socks) in (6, 7), "one of his made room if that query was a long one, and no more"


def test_workbooks_of_endless_queries_hold_up_no_other_workbook(
    launch: Callable[..., Server], fixture_snapshot: Path
) -> None:
    """They are made by the service itself, two at a time, and whoever waits for a query holds nobody's turn."""
    server = launch(fixture_snapshot)
    for form in ("xlsx", "geojson"):
        tables = [query for query in endless(6, 6 * next(_ONCE)) if query.startswith("SELECT")]
        with asked(server, tables, format=form) as socks:
            until(partial(_long, server, len(tables)), "all of them run")
            found = httpx.get(
                server.url + path('SELECT ("POINT(4 52)" AS ?where) ?s { ?s a ?c } LIMIT 3', format=form),
                timeout=HANG,
                trust_env=False,
                verify=False,
            )
            assert found.status_code in (200, 406), found.text  # made, or told that there is no place in it
            assert not answered(socks), f"a {form} had to wait"
        until(lambda: metric(server, "queries_running") == 0, "whoever leaves takes the query along")
