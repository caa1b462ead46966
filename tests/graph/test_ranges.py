"""Line numbers as the graph writes them and as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityrights.coverage import compact, expand, ranges

CASES = [
    ("", ()),
    ("1", (1,)),
    ("1-4", (1, 2, 3, 4)),
    ("11-15/2,20", (11, 13, 15, 20)),
    ("1-5/2,6,10", (1, 3, 5, 6, 10)),
]


@pytest.mark.parametrize(("text", "numbers"), CASES)
def test_ranges_are_short_and_expand_again(text: str, numbers: tuple[int, ...]) -> None:
    assert ranges(numbers) == text
    assert expand(text) == numbers


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        expand("three")


@given(st.sets(st.integers(min_value=1, max_value=300)))
def test_what_is_written_is_read_again(numbers: set[int]) -> None:
    ordered = tuple(sorted(numbers))
    assert expand(ranges(ordered)) == ordered
    assert expand(compact(ordered).replace("–", "-").replace(" ", "")) == ordered
