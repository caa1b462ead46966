"""/connections/<place>: the places closest to one, with their reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import flask

from cityrights.describe import Iri
from cityrights.describe.ask import ask, term_text
from cityrights.describe.connected import Near, name_all, neighbour_record, tell_neighbours
from cityrights.describe.documents import convert
from cityrights_web import formats
from cityrights_web.pages.connections.asked import Asked, asked, choices, place_of
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import data, html, licences
from cityrights_web.pages.tables import csv_answer, json_answer
from cityrights_web.urls import thing_key

FORMATS: Final = {form.extension: form for form in (formats.JSON, formats.RESULTS_CSV, formats.TURTLE)}
#: Places on the page, and reasons of each that stand before the others.
_MOST: Final = 25
REASONS: Final = 4


def page(around: Frame, key: str) -> flask.Response:
    """Return the page."""
    iri, filtered = place_of(around, key), asked(around)
    site = around.site
    links = {name: around.urls.connections([key], name, filtered.pairs) for name in FORMATS}
    body = around.render(
        "connections/place.html",
        key=key,
        place=name_all(site.engine, site.vocabulary, [iri], around.language)[iri],
        near=nearest(around, iri, filtered, REASONS),
        asked=filtered,
        choices=choices(around),
        here=around.urls.connections([key]),
        formats=[(form.name, links[name]) for name, form in FORMATS.items()],
        query=_QUERY.format(place=term_text(Iri(iri))),
        key_of=lambda link: thing_key(link.iri.value) or "",
    )
    alternates = [(links[name], "alternate", form.media_type) for name, form in FORMATS.items()]
    return html(body, [*alternates, *licences()])


def data_of(around: Frame, key: str, extension: str) -> flask.Response:
    """Return the neighbours as data; Turtle has the derived connections of the place."""
    iri, filtered = place_of(around, key), asked(around)
    back = around.urls.connections([key], query=filtered.pairs)
    if extension == "ttl":
        return data(_turtle(around, iri), formats.TURTLE, [(back, "alternate", "text/html")])
    found = [near for near, _ in nearest(around, iri, filtered)]
    if extension == "json":
        return json_answer({"place": iri, "neighbours": [neighbour_record(near) for near in found]}, back)
    rows = [
        (rank, near.place.iri.value, near.place.label.value, round(near.strength, 4), one.reason.kind,
         one.reason.thing, one.sentence, round(one.reason.counts, 4))
        for rank, near in enumerate(found, 1)
        for one in near.because
    ]  # fmt: skip
    return csv_answer(("rank", "place", "placeLabel", "strength", "kind", "thing", "sentence", "counts"), rows, back)


def nearest(around: Frame, iri: str, filtered: Asked, few: int | None = None) -> list[tuple[Near, int]]:
    """Return the closest places under a filter, told in the reader's language, each with how many reasons it has.

    With ``few``, the first reasons of each are told.
    """
    if not filtered.possible:
        return []
    site = around.site
    found = site.connections.neighbours(iri, _MOST, filtered.wanted)
    shown = [replace(one, reasons=one.reasons[:few]) for one in found]
    told = tell_neighbours(site.engine, site.vocabulary, shown, around.language)
    return [(near, len(one.reasons)) for near, one in zip(told, found, strict=True)]


def _turtle(around: Frame, iri: str) -> bytes:
    rows = ask(around.site.engine, "place_connections", {"place": Iri(iri)})
    lines = [f"{term_text(row['s'])} {term_text(row['p'])} {term_text(row['o'])} ." for row in rows]
    return convert("\n".join(lines), formats.TURTLE.media_type)


_QUERY: Final = """# The five places closest to a place, and because of what.
PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?rank ?to ?strength ?because WHERE {{
  ?connection cr:from {place} ; cr:to ?to ; cr:rank ?rank ; cr:strength ?strength ; cr:because ?because .
}}
ORDER BY ?rank ?because
"""
