"""Questions as something to cite and to run elsewhere: versions, citations, code samples, RDF for other editors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
import rdflib

from cityrights.home import home
from cityrights.library.queries import library, with_prefixes
from tests.nodes import iris, literals
from tests.servers import Server

LIBRARY = {query.name: query for query in library(home() / "queries" / "explore")}
PAGE = "/queries/institutions-of-a-kind"
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")


def version(server: Server) -> str:
    return str(server.get(f"{PAGE}.json").json()["version"])


def test_the_version_names_the_data_and_the_text(shipped: Server) -> None:
    text, data = version(shipped).split("-")
    assert shipped.get("/health").json()["version"].startswith(data)
    others = {shipped.get(f"/queries/{name}.json").json()["version"].split("-")[0] for name in list(LIBRARY)[:5]}
    assert len(others) == 5
    assert text not in others


@pytest.mark.parametrize(
    ("change", "said", "unsaid"),
    [
        (lambda now: now, "You are looking at the version that was cited", "no longer kept"),
        (
            lambda now: now[:13] + "0" * 12,
            "are no longer kept here. The answer below is from version",
            "The query has changed",
        ),
        (lambda now: "0" * 12 + now[12:], "The query has changed since it was cited", "no longer kept"),
    ],
)
def test_a_cited_version_says_what_has_become_of_it(
    shipped: Server, change: Callable[[str], str], said: str, unsaid: str
) -> None:
    now = version(shipped)
    response = shipped.get(f"{PAGE}?kind=kind:council&version={change(now)}", "text/html")
    assert response.status_code == 200
    assert said in response.text
    assert unsaid not in response.text
    assert ("The same question at its current version" in response.text) == (change(now) != now)
    assert now.split("-")[1] in response.text
    assert "version=" not in re.findall(r'<link rel="canonical" href="([^"]+)"', response.text)[0]


def test_a_citation_leads_to_the_question_with_its_version_in_every_format(shipped: Server) -> None:
    now = version(shipped)
    rows = shipped.get(f"{PAGE}.json?kind=kind:council").json()["total"]
    address = shipped.get(f"{PAGE}/cite.json?kind=kind:council").json()[0]["URL"]
    whole = re.escape(f"{shipped.url}{PAGE}?kind=kind%3Acouncil&version={now}&answer={rows}-") + "[0-9a-f]{12}"
    assert re.fullmatch(whole, address)
    page = unescape(shipped.get(f"{PAGE}?kind=kind:council", "text/html").text)
    for extension, media_type in (
        ("txt", "text/plain"), ("bib", "application/x-bibtex"), ("cff", "text/yaml"),
        ("json", "application/vnd.citationstyles.csl+json"),
    ):  # fmt: skip
        response = shipped.get(f"{PAGE}/cite.{extension}?kind=kind:council")
        assert response.headers["content-type"].startswith(media_type)
        assert address in response.text
        assert now in response.text
        assert response.text.strip() in page
    assert shipped.get(f"/fr{PAGE}/cite.txt?kind=kind:council").text.endswith(f"{address}\n")
    item = json.loads(shipped.get(f"{PAGE}/cite.json").text)[0]
    assert (item["type"], item["version"].rpartition(", ")[2]) == ("dataset", now)  # after its release, where it is one
    assert shipped.get(item["URL"], "text/html").status_code == 200
    assert f'<{address}>; rel="cite-as"' in shipped.get(f"{PAGE}?kind=kind:council").headers["link"]
    assert shipped.get(f"{PAGE}/cite.bib?kind=theme:food").status_code == 400


def test_other_editors_get_every_question_with_its_prefixes(shipped: Server) -> None:
    response = shipped.get("/queries.ttl")
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    graph = rdflib.Graph().parse(data=response.text, format="turtle")
    found = set(graph.subjects(rdflib.RDF.type, SH.SPARQLExecutable))
    assert found == {rdflib.URIRef(f"{shipped.url}/queries/{name}") for name in LIBRARY}
    declared = {
        str(graph.value(node, SH.prefix)): str(graph.value(node, SH.namespace))
        for node in graph.objects(rdflib.URIRef(f"{shipped.url}/queries"), SH.declare)
    }
    head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in declared.items())
    for one in sorted(iris(found)):
        query = LIBRARY[str(one).rpartition("/")[2]]
        text = graph.value(one, SH.construct if query.is_graph else SH.select)
        lines = [line for line in str(text).splitlines() if not line.startswith("  VALUES (")]
        note = str(graph.value(one, rdflib.SKOS.scopeNote))
        assert lines == query.parted[1].splitlines()
        assert lines[0].startswith(("SELECT", "CONSTRUCT"))
        assert note in query.text.replace("\n#", "")
        assert ("VALUES (?" in str(text)) == bool(query.parameters)
        assert {str(label.language) for label in literals(graph.objects(one, rdflib.RDFS.comment))} == {
            "en",
            "fr",
            "es",
        }
        assert with_prefixes(head + str(text)) == head + str(text), "a prefix that is not declared"
    name = "awards"
    rows = shipped.client.get("/sparql", params={"query": head + LIBRARY[name].text, "format": "json"}).json()
    assert len(rows["results"]["bindings"]) == shipped.get(f"/queries/{name}.json").json()["total"]


def test_the_service_description_leads_to_the_questions(shipped: Server) -> None:
    graph = rdflib.Graph().parse(data=shipped.get("/sparql", "text/turtle").text, format="turtle")
    assert (None, rdflib.RDFS.seeAlso, rdflib.URIRef(f"{shipped.url}/queries.ttl")) in graph
