"""The query form as a page, for people, with an answer under it where there is one; it works without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping

from cityrights_web import formats
from cityrights_web.negotiation import choose_language
from cityrights_web.pages.frame import Frame
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import Request, Response
from cityrights_web.urls import LANGUAGES

EXAMPLE = """PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?practice ?name ?place WHERE {
  ?practice a cr:Practice ; rdfs:label ?name ; cr:place/rdfs:label ?place .
  FILTER (LANG(?name) = "en" && LANG(?place) = "en")
}
ORDER BY ?name
"""


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
    body = frame_of(site, request).render("sparql.html", query=query or EXAMPLE, problem=problem, answer=answer)
    status = problem.status if problem else 200
    headers = [
        *(problem.headers if problem else ()),
        ("vary", "Accept, Accept-Language"),
        ("cache-control", "no-cache"),
    ]
    return Response(status, formats.HTML.content_type, body.encode(), headers)


def frame_of(site: Site, request: Request) -> Frame:
    """Return the frame of a page that has no address of its own in each language: the reader's browser says which."""
    host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', 'localhost')}"
    return Frame(site, choose_language(request.headers.get("accept-language"), LANGUAGES), None, host)
