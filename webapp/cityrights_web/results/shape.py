"""What the columns of an answer hold, and so which views it fits and with which of its columns."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from cityrights.library.running import TRIPLE, Answer
from cityrights.terms import Iri, Literal, Term
from cityrights_web.results.pictures import GRAPH, MOST, Unfit, View
from cityrights_web.results.table import TIMES, moment, number, point

_LATITUDES: Final = ("lat", "latitude")
_LONGITUDES: Final = ("long", "lon", "lng", "longitude")
#: How many columns each view needs at least, and takes at most.
_COLUMNS: Final = {"chart": (1, 2), "map": (1, 3), "network": (2, 3), "timeline": (1, 2)}


@dataclass(frozen=True)
class Shape:
    """Columns by what all their values are, those with the name of another and Label at their end left out.

    All ``things`` have addresses, and all ``numbers`` are such; in one of ``times`` half of the values are that at
    least; in one of ``points`` a value is; in one of ``places`` the coordinates of a thing are known. ``degrees`` are
    latitude and longitude, where there are columns so called of which half are numbers.
    """

    columns: tuple[str, ...]
    things: tuple[str, ...]
    numbers: tuple[str, ...]
    times: tuple[str, ...]
    points: tuple[str, ...]
    places: tuple[str, ...]
    degrees: tuple[str, ...]
    graph: bool


def shape_of(answer: Answer, spots: Container[str]) -> Shape:
    """Look at every value of an answer. ``spots`` are the IRIs whose coordinates are known."""
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
    return Shape(
        columns,
        having(lambda term: isinstance(term, Iri)),
        tuple(name for name in numbers if not all(degrees) or name not in degrees),
        half(_is_time),
        tuple(name for name, terms in held.items() if any(point(term) for term in terms)),
        tuple(name for name, terms in held.items() if any(isinstance(t, Iri) and t.value in spots for t in terms)),
        tuple(degrees) if all(degrees) else (),
        tuple(answer.columns) == TRIPLE,
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
    what = next((name for name in shape.things if name not in where), None)
    what = what or next((name for name in shape.numbers if name not in where), None)
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
