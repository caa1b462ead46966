"""An answer in a page of somebody else (/sparql/embed), and a query that says who says so (/sparql/evidence)."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.gate.robustness.test_shown_text import wrong
from tests.servers import Server
from tests.web.test_results import BROWSER, COUNTS, CR, HOSTILE, PLACES, told

JSON = "application/json"


def embedded(server: Server, query: str, **more: str) -> httpx.Response:
    return server.get(f"/sparql/embed?{urllib.parse.urlencode({'query': query, **more})}", "text/html")


def evidence(server: Server, query: str, accept: str = JSON, **headers: str) -> httpx.Response:
    return server.get(f"/sparql/evidence?{urllib.parse.urlencode({'query': query})}", accept, **headers)


def test_an_embedded_answer_is_alone_and_says_where_it_is_from(shipped: Server) -> None:
    answer = embedded(shipped, PLACES, view="map")
    assert answer.status_code == 200
    page = unescape(answer.text)
    assert told(page, "view") == "map"
    assert f"version {shipped.get('/health').json()['version'][:12]} of the data" in page
    assert 'rel="license">CC BY 4.0</a>' in page
    back = re.findall(r'<a href="([^"]+)">See the query, and take the data', page)[0]
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(back).query) == {"query": [PLACES], "view": ["map"]}
    assert "<nav" not in page
    assert "<form" not in page
    assert "set-cookie" not in answer.headers
    loaded = re.findall(r'(?:src|<link rel="(?!canonical)[^>]* href)="([^"]+)"', page)
    assert len(loaded) >= 3
    assert {urllib.parse.urlsplit(each).netloc for each in loaded} == {""}
    assert re.findall(r'<link rel="canonical" href="([^"]+)"', page) == [back]
    french = unescape(embedded(shipped, PLACES, lang="fr").text)
    assert '<html lang="fr">' in french
    assert "Voir la requête et prendre les données" in french


def test_only_the_embedded_answer_may_be_framed(
    shipped: Server, launch: Callable[..., Server], fixture_snapshot: Path
) -> None:
    def policy(server: Server, path: str) -> str:
        answer = server.get(path, "text/html")
        assert "x-frame-options" not in answer.headers
        return str(answer.headers["content-security-policy"])

    ours, theirs = policy(shipped, "/sparql?query=ASK{}"), policy(shipped, "/sparql/embed?query=ASK{}")
    assert "frame-ancestors 'none'" in ours
    assert theirs == ours.replace("frame-ancestors 'none'", "frame-ancestors *")
    for path in ("/", "/sparql", "/sparql/evidence?query=ASK{}", "/queries", "/sparql/embedx?query=ASK{}"):
        assert "frame-ancestors 'none'" in policy(shipped, path), path
    tiled = launch(fixture_snapshot, map_tiles="https://tiles.example.org/{z}/{x}/{y}.png", map_credit="x")
    for path, ancestors in (("/sparql/embed?query=ASK{}", "*"), ("/sparql", "'none'")):
        assert f"frame-ancestors {ancestors}" in policy(tiled, path)
        assert "img-src 'self' data: https://tiles.example.org;" in policy(tiled, path)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"query": "SELECT ?x { ?x"}, 400, "never closed"),
        ({"query": "SELECT ?x { SERVICE <http://e.example/> { ?x ?y ?z } }"}, 403, "ederation"),
        ({"query": COUNTS, "view": "globe"}, 400, "There is no such view"),
        ({"query": COUNTS, "lang": "de"}, 400, "'lang' may be en, fr, es"),
        ({}, 400, "field ‘query’"),
        ({"query": "DROP ALL"}, 400, "read-only"),
    ],
)
def test_what_cannot_be_embedded_is_said_in_the_frame(
    server: Server, fields: dict[str, str], status: int, words: str
) -> None:
    answer = server.get(f"/sparql/embed?{urllib.parse.urlencode(fields)}", "text/html")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert words in unescape(answer.text)
    assert "This answer cannot be shown." in answer.text
    assert server.client.post("/sparql/embed", data={"query": "ASK {}"}).status_code == 405


@pytest.mark.parametrize("view", HOSTILE)
def test_text_stays_text_in_a_frame(server: Server, view: str) -> None:
    page = embedded(server, HOSTILE[view], view=view).text
    found = wrong(re.sub(r'<script type="application/json" id="answer-data">[^<>]*</script>|<svg [^<>]*>', "", page))
    assert found == ["base"]  # ours, which has links leave the frame


def test_frames_use_what_is_fair_as_everybody(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot, fair_use="on", fair_seconds=0.5, fair_window=600.0)
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(CONTAINS(STR(?c), STR(?f))) }"
    for number in range(40):
        answer = embedded(server, f"{slow} # {number}".replace("?n)", f"?n{number})"))
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) > 0
            assert "frame-ancestors *" in answer.headers["content-security-policy"]
            return
        assert answer.status_code == 200
    pytest.fail("nobody was told to wait")


def test_a_query_is_given_the_columns_that_say_who_says_so(shipped: Server) -> None:
    answer = evidence(shipped, PLACES)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    record = answer.json()
    assert record["added"] == ["witness", "source", "firstLine", "lastLine", "subject", "predicate", "object"]
    assert record["statements"] == ["?p a cr:Practice", "?p cr:place ?place"]
    rows = shipped.client.get("/sparql", params={"query": record["query"], "format": "json"}).json()
    assert rows["head"]["vars"] == ["p", "place", *record["added"]]
    assert sum("source" in row for row in rows["results"]["bindings"]) > 20
    posted = shipped.client.post("/sparql/evidence", data={"query": PLACES}, headers={"Accept": JSON})
    assert posted.json() == record
    direct = shipped.client.post(
        "/sparql/evidence", content=PLACES, headers={"Accept": JSON, "Content-Type": "application/sparql-query"}
    )
    assert direct.json() == record
    without = evidence(shipped, CR + "SELECT ?p { ?p a cr:Practice MINUS { ?p cr:theme ?t } }", Accept_Language="fr")
    assert without.json()["without"] == ["ce qui doit être absent (MINUS, NOT EXISTS)"]


def test_a_mistake_of_a_query_is_told_before_its_witnesses_are_asked_for(shipped: Server) -> None:
    for query in ("SELECT ?p WHERE ?p a ?c", "SELECT ?p { ?p a ?c FILTER(?p > ) }", "SELECT * { ?s ?p }"):
        answer = evidence(shipped, query)
        assert (answer.status_code, answer.json()["line"]) == (400, 1), query


def test_counts_paths_and_what_is_constructed_are_given_their_witnesses(shipped: Server) -> None:
    for query, columns in (
        ("SELECT ?t (COUNT(?p) AS ?n) { ?p a cr:Practice ; cr:theme ?t } GROUP BY ?t", ["t", "n"]),
        ("SELECT ?p ?c { ?p a cr:Practice ; cr:place/cr:within+ ?c OPTIONAL { ?p cr:section ?s } }", ["p", "c"]),
        ("CONSTRUCT { ?p a ?t } WHERE { ?p cr:theme ?t }", ["madeSubject", "madePredicate", "madeObject"]),
        ("ASK { ?p a cr:Practice }", []),
    ):
        record = evidence(shipped, CR + query).json()
        rows = shipped.client.get("/sparql", params={"query": record["query"], "format": "json"}).json()
        assert rows["head"]["vars"] == [*columns, *record["added"]], query
        assert len(rows["results"]["bindings"]) > 20, query
        assert all("witness" in row for row in rows["results"]["bindings"]), query


def test_a_browser_without_scripts_is_sent_to_the_new_answer(shipped: Server) -> None:
    answer = evidence(shipped, PLACES, BROWSER)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sparql?query=")
    page = shipped.get(answer.headers["location"], BROWSER)
    assert page.status_code == 200
    assert 'href="/page/claim/' in page.text
    assert (
        f'href="/sparql/evidence?query={urllib.parse.quote_plus(PLACES)}"'
        in shipped.get(f"/sparql?{urllib.parse.urlencode({'query': PLACES})}", BROWSER).text
    )
    long = shipped.client.post(
        "/sparql/evidence", data={"query": f"# {'x' * 40_000}\n{PLACES}"}, headers={"Accept": BROWSER}
    )
    assert long.status_code == 200
    assert "GRAPH ?witness" in unescape(long.text)


@pytest.mark.parametrize(
    ("query", "status", "reason", "words"),
    [
        ("DESCRIBE <x:s>", 422, "select", "Only SELECT, CONSTRUCT and ASK"),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY STR(?p)", 422, "groups", "GROUP BY (… AS ?name)"),
        ("SELECT ?s { VALUES ?s { <x:p> } }", 422, "nothing", "only names, or values"),
        ("SELECT ?s { ?s", 400, None, "never closed"),
        ("DROP ALL", 400, None, "read-only"),
    ],
)
def test_what_cannot_be_backed_is_refused_in_plain_words(
    server: Server, query: str, status: int, reason: str | None, words: str
) -> None:
    answer = evidence(server, query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("reason") == reason
    assert words in answer.json()["detail"]
    page = evidence(server, query, BROWSER)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert words in unescape(page.text)


def test_evidence_of_nothing_is_asked_for_in_the_reader_s_language(server: Server) -> None:
    assert server.get("/sparql/evidence", JSON).status_code == 400
    french = evidence(server, "DESCRIBE <x:s>", Accept_Language="fr")
    assert "Seuls SELECT, CONSTRUCT et ASK" in french.json()["detail"]
    assert server.client.options("/sparql/evidence").headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert evidence(server, PLACES, "image/png").status_code == 406
