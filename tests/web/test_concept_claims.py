"""Ways of saying and sides of a matter: their pages show how many claims have them, and all of these, page by page."""

from __future__ import annotations

import html
import re

import pytest

from cityrights.snapshot import Snapshot
from cityrights_web.flask_app import create_pages
from cityrights_web.site import Site
from cityrights_web.views.resource import kinds
from sparqlgate import EmbeddedEngine
from tests.servers import Server

COUNT = "PREFIX cr: <https://w3id.org/cityrights/ontology#> SELECT ?c {{ ?c {} <https://w3id.org/cityrights/id/{}> }}"


def section(page: str) -> str:
    found = re.search(r'<section class="having".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def claims(page: str) -> list[str]:
    return re.findall(r'<p class="cite"><a href="([^"]+)"', section(page))


def asked(server: Server, query: str) -> list[str]:
    answer = server.client.get("/sparql", params={"query": query}, headers={"Accept": "application/json"})
    return [row["c" if "c" in row else "claim"]["value"] for row in answer.json()["results"]["bindings"]]


@pytest.mark.parametrize(("key", "name"), [("modality/asserted", "cr:modality"), ("aspect/solution", "cr:aspect")])
def test_every_claim_stands_on_one_of_the_pages_in_document_order(shipped: Server, key: str, name: str) -> None:
    wanted = set(asked(shipped, COUNT.format(name, key)))
    assert wanted
    found: list[str] = []
    address = f"/page/{key}"
    while address:
        page = shipped.get(address, "text/html").text
        assert re.search(rf'id="having">Sentences of this sort <span class="count">{len(wanted)}</span>', page)
        found += claims(page)
        following = re.search(r'rel="next" href="([^"]+)"', section(page))
        address = html.unescape(following[1]) if following else ""
    assert {one.rpartition("/page/")[2] for one in found} == {one.rpartition("/id/")[2] for one in wanted}
    assert len(found) == len(wanted)
    query = re.search(r"<code>(.*?)</code>", section(shipped.get(f"/page/{key}").text), re.DOTALL)
    assert query
    assert set(asked(shipped, html.unescape(query[1]))) == wanted


def test_a_page_past_the_last_is_the_last(shipped: Server) -> None:
    assert claims(shipped.get("/page/modality/asserted?page=999").text)


def test_a_concept_that_no_claim_has_says_nothing_of_claims(shipped: Server) -> None:
    assert 'id="having"' not in shipped.get("/page/theme/housing").text


def test_of_very_many_a_page_is_read_and_no_more(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "SORTED", 100)
    engine = EmbeddedEngine(snapshot, workers=1)
    try:
        client = create_pages(Site(engine, snapshot.version, snapshot.path, snapshot.manifest)).test_client()
        first, second = (client.get(f"/page/modality/asserted?page={n}").get_data(as_text=True) for n in (1, 2))
        assert "no order of their own" in first
        assert len(claims(first)) == len(claims(second)) == kinds.CLAIMS_PAGE
        assert not set(claims(first)) & set(claims(second))
        assert f"LIMIT {kinds.CLAIMS_PAGE}" in section(first)
    finally:
        engine.close()
