"""The start page, what this is, and the downloads."""

from __future__ import annotations

import flask
import orjson
from flask import Flask

from cityrights.describe import Vocabulary
from cityrights.errors import EngineUnavailable
from cityrights_web import formats
from cityrights_web.negotiation import choose
from cityrights_web.pages import start
from cityrights_web.pages.frame import LESSER
from cityrights_web.pages.request import LICENCE, data, frame, html
from cityrights_web.shell.context import Site

_JSON = formats.Format("JSON", "application/json", "json")
_GEOJSON = formats.Format("GeoJSON", "application/geo+json", "geojson")

#: Kinds of error that the service tells, as they stand in the type of a problem.
PROBLEMS = (
    "bad-request", "not-found", "not-acceptable", "method-not-allowed", "unsupported-media-type", "too-large",
    "too-long", "headers-too-large", "wrong-host", "read-only", "query-syntax", "unknown-prefix", "unknown-function",
    "federation-off", "federation-refused", "vendor-extension", "query-too-complex", "query-refused",
    "query-unsupported", "answer-too-large", "query-timeout", "query-memory", "quota-exceeded", "busy", "timeout",
    "http-version", "method-unknown", "forbidden", "no-snapshot", "store-unavailable", "internal",
)  # fmt: skip


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/")
    def home() -> flask.Response:
        around = frame(site)
        return html(around.render("home.html", lesser=LESSER, **start.parts(around)))

    @app.get("/map.geojson")
    def points() -> flask.Response:
        around = frame(site)
        around_it = [(around.urls.site("/"), "alternate", "text/html")]
        return data(start.geojson(around, start.places(around)), _GEOJSON, around_it)

    @app.get("/about")
    def about() -> flask.Response:
        try:
            words, kept = site.vocabulary, True
        except EngineUnavailable:  # a store that is down takes no page with it that can do without
            words, kept = Vocabulary({}, {}), False
        response = html(frame(site).render("about.html", problems=PROBLEMS, vocabulary=words))
        if not kept:
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/download")
    def downloads() -> flask.Response:
        around = frame(site)
        chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, _JSON)) or formats.HTML
        if chosen is _JSON:
            response = data(orjson.dumps(dict(site.manifest)), _JSON)
        else:
            files = [(name, int(about["bytes"]), str(about["sha256"])) for name, about in site.files.items()]
            response = html(around.render("download.html", files=files), [(LICENCE, "license", "")])
        response.headers["Vary"] = "Accept"
        return response
