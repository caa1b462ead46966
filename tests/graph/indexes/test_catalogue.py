"""The catalogue of small graphs: whatever they hold, it is counted as it stands."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.indexes import registry
from cityrights.indexes.facets import LISTS, TOGETHER, UNKNOWN, Catalogue, Selection, arrays
from cityrights.indexes.facets.arrays import Arrays, ArrayWriter, write
from cityrights.indexes.facets.lists import ancestors
from cityrights.pipeline.steps import build_files
from cityrights.resources.cards import practice_cards
from cityrights.resources.description import cards
from cityrights.resources.labels import Vocabulary
from cityrights.snapshot import Snapshot
from cityrights.terms import Iri
from cityrights.vocabulary import ID, PREFIXES
from sparqlgate.errors import SnapshotError

PRACTICES = LISTS["practices"]


def catalogue(folder: Path, turtle: str) -> Catalogue:
    store = ox.Store()
    head = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    store.load((head + "@prefix e: <http://e.example/> .\n" + turtle).encode(), format=ox.RdfFormat.TURTLE)
    write(folder, store)
    return Catalogue.open(folder)


def names(made: Catalogue, language: str = "en", **chosen: list[str]) -> list[str]:
    found = made.list("practices").select(Selection.of(PRACTICES, chosen), language)
    return [row.thing.label.value for row in found.rows(language)]


def test_an_empty_graph_has_empty_lists(tmp_path: Path) -> None:
    made = catalogue(tmp_path, "")
    for name in LISTS:
        found = made.list(name).select(Selection())
        assert (found.total, found.hidden) == (0, 0)
        assert all(not found.values(facet.name, "en") for facet in LISTS[name].facets)


def test_things_of_others_without_labels_go_by_their_addresses(tmp_path: Path) -> None:
    made = catalogue(
        tmp_path, 'e:wide a cr:Practice ; cr:theme e:water . [] a cr:Practice . e:b a cr:Practice ; cr:theme "w" .'
    )
    assert names(made) == ["b", "wide"]
    assert names(made, theme=["http://e.example/water"]) == ["wide"]
    # A theme that is only words can be chosen by nobody, but it is there: nothing is unknown of that practice.
    assert names(made, theme=[UNKNOWN]) == []


def test_wider_values_count_each_thing_once_and_circles_end(tmp_path: Path) -> None:
    made = catalogue(
        tmp_path,
        "e:p a cr:Practice ; cr:theme theme:x, theme:y . e:q a cr:Practice ; cr:theme theme:top ."
        "theme:x skos:broader theme:top . theme:y skos:broader theme:top . theme:top skos:broader theme:x .",
    )
    found = made.list("practices").select(Selection())
    assert {value.key: value.count for value in found.values("theme", "en")} == {"top": 2, "x": 2, "y": 1}
    assert ancestors(["a"], {"a": ["b"], "b": ["c", "a"], "c": ["a"]}) == {"a": ("a", "b", "c")}


def test_what_is_underway_is_hidden_counted_and_told_by_the_statuses(tmp_path: Path) -> None:
    made = catalogue(
        tmp_path,
        "e:a a cr:Practice ; cr:status status:underway ; cr:country country:x ."
        "e:b a cr:Practice ; cr:country country:x ."
        "e:c a cr:Practice ; cr:status status:planned .",
    )
    found = made.list("practices").select(Selection())
    assert (found.total, found.hidden) == (1, 2)
    assert [value.count for value in found.values("country", "en")] == [1]
    assert {value.key: value.count for value in found.values("status", "en")} == {
        "planned": 1,
        "underway": 1,
        UNKNOWN: 1,
    }
    assert names(made, status=["planned"]) == ["c"]
    all_of_them = made.list("practices").select(Selection.of(PRACTICES, {}, everything=True))
    assert (all_of_them.total, all_of_them.hidden) == (3, 0)


def test_each_language_has_its_own_names_and_order(tmp_path: Path) -> None:
    made = catalogue(
        tmp_path,
        'e:a a cr:Practice ; rdfs:label "Zoo"@en, "Animaux"@fr . e:b a cr:Practice ; rdfs:label "Museum"@en .'
        'e:c a cr:Practice ; rdfs:label "東京"@ja .',
    )
    assert names(made) == ["Museum", "Zoo", "東京"]
    assert names(made, "fr") == ["Animaux", "Museum", "東京"]
    row = list(made.list("practices").select(Selection(), "fr").rows("fr"))[2]
    assert row.thing.label.language == "ja"


def test_years_are_read_from_dates_of_any_precision_and_nonsense_is_unknown(tmp_path: Path) -> None:
    made = catalogue(
        tmp_path,
        'e:a a cr:Practice ; cr:start "2010"^^xsd:gYear . e:b a cr:Practice ; cr:start "1999-05-01"^^xsd:date .'
        'e:c a cr:Practice ; cr:start "some day" .',
    )
    assert names(made, year=["2010", "1999"]) == ["a", "b"]
    assert names(made, year=[UNKNOWN]) == ["c"]
    newest = made.list("practices").select(Selection(sort="-year"))
    assert [row.thing.label.value for row in newest.rows("en")] == ["a", "b", "c"]


def test_arrays_come_back_as_they_were_written(tmp_path: Path) -> None:
    out = ArrayWriter()
    out.add_texts("words", ["", "é", "x" * 1000, ""])
    out.add_texts("none", [])
    out.write(tmp_path)
    read = Arrays(tmp_path)
    assert list(read.texts("words")) == ["", "é", "x" * 1000, ""]
    assert list(read.texts("none")) == []
    with pytest.raises(ValueError, match="read-only"):
        read.get("words/starts")[0] = 1


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_cards_from_the_lists_are_those_that_a_query_gives(
    snapshot: Snapshot, graph: cityrights.KnowledgeGraph, language: str
) -> None:
    made, engine, vocabulary = Catalogue.open(snapshot.path), graph.engine, graph.vocabulary
    things = list(dict.fromkeys(iri for name in LISTS if name != TOGETHER for iri in made.list(name).iris))
    known = made.cards(things, vocabulary, language)
    assert set(known) == set(things)
    asked = {
        card.thing.iri.value: card for card in cards(({"s": Iri(iri)} for iri in things), engine, vocabulary, language)
    }
    assert known == asked
    assert any(card.said for card in known.values())
    assert any(card.kinds for card in known.values())
    told = made.practice_cards(things, vocabulary, language)
    for card in practice_cards(engine, vocabulary, language, things):
        mine = told[card.thing.iri.value]
        assert {part: set(claims) for part, claims in mine.tells.items()} == {
            part: set(claims) for part, claims in card.tells.items()
        }
        assert replace(mine, tells={}) == replace(card, tells={})


def test_what_stands_in_no_list_or_has_a_place_that_no_facet_has_is_left_to_the_query(tmp_path: Path) -> None:
    made = catalogue(
        tmp_path,
        'practice:a a cr:Practice ; rdfs:label "A"@en ; cr:place city:x . person:b a cr:Person ; rdfs:label "B"@en .'
        'person:c a cr:Person ; rdfs:label "C"@en ; cr:place city:x . city:x rdfs:label "X"@en .',
    )
    things = [f"{ID}practice/a", f"{ID}person/b", f"{ID}person/c", f"{ID}practice/none", ""]
    assert set(made.cards(things, Vocabulary({}, {}), "en")) == {f"{ID}practice/a", f"{ID}person/b"}
    # of others’ data more properties name a thing than the lists read
    assert not made.cards(things, Vocabulary({}, {}, lambda *_: None), "en")


def test_things_whose_digests_are_alike_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_digest", lambda _: 7)
    made = catalogue(tmp_path, "practice:a a cr:Practice . practice:b a cr:Practice . person:c a cr:Person .")
    for name in ("practice/a", "practice/b", "person/c"):
        assert made.cards([ID + name], Vocabulary({}, {}), "en")[ID + name].thing.iri.value == ID + name
    assert not made.cards([f"{ID}practice/d"], Vocabulary({}, {}), "en")


def test_a_snapshot_without_its_catalogue_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "graph.ttl"
    file.write_text("<http://e.example/a> a <https://w3id.org/cityrights/ontology#Practice> .")
    made = build_files([file], tmp_path / "snapshots")
    assert registry.fresh(made.path)
    shutil.rmtree(made.path / "catalogue")
    assert not registry.fresh(made.path)
    with pytest.raises(SnapshotError, match="cityrights build"):
        Catalogue.open(made.path)
    again = build_files([file], tmp_path / "snapshots")
    assert again.version == made.version
    assert Catalogue.open(again.path).list("practices").select(Selection()).total == 1


def test_an_index_of_another_form_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "graph.ttl"
    file.write_text("<http://e.example/a> a <https://w3id.org/cityrights/ontology#Practice> .")
    made = build_files([file], tmp_path / "snapshots")
    before = (made.path / "catalogue" / "arrays.bin").stat().st_ino
    assert build_files([file], tmp_path / "snapshots").path == made.path
    assert (made.path / "catalogue" / "arrays.bin").stat().st_ino == before
    monkeypatch.setattr(registry, "forms", lambda: dict.fromkeys(("catalogue", "connections", "search"), "another"))
    build_files([file], tmp_path / "snapshots")
    assert (made.path / "catalogue" / "arrays.bin").stat().st_ino != before
