"""What every consumer of the graph may rely on, asked of the built snapshot as a consumer would."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.coverage import as_markdown, coverage
from cityrights.library.queries import with_prefixes
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, GRAPH_DERIVED, PREFIXES, RDF, SKOS, source_prefixes

TYPE = RDF + "type"
Triple = tuple[Any, Any, Any]


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
    connection = "<https://w3id.org/cityrights/id/connection/city/grenoble/city/barcelona>"
    assert [text.partition(", by ")[0].partition(", por ")[0].partition(", par ")[0] for text in told(connection)] == [
        "Barcelona is the second closest place to Grenoble",
        "Para Grenoble, Barcelona es el segundo lugar más cercano",
        "Pour Grenoble, Barcelone est le deuxième lieu le plus proche",
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


#: Of what is computed anew with every document, an example shows the form: no value of it is promised.
_COMPUTED = ("strength", "rank")


def untold(examples: Mapping[str, str], told: Set[Triple], used: Set[str], sources: Collection[str]) -> list[str]:
    """Name each term whose example is not told, in whichever source its ``claim:`` is.

    A term that is not ``used`` in what people write has an example of ``example:`` things: it says that it is made up.
    """
    wrong = []
    for term, example in examples.items():
        readings = [_read(example, source) for source in sources]
        if "example:" in example:
            made_up = all("example.org" in subject.value for subject, _, _ in readings[0])
            if not made_up or term in used:
                wrong.append(term)
        elif not any(all(_is_told(triple, told) for triple in reading) for reading in readings):
            wrong.append(term)
    return wrong


def _read(example: str, source: str) -> list[Triple]:
    names = {**PREFIXES, **source_prefixes(source), "example": "https://example.org/"}
    text = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in names.items())
    return [(quad.subject, quad.predicate, quad.object) for quad in ox.parse(text + example, ox.RdfFormat.TURTLE)]


def _is_told(triple: Triple, told: Set[Triple]) -> bool:
    if triple[1].value in {CR + name for name in _COMPUTED}:
        return any(triple[:2] == other[:2] for other in told)
    return triple in told


def test_every_example_of_a_term_is_in_the_graph(snapshot: Snapshot, root: Path) -> None:
    """Or in the files, where the build makes something else of what is written there (cr:lines)."""
    quads = list(ox.parse(path=str(snapshot.nquads), format=ox.RdfFormat.N_QUADS))
    written = [quad for path in (root / "data").rglob("*.trig") for quad in ox.parse(path=str(path))]
    told = {(quad.subject, quad.predicate, quad.object) for quad in (*quads, *written)}
    said = [*written, *(quad for quad in quads if not str(quad.graph_name).startswith(f"<{GRAPH_DERIVED}"))]
    used = {quad.predicate.value for quad in said} | {
        quad.object.value for quad in said if quad.predicate.value == TYPE
    }
    sources = sorted(s.value.rpartition("/")[2] for s, p, o in told if p.value == TYPE and o.value == CR + "Source")
    examples = {
        term.value: text.value
        for term, predicate, text in told
        if predicate.value == SKOS + "example" and term.value.startswith(CR)
    }
    assert len(examples) > 120
    assert untold(examples, told, used, sources) == []
    decoys = {
        CR + "funder": "practice:utrecht-plan-einstein cr:funder organisation:ohchr .",
        CR + "partner": "example:one cr:partner example:other .",
        CR + "theme": "example:one cr:theme theme:food .",
    }
    assert untold(decoys, told, used, sources) == list(decoys)


def test_numbers_are_asked_for_by_what_they_measure(told: Snapshot) -> None:
    """Without labels, documents and data sets in one way, with the units of QUDT beside ours."""
    with cityrights.open(told.path) as graph:
        shares = rows(
            graph,
            """SELECT ?city ?measure ?printed ?value WHERE {
            ?number cr:measure ?measure ; cr:of ?city ; cr:printed ?printed OPTIONAL { ?number cr:value ?value }
            VALUES ?measure { measure:share-below-poverty-line measure:share-of-migrants } } ORDER BY ?city""",
        )
        inhabitants = rows(
            graph,
            """SELECT ?value ?comparator WHERE { ?number cr:measure measure:population ; cr:of city:terrassa ;
            cr:value ?value ; cr:comparator ?comparator } ORDER BY ?value""",
        )
        unitless = rows(graph, "SELECT ?n WHERE { ?n cr:unit ?unit FILTER NOT EXISTS { ?n qudt:hasUnit ?any } }")
        measured = rows(graph, "SELECT ?n WHERE { ?n a sosa:Observation MINUS { ?n sosa:observedProperty ?any } }")
        percent = rows(graph, "SELECT ?n WHERE { ?n qudt:hasUnit unit:PERCENT ; cr:measure measure:reserved-posts }")
    assert [tuple(str(cell or "").rpartition("/")[2] for cell in row) for row in shares] == [
        ("grigny", "share-below-poverty-line", "44%", "44"),
        ("quilmes", "share-of-migrants", "8,%", ""),
    ]
    assert [tuple(map(str, row)) for row in inhabitants] == [("228785", "eq"), ("230000", "approx")]
    assert unitless == measured == []
    assert len(percent) == 1


def test_whoever_works_with_whom_is_found_by_one_property(graph: cityrights.KnowledgeGraph) -> None:
    asked = "SELECT DISTINCT ?one ?other WHERE {{ ?one {} ?other }}"
    everybody = set(rows(graph, asked.format("cr:worksWith")))
    parts = [set(rows(graph, asked.format(f"cr:{name}"))) for name in ("partner", "cooperatesWith")]
    assert all(parts)
    assert set.union(*parts) < everybody
    own = "SELECT ?one ?other WHERE { GRAPH ?claim { ?one cr:worksWith ?other } ?claim a cr:Claim }"
    assert everybody == set.union(*parts, set(rows(graph, own)))


def test_a_thing_of_the_world_has_no_provenance_and_is_described_in_documents(graph: cityrights.KnowledgeGraph) -> None:
    world = """VALUES ?class { cr:Territory cr:Practice cr:Institution cr:Instrument cr:Event cr:Award cr:Actor }
        ?thing a ?class"""
    told = f"SELECT ?thing ?p WHERE {{ {world} ; ?p ?o FILTER(?p = dcterms:source || STRSTARTS(STR(?p), STR(prov:))) }}"
    assert rows(graph, told) == []
    assert rows(graph, "SELECT ?p WHERE { ?p a cr:Practice, prov:Entity }") == []
    subjects = """SELECT DISTINCT ?thing ?source WHERE { ?claim a cr:Claim ; cr:subject ?thing ; cr:source ?source
        FILTER NOT EXISTS { ?thing a cr:Source } }"""
    described = set(rows(graph, "SELECT ?thing ?source WHERE { ?thing cr:describedIn ?source }"))
    assert described == set(rows(graph, subjects))
    assert described == set(rows(graph, "SELECT ?t ?s WHERE { ?t schema:subjectOf ?s . ?s a cr:Source }"))


def test_a_property_of_kinds_takes_its_branch_and_no_thing_has_one_concept_by_two(
    graph: cityrights.KnowledgeGraph,
) -> None:
    branches = "SELECT ?p ?top WHERE { ?p cr:branch ?top ; rdfs:range cr:Kind }"
    assert len(rows(graph, branches)) > 7
    elsewhere = """SELECT ?thing ?p ?kind WHERE { ?p cr:branch ?any ; rdfs:range cr:Kind . ?thing ?p ?kind
        FILTER NOT EXISTS { ?p cr:branch ?top . ?kind skos:broader* ?top } }"""
    assert rows(graph, elsewhere) == []
    of_class = """SELECT ?thing ?kind WHERE { ?class a owl:Class ; cr:branch ?any . ?thing a ?class ; cr:kind ?kind
        FILTER NOT EXISTS { ?class cr:branch ?top . ?kind skos:broader* ?top } }"""
    assert rows(graph, of_class) == []
    twice = """SELECT ?thing ?kind WHERE { ?p rdfs:range cr:Kind . ?q rdfs:range cr:Kind . ?thing ?p ?kind ; ?q ?kind
        FILTER(STR(?p) < STR(?q)) }"""
    assert rows(graph, twice) == []


def test_a_claim_in_two_places_is_one_row_by_the_query_of_the_guide(
    graph: cityrights.KnowledgeGraph, root: Path
) -> None:
    guide = (root / "docs" / "guide.md").read_text("utf-8")
    text = next(block for block in re.findall(r"```sparql\n(.*?)```", guide, re.DOTALL) if "?places" in block)
    found = graph.select(text)
    claims = rows(graph, "SELECT DISTINCT ?c WHERE { ?c a cr:Claim ; cr:passage ?p }")
    assert len(found) == len(claims) < len(rows(graph, "SELECT ?c ?p WHERE { ?c a cr:Claim ; cr:passage ?p }"))
    utrecht = [str(row["places"]) for row in found if str(row["claim"]).endswith("/twenty-practices/30")]
    assert [sorted(places.split(", ")) for places in utrecht] == [["250", "355"]]


def test_one_world_region_of_a_place_is_that_of_m49(graph: cityrights.KnowledgeGraph) -> None:
    """Regions overlap (``cr:within``); those of the standard do not, on one level."""
    text = """SELECT ?country (COUNT(DISTINCT ?region) AS ?n) WHERE { ?country a cr:Country ; cr:within+ ?region .
        ?region a cr:Region ; cr:m49 ?code FILTER NOT EXISTS { ?country cr:within+ ?inner . ?inner a cr:Region ;
        cr:m49 ?more ; cr:within+ ?region } } GROUP BY ?country HAVING(COUNT(DISTINCT ?region) != 1)"""
    assert rows(graph, text) == []
