"""A list as a page: its facets, what is chosen, one page of its things in one of the views, and the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import flask

from cityrights.catalogue import LISTS, Found, Row, selection_query
from cityrights_web import formats
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.lists import facets, parameters
from cityrights_web.pages.lists.state import State, views
from cityrights_web.pages.lists.tree import tree
from cityrights_web.pages.request import html, licences
from cityrights_web.structured import Listed
from cityrights_web.urls import thing_key

#: Things on a page.
SHOWN: Final = 50

#: What the columns of the table of a list are, beside the name and what is counted.
_COLUMNS: Final = {
    "practices": ("place", "theme", "target", "status"),
    "cities": ("type", "place"),
    "institutions": ("kind", "place", "status"),
    "instruments": ("kind", "place", "status"),
    "events": ("kind", "place", "year"),
    "organisations": ("kind", "place"),
}
#: Columns that a row has by itself; of the others it has the values of the facet.
_OWN: Final = ("type", "kind", "place", "status")
#: The facet of the practices by which those that a list counts for a thing are found.
_COUNTED_BY: Final = {"cities": "place", "themes": "theme"}
_FORMATS: Final = (formats.JSON, formats.RESULTS_CSV, formats.TURTLE, formats.JSONLD, formats.GEOJSON)


def show(around: Frame, state: State) -> flask.Response:
    """Return the page of a state; one that is past the last is told so, with a 404."""
    name, language = state.listing.name, around.language
    found = around.site.catalogue.list(name).select(state.selection, language)
    last = max(1, -(-found.total // SHOWN))
    past = state.page > last
    first = 0 if past else (state.page - 1) * SHOWN
    columns = _COLUMNS.get(name, ())
    told = _told(state, columns) if state.view == "table" else []
    rows = [] if past else list(found.rows(language, first, SHOWN, told))
    branches = tree(found, language) if state.view == "list" and not past else None
    around = replace(around, query=tuple(state.pairs()))

    def here(to: State) -> str:
        return around.urls.site(f"/{name}", to.pairs())

    data = [(form, around.urls.site(f"/{name}.{form.extension}", state.data_pairs())) for form in _formats(state)]
    turns = {
        "prev": here(state.turned(state.page - 1)) if 1 < state.page <= last else None,
        "next": here(state.turned(state.page + 1)) if state.page < last else None,
    }
    if branches is not None:
        turns = {"prev": None, "next": None}
    body = around.render(
        "list.html",
        state=state,
        listing=state.listing,
        found=found,
        listed=_listed(around, name, found.total, first + 1, rows),
        rows=rows,
        branches=branches,
        past=past,
        last=last,
        last_address=here(state.turned(last)),
        first=first + 1,
        turns=turns,
        columns=columns,
        groups=facets.groups(around, found) if branches is None else [],
        chips=list(facets.chips(around, found, state)),
        unknown=[parameters.told(state.listing, each) for each in state.unknown],
        missing=[(around.words.lists.facets[facet], key) for facet, key in found.missing],
        views=[(view, here(state.seen(view))) for view in views(state.listing)],
        sorts=[(sort, here(state.sorted(sort))) for sort in _sorts(found)],
        with_all=here(state.with_everything(True)),
        settled=here(state.with_everything(False)),
        cleared=here(state.cleared()),
        kept=[(key, value) for key, value in state.pairs() if key in ("sort", "view")],
        points=around.urls.site(f"/{name}.geojson", [*state.data_pairs(), ("by", "place")]),
        address_of=lambda iri: _address(around, name, iri),
        counted_at=lambda iri: _counted_at(around, name, iri),
        query=selection_query(state.listing, state.selection, language),
        formats=[(form.name, address) for form, address in data],
    )
    links = [(address, "alternate", form.media_type) for form, address in data]
    links += [(address, relation, "") for relation, address in turns.items() if address is not None]
    response = html(body, [*links, *licences()])
    response.status_code = 404 if past else 200
    return response


def _told(state: State, columns: Sequence[str]) -> list[str]:
    """Return the facets whose values stand in the table; the country stands with the place."""
    told = [column for column in columns if column not in _OWN]
    return [*told, "country"] if "place" in columns and state.listing.facet("country") else told


def _formats(state: State) -> list[formats.Format]:
    return [form for form in _FORMATS if form is not formats.GEOJSON or state.listing.place]


def _sorts(found: Found) -> list[str]:
    """Return the orders that make a difference, the usual direction of each first; the one in use may be turned."""
    usual = []
    for name in found.held.listing.sorts:
        if name == "year" and not len(found.held.facets["year"]):
            continue
        usual.append("name" if name == "name" else f"-{name}")
    if len(usual) == 1:
        usual.append("-name")
    return usual


def _address(around: Frame, name: str, iri: str) -> str | None:
    """Return where a thing of a list is shown: documents have a page with all their claims."""
    key = thing_key(iri)
    if name == "sources" and key is not None:
        return around.urls.site(f"/sources/{key.partition('/')[2]}")
    return around.urls.link(iri)


def _listed(around: Frame, name: str, total: int, first: int, rows: Sequence[Row]) -> Listed:
    """Return what search engines are told of the things on the page: those that have an address."""
    named = [(row.thing.label.value, _address(around, name, row.thing.iri.value)) for row in rows]
    return Listed(total, [(label, around.absolute(to)) for label, to in named if to is not None], first)


def _counted_at(around: Frame, name: str, iri: str) -> str | None:
    """Return where the practices are that a list counts for a thing."""
    facet = LISTS["practices"].facet(_COUNTED_BY.get(name, ""))
    return around.urls.site("/practices", [(facet.name, facet.key(iri))]) if facet is not None else None
