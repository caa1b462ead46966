"""What the search finds, in which order, and what it does not find."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import tantivy

import cityrights
from cityrights.indexes.search import Match, SearchIndex
from cityrights.indexes.search import index as searching
from cityrights.indexes.search.writing import starts
from cityrights.library.pages import shown
from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from cityrights.terms import Iri
from cityrights.vocabulary import ID
from sparqlgate.errors import SnapshotError
from tests.graph.indexes.conftest import HARD


def found(index: SearchIndex, text: str, language: str = "en", **options: Any) -> list[str]:
    return [hit.iri.removeprefix(ID) for hit in index.search(text, language, limit=50, **options).hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sao paulo", "city/sao-paulo"),
        ("SÃO PAULO", "city/sao-paulo"),
        ("Sao Paulo", "city/sao-paulo"),
        ("grenobel", "city/grenoble"),
        ("utrecht", "city/utrecht"),
        ("Utrecht -ambassador", "city/utrecht"),
        ("Q803", "city/utrecht"),
        ("wikidata/q803", "city/utrecht"),
        ("wikidata:Q803", "city/utrecht"),
        ("http://www.wikidata.org/entity/Q803", "city/utrecht"),
        ("2745912", "city/utrecht"),
        ("URY", "country/uruguay"),
        ("practice/utrecht-plan-einstein", "practice/utrecht-plan-einstein"),
        ("utrecht-plan-einstein", "practice/utrecht-plan-einstein"),
        ("the right to the city", "theme/right-to-the-city"),
        ("droit à la ville", "theme/right-to-the-city"),
        ("derecho a la ciudad", "theme/right-to-the-city"),
    ],
)
def test_what_is_meant_comes_first(index: SearchIndex, text: str, first: str) -> None:
    assert found(index, text)[0] == first


def test_every_language_is_searched_and_labels_are_in_the_reader_s(index: SearchIndex) -> None:
    hits = index.search("defensoría", "en", limit=50).hits
    mine = next(hit for hit in hits if hit.iri == ID + "institution/san-antonio-peoples-ombudsperson")
    assert mine.label.value == "People’s Ombudsperson of San Antonio"
    told = mine.other_name or mine.snippet  # what has the word where the label has not
    assert told is not None
    assert "defensoría" in told.value.lower()
    spanish = index.search("ombudsperson", "es", limit=50).hits
    assert "Defensoría del Pueblo de San Antonio" in [hit.label.value for hit in spanish]


def test_other_forms_of_a_word_are_found_and_words_inside_others_are_not(index: SearchIndex) -> None:
    assert "institution/san-antonio-peoples-ombudsperson" in found(index, "ombudspersons")
    assert index.search("recht").match is not Match.ALL  # Utrecht has these letters, and is no such word


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("lodz", "city/a"), ("Łódź", "city/a"), ("LODZ", "city/a"), ("mollegard", "city/b"), ("dakovo", "city/c"),
        ("grossstrasse", "city/c"), ("coeur d'aegir", "city/d"), ("izmir", "city/d"), ("Malmö", "city/e"),
        ("Malmo\u0308", "city/e"), ("malmo", "city/e"), ("광주", "city/f"), ("q580", "city/a"), ("dakvo", "city/c"),
    ],
)  # fmt: skip
def test_letters_with_marks_and_without_are_the_same(hard: SearchIndex, text: str, first: str) -> None:
    assert found(hard, text)[0] == first


def test_names_come_before_texts_and_what_is_in_place_before_what_is_not(hard: SearchIndex) -> None:
    assert found(hard, "night shelter") == ["practice/here", "practice/coming", "practice/told"]


def test_a_claim_is_found_by_its_sentence_and_so_is_the_practice_it_is_about(hard: SearchIndex) -> None:
    answer = hard.search("zebra crossing")
    assert answer.by_kind == {"claim": 1, "practice": 1}
    assert [hit.iri for hit in hard.overview("zebra crossing").hits][-1].startswith(ID + "claim/")


def test_passages_and_terms_of_the_ontology_are_left_out_and_things_of_other_sites_are_not(hard: SearchIndex) -> None:
    assert hard.search("zebra").by_kind == {"claim": 1, "other": 1, "practice": 1}


def test_near_words_are_told_apart_from_the_words_themselves(index: SearchIndex) -> None:
    near = index.search("grenobel")
    assert (near.match, near.suggestion) == (Match.NEAR, "Grenoble")
    assert index.search(near.suggestion).match is Match.ALL
    assert index.search("grenoble").suggestion == ""
    assert index.search("food kitchenz sao paulo").suggestion.lower().startswith("food kitchens")


def test_nothing_is_found_for_nonsense(index: SearchIndex) -> None:
    for text in ("qxzvwk", "zzqqy wwkkj", "12345678901", "Łżźćwqx"):
        answer = index.search(text)
        assert (answer.match, answer.total, answer.hits, answer.suggestion) == (Match.NONE, 0, (), "")
        assert index.suggest(text) == []


def test_some_of_the_words_are_better_than_nothing_and_said_to_be_some(index: SearchIndex) -> None:
    answer = index.search("utrecht qxzvwk")
    assert answer.match is Match.SOME
    assert answer.hits[0].iri == ID + "city/utrecht"


def test_quotation_marks_keep_words_together(index: SearchIndex) -> None:
    assert "practice/utrecht-plan-einstein" in found(index, '"plan einstein"')
    assert found(index, '"einstein plan"') == []
    assert found(index, "“plan einstein”") == found(index, '"plan einstein"')
    assert found(index, '"ombudspersons"', kinds=("institution",)) == []  # in quotation marks, only as it is written


def test_a_minus_leaves_a_word_out(index: SearchIndex) -> None:
    everything, less = set(found(index, "utrecht")), set(found(index, "utrecht -ambassador"))
    assert less < everything
    assert "institution/utrecht-human-rights-ambassador" in everything - less
    assert "department/seine-saint-denis" in found(index, "Seine-Saint-Denis")  # within a word it is a hyphen


def test_counts_tell_every_kind_and_kinds_narrow(index: SearchIndex) -> None:
    answer = index.search("utrecht", kinds=("practice",), limit=2)
    everything = index.search("utrecht")
    assert answer.by_kind == everything.by_kind
    assert answer.total == answer.by_kind["practice"]
    assert everything.total == sum(everything.by_kind.values())
    assert {hit.kind for hit in answer.hits} == {"practice"}
    assert len(answer.hits) == 2


def test_pages_are_parts_of_one_order(index: SearchIndex) -> None:
    whole = [hit.iri for hit in index.search("human rights", limit=60).hits]
    parts = [hit.iri for at in (0, 20, 40) for hit in index.search("human rights", limit=20, offset=at).hits]
    assert parts == whole
    assert len(set(whole)) == 60


def test_two_builds_answer_the_same(tmp_path: Path) -> None:
    answers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "hard.ttl"
        file.write_text(HARD, "utf-8")
        built = SearchIndex.open(build_files([file], tmp_path / name / "snapshots"))
        answers.append([built.search(text, limit=50) for text in ("night", "zebra", "a", "city", "moll")])
    assert answers[0] == answers[1]


def test_snippets_mark_the_words_in_the_text_as_it_is(hard: SearchIndex, index: SearchIndex) -> None:
    snippet = hard.search("SHELTERS", kinds=("practice",), limit=3).hits[2].snippet
    assert snippet is not None
    assert [piece for piece, matched in snippet.pieces() if matched] == ["shelter"]
    assert "".join(piece for piece, _ in snippet.pieces()) == snippet.value
    assert "<script>" in snippet.value  # a snippet is text; the page escapes it
    long = index.search("economic autonomy", "en", ("practice",)).hits[0].snippet
    assert long is not None
    assert [long.value[first:last].lower() for first, last in long.marks] == ["economic", "autonomy"]
    assert len(long.value) < 260


def test_what_is_found_by_a_foreign_name_is_told_in_the_language_of_the_reader(index: SearchIndex) -> None:
    """Jenin is Yenín in Spanish: who asks for Jenin there reads the Spanish of each sentence, not the English of it."""
    for asked, language, said in (("Jenin", "es", "Yenín"), ("shelter", "fr", "")):
        hits = index.search(asked, language, limit=50).hits
        shown = [hit.snippet for hit in hits if hit.snippet is not None]
        assert len(shown) > 4, asked
        foreign = [snippet.value for snippet in shown if snippet.language != language]
        assert not foreign, (asked, foreign[:3])
        assert any(said in snippet.value for snippet in shown), asked
    observatory = next(hit for hit in index.search("Jenin", "es").hits if hit.iri == ID + "institution/jenin-ovf")
    assert observatory.other_name is not None  # why it is found is still said
    assert "Jenin" in observatory.other_name.value


def test_suggestions_begin_with_what_was_typed_and_forgive_a_slip(index: SearchIndex) -> None:
    assert index.suggest("utr")[0].iri == ID + "city/utrecht"
    assert index.suggest("sao p")[0].iri == ID + "city/sao-paulo"
    assert index.suggest("grenobel")[0].iri == ID + "city/grenoble"
    assert len(index.suggest("a", limit=8)) == 8
    assert all(hit.kind != "claim" for hit in index.suggest("claim"))
    assert index.suggest("") == []


def test_the_python_api_and_a_snapshot_without_an_index(snapshot: Snapshot, tmp_path: Path) -> None:
    with cityrights.open(snapshot.path) as kg:
        assert kg.search("sao paulo").hits[0].iri == ID + "city/sao-paulo"
    old = tmp_path / "old"
    shutil.copytree(snapshot.path, old, ignore=shutil.ignore_patterns("search"))
    with pytest.raises(SnapshotError, match="cityrights build"):
        SearchIndex.open(Snapshot.open(old))
    (old / "search").mkdir()
    (old / "search" / "meta.json").write_text("{}")
    with pytest.raises(SnapshotError, match="cityrights build"):
        SearchIndex.open(Snapshot.open(old))


def test_an_index_with_the_fields_of_another_release_is_not_opened(snapshot: Snapshot, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(snapshot.path, old, ignore=shutil.ignore_patterns("search"))
    (old / "search").mkdir()
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("iri", tokenizer_name="raw")
    tantivy.Index(fields.build(), path=str(old / "search"))
    with pytest.raises(SnapshotError, match="cityrights build"):
        SearchIndex.open(Snapshot.open(old))


@pytest.mark.parametrize("text", ["human rights", "utrecht", "city", "grenobel", "rights -human", "a"])
def test_the_overview_is_the_best_of_each_kind(index: SearchIndex, text: str) -> None:
    answer = index.overview(text, each=3)
    assert answer.by_kind == index.search(text).by_kind
    for kind in answer.by_kind:
        alone = index.search(text, kinds=(kind,), limit=3).hits
        assert [hit.iri for hit in answer.hits if hit.kind == kind] == [hit.iri for hit in alone]


def test_the_claims_of_a_document_come_in_the_order_that_its_query_gives(
    index: SearchIndex, snapshot: Snapshot
) -> None:
    with cityrights.open(snapshot.path) as graph:
        sources = [str(row["s"]) for row in graph.select("SELECT DISTINCT ?s { ?claim cr:source ?s } ORDER BY ?s")]
        assert len(sources) > 2
        for source in sources:
            rows = graph.select(shown("source_claims", {"source": Iri(source)}))
            lines: dict[str, tuple[object, object]] = {}
            for row in rows:  # a claim that stands in two places is told at the first of them
                lines.setdefault(str(row["claim"]), (row["first"], row["last"]))
            found = [claim for offset in range(0, len(lines) + 7, 7) for claim in index.claims_of(source, 7, offset)]
            assert index.claims_in(source) == len(lines) > 0
            assert sorted(found) == sorted(lines)
            assert [lines[claim] for claim in found] == list(lines.values())


ODD = """
BASE <https://w3id.org/cityrights/id/>
PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX id: <https://w3id.org/cityrights/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
<source/a> a cr:Source ; rdfs:label "A" .
<source/cafe\\u0301> a cr:Source ; rdfs:label "B" .
<claim/1> cr:text "1" ; cr:modality id:asserted ; cr:passage id:p1 , id:p2 ;
  cr:source <source/a> , <source/cafe\\u0301> .
<claim/2> cr:text "2" ; cr:modality id:asserted ; cr:passage id:p3 ;
  cr:source <source/cafe\\u0301> .
<claim/3> cr:text "3" ; cr:modality id:asserted ; cr:passage id:p4 ;
  cr:source <source/cafe\\u0301> .
<claim/4> cr:text "4" ; cr:modality id:asserted ; cr:passage id:p5 ;
  cr:source <source/cafe\\u0301> .
<claim/5> cr:text "meant in no way" ; cr:source <source/a> .
<practice/x> rdfs:label "no claim" ; cr:source <source/a> .
id:p1 cr:firstLine 50 ; cr:lastLine 51 .
id:p2 cr:firstLine 9 ; cr:lastLine 12 .
id:p3 cr:firstLine 10 , 8 ; cr:lastLine 8 .
id:p4 cr:firstLine 11 ; cr:lastLine 11 .
id:p5 cr:firstLine NINES , "٣" , "-1" , "line 2" .
"""


def test_claims_of_any_graph_have_places_and_only_those_that_the_query_finds_are_counted(tmp_path: Path) -> None:
    (tmp_path / "odd.ttl").write_text(ODD.replace("NINES", "9" * 5000), "utf-8")
    snapshot = build_files([tmp_path / "odd.ttl"], tmp_path / "snapshots")
    index = SearchIndex.open(snapshot)
    two = ID + "source/cafe\u0301"
    assert index.claims_of(ID + "source/a", 10) == [ID + "claim/1"]
    assert index.claims_of(two, 10) == [ID + f"claim/{number}" for number in (2, 1, 3, 4)]
    assert (index.claims_in(ID + "source/a"), index.claims_in(two)) == (1, 4)
    hit = index.get(two)
    assert hit is not None
    assert hit.label.value == "B"
    assert index.claims_in("\ud800") == 0


@pytest.mark.parametrize("near", [(1,), (1, 3), (2, 10**6)])
def test_what_stands_beside_a_claim_is_the_same_in_a_long_document(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch, near: tuple[int, ...]
) -> None:
    source = f"{ID}source/ohchr-consultation-2025"
    every = index.claims_of(source, 10_000)
    assert len(every) > 100
    expected = {claim: (every[max(at - 2, 0) : at], every[at + 1 : at + 3]) for at, claim in enumerate(every)}
    assert {claim: index.around(claim, source, 2) for claim in every} == expected
    monkeypatch.setattr(searching, "_NEAR", near)
    monkeypatch.setattr(SearchIndex, "claims_in", lambda *_: 10**9)
    assert {claim: index.around(claim, source, 2) for claim in every} == expected


def test_a_document_without_claims_has_none_and_there_is_nothing_after_the_last(index: SearchIndex) -> None:
    assert index.claims_in(ID + "source/nowhere") == 0
    assert index.claims_of(ID + "source/nowhere", 10) == []
    assert index.claims_of(ID + "source/twenty-practices", 10, 10**12) == []


def test_a_name_that_starts_with_the_words_comes_before_one_that_only_has_them(index: SearchIndex) -> None:
    assert starts("Night shelter, “Łódź”") == ["night", "night shelter", "night shelter lodz"]
    assert starts("%") == ["%"]
    names = [hit.label.value for hit in index.search("human rights", kinds=("institution",), limit=50).hits]
    assert names[0].startswith("Human ")
    begin = [name.lower().startswith("human rights ") for name in names]
    assert begin == sorted(begin, reverse=True)
    assert not all(begin)


def test_the_overview_has_the_best_of_each_kind_however_much_there_is(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = index.overview("rights", each=4)
    assert max(whole.by_kind.values()) > 40
    for few in (0, 3, 40):
        monkeypatch.setattr(searching, "_FEW", few)
        assert index.overview("rights", each=4) == whole
    for kind in whole.by_kind:
        mine = [hit.iri for hit in whole.hits if hit.kind == kind]
        assert mine == [hit.iri for hit in index.search("rights", kinds=(kind,), limit=4).hits]


def test_words_of_other_vocabularies_find_our_concepts_and_hidden_ones_are_not_shown(index: SearchIndex) -> None:
    """EuroVoc's words lead to the concept that has them, in three languages; narrower, dated ones are never shown."""
    goals = "http://metadata.un.org/sdg/"
    wanted = {
        ("homelessness", "en"): "target-group/homeless-people",
        ("council housing", "en"): "theme/housing",
        ("elderly", "en"): "target-group/older-people",
        ("climate", "en"): "theme/environment-and-climate",
        ("ombudsman", "en"): "kind/ombudsperson",
        ("refugee", "en"): "target-group/refugees-and-asylum-seekers",
        ("pupil", "en"): "target-group/students",
        ("local tax", "en"): "theme/taxation",
        ("slum", "en"): "target-group/residents-of-informal-settlements",
        ("handicapped", "en"): "target-group/people-with-disabilities",
        ("woman", "en"): "target-group/women",
        ("twinning", "en"): "theme/international-cooperation",
        ("ombudsmen", "en"): "kind/ombudsperson",
        ("médiateur", "fr"): "kind/ombudsperson",
        ("sans-abri", "fr"): "target-group/homeless-people",
        ("personne âgée", "fr"): "target-group/older-people",
        ("climat", "fr"): "theme/environment-and-climate",
        ("logement social", "fr"): "theme/housing",
        ("droit d’asile", "fr"): "theme/sanctuary-for-migrants",
        ("bidonville", "fr"): "target-group/residents-of-informal-settlements",
        ("enfant", "fr"): "target-group/children",
        ("defensor del pueblo", "es"): "kind/ombudsperson",
        ("mujer", "es"): "target-group/women",
        ("solicitante de asilo", "es"): "target-group/refugees-and-asylum-seekers",
        ("gitanos", "es"): "target-group/roma",
        ("vivienda social", "es"): "theme/housing",
        ("violencia doméstica", "es"): "theme/violence-against-women",
    }
    for (text, language), key in wanted.items():
        hits = index.search(text, language, limit=30)
        keys = [hit.iri.removeprefix(ID) for hit in hits]
        assert key in keys, (text, keys)
        away = [hit.iri for hit in hits if hit.kind == "other" and not hit.iri.startswith(goals)]
        assert away == [], (text, "other vocabularies' own concepts lead away")
    assert any(hit.iri.startswith(goals) for hit in index.search("End poverty everywhere")), "of these it has the texts"
    for text in ("handicapped", "council housing", "vagrancy"):
        for hit in index.search(text, limit=10, kinds=("theme", "target-group")):
            assert hit.other_name is None, "the word that found it is not among its names"


def test_two_words_that_were_written_as_one_are_parted(index: SearchIndex) -> None:
    meant = index.search("humanrights")
    assert meant.match is Match.NEAR
    assert meant.suggestion == "human rights"
    assert len(meant) == 10
    assert index.overview("humanrights").suggestion == "human rights"
    assert index.search("xqzyxqzy").match is Match.NONE
    assert index.search("humanrights -gwangju").match is Match.NONE
