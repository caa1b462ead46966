"""Cities and other territories: what happens there, who governs them, and where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from babel.lists import format_list

from cityrights.errors import SnapshotError, UnknownThing
from cityrights.indexes.facets import LISTS
from cityrights.indexes.proximity.telling import NeighbourInWords, tell_neighbours
from cityrights.library.pages import ask
from cityrights.resources.cards import PracticeCard
from cityrights.resources.description import cards as cards_of
from cityrights.resources.model import Card, Link, Statement
from cityrights.resources.places import Spot
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import CR, PREFIXES, SKOS
from cityrights_web.results.cards import shown as cards
from cityrights_web.results.cards import small_map
from cityrights_web.results.geojson import feature, feature_collection
from cityrights_web.urls import kind_of, thing_key
from cityrights_web.views.resource import Entry, Pointing, View, by_kind
from cityrights_web.views.resource.told import links, narrowed
from cityrights_web.views.ties import learnt

TEMPLATE = "things/territory.html"

#: What belongs to a government and not to its territory, though readers look for it there.
_OF_THE_GOVERNMENT = frozenset({"award", "network", "event", "holding"})  # as the query has them
#: Pointers to its government that are looked through.
_MOST = 300
#: Places on the map beside the one of the page.
_NEAR = 12
#: Territories of which is told what they do and have; of others there is a list of what lies in them.
_TOLD_KINDS = ("city", "department", "island", "country")
_HELD_KINDS = ("institution", "instrument")
#: Practices that are told here, and kinds of institutions that the first sentence names.
_SHOWN, _MOST_KINDS = 24, 4
#: Closest places that are named.
_CLOSE = 5


@dataclass(frozen=True, slots=True)
class Doing:
    """The practices of a place on one theme; on several that few share there is no theme."""

    theme: Link | None
    cards: tuple[PracticeCard, ...]


@dataclass(frozen=True, slots=True)
class Having:
    """An institution or an instrument of a place: what kind it is, its sentence, and the practice that set it up."""

    card: Card
    sentence: Literal | None
    by: Link | None


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    governments = view.d.values(CR + "governedBy")
    beside = view.layout.site.places.nearest(view.d.iri.value, _NEAR)
    facts = view.facts("governedBy", "within", "country", "characterisedAs")
    lead = view.pointers("place", "participantsFrom", "within", "country")
    near = ("place", "country") if view.kind == "country" else ("place",)
    every = {
        card.thing.iri: card
        for each in lead
        if each.predicate.iri.local_name in near
        for _, held in each.kinds
        for card in held
    }
    here = list(every.values())
    parts = _told(view, here) if view.kind in _TOLD_KINDS else {}
    if parts:
        lead = tuple(each for each in map(_without, lead) if each.kinds or each.next or each.previous)
    return {
        "facts_first": facts,
        "lead": lead,
        **_NOTHING,
        **parts,
        "practices": narrowed(view, {"country": inside(view, lead)}) if view.kind == "region" else None,
        "described": described(view, here, facts),
        "numbers": view.pointers("of"),
        "of_government": of_governments(view, [item.value for item in governments if isinstance(item.value, Iri)]),
        "elsewhere": view.facts(SKOS + "exactMatch"),
        "ties": learnt(view.layout, view.d.iri.value),
        "governed": links(view, "governedBy"),
        "close": closest(view),
        "key_of": lambda link: thing_key(link.iri.value) or "",
        "map": view.layout.urls.points(view.key) if beside else None,
        "small_map": small_map(view.layout, Link(view.d.iri, view.d.label)),
        "nearby": [_link(view, spot) for spot in beside[1:]],
    }


def inside(view: View, lead: Sequence[Pointing]) -> list[str]:
    """Return the keys of the countries that lie in a region, as the lists of practices have them."""
    facet = LISTS["practices"].facet("country")
    countries = (
        card.thing.iri.value for each in lead for kind, held in each.kinds if kind == "country" for card in held
    )
    return [facet.key(one) for one in countries] if facet is not None else []


_NOTHING: dict[str, object] = {"doing": (), "having": (), "all_here": None}


def _told(view: View, here: Sequence[Card]) -> dict[str, object]:
    """Return what a place does by theme, and what it has."""
    layout = view.layout
    practices = [card.thing.iri.value for card in here if kind_of(card.thing.iri.value) == "practice"]
    things = [card for card in here if kind_of(card.thing.iri.value) in _HELD_KINDS]
    # Those that are not shown are read only where they may have made what the place has.
    read = practices if things else practices[:_SHOWN]
    held = cards(layout, [*read, *(card.thing.iri.value for card in things)])
    known = {card.thing.iri.value: card for card in held}
    makers = {iri: known[one].thing for one in practices if one in known for iri in known[one].made}
    facet = LISTS["practices"].facet("country" if view.kind == "country" else "place")
    key = facet.key(view.d.iri.value) if facet is not None else ""
    return {
        "doing": by_theme([known[one] for one in practices[:_SHOWN] if one in known]),
        "having": [
            Having(card, known[iri].sentence if iri in known else None, makers.get(iri))
            for card in things
            for iri in (card.thing.iri.value,)
        ],
        "all_here": layout.urls.site("/practices", [(facet.name, key)]) if facet and len(practices) > _SHOWN else None,
    }


def by_theme(held: Sequence[PracticeCard]) -> list[Doing]:
    """Sort practices by theme, each once: the theme that most of those left share comes first; the rest has none."""
    left, found = list(held), []
    while left:
        counted = Counter(theme for card in left for theme in card.themes)
        shared = [theme for theme, n in counted.items() if n > 1]
        theme = min(shared, key=lambda each: (-counted[each], each.label.value.casefold()), default=None)
        chosen = [card for card in left if theme in card.themes] if theme is not None else left
        found.append(Doing(theme, tuple(chosen)))
        left = [card for card in left if card not in chosen]
    return found


def _without(pointing: Pointing) -> Pointing:
    """Leave out of what points here the kinds that are told otherwise."""
    if pointing.predicate.iri.local_name not in ("place", "country"):
        return pointing
    kinds = tuple(each for each in pointing.kinds if each[0] not in ("practice", *_HELD_KINDS))
    is_whole = not pointing.next and not pointing.previous
    return replace(pointing, kinds=kinds, total=sum(len(held) for _, held in kinds) if is_whole else pointing.total)


def described(view: View, here: Sequence[Card], facts: Sequence[Entry]) -> str:
    """Say in a sentence what there is in a city: its country, how many practices, which institutions, instruments."""
    words, language = view.layout.words.city, view.layout.language
    stated = [one for each in facts for one in each.statements if _is_country(one)]
    country = next((one.label.value for one in stated if one.label), "")
    parts = []
    for kind, word in (
        ("practice", words.practices),
        ("institution", words.institutions),
        ("instrument", words.instruments),
    ):
        mine = [card for card in here if kind_of(card.thing.iri.value) == kind]
        settled = [card for card in mine if card.settled]
        if not mine:
            continue
        rest = len(mine) - len(settled)
        kinds = list(dict.fromkeys(link.label.value for card in settled for link in card.kinds[:1]))
        notes = (
            [one[:1].lower() + one[1:] for one in kinds] if kind == "institution" and len(kinds) <= _MOST_KINDS else []
        )
        if rest:
            later = view.layout.words.home.not_yet.format(n=view.layout.number(rest))
            notes = [", ".join([*notes, later])] if settled else [words.not_yet]
        n = len(settled) or rest
        said = word.of(n).format(n=view.layout.number(n)) + (f" ({', '.join(notes)})" if notes else "")
        parts.append(said)
    where = f"{view.d.label.value}, {country}" if country and country != view.d.label.value else view.d.label.value
    return f"{where}{view.layout.words.colon} {format_list(parts, locale=language) if parts else words.nothing}."


def _is_country(statement: Statement) -> bool:
    return statement.predicate.iri.local_name in ("country", "within") and kind_of(statement.value.value) == "country"


def closest(view: View) -> list[NeighbourInWords]:
    """Return the places closest to this one, each with its main reasons; none for what has no connections."""
    view.facts("closeTo")  # told here, and not once more below
    site = view.layout.site
    try:
        found = site.indexes.proximity.neighbours(view.d.iri.value, _CLOSE)
    except (UnknownThing, SnapshotError):  # a country, say, or a snapshot that was built without connections
        return []
    few = [replace(one, reasons=one.reasons[:1]) for one in found if one.level != "none"]
    return tell_neighbours(site.engine, site.vocabulary, few, view.layout.language)


def of_governments(view: View, governments: list[Iri]) -> tuple[tuple[str, tuple[Card, ...]], ...]:
    """Return awards, networks and roles of the governments, as cards by kind."""
    site = view.layout.site
    rows = [
        row
        for one in governments[:3]
        for row in ask(site.engine, "thing_neighbours", {"thing": one}, options=("government",), limit=_MOST)
    ]
    found = cards_of(rows, site.engine, site.vocabulary, view.layout.language, site.held)
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
