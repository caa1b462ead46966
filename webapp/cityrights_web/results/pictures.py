"""How an answer can be seen: what its columns hold, which views fit that, and its bars, network and timeline."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cityrights.library.running import TRIPLE, Answer
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Term
from cityrights_web.results.table import TIMES, Ground, Moment, linked, moment, number
from cityrights_web.urls import kind_of
from sparqlgate.errors import QueryError
from sparqlgate.text.guard import SHORT
from sparqlgate.text.writing import walk

if TYPE_CHECKING:
    from cityrights_web.layout import Layout

#: Every view, in the order of its tab.
KINDS: Final = ("table", "chart", "map", "network", "timeline", "raw")
#: What each can show before it shows a part (rows, characters) or nothing (bars, places, things, entries).
MOST: Final[Mapping[str, int]] = {
    "table": 1_000, "raw": 200_000, "chart": 100, "map": 2_000, "network": 150, "timeline": 500,
}  # fmt: skip
#: What a page is made of at most, beside the bytes of an answer: columns, rows, and places in the table, which count
#: where nothing is bound as well. An answer of hardly any bytes can have millions of these.
MOST_COLUMNS: Final = 100
MOST_ROWS: Final = 100_000
MOST_PLACES: Final = 1_000_000
#: Cells that a table shows at most; a broad one shows fewer rows.
MOST_CELLS: Final = 20_000

_WRITTEN: Final = re.compile(
    r"^[ \t]*#[ \t]*view[ \t]*:[ \t]*([\w-]{1,40})((?:[ \t]+[?$]\w{1,100}){0,4})[ \t]*$", re.MULTILINE
)
_MENTIONED: Final = re.compile(r"#[ \t]*view[ \t]*:")


@dataclass(frozen=True, slots=True)
class View:
    """A view and the columns of the answer that it shows, in the order that its kind has.

    chart: what each bar is for, its number or what is counted. map: the place (a thing or a point in WKT), what is
    there or its number; or latitude, longitude, what is there or its number. network: from, to, what joins them.
    timeline: when, what.
    """

    kind: str
    columns: tuple[str, ...] = ()


class TooMuch(Exception):
    """An answer has more than its view can show; the number is how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Unfit(Exception):
    """An answer has not what a view shows. ``column`` is the one that is asked for and is not there, or nothing."""

    def __init__(self, kind: str, column: str = "") -> None:
        super().__init__(kind, column)
        self.kind = kind
        self.column = column


def written(text: str) -> View | None:
    """Return the view that a comment of the query names, such as ``# view: map ?place ?count``; the first one counts.

    What looks like one within a string is none. ``kind`` may be a word that is no view. The text has been screened.
    Of a long one only the beginning is read, as far as a short one goes.
    """
    part = text[:SHORT]
    if _MENTIONED.search(part) is None:
        return None
    end = 0
    try:
        for step in walk(part, federated=True):
            if (found := _WRITTEN.search(part[end : step.token.start].replace("\r", "\n"))) is not None:
                return _view(found)
            end = step.token.start + len(step.token.text)
    except QueryError:  # where the beginning ends within a string
        return None
    found = _WRITTEN.search(part[end:].replace("\r", "\n"))
    return _view(found) if found is not None else None


def _view(found: re.Match[str]) -> View:
    return View(found[1].lower(), tuple(name[1:] for name in found[2].split()))


#: The columns of a graph as a network: from, to, and what joins them.
GRAPH: Final = (TRIPLE[0], TRIPLE[2], TRIPLE[1])


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is for, its number (None where it has none), and its length in per cent of the longest."""

    link: Link | None
    text: Literal | None
    value: float | None
    length: float


def within(kind: str, held: Iterable[object]) -> int:
    """Return how many there are for the view. Raises TooMuch when it cannot show them."""
    count = len(set(held))
    if count > MOST[kind]:
        raise TooMuch(count)
    return count


def is_measure(answer: Answer, name: str) -> bool:
    """Say whether a column holds numbers alone, so that the circles of a map are as large as these."""
    held = [row[name] for row in answer.rows if name in row]
    return bool(held) and all(number(term) is not None for term in held)


def measure(values: set[Term]) -> float:
    """Return the number of a place: the largest where there are several, 0 where there is none."""
    return max((size for term in values if (size := number(term)) is not None), default=0.0)


def bars(layout: Layout, answer: Answer, view: View) -> list[Bar]:
    """Return a bar for each value of the first column, the longest first. Raises TooMuch.

    Where the second column holds numbers alone, these are the bars': a value with several has a bar for each, and one
    with none stands without, last. Else the number is how many different values the second column has; without a second
    column, in how many rows the value stands.
    """
    what, counted = view.columns[0], view.columns[1] if len(view.columns) > 1 else ""
    held: defaultdict[Term, set[Term]] = defaultdict(set)
    times: defaultdict[Term, int] = defaultdict(int)
    for row in answer.rows:
        if what in row:
            times[row[what]] += 1
            held[row[what]] |= {row[counted]} if counted in row else set()
    values: list[tuple[Term, float | None]]
    numbers = {term: number(term) for terms in held.values() for term in terms}
    if numbers and None not in numbers.values():
        within("chart", ((key, term) for key in times for term in held[key] or (None,)))
        values = [(key, found) for key in times for found in {numbers[term] for term in held[key]} or {None}]
    else:
        within("chart", times)
        values = [(key, float(len(held[key]) if counted else times[key])) for key in times]
    longest = max((value for _, value in values if value is not None), default=0) or 1
    links = linked(layout, answer.rows, [what])
    made = [
        Bar(
            links[key.value] if isinstance(key, Iri) else None,
            key if isinstance(key, Literal) else None,
            value,
            round(min(100 * max(value or 0, 0) / longest, 100), 2),
        )
        for key, value in values
    ]
    return sorted(made, key=lambda bar: -math.inf if bar.value is None else bar.value, reverse=True)


def network_json(
    layout: Layout, centre: str, things: Iterable[Link], edges: Iterable[tuple[tuple[str, str], str]]
) -> dict[str, Any]:
    """Return things, and what joins two of them (their IRIs, and a label), as the site's drawings read it."""
    return {
        "centre": centre,
        "nodes": [
            {
                "id": link.iri.value,
                "label": link.label.value,
                "kind": kind_of(link.iri.value),
                "url": layout.urls.link(link.iri.value),
            }
            for link in things
        ],
        "edges": [{"source": source, "target": target, "label": label} for (source, target), label in edges],
    }


def network(layout: Layout, answer: Answer, view: View) -> dict[str, Any]:
    """Return the things of the first two columns and what joins them, as the site’s drawings read it. Raises TooMuch.

    Each line says what the third column has for it; of two columns, what the second is called.
    """
    first, second = view.columns[:2]
    by = view.columns[2] if len(view.columns) > 2 else ""
    within("network", ends(answer, view))
    links = linked(layout, answer.rows, [first, second, *([by] if by else [])])
    label = layout.words.queries.columns.get(second, second)
    edges: dict[tuple[str, str], str] = {}
    joined: defaultdict[str, int] = defaultdict(int)
    for one, other, told in lines(answer, view):
        edges[one.value, other.value] = label if told is None else _said(told, links)
    for pair in edges:
        for iri in pair:
            joined[iri] += 1
    centre = max(sorted(joined), key=joined.__getitem__, default="")
    return network_json(layout, centre, [links[iri] for iri in sorted(joined)], sorted(edges.items()))


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


def _said(term: Term, links: Mapping[str, Link]) -> str:
    return links[term.value].label.value if isinstance(term, Iri) else term.value


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a year: when, in the reader’s words (nothing where only the year is told), and what."""

    moment: Moment
    words: str
    link: Link | None
    text: Literal | None


@dataclass(frozen=True, slots=True)
class Year:
    """A year and its entries, those without a month first."""

    year: int
    entries: tuple[Entry, ...]


def years(layout: Layout, answer: Answer, view: View) -> list[Year]:
    """Return the years of an answer in their order. Raises TooMuch."""
    when, what = view.columns[0], view.columns[1] if len(view.columns) > 1 else ""
    seen = {
        (found, row.get(what) if what else None): None
        for row in answer.rows
        if (found := moment(row.get(when))) is not None
    }
    within("timeline", seen)
    links = linked(layout, answer.rows, [what] if what else [])
    held: defaultdict[int, list[Entry]] = defaultdict(list)
    for found, term in seen:
        link = links.get(term.value) if isinstance(term, Iri) else None
        held[found.year].append(Entry(found, _words(layout, found), link, term if isinstance(term, Literal) else None))
    return [
        Year(year, tuple(sorted(entries, key=lambda each: (each.moment, each.link.label.value if each.link else ""))))
        for year, entries in sorted(held.items())
    ]


def _words(layout: Layout, found: Moment) -> str:
    """Write a day or a month as readers of the page’s language do."""
    return layout.moment(found.year, found.month, found.day) if found.month else ""


_LATITUDES: Final = ("lat", "latitude")
_LONGITUDES: Final = ("long", "lon", "lng", "longitude")
#: How many columns each view needs at least, and takes at most.
_COLUMNS: Final = {"chart": (1, 2), "map": (1, 3), "network": (2, 3), "timeline": (1, 2)}


@dataclass(frozen=True)
class Shape:
    """Columns by what all their values are, those with the name of another and Label at their end left out.

    All ``things`` have addresses, and all ``numbers`` are such; in one of ``times`` half of the values are that at
    least; in one of ``points`` a value is; in one of ``places`` the coordinates of a thing are known. ``degrees`` are
    latitude and longitude, where there are columns so called of which half are numbers. ``measures`` are those of the
    numbers that say something of a place: each place has one, and they are neither lines of a document nor years.
    """

    columns: tuple[str, ...]
    things: tuple[str, ...]
    numbers: tuple[str, ...]
    times: tuple[str, ...]
    points: tuple[str, ...]
    places: tuple[str, ...]
    degrees: tuple[str, ...]
    graph: bool
    measures: tuple[str, ...] = ()


#: Columns of numbers that measure nothing.
_NO_MEASURES: Final = frozenset({"firstline", "lastline", "line", "lines", "year", "zoom", *_LATITUDES, *_LONGITUDES})


def _measures(answer: Answer, where: Sequence[str], numbers: Iterable[str]) -> Iterator[str]:
    """Yield the columns of numbers of which each place has one value; ``where`` are the columns that say where."""
    for name in numbers:
        if not where or name in where or name.lower() in _NO_MEASURES:
            continue
        held: dict[tuple[Term | None, ...], Term] = {}
        places = ((tuple(row.get(each) for each in where), row[name]) for row in answer.rows if name in row)
        if all(held.setdefault(place, value) == value for place, value in places):
            yield name


def shape_of(answer: Answer, ground: Ground) -> Shape:
    """Look at every value of an answer. ``ground`` knows where they are."""
    every = set(answer.columns)
    columns = tuple(name for name in answer.columns if name[-5:] != "Label" or name[:-5] not in every)
    held = {name: [row[name] for row in answer.rows if name in row] for name in columns}

    def half(fits: Callable[[Term], bool]) -> tuple[str, ...]:
        return tuple(name for name, terms in held.items() if 0 < len(terms) <= 2 * sum(map(fits, terms)))

    def having(fits: Callable[[Term], bool]) -> tuple[str, ...]:
        return tuple(name for name, terms in held.items() if terms and all(map(fits, terms)))

    numbers = having(lambda term: number(term) is not None)
    ends = {name.lower(): name for name in half(lambda term: number(term) is not None)}
    degrees = [next((ends[each] for each in names if each in ends), "") for names in (_LATITUDES, _LONGITUDES)]
    own = tuple(name for name in numbers if not all(degrees) or name not in degrees)
    points = tuple(name for name, terms in held.items() if any(map(ground.is_shape, terms)))
    places = tuple(name for name, terms in held.items() if any(map(ground.is_known, terms)))
    ends_known = tuple(degrees) if all(degrees) else ()
    return Shape(
        columns,
        having(lambda term: isinstance(term, Iri)),
        own,
        half(_is_time),
        points,
        places,
        ends_known,
        tuple(answer.columns) == TRIPLE,
        tuple(_measures(answer, ends_known or points[:1] or places[:1], own)),
    )


def fitting(shape: Shape) -> dict[str, View]:
    """Return the pictures that an answer of this shape fits, by kind, each with its columns."""
    made = (_chart(shape), _map(shape), _network(shape), _timeline(shape))
    return {view.kind: view for view in made if view is not None}


def natural(answer: Answer, shape: Shape) -> View:
    """Return the view that an answer has when nobody asks for another.

    Coordinates make a map; two columns of which one is numbers, bars; a graph a network, or its text where that would
    be too large. All else is a table.
    """
    fits = fitting(shape)
    if shape.graph:
        view = fits.get("network")
        joined = {row[name] for row in answer.rows for name in (TRIPLE[0], TRIPLE[2]) if isinstance(row.get(name), Iri)}
        return view if view is not None and 1 < len(joined) <= MOST["network"] else View("raw")
    if "map" in fits and (shape.degrees or shape.points):
        return fits["map"]
    if (
        "chart" in fits
        and len(shape.columns) == 2
        and len(shape.numbers) == 1
        and 1 < len(answer.rows) <= MOST["chart"]
    ):
        return fits["chart"]
    return View("table")


def settled(view: View, answer: Answer, shape: Shape) -> View:
    """Return a view that is asked for, with its columns where it names none. Raises Unfit where it does not fit."""
    if view.kind in ("table", "raw"):
        return View(view.kind)
    for name in view.columns:
        if name not in answer.columns:
            raise Unfit(view.kind, name)
    if not view.columns:
        found = fitting(shape).get(view.kind)
        if found is None:
            raise Unfit(view.kind)
        return found
    least, most = _COLUMNS[view.kind]
    if not least <= len(view.columns) <= most or not _holds(view, answer, shape):
        raise Unfit(view.kind)
    return view


def is_degrees(view: View, shape: Shape) -> bool:
    """Say whether the first two columns of a map are latitude and longitude."""
    return len(view.columns) > 1 and view.columns[0] not in (*shape.places, *shape.points)


def _holds(view: View, answer: Answer, shape: Shape) -> bool:
    """Whether the columns that a view names hold what it shows."""
    first, *others = view.columns
    values = [row[first] for row in answer.rows if first in row]
    if view.kind == "map":
        placed = first in (*shape.places, *shape.points)
        numbers = (*shape.numbers, *shape.degrees)
        return placed or (bool(others) and first in numbers and others[0] in numbers)
    if view.kind == "network":
        return any(isinstance(row.get(first), Iri) and isinstance(row.get(others[0]), Iri) for row in answer.rows)
    if view.kind == "timeline":
        return any(moment(term) is not None for term in values)
    return bool(values)


def _is_time(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype in TIMES and moment(term) is not None


def _chart(shape: Shape) -> View | None:
    numbers = shape.numbers
    measured = {*numbers, *shape.degrees, *shape.points}  # there may be very many columns
    what = next((name for name in shape.columns if name not in measured), None)
    if not numbers or shape.graph:
        return None
    if what is None:
        return View("chart", numbers[:2]) if len(numbers) > 1 else None
    return View("chart", (what, numbers[0]))


def _map(shape: Shape) -> View | None:
    where = shape.degrees or shape.points[:1] or shape.places[:1]
    if not where:
        return None
    own = () if where[0] in shape.things else shape.things[:1]  # what stands beside a geometry or numbers is the place
    what = next(iter(shape.measures), None) or next((name for name in shape.things if name not in (*where, *own)), None)
    return View("map", (*where, what) if what and not shape.graph else where)


def _network(shape: Shape) -> View | None:
    if shape.graph:
        return View("network", GRAPH)
    if len(shape.things) == 3:
        return View("network", (shape.things[0], shape.things[2], shape.things[1]))
    return View("network", shape.things[:2]) if len(shape.things) > 1 else None


def _timeline(shape: Shape) -> View | None:
    if not shape.times:
        return None
    times, things = set(shape.times), set(shape.things)
    others = [name for name in shape.columns if name not in times]
    what = next((name for name in others if name in things), others[0] if others else None)
    return View("timeline", (shape.times[0], *([what] if what else [])))
