"""/compare: two to four places side by side, as text for people, as a table, and as data."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from typing import Final

import flask

from cityrights.indexes.facets.lists import sort_key
from cityrights.library.names import nearest, slug, told_near
from cityrights.library.pages import shown_for
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Row
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    ROWS,
    csv_answer,
    current_layout,
    html,
    json_answer,
    licences,
    once_in_each_language,
    only,
    refused,
)
from cityrights_web.site import Site
from cityrights_web.urls import thing_iri, thing_key
from cityrights_web.views.comparison import Comparison, Text, compare, tell
from cityrights_web.views.connections import LISTED
from cityrights_web.views.homonyms import NONE, Homonyms, homonyms
from cityrights_web.views.search import LONGEST
from sparqlgate.errors import SnapshotError

MOST: Final = 4
#: Kinds of things that can be compared.
_KINDS: Final = ("city", "department", "island")
_KEY: Final = re.compile(rf"(?:(?:{'|'.join(_KINDS)})/)?[\w.~-]{{1,100}}")


#: What is told with sentences in the example that the page opens with.
_EXAMPLE: Final = 3


def _alike(site: Site) -> list[str]:
    """Return the keys of the two places that are closest to each other; none where there are no connections."""
    try:
        held = site.indexes.proximity
    except SnapshotError:  # a snapshot without them
        return []
    joined = held.network.joined.tocoo()
    if not joined.nnz:
        return []
    at = int(joined.data.argmax())  # the first of equals
    ends = sorted(held.table.names[int(axis[at])] for axis in joined.coords)
    return [thing_key(iri) or "" for iri in ends]


@dataclass(frozen=True, slots=True)
class _Example:
    """The two places that the page opens with, compared and told."""

    keys: list[str]
    found: Comparison
    text: Text


def _example(layout: Layout) -> _Example | None:
    known = _known(layout)
    alike = [key for key in _alike(layout.site) if key in known]
    if len(alike) < 2:
        return None
    found = compare(layout, alike, everything=False)
    return _Example(alike, found, tell(layout, found, _EXAMPLE))


def compare_page() -> flask.Response:
    layout = current_layout()
    known = _known(layout)
    keys, fault, fields = _asked(layout, known)
    asks = not fault and any(not one.key for one in fields)
    everything = _everything()
    found = compare(layout, keys, everything=everything) if len(keys) > 1 and not fault and not asks else None
    example = None if keys or fault or asks else once_in_each_language(_example)
    body = layout.render(
        "compare.html",
        text=tell(layout, found) if found else None,
        example=example.found if example else None,
        example_text=example.text if example else None,
        example_at=layout.urls.compare(example.keys if example else []),
        known=bool(known),
        choices=_choices(layout, known) if len(known) <= LISTED else [],
        kinds=[("kind", kind) for kind in _KINDS],
        keys=[*keys, *[""] * MOST][:MOST],
        written=[*_written(), *[""] * MOST][:MOST],
        fault=fault,
        lonely=len(keys) == 1 and not asks,
        fields=fields if asks else [],
        found=found,
        everything=everything,
        formats=[(form.name, _data_address(layout, keys, name)) for name, form in ROWS.items()],
        toggled=layout.urls.compare(keys, query={} if everything else {"status": "all"}),
        query=_query(keys, everything) if found else None,
    )
    links = [(_data_address(layout, keys, name), "alternate", form.media_type) for name, form in ROWS.items()]
    response = html(body, [*links, *licences()] if found else [])
    response.status_code = 400 if fault else 200
    return response


def compare_data(extension: str) -> flask.Response:
    layout = current_layout()
    keys, fault, fields = _asked(layout, _known(layout))
    for one in fields:
        if not fault and not one.key:
            told = ", ".join(place.key for place in one.places.own)
            fault = layout.words.places.compare_several.format(name=one.text[:100], keys=told)
    if fault or len(keys) < 2:
        raise refused(fault or layout.words.places.compare_few)
    everything = _everything()
    found = compare(layout, keys, everything=everything)
    page = layout.urls.compare(keys, query={"status": "all"} if everything else {})
    if extension == "json":
        return json_answer(_record(found), page)
    return csv_answer(_COLUMNS, _csv_rows(found), page)


def _everything() -> bool:
    return only("status", "all")


def _known(layout: Layout) -> dict[str, list[Row]]:
    """Return what the graph says of every place that can be compared, by its key."""
    found: dict[str, list[Row]] = {}
    for row in layout.site.overview("place_choices"):
        if key := thing_key(str(row["x"])):
            found.setdefault(key, []).append(row)
    return found


def _choices(layout: Layout, known: Mapping[str, list[Row]]) -> list[tuple[str, str]]:
    """Key and label of every place that can be chosen, in the order of their labels."""
    named = []
    for key, rows in known.items():
        iri = thing_iri(key)
        named.append((key, layout.site.vocabulary.label(iri, layout.language, gather_labels(rows).get(iri, ())).value))
    return sorted(named, key=lambda pair: (sort_key(pair[1]), pair[0]))


def _written() -> list[str]:
    """Return the names or keys of places in the request."""
    return [name for text in flask.request.args.getlist("city") if (name := text.strip())]


@dataclass(frozen=True, slots=True)
class Meant:
    """A field of the form: what was written, the key of the place that it means, else the places that it may mean."""

    text: str
    key: str = ""
    places: Homonyms = NONE


def _field(layout: Layout, name: str, known: Container[str]) -> Meant:
    called = _meant(layout, name, known)
    if not called or called[0] in (name, f"city/{name}"):
        return Meant(name, next(iter(called), ""))
    held = homonyms(layout, name, [thing_iri(key) for key in called])
    return Meant(name, called[0]) if held.is_sure else Meant(name, "", held)


def _asked(layout: Layout, known: Collection[str]) -> tuple[list[str], str, list[Meant]]:
    """Read the places of the request: their keys, what is wrong with the choice in the reader's words, and the fields.

    A field whose name is that of several places is nothing wrong, and has no key.
    """
    words = layout.words.places
    if len(_written()) > MOST:  # before any of them is looked up
        return [], words.compare_many, []
    keys: list[str] = []
    fault = ""
    fields = [_field(layout, name, known) for name in _written()]
    for one in fields:
        if not one.key and not one.places.own:
            near = nearest(slug(one.text), (key.removeprefix("city/") for key in known))
            told = words.compare_unknown.format(name=one.text[:100]) + told_near(near, layout.language)
            fault = fault or told
        elif not one.key:
            continue
        elif one.key in keys:
            fault = fault or words.compare_twice
        else:
            keys.append(one.key)
    return keys, fault, fields


def _meant(layout: Layout, name: str, known: Container[str]) -> list[str]:
    """Return the key of the place with this key, or else of each that has exactly this name in any language."""
    key = name if "/" in name else f"city/{name}"
    if _KEY.fullmatch(name) and key in known:
        return [key]
    if len(name) > LONGEST:
        return []
    try:
        called = layout.site.indexes.search.called(name, [("kind", _KINDS)])
    except SnapshotError:  # a snapshot without an index: only keys are known
        return []
    return sorted(one for iri in called if (one := thing_key(iri)) and one in known)


def _data_address(layout: Layout, keys: list[str], extension: str) -> str:
    return layout.urls.compare(keys, extension, {"status": "all"} if _everything() else {})


def _query(keys: list[str], everything: bool) -> str:
    places = [Iri(thing_iri(key)) for key in keys]
    return shown_for("place_things", "place", places, [] if everything else ["settled"])


def _named(link: Link | None) -> dict[str, str | None]:
    return {**link.record()} if link else {"iri": None, "label": None}


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
                        "together": [[one.claim.iri.value for one in cell] for cell in row.together],
                    }
                    for row in section.rows
                ],
            }
            for section in found.sections
        ],
        "together": [one.record() for one in found.together],
        "note": "records: what a source says of the place. together: claims that a source makes of it and of other "
        "governments together, often without saying which of them does what. Where both are empty, the sources read "
        "so far have no record; that does not mean that nothing exists.",
    }


_COLUMNS: Final = (
    "section", "facet", "facetLabel", "shared", "place", "placeLabel", "thing", "thingLabel", "status",
    "together", "togetherText",
)  # fmt: skip


def _csv_rows(found: Comparison) -> list[list[object]]:
    """One row for each record, and for each claim on several governments together; places without either have none."""
    rows: list[list[object]] = []
    for section in found.sections:
        for row in section.rows:
            facet = [row.facet.iri.value, row.facet.label.value] if row.facet else ["", ""]
            for place, cell, said in zip(found.places, row.cells, row.together, strict=True):
                head = [section.name, *facet, "true" if row.shared else "false", *_named(place.place).values()]
                rows += [[*head, *_named(thing.link).values(), thing.state or "", "", ""] for thing in cell]
                rows += [[*head, "", "", "", one.claim.iri.value, one.claim.text.value] for one in said]
    return rows
