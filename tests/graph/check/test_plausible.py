"""Mistakes that somebody may well make, put into the shipped graph one by one: each is found, harmless edits are not.

All are well-formed. They are changes of statements, not of files, so that a claim may be told anew without breaking
the table; a few are written into files, too, where the line that is named is looked at.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations, permutations
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from cityrights.check import documents, plausibility, translations
from cityrights.check.rules import Broken, rules, run_rule
from cityrights.check.run import dataset
from cityrights.home import home
from cityrights.pipeline.read import read_all
from cityrights.vocabulary import CR, ID, PREFIXES, RDF, RDFS

QUERIES = {rule.name: rule for rule in rules(home() / "queries" / "checks")}
CODED = {
    "coordinates": plausibility.places,
    "country-codes": plausibility.countries,
    "printed-number": plausibility.numbers,
    "named-not-about": plausibility.names,
    "place-not-tied": plausibility.names,
    "name-twice": plausibility.twins,
    "claim-elsewhere": documents.check_lines,
    "language": translations.check_languages,
}
NAMES = PREFIXES | {
    "A": ID + "claim/twenty-practices/",
    "B": ID + "claim/ohchr-consultation-2025/",
    "PA": ID + "passage/twenty-practices/",
    "PB": ID + "passage/ohchr-consultation-2025/",
    "measure": ID + "measure/",
}
DECLARED = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMES.items())


def _table(name: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return the heads of a table, split at their bars, with the edits below each."""
    found: dict[tuple[str, ...], list[str]] = {}
    for line in (Path(__file__).parent / name).read_text("utf-8").split("\n"):
        if line.startswith("    "):
            next(reversed(found.values())).append(line.strip())
        elif line and not line.startswith("#"):
            found[tuple(line.split(" | "))] = []
    return {head: tuple(edits) for head, edits in found.items()}


MISTAKES = _table("mistakes.txt")
HARMLESS = _table("harmless.txt")
LOOKED_AT = sorted({rule for _, rule, *_ in MISTAKES})


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """Return the dataset of the shipped files, without connections: what the rules look at."""
    return dataset(home(), read_all(home()), connect=False)


def _named(short: str) -> ox.NamedNode:
    name, _, local = short.partition(":")
    return ox.NamedNode(NAMES[name] + local)


def _said(store: ox.Store, thing: str, name: str) -> list[ox.Quad]:
    """Return what a thing says by a property, in the graphs that say so."""
    found = store.quads_for_pattern(_named(thing), _named(name), None, None)
    return [quad for quad in found if quad.graph_name != ox.DefaultGraph()]


def _language(quad: ox.Quad) -> str:
    return (quad.object.language or "") if isinstance(quad.object, ox.Literal) else ""


def _changes(store: ox.Store, edit: str) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Return what an edit takes out and what it puts in.

    ``SWAP thing property en fr`` swaps two values, ``COPY thing property other`` says them of another thing, and
    ``BROADER concept`` makes the one above it narrower.
    """
    verb, *words = edit.split()
    if verb == "SWAP":
        first, second = ({_language(quad): quad for quad in _said(store, *words[:2])}[tag] for tag in words[2:])
        texts = [quad.object.value for quad in (second, first) if isinstance(quad.object, ox.Literal)]
        told = [ox.Literal(text, language=_language(quad)) for text, quad in zip(texts, (first, second), strict=True)]
        return [first, second], [ox.Quad(first.subject, first.predicate, term, first.graph_name) for term in told]
    if verb == "COPY":
        copied = _said(store, *words[:2])
        return [], [ox.Quad(_named(words[2]), quad.predicate, quad.object, quad.graph_name) for quad in copied]
    if verb == "BROADER":
        (above, *_) = _said(store, words[0], "skos:broader")
        assert isinstance(above.object, ox.NamedNode)
        return [], [ox.Quad(above.object, above.predicate, above.subject, above.graph_name)]
    graph, bar, text = edit.partition(" | ")
    text = (text if bar else edit).replace("COPY@en", '"One sentence."@en')
    (new,) = ox.parse(DECLARED + text + " .", format=ox.RdfFormat.TURTLE)
    if bar:
        return [], [ox.Quad(new.subject, new.predicate, new.object, _named(graph))]
    thing, name = text.split()[:2]
    old = [quad for quad in _said(store, thing, name) if _language(quad) == _language(new)]
    assert old, f"the graph has nothing that “{edit}” could take the place of"
    return old, [ox.Quad(new.subject, new.predicate, new.object, old[0].graph_name)]


@contextmanager
def _edited(store: ox.Store, edits: Iterable[str]) -> Iterator[None]:
    """Change the dataset and its merge, superclasses of new things included, and put it back."""
    gone: list[ox.Quad] = []
    come: list[ox.Quad] = []
    try:
        for edit in edits:
            old, new = _changes(store, edit)
            for quad in list(new):
                if quad.predicate.value == RDF + "type" and isinstance(quad.object, ox.NamedNode):
                    new += [
                        ox.Quad(quad.subject, quad.predicate, name, quad.graph_name)
                        for name in _above(store, quad.object)
                    ]
            for quad in old:
                for each in (quad, ox.Quad(quad.subject, quad.predicate, quad.object)):
                    store.remove(each)
                    gone.append(each)
            for quad in new:
                for each in (quad, ox.Quad(quad.subject, quad.predicate, quad.object)):
                    if each not in store:
                        store.add(each)
                        come.append(each)
        yield
    finally:
        for quad in come:
            store.remove(quad)
        for quad in gone:
            store.add(quad)


def _above(store: ox.Store, name: ox.NamedNode) -> Iterator[ox.NamedNode]:
    for quad in store.quads_for_pattern(name, ox.NamedNode(RDFS + "subClassOf"), None, ox.DefaultGraph()):
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(CR):
            yield quad.object
            yield from _above(store, quad.object)


def _found(store: ox.Store, rule: str) -> list[Broken]:
    rows = CODED[rule](store) if rule in CODED else run_rule(store, QUERIES[rule])
    return [row for row in rows if row.finding.rule == rule]


def test_each_mistake_is_found_and_told(store: ox.Store) -> None:
    assert len(MISTAKES) >= 40
    before = {rule: _found(store, rule) for rule in LOOKED_AT}
    wrong = []
    for (name, rule, thing, words), edits in MISTAKES.items():
        iri = _named(thing).value
        if any(row.where.value == iri and words in row.finding.message for row in before[rule]):
            wrong.append(f"{name}: {rule} says so before there is a mistake")
        with _edited(store, edits):
            rows = [row.finding for row in _found(store, rule) if row.where.value == iri]
        told = [found for found in rows if words in f"{found.message} {found.repair}"]
        if not told:
            wrong.append(f"{name}: {rule} says {[found.message for found in rows] or 'nothing'} of {thing}")
        elif not all(found.repair for found in told):
            wrong.append(f"{name}: {rule} says no repair")
    assert not wrong, "\n".join(wrong)


#: Numbers in words, and what they are: none is read where several are told, or what is told is no number.
SPELLED: Final = {
    "Forty-two people": {42}, "twenty local practices": {20}, "ninety nine": {99}, "one hundred and five": {105},
    "three hundred": {300}, "two thousand": {2000}, "a hundred": {100}, "seventy-one million": {71_000_000},
    "vingt et un": {21}, "quarante-deux": {42}, "soixante-dix-sept": {77}, "quatre-vingts": {80},
    "quatre-vingt-dix-neuf": {99}, "deux cent trois": {203}, "cent familles": {100},
    "treinta y cinco": {35}, "veintidós": {22}, "doscientos diez": {210}, "cien": {100}, "noventa": {90},
    "two or three": set(), "two three": set(), "between ten and twelve": set(), "twenty and thirty": set(),
    "12 of the forty": {12}, "some people": set(), "percentage": set(),
}  # fmt: skip


def test_numbers_in_words_are_read() -> None:
    read = {printed: plausibility.read_number(printed) for printed in SPELLED}
    wrong = {printed: found for printed, found in read.items() if found != SPELLED[printed]}
    assert not wrong


def test_each_rule_that_is_no_query_has_a_mistake() -> None:
    assert set(CODED) <= set(LOOKED_AT)


def test_what_looks_odd_and_is_right_passes(store: ox.Store) -> None:
    """All at once, but for those that say something else of the same: what is right by itself is so beside others."""
    assert len(HARMLESS) >= 10
    before = {rule: {row.finding for row in _found(store, rule)} for rule in LOOKED_AT}
    todo = [(name, edits) for (name,), edits in HARMLESS.items()]
    wrong = []
    while todo:
        taken: dict[str, str] = {}
        for name, edits in list(todo):
            said = [" ".join(edit.split()[:2]) for edit in edits if " | " not in edit]
            if not any(each in taken for each in said):
                taken |= dict.fromkeys(said or [name], name)
                todo.remove((name, edits))
        names = set(taken.values())
        with _edited(store, [edit for (name,), edits in HARMLESS.items() if name in names for edit in edits]):
            for rule in LOOKED_AT:
                new = {row.finding for row in _found(store, rule)} - before[rule]
                wrong += [f"{rule}: {found.where}: {found.message}" for found in new]
    assert not wrong, "\n".join(wrong)


_NAMES: Final = st.text("ab 1", min_size=4, max_size=20)
_PLACES: Final = st.dictionaries(st.sampled_from("PQRST"), st.sets(st.sampled_from("PQRST"), max_size=2), max_size=5)


@given(st.lists(st.tuples(_NAMES, st.sets(st.sampled_from("PQRST"), max_size=2)), max_size=12), _PLACES)
@settings(deadline=None)
def test_names_that_are_alike_are_found_as_by_comparing_all(
    things: list[tuple[str, set[str]]], wider: dict[str, set[str]]
) -> None:
    names = {str(number): name for number, (name, _) in enumerate(things)}
    stands = {str(number): places for number, (_, places) in enumerate(things) if places}

    def may_be_one(one: str, other: str) -> bool:
        here, there = stands.get(one, set()), stands.get(other, set())
        near = (a == b or a in wider.get(b, ()) or b in wider.get(a, ()) for a in here for b in there)
        return not (here and there) or any(near)

    wanted = {
        (one, other)
        for one, other in permutations(names, 2)
        if one < other
        and may_be_one(one, other)
        and re.findall(r"\d+", names[one]) == re.findall(r"\d+", names[other])
        and DamerauLevenshtein.distance(names[one], names[other]) <= (2 if len(names[one]) >= 16 else 1)
        and len(names[one]) >= 5
    }
    assert set(plausibility._alike(names, stands, wider)) == wanted


def test_texts_that_are_looked_at_word_by_word_are_all_of_which_anything_is_said() -> None:
    chance, said = random.Random(81), 0
    for _ in range(300):
        names = [f"{chance.choice('abc')}{letter}" for letter in "abcdefghijklmnop"]
        size = chance.randrange(1, 4)
        texts = [
            (tag, " ".join(chance.sample(names, size)))
            for tag in ("en", "fr", "es")
            for _ in range(chance.randrange(9))
        ]
        tongues = translations.Tongues(texts)
        kept = tongues.doubtful(texts)
        told = {one for one in texts if tongues.better(one[1], one[0])}
        for one, other in combinations(texts, 2):
            if one[0] != other[0] and one[1] != other[1] and tongues.swapped(one, other):
                told |= {one, other}
        assert told <= kept
        said += len(told)
    assert said > 100  # else nothing was tried
