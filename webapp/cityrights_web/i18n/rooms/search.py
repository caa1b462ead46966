"""Words of the search and its suggestions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchWords:
    """Words of the search and its suggestions, in one language."""

    title: str
    button: str


EN = SearchWords(
    title="Search",
    button="Search",
)

FR = SearchWords(
    title="Recherche",
    button="Chercher",
)

ES = SearchWords(
    title="Búsqueda",
    button="Buscar",
)
