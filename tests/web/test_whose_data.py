"""Other people's data: pages and descriptions say of them what they say of themselves, and nothing else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import openpyxl
import orjson
import pytest
import rdflib

from cityrights.pipeline.steps import build_files
from tests.servers import Server

LICENCE = "http://opendatacommons.org/licenses/odbl/1-0/"
TOLD = f"""
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX e: <http://example.org/>
e:data a dcat:Dataset ; dcterms:title "Trees of Foo"@en , "Les arbres de Foo"@fr ; dcterms:license <{LICENCE}> ;
  dcterms:description "Every tree."@en ; dcterms:publisher e:office ; void:subset e:part .
e:part a void:Dataset ; dcterms:title "A part" ; dcterms:license <http://example.org/no> .
e:office foaf:name "Office of trees" .
e:oak a e:Tree ; rdfs:label "Oak" .
<https://w3id.org/cityrights/id/city/foo> a e:Place ; rdfs:label "Foo" .
"""
SILENT = '<http://example.org/oak> <http://www.w3.org/2000/01/rdf-schema#label> "Oak" .'
PAGES = ("/", "/sparql", "/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D", "/about", "/download", "/search?q=oak",
    "/ask", "/asking", "/conformance", "/privacy", "/accessibility", "/corrections", "/api", "/openapi.json",
    "/robots.txt", "/sitemap.xml", "/sitemap-1.xml", "/dataset.ttl", "/dataset.jsonld", "/nowhere", "/coverage",
    "/compare", "/queries", "/connections", "/practices", "/ontology", "/sparql/vocabulary.json", "/reconcile",
    "/download/cityrights.nq",
    "/sparql/embed?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D", "/data/city/foo.ttl", "/page/city/foo",
    "/cite/city/foo.cff", "/cite/city/foo.bib", "/cite/city/foo.txt", "/cite/city/foo.json")  # fmt: skip
#: What names the licence or the maker of the graph of this project.
OURS = re.compile(r"creativecommons|CC[ -]BY|UCLG|human rights|droits humains|derechos humanos")
#: Pages of questions, which say what they ask about.
QUESTIONS = ("/queries", "/asking", "/api", "/coverage")


@pytest.fixture(scope="module")
def serve(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Server]:
    """Serve a text of Turtle as --dataset does."""

    def begin(text: str) -> Server:
        folder = tmp_path_factory.mktemp("whose")
        (folder / "data.ttl").write_text(text)
        return start(build_files([folder / "data.ttl"], folder / "snapshots").path)

    return begin


@pytest.fixture(scope="module")
def told(serve: Callable[[str], Server]) -> Server:
    return serve(TOLD)


@pytest.fixture(scope="module")
def silent(serve: Callable[[str], Server]) -> Server:
    return serve(SILENT)


def test_nothing_speaks_of_our_licence_or_subject(told: Server, silent: Server) -> None:
    for server in (told, silent):
        for path in PAGES:
            for language in ("", "/fr", "/es") if "." not in path and not path.startswith("/sparql") else ("",):
                answer = server.get(language + path, "text/html, */*;q=0.5")
                where = f"{language}{path}"
                assert answer.status_code < 500, where
                said = set(OURS.findall(answer.text)) | set(OURS.findall(str(answer.headers.get("link"))))
                if path not in QUESTIONS:
                    assert not said, where
                assert not {"CC BY", "creativecommons"} & said, where
                names = re.findall(r"<title>(.*?)</title>", answer.text)
                assert not any("cityrights" in name for name in names), where


def test_what_the_data_say_is_said(told: Server) -> None:
    for path, name in (("/", "Trees of Foo"), ("/fr", "Les arbres de Foo"), ("/es", "Trees of Foo")):
        page = told.get(path, "text/html").text
        assert f"<h1>{name}</h1>" in page, path
        assert f'<a href="{LICENCE}" rel="license">' in page, path
        (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        site, dataset = orjson.loads(block)
        for one in (site, dataset):
            assert one["license"] == LICENCE, path
            assert one["publisher"] == {"@id": "http://example.org/office", "name": "Office of trees"}, path
            assert (one["name"], one["description"]) == (name, "Every tree."), path
        assert dataset["@id"] == "http://example.org/data", path
        assert "creator" not in dataset, path
    about = told.get("/about", "text/html").text
    assert "Office of trees" in about
    assert "http://example.org/data" in about
    info = told.get("/openapi.json").json()["info"]
    assert (info["title"], info["license"]["url"]) == ("Trees of Foo", LICENCE)
    for path in ("/dataset.ttl", "/download/cityrights.nq", "/data/city/foo.ttl", "/robots.txt"):
        assert f'<{LICENCE}>; rel="license"' in told.get(path).headers["link"], path
    graph = rdflib.Graph().parse(data=told.get("/dataset.ttl").text, format="turtle")
    assert {str(value) for value in graph.objects(predicate=rdflib.DCTERMS.license)} == {LICENCE}
    assert {str(value) for value in graph.objects(predicate=rdflib.DCTERMS.title)} == {
        "Trees of Foo",
        "Les arbres de Foo",
    }
    document = rdflib.Graph().parse(data=told.get("/data/city/foo.ttl").text, format="turtle")
    assert {str(value) for value in document.objects(predicate=rdflib.DCTERMS.license)} == {LICENCE}
    assert not any("w3id.org/cityrights/dataset" in str(value) for value in document.objects())
    assert "Office of trees" in told.get("/cite/city/foo.txt").text
    assert f'license-url: "{LICENCE}"' in told.get("/cite/city/foo.cff").text
    book = told.get("/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[1]
    assert LICENCE in {row[1].value for row in sheet.iter_rows()}
    assert LICENCE in told.get("/sparql/embed?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D", "text/html").text


def test_data_that_say_nothing_have_no_licence(silent: Server) -> None:
    for path in PAGES:
        answer = silent.get(path, "text/html, */*;q=0.5")
        assert 'rel="license"' not in answer.text + answer.headers.get("link", ""), path
    assert "license" not in silent.get("/openapi.json").json()["info"]
    assert "<h1>Jeu de données</h1>" in silent.get("/fr", "text/html").text
    failed = [check for check in silent.get("/conformance.json").json()["checks"] if not check["passed"]]
    assert failed == []


def test_what_is_offered_is_not_about_our_subject(silent: Server, shipped: Server) -> None:
    prefixes = silent.get("/sparql/vocabulary.json").json()["prefixes"]
    assert "rdfs" in prefixes
    assert not any("cityrights" in iri for iri in prefixes.values())
    assert "cr" in shipped.get("/sparql/vocabulary.json").json()["prefixes"]
    home = silent.get("/", "text/html").text
    assert not re.findall(r'href="/(?:practices|cities|queries|coverage|compare|ontology)"', home)
    sitemap = silent.get("/sitemap-1.xml").text
    assert "/about<" in sitemap
    assert not re.findall(r"/(?:practices|queries|coverage|compare)[</]", sitemap)
    assert not any(path.startswith(("/practices", "/queries/")) for path in silent.get("/openapi.json").json()["paths"])


def test_several_data_sets_are_no_whole(serve: Callable[[str], Server]) -> None:
    server = serve(TOLD + f"e:other a dcat:Dataset ; dcterms:title 'Other' ; dcterms:license <{LICENCE}x> .")
    page = server.get("/", "text/html").text
    assert "<h1>Data set</h1>" in page
    assert 'rel="license"' not in page


def test_our_own_graph_is_named_as_before(shipped: Server) -> None:
    page = shipped.get("/", "text/html").text
    assert "Data: CC BY 4.0" in page
    assert '"publisher":{"@type":"Organization"' in page
    assert shipped.get("/openapi.json").json()["info"]["license"]["name"] == "CC BY 4.0"
    assert "creativecommons.org/licenses/by/4.0/" in shipped.get("/dataset.ttl").headers["link"]
