"""The query form as a page, for people, with an answer under it where there is one; it works without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping

from cityrights_web import formats
from cityrights_web.answers.shown import LONGEST_ADDRESS
from cityrights_web.negotiation import choose_language
from cityrights_web.pages.workbench.parts import WorkbenchFrame
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import Request, Response
from cityrights_web.shell.sparql_request import parse_fields
from cityrights_web.urls import LANGUAGES


def form_page(
    site: Site,
    request: Request,
    *,
    query: str,
    problem: Problem | None = None,
    answer: Mapping[str, object] | None = None,
) -> Response:
    """Return the form with ``query`` in it, or an example; with the problem that the query met, or its answer.

    ``answer`` is what :func:`cityrights_web.answers.shown.shown` returns.
    """
    around = frame_of(site, request)
    body = around.render("sparql/page.html", query=query or around.first, problem=problem, answer=answer)
    status = problem.status if problem else 200
    headers = [
        *(problem.headers if problem else ()),
        ("vary", "Accept, Accept-Language"),
        ("cache-control", "no-cache"),
    ]
    return Response(status, formats.HTML.content_type, body.encode(), headers)


def frame_of(site: Site, request: Request) -> WorkbenchFrame:
    """Return the frame of a page whose path has no language: ``lang`` in the address says it, else the browser."""
    fields = parse_fields(request.query, "the address")
    said = fields.get("lang", [""])[-1]
    said = said if said in LANGUAGES else ""
    language = said or choose_language(request.headers.get("accept-language"), LANGUAGES)
    host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', 'localhost')}"
    whole = request.method != "POST" and len(request.query) <= LONGEST_ADDRESS
    asked = [(name, value) for name, values in fields.items() for value in values] if whole else None
    return WorkbenchFrame(site, language, None, host, view=fields.get("view", [""])[-1], said=said, asked=asked)
