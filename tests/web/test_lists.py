"""The lists: what they leave out, what they narrow to, and the same rows as data."""

from __future__ import annotations

import re

import pytest

from tests.counters import counted
from tests.servers import Server


def labels(server: Server, path: str) -> list[str]:
    return [row["label"] for row in server.get(path).json()]


def test_what_is_underway_is_left_out_unless_asked_for_and_the_page_says_so(server: Server) -> None:
    assert labels(server, "/institutions.json") == ["MUMI"]
    assert labels(server, "/institutions.json?status=all") == ["MUMI", "Observatory of rights"]
    page = server.get("/institutions").text
    assert '1 institution<span class="later">, and 1 underway or planned</span>' in page
    assert 'href="/institutions?status=all"' in page
    assert "is included" in server.get("/institutions?status=all").text


def test_lists_narrow_by_theme_and_country(server: Server) -> None:
    assert labels(server, "/practices.json?theme=culture") == ["Museum of migration"]
    assert labels(server, "/practices.json?theme=nothing") == []
    assert "Did you mean culture?" in server.get("/practices?theme=cultur").text
    assert "Vouliez-vous dire culture ?" in server.get("/fr/practices?theme=cultur").text
    assert len(labels(server, "/practices.json?country=uruguay")) == 2
    assert labels(server, "/cities.json?country=uruguay") == ["Montevideo"]
    page = server.get("/practices?theme=culture").text
    assert re.search(r'name="theme" value="culture" checked', page)
    assert "Remove Culture" in page


def test_a_filter_cannot_become_part_of_the_query(server: Server) -> None:
    answer = server.get("/practices.json?theme=x%3E%20.%20%3Fs%20%3Fp%20%3Fo%20.%20%3Cy")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.json() == []


def test_an_unknown_status_is_refused(server: Server) -> None:
    assert server.get("/practices?status=foo", "text/html").status_code == 400


def test_counts_stand_beside_themes_cities_and_sources(server: Server) -> None:
    themes = {row["label"]: row["count"] for row in server.get("/themes.json").json()}
    assert themes == {"Culture": 1, "Memory": 1}
    assert 'href="/practices?theme=culture"' in server.get("/themes").text
    assert server.get("/sources.json").json()[0]["count"] == 3
    assert server.get("/cities.json").json()[0] == {
        "iri": "https://w3id.org/cityrights/id/city/montevideo",
        "label": "Montevideo",
        "description": None,
        "country": [{"iri": "https://w3id.org/cityrights/id/country/uruguay", "label": "Uruguay"}],
        "theme": [
            {"iri": "https://w3id.org/cityrights/id/theme/culture", "label": "Culture"},
            {"iri": "https://w3id.org/cityrights/id/theme/memory", "label": "Memory"},
        ],
        "target": [],
        "kind": [{"iri": "https://w3id.org/cityrights/id/kind/museum", "label": "museum"}],
        "type": [{"iri": "https://w3id.org/cityrights/ontology#City", "label": "City"}],
        "source": [],
        "within": [{"iri": "https://w3id.org/cityrights/id/country/uruguay", "label": "Uruguay"}],
        "count": 2,
    }


def test_counts_leave_out_what_is_underway_and_say_so(server: Server) -> None:
    home = server.get("/").text
    assert '<span class="n">1</span> Institutions' in home
    assert "Counts leave out what is underway or planned." in home
    assert "Counts leave out what is underway or planned." in server.get("/themes").text


def test_lists_are_in_the_language_of_their_address(server: Server) -> None:
    assert "Musée de la migration" in labels(server, "/fr/practices.json")
    assert "Mémoire" in server.get("/fr/themes").text


def test_a_practice_in_several_cities_shows_them_all(spread: Server) -> None:
    rows = {row["iri"].rpartition("/")[2]: row for row in spread.get("/practices.json?status=all").json()}
    shared = [slug for slug, row in rows.items() if len(row["place"]) > 1]
    assert shared
    page = spread.get("/practices?status=all").text
    for place in rows[shared[0]]["place"]:
        assert place["label"] in page


def test_the_shipped_lists_hold_what_the_graph_holds(shipped: Server) -> None:
    assert len(labels(shipped, "/practices.json?status=all")) == counted(shipped, "?x a cr:Practice")
    assert len(labels(shipped, "/practices.json")) < counted(shipped, "?x a cr:Practice")
    assert len(labels(shipped, "/themes.json")) >= 45


def heading(page: str) -> str:
    found = re.search(r'id="count">([^<]*)', page)
    assert found, page
    return found[1].strip()


def test_values_of_a_facet_are_alternatives_and_facets_narrow_each_other(shipped: Server) -> None:
    def slugs(query: str) -> set[str]:
        return {row["iri"].rpartition("/")[2] for row in shipped.get(f"/practices.json?{query}").json()}

    spain, france, food = slugs("country=spain"), slugs("country=france"), slugs("theme=food")
    assert spain
    assert france
    assert slugs("country=spain&country=france") == spain | france
    assert slugs("country=spain&country=france&theme=food") == (spain | france) & food
    assert slugs("theme=anti-racism") < slugs("theme=equality")
    assert slugs("section=unknown").isdisjoint(slugs("section=caring"))


def test_counts_beside_the_values_are_what_choosing_them_gives(shipped: Server) -> None:
    page = shipped.get("/practices?country=spain").text
    beside = {
        (name, value): int(count)
        for name, value, count in re.findall(
            r'name="(\w+)" value="([\w-]+)"[^>]*><span>.*?</span><span class="n">(\d+)', page
        )
    }
    assert len(beside) > 15
    assert beside["country", "france"] == len(labels(shipped, "/practices.json?country=france"))
    some = [pair for pair in beside if pair[0] in ("theme", "target", "pillar", "section")][::3]
    for name, value in some:
        assert beside[name, value] == len(labels(shipped, f"/practices.json?country=spain&{name}={value}")), name


def test_what_has_ended_is_listed_and_says_so(shipped: Server) -> None:
    """The taskforce of Sfax is told in the past: it was, so it counts, and is not in place."""
    for path, thing in (("practices", "practice/sfax-covid-taskforce"), ("institutions", "institution/sfax-taskforce")):
        for query, listed in (("", True), ("?status=ended", True), ("?status=in-place", False)):
            found = {row["iri"].partition("/id/")[2] for row in shipped.get(f"/{path}.json{query}").json()}
            assert (thing in found) is listed, f"{path}{query}"
        for language, badge, notice in (
            ("", ">Ended<", "is counted as done, and is not in place"),
            ("/fr", ">Terminé<", "n’est plus en place"),
            ("/es", ">Finalizado<", "ya no está en funcionamiento"),
        ):
            page = shipped.get(f"{language}/page/{thing}").text
            assert (badge in page, notice in page) == (True, True), f"{language} {thing}"
    place = shipped.get("/page/city/sfax").text
    card = place.rindex("<article", 0, place.index('href="/page/practice/sfax-covid-taskforce"'))
    row = place[card:].partition("</article>")[0]
    assert ">Ended<" in row


def test_a_status_can_be_asked_for_by_itself(server: Server) -> None:
    assert labels(server, "/institutions.json?status=underway") == ["Observatory of rights"]
    assert labels(server, "/institutions.json?status=in-place") == ["MUMI"]
    assert len(labels(server, "/institutions.json?status=in-place&status=underway")) == 2
    assert labels(server, "/institutions.json?status=all&status=in-place") == ["MUMI", "Observatory of rights"]


def test_a_value_that_nothing_has_is_named_and_nothing_is_found(server: Server) -> None:
    answer = server.get("/practices?theme=housing", "text/html")
    assert answer.status_code == 200
    assert "“housing” is not among the values of “Theme” in this list." in answer.text
    assert heading(answer.text) == "0 practices"
    assert labels(server, "/practices.json?theme=housing") == []


@pytest.mark.parametrize(
    "query",
    [
        "theme=../../etc/passwd", "theme=%FF%FE", "theme=a%20b", "theme=%3Cscript%3E", "theme=" + "x" * 10_000,
        "year=soon", "sort=colour", "view=hologram", "view=map", "page=0", "page=-1", "page=1e3", "page=٣",
        "status=%00", "&".join(f"theme=t{n}" for n in range(100)),
    ],
)  # fmt: skip
def test_what_can_be_no_value_is_refused_in_words(server: Server, query: str) -> None:
    path = "/people" if query == "view=map" else "/practices"
    answer = server.get(f"{path}?{query}", "text/html")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>That request cannot be read</h1>" in answer.text
    assert "<script>" not in answer.text


def test_a_page_past_the_last_says_how_many_there_are(server: Server) -> None:
    answer = server.get("/practices?theme=culture&page=1000000000", "text/html")
    assert answer.status_code == 404
    assert "The last page is number 1." in answer.text
    assert 'href="/practices?theme=culture">Go there' in answer.text


def test_every_state_has_one_address_whatever_the_order_of_its_parameters(server: Server) -> None:
    page = server.get(
        "/practices?view=table&status=all&country=uruguay&theme=memory&theme=culture&x=1&theme=culture"
    ).text
    canonical = re.search(r'<link rel="canonical" href="https?://[^/]+([^"]+)"', page)
    assert canonical
    wanted = "/practices?theme=culture&amp;theme=memory&amp;country=uruguay&amp;status=all&amp;view=table"
    assert canonical[1] == wanted
    assert f'href="/fr{wanted}" lang="fr"' in page


def test_orders_turn_round_and_follow_numbers(shipped: Server) -> None:
    assert labels(shipped, "/practices.json?sort=-name") == labels(shipped, "/practices.json")[::-1]
    counts = [row["count"] for row in shipped.get("/cities.json?sort=-practices").json()]
    assert counts == sorted(counts, reverse=True)
    names = labels(shipped, "/fr/practices.json?status=all")
    accented = [name for name in names if name.startswith("É")]
    assert accented
    assert names.index(accented[0]) < names.index(next(name for name in names if name.startswith("F")))


def test_themes_stand_below_wider_ones(server: Server) -> None:
    page = server.get("/themes").text
    tree = page[page.index('class="tree"') :]
    assert tree.index("Culture") < tree.index("<ul>") < tree.index("Memory")


def test_places_that_are_no_cities_are_listed_and_told_apart(shipped: Server) -> None:
    rows = {row["label"]: row["type"][0]["label"] for row in shipped.get("/cities.json").json()}
    assert rows["Seine-Saint-Denis"] == "Department"
    assert "Seine-Saint-Denis" not in labels(shipped, "/cities.json?type=City")
    home = shipped.get("/").text
    number = re.search(r'href="/cities\?type=City"><span class="n">(\d+)', home)
    assert number
    assert len(labels(shipped, "/cities.json?type=City")) == int(number[1])


def test_names_of_things_are_shown_as_text(server: Server) -> None:
    for path in ("/practices", "/practices?view=table", "/practices?view=map", "/practices?place=montevideo"):
        page = server.get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page


def test_one_sentence_is_one_sentence(shipped: Server) -> None:
    page = shipped.get("/fr/sources").text
    assert ">1 phrase<" in page
    assert "1 phrases" not in page


def test_the_query_has_the_order_of_the_page_or_a_note_says_that_it_differs(shipped: Server) -> None:
    page = shipped.get("/cities?sort=-practices").text
    shown = page[page.index('<details class="sparql">') :]
    assert "ORDER BY DESC(?sorted) ?key" in shown
    assert "A few names may stand elsewhere" in shown[: shown.index("<pre")]
    tree = shipped.get("/themes").text
    assert "on this page they stand below wider ones" in tree


def test_one_rule_for_numbers_on_each_page_and_in_the_builder(shipped: Server) -> None:
    """How many there are, then apart how many are underway or planned; the same everywhere, and what the graph says."""
    status = "https://w3id.org/cityrights/id/status/"
    unsettled = f"?x cr:status ?status FILTER(?status IN (<{status}underway>, <{status}planned>))"
    for name, sort in (("practices", "Practice"), ("institutions", "Institution"), ("instruments", "Instrument")):
        every = counted(shipped, f"?x a cr:{sort}")
        later = counted(shipped, f"?x a cr:{sort} . {unsettled}")
        assert later > 0
        apart = f'<span class="later">(?:, )?and {later} underway or planned</span>'
        told = rf"{every - later}(?!\d)[^<]*(?:<[^>]*>[^<]*){{0,3}}{apart}"
        for path, part in (
            ("/", f'<a href="/{name}"><span class="n">'),
            (f"/{name}", 'id="count">'),
            ("/ask", f'<a href="/ask?find={sort.lower()}">'),
            (f"/ask?find={sort.lower()}", 'id="count">'),
            *([("/coverage", 'id="matrix"')] if name == "practices" else []),
        ):
            page = shipped.get(path, "text/html").text
            assert any(re.search(told, each[:400]) for each in page.split(part)[1:]), (path, every - later, later)
    rows = shipped.get("/queries/announced-or-underway.json").json()["rows"]
    later = sum(row["statusLabel"] in ("Under way", "Planned") for row in rows)
    page = shipped.get("/queries/announced-or-underway", "text/html").text
    assert f'{len(rows)} rows<span class="later">, {later} of them underway or planned</span>' in page
