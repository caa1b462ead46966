"""Every hop of every explanation is a statement of the graph, and each path leads from one place to the other."""

from __future__ import annotations

from itertools import combinations

import pyoxigraph as ox
import pytest

from cityrights.indexes.proximity import Connections, Reason
from cityrights.indexes.proximity.measure import Hop
from cityrights.indexes.proximity.reading import prepare
from cityrights.snapshot import Snapshot


@pytest.fixture(scope="module")
def store(snapshot: Snapshot) -> ox.Store:
    return ox.Store.read_only(str(snapshot.store))


@pytest.fixture(scope="module")
def connections(store: ox.Store) -> Connections:
    return Connections(*prepare(store))


def stated(store: ox.Store, hop: Hop) -> bool:
    subject, predicate, object_ = map(ox.NamedNode, (hop.subject, hop.predicate, hop.object))
    return ox.Quad(subject, predicate, object_, ox.DefaultGraph()) in store


def paths(reason: Reason, a: str, b: str) -> list[tuple[str, str, tuple[Hop, ...]]]:
    ours = [(a, reason.thing or b, way.hops) for way in reason.ours]
    return [*ours, *((b, reason.thing, way.hops) for way in reason.theirs)]


def test_every_hop_is_stated_in_the_direction_that_it_tells(store: ox.Store, connections: Connections) -> None:
    seen = {
        hop
        for a, b in combinations(connections.places, 2)
        for reason in connections.explain(a, b).reasons
        for way in (*reason.ours, *reason.theirs)
        for hop in way.hops
    }
    assert len(seen) > 200
    assert [hop for hop in seen if not stated(store, hop)] == []


def test_every_path_leads_from_its_place_to_what_is_shared_or_to_the_other(connections: Connections) -> None:
    for a, b in combinations(connections.places, 2):
        for reason in connections.explain(a, b).reasons:
            if reason.kind == "source":
                continue  # by way of its claims, too many to tell
            for start, end, hops in paths(reason, a, b):
                ends = [start, *(hop.end for hop in hops)]
                assert ends[:-1] == [hop.start for hop in hops]
                assert ends[-1] == end


def test_no_reason_is_told_twice(connections: Connections) -> None:
    for a, b in combinations(connections.places, 2):
        told = [
            (reason.kind, reason.thing, [{(hop.subject, hop.object) for hop in way.hops} for way in reason.ours])
            for reason in connections.explain(a, b).reasons
        ]
        assert [one for at, one in enumerate(told) if one in told[:at]] == []
