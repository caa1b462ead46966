"""/compare: places side by side; what they share comes first, silence is worded as silence, bad choices are told."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from tests.servers import Server

TWO = "city=utrecht&city=lyon"


def sections(server: Server, query: str) -> dict[str, list[dict[str, Any]]]:
    told = server.get(f"/compare.json?{query}").json()
    return {section["name"]: section["rows"] for section in told["sections"]}


def test_what_is_shared_comes_first_and_the_rest_says_no_record(shipped: Server) -> None:
    rows = sections(shipped, TWO)["practices"]
    shared = [row["shared"] for row in rows]
    assert shared == sorted(shared, reverse=True)
    assert True in shared
    assert False in shared
    for row in rows:
        records = row["records"]
        assert isinstance(records, list)
        assert row["shared"] == all(records)
    page = shipped.get(f"/compare?{TWO}", "text/html").text
    practices = page[page.index('id="s-practices"') :]
    assert practices.index('class="shared"') < practices.index("no record</span>")
    assert "does not say that the city does nothing" in page
    assert page.count('<span class="mark-shared">in common</span>') >= sum(shared)


def parts(page: str) -> dict[str, str]:
    """Return the sections of a comparison's text by what their heading is called in the page, without markup."""
    text = page[page.index('id="s-both"') : page.index('id="data"')]
    found = re.split(r'id="(s-both|s-only-\d|s-untold)"', "x" + text)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_the_text_tells_what_is_common_what_is_alone_and_what_is_untold_each_with_its_mark(shipped: Server) -> None:
    """The text says neither more nor less than the data: by theme and kind, for two places and for three."""
    for query in (TWO, "city=utrecht&city=gwangju", "city=barcelona&city=grenoble&city=vienna"):
        told = shipped.get(f"/compare.json?{query}").json()
        names = [place["label"] for place in told["places"]]
        text = parts(shipped.get(f"/compare?{query}", "text/html").text)
        alone = {key: body for key, body in text.items() if key.startswith("s-only")}
        rows = [row for section in told["sections"][:3] for row in section["rows"] if row["iri"]]
        for row in rows:
            link = f'href="/page/{row["iri"].partition("/id/")[2]}"'
            assert (link in text["s-both"]) == row["shared"], (query, row["label"])
            holders = [name for name, cell in zip(names, row["records"], strict=True) if cell]
            for name, cell, said in zip(names, row["records"], row["together"], strict=True):
                folded = text["s-untold"].partition(f"<summary>{name}:")[2].partition("</details>")[0]
                untold = not cell and (bool(said) or len(holders) > 0)
                assert (link in folded) == untold, (query, name, row["label"])
            for body in alone.values():
                assert link not in body or len(holders) == 1, (query, row["label"])
        for body in (text["s-both"], *alone.values()):
            assert body.count('class="card-said"') == body.count('class="evidence card-mark"') > 0, query
        lines = re.findall(r"lines? \d+", text["s-both"] + "".join(alone.values()))
        assert len(lines) > 5, "marks name the lines of documents"


def test_the_table_is_closed_below_the_text_and_the_downloads_stay(shipped: Server) -> None:
    page = shipped.get(f"/compare?{TWO}", "text/html").text
    assert page.index('id="s-both"') < page.index('<details class="for-researchers" id="data">') < page.index("<table")
    assert 'href="/compare.csv?city=utrecht&amp;city=lyon"' in page


def test_without_a_choice_an_example_is_told_with_its_rule(shipped: Server) -> None:
    for language, word in (("", "An example"), ("/fr", "Un exemple"), ("/es", "Un ejemplo")):
        page = shipped.get(f"{language}/compare", "text/html").text
        example = page[page.index('class="example"') :]
        assert word in example
        assert example.count("pair-card") > 0
        assert "card-mark" in example
        assert re.search(rf'href="{language}/compare\?city=[\w-]+&amp;city=[\w-]+"', example)
        assert "<table" not in page
    for query in ("?city=utrecht", "?city=atlantis&city=utrecht"):
        assert 'class="example"' not in shipped.get(f"/compare{query}", "text/html").text, "somebody has chosen"


def test_institutions_instruments_groups_documents_and_figures_are_there(shipped: Server) -> None:
    told = shipped.get("/compare.json?city=utrecht&city=grenoble&city=terrassa&city=mexico-city").json()
    assert [place["label"] for place in told["places"]] == ["Utrecht", "Grenoble", "Terrassa", "Mexico City"]
    assert {section["name"] for section in told["sections"] if section["rows"]} == {
        "practices", "institutions", "instruments", "groups", "sources",
    }  # fmt: skip
    assert told["places"][1]["populations"][0]["value"] > 100_000
    assert told["places"][0]["populations"] == []


def test_the_rows_of_csv_are_those_of_json(shipped: Server) -> None:
    rows = list(csv.DictReader(io.StringIO(shipped.get(f"/compare.csv?{TWO}").text)))
    told = sections(shipped, TWO)
    cells = [cell for held in told.values() for row in held for cell in (*row["records"], *row["together"])]
    assert len(rows) == sum(map(len, cells))
    assert {row["place"] for row in rows} == {
        f"https://w3id.org/cityrights/id/city/{name}" for name in ("utrecht", "lyon")
    }


def test_what_is_not_there_yet_is_left_out_until_asked_for(server: Server) -> None:
    query = "city=montevideo&city=m%C3%BCnchen"
    assert "Observatory of rights" not in server.get(f"/compare?{query}").text
    page = server.get(f"/compare?{query}&status=all").text
    assert "Observatory of rights" in page
    assert "status-underway" in page


def test_departments_can_be_compared_with_cities(shipped: Server) -> None:
    page = shipped.get("/compare?city=department/seine-saint-denis&city=grigny", "text/html")
    assert page.status_code == 200
    assert "Seine-Saint-Denis" in page.text


def test_without_a_choice_there_is_a_form(shipped: Server) -> None:
    for path in ("/compare", "/compare?city=&city="):
        page = shipped.get(path, "text/html")
        assert page.status_code == 200
        assert page.text.count('<select id="city-') == 4
        assert '<option value="utrecht">Utrecht</option>' in page.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("city=utrecht&city=utrecht", "You chose the same city twice."),
        ("city=utrecht&city=lyon&city=vienna&city=quito&city=sfax", "Choose four cities at most."),
        ("city=utrecht&city=atlantis", "no place called “atlantis”"),
        ("city=utrecht&city=%3Cscript%3E", "no place called “&lt;script&gt;”"),
        ("city=utrecht&city=country/france", "no place called “country/france”"),
        ("city=utrecht&city=../../x", "no place called"),
    ],
)
def test_a_choice_that_cannot_be_compared_says_why(shipped: Server, query: str, words: str) -> None:
    page = shipped.get(f"/compare?{query}", "text/html")
    assert page.status_code == 400
    assert words in page.text
    assert '<select id="city-1"' in page.text
    for extension in ("json", "csv"):
        assert shipped.get(f"/compare.{extension}?{query}", "application/problem+json").status_code == 400
    assert shipped.get(f"/compare?{query}&status=some", "text/html").status_code == 400


def test_the_page_of_a_city_leads_to_a_form_in_which_it_is_chosen(shipped: Server) -> None:
    assert 'href="/compare?city=utrecht">Compare Utrecht with other cities' in shipped.get("/page/city/utrecht").text
    assert "/compare?city=country" not in shipped.get("/page/country/netherlands").text
    page = shipped.get("/compare?city=utrecht", "text/html")
    assert page.status_code == 200
    assert "Choose at least two cities." in page.text
    assert 'role="alert"' not in page.text
    assert '<option value="utrecht" selected>' in page.text


def test_data_need_a_choice_of_two(shipped: Server) -> None:
    for query in ("", "?city=utrecht"):
        answer = shipped.get(f"/compare.json{query}", "application/problem+json")
        assert answer.status_code == 400
        assert "at least two" in answer.json()["detail"]


def test_the_query_that_is_shown_runs_as_it_stands(shipped: Server) -> None:
    page = shipped.get(f"/compare?{TWO}").text
    query = page.split("<code>", 1)[1].split("</code>", 1)[0]
    assert "id/city/utrecht" in query
    assert "id/city/lyon" in query


def test_labels_are_text(server: Server) -> None:
    page = server.get("/compare?city=montevideo&city=m%C3%BCnchen").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_of_more_places_than_a_list_can_hold_names_are_asked_for(many: Server) -> None:
    page = many.get("/compare", "text/html")
    assert page.status_code == 200
    assert "<select" not in page.text
    assert page.text.count('name="city" value="" autocomplete="off"') == 4
    assert 'data-suggest="/suggest?kind=city&amp;kind=department&amp;kind=island"' in page.text
    assert len(page.content) < 30_000


def test_a_name_is_as_good_as_a_key_and_one_of_two_places_is_asked_back(many: Server) -> None:
    for query in ("city=7&city=8", "city=villeneuve 7&city=VILLENEUVE 8", "city=Villeneuve 7 &city=city/8&city="):
        told = many.get(f"/compare.json?{query}").json()
        assert [place["label"] for place in told["places"]] == ["Villeneuve 7", "Villeneuve 8"], query
        assert "side by side" in many.get(f"/compare?{query}", "text/html").text
    assert "chose the same city twice" in many.get("/compare?city=7&city=villeneuve 7", "text/html").text
    page = many.get("/compare?city=twin&city=villeneuve 9", "text/html")
    assert page.status_code == 200
    assert "Several places are called “twin”" in page.text
    assert re.findall(r'<option value="(city/[^"]+)">', page.text) == ["city/0", "city/1"]
    assert '<input type="hidden" name="city" value="city/9">' in page.text
    data = many.get("/compare.json?city=twin&city=villeneuve 9")
    assert data.status_code == 400
    assert "Write which one you mean: city/0, city/1." in data.text
    assert many.get("/compare?city=7&city=practice 8", "text/html").status_code == 400
