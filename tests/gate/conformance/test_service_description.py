"""SPARQL 1.1 Service Description: the three W3C tests, which their manifest names and words describe."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import rdflib
from rdflib import RDF, URIRef

from tests.gate.conformance.manifests import Manifest

_SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
#: Property → class that its values have, by the schema of the vocabulary.
_RANGES = {
    _SD.defaultDataset: _SD.Dataset,
    _SD.defaultGraph: _SD.Graph,
    _SD.namedGraph: _SD.NamedGraph,
    _SD.graph: _SD.Graph,
}

suite = pytest.mark.suite("service description")


def _graph(endpoint: httpx.Client) -> rdflib.Graph:
    answer = endpoint.get("/sparql", headers={"Accept": "text/turtle"})
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.content, format="turtle")


@suite
def test_returns_rdf(w3c: Path, endpoint: httpx.Client) -> None:
    for kind, parser in (("text/turtle", "turtle"), ("application/rdf+xml", "xml"), ("application/n-triples", "nt")):
        answer = endpoint.get("/sparql", headers={"Accept": kind})
        assert answer.headers["content-type"].split(";")[0] == kind
        assert len(rdflib.Graph().parse(data=answer.content, format=parser)) > 0


@suite
def test_has_endpoint_triple(w3c: Path, endpoint: httpx.Client) -> None:
    address = URIRef(f"{str(endpoint.base_url).rstrip('/')}/sparql")
    assert list(_graph(endpoint).subjects(_SD.endpoint, address))


@suite
def test_conforms_to_schema(w3c: Path, endpoint: httpx.Client) -> None:
    graph = _graph(endpoint)
    (service,) = graph.subjects(RDF.type, _SD.Service)
    assert len(list(graph.objects(service, _SD.endpoint))) == 1
    languages = {_SD.SPARQL10Query, _SD.SPARQL11Query, _SD.SPARQL11Update}
    assert set(graph.objects(service, _SD.supportedLanguage)) <= languages
    assert len(list(graph.objects(service, _SD.defaultDataset))) <= 1
    for prop, kind in _RANGES.items():
        for value in graph.objects(None, prop):
            assert (value, RDF.type, kind) in graph, (prop, value)
    for named in graph.subjects(RDF.type, _SD.NamedGraph):
        assert len(list(graph.objects(named, _SD.name))) == 1
    known = {
        _SD[name]
        for name in ("DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery")
    }
    assert set(graph.objects(service, _SD.feature)) <= known


def test_the_manifest_has_three(w3c: Path) -> None:
    manifest = Manifest(w3c, "sparql/sparql11/service-description/manifest.ttl")
    assert len(list(manifest.entries())) == 3
