"""/sparql for people: the form, an answer under it, as a part or alone in a frame, and the query with its evidence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

import orjson

from cityrights.errors import CityrightsError
from cityrights.evidence import NoEvidence, refuse_unreadable, with_evidence
from cityrights.resources.places import Point
from cityrights_web.layout import Layout
from cityrights_web.results.geojson import long_geometries
from cityrights_web.results.pictures import KINDS
from cityrights_web.results.shown import Given, shown
from cityrights_web.settings import framed
from cityrights_web.site import Site
from cityrights_web.urls import LANGUAGES, language_asked
from cityrights_web.views.workbench import WorkbenchLayout
from sparqlgate.app import note, problem_of, screened_for
from sparqlgate.http import formats, problems
from sparqlgate.http.answers import query_of, read_by, timed
from sparqlgate.http.negotiation import choose, choose_language
from sparqlgate.http.problems import Problem, bad_request
from sparqlgate.http.protocol import SparqlRequest, read
from sparqlgate.http.requests import Request, Send, parse_fields
from sparqlgate.http.responses import CORS, Response, send_response
from sparqlgate.text.guard import Screened


async def form_page(
    site: Site,
    request: Request,
    *,
    query: str,
    problem: Problem | None = None,
    answer: Mapping[str, object] | None = None,
) -> Response:
    """Return the form with ``query`` in it, or an example; with the problem that the query met, or its answer.

    ``answer`` is what :func:`cityrights_web.results.shown.shown` returns. A thread makes the page, since a long query
    makes a long one, and an answer counts as the time of whoever asked for it.
    """
    layout = layout_of(site, request)

    def make() -> str:
        return layout.render("sparql/page.html", query=query or layout.first, problem=problem, answer=answer)

    if answer is not None:
        body = await timed(site.gate, request, make)
    else:
        body = await asyncio.get_running_loop().run_in_executor(site.gate.threads, make)
    status = problem.status if problem else 200
    headers = [
        *(problem.headers if problem else ()),
        ("vary", "Accept, Accept-Language"),
        ("cache-control", "no-cache"),
    ]
    return Response(status, formats.HTML.content_type, body.encode(), headers)


def layout_of(site: Site, request: Request) -> WorkbenchLayout:
    """Return the layout of a page at or below /sparql, in the language of ``lang`` or else of the reader's browser."""
    fields = parse_fields(request.query, "the address")
    view, asked = (fields.get(name, [""])[-1] for name in ("view", "query"))
    chosen = language_asked(request.query)
    language = chosen or choose_language(request.headers.get("accept-language"), LANGUAGES)
    host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', 'localhost')}"
    return WorkbenchLayout(site, language, None, host, view=view, chosen=chosen, asked=asked)


#: An answer that is no longer, in bytes, is read where it is, in a few milliseconds.
_SHORT = 4_096
#: The part of the page that can be had alone.
_PART = "answer"
_HEADERS = (("vary", "Accept, Accept-Language"), ("cache-control", "no-cache"))


async def page_of(site: Site, request: Request, asked: SparqlRequest) -> Response:
    """Return the page with the answer, or the part that is asked for; what went wrong stands in its place.

    A part that cannot be made is a problem as data (RFC 9457), for the script that asked for it.
    """
    layout = layout_of(site, request)
    try:
        answer = await answered(site, request, asked, layout)
    except (CityrightsError, Problem) as error:
        problem = problem_of(error, request, asked.query or "")
        request.record.outcome = problem.kind
        plainly = problem.plainly(layout.language, layout.words.problems)
        problem = layout.told(problem)
        if not asked.part:
            return await form_page(site, request, query=asked.query or "", problem=problem)
        headers = [*CORS, *problem.headers, ("vary", "Accept, Accept-Language"), ("cache-control", "no-store")]
        return Response(problem.status, formats.PROBLEM.media_type, problem.json(plainly), headers)
    if not asked.part:
        return await form_page(site, request, query=asked.query or "", answer=answer)
    body = await timed(site.gate, request, partial(layout.render, "sparql/answer.html", answer=answer))
    return Response(200, formats.HTML.content_type, f"{body.strip()}\n".encode(), [*_HEADERS])


async def answered(site: Site, request: Request, asked: SparqlRequest, layout: Layout) -> dict[str, object]:
    """Return what the template of an answer shows. Raises Problem, and the errors of the engine."""
    if asked.part not in ("", _PART):
        raise bad_request(f"There is no such part of the page; part may be '{_PART}'.", available=[_PART])
    if asked.view and asked.view not in KINDS:
        raise bad_request(f"There is no such view; there are: {', '.join(KINDS)}.", available=list(KINDS))
    screened = await screened_for(site.gate, request, asked)
    chosen = formats.RESULTS_JSON if screened.form in ("select", "ask") else formats.TURTLE
    began = time.perf_counter()

    def reader(chunks: Iterable[bytes], cut: int) -> tuple[bytes | None, int]:
        return gathered(chunks, 8 * site.settings.whole_answer), cut

    body, cut = await read_by(site.gate, request, query_of(site.gate, asked, screened, chosen), chosen, reader)
    seconds = time.perf_counter() - began
    middles = await _middles(site, request, body, table=chosen is formats.RESULTS_JSON)
    given = replace(_given(request, asked, screened, body, seconds), middles=middles)
    async with site.views:
        return {**await timed(site.gate, request, partial(shown, layout, given)), "cut": cut}


async def _middles(site: Site, request: Request, body: bytes | None, *, table: bool) -> Mapping[bytes, Point | None]:
    """Return where the long geometries of an answer are: another process reads them, where there may be any."""
    if body is None or b"wktLiteral" not in body:
        return {}
    if len(body) <= _SHORT:
        return long_geometries(body, table=table)
    return await site.shared.reader.aside(request, long_geometries, body, table=table)


def gathered(chunks: Iterable[bytes], most: int) -> bytes | None:
    """Return an answer in one piece, None when it has more than ``most`` bytes."""
    held, size = [], 0
    for piece in chunks:
        held.append(piece)
        size += len(piece)
        if size > most:
            return None
    return b"".join(held)


def _given(request: Request, asked: SparqlRequest, screened: Screened, body: bytes | None, seconds: float) -> Given:
    return Given(
        query=asked.query or "",
        form=screened.form,
        body=body,
        graphs=(
            *(("default-graph-uri", graph) for graph in asked.default_graphs),
            *(("named-graph-uri", graph) for graph in asked.named_graphs),
            *([("truncate", "true")] if asked.truncate else []),
        ),
        view=asked.view or ("table" if asked.order else ""),
        order=asked.order,
        milliseconds=1000 * seconds,
        kept=request.record.outcome == "cached",
    )


async def embed(site: Site, request: Request, send: Send) -> None:
    """Answer a request to /sparql/embed: always with a page, also where there is no answer."""
    layout, status, headers = layout_of(site, request), 200, list[tuple[str, str]]()
    context: dict[str, object] = {"problem": None, "answer": None, "back": ""}
    asked = SparqlRequest(None)
    try:
        _refuse_unknown(parse_fields(request.query, "the address").get("lang", []))
        if request.method == "POST":
            raise problems.method_not_allowed("GET, HEAD, OPTIONS")
        asked = await read(request, site.settings, site.shared.reader)
        if asked.query is None:
            raise problems.bad_request(layout.words.proof.needs, language=layout.language)
        note(site.gate, request, asked.query)
        context["answer"] = {**await answered(site, request, replace(asked, part=""), layout), "alone": True}
    except (CityrightsError, Problem) as error:
        problem = layout.told(problem_of(error, request, asked.query or ""))
        request.record.outcome = problem.kind
        status, headers = problem.status, [*problem.headers]
        context["problem"] = problem
    if asked.query is not None:
        kept = [(name, value) for name, value in (("view", asked.view), ("lang", layout.chosen)) if value]
        graphs = [("default-graph-uri", graph) for graph in asked.default_graphs]
        graphs += [("named-graph-uri", graph) for graph in asked.named_graphs]
        context["back"] = layout.absolute(layout.urls.plain("/sparql", [("query", asked.query), *graphs, *kept]))
    make = partial(layout.render, "sparql/embed.html", **context)
    body = (await timed(site.gate, request, make)).encode()
    headers += [("vary", "Accept-Language"), ("cache-control", "no-cache"), framed(site.settings)]
    response = Response(status, formats.HTML.content_type, body, headers)
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def _refuse_unknown(asked: list[str]) -> None:
    """Raise Problem for a language that there is not: who writes a frame's address sees it at once."""
    if asked and asked[-1] not in LANGUAGES:
        raise problems.bad_request(f"'lang' may be {', '.join(LANGUAGES)}.", available=list(LANGUAGES))


#: The longest address, in characters, that a browser is sent on to; beyond it the form has the new query.
_LONGEST = 30_000
_OFFERS = (formats.JSON, formats.HTML)


async def evidence(site: Site, request: Request, send: Send) -> None:
    """Answer with the new query as JSON, or send a browser on to its answer.

    Raises Problem: 422 where evidence cannot be added, with the reason in the reader’s words.
    """
    asked = await read(request, site.settings, site.shared.reader)
    layout = layout_of(site, request)
    words = layout.words.proof
    if asked.versions:
        raise problems.bad_request(layout.words.editions.in_address, language=layout.language)
    if asked.query is None:
        raise problems.bad_request(words.needs, language=layout.language)
    chosen = choose(request.headers.get("accept"), _OFFERS)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in _OFFERS])
    try:
        screened = await screened_for(site.gate, request, asked)
        await timed(site.gate, request, partial(refuse_unreadable, site.gate.store, screened.text))
        written = await site.shared.reader.rewritten(request, screened.text, with_evidence)
    except NoEvidence as error:
        detail = words.refused[error.reason]
        extra = {"reason": error.reason, "language": layout.language}
        raise Problem(422, "no-evidence", detail, extra) from error
    except CityrightsError as error:
        raise problem_of(error, request, asked.query) from error
    headers = [*CORS, ("vary", "Accept, Accept-Language"), ("cache-control", "no-cache")]
    if chosen is formats.HTML:
        if len(written.query) > _LONGEST:
            page = await form_page(site, request, query=written.query)
            await send_response(request, page, send, timeout=site.settings.send_seconds)
            return
        location = layout.urls.workbench({"query": written.query}, language=layout.chosen or None)
        if len(location) > _LONGEST:
            page = await form_page(site, request, query=written.query)
            await send_response(request, page, send, timeout=site.settings.send_seconds)
            return
        response = Response(303, "text/plain; charset=utf-8", b"", [*headers, ("location", location)])
    else:
        record = {
            "query": written.query,
            "added": written.added,
            "statements": written.statements,
            "without": [words.passed[kind] for kind in written.passed],
        }
        response = Response(200, formats.JSON.content_type, orjson.dumps(record), headers)
    await send_response(request, response, send, timeout=site.settings.send_seconds)
