"""The page of each kind of thing over the shipped graph: what matters first, and nothing that is not so."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import pytest

from cityrights.indexes.facets.lists import sort_key
from cityrights.library.queries import with_prefixes
from cityrights.pipeline.steps import build_files
from cityrights.vocabulary import CR, ID
from cityrights_web.layout import Layout
from cityrights_web.views.resource.kinds import PAGE
from tests.servers import Server
from tests.web.test_pages import Tags, text_of

if TYPE_CHECKING:
    from cityrights_web.site import Site

#: One page of each kind.
EVERY = (
    "/page/city/utrecht", "/page/city/grenoble", "/page/department/seine-saint-denis", "/page/island/ngazidja",
    "/page/country/netherlands", "/page/region/europe", "/page/practice/utrecht-plan-einstein",
    "/page/institution/utrecht-human-rights-ambassador", "/page/theme/housing", "/page/target-group/migrants",
    "/page/kind/ombudsperson", "/page/status/in-place", "/page/source/twenty-practices", "/sources/twenty-practices",
    "/page/claim/twenty-practices/10", "/page/person/linda-voortman", "/page/event/regional-conference-women-xvi",
    "/page/award/iopd-distinction-taoyuan", "/page/observation/grigny-poverty-share",
    "/page/population/barcelona-geonames", "/page/measure/share-of-inhabitants",
    "/page/instrument/utrecht-educational-programme",
    "/page/network/women-leaders", "/page/organisation/uclg-csipdhr", "/page/government/utrecht",
    "/page/association/lga-uk", "/page/group/italian-cities", "/page/holding/linda-voortman-co-mayor",
    "/page/partnership/pikine-italian-cooperation", "/page/reference/plan-einstein-website",
    "/page/passage/twenty-practices/10", "/page/decision/107", "/page/decision/110", "/page/decision/119",
    "/page/organisation/cityrights-editors",
)  # fmt: skip


def part(page: str, heading: str) -> str:
    """Return the text of the section whose heading has this id."""
    return text_of(page[page.index(f'aria-labelledby="{heading}"') :].partition("</section>")[0])


def blocks(page: str) -> list[dict[str, Any]]:
    """Return the schema.org descriptions in a page."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    loaded = json.loads(found)
    return loaded if isinstance(loaded, list) else [loaded]


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
@pytest.mark.parametrize("path", EVERY)
def test_every_kind_has_a_whole_page(shipped: Server, path: str, language: str) -> None:
    answer = shipped.get(language + path, "text/html")
    assert answer.status_code == 200
    page = Tags(answer.text)
    assert not page.open
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    named = {attributes.get("aria-labelledby") for _, attributes in page.tags} - {None}
    assert named <= set(ids)
    (description,) = [one["content"] for one in page.all("meta") if one.get("name") == "description"]
    assert description
    assert 0 < len(description) <= 160
    thing, way = blocks(answer.text)
    key = path.removeprefix("/page/").replace("/sources/", "source/")
    assert thing["@context"] == "https://schema.org"
    assert thing["@id"] == f"https://w3id.org/cityrights/id/{key}"
    assert thing["url"] == f"{shipped.url}{language}/page/{key}"
    assert thing["name"]
    assert way["@type"] == "BreadcrumbList"
    assert answer.text.count('class="statement"') == answer.text.count('<details class="evidence">')


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/page/city/utrecht", "City"), ("/page/country/netherlands", "Country"),
        ("/page/practice/utrecht-plan-einstein", "CreativeWork"), ("/page/theme/housing", "DefinedTerm"),
        ("/page/institution/utrecht-human-rights-ambassador", "GovernmentOrganization"),
        ("/page/government/utrecht", "GovernmentOrganization"), ("/page/organisation/uclg-csipdhr", "Organization"),
        ("/page/person/linda-voortman", "Person"), ("/page/event/regional-conference-women-xvi", "Event"),
        ("/page/source/twenty-practices", "Report"), ("/page/claim/twenty-practices/10", "Claim"),
    ],
)  # fmt: skip
def test_each_kind_says_what_it_is_to_search_engines(shipped: Server, path: str, kind: str) -> None:
    thing = blocks(shipped.get(path).text)[0]
    assert thing["@type"] == kind


def test_a_law_is_legislation_and_a_programme_is_not(shipped: Server) -> None:
    law = blocks(shipped.get("/page/instrument/vienna-human-rights-law").text)[0]
    assert law["@type"] == "Legislation"
    assert blocks(shipped.get("/page/instrument/utrecht-educational-programme").text)[0]["@type"] == "CreativeWork"


def test_a_city_tells_where_it_is_to_programs(shipped: Server) -> None:
    city = blocks(shipped.get("/page/city/utrecht").text)[0]
    assert city["geo"] == {"@type": "GeoCoordinates", "latitude": "52.09083", "longitude": "5.12222"}
    assert "http://www.wikidata.org/entity/Q803" in str(city["sameAs"])
    claim = blocks(shipped.get("/page/claim/twenty-practices/10").text)[0]
    assert "source/twenty-practices" in str(claim["appearance"])


def test_a_city_begins_with_what_happens_there(shipped: Server) -> None:
    page = shipped.get("/page/city/utrecht").text
    does, has = part(page, "s-does"), part(page, "s-has")
    assert "Plan Einstein" in does
    for name in ("Human rights ambassador of Utrecht", "Human rights monitor of Utrecht"):
        assert name in has
    programme = has[has.index("Human rights educational programme") :]
    assert (
        programme.removeprefix("Human rights educational programme for schools, Utrecht")
        .strip()
        .startswith("underway, not yet in place")
    )
    assert "set up by: Human rights ambassador in Utrecht" in programme
    assert "Local government of Utrecht" in part(page, "s-glance")
    assert "Wikidata" in part(page, "s-elsewhere")
    assert page.index('id="s-does"') < page.index('id="s-has"') < page.index('id="others"') < page.index('id="more"')
    documents = page[page.index('id="others"') : page.index('id="around"')]
    assert documents.count('class="document"') == 2


def test_the_ambassador_is_not_named(shipped: Server) -> None:
    page = shipped.get("/page/institution/utrecht-human-rights-ambassador").text
    assert "/page/person/" not in page
    assert "/page/holding/" not in page
    assert "ambassador" in part(page, "s-glance").casefold()
    assert not [one for one in shipped.get("/neighbourhood/institution/utrecht-human-rights-ambassador.json").json()[
        "nodes"
    ] if one["kind"] in ("person", "holding")]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "notice", "short"),
    [
        ("/page/instrument/utrecht-educational-programme", "being set up", "underway, not yet in place"),
        ("/fr/page/instrument/utrecht-educational-programme", "en cours", "en cours, pas encore en place"),
        ("/page/event/regional-conference-women-xvi", "announced", "announced, not yet in place"),
    ],
)
def test_what_does_not_exist_yet_says_so_in_plain_words(shipped: Server, path: str, notice: str, short: str) -> None:
    page = shipped.get(path).text
    assert notice in text_of(re.findall(r'<p class="notice">.*?</p>', page)[0]).casefold()
    assert short in text_of(page)


def test_a_practice_tells_its_story_first(shipped: Server) -> None:
    page = shipped.get("/page/practice/utrecht-plan-einstein").text
    order = ("t-challenge", "t-approach", "t-takeaways", "s-similar", "ask", "data", "more")
    places = [page.index(f'id="{name}"') for name in order]
    assert places == sorted(places)
    assert "Local government of Utrecht" in part(page, "s-who")
    assert "Newcomers" in part(page, "s-whom")
    assert "Housing" in part(page, "s-themes")
    assert "lines 241–247" in part(page, "t-takeaways")
    assert "a community" in part(page, "t-takeaways") or "one community" in part(page, "t-takeaways")
    assert re.search(r'href="https?://[^"]*einstein[^"]*" rel="nofollow"', page)
    similar = text_of(page[page.index('id="s-similar"') :].partition("</section>")[0])
    assert "Also about" in similar
    assert "Plan Einstein" not in similar.partition("Read on")[0]
    assert "cisdp1@uclg.org" in part(page, "ask")


def test_similar_practices_leave_out_what_does_not_exist_yet(shipped: Server) -> None:
    unsettled = {
        row["s"]["value"].rpartition("/id/")[2]
        for row in shipped.get(
            "/sparql?format=json&query=PREFIX cr: <https://w3id.org/cityrights/ontology%23> SELECT ?s { ?s cr:status "
            "<https://w3id.org/cityrights/id/status/underway> }"
        ).json()["results"]["bindings"]
    }
    assert unsettled
    for key in ("practice/utrecht-plan-einstein", "practice/terrassa-non-discrimination-office"):
        page = shipped.get(f"/page/{key}").text
        listed = re.findall(r'href="/page/([^"]+)"', page[page.index('class="similar"') :].partition("</ul>")[0])
        assert listed
        assert not set(listed) & unsettled


def test_a_theme_has_its_goals_articles_and_places(shipped: Server) -> None:
    page = shipped.get("/page/theme/housing").text
    assert "Target 11.1" in part(page, "s-goals")
    assert 'href="http://metadata.un.org/sdg/11.1"' in page
    assert "Article 25" in part(page, "s-articles")
    assert "Social rights" in part(page, "s-broader")
    assert "Utrecht" in part(page, "s-places")
    above = shipped.get("/es/page/theme/social-rights").text
    assert "Vivienda y barrios" in part(above, "s-narrower")


def test_a_source_says_how_much_of_it_the_claims_cover(shipped: Server) -> None:
    for path in ("/sources/twenty-practices", "/page/source/twenty-practices"):
        page = shipped.get(path).text
        assert re.search(r"\d{3} of \d{3} lines with text stand behind a sentence", text_of(page))
        lines, address = starts(page), path
        while following := re.search(r'rel="next" href="([^"#]+)', page):
            address = html.unescape(following[1])
            page = shipped.get(address, "text/html").text
            lines += starts(page)
        assert lines == sorted(lines)
        assert len(lines) > 140
    assert 'rel="canonical" href="' + shipped.url + "/page/source/twenty-practices" in page
    assert shipped.get("/sources/nowhere", "text/html").status_code == 404


def starts(page: str) -> list[int]:
    """Return the first lines of the sentences on a page of a document."""
    return [int(first) for first in re.findall(r'<a class="number"[^>]*>(?:<span[^>]*>[^<]*</span>)(\d+)', page)]


def test_a_document_is_narrowed_by_part_and_by_place(shipped: Server) -> None:
    address = "/page/source/twenty-practices"
    whole = shipped.get(address, "text/html").text
    choices = {
        name: re.findall(r'<option value="([^"]+)"[^>]*>[^<(]*\((\d+)\)', select)
        for name, select in re.findall(r'<select id="by-(\w+)".*?(<option.*?)</select>', whole, re.DOTALL)
    }
    assert [slug for slug, _ in choices["part"]].index("inclusion") < [slug for slug, _ in choices["part"]].index(
        "caring"
    )
    assert {"montevideo", "pikine", "united-kingdom"} <= {slug for slug, _ in choices["place"]}
    for name, held in choices.items():
        for slug, n in held[:4]:
            page = shipped.get(f"{address}?{name}={slug}", "text/html").text
            assert f"{n} found" in text_of(page), slug
            assert f'<option value="{slug}" selected>' in page
            assert len(starts(page)) == min(int(n), PAGE)
    both = shipped.get(f"{address}?part=caring&place=pikine", "text/html").text
    assert 0 < len(starts(both)) < PAGE
    assert "Pikine" in text_of(both)
    for word in ("nowhere", "x" * 10_000, "\u202e<script>"):
        none = shipped.get(f"{address}?part={quote(word)}", "text/html")
        assert (none.status_code, starts(none.text)) == (200, []), word[:20]
    french = shipped.get(f"/fr{address}?part=caring", "text/html").text
    assert "Partie du document" in text_of(french)


def test_a_claim_that_is_disputed_shows_the_other_side(shipped: Server) -> None:
    page = shipped.get("/page/claim/twenty-practices/90").text
    assert "IOPD itself records" in part(page, "s-conflicts")
    assert "Another source says otherwise" not in shipped.get("/page/claim/twenty-practices/10").text
    event = shipped.get("/page/event/ffd4-conference").text
    statements = [each.partition("</details>")[0] for each in event.split('<div class="statement">')[1:]]
    flagged = [each.partition("<details")[0] for each in statements if "another source says otherwise" in each]
    assert flagged
    for value in flagged:
        assert "July 3, 2025" in value or "2025-07-03" in value, "place and kind are told alike by both"


@pytest.mark.parametrize(
    ("language", "people", "foreign"),
    [
        ("", "228,785", "more than 33,000"),
        ("/fr", "228\u202f785", "plus de 33\u202f000"),
        ("/es", "228.785", "más de 33.000"),
    ],
)
def test_figures_are_written_as_readers_write_them(shipped: Server, language: str, people: str, foreign: str) -> None:
    page = shipped.get(f"{language}/page/city/terrassa", "text/html").text
    assert f'<b class="figure">{people}</b>' in page
    assert f'<b class="figure">{foreign}</b>' in page
    own = shipped.get(f"{language}/page/observation/terrassa-foreign-origin", "text/html").text
    assert "more than 33,000" in own, "as it is printed"


def test_what_is_no_short_number_stays_as_it_stands() -> None:
    frame = Layout(cast("Site", None), "es")
    for text in ("8,%", "1e9999", "NaN", "Infinity", "1_0", "<b>", "", "9" * 400, "٣"):
        assert frame.written(text) == ""
    assert frame.written("-1234567.0001") == "-1.234.567,0001"


def test_dates_are_written_out(shipped: Server) -> None:
    page = text_of(shipped.get("/fr/page/event/regional-conference-women-xvi").text)
    assert "12 août 2025" in page
    assert "--08-12" not in page.partition("Tout ce qui est")[0]


def test_the_neighbourhood_is_the_list_beside_it(shipped: Server) -> None:
    for language in ("", "/es"):
        page = shipped.get(f"{language}/page/city/utrecht").text
        listed = page[page.index('id="around-list"') :].partition("</ul>")[0]
        drawn = shipped.get(f"{language}/neighbourhood/city/utrecht.json")
        assert drawn.headers["content-type"] == "application/json"
        network = drawn.json()
        nodes = {node["id"]: node for node in network["nodes"]}
        assert network["centre"] in nodes
        assert 3 < len(nodes) <= 41
        others = [node["url"] for key, node in nodes.items() if key != network["centre"]]
        assert others == re.findall(r'href="([^"]+)"', listed)
        assert all(network["centre"] in (edge["source"], edge["target"]) for edge in network["edges"])
        assert all({edge["source"], edge["target"]} <= set(nodes) and edge["label"] for edge in network["edges"])


def test_the_map_has_the_place_and_what_is_near(shipped: Server) -> None:
    answer = shipped.get("/neighbourhood/city/utrecht.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert features[0]["properties"] == {"label": "Utrecht", "url": "/page/city/utrecht", "kind": "here"}
    assert features[0]["geometry"]["coordinates"] == [5.12222, 52.09083]
    assert 5 < len(features) < 20
    page = shipped.get("/page/city/utrecht").text
    listed = re.findall(r'href="([^"]+)"', page[page.index('id="map-list"') :].partition("</ul>")[0])
    assert listed == [feature["properties"]["url"] for feature in features]
    assert "data-map" not in shipped.get("/page/organisation/uclg-csipdhr").text


def test_a_former_name_leads_to_the_present_one_on_every_family_of_addresses(shipped: Server) -> None:
    """308: permanent, and the method stays (RFC 9110, 15.4.9)."""
    for path in (
        "/id/{}", "/page/{}", "/fr/page/{}?by=within", "/data/{}.ttl?evidence=0", "/data/{}.jsonld", "/cite/{}.bib",
        "/neighbourhood/{}.json", "/linkset/{}.json",
    ):  # fmt: skip
        answer = shipped.get(path.format("region/region-europe"), "text/html")
        assert (answer.status_code, answer.headers["location"]) == (308, path.format("region/europe")), path
        assert answer.headers["access-control-allow-origin"] == "*"
    assert shipped.get("/id/region/region-mars", "text/html").status_code == 404
    assert "region/region-" not in shipped.get("/page/region/europe").text
    former = f"<{ID}region/region-europe>"
    rows = shipped.client.get("/sparql", params={"query": f"SELECT ?p ?now {{ {former} ?p ?now }}"})
    assert f"{ID}region/europe" in rows.text


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/neighbourhood/city/nowhere.json", 404), ("/neighbourhood/city/utrecht.png", 404),
        ("/neighbourhood/.json", 404),
        ("/cite/city/utrecht.doc", 404), ("/cite/city/nowhere.bib", 404), ("/page/city/utrecht?by=nonsense", 400),
        ("/page/city/utrecht?page=0", 400), ("/page/city/utrecht?page=x", 400),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_plainly(shipped: Server, target: str, status: int) -> None:
    answer = shipped.get(target, "text/html")
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_every_page_says_where_to_correct_it(shipped: Server) -> None:
    page = shipped.get("/fr/page/practice/utrecht-plan-einstein").text
    thing = "https%3A%2F%2Fw3id.org%2Fcityrights%2Fid%2F"
    assert f'href="/fr/corrections?about={thing}practice%2Futrecht-plan-einstein"' in page
    assert f'href="/fr/corrections?about={thing}claim%2Ftwenty-practices%2F27"' in page


def test_hostile_labels_stay_in_their_places(server: Server) -> None:
    page = server.get("/page/practice/hostile").text
    thing, way = blocks(page)
    assert thing["name"] == "<script>alert(1)</script> \"quoted\" 'x'"
    assert way["itemListElement"][-1]["name"] == thing["name"]
    assert page.count("<script") == page.count("</script>") == 2
    assert server.get("/neighbourhood/practice/hostile.json").json()["nodes"][0]["label"] == thing["name"]


def test_a_long_document_is_shown_in_parts_and_in_its_order(
    launch: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("long")
    lines = random.Random(4).sample(range(1, 2000), 620)
    (folder / "long.ttl").write_text("".join(long_document(lines)), "utf-8")
    server = launch(build_files([folder / "long.ttl"], folder / "snapshots").path)
    seen: list[int] = []
    for page, told in ((1, "1 to 30 of 620"), (2, "31 to 60 of 620"), (21, "601 to 620 of 620")):
        answer = server.get(f"/page/source/long?page={page}", "text/html")
        assert told in answer.text
        assert ('rel="next"' in answer.text, 'rel="prev"' in answer.text) == (page < 21, page > 1)
        assert "620 sentences" in part(answer.text, "s-coverage")
        seen += starts(answer.text)
    ordered = sorted(lines)
    assert seen == ordered[:60] + ordered[600:]
    after = server.get("/page/source/long?page=9999999", "text/html")
    assert 'rel="prev" href="/page/source/long?page=21#' in after.text
    assert after.status_code == 200
    assert not starts(after.text)


def test_a_short_document_has_what_its_query_gives_also_claims_that_have_no_address(
    launch: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("short")
    said = f"cr:source <{ID}source/long> ; cr:modality <{ID}modality/asserted> ; cr:text"
    more = (
        f"[] {said} 'From nowhere.' .\n<{CR}3> {said} 'From here.' .\n<http://example.org/4> {said} 'Elsewhere.' .\n"
        f"<{ID}claim/5> cr:source <{ID}source/long> ; cr:text 'Meant in no way.' .\n"
        f"<{ID}practice/6> cr:source <{ID}source/long> ; rdfs:label 'No claim' .\n"
        f"<{ID}claim/7> {said} <urn:no-literal> .\n"
    )
    (folder / "short.ttl").write_text("".join(long_document([3, 2])) + more, "utf-8")
    server = launch(build_files([folder / "short.ttl"], folder / "snapshots").path)
    for address in ("/page/source/long", "/page/source/long?part="):
        page = server.get(address, "text/html").text
        assert "6 sentences" in part(page, "s-coverage")
        rows = part(page, "s-claims")
        told = (
            "Line 2",
            "Line 3",
            "From nowhere",
            "From here",
            "Elsewhere",
            "urn:no-literal",
            "Meant in no way",
            "No claim",
        )
        assert [rows.count(words) for words in told] == [1, 1, 1, 1, 1, 1, 0, 0]


def long_document(lines: list[int]) -> Iterator[str]:
    """Yield a document with a claim from each of these lines."""
    yield f"@prefix cr: <{CR}> . @prefix id: <{ID}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    yield f'<{ID}source/long> a cr:Source ; rdfs:label "Long"@en .\n'
    for number, line in enumerate(lines):
        claim, passage = f"<{ID}claim/long/{number}>", f"<{ID}passage/long/{number}>"
        yield f"{claim} a cr:Claim ; cr:source <{ID}source/long> ; cr:modality <{ID}modality/asserted> ;\n"
        yield f'  cr:passage {passage} ; cr:text "Line {line} says so."@en , "La ligne {line} le dit."@fr .\n'
        yield f"{passage} cr:firstLine {line} ; cr:lastLine {line} .\n"


def test_a_concept_shows_what_it_is_elsewhere_and_hides_what_it_is_only_searched_by(shipped: Server) -> None:
    cases = {
        "": ("In other vocabularies", "nearly the same", "UNESCO Thesaurus", "housing"),
        "/fr": ("Dans d’autres vocabulaires", "presque le même sens", "Thésaurus de l’UNESCO", "logement"),
        "/es": ("En otros vocabularios", "casi el mismo sentido", "Tesauro de la UNESCO", "vivienda"),
    }
    for prefix, words in cases.items():
        page = shipped.get(f"{prefix}/page/theme/housing").text
        matches = part(page, "s-matches")
        for word in (*words, "EuroVoc", "concept440"):
            assert word in matches, (prefix, word)
        assert 'class="outside" href="http://eurovoc.europa.eu/1690"' in page
        assert "2011/833/" in matches, "the acknowledgement that EuroVoc asks for"
        assert "vagrancy" not in page
        assert "shanty town" not in page
    exact = shipped.get("/page/theme/sustainable-development").text
    assert "the same" in part(exact, "s-matches")
    assert exact.count('href="http://eurovoc.europa.eu/5585"') == 1
    for path in ("/page/kind/ombudsperson", "/page/target-group/women"):
        assert "hiddenLabel" not in shipped.get(path).text


def test_a_decision_says_why_who_and_when_and_what_led_to_it(shipped: Server) -> None:
    page = shipped.get("/page/decision/107", "text/html").text
    assert "Plan Einstein" in part(page, "decides")
    assert "Tools" in part(page, "decides")
    prompts = part(page, "prompts")
    assert "no. A027" in prompts
    assert "no. A028" in prompts
    head = text_of(page[page.index("<h1>") : page.index("aria-labelledby=")])
    assert "The editors of cityrights · November 30, 2026" in head
    assert "services by which rights reach people" in head
    assert "30 novembre 2026" in shipped.get("/fr/page/decision/107", "text/html").text
    bare = part(shipped.get("/page/decision/110", "text/html").text, "prompts")
    assert "It holds for every city that acts" in bare


def test_the_evidence_of_what_was_decided_is_the_reason(shipped: Server) -> None:
    page = shipped.get("/page/practice/utrecht-plan-einstein", "text/html").text
    (proof,) = {
        text_of(one) for one in re.findall(r'<div class="proof">(.*?)</div>', page, re.DOTALL) if "/decision/107" in one
    }
    assert "Housing and training are services by which rights reach people" in proof
    assert "Decision 107 · The editors of cityrights" in proof


def test_of_two_values_that_which_is_preferred_comes_first_and_says_why(shipped: Server) -> None:
    """Both stay; the other one keeps its claim."""
    for path, first, second, reason in (
        ("/page/award/iopd-distinction-taoyuan", "2018", "2017", "Who gives an award knows"),
        ("/page/event/ffd4-conference", "June 30, 2025", "July 3, 2025", "The United Nations held the conference"),
    ):
        page = shipped.get(path, "text/html").text
        shown = [text_of(one) for one in re.findall(r'<div class="statement">.*?</details>', page, re.DOTALL)]
        said = [one for one in shown if one.startswith((first, second))]
        assert [one.startswith(first) for one in said[:2]] == [True, False], path  # what standards say again follows
        assert reason in said[0]
        assert reason not in said[1]
    claim = shipped.get("/page/decision/119", "text/html").text
    assert "30 June to 3 July 2025" in part(claim, "prefers")


def test_a_number_stands_with_what_it_measures(shipped: Server) -> None:
    """On the page of its place, on its own, and on that of the measure, in each language."""
    measures = {
        "": "People of foreign origin",
        "/fr": "Personnes d’origine étrangère",
        "/es": "Personas de origen extranjero",
    }
    for path, name in measures.items():
        place = shipped.get(f"{path}/page/city/terrassa").text
        link = re.search(rf'href="{path}/page/measure/people-of-foreign-origin">(.*?)</a>', place)
        assert link, path
        assert text_of(link[1]) == name, path
        assert name in text_of(shipped.get(f"{path}/page/observation/terrassa-foreign-origin").text), path
        assert "33" in text_of(shipped.get(f"{path}/page/measure/people-of-foreign-origin").text), path
    assert "about 230,000" in text_of(shipped.get("/page/city/terrassa").text)


def test_a_partner_is_told_once_and_by_the_most_exact_word(shipped: Server) -> None:
    practice = text_of(shipped.get("/page/practice/sfax-covid-taskforce").text)
    assert "partner" in practice
    assert "works with" not in practice
    assert "works with" in text_of(shipped.get("/page/institution/sfax-taskforce").text)


def test_what_a_decision_decides_stands_in_the_order_of_lists(shipped: Server) -> None:
    begins = "FILTER(REGEX(?l, '^[ÉÎÍÓÁ]'))"
    query = f"SELECT DISTINCT ?d {{ GRAPH ?d {{ ?s ?p ?o }} ?d a cr:Decision . ?s rdfs:label ?l {begins} }}"
    asked = {"query": with_prefixes(query), "format": "csv"}
    decisions = shipped.client.get("/sparql", params=asked).text.split()[1:]
    assert decisions
    for iri in decisions[:12]:
        page = shipped.get(f"/fr/page/{iri.partition('/id/')[2]}", "text/html").text
        table = page.partition('aria-labelledby="decides"')[2].partition("</table>")[0]
        told = [text_of(row.partition("</td>")[0]).strip() for row in table.split("<tr>")[1:]]
        assert told == sorted(told, key=sort_key), iri


def test_a_claim_stands_between_its_neighbours_of_the_document(shipped: Server) -> None:
    """One walks from sentence to sentence in the document's order, from the first to the last and no further."""
    source = f"{ID}source/ohchr-consultation-2025"
    query = with_prefixes(f"""SELECT ?number (MIN(?line) AS ?first) {{
        ?claim a cr:Claim ; cr:source <{source}> ; dcterms:identifier ?number .
        OPTIONAL {{ ?claim cr:passage/cr:firstLine ?line }} }} GROUP BY ?number""")
    asked = shipped.get(f"/sparql?query={quote(query)}", "application/sparql-results+json").json()
    lines = {
        row["number"]["value"]: int(row["first"]["value"]) if "first" in row else 10**9
        for row in asked["results"]["bindings"]
    }
    seen: list[str] = []
    address = f"/page/claim/ohchr-consultation-2025/{min(lines, key=lambda one: (lines[one], one))[1:].lstrip('0')}"
    while address:
        page = shipped.get(address, "text/html").text
        named = re.search(r'<h1 class="number-of">[^<]*?(B\d+)', page)
        assert named is not None
        seen.append(named[1])
        assert len(seen) <= len(lines), f"the way goes in a circle at {seen[-3:]}"
        onwards, back = (re.search(rf'<a rel="{way}" href="([^"]+)"', page) for way in ("next", "prev"))
        assert (back is None) == (len(seen) == 1)
        address = onwards[1] if onwards else ""
    assert sorted(seen) == sorted(lines)
    assert [lines[number] for number in seen] == sorted(lines.values())
