"""Other people's graphs as small sites: a thesaurus, a catalogue, people; their lists, their labels, their IRIs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cityrights.pipeline.steps import build_files
from tests.servers import Server

PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <{base}> .
"""
THESAURUS = """
:scheme a skos:ConceptScheme ; dcterms:title "Words of the river"@en ;
    dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/> .
<{base}c/water> a skos:Concept ; skos:prefLabel "Water"@en , "Eau"@fr ; skos:inScheme :scheme .
<{base}c/river> a skos:Concept ; skos:prefLabel "River"@en , "Fleuve"@fr ; skos:altLabel "Stream"@en ;
    skos:broader <{base}c/water> ; skos:inScheme :scheme ; skos:exactMatch <http://elsewhere.example/river> .
"""
CATALOGUE = """
:catalogue a dcat:Catalog ; dcterms:title "Open data of the port"@en ; dcat:dataset :tides , :ships .
:tides a dcat:Dataset ; dcterms:title "Tides"@en ; dcterms:publisher :office .
:ships a dcat:Dataset ; dcterms:title "Ships in port"@en ; dcterms:publisher :office .
:office a foaf:Agent ; foaf:name "Harbour office" .
"""
PEOPLE = """
:house a org:Organization ; skos:prefLabel "The house"@en .
<{base}people/ana> a foaf:Person ; foaf:name "Ana Souza" ; org:memberOf :house ; foaf:knows <{base}people/bo> .
<{base}people/bo> a foaf:Person ; foaf:name "Bo Lind" ; org:memberOf :house .
"""
#: Of each its text, its base, its name, a class with how many, a thing: its path, its name, that of what it names.
SITES = [
    (THESAURUS, "https://thes.example.org/", "Words of the river", ("http://www.w3.org/2004/02/skos/core#Concept", 2),
     ("c/river", "River", "Water")),
    (CATALOGUE, "https://port.example.org/data/", "Open data of the port", ("http://www.w3.org/ns/dcat#Dataset", 2),
     ("tides", "Tides", "Harbour office")),
    (PEOPLE, "https://house.example.org/", "", ("http://xmlns.com/foaf/0.1/Person", 2),
     ("people/ana", "Ana Souza", "Bo Lind")),
]  # fmt: skip


@pytest.mark.parametrize("site", SITES, ids=["thesaurus", "catalogue", "people"])
def test_a_graph_of_others_is_a_small_site_of_theirs(
    site: tuple[str, str, str, tuple[str, int], tuple[str, str, str]],
    launch: Callable[..., Server],
    tmp_path: Path,
) -> None:
    text, base, name, (kind, count), (path, label, other) = site
    file = tmp_path / "data.ttl"
    file.write_text((PREFIXES + text).replace("{base}", base), "utf-8")
    server = launch(build_files([file], tmp_path / "snapshots").path, base=base)
    start = server.get("/", "text/html").text
    if name:
        assert f"<title>{name}</title>" in start
    lists = {html.unescape(one) for one in re.findall(r'href="(/things\?[^"]+)"', start)}
    listed = next(one for one in lists if kind.rpartition("/")[2].partition("#")[2] in one or kind in one)
    answer = server.client.get("/things", params={"class": kind}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert server.get(listed, "text/html").status_code == 200
    assert answer.text.count('href="/page/') == count
    assert f">{label}</a>" in re.sub(r"<bdi[^>]*>|</bdi>|<span[^>]*>|</span>", "", answer.text)
    there = server.get(f"/{path}", "text/html")
    assert (there.status_code, there.headers["location"]) == (303, f"/page/{path}")
    data = server.get(f"/{path}", "text/turtle")
    assert data.status_code == 303
    assert f"<{base}{path}>" in server.get(data.headers["location"]).text.replace("@prefix", "")
    page = server.get(f"/page/{path}", "text/html").text
    assert f"<h1>{label}</h1>" in re.sub(r"<(bdi|span)[^>]*>|</(bdi|span)>|(?<=<h1) [^>]*", "", page)
    linked = re.sub(r"<(bdi|span)[^>]*>|</(bdi|span)>", "", page)
    assert re.search(rf'<a href="/page/[^"]+">\s*{other}', linked), "what it names has its label, and a page here"
    assert server.get("/not-there", "text/html").status_code == 404
    assert server.client.get("/things", params={"class": "urn:x"}, headers={"Accept": "text/html"}).status_code == 404
    assert "cityrights: local human rights" not in start
