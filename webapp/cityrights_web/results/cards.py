"""Cards of practices as pages show them: the practice's own parts, and the small map with names around its place.

The land of the small maps is that of the large ones (Natural Earth, public domain), as the bundler has written it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

import orjson
from babel import Locale
from babel.core import get_global
from markupsafe import Markup, escape

from cityrights.resources.cards import PracticeCard, lines_of, practice_cards, with_claims
from cityrights.resources.description import document_order
from cityrights.resources.model import ClaimLine, Link
from cityrights_web.files import assets
from cityrights_web.layout import Layout
from cityrights_web.urls import kind_of
from sparqlgate.errors import SnapshotError

Point: TypeAlias = tuple[float, float]
#: Least and most longitude and latitude: west, south, east, north.
Frame: TypeAlias = tuple[float, float, float, float]

#: The size of a small map in pixels, and how many of them a degree takes: of a city, and of what is wide.
_WIDTH, _HEIGHT = 208, 144
_CLOSE, _FAR = 10.5, 4.0
_WIDE: Final = ("country", "region")
#: Room for the name of a place, in pixels: its height, and its width for each letter.
_LINE, _LETTER = 15, 7.2
#: The smallest part of a country that is named, in square pixels, and how many are.
_NAMED_FROM, _MOST_NAMES = 500, 5
#: Corners nearer to each other than this, in pixels, are one.
_FINE: Final = 0.7
#: Beyond the frame a line goes on for so much, so that its edge is not seen.
_BEYOND: Final = 3
#: So many corners of a line are looked at together.
_PART: Final = 16


def shown(layout: Layout, practices: Sequence[str]) -> list[PracticeCard]:
    """Return the cards of practices in the reader's language, without claims."""
    site, language = layout.site, layout.language

    def read(wanted: Sequence[str]) -> dict[str, PracticeCard]:
        try:
            known = site.indexes.facets.practice_cards(wanted, site.vocabulary, language)
        except SnapshotError:  # a snapshot that was built without lists
            known = {}
        left = [iri for iri in wanted if iri not in known]
        return known | {
            card.thing.iri.value: card for card in practice_cards(site.engine, site.vocabulary, language, left)
        }

    found = site.cards.gather(language, practices, read)
    return [found[iri] for iri in dict.fromkeys(practices) if iri in found]


def compact(layout: Layout, cards: Sequence[PracticeCard]) -> list[PracticeCard]:
    """Return cards with the claims that a compact one shows."""
    return with_claims(cards, partial(told, layout))


def told(layout: Layout, claims: Iterable[str]) -> dict[str, ClaimLine]:
    """Return claims by their IRIs, in the reader's language and the order of their documents."""
    site, language = layout.site, layout.language
    found = site.lines.gather(language, claims, partial(lines_of, site.engine, site.vocabulary, language))
    return {line.iri.value: line for line in sorted(found.values(), key=document_order)}


def small_map(layout: Layout, place: Link) -> Markup:
    """Return a small map around a place, with its name and those of the countries; nothing where it has no place."""
    spot = layout.site.places.spots.get(place.iri.value)
    if spot is None:
        return Markup("")
    wide = kind_of(place.iri.value) in _WIDE
    return _drawn(spot.longitude, spot.latitude, place.label.value, layout.language, wide=wide)


@dataclass(frozen=True, slots=True)
class _Ring:
    """A closed line, the frame around it, and its parts with theirs."""

    points: tuple[Point, ...]
    frame: Frame
    parts: tuple[tuple[Frame, tuple[Point, ...]], ...]

    @classmethod
    def of(cls, points: tuple[Point, ...]) -> _Ring:
        parts = [points[at : at + _PART] for at in range(0, len(points), _PART)]
        return cls(points, _around(points), tuple((_around(part), part) for part in parts))

    def near(self, frame: Frame, shift: int) -> Iterator[Point]:
        """Yield its corners; of parts beyond an edge of the frame the ends only, for the rest is cut off anyhow."""
        for around, part in self.parts:
            yield from part[:: len(part) - 1 or 1] if _apart(around, frame, shift) else part


@dataclass(frozen=True, slots=True)
class _Area:
    """A country: its code (ISO 3166-1), and the rings of its land."""

    code: str
    rings: tuple[_Ring, ...]


@lru_cache(maxsize=1)
def _land() -> tuple[_Area, ...]:
    """Return the countries; none where nothing was bundled."""
    name = next((name for name in assets() if name.startswith("dist/land-") and name.endswith(".json")), None)
    return tuple(_areas(orjson.loads(assets()[name].body))) if name else ()


def middle_of(code: str) -> Point | None:
    """Return longitude and latitude of the middle of a country's largest part; None for a code that is none here."""
    rings = [ring.points for area in _land() if area.code == code for ring in area.rings]
    return max((_middle(ring) for ring in rings), default=(0.0, None))[1] if rings else None


def _areas(topology: dict[str, Any]) -> Iterator[_Area]:
    """Yield the countries of a quantised topology (TopoJSON 1.0)."""
    (width, height), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[list[Point]] = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            line.append((left + x * width, bottom + y * height))
        arcs.append(line)
    alias = get_global("territory_aliases")
    for each in next(iter(topology["objects"].values()))["geometries"]:
        parts = {"Polygon": [each.get("arcs")], "MultiPolygon": each.get("arcs")}.get(each["type"], [])
        codes = alias.get(str(each.get("id", "")), [])
        rings = tuple(_Ring.of(_ring(ring, arcs)) for part in parts for ring in part)
        yield _Area(str(codes[0]) if codes else "", rings)


def _around(points: Sequence[Point]) -> Frame:
    across, up = zip(*points, strict=True)
    return min(across), min(up), max(across), max(up)


def _ring(numbers: Sequence[int], arcs: Sequence[Sequence[Point]]) -> tuple[Point, ...]:
    """Put a ring together from its arcs; one that goes backwards has the number that its bits turned round make."""
    points: list[Point] = []
    for number in numbers:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += line[1:] if points else line
    return tuple(points)


@lru_cache(maxsize=512)
def _drawn(longitude: float, latitude: float, name: str, language: str, *, wide: bool) -> Markup:
    path, named = _cut(longitude, latitude, wide=wide)
    return _svg(path, _names(name, named, language), name)


@lru_cache(maxsize=512)
def _cut(longitude: float, latitude: float, *, wide: bool) -> tuple[str, list[tuple[float, Point, str]]]:
    """Return the land around a place as the data of an SVG path, and size, middle and code of the countries to name."""
    scale = _FAR if wide else _CLOSE
    narrow = max(math.cos(math.radians(latitude)), 0.2)

    def frame(across: float, up: float) -> Frame:
        across, up = _WIDTH / 2 / narrow / scale + across, _HEIGHT / 2 / scale + up
        return longitude - across, latitude - up, longitude + across, latitude + up

    seen, kept = frame(1, 1), frame((_BEYOND + 1) / narrow / scale, (_BEYOND + 1) / scale)
    paths: list[str] = []
    named: list[tuple[float, Point, str]] = []
    for area in _land():
        largest, middle = 0.0, (0.0, 0.0)
        for ring in area.rings:
            for shift in (0, 360, -360):
                if _apart(ring.frame, seen, shift):
                    continue
                cut = _clipped(
                    [
                        (
                            _WIDTH / 2 + (x + shift - longitude) * narrow * scale,
                            _HEIGHT / 2 - (y - latitude) * scale,
                        )
                        for x, y in ring.near(kept, shift)
                    ]
                )
                if len(cut) < 3:
                    continue
                paths.append(_path(cut))
                size, centre = _middle(cut)
                if size > largest:
                    largest, middle = size, centre
        if largest >= _NAMED_FROM and area.code:
            named.append((largest, middle, area.code))
    return "".join(paths), named


def _apart(one: Frame, other: Frame, shift: int) -> bool:
    east, west = one[0] + shift > other[2], one[2] + shift < other[0]
    return east or west or one[1] > other[3] or one[3] < other[1]


def _clipped(points: list[Point]) -> list[Point]:
    """Cut a ring to the frame of the map (Sutherland and Hodgman's way: one edge after the other)."""
    edges = ((0, -_BEYOND, 1), (0, _WIDTH + _BEYOND, -1), (1, -_BEYOND, 1), (1, _HEIGHT + _BEYOND, -1))
    for axis, limit, sign in edges:
        kept: list[Point] = []
        for before, point in zip([points[-1], *points[:-1]], points, strict=True):
            inside, was = sign * (point[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
            if inside != was:
                part = (limit - before[axis]) / (point[axis] - before[axis])
                kept.append((before[0] + part * (point[0] - before[0]), before[1] + part * (point[1] - before[1])))
            if inside:
                kept.append(point)
        if not kept:
            return []
        points = kept
    return points


def _path(points: Sequence[Point]) -> str:
    """Write a ring as the data of an SVG path, in half pixels, by steps: that is short."""
    x, y = round(points[0][0] * 2), round(points[0][1] * 2)
    told = [f"M{x} {y}l"]
    for across, down in points[1:]:
        if abs(across * 2 - x) + abs(down * 2 - y) < 2 * _FINE:
            continue
        to = (round(across * 2), round(down * 2))
        told.append(f"{to[0] - x} {to[1] - y} ")
        x, y = to
    return "".join(told).rstrip() + "z" if len(told) > 2 else ""


def _middle(points: Sequence[Point]) -> tuple[float, Point]:
    """Return the area of a ring and its centroid."""
    twice = across = down = 0.0
    for (x, y), (nx, ny) in zip(points, [*points[1:], points[0]], strict=True):
        part = x * ny - nx * y
        twice, across, down = twice + part, across + (x + nx) * part, down + (y + ny) * part
    return (abs(twice) / 2, (across / (3 * twice), down / (3 * twice))) if twice else (0.0, (0.0, 0.0))


def _names(name: str, named: Sequence[tuple[float, Point, str]], language: str) -> list[tuple[Point, str, str, str]]:
    """Return the names that fit: where, how they are anchored, of what kind they are, and the name.

    That of the place stands beside its mark and is whole; those of countries give way.
    """
    territories = Locale.parse(language).territories
    width = len(name) * (_LETTER + 0.8)
    right = _WIDTH / 2 + 9 + width < _WIDTH
    at = (_WIDTH / 2 + 9, _HEIGHT / 2 + 4.5) if right else (_WIDTH / 2, _HEIGHT / 2 - 11)
    taken = [
        _box(at, width, "start" if right else "middle"),
        (_WIDTH / 2 - 8, _HEIGHT / 2 - 8, _WIDTH / 2 + 8, _HEIGHT / 2 + 8),
    ]
    found = [(at, "start" if right else "middle", "here", name)]
    for _, (x, y), code in sorted(named, reverse=True):
        word = str(territories.get(code, ""))
        wide = len(word) * _LETTER
        if not word or word == name or wide > _WIDTH - 8 or len(found) > _MOST_NAMES:
            continue
        middle = (min(max(x, wide / 2 + 4), _WIDTH - wide / 2 - 4), min(max(y, 14), _HEIGHT - 8))
        box = _box(middle, wide, "middle")
        if all(box[2] < each[0] or box[0] > each[2] or box[3] < each[1] or box[1] > each[3] for each in taken):
            taken.append(box)
            found.append((middle, "middle", "around", word))
    return found


def _box(at: Point, width: float, anchor: str) -> tuple[float, float, float, float]:
    left = at[0] if anchor == "start" else at[0] - width / 2
    return (left - 2, at[1] - _LINE + 2, left + width + 2, at[1] + 4)


def _svg(path: str, names: Sequence[tuple[Point, str, str, str]], name: str) -> Markup:
    words = "".join(
        f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(word)}</text>'
        for (x, y), anchor, kind, word in names
    )
    return Markup(
        f'<svg class="locator" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{escape(name)}"><path class="land" transform="scale(.5)" d="{path}"/>'
        f'<circle class="spot" cx="{_WIDTH // 2}" cy="{_HEIGHT // 2}" r="5"/>{words}</svg>'
    )
