"""The questions in the hands of a foreign program: it reads /queries.ttl and asks each of the endpoint named there."""

from __future__ import annotations

import rdflib
from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper

from tests.nodes import iris, literal
from tests.servers import Server

SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
SCHEMA = rdflib.Namespace("https://schema.org/")


def _taken(graph: rdflib.Graph, one: rdflib.term.Node) -> tuple[str, str, str]:
    """Return kind, endpoint and query of an executable, the prefixes before it as SHACL-SPARQL §5.2.1 says."""
    head = ""
    for prefixes in graph.objects(one, SH.prefixes):
        for declared in graph.objects(prefixes, SH.declare):
            head += f"PREFIX {graph.value(declared, SH.prefix)}: <{graph.value(declared, SH.namespace)}>\n"
    kind = "construct" if graph.value(one, SH.construct) is not None else "select"
    text = literal(graph.value(one, SH[kind]))
    return kind, str(graph.value(one, SCHEMA.target)), f"{head}{text}"


def test_each_question_has_the_rows_of_its_page(shipped: Server) -> None:
    graph = rdflib.Graph().parse(f"{shipped.url}/queries.ttl", format="turtle")
    found = sorted(iris(graph.subjects(rdflib.RDF.type, SH.SPARQLExecutable)))
    assert len(found) >= 40
    graphs = 0
    for one in found:
        kind, endpoint, text = _taken(graph, one)
        client = SPARQLWrapper(endpoint)
        client.setQuery(text)
        own = shipped.get(f"{str(one).removeprefix(shipped.url)}.json").json()
        if kind == "construct":
            graphs += 1
            client.setReturnFormat(TURTLE)
            made = client.query().convert()
            assert isinstance(made, bytes)
            assert len(rdflib.Graph().parse(data=made, format="turtle")) == own["total"]
            continue
        client.setReturnFormat(JSON)
        table = client.query().convert()
        assert isinstance(table, dict)
        assert table["head"]["vars"] == own["columns"]
        rows = [
            {name: row[name]["value"] if name in row else None for name in own["columns"]}
            for row in table["results"]["bindings"]
        ]
        theirs = [
            {name: None if row[name] is None else str(row[name]) for name in own["columns"]} for row in own["rows"]
        ]
        assert rows == theirs, one
        assert rows, one
    assert graphs >= 1
