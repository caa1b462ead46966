"""Queries that are not run: each is refused with the reason, by a real server, and nobody else notices.

The numbers are those of a list of sixty hostile requests; the others are in test_costly_queries.py, test_crowds.py
and tests/gate/http/test_hostile_requests.py.
"""

from __future__ import annotations

import httpx
import pytest

from tests.gate.robustness.asking import ask, outcome, refused
from tests.gate.robustness.families import CHAINED, NESTED, chain, crossed_values, deep, growing, product
from tests.servers import Server
from tests.support import HANG

pytestmark = pytest.mark.usefixtures("unhurt")


@pytest.mark.parametrize("name", NESTED)
def test_31_what_is_too_deep_is_refused_before_it_is_read(hasty: Server, name: str) -> None:
    for times in (65, 500):
        says = "more than 50" if name == "optional" else "deeper than 64"
        refused(ask(hasty, deep(*NESTED[name][:2], times, NESTED[name][2])), 400, "query-too-complex", says)


@pytest.mark.parametrize("name", CHAINED)
def test_32_what_is_too_long_is_refused_before_it_is_read(hasty: Server, name: str) -> None:
    for times in (205, 1000):
        refused(ask(hasty, chain(CHAINED[name][0], times, CHAINED[name][1])), 400, "query-too-complex", "more than")


def test_33_what_would_be_planned_for_long_is_refused_with_the_number(hasty: Server) -> None:
    for text, most in (
        (chain("/<x:p>", 65, "SELECT * {{ ?s <x:p>{} ?o }}"), "64"),
        (chain("?s{n} <x:p> ?o . ", 101), "100"),
        (chain("OPTIONAL { ?s <x:{n}> ?o{n} } ", 51), "50"),
        ("SELECT * { ?s ?p (" + " 1" * 101 + ") }", "100"),
    ):
        refused(ask(hasty, text), 400, "query-too-complex", f"more than {most}")


def test_34_inline_data_by_the_hundred_thousand(frugal: Server) -> None:
    rows = " ".join(str(n) for n in range(100_000))
    found = ask(frugal, f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{ {rows} }} }}", format="csv")
    assert (found.status, found.text.split()) == (200, ["n", "100000"])
    refused(ask(frugal, f"SELECT * {{ VALUES ?v {{ {rows} {rows} }} }}"), 413, "too-large")


def test_what_is_merely_large_is_answered(frugal: Server) -> None:
    """The limits are not so tight that ordinary things meet them."""
    assert ask(frugal, f"SELECT (COUNT(*) AS ?n) {{ {crossed_values(2, 300)} }}").status == 200
    assert ask(frugal, growing("CONCAT({0}, {0})", 10)).status == 200
    assert ask(frugal, f"SELECT * {{ {product(3)} }} LIMIT 10").status == 200
    assert ask(frugal, deep(*NESTED["groups"][:2], 40)).status == 200
    assert ask(frugal, chain(CHAINED["unions"][0], 90, CHAINED["unions"][1])).status == 200


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
    assert outcome(
        httpx.get(f"{hasty.url}/graph", params={"graph": iri}, trust_env=False, verify=False, timeout=HANG)
    ).status in (
        400,
        404,
    )


def test_44_graphs_in_the_request(hasty: Server) -> None:
    assert ask(hasty, "ASK { ?s ?p ?o }", **{"default-graph-uri": ""}, format="csv").text.strip() == "true"
    assert ask(hasty, "ASK {}", **{"default-graph-uri": "made.nq"}).status == 400
    many = (("query", "ASK {}"), *(("default-graph-uri", f"http://e.example/g{n}") for n in range(1000)))
    assert (
        outcome(httpx.get(f"{hasty.url}/sparql", params=many, trust_env=False, verify=False, timeout=HANG)).status
        == 400
    )


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


@pytest.mark.parametrize("kind", ["application/rdf+xml", "application/ld+json", "text/turtle", "multipart/form-data"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_60_graphs_cannot_be_sent(hasty: Server, kind: str, method: str) -> None:
    for target in ("/graph?default", "/graph?graph=http%3A%2F%2Fe.example%2Fg"):
        with httpx.Client(base_url=hasty.url, trust_env=False, verify=False, timeout=HANG) as client:
            answer = client.request(method, target, content=b"<r>" * 300_000, headers={"Content-Type": kind})
        refused(outcome(answer), 405, "method-not-allowed")
        assert "GET" in answer.headers["allow"]
