"""The query form and an answer as a page, for people; both work without JavaScript."""

from __future__ import annotations

from typing import Any

from cityrights_web import formats
from cityrights_web.negotiation import choose_language
from cityrights_web.pages.workbench.parts import WorkbenchFrame
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import Request, Response
from cityrights_web.urls import LANGUAGES


def form_page(
    site: Site, request: Request, *, query: str, problem: Problem | None = None, too_large: bool = False
) -> Response:
    """Return the form with ``query`` in it, or an example; with the problem that the query met."""
    around = frame_of(site, request)
    body = around.render(
        "sparql/page.html",
        query=query or around.first,
        problem=problem,
        too_large=too_large,
        answer=None,
        rows=(),
        shown=0,
        total=0,
    )
    status = problem.status if problem else 200
    headers = [
        *(problem.headers if problem else ()),
        ("vary", "Accept, Accept-Language"),
        ("cache-control", "no-cache"),
    ]
    return Response(status, formats.HTML.content_type, body.encode(), headers)


def result_page(site: Site, request: Request, query: str, answer: dict[str, Any], most: int) -> Response:
    """Return the form and under it the answer: SPARQL JSON as a table of at most ``most`` rows, else a text."""
    names = answer.get("head", {}).get("vars", [])
    bindings = answer.get("results", {}).get("bindings", [])
    rows = [[row.get(name) for name in names] for row in bindings[:most]]
    body = frame_of(site, request).render(
        "sparql/page.html",
        query=query,
        problem=None,
        too_large=False,
        answer={"names": names, "boolean": answer.get("boolean"), "text": answer.get("text")},
        rows=rows,
        shown=len(rows),
        total=len(bindings),
    )
    return Response(200, formats.HTML.content_type, body.encode(), [("cache-control", "no-cache")])


def frame_of(site: Site, request: Request) -> WorkbenchFrame:
    host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', 'localhost')}"
    return WorkbenchFrame(site, choose_language(request.headers.get("accept-language"), LANGUAGES), None, host)
