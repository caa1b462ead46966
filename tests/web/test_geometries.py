"""Where things are by OGC GeoSPARQL 1.1: geometries in WKT on maps, in GeoJSON (RFC 7946) and in lists of things."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import cos, pi, sin
from typing import Any

import pytest

from cityrights.pipeline.steps import build_files
from cityrights.resources.places import LONGEST, geometry, system
from cityrights_web.results.geojson import LARGEST
from tests.servers import Server
from tests.support import CASES, need
from tests.web.test_results import data, part

CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
GEO = "PREFIX geo: <http://www.opengis.net/ont/geosparql#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
EACH = GEO + "SELECT ?name ?g { ?p rdfs:label ?name ; geo:hasGeometry/geo:asWKT ?g } ORDER BY ?name"
THINGS = GEO + "SELECT ?p { ?p rdfs:label ?name } ORDER BY ?name"


def circle(positions: int) -> str:
    """Return an area of so many positions around 10° east, 50° north."""
    ring = [f"{10 + cos(2 * pi * at / (positions - 1)):.6f} {50 + sin(2 * pi * at / (positions - 1)):.6f}"
            for at in range(positions - 1)]  # fmt: skip
    return f"POLYGON(({', '.join([*ring, ring[0]])}))"


#: Name → a geometry, and where its middle is.
SHAPES: dict[str, tuple[str, tuple[float, float] | None]] = {
    "area": ("POLYGON((0 0, 4 0, 4 2, 0 2, 0 0), (1 1, 2 1, 2 1.5, 1 1))", (2, 1)),
    "areas": ("MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((10 10,20 10,20 20,10 20,10 10)))", (15, 15)),
    "axis order": (f"<{EPSG}4326> POINT(52.09 5.12)", (5.12, 52.09)),
    "beyond": ("POLYGON((170 60, 190 60, 190 70, 170 70, 170 60))", (180, 65)),
    "collection": ("GEOMETRYCOLLECTION(POINT(80 80), LINESTRING(0 0, 2 2))", (1, 1)),
    "empty": ("POINT EMPTY", None),
    "halves": ("MULTIPOLYGON(((179 0,180 0,180 3,179 3,179 0)),((-180 0,-179 0,-179 1,-180 1,-180 0)))", (179.5, 1.5)),
    "height": ("POINT Z (5 52 10)", (5, 52)),
    "large": (circle(LARGEST + 1), (10, 50)),
    "line": ("LINESTRING(0 0, 10 0, 10 4)", (7, 0)),
    "named": (f"{CRS84} Point(-171.76 -13.83)", (-171.76, -13.83)),
    "north of all": ("POINT(10 95)", None),
    "other system": (f"<{EPSG}28992> POINT(155000 463000)", None),
    "points": ("MULTIPOINT((170 0), (-170 2))", (180, 1)),
    "west": ("POINT(190 10)", (-170, 10)),
}


@pytest.fixture(scope="module")
def foreign(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over other people's things, each with one of the geometries, and some that say it otherwise."""
    folder = tmp_path_factory.mktemp("geometries")
    lines = [
        "@prefix : <http://example.org/> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .",
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
        "@prefix wgs: <http://www.w3.org/2003/01/geo/wgs84_pos#> .",
    ]
    for at, (name, (text, _)) in enumerate(SHAPES.items()):
        lines.append(f':t{at} rdfs:label "{name}" ; geo:hasGeometry [ geo:asWKT "{text}"^^geo:wktLiteral ] .')
    lines.append(':own rdfs:label "own" ; geo:asWKT "POINT(1 2)"^^geo:wktLiteral ; wgs:lat 7 ; wgs:long 8 .')
    lines.append(
        ':default rdfs:label "default" ; geo:hasDefaultGeometry :g . :g geo:asWKT "POINT(3 4)"^^geo:wktLiteral .'
    )
    (folder / "places.ttl").write_text("\n".join(lines))
    return start(build_files([folder / "places.ttl"], folder / "snapshots").path)


def geojson(server: Server, query: str) -> dict[str, Any]:
    answer = server.client.post("/sparql", data={"query": query, "format": "geojson"})
    assert answer.status_code == 200, answer.text[:300]
    found: dict[str, Any] = answer.json()
    return found


def test_a_geometry_is_where_its_middle_is_and_what_is_none_is_nowhere() -> None:
    wrong = {}
    for name, (text, expected) in SHAPES.items():
        found = geometry(text)
        if (found and tuple(round(degrees, 3) for degrees in found.middle)) != expected:
            wrong[name] = found
    assert wrong == {}
    none = [
        "", "POINT", "POINT(", "POINT(1)", "POINT(1 2", "POINT(1 2) x", "POINT(1 2, 3 4)", "POINT(a b)", "POINT(1_0 2)",
        "POINT(nan 2)", "POINT(1e999 2)", "POINT(400 2)", "POINT(1 2 3 4 5)", "POINT(\u0661 2)", "POINT X (1 2)",
        "LINESTRING(1 2)", "POLYGON((0 0, 1 0, 1 1))", "POLYGON((0 0, 1 0, 1 1, 2 2))", "POLYGON(0 0, 1 0, 1 1, 0 0)",
        "CIRCLE(1 2, 3)", "TIN(((0 0 0, 0 0 1, 0 1 0, 0 0 0)))", "GEOMETRYCOLLECTION EMPTY", "MULTIPOINT((1 2)",
        "LINESTRING(-200 0, 200 0)", "GEOMETRYCOLLECTION(" * 6 + "POINT(1 2)" + ")" * 6, "<http://e.example POINT(1 2)",
        f"POINT(1 2){' ' * LONGEST}", "(" * 1_000, "POLYGON(" * 1_000,
    ]  # fmt: skip
    assert [text[:40] for text in none if geometry(text) is not None] == []
    read = ("POINT(1 2)", "point ( 1  2 )", "POINTZ(1 2 3)", "POINT M(1 2 3)", "PointZM (1 2 3 4)", "MULTIPOINT(1 2)")
    assert {text: found and found.middle for text in read for found in [geometry(text)]} == dict.fromkeys(read, (1, 2))
    assert (system(SHAPES["other system"][0]), system(SHAPES["axis order"][0]), system("POINT(1 2)")) == (
        f"{EPSG}28992", "", "",
    )  # fmt: skip


def test_geojson_keeps_geometries_in_parts_this_side_of_180_degrees_and_beyond(foreign: Server) -> None:
    found = geojson(foreign, EACH)
    shown = {each["properties"]["name"]: each for each in found["features"]}
    assert shown.keys() == SHAPES.keys()
    assert [name for name, each in shown.items() if each["geometry"] is None] == [
        name for name, (_, middle) in SHAPES.items() if middle is None
    ]
    assert {name: each["geometry"]["type"] for name, each in shown.items() if each["geometry"]} == {
        "area": "Polygon", "areas": "MultiPolygon", "axis order": "Point", "beyond": "MultiPolygon",
        "collection": "GeometryCollection", "halves": "MultiPolygon", "height": "Point", "large": "Point",
        "line": "LineString", "named": "Point", "points": "MultiPoint", "west": "Point",
    }  # fmt: skip
    assert shown["axis order"]["geometry"]["coordinates"] == [5.12, 52.09]
    assert shown["beyond"]["geometry"]["coordinates"] == [
        [[[170, 60], [180, 60], [180, 70], [170, 70], [170, 60]]],
        [[[-180, 60], [-170, 60], [-170, 70], [-180, 70], [-180, 60]]],
    ]
    outer, hole = shown["area"]["geometry"]["coordinates"]
    assert outer == [[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]
    assert hole == [[1, 1], [2, 1.5], [2, 1], [1, 1]], "a hole goes with the clock"
    assert [name for name, each in shown.items() if "simplified" in each] == ["large"]
    assert shown["large"]["simplified"] == "middle"
    assert shown["large"]["geometry"]["coordinates"] == pytest.approx([10, 50])
    assert found["omitted"] == {f"{EPSG}28992": 1}


def test_a_map_has_the_middles_and_says_so_and_names_systems_that_it_cannot_read(foreign: Server) -> None:
    section = part(foreign, EACH)
    spots = {each["properties"]["label"]: each["geometry"]["coordinates"] for each in data(section)["features"]}
    assert spots == {name: pytest.approx(middle) for name, (_, middle) in SHAPES.items() if middle}
    assert "Rows without coordinates, which are not on the map: 3." in section
    assert f"reference systems that are not read here (CRS84 and EPSG:4326 are): 1. Theirs are: {EPSG}28992." in section
    assert "the centroid of its largest part, which may lie outside of it" in section
    plain = part(foreign, GEO + "SELECT * { ?p rdfs:label 'height' ; geo:hasGeometry/geo:asWKT ?g }")
    assert "centroid" not in plain
    graph = GEO + "# view: map ?object\nCONSTRUCT { ?p geo:asWKT ?g } WHERE { ?p geo:hasGeometry/geo:asWKT ?g }"
    assert len(data(part(foreign, graph))["features"]) == sum(middle is not None for _, middle in SHAPES.values())


def test_things_are_where_their_geometries_are(foreign: Server) -> None:
    """Numbers (WGS 84) count before a geometry; a thing may have one itself, or a default one."""
    expected = {
        **{f"t{at}": middle for at, (_, middle) in enumerate(SHAPES.values())},
        "own": (8, 7),
        "default": (3, 4),
    }
    found = {
        each["properties"]["p"].rpartition("/")[2]: each["geometry"] and each["geometry"]["coordinates"]
        for each in geojson(foreign, THINGS)["features"]
    }
    assert found == {name: middle and pytest.approx(middle) for name, middle in expected.items()}
    section = part(foreign, THINGS, "map")
    assert len(data(section)["features"]) == sum(middle is not None for middle in expected.values())
    assert "centroid" in section


def test_the_thing_beside_a_geometry_is_the_place_and_is_not_counted(foreign: Server) -> None:
    """What is counted is what else a row has: other things, or a number."""
    place = GEO + "SELECT ?p ?g { ?p geo:hasGeometry/geo:asWKT ?g }"
    section = part(foreign, place)
    assert "How much" not in section
    assert {each["properties"]["label"] for each in data(section)["features"]} >= {"area", "west"}
    assert not any("count" in each["properties"] for each in data(section)["features"])
    counted = part(foreign, place.replace("?p ?g", "?p ?g (7 AS ?n)"))
    assert {each["properties"]["count"] for each in data(counted)["features"]} == {7}
    others = place.replace("?p ?g", "?p ?g ?q").replace("?g }", "?g . ?q geo:asWKT ?h FILTER isIRI(?q) }")
    others = part(foreign, others)
    assert {each["properties"]["count"] for each in data(others)["features"]} == {2}


def test_the_places_of_the_case_are_read_as_they_are_meant(
    start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = start(build_files([need(CASES) / "geosparql-places.ttl"], tmp_path_factory.mktemp("snapshots")).path)
    found = geojson(server, GEO + "SELECT ?name ?p { ?p rdfs:label ?name } ORDER BY ?name")["features"]
    assert {each["properties"]["name"]: each["geometry"] and each["geometry"]["coordinates"] for each in found} == {
        "Apia": [-171.76, -13.83], "Axis order": [5.12, 52.09], "Chukotka": [180, 65], "Empty": None, "Lat 95": None,
        "Over 180": [-170, 10], "Suva": [178.44, -18.14], "Z": [5, 52], "lower": [5, 52], "nan": None,
        "two lat": [3, 1], "wgs": [2.35, 48.85], "wgs comma": None,
    }  # fmt: skip


def test_very_long_geometries_are_read_where_they_hold_nobody_up(foreign: Server) -> None:
    """The page has their middles, and GeoJSON those that are not too large whole, of one too large the middle."""
    values = " ".join(f"'{circle(LARGEST + at)}'" for at in range(3))
    query = GEO + f"SELECT (STRDT(?text, geo:wktLiteral) AS ?g) {{ VALUES ?text {{ {values} }} }}"
    section = foreign.client.post("/sparql", data={"query": query, "part": "answer"}, headers={"Accept": "text/html"})
    assert section.status_code == 200, section.text[:300]
    assert [each["geometry"]["coordinates"] for each in data(section.text)["features"]] == [pytest.approx([10, 50])]
    assert {each.get("simplified") for each in geojson(foreign, query)["features"]} == {None, "middle"}
    assert json.loads(foreign.get("/health").text)["status"] == "ok"
