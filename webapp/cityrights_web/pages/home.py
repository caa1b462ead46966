"""The start page."""

from __future__ import annotations

import flask
from flask import Flask

from cityrights.describe import ask, shown
from cityrights.namespaces import CR
from cityrights_web.pages.frame import LESSER, NAVIGATION
from cityrights_web.pages.request import frame, html
from cityrights_web.shell.context import Site

_NUMBERS = (
    ("practices", "Practice"), ("cities", "City"), ("institutions", "Institution"), ("instruments", "Instrument"),
    ("themes", "Theme"), ("sources", "Source"),
)  # fmt: skip


def register(app: Flask, site: Site) -> None:
    """Add the route."""

    @app.get("/")
    def home() -> flask.Response:
        around = frame(site)
        found = {str(row["class"]): int(str(row["n"])) for row in ask(site.engine, "counts")}
        body = around.render(
            "home.html",
            numbers=[(name, found.get(CR + class_name, 0)) for name, class_name in _NUMBERS],
            claims=found.get(CR + "Claim", 0),
            ways=NAVIGATION,
            lesser=LESSER,
            query=shown("counts", {}),
        )
        return html(body)
