"""The pages, which Flask makes: their rules, the bounds of what they are sent, and the threads that make them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property
from itertools import product
from typing import Any, Final, TypeVar
from urllib.parse import unquote_to_bytes

import flask
from flask import Flask
from werkzeug.exceptions import HTTPException

from cityrights.indexes.registry import fresh
from cityrights.terms import Iri
from cityrights_web.responses import once, serve
from cityrights_web.routes import PAGES
from cityrights_web.settings import set_default_headers
from cityrights_web.site import EarlierSnapshots, Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, language_of, split_language, thing_key
from cityrights_web.views.identity import Nearest, dereferenced, now_named
from cityrights_web.views.resource.kinds import Documents
from cityrights_web.words import CATALOGUE
from sparqlgate.app import problem_of
from sparqlgate.http import problems
from sparqlgate.http.problems import Problem, bad_request
from sparqlgate.http.requests import FORM, MOST, Message, Request, utf8
from sparqlgate.http.responses import Response
from sparqlgate.query import ASKER, Asker

T = TypeVar("T")

#: How many pages are made at once. They share one interpreter with everything else.
_AT_ONCE: Final = 8
#: How long, in seconds, a page whose answer is here waits until fewer are made.
_BACK: Final = 0.2
#: The longest parameter of a page, in bytes as it is sent, where a character may be twelve: name and value together.
LONGEST: Final = 16_000
#: The longest form that a page is sent, in bytes: names of a table that are to be found.
LONGEST_FORM: Final = 300_000
#: The pages that are made before the first request: those that open the site and take longest the first time. What
#: they always tell is kept.
_FIRST: Final = ("/", "/connections", "/compare", "/coverage")
#: Parameters that hold as much as an address or a form may, and are bounded by whoever reads them.
_WHOLE: Final = ("queries=",)


def check_page(request: Request, form: str = "") -> None:
    """Refuse a page's address, with the form that was sent to it, that has too many parameters, or too long ones.

    Raises a 400 that says the bound, in the language of the path or the one that the client accepts.
    """
    parts = "&".join(filter(None, (request.query, form))).split("&")
    if len(parts) > MOST:
        raise _refused(request, "many_parameters", MOST)
    for part in parts:
        if len(part) > LONGEST and not part.startswith(_WHOLE):
            raise _refused(request, "long_parameter", LONGEST)


def _refused(request: Request, fault: str, most: int) -> Exception:
    path = split_language(request.path)[1]
    language = language_of(request.path, request.query, request.headers.get("accept-language"))
    words = CATALOGUE[language]
    # Who puts a question together never sees its address: they are told what to do.
    detail = words.builder.too_long if path == "/ask" else getattr(words.faults, fault).format(n=most)
    return bad_request(detail, language=language, maximum=most)


class _Slots:
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
    """At most ``most`` threads beside those that work, which make pages.

    With more threads than the engine runs queries, pages whose queries are long hold up no others: all of them wait
    outside of the ``_AT_ONCE`` that work.
    """

    def __init__(self, most: int) -> None:
        self._slots = _Slots(_AT_ONCE)
        self._threads = ThreadPoolExecutor(_AT_ONCE + most, "page")

    async def run(self, make: Callable[[], T], client: str) -> T:
        """Have something made for a client; the queries that it asks are that client's. Raises as ``make`` does."""
        context = copy_context()
        context.run(ASKER.set, Asker(client, self._aside))
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, self._make, make)

    def _make(self, make: Callable[[], T]) -> T:
        self._slots.take()
        try:
            return make()
        finally:
            self._slots.give()

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        self._slots.give()
        try:
            yield
        finally:
            self._slots.take_back()

    def close(self) -> None:
        """Start no other page."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Pages:
    """The pages of a site: each is made whole, in a thread."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._app = create_pages(site)
        self._nearest = Nearest(site)
        self._threads = PageThreads(site.gate.most_queries)

    async def make(self, request: Request, form: str) -> Response:
        """Return the page that a request asks for, whose body is the form that was read from it.

        Raises Problem: a 400 where the query is not UTF-8 (Flask would put other characters in the place of what is
        not), and whatever became of making it.
        """
        for text in (request.query, form):
            utf8(unquote_to_bytes(text), "the query of the address")
        return await self._threads.run(lambda: self._made(request, form), request.record.client)

    def warm(self) -> None:
        """Make the pages that are likely to be asked for first, in the language that is."""
        for path in _FIRST:
            self._make_ahead(path, DEFAULT_LANGUAGE)

    def later(self) -> Iterator[None]:
        """Make what stays of other pages: a document, or a page that opens the site, at each step of some milliseconds.

        Raises as pages do.
        """
        with self._app.app_context():
            documents = once(Documents)
        for iri in documents.first():
            documents.of(Iri(iri))
            yield
        place = next(iter(self._site.indexes.proximity.places), "")
        paths = (*_FIRST, *([f"/page/{thing_key(place)}"] if place else []))
        for path, language in product(paths, LANGUAGES):
            if path not in _FIRST or language != DEFAULT_LANGUAGE:
                self._make_ahead(path, language)
                yield

    def _make_ahead(self, path: str, language: str) -> None:
        address = path if language == DEFAULT_LANGUAGE else f"/{language}{path}".rstrip("/")
        self._made(Request("GET", address, address, "", {}, "1.1", _nothing, {}), "")

    def _made(self, request: Request, form: str) -> Response:
        try:
            made = flask.Response.from_app(self._app, _environ(request, form), buffered=True)
        except Exception as error:
            problem = problem_of(error, request)
            language = language_of(request.path, request.query, request.headers.get("accept-language"))
            if problem.kind in ("internal", "no-snapshot") and self._is_older:
                told = CATALOGUE[language].editions.older.format(version=self._site.short)
                raise Problem(
                    503, "no-snapshot", told, {"language": language, "version": self._site.version}
                ) from error
            raise self._nearest(problem, split_language(request.path)[1], language) from error
        headers = [(name.lower(), value) for name, value in made.headers]
        kept = [(name, value) for name, value in headers if name not in ("content-type", "content-length")]
        return Response(made.status_code, str(made.content_type), made.get_data(), kept)

    @cached_property
    def _is_older(self) -> bool:
        """Whether this is an earlier version that another release of this software has built: its indexes are others.

        What is not made of indexes, data and queries, answers all the same.
        """
        return self._site.edition is not None and not fresh(self._site.folder)

    def close(self) -> None:
        """End the threads, and the snapshot that pages have opened beside their own; none is opened any more."""
        self._threads.close()
        with self._app.app_context():
            once(EarlierSnapshots).close()


async def _nothing() -> Message:
    """Say that whoever asked has left: nobody did."""
    return {"type": "http.disconnect"}


def _environ(request: Request, form: str) -> dict[str, Any]:
    """Return a request as WSGI has it (PEP 3333); the path stays escaped where it was, the language is its prefix.

    Of the header there is what pages are kept by, or vary by.
    """
    language, path, prefixed = split_language(request.path)
    host, port = request.scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": "POST" if request.method == "POST" else "GET",
        "SCRIPT_NAME": f"/{language}" if prefixed else "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(form.encode("ascii")),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name in ("accept", "accept-language", "host"):
        if name in request.headers:
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = request.headers[name]
    if form:
        environ |= {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(form))}
    return environ


def create_pages(site: Site) -> Flask:
    """Return the pages of ``site`` as a WSGI application; what goes wrong in it is raised."""
    if site.edition is None:  # a version at an address of its own says what the site of today does
        set_default_headers(site.settings)
    app = Flask("cityrights_web", static_folder=None, template_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.merge_slashes = False
    serve(app, site)
    for page in PAGES:
        app.add_url_rule(page.rule, page.rule, page.view, methods=page.methods.split(", "))
    app.before_request(now_named)
    app.register_error_handler(HTTPException, _nowhere)
    return app


def _nowhere(_error: HTTPException) -> flask.Response:
    """Lead to a thing of other people's data whose own address this is, else raise the 404 for what no rule has."""
    way = dereferenced(flask.request.path.removeprefix("/"))
    if way is not None:
        return way
    raise problems.not_found(problems.NOWHERE)
