"""/about, /accessibility and /privacy: what this is, for whom it works, and what it knows of its readers."""

from __future__ import annotations

import flask
from flask import Flask

from cityrights.describe import Vocabulary
from cityrights.errors import EngineUnavailable
from cityrights_web import own
from cityrights_web.pages.request import frame, html
from cityrights_web.shell.context import Site


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/about")
    def about() -> flask.Response:
        around = frame(site)
        if not around.is_shipped:
            return html(around.render("foreign/about.html", told=own.told_by(site)))
        try:
            words, kept = site.vocabulary, True
        except EngineUnavailable:  # a store that is down takes no page with it that can do without
            words, kept = Vocabulary({}, {}), False
        response = html(around.render("about.html", vocabulary=words))
        if not kept:
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/accessibility")
    def accessibility() -> flask.Response:
        return html(frame(site).render("accessibility.html", contact=site.settings.contact))

    @app.get("/privacy")
    def privacy() -> flask.Response:
        return html(frame(site).render("privacy.html", settings=site.settings))
