"""Words of the pages of single things."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThingsWords:
    """Words of the pages of single things, in one language."""

    cite: str


EN = ThingsWords(
    cite="How to cite",
)

FR = ThingsWords(
    cite="Comment citer",
)

ES = ThingsWords(
    cite="Cómo citar",
)
