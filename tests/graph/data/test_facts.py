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
#: Where the graph departs from the inventory because the lines say less, or otherwise (decision 48). Modality and aspect of
#: an item: B097 praises, and what B107 tells of is unfinished.
MENDED = {"B097": ("interpretation", "solution"), "B107": ("underway", "solution")}
#: Claims that tell what stood in one item together with something else: the praise (B135–B137), whom a house is there for
#: (B138), the settings of campaigns (B139), what a commitment takes for granted (B140).
ADDED = {f"B{number}" for number in range(135, 141)}
#: What was one practice in several places, each of which has its own now.
SPLIT = {
    "lyon-amsterdam-sanctuary": {"amsterdam-sanctuary-for-defenders", "lyon-sanctuary-for-defenders"},
    "lyon-terrassa-utrecht-awareness-campaigns": {f"{city}-awareness-campaigns" for city in ("lyon", "terrassa", "utrecht")},
    "group-informal-neighbourhoods": {
        f"{city}-informal-neighbourhoods" for city in ("grigny", "quilmes", "san-antonio")
    },
}
SANCTUARIES = {"human-rights-defenders", "sanctuary-for-migrants"}
#: An item that says one thing of each of its cities is no claim about all at once; one that lists without pairing is.
NO_LIST, LISTS = {"B094"}, {"B102", "B136", "B137", "B139"}


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
        how = MENDED.get(item["id"], (item["modality"], item["aspect"]))
        expected = (claim, item["line_start"], item["line_end"], *how)
        assert found[item["id"]] == expected


def test_no_claim_of_the_documents_is_without_an_item(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    numbers = {
        row[0] for row in rows(store, "SELECT ?n WHERE { ?c a cr:Claim ; cr:passage ?p ; dcterms:identifier ?n }")
    }
    assert numbers == {item["id"] for item in inventory} | ADDED


def test_our_sentences_are_not_the_inventorys(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    found = rows(store, "SELECT ?n ?t WHERE { ?c a cr:Claim ; dcterms:identifier ?n ; cr:text ?t }")
    texts = {row[0]: row[1] for row in found}
    assert [item["id"] for item in inventory if texts[item["id"]].strip() == item["statement"].strip()] == []


def test_the_practices_are_those_of_the_inventory(store: ox.Store, inventory: list[dict[str, Any]]) -> None:
    slugs = {item["practice"] for item in inventory if item["practice"]} - {"consultation-2025-07-01"}
    expected = {slug for slug in slugs - set(SPLIT) if not slug.startswith("group-")}.union(*SPLIT.values())
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
