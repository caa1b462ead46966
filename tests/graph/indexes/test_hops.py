"""Every hop of every explanation is a statement of the graph, and each path leads from one place to the other."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.indexes.proximity import Connections, Explanation, Reason, Way
from cityrights.indexes.proximity.measure import Hop
from cityrights.indexes.proximity.reading import prepare
from cityrights.indexes.proximity.telling import record, tell
from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, GRAPH, ID, SKOS


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


def test_a_step_says_what_is_unfinished_or_disputed_and_of_a_disputed_claim_only_that(tmp_path: Path) -> None:
    """Two sources agree on what a post is and differ on where it is; a house is planned."""
    text = f"""@prefix c: <{ID}claim/a/> . @prefix cr: <{CR}> . @prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix status: <{ID}status/> . @prefix modality: <{ID}modality/> . @prefix skos: <{SKOS}> . @prefix i: <{ID}> .
        <{GRAPH}vocabulary> {{ status:planned skos:prefLabel "Planned"@en .
          modality:disputed skos:prefLabel "Disputed"@en . modality:underway skos:prefLabel "Underway"@en . }}
        <{GRAPH}claims> {{
          c:1 cr:text "One."@en ; cr:modality modality:disputed ; cr:source i:a ; cr:conflictsWith c:2 .
          c:2 cr:text "Two."@en ; cr:modality modality:asserted ; cr:source i:a ; cr:conflictsWith c:1 .
          c:3 cr:text "Three."@en ; cr:modality modality:underway ; cr:source i:a . }}
        c:1 {{ i:post cr:place i:north ; cr:kind i:desk . }}
        c:2 {{ i:post cr:place i:south ; cr:kind i:desk . }}
        c:3 {{ i:house cr:place i:south ; cr:kind i:desk ; cr:status status:planned . }}"""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.trig").write_text(text, "utf-8")
    file = build_files([tmp_path / "data" / "a.trig"], tmp_path / "snapshots")
    post = Way(
        f"{ID}post",
        (Hop(f"{ID}post", f"{CR}place", f"{ID}north", False), Hop(f"{ID}post", f"{CR}kind", f"{ID}desk", True)),
    )
    house = Way(f"{ID}house", (Hop(f"{ID}house", f"{CR}place", f"{ID}south", False),))
    found = Explanation(
        f"{ID}north", f"{ID}south", 1, 1, (Reason("institution-kind", f"{ID}desk", 1, (post,), (house,)),), ()
    )
    with cityrights.open(file.path) as graph:
        story = tell(graph.engine, graph.vocabulary, found)
    (where, what), (planned,) = story.because[0].ours[0], story.because[0].theirs[0]
    assert (where.disputed, where.marks) == (True, ("disputed",))
    assert (what.disputed, what.marks) == (False, ())
    assert planned.marks == ("house: planned", "underway")
    told = record(story)["reasons"][0]["paths"]
    assert [hop["disputed"] for hop in told[0]["hops"]] == [True, False]
    assert told[1]["hops"][0]["unfinished"] == {f"{ID}house": f"{ID}status/planned"}
    assert "(house: planned; underway)" in planned.html()
