"""The lists (/practices, /cities …): narrowed by facets, as pages, maps and data of the same selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import flask
from flask import Flask

from cityrights.catalogue import LISTS, Found
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.lists import data, geo, rdf
from cityrights_web.pages.lists.columns import header
from cityrights_web.pages.lists.page import show
from cityrights_web.pages.lists.parameters import told
from cityrights_web.pages.lists.state import State
from cityrights_web.pages.request import data as data_response
from cityrights_web.pages.request import frame, missing, only, refused
from cityrights_web.pages.tables import csv_answer, json_answer
from cityrights_web.shell.context import Site

#: The selection, its state, and the address of the page that shows it, as an answer.
_Writer = Callable[[Frame, Found, State, str], flask.Response]


def _json(around: Frame, found: Found, state: State, page: str) -> flask.Response:
    return json_answer(data.records(found, around.language, _dated(around, found)), page)


def _csv(around: Frame, found: Found, state: State, page: str) -> flask.Response:
    rows = data.cells(found, around.language, _dated(around, found))
    return csv_answer(header(state.listing), rows, page)


def _turtle(around: Frame, found: Found, state: State, page: str) -> flask.Response:
    return _rdf(formats.TURTLE, around, found, state, page)


def _jsonld(around: Frame, found: Found, state: State, page: str) -> flask.Response:
    return _rdf(formats.JSONLD, around, found, state, page)


def _rdf(form: Format, around: Frame, found: Found, state: State, page: str) -> flask.Response:
    body = rdf.to_rdf(found, _dated(around, found), form.media_type)
    return data_response(body, form, [(page, "alternate", "text/html")])


def _dated(around: Frame, found: Found) -> data.Dates:
    return data.dates_of(around.site.engine, found)


def _geojson(around: Frame, found: Found, state: State, page: str) -> flask.Response:
    body = geo.places(around, found, state) if only("by", "place") else geo.things(around, found)
    return data_response(body, formats.GEOJSON, [(page, "alternate", "text/html")])


_WRITERS: Final[dict[Format, _Writer]] = {
    formats.JSON: _json,
    formats.RESULTS_CSV: _csv,
    formats.TURTLE: _turtle,
    formats.JSONLD: _jsonld,
    formats.GEOJSON: _geojson,
}


def register(app: Flask, site: Site) -> None:
    """Add the routes of each list and its formats."""
    names, extensions = ",".join(LISTS), {form.extension: form for form in _WRITERS}

    @app.get(f"/<any({names}):name>")
    def show_list(name: str) -> flask.Response:
        return show(frame(site), State.read(LISTS[name], flask.request.args))

    @app.get(f"/<any({names}):name>.<any({','.join(extensions)}):extension>")
    def list_data(name: str, extension: str) -> flask.Response:
        around, form = frame(site), extensions[extension]
        state = State.read(LISTS[name], flask.request.args, ("by",) if form is formats.GEOJSON else ())
        if state.unknown:  # a program would take everything for what it asked for
            raise refused(" ".join(told(state.listing, each) for each in state.unknown))
        if form is formats.GEOJSON and not state.listing.place:
            raise missing(around.words.faults.nowhere)
        found = site.catalogue.list(name).select(state.selection, around.language)
        page = around.urls.site(f"/{name}", state.data_pairs())
        return _WRITERS[form](around, found, state, page)
