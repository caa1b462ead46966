"""/ontology: a page for people, the vocabulary's graph for programs; every term of the ontology is on it."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from cityrights_web.views.ontology import JOINS, PLACES
from tests.servers import Server
from tests.web.house import House

CR = "https://w3id.org/cityrights/ontology#"
FORMATS = {
    "text/turtle": "turtle", "application/n-triples": "nt", "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
}  # fmt: skip


# rdflib 7.6 reads JSON-LD through a class of its own that it has deprecated.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")
@pytest.mark.parametrize("media_type", FORMATS)
def test_a_program_is_led_to_the_terms(shipped: Server, media_type: str) -> None:
    moved = shipped.get("/ontology", media_type)
    assert moved.status_code == 303
    assert "Accept" in moved.headers["vary"]
    answer = shipped.get(moved.headers["location"], media_type)
    assert answer.headers["content-type"].startswith(media_type)
    graph = rdflib.Graph().parse(data=answer.content, format=FORMATS[media_type])
    assert (rdflib.URIRef(CR + "Practice"), RDF.type, OWL.Class) in graph


@pytest.mark.parametrize(
    ("path", "heading"), [("/ontology", "Classes"), ("/fr/ontology", "Les propriétés"), ("/es/ontology", "Clases")]
)
def test_people_read_it_in_their_language(shipped: Server, path: str, heading: str) -> None:
    page = shipped.get(path, "text/html")
    assert page.status_code == 200
    assert heading in page.text
    assert 'id="Practice"' in page.text


def test_other_formats_are_refused_with_those_there_are(shipped: Server) -> None:
    assert shipped.get("/ontology", "image/png").status_code == 406
    assert shipped.get("/ontology.docx", "*/*").status_code == 404


def test_every_term_of_the_ontology_has_its_place_and_what_the_vocabulary_says(shipped: Server) -> None:
    page = shipped.get("/ontology").text
    graph = rdflib.Graph().parse(data=shipped.get("/ontology.ttl").text, format="turtle")
    terms = {str(term) for term in graph.subjects(RDFS.isDefinedBy, rdflib.URIRef(CR[:-1])) if str(term).startswith(CR)}
    assert len(terms) > 100
    for term in terms:
        assert f'<article class="term" id="{term.removeprefix(CR)}"' in page, term
    place = page[page.index('id="place"') : page.index('id="place"') + 3000]
    for said in ("cr:Territory", "cr:Practice", "schema:location", "cr:place city:torino", "in the graph"):
        assert said in place, said


def test_the_query_of_a_term_shows_ten_of_its_uses(shipped: Server) -> None:
    page = shipped.get("/ontology").text
    for anchor in ("City", "place"):
        term = page[page.index(f'<article class="term" id="{anchor}"') :]
        address = html.unescape(term.split('<a href="/sparql?', 1)[1].split('"', 1)[0])
        rows = shipped.get(f"/sparql?{address}", "text/csv").text.splitlines()
        assert len(rows) == 11


def test_schemes_with_their_concepts_and_shapes_with_their_rules(shipped: Server) -> None:
    page = shipped.get("/ontology").text
    assert 'href="/page/theme/housing"' in page
    assert 'href="/page/modality/disputed"' in page
    shapes = page[page.index('id="shapes"') :]
    assert "Its approach is none" in shapes
    assert 'href="/shapes/Practice"' in shapes


def test_the_drawing_has_what_the_vocabulary_has(shipped: Server) -> None:
    graph = rdflib.Graph().parse(data=shipped.get("/ontology.ttl").text, format="turtle")
    for one, name, two, _ in JOINS:
        assert (rdflib.URIRef(CR + one), RDF.type, OWL.Class) in graph
        assert (rdflib.URIRef(CR + two), RDF.type, OWL.Class) in graph
        if name:
            assert (rdflib.URIRef(CR + name), RDF.type, OWL.ObjectProperty) in graph
        else:
            assert (rdflib.URIRef(CR + one), RDFS.subClassOf, rdflib.URIRef(CR + two)) in graph
    drawn = shipped.get("/fr/ontology/diagram.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "script" not in drawn.headers["content-security-policy"]
    texts = [one.text for one in ElementTree.fromstring(drawn.content).iter("{http://www.w3.org/2000/svg}text")]
    assert "Ville" not in texts
    assert {"Pratique", "Affirmation"} <= set(texts)
    assert len(texts) == len(PLACES) + sum(1 for join in JOINS if join[1])


def test_a_class_lists_its_properties_and_leads_to_its_shape(shipped: Server) -> None:
    page = shipped.get("/ontology", "text/html").text
    term = page.split('<article class="term" id="Institution"', 1)[1].split("</article>", 1)[0]
    for said in ('href="#monitors"', 'href="#kind"', 'href="#shape-Institution"'):
        assert said in term, said
    assert 'id="shape-Institution"' in page
    moved = shipped.get("/shapes/Institution", "text/html")
    assert (moved.status_code, moved.headers["location"]) == (303, "/ontology#shape-Institution")


def test_the_page_has_prefixes_who_made_it_how_to_cite_it_and_changes(shipped: Server) -> None:
    for path, said in (("/ontology", "the first version"), ("/fr/ontology", "la première version")):
        page = shipped.get(path, "text/html").text
        assert f"@prefix cr: &lt;{CR}&gt; ." in page
        made = page.split('id="made"', 1)[1]
        for part in ("cityrights. <cite>", "0.2.1", "2026", CR[:-1], "CC BY 4.0", said):
            assert part in made, (path, part)


def test_a_vocabulary_without_meanings_breaks_nothing(server: Server) -> None:
    page = server.get("/ontology", "text/html")
    assert page.status_code == 200
    assert 'id="place"' in page.text
    assert server.get("/ontology/diagram.svg").status_code == 200


def test_a_version_is_that_version_or_said_to_be_an_earlier_one(
    tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, launch, monkeypatch)
    house.build(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "<https://w3id.org/cityrights/graph/vocabulary> { <https://w3id.org/cityrights/ontology> a owl:Ontology ;\n"
        'owl:versionInfo "0.3.0" ; owl:priorVersion <https://w3id.org/cityrights/ontology/0.2.0> ;\n'
        'skos:historyNote "0.1.0, 22 November 2026: the first version."@en . }'
    )
    server = house.serve()
    for accept in ("text/html", "text/turtle", "application/ld+json"):
        moved = server.get("/ontology/0.3.0", accept)
        assert (moved.status_code, moved.headers["location"]) == (303, "/ontology")
        for version in ("0.1.0", "0.2.0"):
            gone = server.get(f"/ontology/{version}", accept)
            assert gone.status_code == 410
            assert f"{version} is an earlier version" in gone.text
            assert "0.3.0" in gone.text
            assert "owl:Class" not in gone.text
        assert server.get("/ontology/0.4.0", accept).status_code == 404
    assert "the first version" in server.get("/ontology/0.1.0", "application/problem+json").json()["detail"]
