"""The Flask application: routes of the pages, what becomes of their errors, and the threads that make them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

import flask
from a2wsgi import WSGIMiddleware
from flask import Flask
from werkzeug.exceptions import HTTPException

from cityrights.errors import CityrightsError
from cityrights_web.earlier import EarlierSnapshots
from cityrights_web.http import problems
from cityrights_web.http.messages import Receive, Scope, Send
from cityrights_web.http.problems import Problem
from cityrights_web.http.protocol import language_of
from cityrights_web.responses import once, serve, site_path
from cityrights_web.routes import PAGES
from cityrights_web.site import Site
from cityrights_web.views.error import error_response
from cityrights_web.views.identity import Nearest
from sparqlgate.errors import is_full
from sparqlgate.stores.base import ASKER, Asker

#: How many pages are made at once. They share one interpreter with everything else.
_AT_ONCE: Final = 8


class PageThreads:
    """A WSGI application as an ASGI one, in at most ``most`` threads.

    With more threads than the engine runs queries, pages whose queries are long hold up no others: all of them wait
    outside of the ``_AT_ONCE`` that work.
    """

    def __init__(self, pages: Any, most: int) -> None:
        self._pages = pages
        self._turns = threading.Semaphore(_AT_ONCE)
        self._asgi: Any = WSGIMiddleware(self._make, workers=_AT_ONCE + most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, client: str) -> None:
        """Answer one request of a client."""
        ASKER.set(Asker(client, self._aside))  # its thread gets a copy of the context before anything else happens
        await self._asgi(scope, receive, send)

    def _make(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self._turns:
            made: Iterable[bytes] = self._pages(environ, start_response)
            return made

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        self._turns.release()
        try:
            yield
        finally:
            self._turns.acquire()


log = logging.getLogger("cityrights.web")


def close_pages(app: Flask) -> None:
    """End the snapshot that pages have opened beside their own; none is opened any more."""
    with app.app_context():
        once(EarlierSnapshots).close()


def create_pages(site: Site) -> Flask:
    """Return the pages of ``site`` as a WSGI application; the shell answers other methods than theirs."""
    app = Flask("cityrights_web", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    serve(app, site)
    for page in PAGES:
        app.add_url_rule(page.rule, page.rule, page.view, methods=page.methods.split(", "))

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
        path = flask.request.script_root + site_path()
        chosen = language_of(path, flask.request.query_string.decode(), headers.get("Accept-Language"))
        problem = nearest(problem, site_path(), chosen)
        response = error_response(site, problem, site_path(), chosen, headers.get("Accept"))
        answer = flask.Response(response.body, response.status, response.headers)
        answer.content_type = response.content_type
        return answer

    app.register_error_handler(Exception, failed)
    return app
