"""SPARQL 1.1 Graph Store HTTP Protocol: the seventeen reads that a service without writing can be tried with."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

from tests.gate.conformance.conftest import ESCAPED, PLAIN

pytestmark = pytest.mark.suite("graph store, reads")
_UNKNOWN = "/graph?graph=" + quote("http://example.org/gsp/unknown", safe="")
_NAMED = "/graph?graph=" + quote(PLAIN, safe="")
_DEFAULT = "/graph?default"


def _holds(answer: httpx.Response, graph: str, form: ox.RdfFormat = ox.RdfFormat.TURTLE) -> None:
    assert answer.status_code == 200
    (quad,) = ox.parse(answer.content, format=form)
    assert quad.subject == ox.NamedNode(graph)


@pytest.mark.parametrize(
    ("query", "graph"),
    [
        (quote(PLAIN, safe=""), PLAIN),
        (PLAIN, PLAIN),
        (PLAIN.replace("plain", "%70lain"), PLAIN),
        (quote(ESCAPED, safe=""), ESCAPED),
    ],
    ids=["encoded", "as it is", "an escape of its own", "an escaped escape"],
)
def test_a_named_graph_is_found_by_its_iri_decoded_once(
    w3c: Path, endpoint: httpx.Client, query: str, graph: str
) -> None:
    _holds(endpoint.get(f"/graph?graph={query}", headers={"Accept": "text/turtle"}), graph)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ],
)
def test_a_named_graph_comes_in_the_format_asked_for(
    w3c: Path, endpoint: httpx.Client, kind: str, form: ox.RdfFormat
) -> None:
    answer = endpoint.get(_NAMED, headers={"Accept": kind})
    assert answer.headers["content-type"].split(";")[0] == kind
    _holds(answer, PLAIN, form)


@pytest.mark.parametrize("address", [_NAMED, _DEFAULT], ids=["named", "default"])
def test_head_has_a_media_type_and_no_body(w3c: Path, endpoint: httpx.Client, address: str) -> None:
    answer = endpoint.head(address, headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/turtle")


def test_the_default_graph_is_there(w3c: Path, endpoint: httpx.Client) -> None:
    answer = endpoint.get(_DEFAULT, headers={"Accept": "application/n-triples"})
    assert answer.status_code == 200
    assert len(list(ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES))) > 1000


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_graph_is_not_found(w3c: Path, endpoint: httpx.Client, method: str) -> None:
    assert endpoint.request(method, _UNKNOWN).status_code == 404


@pytest.mark.parametrize(
    ("address", "statuses"),
    [(f"{_NAMED}&default", {400}), ("/graph?graph=relative", {400, 404})],
    ids=["both", "relative"],
)
def test_what_names_no_single_graph_is_refused(
    w3c: Path, endpoint: httpx.Client, address: str, statuses: set[int]
) -> None:
    assert endpoint.get(address).status_code in statuses


def test_a_type_that_is_not_rdf_is_not_acceptable(w3c: Path, endpoint: httpx.Client) -> None:
    assert endpoint.get(_NAMED, headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_writing_is_refused(w3c: Path, endpoint: httpx.Client, method: str) -> None:
    answer = endpoint.request(method, _NAMED, content=b"<a:> <a:> <a:> .", headers={"Content-Type": "text/turtle"})
    assert answer.status_code in (401, 403, 405, 501)
