"""A question as SPARQL over a small graph: what it finds, what it leaves out, and that nothing leaves its place."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
import rdflib.plugins.sparql

from cityrights.query_builder import Question, cells_query, count_query, has_query, rows_query, values_query
from cityrights.terms import Iri, term_text
from cityrights.vocabulary import CR, ID, RDF, XSD
from tests.graph.query_builder.small import PRACTICE, SCHEMA, THEME, asked, select, store

ATTACKS = (
    '"', "\\", '\\"', '") } UNION { ?s ?p ?o } #', "'''", '"""', "}", "# all", "\\u0022", "\\\\", "?practice",
    '"@en', '"^^xsd:string', "PREFIX cr: <http://example.org/>", "SELECT * { ?s ?p ?o }", "\u202e", "{{7*7}}",
)  # fmt: skip
ADDRESSES = (
    "https://example.org/a> . ?s ?p ?o . <b", 'https://example.org/"', "https://example.org/{x}", "theme:a;b",
    "theme:a#b", "theme:../x", "theme:%00", "theme:a b", "http://example.org/\\u003e", "urn:x:`", "theme:é",
)  # fmt: skip


@pytest.fixture(scope="module")
def held() -> ox.Store:
    return store()


def question(query: str) -> Question:
    found = asked(query)
    assert found.faults == ()
    assert found.question is not None
    return found.question


def names(held: ox.Store, query: str, language: str = "en") -> list[str]:
    rows = select(held, rows_query(SCHEMA, question(query), language))
    (count,) = select(held, count_query(SCHEMA, question(query)))
    assert int(count["count"]) == len(rows) or question(query).limit is not None
    return [row["name"] for row in rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("find=practice", ["Alpha", "Beta"]),
        ("find=practice&all=1", ["Alpha", "Beta", "Gamma"]),
        ("find=practice&where1=status&value1=status:planned", ["Gamma"]),
        ("find=practice&where1=status&how1=not&value1=status:in-place", ["Gamma"]),
        ("find=practice&where1=theme&value1=theme:memory", ["Alpha", "Beta"]),
        ("find=practice&where1=theme&value1=theme:culture", ["Alpha", "Beta"]),
        ("find=practice&where1=theme&how1=none&all=1", ["Gamma"]),
        ("find=practice&where1=theme&how1=any&all=1", ["Alpha", "Beta"]),
        ("find=practice&where1=place&value1=city:lyon&value1=city:utrecht", ["Alpha", "Beta"]),
        ("find=practice&where1=place&value1=city:lyon", ["Beta"]),
        ("find=practice&where1=place&how1=not&value1=city:lyon", ["Alpha"]),
        ("find=practice&where1=place.country&value1=country:france", ["Beta"]),
        ("find=practice&where1=place.within&how1=not&value1=country:france", ["Alpha"]),
        ("find=practice&where1=name&value1=ALPH", ["Alpha"]),
        ("find=practice&where1=name&how1=not&value1=alphe", ["Beta"]),
        ("find=practice&where1=start&from1=2011", ["Beta"]),
        ("find=practice&where1=start&to1=2010", ["Alpha"]),
        ("find=practice&where1=start&how1=not&from1=2015&to1=2015", ["Alpha"]),
        ("find=practice&where1=cost&from1=5&to1=40.5&all=1", ["Alpha", "Beta"]),
        ("find=practice&where1=cost&from1=40.6&all=1", ["Gamma"]),
        ("find=practice&where1=comparator&value1=cr:gt", []),
        ("find=practice&where1=url&how1=any", ["Alpha"]),
        ("find=practice&where1=url&how1=none", ["Beta"]),
        ("find=city", ["Lyon", "Utrecht"]),
        ("find=city&where1=place-of-practice.theme&value1=theme:culture", ["Lyon", "Utrecht"]),
        ("find=city&where1=place-of-practice.start&to1=2010", ["Utrecht"]),
        ("find=city&where1=place-of-practice&value1=practice:c", ["Lyon"]),
        ("find=city&where1=place-of-practice.cost&from1=99", []),
        ("find=city&where1=place-of-practice.cost&from1=99&all=1", ["Lyon"]),
        ("find=city&where1=place-of-practice.status&value1=status:planned", ["Lyon"]),
        ("find=practice&show=cost&sort=-cost&all=1", ["Gamma", "Beta", "Alpha"]),
        ("find=practice&show=start&sort=start&all=1", ["Alpha", "Beta", "Gamma"]),
        ("find=practice&show=start&sort=-start&all=1", ["Beta", "Alpha", "Gamma"]),
        ("find=practice&sort=-name&limit=1", ["Beta"]),
    ],
)  # fmt: skip
def test_what_a_question_finds(held: ox.Store, query: str, found: list[str]) -> None:
    assert names(held, query) == found


def test_years_before_1_and_after_9999_are_years() -> None:
    far = store()
    for name, start in (("old", "-1500-01-01"), ("late", "12015-01-01"), ("known", "0150-01-01Z")):
        thing = ox.NamedNode(f"{ID}practice/{name}")
        far.add(ox.Quad(thing, ox.NamedNode(RDF + "type"), ox.NamedNode(PRACTICE.iri)))
        far.add(ox.Quad(thing, ox.NamedNode(PRACTICE.properties[0].iris[0]), ox.Literal(name, language="en")))
        far.add(ox.Quad(thing, ox.NamedNode(CR + "start"), ox.Literal(start, datatype=ox.NamedNode(XSD + "date"))))
    assert names(far, "find=practice&where1=start&to1=200&from1=0") == ["known"]
    assert names(far, "find=practice&where1=start&from1=2011") == ["Beta", "late"]


def test_a_row_is_one_thing_with_all_that_it_has(held: ox.Store) -> None:
    rows = select(held, rows_query(SCHEMA, question("find=practice&show=theme&show=place&show=description"), "fr"))
    assert [row["name"] for row in rows] == ["Alphe", "Beta"]
    assert sorted(rows[1]["theme"].split("; ")) == ["Culture", "Mémoire"]
    assert sorted(rows[1]["place"].split("; ")) == ["Lyon", "Utrecht"]
    assert [row["description"] for row in rows] == ["En français", "Only English"]


def test_what_is_planned_is_no_value_of_a_column(held: ox.Store) -> None:
    shown = [
        {row["name"]: row.get("place_of_practice", "") for row in select(held, rows_query(SCHEMA, question(query)))}
        for query in ("find=city&show=place-of-practice", "find=city&show=place-of-practice&all=1")
    ]
    assert shown[0]["Lyon"] == "Beta"
    assert sorted(shown[1]["Lyon"].split("; ")) == ["Beta", "Gamma"]


def test_a_column_may_be_called_like_a_variable_within(held: ox.Store) -> None:
    text = rows_query(SCHEMA, question("find=theme&show=value"))
    assert "AS ?value)" not in text
    rdflib.plugins.sparql.prepareQuery(text)
    assert len(select(held, text)) == 2


def test_choices_count_what_stands_below_them(held: ox.Store) -> None:
    path = SCHEMA.path(PRACTICE, "theme")
    found = {row["value"]: int(row["count"]) for row in select(held, values_query(SCHEMA, PRACTICE, path))}
    assert found == {f"{ID}theme/culture": 2, f"{ID}theme/memory": 2}
    path = SCHEMA.path(PRACTICE, "place")
    with_all = {
        row["value"]: row["count"] for row in select(held, values_query(SCHEMA, PRACTICE, path, everything=True))
    }
    assert with_all[f"{ID}city/lyon"] == "2"


def test_where_columns_lead(held: ox.Store) -> None:
    asked_for = question("find=practice&show=place.country&show=description")
    rows = select(held, cells_query(SCHEMA, asked_for, [Iri(f"{ID}practice/b")]))
    assert {(row["column"], row["value"]) for row in rows} == {
        ("0", f"{ID}country/france"),
        ("0", f"{ID}country/netherlands"),
        ("1", "Only English"),
    }


def test_whether_anything_has_a_value(held: ox.Store) -> None:
    path = SCHEMA.path(PRACTICE, "place")
    for iri, there in ((f"{ID}city/lyon", True), (f"{ID}city/nowhere", False)):
        answer = held.query(has_query(SCHEMA, PRACTICE, path, Iri(iri)))
        assert bool(answer) is there


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_text_is_found_as_it_is_and_nothing_more(attack: str) -> None:
    held = store()
    thing = ox.NamedNode(f"{ID}practice/hostile")
    held.add(
        ox.Quad(thing, ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), ox.NamedNode(PRACTICE.iri))
    )
    held.add(ox.Quad(thing, ox.NamedNode(PRACTICE.properties[0].iris[0]), ox.Literal(f"x {attack} y", language="en")))
    held.add(ox.Quad(thing, ox.NamedNode(CR + "comparator"), ox.Literal(attack)))
    base = question("find=practice&where1=name&value1=x&where2=comparator&value2=cr:x")
    for place in (0, 1):
        condition = base.conditions[place]
        changed = type(condition)(condition.path, condition.how, (attack,))
        asking = Question(base.of, (changed,))
        text = rows_query(SCHEMA, asking)
        rdflib.plugins.sparql.prepareQuery(text)
        assert [row["practice"] for row in select(held, text)] == [thing.value]
        assert int(select(held, count_query(SCHEMA, asking))[0]["count"]) == 1


@pytest.mark.parametrize("attack", [*ADDRESSES, *ATTACKS])
def test_an_address_stays_one_term(attack: str) -> None:
    """Put in the place of a harmless address, it changes that one term of the query and nothing else."""
    condition = question("find=practice&where1=place&value1=city:x").conditions[0]
    harmless = "http://example.org/1"

    def text(value: str) -> str:
        return rows_query(SCHEMA, Question(PRACTICE, (type(condition)(condition.path, condition.how, (value,)),)))

    term = term_text(Iri(attack))
    assert re.fullmatch(r"<([^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-F]{4})*>", term)
    assert text(attack).replace(term, "here") == text(harmless).replace(f"<{harmless}>", "here")
    assert "here" in text(attack).replace(term, "here")


def test_themes_are_things_as_well(held: ox.Store) -> None:
    assert THEME.status is None
    assert names(held, "find=theme&where1=name&value1=mém") == ["Memory"]
