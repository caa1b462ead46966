"""The start page, and what its map shows."""

from __future__ import annotations

import flask
from flask import Flask

from cityrights_web import formats, own
from cityrights_web.pages import start
from cityrights_web.pages.frame import LESSER
from cityrights_web.pages.request import data, frame, html
from cityrights_web.shell.context import Site


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/")
    def home() -> flask.Response:
        around = frame(site)
        if not around.is_shipped:
            return html(around.render("foreign/home.html", told=own.told_by(site), lesser=LESSER))
        return html(around.render("home.html", lesser=LESSER, **start.parts(around)))

    @app.get("/map.geojson")
    def points() -> flask.Response:
        around = frame(site)
        around_it = [(around.urls.site("/"), "alternate", "text/html")]
        return data(start.geojson(around, start.places(around)), formats.GEOJSON, around_it)
