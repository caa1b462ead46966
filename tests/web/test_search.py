"""The search over HTTP: pages, JSON, suggestions and identifiers."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, KINDS
from cityrights_web.urls import LANGUAGES
from cityrights_web.words import CATALOGUE
from tests.gate.robustness.test_shown_text import MARKUP, wrong
from tests.servers import Server


def links(page: str, part: str = "main") -> list[str]:
    """Return the links of a page's content."""
    inside = page.partition(f"<{part}")[2].partition(f"</{part}>")[0]
    return re.findall(r'<a [^>]*?href="([^"]*)"', inside)


def test_results_stand_by_kind_with_counts_and_marked_words(shipped: Server) -> None:
    page = shipped.get("/search?q=sao+paulo")
    assert page.status_code == 200
    assert "/page/city/sao-paulo" in links(page.text)
    assert "<mark>São</mark> <mark>Paulo</mark>" in page.text
    kinds = re.findall(r'id="k-([a-z-]+)"', page.text)
    assert kinds[0] == "city"
    assert kinds[-1] == "claim"
    assert "/search?q=sao+paulo&amp;kind=practice" in links(page.text)
    tabs = re.findall(r"kind=([a-z-]+)", page.text.partition('<nav class="kinds"')[2].partition("</nav>")[0])
    assert tabs == kinds
    assert 'class="status status-in-place"' in page.text
    assert 'value="sao paulo"' in page.text
    assert 'content="noindex"' in page.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/search?q=grenobel", "Did you mean:"),
        ("/fr/search?q=grenobel", "Vouliez-vous dire"),
        ("/es/search?q=grenobel", "Quizá quiso decir:"),
        ("/search?q=utrecht+qxzvwk", "Nothing has all of these words"),
        ("/search?q=qxzvwk", "Nothing was found"),
        ("/fr/search?q=qxzvwk", "Rien n’a été trouvé"),
        ("/es/search?q=qxzvwk", "No se encontró nada"),
    ],
)
def test_the_page_says_how_what_it_shows_was_found(shipped: Server, path: str, words: str) -> None:
    page = shipped.get(path)
    assert page.status_code == 200
    assert words in page.text
    assert words not in shipped.get("/search?q=utrecht").text


def test_without_text_there_is_the_form_with_examples_that_find_something(shipped: Server) -> None:
    for prefix in ("", "/fr", "/es"):
        page = shipped.get(f"{prefix}/search?q=+").text
        examples = [link for link in links(page) if "/search?q=" in link]
        assert len(examples) == 5
        for example in examples:
            assert 'class="result-line"' in shipped.get(example.replace("&amp;", "&")).text, example


def test_one_kind_is_paged_and_other_languages_keep_the_question(shipped: Server) -> None:
    first = shipped.get("/search?q=rights&kind=claim").text
    second = shipped.get("/search?q=rights&kind=claim&page=2").text
    claims = [[link for link in links(page) if "/page/claim/" in link] for page in (first, second)]
    assert [len(found) for found in claims] == [20, 20]
    assert not set(claims[0]) & set(claims[1])
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert 'href="/fr/search?q=rights&amp;kind=claim"' in first


@pytest.mark.parametrize(
    "query",
    ["q=" + "x" * 10_240, "q=a&kind=nothing", "q=a&page=0", "q=a&page=x", "q=a&page=999", "q=a&kind=city&page=999"],
)
@pytest.mark.parametrize("path", ["/search", "/search.json", "/es/search"])
def test_what_cannot_be_searched_for_is_refused_in_words(shipped: Server, path: str, query: str) -> None:
    answer = shipped.get(f"{path}?{query}", "application/json" if path.endswith("json") else "text/html")
    assert answer.status_code == 400
    assert re.search(
        r"characters|kind|number|first 10,000 results|caracteres|un número desde 1|10\.000 resultados", answer.text
    )
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "text", [MARKUP, '"', "AND OR NOT", "*", "\\", "field:", "😀", "\u202eטסט", "\x00", "%", "a&b=c"]
)
def test_any_text_is_answered_and_shown_as_text(shipped: Server, text: str) -> None:
    for path in ("/search", "/fr/search", "/search.json", "/suggest"):
        answer = shipped.get(f"{path}?q={quote(text)}", "text/html")
        assert answer.status_code == 200, path
        if not path.endswith(("json", "suggest")):
            assert wrong(answer.text) == []


def test_each_kind_of_thing_that_is_found_has_a_word() -> None:
    """A scheme that was new had none, and whatever found one of its concepts was a fault of the server."""
    unsearched = {"connection"}
    for language in LANGUAGES:
        assert set(KINDS) - unsearched <= set(CATALOGUE[language].search.one), language


def test_octets_that_are_no_text_are_answered(shipped: Server) -> None:
    for path in ("/search", "/search.json", "/suggest"):
        assert shipped.get(f"{path}?q=%FF%FE%ED%A0%80").status_code in (200, 400)


def test_the_data_are_those_of_the_page(shipped: Server) -> None:
    answer = shipped.get("/fr/search.json?q=sao+paulo&kind=practice")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    found = answer.json()
    assert (found["match"], found["page"], found["pages"]) == ("all", 1, 1)
    assert found["total"] == found["kinds"]["practice"] == len(found["results"])
    first = found["results"][0]
    assert first["kindLabel"] == "Pratique"
    assert first["language"] == "fr"
    assert first["placeLabel"] == "São Paulo"
    assert first["url"].startswith(shipped.url + "/fr/page/practice/")
    assert shipped.client.get(first["url"]).status_code == 200
    for start, end in first["marks"]:
        assert first["snippet"][start:end].lower() in ("são", "paulo")
    page = shipped.get("/fr/search?q=sao+paulo&kind=practice")
    assert 'rel="alternate"; type="application/json"' in page.headers["link"]


def test_suggestions_are_few_cacheable_and_lead_somewhere(shipped: Server) -> None:
    answer = shipped.get("/suggest?q=gren")
    assert "max-age=300" in answer.headers["cache-control"]
    assert answer.headers["etag"]
    found = answer.json()
    assert found["query"] == "gren"
    assert found["suggestions"][0] == {
        "iri": "https://w3id.org/cityrights/id/city/grenoble",
            "label": "Grenoble", "kind": "city", "kindLabel": "City", "url": "/page/city/grenoble", "place": "France",
        "otherName": None,
    }  # fmt: skip
    assert 1 < len(found["suggestions"]) <= 8
    assert shipped.get("/fr/suggest?q=sao").json()["suggestions"][0]["url"] == "/fr/page/city/sao-paulo"
    whole = shipped.get(f"/suggest?q=gren&class={quote(CR + 'City', safe='')}").json()
    assert [one["kind"] for one in whole["suggestions"]] == ["city"]
    assert shipped.get("/suggest?q=gren&class=cr:City").json() == whole
    assert shipped.get("/suggest?q=gren&class=urn:City").json()["suggestions"] == []
    assert shipped.get("/suggest?q=gren&class=City").status_code == 400
    assert shipped.get("/suggest").json() == {"query": "", "suggestions": []}
    assert shipped.get("/suggest?q=" + "x" * 201).status_code == 400


@pytest.mark.parametrize("path", ["/by/wikidata/Q803", "/by/wikidata/q803", "/by/geonames/2745912"])
def test_a_place_is_looked_up_by_its_identifier(shipped: Server, path: str) -> None:
    answer = shipped.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/id/city/utrecht"
    assert shipped.get(answer.headers["location"], "text/turtle").status_code == 303


@pytest.mark.parametrize(
    "path", ["/by/wikidata/Q1", "/by/geonames/x", "/by/wikidata/%3Cscript%3E", "/by/isbn/1", "/by"]
)
def test_an_unknown_identifier_is_told_in_words(shipped: Server, path: str) -> None:
    answer = shipped.get(path, "text/html")
    assert answer.status_code == 404
    assert wrong(answer.text) == []


def test_the_nearest_sparql_is_shown_and_gives_comparable_things(shipped: Server) -> None:
    page = shipped.get("/search?q=" + quote('Utrecht "x'))
    query = re.search(r'href="(/sparql\?query=[^"]*)"', page.text)
    assert query is not None
    rows = shipped.get("/search?q=Utrecht").text
    opened = re.search(r'href="/sparql\?(query=[^"]*?)&amp;run=0"', rows)
    assert opened is not None
    answer = shipped.get(f"/sparql?{opened[1]}", "text/csv")
    assert answer.status_code == 200
    assert "id/city/utrecht" in answer.text
    assert shipped.get(query[1].replace("&amp;run=0", ""), "text/csv").status_code == 200


def test_every_page_has_a_field_for_searching_and_this_one_has_only_its_own(shipped: Server) -> None:
    for path in ("/", "/practices", "/page/city/utrecht", "/nothing/here", "/sparql"):
        assert shipped.get(path, "text/html").text.count('role="search"') == 1, path
    assert shipped.get("/search").text.count('role="search"') == 1
    assert 'action="/es/search"' in shipped.get("/es/cities").text


def test_a_snapshot_without_an_index_serves_everything_else(
    start: Callable[..., Server], snapshot: Snapshot, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copytree(snapshot.path, old, ignore=shutil.ignore_patterns("search"))
    server = start(old)
    assert server.get("/practices").status_code == 200
    assert server.get("/search").status_code == 200
    for path in ("/search?q=utrecht", "/suggest?q=ut", "/by/wikidata/Q803", "/reconcile"):
        assert server.get(path).status_code == 503, path


def test_anybodys_graph_is_searched(start: Callable[..., Server], tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    file.write_text(
        f'<http://e.example/a> a <http://e.example/Thing> ; {label} "Lighthouse <b>" . '
        f'<javascript:alert(1)> {label} "Lighthouse two" . <http://e.example/Thing> {label} "Thing"@en .'
    )
    server = start(build_files([file], tmp_path / "snapshots").path)
    page = server.get("/search?q=lighthouse")
    assert page.status_code == 200
    assert 'href="http://e.example/a"' in page.text
    assert "Lighthouse</mark> two" in page.text
    assert wrong(page.text) == []
    assert [one["label"] for one in server.get("/suggest?q=light").json()["suggestions"]] == ["Lighthouse <b>"]
    batch = '{"a": {"query": "lighthouse b", "type": "http://e.example/Thing"}}'
    result = server.client.post("/reconcile", data={"queries": batch}).json()["a"]["result"]
    assert (result[0]["id"], result[0]["match"]) == ("http://e.example/a", True)
    assert server.get("/reconcile/view?id=javascript:alert(1)").status_code == 404


def test_a_page_of_results_says_its_own_address_and_no_more(shipped: Server) -> None:
    others = "&".join(f"x{number}={number}" for number in range(300))
    answer = shipped.get(f"/search?q=utrecht&kind=city&{others}")
    assert answer.status_code == 200
    assert "x299" not in answer.text
    assert "x299" not in answer.headers["link"]
    assert f'hreflang="fr" href="{shipped.url}/fr/search?q=utrecht&amp;kind=city"' in answer.text


def test_control_characters_are_spaces(shipped: Server) -> None:
    answer = shipped.get("/search?q=human%00%01%0D%0Arights%1B")
    assert answer.status_code == 200
    assert "human    rights" in answer.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", answer.text)


TAB = r'href="/search\?q=\w+&amp;kind=([\w-]+)"(?: aria-current="page")?>[^<]+ <span class="count"'


def test_tabs_and_sections_stand_in_the_same_order_whatever_kind_is_chosen(shipped: Server) -> None:
    for text in ("Utrecht", "housing", "rights"):
        page = shipped.get(f"/search?q={text}", "text/html").text
        tabs = re.findall(TAB, page)
        sections = re.findall(r'<h2 id="k-([\w-]+)"', page)
        assert len(tabs) > 2
        assert tabs == sections
        one = shipped.get(f"/search?q={text}&kind={tabs[-1]}", "text/html").text
        assert re.findall(TAB, one) == tabs


def test_a_practice_of_several_cities_names_up_to_three_of_them(spread: Server) -> None:
    rows = [row for row in spread.get("/practices.json?status=all").json() if len(row["place"]) > 1]
    assert rows
    for row in rows:
        page = spread.get(f"/search?kind=practice&q={quote(row['label'])}", "text/html").text
        line = next(
            part
            for part in page.split('<li class="result-line">')
            if f'/page/{row["iri"].rpartition("/id/")[2]}"' in part
        )
        told = re.search(r'<p class="found-facts">(.*?)</p>', line, re.DOTALL)
        assert told
        facts = html.unescape(re.sub(r"<[^>]+>", "", told[1]))
        named = [place["label"] for place in row["place"] if place["label"] in facts]
        assert len(named) == min(3, len(row["place"])), facts
        assert ("more" in facts) == (len(row["place"]) > 3)


def test_what_is_to_be_learnt_stands_first_in_the_search(shipped: Server) -> None:
    for asked, to in (
        ("/learn?q=racism", "/search?q=racism"), ("/fr/learn?q=%C3%A9tudes&kind=x", "/fr/search?q=%C3%A9tudes"),
        ("/es/learn", "/es/search"), ("/learn?q=a%0D%0Ab", "/search?q=a%0D%0Ab"),
    ):  # fmt: skip
        answer = shipped.get(asked, "text/html")
        assert (answer.status_code, answer.headers["location"].removeprefix(shipped.url)) == (308, to), asked
    long = shipped.get("/learn?q=" + "a" * 5_000, "text/html")
    assert long.status_code in (308, 400, 414)
