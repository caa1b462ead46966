"""Costly queries, each against a real server: what it answers, in what time, and that nobody else notices.

The numbers are those of a list of sixty hostile requests; the others are in tests/web/test_hostile_requests.py.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.robustness.asking import Outcome, ask, outcome, path
from tests.robustness.conftest import LIMIT, SLACK
from tests.robustness.families import (
    CHAINED,
    ENDLESS,
    FLOWING,
    LARGE,
    NESTED,
    chain,
    crossed_values,
    deep,
    growing,
    product,
)
from tests.robustness.watch import Processes, until
from tests.web.conftest import Server

pytestmark = pytest.mark.usefixtures("unhurt")


def refused(found: Outcome, status: int, kind: str, says: str = "") -> None:
    assert (found.status, found.kind) == (status, kind), found.text
    assert says in found.text, found.text
    assert found.seconds < SLACK  # without running anything; the bound is for busy machines


@pytest.mark.parametrize("name", NESTED)
def test_31_what_is_too_deep_is_refused_before_it_is_read(hasty: Server, name: str) -> None:
    for times in (65, 1000, 9000):
        says = "more than 50" if name == "optional" else "deeper than 64"
        refused(ask(hasty, deep(*NESTED[name][:2], times, NESTED[name][2])), 400, "query-too-complex", says)


@pytest.mark.parametrize("name", CHAINED)
def test_32_what_is_too_long_is_refused_before_it_is_read(hasty: Server, name: str) -> None:
    for times in (205, 3000):
        refused(ask(hasty, chain(CHAINED[name][0], times, CHAINED[name][1])), 400, "query-too-complex", "more than")


def test_33_what_would_be_planned_for_long_is_refused_with_the_number(hasty: Server) -> None:
    for text, most in (
        (chain("/<x:p>", 499, "SELECT * {{ ?s <x:p>{} ?o }}"), "64"),
        (chain("?s{n} <x:p> ?o . ", 500), "100"),
        (chain("OPTIONAL { ?s <x:{n}> ?o{n} } ", 200), "50"),
        ("SELECT * { ?s ?p (" + " 1" * 190 + ") }", "100"),
    ):
        refused(ask(hasty, text), 400, "query-too-complex", f"more than {most}")


def test_34_inline_data_by_the_hundred_thousand(frugal: Server) -> None:
    rows = " ".join(str(n) for n in range(100_000))
    found = ask(frugal, f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{ {rows} }} }}", format="csv")
    assert (found.status, found.text.split()) == (200, ["n", "100000"])
    refused(ask(frugal, f"SELECT * {{ VALUES ?v {{ {rows} {rows} }} }}"), 413, "too-large")


@pytest.mark.parametrize("name", LARGE)
def test_35_and_37_memory_has_an_end(frugal: Server, name: str) -> None:
    found = ask(frugal, LARGE[name])
    assert (found.status, found.kind) == (503, "query-memory"), found.text
    assert '"limitBytes": 167772160' in found.text
    assert int(found.headers["retry-after"]) > 0
    assert found.seconds < 25


def test_38_patterns_take_no_more_than_their_time(frugal: Server) -> None:
    for pattern in ("^(a+)+$", "^((a*)*)*$", "(a|a|aa)+$", "(.*)(.*)(.*)b$"):
        found = ask(frugal, f'ASK {{ BIND("{"a" * 5000}" AS ?x) FILTER REGEX(?x, "{pattern}") }}')
        assert found.status == 200
        assert found.seconds < 5
    huge = ask(frugal, 'ASK { FILTER REGEX("x", "(x{1000}){1000}") }')
    assert huge.status in (200, 400)


def test_39_a_number_beyond_all_is_an_error(hasty: Server) -> None:
    for part in ("LIMIT", "OFFSET"):
        found = ask(hasty, f"SELECT * {{ ?s ?p ?o }} {part} 99999999999999999999")
        assert (found.status, found.kind) == (400, "query-syntax"), found.text
    assert ask(hasty, "SELECT * { ?s ?p ?o } OFFSET 1000000000").status == 200


def test_40_an_answer_over_its_length_is_cut_and_looks_so(frugal: Server) -> None:
    assert ask(frugal, FLOWING["rows"]).kind in ("cut", "answer-too-large")


def open_for(server: Server, query: str) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(20)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(f"GET {path(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return sock


def active(server: Server) -> int:
    lines = server.get("/metrics").text.splitlines()
    return int(next(line for line in lines if 'workers{state="active"}' in line).rpartition(" ")[2])


def test_40_a_reader_who_hardly_reads_is_let_go(frugal: Server) -> None:
    with open_for(frugal, f"SELECT * {{ {product(2)} }}") as sock:
        assert sock.recv(1)
        until(lambda: active(frugal) == 1, 10, "the query runs")
        end = time.monotonic() + 15
        while active(frugal):
            assert sock.recv(1)
            time.sleep(0.25)
            assert time.monotonic() < end, "a client that reads four bytes a second holds a worker"


def test_41_who_leaves_takes_the_query_along(frugal: Server, spool: Path) -> None:
    processes = Processes.of(frugal, spool)
    with open_for(frugal, ENDLESS["count"] + " # left alone"):
        until(lambda: active(frugal) == 1, 10, "the query runs")
    until(lambda: active(frugal) == 0, 5, "the query has ended")
    processes.idle_within(5)


SERVICES = {
    "constant": "SELECT * { SERVICE <http://e.example/> { ?s ?p ?o } }",
    "variable": "SELECT * { ?s ?p ?e . SERVICE ?e { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <http://e.example/> { ?s ?p ?o } }",
    "in exists": "ASK { FILTER EXISTS { SERVICE <http://e.example/> { ?s ?p ?o } } }",
    "mixed case and comment": "SELECT * { SeRvIcE#c\n<http://e.example/> { ?s ?p ?o } }",
    "without a space": "SELECT*{SERVICE<http://e.example/>{?s?p?o}}",
    "prefixed": "PREFIX e: <http://e.example/> SELECT * {SERVICE e:x{}}",
    "in a query within": "SELECT * { { SELECT * { SERVICE <http://e.example/> {} } } }",
    "after a name": "SELECT * { ?s <x:p> <x:o>SERVICE <http://e.example/> {} }",
    "in a template's query": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://e.example/> { ?s ?p ?o } }",
}
NAMED = (
    'SELECT ("SERVICE <http://e.example/> {}" AS ?service) { }',
    "SELECT ?SERVICE { ?SERVICE ?p ?o } LIMIT 1",
    "ASK { <http://e.example/SERVICE> ?p ?o } # SERVICE <http://e.example/> {}",
    "PREFIX SERVICE: <http://e.example/> ASK { SERVICE:service ?p 'SERVICE'@service }",
)


@pytest.mark.parametrize("query", SERVICES.values(), ids=SERVICES.keys())
def test_42_no_other_service_is_asked(hasty: Server, query: str) -> None:
    refused(ask(hasty, query), 403, "federation-off")


@pytest.mark.parametrize("query", NAMED)
def test_42_a_word_is_not_a_call(hasty: Server, query: str) -> None:
    assert ask(hasty, query).status == 200


@pytest.mark.parametrize("iri", ["http://169.254.169.254/latest/", "file:///etc/passwd", "http://localhost:22/"])
def test_43_graphs_are_those_that_are_here(hasty: Server, iri: str) -> None:
    for text in (f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}", f"SELECT * FROM NAMED <{iri}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"):
        found = ask(hasty, text, format="csv")
        assert (found.status, found.text.count("\n")) == (200, 1)
    assert outcome(httpx.get(f"{hasty.url}/graph", params={"graph": iri}, trust_env=False)).status in (400, 404)


def test_44_graphs_in_the_request(hasty: Server) -> None:
    assert ask(hasty, "ASK { ?s ?p ?o }", **{"default-graph-uri": ""}, format="csv").text.strip() == "true"
    assert ask(hasty, "ASK {}", **{"default-graph-uri": "made.nq"}).status == 400
    many = [("query", "ASK {}"), *(("default-graph-uri", f"http://e.example/g{n}") for n in range(1000))]
    assert outcome(httpx.get(f"{hasty.url}/sparql", params=many, trust_env=False)).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (bif:now() AS ?x) {}",
        "SELECT (<bif:now>() AS ?x) {}",
        "PREFIX b: <bif:> SELECT (b:now() AS ?x) {}",
        "DEFINE input:inference 'x' SELECT * {}",
        "SELECT (sql:now() AS ?x) {}",
    ],
)
def test_45_vendor_extensions_are_named_as_such(hasty: Server, query: str) -> None:
    refused(ask(hasty, query), 400, "vendor-extension")


def test_46_an_unknown_function_is_named(hasty: Server) -> None:
    refused(ask(hasty, "SELECT (<http://e.example/f>(1) AS ?x) {}"), 400, "unknown-function", "http://e.example/f")
    assert ask(hasty, "SELECT (<http://e.example/f>(?o) AS ?x) { ?s ?p ?o }").status == 400


def test_50_a_cell_is_sent_as_it_is(hasty: Server) -> None:
    found = ask(hasty, 'SELECT ("=cmd|\' /C calc\'!A0" AS ?x) ("@SUM(1,2)" AS ?y) {}', format="csv")
    assert found.text == "x,y\r\n=cmd|' /C calc'!A0,\"@SUM(1,2)\"\r\n"
    assert found.headers["content-disposition"].startswith("attachment")
    assert found.headers["x-content-type-options"] == "nosniff"


def test_58_the_same_costly_query_by_a_hundred_runs_once(hasty: Server) -> None:
    def runs() -> int:
        lines = hasty.get("/metrics").text.splitlines()
        return int(next(line for line in lines if 'queries_total{how="run"}' in line).rpartition(" ")[2])

    before, query = runs(), ENDLESS["count"] + " # by a hundred"
    with ThreadPoolExecutor(100) as clients:
        found = list(clients.map(lambda _: ask(hasty, query), range(100)))
    assert {(one.status, one.kind) for one in found} == {(503, "query-timeout")}
    assert runs() - before <= 5  # who comes when it is over begins it anew
    assert max(one.seconds for one in found) < 5 * LIMIT + SLACK


def test_58_a_hundred_different_ones_are_queued_or_sent_away(hasty: Server) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(100) as clients:
        found = list(clients.map(lambda n: ask(hasty, f"{ENDLESS['count']} OFFSET {n}"), range(100)))
    assert {one.status for one in found} == {503}
    kinds = [one.kind for one in found]
    assert set(kinds) == {"busy", "query-timeout"}
    assert kinds.count("busy") >= 60
    assert all(int(one.headers["retry-after"]) >= 1 for one in found)
    assert time.monotonic() - began < 4 * LIMIT + 2 * SLACK


def test_59_many_cheap_queries_of_one_client(start: Callable[..., Server], made: Path) -> None:
    """What the counting is exactly, tests/web/test_front.py holds; here they come as fast as they can."""
    server = start(made, fair_use="on", fair_seconds=0.2, fair_window=60.0, access_log=False)
    seen: list[Outcome] = []
    for number in range(500):
        seen.append(outcome(server.get(path(f"ASK {{ ?s ?p {number} }}"))))
        if number % 100 == 50:
            assert outcome(server.get("/health")).status == 200
    assert {one.status for one in seen} == {200, 429}
    assert seen[-1].status == 429
    assert int(seen[-1].headers["retry-after"]) >= 1
    assert '"query-time"' in seen[-1].headers["ratelimit"]
    assert outcome(server.get("/health")).status == 200


@pytest.mark.parametrize("kind", ["application/rdf+xml", "application/ld+json", "text/turtle", "multipart/form-data"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_60_graphs_cannot_be_sent(hasty: Server, kind: str, method: str) -> None:
    for target in ("/graph?default", "/graph?graph=http%3A%2F%2Fe.example%2Fg"):
        began = time.monotonic()
        with httpx.Client(base_url=hasty.url, trust_env=False) as client:
            answer = client.request(method, target, content=b"[" * 900_000, headers={"Content-Type": kind})
        refused(outcome(answer, time.monotonic() - began), 405, "method-not-allowed")
        assert "GET" in answer.headers["allow"]


def test_values_and_growth_within_the_limits_are_answered(frugal: Server) -> None:
    """The limits are not so tight that what is merely large is refused."""
    assert ask(frugal, f"SELECT (COUNT(*) AS ?n) {{ {crossed_values(2, 300)} }}").status == 200
    assert ask(frugal, growing("CONCAT({0}, {0})", 10)).status == 200
    assert ask(frugal, f"SELECT * {{ {product(3)} }} LIMIT 10").status == 200
    assert ask(frugal, deep(*NESTED["groups"][:2], 40)).status == 200
    assert ask(frugal, chain(CHAINED["unions"][0], 90, CHAINED["unions"][1])).status == 200
