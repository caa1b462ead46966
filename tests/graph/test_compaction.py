"""JSON-LD with short names says exactly what the triples say, and needs nothing but itself to be read."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from cityrights.resources.document import compact, published_context
from cityrights.vocabulary import CR, ID

_PREFIXES = f"@prefix cr: <{CR}> . @prefix city: <{ID}city/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "


@pytest.mark.parametrize(
    "turtle",
    [
        "city:a a cr:City ; rdfs:label 'a'@en, 'b'@fr .",
        "city:a rdfs:label 'a'@en, 'other'@en, 'plain' .",
        "city:a cr:place city:b, 'not a place' .",
        "city:a cr:firstLine 5, '05'^^<http://www.w3.org/2001/XMLSchema#integer>, 'five' .",
        "city:a cr:value 1.50, 1 .",
        "city:a <http://other.example/p> <http://other.example/o>, 'x'^^<http://other.example/t>, true, 'x'@en-gb .",
        "city:a a <http://other.example/T>, cr:Practice .",
        "city:a a _:b . _:b a cr:City .",
        "city:a cr:anchor 'a', 'b' ; <http://www.w3.org/2004/02/skos/core#altLabel> 'a'@en, 'b'@en .",
        "<http://e/x> cr:place <rel:y>, <urn:z> .",
    ],
)
def test_it_reads_back_as_it_was(turtle: str) -> None:
    triples = [quad.triple for quad in ox.parse((_PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE)]
    body = compact(triples)
    back = {quad.triple for quad in ox.parse(body, format=ox.RdfFormat.JSON_LD)}
    if "_:b" in turtle:
        assert len(back) == len(set(triples))
    else:
        assert back == set(triples)


def test_only_the_terms_that_are_used_stand_in_the_context() -> None:
    (quad,) = ox.parse((_PREFIXES + "city:a cr:place city:b .").encode(), format=ox.RdfFormat.TURTLE)
    context = json.loads(compact([quad.triple]))["@context"]
    assert set(context) == {"@version", "id", "type", "cr", "place"}


def test_the_published_context_is_the_one_of_the_ontology() -> None:
    assert published_context()["place"] == {"@id": "cr:place", "@type": "@id"}
