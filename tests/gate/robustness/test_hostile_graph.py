"""A graph all of whose texts, numbers and addresses are hostile: every page, drawing, citation and datum holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from cityrights.pipeline.steps import build_files
from tests.gate.robustness.test_shown_text import wrong
from tests.servers import Server

TEXT = (
    "<script>alert(1)</script>\\\"'><img src=x onerror=alert(1)>]]>--></style></title>{{7*7}}%s{0}{x}"
    "\\u202E\\u2028\\u0001\\u007F"
)
_PREFIXES = """
PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX id: <https://w3id.org/cityrights/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX schema: <http://schema.org/>
PREFIX wgs: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
_THINGS = """
<ID/city/a> a cr:City ; rdfs:label T ; skos:altLabel T ; dcterms:description T ; cr:country <ID/country/x> ;
  wgs:lat "INF"^^xsd:double , 1.5 , T ; wgs:long "NaN"^^xsd:double , 2.5 ; cr:wikidataId T .
<ID/city/b> a cr:City ; rdfs:label T ; cr:within <ID/city/b> ; wgs:lat 1 ; wgs:long 2 .
<ID/country/x> a cr:Country ; rdfs:label T .
<ID/population/a> a cr:PopulationFigure ; cr:of <ID/city/a> ; cr:value "INF"^^xsd:double , T ; cr:date T ;
  cr:printed T ; dcterms:source <ID/source/s> .
<ID/practice/a> a cr:Practice ; rdfs:label T ; dcterms:description T ; cr:place <ID/city/a> , <ID/city/b> ;
  cr:theme <ID/theme/t> , <javascript:alert(1)> ; cr:status <ID/status/in-place> ;
  cr:targetGroup <ID/target-group/g> ;
  cr:start T , "9999999999-99-99"^^xsd:date ; cr:end "-1"^^xsd:gYear ; cr:implementedBy <ID/government/v> ;
  cr:challenge T ; schema:url <javascript:alert(1)> , T ; schema:email T ; cr:reference <ID/reference/r> .
<ID/institution/a> a cr:Institution ; rdfs:label T ; cr:place <ID/city/a> ; cr:kind <ID/kind/k> .
<ID/instrument/a> a cr:Instrument ; rdfs:label T ; cr:place <ID/city/b> ; cr:kind <ID/kind/k> .
<ID/theme/t> a cr:Theme ; rdfs:label T ; skos:broader <ID/theme/t> ; skos:exactMatch <javascript:alert(2)> .
<ID/kind/k> a cr:Kind ; rdfs:label T .
<ID/target-group/g> a cr:TargetGroup ; rdfs:label T .
<ID/status/in-place> a cr:Status ; rdfs:label T .
<ID/government/v> a cr:LocalGovernment ; rdfs:label T ; cr:governs <ID/city/a> .
<ID/reference/r> a cr:Reference ; rdfs:label T ; schema:url <javascript:alert(3)> ; dcterms:identifier T .
<ID/event/e> a cr:Event ; rdfs:label T ; cr:start T ; cr:year T ; cr:place <ID/city/a> .
<ID/person/p> a cr:Person ; rdfs:label T .
<ID/source/s> a cr:Source ; rdfs:label T ; dcterms:issued T ; schema:url <javascript:alert(4)> .
<ID/claim/s/1> a cr:Claim ; cr:text T ; cr:subject <ID/practice/a> , <ID/city/a> ; cr:modality <ID/modality/m> ;
  cr:source <ID/source/s> ; cr:passage <ID/passage/s/1> ; dcterms:identifier T .
<ID/passage/s/1> a cr:Passage ; cr:firstLine T ; cr:lastLine 99999999999999999999999999 ; cr:heading T .
<ID/modality/m> a cr:Modality ; rdfs:label T .
"""
KEYS = (
    "city/a", "city/b", "country/x", "population/a", "practice/a", "institution/a", "instrument/a", "theme/t",
    "kind/k",
    "target-group/g", "status/in-place", "government/v", "reference/r", "event/e", "person/p", "source/s", "claim/s/1",
    "passage/s/1", "modality/m",
)  # fmt: skip
LISTS = ("practices", "cities", "institutions", "themes", "instruments", "sources", "people", "events")
OTHERS = (
    "/", "/fr", "/practices?view=map", "/practices?theme=t&place=a", "/search?q=script", "/search.json?q=script",
    "/search?q=alert&kind=practice", "/suggest?q=scr", "/reconcile/suggest/entity?prefix=script",
    "/reconcile/preview?id=city/a",
    "/reconcile/suggest/type?prefix=s", "/compare?city=a&city=b", "/compare.json?city=a&city=b", "/coverage",
    "/compare.csv?city=a&city=b", "/coverage.json", "/coverage?themes=all", "/sources/s", "/cities.geojson",
    "/ask", "/es/ask?find=practice&where1=place.country&how1=any&show=place&show=start&sort=-start",
    "/ask?find=city&where1=place-of-practice&value1=practice:a&where2=name&value2=%3Cscript&show=within&show=lat",
    "/ask?find=theme&where1=broader&value1=theme:t&show=broader-of-theme", "/ask?find=claim&where1=subject",
    "/practices.geojson?by=place", "/dataset.jsonld", "/sitemap.xml",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over the hostile graph, which has no named graphs."""
    folder = tmp_path_factory.mktemp("hostile")
    things = re.sub(r"\bT\b", lambda _: f'"{TEXT}"@en', _THINGS).replace("<ID/", "<https://w3id.org/cityrights/id/")
    (folder / "data.ttl").write_text(_PREFIXES + things, "utf-8")
    return start(build_files([folder / "data.ttl"], folder / "snapshots").path)


def check(server: Server, path: str) -> None:
    answer = server.get(path, "text/html,*/*;q=0.5")
    assert answer.status_code == 200, path
    kind = answer.headers["content-type"]
    if kind.startswith("text/html"):
        page, told = answer.text, r'<script type="application/ld\+json">(.*?)</script>'
        for data in re.findall(told, page, re.DOTALL):
            assert "<" not in data, path
            json.loads(data)
        shown = wrong(re.sub(told, "", page, flags=re.DOTALL))
        assert set(shown) <= {"b"}, path  # the site's own, around figures
        assert "49" not in re.findall(r"\{\{7\*7\}\}|49(?=%s)", page), path
    elif "json" in kind:
        json.loads(answer.text)


@pytest.mark.parametrize("key", KEYS)
def test_the_page_the_drawing_the_citations_and_the_data_of_a_thing_hold(hostile: Server, key: str) -> None:
    for path in (f"/page/{key}", f"/es/page/{key}", f"/corrections?about=https://w3id.org/cityrights/id/{key}"):
        check(hostile, path)
    check(hostile, f"/neighbourhood/{key}.json")
    check(hostile, f"/neighbourhood/{key}.geojson")
    for extension in ("txt", "bib", "json", "cff"):
        check(hostile, f"/cite/{key}.{extension}")
    for extension in ("ttl", "jsonld", "trig", "nq", "nt"):
        check(hostile, f"/data/{key}.{extension}")
    refused = hostile.get(f"/data/{key}.rdf")  # which could be no XML, with the control characters
    assert refused.status_code == 406, key
    assert "U+0001" in refused.json()["detail"], key


@pytest.mark.parametrize("name", LISTS)
def test_lists_hold_in_every_view_and_as_data(hostile: Server, name: str) -> None:
    for rest in ("", "?view=table", "?status=all&sort=-name", ".json", ".csv", ".ttl", ".jsonld"):
        check(hostile, f"/{name}{rest}")


@pytest.mark.parametrize("path", OTHERS)
def test_the_other_pages_hold(hostile: Server, path: str) -> None:
    check(hostile, path)
