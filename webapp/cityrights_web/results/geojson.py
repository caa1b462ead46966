"""Where an answer is on the earth: as points to be drawn, and as GeoJSON to be taken away (RFC 7946)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import orjson

from cityrights.library.running import NTRIPLES, Answer, TooMany, graph_answer, table_answer
from cityrights.resources.model import Link
from cityrights.resources.places import WKT, Geometry, Point, unpacked
from cityrights.terms import Iri, Literal, Term
from cityrights_web.results.pictures import (
    MOST_PLACES,
    MOST_ROWS,
    Unfit,
    View,
    fitting,
    is_degrees,
    is_measure,
    measure,
    settled,
    shape_of,
    within,
)
from cityrights_web.results.table import (
    WHOLE,
    Ground,
    degrees,
    digest,
    foreign_system,
    geometry_of,
    is_long,
    linked,
    number,
    whole,
)
from cityrights_web.urls import kind_of
from sparqlgate.http import formats

if TYPE_CHECKING:  # processes that make no pages read this as well
    from cityrights_web.layout import Layout

#: Positions of the largest geometry that GeoJSON keeps as it is, and of all that one file keeps; of any other the
#: middle stands there.
LARGEST: Final = 10_000
_MOST_POSITIONS: Final = 300_000
#: Reference systems that are named where geometries are left out, and characters of each.
_SYSTEMS: Final = 3
_LONGEST_SYSTEM: Final = 100


def measured_by(layout: Layout, answer: Answer, view: View, ground: Ground) -> str:
    """Return in words what the circles of a map are as large as; nothing where they count things."""
    what = _columns(answer, view, ground)[1]
    if not what or not is_measure(answer, what):
        return ""
    words = layout.words
    return words.results.size.format(column=words.queries.columns.get(what, what))


def feature_collection(features: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Return features as one collection (RFC 7946, section 3.3)."""
    return {"type": "FeatureCollection", "features": list(features)}


def feature(spot: Point | None, properties: Mapping[str, object], iri: str = "") -> dict[str, object]:
    """Return a feature (section 3.2): a point of longitude and latitude, nowhere where it is not known."""
    geometry = None if spot is None else {"type": "Point", "coordinates": list(spot)}
    return {"type": "Feature", **({"id": iri} if iri else {}), "geometry": geometry, "properties": properties}


@dataclass(slots=True)
class Place:
    """A place of the answer: longitude and latitude in degrees (WGS 84), what it is called, what is there."""

    spot: tuple[float, float]
    link: Link | None
    name: str
    there: set[Term] = field(default_factory=set)
    measured: bool = False

    @property
    def count(self) -> float:
        """How much is there: how many things, or, where it is measured, the number that the answer has for it."""
        return measure(self.there) if self.measured else float(len(self.there))


@dataclass(frozen=True, slots=True)
class Placed:
    """The places of an answer in the order of their names, and of how many rows nothing says where they are.

    ``systems`` are the reference systems, not read here, that some of these rows use, and how many rows do.
    ``middles``: some places are the middles of lines or areas.
    """

    places: tuple[Place, ...]
    nowhere: int
    systems: Mapping[str, int]
    middles: bool


def ground_of(layout: Layout, middles: Mapping[bytes, Point | None] | None = None) -> Ground:
    """Return where things are by the graph, and long geometries by ``middles``."""
    return Ground(layout.site.places.points, middles or {})


def placed(layout: Layout, answer: Answer, view: View, ground: Ground) -> Placed:
    """Gather the places of an answer. Raises TooMuch."""
    where, what = _columns(answer, view, ground)
    spots = [(_spot(row, where, ground), row) for row in answer.rows]
    within("map", {(spot, row.get(where[0]) if len(where) == 1 else None) for spot, row in spots if spot is not None})
    thing = where[0] if len(where) == 1 else ""
    namers = [thing] if thing else []
    namers += [name for name in answer.columns if name not in (*where, *namers)]
    links = linked(layout, answer.rows, [name for name in namers[:4] if name])
    measured = bool(what) and is_measure(answer, what)
    found: dict[object, Place] = {}
    for spot, row in spots:
        if spot is None:
            continue
        link, name = _name(row, namers, links, spot)
        place = found.setdefault((spot, link.iri if link else name), Place(spot, link, name, measured=measured))
        place.there |= {row[what]} if what in row else set()
    order = sorted(found.values(), key=lambda place: (place.name.casefold(), place.spot))
    systems = Counter(foreign_system(row.get(thing))[:_LONGEST_SYSTEM] for spot, row in spots if spot is None)
    del systems[""]
    wide = layout.site.places.middles
    middles = any(spot is not None and _is_wide(row.get(thing), wide) for spot, row in spots)
    return Placed(tuple(order), sum(spot is None for spot, _ in spots), dict(systems.most_common(_SYSTEMS)), middles)


def _is_wide(term: Term | None, wide: Container[str]) -> bool:
    """Say whether a term is a geometry with more than one position, or a thing that is where the middle of one is."""
    if isinstance(term, Iri):
        return term.value in wide
    return term is not None and _is_geometry(term) and "," in term.value


def _is_geometry(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype == WKT


def points(layout: Layout, answer: Answer, view: View, ground: Ground) -> dict[str, object]:
    """Return the places as the site’s maps read them: ``count`` says how much the answer has there. Raises TooMuch.

    ``shared`` are the things there, by a number of their own, that other places have too.
    """
    counted = bool(_columns(answer, view, ground)[1])
    features = []
    held = placed(layout, answer, view, ground).places
    times = Counter(term for place in held if not place.measured for term in place.there if isinstance(term, Iri))
    shared = {term: at for at, (term, count) in enumerate(times.items()) if count > 1}
    for place in held:
        iri = place.link.iri.value if place.link else ""
        properties: dict[str, object] = {
            "label": place.name, "url": layout.urls.link(iri) or "" if iri else "", "kind": kind_of(iri) or "place",
        }  # fmt: skip
        if counted:
            properties["count"] = int(place.count) if place.count == int(place.count) else place.count
            if told := sorted(shared[term] for term in place.there if term in shared):
                properties["shared"] = told
        features.append(feature(place.spot, properties, iri))
    return feature_collection(features)


class TooLarge(ValueError):
    """An answer has more rows or values than GeoJSON is made of."""


class NowhereError(ValueError):
    """Nothing in an answer says where it is."""


def collection(body: bytes, packed: bytes, told: View | None, cut: int, *, table: bool) -> bytes:
    """Return an answer, in SPARQL JSON or N-Triples, as GeoJSON: every row a feature with the row’s values.

    A row that is nowhere has no geometry (RFC 7946, section 3.2). A geometry stands as it is, in parts this side of
    180° and beyond, or as its middle where it is too large; the feature says so then (``simplified``). ``packed`` is
    where things are, ``told`` the view that the query names, ``cut`` the rows after which the answer was cut. Foreign
    members (section 6.1) tell that, and reference systems that were not read (``omitted``). It takes as long as the
    answer is large: it is for a process of its own. Raises TooLarge, and NowhereError.
    """
    try:
        answer = table_answer(body, MOST_ROWS) if table else graph_answer(body, NTRIPLES, MOST_ROWS)
    except TooMany:
        raise TooLarge from None
    if len(answer.rows) * len(answer.columns) > MOST_PLACES:  # each has a member in the feature of its row
        raise TooLarge
    ground = Ground(unpacked(packed), None)
    shape = shape_of(answer, ground)
    view = fitting(shape).get("map")
    if told is not None and told.kind == "map":
        with suppress(Unfit):
            view = settled(told, answer, shape)
    if view is None:
        raise NowhereError
    found = features(answer, view, ground)
    if cut:
        found["truncated"] = {"rows": cut}
    return orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)


def features(answer: Answer, view: View, ground: Ground) -> dict[str, object]:
    """Return every row of an answer as a feature; see ``collection``."""
    where, _ = _columns(answer, view, ground)
    made, left = [], _MOST_POSITIONS
    known: dict[str, Geometry | None] = {}
    omitted: Counter[str] = Counter()
    for row in answer.rows:
        properties = {name: _value(row.get(name)) for name in answer.columns}
        term = row.get(where[0]) if len(where) == 1 else None
        if term is None or not _is_geometry(term):
            made.append(feature(_spot(row, where, ground), properties))
            continue
        if term.value not in known:
            known[term.value] = geometry_of(term)
        found = known[term.value]
        if found is None:
            if system := foreign_system(term):
                omitted[system[:_LONGEST_SYSTEM]] += 1
            made.append(feature(None, properties))
        elif found.positions > min(LARGEST, left):
            made.append({**feature(found.middle, properties), "simplified": "middle"})
        else:
            left -= found.positions
            made.append({"type": "Feature", "geometry": found.shape, "properties": properties})
    told = {"omitted": dict(omitted.most_common(_SYSTEMS))} if omitted else {}
    return {**feature_collection(made), **told}


def long_geometries(body: bytes, *, table: bool) -> dict[bytes, Point | None]:
    """Return the middle of each long geometry of an answer, in SPARQL JSON or Turtle, by its digest.

    It is for a process of its own. None stands for one without a place; of an answer that no page is made of, nothing.
    """
    try:
        answer = table_answer(body, MOST_ROWS) if table else graph_answer(body, formats.TURTLE.media_type, MOST_ROWS)
    except TooMany:
        return {}
    long = {term for row in answer.rows for term in row.values() if is_long(term)}
    return {digest(term): found.middle if (found := geometry_of(term)) is not None else None for term in long}


def _columns(answer: Answer, view: View, ground: Ground) -> tuple[tuple[str, ...], str]:
    """Return the columns that say where, and the one that says what is there."""
    shape = shape_of(answer, ground) if len(view.columns) > 1 else None
    count = 2 if shape is not None and is_degrees(view, shape) else 1
    return view.columns[:count], view.columns[count] if len(view.columns) > count else ""


def _spot(row: Mapping[str, Term], where: tuple[str, ...], ground: Ground) -> Point | None:
    if len(where) == 2:
        return degrees(number(row.get(where[1])), number(row.get(where[0])))
    return ground.spot(row.get(where[0]))


def _name(
    row: Mapping[str, Term], namers: Iterable[str], links: Mapping[str, Link], spot: tuple[float, float]
) -> tuple[Link | None, str]:
    """Return the first thing of a row and what it is called, or the first text that is neither number nor shape."""
    for name in namers:
        term = row.get(name)
        if isinstance(term, Iri) and term.value in links:
            return links[term.value], links[term.value].label.value
    for name in namers:
        term = row.get(name)
        if term is not None and number(term) is None and not _is_geometry(term):
            return None, str(term)[:200]
    return None, f"{spot[1]:.4f}, {spot[0]:.4f}"


def _value(term: Term | None) -> str | int | float | None:
    """Return a value as GeoJSON has it: numbers as such, everything else as text."""
    exact = whole(term)
    if term is None or exact is not None:
        return exact
    size = number(term)
    return str(term) if size is None or (isinstance(term, Literal) and term.datatype in WHOLE) else size
