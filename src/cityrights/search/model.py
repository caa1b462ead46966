"""What a search gives: plain data, with the places of the matched words as ranges and no HTML in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Match(StrEnum):
    """How what was found has the words that were asked for."""

    ALL = "all"
    NEAR = "near"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in a language (empty: not said) and the ranges of its characters that matched, in order."""

    value: str
    language: str = ""
    marks: tuple[tuple[int, int], ...] = ()

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """Yield the text piece by piece, and of each whether it matched."""
        at = 0
        for first, last in self.marks:
            if first > at:
                yield self.value[at:first], False
            yield self.value[first:last], True
            at = last
        if at < len(self.value):
            yield self.value[at:], False


@dataclass(frozen=True, slots=True)
class Named:
    """Another thing that a hit names: its IRI, its name and that name's language."""

    iri: str
    label: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found.

    ``kind`` is a kind of path (``city``, ``claim`` …), or ``other`` for a thing of another site; ``types`` are its
    classes. ``other_name`` is the name that matched when neither ``label`` nor ``snippet`` did; ``status`` is an IRI.
    ``score`` orders the hits of one search and means nothing beyond it.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    label: Marked
    score: float
    other_name: Marked | None = None
    snippet: Marked | None = None
    sort: Named | None = None
    place: Named | None = None
    status: str = ""

    def record(self) -> dict[str, object]:
        """Return the hit as JSON has it."""
        return {
            "iri": self.iri,
            "kind": self.kind,
            "label": self.label.value,
            "language": self.label.language or None,
            "otherName": self.other_name.value if self.other_name else None,
            "snippet": self.snippet.value if self.snippet else None,
            "marks": [list(mark) for mark in self.snippet.marks] if self.snippet else [],
            "sort": self.sort.iri if self.sort else None,
            "sortLabel": self.sort.label if self.sort else None,
            "place": self.place.iri if self.place else None,
            "placeLabel": self.place.label if self.place else None,
            "status": self.status or None,
            "score": round(self.score, 3),
        }


@dataclass(frozen=True, slots=True)
class Hits:
    """The answer to a search: how many things, how many of each kind, and some of them, best first.

    ``total`` counts those of the kinds asked for; ``by_kind`` counts every kind. ``suggestion`` is what was probably
    meant, where only words like those that were asked for are there.
    """

    text: str
    match: Match
    total: int
    by_kind: Mapping[str, int]
    hits: tuple[Hit, ...]
    suggestion: str = ""
