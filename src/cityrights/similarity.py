"""How similar two texts are, and which known one was probably meant (did you mean): quickly, whatever others write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process

#: So many characters of a text are looked at: no name here is longer, and what anybody sends may be.
_LOOKED_AT: Final = 200


def similarity(one: str, other: str) -> float:
    """Return how alike two texts are, from 0 to 1: the share of characters that both have in the same order."""
    return fuzz.ratio(one[:_LOOKED_AT], other[:_LOOKED_AT]) / 100


def nearest(text: str, known: Iterable[str], most: int = 3, least: float = 0.6) -> list[str]:
    """Return the known texts that are most like ``text``, the nearest first: at most so many, and no less alike."""
    found = process.extract(
        text[:_LOOKED_AT], list(known), scorer=fuzz.ratio, processor=None, limit=most, score_cutoff=100 * least
    )
    return [name for name, _, _ in found]
