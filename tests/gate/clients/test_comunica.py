"""Comunica, in JavaScript, reads the endpoint; it recognises it by its service description."""

from __future__ import annotations

import json

from rdflib import Graph

from tests.gate.clients.programs import (
    ASK,
    CONSTRUCT,
    LABELS,
    ROWS,
    SELECT,
    TRIPLE,
    printed,
)  # fmt: skip
from tests.servers import Server


def rows(text: str, *names: str) -> list[tuple[str, ...]]:
    """Return the values of a table as Comunica prints it: literals in the notation of N-Triples."""
    return [tuple(row[name] for name in names) for row in json.loads(text)]


def test_comunica_recognises_the_endpoint_and_reads_a_table(comunica: list[str], endpoint: str) -> None:
    """Without the prefix ``sparql@``: as a document to be read, the address has no label of any city."""
    expected = [(iri, f'"{text}"@{language}') for (iri, text), language in zip(ROWS, ("fr", "es"), strict=True)]
    assert rows(printed([*comunica, endpoint, SELECT]), "s", "l") == expected


def test_comunica_reads_a_graph_and_truth(comunica: list[str], endpoint: str) -> None:
    turtle = printed([*comunica, f"sparql@{endpoint}", CONSTRUCT, "-t", "text/turtle"])
    assert [tuple(map(str, triple)) for triple in Graph().parse(data=turtle, format="turtle")] == [TRIPLE]
    assert printed([*comunica, f"sparql@{endpoint}", ASK, "-t", "simple"]).strip() == "true"


def test_comunica_reads_a_named_graph(comunica: list[str], endpoint: str) -> None:
    named = f"SELECT ?l FROM <{LABELS}> WHERE {{ <{TRIPLE[0]}> ?p ?l FILTER(LANG(?l) = 'es') }}"
    assert rows(printed([*comunica, f"sparql@{endpoint}", named]), "l") == [('"Múnich"@es',)]


def test_comunica_reads_what_a_name_leads_to(comunica: list[str], server: Server) -> None:
    """It asks for N-Quads first and then looks into the default graph, which so must not be empty."""
    spanish = f"SELECT ?l WHERE {{ <{TRIPLE[0]}> ?p ?l FILTER(LANG(?l) = 'es') }}"
    name = f"file@{server.url}/id/city/m%C3%BCnchen"
    assert rows(printed([*comunica, name, spanish]), "l") == [('"Múnich"@es',)]
