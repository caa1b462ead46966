"""A selection as data: all its rows with everything that the list narrows by, as JSON and CSV (RDF: ``rdf``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from cityrights.catalogue import Found
from cityrights.catalogue.members import Members
from cityrights.describe import Iri, Term
from cityrights.describe.ask import ask
from cityrights.engine import Engine
from cityrights_web.pages.lists.columns import DATES, SEPARATOR, Column, columns, dates

#: The dates of things by their addresses: property and value.
Dates = Mapping[str, Sequence[tuple[str, Term]]]

_TEXTS: Final = ("iri", "label", "description")
#: Things whose dates are asked for at once.
_AT_ONCE: Final = 1000

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


def dates_of(engine: Engine, found: Found) -> Dates:
    """Return the dates of the things of a selection, asked for those alone that may have any."""
    listing, items = found.held.listing, found.items
    years = found.held.facets.get("year")
    if years is None:
        return {}
    if not dates(listing):  # what has no year has no date
        items = items[~np.isin(items, years.unknown)]
    told: defaultdict[str, list[tuple[str, Term]]] = defaultdict(list)
    for first in range(0, len(items), _AT_ONCE):
        some = [Iri(found.held.iris[number]) for number in items[first : first + _AT_ONCE].tolist()]
        for row in ask(engine, "list_dates", among=("s", some)):
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
