"""The picture of a large network: the most central places are laid out, the others stand among those they belong to."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from cityrights.indexes.proximity import Connections, network
from cityrights.indexes.proximity.measure import Measure, settled
from cityrights.indexes.proximity.table import read
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID, RDF


@pytest.fixture(scope="module")
def connections(snapshot: Snapshot) -> Connections:
    """The connections of the shipped graph."""
    return Connections.open(snapshot.path)


def facts(predicate: str) -> list[tuple[str, str]]:
    """Return thirty places, each with a practice and a theme that it shares with the next."""
    places, practices = [f"{ID}city/{n:02}" for n in range(30)], [f"{ID}practice/{n:02}" for n in range(30)]
    if predicate == RDF + "type":
        return [(place, CR + "Territory") for place in places] + [(held, CR + "Practice") for held in practices]
    if predicate == CR + "place":
        return list(zip(practices, places, strict=True))
    if predicate == CR + "theme":
        return [(held, f"{ID}theme/{(n + more) % 30}") for n, held in enumerate(practices) for more in (0, 1)]
    return []


def test_places_that_are_not_laid_out_stand_near_those_that_they_are_joined_to(monkeypatch: pytest.MonkeyPatch) -> None:
    table = read(facts)
    measure = Measure(table, settled(table))
    monkeypatch.setattr(network, "_FINE", 5)
    monkeypatch.setattr(network, "_LAID", 20)
    made, again = network.build(measure), network.build(measure)
    assert np.array_equal(made.x, again.x)
    for along in (made.x, made.y):
        assert len(along) == 30
        assert along.min() == 0.0
        assert along.max() == 1.0
    spots = set(zip(made.x.tolist(), made.y.tolist(), strict=True))
    assert len(spots) == 30


class Names(list[str]):
    """Names that may be looked up, but not gone through."""

    def __iter__(self) -> Iterator[str]:
        pytest.fail("all names were gone through")


def test_a_place_that_is_alone_is_a_community_that_nothing_names() -> None:
    table = read(facts)
    made = network.build(Measure(table, settled(table)))
    alone = dataclasses.replace(made, community=np.arange(30, dtype=np.int32))
    once = dataclasses.replace(table, names=Names(table.names))  # for each of five thousand places, it took minutes
    held = Connections(once, alone).communities()
    assert [one.places for one in held] == [(place,) for place in Connections(table, made).places]
    assert {one.shared for one in held} == {()}
    together = Connections(once, dataclasses.replace(made, community=np.zeros(30, np.int32))).communities()
    assert len(together[0].places) == 30
    assert len(together[0].shared) == 3


def common(practices: int) -> Callable[[str], list[tuple[str, str]]]:
    """Return a graph of practices that share a theme, of which the first ten share another one, too."""
    held = [f"{ID}practice/{n:03}" for n in range(practices)]

    def facts(predicate: str) -> list[tuple[str, str]]:
        if predicate == RDF + "type":
            return [(f"{ID}city/a", CR + "Territory"), *((each, CR + "Practice") for each in held)]
        if predicate == CR + "place":
            return [(each, f"{ID}city/a") for each in held]
        if predicate == CR + "theme":
            rare = ((each, f"{ID}theme/rare") for each in held[:10])
            return [*((each, f"{ID}theme/common") for each in held), *rare]
        return []

    return facts


def test_of_practices_that_share_something_those_that_share_most_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    kind_of = network._kind

    def noted(iri: str) -> str:
        looked_at.append(iri)
        return kind_of(iri)

    monkeypatch.setattr(network, "_kind", noted)
    table = read(common(300))
    likenesses = network.Likenesses(Measure(table, settled(table)))
    (found,) = likenesses.alike(f"{ID}practice/007", 1)
    assert (found.thing, found.shared) == (f"{ID}practice/000", (f"{ID}theme/rare", f"{ID}theme/common"))
    assert len(looked_at) <= 11, f"{len(looked_at)} practices were looked at for one"
    many = likenesses.alike(f"{ID}practice/007", 12)
    assert [one.thing[-3:] for one in many] == [f"{n:03}" for n in range(13) if n != 7]
    assert many[-1].shared == (f"{ID}theme/common",)


def test_what_things_share_is_found_as_by_going_through_all(connections: Connections) -> None:
    table, measure = connections.table, connections.measure()
    likenesses = network.Likenesses(measure)
    had: defaultdict[int, set[int]] = defaultdict(set)
    having: defaultdict[int, set[int]] = defaultdict(set)
    counting = measure.chosen.links & network._TELLING[table.link["kind"]]
    for item, feature, counts in zip(table.link["item"], table.link["feature"], counting, strict=True):
        had[int(item)].add(int(feature))
        if counts:
            having[int(feature)].add(int(item))
    telling = {int(feature) for feature in table.link["feature"][network._TELLING[table.link["kind"]]]}
    for item in np.unique(table.item).tolist():
        shared: defaultdict[int, float] = defaultdict(float)
        for feature in sorted(had[item] & telling):
            for other in having[feature] - {item}:
                shared[other] += likenesses._counts[feature]
        kind = network._kind(table.names[item])
        alike = [other for other in shared if shared[other] > 0 and network._kind(table.names[other]) == kind]
        best = sorted(alike, key=lambda other: (-round(shared[other], 9), table.names[other]))[:5]
        found = likenesses.alike(table.names[item], 5)
        assert [one.thing for one in found] == [table.names[other] for other in best], table.names[item]


def test_links_are_found_as_by_going_through_all(connections: Connections) -> None:
    table, measure = connections.table, connections.measure()
    link = table.link
    for item in np.unique(link["item"])[::7].tolist():
        assert np.array_equal(table.links_of(*{item, 0}), np.flatnonzero(np.isin(link["item"], [item, 0])))
    assert not len(table.links_of())
    for place in range(0, len(table.places), 3):
        own = measure.chosen.links & (link["place"] == place)
        for feature in np.unique(link["feature"]).tolist():
            rows = np.flatnonzero(own & (link["feature"] == feature))
            assert sorted(measure.links_of(place, feature).tolist()) == rows.tolist()
            through = link["through"][rows]
            assert measure.narrower(place, feature) == set(through[through >= 0].tolist())
