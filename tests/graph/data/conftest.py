"""What the shipped sources say, for tests that know it by heart."""

from __future__ import annotations

from tests.sources import telling, told

__all__ = ["telling", "told"]
