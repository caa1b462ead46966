"""Places of one name: which of them a text may mean, of the graph and of the gazetteer, each with where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Final

from babel import Locale

from cityrights import places
from cityrights.errors import SnapshotError
from cityrights.indexes.proximity.telling import name_all
from cityrights.library.pages import ask
from cityrights.places import WITHIN, Place
from cityrights.resources.model import Link
from cityrights.terms import Iri
from cityrights.vocabulary import CR
from cityrights_web.layout import Layout
from cityrights_web.responses import missing
from cityrights_web.urls import kind_of, thing_iri, thing_key

#: A place that the documents do not tell of is thought of when it has so many inhabitants.
LARGE: Final = 100_000
#: So many places of each sort are offered.
OFFERED: Final = 8
#: Kinds of places that the gazetteer knows.
_TOWNS: Final = ("city", "department", "island")
#: Kinds of things that may have connections, and how many are looked at when a name is not clear.
PLACE_KINDS: Final = ("city", "department", "island", "region", "country")
_LOOKED_AT: Final = 50
#: Kilometres in a degree of latitude.
_DEGREE: Final = 111.2


@dataclass(frozen=True, slots=True)
class Homonym:
    """A place that a text may mean: ``where`` is its region and country, as far as they are known.

    ``link`` and ``key`` are those of a place of the graph, None and empty for one that it does not have.
    """

    name: str
    where: str
    key: str = ""
    link: Link | None = None

    @property
    def whole(self) -> str:
        """The name with region and country, as one may write it into the field of the search."""
        return f"{self.name}, {self.where}" if self.where else self.name


@dataclass(frozen=True, slots=True)
class Homonyms:
    """What a text may mean: places of the graph, and large ones that it does not have, the largest first.

    ``is_sure`` says that one is meant: the only one of the graph, and no other place of its name is larger.
    """

    own: tuple[Homonym, ...] = ()
    others: tuple[Homonym, ...] = ()
    is_sure: bool = False


#: Nothing that is meant.
NONE: Final = Homonyms()


def homonyms(layout: Layout, text: str, own: Sequence[str]) -> Homonyms:
    """Return the places that a text may mean; ``own`` are the IRIs of those of the graph that are called so."""
    names = name_all(layout.site.engine, layout.site.vocabulary, own, layout.language)
    called = places.homonyms(text) if all(kind_of(iri) in _TOWNS for iri in own) else []
    points = layout.site.places.points
    same = {
        iri: place
        for iri in own
        if iri in points
        and (place := _at(points[iri], called) or _at(points[iri], places.homonyms(names[iri].label.value)))
    }
    far = [place for place in called if place.population >= LARGE and place not in same.values()]
    far = [place for place in far if not any(_apart(points[iri], place) <= WITHIN for iri in own if iri in points)]
    exactly = [place for place in far if places.fold(place.name) == places.fold(text)]
    others = (exactly or ([] if own else far))[:OFFERED]
    untold = _countries(layout, [iri for iri in own if iri not in same])
    mine = tuple(
        Homonym(
            names[iri].label.value,
            where(same[iri], layout.language) if iri in same else untold.get(iri, ""),
            thing_key(iri) or "",
            names[iri],
        )
        for iri in own[:OFFERED]
    )
    largest = max((place.population for place in others), default=0)
    return Homonyms(
        mine,
        tuple(Homonym(place.name, where(place, layout.language)) for place in others),
        len(own) == 1 and (not others or (own[0] in same and same[own[0]].population >= largest)),
    )


@dataclass(frozen=True, slots=True)
class Meant:
    """What a field may mean: ``name`` of the field, its text, the places; ``sure`` when it is one.

    ``several`` says that more than one place has exactly this name.
    """

    name: str
    text: str
    places: Homonyms
    sure: bool
    several: bool


def meant_by(layout: Layout, name: str, text: str) -> Meant:
    """Return the places with connections that the text of a field may mean. Raises a 404 for what none is called."""
    exact, near = _places(layout, text)
    found = exact or near[:OFFERED]
    if not found:
        raise missing(layout.words.connections.unknown_place.format(name=text[:100]))
    meant = homonyms(layout, text, found)
    is_key = len(exact) == 1 and thing_key(exact[0]) in (text, f"city/{text}")
    sure = is_key or (bool(exact) and meant.is_sure)
    return Meant(name, text, meant, sure, several=bool(exact))


def _places(layout: Layout, text: str) -> tuple[list[str], list[str]]:
    """Return the places with this key or exactly this name in any language, and those with one that is near it.

    What is both a key and a name of another place may mean either: what one types is not told from an address.
    """
    held = layout.site.indexes.proximity
    iri = thing_iri(text if "/" in text else f"city/{text}")
    if "/" in text and held.has(iri):
        return [iri], []
    try:
        index = layout.site.indexes.search
        exact = [iri] if held.has(iri) else []
        exact += [one for one in index.called(text) if held.has(one) and one not in exact]
        near = [
            hit.iri
            for hit in index.suggest(text, layout.language, _LOOKED_AT, [("kind", PLACE_KINDS)])
            if held.has(hit.iri)
        ]
    except SnapshotError:  # a snapshot without an index: only keys are known
        return [iri] if held.has(iri) else [], []
    return exact, near


def written_out(text: str) -> Place | None:
    """Return the largest place that a text names with its country, and perhaps its region, between commas."""
    name, *around = (part.strip() for part in text.split(","))
    country = places.country(around[-1]) if name and around else None
    found = places.homonyms(name, country, ", ".join(around[:-1])) if country else []
    return found[0] if found else None


def largest(text: str, least: int = LARGE) -> Place | None:
    """Return the largest place that a text is the name of: its own, with ``least`` inhabitants or more.

    With none at all a large one is meant by other names, too, such as that in the writing of its people. None where
    there is none.
    """
    called = places.homonyms(text)
    own = (one for one in called if one.population >= least and places.fold(one.name) == places.fold(text))
    others = () if least else (one for one in called if one.population >= LARGE)
    return next(own, None) or next(iter(others), None)


def where(place: Place, language: str) -> str:
    """Return region and country of a place of the gazetteer, the country in a language."""
    country = str(Locale.parse(language).territories.get(place.country, place.country))
    region = place.region if places.fold(place.region) not in (places.fold(place.name), places.fold(country)) else ""
    return ", ".join(part for part in (region, country) if part)


def is_at(point: tuple[float, float], place: Place) -> bool:
    """Say whether a point, longitude and latitude in degrees, lies where a place of the gazetteer is."""
    return _apart(point, place) <= WITHIN


def _at(point: tuple[float, float], called: Sequence[Place]) -> Place | None:
    """Return the place that lies at a point; of several the largest."""
    return next((place for place in called if is_at(point, place)), None)


def _apart(point: tuple[float, float], place: Place) -> float:
    """Return how many kilometres a point and a place are apart, on a plane that touches the earth."""
    longitude, latitude = point
    east = abs(place.longitude - longitude)
    return _DEGREE * hypot(place.latitude - latitude, min(east, 360 - east) * cos(radians(latitude)))


def _countries(layout: Layout, iris: Sequence[str]) -> Mapping[str, str]:
    """Return the name of the country of each place of which the graph tells one."""
    rows = (
        (iri, row["o"])
        for iri in iris
        for row in ask(layout.site.engine, "values_of", {"thing": Iri(iri), "p": Iri(CR + "country")})
    )
    held = {iri: str(country) for iri, country in rows if isinstance(country, Iri)}
    named = name_all(layout.site.engine, layout.site.vocabulary, held.values(), layout.language)
    return {iri: named[country].label.value for iri, country in held.items()}
