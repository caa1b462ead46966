"""The index of the shipped graph, and one of a small graph whose names are hard."""

from __future__ import annotations

import pytest

from cityrights.indexes.search import SearchIndex
from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot

HARD = """
PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX id: <https://w3id.org/cityrights/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
<https://w3id.org/cityrights/id/city/a> a cr:City ; rdfs:label "Łódź"@pl ; cr:wikidataId "Q580" .
<https://w3id.org/cityrights/id/city/b> a cr:City ; rdfs:label "Møllegård"@da .
<https://w3id.org/cityrights/id/city/c> a cr:City ; rdfs:label "Đakovo"@hr ; skos:altLabel "Großstraße"@de .
<https://w3id.org/cityrights/id/city/d> a cr:City ; rdfs:label "Cœur d’Ægir"@fr ; rdfs:label "İzmir"@tr .
<https://w3id.org/cityrights/id/city/e> a cr:City ; rdfs:label "Malmo\\u0308"@sv .
<https://w3id.org/cityrights/id/city/f> a cr:City ; rdfs:label "광주"@ko , "Gwangju"@en .
<https://w3id.org/cityrights/id/practice/here> a cr:Practice ; rdfs:label "Night shelter"@en ;
  cr:status <https://w3id.org/cityrights/id/status/in-place> .
<https://w3id.org/cityrights/id/practice/coming> a cr:Practice ; rdfs:label "Night shelter"@en ;
  cr:status <https://w3id.org/cityrights/id/status/underway> .
<https://w3id.org/cityrights/id/practice/told> a cr:Practice ; rdfs:label "Something else"@en ;
  dcterms:description "It has a night shelter, \\"<script>alert(1)</script>\\" and more."@en .
<https://w3id.org/cityrights/id/claim/s/1> a cr:Claim ; cr:text "Zebras crossed safely."@en ;
  cr:subject <https://w3id.org/cityrights/id/practice/told> .
<https://w3id.org/cityrights/id/passage/s/1> rdfs:label "Zebra passage"@en .
<https://w3id.org/cityrights/ontology#zebra> rdfs:label "Zebra property"@en .
<http://example.org/elsewhere> rdfs:label "Zebra elsewhere"@en .
"""


@pytest.fixture(scope="session")
def index(snapshot: Snapshot) -> SearchIndex:
    """The index of the shipped graph."""
    return SearchIndex.open(snapshot)


@pytest.fixture(scope="session")
def hard(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """The index of the graph with hard names."""
    folder = tmp_path_factory.mktemp("hard")
    file = folder / "hard.ttl"
    file.write_text(HARD, "utf-8")
    return SearchIndex.open(build_files([file], folder / "snapshots"))
