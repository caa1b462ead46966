"""Words of comparing places, and what the sources do not say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacesWords:
    """Words of comparing places, and what the sources do not say, in one language."""

    compare_title: str
    coverage_title: str


EN = PlacesWords(
    compare_title="Compare cities",
    coverage_title="What the sources do not say",
)

FR = PlacesWords(
    compare_title="Comparer des villes",
    coverage_title="Ce que les sources ne disent pas",
)

ES = PlacesWords(
    compare_title="Comparar ciudades",
    coverage_title="Lo que las fuentes no dicen",
)
