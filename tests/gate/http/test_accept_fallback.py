"""A client that takes several forms gets the next one where the first cannot carry the answer."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import httpx
import pytest
import rdflib

from cityrights.pipeline.steps import build_files
from tests.servers import Server

#: A predicate without a name, a control character, a triple term, a carriage return; and a thing of each kind.
DATA = """
PREFIX e: <http://ex.org/>
e:s <http://ex.org/123> e:o .
e:ctl e:p "bell \\u0007" .
e:g { e:a e:p e:b }
e:bad { e:a <http://ex.org/123> e:b }
e:term { e:a e:p <<( e:a e:p e:b )>> }
e:cr { e:a e:p "a\\rb", "c\\r\\nd" }
<https://w3id.org/cityrights/id/city/unnamed> <http://ex.org/123> [ e:p 1 ] .
<https://w3id.org/cityrights/id/city/term> e:p <<( e:a e:p e:b )>> .
<https://w3id.org/cityrights/id/city/plain> e:p "c\\r\\nd" , _:b .
"""
XML, TABLE = "application/rdf+xml", "application/sparql-results+xml"
UNNAMED = "CONSTRUCT WHERE { <http://ex.org/s> ?p ?o }"
BELL = "SELECT ?o { <http://ex.org/ctl> ?p ?o }"
TERM = "CONSTRUCT { ?s ?p ?o } { GRAPH <http://ex.org/term> { ?s ?p ?o } }"


@pytest.fixture(scope="module")
def served(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over what some formats cannot carry."""
    folder = tmp_path_factory.mktemp("fallback")
    (folder / "data.trig").write_text(DATA)
    return start(build_files([folder / "data.trig"], folder / "snapshots").path)


def _ask(served: Server, query: str, accept: str, **more: str) -> httpx.Response:
    return served.client.get("/sparql", params={"query": query, **more}, headers={"Accept": accept})


def _kind(answer: httpx.Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


def test_a_query_is_answered_in_the_next_form_that_is_taken(served: Server) -> None:
    for query, accept, kind in (
        (UNNAMED, f"{XML}, text/turtle;q=0.5", "text/turtle"),
        (UNNAMED, f"{XML}, text/turtle;q=0.5, application/n-triples;q=0.6", "application/n-triples"),
        (UNNAMED, f"{XML}, */*;q=0.1", "text/turtle"),
        (UNNAMED, "application/xml, application/ld+json;q=0.9", "application/ld+json"),
        (TERM, "application/ld+json, text/turtle;q=0.5", "text/turtle"),
        (TERM, f"application/ld+json, {XML};q=0.5, text/turtle;q=0.4", XML),
        (BELL, f"{TABLE}, text/csv;q=0.5", "text/csv"),
        (BELL, f"{TABLE}, */*;q=0.1", "application/sparql-results+json"),
        (BELL, f"application/geo+json, {TABLE};q=0.7, text/tab-separated-values;q=0.5", "text/tab-separated-values"),
        (UNNAMED, f"application/geo+json, {XML};q=0.9, application/trig;q=0.1", "application/trig"),
    ):
        answer = _ask(served, query, accept)
        assert (answer.status_code, _kind(answer)) == (200, kind), (query, accept)
        assert "Accept" in answer.headers["vary"], accept
        # Once more, from what is kept; and by the ETag, which is that of the form that was sent.
        assert _kind(_ask(served, query, accept)) == kind, accept
        headers = {"Accept": accept, "If-None-Match": answer.headers["etag"]}
        assert served.client.get("/sparql", params={"query": query}, headers=headers).status_code == 304, accept
        alone = _ask(served, query, kind)
        assert (alone.headers["etag"], alone.content) == (answer.headers["etag"], answer.content), accept


def test_who_takes_one_form_is_told_what_would_work(served: Server) -> None:
    graphs = ["text/turtle", "application/n-triples", "application/trig", "application/n-quads"]
    tables = ["application/sparql-results+json", "text/csv", "text/tab-separated-values"]
    for query, accept, more, named, available in (
        (UNNAMED, XML, {}, "http://ex.org/123", graphs),
        (UNNAMED, f"{XML}, text/turtle;q=0", {}, "http://ex.org/123", graphs),
        (UNNAMED, "*/*", {"format": "rdf"}, "http://ex.org/123", graphs),
        (UNNAMED, f"{XML}, text/turtle", {"format": "rdf"}, "http://ex.org/123", graphs),
        (TERM, "application/ld+json", {}, "triple terms", graphs),
        (BELL, TABLE, {}, "U+0007", tables),
        (BELL, "text/csv", {"format": "xml"}, "U+0007", tables),
        (BELL, "text/csv", {"format": "geojson"}, "coordinates", [*tables, "xlsx"]),
    ):
        answer = _ask(served, query, accept, **more)
        assert answer.status_code == 406, (query, accept, more)
        assert named in answer.json()["detail"], accept
        assert [kind.rpartition(".")[2] if "sheet" in kind else kind for kind in answer.json()["available"]] in (
            available,
            [*tables, "sheet"],
        ), accept
        for kind in answer.json()["available"]:
            assert _ask(served, query, kind).status_code == 200, kind


def test_a_graph_is_given_in_the_next_form_that_is_taken(served: Server) -> None:
    for graph, accept, kind in (
        ("http://ex.org/bad", f"{XML}, application/trig;q=0.5", "application/trig"),
        ("http://ex.org/term", "application/ld+json, application/n-quads;q=0.3", "application/n-quads"),
        ("http://ex.org/g", f"{XML}, application/trig;q=0.5", XML),
    ):
        answer = served.client.get("/graph", params={"graph": graph}, headers={"Accept": accept})
        assert (answer.status_code, _kind(answer)) == (200, kind), graph
        headers = {"Accept": accept, "If-None-Match": answer.headers["etag"]}
        assert served.client.get("/graph", params={"graph": graph}, headers=headers).status_code == 304, graph
    for more, accept in (({}, XML), ({"format": "rdf"}, f"{XML}, text/turtle")):
        refused = served.client.get("/graph", params={"graph": "http://ex.org/bad", **more}, headers={"Accept": accept})
        assert refused.status_code == 406
        assert XML not in refused.json()["available"]


def test_a_thing_leads_to_data_that_can_be_had(served: Server) -> None:
    accept = f"{XML}, application/ld+json;q=0.8, text/turtle;q=0.5"
    for key, extension in (("unnamed", "jsonld"), ("term", "rdf"), ("plain", "rdf")):
        answer = served.get(f"/id/city/{key}", accept)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/data/city/{key}.{extension}"
        assert "Accept" in answer.headers["vary"]
        data = served.get(answer.headers["location"], accept)
        assert (data.status_code, _kind(data).rpartition("+")[2]) == (200, {"jsonld": "json", "rdf": "xml"}[extension])
    refused = served.get("/id/city/unnamed", f"{XML}, image/png")
    assert refused.status_code == 406
    assert not any(XML in offer for offer in refused.json()["available"])
    assert len(refused.json()["available"]) == 6
    for path in ("/data/city/unnamed.rdf", "/data/city/term.jsonld"):  # an address names one form
        refused = served.get(path, "*/*")
        assert refused.status_code == 406, path
        assert not any(path in offer for offer in refused.json()["available"]), path
        for offer in refused.json()["available"]:
            assert served.get(offer.rpartition("(")[2].rstrip(")")).status_code == 200, offer


def test_carriage_returns_come_back_from_xml(served: Server) -> None:
    graph = served.client.get("/graph", params={"graph": "http://ex.org/cr"}, headers={"Accept": XML})
    read = rdflib.Graph().parse(data=graph.content, format="xml")
    assert {str(value) for value in read.objects()} == {"a\rb", "c\r\nd"}
    table = _ask(served, "SELECT ?o { GRAPH <http://ex.org/cr> { ?s ?p ?o } }", TABLE)
    told = rdflib.query.Result.parse(source=BytesIO(table.content), format="xml")
    assert {str(row[rdflib.Variable("o")]) for row in told.bindings} == {"a\rb", "c\r\nd"}
    data = served.get("/data/city/plain.rdf")
    assert "c\r\nd" in {str(value) for value in rdflib.Graph().parse(data=data.content, format="xml").objects()}
