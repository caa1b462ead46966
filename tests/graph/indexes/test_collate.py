"""Names stand where people look for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cityrights.indexes.facets.lists import sort_key


def test_accents_case_ligatures_punctuation_and_numbers_do_not_part_what_belongs_together() -> None:
    wanted = ["Aarhus", "Århus", "“Act now”", "City 9", "city 10", "Ecuador", "École", "Œuvre", "Ohio", "Östersund",
              "straße", "Strasse 2", "Utrecht", "Zürich"]  # fmt: skip
    found = sorted(wanted, key=sort_key)
    assert found.index("Århus") < found.index("City 9") < found.index("city 10") < found.index("Ecuador")
    assert found.index("École") < found.index("Ecuador")
    assert found.index("Œuvre") < found.index("Ohio") < found.index("Östersund") < found.index("Utrecht")
    assert found.index("straße") + 1 == found.index("Strasse 2")
    assert found.index("“Act now”") < found.index("City 9")
    assert found[-1] == "Zürich"


def test_a_letter_without_its_accent_comes_first() -> None:
    assert sorted(["pêche", "peche", "péché"], key=sort_key)[0] == "peche"


@given(st.text(), st.text())
def test_the_order_is_total(one: str, two: str) -> None:
    assert (sort_key(one) == sort_key(two)) == (one == two)
