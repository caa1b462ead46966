"""/compare: two to four places side by side, what they have in common first; silence is never shown as absence."""

from __future__ import annotations

import re
from typing import Final

import flask
from flask import Flask

from cityrights.describe import Iri, Link, gather_labels, shown_for
from cityrights_web.pages.comparison import Comparison, compare
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import LICENCE, frame, html, only, refused
from cityrights_web.pages.tables import ROWS, csv_answer, json_answer
from cityrights_web.shell.context import Site
from cityrights_web.urls import thing_iri, thing_key

MOST: Final = 4
_KEY: Final = re.compile(r"(?:(?:city|department|island)/)?[\w.~-]{1,100}")


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/compare")
    def compare_page() -> flask.Response:
        around = frame(site)
        choices = _choices(around)
        keys, fault = _asked(around, choices)
        everything = _everything()
        found = compare(around, keys, everything=everything) if len(keys) > 1 and not fault else None
        body = around.render(
            "compare.html",
            choices=choices,
            keys=[*keys, *[""] * MOST][:MOST],
            fault=fault,
            lonely=len(keys) == 1,
            found=found,
            everything=everything,
            formats=[(form.name, _data_address(around, keys, name)) for name, form in ROWS.items()],
            toggled=around.urls.compare(keys, query={} if everything else {"status": "all"}),
            query=_query(keys, everything) if found else None,
        )
        links = [(_data_address(around, keys, name), "alternate", form.media_type) for name, form in ROWS.items()]
        response = html(body, [*links, (LICENCE, "license", "")] if found else [])
        response.status_code = 400 if fault else 200
        return response

    @app.get("/compare.<any(json,csv):extension>")
    def compare_data(extension: str) -> flask.Response:
        around = frame(site)
        keys, fault = _asked(around, _choices(around))
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


def _choices(around: Frame) -> list[tuple[str, str]]:
    """Key and label of every place that can be chosen, in the order of their labels."""
    labels = gather_labels(rows := around.site.overview("place_choices"))
    named = [
        (key, around.site.vocabulary.label(iri, around.language, labels.get(iri, ())).value)
        for iri in {str(row["x"]) for row in rows}
        if (key := thing_key(iri))
    ]
    return sorted(named, key=lambda pair: (pair[1].casefold(), pair[0]))


def _asked(around: Frame, choices: list[tuple[str, str]]) -> tuple[list[str], str]:
    """Read the places of the request: their keys, and what is wrong with the choice, in the reader's words."""
    words = around.words.places
    known = {key for key, _ in choices}
    keys: list[str] = []
    fault = ""
    for name in filter(None, flask.request.args.getlist("city")):
        key = name if "/" in name else f"city/{name}"
        if not _KEY.fullmatch(name) or key not in known:
            fault = fault or words.compare_unknown.format(name=name[:100])
        elif key in keys:
            fault = fault or words.compare_twice
        else:
            keys.append(key)
    if len(keys) > MOST:
        fault = fault or words.compare_many
    return keys, fault


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
