"""Which things are meant by names in somebody's table: candidates with a score, and whether one is certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cityrights.indexes.search.index import Hit, Narrowed, SearchIndex
from cityrights.indexes.search.text import whole
from cityrights.library.names import likeness
from cityrights.vocabulary import ID

#: The most that a name which is not the same can score, of 100.
_NOT_SAME = 90.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One name to find a thing for.

    ``types`` are IRIs of classes; with ``strict`` they must all fit (``all``), one of them (``any``), or one of them
    unless nothing does (``should``). ``countries`` are names, ISO codes or IRIs of countries, of which one must fit.
    """

    name: str
    types: tuple[str, ...] = ()
    strict: Literal["any", "all", "should"] = "any"
    countries: tuple[str, ...] = ()
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant; ``score`` is from 0 to 100, ``match`` says that it is certain."""

    hit: Hit
    score: float
    match: bool


def reconcile(index: SearchIndex, asked: Asked, language: str = "en") -> list[Candidate]:
    """Return the candidates for a name, the likeliest first.

    A candidate is certain only when it alone, of all that fit the types and countries, has exactly this name or
    identifier; accents, capitals and signs do not count.
    """
    narrowed = _narrowed(asked)
    found = index.candidates(asked.name, language, asked.limit, narrowed)
    if not found and asked.strict == "should" and asked.types:
        narrowed = [pair for pair in narrowed if pair[0] != "type"]
        found = index.candidates(asked.name, language, asked.limit, narrowed)
    called = index.called(asked.name, narrowed) if found else []
    name = whole(asked.name)
    candidates = []
    for hit, names in found:
        if hit.iri in called:
            candidates.append(Candidate(hit, 100.0, len(called) == 1))
        else:
            alike = max((likeness(name, other) for other in names), default=0.0)
            candidates.append(Candidate(hit, round(_NOT_SAME * alike, 1), False))
    return sorted(candidates, key=lambda candidate: -candidate.score)


def _narrowed(asked: Asked) -> Narrowed:
    narrowed: list[tuple[str, tuple[str, ...]]] = []
    if asked.types:
        narrowed += [("type", (kind,)) for kind in asked.types] if asked.strict == "all" else [("type", asked.types)]
    if asked.countries:
        narrowed.append(("country", tuple(form for country in asked.countries for form in _forms(country))))
    return narrowed


def _forms(country: str) -> tuple[str, ...]:
    """Return the forms in which the index may have a country: its IRI, or its name or code folded."""
    return country, ID + country, whole(country)
