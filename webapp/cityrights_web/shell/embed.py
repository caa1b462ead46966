"""/sparql/embed: an answer alone, with a line that says where it is from. Pages of others may frame it, and only it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cityrights.errors import CityrightsError
from cityrights_web import formats, problems
from cityrights_web.problems import Problem
from cityrights_web.shell.answer_page import answered
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import Request, Response, Send, send_response
from cityrights_web.shell.query_page import frame_of
from cityrights_web.shell.running import note, problem_of, timed
from cityrights_web.shell.security import FRAMED
from cityrights_web.shell.sparql_request import SparqlRequest, parse_fields, read
from cityrights_web.urls import LANGUAGES

PATH = "/sparql/embed"


async def embed(site: Site, request: Request, send: Send) -> None:
    """Answer a request to /sparql/embed: always with a page, also where there is no answer."""
    around, status, headers = frame_of(site, request), 200, list[tuple[str, str]]()
    context: dict[str, object] = {"problem": None, "answer": None, "back": ""}
    asked = SparqlRequest(None)
    try:
        _refuse_unknown(parse_fields(request.query, "the address").get("lang", []))
        if request.method == "POST":
            raise problems.method_not_allowed("GET, HEAD, OPTIONS")
        asked = await read(request, site.settings, site.reader)
        if asked.query is None:
            raise problems.bad_request(around.words.proof.needs, language=around.language)
        note(site, request, asked.query)
        context["answer"] = {**await answered(site, request, replace(asked, part=""), around), "alone": True}
    except (CityrightsError, Problem) as error:
        problem = error if isinstance(error, Problem) else problem_of(error, request, asked.query or "")
        request.record.outcome = problem.kind
        status, headers = problem.status, [*problem.headers]
        context["problem"] = problem
    if asked.query is not None:
        kept = [(name, value) for name, value in (("view", asked.view), ("lang", around.chosen)) if value]
        graphs = [("default-graph-uri", graph) for graph in asked.default_graphs]
        graphs += [("named-graph-uri", graph) for graph in asked.named_graphs]
        context["back"] = around.absolute(around.urls.plain("/sparql", [("query", asked.query), *graphs, *kept]))
    make = partial(around.render, "sparql/embed.html", **context)
    body = (await timed(site, request, make)).encode()
    headers += [("vary", "Accept-Language"), ("cache-control", "no-cache"), FRAMED]
    response = Response(status, formats.HTML.content_type, body, headers)
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def _refuse_unknown(asked: list[str]) -> None:
    """Raise Problem for a language that there is not: who writes a frame's address sees it at once."""
    if asked and asked[-1] not in LANGUAGES:
        raise problems.bad_request(f"'lang' may be {', '.join(LANGUAGES)}.", available=list(LANGUAGES))
