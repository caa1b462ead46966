"""A question in an address: what it says, what a form may send, and what is told of what is wrong."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from cityrights.query_builder import Operator, pairs, path_name
from cityrights.query_builder.question import LONGEST, MOST_COLUMNS, MOST_CONDITIONS
from tests.graph.query_builder.small import CITY, PRACTICE, SCHEMA, asked

WHOLE = (
    "find=practice&where1=theme&value1=theme:memory&value1=theme:culture&where2=place.country&how2=not"
    "&value2=country:france&where3=start&from3=2010&to3=2020&where4=cost&how4=none&where5=name&value5=a+b"
    "&show=place&show=start&sort=-start&limit=50&all=1"
)


def test_an_address_says_every_part_of_a_question() -> None:
    found = asked(WHOLE)
    question = found.question
    assert found.faults == ()
    assert question is not None
    assert question.of == PRACTICE
    assert [path_name(each.path) for each in question.conditions] == ["theme", "place.country", "start", "cost", "name"]
    assert [each.how for each in question.conditions] == [
        Operator.IS,
        Operator.NOT,
        Operator.IS,
        Operator.NONE,
        Operator.IS,
    ]
    assert question.conditions[2].low == Decimal(2010)
    assert question.conditions[4].values == ("a b",)
    assert [path_name(column) for column in question.columns] == ["place", "start"]
    assert (question.descending, question.limit, question.everything) == (True, 50, True)
    assert found.pairs == parse_qsl(WHOLE) == pairs(question)


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("find=practice&where7=place&how7=is&value7=&value7=city:x", "find=practice&where1=place&value1=city:x"),
        ("find=practice&add=theme", "find=practice&where1=theme"),
        ("find=practice&where1=theme&where2=name&value2=x&remove=1", "find=practice&where1=name&value1=x"),
        ("find=practice&where1=place&how1=whose&then1=country", "find=practice&where1=place.country"),
        ("find=practice&where1=place&how1=whose&then1=", "find=practice&where1=place&how1=whose"),
        ("find=practice&where1=cost&how1=whose", "find=practice&where1=cost"),
        ("find=practice&where1=theme&value1=The+one", "find=practice&where1=theme&value1=cr:one"),
        ("find=practice&where1=theme&how1=any&value1=theme:memory", "find=practice&where1=theme&how1=any"),
        ("find=practice&where1=url", "find=practice&where1=url&how1=any"),
        ("find=practice&where1=url&how1=not", "find=practice&where1=url&how1=none"),
        ("sort=name&find=practice&limit=&all=&utm_source=x", "find=practice"),
        ("find=practice&show=place&show=name&show=place&sort=start", "find=practice&show=place"),
        ("find=city&was=practice&where1=theme&value1=theme:memory&show=start&sort=-start", "find=city"),
    ],
)  # fmt: skip
def test_what_a_form_sends_has_one_address(sent: str, canonical: str) -> None:
    found = asked(sent)
    assert found.faults == ()
    assert found.pairs == parse_qsl(canonical)
    assert asked(canonical).pairs == found.pairs


@pytest.mark.parametrize(
    ("sent", "name", "kind"),
    [
        ("find=dragon", "find", "class"),
        ("find=practice&where1=scales", "where1", "property"),
        ("find=practice&where1=place.scales", "where1", "property"),
        ("find=practice&where1=cost.country", "where1", "property"),
        ("find=city&where1=place-of-practice.place.place-of-practice.place", "where1", "deep"),
        ("find=practice&where1=theme&how1=perhaps", "how1", "how"),
        ("find=practice&where1=theme&value1=nothing+of+the+sort", "value1", "value"),
        ("find=practice&where1=cost&from1=many", "from1", "number"),
        ("find=practice&where1=cost&from1=1,5", "from1", "number"),
        ("find=practice&where1=cost&from1=1e9", "from1", "number"),
        ("find=practice&where1=cost&to1=٣", "to1", "number"),
        ("find=practice&where1=start&to1=May", "to1", "year"),
        ("find=practice&where1=start&to1=20155", "to1", "year"),
        ("find=practice&where1=start&from1=2020&to1=2010", "to1", "order"),
        (f"find=practice&where1=name&value1={'x' * (LONGEST + 1)}", "value1", "long"),
        ("find=practice&where1=name&value1=a%00b", "value1", "control"),
        ("find=practice&where1=name&value1=a%0Ab", "value1", "control"),
        ("find=practice&show=scales", "show", "property"),
        ("find=practice&sort=scales", "sort", "sort"),
        ("find=practice&limit=0", "limit", "limit"),
        ("find=practice&limit=-1", "limit", "limit"),
        ("find=practice&limit=1000000000000", "limit", "limit"),
        ("find=practice" + "".join(f"&where{n}=theme" for n in range(1, MOST_CONDITIONS + 2)), "add", "conditions"),
        ("find=practice&where1=place" + "".join(f"&value1=city:{n}" for n in range(21)), "value1", "values"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_its_parameter(sent: str, name: str, kind: str) -> None:
    found = asked(sent)
    assert [(fault.name, fault.kind) for fault in found.faults] == [(name, kind)]


def test_too_many_columns_are_a_fault() -> None:
    of = next(each for each in SCHEMA.classes.values() if each == CITY)
    names = [f"place-of-practice.{each.name}" for each in PRACTICE.properties] + [each.name for each in of.properties]
    found = asked("find=city" + "".join(f"&show={name}" for name in names))
    assert len(names) > MOST_COLUMNS
    assert [fault.kind for fault in found.faults] == ["columns"]


def test_a_wrong_value_stays_in_its_field_and_out_of_the_question() -> None:
    found = asked("find=practice&where1=theme&value1=theme:memory&value1=no+such&where2=cost&from2=x&to2=9")
    assert found.question is not None
    assert found.written[0].values == (
        "theme:memory".replace("theme:", "https://w3id.org/cityrights/id/theme/"),
        "no such",
    )
    assert len(found.question.conditions[0].values) == 1
    assert (found.written[1].low, found.written[1].high) == ("x", "9")


def test_a_condition_without_a_value_asks_for_nothing_yet() -> None:
    found = asked("find=practice&where1=theme&where2=start&where3=place&how3=whose&where4=place&how4=any")
    assert found.question is not None
    assert [path_name(each.path) for each in found.question.asked] == ["place"]


def test_nothing_asked_is_no_fault() -> None:
    assert asked("").question is None
    assert asked("").faults == ()
