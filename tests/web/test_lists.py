"""The lists: what they leave out, what they narrow to, and the same rows as data."""

from __future__ import annotations

import csv
import io

import pytest
import rdflib

from tests.web.conftest import Server

NAMES = ["practices", "cities", "institutions", "themes", "instruments", "sources", "people", "events", "organisations"]


def labels(server: Server, path: str) -> list[str]:
    return [row["label"] for row in server.get(path).json()]


def test_what_is_underway_is_left_out_unless_asked_for_and_the_page_says_so(server: Server) -> None:
    assert labels(server, "/institutions.json") == ["MUMI"]
    assert labels(server, "/institutions.json?status=all") == ["MUMI", "Observatory of rights"]
    page = server.get("/institutions").text
    assert "1 underway or planned left out." in page
    assert 'href="/institutions?status=all"' in page
    assert "is included" in server.get("/institutions?status=all").text


def test_lists_narrow_by_theme_and_country(server: Server) -> None:
    assert labels(server, "/practices.json?theme=culture") == ["Museum of migration"]
    assert labels(server, "/practices.json?theme=nothing") == []
    assert len(labels(server, "/practices.json?country=uruguay")) == 2
    assert labels(server, "/cities.json?country=uruguay") == ["Montevideo"]
    assert '<option value="culture" selected>' in server.get("/practices?theme=culture").text


def test_a_filter_cannot_become_part_of_the_query(server: Server) -> None:
    answer = server.get("/practices.json?theme=x%3E%20.%20%3Fs%20%3Fp%20%3Fo%20.%20%3Cy")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.json() == []


def test_an_unknown_status_is_refused(server: Server) -> None:
    assert server.get("/practices?status=foo", "text/html").status_code == 400


def test_counts_stand_beside_themes_cities_and_sources(server: Server) -> None:
    themes = {row["label"]: row["count"] for row in server.get("/themes.json").json()}
    assert themes == {"Culture": 1, "Memory": 1}
    assert server.get("/sources.json").json()[0]["count"] == 3
    assert server.get("/cities.json").json()[0] == {
        "iri": "https://w3id.org/cityrights/id/city/montevideo",
        "label": "Montevideo",
        "description": None,
        "kind": None,
        "kindLabel": None,
        "places": [{"iri": "https://w3id.org/cityrights/id/country/uruguay", "label": "Uruguay"}],
        "status": None,
        "statusLabel": None,
        "count": 2,
    }


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


def test_counts_leave_out_what_is_underway_and_say_so(server: Server) -> None:
    home = server.get("/").text
    assert '<span class="n">1</span> Institutions' in home
    assert "Counts leave out what is underway or planned." in home
    assert "Counts leave out what is underway or planned." in server.get("/themes").text


def test_lists_are_in_the_language_of_their_address(server: Server) -> None:
    assert "Musée de la migration" in labels(server, "/fr/practices.json")
    assert "Mémoire" in server.get("/fr/themes").text


def test_a_practice_in_several_cities_shows_them_all(shipped: Server) -> None:
    rows = {row["iri"].rpartition("/")[2]: row for row in shipped.get("/practices.json?status=all").json()}
    shared = [slug for slug, row in rows.items() if len(row["places"]) > 1]
    assert shared
    page = shipped.get("/practices?status=all").text
    for place in rows[shared[0]]["places"]:
        assert place["label"] in page


def test_the_shipped_lists_hold_what_the_graph_holds(shipped: Server) -> None:
    assert len(labels(shipped, "/practices.json?status=all")) == 50
    assert len(labels(shipped, "/practices.json")) < 50
    assert len(labels(shipped, "/themes.json")) >= 45
