"""/sparql: the protocol's forms, the formats, the errors (SPARQL 1.1 Protocol; RFC 9110; RFC 9457)."""

from __future__ import annotations

import csv
import io
import json
import urllib.parse
import xml.etree.ElementTree as ET

import httpx
import pytest
import rdflib

from tests.servers import Server

SELECT = "SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o FILTER(LANG(?o) = 'fr') } ORDER BY ?s"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(ISIRI(?o)) }"
BASE = "https://w3id.org/cityrights/"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def ask(server: Server, query: str, accept: str | None = None, **parameters: str) -> httpx.Response:
    fields = urllib.parse.urlencode({"query": query, **parameters})
    return server.get(f"/sparql?{fields}", accept)


def post(
    server: Server, content: str | bytes, kind: str | None, path: str = "/sparql", **headers: str
) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.post(path, content=content, headers={**sent, **({"Content-Type": kind} if kind else {})})


FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_get_form_and_direct_post_answer_alike(server: Server, path: str) -> None:
    got = server.get(f"{path}?query={urllib.parse.quote(SELECT)}")
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/sparql-results+json"
    assert got.headers["content-length"] == str(len(got.content))
    form = post(server, urllib.parse.urlencode({"query": SELECT}), FORM, path)
    assert form.content == got.content
    assert post(server, SELECT, DIRECT + "; charset=UTF-8", path).content == got.content
    assert post(server, "\ufeff" + SELECT, DIRECT, path).content == got.content


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+json,application/json,text/javascript", "application/sparql-results+json"),
        ("application/sparql-results+xml, application/rdf+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (
            "application/sparql-results+json;q=0.2,application/sparql-results+xml;q=0.7",
            "application/sparql-results+xml",
        ),
        ("text/turtle", "application/sparql-results+json"),
    ],
)
def test_a_table_comes_in_the_format_asked_for(server: Server, accept: str | None, kind: str) -> None:
    answer = ask(server, SELECT, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert "Accept" in answer.headers["vary"]


def test_the_four_tables_hold_the_same_rows(server: Server) -> None:
    rows = [(row["s"]["value"], row["o"]["value"]) for row in ask(server, SELECT).json()["results"]["bindings"]]
    assert len(rows) > 10
    answer = ask(server, SELECT, "text/csv")
    assert [(row["s"], row["o"]) for row in csv.DictReader(io.StringIO(answer.text))] == rows
    assert answer.headers["content-disposition"].startswith("attachment")
    tree = ET.fromstring(ask(server, SELECT, "application/sparql-results+xml").content)
    assert len(tree.findall(".//{http://www.w3.org/2005/sparql-results#}result")) == len(rows)
    tsv = ask(server, SELECT, format="tsv").text.splitlines()
    assert tsv[0] == "?s\t?o"
    assert len(tsv) == len(rows) + 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(
    ("accept", "kind", "parser"),
    [
        (None, "text/turtle", "turtle"),
        ("application/n-triples", "application/n-triples", "nt"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
        ("application/ld+json", "application/ld+json", "json-ld"),
        ("application/sparql-results+xml", "text/turtle", "turtle"),
    ],
)
def test_a_graph_comes_in_the_format_asked_for(server: Server, accept: str | None, kind: str, parser: str) -> None:
    answer = ask(server, CONSTRUCT, accept)
    assert answer.headers["content-type"].split(";")[0] == kind
    count = ask(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(ISIRI(?o)) }").json()
    assert len(rdflib.Graph().parse(data=answer.text, format=parser)) == int(
        count["results"]["bindings"][0]["n"]["value"]
    )


def test_graphs_come_as_trig_and_quads_too(server: Server) -> None:
    for media in ("application/trig", "application/n-quads"):
        assert ask(server, CONSTRUCT, media).headers["content-type"] == media


def test_the_format_parameter_wins_over_accept_and_unknown_ones_are_ignored(server: Server) -> None:
    assert ask(server, SELECT, "text/csv", format="json").headers["content-type"] == "application/sparql-results+json"
    assert ask(server, SELECT, "text/csv", format="exe").headers["content-type"] == "text/csv; charset=utf-8"
    assert ask(server, SELECT, output="csv", results="csv").headers["content-type"] == "text/csv; charset=utf-8"
    twice = server.get(f"/sparql?query={urllib.parse.quote(CONSTRUCT)}&format=rdf%2Bxml&format=application%2Frdf%2Bxml")
    assert twice.headers["content-type"] == "application/rdf+xml"
    assert ask(server, SELECT, foo="bar", should_sponge="x").status_code == 200


def test_a_format_that_there_is_not_is_406_with_those_that_there_are(server: Server) -> None:
    answer = ask(server, SELECT, "image/png")
    assert answer.status_code == 406
    assert "text/csv" in answer.json()["available"]


def test_the_dataset_can_be_chosen(server: Server) -> None:
    claim = BASE + "id/claim/first-report/1"
    counts = []
    for parameters in ({}, {"default-graph-uri": claim}, {"default-graph-uri": ""}):
        answer = ask(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **parameters).json()
        counts.append(int(answer["results"]["bindings"][0]["n"]["value"]))
    assert counts[0] == counts[2] > counts[1] == 14
    named = ask(server, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", **{"named-graph-uri": claim}).json()
    assert [row["g"]["value"] for row in named["results"]["bindings"]] == [claim]
    assert ask(server, SELECT, **{"default-graph-uri": "relative"}).status_code == 400


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_is_an_error(server: Server, query: str) -> None:
    answer = ask(server, query)
    assert answer.status_code == 400
    assert "empty" in answer.json()["detail"]


def test_a_syntax_error_says_where(server: Server) -> None:
    answer = ask(server, "SELECT * {\n  ?s ?p }")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 400
    assert problem["line"] == 2
    assert problem["column"] >= 1
    assert problem["excerpt"].splitlines()[0] == "  ?s ?p }"


@pytest.mark.parametrize(
    ("status", "method", "path", "content", "kind"),
    [
        (400, "GET", "/sparql?query=ASK{}&query=ASK{}", "", None),
        (400, "POST", "/sparql?query=ASK{}", "query=ASK{}", FORM),
        (400, "POST", "/sparql?query=ASK{}", "ASK{}", DIRECT),
        (405, "GET", "/sparql?update=CLEAR%20ALL", "", None),
        (403, "POST", "/sparql", "update=CLEAR%20ALL", FORM),
        (403, "POST", "/sparql", "CLEAR ALL", "application/sparql-update"),
        (403, "POST", "/sparql", "BROKEN", "application/sparql-update"),
        (400, "GET", "/sparql?query=INSERT%20DATA%20%7B%7D", "", None),
        (400, "GET", "/sparql?query=CLEAR%20ALL", "", None),
        (405, "PUT", "/sparql", "", None),
        (405, "DELETE", "/sparql", "", None),
        (405, "PATCH", "/sparql", "", None),
        (415, "POST", "/sparql", "ASK{}", "text/plain"),
        (415, "POST", "/sparql", "ASK{}", None),
        (415, "POST", "/sparql", "ASK{}", DIRECT + "; charset=UTF-16"),
        (400, "POST", "/sparql", "query=ASK%7B%7D", DIRECT),
        (400, "POST", "/sparql", "foo=bar", FORM),
        (400, "GET", "/sparql?query=ASK%7B%FF%7D", "", None),
        (403, "GET", "/sparql?query=ASK%7BSERVICE%20%3Chttp://127.0.0.1:1/%3E%7B%7D%7D", "", None),
        (413, "POST", "/sparql", "x" * 1_000_001, DIRECT),
        (414, "GET", "/sparql?query=" + "x" * 60_001, "", None),
    ],
)
def test_what_is_not_allowed_is_refused_in_words(
    server: Server, status: int, method: str, path: str, content: str, kind: str | None
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = server.client.request(method, path, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert len(problem["detail"]) > 10
    assert problem["type"].startswith("/api#problem-")
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "oxigraph" not in answer.text.lower()


def test_bytes_that_are_not_utf8_are_located(server: Server) -> None:
    answer = post(server, b"ASK { ?s ?p '\xff' }", DIRECT)
    assert answer.status_code == 400
    assert "byte 14" in answer.json()["detail"]


def test_a_compressed_body_is_refused(server: Server) -> None:
    assert post(server, "x", DIRECT, Content_Encoding="gzip").status_code == 415


def test_long_queries_by_get_are_answered(server: Server) -> None:
    assert ask(server, "ASK {} #" + "x" * 50_000).status_code == 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_a_page_for_people_and_a_description_for_programs(server: Server) -> None:
    page = server.get("/sparql", BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert '<form class="query" method="get" action="/sparql">' in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    for media in ("text/turtle", "application/rdf+xml", "application/ld+json"):
        described = server.get("/sparql", media)
        assert described.headers["content-type"].split(";")[0] == media
    graph = rdflib.Graph().parse(data=server.get("/sparql", "text/turtle").text)
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    service = graph.value(predicate=rdflib.RDF.type, object=sd.Service)
    assert graph.value(service, sd.endpoint) == rdflib.URIRef(server.url + "/sparql")
    assert graph.value(service, sd.supportedLanguage) == sd.SPARQL11Query


def test_answers_and_errors_are_shown_to_people(server: Server) -> None:
    page = ask(server, SELECT, BROWSER)
    assert page.status_code == 200
    assert "Musée de la migration" in page.text
    assert 'href="/page/practice/museum"' in page.text
    assert ">Yes<" in ask(server, "ASK {}", BROWSER).text
    assert "<pre" in ask(server, CONSTRUCT, BROWSER).text
    broken = ask(server, "SELECT <script>", BROWSER)
    assert broken.status_code == 400
    assert "<script>" not in broken.text
    assert "&lt;script&gt;" in broken.text


def test_a_known_answer_is_not_sent_again(server: Server) -> None:
    first = ask(server, SELECT)
    again = server.get(f"/sparql?query={urllib.parse.quote(SELECT)}", If_None_Match=first.headers["etag"])
    assert again.status_code == 304
    assert not again.content
    assert ask(server, SELECT, "text/csv").headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_changes_from_run_to_run_has_no_etag(server: Server, function: str) -> None:
    answer = ask(server, f"SELECT ({function} AS ?x) {{}}")
    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_head_and_options(server: Server) -> None:
    path = f"/sparql?query={urllib.parse.quote(SELECT)}"
    head = server.client.head(path)
    assert head.status_code == 200
    assert not head.content
    assert head.headers["content-length"] == server.get(path).headers["content-length"]
    options = server.client.options("/sparql", headers={"Origin": "https://x.example"})
    assert options.status_code == 204
    assert options.headers["access-control-allow-origin"] == "*"
    assert options.headers["access-control-max-age"]
    assert "POST" in options.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in options.headers


def test_errors_are_readable_by_scripts_of_other_sites(server: Server) -> None:
    answer = ask(server, "nonsense")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(answer.content)["title"] == "Bad Request"
