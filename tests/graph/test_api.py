"""The Python API over a small graph: rows, terms, graphs, networks."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph as ox
import pytest

import cityrights
from cityrights.errors import EngineUnavailable, UnknownThing, WrongParameters
from cityrights.publishing import NotPublished
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, DATASET, DCTERMS, ID
from sparqlgate.errors import QuerySyntaxError, SnapshotError
from tests.counters import counted
from tests.gate.pool.small import make
from tests.homes import THING, checked_home, note
from tests.servers import Server

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
    told = {"property": f"{CR}place", "label": "place", "weight": 1}
    assert list(network.edges(keys=True, data=True)) == [(f"{ID}practice/x", f"{ID}city/utrecht", f"{CR}place", told)]


def test_versions_and_missing_snapshots(
    graph: cityrights.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert graph.version == "a" * 64
    assert cityrights.__version__[0].isdigit()
    (tmp_path / "snapshots" / "current").mkdir(parents=True)
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(tmp_path / "snapshots"))
    with pytest.raises(SnapshotError, match=r"cityrights publish$"):
        cityrights.open()
    with pytest.raises(
        SnapshotError, match=r"did you mean: .*/snapshots\?\); .*cityrights publish --snapshot .*/snapshot$"
    ):
        cityrights.open(tmp_path / "snapshot")
    assert not (tmp_path / "snapshot").exists()


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
        for language, same in (("fr-CA", french), ("FR", french), ("de", rows), ("", rows)):
            told = kg.question("institutions-of-a-kind", language, kind="kind:council")
            assert told.to_csv() == same.to_csv(), language
        assert kg.question("ties-as-a-graph").vars == ["subject", "predicate", "object"]
        with pytest.raises(KeyError, match="there is no question"):
            kg.question("nothing")
        with pytest.raises(WrongParameters, match="This question has no ‘place’"):
            kg.question("awards", place="city:utrecht")
        with pytest.raises(ValueError, match="references: This has to be a whole number"):
            kg.question("practices-by-number-of-references", references="many")


def test_only_what_is_offered_is_listed() -> None:
    assert dir(cityrights) == ["KnowledgeGraph", "Rows", "__version__", "build", "open", "publish"]
    for name in dir(cityrights):
        assert getattr(cityrights, name) is not None


def test_the_first_snapshot_is_published_when_the_graph_is_first_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = checked_home(tmp_path / "house", "wrong")
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(tmp_path / "snapshots"))
    with pytest.raises(NotPublished, match=r"because of 1 error.*note\.trig:5.*says that it is wrong"):
        cityrights.open()
    with cityrights.open(cityrights.build().path) as draft:
        assert draft.ask(f'ASK {{ <{THING}> ?p "wrong"@en }}')
    note(house, "one")
    capsys.readouterr()
    with cityrights.open() as kg:
        assert kg.ask(f'ASK {{ <{THING}> ?p "one"@en }}')
    said = capsys.readouterr()
    assert said.out == ""
    assert "cityrights: nothing is published yet; it is built and checked now, once\n" in said.err
    assert f"cityrights: version {kg.version[:12]} is published: " in said.err
    with cityrights.open() as again:
        assert again.version == kg.version
    assert capsys.readouterr().err == ""
    assert cityrights.build().version == kg.version
    assert "is up to date" in capsys.readouterr().err
    note(house, "two")
    assert cityrights.build().version != kg.version
    with cityrights.open() as before:  # what was built is a draft
        assert before.version == kg.version
    assert cityrights.publish().version != kg.version
    with cityrights.open() as after:
        assert after.ask(f'ASK {{ <{THING}> ?p "two"@en }}')


def test_an_endpoint_answers_in_place_of_the_snapshot(
    shipped: Server, server: Server, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(snapshot.path.parent))
    query = "SELECT (COUNT(?p) AS ?n) { ?p a cr:Practice }"
    for kg in (cityrights.open(f"{shipped.url}/sparql"), cityrights.open(endpoint=f"{shipped.url}/sparql")):
        with kg:
            assert kg.version == snapshot.version
            assert kg.select(query)[0]["n"] == counted(shipped, "?x a cr:Practice")
            assert kg.describe("utrecht").label.value == "Utrecht"
    with pytest.raises(EngineUnavailable, match=f"{shipped.url}/nowhere answers no queries"):
        cityrights.open(f"{shipped.url}/nowhere")
    with pytest.warns(
        UserWarning, match=f"answers with version {server.get('/health').json()['version'][:12]}; search"
    ):
        other = cityrights.open(endpoint=f"{server.url}/sparql")
    with other:
        assert other.version != snapshot.version
        assert other.select(query)[0]["n"] < 50
    for wrong in ("ftp://a/b", "http://user@a/b"):
        with pytest.raises(ValueError, match="begins with http"):
            cityrights.open(wrong)
    with pytest.raises(ValueError, match="begins with http"):
        cityrights.open(endpoint="nowhere")
    with pytest.raises(EngineUnavailable):
        cityrights.open("http://127.0.0.1:9/sparql")


def test_a_thing_is_found_described_and_cited_by_any_of_its_names(snapshot: Snapshot) -> None:
    with cityrights.open(snapshot.path) as kg:
        for name in ("utrecht", "Utrecht", "city/utrecht", "city:utrecht", f"{ID}city/utrecht"):
            assert kg.find(name) == f"{ID}city/utrecht", name
        found = kg.describe("utrecht", "fr")
        assert found.label.value == "Utrecht"
        assert any(proof.claim for one in found.statements for proof in one.evidence)
        for name, said in (
            ("utrech", "did you mean city:utrecht"),
            ("city:utrech", "did you mean city:utrecht"),
            ("housing", "did you mean kind:housing, theme:housing"),
            ("city of <dreams>", "the graph says nothing of it"),
            ("", "the graph says nothing of it"),
        ):
            for ask in (kg.describe, kg.cite):
                with pytest.raises(UnknownThing, match=said):
                    ask(name)
        assert kg.cite("utrecht").startswith("The editors of cityrights. (2026). Utrecht (Version ")
        assert re.search(rf"\(Version (?:[\d.]+, )?{snapshot.short}\)", kg.cite())  # with its release, where it is one
        (own,) = kg.select(f'SELECT ?t {{ <{DATASET}> <{DCTERMS}title> ?t FILTER(LANG(?t) = "en") }}')
        assert f"). {own['t']} (Version " in kg.cite(), "the data set is cited by the title of its own record"
        assert kg.cite("utrecht", "bibtex").startswith("@misc{cityrights-city-utrecht,")
        assert json.loads(kg.cite("theme/housing", "csl"))[0]["title"].startswith("Housing")
        with pytest.raises(ValueError, match="apa, bibtex, ris, csl, cff"):
            kg.cite("utrecht", "mla")
        near = kg.neighbours("utrecht", 3)
        assert [one.place.iri.value for one in near] == [
            one.place for one in kg.connections.neighbours(kg.find("utrecht"), 3)
        ]
        assert all(one.because[0].sentence for one in near)
        narrowed = kg.neighbours("utrecht", 50, themes=["human-rights-education"])
        assert 0 < len(narrowed) < len(kg.neighbours("utrecht", 50))
        with pytest.raises(UnknownThing, match="did you mean"):
            kg.neighbours("utrech")


def test_hits_are_a_sequence(snapshot: Snapshot) -> None:
    with cityrights.open(snapshot.path) as kg:
        hits = kg.search("sao paulo", limit=5)
        assert [hit.iri for hit in hits] == [hit.iri for hit in hits.hits]
        assert len(hits) == 5
        assert hits[0].iri == f"{ID}city/sao-paulo"
        assert list(hits[1:3]) == list(hits)[1:3]
        assert hits[0] in hits
        assert not kg.search("qxzvwk")


def test_the_network_is_of_things_and_their_ties(snapshot: Snapshot, tmp_path: Path) -> None:
    with cityrights.open(snapshot.path) as kg:
        network = kg.network()
        rank = nx.pagerank(network)
        central = {network.nodes[iri]["kind"] for iri in sorted(rank, key=lambda iri: (-rank[iri], iri))[:10]}
        places, actors = {"city", "department"}, {"government", "organisation", "network", "association"}
        assert central <= {"practice", "institution", *places, *actors}
        assert {"practice", "city", "government", "institution"} <= set(
            nx.get_node_attributes(network, "kind").values()
        )
        assert all(about["label"] for _, about in network.nodes(data=True))
        for _, _, key, about in network.edges(keys=True, data=True):
            assert about["property"] == key
            assert about["label"]
            assert about["weight"] >= 1
        assert network.size("weight") > network.number_of_edges()
        inverse = [(a, b) for a, b, key in network.edges(keys=True) if key == f"{CR}implements"]
        assert not inverse, "what rules derive counts twice"
        nx.write_graphml(network, tmp_path / "network.graphml")
        assert len(nx.read_graphml(tmp_path / "network.graphml")) == len(network)
        themes = kg.network(["practice", "theme"], "fr")
        assert set(nx.get_node_attributes(themes, "kind").values()) == {"practice", "theme"}
        assert themes.nodes[f"{ID}theme/housing"]["label"].startswith("Logement")
        with pytest.raises(ValueError, match="did you mean: practice"):
            kg.network(["practise"])
        assert set(nx.get_node_attributes(kg.network("practice"), "kind").values()) == {"practice"}
        assert {hit.kind for hit in kg.search("utrecht", kinds="city")} == {"city"}
        with pytest.raises(ValueError, match="no kind 'citty'; did you mean: city"):
            kg.search("utrecht", kinds=["citty"])
        with pytest.raises(ValueError, match="not 'bibtx'; did you mean bibtex"):
            kg.cite("utrecht", "bibtx")
        with pytest.raises(TypeError, match="this is an ASK query; use ask"):
            kg.select("ASK {}")


class Shown(HTMLParser):
    """What a notebook shows: tags, where links lead, and text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags, self.links, self.text = set[str](), list[str](), ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert name in ("href", "lang", "scope", "style"), f"{name} on {tag}"
            if name == "href":
                self.links.append(value or "")
            if name == "style":
                assert not any(sign in (value or "") for sign in ("color", "background", "url"))

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = "<script>alert(1)</script>&\"'"


def test_answers_show_themselves_in_notebooks(graph: cityrights.KnowledgeGraph, snapshot: Snapshot) -> None:
    def shown(answer: Any) -> Shown:
        source = answer._repr_html_()
        assert "<script" not in source
        return Shown(source)

    literal = '"<script>alert(1)</script>&\\"\'"'
    rows = shown(
        graph.select(
            f"SELECT ?iri ?text ?bad ?none {{ BIND(<{ID}a> AS ?iri) BIND({literal} AS ?text) "
            "BIND(<javascript:alert(1)> AS ?bad) }"
        )
    )
    assert HOSTILE in rows.text
    assert rows.links == [f"{ID}a"]
    assert rows.text.endswith("1 row")
    many = shown(graph.select(f"SELECT ?a {{ VALUES ?a {{ {' '.join(map(str, range(100)))} }} }}"))
    assert "100 rows, of which 60 are shown" in many.text
    with cityrights.open(snapshot.path) as kg:
        hits = shown(kg.search("sao paulo"))
        assert f"{ID}city/sao-paulo" in hits.links
        assert re.search(r"\b\d\d found", hits.text)
        story = shown(kg.explain("jenin", "seine-saint-denis"))
        assert "details" in story.tags
        assert "line 77" in story.text
        told = shown(kg.describe("utrecht"))
        assert "who says so" in told.text
        assert any("/id/claim/" in link for link in told.links)
        assert "Lyon" in shown(kg.neighbours("utrecht", 4)).text
