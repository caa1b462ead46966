"""What the embedded engine answers: forms, formats, datasets, parameters, errors in words."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from sparqlgate import EmbeddedEngine, Limits, Query
from sparqlgate.errors import EngineFailure, QueryRefused, QuerySyntaxError, QueryUnsupported, SnapshotError
from sparqlgate.stores.base import Result, Store
from tests.gate.pool.small import GRAPHS, Folder, make

COUNT = "SELECT (COUNT(*) AS ?n) %s { ?s ?p ?o }"


def rows(engine: EmbeddedEngine, text: str, **options: Any) -> list[dict[str, str]]:
    answer = json.loads(engine.query(Query(text, **options)).read())
    return [{name: term["value"] for name, term in row.items()} for row in answer["results"]["bindings"]]


def test_protocols_are_met(engine: EmbeddedEngine) -> None:
    used: Store = engine
    with used.query("ASK {}") as result:
        kept: Result = result
        assert kept.form == "ask"
        assert json.loads(kept.read()) == {"head": {}, "boolean": True}
    assert used.version == "0" * 64


def test_short_answer_is_whole_and_has_a_size(engine: EmbeddedEngine) -> None:
    result = engine.query("SELECT * { ?s ?p ?o }")
    assert result.size is not None
    assert len(result.read()) == result.size
    assert result.media_type == "application/sparql-results+json"


@pytest.mark.parametrize(
    ("accept", "media", "starts"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", b"{"),
        ("application/sparql-results+xml", "application/sparql-results+xml", b"<?xml"),
        ("text/csv", "text/csv", b"s,p,o\r\n"),
        ("text/tab-separated-values", "text/tab-separated-values", b"?s\t?p\t?o\n"),
        ("image/png, text/csv;q=0.5", "text/csv", b"s,p,o\r\n"),
        ("*/*", "application/sparql-results+json", b"{"),
        ("", "application/sparql-results+json", b"{"),
    ],
)
def test_tables_have_four_formats(engine: EmbeddedEngine, accept: str, media: str, starts: bytes) -> None:
    result = engine.query(Query("SELECT ?s ?p ?o { ?s ?p ?o }", format=accept))
    assert result.read().startswith(starts)
    assert result.media_type == media


@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/trig", ox.RdfFormat.TRIG),
        ("application/n-quads", ox.RdfFormat.N_QUADS),
    ],
)
def test_graphs_have_six_formats(engine: EmbeddedEngine, media: str, form: ox.RdfFormat) -> None:
    result = engine.query(Query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", format=media))
    found = {str(quad) for quad in ox.parse(result.read(), format=form)}
    expected = {str(ox.Quad(q.subject, q.predicate, q.object)) for q in ox.parse(GRAPHS, format=ox.RdfFormat.N_QUADS)}
    assert found == expected
    assert result.media_type == media


def test_short_turtle_declares_only_the_prefixes_it_uses(engine: EmbeddedEngine) -> None:
    text = "CONSTRUCT { <http://a> <http://e/x> 1 } WHERE {}"
    assert engine.query(Query(text, format="text/turtle")).read().decode().splitlines() == [
        "@prefix ex: <http://e/> .",
        "<http://a> ex:x 1 .",
    ]


def test_describe_and_construct_asked_for_tables_give_turtle(engine: EmbeddedEngine) -> None:
    assert engine.query("DESCRIBE <http://e/b>").media_type == "text/turtle"


def test_format_that_does_not_fit_names_those_that_do(engine: EmbeddedEngine) -> None:
    with pytest.raises(QueryUnsupported, match="text/csv"):
        engine.query(Query("SELECT * {}", format="text/turtle"))


def test_shared_triples_count_once_in_the_default_graph(engine: EmbeddedEngine) -> None:
    assert rows(engine, COUNT % "") == [{"n": "4"}]
    assert rows(engine, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == [{"n": "5"}]


def test_several_default_graphs_answer_a_shared_triple_once(engine: EmbeddedEngine) -> None:
    graphs = ("http://e/g1", "http://e/g2")
    assert rows(engine, COUNT % "", default_graphs=tuple(graphs)) == [{"n": "3"}]
    assert rows(engine, COUNT % "FROM <http://e/g1> FROM <http://e/g2>") == [{"n": "3"}]
    assert rows(engine, "PREFIX g: <http://e/> " + COUNT % "FROM g:g1 FROM g:g2 FROM <http://e/g1>") == [{"n": "3"}]
    assert rows(engine, "BASE <http://e/> " + COUNT % "FROM <g1> FROM NAMED <g3> FROM <g2>") == [{"n": "3"}]
    dataset = "FROM <http://e/g1> FROM <http://e/g2> FROM NAMED <http://e/g3>"
    both = f"SELECT ?n {dataset} {{ ?s <http://e/q> ?b . GRAPH ?g {{ ?b ?p ?n }} }}"
    assert rows(engine, both) == [{"n": "7"}]


def test_dataset_of_the_protocol_replaces_the_one_in_the_text(engine: EmbeddedEngine) -> None:
    assert rows(engine, COUNT % "FROM <http://e/g1>", default_graphs=("http://e/g3",)) == [{"n": "1"}]
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert rows(engine, named, default_graphs=("http://e/g1",)) == [{"n": "0"}]
    assert rows(engine, named, named_graphs=("http://e/g1",)) == [{"n": "2"}]
    assert rows(engine, COUNT % "", named_graphs=("http://e/g1",)) == [{"n": "0"}]


def test_too_many_triples_to_merge_are_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(QueryRefused, match="too many triples"):
        engine.query(Query(COUNT % "FROM <http://e/g1> FROM <http://e/g2>", limits=Limits(merge=3)))


def test_graph_must_be_an_absolute_iri(engine: EmbeddedEngine) -> None:
    with pytest.raises(QueryRefused, match="absolute"):
        engine.query(Query("ASK {}", default_graphs=("g1",)))


def test_values_are_bound_as_terms_never_as_text(engine: EmbeddedEngine) -> None:
    hostile = ox.Literal('"} DROP ALL #')
    assert rows(engine, "SELECT ?s ?o { ?s ?p ?o }", bindings={"o": hostile}) == []
    found = rows(engine, "SELECT ?s ?o { ?s ?p ?o }", bindings={"o": ox.Literal("one")})
    assert found == [{"s": "http://e/a", "o": "one"}]
    with pytest.raises(QueryUnsupported, match=r"\?o is given a value"):
        engine.query(Query("SELECT ?s { ?s ?p ?o }", bindings={"o": hostile}))


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("SELECT * {\n ?s ex:p ?o }", 2, 5, "prefix 'ex:' is not declared"),
        ("SELECT *\n{ ?s ?p }", 2, 9, "a value is missing"),
        ("SELECT ?x {} GROUP BY ?y", 1, 8, "neither in GROUP BY"),
        ("ASK { ?s ?p 'x }", 1, 13, "not closed"),
        ("ASK { \ud800 }", 1, 7, "U\\+D800"),
        ("SELECT\u00a0* {}", 1, 7, "NO-BREAK SPACE"),
        ("ASK { ( }", 1, 9, "closes nothing"),
        ("", 1, 1, "empty"),
    ],
)
def test_syntax_errors_say_where_and_what(
    engine: EmbeddedEngine, text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(QuerySyntaxError, match=words) as caught:
        engine.query(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "oxigraph" not in str(caught.value).lower()


def test_unknown_function_is_named(engine: EmbeddedEngine) -> None:
    with pytest.raises(QueryUnsupported, match="<http://f/x>"):
        engine.query("SELECT (<http://f/x>(1) AS ?x) {}")


def test_what_xml_cannot_carry_is_refused_before_the_first_byte(engine: EmbeddedEngine) -> None:
    with pytest.raises(QueryUnsupported, match=r"U\+0001"):
        engine.query(Query('SELECT ("a\\u0001" AS ?x) {}', format="application/sparql-results+xml"))
    with pytest.raises(QueryUnsupported, match="XML"):
        engine.query(Query("CONSTRUCT { <http://e/1> <http://e/1> 1 } WHERE {}", format="application/rdf+xml"))
    assert ET.fromstring(engine.query(Query("ASK {}", format="application/sparql-results+xml")).read()) is not None


def test_triple_terms_are_refused_in_json_ld(engine: EmbeddedEngine) -> None:
    text = "CONSTRUCT { <http://e/1> <http://e/p> <<( <http://e/1> <http://e/p> 1 )>> } WHERE {}"
    with pytest.raises(QueryUnsupported, match="Turtle"):
        engine.query(Query(text, format="application/ld+json"))


def test_answer_over_its_limit_is_an_error_and_never_cut(engine: EmbeddedEngine) -> None:
    with pytest.raises(QueryRefused, match="longer than 50 bytes"):
        engine.query(Query("SELECT * { ?s ?p ?o }", limits=Limits(result_bytes=50)))


def test_limits_can_only_be_stricter(tiny: Folder) -> None:
    with (
        EmbeddedEngine(tiny, workers=1, limits=Limits(result_bytes=50)) as engine,
        pytest.raises(QueryRefused, match="50 bytes"),
    ):
        engine.query(Query("SELECT * { ?s ?p ?o }", limits=Limits(result_bytes=10_000)))


def test_limits_must_be_more_than_nothing() -> None:
    with pytest.raises(ValueError, match="seconds"):
        Limits(seconds=0)


def test_store_on_disk_gives_the_same_answers(tiny: Folder, engine: EmbeddedEngine) -> None:
    with EmbeddedEngine(tiny, workers=2, in_memory=1) as disk:
        assert not disk.in_memory
        assert engine.in_memory
        for text in ("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", COUNT % "FROM <http://e/g1> FROM <http://e/g2>"):
            assert disk.query(text).read() == engine.query(text).read()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT * { ?z ?b ?a }", "z b a"),
        ("select distinct * where { ?s ?p ?o } order by ?hidden", "s p o"),
        ("# ?a\nSELECT * { ?z ?b ?a BIND(1 AS ?aa) MINUS { ?x ?y 1 } { SELECT ?d ?c { ?c ?d ?e } } }", "z b a aa d c"),
        ("SELECT * { VALUES ($v ?u) { (1 2) } FILTER(?none = 1 || ?u = 2) }", "v u"),
        ("SELECT * { { SELECT * { ?z ?b ?a } } ?c ?z ?d }", "z b a c d"),
        ("SELECT * {}", ""),
    ],
)
def test_columns_of_a_star_are_in_the_order_of_the_query(engine: EmbeddedEngine, text: str, columns: str) -> None:
    assert json.loads(engine.query(text).read())["head"]["vars"] == columns.split()
    head = engine.query(Query(text, format="text/csv")).read().decode().partition("\r\n")[0]
    assert head == columns.replace(" ", ",")


def test_workers_draw_different_random_numbers(tmp_path: Path) -> None:
    graph = make(tmp_path / "blank", '_:b <http://e/p> "x" <http://e/g> .\n')
    with EmbeddedEngine(graph, workers=1) as engine:
        drawn = []
        for _ in range(4):
            drawn.append(rows(engine, "SELECT (UUID() AS ?u) (RAND() AS ?r) {}")[0])
            os.kill(engine.worker_pids()[0], signal.SIGKILL)
    assert len({row["u"] for row in drawn}) == 4
    assert len({row["r"] for row in drawn}) == 4


def test_snapshot_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cannot be opened"):
        EmbeddedEngine(Folder(tmp_path / "none"))
    with pytest.raises(SnapshotError, match="cannot be opened"):
        EmbeddedEngine(make(tmp_path / "bad", "this is not N-Quads\n"))


def test_closed_engine_says_so(tiny: Folder) -> None:
    engine = EmbeddedEngine(tiny, workers=1)
    engine.close()
    engine.close()
    with pytest.raises(EngineFailure, match="closed"):
        engine.query("ASK {}")
