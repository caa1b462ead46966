"""/id and /data: what is asked for by name is answered in the format asked for."""

from __future__ import annotations

import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.servers import Server

KEY = "practice/museum"
TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "nq": "application/n-quads",
}


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        (None, f"/page/{KEY}"),
        ("*/*", f"/page/{KEY}"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", f"/page/{KEY}"),
        *[(media, f"/data/{KEY}.{extension}") for extension, media in TYPES.items()],
        ("text/html;q=0.2, application/ld+json;q=0.9", f"/data/{KEY}.jsonld"),
    ],
)
def test_a_name_leads_to_a_document(server: Server, accept: str | None, location: str) -> None:
    answer = server.client.get(f"/id/{KEY}", headers={"Accept": accept} if accept else {"Accept": "*/*"})
    assert answer.status_code == 303
    assert answer.headers["location"] == location
    assert answer.headers["vary"] == "Accept, Accept-Language, accept-datetime"
    assert f'</data/{KEY}.ttl>; rel="alternate"; type="text/turtle"' in answer.headers["link"]


def test_the_page_is_in_the_language_of_the_reader(server: Server) -> None:
    answer = server.get(f"/id/{KEY}", "text/html", Accept_Language="fr-CA, en;q=0.5")
    assert answer.headers["location"] == f"/fr/page/{KEY}"


def test_claims_and_passages_have_names_too(server: Server) -> None:
    for key in ("claim/first-report/1", "passage/first-report/1"):
        assert server.get(f"/id/{key}", "text/html").headers["location"] == f"/page/{key}"
        assert server.get(f"/page/{key}", "text/html").status_code == 200


def test_what_is_not_there_in_a_format_is_406_with_what_is(server: Server) -> None:
    answer = server.get(f"/id/{KEY}", "image/png, application/problem+json;q=0.1")
    assert answer.status_code == 406
    available = answer.json()["available"]
    assert available[0] == f"text/html (/page/{KEY})"
    assert [item.partition(" ")[0] for item in available[1:]] == list(TYPES.values())
    assert f"text/turtle (/data/{KEY}.ttl)" in available
    for path, page in (("/dataset", "/download"), ("/ontology", "/ontology")):
        told = server.get(path, "image/png, application/problem+json;q=0.1")
        assert told.status_code == 406
        assert f"text/html ({page})" in told.json()["available"]


@pytest.mark.parametrize("path", ["/id/city/nowhere", "/page/city/nowhere", "/data/city/nowhere.ttl", "/id", "/data/x"])
@pytest.mark.parametrize("accept", ["text/html", "application/problem+json"])
def test_what_is_unknown_is_404_in_the_same_manners(server: Server, path: str, accept: str) -> None:
    answer = server.get(path, accept)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(accept)
    assert answer.headers["vary"] == "Accept, Accept-Language, accept-datetime"
    if path == "/page/city/nowhere" and accept == "text/html":
        shown = answer.text.partition("<main")[2].partition("</main>")[0]
        assert "w3id.org" not in shown  # a person has no use for an IRI
        assert 'href="/search?q=nowhere"' in shown


@pytest.mark.parametrize(("extension", "media"), TYPES.items())
def test_each_format_is_what_it_says(server: Server, extension: str, media: str) -> None:
    answer = server.get(f"/data/{KEY}.{extension}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == media
    assert answer.headers["access-control-allow-origin"] == "*"
    assert 'rel="license"' in answer.headers["link"]
    assert f'<https://w3id.org/cityrights/id/{KEY}>; rel="describes"' in answer.headers["link"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_all_formats_hold_the_same_triples(server: Server) -> None:
    graphs = {}
    for extension, media in TYPES.items():
        dataset = rdflib.Dataset(default_union=True)
        body = server.get(f"/data/{KEY}.{extension}?evidence=0").text
        dataset.parse(data=body, format={"trig": "trig", "nq": "nquads"}.get(extension, media))
        graphs[extension] = rdflib.Graph()
        own = rdflib.URIRef(f"https://w3id.org/cityrights/data/{KEY}.{extension}")
        assert len(list(dataset.predicate_objects(own))) == 5, "each says of itself what it is"
        for triple in dataset.triples((None, None, None)):
            if triple[0] != own:
                graphs[extension].add(triple)
    assert len(graphs["nt"]) > 20
    for extension, graph in graphs.items():
        assert isomorphic(graph, graphs["nt"]), extension


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize("extension", TYPES)
def test_each_document_says_what_it_is(server: Server, extension: str) -> None:
    dataset = rdflib.Dataset(default_union=True)
    body = server.get(f"/data/{KEY}.{extension}").text
    dataset.parse(data=body, format={"trig": "trig", "nq": "nquads"}.get(extension, TYPES[extension]))
    base = "https://w3id.org/cityrights/"
    own, foaf = rdflib.URIRef(f"{base}data/{KEY}.{extension}"), rdflib.FOAF
    assert dict(dataset.predicate_objects(own)) == {
        rdflib.RDF.type: foaf.Document,
        foaf.primaryTopic: rdflib.URIRef(f"{base}id/{KEY}"),
        rdflib.VOID.inDataset: rdflib.URIRef(f"{base}dataset"),
        rdflib.DCTERMS.license: rdflib.URIRef("https://creativecommons.org/licenses/by/4.0/"),
        rdflib.OWL.versionInfo: rdflib.Literal(server.get("/health").json()["version"]),
    }
    graphs = {str(graph) for *_, graph in dataset.quads((own, None, None, None))}
    assert not any("/id/" in graph or "/graph/" in graph for graph in graphs), "no source says it"


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_quads_name_the_graphs_that_say_so(server: Server) -> None:
    quads = rdflib.Dataset()
    quads.parse(data=server.get(f"/data/{KEY}.nq").text, format="nquads")
    base = "https://w3id.org/cityrights/"
    named = {str(graph) for *_, graph in quads.quads((rdflib.URIRef(base + f"id/{KEY}"), None, None, None))}
    assert {base + "id/claim/first-report/1", base + "id/decision/1"} <= named
    decision = rdflib.URIRef(base + "id/decision/1")
    said = {str(p): str(o) for _, p, o, _ in quads.quads((decision, None, None, None))}
    assert "keeps memory" in said[base + "ontology#reason"], "what is needed to use it as evidence comes with it"
    assert said[base + "ontology#promptedBy"] == base + "id/claim/first-report/1"


def test_the_same_document_is_not_sent_twice(server: Server) -> None:
    first = server.get(f"/data/{KEY}.ttl")
    again = server.get(f"/data/{KEY}.ttl", If_None_Match=first.headers["etag"])
    assert again.status_code == 304
    assert not again.content
    assert again.headers["etag"] == first.headers["etag"]
    assert not first.headers["etag"].startswith("W/")


def test_names_beyond_ascii_have_one_address(server: Server) -> None:
    answer = server.get("/id/city/m%C3%BCnchen", "text/turtle")
    assert answer.headers["location"] == "/data/city/m%C3%BCnchen.ttl"
    assert "Múnich" in server.get("/data/city/m%C3%BCnchen.ttl").text
    assert server.get("/id/city/m%c3%bcnchen").headers["location"] == "/id/city/m%C3%BCnchen"


def test_a_page_tells_its_address_by_the_host_that_was_asked(server: Server) -> None:
    for host in ("one.example", "two.example", "one.example"):
        page = server.get("/about", "text/html", Host=host).text
        assert f'<link rel="canonical" href="http://{host}/about">' in page
