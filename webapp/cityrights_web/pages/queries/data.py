"""Answers of the library for programs: plain rows whole or page by page, the engine’s formats, points, networks."""

from __future__ import annotations

from typing import Final

import flask
import orjson

from cityrights.describe import Answer, answer, serialised
from cityrights.library import LibraryQuery
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries import pictures
from cityrights_web.pages.queries.asked import PAGING, Asked, faultless, only, paging, read
from cityrights_web.pages.queries.shelf import version
from cityrights_web.pages.queries.table import plain
from cityrights_web.pages.queries.versions import CITED, View
from cityrights_web.pages.request import data
from cityrights_web.pages.tables import csv_answer, json_answer
from cityrights_web.problems import Problem, bad_request, not_found

#: What every answer can be had as, what a table can beside that, and what a graph can.
_ROWS: Final = (formats.JSON, formats.RESULTS_CSV)
_TABLE: Final = (formats.RESULTS_JSON, formats.RESULTS_XML, formats.RESULTS_TSV)
_GRAPH: Final = (formats.TURTLE, formats.NTRIPLES, formats.JSONLD)
_NETWORK: Final = Format("JSON (network)", "application/json", "network.json")
_VIEWS: Final = {"map": formats.GEOJSON, "network": _NETWORK}


def offers(query: LibraryQuery) -> list[Format]:
    """Return the formats of the answer to a question."""
    view = pictures.view_of(query)
    drawn = [_VIEWS[view[0]]] if view and view[0] in _VIEWS else []
    return [*_ROWS, *(_GRAPH if query.is_graph else _TABLE), *drawn]


def respond(view: View, extension: str) -> flask.Response:
    """Answer in the format with this extension. Raises a 404 for one that the question has not, a 400 for bad input."""
    around, shelf, query = view.around, view.shelf, view.query
    words = around.words.queries
    form = next((each for each in offers(query) if each.extension == extension), None)
    if form is None:
        raise not_found(words.no_view, available=[each.extension for each in offers(query)])
    only(query, (*CITED, *(PAGING if form in _ROWS else ())), words)
    asked = faultless(read(around, shelf, query))
    pairs = [*asked.pairs(query), *view.pairs]
    page = around.urls.queries(query.name, pairs)
    site, limits = around.site, around.site.limits[False]
    if form not in _ROWS and form not in _VIEWS.values():
        body = serialised(site.engine, query, asked.terms, around.language, form.media_type, limits)
        return data(body, form, [(page, "alternate", "text/html")])
    found = answer(site.engine, query, asked.terms, around.language, limits)
    if form in _ROWS:
        return _rows(around, query, asked, found, form, pairs)
    try:
        drawn = (pictures.geojson if form is formats.GEOJSON else pictures.network)(around, shelf, query, found)
    except pictures.TooMuch as error:
        raise too_much(around, query, error) from error
    return data(orjson.dumps(drawn, option=orjson.OPT_APPEND_NEWLINE), form, [(page, "alternate", "text/html")])


def too_much(around: Frame, query: LibraryQuery, error: pictures.TooMuch) -> Problem:
    """Return the 400 for an answer that its view cannot show."""
    return bad_request(too_much_words(around, query, error))


def too_much_words(around: Frame, query: LibraryQuery, error: pictures.TooMuch) -> str:
    """Say that an answer is too much for its view, and for how much that has room."""
    view = pictures.view_of(query)
    most = pictures.MOST[view[0]] if view else 0
    return around.words.queries.too_much.format(n=around.number(error.count), most=around.number(most))


def turns(number: int, last: int) -> dict[str, int]:
    """Return the pages that one can turn to from a page, by their relation (RFC 8288, IANA link relations)."""
    beside = {"prev": number - 1, "next": number + 1}
    return {"first": 1, **{name: page for name, page in beside.items() if 1 <= page <= last}, "last": last}


def _rows(
    around: Frame, query: LibraryQuery, asked: Asked, found: Answer, form: Format, pairs: list[tuple[str, str]]
) -> flask.Response:
    wanted, total = paging(), len(found.rows)
    number, size = wanted or (1, max(total, 1))
    last = max(1, -(-total // size))
    if number > last:
        raise not_found(around.words.queries.past.format(n=around.number(last)))
    rows = found.rows[(number - 1) * size : number * size]
    links = [
        (around.urls.queries(query.name, [*pairs, ("page", str(to)), ("size", str(size))], form.extension), name, "")
        for name, to in (turns(number, last) if wanted else {}).items()
    ]
    page = around.urls.queries(query.name, pairs)
    if form is formats.RESULTS_CSV:
        cells = [[str(row.get(name, "")) for name in found.columns] for row in rows]
        return csv_answer(found.columns, cells, page, links)
    record = {
        "query": query.name,
        "question": query.questions[around.language],
        "version": version(around.site, query),
        "parameters": {name: str(term) for name, term in asked.terms.items()},
        "total": total,
        "page": number,
        "size": size if wanted else total,
        "columns": found.columns,
        "rows": [{name: plain(row.get(name)) for name in found.columns} for row in rows],
    }
    return json_answer(record, page, links)
