"""Line ranges as the graph writes them and as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityrights.coverage import compact, expand


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1", (1,)), ("1-4", (1, 2, 3, 4)), ("11-15/2,20", (11, 13, 15, 20)), ("1-83/2", tuple(range(1, 84, 2)))],
)
def test_ranges_expand(text: str, numbers: tuple[int, ...]) -> None:
    assert expand(text) == numbers


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        expand("three")


@given(st.sets(st.integers(min_value=1, max_value=200), min_size=1))
def test_compact_runs_name_the_same_numbers(numbers: set[int]) -> None:
    text = compact(tuple(sorted(numbers))).replace("–", "-").replace(" ", "")
    assert set(expand(text)) == numbers
