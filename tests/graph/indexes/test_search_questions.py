"""Any text is a question: none is an error, and every name finds its thing."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityrights.indexes.search import SearchIndex
from cityrights.indexes.search import query as questions
from cityrights.indexes.search.text import distance, whole
from cityrights.indexes.search.writing import Graph
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import ID

ODD = (
    '"', '""', '"a', "“", "-", "--", '-"', '-"x y"', "AND OR NOT", "AND", "field:", "name:utrecht", "*", "?", "\\",
    "\\\\", "/.*/", "(", ")", "((a) OR", "[a TO z]", "{a}", "a~2", "a^9", "+a", "!a", "&& ||", "<script>", "'; DROP x",
    "😀", "👩‍👩‍👧", "\u202eטסט", "שלום", "مدينة", "\x00", "\ud800", "a\ud800b", "\ufeff", "\u0301", "a\n\t b",
    "%", "%00", " ", "", "ß", "x" * 10_000, "é" * 10_000, "ab " * 3_000, '"' * 5_000, "-a " * 3_000,
    "광주 시", "ﬁ", "I" * 70,
)  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_answered(index: SearchIndex, text: str) -> None:
    for language in ("en", "fr", "es"):
        answer = index.search(text, language)
        assert answer.total == sum(answer.by_kind.values())
        index.overview(text, language)
        index.suggest(text, language)
    assert isinstance(index.called(text), list)
    assert isinstance(index.identified(text), list)
    assert index.get(text) is None


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60) | st.from_regex(r'["\-*:()~a-zé ]{0,30}', fullmatch=True))
def test_no_text_is_an_error(index: SearchIndex, text: str) -> None:
    answer = index.search(text)
    assert answer.total >= len(answer.hits)
    for hit in (*answer.hits, *index.suggest(text)):
        for shown in (hit.label, hit.snippet, hit.other_name):
            if shown is not None:
                assert "".join(piece for piece, _ in shown.pieces()) == shown.value


def test_every_name_finds_its_thing_among_the_first(index: SearchIndex, snapshot: Snapshot) -> None:
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    names: dict[str, list[str]] = {}
    for thing in Graph(ox.Store.read_only(str(snapshot.store))).things():
        names[thing.iri] = [text for _, text in (*thing.labels, *thing.other_names)]
        for name in names[thing.iri]:
            bearers[whole(name)].add(thing.iri)
    # Claims and things that other sites have are many, and named by rule: each tenth will do.
    chosen = [iri for iri in names if "/id/claim/" not in iri and iri.startswith(ID)]
    chosen += [iri for iri in names if iri not in set(chosen)][::10]
    assert len(chosen) > 500
    lost = []
    for iri, name in itertools.chain.from_iterable(((iri, name) for name in names[iri]) for iri in chosen):
        first = [hit.iri for hit in index.search(name, limit=max(5, len(bearers[whole(name)]))).hits]
        if iri not in first:
            lost.append((iri, name))
    assert lost == []


def test_a_text_is_taken_apart() -> None:
    asked = questions.read('the Écoles “de São Paulo” -"private schools" -fees l’eau')
    assert asked.words == ("ecoles", "eau")
    assert set(asked.small) == {"the", "l"}
    assert asked.phrases == (("de", "sao", "paulo"),)
    assert asked.without == (("private", "schools"), ("fees",))
    assert questions.read("-housing").words == ("housing",)
    assert questions.read("de la").words == ("de", "la")  # small words alone are all there is to go by
    assert questions.read("well-being b").words == ("well", "being")
    assert len(questions.read("word%d " * 900).words) <= questions.MOST_WORDS
    assert questions.read(" \n").is_empty


@settings(max_examples=200, deadline=None)
@given(one=st.text("abc", max_size=7), other=st.text("abc", max_size=7))
def test_distances_are_symmetric_and_end_at_the_most(one: str, other: str) -> None:
    there, back = distance(one, other, 2), distance(other, one, 2)
    assert there == back
    assert (there == 0) == (one == other)
    assert there is None or there <= 2


def test_a_swap_of_letters_is_one_error() -> None:
    assert distance("grenobel", "grenoble", 2) == 1
    assert distance("grenoble", "grenobel", 1) == 1
    assert distance("abcd", "dcba", 2) is None
