"""/queries: the questions of the library, each with its form, its answer, its query and its citation."""

from __future__ import annotations

from dataclasses import replace

import flask

from cityrights_web.responses import current_layout, current_site, data, html, json_answer, once
from cityrights_web.site import EarlierSnapshots, Site
from cityrights_web.views import queries_citing, queries_data, queries_page
from cityrights_web.views.queries_data import respond
from cityrights_web.views.queries_page import heading, respond_page
from cityrights_web.views.queries_request import CITED, SiteLibrary, Versions, faultless, only, read
from sparqlgate.http import formats


def _versions(site: Site) -> Versions:
    return Versions(site, SiteLibrary(site), once(EarlierSnapshots))


def queries() -> flask.Response:
    layout = replace(current_layout(), query=flask.request.args.to_dict())
    body = layout.render("queries/list.html", **queries_page.parts(layout))
    return html(body, [(layout.urls.plain("/queries.ttl"), "alternate", formats.TURTLE.media_type)])


def queries_records() -> flask.Response:
    layout = current_layout()
    return json_answer(queries_page.records(layout), layout.urls.site("/queries"))


def queries_rdf() -> flask.Response:
    layout = current_layout()
    page = layout.urls.site("/queries")
    return data(
        queries_data.turtle(layout, layout.site.questions.values()), formats.TURTLE, [(page, "alternate", "text/html")]
    )


def one(key: str) -> flask.Response:
    site = current_site()
    name, dot, extension = key.partition(".")
    layout = current_layout()
    return (
        respond(once(_versions).served(layout, name), extension)
        if dot
        else respond_page(once(_versions).view(layout, name), site)
    )


def query_citation(name: str, extension: str) -> flask.Response:
    view = once(_versions).served(current_layout(), name)
    layout, query = view.layout, view.query
    only(query, CITED, layout.language)
    asked = faultless(read(layout, view.shelf, query))
    form, write = queries_citing.FORMATS[extension]
    found = queries_citing.cited_answer(layout, query, asked)
    return data(write(queries_citing.of(layout, query, asked, heading(layout, query, asked), found)).encode(), form)
