"""Answers that are as SPARQL 1.1 says where the engine alone gives others, over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import pytest

from cityrights.pipeline.steps import build_files
from tests.servers import Server

PROLOGUE = "PREFIX e: <http://e.example/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
DATA = """
PREFIX e: <http://e.example/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
e:one e:begun "2021-03-15"^^xsd:date ; e:lasts "P1M"^^xsd:yearMonthDuration ; e:n 1 ; e:name "one", "un"@fr .
e:one e:next e:two .
e:two e:begun "2021-01-31"^^xsd:date ; e:lasts "P1D"^^xsd:dayTimeDuration ; e:n 2.0 ; e:name "two" ; e:next e:three .
e:named { e:apart e:next e:farther }
"""
SPANS = {
    "P1M": ("yearMonthDuration", "duration"),
    "P1D": ("dayTimeDuration", "duration"),
    "PT36H": ("dayTimeDuration",),
}
MOMENTS = {
    ("2021-03-15", "date"): {"P1M": "2021-04-15", "P1D": "2021-03-16", "PT36H": "2021-03-16"},
    ("2021-01-31", "date"): {"P1M": "2021-02-28", "P1D": "2021-02-01", "PT36H": "2021-02-01"},
    ("2021-01-31T23:00:00Z", "dateTime"): {
        "P1M": "2021-02-28T23:00:00Z",
        "P1D": "2021-02-01T23:00:00Z",
        "PT36H": "2021-02-02T11:00:00Z",
    },
    ("22:00:00", "time"): {"PT36H": "10:00:00"},
}


@pytest.fixture(scope="module")
def served(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over two things with a date, a duration, a number and names, and a named graph."""
    folder = tmp_path_factory.mktemp("standard")
    (folder / "data.trig").write_text(DATA, "utf-8")
    return start(build_files([folder / "data.trig"], folder / "snapshots").path)


def ask(served: Server, query: str, **fields: str) -> Any:
    """Return the answer to a query, as JSON."""
    answer = served.client.post("/sparql", data={"query": PROLOGUE + query, "format": "json", **fields})
    assert answer.status_code == 200, (query, answer.text)
    return answer.json()


def rows(served: Server, query: str, **fields: str) -> list[tuple[Any, ...]]:
    """Return the values of each row, in the order of its variables; None for what is unbound."""
    answer = ask(served, query, **fields)
    names = answer["head"]["vars"]
    return [
        tuple(row[name]["value"] if name in row else None for name in names) for row in answer["results"]["bindings"]
    ]


def test_a_moment_and_a_duration_are_added_in_both_orders_whatever_they_are_called(served: Server) -> None:
    for (moment, kind), right in MOMENTS.items():
        for span, sum_ in right.items():
            for datatype in SPANS[span]:
                left, added = f'"{moment}"^^xsd:{kind}', f'"{span}"^^xsd:{datatype}'
                table = f"VALUES (?d ?u ?b ?a) {{ ({left} {added} {left} {added}) }}"
                sums = "(?d + ?u AS ?one) (?u + ?d AS ?two) (?b + ?a AS ?three) (?a+?b AS ?four)"
                constants = f"({left} + {added} AS ?five) ({added}+{left} AS ?six)"
                found = rows(served, f"SELECT {sums} {constants} {{ {table} }}")
                assert found == [(sum_,) * 6], (moment, span, datatype)


def test_sums_are_right_wherever_an_expression_may_stand(served: Server) -> None:
    thing = "?x e:begun ?d ; e:lasts ?u"
    one, two = "2021-04-15", "2021-02-01"
    expected: dict[str, list[tuple[Any, ...]]] = {
        f"SELECT ?s {{ {thing} BIND (?u + ?d AS ?s) }} ORDER BY ?s": [(two,), (one,)],
        f"SELECT ?s {{ {thing} BIND (?d + ?u AS ?s) }} ORDER BY DESC(?u + ?d)": [(one,), (two,)],
        f"SELECT ?d {{ {thing} FILTER (?u + ?d > '2021-03-01'^^xsd:date) }}": [("2021-03-15",)],
        f"SELECT ?d {{ {thing} FILTER (?d + ?u > '2021-03-01'^^xsd:date) }}": [("2021-03-15",)],
        f"SELECT (MAX(?u + ?d) AS ?s) (MIN(?d + ?u) AS ?t) {{ {thing} }}": [(one, two)],
        f"SELECT ?s {{ {thing} }} GROUP BY (?u + ?d AS ?s) ORDER BY ?s": [(two,), (one,)],
        f"SELECT ?x {{ {thing} }} GROUP BY ?x HAVING (MIN(?u) + MAX(?d) > '2021-03-01'^^xsd:date)": [
            ("http://e.example/one",)
        ],
        f"SELECT (IF(?u + ?d > ?d, 'later', 'no') AS ?s) {{ {thing} }}": [("later",), ("later",)],
        f"SELECT (COALESCE(?u+?d, 'none') AS ?s) {{ {thing} }} ORDER BY ?s": [(two,), (one,)],
        f"SELECT ?d {{ {thing} FILTER EXISTS {{ ?y e:begun ?b FILTER (?u + ?b > '2021-04-01'^^xsd:date) }} }}": [
            ("2021-03-15",)
        ],
        f"SELECT (?u + ?d + ?u AS ?s) (?d - ?d + ?u + ?d AS ?t) {{ {thing} ; e:n 1 }}": [("2021-05-15", one)],
        "SELECT (NOW() + 'P1D'^^xsd:duration > NOW() AS ?a) ('P1D'^^xsd:duration + NOW() > NOW() AS ?b) {}": [
            ("true", "true")
        ],
        "SELECT (?n + ?n AS ?s) (?n + 'x' AS ?none) (?nothing + ?n AS ?never) { e:one e:n ?n }": [("2", None, None)],
    }
    for query, right in expected.items():
        assert Counter(rows(served, query)) == Counter(right), query


def test_integers_that_do_not_fit_leave_a_cell_unbound(served: Server) -> None:
    most = 9223372036854775807
    sums = "(?a + 1 AS ?over) (?a * 2 AS ?twice) (-?a - 2 AS ?under) (?a + 0 AS ?kept)"
    assert rows(served, f"SELECT {sums} {{ VALUES ?a {{ {most} }} }}") == [(None, None, None, str(most))]
    assert rows(served, f"SELECT (SUM(?a) AS ?s) {{ VALUES ?a {{ {most} 1 }} }}") == [(None,)]


def test_a_list_of_a_thousand_constants_finds_what_values_finds(served: Server) -> None:
    iris = [f"e:pad{number}" for number in range(1000)] + ["e:two", "e:two", "<http://e.example/two>"]
    for test in ("?x IN (@)", "?x in(@) && ?d > '2000-01-01'^^xsd:date", "!(?x NOT IN (@))", "?nothing || ?x IN (@)"):
        found = rows(served, f"SELECT ?x {{ ?x e:begun ?d FILTER ({test.replace('@', ', '.join(iris))}) }}")
        assert found == [("http://e.example/two",)], test
    assert rows(served, f"SELECT ?x {{ ?x e:begun ?d FILTER (?x NOT IN ({', '.join(iris)})) }}") == [
        ("http://e.example/one",)
    ]
    names = ", ".join([*(f"'pad{number}'" for number in range(1000)), "'un'@fr", "'two'"])
    assert sorted(rows(served, f"SELECT ?name {{ ?x e:name ?name FILTER (?name IN ({names})) }}")) == [
        ("two",),
        ("un",),
    ]
    numbers = ", ".join([*map(str, range(1000, 2000)), "2"])
    assert rows(served, f"SELECT ?x {{ ?x e:n ?n FILTER (?n IN ({numbers})) }}") == [("http://e.example/two",)]


def test_a_path_of_length_zero_begins_at_any_term_of_any_dataset(served: Server) -> None:
    new = ("http://e.example/new",)
    assert rows(served, "SELECT ?x { e:new e:next* ?x }") == [new]
    assert rows(served, "SELECT ?x { ?x e:next? e:new }") == [new]
    assert ask(served, "ASK { e:new (e:next|e:name)* e:new }")["boolean"] is True
    assert ask(served, "ASK { e:new e:next* e:one }")["boolean"] is False
    assert sorted(rows(served, "SELECT ?x { e:two e:next* ?x }")) == [
        ("http://e.example/three",),
        ("http://e.example/two",),
    ]
    both = [("http://e.example/apart",), ("http://e.example/farther",)]
    named = {"default-graph-uri": "http://e.example/named"}
    assert sorted(rows(served, "SELECT ?x { e:apart e:next* ?x }", **named)) == both
    assert rows(served, "SELECT ?x { e:one e:next* ?x }", **named) == [("http://e.example/one",)]
    assert rows(served, "SELECT ?x FROM <http://e.example/named> { e:one e:next* ?x }") == [("http://e.example/one",)]


def test_bnode_is_one_node_for_each_key_in_each_row(served: Server) -> None:
    found = rows(
        served, "SELECT ?x (BNODE('k') AS ?a) (BNODE('k') AS ?b) (BNODE('l') AS ?c) (BNODE(1) AS ?d) { ?x e:n ?n }"
    )
    assert len(found) == 2
    assert all(first == second != third and fourth is None for _, first, second, third, fourth in found)
    assert len({node for row in found for node in row[1:4]}) == 4


def test_group_concat_has_no_language_and_truth_is_read_in_capitals(served: Server) -> None:
    answer = ask(
        served, "SELECT (GROUP_CONCAT(?n; SEPARATOR=',') AS ?all) { VALUES ?n { 'a'@en 'b'@en } FILTER (TRUE) }"
    )
    assert answer["results"]["bindings"] == [{"all": {"type": "literal", "value": "a,b"}}]
    assert rows(served, "SELECT (TRUE AS ?t) (False AS ?f) ('TRUE' AS ?s) {}") == [("true", "false", "TRUE")]


def test_errors_are_those_of_the_text_that_was_sent(served: Server) -> None:
    for query in (
        "SELECT (?a + ?b AS ?c) (TRUE AS ?t) {\n  ?a ?p ?b .\n  ?a ?p ;; }",
        "SELECT (GROUP_CONCAT(?a) AS ?c) {\n e:new e:next* ?a FILTER (?a IN (1,, 2)) }",
        "SELECT (?u + ?d AS ?c) {\n BIND (BNODE('k') AS ?b) ?x e:next? e:new . FILTER ( ?u + ) }",
    ):
        with pytest.raises(SyntaxError) as error:
            ox.Store().query(PROLOGUE + query.replace("TRUE", "true"))
        answer = served.client.post("/sparql", data={"query": PROLOGUE + query})
        assert answer.status_code == 400, query
        assert f"error at {answer.json()['line']}:" in str(error.value)  # at the word that is wrong, not after it
    ungrouped = "SELECT (?a + ?b AS ?c) (COUNT(*) AS ?n) { ?a ?p ?b } GROUP BY ?p"
    assert served.client.post("/sparql", data={"query": ungrouped}).status_code == 400
    comparison = "SELECT * {\n ?x e:n ?a FILTER (?a<?b&&?x>?b) }"
    answer = served.client.post("/sparql", data={"query": PROLOGUE + comparison})
    assert answer.status_code == 400
    assert "write a space after '<'" in answer.text
