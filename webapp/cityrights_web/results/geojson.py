"""Where an answer is on the earth: as points to be drawn, and as GeoJSON to be taken away (RFC 7946)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cityrights.library.running import Answer
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Term
from cityrights_web.layout import Layout
from cityrights_web.results.pictures import View, is_degrees, shape_of, tally, within
from cityrights_web.results.table import WHOLE, linked, number, on_earth, point, whole
from cityrights_web.urls import kind_of


def collection(features: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Return features as one collection (RFC 7946, section 3.3)."""
    return {"type": "FeatureCollection", "features": list(features)}


def feature(spot: tuple[float, float] | None, properties: Mapping[str, object], iri: str = "") -> dict[str, object]:
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

    @property
    def count(self) -> float:
        """How much is there: how many things, or the number that the answer has for it."""
        return tally(self.there) if self.there else 0


@dataclass(frozen=True, slots=True)
class Placed:
    """The places of an answer in the order of their names, and of how many rows nothing says where they are."""

    places: tuple[Place, ...]
    nowhere: int


def placed(layout: Layout, answer: Answer, view: View) -> Placed:
    """Gather the places of an answer. Raises TooMuch."""
    where, what = _columns(layout, answer, view)
    spots = [(_spot(layout, row, where), row) for row in answer.rows]
    within("map", {(spot, row.get(where[0]) if len(where) == 1 else None) for spot, row in spots if spot is not None})
    thing = where[0] if len(where) == 1 else ""
    namers = [thing] if thing else []
    namers += [name for name in answer.columns if name not in (*where, *namers)]
    links = linked(layout, answer.rows, [name for name in namers[:4] if name])
    found: dict[object, Place] = {}
    for spot, row in spots:
        if spot is None:
            continue
        link, name = _name(row, namers, links, spot)
        place = found.setdefault((spot, link.iri if link else name), Place(spot, link, name))
        place.there |= {row[what]} if what in row else set()
    order = sorted(found.values(), key=lambda place: (place.name.casefold(), place.spot))
    return Placed(tuple(order), sum(spot is None for spot, _ in spots))


def points(layout: Layout, answer: Answer, view: View) -> dict[str, object]:
    """Return the places as the site’s maps read them: ``count`` says how much the answer has there. Raises TooMuch.

    ``shared`` are the things there, by a number of their own, that other places have too.
    """
    counted = bool(_columns(layout, answer, view)[1])
    features = []
    held = placed(layout, answer, view).places
    times = Counter(term for place in held for term in place.there if isinstance(term, Iri))
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
    return collection(features)


def features(layout: Layout, answer: Answer, view: View) -> dict[str, object]:
    """Return every row of an answer as a feature with the row’s values; one that is nowhere has no geometry (§3.2)."""
    where, _ = _columns(layout, answer, view)
    made = []
    for row in answer.rows:
        properties = {name: _value(row.get(name)) for name in answer.columns}
        made.append(feature(_spot(layout, row, where), properties))
    return collection(made)


def _columns(layout: Layout, answer: Answer, view: View) -> tuple[tuple[str, ...], str]:
    """Return the columns that say where, and the one that says what is there."""
    shape = shape_of(answer, layout.site.places.spots) if len(view.columns) > 1 else None
    count = 2 if shape is not None and is_degrees(view, shape) else 1
    return view.columns[:count], view.columns[count] if len(view.columns) > count else ""


def _spot(layout: Layout, row: Mapping[str, Term], where: tuple[str, ...]) -> tuple[float, float] | None:
    if len(where) == 2:
        latitude, longitude = number(row.get(where[0])), number(row.get(where[1]))
        return None if latitude is None or longitude is None else on_earth(longitude, latitude)
    term = row.get(where[0])
    if not isinstance(term, Iri):
        return point(term)
    known = layout.site.places.spots.get(term.value)
    return None if known is None else (known.longitude, known.latitude)


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
        if term is not None and number(term) is None and point(term) is None:
            return None, str(term)[:200]
    return None, f"{spot[1]:.4f}, {spot[0]:.4f}"


def _value(term: Term | None) -> str | int | float | None:
    """Return a value as GeoJSON has it: numbers as such, everything else as text."""
    exact = whole(term)
    if term is None or exact is not None:
        return exact
    size = number(term)
    return str(term) if size is None or (isinstance(term, Literal) and term.datatype in WHOLE) else size
