"""What every consumer of the graph may rely on, asked of the built snapshot as a consumer would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.coverage import as_markdown, coverage
from cityrights.library.queries import with_prefixes
from cityrights.snapshot import Snapshot


@pytest.fixture(scope="module")
def graph(snapshot: Snapshot) -> Iterator[cityrights.KnowledgeGraph]:
    with cityrights.open(snapshot.path) as opened:
        yield opened


def rows(graph: cityrights.KnowledgeGraph, text: str) -> list[tuple[object, ...]]:
    found = graph.select(with_prefixes(text))
    return [tuple(row[name] for name in found.vars) for row in found]


THINGS = """?thing a ?class FILTER(STRSTARTS(STR(?class), STR(cr:)) && STRSTARTS(STR(?thing),
    "https://w3id.org/cityrights/id/"))"""


def test_every_thing_has_a_label_in_three_languages(graph: cityrights.KnowledgeGraph) -> None:
    assert len(rows(graph, f"SELECT DISTINCT ?thing WHERE {{ {THINGS} }}")) > 1000
    for language in ("en", "fr", "es"):
        missing = rows(
            graph,
            f"""SELECT DISTINCT ?thing WHERE {{ {THINGS}
            FILTER NOT EXISTS {{ ?thing rdfs:label ?label FILTER(LANG(?label) = "{language}") }} }}""",
        )
        assert missing == []


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_thing_is_described_in_three_languages(graph: cityrights.KnowledgeGraph, language: str) -> None:
    """Passages and connections, which the build describes, too; claims and decisions are told in English."""
    claims = "" if language == "en" else "MINUS { ?thing a cr:Claim } MINUS { ?thing a cr:Decision }"
    missing = rows(
        graph,
        f"""SELECT DISTINCT ?thing WHERE {{ {THINGS} {claims}
        FILTER NOT EXISTS {{ ?thing dcterms:description ?text FILTER(LANG(?text) = "{language}") }} }}""",
    )
    assert missing == []


def test_what_the_build_describes_is_a_sentence_of_each_language(graph: cityrights.KnowledgeGraph) -> None:
    def told(thing: str) -> list[str]:
        asked = f"SELECT ?text WHERE {{ {thing} dcterms:description ?text }} ORDER BY LANG(?text)"
        return [str(row[0]) for row in rows(graph, asked)]

    passage = "<https://w3id.org/cityrights/id/passage/ohchr-consultation-2025/1>"
    assert told(passage) == [
        "Line 1 of the document “News item on the OHCHR consultation of 1 July 2025”, counted from 1.",
        "Línea 1 del documento «Noticia sobre la consulta de la ACNUDH del 1 de julio de 2025», contada desde 1.",
        "Ligne 1 du document «\u202fActualité sur la consultation du HCDH du 1er juillet 2025\u202f», "
        "comptée à partir de 1.",
    ]
    connection = "<https://w3id.org/cityrights/id/connection/city/amsterdam/city/quilmes>"
    assert [text.partition(", by ")[0].partition(", por ")[0].partition(", par ")[0] for text in told(connection)] == [
        "Quilmes is the second closest place to Amsterdam",
        "Para Ámsterdam, Quilmes es el segundo lugar más cercano",
        "Pour Amsterdam, Quilmes est le deuxième lieu le plus proche",
    ]


def test_nothing_is_blank(snapshot: Snapshot) -> None:
    assert "_:" not in {
        part[:2] for line in snapshot.nquads.read_text("utf-8").splitlines() for part in line.split(" ")
    }


def test_each_practice_institution_and_instrument_has_one_status(graph: cityrights.KnowledgeGraph) -> None:
    found = rows(
        graph,
        """SELECT ?thing (COUNT(DISTINCT ?status) AS ?n) WHERE {
        VALUES ?class { cr:Practice cr:Institution cr:Instrument }
        ?thing a ?class OPTIONAL { ?thing cr:status ?status } } GROUP BY ?thing HAVING(COUNT(DISTINCT ?status) != 1)""",
    )
    assert found == []


def test_kind_finds_figures_and_bodies(graph: cityrights.KnowledgeGraph) -> None:
    found = rows(
        graph,
        """SELECT DISTINCT ?type WHERE { ?i a cr:Institution ; cr:kind kind:ombudsperson ; a ?type
        FILTER(?type IN (cr:Body, cr:Figure)) } ORDER BY ?type""",
    )
    assert [str(row[0]).rsplit("#", 1)[1] for row in found] == ["Body", "Figure"]


def test_evidence_is_one_pattern(graph: cityrights.KnowledgeGraph) -> None:
    found = rows(
        graph,
        """SELECT ?number WHERE { GRAPH ?claim { institution:gwangju-ombudsperson-system cr:kind ?kind }
        ?claim a cr:Claim ; dcterms:identifier ?number }""",
    )
    assert found == [("A151",)]


def test_what_is_underway_is_marked(told: Snapshot) -> None:
    with cityrights.open(told.path) as graph:
        asked = rows(graph, "SELECT ?i WHERE { ?i a cr:Institution ; cr:status status:underway }")
    found = {str(row[0]).rsplit("/", 1)[1] for row in asked}
    assert found == {"terrassa-non-discrimination-office", "terrassa-social-rights-observatory"}


def test_every_graph_is_a_claim_or_says_what_it_is(snapshot: Snapshot, graph: cityrights.KnowledgeGraph) -> None:
    claims = {str(row[0]) for row in rows(graph, "SELECT ?c WHERE { VALUES ?k { cr:Claim cr:Decision } ?c a ?k }")}
    base = "https://w3id.org/cityrights/graph/"
    fixed = {base + name for name in ("claims", "decisions", "vocabulary", "dataset")}
    store = ox.Store.read_only(str(snapshot.store))
    for name in store.named_graphs():
        assert isinstance(name, ox.NamedNode)
        iri = name.value
        assert (
            iri in claims
            or iri in fixed
            or iri.startswith(tuple(base + kind for kind in ("editorial/", "enrichment/", "derived/", "translations/")))
        ), iri


def test_enrichment_says_where_it_comes_from_and_under_which_licence(graph: cityrights.KnowledgeGraph) -> None:
    graphs = rows(
        graph, "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?g), STR(enrichment:))) }"
    )
    assert len(graphs) >= 8
    for (name,) in graphs:
        text = "dcterms:license ?l ; dcterms:provenance ?t BIND(LANG(?t) AS ?language)"
        said = rows(graph, f"SELECT ?l ?language WHERE {{ <{name}> {text} }}")
        assert sorted(str(language) for _, language in said) == ["en", "es", "fr"], name
        assert len({licence for licence, _ in said}) == 1, name


def test_the_table_of_claims_and_lines_is_up_to_date(graph: cityrights.KnowledgeGraph, root: Path) -> None:
    written = (root / "docs" / "claims.md").read_text("utf-8")
    assert written == as_markdown(coverage(graph)), "run: make docs"
    for letter, source in (("A", "twenty-practices"), ("B", "ohchr-consultation-2025")):
        asked = rows(graph, f"SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE {{ ?c a cr:Claim ; cr:source source:{source} }}")
        assert written.count(f"\n| {letter}") == int(str(asked[0][0])) > 100


def test_french_is_written_as_it_is_printed(graph: cityrights.KnowledgeGraph) -> None:
    """No line breaks before a sign, and no vowel after ``de`` in the labels that the build makes."""
    french = rows(graph, 'SELECT DISTINCT ?s ?text WHERE { ?s ?p ?text FILTER(LANG(?text) = "fr") }')
    assert len(french) > 1500
    assert [(thing, text) for thing, text in french if re.search(r"\S [:;!?»](\s|$)|« ", str(text))] == []
    close = [str(text) for thing, text in french if "/connection/" in str(thing) and " est proche " in str(text)]
    assert len(close) > 100
    assert [text for text in close if re.search(r"proche de [AEIOUÉ]", text)] == []
    assert any("proche d’Atlanta" in text for text in close)
