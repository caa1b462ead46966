"""Answers of the library for programs: plain rows whole or page by page, the engine’s formats, points, networks."""

from __future__ import annotations

from typing import Final

import flask
import orjson

from cityrights.describe import Answer, answer, serialised, written_out
from cityrights.errors import QueryUnwritable
from cityrights.library import LibraryQuery, nearest, with_prefixes
from cityrights_web import formats
from cityrights_web.answers.about import about_sheet, book_too_large
from cityrights_web.answers.workbook import TooLarge, workbook
from cityrights_web.formats import Format
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries import pictures
from cityrights_web.pages.queries.asked import PAGING, Asked, faultless, only, paging, read
from cityrights_web.pages.queries.shelf import version
from cityrights_web.pages.queries.table import plain
from cityrights_web.pages.queries.versions import CITED, View
from cityrights_web.pages.request import data, missing, refused
from cityrights_web.pages.tables import csv_answer, json_answer
from cityrights_web.problems import Problem
from cityrights_web.shell.fallback import SURE_GRAPHS, SURE_TABLES, unwritable

#: What every answer can be had as, what a table can beside that, and what a graph can.
_ROWS: Final = (formats.JSON, formats.RESULTS_CSV)
_TABLE: Final = (formats.RESULTS_JSON, formats.RESULTS_XML, formats.RESULTS_TSV)
_GRAPH: Final = (formats.TURTLE, formats.NTRIPLES, formats.JSONLD)
_PAGED: Final = (*_ROWS, formats.XLSX, formats.GEOJSON)
_NETWORK: Final = Format("JSON (network)", "application/json", "network.json")
_VIEWS: Final = {"map": formats.GEOJSON, "network": _NETWORK}


def offers(query: LibraryQuery) -> list[Format]:
    """Return the formats of the answer to a question."""
    view = pictures.view_of(query)
    drawn = [_VIEWS[view[0]]] if view and view[0] in _VIEWS else []
    return [*_ROWS, formats.XLSX, *(_GRAPH if query.is_graph else _TABLE), *drawn]


def respond(view: View, extension: str) -> flask.Response:
    """Answer in the format with this extension. Raises a 404 for one that the question has not, a 400 for bad input."""
    around, shelf, query = view.around, view.shelf, view.query
    words = around.words.queries
    form = next((each for each in offers(query) if each.extension == extension), None)
    if form is None:
        raise missing(words.no_view, available=[each.extension for each in offers(query)])
    only(query, (*CITED, *(PAGING if form in _PAGED else ())), words)
    asked = faultless(read(around, shelf, query))
    pairs = [*asked.pairs(query), *view.pairs]
    page = around.urls.queries(query.name, pairs)
    site, limits = around.site, around.site.limits[False]
    if form not in (*_PAGED, _NETWORK):
        try:
            body = serialised(site.engine, query, asked.terms, around.language, form.media_type, limits)
        except QueryUnwritable as error:
            sure = (*SURE_GRAPHS, *SURE_TABLES, *_ROWS)
            there = [each.extension for each in offers(query) if each in sure]
            raise unwritable(error, there) from error
        return data(body, form, [(page, "alternate", "text/html")])
    found = answer(site.engine, query, asked.terms, around.language, limits)
    if form in _ROWS:
        return _rows(around, query, asked, found, form, pairs)
    some, _, links = _part(around, query, found, form, pairs)
    links = [(page, "alternate", "text/html"), *links]
    if form is formats.XLSX:
        return _book(around, query, asked, found, some, page, links)
    try:
        drawn = (pictures.geojson if form is formats.GEOJSON else pictures.network)(around, query, some)
    except pictures.TooMuch as error:
        raise too_much(around, query, error) from error
    return data(orjson.dumps(drawn, option=orjson.OPT_APPEND_NEWLINE), form, links)


def _book(
    around: Frame,
    query: LibraryQuery,
    asked: Asked,
    found: Answer,
    some: Answer,
    page: str,
    links: list[tuple[str, str, str]],
) -> flask.Response:
    """Return the answer as a workbook that says where it is from. Raises a 400 where it is too large for one."""
    text = with_prefixes(written_out(query.spoken(nearest(around.language)), asked.terms))
    whole = len(some.rows) == len(found.rows)
    told = "{n}" if whole else around.words.exports.about_rows_part.replace("{total}", around.number(len(found.rows)))
    about = about_sheet(around, text, told, around.absolute(page), query.titles[around.language])
    try:
        body = workbook(some.columns, some.rows, about, around.words.exports.sheet_answer)
    except TooLarge as error:
        raise book_too_large(around.words.exports, around.language) from error
    response = data(body, formats.XLSX, links)
    response.headers["Content-Disposition"] = f'attachment; filename="{query.name}.xlsx"'
    return response


def too_much(around: Frame, query: LibraryQuery, error: pictures.TooMuch) -> Problem:
    """Return the 400 for an answer that its view cannot show."""
    return refused(too_much_words(around, query, error))


def too_much_words(around: Frame, query: LibraryQuery, error: pictures.TooMuch) -> str:
    """Say that an answer is too much for its view, and for how much that has room."""
    view = pictures.view_of(query)
    most = pictures.MOST[view[0]] if view else 0
    return around.words.queries.too_much.format(n=around.number(error.count), most=around.number(most))


def turns(number: int, last: int) -> dict[str, int]:
    """Return the pages that one can turn to from a page, by their relation (RFC 8288, IANA link relations)."""
    beside = {"prev": number - 1, "next": number + 1}
    return {"first": 1, **{name: page for name, page in beside.items() if 1 <= page <= last}, "last": last}


def _part(
    around: Frame, query: LibraryQuery, found: Answer, form: Format, pairs: list[tuple[str, str]]
) -> tuple[Answer, int, list[tuple[str, str, str]]]:
    """Return the rows of the page that is asked for, its number, and the links to those beside it; else all rows."""
    wanted = paging()
    if wanted is None:
        return found, 1, []
    number, size = wanted
    last = max(1, -(-len(found.rows) // size))
    if number > last:
        raise missing(around.words.queries.past.format(n=around.number(last)))
    links = [
        (around.urls.queries(query.name, [*pairs, ("page", str(to)), ("size", str(size))], form.extension), name, "")
        for name, to in turns(number, last).items()
    ]
    return Answer(found.columns, found.rows[(number - 1) * size : number * size]), number, links


def _rows(
    around: Frame, query: LibraryQuery, asked: Asked, found: Answer, form: Format, pairs: list[tuple[str, str]]
) -> flask.Response:
    some, number, links = _part(around, query, found, form, pairs)
    wanted = paging()
    page = around.urls.queries(query.name, pairs)
    if form is formats.RESULTS_CSV:
        cells = [[str(row.get(name, "")) for name in found.columns] for row in some.rows]
        return csv_answer(found.columns, cells, page, links)
    record = {
        "query": query.name,
        "question": query.questions[around.language],
        "version": version(around.site, query),
        "parameters": {name: str(term) for name, term in asked.terms.items()},
        "total": len(found.rows),
        "page": number,
        "size": wanted[1] if wanted else len(found.rows),
        "columns": found.columns,
        "rows": [{name: plain(row.get(name)) for name in found.columns} for row in some.rows],
    }
    return json_answer(record, page, links)
