"""The catalogue and the SPARQL query that a reader is shown find the same things, whatever is chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityrights.catalogue import LISTS, UNKNOWN, Catalogue, Listing, Selection, selection_query
from cityrights.engine import EmbeddedEngine
from cityrights.snapshot import Snapshot


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
    with engine.query(selection_query(listing, selection)) as result:
        bindings = json.loads(result.read())["results"]["bindings"]
    found = [row["s"]["value"] for row in bindings]
    assert len(found) == len(set(found))
    return sorted(found)


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
    selection = Selection.of(listing, chosen, everything=data.draw(st.booleans()))
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
