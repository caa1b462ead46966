"""/compare: two to four places side by side, what they have in common first; silence is never shown as absence."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

import flask

from cityrights.indexes.facets import WHERE as _PLACE
from cityrights.library.pages import ask, shown_for
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Row, Term
from cityrights.vocabulary import CR
from cityrights_web.layout import Layout
from cityrights_web.responses import ROWS, csv_answer, current_layout, html, json_answer, licences, only, refused
from cityrights_web.urls import thing_iri, thing_key
from cityrights_web.views.connections import LISTED
from cityrights_web.views.search import LONGEST
from cityrights_web.views.together import Said, told
from sparqlgate.errors import SnapshotError

_SOURCE: Final = CR + "describedIn"
#: Section, classes of its things (from CR), the property whose values are its rows; and by which facet, beside which
#: list, the sentences on several governments have such values.
_SECTIONS: Final = (
    ("practices", ("Practice",), CR + "theme", "theme", ""),
    ("institutions", ("Institution",), CR + "kind", "kind", "institutions"),
    ("instruments", ("Instrument",), CR + "kind", "kind", "instruments"),
    ("groups", ("Practice", "Institution", "Instrument"), CR + "targetGroup", "target", ""),
    ("sources", ("Practice", "Institution", "Instrument"), _SOURCE, "source", ""),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One practice, institution or instrument; ``state`` is the last part of its status."""

    link: Link
    types: frozenset[str]
    status: Link | None
    values: dict[str, frozenset[str]]

    @property
    def state(self) -> str | None:
        """The status by its slug, such as ``in-place``."""
        return self.status.iri.local_name if self.status else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One population figure: the IRI of its record, the number of people, its date (may be empty), who gives it."""

    iri: str
    value: float
    date: str
    origin: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the comparison and everything that is recorded at it."""

    place: Link
    country: Link | None
    figures: tuple[Figure, ...]
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One theme, kind, target group or document (None: not specified), with the things of each place in order.

    ``together`` has for each place what is said of it and of other governments together.
    """

    facet: Link | None
    cells: tuple[tuple[Thing, ...], ...]
    together: tuple[tuple[Said, ...], ...]

    @property
    def shared(self) -> bool:
        """Say whether two places or more have a record here."""
        return self.facet is not None and sum(1 for cell in self.cells if cell) > 1


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the comparison."""

    name: str
    rows: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Places side by side; ``together`` is what is said of one or more of them and of other governments together."""

    places: tuple[Place, ...]
    sections: tuple[Section, ...] = field(default=())
    together: tuple[Said, ...] = ()

    @property
    def both(self) -> tuple[Said, ...]:
        """What is said of two of the places or more together."""
        return tuple(one for one in self.together if len(self._named(one)) > 1)

    @property
    def others(self) -> tuple[Said, ...]:
        """What is said of one of the places together with others."""
        return tuple(one for one in self.together if len(self._named(one)) < 2)

    def _named(self, one: Said) -> set[str]:
        return {place.iri.value for place in one.places} & {place.place.iri.value for place in self.places}


def compare(layout: Layout, keys: Sequence[str], *, everything: bool) -> Comparison:
    """Compare the places with these keys; ``everything`` takes in what is underway or planned."""
    labels: dict[str, tuple[Literal, ...]] = {}
    places = tuple(_place(layout, Iri(thing_iri(key)), labels, everything) for key in keys)

    def link(iri: str) -> Link:
        return layout.site.vocabulary.link(Iri(iri), layout.language, labels.get(iri, ()))

    index = layout.site.indexes.facets
    asked = {place.place.iri.value: {"place": [_PLACE.key(place.place.iri.value)]} for place in places}
    every = index.together({"place": [key for chosen in asked.values() for key in chosen["place"]]})
    said = {one.claim.iri.value: one for one in told(layout, every)}

    def cells(place: Place, facet: str, beside: str) -> dict[str, tuple[Said, ...]]:
        named = index.named_together(asked[place.place.iri.value], facet, beside)
        return {value: tuple(said[iri] for iri in iris) for value, iris in named.items()}

    sections = tuple(
        Section(
            name,
            tuple(
                _rows(
                    places,
                    {CR + kind for kind in kinds},
                    predicate,
                    link,
                    [cells(place, facet, beside) for place in places],
                )
            ),
        )
        for name, kinds, predicate, facet, beside in _SECTIONS
    )
    return Comparison(places, sections, tuple(said.values()))


def _place(layout: Layout, place: Iri, labels: dict[str, tuple[Literal, ...]], everything: bool) -> Place:
    """Read one place; the labels of what its things name are added to ``labels``."""
    site, language = layout.site, layout.language
    facts = ask(site.engine, "place_facts", {"place": place})
    rows = ask(site.engine, "place_things", {"place": place}, options=[] if everything else ["settled"])
    labels.update(gather_labels(rows, "x", "xLabel"))
    own = gather_labels(rows, "thing", "label")
    held: dict[str, list[dict[str, Term]]] = {}
    for row in rows:
        held.setdefault(str(row["thing"]), []).append(row)

    def thing(iri: str, mine: list[dict[str, Term]]) -> Thing:
        values: dict[str, set[str]] = {}
        for row in mine:
            if "x" in row:
                values.setdefault(str(row["p"]), set()).add(str(row["x"]))
        status = min((str(row["status"]) for row in mine if "status" in row), default="")
        return Thing(
            site.vocabulary.link(Iri(iri), language, own.get(iri, ())),
            frozenset(str(row["type"]) for row in mine),
            site.vocabulary.link(Iri(status), language) if status else None,
            {predicate: frozenset(found) for predicate, found in values.items()},
        )

    country = min((str(row["country"]) for row in facts if "country" in row), default="")
    things = sorted((thing(iri, mine) for iri, mine in held.items()), key=lambda item: _order(item.link))
    return Place(
        site.vocabulary.link(place, language, gather_labels(facts, "place", "label").get(place.value, ())),
        site.vocabulary.link(Iri(country), language, gather_labels(facts, "country", "countryLabel").get(country, ()))
        if country
        else None,
        tuple(_figures(facts)),
        tuple(things),
    )


def _figures(facts: Iterable[dict[str, Term]]) -> list[Figure]:
    found = {}
    for row in facts:
        if "population" in row:
            iri = str(row["population"])
            try:
                value = float(str(row["value"]))
            except ValueError:
                continue
            if not isfinite(value):
                continue
            found[iri] = Figure(iri, value, str(row.get("date", "")), str(row.get("origin", "")))
    return sorted(found.values(), key=lambda figure: (figure.date, figure.iri), reverse=True)


def _rows(
    places: Sequence[Place],
    kinds: set[str],
    predicate: str,
    link: Callable[[str], Link],
    said: Sequence[Mapping[str, tuple[Said, ...]]],
) -> list[Line]:
    """One row for each value, what most places share first; things without a value stand in a last row.

    ``said`` has for each place what is said of several governments together, by value.
    """
    values = {value for each in said for value in each} | {
        value
        for place in places
        for thing in place.things
        if thing.types & kinds
        for value in thing.values.get(predicate, ())
    }

    def cells(fits: Callable[[Thing], bool]) -> tuple[tuple[Thing, ...], ...]:
        return tuple(tuple(one for one in place.things if one.types & kinds and fits(one)) for place in places)

    def having(value: str) -> Callable[[Thing], bool]:
        return lambda one: value in one.values.get(predicate, ())

    rows = [
        Line(
            link(value),
            cells(having(value)),
            tuple(each.get(value, ()) for each in said),
        )
        for value in values
    ]
    rows.sort(key=lambda row: (-_filled(row.cells), -_filled(row.together), _order(row.facet)))
    rest = Line(None, cells(lambda one: not one.values.get(predicate)), tuple(() for _ in places))
    return [*rows, rest] if any(rest.cells) and predicate not in (CR + "targetGroup", _SOURCE) else rows


def _filled(cells: Iterable[tuple[object, ...]]) -> int:
    return sum(1 for cell in cells if cell)


def _order(link: Link | None) -> tuple[str, str]:
    return (link.label.value.casefold(), link.iri.value) if link else ("", "")


MOST: Final = 4
#: Places that are offered where a name is that of several.
_OFFERED: Final = 8
#: Kinds of things that can be compared.
_KINDS: Final = ("city", "department", "island")
_KEY: Final = re.compile(rf"(?:(?:{'|'.join(_KINDS)})/)?[\w.~-]{{1,100}}")


def compare_page() -> flask.Response:
    layout = current_layout()
    known = _known(layout)
    keys, fault = _asked(layout, known)
    everything = _everything()
    found = compare(layout, keys, everything=everything) if len(keys) > 1 and not fault else None
    body = layout.render(
        "compare.html",
        known=bool(known),
        choices=_choices(layout, known) if len(known) <= LISTED else [],
        kinds=[("kind", kind) for kind in _KINDS],
        keys=[*keys, *[""] * MOST][:MOST],
        written=[*_written(), *[""] * MOST][:MOST],
        fault=fault,
        lonely=len(keys) == 1,
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
    keys, fault = _asked(layout, _known(layout))
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
    return sorted(named, key=lambda pair: (pair[1].casefold(), pair[0]))


def _written() -> list[str]:
    """Return the names or keys of places in the request."""
    return [name for text in flask.request.args.getlist("city") if (name := text.strip())]


def _asked(layout: Layout, known: Container[str]) -> tuple[list[str], str]:
    """Read the places of the request: their keys, and what is wrong with the choice, in the reader's words."""
    words = layout.words.places
    if len(_written()) > MOST:  # before any of them is looked up
        return [], words.compare_many
    keys: list[str] = []
    fault = ""
    for name in _written():
        meant = _meant(layout, name, known)
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
