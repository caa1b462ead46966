"""An answer as the view that fits it: points for a map, things and what joins them, bars; or that it is too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from cityrights.describe import Answer, Iri, Link, Literal, Term
from cityrights.library import LibraryQuery
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.shelf import Shelf
from cityrights_web.pages.queries.table import NUMBERS, linked
from cityrights_web.urls import thing_key

#: What each view can show before it shows nothing any more: places, things of a network, bars.
MOST: Final[Mapping[str, int]] = {"map": 2_000, "network": 150, "chart": 40}


class TooMuch(Exception):
    """An answer has more than its view can show; the number is how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is for, its number, and its length in per cent of the longest."""

    link: Link | None
    text: Literal | None
    value: float
    length: float


def view_of(query: LibraryQuery) -> tuple[str, str, str] | None:
    """Return the view of a question and its two columns; a graph is a network."""
    return ("network", "subject", "object") if query.is_graph and query.view is None else query.view


def size(query: LibraryQuery, found: Answer) -> int:
    """Return how much there is for the view: places, things or bars. Raises TooMuch when it cannot show it."""
    view = view_of(query)
    if view is None:
        return 0
    kind, first, second = view
    held = {row[first] for row in found.rows if first in row}
    if kind == "network":
        held = {row[name] for row in found.rows for name in (first, second) if isinstance(row.get(name), Iri)}
    if len(held) > MOST[kind]:
        raise TooMuch(len(held))
    return len(held)


def geojson(around: Frame, shelf: Shelf, query: LibraryQuery, found: Answer) -> dict[str, object]:
    """Return each place of the answer as a point (RFC 7946): ``count`` says how much the answer has there."""
    size(query, found)
    _, where, what = query.view or ("", "", "")
    held: defaultdict[str, set[Term]] = defaultdict(set)
    for row in found.rows:
        if isinstance(place := row.get(where), Iri):
            held[place.value] |= {row[what]} if what in row else set()
    links = linked(around, shelf, found.rows, [where])
    features = []
    for iri, things in sorted(held.items(), key=lambda pair: links[pair[0]].label.value.casefold()):
        spot = around.site.places.spots.get(iri)
        if spot is None:
            continue
        about = {"label": links[iri].label.value, "url": around.urls.link(iri) or "", "kind": _kind(iri) or "place"}
        features.append(
            {
                "type": "Feature",
                "id": iri,
                "geometry": {"type": "Point", "coordinates": [spot.longitude, spot.latitude]},
                "properties": {**about, "count": len(things)},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def network(around: Frame, shelf: Shelf, query: LibraryQuery, found: Answer) -> dict[str, object]:
    """Return the things of two columns and what joins them, as the site’s drawings read it."""
    size(query, found)
    _, first, second = view_of(query) or ("", "", "")
    links = linked(around, shelf, found.rows, [first, second])
    label = around.words.queries.columns.get(second, second)
    edges: dict[tuple[str, str], str] = {}
    joined: defaultdict[str, int] = defaultdict(int)
    for row in found.rows:
        ends = (row.get(first), row.get(second))
        if isinstance(ends[0], Iri) and isinstance(ends[1], Iri) and ends[0] != ends[1]:
            by = row.get("predicate") if query.is_graph else None
            told = label if by is None else around.site.vocabulary.label(str(by), around.language).value
            edges[ends[0].value, ends[1].value] = told
    for pair in edges:
        for iri in pair:
            joined[iri] += 1
    return {
        "centre": max(sorted(joined), key=joined.__getitem__, default=""),
        "nodes": [
            {"id": iri, "label": links[iri].label.value, "kind": _kind(iri), "url": around.urls.link(iri)}
            for iri in sorted(joined)
        ],
        "edges": [{"source": one, "target": other, "label": told} for (one, other), told in sorted(edges.items())],
    }


def bars(around: Frame, shelf: Shelf, query: LibraryQuery, found: Answer) -> list[Bar]:
    """Return a bar for each value of the first column: the number in the second, or how many the second has."""
    size(query, found)
    _, what, counted = query.view or ("", "", "")
    numbers: dict[Term, float] = {}
    held: defaultdict[Term, set[Term]] = defaultdict(set)
    for row in found.rows:
        if what in row and counted in row:
            held[row[what]].add(row[counted])
    for key, values in held.items():
        only = next(iter(values))
        numeric = len(values) == 1 and isinstance(only, Literal) and only.datatype in NUMBERS
        number = float(only.value) if numeric else float(len(values))
        if isfinite(number):
            numbers[key] = number
    longest = max(numbers.values(), default=0) or 1
    links = linked(around, shelf, found.rows, [what])
    made = [
        Bar(
            links[key.value] if isinstance(key, Iri) else None,
            key if isinstance(key, Literal) else None,
            value,
            round(100 * max(value, 0) / longest, 2),
        )
        for key, value in numbers.items()
    ]
    return sorted(made, key=lambda bar: -bar.value)


def _kind(iri: str) -> str:
    return (thing_key(iri) or "").partition("/")[0]
