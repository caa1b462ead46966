"""The language of the page at /sparql: that of the page one comes from, or that one chooses; else the browser's."""

from __future__ import annotations

import re
import urllib.parse
from html import unescape

import pytest

from tests.servers import Server

QUERY = "SELECT * { ?s ?p ?o } LIMIT 2"


def shown(server: Server, *, browser: str = "", **fields: str) -> str:
    answer = server.get(f"/sparql?{urllib.parse.urlencode(fields)}", "text/html", Accept_Language=browser or "en")
    assert answer.status_code == 200
    return unescape(answer.text)


def spoken(page: str) -> str:
    found = re.search(r'<html lang="(\w+)">', page)
    assert found is not None
    return found[1]


def led(page: str, path: str = "/sparql") -> list[dict[str, list[str]]]:
    """Return the parameters of each link that leads to a path."""
    found = (urllib.parse.urlsplit(each) for each in re.findall(r'href="([^"]+)"', page))
    return [urllib.parse.parse_qs(each.query) for each in found if each.path == path]


def test_the_address_says_the_language_and_else_the_browser(server: Server) -> None:
    assert spoken(shown(server, browser="fr")) == "fr"
    assert spoken(shown(server, browser="fr", lang="es")) == "es"
    assert spoken(shown(server, browser="fr", lang="en")) == "en"
    assert spoken(shown(server, browser="fr", lang="tlh")) == "fr", "what other clients send there is none of ours"


@pytest.mark.parametrize("language", ["fr", "es"])
def test_pages_lead_to_the_query_page_in_their_language(server: Server, language: str) -> None:
    for path in ("", "/practices", "/about"):
        page = unescape(server.get(f"/{language}{path}", "text/html").text)
        links = led(page)
        assert links
        assert all(link.get("lang") == [language] for link in links)
    assert all("lang" not in link for link in led(unescape(server.get("/practices", "text/html").text)))


def test_the_language_goes_along_with_everything_that_is_done_there(server: Server) -> None:
    page = shown(server, query=QUERY, lang="es")
    assert '<input type="hidden" name="lang" value="es">' in page
    switch = re.search(r'<nav class="languages".*?</nav>', page, re.DOTALL)
    assert switch
    chosen = led(switch[0])
    assert [each["lang"] for each in chosen] == [["en"], ["fr"], ["es"]]
    assert all(each["query"] == [QUERY] for each in chosen)
    answer = page[page.index('id="shown"') : page.index('id="share"')]
    assert len(led(answer)) > 3
    assert all(each["lang"] == ["es"] for each in led(answer))
    assert led(answer, "/sparql/evidence")[0]["lang"] == ["es"]


def test_a_query_with_its_evidence_stays_in_its_language(server: Server) -> None:
    query = "SELECT * { ?s a <https://w3id.org/cityrights/ontology#Practice> }"
    asked = urllib.parse.urlencode({"query": query, "lang": "fr"})
    answer = server.get(f"/sparql/evidence?{asked}", "text/html", Accept_Language="en")
    assert answer.status_code == 303
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)["lang"] == ["fr"]


def test_programs_get_the_same_whatever_the_language(server: Server) -> None:
    asked = urllib.parse.urlencode({"query": QUERY})
    assert (
        server.get(f"/sparql?{asked}&lang=fr", "text/csv").content == server.get(f"/sparql?{asked}", "text/csv").content
    )


@pytest.mark.parametrize(
    ("path", "leads"),
    [("/fr/sparql", "/sparql?lang=fr"), ("/es/sparql?query=ASK%7B%7D", "/sparql?query=ASK%7B%7D&lang=es")],
)
def test_a_path_that_is_changed_by_hand_leads_there(server: Server, path: str, leads: str) -> None:
    answer = server.get(path, "text/html")
    assert (answer.status_code, answer.headers["location"]) == (308, leads)
    assert spoken(server.get(leads, "text/html").text) == leads[-2:]
