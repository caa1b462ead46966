"""Ten pairs of places: what is told of each, kept in files, and each step verified against the claims."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.api import KnowledgeGraph
from cityrights.errors import UnknownThing
from cityrights.indexes.proximity.telling import COLUMNS, path_query, record, rows
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, GRAPH, ID

GOLDEN = sorted((Path(__file__).parent / "connections").glob("*.json"))
#: Modalities of claims whose graphs hold facts.
FACTS = {ID + "modality/asserted", ID + "modality/url-only"}
ENDS = ("subject", "predicate", "object")


@pytest.fixture(scope="module")
def graph(told: Snapshot) -> Iterator[KnowledgeGraph]:
    with cityrights.open(told.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(told: Snapshot) -> ox.Store:
    return ox.Store.read_only(str(told.store))


def pair(path: Path) -> tuple[str, str]:
    a, b = path.stem.split("--")
    return ID + a.replace(".", "/"), ID + b.replace(".", "/")


def short(told: dict[str, Any]) -> dict[str, Any]:
    """Return an explanation as the files have it: sentences, and for each step its triple and who says so."""

    def steps(reason: dict[str, Any]) -> list[list[str]]:
        return [
            [
                " ".join(
                    hop[end]["iri"].removeprefix(ID).removeprefix(CR) for end in ("subject", "predicate", "object")
                )
                + " | "
                + ", ".join(proof["graph"].removeprefix(ID).removeprefix(GRAPH) for proof in hop["evidence"])
                for hop in path["hops"]
            ]
            for path in reason["paths"]
        ]

    return {
        "strength": told["strength"],
        "reasons": [
            {"sentence": reason["sentence"], "counts": reason["counts"], "paths": steps(reason)}
            for reason in told["reasons"]
        ],
        "routes": [
            [place["iri"].removeprefix(ID) for place in route["places"]] + [one["sentence"] for one in route["reasons"]]
            for route in told["routes"]
        ],
    }


def test_there_are_ten() -> None:
    assert len(GOLDEN) == 10


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_pair_is_told_as_its_file_has_it(graph: KnowledgeGraph, path: Path, pytestconfig: pytest.Config) -> None:
    told = short(record(graph.explain(*pair(path))))
    if pytestconfig.getoption("--write-expected"):
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
        pytest.fail("written anew: look at the difference, then run without --write-expected")
    assert told == json.loads(path.read_text("utf-8")), "to write it anew: pytest --write-expected " + __file__


def held(store: ox.Store, graph: str, hop: dict[str, Any]) -> bool:
    subject, predicate, object_ = (ox.NamedNode(hop[end]["iri"]) for end in ENDS)
    return ox.Quad(subject, predicate, object_, ox.NamedNode(graph)) in store


def value(store: ox.Store, subject: str, predicate: str) -> str:
    (quad,) = store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(CR + predicate), None, ox.DefaultGraph())
    assert isinstance(quad.object, ox.NamedNode | ox.Literal)
    return quad.object.value


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_each_step_is_held_by_the_graphs_that_it_names_and_claims_say_what_is_told_of_them(
    graph: KnowledgeGraph, store: ox.Store, path: Path
) -> None:
    told = record(graph.explain(*pair(path)))
    reasons = [*told["reasons"], *(one for route in told["routes"] for one in route["reasons"])]
    hops = [hop for reason in reasons for way in reason["paths"] for hop in way["hops"]]
    assert hops
    claimed = 0
    for hop in hops:
        assert hop["evidence"], hop
        for proof in hop["evidence"]:
            assert held(store, proof["graph"], hop), (hop, proof)
            if "claim" in proof:
                claimed += 1
                assert proof["graph"] == proof["claim"] or hop["subject"]["iri"] == proof["claim"]
                assert value(store, proof["claim"], "modality") == proof["modality"]
                assert proof["modality"] in FACTS
                assert value(store, proof["claim"], "source") == proof["source"]
                if proof["first"] is not None:
                    assert value(store, value(store, proof["claim"], "passage"), "firstLine") == str(proof["first"])
    assert claimed


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_pair_is_told_the_same_from_either_end(graph: KnowledgeGraph, path: Path) -> None:
    a, b = pair(path)
    one, other = record(graph.explain(a, b)), record(graph.explain(b, a))
    assert (one["strength"], one["closeness"]) == (other["strength"], other["closeness"])
    assert {(held["kind"], held["thing"], held["counts"]) for held in one["reasons"]} == {
        (held["kind"], held["thing"], held["counts"]) for held in other["reasons"]
    }
    assert [held["sentence"] for held in one["reasons"]] == [held["sentence"] for held in other["reasons"]]
    assert sum(held["counts"] for held in one["reasons"]) == pytest.approx(one["closeness"], abs=0.001)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_sparql_of_each_reason_finds_its_paths(graph: KnowledgeGraph, path: Path) -> None:
    a, b = pair(path)
    story = graph.explain(a, b)
    for because in story.because:
        rows_found = graph.select(path_query(a, b, because.reason))
        assert len(rows_found) > 0, because.sentence


def test_rows_of_csv_have_all_the_evidence(graph: KnowledgeGraph) -> None:
    story = graph.explain(*pair(GOLDEN[0]))
    found = list(rows(story))
    assert {len(row) for row in found} == {len(COLUMNS)}
    told = record(story)
    proofs = [
        p for reason in told["reasons"] for way in reason["paths"] for hop in way["hops"] for p in hop["evidence"]
    ]
    assert len(found) == len(proofs)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_sentences_are_in_the_language_of_the_reader(graph: KnowledgeGraph, language: str) -> None:
    english = [one.sentence for one in graph.explain(*pair(GOLDEN[0])).because]
    told = [one.sentence for one in graph.explain(*pair(GOLDEN[0]), language).because]
    assert len(told) == len(english)
    assert not set(told) & set(english)


def test_places_are_named_as_on_the_command_line(graph: KnowledgeGraph) -> None:
    short = graph.explain("utrecht", "department/seine-saint-denis")
    assert short == graph.explain(ID + "city/utrecht", ID + "department/seine-saint-denis")


def test_what_is_no_place_or_the_same_place_is_told(graph: KnowledgeGraph) -> None:
    utrecht = ID + "city/utrecht"
    for other, reason in (
        (utrecht, "the same"),
        (ID + "city/nowhere", "no such place"),
        (ID + "country/france", "no such place"),
        ("utrech", "did you mean city:utrecht"),
    ):
        with pytest.raises(UnknownThing, match=reason):
            graph.explain(utrecht, other)
