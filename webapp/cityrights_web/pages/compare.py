"""/compare: two to four places side by side, what they have in common first; silence is never shown as absence."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Final

import flask
from flask import Flask

from cityrights.describe import Iri, Link, Row, gather_labels, shown_for
from cityrights.errors import SnapshotError
from cityrights_web.pages.comparison import Comparison, compare
from cityrights_web.pages.connections.choose import LISTED
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import frame, html, licences, only, refused
from cityrights_web.pages.suggest import LONGEST
from cityrights_web.pages.tables import ROWS, csv_answer, json_answer
from cityrights_web.shell.context import Site
from cityrights_web.urls import thing_iri, thing_key

MOST: Final = 4
#: Places that are offered where a name is that of several.
_OFFERED: Final = 8
#: Kinds of things that can be compared.
_KINDS: Final = ("city", "department", "island")
_KEY: Final = re.compile(rf"(?:(?:{'|'.join(_KINDS)})/)?[\w.~-]{{1,100}}")


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/compare")
    def compare_page() -> flask.Response:
        around = frame(site)
        known = _known(around)
        keys, fault = _asked(around, known)
        everything = _everything()
        found = compare(around, keys, everything=everything) if len(keys) > 1 and not fault else None
        body = around.render(
            "compare.html",
            known=bool(known),
            choices=_choices(around, known) if len(known) <= LISTED else [],
            kinds=[("kind", kind) for kind in _KINDS],
            keys=[*keys, *[""] * MOST][:MOST],
            written=[*_written(), *[""] * MOST][:MOST],
            fault=fault,
            lonely=len(keys) == 1,
            found=found,
            everything=everything,
            formats=[(form.name, _data_address(around, keys, name)) for name, form in ROWS.items()],
            toggled=around.urls.compare(keys, query={} if everything else {"status": "all"}),
            query=_query(keys, everything) if found else None,
        )
        links = [(_data_address(around, keys, name), "alternate", form.media_type) for name, form in ROWS.items()]
        response = html(body, [*links, *licences()] if found else [])
        response.status_code = 400 if fault else 200
        return response

    @app.get("/compare.<any(json,csv):extension>")
    def compare_data(extension: str) -> flask.Response:
        around = frame(site)
        keys, fault = _asked(around, _known(around))
        if fault or len(keys) < 2:
            raise refused(fault or around.words.places.compare_few)
        everything = _everything()
        found = compare(around, keys, everything=everything)
        page = around.urls.compare(keys, query={"status": "all"} if everything else {})
        if extension == "json":
            return json_answer(_record(found), page)
        return csv_answer(_COLUMNS, _rows(found), page)


def _everything() -> bool:
    return only("status", "all")


def _known(around: Frame) -> dict[str, list[Row]]:
    """Return what the graph says of every place that can be compared, by its key."""
    found: dict[str, list[Row]] = {}
    for row in around.site.overview("place_choices"):
        if key := thing_key(str(row["x"])):
            found.setdefault(key, []).append(row)
    return found


def _choices(around: Frame, known: Mapping[str, list[Row]]) -> list[tuple[str, str]]:
    """Key and label of every place that can be chosen, in the order of their labels."""
    named = []
    for key, rows in known.items():
        iri = thing_iri(key)
        named.append((key, around.site.vocabulary.label(iri, around.language, gather_labels(rows).get(iri, ())).value))
    return sorted(named, key=lambda pair: (pair[1].casefold(), pair[0]))


def _written() -> list[str]:
    """Return the names or keys of places in the request."""
    return [name for text in flask.request.args.getlist("city") if (name := text.strip())]


def _asked(around: Frame, known: Container[str]) -> tuple[list[str], str]:
    """Read the places of the request: their keys, and what is wrong with the choice, in the reader's words."""
    words = around.words.places
    if len(_written()) > MOST:  # before any of them is looked up
        return [], words.compare_many
    keys: list[str] = []
    fault = ""
    for name in _written():
        meant = _meant(around, name, known)
        if not meant:
            fault = fault or words.compare_unknown.format(name=name[:100])
        elif len(meant) > 1:
            told = ", ".join(meant[:_OFFERED])
            fault = fault or words.compare_several.format(name=name[:100], keys=told)
        elif meant[0] in keys:
            fault = fault or words.compare_twice
        else:
            keys.append(meant[0])
    return keys, fault


def _meant(around: Frame, name: str, known: Container[str]) -> list[str]:
    """Return the key of the place with this key, or else of each that has exactly this name in any language."""
    key = name if "/" in name else f"city/{name}"
    if _KEY.fullmatch(name) and key in known:
        return [key]
    if len(name) > LONGEST:
        return []
    try:
        called = around.site.search.called(name, [("kind", _KINDS)])
    except SnapshotError:  # a snapshot without an index: only keys are known
        return []
    return sorted(one for iri in called if (one := thing_key(iri)) and one in known)


def _data_address(around: Frame, keys: list[str], extension: str) -> str:
    return around.urls.compare(keys, extension, {"status": "all"} if _everything() else {})


def _query(keys: list[str], everything: bool) -> str:
    places = [Iri(thing_iri(key)) for key in keys]
    return shown_for("place_things", "place", places, [] if everything else ["settled"])


def _named(link: Link | None) -> dict[str, str | None]:
    return {"iri": link.iri.value if link else None, "label": link.label.value if link else None}


def _record(found: Comparison) -> dict[str, object]:
    return {
        "places": [
            {
                **_named(place.place),
                "country": _named(place.country) if place.country else None,
                "populations": [
                    {"iri": figure.iri, "value": figure.value, "date": figure.date or None, "source": figure.origin}
                    for figure in place.figures
                ],
            }
            for place in found.places
        ],
        "sections": [
            {
                "name": section.name,
                "rows": [
                    {
                        **_named(row.facet),
                        "shared": row.shared,
                        "records": [
                            [{**_named(thing.link), "status": thing.state} for thing in cell] for cell in row.cells
                        ],
                    }
                    for row in section.rows
                ],
            }
            for section in found.sections
        ],
        "note": "An empty list means that the sources read so far have no record, not that nothing exists.",
    }


_COLUMNS: Final = (
    "section", "facet", "facetLabel", "shared", "place", "placeLabel", "thing", "thingLabel", "status",
)  # fmt: skip


def _rows(found: Comparison) -> list[list[object]]:
    """One row for each record; places without one have none."""
    return [
        [
            section.name,
            row.facet.iri.value if row.facet else "",
            row.facet.label.value if row.facet else "",
            "true" if row.shared else "false",
            place.place.iri.value,
            place.place.label.value,
            thing.link.iri.value,
            thing.link.label.value,
            thing.state or "",
        ]
        for section in found.sections
        for row in section.rows
        for place, cell in zip(found.places, row.cells, strict=True)
        for thing in cell
    ]
