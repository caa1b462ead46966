"""Costly queries, one family after the other: what each is answered, in what time, and that nobody else notices.

The numbers are those of a list of sixty hostile requests; the others are in test_refused_queries.py, test_crowds.py
and tests/gate/http/test_hostile_requests.py.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.counters import metric, path, until
from tests.gate.robustness.asking import Lookups, ask
from tests.gate.robustness.conftest import LIMIT, MEMORY
from tests.gate.robustness.families import ENDLESS, FLOWING, LARGE, product
from tests.gate.robustness.watch import Processes
from tests.servers import Server
from tests.support import HANG

pytestmark = pytest.mark.usefixtures("unhurt")

Say = Callable[[object], None]


def others(lookups: Lookups) -> None:
    """See that somebody else was answered all the while; how soon is measured by ``make bench``."""
    assert {one.status for one in lookups.found} == {200}


@pytest.mark.parametrize("name", ENDLESS)
def test_36_38_and_39_time_has_an_end(hasty: Server, spool: Path, say: Say, name: str) -> None:
    with Lookups(hasty) as lookups:
        found = ask(hasty, ENDLESS[name])
    idle = Processes.of(hasty, spool).idle()
    assert (found.status, found.kind) == (503, "query-timeout"), found.text
    assert f'"limitSeconds": {LIMIT}' in found.text
    assert int(found.headers["retry-after"]) > 0
    assert found.seconds >= LIMIT
    others(lookups)
    say(f"{name}: {found.seconds:.2f} s; {lookups}; idle after {idle:.1f} s")


@pytest.mark.parametrize("name", LARGE)
def test_35_and_37_memory_has_an_end(frugal: Server, spool: Path, say: Say, name: str) -> None:
    with Lookups(frugal) as lookups:
        found = ask(frugal, LARGE[name])
    idle = Processes.of(frugal, spool).idle()
    assert (found.status, found.kind) == (503, "query-memory"), found.text
    assert f'"limitBytes": {MEMORY}' in found.text
    assert int(found.headers["retry-after"]) > 0
    others(lookups)
    say(f"{name}: {found.seconds:.2f} s; {lookups}; idle after {idle:.1f} s")


@pytest.mark.parametrize("name", FLOWING)
def test_40_an_answer_without_end_is_cut_and_looks_so(hasty: Server, frugal: Server, spool: Path, name: str) -> None:
    for server, kinds in ((hasty, ("cut", "query-timeout")), (frugal, ("cut", "query-refused", "query-memory"))):
        with Lookups(server) as lookups:
            found = ask(server, FLOWING[name])
        Processes.of(server, spool).idle()
        assert found.kind in kinds, found.text
        others(lookups)


def test_38_patterns_take_no_more_than_their_time(frugal: Server) -> None:
    for pattern in ("^(a+)+$", "^((a*)*)*$", "(a|a|aa)+$", "(.*)(.*)(.*)b$"):
        found = ask(frugal, f'ASK {{ BIND("{"a" * 5000}" AS ?x) FILTER REGEX(?x, "{pattern}") }}')
        assert found.status == 200
    assert ask(frugal, 'ASK { FILTER REGEX("x", "(x{1000}){1000}") }').status in (200, 400)


def test_39_a_number_beyond_all_is_an_error(hasty: Server) -> None:
    for part in ("LIMIT", "OFFSET"):
        found = ask(hasty, f"SELECT * {{ ?s ?p ?o }} {part} 99999999999999999999")
        assert (found.status, found.kind) == (400, "query-syntax"), found.text
    assert ask(hasty, "SELECT * { ?s ?p ?o } OFFSET 1000000000").status == 200


def open_for(server: Server, query: str, version: str = "1.1") -> socket.socket:
    """Ask on a connection that takes little at a time."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(HANG)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(f"GET {path(query)} HTTP/{version}\r\nHost: localhost\r\n\r\n".encode())
    return sock


def active(server: Server) -> int:
    return int(metric(server, "workers", state="active"))


def nothing_runs(server: Server) -> None:
    until(lambda: active(server) == 0, "the query has ended")
    until(lambda: metric(server, "queries_running") == 0, "no query is counted as running")


def test_40_a_reader_who_hardly_reads_is_let_go(frugal: Server) -> None:
    with open_for(frugal, f"SELECT * {{ {product(2)} }}") as sock:
        assert sock.recv(1)
        until(lambda: active(frugal) == 1, "the query runs")
        # Who reads four bytes a second must not hold a worker for ever; the end of the connection may come before that
        # of its query is counted.
        with contextlib.suppress(ConnectionError):
            while active(frugal) and sock.recv(1):
                time.sleep(0.25)
    nothing_runs(frugal)


def test_40_a_reader_who_does_not_read_at_all_is_let_go(frugal: Server) -> None:
    with open_for(frugal, f"SELECT ?s0 ?p1 ?o1 {{ {product(2)} }}"):
        until(lambda: active(frugal) == 1, "the query runs")
        until(lambda: active(frugal) == 0, "who does not read is let go")
    nothing_runs(frugal)


@pytest.mark.parametrize("query", [ENDLESS["count"], ENDLESS["graph"], FLOWING["rows"], LARGE["sort"]])
def test_41_who_leaves_takes_the_query_along(frugal: Server, spool: Path, query: str) -> None:
    """At whatever moment: before the query has a worker, while it is evaluated, while its answer streams."""
    for version, stayed in itertools.product(("1.0", "1.1"), (0.0, 0.02, 0.3)):
        for number in range(3):
            open_for(frugal, f"{query} # left alone {stayed} {version} {number}", version).close()
            with open_for(frugal, f"{query} OFFSET {number + 1}", version):
                time.sleep(stayed)
        nothing_runs(frugal)
    Processes.of(frugal, spool).idle()
    with Lookups(frugal, 100) as lookups:
        time.sleep(0.1)
    assert {one.status for one in lookups.found} == {200}
