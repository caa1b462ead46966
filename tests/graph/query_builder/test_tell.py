"""Questions in words: one sentence in each language, in which no value can pass for our own words."""

from __future__ import annotations

import re

import pytest

from cityrights.home import home
from cityrights.query_builder import Verbalizer
from cityrights.query_builder.schema import FIRST
from cityrights.resources.labels import spoken
from cityrights.resources.schema import read_fields
from cityrights.terms import Literal
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR
from tests.graph.query_builder.small import SCHEMA, asked


def told(query: str, language: str = "en", label: str = "") -> str:
    found = asked(query)
    assert found.question is not None
    teller = Verbalizer(SCHEMA, language, lambda iri: Literal(label or spoken(iri).capitalize(), language))
    return "".join(part.text for part in teller.sentence(found.question))


@pytest.mark.parametrize(
    ("query", "english"),
    [
        ("find=practice", "Practices"),
        ("find=practice&where1=theme&value1=theme:memory", "Practices about memory"),
        (
            "find=practice&where1=theme&value1=theme:memory&where2=place&value2=city:lyon&show=place&show=theme",
            "Practices about memory, in Lyon; shown with their Place and their Theme",
        ),
        ("find=practice&where1=place&how1=not&value1=city:a&value1=city:b&value1=city:c", "Practices not in A, B or C"),
        ("find=practice&where1=place.country&value1=country:france", "Practices with Place in France"),
        ("find=practice&where1=place&how1=none", "Practices without Place"),
        ("find=practice&where1=cost&from1=1.50", "Practices with Value from 1.50 on"),
        ("find=practice&where1=start&to1=2020", "Practices with Start up to 2020"),
        ("find=practice&where1=start&how1=not&from1=1999&to1=2020", "Practices without Start from 1999 to 2020"),
        ("find=practice&where1=name&value1={p}", "Practices with “{p}” in the name"),
        ("find=practice&where1=theme", "Practices"),
        (
            "find=city&where1=place-of-practice.theme&how1=not&value1=theme:memory",
            "Cities without practices there about memory",
        ),
        ("find=city&where1=place-of-practice.cost&from1=7", "Cities with practices there having Value from 7 on"),
        (
            "find=practice&show=start&sort=-start",
            "Practices; shown with their Start; in the reverse order of their Start",
        ),
    ],
)  # fmt: skip
def test_a_question_is_one_sentence(query: str, english: str) -> None:
    assert told(query) == english
    for language in ("fr", "es"):
        other = told(query, language)
        assert other != english
        assert not re.search(r"\{[a-z]\w+\}", other)


def test_french_and_spanish_read_as_such() -> None:
    query = "find=practice&where1=theme&value1=theme:memory&where2=place&value2=city:lyon&show=place"
    assert (
        told(query, "fr")
        == "Pratiques sur le thème memory, avec Lyon pour Place\u202f; avec dans le tableau leur Place"
    )
    assert told(query, "es") == "Prácticas sobre memory, en Lyon; con estos datos en la tabla: su Place"


def test_values_are_marked_and_never_filled_in() -> None:
    found = asked("find=practice&where1=place&value1=city:lyon&where2=name&value2={v}")
    assert found.question is not None
    teller = Verbalizer(SCHEMA, "en", lambda iri: Literal("{v} {p} {rest}", "de"))
    parts = teller.sentence(found.question)
    assert [(part.text, part.language) for part in parts if part.value] == [("{v} {p} {rest}", "de"), ("{v}", None)]


def test_every_class_with_a_shape_has_a_plural_in_each_language() -> None:
    for words in CATALOGUE.values():
        assert {iri.removeprefix(CR) for iri in read_fields(home() / "ontology").fields} <= set(words.question.plurals)
        assert set(FIRST) <= set(words.question.plurals)
        assert set(words.question.being) == set(words.question.unlike)
        assert all("{v}" in phrase for phrase in (*words.question.being.values(), *words.question.unlike.values()))
