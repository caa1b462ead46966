"""/graph: the read side of the Graph Store HTTP Protocol, on the fixture graph."""

from __future__ import annotations

from urllib.parse import quote

import pyoxigraph as ox
import pytest

from tests.servers import Server

GRAPH = "https://w3id.org/cityrights/graph/claims"
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}


def _count(server: Server, pattern: str) -> int:
    query = quote(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")
    return int(server.get(f"/sparql?query={query}", "text/csv").text.split()[1])


@pytest.mark.parametrize(
    ("which", "pattern"),
    [("default", "?s ?p ?o"), (f"graph={quote(GRAPH)}", f"GRAPH <{GRAPH}> {{ ?s ?p ?o }}")],
)
@pytest.mark.parametrize(("kind", "form"), FORMATS.items())
def test_a_graph_comes_whole_in_every_format(
    server: Server, which: str, pattern: str, kind: str, form: ox.RdfFormat
) -> None:
    answer = server.get(f"/graph?{which}", kind)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == kind
    assert {"Accept", "Accept-Encoding"} <= set(answer.headers["vary"].split(", "))
    expected = _count(server, pattern)
    assert expected > 0
    assert len({quad.triple for quad in ox.parse(answer.content, format=form)}) == expected


def test_the_format_parameter_wins_over_accept(server: Server) -> None:
    assert server.get("/graph?default&format=nt", "text/turtle").headers["content-type"] == "application/n-triples"


def test_the_same_graph_is_not_sent_twice(server: Server) -> None:
    first = server.get("/graph?default", "text/turtle")
    again = server.get("/graph?default", "text/turtle", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert server.get("/graph?default", "application/trig").headers["etag"] != first.headers["etag"]
    assert server.get(f"/graph?graph={quote(GRAPH)}", "text/turtle").headers["etag"] != first.headers["etag"]


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    got = server.get("/graph?default", "text/turtle")
    head = server.client.head("/graph?default", headers={"Accept": "text/turtle"})
    assert (head.status_code, head.content) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k not in ("date", "x-request-id")} == {
        k: v for k, v in got.headers.items() if k not in ("date", "x-request-id")
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("graph=http://example.org/none", 404),
        ("", 400),
        ("graph=", 400),
        ("default&graph=http://example.org/a", 400),
        ("graph=http://example.org/a&graph=http://example.org/b", 400),
        ("graph=relative", 400),
        ("graph=" + quote("http://example.org/a> { } #"), 400),
        ("default=1", 200),
    ],
)
def test_what_is_asked_for_must_be_one_graph(server: Server, query: str, status: int) -> None:
    answer = server.get(f"/graph?{query}")
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
    assert server.client.head(f"/graph?{query}").status_code == status


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_graphs_cannot_be_written(server: Server, method: str) -> None:
    answer = server.client.request(method, "/graph?default", content=b"<a:> <a:> <a:> .")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_type_that_is_not_rdf_is_not_acceptable(server: Server) -> None:
    answer = server.get("/graph?default", "image/png")
    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["available"]


def test_the_shipped_default_graph_streams_whole(shipped: Server) -> None:
    answer = shipped.get("/graph?default", "application/n-triples")
    assert answer.status_code == 200
    assert "content-length" not in answer.headers
    triples = shipped.get("/sparql?query=" + quote("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"), "text/csv").text.split()[1]
    assert answer.text.count("\n") == int(triples)
    head = shipped.client.head("/graph?default", headers={"Accept": "application/n-triples"})
    assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"])
