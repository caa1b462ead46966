"""The lists (/practices, /cities …), as pages and as JSON, CSV and Turtle of the same rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import flask
import orjson
from flask import Flask

from cityrights.describe import Iri, Link, Literal, Row, Term, ask, best_label, fallback_chain, shown
from cityrights.describe.ask import term_text
from cityrights.describe.documents import convert
from cityrights.describe.vocabulary import gather_labels
from cityrights.namespaces import CR, DCTERMS, ID, RDFS
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import LICENCE, data, frame, html
from cityrights_web.problems import bad_request
from cityrights_web.shell.context import Site

_JSON: Final = Format("JSON", "application/json", "json")
_FORMATS: Final = {form.extension: form for form in (_JSON, formats.RESULTS_CSV, formats.TURTLE)}
_SLUG: Final = re.compile(r"[\w.~-]{0,100}")
_FILTERS: Final = {"country": "country", "theme": "theme"}


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list: its path, class, columns, what is counted, its filters, the property that says where its things are."""

    name: str
    class_name: str
    columns: tuple[str, ...]
    counts: str = ""
    filters: tuple[str, ...] = ()
    place_property: str = "place"

    @property
    def count_column(self) -> str:
        """The word over the counts: a field of Strings after ``column_``."""
        return "claims" if "claims" in self.counts else "practices"


LISTS: Final = {
    page.name: page
    for page in (
        ListPage("practices", "Practice", ("place", "status"), filters=("country", "theme")),
        ListPage("cities", "City", ("place",), "list_practices_by_city", ("country",), "within"),
        ListPage("institutions", "Institution", ("kind", "place", "status"), filters=("country", "theme")),
        ListPage("themes", "Theme", (), "list_practices_by_theme"),
        ListPage("instruments", "Instrument", ("kind", "status"), filters=("theme",)),
        ListPage("sources", "Source", (), "list_claims_by_source"),
        ListPage("people", "Person", ()),
        ListPage("events", "Event", ("kind", "place")),
        ListPage("organisations", "Organisation", ("kind",)),
    )
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list."""

    thing: Link
    description: str
    status: Link | None
    kind: Link | None
    places: tuple[Link, ...]
    count: int | None

    @property
    def unsettled(self) -> bool:
        """Say whether it does not exist yet."""
        return self.status is not None and self.status.iri.local_name in ("underway", "planned")


def register(app: Flask, site: Site) -> None:
    """Add the routes of each list and its formats."""
    names = ",".join(LISTS)

    @app.get(f"/<any({names}):name>")
    def show_list(name: str) -> flask.Response:
        return _page(frame(site), LISTS[name])

    @app.get(f"/<any({names}):name>.<any(json,csv,ttl):extension>")
    def list_data(name: str, extension: str) -> flask.Response:
        around, form = frame(site), _FORMATS[extension]
        lines, _ = read_list(around, LISTS[name], *_asked(LISTS[name]))
        writers: dict[str, Callable[[list[Line]], bytes]] = {
            "json": _json,
            "csv": _csv,
            "ttl": partial(_turtle, place=CR + LISTS[name].place_property),
        }
        return data(writers[extension](lines), form, [(around.urls.site(f"/{name}"), "alternate", "text/html")])


def _asked(page: ListPage) -> tuple[dict[str, Term], bool]:
    """Read the filters of the request, and whether what is underway or planned is wanted."""
    chosen: dict[str, Term] = {}
    for name in page.filters:
        slug = flask.request.args.get(name, "")
        if not _SLUG.fullmatch(slug):
            raise bad_request(f"'{name}' must be the last part of an address, such as 'housing'.")
        if slug:
            chosen[name] = Iri(f"{ID}{_FILTERS[name]}/{slug}")
    status = flask.request.args.get("status", "")
    if status not in ("", "all"):
        raise bad_request("'status' must be 'all' or left out.")
    return chosen, status == "all"


def read_list(around: Frame, page: ListPage, chosen: dict[str, Term], everything: bool) -> tuple[list[Line], str]:
    """Return the rows of a list in the order of their names, and the query that gave them, ready to be shown."""
    site, language = around.site, around.language
    parameters = {"class": Iri(CR + page.class_name), **chosen}
    options = [*chosen, *([] if everything else ["settled"])]
    rows = ask(site.engine, "list", parameters, options=options)
    kinds = gather_labels(ask(site.engine, "kind_labels"), "x", "label") if "kind" in page.columns else {}
    counts = {str(row["s"]): int(str(row["n"])) for row in ask(site.engine, page.counts)} if page.counts else None
    held: dict[str, list[Row]] = {}
    for row in rows:
        held.setdefault(str(row["s"]), []).append(row)

    def link(rows: list[Row], name: str, labels: Iterable[Literal]) -> Link | None:
        value = next((row[name] for row in rows if name in row), None)
        return site.vocabulary.link(value, language, labels) if isinstance(value, Iri) else None

    lines = []
    for iri, mine in held.items():
        kind = next((row["kind"] for row in mine if "kind" in row), None)
        texts = [value for row in mine if isinstance(value := row.get("description"), Literal)]
        summary = best_label(texts, fallback_chain(language))
        lines.append(
            Line(
                site.vocabulary.link(Iri(iri), language, _literals(mine, "label")),
                summary.value if summary else "",
                link(mine, "status", ()),
                link(mine, "kind", kinds.get(str(kind), ())),
                tuple(_places(around, mine)),
                None if counts is None else counts.get(iri, 0),
            )
        )
    lines.sort(key=lambda line: (line.thing.label.value.casefold(), line.thing.iri.value))
    return lines, shown("list", parameters, options)


def _places(around: Frame, rows: list[Row]) -> Iterable[Link]:
    found = [place for place in dict.fromkeys(row["place"] for row in rows if "place" in row) if isinstance(place, Iri)]
    for place in sorted(found):
        names = _literals([row for row in rows if row.get("place") == place], "placeLabel")
        yield around.site.vocabulary.link(place, around.language, names)


def _literals(rows: Iterable[Row], name: str) -> list[Literal]:
    return [value for row in rows if isinstance(value := row.get(name), Literal)]


def _page(around: Frame, page: ListPage) -> flask.Response:
    chosen, everything = _asked(page)
    lines, query = read_list(around, page, chosen, everything)
    with_status = "status" in page.columns
    hidden = 0
    if with_status and not everything:
        hidden = len(read_list(around, page, chosen, True)[0]) - len(lines)
    picked = {name: str(value).rpartition("/")[2] for name, value in chosen.items()}
    asked = {**picked, **({"status": "all"} if everything else {})}
    body = around.render(
        "list.html",
        page=page,
        lines=lines,
        hidden=hidden,
        everything=everything and with_status,
        picked=picked,
        choices=_choices(around, page) if page.filters else {},
        toggled={**picked, **({} if everything else {"status": "all"})},
        query=query,
        formats=[(form.name, around.urls.site(f"/{page.name}.{name}", asked)) for name, form in _FORMATS.items()],
    )
    links = [
        (around.urls.site(f"/{page.name}.{name}", asked), "alternate", form.media_type)
        for name, form in _FORMATS.items()
    ]
    return html(body, [*links, (LICENCE, "license", "")])


def _choices(around: Frame, page: ListPage) -> dict[str, list[tuple[str, str]]]:
    """For each filter of the list: slug and label of what can be chosen."""
    site = around.site
    rows = ask(site.engine, "list_choices", {"class": Iri(CR + page.class_name)})
    choices = {}
    for name in page.filters:
        mine = gather_labels(row for row in rows if str(row["facet"]) == name)
        named = [
            (iri.rpartition("/")[2], site.vocabulary.label(iri, around.language, own).value)
            for iri, own in mine.items()
        ]
        choices[name] = sorted(named, key=lambda pair: pair[1].casefold())
    return choices


def _record(line: Line) -> dict[str, object]:
    def part(name: str, link: Link | None) -> dict[str, object]:
        return {name: link.iri.value if link else None, f"{name}Label": link.label.value if link else None}

    return {
        "iri": line.thing.iri.value,
        "label": line.thing.label.value,
        "description": line.description or None,
        **part("kind", line.kind),
        "places": [{"iri": place.iri.value, "label": place.label.value} for place in line.places],
        **part("status", line.status),
        "count": line.count,
    }


def _json(lines: list[Line]) -> bytes:
    return orjson.dumps([_record(line) for line in lines], option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)


_COLUMNS = (
    "iri",
    "label",
    "description",
    "kind",
    "kindLabel",
    "places",
    "placeLabels",
    "status",
    "statusLabel",
    "count",
)


def _csv(lines: list[Line]) -> bytes:
    """Write the rows as RFC 4180 CSV; several places stand in one cell, separated by semicolons."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    for line in lines:
        places = "; ".join(place.iri.value for place in line.places)
        labels = "; ".join(place.label.value for place in line.places)
        writer.writerow({**_record(line), "places": places, "placeLabels": labels})
    return out.getvalue().encode()


def _turtle(lines: list[Line], *, place: str) -> bytes:
    triples = []
    for line in lines:
        pairs: list[tuple[str, Term | None]] = [
            (RDFS + "label", line.thing.label),
            (DCTERMS + "description", Literal(line.description, "en") if line.description else None),
            (CR + "kind", line.kind.iri if line.kind else None),
            *((place, link.iri) for link in line.places),
            (CR + "status", line.status.iri if line.status else None),
        ]
        triples += [
            f"{term_text(line.thing.iri)} <{predicate}> {term_text(value)} ."
            for predicate, value in pairs
            if value is not None
        ]
    return convert("\n".join(triples), formats.TURTLE.media_type)
