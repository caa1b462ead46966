"""The start page: one field, practices worth reading, places on the map, doors for who comes, numbers at the foot."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import flask
import orjson

from cityrights.indexes.facets import LISTS, Selection
from cityrights.indexes.facets.lists import sort_key
from cityrights.library.pages import ask, shown
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Row, Term
from cityrights.vocabulary import CR
from cityrights_web.layout import LESSER, Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    missing,
    once,
    once_in_each_language,
    page_number,
    see_other,
)
from cityrights_web.results import GEOJSON
from cityrights_web.results.cards import compact, small_map
from cityrights_web.results.cards import shown as shown_cards
from cityrights_web.results.geojson import feature, feature_collection
from cityrights_web.results.table import whole
from cityrights_web.site import Site
from cityrights_web.urls import kind_of
from cityrights_web.views.lists_data import told_at
from sparqlgate.http import formats
from sparqlgate.http.negotiation import choose

_NUMBERS: Final = (
    ("practices", "Practice"), ("cities", "City"), ("institutions", "Institution"), ("instruments", "Instrument"),
    ("themes", "Theme"), ("sources", "Source"),
)  # fmt: skip
#: Of these some are underway or planned, which is told apart.
_LATER: Final = ("practices", "institutions", "instruments")
#: Questions of the library that the page asks as people put them.
_QUESTIONS: Final = (
    "practices-on-a-theme", "institutions-of-a-kind", "practices-for-a-target-group",
    "who-replicates-or-resembles-whom", "announced-or-underway",
)  # fmt: skip
_MOST: Final = 8
#: So many practices are shown, and what each is to bring that is new, the most wanted first.
_FEATURED: Final = 6
_PLACE: Final = CR + "place"
_TRAITS: Final = (CR + "within", CR + "section", CR + "theme")
#: Places that the page lists; of more, those with most practices.
_LISTED: Final = 150


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its numbers of practices and institutions, and its position in degrees where it has one."""

    link: Link
    practices: int
    institutions: int
    position: tuple[float, float] | None


def parts(layout: Layout) -> dict[str, Any]:
    """Return what the template of the start page needs."""
    site = layout.site
    counts = {str(row["class"]): int(str(row["n"])) for row in site.overview("counts")}
    found, rows = places(layout, _LISTED), site.overview("places_with_practices")
    lists = {name: site.indexes.facets.list(name).select(Selection()) for name in _LATER}
    themes = _tally(layout, "practices_by_theme", "s")
    featured = compact(layout, shown_cards(layout, once(worth_reading)))
    return {
        "featured": [(card, small_map(layout, card.places[0]) if card.places else "") for card in featured],
        "numbers": [(name, counts.get(CR + class_name, 0)) for name, class_name in _NUMBERS],
        "not_yet": {name: one.hidden for name, one in lists.items()},
        "claims": counts.get(CR + "Claim", 0),
        "places": found,
        "places_left": len({row["place"] for row in rows}) - len(found),
        "has_map": any(_where(layout, str(row["place"]), row) for row in rows),
        "themes": themes,
        "tries": _tries(layout, themes),
        "kinds": [(link, n, _listed(layout, link)) for link, n in _tally(layout, "institutions_by_kind", "kind")],
        "questions": _questions(layout),
        "built": _day(str(site.manifest.get("built", ""))),
        "newest": _newest(layout),
        "query": shown("counts", {}),
        "places_query": shown("places_with_practices", {}),
    }


def worth_reading(site: Site) -> list[str]:
    """Choose the practices of the start page: six of which the documents tell what was hard, was done and is advised.

    One after the other, always the one that brings most that is new: a part of the world, then a section of the
    documents, then themes. No place stands twice. Equals go by a hash of practice and version, so that another version
    begins elsewhere and the same one never changes.
    """
    traits: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in site.overview("practices_to_read"):
        traits[str(row["practice"])][str(row["p"])].add(str(row["x"]))

    def drawn(practice: str) -> str:
        return hashlib.sha256(f"{site.version} {practice}".encode()).hexdigest()

    def news(practice: str) -> tuple[int, ...]:
        return tuple(len(traits[practice][trait] - seen[trait]) for trait in _TRAITS)

    seen: defaultdict[str, set[str]] = defaultdict(set)
    chosen: list[str] = []
    left = sorted(traits, key=drawn)
    while left and len(chosen) < _FEATURED:
        best = max(left, key=news)  # the first of equals
        chosen.append(best)
        for trait, values in traits[best].items():
            seen[trait] |= values
        left = [each for each in left if not traits[each][_PLACE] & seen[_PLACE]]
    return chosen


def places(layout: Layout, most: int | None = None) -> list[Place]:
    """Return every place that has something, or the ``most`` with most practices, in the order of their names."""
    rows = layout.site.overview("places_with_practices")
    first = {str(row["place"]): row for row in reversed(rows)}
    if most is not None and len(first) > most:
        ranked = sorted(first, key=lambda iri: (-_whole(first[iri].get("practices")), iri))
        first = {iri: first[iri] for iri in ranked[:most]}
    named = gather_labels((row for row in rows if str(row["place"]) in first), "place")
    found = [
        Place(
            layout.site.vocabulary.link(Iri(iri), layout.language, named.get(iri, ())),
            _whole(row.get("practices")),
            _whole(row.get("institutions")),
            _where(layout, iri, row),
        )
        for iri, row in first.items()
    ]
    return sorted(found, key=lambda place: (sort_key(place.link.label.value), place.link.iri.value))


def geojson(layout: Layout, found: list[Place]) -> bytes:
    """Return the places with a position as GeoJSON (RFC 7946), with the properties that maps of the site read."""
    features = []
    shared = _shared(layout)
    told = told_at(layout, layout.site.indexes.facets.list("practices").select(Selection(), layout.language))
    for place in found:
        if place.position is None:
            continue
        iri = place.link.iri.value
        properties = {
            "label": place.link.label.value,
            "url": layout.urls.link(iri) or "",
            "kind": kind_of(iri) or "place",
            "count": place.practices,
            "institutions": place.institutions,
            "shared": shared.get(iri, []),
            "detail": _detail(layout, place),
            "cards": told.get(iri, []),
        }
        features.append(feature((place.position[1], place.position[0]), properties, iri))
    return orjson.dumps(feature_collection(features))


def _shared(layout: Layout) -> dict[str, list[int]]:
    """Return, by place, the numbers of its practices that other places have too, so that a sum counts each once."""
    practices = layout.site.indexes.facets.list("practices").select(Selection())
    where = practices.held.where
    if where is None:
        return {}
    return {where.values[place]: those for place, those in practices.in_several_places().items()}


def _detail(layout: Layout, place: Place) -> str:
    words = layout.words.home
    told = ((place.practices, words.practices), (place.institutions, words.institutions))
    return " · ".join(word.of(n).format(n=layout.number(n)) for n, word in told if n)


def _tally(layout: Layout, query: str, name: str) -> list[tuple[Link, int]]:
    """Return the things that a query counts, the most counted first."""
    site = layout.site
    counted: defaultdict[str, int] = defaultdict(int)
    for row in site.overview(query):
        if name in row:
            counted[str(row[name])] = _whole(row.get("n"))
    links = [(site.vocabulary.link(Iri(iri), layout.language), n) for iri, n in counted.items()]
    return sorted(links, key=lambda pair: (-pair[1], sort_key(pair[0].label.value)))[:_MOST]


def _listed(layout: Layout, kind: Link) -> str:
    """Return the address of the institutions of a kind."""
    facet = LISTS["institutions"].facet("kind")
    assert facet is not None
    return layout.urls.site("/institutions", [("kind", facet.key(kind.iri.value))])


def _questions(layout: Layout) -> list[tuple[str, str]]:
    """Return each question as people put it, and where it is asked."""
    return [
        (layout.site.questions[name].asked[layout.language], layout.urls.queries(name))
        for name in _QUESTIONS
        if name in layout.site.answered  # what is published may have been published without one
    ]


def _tries(layout: Layout, themes: list[tuple[Link, int]]) -> list[str]:
    """Return what one may type: in a graph of one's own the themes on which there is most, which find something."""
    tries = list(layout.words.home.tries)
    return tries if layout.is_cityrights else [link.label.value for link, _ in themes[: len(tries)]]


def _newest(layout: Layout) -> tuple[Link, date] | None:
    rows = layout.site.overview("newest_source")
    issued = _day(str(rows[0]["issued"])) if rows else None
    if issued is None:
        return None
    iri = str(rows[0]["source"])
    return layout.site.vocabulary.link(Iri(iri), layout.language, gather_labels(rows, "source").get(iri, ())), issued


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(term: Term | None) -> int:
    return whole(term) or 0


def _where(layout: Layout, iri: str, row: Row) -> tuple[float, float] | None:
    """Return where a place is: its latitude and longitude, or the middle of its geometry (GeoSPARQL)."""
    spot = layout.site.places.points.get(iri)
    return _position(row.get("lat"), row.get("long")) or (None if spot is None else (spot[1], spot[0]))


def _position(lat: Term | None, long: Term | None) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees; None for what is no position on Earth."""
    try:
        north, east = float(str(lat)), float(str(long))
    except ValueError:
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None


def home() -> flask.Response:
    """Answer with the start page; who reads RDF and no HTML is led to the data set, since both have this name."""
    site = current_site()
    layout = current_layout()
    chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, *formats.GRAPHS))
    if chosen is not None and chosen is not formats.HTML:
        return see_other(layout.urls.plain(f"/dataset.{chosen.extension}"), vary="Accept")
    response = _page(site, layout)
    response.headers["Vary"] = "Accept"
    return response


def _page(site: Site, layout: Layout) -> flask.Response:
    if not layout.is_shipped:
        told = site.dataset_description
        return html(layout.render("foreign/home.html", told=told, lesser=LESSER, classes=_classes(layout)))
    return html(layout.render("home.html", lesser=LESSER, **once_in_each_language(parts)))


#: Things of a class on one page.
_THINGS: Final = 100


def _classes(layout: Layout) -> list[tuple[Link, int, str]]:
    """Return the classes of the data, the largest first: how many things each has, and where they are listed."""
    found = [(str(row["class"]), _whole(row.get("n"))) for row in layout.site.overview("class_sizes") if "class" in row]
    links = [(layout.site.vocabulary.link(Iri(iri), layout.language), n) for iri, n in found]
    ordered = sorted(links, key=lambda pair: (-pair[1], sort_key(pair[0].label.value), pair[0].iri.value))
    return [(link, n, layout.urls.site("/things", [("class", link.iri.value)])) for link, n in ordered]


def things() -> flask.Response:
    """Answer with the classes of the data, or with the things of the one that is asked for, by their names."""
    layout, chosen, page = current_layout(), flask.request.args.get("class", ""), page_number()
    title = layout.words.foreign.things
    if not chosen:
        return html(layout.render("foreign/things.html", title=title, chosen="", classes=_classes(layout)))
    total = next((n for link, n, _ in _classes(layout) if link.iri.value == chosen), 0)
    if not total:
        raise missing(layout.words.foreign.no_such_class)
    last = -(-total // _THINGS)
    rows = ask(layout.site.engine, "class_members", {"class": Iri(chosen)}, limit=_THINGS, offset=(page - 1) * _THINGS)
    link = layout.site.vocabulary.link
    links = [link(Iri(str(row["thing"])), layout.language) for row in rows]

    def turn(to: int) -> str:
        return layout.urls.site("/things", [("class", chosen), ("page", str(to))]) if 1 <= to <= last else ""

    body = layout.render(
        "foreign/things.html",
        title=link(Iri(chosen), layout.language).label.value,
        chosen=chosen,
        total=total,
        links=sorted(links, key=lambda one: (sort_key(one.label.value), one.iri.value)),
        page=page,
        last=last,
        turns=(turn(page - 1), turn(page + 1)),
    )
    return html(body)


def points() -> flask.Response:
    layout = current_layout()
    around_it = [(layout.urls.site("/"), "alternate", "text/html")]
    return data(geojson(layout, places(layout)), GEOJSON, around_it)
