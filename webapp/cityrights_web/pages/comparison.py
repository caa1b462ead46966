"""What a comparison of places holds: for each theme, kind, target group and document, what is recorded of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from cityrights.describe import Iri, Link, Literal, Term, ask, gather_labels
from cityrights.namespaces import CR, DCTERMS
from cityrights_web.pages.frame import Frame
from cityrights_web.urls import thing_iri

_SOURCE: Final = DCTERMS + "source"
#: Section, classes of its things (from CR), the property whose values are its rows.
_SECTIONS: Final = (
    ("practices", ("Practice",), CR + "theme"),
    ("institutions", ("Institution",), CR + "kind"),
    ("instruments", ("Instrument",), CR + "kind"),
    ("groups", ("Practice", "Institution", "Instrument"), CR + "targetGroup"),
    ("sources", ("Practice", "Institution", "Instrument"), _SOURCE),
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
class Row:
    """One theme, kind, target group or document (None: not specified), with the things of each place in order."""

    facet: Link | None
    cells: tuple[tuple[Thing, ...], ...]

    @property
    def shared(self) -> bool:
        """Say whether two places or more have a record here."""
        return self.facet is not None and sum(1 for cell in self.cells if cell) > 1


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the comparison."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Places side by side."""

    places: tuple[Place, ...]
    sections: tuple[Section, ...] = field(default=())


def compare(around: Frame, keys: Sequence[str], *, everything: bool) -> Comparison:
    """Compare the places with these keys; ``everything`` takes in what is underway or planned."""
    labels: dict[str, tuple[Literal, ...]] = {}
    places = tuple(_place(around, Iri(thing_iri(key)), labels, everything) for key in keys)

    def link(iri: str) -> Link:
        return around.site.vocabulary.link(Iri(iri), around.language, labels.get(iri, ()))

    sections = tuple(
        Section(name, tuple(_rows(places, {CR + kind for kind in kinds}, predicate, link)))
        for name, kinds, predicate in _SECTIONS
    )
    return Comparison(places, sections)


def _place(around: Frame, place: Iri, labels: dict[str, tuple[Literal, ...]], everything: bool) -> Place:
    """Read one place; the labels of what its things name are added to ``labels``."""
    site, language = around.site, around.language
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


def _rows(places: Sequence[Place], kinds: set[str], predicate: str, link: Callable[[str], Link]) -> list[Row]:
    """One row for each value, what most places share first; things without a value stand in a last row."""
    values = {
        value
        for place in places
        for thing in place.things
        if thing.types & kinds
        for value in thing.values.get(predicate, ())
    }

    def cells(fits: Callable[[Thing], bool]) -> tuple[tuple[Thing, ...], ...]:
        return tuple(tuple(one for one in place.things if one.types & kinds and fits(one)) for place in places)

    rows = [Row(link(value), cells(lambda one, v=value: v in one.values.get(predicate, ()))) for value in values]  # type: ignore[misc]
    rows.sort(key=lambda row: (-sum(1 for cell in row.cells if cell), _order(row.facet)))
    rest = Row(None, cells(lambda one: not one.values.get(predicate)))
    return [*rows, rest] if any(rest.cells) and predicate not in (CR + "targetGroup", _SOURCE) else rows


def _order(link: Link | None) -> tuple[str, str]:
    return (link.label.value.casefold(), link.iri.value) if link else ("", "")
