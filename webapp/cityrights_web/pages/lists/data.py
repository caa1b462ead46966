"""A selection as data: all its rows, as JSON, CSV, Turtle and JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cityrights.catalogue import Listing, Row
from cityrights.describe import Iri, Link, Term
from cityrights.describe.ask import term_text
from cityrights.describe.documents import convert
from cityrights.describe.vocabulary import spoken
from cityrights.namespaces import CR, DCTERMS, RDF, RDFS

COLUMNS: Final = (
    "iri", "label", "description", "type", "typeLabel", "kind", "kindLabel", "places", "placeLabels", "status",
    "statusLabel", "count",
)  # fmt: skip


def records(rows: Iterable[Row]) -> list[dict[str, object]]:
    """Return the rows as objects of JSON, places as objects within."""
    return [{**_record(row), "places": _places(row)} for row in rows]


def cells(rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    """Yield the rows as those of a table with COLUMNS; several places stand in one cell, separated by semicolons."""
    for row in rows:
        places = "; ".join(place.iri.value for place in row.places)
        labels = "; ".join(place.label.value for place in row.places)
        held = {**_record(row), "places": places, "placeLabels": labels}
        yield tuple(held[name] for name in COLUMNS)


def to_rdf(rows: Iterable[Row], listing: Listing, media_type: str) -> bytes:
    """Write what the graph says of the rows: nothing that is not stated in it."""
    lines = []
    for row in rows:
        thing = term_text(row.thing.iri)
        lines += [f"{thing} <{predicate}> {term_text(value)} ." for predicate, value in _stated(row, listing)]
    return convert("\n".join(lines), media_type)


def _stated(row: Row, listing: Listing) -> Iterator[tuple[str, Term]]:
    if row.type is not None:
        yield RDF + "type", row.type.iri
    elif len(listing.classes) == 1:
        yield RDF + "type", Iri(CR + listing.classes[0])
    label = row.thing.label
    if label.language or label.value != spoken(row.thing.iri.value):  # words made of an address are nobody's label
        yield RDFS + "label", label
    if row.summary.value:
        yield DCTERMS + "description", row.summary
    if row.kind is not None:
        yield CR + "kind", row.kind.iri
    for place in row.places:
        yield CR + str(listing.place), place.iri
    if row.status is not None:
        yield CR + "status", row.status.iri


def _record(row: Row) -> dict[str, object]:
    def part(name: str, link: Link | None) -> dict[str, object]:
        return {name: link.iri.value if link else None, f"{name}Label": link.label.value if link else None}

    return {
        "iri": row.thing.iri.value,
        "label": row.thing.label.value,
        "description": row.summary.value or None,
        **part("type", row.type),
        **part("kind", row.kind),
        **part("status", row.status),
        "count": row.number,
    }


def _places(row: Row) -> list[dict[str, str]]:
    return [{"iri": place.iri.value, "label": place.label.value} for place in row.places]
