"""Cities and other territories: what happens there, who governs them, and where they stand."""

from __future__ import annotations

from dataclasses import replace

from cityrights.errors import SnapshotError, UnknownThing
from cityrights.indexes.proximity.telling import NeighbourInWords, tell_neighbours
from cityrights.library.pages import ask
from cityrights.resources.description import cards
from cityrights.resources.model import Card, Link
from cityrights.resources.places import Spot
from cityrights.terms import Iri
from cityrights.vocabulary import CR, PREFIXES, SKOS
from cityrights_web.results.geojson import feature, feature_collection
from cityrights_web.urls import kind_of, thing_key
from cityrights_web.views.resource import View, by_kind
from cityrights_web.views.ties import learnt

TEMPLATE = "things/territory.html"

#: What belongs to a government and not to its territory, though readers look for it there.
_OF_THE_GOVERNMENT = frozenset({"award", "network", "event", "holding"})
#: Pointers to its government that are looked through.
_MOST = 300
#: Places on the map beside the one of the page.
_NEAR = 12
#: Closest places that are named.
_CLOSE = 5


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    governments = view.d.values(CR + "governedBy")
    beside = view.layout.site.places.nearest(view.d.iri.value, _NEAR)
    return {
        "facts_first": view.facts("governedBy", "within", "country", "characterisedAs"),
        "lead": view.pointers("place", "participantsFrom", "of", "within", "country"),
        "of_government": of_governments(view, [item.value for item in governments if isinstance(item.value, Iri)]),
        "elsewhere": view.facts(SKOS + "exactMatch"),
        "ties": learnt(view.layout, view.d.iri.value),
        "close": closest(view),
        "key_of": lambda link: thing_key(link.iri.value) or "",
        "map": view.layout.urls.points(view.key) if beside else None,
        "nearby": [_link(view, spot) for spot in beside[1:]],
    }


def closest(view: View) -> list[NeighbourInWords]:
    """Return the places closest to this one, each with its main reasons; none for what has no connections."""
    view.facts("closeTo")  # told here, and not once more below
    site = view.layout.site
    try:
        found = site.indexes.proximity.neighbours(view.d.iri.value, _CLOSE)
    except (UnknownThing, SnapshotError):  # a country, say, or a snapshot that was built without connections
        return []
    few = [replace(one, reasons=one.reasons[:1]) for one in found]
    return tell_neighbours(site.engine, site.vocabulary, few, view.layout.language)


def of_governments(view: View, governments: list[Iri]) -> tuple[tuple[str, tuple[Card, ...]], ...]:
    """Return awards, networks and roles of the governments, as cards by kind."""
    site = view.layout.site
    rows = [row for one in governments[:3] for row in ask(site.engine, "thing_neighbours", {"thing": one}, limit=_MOST)]
    found = cards(rows, site.vocabulary, view.layout.language)
    return tuple((kind, held) for kind, held in by_kind(found) if kind in _OF_THE_GOVERNMENT)


def geojson(view: View) -> dict[str, object]:
    """Return the map's points as GeoJSON (RFC 7946)."""
    return feature_collection(
        feature(
            (spot.longitude, spot.latitude),
            {
                "label": _link(view, spot).label.value,
                "url": view.layout.urls.link(spot.iri.value),
                "kind": "here" if spot.iri == view.d.iri else kind_of(spot.iri.value),
            },
        )
        for spot in view.layout.site.places.nearest(view.d.iri.value, _NEAR)
    )


def _link(view: View, spot: Spot) -> Link:
    return view.layout.site.vocabulary.link(spot.iri, view.layout.language, spot.labels)


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    latitude, longitude = view.one(PREFIXES["wgs"] + "lat"), view.one(PREFIXES["wgs"] + "long")
    data: dict[str, object] = {"@type": _TYPES.get(view.kind, "AdministrativeArea")}
    if latitude and longitude:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    within = view.d.values(CR + "within")
    if within:
        data["containedInPlace"] = [
            {"@type": "Place", "@id": item.value.value, "name": item.label.value if item.label else ""}
            for item in within
        ]
    return data


_TYPES = {"city": "City", "country": "Country", "island": "Place", "region": "Place"}
