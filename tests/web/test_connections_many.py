"""With more places than a list can hold, the form asks for names, and asks back where a name is not clear."""

from __future__ import annotations

import httpx

from tests.servers import Server


def asked(server: Server, a: str, b: str) -> httpx.Response:
    return server.client.get("/connections", params={"a": a, "b": b}, headers={"Accept": "text/html"})


def test_the_form_has_fields_and_the_page_stays_small(many: Server) -> None:
    page = many.get("/connections", "text/html")
    assert page.status_code == 200
    assert '<select id="place-a"' not in page.text
    assert '<input id="place-a" type="text" name="a" required' in page.text
    assert len(page.content) < 100_000
    assert len(many.get("/connections.json").json()["nodes"]) == 150


def test_a_name_leads_to_its_place_whatever_its_capitals(many: Server) -> None:
    assert asked(many, "villeneuve 7", "VILLENEUVE 8").headers["location"] == "/connections/7/8"
    assert asked(many, "7", "city/8").headers["location"] == "/connections/7/8"


def test_a_name_of_two_places_is_asked_back_with_the_other_kept(many: Server) -> None:
    page = asked(many, "twin", "Villeneuve 9").text
    assert page.count('type="radio" name="a"') == 2
    assert 'value="city/0" required>' in page
    assert 'value="city/1" required>' in page
    assert '<input type="hidden" name="b" value="city/9">' in page


def test_the_beginning_of_many_names_offers_a_few(many: Server) -> None:
    page = asked(many, "villen", "7").text
    assert page.count('type="radio" name="a"') == 8


def test_places_alone_are_suggested_where_places_are_asked_for(many: Server) -> None:
    for kind, count in (("city", 2), ("practice", 0)):
        told = many.get(f"/suggest?q=twin&kind={kind}").json()["suggestions"]
        assert len(told) == count
    assert many.get("/suggest?q=twin&kind=nothing").status_code == 400
