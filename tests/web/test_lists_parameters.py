"""Parameters that a list does not know: pages say so and show the list, data refuse them."""

from __future__ import annotations

import html
import re

import pytest

from tests.servers import Server

SAID = "This list has no parameter 'contry'. It is narrowed by: country, theme, target, place,"


def notices(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'<p class="notice">([^<]*)', page)]


def test_a_misspelt_parameter_is_named_with_those_spelt_like_it_first(server: Server) -> None:
    answer = server.get("/practices?contry=spain", "text/html")
    assert answer.status_code == 200
    assert [text for text in notices(answer.text) if text.startswith(SAID)]
    (canonical,) = re.findall(r'<link rel="canonical"[^>]*>', answer.text)
    assert "contry" not in canonical
    assert "n’a pas de paramètre «\u202fcontry\u202f»" in server.get("/fr/practices?contry=spain").text
    assert "no tiene el parámetro «contry»" in server.get("/es/practices?contry=spain").text


@pytest.mark.parametrize("extension", ["csv", "json", "ttl", "jsonld", "geojson"])
def test_data_refuse_it_in_the_same_words(server: Server, extension: str) -> None:
    answer = server.get(f"/practices.{extension}?contry=spain", "application/problem+json")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(SAID)
    assert server.get(f"/practices.{extension}?country=uruguay").status_code == 200


@pytest.mark.parametrize(
    "query", ["utm_source=x&utm_campaign=y", "fbclid=x", "gclid=x", "_=1", "_ts=2", "measured=3", "n=4", "", "=x"]
)
def test_what_others_add_to_addresses_passes_in_silence(server: Server, query: str) -> None:
    assert notices(server.get(f"/practices?{query}").text) == notices(server.get("/practices").text)
    assert server.get(f"/practices.json?{query}").json() == server.get("/practices.json").json()


def test_what_a_list_knows_is_no_misspelling(server: Server) -> None:
    for query in ("status=all", "sort=-name", "view=table", "page=1", "theme=culture", "year=2020", "lang=en"):
        page = server.get(f"/practices?{query}").text
        assert not [text for text in notices(page) if "parameter" in text], query
        assert server.get(f"/practices.csv?{query}").status_code == 200
    assert server.get("/practices.geojson?by=place").status_code == 200
    assert server.get("/practices.json?by=place").status_code == 400
    assert server.get("/themes.json?country=spain").status_code == 400


def test_many_and_hostile_names_are_told_briefly_and_as_text(server: Server) -> None:
    names = "&".join(f"a{n}=1" for n in range(200)) + "&%3Cscript%3E=1&" + "x" * 5000 + "=1"
    assert len([text for text in notices(server.get(f"/practices?{names}").text) if "parameter" in text]) == 5
    page = server.get("/practices?%3Cscript%3E=1&" + "x" * 2000 + "=1").text
    assert "&#39;&lt;script&gt;&#39;" in page
    assert "x" * 61 not in page
