"""The graph against the facts files and the documents: nothing lost, nothing invented, every pointer right."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
import pytest

from cityrights.library.queries import with_prefixes
from cityrights.snapshot import Snapshot
from tests.support import FACTS, need

SOURCES = {"A": "twenty-practices", "B": "ohchr-consultation-2025"}
#: Where lines bear less than the inventory says of them, the graph follows them: first, last, modality, aspect.
MENDED = {
    "A017": (151, 155, "context", "context"),  # background under "Solution"
    "A054": (417, 419, "context", "context"),
    "A056": (425, 427, "asserted", "solution"),  # the praise before it is A191
    "A064": (472, 476, "context", "context"),
    "A172": (1205, 1209, "interpretation", "solution"),  # "pioneered"
    "B072": (49, 49, "interpretation", "solution"),  # "these experiences show"
    "B097": (57, 57, "interpretation", "solution"),  # "a firm step"
    "B107": (61, 61, "underway", "solution"),  # a part in what is unfinished
}
#: Claims that the inventory does not have, because it has two in one.
SPLIT = {
    "A186", "A187", "A188", "A189",  # dates that stand in an address alone
    "A190",  # what the document adds to what it quotes
    "A191",  # praise beside a fact
    "A192",  # an entry without takeaways
    "A193", "A194", "A195", "A196",  # who stands behind a practice, by the introduction and a title
    "B135", "B136", "B137",  # praise beside a fact
    "B138",  # whom a house is there for, beside the praise of its opening
    "B139",  # the settings of campaigns, without a pairing
    "B140",  # what a commitment takes for granted
}  # fmt: skip
#: What the inventory has as one practice of several places: each has its own (decision 48).
APART = {
    "lyon-amsterdam-sanctuary": {"amsterdam-sanctuary-for-defenders", "lyon-sanctuary-for-defenders"},
    "lyon-terrassa-utrecht-awareness-campaigns": {f"{c}-awareness-campaigns" for c in ("lyon", "terrassa", "utrecht")},
    "group-informal-neighbourhoods": {f"{c}-informal-neighbourhoods" for c in ("grigny", "quilmes", "san-antonio")},
}
SANCTUARIES = {"human-rights-defenders", "sanctuary-for-migrants"}
#: An item that says one thing of each of its cities is no claim about all at once; one that lists without pairing is.
NO_LIST, LISTS = {"B094"}, {"B102", "B136", "B137", "B139"}
#: A question about graphs, and whether it is so: what was said although no line bears it, and what lines bear.
BORNE = (
    ("ASK { practice:torino-antiracism-common-good cr:offers ?any }", False),
    ("ASK { practice:torino-antiracism-common-good cr:theme theme:human-rights-education }", False),
    ("ASK { practice:utrecht-plan-einstein cr:theme theme:work }", False),
    ("ASK { event:nador-intercultural-events cr:theme theme:food , theme:sport-leisure }", True),
    ("ASK { institution:sfax-taskforce cr:status status:ended }", True),
    ("ASK { practice:sfax-covid-taskforce cr:status status:ended }", True),
    ("ASK { ?practice cr:solution ?c . ?c cr:aspect aspect:context }", False),
    ("ASK { ?c cr:aspect aspect:context . GRAPH ?c { ?s ?p ?o } }", False),
    ("ASK { institution:montevideo-museum-of-migration cr:institutionOf ?any }", False),
    ("ASK { institution:quito-human-rights-protection-council cr:institutionOf ?any }", False),
    ("ASK { institution:pikine-boutique-des-droits cr:institutionOf ?any }", False),
    ("ASK { ?any cr:partner organisation:granollers-sport-clubs }", False),
    ("ASK { ?any cr:funder organisation:italian-cooperation-agency }", False),
    (
        "ASK { VALUES ?n { 'A019' 'A053' 'A105' } ?c dcterms:identifier ?n ; cr:theme theme:multilevel-coordination }",
        False,
    ),
    ("ASK { institution:sao-paulo-municipal-council-migrants cr:theme theme:migrants-rights }", True),
    (
        """ASK { GRAPH ?c { institution:sao-paulo-municipal-council-migrants cr:theme theme:migrants-rights }
        ?c a cr:Claim }""",
        True,
    ),
    (
        """ASK { GRAPH ?c { institution:grenoble-consultative-council-foreign-residents cr:theme theme:migrants-rights ,
        theme:non-discrimination , theme:international-cooperation } ?c dcterms:identifier 'A075' }""",
        True,
    ),
    (
        """ASK { GRAPH ?c { ?reference dcterms:date ?date } FILTER(?m != modality:url-only)
        ?c a cr:Claim ; cr:source source:twenty-practices ; cr:modality ?m }""",
        False,
    ),
    ("ASK { ?c dcterms:identifier 'A172' ; cr:precedence 'pioneer'@en ; cr:modality modality:interpretation }", True),
    ("ASK { ?c dcterms:identifier 'A102' ; cr:text ?text FILTER(CONTAINS(?text, 'takeaway')) }", False),
    ("ASK { ?c dcterms:identifier 'A192' ; cr:passage ?p . ?p cr:firstLine 760 ; cr:lastLine 798 }", True),
    ("ASK { institution:montevideo-museum-of-migration cr:reference reference:montevideo-museum-website }", True),
    ("ASK { ?thing a cr:Practice ; cr:place ?one , ?other FILTER(?one != ?other) }", False),
    ("ASK { ?practice cr:setting kind:library }", False),
    ("ASK { ?c a cr:GroupClaim ; cr:mentions kind:library , kind:public-space-setting , kind:school }", True),
    ("ASK { practice:utrecht-awareness-campaigns cr:theme theme:disinformation }", False),
    ("ASK { ?any cr:replicates ?model }", False),
    ("ASK { ?any ?says government:jenin }", False),
    ("ASK { ?any ?says government:ngazidja }", False),
    ("ASK { government:seine-saint-denis ^cr:implementedBy/cr:ledTo institution:jenin-ovf }", True),
    ("ASK { practice:mexico-city-indigenous-rights cr:status status:unstated }", True),
    ("ASK { practice:utrecht-awareness-campaigns cr:status status:unstated }", True),
    ("ASK { VALUES ?n { 'B053' 'B067' 'B069' } ?c dcterms:identifier ?n ; cr:targetGroup target:lgbti }", False),
    ("ASK { institution:quilmes-centers-women-diversity cr:targetGroup target:lgbti }", False),
    ("ASK { observation:terrassa-inhabitants cr:comparator 'eq' }", False),
    (
        """ASK { ?a cr:approach ?one . ?b cr:approach ?other . ?a cr:place city:atlanta . ?b cr:place city:amsterdam .
        ?one skos:broader* ?both . ?other skos:broader* ?both FILTER(?both != kind:approach-kind) }""",
        False,
    ),
    ("ASK { ?a cr:theme ?t . ?b cr:theme ?t . ?a cr:place city:atlanta . ?b cr:place city:amsterdam }", False),
    (
        "ASK { government:terrassa cr:offers kind:staff-training ; cr:offers kind:business-support }",
        True,
    ),
    ("ASK { event:regional-conference-women-xvi cr:host government:mexico-city }", True),
    ("ASK { event:consultation-2025-07-01 cr:openedBy person:adria-duarte ; cr:speaker person:janica-puisto }", True),
    ("ASK { practice:mexico-city-care-system cr:respondsTo/cr:kind kind:crisis }", True),
    ("ASK { award:terrassa-gold-award-2023 cr:grade 'gold'@en }", True),
    ("ASK { institution:lyon-house-of-hospitality cr:datePrinted 'recent'@en }", True),
    ("ASK { organisation:uclg-csipdhr skos:altLabel 'Commission'@en }", True),
    (
        "ASK { ?c dcterms:identifier 'B038' ; cr:precedence 'first in the country'@en }",
        True,
    ),
    ("ASK { ?c dcterms:identifier 'B135' ; cr:precedence 'pioneer'@en ; cr:modality modality:interpretation }", True),
    ("ASK { reference:grenoble-council-foreign-residents-page dcterms:publisher government:grenoble }", True),
)


@pytest.fixture(scope="module")
def store(told: Snapshot) -> ox.Store:
    return ox.Store.read_only(str(told.store))


@pytest.fixture(scope="module")
def inventory() -> list[dict[str, Any]]:
    loaded = json.loads((need(FACTS) / "inventory.json").read_text("utf-8"))
    assert len(loaded) == 319
    return list(loaded)


@pytest.fixture(scope="module")
def places() -> dict[str, Any]:
    return dict(json.loads((need(FACTS) / "places-and-alignments.json").read_text("utf-8")))


def rows(store: ox.Store, text: str) -> list[tuple[str, ...]]:
    found = store.query(with_prefixes(text))
    assert isinstance(found, ox.QuerySolutions)
    return [tuple("" if term is None else str(getattr(term, "value", term)) for term in row) for row in found]


def test_every_item_of_the_inventory_is_a_claim_with_its_lines(
    store: ox.Store, inventory: list[dict[str, Any]]
) -> None:
    found = {
        number: (claim, int(first), int(last), modality.rsplit("/", 1)[1], aspect.rsplit("/", 1)[1])
        for number, claim, first, last, modality, aspect in rows(
            store,
            """SELECT ?number ?claim ?first ?last ?modality ?aspect WHERE {
            ?claim a cr:Claim ; dcterms:identifier ?number ; cr:passage ?p ; cr:modality ?modality ; cr:aspect ?aspect .
            ?p cr:firstLine ?first ; cr:lastLine ?last FILTER(!STRENDS(STR(?p), "-link")) }""",
        )
    }
    for item in inventory:
        letter, number = item["id"][0], int(item["id"][1:])
        claim = f"https://w3id.org/cityrights/id/claim/{SOURCES[letter]}/{number}"
        said = (item["line_start"], item["line_end"], item["modality"], item["aspect"])
        assert MENDED.get(item["id"]) != said, f"{item['id']} is as the inventory has it: take it from MENDED"
        assert found[item["id"]] == (claim, *MENDED.get(item["id"], said))


def test_no_claim_of_the_documents_is_without_an_item(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    numbers = {
        row[0] for row in rows(store, "SELECT ?n WHERE { ?c a cr:Claim ; cr:passage ?p ; dcterms:identifier ?n }")
    }
    assert numbers == {item["id"] for item in inventory} | SPLIT


def test_nothing_is_said_that_no_line_bears(store: ox.Store) -> None:
    assert [
        text for text, so in BORNE if bool(store.query(with_prefixes(text), use_default_graph_as_union=False)) is not so
    ] == []


def test_our_sentences_are_not_the_inventorys(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    found = rows(
        store, "SELECT ?n ?t WHERE { ?c a cr:Claim ; dcterms:identifier ?n ; cr:text ?t FILTER(LANG(?t) = 'en') }"
    )
    texts = {row[0]: row[1] for row in found}
    assert [item["id"] for item in inventory if texts[item["id"]].strip() == item["statement"].strip()] == []


def test_the_practices_are_those_of_the_inventory(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    slugs = {item["practice"] for item in inventory if item["practice"]} - {"consultation-2025-07-01"}
    expected = {slug for slug in slugs - set(APART) if not slug.startswith("group-")}.union(*APART.values())
    found = {row[0].rsplit("/", 1)[1] for row in rows(store, "SELECT ?p WHERE { ?p a cr:Practice }")}
    assert found == expected
    assert len(found) == 56


def test_group_claims_are_the_lists_of_cities(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    found = {
        number: set(subjects.split())
        for number, subjects in rows(
            store,
            """SELECT ?n (GROUP_CONCAT(?slug; SEPARATOR=" ") AS ?s) WHERE { ?c a cr:GroupClaim ; dcterms:identifier ?n ;
            cr:subject/cr:governs ?place . BIND(REPLACE(STR(?place), "^.*/", "") AS ?slug) } GROUP BY ?n""",
        )
    }
    slugs = {"San Antonio": "san-antonio-chile", "São Paulo": "sao-paulo", "Mexico City": "mexico-city"}
    for item in inventory:
        if (item["practice"] or "").startswith("group-") and item["cities"] and item["id"] not in NO_LIST:
            expected = {slugs.get(city, city.lower()) for city in item["cities"]}
            assert found.pop(item["id"]) == expected, item["id"]
    assert set(found) == LISTS


def test_every_place_of_the_facts_is_there_with_its_identifiers(store: ox.Store, places: dict[str, Any]) -> None:
    found = {
        (qid, geonames)
        for _, qid, geonames in rows(
            store,
            """SELECT ?p ?q ?g WHERE { ?p a cr:Territory
            OPTIONAL { ?p cr:wikidataId ?q } OPTIONAL { ?p cr:geonamesId ?g } }""",
        )
    }
    checked = 0
    for place in places["places"]:
        if place["kind"] in ("group", "association"):
            continue
        assert (place["wikidata_qid"] or "", str(place["geonames_id"] or "")) in found, place["slug"]
        checked += 1
    assert checked == 53


def test_coordinates_are_those_of_the_facts(store: ox.Store, places: dict[str, Any]) -> None:
    found = {
        (round(float(lat), 6), round(float(long), 6))
        for lat, long in rows(store, "SELECT ?a ?b WHERE { ?p wgs:lat ?a ; wgs:long ?b }")
    }
    for place in places["places"]:
        if place["latitude"] is not None:
            assert (place["latitude"], place["longitude"]) in found, place["slug"]


def test_themes_link_to_the_goals_and_articles_of_the_facts(store: ox.Store, places: dict[str, Any]) -> None:
    found = set(rows(store, "SELECT ?t ?x WHERE { ?t a cr:Theme ; skos:relatedMatch ?x }"))
    themes = "https://w3id.org/cityrights/id/theme/"
    for theme in places["themes_mapping"]:
        # "sanctuary" was one word for two things: what it is linked to, the two are between them
        slugs = SANCTUARIES if theme["slug"] == "sanctuary" else {theme["slug"]}
        linked = {other for iri, other in found if iri.removeprefix(themes) in slugs}
        assert linked >= set(theme["sdg"])
        assert linked >= {f"https://w3id.org/cityrights/id/udhr/article-{number}" for number in theme["udhr_articles"]}


def test_sections_have_seven_five_and_eight_practices(store: ox.Store) -> None:
    found = rows(store, "SELECT ?s (COUNT(?p) AS ?n) WHERE { ?p a cr:Practice ; cr:section ?s } GROUP BY ?s")
    assert {s.rsplit("/", 1)[1]: int(n) for s, n in found} == {"inclusion": 7, "recognition": 5, "caring": 8}


def test_every_url_of_the_inventory_is_a_reference(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    urls = {row[0] for row in rows(store, "SELECT ?u WHERE { ?r a cr:Reference ; schema:url ?u }")}
    expected = {url for item in inventory for url in item["urls"] if url.startswith("http")}
    assert len(expected) == 31
    assert expected <= urls


def test_the_unnamed_ambassador_stays_unnamed(store: ox.Store) -> None:
    assert rows(store, "SELECT ?h WHERE { ?h cr:post institution:utrecht-human-rights-ambassador }") == []
    assert rows(store, "SELECT ?h WHERE { ?h cr:at institution:utrecht-human-rights-ambassador ; cr:holder ?p }") == []
    claim = "<https://w3id.org/cityrights/id/claim/ohchr-consultation-2025/105>"
    assert rows(store, f"SELECT ?s WHERE {{ GRAPH {claim} {{ ?s ?p ?o }} }}") == []
