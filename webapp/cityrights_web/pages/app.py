"""The Flask application: routes of the pages, and what becomes of their errors."""

from __future__ import annotations

import logging

import flask
from flask import Flask
from werkzeug.exceptions import HTTPException

from cityrights.errors import CityrightsError, is_full
from cityrights_web import problems
from cityrights_web.negotiation import choose_language
from cityrights_web.pages import (
    about,
    api,
    builder,
    compare,
    connections,
    corrections,
    coverage,
    crawlers,
    dataset,
    downloads,
    home,
    identity,
    lists,
    ontology,
    queries,
    reconcile,
    search,
    suggest,
    things,
    workbench,
)
from cityrights_web.pages.near import Nearest
from cityrights_web.pages.request import keep_licences, language, site_path
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site
from cityrights_web.shell.error_page import error_response
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES

log = logging.getLogger("cityrights.web")

_MODULES = (
    about,
    api,
    builder,
    compare,
    connections,
    corrections,
    coverage,
    crawlers,
    dataset,
    downloads,
    home,
    identity,
    lists,
    ontology,
    queries,
    reconcile,
    search,
    suggest,
    things,
    workbench,
)


def create_pages(site: Site) -> Flask:
    """Return the pages of ``site`` as a WSGI application. It is asked with GET only; the shell does the rest."""
    app = Flask("cityrights_web", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    keep_licences(app, site)
    for module in _MODULES:
        module.register(app, site)

    nearest = Nearest(site)

    def failed(error: Exception) -> flask.Response:
        if isinstance(error, Problem):
            problem = error
        elif isinstance(error, HTTPException):
            problem = Problem(error.code or 500, "not-found", problems.NOWHERE)
        elif isinstance(error, CityrightsError):
            problem = problems.from_error(error)
        else:
            problem = problems.no_room() if is_full(error) else problems.internal()
        if problem.status >= 500:  # where it came from is told only of what nobody foresaw
            log.error("a page failed: %s", error, exc_info=error if problem.kind == "internal" else None)
        headers = flask.request.headers
        chosen = language()
        if chosen == DEFAULT_LANGUAGE:
            chosen = choose_language(headers.get("Accept-Language"), LANGUAGES)
        problem = nearest(problem, site_path(), chosen)
        response = error_response(site, problem, site_path(), chosen, headers.get("Accept"))
        answer = flask.Response(response.body, response.status, response.headers)
        answer.content_type = response.content_type
        return answer

    app.register_error_handler(Exception, failed)
    return app
