"""Where things stand: latitude and longitude, or a geometry in WKT (OGC GeoSPARQL 1.1), of which the middle is taken.

A point stands for every geometry: of an area the centroid of its largest part, holes not taken off, which may lie
outside of it where it is bent; of a line the point half along its longest part; of several points their mean. All are
measured in degrees, as on a map whose meridians are parallel. Everything here takes time in proportion to the text.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import cos, hypot, isfinite, radians
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from cityrights.library.pages import ask
from cityrights.terms import Iri, Literal, Row, Term
from cityrights.vocabulary import PREFIXES, XSD
from sparqlgate import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")
#: Longitude and latitude in degrees (WGS 84).
Point: TypeAlias = tuple[float, float]
#: A GeoJSON geometry (RFC 7946, section 3.1).
Shape: TypeAlias = dict[str, object]

#: The datatype of a geometry as text (GeoSPARQL 1.1, section 8.5.1).
WKT: Final = PREFIXES["geo"] + "wktLiteral"
#: Characters of the longest geometry that is read.
LONGEST: Final = 1_000_000
#: Distances that differ by less, in square degrees, are looked at again.
_SAME: Final = 1e-9
#: Collections within each other.
_DEEPEST: Final = 4
#: Reference systems of WGS 84 by how they are named; a text that names none is in the first (section 8.5.1, req. 13).
_LONGITUDE_FIRST: Final = frozenset(
    f"{scheme}://www.opengis.net/def/crs/OGC/{name}"
    for scheme in ("http", "https")
    for name in ("1.3/CRS84", "0/CRS84", "0/CRS84h")
) | {"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"}
_LATITUDE_FIRST: Final = frozenset(
    {
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "https://www.opengis.net/def/crs/EPSG/0/4326",
        "urn:ogc:def:crs:EPSG::4326",
    }
)
_WHITE: Final = " \t\r\n"
_LINES: Final = ("LINESTRING", "LINEARRING")
#: Decimals of a degree that a middle has: about a centimetre.
_DIGITS: Final = 7
#: What comes last of what says where a thing is: a geometry that is no point.
_WIDE: Final = 2


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry: its middle, how many positions it has, and itself in GeoJSON, in parts east and west of 180°."""

    middle: Point
    positions: int
    shape: Shape


def on_earth(longitude: float, latitude: float) -> Point | None:
    """Return the place, None where there is no such place (degrees of WGS 84). 190° east is 170° west."""
    if not (abs(longitude) <= 360 and abs(latitude) <= 90):  # which NaN is not, either
        return None
    return (_turned(longitude), latitude)


def _turned(longitude: float) -> float:
    if longitude > 180:
        return longitude - 360
    return longitude + 360 if longitude < -180 else longitude


def system(text: str) -> str:
    """Return the reference system that a geometry names, where it is none that is read here; else nothing."""
    named, _ = _parted(text[:LONGEST])
    return "" if named in _LONGITUDE_FIRST or named in _LATITUDE_FIRST or not named else named


def geometry(text: str) -> Geometry | None:
    """Return a geometry in WKT, None for what is none, is empty, or is in another reference system than WGS 84."""
    if len(text) > LONGEST or not text.isascii():
        return None
    named, start = _parted(text)
    if named and named not in _LONGITUDE_FIRST and named not in _LATITUDE_FIRST:
        return None
    try:
        parts = _Reader(text, start, latitude_first=named in _LATITUDE_FIRST).all()
        return _made(parts)
    except _NoGeometryError:
        return None


def _parted(text: str) -> tuple[str, int]:
    """Return the reference system that stands before a geometry, and where that begins."""
    start = len(text) - len(text.lstrip(_WHITE))
    if text[start : start + 1] != "<":
        return "", start
    end = text.find(">", start, start + 2_000)
    return (text[start + 1 : end], end + 1) if end >= 0 else (text[start + 1 : start + 100], len(text))


class _NoGeometryError(ValueError):
    """A text is no geometry, or one without a place on earth."""


@dataclass(slots=True)
class _Parts:
    """The parts of a geometry, by their kind; an area is its rings, the outer one first."""

    points: list[Point] = field(default_factory=list)
    lines: list[list[Point]] = field(default_factory=list)
    areas: list[list[list[Point]]] = field(default_factory=list)


class _Reader:
    """Reads WKT from left to right, each character once or twice."""

    def __init__(self, text: str, place: int, *, latitude_first: bool) -> None:
        self._text, self._place, self._swapped = text, place, latitude_first
        self._parts = _Parts()

    def all(self) -> _Parts:
        self._geometry(0)
        self._skip()
        if self._place < len(self._text):
            raise _NoGeometryError
        return self._parts

    def _skip(self) -> None:
        while self._text[self._place : self._place + 1] in (" ", "\t", "\r", "\n"):
            self._place += 1

    def _takes(self, sign: str) -> bool:
        self._skip()
        found = self._text.startswith(sign, self._place)
        self._place += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise _NoGeometryError

    def _word(self) -> str:
        self._skip()
        begin = self._place
        while self._text[self._place : self._place + 1].isalpha():
            self._place += 1
            if self._place - begin > 20:
                raise _NoGeometryError
        return self._text[begin : self._place].upper()

    def _geometry(self, depth: int) -> None:
        kind = self._word().rstrip("ZM")  # which may stand alone or be joined; no name ends with one
        more = self._word()
        if more in ("Z", "M", "ZM"):
            more = self._word()
        if more == "EMPTY":
            return
        if more:
            raise _NoGeometryError
        parts = self._parts
        if kind == "GEOMETRYCOLLECTION" and depth < _DEEPEST:
            self._expect("(")
            self._geometry(depth + 1)
            while self._takes(","):
                self._geometry(depth + 1)
            self._expect(")")
        elif kind == "POINT":
            (point,) = self._positions(1)
            parts.points.append(point)
        elif kind == "MULTIPOINT":
            parts.points += self._points()
        elif kind in _LINES:
            parts.lines.append(self._line())
        elif kind == "MULTILINESTRING":
            parts.lines += self._listed(self._line)
        elif kind == "POLYGON":
            parts.areas.append(self._area())
        elif kind == "MULTIPOLYGON":
            parts.areas += self._listed(self._area)
        else:
            raise _NoGeometryError

    def _listed(self, read: Callable[[], T]) -> list[T]:
        self._expect("(")
        found = [read()]
        while self._takes(","):
            found.append(read())
        self._expect(")")
        return found

    def _points(self) -> list[Point]:
        """Read the points of several, each in parentheses of its own or not."""
        self._skip()
        inner = self._text.find("(", self._place + 1)
        if inner >= 0 and not self._text[self._place + 1 : inner].strip(_WHITE):
            return self._listed(lambda: self._positions(1)[0])
        return self._positions()

    def _line(self) -> list[Point]:
        found = self._positions()
        if len(found) < 2:
            raise _NoGeometryError
        return found

    def _area(self) -> list[list[Point]]:
        rings = self._listed(self._positions)
        if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
            raise _NoGeometryError
        return rings

    def _positions(self, most: int = 0) -> list[Point]:
        """Read positions between parentheses: two numbers each; height and measure are left out."""
        self._expect("(")
        end = self._text.find(")", self._place)
        inner = self._text[self._place : end] if end >= 0 else "_"
        if "_" in inner:  # which Python takes for a part of a number
            raise _NoGeometryError
        self._place = end + 1
        found = [self._position(part) for part in inner.split(",")]
        if most and len(found) > most:
            raise _NoGeometryError
        return found

    def _position(self, text: str) -> Point:
        try:
            one, other, *more = map(float, text.split())
        except ValueError:
            raise _NoGeometryError from None
        longitude, latitude = (other, one) if self._swapped else (one, other)
        if len(more) > 2 or not (abs(longitude) <= 360 and abs(latitude) <= 90):
            raise _NoGeometryError
        return longitude, latitude


def _made(parts: _Parts) -> Geometry:
    """Return a geometry of its parts. Raises _NoGeometryError where it has none."""
    middle = _middle(parts)
    shapes: list[Shape] = []
    if parts.points:
        points = [[_turned(longitude), latitude] for longitude, latitude in parts.points]
        shapes.append(_several("Point", points))
    if parts.lines:
        shapes.append(_several("LineString", [piece for line in parts.lines for piece in _cut_line(line)]))
    if parts.areas:
        shapes.append(_several("Polygon", [piece for area in parts.areas for piece in _cut_area(area)]))
    shapes = [shape for shape in shapes if shape["coordinates"]]
    rings = [ring for area in parts.areas for ring in area]
    count = len(parts.points) + sum(map(len, parts.lines)) + sum(map(len, rings))
    whole: Shape = {"type": "GeometryCollection", "geometries": shapes}
    return Geometry(middle, count, shapes[0] if len(shapes) == 1 else whole)


def _several(kind: str, coordinates: Sequence[object]) -> Shape:
    if len(coordinates) == 1:
        return {"type": kind, "coordinates": coordinates[0]}
    return {"type": f"Multi{kind}", "coordinates": coordinates}


def _middle(parts: _Parts) -> Point:
    if parts.areas:
        longitude, latitude = _centroid(max((area[0] for area in parts.areas), key=lambda ring: abs(_area(ring))))
    elif parts.lines:
        longitude, latitude = _half_along(max(parts.lines, key=_length))
    elif len(parts.points) == 1:
        return _turned(parts.points[0][0]), parts.points[0][1]
    elif parts.points:
        longitude, latitude = _mean(parts.points)
    else:
        raise _NoGeometryError
    return round(_turned(longitude), _DIGITS), round(latitude, _DIGITS)


def _mean(points: Sequence[Point]) -> Point:
    """Return the mean of points, each taken on the side of 180° that is nearer to the first."""
    first = points[0][0]
    near = [longitude + 360 * round((first - longitude) / 360) for longitude, _ in points]
    return _within(sum(near) / len(points)), sum(latitude for _, latitude in points) / len(points)


def _within(longitude: float) -> float:
    return longitude - 360 * round(longitude / 360) if abs(longitude) > 360 else longitude


def _length(line: Sequence[Point]) -> float:
    return sum(hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(line))


def _half_along(line: Sequence[Point]) -> Point:
    left = _length(line) / 2
    for (x0, y0), (x1, y1) in pairwise(line):
        step = hypot(x1 - x0, y1 - y0)
        if step >= left and step > 0:
            part = left / step
            return x0 + (x1 - x0) * part, y0 + (y1 - y0) * part
        left -= step
    return line[0]


def _area(ring: Sequence[Point]) -> float:
    """Return twice the area of a ring in square degrees; more than 0 where it goes against the clock."""
    left, low = ring[0]  # from which it is measured, so that small rings far from 0° are not lost in rounding
    return sum((x0 - left) * (y1 - low) - (x1 - left) * (y0 - low) for (x0, y0), (x1, y1) in pairwise(ring))


def _centroid(ring: Sequence[Point]) -> Point:
    left, low = ring[0]
    area = east = north = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        x0, x1, y0, y1 = x0 - left, x1 - left, y0 - low, y1 - low
        cross = x0 * y1 - x1 * y0
        area += cross
        east += (x0 + x1) * cross
        north += (y0 + y1) * cross
    if abs(area) < 1e-18 or not isfinite(area):
        return _mean(ring[1:])
    return left + east / (3 * area), low + north / (3 * area)


def _cut_line(line: Sequence[Point]) -> Iterator[list[list[float]]]:
    """Yield the parts of a line on this side of 180° and beyond it (RFC 7946, section 3.1.9)."""
    shift = _shift(line)
    piece: list[list[float]] = []
    beyond = False
    for number, (x, y) in enumerate((x + shift, y) for x, y in line):
        if not number:
            beyond = x > 180
        elif (x > 180) != beyond:
            before = line[number - 1][0] + shift, line[number - 1][1]
            cross = before[1] + (y - before[1]) * (180 - before[0]) / (x - before[0])
            yield [*piece, [-180.0 if beyond else 180.0, cross]]
            beyond = not beyond
            piece = [[-180.0 if beyond else 180.0, cross]]
        piece.append([x - 360 if beyond else x, y])
    yield piece


def _cut_area(rings: Sequence[Sequence[Point]]) -> Iterator[list[list[list[float]]]]:
    """Yield the parts of an area on this side of 180° and beyond it, outer rings against the clock (3.1.6, 3.1.9)."""
    shift = _shift(rings[0])
    moved = [[(x + shift, y) for x, y in ring] for ring in rings]
    if max(x for x, _ in moved[0]) <= 180:
        yield [_wound(ring, outer=not number) for number, ring in enumerate(moved)]
        return
    for beyond in (False, True):
        kept = [half for ring in moved if (half := _half(ring, beyond=beyond))]
        if kept:
            yield [_wound(ring, outer=not number) for number, ring in enumerate(kept)]


def _shift(positions: Sequence[Point]) -> float:
    """Return by how much positions move for the westernmost to lie between 180° west and 180° east."""
    west, east = min(x for x, _ in positions), max(x for x, _ in positions)
    if east - west > 360:
        raise _NoGeometryError
    return 360.0 if west < -180 else -360.0 if west >= 180 and east > 180 else 0.0


def _half(ring: Sequence[Point], *, beyond: bool) -> list[Point]:
    """Return what of a ring lies on one side of 180° (Sutherland and Hodgman), nothing where that has no area."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(ring):
        if x0 >= 180 if beyond else x0 <= 180:
            kept.append((x0, y0))
        if (x0 - 180) * (x1 - 180) < 0:
            kept.append((180.0, y0 + (y1 - y0) * (180 - x0) / (x1 - x0)))
    if len(kept) < 3 or all(x == 180 for x, _ in kept):
        return []
    return [(x - 360 if beyond else x, y) for x, y in (*kept, kept[0])]


def _wound(ring: Sequence[Point], *, outer: bool) -> list[list[float]]:
    against = _area(ring) >= 0
    return [[x, y] for x, y in (ring if against is outer else reversed(ring))]


@dataclass(frozen=True, slots=True)
class Spot:
    """A thing with coordinates, in degrees (WGS 84), and its labels."""

    iri: Iri
    latitude: float
    longitude: float
    labels: tuple[Literal, ...]


@dataclass(frozen=True)
class Places:
    """The things of one snapshot that have coordinates, by IRI; ``middles`` are those of which a middle is known."""

    spots: Mapping[str, Spot]
    middles: frozenset[str] = frozenset()

    @classmethod
    def load(cls, engine: Store) -> Places:
        """Read the places through ``engine``, of geometries the short ones. Raises QueryError as the engine does."""
        return cls.of(reduced(ask(engine, "territory_spots", options=["short"])))

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Places:
        """Return the places that ``reduced`` has told."""
        points: dict[str, Point] = {}
        middles: set[str] = set()
        labels: defaultdict[str, list[Literal]] = defaultdict(list)
        for row in rows:
            iri = str(row["s"])
            if isinstance(label := row.get("label"), Literal):
                labels[iri].append(label)
            elif (point := _told(row)) is not None:
                points[iri] = point
                middles |= {iri} if "wkt" in row else set()
        spots = {
            iri: Spot(Iri(iri), latitude, longitude, tuple(sorted(labels[iri])))
            for iri, (longitude, latitude) in sorted(points.items())
        }
        return cls(MappingProxyType(spots), frozenset(middles))

    @cached_property
    def points(self) -> Mapping[str, Point]:
        """Longitude and latitude of everything, by IRI."""
        return {iri: (spot.longitude, spot.latitude) for iri, spot in self.spots.items()}

    @cached_property
    def packed(self) -> bytes:
        """The same as bytes, for a process that is given it: what ``unpacked`` reads."""
        return pickle.dumps(self.points)

    def nearest(self, iri: str, most: int) -> list[Spot]:
        """Return the spot of ``iri`` and up to ``most`` cities, departments and islands near it, the nearest first.

        None at all when ``iri`` has no coordinates. Distances are good enough to put neighbours in order.
        """
        here = self.spots.get(iri)
        if here is None:
            return []
        narrow = cos(radians(here.latitude))

        def distance(spot: Spot) -> tuple[float, str]:
            east = abs(spot.longitude - here.longitude)
            east = min(east, 360 - east) * narrow
            return east * east + (spot.latitude - here.latitude) ** 2, spot.iri.value

        others = [spot for spot in self._about(here, narrow, most) if spot is not here]
        return [here, *sorted(others, key=distance)[:most]]

    def _about(self, here: Spot, narrow: float, most: int) -> list[Spot]:
        """Return the ``most`` places nearest to one and itself, in no order, with those as far as the last of them."""
        import numpy as np  # which takes a while, and few who read places need it

        dots, (longitude, latitude) = self._dots
        if len(dots) <= most + 1:
            return dots
        east = np.abs(longitude - here.longitude)
        far = (np.minimum(east, 360 - east) * narrow) ** 2 + (latitude - here.latitude) ** 2
        return [dots[at] for at in np.flatnonzero(far <= np.partition(far, most)[most] + _SAME).tolist()]

    @cached_property
    def _dots(self) -> tuple[list[Spot], NDArray[np.float64]]:
        """The cities, departments and islands, and where they are: longitudes, latitudes."""
        import numpy as np

        dots = [spot for spot in self.spots.values() if not _is_wide(spot.iri.value)]
        return dots, np.array([[spot.longitude for spot in dots], [spot.latitude for spot in dots]], np.float64)


def unpacked(packed: bytes) -> Mapping[str, Point]:
    """Return what ``Places.packed`` holds. Only for what this service has packed itself."""
    found: Mapping[str, Point] = pickle.loads(packed)
    return found


def reduced(rows: Iterable[Row]) -> list[Row]:
    """Return one row with ``lat`` and ``long`` for each thing ``s`` that has a place, and its rows with a ``label``.

    ``rows`` have ``lat`` and ``long``, or a geometry as ``wkt``, or a label. Numbers count before points, points
    before other geometries; of several alike it is always the same. ``wkt`` then says that it is the middle of others.
    """
    best: dict[str, tuple[int, Point]] = {}
    labels: dict[str, dict[Term, None]] = defaultdict(dict)
    for row in rows:
        iri = str(row["s"])
        if "label" in row:
            labels[iri][row["label"]] = None
            continue
        if "wkt" in row:
            found = geometry(str(row["wkt"]))
            if found is None:
                continue
            told = (1 if found.positions == 1 else _WIDE), found.middle
        elif (point := _told(row)) is not None:
            told = 0, point
        else:
            continue
        best[iri] = min(told, best.get(iri, told))
    made: list[Row] = []
    for iri, (rank, (longitude, latitude)) in sorted(best.items()):
        place: dict[str, Term] = {"s": Iri(iri), "lat": _degrees(latitude), "long": _degrees(longitude)}
        made.append({**place, "wkt": Literal("middle")} if rank == _WIDE else place)
        made += [{"s": Iri(iri), "label": label} for label in labels.get(iri, ())]
    return made


def _degrees(value: float) -> Literal:
    return Literal(repr(value), datatype=XSD + "double")


def _told(row: Row) -> Point | None:
    try:
        return on_earth(float(str(row["long"])), float(str(row["lat"])))
    except (KeyError, ValueError):
        return None


def _is_wide(iri: str) -> bool:
    """Whether a dot on the map would say little of it."""
    return "/id/country/" in iri or "/id/region/" in iri
