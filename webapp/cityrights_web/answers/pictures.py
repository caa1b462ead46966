"""An answer as the picture that fits it: bars, points of a map, things and what joins them; or that it is too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cityrights.describe import TRIPLE, Answer, Iri, Link, Literal, Term
from cityrights_web.answers.labels import linked
from cityrights_web.answers.values import number
from cityrights_web.answers.views import MOST, TooMuch, View
from cityrights_web.pages.frame import Frame
from cityrights_web.urls import thing_key

#: The columns of a graph as a network: from, to, and what joins them.
GRAPH: Final = (TRIPLE[0], TRIPLE[2], TRIPLE[1])


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is for, its number, and its length in per cent of the longest."""

    link: Link | None
    text: Literal | None
    value: float
    length: float


def within(kind: str, held: Iterable[object]) -> int:
    """Return how many there are for the view. Raises TooMuch when it cannot show them."""
    count = len(set(held))
    if count > MOST[kind]:
        raise TooMuch(count)
    return count


def tally(values: set[Term]) -> float:
    """Return the number that stands beside a thing: the only one of its values where that is a number, or how many."""
    only = number(next(iter(values))) if len(values) == 1 else None
    return float(len(values)) if only is None else only


def bars(around: Frame, answer: Answer, view: View) -> list[Bar]:
    """Return a bar for each value of the first column, the longest first. Raises TooMuch.

    Its number is that of the second column, or how many different values the second has; without a second column, in
    how many rows the value stands.
    """
    what, counted = view.columns[0], view.columns[1] if len(view.columns) > 1 else ""
    held: defaultdict[Term, set[Term]] = defaultdict(set)
    times: defaultdict[Term, int] = defaultdict(int)
    for row in answer.rows:
        if what in row:
            times[row[what]] += 1
            held[row[what]] |= {row[counted]} if counted in row else set()
    within("chart", times)
    values = {key: tally(held[key]) if counted else float(times[key]) for key in times if held[key] or not counted}
    longest = max(values.values(), default=0) or 1
    links = linked(around, answer.rows, [what])
    made = [
        Bar(
            links[key.value] if isinstance(key, Iri) else None,
            key if isinstance(key, Literal) else None,
            value,
            round(min(100 * max(value, 0) / longest, 100), 2),
        )
        for key, value in values.items()
    ]
    return sorted(made, key=lambda bar: -bar.value)


def network(around: Frame, answer: Answer, view: View) -> dict[str, Any]:
    """Return the things of the first two columns and what joins them, as the site’s drawings read it. Raises TooMuch.

    Each line says what the third column has for it; of two columns, what the second is called.
    """
    first, second = view.columns[:2]
    by = view.columns[2] if len(view.columns) > 2 else ""
    within("network", ends(answer, view))
    links = linked(around, answer.rows, [first, second, *([by] if by else [])])
    label = around.words.queries.columns.get(second, second)
    edges: dict[tuple[str, str], str] = {}
    joined: defaultdict[str, int] = defaultdict(int)
    for one, other, told in lines(answer, view):
        edges[one.value, other.value] = label if told is None else _said(told, links)
    for pair in edges:
        for iri in pair:
            joined[iri] += 1
    return {
        "centre": max(sorted(joined), key=joined.__getitem__, default=""),
        "nodes": [
            {"id": iri, "label": links[iri].label.value, "kind": kind_of(iri), "url": around.urls.link(iri)}
            for iri in sorted(joined)
        ],
        "edges": [{"source": one, "target": other, "label": told} for (one, other), told in sorted(edges.items())],
    }


def ends(answer: Answer, view: View) -> set[Term]:
    """Return the things of the first two columns."""
    return {row[name] for row in answer.rows for name in view.columns[:2] if isinstance(row.get(name), Iri)}


def lines(answer: Answer, view: View) -> Iterable[tuple[Iri, Iri, Term | None]]:
    """Yield each pair of different things that a row joins, and what the third column says of it."""
    first, second, *by = view.columns
    for row in answer.rows:
        one, other = row.get(first), row.get(second)
        if isinstance(one, Iri) and isinstance(other, Iri) and one != other:
            yield one, other, row.get(by[0]) if by else None


def kind_of(iri: str) -> str:
    """Return the kind of thing that an address of ours names, such as ``city``; nothing for others."""
    return (thing_key(iri) or "").partition("/")[0]


def _said(term: Term, links: Mapping[str, Link]) -> str:
    return links[term.value].label.value if isinstance(term, Iri) else term.value
