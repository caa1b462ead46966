"""SPARQLWrapper, rdflib and pandas read the right rows, by each of the ways in which they can send a query."""

from __future__ import annotations

import io
import urllib.parse
from typing import Any

import pandas as pd
import pyoxigraph as ox
import pytest
import SPARQLWrapper
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from tests.gate.clients.programs import (
    ASK,
    ASK_NOT,
    BASE,
    CONSTRUCT,
    COUNT,
    COUNT_NAMED,
    LABELS,
    RDFS,
    ROWS,
    SELECT,
    TRIPLE,
)  # fmt: skip
from tests.nodes import literal, rows
from tests.servers import Server

#: SPARQLWrapper parses RDF/XML and JSON-LD into a class that rdflib is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

WAYS = [("GET", SPARQLWrapper.URLENCODED), ("POST", SPARQLWrapper.URLENCODED), ("POST", SPARQLWrapper.POSTDIRECTLY)]
METHODS = ["GET", "POST", "POST_FORM"]


def wrapped(endpoint: str, query: str, way: tuple[str, str], form: str, graph: str | None = None) -> Any:
    """Ask with SPARQLWrapper, as its documentation does."""
    client = SPARQLWrapper.SPARQLWrapper(endpoint)
    client.setMethod(way[0])
    client.setRequestMethod(way[1])
    client.setReturnFormat(form)
    client.setQuery(query)
    if graph is not None:
        client.addDefaultGraph(graph)
    answer = client.query()
    try:
        return answer.convert()
    finally:
        answer.response.close()


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_sparqlwrapper_reads_tables(endpoint: str, way: tuple[str, str]) -> None:
    found = wrapped(endpoint, SELECT, way, SPARQLWrapper.JSON)["results"]["bindings"]
    assert [(row["s"]["value"], row["l"]["value"]) for row in found] == ROWS
    document = wrapped(endpoint, SELECT, way, SPARQLWrapper.XML)
    assert [node.firstChild.data for node in document.getElementsByTagName("literal")] == [text for _, text in ROWS]
    table = pd.read_csv(io.BytesIO(wrapped(endpoint, SELECT, way, SPARQLWrapper.CSV)))
    assert list(table.itertuples(index=False, name=None)) == ROWS
    assert wrapped(endpoint, SELECT, way, SPARQLWrapper.TSV).decode() == "?s\t?l\n" + "".join(
        f'<{iri}>\t"{text}"@{language}\n' for (iri, text), language in zip(ROWS, ("fr", "es"), strict=True)
    )


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_sparqlwrapper_reads_graphs_truth_and_named_graphs(endpoint: str, way: tuple[str, str]) -> None:
    for form in (SPARQLWrapper.TURTLE, SPARQLWrapper.N3):
        text = wrapped(endpoint, CONSTRUCT, way, form)
        assert triples(Graph().parse(data=text, format="turtle")) == [TRIPLE]
    for form in (SPARQLWrapper.RDFXML, SPARQLWrapper.JSONLD):
        assert triples(wrapped(endpoint, CONSTRUCT, way, form)) == [TRIPLE]
    assert wrapped(endpoint, ASK, way, SPARQLWrapper.JSON)["boolean"] is True
    assert wrapped(endpoint, ASK_NOT, way, SPARQLWrapper.JSON)["boolean"] is False
    (truth,) = wrapped(endpoint, ASK, way, SPARQLWrapper.XML).getElementsByTagName("boolean")
    assert truth.firstChild.data == "true"
    inside = wrapped(endpoint, COUNT_NAMED, way, SPARQLWrapper.CSV)
    assert wrapped(endpoint, COUNT, way, SPARQLWrapper.CSV, graph=LABELS) == inside
    assert wrapped(endpoint, COUNT, way, SPARQLWrapper.CSV) != inside


def test_sparqlwrapper_names_what_is_wrong_with_a_query(endpoint: str) -> None:
    with pytest.raises(SPARQLWrapper.SPARQLExceptions.QueryBadFormed, match=r"SELECT \*"):
        wrapped(endpoint, "SELECT * { ?s ?p }", WAYS[0], SPARQLWrapper.JSON)


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_long_queries_arrive_by_every_way(endpoint: str, way: tuple[str, str]) -> None:
    declared = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in Graph().namespaces() if prefix != "rdfs")
    values = " ".join(f"<{BASE}id/city/nowhere-{number}>" for number in range(300))
    query = f"""{declared}
    {RDFS} SELECT ?l {{ VALUES ?s {{ {values} <{TRIPLE[0]}> }} ?s rdfs:label ?l FILTER(LANG(?l) = "es") }}"""
    assert len(urllib.parse.quote(query)) > 16_000
    (row,) = wrapped(endpoint, query, way, SPARQLWrapper.JSON)["results"]["bindings"]
    assert row["l"] == {"type": "literal", "xml:lang": "es", "value": "Múnich"}


@pytest.mark.parametrize("method", METHODS)
def test_an_rdflib_store_reads_the_endpoint(endpoint: str, method: str) -> None:
    graph = Graph(SPARQLStore(endpoint, method=method))
    assert len(dict(graph.namespaces())) > 25, "rdflib declares all of these before each query"
    assert [(str(row.s), str(row.l)) for row in rows(graph.query(SELECT))] == ROWS
    assert [literal(row.l).language for row in rows(graph.query(SELECT))] == ["fr", "es"]
    constructed = graph.query(CONSTRUCT).graph
    assert constructed is not None
    assert triples(constructed) == [TRIPLE]
    assert (graph.query(ASK).askAnswer, graph.query(ASK_NOT).askAnswer) == (True, False)
    assert str(graph.value(URIRef(TRIPLE[0]), URIRef(TRIPLE[1]))) in ("Munich", "Múnich")


@pytest.mark.parametrize("method", METHODS)
def test_an_rdflib_store_reads_one_named_graph(endpoint: str, server: Server, method: str) -> None:
    inside = Graph(SPARQLStore(endpoint, method=method), identifier=URIRef(LABELS))
    held = int(server.get("/sparql?format=csv&query=" + urllib.parse.quote(COUNT_NAMED)).text.split()[1])
    assert len(inside) == held
    assert len(list(inside)) == held
    assert len(Graph(SPARQLStore(endpoint, method=method))) > held


def test_an_rdflib_store_raises_for_a_refused_query_by_get_alone(endpoint: str) -> None:
    """By POST it returns status and reason as if they were a result; docs/clients.md warns of that."""
    wrong = "SELECT * { ?s ?p }"
    with pytest.raises(ValueError, match="wrong"):
        Graph(SPARQLStore(endpoint)).query(wrong)
    for method in ("POST", "POST_FORM"):
        answer: Any = Graph(SPARQLStore(endpoint, method=method)).query(wrong)
        assert answer[0] == 400
        assert answer[2] is None


def test_rdflib_asks_as_a_service(endpoint: str) -> None:
    found = Graph().query(f"""SELECT ?s ?l WHERE {{ SERVICE <{endpoint}> {{
        ?s <{TRIPLE[1]}> ?l FILTER(?l = "Múnich"@es) }} }}""")
    assert [(str(row.s), str(row.l), literal(row.l).language) for row in rows(found)] == [(TRIPLE[0], "Múnich", "es")]


def test_oxigraph_asks_as_a_service(endpoint: str) -> None:
    found = ox.Store().query(f"""SELECT ?s ?l WHERE {{ SERVICE <{endpoint}> {{
        ?s <{TRIPLE[1]}> ?l FILTER(?l = "Múnich"@es) }} }}""")
    assert isinstance(found, ox.QuerySolutions)
    assert [(row["s"], row["l"]) for row in found] == [(ox.NamedNode(TRIPLE[0]), ox.Literal("Múnich", language="es"))]


def test_rdflib_parses_an_answer_as_a_document(endpoint: str) -> None:
    assert triples(Graph().parse(f"{endpoint}?query={urllib.parse.quote(CONSTRUCT)}")) == [TRIPLE]


def test_pandas_reads_with_an_accept_header_or_with_a_parameter(endpoint: str) -> None:
    address = f"{endpoint}?query={urllib.parse.quote(SELECT)}"
    asked = pd.read_csv(address, storage_options={"Accept": "text/csv"})
    assert list(asked.itertuples(index=False, name=None)) == ROWS
    assert pd.read_csv(f"{address}&format=csv").equals(asked)
    tabs = pd.read_csv(f"{address}&format=tsv", sep="\t")
    assert list(tabs.columns) == ["?s", "?l"]


def triples(graph: Graph) -> list[tuple[str, str, str]]:
    """Return the triples of a graph as text."""
    return [(str(s), str(p), str(o)) for s, p, o in graph.triples((None, None, None))]
