"""An answer that is cut never looks whole: every client fails, whether a limit or a crash was the cause."""

from __future__ import annotations

import json
import sys
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.gate.clients.killing import BUSY, workers_killed
from tests.gate.clients.programs import ENDLESS, ENDLESS_GRAPH, printed, run
from tests.servers import Server
from tests.support import CURL, LIMITS, RAPPER, ROQET, need

#: What the programs say when the connection ends before the answer does.
CUT = "transfer closed with outstanding read data remaining"


def address(server: Server, query: str, form: str = "") -> str:
    """Return the address of an answer."""
    return f"{server.url}/sparql?query={urllib.parse.quote(query, safe='')}" + (f"&format={form}" if form else "")


def assert_cut(command: Sequence[str | Path], server: Server) -> None:
    """Kill the worker in the middle of what ``command`` reads: it has to notice, and the next query is answered."""
    said = []
    for busy in BUSY:
        with workers_killed(server, busy) as killed:
            done = run(command)
        assert killed
        assert done.returncode != 0
        said.append(done.stderr)
        if CUT in done.stderr:
            break
    assert CUT in said[-1], said
    assert server.get(address(server, "ASK {}")).json()["boolean"] is True


def assert_stopped(command: Callable[[Server], Sequence[str | Path]], hasty: Callable[[float], Server]) -> None:
    """Let the time limit stop what ``command`` reads."""
    said = []
    for limit in LIMITS:
        done = run(command(hasty(limit)))
        assert done.returncode != 0
        said.append(done.stderr)
        if CUT in done.stderr:
            break
    assert CUT in said[-1], said


@pytest.mark.parametrize("form", ["json", "tsv"])
def test_curl_notices_a_killed_worker_in_tables(server: Server, tmp_path: Path, form: str) -> None:
    assert_cut([need(CURL), "-sSf", address(server, ENDLESS, form), "-o", tmp_path / "part"], server)


@pytest.mark.parametrize("form", ["jsonld", "nq"])
def test_curl_notices_a_killed_worker_in_graphs(server: Server, tmp_path: Path, form: str) -> None:
    assert_cut([need(CURL), "-sSf", address(server, ENDLESS_GRAPH, form), "-o", tmp_path / "part"], server)


def test_curl_notices_a_time_limit(hasty: Callable[[float], Server], tmp_path: Path) -> None:
    assert_stopped(lambda server: [need(CURL), "-sSf", address(server, ENDLESS), "-o", tmp_path / "part"], hasty)
    part = (tmp_path / "part").read_bytes()
    assert len(part) > 2**20
    assert not part.endswith(b"]}}")


def test_roqet_notices(server: Server, hasty: Callable[[float], Server]) -> None:
    def command(asked: Server) -> list[str | Path]:
        return [need(ROQET), "-q", "-p", f"{asked.url}/sparql", "-e", ENDLESS, "-r", "csv"]

    assert_cut(command(server), server)
    assert_stopped(command, hasty)


@pytest.mark.parametrize(("reader", "form"), [("turtle", ""), ("ntriples", "nt"), ("rdfxml", "rdf")])
def test_rapper_notices(server: Server, reader: str, form: str) -> None:
    """Where it passes triples on as they come (N-Triples, RDF/XML), its exit code alone tells."""
    assert_cut([need(RAPPER), "-q", "-c", "-i", reader, address(server, ENDLESS_GRAPH, form)], server)


def test_rapper_notices_a_time_limit(hasty: Callable[[float], Server]) -> None:
    assert_stopped(lambda server: [need(RAPPER), "-q", "-c", "-i", "guess", address(server, ENDLESS_GRAPH)], hasty)


def test_comunica_notices(comunica: list[str], server: Server) -> None:
    with workers_killed(server) as killed:
        done = run([*comunica, f"sparql@{server.url}/sparql", ENDLESS])
    assert killed
    assert done.returncode != 0
    assert done.stderr.strip()
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.stdout)


#: Each program tries its calls and prints, for each, the exception that it got.
HEAD = """
import json, sys, urllib.parse
E, ROWS, GRAPH = sys.argv[1:4]
ADDRESS = E + "?query=" + urllib.parse.quote(ROWS)
seen = {}
def attempt(name, call):
    try:
        call()
        seen[name] = "whole"
    except Exception as error:
        seen[name] = type(error).__name__
"""
SPARQLWRAPPER = """
import SPARQLWrapper as w
def ask(query, form, method="GET", request=w.URLENCODED):
    client = w.SPARQLWrapper(E)
    client.setQuery(query); client.setReturnFormat(form); client.setMethod(method); client.setRequestMethod(request)
    return client.query().convert()
for form in (w.JSON, w.XML, w.CSV):
    attempt(form, lambda: ask(ROWS, form))
for form in (w.TURTLE, w.RDFXML):
    attempt(form, lambda: ask(GRAPH, form))
attempt("form", lambda: ask(ROWS, w.JSON, "POST"))
attempt("direct", lambda: ask(ROWS, w.JSON, "POST", w.POSTDIRECTLY))
"""
RDFLIB = """
from rdflib import Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
for method in ("GET", "POST", "POST_FORM"):
    graph = Graph(SPARQLStore(E, method=method))
    attempt(method + " rows", lambda: list(graph.query(ROWS)))
    attempt(method + " graph", lambda: graph.query(GRAPH).graph)
attempt("service", lambda: list(Graph().query("SELECT * {SERVICE <%s> {%s}}" % (E, ROWS.split("{")[1].rstrip("}")))))
attempt("document", lambda: Graph().parse(E + "?query=" + urllib.parse.quote(GRAPH)))
"""
PANDAS = """
import pandas
attempt("header", lambda: pandas.read_csv(ADDRESS, storage_options={"Accept": "text/csv"}))
attempt("parameter", lambda: pandas.read_csv(ADDRESS + "&format=csv"))
"""


@pytest.mark.parametrize("library", [SPARQLWRAPPER, RDFLIB, PANDAS], ids=["SPARQLWrapper", "rdflib", "pandas"])
def test_python_libraries_notice_a_killed_worker(server: Server, library: str) -> None:
    program = HEAD + library + "print(json.dumps(seen))"
    cut = {"IncompleteRead"}
    for busy in BUSY:
        with workers_killed(server, busy) as killed:
            text = printed([sys.executable, "-c", program, f"{server.url}/sparql", ENDLESS, ENDLESS_GRAPH])
        seen = json.loads(text)
        assert "whole" not in seen.values(), seen
        assert len(killed) >= len(seen)
        if set(seen.values()) == cut:
            break
    assert set(seen.values()) == cut, seen
