"""The query form as a page, for people, with an answer under it where there is one; it works without JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cityrights_web import formats
from cityrights_web.negotiation import choose_language
from cityrights_web.pages.workbench.parts import WorkbenchFrame
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import Request, Response
from cityrights_web.shell.running import timed
from cityrights_web.shell.sparql_request import language_asked, parse_fields
from cityrights_web.urls import LANGUAGES


async def form_page(
    site: Site,
    request: Request,
    *,
    query: str,
    problem: Problem | None = None,
    answer: Mapping[str, object] | None = None,
) -> Response:
    """Return the form with ``query`` in it, or an example; with the problem that the query met, or its answer.

    ``answer`` is what :func:`cityrights_web.answers.shown.shown` returns. A thread makes the page, since a long query
    makes a long one, and an answer counts as the time of whoever asked for it.
    """
    around = frame_of(site, request)

    def make() -> str:
        return around.render("sparql/page.html", query=query or around.first, problem=problem, answer=answer)

    if answer is not None:
        body = await timed(site, request, make)
    else:
        body = await asyncio.get_running_loop().run_in_executor(site.threads, make)
    status = problem.status if problem else 200
    headers = [
        *(problem.headers if problem else ()),
        ("vary", "Accept, Accept-Language"),
        ("cache-control", "no-cache"),
    ]
    return Response(status, formats.HTML.content_type, body.encode(), headers)


def frame_of(site: Site, request: Request) -> WorkbenchFrame:
    """Return the frame of a page at or below /sparql, in the language of ``lang`` or else of the reader's browser."""
    fields = parse_fields(request.query, "the address")
    view, asked = (fields.get(name, [""])[-1] for name in ("view", "query"))
    chosen = language_asked(request.query)
    language = chosen or choose_language(request.headers.get("accept-language"), LANGUAGES)
    host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', 'localhost')}"
    return WorkbenchFrame(site, language, None, host, view=view, chosen=chosen, asked=asked)
