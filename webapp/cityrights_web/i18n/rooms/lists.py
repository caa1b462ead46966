"""Words of the faceted lists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListsWords:
    """Words of the faceted lists, in one language."""

    unknown: str


EN = ListsWords(
    unknown="unknown",
)

FR = ListsWords(
    unknown="inconnu",
)

ES = ListsWords(
    unknown="desconocido",
)
