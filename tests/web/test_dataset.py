"""What leads to the data as a whole: the dataset's own IRIs, VoID's well-known place, crawlers' files, w3id's rules."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, VOID

from cityrights.snapshot import Snapshot
from cityrights.vocabulary import BASE
from tests.nodes import literal
from tests.servers import Server

DATASET = rdflib.URIRef(f"{BASE}dataset")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        ("text/html", "/fr/download"),
        ("text/turtle", "/dataset.ttl"),
        ("application/ld+json", "/dataset.jsonld"),
        ("application/rdf+xml", "/dataset.rdf"),
    ],
)
def test_the_dataset_leads_to_its_description(shipped: Server, accept: str, location: str) -> None:
    answer = shipped.get("/dataset", accept, Accept_Language="fr")
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert shipped.get(location).status_code == 200
    assert shipped.get("/dataset", "image/png").status_code == 406


def test_void_is_found_where_the_note_says(shipped: Server) -> None:
    for accept, location in (
        ("text/turtle", "/dataset.ttl"),
        ("*/*", "/dataset.ttl"),
        ("application/rdf+xml", "/dataset.rdf"),
    ):
        answer = shipped.get("/.well-known/void", accept)
        assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_the_description_tells_sizes_and_hashes_that_are_true(shipped: Server) -> None:
    graph = rdflib.Graph().parse(data=shipped.get("/dataset.ttl").text, format="turtle")
    assert (DATASET, RDF.type, VOID.Dataset) in graph
    assert (DATASET, RDF.type, DCAT.Dataset) in graph
    assert graph.value(DATASET, rdflib.URIRef(str(DCAT) + "version"))
    (service,) = graph.subjects(RDF.type, DCAT.DataService)
    assert (service, DCAT.servesDataset, DATASET) in graph
    distributions = list(graph.objects(DATASET, DCAT.distribution))
    assert len(distributions) == 5
    for one in distributions:
        leads = shipped.get(str(one).removeprefix(BASE.rstrip("/")))
        assert leads.status_code == 303
        file = shipped.get(leads.headers["location"])
        assert literal(graph.value(one, DCAT.byteSize)).toPython() == len(file.content)
        checksum = graph.value(graph.value(one, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum).lower() == hashlib.sha256(file.content).hexdigest()
        assert str(graph.value(one, DCAT.downloadURL)).endswith(leads.headers["location"])
        assert str(graph.value(one, DCAT.accessURL)) == f"{BASE}download"
        assert str(graph.value(one, DCAT.mediaType)).endswith(file.headers["content-type"].split(";")[0])


def test_the_description_says_who_answers_for_the_data(shipped: Server) -> None:
    graph = rdflib.Graph().parse(data=shipped.get("/dataset.ttl").text, format="turtle")
    for relation in (DCTERMS.publisher, DCTERMS.creator):
        assert graph.value(graph.value(DATASET, relation), FOAF.name) == rdflib.Literal("cityrights")
    assert graph.value(DATASET, DCAT.contactPoint) is None, "nobody is named who was not set"


@pytest.mark.parametrize(
    ("contact", "relation", "told"),
    [
        ("mailto:office@example.org?cc=a@example.org", "hasEmail", "mailto:office@example.org"),
        ("https://example.org/form?a=b", "hasURL", "https://example.org/form?a=b"),
    ],
)
def test_the_contact_that_is_set_is_that_of_the_dataset(
    launch: Callable[..., Server], snapshot: Snapshot, contact: str, relation: str, told: str
) -> None:
    server = launch(snapshot.path, contact=contact)
    graph = rdflib.Graph().parse(data=server.get("/dataset.nt").text, format="nt")
    office = graph.value(DATASET, DCAT.contactPoint)
    assert graph.value(office, rdflib.URIRef(f"http://www.w3.org/2006/vcard/ns#{relation}")) == rdflib.URIRef(told)


def test_parts_of_the_dataset_lead_to_its_description(shipped: Server) -> None:
    assert shipped.get("/dataset/links-wikidata", "text/turtle").headers["location"] == "/dataset.ttl"
    graph = rdflib.Graph().parse(data=shipped.get("/dataset.nt").text, format="nt")
    part = next(graph.objects(DATASET, VOID.classPartition))
    assert shipped.get(str(part).removeprefix(BASE.rstrip("/")), "text/turtle").headers["location"] == "/dataset.ttl"
    for path in (
        "/dataset/nothing",
        "/void/class/000",
        "/dataset.docx",
        "/shapes/nothing",
        "/shapes/..%2Fcontext",
        "/graph/none",
    ):
        assert shipped.get(path, "application/problem+json").status_code == 404, path


def test_graphs_shapes_and_versions_have_addresses_that_answer(shipped: Server) -> None:
    graph = shipped.get("/graph/editorial/indexing")
    assert graph.status_code == 303
    assert "cr" in shipped.get(graph.headers["location"], "text/turtle").text
    shapes = rdflib.Graph().parse(data=shipped.get("/shapes/Practice").text, format="turtle")
    assert len(shapes) > 50
    assert shipped.get("/ontology/0.1.0").headers["location"] == "/ontology"
    assert shipped.get("/ontology/9.9.9", "text/html").status_code == 404


def test_crawlers_may_read_pages_and_data_but_no_queries(shipped: Server) -> None:
    lines = shipped.get("/robots.txt").text.splitlines()
    assert {"Disallow: /sparql?", "Disallow: /*?", "Allow: /"} <= set(lines)
    assert f"Sitemap: {shipped.url}/sitemap.xml" in lines


def test_the_sitemap_names_every_page_in_every_language(shipped: Server) -> None:
    index = ElementTree.fromstring(shipped.get("/sitemap.xml").content)
    (part,) = [str(one.text) for one in index.iter(f"{MAP}loc")]
    assert part == f"{shipped.url}/sitemap-1.xml"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d.*", index.findtext(f".//{MAP}lastmod", ""))
    entries = ElementTree.fromstring(shipped.get("/sitemap-1.xml").content).findall(f"{MAP}url")
    addresses = [entry.findtext(f"{MAP}loc", "") for entry in entries]
    assert len(addresses) == len(set(addresses)) <= 50_000
    for path in ("/", "/fr", "/compare", "/es/page/city/utrecht", "/page/claim/twenty-practices/10"):
        assert shipped.url + path in addresses
    assert not any("/passage/" in address for address in addresses)
    others = {link.get("hreflang") for link in entries[0] if link.tag.endswith("link")}
    assert others == {"en", "fr", "es", "x-default"}
    for address in addresses[:60]:
        assert shipped.get(address.removeprefix(shipped.url)).status_code == 200, address
    assert shipped.get("/sitemap-2.xml").status_code == 404


def test_addresses_beyond_ascii_are_whole_in_the_sitemap(server: Server) -> None:
    assert "/page/city/m%C3%BCnchen</loc>" in server.get("/sitemap-1.xml").text


def test_links_use_the_public_address(start: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = start(fixture_snapshot, public_url="https://rights.example/graph")
    assert "Sitemap: https://rights.example/graph/sitemap.xml" in server.get("/robots.txt").text
    assert "<loc>https://rights.example/graph/fr/page/practice/museum</loc>" in server.get("/sitemap-1.xml").text
    assert server.get("/.well-known/void").headers["location"] == "https://rights.example/graph/dataset.ttl"


def test_the_redirects_for_w3id_lead_to_addresses_that_answer(shipped: Server, root: Path) -> None:
    rules = re.findall(
        r"^RewriteRule \^(\S*)\$ https://\S+?/(\S*) \[R=30\d", (root / "docs/w3id/.htaccess").read_text("utf-8"), re.M
    )
    assert rules
    for iri in (
        "",
        "id/city/utrecht",
        "ontology",
        "ontology/0.1.0",
        "dataset",
        "dataset/trig",
        "graph/claims",
        "shapes/Practice",
        "sparql",
    ):
        matched = [(found, target) for pattern, target in rules if (found := re.fullmatch(pattern, iri))]
        assert matched, iri
        path = "/" + _rewritten(*matched[0])
        assert shipped.get(path, "text/turtle, text/html;q=0.5").status_code in (200, 303), (iri, path)


def _rewritten(match: re.Match[str], target: str) -> str:
    return re.sub(r"\$(\d)", lambda group: match[int(group[1])], target)
