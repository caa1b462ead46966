"""What Virtuoso answers is what the snapshot answers, and none of its ways reaches a client."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from cityrights import library
from cityrights.describe.ask import page_query, with_options
from cityrights.engine import EmbeddedEngine, Engine
from cityrights.engine.base import Term
from cityrights.engine.dialects import CATALOGUE, MERGED
from cityrights.engine.remote import RemoteEngine
from cityrights.errors import QueryError, QueryRefused, QuerySyntaxError
from cityrights.namespaces import CR, ID, PREFIXES
from cityrights.resources import home
from cityrights.snapshot import Snapshot
from tests.remote.conftest import run_push
from tests.web.conftest import Server

HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
EXPLORE = sorted((home() / "queries" / "explore").glob("*.rq"))
PAGES = sorted(path.stem for path in (home() / "queries" / "pages").glob("*.rq"))
PARAMETERS: dict[str, Term] = {
    "claim": ox.NamedNode(ID + "claim/twenty-practices/10"),
    "thing": ox.NamedNode(ID + "practice/montevideo-museum-of-migration"),
    "source": ox.NamedNode(ID + "source/twenty-practices"),
    "class": ox.NamedNode(CR + "Practice"),
    "country": ox.NamedNode(ID + "country/spain"),
    "theme": ox.NamedNode(ID + "theme/participation"),
    "p": ox.NamedNode(CR + "place"),
    "g": ox.NamedNode(ID + "claim/twenty-practices/10"),
    "words": ox.Literal("Utrecht"),
}
#: Page query → its parameters.
BOUND = {
    "claim_graph": ("claim",),
    "claim_line": ("claim",),
    "exists": ("thing",),
    "graph_document": ("g",),
    "list": ("class",),
    "list_choices": ("class",),
    "search": ("words",),
    "source_claims": ("source",),
    "thing_claims": ("thing",),
    "thing_document": ("thing",),
    "thing_document_incoming": ("thing",),
    "thing_evidence": ("thing",),
    "thing_incoming": ("thing", "p"),
    "thing_incoming_counts": ("thing",),
    "thing_labels": ("thing",),
    "thing_statements": ("thing",),
}


def answer(engine: Engine, text: str, bound: Mapping[str, Term] | None = None) -> tuple[list[str], list[list[str]]]:
    """Return the variables and the rows in an order of their own."""
    with engine.query(text, substitutions=bound) as result:
        found = ox.parse_query_results(result.read(), ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    names = sorted(variable.value for variable in found.variables)  # stores differ in the order of SELECT *
    return names, sorted([str(row[name]) for name in names] for row in found)


def test_there_is_something_to_compare() -> None:
    assert len(EXPLORE) > 40
    assert len(PAGES) > 18


@pytest.mark.parametrize("path", EXPLORE, ids=lambda path: path.stem)
def test_library_queries_give_the_same_rows(path: Path, remote: RemoteEngine, embedded: EmbeddedEngine) -> None:
    query = library.read(path)
    wanted = answer(embedded, HEAD + query.text, query.bindings())
    assert wanted[1]
    assert answer(remote, HEAD + query.text, query.bindings()) == wanted


@pytest.mark.parametrize("name", PAGES)
def test_page_queries_give_the_same_rows(name: str, remote: RemoteEngine, embedded: EmbeddedEngine) -> None:
    text = page_query(name).replace("#page", "LIMIT 20 OFFSET 1")
    bound = {key: PARAMETERS[key] for key in BOUND.get(name, ())}
    if name.startswith("thing_incoming"):
        bound["thing"] = ox.NamedNode(ID + "city/utrecht")
    if name == "exists":  # any one row will do, so compare that there is one
        assert len(answer(remote, text, bound)[1]) == len(answer(embedded, text, bound)[1]) == 1
        return
    wanted = answer(embedded, text, bound)
    assert wanted[1]
    assert answer(remote, text, bound) == wanted


@pytest.mark.parametrize("options", [("country",), ("theme", "settled"), ("country", "theme", "settled")])
def test_narrowed_lists_give_the_same_rows(
    options: tuple[str, ...], remote: RemoteEngine, embedded: EmbeddedEngine
) -> None:
    text = with_options(page_query("list"), options)
    bound = {"class": PARAMETERS["class"], **{key: PARAMETERS[key] for key in options if key != "settled"}}
    assert answer(remote, text, bound) == answer(embedded, text, bound)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?p ?o { GRAPH graph:claims { <https://w3id.org/cityrights/id/claim/twenty-practices/10> ?p ?o } }",
        "SELECT * { GRAPH graph:claims { ?s a cr:GroupClaim ; dcterms:identifier ?o } }",
        "SELECT ?g ?n { GRAPH ?g { ?s a cr:Award } GRAPH graph:claims { ?g dcterms:identifier ?n } }",
        "SELECT ?s { ?s a cr:Award FILTER NOT EXISTS { GRAPH ?g { ?s cr:year ?y } } }",
        "SELECT ?s ?l FROM editorial:labels { ?s a cr:Award . ?s rdfs:label ?l }",
        "SELECT ?s ?l FROM editorial:labels { ?s rdfs:label ?l FILTER(LANG(?l) = 'es') }",
        "SELECT ?g (COUNT(*) AS ?n) FROM NAMED graph:claims FROM NAMED editorial:labels { GRAPH ?g { ?s ?p ?o } }"
        " GROUP BY ?g",
        "SELECT ?s { ?s skos:broader+ kind:office }",
        "SELECT ?s ?v { ?s cr:value ?v }",
        "SELECT (<relative> AS ?iri) {}",
        "SELECT (SUM(?v) AS ?all) { ?s cr:value ?v FILTER(?v < 100) }",
    ],
)
def test_graphs_and_paths_mean_the_same(text: str, remote: RemoteEngine, embedded: EmbeddedEngine) -> None:
    assert answer(remote, HEAD + text) == answer(embedded, HEAD + text)


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"])
@pytest.mark.parametrize("accept_tsv", [False, True])
def test_the_bytes_are_the_same(accept: str, accept_tsv: bool, remote: RemoteEngine, embedded: EmbeddedEngine) -> None:
    wanted = "text/tab-separated-values" if accept_tsv else accept
    text = HEAD + "SELECT ?s ?n ?t { ?s a cr:Claim ; dcterms:identifier ?n ; cr:text ?t } ORDER BY ?n LIMIT 200"
    assert remote.query(text, accept=wanted).read() == embedded.query(text, accept=wanted).read()
    ask = HEAD + "ASK { ?s a cr:Claim }"
    assert remote.query(ask, accept=wanted).read() == embedded.query(ask, accept=wanted).read()


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a cr:Practice ; rdfs:label ?l }",
        "CONSTRUCT WHERE { ?s a cr:Award ; cr:year ?y }",
        "DESCRIBE <https://w3id.org/cityrights/id/practice/montevideo-museum-of-migration>",
        "DESCRIBE ?s <https://w3id.org/cityrights/id/city/utrecht> WHERE { ?s a cr:Award }",
    ],
)
def test_graphs_are_the_same(text: str, remote: RemoteEngine, embedded: EmbeddedEngine) -> None:
    def triples(engine: Engine) -> list[str]:
        return sorted(set(engine.query(HEAD + text, accept="application/n-triples").read().decode().splitlines()))

    wanted = triples(embedded)
    assert wanted
    assert triples(remote) == wanted
    assert remote.query(HEAD + text, accept="text/turtle").media_type == "text/turtle"


def test_a_row_cap_is_an_error_and_not_an_answer(remote: RemoteEngine) -> None:
    with pytest.raises(QueryRefused, match="rows at most"):
        remote.query("SELECT * { ?s ?p ?o }").read()
    assert len(answer(remote, "SELECT * { ?s ?p ?o } LIMIT 9000")[1]) == 9000


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o }", QuerySyntaxError),
        ("SELECT * { ?s ?p }", QuerySyntaxError),
        ("SELECT * { ?s undeclared:p ?o }", QuerySyntaxError),
        ("SELECT (<bif:http_get>('http://127.0.0.1:1/') AS ?x) {}", QueryRefused),
        ("PREFIX b: <bif:> SELECT (b:delay(3) AS ?x) {}", QueryRefused),
        ("DEFINE get:soft 'replace' SELECT * { ?s ?p ?o }", QueryRefused),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", QueryRefused),
        ("CLEAR ALL", QueryRefused),
    ],
)
def test_faults_are_told_in_our_words(text: str, error: type[QueryError], remote: RemoteEngine) -> None:
    with pytest.raises(error) as raised:
        remote.query(text).read()
    assert not re.search("virtuoso|SR[0-9]{3}|SP[0-9]{3}|37000", str(raised.value), re.IGNORECASE)


def test_default_graphs_that_share_a_statement_are_refused(remote: RemoteEngine, snapshot: Snapshot) -> None:
    with pytest.raises(QueryRefused, match="share"):
        remote.query("SELECT * { ?s ?p ?o }", default_graphs=[MERGED, next(iter(graphs(snapshot)))])
    assert CATALOGUE not in graphs(snapshot)


def graphs(snapshot: Snapshot) -> set[str]:
    lines = snapshot.nquads.read_text("utf-8").splitlines()
    return {line.rsplit(" ", 2)[1][1:-1] for line in lines}


def test_a_load_that_is_done_is_not_done_again(store: str, snapshot: Snapshot, tmp_path: Path) -> None:
    again = run_push(store.removesuffix("/sparql"), snapshot, tmp_path / "other.json")
    assert again.returncode == 1
    assert "--replace" in again.stderr


def test_the_site_runs_on_the_store(store: str, snapshot: Snapshot, start: Callable[..., Server]) -> None:
    site = start(snapshot.path, endpoint=store, dialect="union", workers=4)
    for path in ("/", "/practices", "/page/practice/montevideo-museum-of-migration", "/page/claim/twenty-practices/10"):
        page = site.get(path, "text/html")
        assert page.status_code == 200, path
    query = {"query": HEAD + "SELECT (COUNT(*) AS ?n) { ?s a cr:Practice }", "format": "csv"}
    counted = site.client.get("/sparql", params=query)
    assert counted.status_code == 200
    assert int(counted.text.split()[1]) > 40
    capped: httpx.Response = site.client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"})
    assert capped.status_code == 400
    assert "Virtuoso" not in capped.text
