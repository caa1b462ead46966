"""/connections: the network, the places close to one, and what joins two, as pages and data; bad choices are told."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import networkx as nx
import pytest
import rdflib

from cityrights.vocabulary import CR, ID
from cityrights_web.results import networks
from tests.counters import counted
from tests.servers import Server

PAIR = "/connections/jenin/department/seine-saint-denis"


COMMITTEE = "UCLG Committee on Social Inclusion, Participatory Democracy and Human Rights"
#: Every tie that the two documents tell between places, or between a place and somebody who is of no place: kind, from
#: whom, to whom, and the claim. Read from the documents, not from the graph. Partners within a city are no such tie,
#: nor are awards, nor is a list of cities in one sentence.
TOLD = (
    ("led-to", "Seine-Saint-Denis", "Jenin", "ohchr-consultation-2025/124"),
    ("led-to", "Seine-Saint-Denis", "Ngazidja", "ohchr-consultation-2025/123"),
    ("visited", "Gwangju", "Barcelona", "twenty-practices/158"),
    ("resembles", "São Paulo", "Grenoble", "twenty-practices/83"),
    ("led-to", "Seine-Saint-Denis", "Worldwide network of women leaders at local and regional level",
     "ohchr-consultation-2025/61"),
    ("takes-part", "Granollers", "Sport!Op!", "twenty-practices/38"),
    ("works-with", "Quilmes", "UCLG Culture Committee", "ohchr-consultation-2025/39"),
    ("works-with", "Pikine", "Italian Cooperation Agency", "twenty-practices/164"),
    ("works-with", "Utrecht", "International civil society organisations cooperating with Utrecht (unnamed)",
     "ohchr-consultation-2025/117"),
    ("works-with", "Mexico City", "Cities with which Mexico City cooperates on migration (unnamed)",
     "ohchr-consultation-2025/79"),
    ("works-with", "Mexico City", "International actors with which Mexico City cooperates on migration (unnamed)",
     "ohchr-consultation-2025/79"),
    ("works-with", COMMITTEE,
     "Office of the United Nations High Commissioner for Human Rights", "ohchr-consultation-2025/4"),
    ("holds-office", "Seine-Saint-Denis", COMMITTEE,
     "ohchr-consultation-2025/59"),
    ("holds-office", "Utrecht", COMMITTEE,
     "twenty-practices/32"),
    ("promotes", "Utrecht", "National platform for localising human rights, promoted from Utrecht",
     "ohchr-consultation-2025/116"),
    ("promotes", COMMITTEE,
     "Global movement of human rights cities and territories", "ohchr-consultation-2025/140"),
)  # fmt: skip
KIND_WORDS = {
    "en": {"led-to": "led to", "visited": "visited", "resembles": "resembles", "takes-part": "takes part in",
           "works-with": "works with", "holds-office": "holds an office in", "promotes": "promotes"},
    "fr": {"led-to": "a conduit à", "visited": "a rendu visite à", "resembles": "ressemble à"},
    "es": {"led-to": "dio lugar a", "visited": "visitó", "resembles": "se parece a"},
}  # fmt: skip


def test_every_tie_that_a_document_tells_is_told_first_with_its_lines(shipped: Server) -> None:
    rows = list(csv.DictReader(io.StringIO(shipped.get("/connections.csv?view=told").text)))
    told = {(row["kind"], row["fromLabel"], row["toLabel"], row["claim"].removeprefix(ID + "claim/")) for row in rows}
    assert set(TOLD) - told == set(), "ties that the documents tell and the page does not"
    documents = {"twenty-practices", "ohchr-consultation-2025"}
    assert {row for row in told if row[3].partition("/")[0] in documents} - set(TOLD) == set(), "read the document"
    assert all(row["firstLine"] and row["lastLine"] for row in rows)
    for language, prefix in (("en", ""), ("fr", "/fr"), ("es", "/es")):
        page = shipped.get(f"{prefix}/connections", "text/html").text
        first, rest = page.index('id="s-told"'), page.index('id="s-alike"')
        assert first < rest
        ties = page[first:rest].split('<li class="tie"')[1:]
        assert len(ties) == len({row[:3] for row in told})
        for tie in ties:
            assert '<details class="evidence' in tie
            assert "/page/claim/" in tie
        for kind, words in KIND_WORDS[language].items():
            many = sum(row[0] == kind for row in {row[:3] for row in told})
            assert page.count(f'<span class="tied">{words}</span>') == many, (language, kind)
    record = shipped.get("/connections.json?view=told").json()["ties"]
    assert [tie["kind"] for tie in record][:4] == ["led-to", "led-to", "visited", "resembles"]
    assert all(claim["text"] for tie in record for claim in tie["claims"])


def test_ties_between_places_are_arrows_of_a_map(shipped: Server) -> None:
    page = shipped.get("/connections", "text/html").text
    assert 'data-map="/connections.json?view=map"' in page
    features = shipped.get("/connections.json?view=map").json()["features"]
    points = [one["properties"]["label"] for one in features if one["geometry"]["type"] == "Point"]
    lines = [one["properties"] for one in features if one["geometry"]["type"] == "LineString"]
    drawn = [(points[line["ends"][0]], line["label"], points[line["ends"][1]], line["url"]) for line in lines]
    assert drawn == [
        ("Seine-Saint-Denis", "led to", "Jenin", "#tie-1"),
        ("Seine-Saint-Denis", "led to", "Ngazidja", "#tie-2"),
        ("Gwangju", "visited", "Barcelona", "#tie-3"),
        ("São Paulo", "resembles", "Grenoble", "#tie-4"),
    ]
    assert all(f'id="{line["url"][1:]}"' in page for line in lines)


def test_who_is_alike_is_told_by_theme_without_numbers_and_the_data_are_one_step_below(shipped: Server) -> None:
    network = shipped.get("/connections.json").json()
    page = shipped.get("/connections", "text/html").text
    # Places that are close to none stand in no network.
    assert 20 < len(network["nodes"]) <= counted(shipped, "?x a cr:Territory")
    assert all({"id", "label", "kind", "url", "x", "y", "community"} <= node.keys() for node in network["nodes"])
    known = {node["id"] for node in network["nodes"]}
    assert {end for edge in network["edges"] for end in (edge["source"], edge["target"])} == known
    rows = list(csv.DictReader(io.StringIO(shipped.get("/connections.csv").text)))
    assert len(rows) == len(network["edges"])
    strengths = [float(row["strength"]) for row in rows]
    assert strengths == sorted(strengths, reverse=True)
    first = rows[0]
    assert f"{first['aLabel']} and {first['bLabel']}" in page
    alike = page[page.index('id="s-alike"') : page.index('class="further researchers"')]
    for pair in ("Jenin and Ngazidja", "Barcelona and Grenoble", "Gwangju and San Antonio", "Amsterdam and Lyon"):
        assert pair in alike
    assert "all residents" not in alike
    assert "institutional figure" not in alike
    assert "data-network" not in page
    assert (
        re.search(r"[^\w-]0[.,]\d", re.sub(r"<[^>]*>", "", page[page.index("<h1>") :].partition("SELECT")[0])) is None
    )


def test_a_pair_is_told_in_a_word_told_ties_first_then_at_most_five_cards(shipped: Server) -> None:
    for path, level, cards in (
        ("jenin/department/seine-saint-denis", "Told", True),
        ("sao-paulo/grenoble", "Told", True),
        ("gwangju/barcelona", "Told", False),
        ("gwangju/san-antonio-chile", "Alike", True),
        ("grenoble/pikine", "Alike", True),
        ("gwangju/granollers", "Loosely alike", True),
        ("taoyuan/department/seine-saint-denis", "", False),
        ("lyon/quito", "", False),
    ):
        page = shipped.get(f"/connections/{path}", "text/html").text
        main = page[page.index("<h1>") : page.index('class="further')]
        assert (f'class="level level-{"loosely" if level == "Loosely alike" else level.lower()}">{level}<' in main) == (
            level != ""
        ), path
        assert ("No connection in the sources" in main) == (level == ""), path
        assert ('id="s-told"' in main) == (level == "Told"), path
        assert (0 < main.count('class="pair-card"') < 6) == cards, path
        if level == "Told" and cards:
            assert main.index('id="s-told"') < main.index('id="s-both"')
        assert re.search(r"[^\w-]0[.,]\d", re.sub(r"<[^>]*>", "", main)) is None, path
        assert "and so also" not in page
    page = shipped.get("/connections/sao-paulo/grenoble", "text/html").text
    main = page[page.index("<h1>") : page.index('class="further')]
    for words in (
        "Both have ", "council of São Paulo", "consultative council", "What differs", "only in Grenoble",
        "lines 600–602",
    ):  # fmt: skip
        assert words in main, words
    for language in ("fr", "es"):
        told = shipped.get(f"/{language}/connections/sao-paulo/grenoble", "text/html").text
        assert 'class="lang"' not in told[told.index("<h1>") : told.index('class="further')], language
    record = shipped.get("/connections/sao-paulo/grenoble.json").json()
    assert (record["level"], [tie["kind"] for tie in record["told"]]) == ("told", ["resembles"])


def test_who_comes_from_jenin_finds_what_led_to_its_observatory_and_who_else_has_one(shipped: Server) -> None:
    for language in ("", "/fr", "/es"):
        page = shipped.get(f"{language}/page/city/jenin", "text/html").text
        told = page[page.index('id="s-learnt"') :].partition("</section>")[0]
        for address in (
            "/page/practice/seine-saint-denis-ovf-cooperation", "/page/department/seine-saint-denis",
            "/page/institution/ngazidja-ovf", "/institutions?kind=observatory",
            "/page/claim/ohchr-consultation-2025/124",
        ):  # fmt: skip
            assert f'href="{language}{address}"' in told, (language, address)
    practice = shipped.get("/page/practice/seine-saint-denis-ovf-cooperation", "text/html").text
    told = practice[practice.index('id="s-learnt"') :].partition("</section>")[0]
    assert told.count('class="tie"') == 2
    assert "s-learnt" not in shipped.get("/page/city/nador", "text/html").text


def test_graphml_gexf_and_the_picture_hold_the_same_network(shipped: Server) -> None:
    network = shipped.get("/connections.json").json()
    graphml = nx.parse_graphml(shipped.get("/connections.graphml").text)
    gexf = nx.read_gexf(io.BytesIO(shipped.get("/connections.gexf").content))
    for read in (graphml, gexf):
        assert set(read) == {node["id"] for node in network["nodes"]}
        assert read.number_of_edges() == len(network["edges"])
        assert read.nodes[ID + "city/utrecht"]["label"] == "Utrecht"
    picture = ElementTree.fromstring(shipped.get("/connections.svg").content)
    texts = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert texts == {node["label"] for node in network["nodes"]}


def test_turtle_has_the_derived_connections(shipped: Server) -> None:
    every = rdflib.Graph().parse(data=shipped.get("/connections.ttl").text)
    one = rdflib.Graph().parse(data=shipped.get("/connections/utrecht.ttl").text)
    closest = set(every.objects(rdflib.URIRef(ID + "city/utrecht"), rdflib.URIRef(CR + "closeTo")))
    assert len(closest) == 5
    assert set(one.objects(None, rdflib.URIRef(CR + "to"))) == closest


def test_filters_leave_what_has_to_do_with_them_or_say_that_nothing_is_left(shipped: Server) -> None:
    whole = shipped.get("/connections.json").json()
    council = shipped.get("/connections.json?kind=council").json()
    assert 0 < len(council["edges"]) < len(whole["edges"])
    page = shipped.get("/connections?kind=council", "text/html").text
    assert '<option value="council" selected>' in page
    for path in ("/connections?kind=council&theme=food", "/connections/gwangju?theme=food"):
        empty = shipped.get(path, "text/html")
        assert empty.status_code == 200
        assert "No two places are connected by this." in empty.text
        assert "Show all again" in empty.text
    assert shipped.get("/connections.json?kind=council&theme=food").json()["edges"] == []


def test_the_places_close_to_one_are_ranked_with_reasons(shipped: Server) -> None:
    told = shipped.get("/connections/utrecht.json").json()["neighbours"]
    strengths = [near["strength"] for near in told]
    assert strengths == sorted(strengths, reverse=True)
    assert "Lyon" in {near["label"] for near in told}
    page = shipped.get("/connections/utrecht", "text/html").text
    page = page[page.index('id="s-alike"') :]
    assert page.index(f">{told[0]['label']}<") < page.index(f">{told[5]['label']}<")
    assert 'href="/connections/utrecht/lyon"' in page
    rows = list(csv.DictReader(io.StringIO(shipped.get("/connections/utrecht.csv").text)))
    assert len(rows) == sum(len(near["reasons"]) for near in told)


def test_what_joins_two_places_is_told_in_sentences_with_evidence(shipped: Server) -> None:
    page = shipped.get(PAIR, "text/html").text
    for words in ("came about through", "Both have", "an observatory", "line 77", "Both work on"):
        assert words in page.replace('<a href="/page/kind/observatory"><bdi lang="en">observatory', "an observatory")
    assert page.count("SELECT DISTINCT") >= 5
    other = shipped.get("/connections/department/seine-saint-denis/jenin", "text/html").text
    canonical = [held.split('rel="canonical" href="')[1].partition('"')[0] for held in (page, other)]
    assert canonical[0] == canonical[1]
    told = shipped.get(f"{PAIR}.json").json()
    assert told["connected"] is True
    assert shipped.get("/connections/department/seine-saint-denis/jenin.json").json()["strength"] == told["strength"]
    network = shipped.get(f"{PAIR}.json?view=network").json()
    assert network["centre"] == ID + "city/jenin"
    assert len(network["nodes"]) > 4
    triples = rdflib.Graph().parse(data=shipped.get(f"{PAIR}.ttl").text)
    jenin = rdflib.URIRef(ID + "institution/jenin-ovf")
    cooperation = rdflib.URIRef(ID + "practice/seine-saint-denis-ovf-cooperation")
    assert (jenin, rdflib.URIRef(CR + "establishedThrough"), cooperation) in triples
    rows = list(csv.DictReader(io.StringIO(shipped.get(f"{PAIR}.csv").text)))
    assert {row["claim"] for row in rows} > {ID + "claim/ohchr-consultation-2025/124"}


@pytest.mark.parametrize(("language", "words"), [("fr", "Les deux travaillent"), ("es", "Ambos trabajan")])
def test_the_sentences_are_in_the_language_of_the_page(shipped: Server, language: str, words: str) -> None:
    page = shipped.get(f"/{language}{PAIR}", "text/html").text
    assert words in page
    assert "Both" not in page


def test_no_connection_is_said_plainly(shipped: Server) -> None:
    keys = [node["id"].removeprefix(ID) for node in shipped.get("/connections.json").json()["nodes"]]
    apart = next(
        (f"/connections/{a}/{b}" for a in keys for b in keys if a < b and _apart(shipped, a, b)),
        None,
    )
    assert apart, "every two places are connected: take this test to a smaller graph"
    page = shipped.get(apart, "text/html").text
    assert "No connection in the sources" in page
    assert "does not say that there is none" in page


def _apart(shipped: Server, a: str, b: str) -> bool:
    return shipped.get(f"/connections/{a}/{b}.json").json()["connected"] is False


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/connections/nowhere", 404, "No place called “nowhere”"),
        ("/connections/utrecht/nowhere", 404, "No place called “nowhere”"),
        ("/connections/utrecht/country/france", 404, "No place called “country/france”"),
        ("/connections/utrecht/utrecht", 400, "the same place"),
        ("/connections/utrecht/city/utrecht", 400, "the same place"),
        ("/connections/a/b/c", 404, "one place or two"),
        ("/connections?theme=nothing-such", 400, "Choose from the lists"),
        ("/connections?theme=housng", 400, "Did you mean housing?"),
        ("/connections?status=some", 400, "status"),
        ("/connections?page=0", 400, "number from 1"),
        ("/connections?page=99", 404, "pages"),
        ("/connections?a=utrecht", 400, "Choose two places"),
        ("/connections?a=&b=", 400, "Choose two places"),
        ("/connections?a=+&b=+", 400, "Choose two places"),
        ("/connections?a=utrecht&b=" + "x" * 201, 400, "longer than"),
        ("/connections?a=utrecht&b=" + "x" * 10_000, 400, "longer than"),
        ("/connections/" + "x" * 3000, 404, "No place called"),
        ("/connections/" + "x" * 10_000, 414, "long"),
        ("/connections.json?view=round", 400, "told"),
        ("/connections.ttl?view=told", 400, "told"),
        ("/connections.ttl?theme=housing", 400, "no filter"),
        ("/connections/utrecht/lyon.json?view=round", 400, "view"),
        ("/connections/%3Cscript%3E", 404, "No place called"),
    ],
)
def test_bad_choices_are_told(shipped: Server, path: str, status: int, words: str) -> None:
    answer = shipped.get(path, "text/html")
    assert answer.status_code == status
    assert words in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/fr/practices?page=x", 400, "«\u202fpage\u202f» doit être un nombre"),
        ("/es/practices?status=foo", 400, "debe ser uno de estos valores: all, in-place"),
        ("/fr/search?kind=nothing", 400, "choisissez-en un sur la page de recherche"),
        ("/es/compare?status=some", 400, "«status» debe ser «all» o faltar"),
        ("/fr/coverage?themes=some", 400, "doit être «\u202fall\u202f» ou manquer"),
        ("/es/connections?page=99", 404, "La tabla tiene"),
        ("/fr/connections/nowhere", 404, "Aucun lieu nommé"),
        ("/es/by/wikidata/Q0", 404, "Nada aquí tiene el identificador Wikidata"),
        ("/fr/page/city/utrecht?by=nothing", 400, "doit nommer une propriété qui mène ici"),
    ],
)
def test_bad_choices_are_told_in_the_language_of_the_page(shipped: Server, path: str, status: int, words: str) -> None:
    answer = shipped.get(path, "text/html")
    assert answer.status_code == status
    assert f'<span lang="{path[1:3]}">' in answer.text
    assert words in answer.text


def test_a_document_is_a_filter_like_a_theme(shipped: Server) -> None:
    whole = shipped.get("/connections.json").json()["edges"]
    one = shipped.get("/connections.json?source=twenty-practices").json()["edges"]
    assert 0 < len(one) < len(whole)
    page = shipped.get("/connections/utrecht?source=twenty-practices", "text/html").text
    assert '<option value="twenty-practices" selected>' in page
    near = shipped.get("/connections/utrecht.json?source=twenty-practices").json()["neighbours"]
    assert near
    assert shipped.get("/connections?source=nothing", "text/html").status_code == 400


def test_places_are_found_by_their_names_and_asked_back_when_a_name_is_not_clear(shipped: Server) -> None:
    def asked(a: str, b: str) -> Any:
        return shipped.client.get("/connections", params={"a": a, "b": b}, headers={"Accept": "text/html"})

    assert asked("Ciudad de México", "SAO PAULO").headers["location"] == "/connections/mexico-city/sao-paulo"
    assert asked("utrecht", "Seine-Saint-Denis").headers["location"].endswith("utrecht/department/seine-saint-denis")
    page = asked("lyon", "gren")
    assert page.status_code == 200
    assert '<input type="hidden" name="a" value="city/lyon">' in page.text
    assert 'name="b" value="city/grenoble" required>' in page.text
    assert "Auvergne-Rhône-Alpes, France" in page.text, "where it is stands beside it"
    assert asked("lyon", "xyzzy").status_code == 404
    assert asked("lyon", "<script>").status_code == 404
    assert asked("lyon", "x" * 201).status_code == 400


@pytest.mark.parametrize(
    ("language", "asks", "texas", "others"),
    [
        ("", "Several places are called “San Antonio”", "Texas, United States", "of which the documents do not tell"),
        ("/fr", "Plusieurs lieux s’appellent «\u202fSan Antonio\u202f»", "Texas, États-Unis", "ne parlent pas"),
        ("/es", "Varios lugares se llaman «San Antonio»", "Texas, Estados Unidos", "no hablan de ellos"),
    ],
)
def test_a_name_that_a_larger_place_has_too_is_asked_back_with_country_and_region(
    shipped: Server, language: str, asks: str, texas: str, others: str
) -> None:
    """The documents tell of San Antonio in Chile; most who write the name mean another (GeoNames 4726206)."""
    page = shipped.get(f"{language}/connections?a=San%20Antonio&b=lyon", "text/html")
    assert page.status_code == 200
    for words in (asks, "Valparaiso, Chil", texas, others, 'value="city/san-antonio-chile" required>'):
        assert words in page.text, words
    compared = shipped.get(f"{language}/compare?city=San%20Antonio&city=lyon", "text/html")
    assert compared.status_code == 200
    for words in (asks, "(Valparaiso, Chil", texas, '<option value="city/san-antonio-chile">'):
        assert words in compared.text, words
    assert 'value="city/lyon"' in compared.text
    searched = shipped.get(f"{language}/search?q=San%20Antonio", "text/html").text
    for words in (asks, "Valparaiso, Chil", texas, others):
        assert words in searched, words
    far = searched.partition('class="which"')[2].partition("</div>")[0]
    address = next(each for each in re.findall(r'href="([^"]+)"', far) if "Texas" in each)
    there = shipped.get(address, "text/html").text
    assert f"San Antonio ({texas})" in there, "who meant that one is told what is nearest"
    for sure in ("a=Barcelona&b=lyon", "a=san-antonio-chile&b=lyon", "a=city/san-antonio-chile&b=lyon"):
        assert shipped.get(f"/connections?{sure}", "text/html").status_code == 303, f"{sure}: the largest is meant"


def test_a_name_of_two_places_of_the_graph_is_asked_back_in_both_fields(many: Server) -> None:
    page = many.get("/connections?a=twin&b=7", "text/html")
    assert page.status_code == 200
    assert re.findall(r'name="a" value="([^"]+)"', page.text) == ["city/0", "city/1"]
    assert many.get("/connections?a=city/0&b=city/7", "text/html").status_code == 303
    page = many.get("/compare?city=twin&city=TWIN", "text/html")
    assert page.status_code == 200
    assert page.text.count('<option value="city/0">') == page.text.count('<option value="city/1">') == 2
    searched = many.get("/search?q=twin", "text/html").text
    assert "Several places are called “twin”" in searched


def test_a_pair_marks_its_evidence_as_cards_do(shipped: Server) -> None:
    """A sentence, its mark with the lines beside it, and opened no second time the sentence."""
    page = shipped.get("/connections/sao-paulo/grenoble", "text/html").text
    told, both = (page[page.index(f'id="{name}"') :].partition("</section>")[0] for name in ("s-told", "s-both"))
    for part in (told, both):
        assert part.count('<p class="sentence">') == part.count('class="card-said"') > 0
        marks = re.findall(
            r'<div class="card-said"><p class="sentence">.*?</p>\s*(<details class="evidence[^>]*>)', part
        )
        assert len(marks) == part.count('class="card-said"')
        assert re.search(r"lines? \d+", part)
        assert "<blockquote>" not in part


def test_two_chosen_places_lead_to_what_joins_them(shipped: Server) -> None:
    answer = shipped.get("/connections?a=utrecht&b=department/seine-saint-denis", "text/html")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/connections/utrecht/department/seine-saint-denis"


def test_the_page_of_a_city_names_the_closest_and_is_not_drowned(shipped: Server) -> None:
    page = shipped.get("/page/city/utrecht", "text/html").text
    close = page[page.index('id="s-close"') :].partition("</section>")[0]
    assert close.count("<li>") == 5
    assert close.count('href="/connections/utrecht/') == 5
    assert "Both " in close
    assert "Both carry one practice" not in close, "each city has campaigns of its own"
    assert "/page/connection/" not in page
    assert "s-close" not in shipped.get("/page/country/netherlands", "text/html").text


def test_a_connection_has_a_page(shipped: Server) -> None:
    page = shipped.get("/page/connection/city/utrecht/city/lyon", "text/html").text
    assert "Utrecht is close to Lyon" in page
    assert 'href="/connections/utrecht/lyon"' in page
    first = page[page.index("<h1>") : page.index('class="further')]
    assert 'class="pair-card"' in first, "what both do stands first, with its lines"
    assert re.search(r'class="card-said">.*?lines? \d+', first, re.DOTALL)
    assert re.search(r"\b0\.\d", re.sub(r"<[^>]*>", "", first)) is None, "numbers of the measure are for researchers"


def test_what_xml_cannot_write_spoils_no_network() -> None:
    network: Any = nx.Graph(name="Connections")
    for place in "ab":
        about = {"kind": "city", "url": "/x", "community": 0, "centrality": 0.5, "x": 0.1, "y": 0.2}
        network.add_node(place, label="Mu\x01\ufffe<b>", **about)
    network.add_edge("a", "b", weight=0.5)
    for write in (networks.graphml, networks.gexf, networks.svg):
        read = ElementTree.fromstring(write(network))
        told = [*read.itertext(), *(value for each in read.iter() for value in each.attrib.values())]
        assert any("Mu\ufffd\ufffd<b>" in text for text in told), write.__name__
