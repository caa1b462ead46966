"""Words of the start page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HomeWords:
    """Words of the start page, in one language."""

    search_label: str


EN = HomeWords(
    search_label="Search practices, cities, institutions …",
)

FR = HomeWords(
    search_label="Chercher des pratiques, des villes, des institutions…",
)

ES = HomeWords(
    search_label="Buscar prácticas, ciudades, instituciones…",
)
