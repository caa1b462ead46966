"""The picture of a large network: the most central places are laid out, the others stand among those they belong to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from cityrights.indexes.proximity import Connections, network
from cityrights.indexes.proximity.measure import Measure, settled
from cityrights.indexes.proximity.table import read
from cityrights.vocabulary import CR, ID, RDF


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
