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
from cityrights_web.responses import once, serve, site_path
from cityrights_web.routes import PAGES
from cityrights_web.security import set_default_headers
from cityrights_web.site import EarlierSnapshots, Site
from cityrights_web.urls import language_of
from cityrights_web.views.identity import Nearest
from cityrights_web.views.service import error_response
from sparqlgate.errors import is_full
from sparqlgate.http import problems
from sparqlgate.http.messages import Receive, Scope, Send
from sparqlgate.http.problems import Problem
from sparqlgate.stores.base import ASKER, Asker

#: How many pages are made at once. They share one interpreter with everything else.
_AT_ONCE: Final = 8
#: How long, in seconds, a page whose answer is here waits until fewer are made.
_BACK: Final = 0.2


class _Turns:
    """How many pages are made at once: newcomers wait for a turn, those who come back to theirs do not wait for long.

    Who comes back may hold what all the others wait for, such as a lock around something that is read once: were it
    to wait for their turns, all would wait for ever.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._changed = threading.Condition()

    def take(self) -> None:
        """Wait for a turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0)
            self._free -= 1

    def take_back(self) -> None:
        """Go on with a turn that was given up meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0, _BACK)
            self._free -= 1

    def give(self) -> None:
        """Give a turn up."""
        with self._changed:
            self._free += 1
            if self._free > 0:
                self._changed.notify()


class PageThreads:
    """A WSGI application as an ASGI one, in at most ``most`` threads.

    With more threads than the engine runs queries, pages whose queries are long hold up no others: all of them wait
    outside of the ``_AT_ONCE`` that work.
    """

    def __init__(self, pages: Any, most: int) -> None:
        self._pages = pages
        self._turns = _Turns(_AT_ONCE)
        self._asgi: Any = WSGIMiddleware(self._make, workers=_AT_ONCE + most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, client: str) -> None:
        """Answer one request of a client."""
        ASKER.set(Asker(client, self._aside))  # its thread gets a copy of the context before anything else happens
        await self._asgi(scope, receive, send)

    def _make(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self._turns.take()
        try:
            made: Iterable[bytes] = self._pages(environ, start_response)
            return made
        finally:
            self._turns.give()

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        self._turns.give()
        try:
            yield
        finally:
            self._turns.take_back()


log = logging.getLogger("cityrights.web")


def close_pages(app: Flask) -> None:
    """End the snapshot that pages have opened beside their own; none is opened any more."""
    with app.app_context():
        once(EarlierSnapshots).close()


def create_pages(site: Site) -> Flask:
    """Return the pages of ``site`` as a WSGI application; the shell answers other methods than theirs."""
    set_default_headers()
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
