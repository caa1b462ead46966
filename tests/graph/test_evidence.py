"""Who says so: with the evidence beside them a query’s rows are the same, and each claim holds what it is named for.

The rule: over the query's own columns, the distinct rows before and after are equal. What is without evidence is there.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from rdflib.plugins.sparql.parser import parseQuery

from cityrights.api import KnowledgeGraph
from cityrights.api import open as open_graph
from cityrights.evidence import NoEvidence, with_evidence
from cityrights.home import home
from cityrights.library.pages import written_out
from cityrights.library.queries import library, with_prefixes
from cityrights.library.running import value_of
from cityrights.snapshot import Snapshot

CR = "PREFIX cr: <https://w3id.org/cityrights/ontology#>\n"
LIBRARY = {query.name: query for query in library(home() / "queries" / "explore") if not query.is_graph}


@pytest.fixture(scope="module")
def graph(snapshot: Snapshot) -> Iterator[KnowledgeGraph]:
    with open_graph(snapshot.path) as opened:
        yield opened


def text_of(name: str) -> str:
    query = LIBRARY[name]
    return with_prefixes(written_out(query.text, {each.name: value_of(each) for each in query.parameters}))


def distinct(graph: KnowledgeGraph, text: str, without: tuple[str, ...] = ()) -> set[tuple[tuple[str, str], ...]]:
    return {
        tuple(sorted((name, str(term)) for name, term in row.items() if term is not None and name not in without))
        for row in graph.select(text)
    }


def test_every_question_of_the_library_keeps_its_rows_or_is_refused_with_a_reason(graph: KnowledgeGraph) -> None:
    refused: Counter[str] = Counter()
    for name in LIBRARY:
        text = text_of(name)
        try:
            written = with_evidence(text)
        except NoEvidence as error:
            refused[error.reason] += 1
            continue
        assert distinct(graph, written.query, written.added) == distinct(graph, text), name
        assert written.statements
    written_anew = len(LIBRARY) - refused.total()
    sys.stdout.write(f"evidence: {written_anew} of {len(LIBRARY)} questions; refused: {dict(refused)}\n")
    assert set(refused) <= {"claims", "groups", "subquery", "nothing"}
    assert written_anew >= 33


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?p ?place { ?p a cr:Practice ; cr:place ?place }",
        "SELECT * { ?p a cr:Practice ; cr:place ?place . FILTER(?p != <x:y>) # the end\n}",
        "SELECT DISTINCT ?place { ?p a cr:Practice ; cr:place ?place . }",
        "SELECT ?p (STR(?place) AS ?text) WHERE { ?p cr:place ?place ; } ORDER BY ?p LIMIT 5",
        "SELECT * { ?p cr:place ?place } ORDER BY ?p ?place LIMIT 5 OFFSET 2",
        "SELECT DISTINCT ?p ?place { ?p cr:place ?place ; cr:theme ?theme } ORDER BY ?p ?place LIMIT 5",
        "SELECT ?p ?claim { ?p cr:place ?place BIND(1 AS ?claim) } ORDER BY ?p ?place LIMIT 3 # one",
        "SELECT ?p ?x { { ?p cr:place ?x } UNION { ?p cr:theme ?x } UNION { ?p cr:place/cr:within ?x } }",
        "SELECT ?p ?t { ?p a cr:Practice OPTIONAL { ?p cr:targetGroup ?t } MINUS { ?p cr:section ?s } }",
        "SELECT ?p { GRAPH ?g { ?p a cr:Practice } VALUES ?p { <https://w3id.org/cityrights/id/practice/x> } }",
        "SELECT ?p ?v { ?p a cr:Practice . ?o cr:of ?p ; cr:value ?v . FILTER (?v < 5 || ?v > 7) }",
        "SELECT ?p ?q { ?p ?q <https://w3id.org/cityrights/id/theme/housing>, ?z } VALUES ?q { cr:theme }",
        "SELECT ?p ?x { ?p a cr:Practice { ?p cr:place ?x } UNION { ?p cr:theme ?x } }",
        "SELECT ?p { { ?p a cr:Practice { ?p cr:place ?x MINUS { ?p cr:section ?s } } } FILTER(ISIRI(?p)) }",
        "select?p{?p a cr:Practice .FILTER EXISTS{?p cr:theme ?t}}",
    ],
)
@pytest.mark.filterwarnings("ignore:The graph says nothing of:UserWarning")
def test_the_rows_stay_whatever_else_a_query_has(graph: KnowledgeGraph, query: str) -> None:
    written = with_evidence(CR + query)
    before, after = distinct(graph, CR + query), distinct(graph, written.query, written.added)
    assert after == before
    assert not {name for name in written.added if f"?{name} " in query}


def test_a_named_claim_holds_the_statement_and_says_where(graph: KnowledgeGraph) -> None:
    query = CR + "SELECT ?p ?place { ?p a cr:Practice ; cr:place ?place }"
    written = with_evidence(query)
    claim, source, first, last, statement = written.added
    rows = [row for row in graph.select(written.query) if row.get(claim) is not None]
    assert len(rows) > 20
    assert written.statements == ("?p a cr:Practice", "?p cr:place ?place")
    for row in rows:
        asked = "a cr:Practice" if str(row[statement]) == written.statements[0] else f"cr:place <{row['place']}>"
        assert graph.ask(f"{CR} ASK {{ GRAPH <{row[claim]}> {{ <{row['p']}> {asked} }} }}")
        assert graph.ask(f"{CR} ASK {{ <{row[claim]}> cr:source <{row[source]}> }}")
        assert int(str(row[first])) <= int(str(row[last]))


def test_the_order_of_a_query_that_is_cut_stays(graph: KnowledgeGraph) -> None:
    query = CR + "SELECT ?p { ?p cr:place ?place } ORDER BY DESC(?place) ?p LIMIT 4"
    rows = [str(row["p"]) for row in graph.select(with_evidence(query).query)]
    assert list(dict.fromkeys(rows)) == list(dict.fromkeys(str(row["p"]) for row in graph.select(query)))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "select"),
        ("ASK { ?s ?p ?o }", "select"),
        ("DESCRIBE <x:y>", "select"),
        ("SELECT (COUNT(*) AS ?n) { ?s a cr:Practice }", "groups"),
        ("SELECT ?s { ?s a cr:Practice } GROUP BY ?s", "groups"),
        ("SELECT ?s { ?s a cr:Practice } HAVING (1 = 1)", "groups"),
        ("SELECT ?s { ?s a cr:Practice } ORDER BY COUNT(?s)", "groups"),
        ("SELECT ?s FROM <x:g> { ?s a cr:Practice }", "dataset"),
        ("SELECT ?s { ?s cr:place/cr:within ?o }", "nothing"),
        ("SELECT ?s { [] cr:place ?s }", "nothing"),
        ("SELECT ?s { VALUES ?s { 1 } }", "nothing"),
        ("SELECT ?s { GRAPH <x:g> { ?s ?p ?o } }", "nothing"),
        ("SELECT ?s { OPTIONAL { ?s a cr:Practice } }", "nothing"),
        ("SELECT ?s { { SELECT ?s { ?s a cr:Practice } } }", "subquery"),
        ("SELECT ?s ?t { ?s a cr:Claim ; cr:text ?t }", "claims"),
        ("SELECT DISTINCT ?s { ?s cr:place ?o } LIMIT 5", "limit"),
        ("SELECT ?s { { ?s cr:place ?o } UNION { ?s cr:theme ?o } } LIMIT 5", "nothing"),
    ],
)
def test_what_cannot_be_done_soundly_is_refused(query: str, reason: str) -> None:
    with pytest.raises(NoEvidence) as refused:
        with_evidence(CR + query)
    assert refused.value.reason == reason


def test_braces_alone_are_read_and_alternatives_beside_statements_are_named() -> None:
    assert with_evidence(CR + "SELECT ?p { { ?p a cr:Practice } { ?p cr:place ?x } }").statements == (
        "?p a cr:Practice",
        "?p cr:place ?x",
    )
    beside = with_evidence(CR + "SELECT ?p { ?p a cr:Practice { ?p cr:place ?x } UNION { ?p cr:theme ?x } }")
    assert (beside.statements, beside.passed) == (("?p a cr:Practice",), ("group",))


@pytest.mark.parametrize("query", ["SELECT ?s { ?s cr:p | }", "SELECT ?s { GRAPH { ?s ?p ?o } }", "SELECT * { ?s ?p }"])
def test_what_is_not_understood_is_never_written_anew(query: str) -> None:
    with pytest.raises(NoEvidence):
        with_evidence(CR + query)


def test_what_is_written_is_sparql_for_another_parser() -> None:
    for name in LIBRARY:
        try:
            written = with_evidence(text_of(name))
        except NoEvidence:
            continue
        parseQuery(written.query)
