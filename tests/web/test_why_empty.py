"""/sparql/why: what is said beside an answer without rows, as a page, as its part and as data."""

from __future__ import annotations

from urllib.parse import urlencode

from cityrights.library.queries import with_prefixes
from tests.servers import Server

OFFICES = with_prefixes("SELECT ?i { ?i a cr:Institution ; cr:kind kind:office }")
BLANK = with_prefixes("SELECT ?p (GROUP_CONCAT(?t) AS ?all) { ?p cr:theme ?t } GROUP BY ?p")


def why(query: str, path: str = "/sparql/why", **more: str) -> str:
    return f"{path}?{urlencode({'query': query, **more})}"


def test_the_reason_and_what_would_have_rows_as_data_in_each_language(shipped: Server) -> None:
    said = set()
    for prefix in ("", "/fr", "/es"):
        answer = shipped.client.get(why(OFFICES, f"{prefix}/sparql/why.json"))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert "?i cr:kind kind:office" in told["reason"]
        hint = told["hints"][0]
        assert "cr:kind/skos:broader* kind:office" in hint["query"]
        rows = shipped.client.get("/sparql", params={"query": hint["query"], "format": "json"}).json()
        assert len(rows["results"]["bindings"]) == hint["rows"] > 0
        said.add(told["reason"])
    assert len(said) == 3


def test_a_page_a_part_and_a_column(shipped: Server) -> None:
    page = shipped.client.get(why(OFFICES, "/fr/sparql/why")).text
    assert 'lang="fr"' in page
    assert "cr:kind/skos:broader* kind:office" in page
    part = shipped.client.get(why(OFFICES, part="1")).text
    assert part.strip().startswith("<section")
    column = shipped.client.get(why(BLANK, "/sparql/why.json", column="all")).json()
    assert "STR(?t)" in column["hints"][0]["query"]


def test_an_answer_without_rows_or_values_links_to_it_and_others_do_not(shipped: Server) -> None:
    def links(path: str, **fields: str) -> int:
        page = shipped.client.get(path, params=fields, headers={"Accept": "text/html"})
        assert page.status_code == 200, page.text
        return page.text.count("data-why")

    assert links("/sparql", query=OFFICES) == 1
    assert links("/sparql", query=BLANK) == 1
    assert links("/sparql", query=with_prefixes("SELECT ?i { ?i a cr:Institution }")) == 0
    assert links("/sparql", query="SELECT ?x { ?x <urn:none> ?y }", view="raw") == 0, "the table tells it"


def test_a_query_with_rows_is_said_to_have_them(shipped: Server) -> None:
    query = with_prefixes("SELECT ?i { ?i a cr:Institution FILTER(?i != city:utrecht) } LIMIT 3")
    told = shipped.client.get(why(query, "/sparql/why.json")).json()
    assert (told["reason"], told["hints"]) == ("This query has rows: 3.", [])
    assert "Cette requête a des lignes : 3." in shipped.client.get(why(query, "/fr/sparql/why")).text


def test_bad_input_is_told(shipped: Server) -> None:
    for path in ("/sparql/why", "/sparql/why?query=", why("SELECT * {"), why("INSERT DATA { <a:b> <a:b> <a:b> }")):
        answer = shipped.client.get(path)
        assert answer.status_code == 400, f"{path}: {answer.status_code}"
    long = shipped.client.get(why(OFFICES + " " * 5000, "/sparql/why.json"))
    assert long.json()["hints"] == []
