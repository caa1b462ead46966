"""The Python API over a small graph: rows, terms, graphs, networks."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.errors import WrongParameters
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID
from sparqlgate.errors import QuerySyntaxError, SnapshotError
from tests.gate.pool.small import make

NQUADS = f"""
<{ID}city/utrecht> <http://www.w3.org/2000/01/rdf-schema#label> "Utrecht"@en <{ID}claim/s/1> .
<{ID}practice/x> <http://www.w3.org/2000/01/rdf-schema#label> "X"@en <{ID}claim/s/1> .
<{ID}practice/x> <{CR}place> <{ID}city/utrecht> <{ID}claim/s/1> .
<{ID}claim/s/1> <{CR}subject> <{ID}practice/x> <{ID}claim/s/1> .
<{ID}practice/x> <{CR}value> "44.5"^^<http://www.w3.org/2001/XMLSchema#decimal> <{ID}claim/s/1> .
<{ID}practice/x> <{CR}disputed> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> <{ID}claim/s/1> .
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a snapshot's folder with the little that the API reads."""
    made = make(tmp_path_factory.mktemp("api"), NQUADS, on_disk=True)
    nquads = (made.path / "cityrights.nq").read_bytes()
    files = {"cityrights.nq": {"bytes": len(nquads), "sha256": hashlib.sha256(nquads).hexdigest()}}
    (made.path / "manifest.json").write_text(json.dumps({"version": "a" * 64, "files": files}), "utf-8")
    return made.path


@pytest.fixture(scope="module")
def graph(folder: Path) -> Iterator[cityrights.KnowledgeGraph]:
    """Yield the open graph."""
    with cityrights.open(folder) as opened:
        yield opened


def test_rows_have_python_values_and_terms(graph: cityrights.KnowledgeGraph) -> None:
    rows = graph.select("SELECT ?value ?flag ?none ?place { ?x cr:value ?value ; cr:disputed ?flag ; cr:place ?place }")
    assert rows.vars == ["value", "flag", "none", "place"]
    assert list(rows) == [{"value": Decimal("44.5"), "flag": True, "none": None, "place": f"{ID}city/utrecht"}]
    assert rows.terms[0]["place"] == ox.NamedNode(f"{ID}city/utrecht")
    assert len(rows) == 1
    assert rows[0] == rows[:1][0]


def test_rows_become_tables(graph: cityrights.KnowledgeGraph) -> None:
    rows = graph.select("SELECT ?label { ?x rdfs:label ?label } ORDER BY ?label")
    assert rows.to_csv() == "label\r\nUtrecht\r\nX\r\n"
    assert list(rows.to_pandas()["label"]) == ["Utrecht", "X"]


def test_an_error_says_where_it_is_in_the_text_that_was_given(graph: cityrights.KnowledgeGraph) -> None:
    text = "SELECT ?x, ?label { ?x rdfs:label ?label }"
    for ask in (graph.select, graph.ask):
        with pytest.raises(QuerySyntaxError) as caught:
            ask(text)
        assert str(caught.value) == "no comma between the variables of SELECT (line 1, column 10)"


def test_without_pandas_the_error_says_how_to_get_it(
    graph: cityrights.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = graph.select("SELECT ?label { ?x rdfs:label ?label }")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'cityrights\[pandas\]'"):
        rows.to_pandas()


def test_parameters_are_terms(graph: cityrights.KnowledgeGraph) -> None:
    found = graph.select("SELECT ?x ?place { ?x cr:place ?place }", place=f"{ID}city/utrecht")
    assert [row["x"] for row in found] == [f"{ID}practice/x"]
    assert graph.ask("ASK { ?x cr:value ?value }", value=Decimal("44.5"))
    assert not graph.ask("ASK { ?x cr:value ?value }", value="} ASK {")
    with pytest.raises(TypeError, match="not list"):
        graph.ask("ASK { ?x cr:value ?value }", value=[])


def test_wrong_method_names_the_right_one(graph: cityrights.KnowledgeGraph) -> None:
    with pytest.raises(TypeError, match=r"use ask\(\)"):
        graph.select("ASK {}")
    with pytest.raises(TypeError, match=r"use construct\(\)"):
        graph.ask("DESCRIBE <http://e/a>")


def test_lines_of_errors_are_those_of_the_text(graph: cityrights.KnowledgeGraph) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        graph.select("SELECT ?x {\n ?x nope:a cr:b }")
    assert caught.value.line == 2


def test_construct_and_graph_are_rdflib(graph: cityrights.KnowledgeGraph) -> None:
    made = graph.construct("CONSTRUCT { ?x cr:place ?y } WHERE { ?x cr:place ?y }")
    assert len(made) == 1
    assert "cr:place" in made.serialize(format="turtle")
    assert len(graph.graph()) == 6


def test_network_links_things_and_leaves_claims_out(graph: cityrights.KnowledgeGraph) -> None:
    network = graph.network()
    assert dict(network.nodes.items()) == {
        f"{ID}city/utrecht": {"label": "Utrecht", "kind": "city"},
        f"{ID}practice/x": {"label": "X", "kind": "practice"},
    }
    assert list(network.edges(keys=True)) == [(f"{ID}practice/x", f"{ID}city/utrecht", f"{CR}place")]


def test_versions_and_missing_snapshots(
    graph: cityrights.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert graph.version == "a" * 64
    assert cityrights.__version__[0].isdigit()
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(tmp_path))
    with pytest.raises(SnapshotError, match="cityrights build"):
        cityrights.open()


def test_a_question_of_the_library_is_asked_by_its_name(snapshot: Snapshot) -> None:
    with cityrights.open(snapshot.path) as kg:
        assert len(kg.questions) >= 40
        rows = kg.question("institutions-of-a-kind", kind="kind:council")
        assert {row["placeLabel"] for row in rows} >= {"Grenoble", "Quito"}
        assert rows.to_csv().count("\r\n") == 1 + len(rows)
        assert kg.question("institutions-of-a-kind").terms[0]["kind"] == ox.NamedNode(f"{ID}kind/ombudsperson")
        french = kg.question("institutions-of-a-kind", "fr", kind="kind:council")
        assert [row["institution"] for row in french] == [row["institution"] for row in rows]
        assert [row["institutionLabel"] for row in french] != [row["institutionLabel"] for row in rows]
        assert kg.question("ties-as-a-graph").vars == ["subject", "predicate", "object"]
        with pytest.raises(KeyError, match="there is no question"):
            kg.question("nothing")
        with pytest.raises(WrongParameters, match="This question has no ‘place’"):
            kg.question("awards", place="city:utrecht")
        with pytest.raises(ValueError, match="references: This has to be a whole number"):
            kg.question("practices-by-number-of-references", references="many")
