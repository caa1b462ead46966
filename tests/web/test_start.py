"""The start page and the data of its map: the same places, in the same order, in the reader's language."""

from __future__ import annotations

import html
import re

import pyoxigraph as ox
import pytest

from cityrights.library.pages import page_query
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, RDF, SKOS
from cityrights_web.flask_app import create_pages
from cityrights_web.site import Site
from cityrights_web.views import home
from sparqlgate import EmbeddedEngine
from tests.counters import placed
from tests.servers import Server


def listed(server: Server, language: str) -> list[tuple[str, str, int]]:
    """Address, name and number of practices of each place in the page's list."""
    page = server.get(language or "/", "text/html").text
    items = re.findall(r'<li><a href="([^"]+)"><bdi[^>]*>(.*?)</bdi>.*?<span class="n">(\d+)</span></li>', page)
    places = page[page.index('id="places"') : page.index("</ul>", page.index('id="places"'))]
    return [(address, html.unescape(name), int(n)) for address, name, n in items if f'href="{address}"' in places]


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
def test_the_map_has_what_the_list_has(shipped: Server, language: str) -> None:
    answer = shipped.get(f"{language}/map.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    features = answer.json()["features"]
    told = [(each["properties"]["url"], each["properties"]["label"], each["properties"]["count"]) for each in features]
    keys = {iri.partition("/id/")[2] for iri in placed(shipped)}
    assert told == [one for one in listed(shipped, language) if one[0].partition("/page/")[2] in keys]
    assert len(told) > 20
    for each in features:
        east, north = each["geometry"]["coordinates"]
        assert -180 <= east <= 180
        assert -90 <= north <= 90
        assert each["properties"]["url"].startswith(f"{language}/page/")


def test_a_place_counts_its_practices_and_institutions_without_what_is_not_yet(shipped: Server) -> None:
    utrecht = next(
        each["properties"]
        for each in shipped.get("/map.geojson").json()["features"]
        if each["id"].endswith("/id/city/utrecht")
    )
    practices = [
        row for row in shipped.get("/practices.json").json() if any(p["label"] == "Utrecht" for p in row["place"])
    ]
    assert utrecht["count"] == len(practices)
    assert utrecht["detail"].startswith(f"{len(practices)} practices · ")
    assert utrecht["kind"] == "city"


def test_the_practices_worth_reading_are_spread_and_whole_and_the_same_each_time(shipped: Server) -> None:
    page = shipped.get("/", "text/html").text
    assert shipped.get("/?again=1", "text/html").text.count('class="card-name"') == 6
    keys = re.findall(r'<h3 class="card-name"><a href="/page/(practice/[^"]+)"', page)
    assert len(set(keys)) == 6
    assert keys == re.findall(r'<h3 class="card-name"><a href="/fr/page/(practice/[^"]+)"', shipped.get("/fr").text)
    rows = {row["iri"].rpartition("/id/")[2]: row for row in shipped.get("/practices.json").json()}
    places = [place["iri"] for key in keys for place in rows[key]["place"]]
    assert len(places) == len(set(places))
    cards = page.split('class="practice-card card-found')[1:]
    assert all('class="card-part card-hard"' in card and 'class="card-part card-advice"' in card for card in cards)


def test_the_numbers_tell_what_is_not_yet_beside_what_is(shipped: Server) -> None:
    page = html.unescape(shipped.get("/", "text/html").text)
    settled, every = (len(shipped.get(f"/practices.json{query}").json()) for query in ("", "?status=all"))
    numbers = re.sub(r"<[^>]+>", " ", page[page.index('<ul class="numbers">') :].partition("</ul>")[0])
    assert re.search(rf"\b{settled}\s+Practices\s+and {every - settled} underway or planned", numbers)


def test_each_question_of_the_page_has_an_answer(shipped: Server) -> None:
    page = shipped.get("/", "text/html").text
    questions = re.findall(r'<li><a href="(/queries/[^"]+)">', page)
    assert len(questions) == 5
    for address in questions:
        assert shipped.get(f"{address}.json").json()["rows"], address


def test_names_stand_in_the_order_of_letters_whatever_marks_they_have(shipped: Server) -> None:
    """Who looks for Ámsterdam looks under A: on the start page, and in what one chooses from."""
    start = shipped.get("/es", "text/html").text
    listed = start[start.index('id="places"') :].partition("</ul>")[0]
    field = shipped.get("/es/compare", "text/html").text.partition("<select")[2].partition("</select>")[0]
    theme = shipped.get("/fr/queries/practices-on-a-theme", "text/html").text
    choices = theme.partition("<select")[2].partition("</select>")[0]
    orders = ((listed, "Ámsterdam", "Atlanta"), (field, "Ámsterdam", "Atlanta"), (choices, "Égalité des genres", "Eau"))
    for part, marked, plain in orders:
        names = [html.unescape(name).strip() for name in re.findall(r">([^<]+)</(?:a|option|bdi)>", part)]
        assert {marked, plain} <= {*names}, names
        assert abs(names.index(marked) - names.index(plain)) < 5, names


def test_each_kind_leads_to_the_institutions_that_it_counts(shipped: Server) -> None:
    page = shipped.get("/fr", "text/html").text
    kinds = re.findall(r'<li><a href="/fr(/institutions)(\?kind=[^"]+)">.*?<span class="n">(\d+)</span></li>', page)
    assert len(kinds) == 8
    for path, query, n in kinds:
        assert len(shipped.get(f"{path}.json{query}").json()) == int(n), query


def test_there_is_a_map_where_there_are_points_and_none_elsewhere(server: Server) -> None:
    page = server.get("/", "text/html").text
    points = server.get("/map.geojson").json()
    assert points["type"] == "FeatureCollection"
    assert ("data-map" in page) == bool(points["features"])


def test_institutions_are_counted_by_the_kinds_that_one_is_said_to_be_narrower_ones_with_them() -> None:
    store, kinds = ox.Store(), [ox.NamedNode(f"urn:kind:{number}") for number in range(7)]
    for number in range(400):
        one = ox.NamedNode(f"urn:institution:{number}")
        store.add(ox.Quad(one, ox.NamedNode(RDF + "type"), ox.NamedNode(CR + "Institution")))
        store.add(ox.Quad(one, ox.NamedNode(CR + "kind"), kinds[number % 7]))
    for kind in kinds[1:]:
        store.add(ox.Quad(kind, ox.NamedNode(SKOS + "broader"), kinds[0]))
    store.add(ox.Quad(kinds[0], ox.NamedNode(SKOS + "broader"), ox.NamedNode("urn:kind:that-none-is-said-to-be")))
    rows = store.query(page_query("institutions_by_kind"))
    assert isinstance(rows, ox.QuerySolutions)
    counted = {row["kind"]: row["n"] for row in rows}
    of_each = [400, *(sum(number % 7 == kind for number in range(400)) for kind in range(1, 7))]
    assert counted == {kind: ox.Literal(n) for kind, n in zip(kinds, of_each, strict=True)}


@pytest.mark.parametrize(("language", "words"), [("", "The list names the 150 places"), ("/fr", "les 150 lieux")])
def test_of_very_many_places_those_with_most_practices_are_listed(many: Server, language: str, words: str) -> None:
    assert len(listed(many, language)) == 150
    page = many.get(language or "/", "text/html").text
    assert words in page
    assert "50 more" in page or "50 autres" in page
    assert f'href="{language}/cities"' in page


def test_few_places_are_all_listed_and_nothing_is_said_of_others(shipped: Server) -> None:
    assert "The list names" not in shipped.get("/", "text/html").text


def test_the_map_stays_where_the_places_that_are_listed_have_no_position(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "_LISTED", 0)
    with EmbeddedEngine(snapshot, workers=1) as engine:
        pages = create_pages(Site(engine, snapshot.version, snapshot.path, snapshot.manifest)).test_client()
        page, points = pages.get("/").text, pages.get("/map.geojson").json
    assert points is not None
    assert len(points["features"]) > 20
    assert 'data-map="/map.geojson"' in page


def test_what_the_start_page_offers_to_look_for_has_practices_to_learn_from(shipped: Server) -> None:
    for language in ("", "/fr", "/es"):
        page = shipped.get(language or "/", "text/html").text
        offered = re.findall(r'<a href="([^"]+)">', page.partition('<p class="examples">')[2].partition("</p>")[0])
        assert len(offered) > 3, language
        for address in offered:
            found = shipped.get(html.unescape(address), "text/html").text
            assert found.count('class="practice-card') > 1, address
