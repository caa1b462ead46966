"""Any question that can be put together runs, is counted right, comes back from its address, and agrees with lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cityrights
from cityrights.api import KnowledgeGraph
from cityrights.home import home
from cityrights.indexes.facets import LISTS, UNKNOWN, Catalogue, Selection
from cityrights.library.queries import with_prefixes
from cityrights.query_builder import (
    Class,
    Condition,
    Kind,
    Operator,
    PropertyPath,
    Question,
    Schema,
    Verbalizer,
    cells_query,
    count_query,
    load,
    pairs,
    read,
    rows_query,
    values_query,
)
from cityrights.query_builder.question import LONGEST, MOST_ROWS
from cityrights.query_builder.schema import DEEPEST
from cityrights.snapshot import Snapshot
from cityrights.terms import Iri
from cityrights.vocabulary import whole
from sparqlgate import Limits

#: What a question of the builder may use here: a tenth of what the site allows.
LIMITS = Limits(seconds=10.0, memory=256 << 20)
QUIET = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=60
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and len(text) <= LONGEST
)
#: Lists and their facets that a property of the same meaning asks for.
SHARED = {
    "practices": {
        "theme": "theme", "country": "country", "target": "targetGroup", "place": "place", "pillar": "pillar",
        "section": "section", "status": "status", "source": "source",
    },
    "institutions": {
        "kind": "kind", "theme": "theme", "country": "country", "target": "targetGroup", "place": "place",
        "status": "status", "source": "source",
    },
    "instruments": {"kind": "kind", "theme": "theme", "country": "country", "target": "targetGroup", "place": "place"},
    "events": {"kind": "kind", "theme": "theme", "country": "country", "place": "place"},
    "organisations": {"kind": "kind", "country": "country", "place": "place"},
    "themes": {"broader": "broader"},
}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """The shipped graph with its schema and its lists."""

    kg: KnowledgeGraph
    schema: Schema
    catalogue: Catalogue

    def rows(self, text: str) -> list[dict[str, object]]:
        return list(self.kg.select(text))

    def values(self, of: Class, path: PropertyPath) -> list[str]:
        found = [str(row["value"]) for row in self.rows(values_query(self.schema, of, path, everything=True))]
        return sorted(found)

    def value(self, of: Class, path: PropertyPath, text: str) -> str | None:
        return whole(text) if path[-1].kind is Kind.THING else text


@pytest.fixture(scope="module")
def ground(snapshot: Snapshot) -> Iterator[Ground]:
    with cityrights.open(snapshot.path, limits=LIMITS) as kg:
        yield Ground(kg, load(kg.engine, LIMITS, home() / "ontology"), Catalogue.open(snapshot.path))


def paths(draw: st.DrawFn, schema: Schema, of: Class) -> PropertyPath:
    """Draw a path from a class on."""
    path = [draw(st.sampled_from(of.properties))]
    while len(path) < DEEPEST and (beyond := schema.beyond(path[-1])) is not None and draw(st.booleans()):
        path.append(draw(st.sampled_from(beyond.properties)))
    return tuple(path)


def condition(draw: st.DrawFn, ground: Ground, of: Class) -> Condition:
    """Draw a condition, with values that are there and some that are not."""
    path = paths(draw, ground.schema, of)
    kind = path[-1].kind
    how = draw(st.sampled_from(Operator if kind is not Kind.OTHER else (Operator.ANY, Operator.NONE)))
    if how in (Operator.ANY, Operator.NONE):
        return Condition(path, how)
    if kind in (Kind.NUMBER, Kind.DATE):
        whole_years = st.integers(0, 2100).map(Decimal)
        numbers = st.decimals(-1000, 10**6, places=2, allow_nan=False).map(lambda n: n + 0)
        low, high = sorted(draw(st.tuples(*[numbers if kind is Kind.NUMBER else whole_years] * 2)))
        return Condition(path, how, (), *draw(st.sampled_from([(low, None), (None, high), (low, high)])))
    if kind is Kind.TEXT:
        return Condition(path, how, (draw(TEXTS),))
    there = ground.values(of, path)
    if not there:
        return Condition(path, Operator.ANY)
    return Condition(path, how, tuple(draw(st.lists(st.sampled_from(there), min_size=1, max_size=3, unique=True))))


@st.composite
def questions(draw: st.DrawFn, ground: Ground) -> Question:
    """Draw a whole question over the shipped graph."""
    of = draw(st.sampled_from(list(ground.schema.classes.values())))
    conditions = tuple(condition(draw, ground, of) for _ in range(draw(st.integers(0, 4))))
    columns = tuple(dict.fromkeys(paths(draw, ground.schema, of) for _ in range(draw(st.integers(0, 4)))))
    columns = tuple(path for path in columns if path[0].name != "name" or len(path) > 1)
    sort = draw(st.sampled_from([None, *columns]))
    limit = draw(st.none() | st.integers(1, MOST_ROWS))
    return Question(of, conditions, columns, sort, draw(st.booleans()), limit, draw(st.booleans()))


@QUIET
@given(data=st.data())
def test_a_question_runs_and_is_counted_right(ground: Ground, data: st.DataObject) -> None:
    question = data.draw(questions(ground))
    language = data.draw(st.sampled_from(("en", "fr", "es")))
    (counted,) = ground.rows(count_query(ground.schema, question))
    count = int(str(counted["count"]))
    found = ground.rows(rows_query(ground.schema, replace(question, limit=None), language))
    things = [next(iter(row.values())) for row in found]
    assert len(found) == len(set(things)) == count
    assert all(row["name"] for row in found)
    if question.limit is not None:
        assert len(ground.rows(rows_query(ground.schema, question, language))) == min(count, question.limit)
    if question.columns and things:
        some = [Iri(str(thing)) for thing in things[:5]]
        for row in ground.rows(cells_query(ground.schema, question, some)):
            assert str(row["thing"]) in map(str, things)


@QUIET
@given(data=st.data())
def test_a_question_comes_back_from_its_address_and_can_be_told(ground: Ground, data: st.DataObject) -> None:
    question = data.draw(questions(ground))
    asked = read(ground.schema, pairs(question), ground)
    assert asked.faults == ()
    assert asked.question == question
    assert asked.pairs == pairs(question)
    for language in ("en", "fr", "es"):
        teller = Verbalizer(ground.schema, language, partial(ground.kg.vocabulary.label, language=language))
        told = "".join(part.text for part in teller.sentence(question))
        assert told.startswith(teller.things(question.of))


@QUIET
@given(data=st.data())
def test_what_a_list_counts_the_builder_counts(ground: Ground, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHARED)))
    listing, held = LISTS[name], ground.catalogue.list(name)
    of = ground.schema.by_iri["https://w3id.org/cityrights/ontology#" + listing.classes[0]]
    chosen: dict[str, list[str]] = {}
    for facet in data.draw(st.lists(st.sampled_from(sorted(SHARED[name])), max_size=3, unique=True)):
        values = sorted(held.facets[facet].values)
        chosen[facet] = data.draw(st.lists(st.sampled_from([*values, UNKNOWN]), min_size=1, max_size=3, unique=True))
        if len(chosen[facet]) > 1:
            chosen[facet] = [value for value in chosen[facet] if value != UNKNOWN]
    everything = "status" not in chosen and data.draw(st.booleans())
    keys = {
        facet: [value if value == UNKNOWN else held.facets[facet].facet.key(value) for value in values]
        for facet, values in chosen.items()
    }
    found = held.select(Selection.of(listing, keys, everything=everything))
    conditions = []
    for facet, values in chosen.items():
        path = ground.schema.path(of, SHARED[name][facet])
        conditions.append(
            Condition(path, Operator.NONE) if values == [UNKNOWN] else Condition(path, Operator.IS, tuple(values))
        )
    question = Question(of, tuple(conditions), everything=everything)
    assert int(str(ground.rows(count_query(ground.schema, question))[0]["count"])) == found.total


def test_the_themes_of_cities_are_those_of_what_they_do(ground: Ground) -> None:
    """The list of cities counts places of every sort; the builder asks for one class: so class by class."""
    of = ground.schema.classes["city"]
    path = ground.schema.path(of, "place-of-practice.theme")
    held = ground.catalogue.list("cities")
    city = held.facets["type"].facet.key(of.iri)
    for value in ground.values(of, path):
        theme = held.facets["theme"].facet.key(value)
        found = held.select(Selection.of(held.listing, {"theme": [theme], "type": [city]}))
        asked = Question(of, (Condition(path, Operator.IS, (value,)),))
        assert int(str(ground.rows(count_query(ground.schema, asked))[0]["count"])) == found.total, value


def test_every_class_and_property_of_the_shapes_that_has_data_can_be_asked(ground: Ground) -> None:
    asked = 0
    for of in ground.schema.classes.values():
        for step in of.properties:
            for how in (Operator.ANY, Operator.NONE):
                question = Question(of, (Condition((step,), how),), everything=True)
                number = int(str(ground.rows(count_query(ground.schema, question))[0]["count"]))
                assert 0 <= number <= of.count + of.later, (of.name, step.name)
                assert how is Operator.NONE or number > 0, (of.name, step.name)
                asked += 1
    assert asked > 500


def test_each_property_of_kinds_offers_the_concepts_of_its_branch(ground: Ground) -> None:
    """What can be chosen for services are services, and nothing else of the one scheme that all kinds stand in."""
    text = """SELECT ?p ?kind WHERE { ?p cr:branch ?top
        { ?kind skos:broader* ?top } UNION { ?top skos:broader+ ?kind } }"""
    told = ground.rows(with_prefixes(text))
    branches: dict[str, set[str]] = {}
    for row in told:
        branches.setdefault(str(row["p"]), set()).add(str(row["kind"]))
    offered = 0
    for of in ground.schema.classes.values():
        for each in of.properties:
            if each.iris[0] in branches and not each.inverse:
                values = ground.values(of, (each,))
                branch = of.iri if each.name == "kind" and of.iri in branches else each.iris[0]
                assert set(values) <= branches[branch], (of.name, each.name)
                offered += len(values)
    assert offered > 50
