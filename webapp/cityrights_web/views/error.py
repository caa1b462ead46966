"""Errors as responses: a page, problem details or plain text, by what the client accepts."""

from __future__ import annotations

from cityrights_web.language import language_of
from cityrights_web.layout import Layout
from cityrights_web.results.formats import MADE
from cityrights_web.site import Site
from cityrights_web.urls import split_language
from sparqlgate.http import formats
from sparqlgate.http.messages import CORS, Request, Response
from sparqlgate.http.negotiation import choose
from sparqlgate.http.problems import NOWHERE, Problem

#: Paths that people visit get a page unless something else is asked for; the others problem details.
_FOR_PROGRAMS = (
    "/sparql", "/data/", "/download/", "/health", "/static/", "/suggest", "/reconcile", "/cite/", "/neighbourhood/",
)  # fmt: skip
#: Names of files that a page is never called by, but for the things of others, whose names may be anything.
_DATA = frozenset(form.extension for form in (*formats.GRAPHS, *formats.RESULTS, *MADE, formats.JSON))
_DATA |= {"bib", "cff", "txt"}
_NAMED = ("/id/", "/page/")


def error_page(site: Site, request: Request, problem: Problem) -> Response:
    """Return the response for a problem, in the language of the request and the form that it accepts."""
    headers, path = request.headers, split_language(request.path)[1]
    language = language_of(request.path, request.query, headers.get("accept-language"))
    data = path.rpartition(".")[2] in _DATA and not path.startswith(_NAMED)
    program = data or path.startswith(_FOR_PROGRAMS) or path == "/graph"
    offers = (
        (formats.PROBLEM, formats.HTML, formats.PLAIN) if program else (formats.HTML, formats.PROBLEM, formats.PLAIN)
    )
    chosen = choose(headers.get("accept"), offers) or formats.PROBLEM
    layout = Layout(site, language, None)
    plainly = problem.plainly(language, layout.words.problems)
    problem = layout.told(problem)
    if chosen is formats.PROBLEM:
        body = problem.json(plainly)
    elif chosen is formats.PLAIN:
        body = problem.text()
    else:
        title = layout.words.error_title.get(str(problem.status), layout.words.error_other)
        body = layout.render(
            "error.html",
            problem=problem,
            title=title,
            nowhere=problem.detail == NOWHERE,
            alternatives=problem.extra.get("available", []),
        ).encode()
    told = [*CORS, ("vary", "Accept, Accept-Language"), ("cache-control", "no-store"), *problem.headers]
    return Response(problem.status, chosen.content_type, body, told)
