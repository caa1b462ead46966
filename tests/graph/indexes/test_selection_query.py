"""The catalogue and the SPARQL query that a reader is shown find the same things, whatever is chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityrights.indexes.facets import LISTS, UNKNOWN, Catalogue, Listing, Selection, selection_query
from cityrights.snapshot import Snapshot
from sparqlgate import EmbeddedEngine


@pytest.fixture(scope="module")
def engine(snapshot: Snapshot) -> Iterator[EmbeddedEngine]:
    """The store of the shipped graph."""
    with EmbeddedEngine(snapshot, workers=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def catalogue(snapshot: Snapshot) -> Catalogue:
    """The catalogue of the shipped graph."""
    return Catalogue.open(snapshot.path)


def by_index(catalogue: Catalogue, listing: Listing, selection: Selection) -> list[str]:
    found = catalogue.list(listing.name).select(selection)
    return sorted(row.thing.iri.value for row in found.rows("en"))


def by_sparql(engine: EmbeddedEngine, listing: Listing, selection: Selection) -> list[str]:
    return sorted(in_order(engine, listing, selection))


def in_order(engine: EmbeddedEngine, listing: Listing, selection: Selection) -> list[str]:
    with engine.query(selection_query(listing, selection)) as result:
        bindings = json.loads(result.read())["results"]["bindings"]
    found = [row["s"]["value"] for row in bindings]
    assert len(found) == len(set(found))
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_index_and_query_agree(catalogue: Catalogue, engine: EmbeddedEngine, data: st.DataObject) -> None:
    listing = data.draw(st.sampled_from(list(LISTS.values())))
    held = catalogue.list(listing.name)
    facets = st.lists(st.sampled_from(listing.facets), max_size=3, unique=True) if listing.facets else st.just([])
    chosen = {}
    for facet in data.draw(facets):
        keys = [facet.key(value) for value in held.facets[facet.name].values] + [UNKNOWN]
        keys.append("1515" if facet.numbers else "never-heard-of")
        chosen[facet.name] = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4))
    sort = data.draw(st.sampled_from([f"{sign}{name}" for name in listing.sorts for sign in ("", "-")]))
    selection = Selection.of(listing, chosen, everything=data.draw(st.booleans()), sort=sort)
    assert by_index(catalogue, listing, selection) == by_sparql(engine, listing, selection)


@pytest.mark.parametrize("listing", LISTS.values(), ids=LISTS)
def test_every_count_is_what_choosing_the_value_finds(
    catalogue: Catalogue, engine: EmbeddedEngine, listing: Listing
) -> None:
    held = catalogue.list(listing.name)
    found = held.select(Selection())
    for facet in listing.facets:
        for value in found.values(facet.name, "en")[:4] + found.values(facet.name, "en")[-1:]:
            chosen = Selection.of(listing, {facet.name: [value.key]})
            assert held.select(chosen).total == value.count, (facet.name, value.key)
            assert len(by_sparql(engine, listing, chosen)) == value.count


def test_the_query_writes_a_wider_theme_once_and_follows_what_is_below(catalogue: Catalogue) -> None:
    listing = LISTS["practices"]
    query = selection_query(listing, Selection.of(listing, {"theme": ["equality"]}), "fr")
    assert "VALUES ?theme { theme:equality }" in query
    assert "?theme_itself skos:broader* ?theme ." in query
    assert 'LANG(?label) = "fr"' in query
    narrow = catalogue.list("practices").select(Selection.of(listing, {"theme": ["anti-racism"]})).total
    wide = catalogue.list("practices").select(Selection.of(listing, {"theme": ["equality"]})).total
    assert 0 < narrow < wide


@pytest.mark.parametrize("key", ["x> . ?s ?p ?o . <y", "a b", "..", "a/../b", "", "x" * 200, "http://x/{y}", "é\x00"])
def test_no_key_can_become_part_of_the_query(key: str) -> None:
    facet = LISTS["practices"].facet("theme")
    assert facet is not None
    assert facet.value(key) is None


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        (listing.name, f"{sign}{column}")
        for listing in LISTS.values()
        for column in listing.sorts if column != "name"
        for sign in ("", "-")
    ],
)  # fmt: skip
def test_counts_and_years_stand_in_the_order_of_the_page(
    catalogue: Catalogue, engine: EmbeddedEngine, name: str, sort: str
) -> None:
    listing, held = LISTS[name], catalogue.list(name)
    selection = Selection.of(listing, {}, sort=sort)
    facets = ["year"] if sort.endswith("year") else []
    rows = list(held.select(selection).rows("en", facets=facets))
    years = {row.thing.iri.value: min((int(link.label.value) for link in row.values.get("year", ())), default=None)
             for row in rows}  # fmt: skip
    keys = {row.thing.iri.value: row.number if not facets else years[row.thing.iri.value] for row in rows}
    order = [keys[iri] for iri in in_order(engine, listing, selection)]
    assert order == list(keys.values())
    assert len(set(order)) > 1 or name in ("instruments",)


@pytest.mark.parametrize("name", LISTS)
def test_names_stand_in_their_order_without_case_and_can_be_turned(engine: EmbeddedEngine, name: str) -> None:
    listing = LISTS[name]
    forward = in_order(engine, listing, Selection())
    assert in_order(engine, listing, Selection(sort="-name")) == forward[::-1]


def test_the_query_of_the_cities_has_the_order_of_the_page(catalogue: Catalogue, engine: EmbeddedEngine) -> None:
    """Names without accents or punctuation are sorted by SPARQL as an index sorts them."""
    listing = LISTS["cities"]
    selection = Selection.of(listing, {"type": ["City"]})
    rows = catalogue.list("cities").select(selection).rows("en")
    plain = [row.thing for row in rows if row.thing.label.value.replace(" ", "").isascii()]
    assert len(plain) > 15
    found = in_order(engine, listing, selection)
    assert [link.iri.value for link in plain] == [iri for iri in found if iri in {link.iri.value for link in plain}]
