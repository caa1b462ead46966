"""The query form and an answer as a page, for people; both work without JavaScript."""

from __future__ import annotations

from typing import Any

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
    site: Site, request: Request, *, query: str, problem: Problem | None = None, too_large: bool = False
) -> Response:
    """Return the form with ``query`` in it, or an example; with the problem that the query met."""
    body = _frame(site, request).render(
        "sparql.html",
        query=query or EXAMPLE,
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
    body = _frame(site, request).render(
        "sparql.html",
        query=query,
        problem=None,
        too_large=False,
        answer={"names": names, "boolean": answer.get("boolean"), "text": answer.get("text")},
        rows=rows,
        shown=len(rows),
        total=len(bindings),
    )
    return Response(200, formats.HTML.content_type, body.encode(), [("cache-control", "no-cache")])


def _frame(site: Site, request: Request) -> Frame:
    return Frame(site, choose_language(request.headers.get("accept-language"), LANGUAGES), None)
