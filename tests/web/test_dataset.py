"""What leads to the data as a whole: the dataset's own IRIs, VoID's well-known place, crawlers' files."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from pyshacl import validate
from rdflib.namespace import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SH, SKOS, VOID

from cityrights.snapshot import Snapshot
from cityrights.vocabulary import BASE
from tests.nodes import literal, literals
from tests.servers import Server
from tests.support import DCAT_AP, need

DATASET = rdflib.URIRef(f"{BASE}dataset")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
RDF_FORMATS = {"turtle": ox.RdfFormat.TURTLE, "xml": ox.RdfFormat.RDF_XML, "json-ld": ox.RdfFormat.JSON_LD}
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
    assert len(distributions) == 21, "seven dumps, each packed in two ways, too"
    for one in distributions:
        leads = shipped.get(str(one).removeprefix(BASE.rstrip("/")))
        assert leads.status_code == 303
        file = shipped.get(leads.headers["location"])
        assert literal(graph.value(one, DCAT.byteSize)).toPython() == len(file.content)
        checksum = graph.value(graph.value(one, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum).lower() == hashlib.sha256(file.content).hexdigest()
        # Where the bytes are, and not where a permanent address will lead to them.
        assert str(graph.value(one, DCAT.downloadURL)) == shipped.url + leads.headers["location"]
        assert str(graph.value(one, DCAT.accessURL)) == f"{shipped.url}/download"
        sent = file.headers["content-type"].split(";")[0]
        packed = graph.value(one, DCAT.compressFormat)
        assert str(packed or graph.value(one, DCAT.mediaType)) == f"https://www.iana.org/assignments/media-types/{sent}"
        assert (packed is None) == (re.search(r"-(gz|zst)$", str(one)) is None)


def test_the_files_and_the_endpoint_are_at_the_public_address(
    start: Callable[..., Server], fixture_snapshot: Path
) -> None:
    server = start(fixture_snapshot, public_url="https://rights.example/graph")
    text = server.get("/dataset.nt").text
    found = set(re.findall(r"dcat#(?:downloadURL|accessURL|endpointURL|endpointDescription)> <([^>]*)>", text))
    assert all(one.startswith("https://rights.example/graph/") for one in found)


def test_files_of_a_version_are_at_its_own_address(shipped: Server) -> None:
    """What describes an earlier version leads to its files, and never to those of today."""
    version = shipped.get("/health").json()["version"][:12]
    answer = shipped.get(f"/version/{version}/dataset.ttl")
    assert answer.status_code == 200
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    found = [str(graph.value(one, DCAT.downloadURL)) for one in graph.objects(DATASET, DCAT.distribution)]
    assert len(found) == 21
    assert all(one.startswith(f"{shipped.url}/version/{version}/download/") for one in found)
    assert shipped.client.head(found[0]).status_code == 200


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
    graph = shipped.get("/graph/editorial/labels")
    assert graph.status_code == 303
    assert "cr" in shipped.get(graph.headers["location"], "text/turtle").text
    shapes = rdflib.Graph().parse(data=shipped.get("/shapes/Practice").text, format="turtle")
    assert len(shapes) > 50
    assert shipped.get("/ontology/0.2.1").headers["location"] == "/ontology"
    for other, status in (("0.1.0", 410), ("9.9.9", 404)):  # an older version is never shown as another
        assert shipped.get(f"/ontology/{other}", "text/html").status_code == status, other


def test_a_graph_that_is_no_more_says_what_took_its_place(shipped: Server) -> None:
    """To programs in the description of the dataset, to people as a table."""
    retired, new = "/graph/editorial/indexing", rdflib.URIRef(BASE + "graph/decisions")
    for accept, form in (("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/rdf+xml", "xml")):
        answer = shipped.get(retired, accept)
        assert answer.status_code == 303
        told = rdflib.Graph().parse(data=shipped.get(answer.headers["location"], accept).text, format=form)
        said = rdflib.URIRef(BASE + retired[1:])
        assert (said, rdflib.DCTERMS.isReplacedBy, new) in told, accept
        assert "decision" in str(told.value(said, rdflib.DCTERMS.provenance))
    page = shipped.get(shipped.get(retired, "text/html").headers["location"], "text/html")
    assert page.status_code == 200
    assert "graph/decisions" in page.text
    assert shipped.get("/graph/decisions", "text/turtle").status_code == 303


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


def test_each_document_of_shapes_can_be_loaded_alone_and_says_what_its_properties_mean(shipped: Server) -> None:
    """A validator that is given one document needs no other: lists, small shapes and prefixes come with it."""
    every = rdflib.Graph().parse(data=shipped.get("/ontology/shapes.ttl").text, format="turtle")
    names = sorted({str(shape).rpartition("/")[2] for shape in every.subjects(SH.targetClass)})
    assert len(names) > 25
    data = rdflib.Graph().parse(data="<urn:x> <urn:y> <urn:z> .", format="turtle")
    for name in names:
        answer = shipped.get(f"/shapes/{name}", "text/turtle")
        assert (answer.status_code, answer.headers["content-location"]) == (200, f"/shapes/{name}.ttl")
        shapes = rdflib.Graph().parse(data=answer.text, format="turtle")
        assert {triple for triple in shapes if triple not in every} == set(), name
        assert validate(data, shacl_graph=shapes)[0] is True, name  # which adds to the graph
        for shape in shapes.subjects(RDF.type, SH.PropertyShape):
            for predicate in (SH.name, SH.order, SH.group, SH.message):
                assert (shape, predicate, None) in shapes, (shape, predicate)
            for predicate in (SH.name, SH.description):
                told = {text.language for text in literals(shapes.objects(shape, predicate))}
                assert told == {"en", "fr", "es"}, (shape, predicate)
            assert (shapes.value(shape, SH.group), RDF.type, SH.PropertyGroup) in shapes
    assert validate(data, shacl_graph=every)[0] is True


# pySHACL 0.40 asks rdflib 7.6 for what that has deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("path", ["/shapes/Practice", "/shapes/City.ttl", "/shapes/"])
def test_a_validator_fetches_shapes_by_their_address(
    shipped: Server, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    bad = f"@prefix cr: <{BASE}ontology#> . <urn:x> a cr:Practice, cr:City ."
    data = rdflib.Graph().parse(data=bad, format="turtle")
    conforms, _, told = validate(data, shacl_graph=f"{shipped.url}{path}")
    assert conforms is False
    assert ("It needs a theme" in told) == ("City" not in path), told


def test_shapes_as_published_find_what_is_wrong(shipped: Server) -> None:
    """pySHACL with what is downloaded finds as many mistakes as the page and the command tell."""
    graphs = [
        rdflib.Graph().parse(data=shipped.get(path).text, format="turtle")
        for path in (
            "/ontology/shapes.ttl",
            "/ontology.ttl",
            "/shapes/examples/passes.ttl",
            "/shapes/examples/fails.ttl",
        )
    ]
    shapes, ontology, good, bad = graphs
    known = rdflib.Graph()  # what the data need of the ontology: classes, and the concepts that they point to
    waiting = [*good.objects(), *bad.objects()]
    while waiting:
        one = waiting.pop()
        if (one, None, None) in ontology and (one, None, None) not in known:
            known += ontology.triples((one, None, None))
            waiting += [*ontology.objects(one, SKOS.broader), *ontology.objects(one, SKOS.inScheme)]
    known += ontology.triples((None, RDFS.subClassOf, None))
    assert validate(good + known, shacl_graph=shapes)[0] is True
    conforms, report, _ = validate(bad + known, shacl_graph=shapes)
    assert conforms is False
    assert isinstance(report, rdflib.Graph)
    page = shipped.get("/shapes", "text/html").text
    assert f"{len(list(report.subjects(RDF.type, SH.ValidationResult)))} errors" in page
    for message in report.objects(None, SH.resultMessage):
        assert html.escape(str(message).partition(": ")[0], quote=False) in page.replace("&#34;", '"')


def test_shapes_are_one_thing_in_every_format_and_lead_to_who_defines_them(shipped: Server) -> None:
    known = {
        path: set(rdflib.Graph().parse(data=shipped.get(f"{path}.nt").text, format="nt"))
        for path in ("/ontology/shapes", "/shapes/Practice", "/ontology/alignments/org")
    }
    for path, triples in known.items():
        for extension, form in (("ttl", "turtle"), ("rdf", "xml"), ("jsonld", "json-ld")):
            answer = shipped.get(f"{path}.{extension}")
            assert answer.status_code == 200, path
            read = {(q.subject, q.predicate, q.object) for q in ox.parse(answer.content, RDF_FORMATS[form])}
            assert len(read) == len(triples), (path, extension)
    defined = {str(o) for _, p, o in known["/ontology/shapes"] if p == RDFS.isDefinedBy}
    assert defined == {f"{BASE}shapes/"}
    for accept, kind in (
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("text/html", "text/html"),
    ):
        answer = followed(shipped, "/shapes/", accept)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
    for path in ("/ontology/shapes", "/shapes", "/shapes/Practice", "/ontology/alignments/org"):
        refused = shipped.get(path, "image/png")
        assert refused.status_code == 406
        assert any(".ttl" in one for one in refused.json()["available"]), path


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
def test_a_page_tells_how_to_validate_data_of_one_s_own(shipped: Server, language: str) -> None:
    page = shipped.get(f"{language}/shapes", "text/html").text
    for said in (
        "cityrights validate",
        "pyshacl --shacl",
        f"{shipped.url}/ontology/shapes.ttl",
        "/shapes/Practice.ttl",
        "fails.ttl:15",
    ):
        assert said in page, said
    reading = page.split('id="read"', 1)[1].split("</section>", 1)[0]
    assert len(re.findall(r"<li>[^<]{60,}</li>", reading)) == 6
    for place in ("/ontology", "/download"):
        assert f'href="{language}/shapes"' in shipped.get(f"{language}{place}", "text/html").text


def test_what_the_dataset_conforms_to_answers(shipped: Server) -> None:
    graph = rdflib.Graph().parse(data=shipped.get("/dataset.ttl").text, format="turtle")
    standards = {str(one) for one in graph.objects(DATASET, DCTERMS.conformsTo)}
    assert standards == {f"{BASE}ontology", f"{BASE}shapes/"}
    for standard in standards:
        assert followed(shipped, standard.removeprefix(BASE.rstrip("/")), "text/turtle").status_code == 200


def test_graphs_alignments_and_versions_answer_people_and_programs(shipped: Server, root: Path) -> None:
    names = shipped.get(
        "/sparql?query=SELECT%20DISTINCT%20%3Fg%20%7BGRAPH%20%3Fg%20%7B%3Fs%20%3Fp%20%3Fo%7D%7D", "text/csv"
    ).text
    graphs = [iri.removeprefix(BASE.rstrip("/")) for iri in names.split() if iri.startswith(f"{BASE}graph/")]
    assert len(graphs) > 10
    alignments = [f"/ontology/alignments/{path.stem}" for path in (root / "ontology" / "alignments").glob("*.ttl")]
    for path in (*graphs, *alignments, "/ontology/0.2.1"):
        for accept in ("text/html", "text/turtle"):
            answer = followed(shipped, path, accept)
            assert answer.status_code == 200, (path, accept)
            assert answer.headers["content-type"].startswith(accept), (path, accept)
    told = rdflib.Graph().parse(data=followed(shipped, "/ontology/0.2.1", "text/turtle").text, format="turtle")
    assert (rdflib.URIRef(f"{BASE}ontology"), OWL.versionIRI, rdflib.URIRef(f"{BASE}ontology/0.2.1")) in told


def followed(server: Server, path: str, accept: str) -> httpx.Response:
    """Return the answer at the end of the redirects."""
    return server.client.get(path, headers={"Accept": accept}, follow_redirects=True)


#: What DCAT-AP recommends and the description does not say.
NOT_SAID = {
    (BASE, str(DCTERMS.type)): "what kind of body the editors are in law is not known",
    (str(DATASET), str(DCTERMS.temporal)): "the documents date few of the practices",
    (str(DATASET), str(DCAT.contactPoint)): "comes with --contact: no address is invented",
    (f"{BASE}sparql", str(DCAT.contactPoint)): "comes with --contact: no address is invented",
}


def test_the_description_keeps_to_dcat_ap(shipped: Server) -> None:
    folder = need(DCAT_AP)
    described = rdflib.Graph().parse(data=shipped.get("/dataset.ttl").text, format="turtle")
    broken, _ = _against(described, folder / "shapes.ttl")
    assert broken == set()
    lacking, _ = _against(described, folder / "shapes_recommended.ttl")
    lacking = {(re.sub(r"/releases$|\?version=\w+$", "", thing), path) for thing, path in lacking}  # versions, alike
    assert lacking <= NOT_SAID.keys(), lacking - NOT_SAID.keys()
    described.remove((None, DCAT.distribution, None))  # a decoy: without this the shapes would have looked at nothing
    described.remove((DATASET, DCTERMS.title, None))
    broken, text = _against(described, folder / "shapes.ttl")
    assert (str(DATASET), str(DCTERMS.title)) in broken, text


def _against(described: rdflib.Graph, shapes: Path) -> tuple[set[tuple[str, str]], str]:
    _, report, text = validate(described, shacl_graph=rdflib.Graph().parse(shapes), advanced=True)
    assert isinstance(report, rdflib.Graph)
    found = report.subjects(RDF.type, SH.ValidationResult)
    return {(str(report.value(one, SH.focusNode)), str(report.value(one, SH.resultPath))) for one in found}, str(text)
