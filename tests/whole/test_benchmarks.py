"""What the documents say stands in docs/benchmarks.md stands there."""

from __future__ import annotations

import re

import pytest
from bench.__main__ import NAMES

from cityrights.home import home

#: Measured for the engine, of which the head of the document tells.
_ENGINE = {"shipped", "engine"}


@pytest.mark.parametrize("name", sorted({*NAMES} - _ENGINE))
def test_each_measurement_has_its_figures(name: str) -> None:
    text = (home() / "docs" / "benchmarks.md").read_text("utf-8")
    assert name in re.findall(r"ARGS=(\w+)", text)
