"""Which few of many facts make a reasoner object: delta debugging (Zeller and Hildebrandt, 2002)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def narrow(facts: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return a smallest part of ``facts`` for which ``fails`` still holds: leaving out any of them would mend it."""
    current, parts = list(facts), 2
    while len(current) >= 2:
        size = -(-len(current) // parts)
        for start in range(0, len(current), size):
            rest = current[:start] + current[start + size :]
            if fails(rest):
                current, parts = rest, max(parts - 1, 2)
                break
        else:
            if parts >= len(current):
                break
            parts = min(len(current), parts * 2)
    return current
