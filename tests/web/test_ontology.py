"""/ontology: a page for people, the vocabulary's graph for programs; every term of the ontology is on it."""

from __future__ import annotations

import pytest
import rdflib
from rdflib.namespace import OWL, RDF

from tests.web.conftest import Server

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
