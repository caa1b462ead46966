"""The pages: what they say, with its evidence, escaped, in three languages, and nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.servers import Server

PAGES = (
    "/", "/about", "/download", "/sparql", "/practices", "/cities", "/institutions", "/themes", "/instruments",
    "/sources", "/people", "/events", "/organisations", "/sources/first-report", "/page/practice/museum",
    "/page/practice/hostile", "/page/city/montevideo", "/page/claim/first-report/1", "/page/passage/first-report/1",
    "/page/theme/culture", "/page/reference/bad", "/nope",
)  # fmt: skip


class Tags(HTMLParser):
    """Collects tags and checks that they nest."""

    void = frozenset({"meta", "link", "input", "br", "hr", "img"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def own_script(attributes: dict[str, str | None]) -> bool:
    """Say whether a script is a bundle of ours, or data that no browser runs."""
    if attributes.get("type") == "application/ld+json":
        return "src" not in attributes
    return attributes.get("type") == "module" and (attributes.get("src") or "").startswith("/static/dist/")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_its_own(server: Server, path: str, language: str) -> None:
    if language and path == "/sparql":
        path = "/about"
    answer = server.get(language + path if path != "/" else language or "/", "text/html")
    assert answer.status_code == (404 if path == "/nope" else 200)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    page = Tags(answer.text)
    assert not page.open
    for attributes in page.all("img", "script", "iframe", "source", "video"):
        assert not re.match(r"(https?:)?//", attributes.get("src") or "")
    for attributes in page.all("link"):
        if attributes.get("rel") in ("stylesheet", "icon"):
            assert (attributes.get("href") or "").startswith("/static/")
    assert not page.all("style")
    assert all(own_script(attributes) for attributes in page.all("script"))
    assert not [
        tag
        for tag, attributes in page.tags
        if "style" in attributes or any(name.startswith("on") for name in attributes)
    ]
    for attributes in page.all("a"):
        assert re.match(r"(https?://|mailto:|/|#)", attributes.get("href") or ""), attributes
    assert page.all("html")[0]["lang"] == (language.strip("/") or "en")
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert len(page.all("h1")) == 1
    for landmark in ("main", "header", "footer", "nav"):
        assert page.all(landmark), landmark


def test_a_statement_of_a_claim_shows_sentence_document_lines_and_modality(server: Server) -> None:
    page = server.get("/page/practice/museum").text
    data = page[page.index('id="g-where"') :]
    place = data[data.index('href="/page/city/montevideo"') :]
    proof = text_of(place[: place.index("</details>")])
    assert "Montevideo runs a museum about migration." in proof
    assert "First report" in proof
    assert "lines 10–12" in proof
    assert "The document states it as a fact." in proof
    assert 'href="/page/claim/first-report/1"' in place


def test_other_statements_say_who_answers_for_them(server: Server) -> None:
    museum = text_of(server.get("/page/practice/museum").text)
    assert "This is our judgement" in museum
    assert "A museum about those who came keeps memory" in museum
    assert "Decision 1 · Editors" in museum
    assert "Follows by the rule “country”" in museum
    city = server.get("/page/city/montevideo").text
    assert "Added from GeoNames" in text_of(city)
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in city


def test_every_statement_has_evidence(server: Server) -> None:
    for path in ("/page/practice/museum", "/page/city/montevideo", "/page/claim/first-report/1"):
        page = server.get(path).text
        assert page.count('class="statement"') == page.count('<details class="evidence">') > 3, path


def test_a_practice_tells_challenge_and_approach_from_its_claims(server: Server) -> None:
    page = text_of(server.get("/page/practice/museum").text)
    assert page.index("What was hard") < page.index("Cities are made by those") < page.index("What is advised")
    assert "lines 4–6" in page


def test_what_is_underway_is_marked_on_its_page_and_in_lists(server: Server) -> None:
    page = server.get("/page/institution/observatory").text
    assert "It is not counted as existing." in text_of(page)
    assert "status-underway" in page
    assert "status-underway" in server.get("/page/city/montevideo").text


def test_a_claim_shows_what_it_asserts_and_one_without_a_graph_says_so(server: Server) -> None:
    page = server.get("/page/claim/first-report/1").text
    assert text_of(page).count("Museum of migration") >= 3
    assert 'href="/page/institution/mumi"' in page
    assert "No fact follows" in text_of(server.get("/page/claim/first-report/2").text)


def test_what_points_here_is_counted(server: Server) -> None:
    page = text_of(server.get("/page/city/montevideo").text)
    assert "Related to it" in page
    for name in ("Museum of migration", "MUMI", "Observatory of rights", "City government of Montevideo"):
        assert name in page


def test_what_points_here_is_paged(shipped: Server) -> None:
    first = shipped.get("/page/status/in-place").text
    following = re.search(r'rel="next" href="([^"#]+)#by-status"', first)
    assert following
    second = shipped.get(following[1].replace("&amp;", "&")).text
    parts = [page[page.index('id="by-status"') :].partition("</div>")[0] for page in (first, second)]
    things = [set(re.findall(r'<li><a href="(/page/[^"]+)"', part)) for part in parts]
    assert len(things[0]) == 50
    assert things[1]
    assert not things[0] & things[1]
    assert 'rel="prev"' in second


def test_hostile_text_stays_text(server: Server) -> None:
    page = server.get("/page/practice/hostile").text
    assert "<script>" not in page
    assert all(own_script(attributes) for attributes in Tags(page).all("script"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<bdi" in page
    reference = server.get("/page/reference/bad").text
    assert "javascript:alert(1)" in reference
    assert 'href="javascript' not in reference


def test_labels_fall_back_and_say_so(server: Server) -> None:
    page = server.get("/fr/page/practice/museum").text
    assert "Musée de la migration" in page
    assert re.search(
        r'<bdi lang="en">A museum about those who came.</bdi>&nbsp;<span class="lang"[^>]*>en</span>', page
    )


def test_every_view_shows_its_query_and_it_runs(server: Server) -> None:
    for path in ("/", "/practices?theme=culture&status=all", "/page/practice/museum", "/sources/first-report"):
        page = server.get(path).text
        link = re.search(r'href="(/sparql\?query=[^"]+)"', page)
        assert link, path
        address = link[1].replace("&amp;", "&")
        assert server.get(address, "text/html").status_code == 200
        rows = server.get(address.replace("run=0", "format=json")).json()["results"]["bindings"]
        assert rows, path


def test_pages_say_where_their_data_is(server: Server) -> None:
    answer = server.get("/page/practice/museum")
    assert '<https://w3id.org/cityrights/id/practice/museum>; rel="describes"' in answer.headers["link"]
    assert '</data/practice/museum.ttl>; rel="describedby"; type="text/turtle"' in answer.headers["link"]
    assert '</data/practice/museum.jsonld>; rel="alternate"; type="application/ld+json"' in answer.headers["link"]
    again = server.get("/page/practice/museum", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304
    head = server.client.head("/page/practice/museum")
    assert head.headers["content-length"] == str(len(answer.content))
    assert head.headers["etag"] == answer.headers["etag"]
    assert not head.content


def test_the_source_lists_claims_in_document_order(server: Server) -> None:
    page = server.get("/sources/first-report").text
    assert re.findall(r'<li id="(\w+)"', page) == ["A002", "A001", "A003"]


def test_the_shipped_pages_answer(shipped: Server) -> None:
    for path in (
        "/",
        "/practices",
        "/page/practice/utrecht-plan-einstein",
        "/fr/page/city/utrecht",
        "/sources/twenty-practices",
    ):
        page = shipped.get(path, "text/html")
        assert page.status_code == 200, path
        assert not Tags(page.text).open
