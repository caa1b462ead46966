"""The lists (/practices, /cities …): narrowed by facets, as pages, maps and data of the same selection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import flask

from cityrights.indexes.facets import LISTS, TOGETHER, Found, Row, selection_query
from cityrights.resources.cards import PracticeCard
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    csv_answer,
    current_layout,
    current_site,
    html,
    json_answer,
    licences,
    missing,
    only,
    refused,
)
from cityrights_web.responses import data as data_response
from cityrights_web.results import GEOJSON
from cityrights_web.structured import Listed
from cityrights_web.urls import thing_key
from cityrights_web.views import lists_data, lists_facets
from cityrights_web.views.lists_data import header
from cityrights_web.views.lists_facets import State, told_of, views
from cityrights_web.views.together import Together, counted, together
from sparqlgate.errors import EngineUnavailable
from sparqlgate.http import formats
from sparqlgate.http.formats import Format

#: Things of a tree that one page shows; a longer list is shown page by page, and flat.
MOST = 500


@dataclass(frozen=True, slots=True)
class Branch:
    """A thing and what stands below it, both in the order of the list."""

    row: Row
    below: list[Branch] = field(default_factory=list)


def tree(found: Found, language: str) -> list[Branch] | None:
    """Return the whole list as a tree; None where it is none: narrowed, turned round, or too long for a page."""
    name = found.held.listing.tree
    if not name or found.selection.chosen or found.selection.sort != "name" or not 0 < found.total <= MOST:
        return None
    members = found.held.facets[name]
    branches = {row.thing.iri.value: Branch(row) for row in found.rows(language)}
    above: defaultdict[str, list[str]] = defaultdict(list)
    for item in found.items:
        above[found.held.iris[int(item)]] = [members.values[number] for number in members.own(int(item))]
    roots = []
    for iri, branch in branches.items():
        wider = [up for up in above[iri] if up in branches and not _reaches(above, up, iri)]
        for up in wider:
            branches[up].below.append(branch)
        if not wider:
            roots.append(branch)
    return roots


def _reaches(above: dict[str, list[str]], start: str, goal: str) -> bool:
    """Say whether ``goal`` stands above ``start``, or is it: then the two stand in a circle."""
    seen, waiting = set(), [start]
    while waiting:
        iri = waiting.pop()
        if iri == goal:
            return True
        if iri not in seen:
            seen.add(iri)
            waiting.extend(above.get(iri, ()))
    return False


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
#: Lists beside which stands what is said of several governments together, and those whose rows tell how often.
_BESIDE: Final = ("practices", "cities", "institutions", "instruments", "events")
_ALSO: Final = {"cities": "place", "themes": "theme"}
#: The facets whose values stand on the card of a practice.
_ON_CARDS: Final = ("country", "target")
_FORMATS: Final = (formats.JSON, formats.RESULTS_CSV, formats.TURTLE, formats.JSONLD, GEOJSON)


def show(layout: Layout, state: State) -> flask.Response:
    """Return the page of a state; one that is past the last is told so, with a 404."""
    name, language = state.listing.name, layout.language
    found = layout.site.indexes.facets.list(name).select(state.selection, language)
    last = max(1, -(-found.total // SHOWN))
    past = state.page > last
    first = 0 if past else (state.page - 1) * SHOWN
    columns = _COLUMNS.get(name, ())
    several = ["kind"] if name == TOGETHER else []  # one kind alone would be said of all governments
    as_cards = name == "practices" and state.view != "table"
    told = _told(state, columns) if state.view == "table" else _ON_CARDS if as_cards else several
    rows = [] if past else list(found.rows(language, first, SHOWN, told))
    branches = tree(found, language) if state.view == "list" and not past else None
    layout = replace(layout, query=tuple(state.pairs()))

    def here(to: State) -> str:
        return layout.urls.site(f"/{name}", to.pairs())

    beside = _beside(layout, state)
    data = [(form, layout.urls.site(f"/{name}.{form.extension}", state.data_pairs())) for form in _formats(state)]
    turns = {
        "prev": here(state.turned(state.page - 1)) if 1 < state.page <= last else None,
        "next": here(state.turned(state.page + 1)) if state.page < last else None,
    }
    if branches is not None:
        turns = {"prev": None, "next": None}
    body = layout.render(
        "list.html",
        state=state,
        listing=state.listing,
        found=found,
        listed=_listed(layout, name, found.total, first + 1, rows),
        rows=rows,
        card_of=_card if as_cards else None,
        branches=branches,
        past=past,
        last=last,
        last_address=here(state.turned(last)),
        first=first + 1,
        turns=turns,
        columns=columns,
        groups=lists_facets.groups(layout, found, beside.found if beside else None) if branches is None else [],
        beside=beside,
        also=counted(layout, _ALSO[name]) if name in _ALSO else {},
        also_at=lambda iri: _together_at(layout, name, iri),
        chips=list(lists_facets.chips(layout, found, state, beside.found if beside else None)),
        unknown=[lists_facets.told_of(state.listing, each) for each in state.unknown],
        missing=list(lists_facets.missing(layout, found, beside.found if beside else None)),
        views=[(view, here(state.seen(view))) for view in views(state.listing)],
        sorts=[(sort, here(state.sorted(sort))) for sort in _sorts(found)],
        with_all=here(state.with_everything(True)),
        settled=here(state.with_everything(False)),
        cleared=here(state.cleared()),
        kept=[(key, value) for key, value in state.pairs() if key in ("sort", "view")],
        points=layout.urls.site(f"/{name}.geojson", [*state.data_pairs(), ("by", "place")]),
        address_of=lambda iri: _address(layout, name, iri),
        counted_at=lambda iri: _counted_at(layout, name, iri),
        query=selection_query(state.listing, state.selection, language),
        formats=[(form.name, address) for form, address in data],
    )
    links = [(address, "alternate", form.media_type) for form, address in data]
    links += [(beside.address, "related", "")] if beside is not None and beside.said else []
    links += [(address, relation, "") for relation, address in turns.items() if address is not None]
    response = html(body, [*links, *licences()])
    response.status_code = 404 if past else 200
    return response


def _beside(layout: Layout, state: State) -> Together | None:
    """Return what is said of several governments together of what is chosen; None where the list has nothing of it.

    A store that is down takes only this with it: the rows stand in the snapshot, and words for it come from the store.
    """
    name = state.listing.name
    try:
        return together(layout, dict(state.selection.chosen), name) if name in _BESIDE else None
    except EngineUnavailable:
        return None


def _told(state: State, columns: Sequence[str]) -> list[str]:
    """Return the facets whose values stand in the table; the country stands with the place."""
    told = [column for column in columns if column not in _OWN]
    return [*told, "country"] if "place" in columns and state.listing.facet("country") else told


def _card(row: Row) -> PracticeCard:
    """Return the card of a row, with what stands beside the store, so that a list needs nothing else."""
    return PracticeCard(
        row.thing,
        row.summary if row.summary.value else None,
        row.places,
        row.values["country"],
        row.values["target"],
        statuses=(row.status,) if row.status else (),
    )


def _formats(state: State) -> list[formats.Format]:
    return [form for form in _FORMATS if form is not GEOJSON or state.listing.place]


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


def _address(layout: Layout, name: str, iri: str) -> str | None:
    """Return where a thing of a list is shown: documents have a page with all their claims."""
    key = thing_key(iri)
    if name == "sources" and key is not None:
        return layout.urls.site(f"/sources/{key.partition('/')[2]}")
    return layout.urls.link(iri)


def _listed(layout: Layout, name: str, total: int, first: int, rows: Sequence[Row]) -> Listed:
    """Return what search engines are told of the things on the page: those that have an address."""
    named = [(row.thing.label.value, _address(layout, name, row.thing.iri.value)) for row in rows]
    return Listed(total, [(label, layout.absolute(to)) for label, to in named if to is not None], first)


def _counted_at(layout: Layout, name: str, iri: str) -> str | None:
    """Return where the practices are that a list counts for a thing."""
    facet = LISTS["practices"].facet(_COUNTED_BY.get(name, ""))
    return layout.urls.site("/practices", [(facet.name, facet.key(iri))]) if facet is not None else None


def _together_at(layout: Layout, name: str, iri: str) -> str:
    """Return where the sentences on several governments are that name a thing of a list."""
    facet = LISTS[TOGETHER].facet(_ALSO[name])
    assert facet is not None
    return layout.urls.site(f"/{TOGETHER}", [(facet.name, facet.key(iri))])


#: The selection, its state, and the address of the page that shows it, as an answer.
_Writer = Callable[[Layout, Found, State, str], flask.Response]


def _json(layout: Layout, found: Found, state: State, page: str) -> flask.Response:
    return json_answer(lists_data.records(found, layout.language, _dated(layout, found)), page)


def _csv(layout: Layout, found: Found, state: State, page: str) -> flask.Response:
    rows = lists_data.cells(found, layout.language, _dated(layout, found))
    return csv_answer(header(state.listing), rows, page)


def _turtle(layout: Layout, found: Found, state: State, page: str) -> flask.Response:
    return _rdf(formats.TURTLE, layout, found, page)


def _jsonld(layout: Layout, found: Found, state: State, page: str) -> flask.Response:
    return _rdf(formats.JSONLD, layout, found, page)


def _rdf(form: Format, layout: Layout, found: Found, page: str) -> flask.Response:
    body = lists_data.to_rdf(found, _dated(layout, found), form.media_type)
    return data_response(body, form, [(page, "alternate", "text/html")])


def _dated(layout: Layout, found: Found) -> lists_data.Dates:
    return lists_data.dates_of(layout.site.engine, found)


def _geojson(layout: Layout, found: Found, state: State, page: str) -> flask.Response:
    body = lists_data.places(layout, found, state) if only("by", "place") else lists_data.things(layout, found)
    return data_response(body, GEOJSON, [(page, "alternate", "text/html")])


_WRITERS: Final[dict[Format, _Writer]] = {
    formats.JSON: _json,
    formats.RESULTS_CSV: _csv,
    formats.TURTLE: _turtle,
    formats.JSONLD: _jsonld,
    GEOJSON: _geojson,
}


#: Of these formats the answer names where the same selection of sentences on several governments is (RFC 8288).
_ROWS_TOO: Final = ("json", "csv", "ttl", "jsonld")
#: The formats of lists by file extension.
EXTENSIONS: Final = {form.extension: form for form in _WRITERS}


def show_list(name: str) -> flask.Response:
    return show(current_layout(), State.read(LISTS[name], flask.request.args))


def list_data(name: str, extension: str) -> flask.Response:
    site = current_site()
    layout, form = current_layout(), EXTENSIONS[extension]
    state = State.read(LISTS[name], flask.request.args, ("by",) if form is GEOJSON else ())
    if state.unknown:  # a program would take everything for what it asked for
        raise refused(" ".join(told_of(state.listing, each) for each in state.unknown))
    if form is GEOJSON and not state.listing.place:
        raise missing(layout.words.faults.nowhere)
    found = site.indexes.facets.list(name).select(state.selection, layout.language)
    page = layout.urls.site(f"/{name}", state.data_pairs())
    response = _WRITERS[form](layout, found, state, page)
    beside = _beside(layout, state)
    if beside is not None and beside.said and form.extension in _ROWS_TOO:
        path, _, asked = beside.address.partition("?")
        response.headers.add("Link", f'<{path}.{form.extension}{"?" * bool(asked)}{asked}>; rel="related"')
    return response
