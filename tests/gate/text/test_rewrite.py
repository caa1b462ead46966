"""A parameter put into the text means what it means when the store binds it."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparqlgate.errors import QueryUnsupported
from sparqlgate.text.rewriting import rewrite

STORE = ox.Store()
STORE.load(
    b"""
    <http://e/a> <http://e/p> <http://e/b> , <http://e/c> , "a" , "1\\"x\\\\" . <http://e/b> <http://e/p> <http://e/c> .
    <http://e/c> <http://e/q> <http://e/a> ; <http://e/n> 3 . <http://e/b> <http://e/n> 5 .
    """,
    ox.RdfFormat.TURTLE,
)
STORE.load(
    b"<http://e/a> <http://e/p> <http://e/b> . <http://e/b> <http://e/n> 5 .",
    ox.RdfFormat.TURTLE,
    to_graph=ox.NamedNode("http://e/g"),
)

PATTERNS = st.sampled_from(
    [
        "?x <http://e/p> ?y",
        "?y <http://e/p> ?x",
        "?y <http://e/p>+ ?x",
        "?y ?p ?x . ?x ?q ?z",
        "OPTIONAL { ?x <http://e/n> ?n }",
        "OPTIONAL { ?x <http://e/q> ?y FILTER (?x != ?y) }",
        "{ ?x ?p ?y } UNION { ?y ?p ?x }",
        "FILTER (?x != <http://e/b>)",
        "FILTER (BOUND(?x))",
        "FILTER NOT EXISTS { ?x <http://e/q> ?w }",
        "FILTER EXISTS { ?w ?v ?x }",
        "GRAPH ?g { ?x ?p ?y }",
        "GRAPH <http://e/g> { ?s ?p ?x }",
        "VALUES ?y { <http://e/a> <http://e/b> }",
        "VALUES (?x ?y) { (<http://e/a> UNDEF) (<http://e/c> <http://e/b>) }",
        "{ SELECT ?x (COUNT(*) AS ?many) { ?x ?p ?y } GROUP BY ?x }",
        "{ SELECT ?y { ?y ?p ?x } ORDER BY ?x LIMIT 3 }",
        "{ SELECT DISTINCT ?x ?y { ?y <http://e/p> ?x } }",
        "BIND (STR(?x) AS ?text)",
    ]
)
Bound = dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]
TERMS = st.sampled_from(
    [*(ox.NamedNode(f"http://e/{name}") for name in "abcgp"), ox.Literal("a"), ox.Literal('1"x\\'), ox.Literal(3)]
)


def rows(text: str, bound: Bound | None = None) -> list[list[str]]:
    found = STORE.query(text, substitutions=bound)
    assert isinstance(found, ox.QuerySolutions)
    names = found.variables
    return sorted([str(row[name]) for name in names] for row in found)


@settings(max_examples=300, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=3, unique=True), TERMS, st.booleans())
def test_the_text_with_the_term_gives_the_rows_of_the_substitution(
    patterns: list[str], term: ox.NamedNode | ox.Literal, counted: bool
) -> None:
    body = " .\n".join(["?x ?anything ?at_all" if isinstance(term, ox.NamedNode) else "?any ?thing ?x", *patterns])
    head = "?x (COUNT(*) AS ?n)" if counted else "?x ?y"
    text = f"SELECT {head} WHERE {{ {body} }}" + (" GROUP BY ?x" if counted else "")
    assert rows(rewrite(text, {"x": term}).text) == rows(text, {ox.Variable("x"): term})


def test_what_cannot_be_bound_is_refused() -> None:
    with pytest.raises(QueryUnsupported):
        rewrite("SELECT ?x { ?x ?p ?o }", {"x": ox.BlankNode("b")})
    with pytest.raises(QueryUnsupported):
        rewrite("SELECT ?x { ?y ?p ?o BIND (?y AS ?x) }", {"x": ox.NamedNode("http://e/a")})
