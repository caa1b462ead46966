"""Cities and other territories: what happens there, who governs them, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from cityrights.describe import Iri, Link, Literal, ask
from cityrights.describe.incoming import cards
from cityrights.namespaces import CR, PREFIXES, SKOS
from cityrights_web.pages.things.view import View, by_kind
from cityrights_web.urls import thing_key

TEMPLATE = "things/territory.html"

#: What belongs to a government and not to its territory, though readers look for it there.
_OF_THE_GOVERNMENT = frozenset({"award", "network", "event", "holding"})
_MOST = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A territory on the map, in degrees (WGS 84); ``here`` is the one whose page it is."""

    link: Link
    latitude: float
    longitude: float
    here: bool


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    governments = view.d.values(CR + "governedBy")
    around = spots(view)
    return {
        "facts_first": view.facts("governedBy", "within", "country", "characterisedAs"),
        "lead": view.pointers("place", "participantsFrom", "of", "within", "country"),
        "of_government": of_governments(view, [item.value for item in governments if isinstance(item.value, Iri)]),
        "elsewhere": view.facts(SKOS + "exactMatch"),
        "map": view.around.urls.points(view.key) if any(spot.here for spot in around) else None,
        "nearby": [spot.link for spot in around if not spot.here],
    }


def of_governments(view: View, governments: list[Iri]) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """Return awards, networks and roles of the governments, as cards by kind."""
    site = view.around.site
    rows = [
        row for one in governments[:3] for row in ask(site.engine, "thing_neighbours", {"thing": one}, limit=_MOST * 5)
    ]
    found = cards(rows, site.vocabulary, view.around.language)
    return tuple((kind, held) for kind, held in by_kind(found) if kind in _OF_THE_GOVERNMENT)


def spots(view: View) -> list[Spot]:
    """Return the territory and those beside it that have coordinates: of its country, of its continent after them."""
    site, language = view.around.site, view.around.language
    rows = ask(site.engine, "territory_spots", {"thing": view.d.iri}, limit=_MOST * 3)
    found = []
    for iri, held in groupby(sorted(rows, key=lambda row: str(row["s"])), lambda row: str(row["s"])):
        group = list(held)
        labels = [label for row in group if isinstance(label := row.get("label"), Literal)]
        try:
            latitude, longitude = float(str(group[0]["lat"])), float(str(group[0]["long"]))
        except ValueError:
            continue
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            link = site.vocabulary.link(Iri(iri), language, labels)
            found.append(Spot(link, latitude, longitude, iri == view.d.iri.value))
    return sorted(found, key=lambda spot: (not spot.here, spot.link.label.value.casefold()))[:_MOST]


def geojson(view: View) -> dict[str, object]:
    """Return the map's points as GeoJSON (RFC 7946)."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [spot.longitude, spot.latitude]},
                "properties": {
                    "label": spot.link.label.value,
                    "url": view.around.urls.link(spot.link.iri.value),
                    "kind": "here" if spot.here else (thing_key(spot.link.iri.value) or "").partition("/")[0],
                },
            }
            for spot in spots(view)
        ],
    }


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
