"""The start page, what this is, and the downloads."""

from __future__ import annotations

import flask
import orjson
from flask import Flask

from cityrights.describe import ask, shown
from cityrights.namespaces import CR
from cityrights_web import formats
from cityrights_web.negotiation import choose
from cityrights_web.pages.frame import LESSER, NAVIGATION
from cityrights_web.pages.request import LICENCE, data, frame, html
from cityrights_web.shell.context import Site

_NUMBERS = (
    ("practices", "Practice"), ("cities", "City"), ("institutions", "Institution"), ("instruments", "Instrument"),
    ("themes", "Theme"), ("sources", "Source"),
)  # fmt: skip

#: Kinds of error that the service tells, as they stand in the type of a problem.
PROBLEMS = (
    "bad-request", "not-found", "not-acceptable", "method-not-allowed", "unsupported-media-type", "too-large",
    "too-long", "headers-too-large", "wrong-host", "read-only", "query-syntax", "unknown-prefix", "unknown-function",
    "federation-off", "vendor-extension", "query-too-complex", "query-refused", "query-unsupported",
    "answer-too-large", "query-timeout", "query-memory", "quota-exceeded", "busy", "timeout", "http-version",
    "method-unknown", "forbidden", "no-snapshot", "store-unavailable", "internal",
)  # fmt: skip


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/")
    def home() -> flask.Response:
        around = frame(site)
        found = {str(row["class"]): int(str(row["n"])) for row in ask(site.engine, "counts")}
        body = around.render(
            "home.html",
            numbers=[(name, found.get(CR + class_name, 0)) for name, class_name in _NUMBERS],
            claims=found.get(CR + "Claim", 0),
            cities=around.urls.site("/cities", [("type", "City")]),
            ways=NAVIGATION,
            lesser=LESSER,
            query=shown("counts", {}),
        )
        return html(body)

    @app.get("/about")
    def about() -> flask.Response:
        return html(frame(site).render("about.html", problems=PROBLEMS))

    @app.get("/download")
    def downloads() -> flask.Response:
        around = frame(site)
        chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, formats.JSON)) or formats.HTML
        if chosen is formats.JSON:
            response = data(orjson.dumps(dict(site.manifest)), formats.JSON)
        else:
            files = [(name, int(about["bytes"]), str(about["sha256"])) for name, about in site.files.items()]
            response = html(around.render("download.html", files=files), [(LICENCE, "license", "")])
        response.headers["Vary"] = "Accept"
        return response
