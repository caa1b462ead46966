"""curl, rasqal's roqet and raptor's rapper read the right rows and triples."""

from __future__ import annotations

import csv
import io
import json
import urllib.parse
from pathlib import Path

import pytest
from rdflib import Graph

from tests.gate.clients.programs import (
    ASK,
    ASK_NOT,
    CONSTRUCT,
    COUNT,
    COUNT_NAMED,
    LABELS,
    ROWS,
    SELECT,
    TRIPLE,
    printed,
    run,
)  # fmt: skip
from tests.support import CURL, RAPPER, ROQET, need


def rows(text: str) -> list[tuple[str, ...]]:
    """Return the rows of a CSV table without its header."""
    return [tuple(row) for row in csv.reader(io.StringIO(text))][1:]


@pytest.mark.parametrize("get", [True, False], ids=["get", "post"])
def test_curl_reads_tables_truth_and_graphs(endpoint: str, get: bool) -> None:
    curl: list[str | Path] = [need(CURL), "-sS", "--fail-with-body", *(["-G"] if get else []), endpoint]
    assert rows(printed([*curl, "--data-urlencode", f"query={SELECT}", "-H", "Accept: text/csv"])) == ROWS
    assert rows(printed([*curl, "--data-urlencode", f"query={SELECT}", "-d", "format=csv"])) == ROWS
    assert json.loads(printed([*curl, "--data-urlencode", f"query={ASK_NOT}"]))["boolean"] is False
    turtle = printed([*curl, "--data-urlencode", f"query={CONSTRUCT}"])
    assert [tuple(map(str, triple)) for triple in Graph().parse(data=turtle, format="turtle")] == [TRIPLE]
    named = ["--data-urlencode", f"default-graph-uri={LABELS}", "-d", "format=csv"]
    assert printed([*curl, "--data-urlencode", f"query={COUNT}", *named]) == printed(
        [*curl, "--data-urlencode", f"query={COUNT_NAMED}", "-d", "format=csv"]
    )


def test_curl_sends_a_query_as_it_is(endpoint: str) -> None:
    kinds = ["-H", "Content-Type: application/sparql-query", "-H", "Accept: text/csv"]
    curl: list[str | Path] = [need(CURL), "-sS", endpoint, *kinds]
    assert rows(printed([*curl, "--data-binary", SELECT])) == ROWS


def test_curl_fails_where_the_query_is_wrong(endpoint: str) -> None:
    done = run([need(CURL), "-sS", "--fail-with-body", endpoint, "--data-urlencode", "query=SELEC * {}"])
    assert done.returncode == 22
    assert json.loads(done.stdout)["status"] == 400


def test_roqet_reads_tables(endpoint: str) -> None:
    roqet: list[str | Path] = [need(ROQET), "-q", "-p", endpoint, "-r", "csv"]
    assert rows(printed([*roqet, "-e", SELECT])) == ROWS
    inside = printed([*roqet, "-e", COUNT_NAMED])
    assert printed([*roqet, "-D", LABELS, "-e", COUNT]) == inside
    assert printed([*roqet, "-e", COUNT]) != inside


def test_roqet_gets_an_answer_to_what_it_cannot_read(endpoint: str) -> None:
    """It reads tables only: a truth value arrives as an empty table, and a graph (Turtle) as an error in XML."""
    roqet: list[str | Path] = [need(ROQET), "-q", "-p", endpoint]
    assert run([*roqet, "-e", ASK, "-r", "csv"]).returncode == 0
    assert printed([*roqet, "-e", "SELECT (EXISTS { ?s ?p 'Múnich'@es } AS ?yes) {}", "-r", "csv"]).split() == [
        "yes",
        "true",
    ]
    graph = run([*roqet, "-e", CONSTRUCT])
    assert "HTTP status" not in graph.stderr
    assert "XML parser error" in graph.stderr


@pytest.mark.parametrize(("reader", "form"), [("guess", ""), ("turtle", ""), ("ntriples", "nt"), ("rdfxml", "rdf")])
def test_rapper_reads_graphs(endpoint: str, reader: str, form: str) -> None:
    extra = f"&format={form}" if form else ""
    address = f"{endpoint}?query={urllib.parse.quote(CONSTRUCT, safe='')}{extra}"
    text = printed([need(RAPPER), "-q", "-i", reader, address, "-o", "ntriples"])
    assert [tuple(map(str, triple)) for triple in Graph().parse(data=text, format="nt")] == [TRIPLE]
