"""Answers at /sparql as people see them: each view, what it is chosen by, and what is said where it cannot be."""

from __future__ import annotations

import html
import json
import re
import urllib.parse
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from cityrights.library import pages
from cityrights.resources.labels import Vocabulary
from cityrights.terms import Iri
from cityrights_web.layout import Layout
from cityrights_web.results import table
from tests.counters import placed
from tests.gate.robustness.test_shown_text import MARKUP, literal, wrong
from tests.servers import Server

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CR = "PREFIX cr: <https://w3id.org/cityrights/ontology#>\n"
XSD = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
PLACES = CR + "SELECT ?p ?place { ?p a cr:Practice ; cr:place ?place }"
TIES = CR + "CONSTRUCT { ?a cr:cooperatesWith ?b } WHERE { ?a cr:cooperatesWith ?b }"
COUNTS = "SELECT ?what ?n { VALUES (?what ?n) { ('a' 4) ('b' 1) ('c' 2.5) } }"
DATES = (
    XSD
    + "SELECT ?what ?when { VALUES (?what ?when) { ('b' '2021-07-09'^^xsd:date) ('a' '1999'^^xsd:gYear) ('c' 'x') } }"
)
POINTS = (
    "PREFIX geo: <http://www.opengis.net/ont/geosparql#>\n"
    "SELECT ?name ?g { VALUES (?name ?g) { ('one' 'POINT(2.5 48.1)'^^geo:wktLiteral) ('two' 'nowhere') } }"
)
STRAY = "SELECT ?name ?lat ?long { VALUES (?name ?lat ?long) { ('one' 48.1 2.5) ('two' 'unknown' 'n/a') } }"
LOST = "SELECT ?name ?lat ?long { VALUES (?name ?lat ?long) { ('a' 'x' 'y') ('b' 'x' 'y') ('one' 48.1 2.5) } }"
DEGREES = "SELECT ?name ?lat ?long { VALUES (?name ?lat ?long) { ('one' 48.1 2.5) ('two' 95 2) } }"


def part(server: Server, query: str, view: str = "", **more: str) -> str:
    """Return the section of an answer."""
    answer = fetch(server, query, view, **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith('<section id="answer"')
    assert answer.text.strip().endswith("</section>")
    return answer.text


def fetch(server: Server, query: str, view: str = "", **more: str) -> httpx.Response:
    fields = {"query": query, "part": "answer", **({"view": view} if view else {}), **more}
    return server.get(f"/sparql?{urllib.parse.urlencode(fields)}", BROWSER)


def told(section: str, name: str) -> str:
    return str(re.findall(rf'data-{name}="([^"]*)"', section)[0])


def tabs(section: str) -> list[str]:
    return re.findall(r'view=(\w+)"', section.split("</nav>")[0])


def data(section: str) -> dict[str, Any]:
    """Return what the scripts are given."""
    block = re.findall(r'<script type="application/json" id="answer-data">(.*?)</script>', section, re.DOTALL)[0]
    found: dict[str, Any] = json.loads(block)
    return found


@pytest.mark.parametrize(
    ("query", "view", "others"),
    [
        (PLACES, "table", ["table", "map", "network", "raw"]),
        (COUNTS, "chart", ["table", "chart", "raw"]),
        (DEGREES, "map", ["table", "map", "raw"]),
        (STRAY, "map", ["table", "map", "raw"]),
        (LOST, "table", ["table", "raw"]),
        (POINTS, "map", ["table", "map", "raw"]),
        (TIES, "network", ["table", "network", "raw"]),
        (DATES, "table", ["table", "timeline", "raw"]),
        ("ASK {}", "table", ["table", "raw"]),
        ("SELECT * { FILTER(false) }", "table", ["table", "raw"]),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "raw", ["table", "network", "raw"]),
    ],
)
def test_the_shape_of_an_answer_says_how_it_is_seen(shipped: Server, query: str, view: str, others: list[str]) -> None:
    section = part(shipped, query)
    assert told(section, "view") == view
    assert set(tabs(section)) - {"map"} == set(others) - {"map"}
    assert float(told(section, "milliseconds")) >= 0


def test_points_say_what_others_hold_too_so_that_a_bunch_of_them_counts_it_once(spread: Server) -> None:
    query = "# view: map ?place ?p\n" + PLACES
    features = cast("list[dict[str, dict[str, object]]]", data(part(spread, query))["features"])
    about = [feature["properties"] for feature in features]
    told = [thing for each in about for thing in cast("list[int]", each.get("shared", []))]
    assert len(told) > len(set(told))
    counted = sum(cast("int", each["count"]) for each in about) - (len(told) - len(set(told)))
    answer = spread.get(f"/sparql?{urllib.parse.urlencode({'query': PLACES})}", "application/sparql-results+json")
    rows, known = answer.json()["results"]["bindings"], placed(spread)
    assert counted == len({row["p"]["value"] for row in rows if row["place"]["value"] in known})


def test_bars_hide_nothing(shipped: Server) -> None:
    """What has no number stands without, last; what has several has a bar for each; what is no number is counted."""
    several = "SELECT ?what ?n { VALUES (?what ?n) { ('a' 4) ('b' UNDEF) ('c' 2) ('c' 3) } }"
    page = part(shipped, several, "chart")
    assert re.findall(r'<span class="n">([^<]*)</span>', page) == ["4", "3", "2", "no number"]
    counted = "SELECT ?what ?n { VALUES (?what ?n) { ('a' 'x') ('b' UNDEF) ('c' 'x') ('c' 3) } }"
    page = part(shipped, f"# view: chart ?what ?n\n{counted}")
    assert re.findall(r'<span class="n">([^<]*)</span>', page) == ["2", "1", "0"]


def test_a_comment_names_the_view_and_travels_with_the_query(shipped: Server) -> None:
    assert told(part(shipped, "# view: map\n" + PLACES), "view") == "map"
    assert told(part(shipped, PLACES + "\n# view: network ?p ?place"), "view") == "network"
    assert told(part(shipped, "# view: chart ?place ?p\n" + PLACES), "view") == "chart"
    # The address wins over the comment, and what only looks like a comment is none.
    assert told(part(shipped, "# view: map\n" + PLACES, "table"), "view") == "table"
    assert told(part(shipped, PLACES.replace("}", "FILTER('''\n# view: map\n''' != '') }")), "view") == "table"
    assert told(part(shipped, "# not: # view: map\n" + PLACES), "view") == "table"
    unknown = part(shipped, "# view: globe\n" + PLACES)
    assert "asks for the view ‘globe’" in unknown
    assert told(unknown, "view") == "table"
    absent = part(shipped, "# view: map ?nothing\n" + PLACES)
    assert "the column ?nothing, which the answer does not have. It has: ?p, ?place." in absent


def test_a_table_has_labels_names_languages_and_datatypes(server: Server) -> None:
    query = XSD + (
        "SELECT ?x { VALUES ?x { <https://w3id.org/cityrights/id/practice/museum> 'mot'@fr 12 '2021-01-02'^^xsd:date "
        "<https://w3id.org/cityrights/ontology#Practice> <http://example.org/x> } }"
    )
    section = part(server, query)
    assert '<a href="/page/practice/museum"><bdi lang="en">Museum of migration</bdi></a>' in section
    assert '<bdi class="iri shortened">practice:<wbr>museum</bdi>' in section
    assert '<bdi lang="fr">mot</bdi> <span class="lang">fr</span>' in section
    assert '<span class="type iri">xsd:date</span>' in section
    assert 'href="http://example.org/x"' in section
    assert "cr:<wbr>Practice" in section
    assert told(section, "rows") == "6"
    numbers = part(server, COUNTS, "table")
    assert '<th scope="col" class="number">' in numbers
    assert '<td class="number"><bdi>2.5</bdi></td>' in numbers
    french = server.client.get("/sparql", params={"query": query}, headers={"Accept": BROWSER, "Accept-Language": "fr"})
    assert "Musée de la migration" in french.text
    assert "6 lignes" in french.text


def test_texts_are_in_the_order_of_the_lists(server: Server) -> None:
    query = 'SELECT ?n { VALUES ?n { "Zagreb" "Čakovec" "Evian" "Évry" "Ørsta" "Oslo" "oslo 10" "Oslo 9" } }'
    found = re.findall(r"<bdi>([^<]+)</bdi>", part(server, query, order="n"))
    assert found == ["Čakovec", "Evian", "Évry", "Ørsta", "Oslo", "Oslo 9", "oslo 10", "Zagreb"]
    assert re.findall(r"<bdi>([^<]+)</bdi>", part(server, query, order="-n")) == found[::-1]


def test_a_table_is_sorted_by_any_column(server: Server) -> None:
    def column(order: str) -> list[str]:
        return re.findall(r"<bdi>([abc])</bdi>", part(server, COUNTS, order=order))

    assert column("n") == ["b", "c", "a"]
    assert column("-n") == ["a", "c", "b"]
    assert column("what") == ["a", "b", "c"]
    assert column("nothing") == ["a", "b", "c"]
    assert 'aria-sort="descending"' in part(server, COUNTS, order="-n")


def test_bars_points_lines_and_years_are_those_of_the_answer(shipped: Server) -> None:
    assert re.findall(r'class="bar" width="([\d.]+)"', part(shipped, COUNTS)) == ["100.0", "62.5", "25.0"]
    years = part(shipped, DATES, "timeline")
    assert re.findall(r'class="year">(\d+)', years) == ["1999", "2021"]
    assert '<time datetime="2021-07-09">July 9, 2021</time>' in years
    assert "Rows without a year, which are not on the timeline: 1." in years
    old = part(shipped, XSD + "SELECT * { VALUES ?when { '-0044-03-15'^^xsd:date '-0500'^^xsd:gYear } }", "timeline")
    assert re.findall(r'class="year">(-?\d+)', old) == ["-500", "-44"]
    assert ">-0044-03-15<" in old
    assert "datetime=" not in old, "HTML has no times before the year 1"
    ties = part(shipped, TIES)
    drawn = data(ties)
    assert len(drawn["edges"]) == ties.split("<tbody>")[1].count("<tr>") > 3
    places = part(shipped, PLACES, "map")
    features = data(places)["features"]
    assert len(features) == places.split("<tbody>")[1].count("<tr>") > 20
    for query in (DEGREES, STRAY, POINTS):
        (feature,) = data(part(shipped, query))["features"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [2.5, 48.1]}
        assert feature["properties"]["label"] == "one"
        assert "Rows without coordinates, which are not on the map: 1." in part(shipped, query)


@pytest.mark.parametrize(
    ("query", "view", "words"),
    [
        (PLACES, "chart", "Bars need a column with numbers"),
        (COUNTS, "map", "A map needs a place"),
        (COUNTS, "network", "A network needs two columns with things"),
        (COUNTS, "timeline", "A timeline needs a column with dates"),
        ("# view: map ?what ?n\n" + COUNTS, "map", "A map needs a place"),
        ("# view: network ?what\n" + COUNTS, "network", "A network needs two columns"),
        ("SELECT ?x { FILTER(false) }", "map", "There is no row"),
    ],
)
def test_a_view_that_an_answer_cannot_fill_says_what_is_needed(
    server: Server, query: str, view: str, words: str
) -> None:
    section = part(server, query, view)
    assert words in html.unescape(section)
    assert told(section, "view") == view


@pytest.mark.parametrize(
    ("query", "view", "words"),
    [
        ("SELECT ?s (1 AS ?n) { ?s ?p ?o } LIMIT 30000", "chart", "bars, and there is room for 100"),
        ("SELECT ?s ?o { ?s ?p ?o FILTER(isIRI(?o)) }", "network", "things, and the drawing has room for 150"),
        ("SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 5000", "table", "The first 1,000 of"),
        ("SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 5000", "raw", "The first 200,000 of"),
    ],
)
def test_an_answer_too_large_for_a_view_says_so_with_the_limit(
    shipped: Server, query: str, view: str, words: str
) -> None:
    section = part(shipped, query, view)
    assert words in section
    assert "format=csv" in section
    assert "downloads" in section


def test_an_answer_too_large_for_a_page_still_has_its_downloads(shipped: Server) -> None:
    section = part(shipped, "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 60000")
    assert told(section, "view") == "none"
    assert "too large for a page" in section
    assert "format=csv" in section


def test_part_and_page_have_the_same_answer_and_failures_are_data(server: Server) -> None:
    page = server.client.get("/sparql", params={"query": COUNTS, "view": "chart"}, headers={"Accept": BROWSER}).text
    times = re.compile(r'data-milliseconds="[\d.]+"|in [\d.]+ ms(, from an answer that was kept)?')
    assert times.sub("", part(server, COUNTS, "chart")).strip() in times.sub("", page)
    broken = fetch(server, "SELECT ?x {\n ?x ?y }}")
    assert broken.status_code == 400
    assert broken.headers["content-type"] == "application/problem+json"
    assert (broken.json()["line"], broken.json()["column"]) == (2, 9)
    for refused in (fetch(server, COUNTS, "globe"), server.get("/sparql?query=ASK{}&part=head", BROWSER)):
        assert refused.status_code == 400
        assert refused.json()["available"]
    assert fetch(server, "SELECT ?x { SERVICE <http://e.example/> { ?x ?y ?z } }").status_code == 403


def test_programs_are_not_troubled_by_what_is_for_people(server: Server) -> None:
    answer = server.client.get("/sparql", params={"query": "ASK {}", "view": "globe", "order": "x"})
    assert answer.status_code == 200
    assert answer.json()["boolean"] is True


def test_a_query_too_long_for_an_address_goes_on_by_a_form(server: Server) -> None:
    query = f"# {'x' * 7000}\n{COUNTS}"
    answer = server.client.post("/sparql", data={"query": query}, headers={"Accept": BROWSER})
    section = answer.text[answer.text.index('<section id="answer"') :]
    assert '<form id="answer-again" method="post" action="/sparql">' in section
    assert 'form="answer-again" name="format" value="csv"' in section
    assert "/sparql?query" not in section
    again = server.client.post("/sparql", data={"query": query, "view": "table"}, headers={"Accept": BROWSER})
    assert told(again.text, "view") == "table"
    assert server.client.post("/sparql", data={"query": query, "format": "csv"}).text.startswith("what,n")


HOSTILE = {
    "table": f"SELECT (STRLANG({literal(MARKUP)}, 'en') AS ?x) ('\u202eabc' AS ?y) {{}}",
    "chart": f"SELECT ?x ?n {{ VALUES (?x ?n) {{ ({literal(MARKUP)} 1) ('</script>' 2) }} }}",
    "map": f"SELECT ({literal(MARKUP)} AS ?x) (1 AS ?lat) (2 AS ?long) {{}}",
    "network": f"SELECT (<http://e.example/'onclick='x> AS ?a) ({literal(MARKUP)} AS ?aLabel) (<urn:b> AS ?b) {{}}",
    "timeline": f"SELECT ({literal(MARKUP)} AS ?x) ('2021'^^<http://www.w3.org/2001/XMLSchema#gYear> AS ?w) {{}}",
    "raw": f"SELECT ({literal(MARKUP)} AS ?x) {{}}",
}


@pytest.mark.parametrize("view", HOSTILE)
def test_text_stays_text_in_every_view(server: Server, view: str) -> None:
    section = part(server, HOSTILE[view], view)
    assert told(section, "view") == view
    shown = re.sub(r'<script type="application/json" id="answer-data">[^<>]*</script>|<svg [^<>]*>', "", section)
    assert wrong(shown) == []
    assert "&lt;" in section or "\\u003c" in section


def test_a_huge_value_is_cut_and_says_so(server: Server) -> None:
    section = part(server, f"SELECT (CONCAT('{'a' * 20_000}', 'b') AS ?x) {{}}")
    assert "… and 19,001 more characters" in section
    assert "a" * 1001 not in section.split('<form id="answer-again"')[0]


def test_labels_are_looked_up_in_few_queries_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def ask(engine: object, name: str, *, among: tuple[str, list[object]], language: str = "") -> list[object]:
        asked.append(len(among[1]))
        return []

    monkeypatch.setattr(pages, "ask", ask)
    site = SimpleNamespace(vocabulary=Vocabulary({}, {}), engine=None)
    rows = [{"x": Iri(f"urn:x:{number}")} for number in range(10_000)]
    found = table.linked(cast(Layout, SimpleNamespace(site=site, language="en")), rows, ["x"])
    assert len(found) == 10_000
    assert sum(asked) == table.MOST_NAMED
    assert len(asked) <= 6
