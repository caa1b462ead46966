"""A selection as data: all its rows with everything that the list narrows by, as JSON, CSV, GeoJSON and RDF."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import isnan
from typing import Any, Final, TypeVar

import numpy as np
import orjson

from cityrights.indexes.facets import Facet, Found, Listing
from cityrights.indexes.facets.arrays import Members
from cityrights.library.pages import ask_of_each
from cityrights.library.queries import LANGUAGES
from cityrights.resources.document import convert
from cityrights.resources.labels import spoken
from cityrights.terms import Iri, Literal, Term, name_text, term_text
from cityrights.vocabulary import CR, DCTERMS, PREFIXES, RDF, RDFS
from cityrights_web.layout import Layout
from cityrights_web.results.geojson import feature, feature_collection
from cityrights_web.urls import kind_of
from cityrights_web.views.lists_facets import State
from sparqlgate import Store
from sparqlgate.http import formats

#: Stands between several values in one cell of a table. Where a label has it, a slash stands there.
SEPARATOR: Final = "|"
#: The properties that say when an event begins and ends, by column.
DATES: Final = {"start": CR + "start", "end": CR + "end"}

_TEXT: Final = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column with values, named as the parameter that narrows by them: all values of a thing, in a fixed order."""

    name: str
    numbers: bool
    stated: str

    @classmethod
    def of(cls, facet: Facet) -> Column:
        """Return the column of a facet."""
        return cls(facet.name, facet.numbers, facet.stated)


#: Cards that open at one point of a map, and of how many things in all there are any.
_EACH_ON_MAPS, _MOST_ON_MAPS = 3, 500


def columns(listing: Listing) -> list[Column]:
    """Return the columns of the facets of a list, and of where its things are when no facet says so."""
    found = [Column.of(facet) for facet in listing.facets]
    if listing.place and listing.facet("place") is None:
        found.append(Column(listing.place, numbers=False, stated=CR + listing.place))
    return found


def dates(listing: Listing) -> Sequence[str]:
    """Return the columns of the dates of a list: events have them, of other things the year is known at most."""
    return tuple(DATES) if listing.name == "events" else ()


def header(listing: Listing) -> list[str]:
    """Return the names of the columns of the table: two for each facet but the year, addresses and labels."""
    names = ["iri", "label", "description"]
    for column in columns(listing):
        names += [column.name] if column.numbers else [column.name, f"{column.name}Label"]
    return [*names, *dates(listing), *(["count"] if listing.number else [])]


def schema(listing: Listing) -> dict[str, Any]:
    """Return the JSON schema of the data of a list."""
    value = {"type": "object", "required": ["iri", "label"], "properties": {"iri": _TEXT, "label": _TEXT}}
    held: dict[str, Any] = {"iri": _TEXT, "label": _TEXT, "description": {"type": ["string", "null"]}}
    for column in columns(listing):
        held[column.name] = {"type": "array", "items": {"type": "integer"} if column.numbers else value}
    held |= {name: {"type": "array", "items": _TEXT} for name in dates(listing)}
    if listing.number:
        held["count"] = {"type": "integer"}
    return {"type": "array", "items": {"type": "object", "required": list(held), "properties": held}}


#: The dates of things by their addresses: property and value.
Dates = Mapping[str, Sequence[tuple[str, Term]]]

_TEXTS: Final = ("iri", "label", "description")

#: The numbers of the values of one thing.
Own = tuple[int, ...]
T = TypeVar("T")


def records(found: Found, language: str, dated: Dates) -> list[dict[str, object]]:
    """Return the rows as objects of JSON: an array of values for each facet, each with its address and label."""

    def links(members: Members, own: Own) -> list[object]:
        if members.facet.numbers:
            return [int(value) for value in addresses(members, own)]
        labels = _labels(members, own, language)
        return [{"iri": iri, "label": label} for iri, label in zip(addresses(members, own), labels, strict=True)]

    parts: dict[str, Iterator[object]] = dict(zip(_TEXTS, _texts(found, language), strict=True))
    parts |= {column.name: made(found, column, links) for column in columns(found.held.listing)}
    parts |= {name: _dates(found, name, dated) for name in dates(found.held.listing)}
    if found.held.numbers is not None:
        parts["count"] = iter(found.held.numbers[found.items].tolist())
    return [dict(zip(parts, row, strict=True)) for row in zip(*parts.values(), strict=True)]


def cells(found: Found, language: str, dated: Dates) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table; several values stand in one cell, with SEPARATOR between them."""

    def iris(members: Members, own: Own) -> str:
        return SEPARATOR.join(iri.replace(SEPARATOR, "%7C") for iri in addresses(members, own))

    def labels(members: Members, own: Own) -> str:
        return SEPARATOR.join(label.replace(SEPARATOR, "/") for label in _labels(members, own, language))

    parts: list[Iterator[object]] = _texts(found, language)
    for column in columns(found.held.listing):
        parts.append(made(found, column, iris))
        if not column.numbers:
            parts.append(made(found, column, labels))
    parts += [map(SEPARATOR.join, _dates(found, name, dated)) for name in dates(found.held.listing)]
    if found.held.numbers is not None:
        parts.append(iter(found.held.numbers[found.items].tolist()))
    return zip(*parts, strict=True)


def dates_of(engine: Store, found: Found) -> Dates:
    """Return the dates of the things of a selection, asked for those alone that may have any."""
    listing, items = found.held.listing, found.items
    years = found.held.facets.get("year")
    if years is None:
        return {}
    if not dates(listing):  # what has no year has no date
        items = items[~np.isin(items, years.unknown)]
    told: defaultdict[str, list[tuple[str, Term]]] = defaultdict(list)
    for row in ask_of_each(engine, "list_dates", "s", (found.held.iris[number] for number in items.tolist())):
        told[str(row["s"])].append((str(row["p"]), row["date"]))
    return told


def _texts(found: Found, language: str) -> list[Iterator[object]]:
    """Return what every list has: addresses, labels, and sentences, None where there is none."""
    held, items = found.held, found.items.tolist()
    return [
        (held.iris[number] for number in items),
        (held.names.label(number, language).value for number in items),
        (held.summary(number, language).value or None for number in items),
    ]


def made(found: Found, column: Column, make: Callable[[Members, Own], T]) -> Iterator[T]:
    """Yield what ``make`` makes of the values of each thing, made once for things that have the same ones."""
    members = found.held.facets.get(column.name, found.held.where)
    assert members is not None, column.name
    known: dict[Own, T] = {}
    for own in members.owned(found.items):
        if own not in known:
            known[own] = make(members, own)
        yield known[own]


def addresses(members: Members, own: Own) -> list[str]:
    """Return the addresses of values."""
    return [members.values[number] for number in own]


def _labels(members: Members, own: Own, language: str) -> list[str]:
    return [members.label(number, language).value for number in own]


def _dates(found: Found, name: str, dated: Dates) -> Iterator[list[str]]:
    for number in found.items.tolist():
        told = dated.get(found.held.iris[number], ())
        yield [str(value) for predicate, value in told if predicate == DATES[name]]


_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def to_rdf(found: Found, dated: Dates, media_type: str) -> bytes:
    """Write what the graph says of the rows, labels in every language: nothing that is not stated in it.

    Raises KeyError for a media type that is no format of RDF.
    """
    names = _Names()
    told = "".join(_things(found, dated, names))
    turtle = names.prefixes() + told
    return turtle.encode() if media_type == formats.TURTLE.media_type else convert(turtle, media_type)


class _Names:
    """Writes addresses as short names where there are some, and remembers the prefixes that these need."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def __call__(self, iri: str) -> str:
        if iri == RDF + "type":
            return "a"
        text = name_text(iri)
        if not text.startswith("<"):
            self._used.add(text.partition(":")[0])
        return text

    def term(self, term: Term) -> str:
        return self(term.value) if isinstance(term, Iri) else term_text(term)

    def prefixes(self) -> str:
        return "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in sorted(self._used))


def _things(found: Found, dated: Dates, names: _Names) -> Iterator[str]:
    """Yield the statements about one thing after the other."""
    held, listing = found.held, found.held.listing

    def objects(members: Members, own: Own) -> str:
        # A graph of others may say words where an address is expected.
        return " , ".join(names(iri) for iri in addresses(members, own) if _ABSOLUTE.match(iri))

    stated = [column for column in columns(listing) if column.stated]
    predicates = [names(column.stated) for column in stated]
    parts = [made(found, column, objects) for column in stated]
    label, description = names(RDFS + "label"), names(DCTERMS + "description")
    typed = f"a {names(CR + listing.classes[0])}" if len(listing.classes) == 1 else ""
    for number, values in zip(found.items.tolist(), zip(*parts, strict=True) if parts else repeat(()), strict=False):
        iri = held.iris[number]
        # Words made of an address are nobody's label.
        labels = [
            text for text in _in_every_language(held.names.label, number) if text.language or text.value != spoken(iri)
        ]
        told = [typed, *(f"{label} {term_text(text)}" for text in labels)]
        told += [f"{description} {term_text(text)}" for text in _in_every_language(held.summary, number) if text.value]
        told += [f"{predicate} {value}" for predicate, value in zip(predicates, values, strict=True) if value]
        told += [f"{names(predicate)} {names.term(value)}" for predicate, value in dated.get(iri, ())]
        if any(told):
            yield f"{names(iri)} " + " ;\n\t".join(filter(None, told)) + " .\n"


def _in_every_language(text: Callable[[int, str], Literal], number: int) -> list[Literal]:
    """Return a text of a thing in each language that it has."""
    return list(dict.fromkeys(text(number, language) for language in LANGUAGES))


def things(layout: Layout, found: Found) -> bytes:
    """Write every thing of the selection; one in several places is several points, one without any has none."""
    return _collection(_thing_features(layout, found))


def places(layout: Layout, found: Found, state: State) -> bytes:
    """Write every place that the selection is in: ``count`` says how often, ``url`` leads to what is there.

    ``shared`` are those of its things that other places have too, so that a sum over places can count each once.
    Where the things of the list are places themselves, they are the points, with their own counts.
    """
    return _collection(_own(layout, found) if state.listing.place == "within" else _places(layout, found, state))


def _collection(features: Iterator[dict[str, object]]) -> bytes:
    return orjson.dumps(feature_collection(features), option=orjson.OPT_APPEND_NEWLINE)


def _thing_features(layout: Layout, found: Found) -> Iterator[dict[str, object]]:
    held, language = found.held, layout.language
    own_points = held.listing.place == "within"
    for item, row in zip(found.items, found.rows(language), strict=True):
        iri = row.thing.iri.value
        about: dict[str, object] = {"label": row.thing.label.value, "url": layout.urls.link(iri), "kind": kind_of(iri)}
        if row.status is not None:
            about["status"] = row.status.label.value
        if row.number is not None:
            about["count"] = row.number
        if own_points or held.where is None:
            yield feature(_point(held.longitude[item], held.latitude[item]), about, iri)
            continue
        points = 0
        for number in held.where.own(int(item)):
            point = _point(held.where.longitude[number], held.where.latitude[number])
            if point is not None:
                points += 1
                yield feature(point, {**about, "place": held.where.label(number, language).value}, iri)
        if not points:
            yield feature(None, about, iri)


def _own(layout: Layout, found: Found) -> Iterator[dict[str, object]]:
    return (one for one in _thing_features(layout, found) if one["geometry"] is not None)


def _places(layout: Layout, found: Found, state: State) -> Iterator[dict[str, object]]:
    where = found.held.where
    if where is None:
        return
    shared = found.in_several_places()
    told = told_at(layout, found)
    counts = np.zeros(len(where), np.int64)
    for item in found.items:
        counts[list(where.own(int(item)))] += 1
    for number in np.flatnonzero(counts):
        point = _point(where.longitude[number], where.latitude[number])
        if point is None:
            continue
        iri = where.values[int(number)]
        narrowed = state.with_keys("place", [where.facet.key(iri)]).data_pairs()
        about: dict[str, object] = {
            "label": where.label(int(number), layout.language).value,
            "url": layout.urls.site(f"/{state.listing.name}", narrowed),
            "kind": kind_of(iri),
            "count": int(counts[number]),
        }
        if int(number) in shared:
            about["shared"] = shared[int(number)]
        if iri in told:
            about["cards"] = told[iri]
        yield feature(point, about, iri)


def told_at(layout: Layout, found: Found) -> dict[str, list[dict[str, str]]]:
    """Return, by place, the cards that open on a map: name, address and sentence of its first things.

    Nothing where there are very many: each would weigh more than the map.
    """
    cards: dict[str, list[dict[str, str]]] = {}
    if found.total > _MOST_ON_MAPS:
        return cards
    for row in found.rows(layout.language):
        card = {
            "label": row.thing.label.value,
            "url": layout.urls.link(row.thing.iri.value) or "",
            "sentence": row.summary.value,
        }
        for place in row.places:
            held = cards.setdefault(place.iri.value, [])
            if len(held) < _EACH_ON_MAPS:
                held.append(card)
    return cards


def _point(longitude: float, latitude: float) -> tuple[float, float] | None:
    return None if isnan(longitude) else (float(longitude), float(latitude))
