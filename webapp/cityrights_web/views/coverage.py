"""/coverage: what the sources do not say, by place and theme, by kind of fact, by document and by country."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import flask

from cityrights.coverage import DEGREES, Debt, debts, told_in
from cityrights.indexes.facets import Selection
from cityrights.indexes.facets.lists import sort_key
from cityrights.library.pages import shown
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Row, Term
from cityrights.vocabulary import CR, iri_of
from cityrights_web import words
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    ROWS,
    csv_answer,
    current_layout,
    html,
    json_answer,
    licences,
    missing,
    only,
    page_number,
)
from cityrights_web.views.together import cells_together, counted
from cityrights_web.words import language_name

#: The order in which the kinds of fact are told.
_FACTS: Final = (
    "challenge", "solution", "takeaway", "targetGroup", "establishes", "partner", "funder", "start", "end", "reference",
)  # fmt: skip


#: Places on a page of the matrix, and places that are named for each theme.
_ROWS: Final = 100
_NAMED: Final = 50


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: how many practices it has, the places with a record, whether it is a broad one.

    ``together`` is how many claims on several governments name it, ``named`` the places that such a claim alone names.
    """

    link: Link
    practices: int
    places: tuple[Link, ...]
    broad: bool
    together: int = 0
    named: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A country or region with the number of its practices and places."""

    link: Link
    practices: int
    places: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document with the number of its claims, by modality."""

    link: Link
    total: int
    modalities: tuple[tuple[Link, int], ...]


@dataclass(frozen=True)
class Coverage:
    """Where the record is, and where it is silent. ``cells`` has a number for each place and theme with a record.

    ``together`` has one for each place and theme of which something is said of several governments together, and
    ``place_together`` one for each such place.
    """

    places: tuple[tuple[Link, int], ...]
    themes: tuple[Theme, ...]
    cells: dict[tuple[str, str], int]
    together: dict[tuple[str, str], int]
    place_together: dict[str, int]
    practices: int
    facts: tuple[tuple[Link, int], ...]
    documents: tuple[Document, ...]
    countries: tuple[Area, ...]
    regions: tuple[Area, ...]
    degrees: tuple[tuple[Link, int], ...]
    debts: tuple[Debt, ...]


def coverage_page() -> flask.Response:
    layout = current_layout()
    wanted = only("themes", "all")
    found, number = read_coverage(layout), page_number()
    last = max(1, -(-len(found.places) // _ROWS))
    if number > last:
        raise missing(layout.words.faults.past.format(n=last))
    kept = {"themes": "all"} if wanted else {}
    addresses = [(form, layout.urls.site(f"/coverage.{name}")) for name, form in ROWS.items()]
    body = layout.render(
        "coverage.html",
        c=found,
        told={fact.iri.local_name: n for fact, n in found.facts},
        not_yet=layout.site.indexes.facets.list("practices").select(Selection()).hidden,
        shown=[theme for theme in found.themes if theme.broad or wanted],
        about=sorted((theme for theme in found.themes if theme.broad and theme.practices), key=_most_first),
        silent=[theme for theme in found.themes if not theme.practices and not theme.together],
        gaps=sorted(found.facts, key=lambda fact: -fact[1]),
        everything=wanted,
        opened=wanted or "page" in flask.request.args,
        places=found.places[(number - 1) * _ROWS : number * _ROWS],
        named=_NAMED,
        page=number,
        last=last,
        turn=lambda to: layout.urls.site("/coverage", {**kept, "page": str(to)}),
        formats=[(form.name, address) for form, address in addresses],
        query=shown("coverage_cells", {}),
        unsaid=[(language_name(code), n) for code, n in words.lacking().items()],
    )
    links = [(address, "alternate", form.media_type) for form, address in addresses]
    return html(body, [*links, *licences()])


def _most_first(theme: Theme) -> tuple[int, tuple[str, ...]]:
    return -theme.practices, sort_key(theme.link.label.value)


def coverage_data(extension: str) -> flask.Response:
    layout = current_layout()
    found, page = read_coverage(layout), layout.urls.site("/coverage")
    return json_answer(_record(found), page) if extension == "json" else csv_answer(_COLUMNS, _rows(found), page)


def read_coverage(layout: Layout) -> Coverage:
    """Read what there is, and so what there is not."""
    overview = layout.site.overview
    choices, tree = overview("place_choices"), overview("theme_tree")
    labels = {**gather_labels(choices), **gather_labels(tree)}
    cells = {(str(row["place"]), str(row["theme"])): _number(row["n"]) for row in overview("coverage_cells")}
    by_place = _counts(overview("practices_by_city"))
    by_theme = {str(row["theme"]): _number(row["n"]) for row in overview("coverage_themes")}
    known = {str(row["x"]) for row in choices}

    def link(iri: str) -> Link:
        return layout.site.vocabulary.link(Iri(iri), layout.language, labels.get(iri, ()))

    places = tuple((place, by_place.get(place.iri.value, 0)) for place in _named(link(iri) for iri in known))
    recorded = _recorded(places, cells)
    together = cells_together(layout)
    named = _recorded(places, together.keys() - cells.keys())
    theme_together = counted(layout, "theme")
    narrower = {str(row["x"]) for row in tree if "broader" in row}
    themes = tuple(
        Theme(
            theme,
            by_theme.get(theme.iri.value, 0),
            tuple(recorded.get(theme.iri.value, ())),
            theme.iri.value not in narrower,
            theme_together.get(theme.iri.value, 0),
            tuple(named.get(theme.iri.value, ())),
        )
        for theme in _named(link(iri) for iri in {str(row["x"]) for row in tree})
    )
    gaps = {str(row["property"]): _number(row["n"]) for row in overview("coverage_gaps")}
    areas = overview("coverage_countries")
    whole = {
        str(row["value"]).rpartition("/")[2]: _number(row["n"])
        for row in overview("coverage_completeness")
        if "value" in row
    }
    return Coverage(
        places,
        themes,
        cells,
        together,
        counted(layout, "place"),
        sum(_number(row["n"]) for row in overview("counts") if str(row["class"]) == CR + "Practice"),
        tuple((link(CR + name), gaps.get(CR + name, 0)) for name in _FACTS),
        _documents(overview("coverage_documents"), link),
        _areas(layout, areas, CR + "Country"),
        _areas(layout, areas, CR + "Region"),
        tuple((link(iri_of(f"kind/{name}")), whole.get(name, 0)) for name in DEGREES),
        tuple(debts(overview("coverage_debts"), whole.get("stub", 0), told_in())),
    )


def _recorded(places: Iterable[tuple[Link, int]], cells: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[Link]]:
    """Return the places with a record on each theme, in their order."""
    themes: defaultdict[str, list[str]] = defaultdict(list)
    for place, theme in cells:
        themes[place].append(theme)
    found: defaultdict[str, list[Link]] = defaultdict(list)
    for link, _ in places:
        for theme in themes[link.iri.value]:
            found[theme].append(link)
    return found


def _number(term: Term) -> int:
    return int(str(term))


def _counts(rows: Iterable[Row]) -> dict[str, int]:
    return {str(row["s"]): _number(row["n"]) for row in rows if "s" in row}


def _named(links: Iterable[Link]) -> list[Link]:
    return sorted(links, key=lambda link: (sort_key(link.label.value), link.iri.value))


def _documents(rows: Iterable[Row], link: Callable[[str], Link]) -> tuple[Document, ...]:
    held: dict[str, dict[str, int]] = {}
    for row in rows:
        held.setdefault(str(row["source"]), {})[str(row["modality"])] = _number(row["n"])
    found = [
        Document(
            link(source),
            sum(numbers.values()),
            tuple((link(modality), n) for modality, n in sorted(numbers.items(), key=lambda item: (-item[1], item[0]))),
        )
        for source, numbers in held.items()
    ]
    return tuple(sorted(found, key=lambda document: (-document.total, document.link.label.value)))


def _areas(layout: Layout, rows: Sequence[Row], kind: str) -> tuple[Area, ...]:
    mine = [row for row in rows if str(row["kind"]) == kind]
    labels = gather_labels(mine)
    numbers = {str(row["x"]): (_number(row["n"]), _number(row["places"])) for row in mine}
    found = [
        Area(layout.site.vocabulary.link(Iri(iri), layout.language, labels.get(iri, ())), *numbers[iri])
        for iri in numbers
    ]
    return tuple(sorted(found, key=lambda area: (-area.practices, sort_key(area.link.label.value))))


def _record(found: Coverage) -> dict[str, object]:
    return {
        "note": "0 practices means that the sources read so far have no record of one, not that nothing exists. "
        "together: claims that they make of several governments together; "
        "themesTogether has those above 0.",
        "regionsNote": "Regions overlap: a country may lie in several, and is counted in each. Do not add them up.",
        "practices": found.practices,
        "places": [
            {
                **place.record(),
                "practices": n,
                "themes": {
                    theme.link.iri.value: found.cells.get((place.iri.value, theme.link.iri.value), 0)
                    for theme in found.themes
                },
                "together": found.place_together.get(place.iri.value, 0),
                "themesTogether": {
                    theme.link.iri.value: found.together[place.iri.value, theme.link.iri.value]
                    for theme in found.themes
                    if (place.iri.value, theme.link.iri.value) in found.together
                },
            }
            for place, n in found.places
        ],
        "themes": [
            {
                **theme.link.record(),
                "broad": theme.broad,
                "practices": theme.practices,
                "places": len(theme.places),
                "together": theme.together,
            }
            for theme in found.themes
        ],
        "completeness": [{**degree.record(), "practices": n} for degree, n in found.degrees],
        "debts": [
            {"debt": debt.name, "language": debt.language or None, "things": debt.count, "command": debt.command}
            for debt in found.debts
        ],
        "facts": [{**fact.record(), "told": n, "untold": found.practices - n} for fact, n in found.facts],
        "documents": [
            {
                **document.link.record(),
                "claims": document.total,
                "modalities": [{**modality.record(), "claims": n} for modality, n in document.modalities],
            }
            for document in found.documents
        ],
        "countries": [
            {**area.link.record(), "practices": area.practices, "places": area.places} for area in found.countries
        ],
        "regions": [
            {**area.link.record(), "practices": area.practices, "places": area.places} for area in found.regions
        ],
    }


_COLUMNS: Final = ("place", "placeLabel", "theme", "themeLabel", "broad", "practices", "together")


def _rows(found: Coverage) -> list[list[object]]:
    """One row for each place and theme, also where there is no record (0 practices, and 0 claims on several)."""
    return [
        [
            place.iri.value,
            place.label.value,
            theme.link.iri.value,
            theme.link.label.value,
            "true" if theme.broad else "false",
            found.cells.get((place.iri.value, theme.link.iri.value), 0),
            found.together.get((place.iri.value, theme.link.iri.value), 0),
        ]
        for place, _ in found.places
        for theme in found.themes
    ]
