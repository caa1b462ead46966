"""/queries: the questions of the library, each with its form, its answer, its query and its citation."""

from __future__ import annotations

from dataclasses import replace

import flask
from flask import Flask

from cityrights_web.http import formats
from cityrights_web.responses import data, frame, html, json_answer
from cityrights_web.site import Site
from cityrights_web.views import queries_citing, queries_data, queries_page
from cityrights_web.views.queries_data import respond
from cityrights_web.views.queries_page import heading, respond_page
from cityrights_web.views.queries_request import CITED, Shelf, Versions, faultless, only, questions, read
from cityrights_web.views.resource.cite import FORMATS


def register(app: Flask, site: Site) -> None:
    """Add the routes."""
    shelf = Shelf(site)
    versions = Versions(site, shelf)

    @app.get("/queries")
    def queries() -> flask.Response:
        layout = replace(frame(site), query=flask.request.args.to_dict())
        body = layout.render("queries/list.html", **queries_page.parts(layout))
        return html(body, [(layout.urls.plain("/queries.ttl"), "alternate", formats.TURTLE.media_type)])

    @app.get("/queries.json")
    def queries_records() -> flask.Response:
        layout = frame(site)
        return json_answer(queries_page.records(layout), layout.urls.site("/queries"))

    @app.get("/queries.ttl")
    def queries_rdf() -> flask.Response:
        layout = frame(site)
        page = layout.urls.site("/queries")
        return data(
            queries_data.turtle(layout, questions().values()), formats.TURTLE, [(page, "alternate", "text/html")]
        )

    @app.get("/queries/<key>")
    def one(key: str) -> flask.Response:
        name, dot, extension = key.partition(".")
        layout = frame(site)
        return (
            respond(versions.served(layout, name), extension)
            if dot
            else respond_page(versions.view(layout, name), site)
        )

    @app.get(f"/queries/<name>/cite.<any({','.join(FORMATS)}):extension>")
    def query_citation(name: str, extension: str) -> flask.Response:
        view = versions.served(frame(site), name)
        layout, query = view.layout, view.query
        only(query, CITED, layout.words.queries)
        asked = faultless(read(layout, view.shelf, query))
        form, write = FORMATS[extension]
        found = queries_citing.cited_answer(layout, query, asked)
        return data(write(queries_citing.of(layout, query, asked, heading(layout, query, asked), found)).encode(), form)
