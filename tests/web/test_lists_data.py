"""The lists as data: exactly what was selected, all of it, in every format."""

from __future__ import annotations

import csv
import io
import re

import pyoxigraph as ox
import pytest
import rdflib

from tests.counters import placed
from tests.servers import Server

NAMES = ["practices", "cities", "institutions", "themes", "instruments", "sources", "people", "events", "organisations"]
CHOICE = "theme=equality&country=spain&country=france&status=all"


@pytest.mark.parametrize("name", NAMES)
def test_every_list_is_json_csv_and_turtle_of_the_same_rows(server: Server, name: str) -> None:
    rows = server.get(f"/{name}.json").json()
    table = server.get(f"/{name}.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row["iri"] for row in csv.DictReader(io.StringIO(table.text))] == [row["iri"] for row in rows]
    graph = rdflib.Graph().parse(data=server.get(f"/{name}.ttl").text, format="turtle")
    assert {str(subject) for subject in graph.subjects()} == {row["iri"] for row in rows}
    stated = rdflib.Graph().parse(data=server.get("/download/cityrights.ttl").text, format="turtle")
    assert all(triple in stated for triple in graph)


def test_a_choice_is_the_same_in_every_format(shipped: Server) -> None:
    wanted = [row["iri"] for row in shipped.get(f"/practices.json?{CHOICE}").json()]
    assert len(wanted) > 2
    table = csv.DictReader(io.StringIO(shipped.get(f"/practices.csv?{CHOICE}").text))
    assert [row["iri"] for row in table] == wanted
    for extension, form in (("ttl", ox.RdfFormat.TURTLE), ("jsonld", ox.RdfFormat.JSON_LD)):
        quads = ox.parse(shipped.get(f"/practices.{extension}?{CHOICE}").content, format=form)
        assert {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)} == set(wanted), (
            extension
        )
    points = shipped.get(f"/practices.geojson?{CHOICE}")
    assert points.headers["content-type"] == "application/geo+json"
    assert {feature["id"] for feature in points.json()["features"]} == set(wanted)


def test_data_have_every_page_and_the_page_links_to_them(shipped: Server) -> None:
    answer = shipped.get(f"/practices?{CHOICE}&view=table")
    links = answer.headers["link"]
    for extension, kind in (("json", "application/json"), ("csv", "text/csv"), ("geojson", "application/geo+json")):
        found = re.search(rf'<(/practices\.{extension}\?[^>]*)>; rel="alternate"; type="{re.escape(kind)}"', links)
        assert found, extension
        assert "view=" not in found[1]
        assert shipped.get(found[1]).status_code == 200
    back = shipped.get(f"/practices.json?{CHOICE}").headers["link"]
    assert 'rel="alternate"; type="text/html"' in back


def test_a_map_has_a_point_for_each_place_that_leads_to_what_is_there(shipped: Server) -> None:
    features = shipped.get("/practices.geojson?by=place").json()["features"]
    assert len(features) > 20
    for feature in features[:4]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90
        about = feature["properties"]
        assert about["kind"] in ("city", "department", "island")
        there = shipped.get(about["url"].replace("/practices?", "/practices.json?")).json()
        assert len(there) == about["count"]


@pytest.mark.parametrize("language", ["", "/fr"])
def test_places_say_what_others_hold_too_so_that_a_sum_counts_each_practice_once(spread: Server, language: str) -> None:
    known = placed(spread)
    places = [
        [each["iri"] for each in row["place"] if each["iri"] in known]
        for row in spread.get(f"{language}/practices.json").json()
    ]
    several = [each for each in places if len(each) > 1]
    assert several
    for path in (f"{language}/practices.geojson?by=place", f"{language}/map.geojson"):
        about = [feature["properties"] for feature in spread.get(path).json()["features"]]
        shared = [thing for each in about for thing in each.get("shared", ())]
        assert len(set(shared)) == len(several), path
        assert len(shared) == sum(map(len, several)), path
        once = sum(each["count"] for each in about) - (len(shared) - len(set(shared)))
        assert once == sum(1 for each in places if each), path
        assert all(len(each.get("shared", ())) <= each["count"] for each in about), path


def test_lists_that_are_nowhere_have_no_map(server: Server) -> None:
    assert server.get("/people.geojson").status_code == 404
    assert "GeoJSON" not in server.get("/people").text
    assert server.get("/practices.geojson?by=colour").status_code == 400


def test_things_without_a_place_are_in_the_data_and_on_no_map(server: Server) -> None:
    features = server.get("/cities.geojson").json()["features"]
    nowhere = [feature["properties"]["label"] for feature in features if feature["geometry"] is None]
    assert nowhere == ["Munich"]
    assert len(server.get("/cities.geojson?by=place").json()["features"]) == len(features) - 1
