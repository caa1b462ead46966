"""The columns of the data of a list: those of its facets, and what else it can tell of its things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cityrights.catalogue import Facet, Listing
from cityrights.namespaces import CR

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
