"""The service description says what is so: every function answers, every graph and dump is there."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
import rdflib
from rdflib import RDF, RDFS, URIRef

from tests.nodes import literal
from tests.servers import Server

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
FORMATS = rdflib.Namespace("http://www.w3.org/ns/formats/")
DATASET = URIRef("https://w3id.org/cityrights/dataset")


@pytest.fixture(scope="module")
def description(shipped: Server) -> rdflib.Graph:
    """The description of the shipped service."""
    return rdflib.Graph().parse(data=shipped.get("/sparql", "text/turtle").text, format="turtle")


@pytest.fixture(scope="module")
def service(description: rdflib.Graph) -> rdflib.term.Node:
    (found,) = description.subjects(RDF.type, SD.Service)
    return found


def test_every_format_named_is_sent(shipped: Server, description: rdflib.Graph, service: rdflib.term.Node) -> None:
    named = list(description.objects(service, SD.resultFormat))
    assert len(named) == 12
    for form in named:
        kind = str(description.value(form, FORMATS.media_type))
        table = kind.startswith(("application/sparql", "text/csv", "text/tab", "application/vnd", "application/geo"))
        query = (
            "SELECT (1 AS ?lat) (2 AS ?long) { ?s ?p ?o } LIMIT 1" if table else "CONSTRUCT WHERE { ?s a ?o } LIMIT 1"
        )
        answer = shipped.get(f"/sparql?query={quote(query)}", kind)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)


def test_every_extension_function_has_a_value(
    shipped: Server, description: rdflib.Graph, service: rdflib.term.Node
) -> None:
    """Not only is it known: for what its standard gives it, it says something."""
    functions = sorted(map(str, description.objects(service, SD.extensionFunction)))
    assert len(functions) > 40
    assert all((URIRef(function), RDF.type, SD.Function) in description for function in functions)
    geometry = "^^<http://www.opengis.net/ont/geosparql#wktLiteral>"
    unit = "<http://www.opengis.net/def/uom/OGC/1.0/{}>"
    point, line, area, within = (
        f"'{text}'{geometry}"
        for text in (
            "POINT(0 0)",
            "LINESTRING(0 0, 3 3)",
            "POLYGON((0 0, 4 0, 4 4, 0 0))",
            "POLYGON((2 1, 3 1, 3 2, 2 1))",
        )
    )
    given = [point, f"{area}, {point}", f"{line}, {unit.format('metre')}", f"{point}, {point}, {unit.format('metre')}"]
    given += [
        f"{area}, {unit.format('metre')}",
        f"{area}, {unit.format('square_metre')}",
        f"{area}, {within}",
        f"{area}, {within}, 'T********'",
    ]
    casts = ["2024-01-02", "10:00:00", "P1D", "P1Y", "2024", "2024-01", "--01", "---02", "--01-02"]
    tried = [*given, *(f"'{text}'" for text in casts)]
    for function in functions:
        values = " ".join(f"(COALESCE(<{function}>({arguments}), '') AS ?v{n})" for n, arguments in enumerate(tried))
        answer = shipped.get(f"/sparql?query={quote(f'SELECT {values} {{}}')}")
        if answer.status_code != 200:  # it takes one number of arguments
            found = [shipped.get(f"/sparql?query={quote(f'SELECT (<{function}>({one}) AS ?v) {{}}')}") for one in tried]
            rows = [one.json()["results"]["bindings"][0] for one in found if one.status_code == 200]
        else:
            rows = answer.json()["results"]["bindings"]
        assert any(value["value"] for row in rows for value in row.values()), function


def test_named_graphs_and_dumps_are_there(shipped: Server, description: rdflib.Graph) -> None:
    graphs = [str(name) for name in description.objects(None, SD.name)]
    assert "https://w3id.org/cityrights/graph/claims" in graphs
    assert len(graphs) == len(set(graphs)) > 5
    for graph in graphs:
        assert shipped.client.head(f"/graph?graph={quote(graph, safe='')}").status_code == 200, graph
    dumps = [*description.objects(DATASET, VOID.dataDump), *description.objects(DATASET, RDFS.seeAlso)]
    assert len(dumps) == 8
    for dump in dumps:
        assert shipped.client.head(urlsplit(str(dump)).path).status_code == 200, dump


def test_the_default_graph_is_the_union_and_nothing_is_entailed(
    shipped: Server, description: rdflib.Graph, service: rdflib.term.Node
) -> None:
    assert list(description.objects(service, SD.feature)) == [SD.UnionDefaultGraph]
    regime = URIRef("http://www.w3.org/ns/entailment/Simple")
    assert description.value(service, SD.defaultEntailmentRegime) == regime
    default = description.value(None, RDF.type, SD.Dataset)
    graph = description.value(default, SD.defaultGraph)
    union = quote("SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }")
    rows = shipped.get(f"/sparql?query={union}").json()["results"]["bindings"]
    assert int(rows[0]["n"]["value"]) == int(literal(description.value(graph, VOID.triples)))


def test_limits_version_and_claim_graphs_are_told(
    shipped: Server, description: rdflib.Graph, service: rdflib.term.Node
) -> None:
    words = str(description.value(service, RDFS.comment))
    assert all(part in words for part in ("read-only", "30 s", "1024 MiB", "/graph?default"))
    longest, posted, plain = (
        int(words.partition(before)[2].split()[0].rstrip(";").replace(",", ""))
        for before in ("by GET may have ", "by POST ", "; of a query ")
    )
    query = "ASK { ?s ?p '" + "x" * 100 + "' }"
    address = f"query={quote(query)}&unused="
    assert shipped.get(f"/sparql?{address}{'x' * (longest - len(address))}").status_code == 200
    assert shipped.get(f"/sparql?{address}{'x' * (longest - len(address) + 1)}").status_code == 414
    sent = {"Content-Type": "application/sparql-query"}
    for length, status in ((plain, 200), (plain + 1, 400)):
        text = f"ASK {{ ?s ?p '{'x' * (length - 16)}' }}"
        assert (len(text), shipped.client.post("/sparql", content=text, headers=sent).status_code) == (length, status)
    for length, status in ((posted, 200), (posted + 1, 413)):
        text = f"ASK {{ VALUES ?v {{ '{'x' * (length - 24)}' }} }}"
        assert (len(text), shipped.client.post("/sparql", content=text, headers=sent).status_code) == (length, status)
    data = description.value(service, SD.defaultDataset)
    assert "id/claim/{source}/{number}" in str(description.value(data, RDFS.comment))
    version = shipped.get("/health").json()["version"]
    assert str(description.value(service, rdflib.OWL.versionInfo)) == version
