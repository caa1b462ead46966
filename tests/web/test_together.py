"""What documents say of several governments together stands beside what they say of one, and is counted apart."""

from __future__ import annotations

import csv
import io
import re
from itertools import combinations
from typing import Any

import pytest

from cityrights.library.queries import with_prefixes
from tests.servers import Server

ID = "https://w3id.org/cityrights/id/"
#: Only mentioned, or where only an event took place.
MENTIONED = {"Douala", "Seville", "Srebrenica"}


def rows(server: Server, query: str) -> list[dict[str, str]]:
    answer = server.client.get("/sparql", params={"query": with_prefixes(query), "format": "csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def claims(server: Server, asked: str = "") -> set[str]:
    return {row["iri"] for row in server.get(f"/together.json{asked}").json()}


def test_the_list_has_every_claim_that_tells_what_several_governments_do(shipped: Server) -> None:
    told = rows(shipped, "SELECT ?c { ?c a cr:GroupClaim ; cr:aspect ?a FILTER(?a != aspect:takeaway) }")
    assert claims(shipped) == {row["c"] for row in told}
    page = shipped.get("/together?theme=public-procurement", "text/html").text
    query = page.split('<pre tabindex="0"><code>', 1)[1].split("</code>", 1)[0]
    found = rows(shipped, query.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&amp;", "&"))
    assert {row["s"] for row in found} == claims(shipped, "?theme=public-procurement") > set()


@pytest.mark.parametrize("name", ["practices", "cities", "institutions"])
def test_beside_a_list_stand_the_claims_that_fit_its_choice(shipped: Server, name: str) -> None:
    chosen = "kind=observatory" if name == "institutions" else "theme=public-procurement"
    wanted = claims(shipped, f"?{chosen}")
    page = shipped.get(f"/{name}?{chosen}", "text/html").text
    section = page[page.index('id="together"') :]
    section = section[: section.index("</section>")]
    for iri in wanted:
        assert f'href="/page/{iri.removeprefix(ID)}"' in section
    assert section.count('class="sentence"') == len(wanted) > 0
    assert f"+{len(wanted)}</span>" in page, "the number beside the value of the facet"
    for extension in ("json", "csv"):
        link = shipped.get(f"/{name}.{extension}?{chosen}").headers["link"]
        (address,) = re.findall(r'<([^>]*/together[^>]*)>; rel="related"', link)
        assert shipped.get(address).status_code == 200
    assert claims(shipped, "?" + address.partition("?")[2]) == wanted


def test_facets_count_them_apart_and_offer_what_they_alone_name(shipped: Server) -> None:
    page = shipped.get("/practices?country=spain", "text/html").text
    beside = re.findall(
        r'name="(\w+)" value="([\w-]+)"[^>]*><span>.*?</span><span class="n">(\d+)(?: <.*?\+(\d+))?', page
    )
    assert any(also and number == "0" for _, _, number, also in beside), "a value that only such claims have"
    for name, value, number, also in beside:
        if name in ("theme", "target", "place", "section"):
            asked = f"?country=spain&{name}={value}"
            assert int(also or 0) == len(claims(shipped, asked)), asked
            assert int(number) == len(shipped.get(f"/practices.json{asked}").json()), asked
    kinds = shipped.get("/institutions", "text/html").text
    assert 'value="sheltering"' not in kinds, "a service is no kind of institution"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/practices?theme=security", "something is said of several together"),
        ("/fr/practices?theme=security", "quelque chose est dit de plusieurs à la fois"),
        ("/es/practices?theme=security", "algo se dice de varios a la vez"),
    ],
)
def test_a_list_without_rows_does_not_say_that_there_is_nothing(shipped: Server, path: str, told: str) -> None:
    assert shipped.get("/practices.json?theme=security").json() == []
    page = shipped.get(path, "text/html").text
    assert told in page
    assert "Nothing fits this choice" not in page
    assert "is not among the values" not in page
    passed = shipped.get("/practices?theme=security&pillar=foundations", "text/html").text
    assert "They say nothing of: Building block." in passed


def test_no_cell_of_a_comparison_says_no_record_where_something_is_said(shipped: Server) -> None:
    named = {
        row["place"].removeprefix(ID): row
        for row in rows(shipped, "SELECT ?place { ?c a cr:GroupClaim ; cr:subject/cr:governs ?place }")
    }
    keys = sorted(key.removeprefix("city/") for key in named)
    assert len(keys) > 8
    for one, other in list(combinations(keys, 2))[::4]:
        asked = f"city={one}&city={other}"
        told: dict[str, Any] = shipped.get(f"/compare.json?{asked}").json()
        silent = 0
        for section in told["sections"]:
            for row in section["rows"]:
                for records, together in zip(row["records"], row["together"], strict=True):
                    silent += not records and not together
        page = shipped.get(f"/compare?{asked}", "text/html").text
        beside = page[page.index('<h3 id="s-') :]  # the tables, behind what is told and what is known of populations
        assert beside.count("no record</span>") == silent, asked
        iris = [place["iri"] for place in told["places"]]
        both = {c["iri"] for c in told["together"] if set(iris) <= {place["iri"] for place in c["places"]}}
        found = rows(shipped, f"SELECT ?c {{ ?c a cr:GroupClaim ; cr:subject/cr:governs <{iris[0]}> , <{iris[1]}> }}")
        assert both == {row["c"] for row in found}, asked
        assert ("Said of these places together" in page) == bool(both)
        pair = shipped.get(f"/connections/{one}/{other}", "text/html").text
        assert pair.partition('id="together"')[2].count('class="sentence"') == len(both), asked
        said = {(row["facet"], place["iri"], iri)
                for section in told["sections"] if section["name"] == "practices"
                for row in ({"facet": r["iri"], "together": r["together"]} for r in section["rows"])
                for place, cell in zip(told["places"], row["together"], strict=True) for iri in cell}  # fmt: skip
        themes = rows(shipped, "SELECT ?theme ?place ?c { VALUES ?place { " + " ".join(f"<{iri}>" for iri in iris)
                      + " } ?c a cr:GroupClaim ; cr:theme ?theme ; cr:subject/cr:governs ?place }")  # fmt: skip
        assert said == {(row["theme"], row["place"], row["c"]) for row in themes}, asked


def test_a_cell_of_the_coverage_is_no_gap_where_something_is_said(shipped: Server) -> None:
    told = {(row["place"], row["theme"]): row for row in csv.DictReader(io.StringIO(shipped.get("/coverage.csv").text))}
    counted = rows(
        shipped,
        "SELECT ?place ?theme (COUNT(DISTINCT ?c) AS ?n) { ?c a cr:GroupClaim ; cr:theme/skos:broader* ?theme ;"
        " cr:subject/cr:governs ?place } GROUP BY ?place ?theme",
    )
    wanted = {(row["place"], row["theme"]): row["n"] for row in counted}
    assert {pair: row["together"] for pair, row in told.items() if row["together"] != "0"} == wanted
    page = shipped.get("/fr/coverage?themes=all", "text/html").text
    alone = [pair for pair in wanted if told[pair]["practices"] == "0"]
    assert page.count('<span aria-hidden="true">○</span></span></td>') == len(alone) > 0


def test_the_builder_tells_what_is_said_of_several_of_what_is_asked(shipped: Server) -> None:
    asked = "find=practice&where1=theme&value1=theme:public-procurement&where2=place&value2=city:terrassa"
    page = shipped.get(f"/ask?{asked}", "text/html").text
    number = len(claims(shipped, "?theme=public-procurement&place=terrassa"))
    assert number > 1
    assert f"and {number} sentences on several governments together" in page
    assert page[page.index('id="together"') :].count('class="sentence"') == number
    europe = "find=practice&where1=theme&value1=theme:water&where2=place.within&value2=region:europe"
    assert 'id="together"' in shipped.get(f"/ask?{europe}", "text/html").text
    asia = europe.replace("europe", "asia")
    assert 'id="together"' not in shipped.get(f"/ask?{asia}", "text/html").text
    without = "find=city&where1=place-of-institution&how1=none"
    told = shipped.get(f"/ask?{without}", "text/html").text
    assert "Among the new figures" in told, "seven cities have figures, which of them is not said"
    passed = shipped.get(f"/ask?{asked}&where3=start&how3=any", "text/html").text
    assert "They say nothing of: start." in passed
    assert 'id="together"' not in shipped.get("/ask?find=person&where1=name&value1=a", "text/html").text


def test_pages_of_places_and_concepts_tell_them_once(shipped: Server) -> None:
    for key, asked in (
        ("city/terrassa", "place=terrassa"),
        ("department/seine-saint-denis", "place=department/seine-saint-denis"),
        ("theme/social-rights", "theme=social-rights"),
        ("target-group/public-officials", "target=public-officials"),
        ("kind/observatory", "kind=observatory"),
        ("country/spain", "country=spain"),
    ):
        page = shipped.get(f"/page/{key}", "text/html").text
        wanted = claims(shipped, f"?{asked}")
        assert wanted, asked
        for iri in wanted:
            number = rows(shipped, f"SELECT ?n {{ <{iri}> dcterms:identifier ?n }}")[0]["n"]
            assert page.count(f"(no.\u00a0{number})</span></a>") == 1, (key, number)
    assert 'id="together"' not in shipped.get("/page/city/granollers", "text/html").text


def test_a_question_about_one_government_leads_to_the_one_about_several(shipped: Server) -> None:
    page = shipped.get("/queries/practices-on-a-theme?theme=theme:security", "text/html")
    (address,) = re.findall(r'<([^>]*said-of-several[^>]*)>; rel="related"', page.headers["link"])
    assert "1 sentence on several governments together" in page.text
    found = shipped.get(address.replace("?", ".json?"))
    assert {row["groupClaim"] for row in found.json()["rows"]} == claims(shipped, "?theme=security")
    assert "sentence on several" not in shipped.get("/queries/practices-on-a-theme?theme=theme:care", "text/html").text


def test_places_that_are_only_mentioned_stand_nowhere_as_places_where_something_is_done(shipped: Server) -> None:
    listed = {row["label"] for row in shipped.get("/cities.json").json()}
    assert not MENTIONED & listed
    assert len(listed) > 20
    assert {place["label"] for place in shipped.get("/coverage.json").json()["places"]} == listed
    choices = shipped.get("/compare", "text/html").text.split("</select>")[0]
    assert set(re.findall(r'<option value="[^"]+">([^<]+)', choices)) == listed
    cities = shipped.get("/cities.json?type=City").json()
    asked = shipped.get("/ask?find=city&where1=country&how1=any", "text/html").text
    assert f">{len(cities)} found<" in asked
    assert re.search(
        rf'find=city"><span class="what">Cities</span> <span class="n">{len(cities)}<', shipped.get("/ask").text
    )
    assert shipped.get("/page/city/seville", "text/html").status_code == 200, "it has a page nevertheless"
    assert "Seville" in {row["label"] for row in shipped.get("/search.json?q=Seville").json()["results"]}


def test_a_row_shows_every_kind_that_its_claim_names(shipped: Server) -> None:
    for language in ("", "/fr", "/es"):
        known = {row["iri"]: row["kind"] for row in shipped.get(f"{language}/together.json").json()}
        shown = 0
        for number in (1, 2):
            page = shipped.get(f"{language}/together?page={number}", "text/html").text
            for row in page.partition('<ol class="found whole" id="found">')[2].split("</ol>")[0].split("<li")[1:]:
                (key,) = re.findall(r'<h2><a class="said" href="[^"]*/page/([^"]+)"', row)
                kinds = re.findall(r'<span class="sort">(.*?)</span><', row)
                told = [kind for each in kinds for kind in re.sub("<[^>]*>", "", each).split(", ")]
                assert sorted(told) == sorted(kind["label"] for kind in known[ID + key]), key
                shown += len(known[ID + key]) > 1
        assert shown
