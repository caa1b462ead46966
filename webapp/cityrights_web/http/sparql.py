"""/sparql: the query service, its form for people and its description for programs."""

from __future__ import annotations

from functools import lru_cache, partial

from cityrights.resources.document import convert
from cityrights_web.http import formats, problems
from cityrights_web.http.answers import (
    blank_of,
    etag_of,
    note,
    problem_of,
    query_of,
    run_for,
    screened_for,
    send_answer,
)
from cityrights_web.http.description import service_description
from cityrights_web.http.fallback import SURE_GRAPHS, SURE_TABLES, first_that_can
from cityrights_web.http.formats import Format
from cityrights_web.http.messages import CORS, Request, Response, Scope, Send, send_response, vary
from cityrights_web.http.negotiation import choose, parse_accept, quality, ranked
from cityrights_web.http.protocol import SparqlRequest, read
from cityrights_web.results.exports import made
from cityrights_web.site import Site
from cityrights_web.views.sparql import form_page, page_of
from sparqlgate.errors import GateError
from sparqlgate.text.guard import Screened

#: Accept headers whose meaning is remembered; each is at most as long as a header may be.
_ACCEPTS = 256
#: No format has a longer name, in characters; what is longer names none, and is not remembered.
_LONGEST_NAME = 200


async def sparql(site: Site, request: Request, send: Send) -> None:
    """Answer a request to /sparql. Raises Problem, GateError or StreamBroken."""
    asked = await read(request, site.settings, site.shared.reader)
    if asked.query is None:
        await _without_query(site, request, asked, send)
        return
    wants_page = bool(asked.part) or (not asked.formats and _prefers_html(request.headers.get("accept", "")))
    if wants_page and not asked.run and not asked.part:
        page = await form_page(site, request, query=asked.query)
        await send_response(request, page, send, timeout=site.settings.send_seconds)
        return
    note(site, request, asked.query)
    if wants_page:
        await send_response(request, await page_of(site, request, asked), send, timeout=site.settings.send_seconds)
        return
    try:
        await _answer(site, request, asked, await screened_for(site, request, asked), send)
    except GateError as error:
        raise problem_of(error, request, asked.query) from error


async def _without_query(site: Site, request: Request, asked: SparqlRequest, send: Send) -> None:
    if request.method == "POST":
        raise problems.bad_request("There is no query: send one in the field 'query'.")
    offers = (formats.HTML, *formats.GRAPHS)
    chosen = _by_name(asked.formats, formats.GRAPHS) or choose(request.headers.get("accept"), offers)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in offers])
    if chosen is formats.HTML:
        response = await form_page(site, request, query="")
    else:
        body = convert(service_description(site, _endpoint(site, request)), chosen.media_type)
        response = Response(200, chosen.content_type, body, [*CORS], etag=etag_of(site, "description", chosen.name))
    response.headers[:] = vary(response.headers, "Accept")
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def _endpoint(site: Site, request: Request) -> str:
    """The endpoint's address: the public one where it is set, else the one that was asked."""
    host = request.headers.get("host", "localhost")
    base = site.settings.public_url or f"{request.scope.get('scheme', 'http')}://{host}"
    return f"{base}/sparql"


@lru_cache(_ACCEPTS)
def _prefers_html(accept: str) -> bool:
    """Browsers name text/html; programs that only let it in through a wildcard want data."""
    ranges = parse_accept(accept)
    named = any((one.type, one.subtype) == ("text", "html") for one in ranges)
    if not named:
        return False
    own = quality(ranges, "text/html")
    data = [kind for form in (*formats.RESULTS, *formats.GRAPHS) for kind in form.media_types]
    return own > 0 and all(own >= one.weight for one in ranges if f"{one.type}/{one.subtype}" in data)


def _by_name(names: tuple[str, ...], offers: tuple[Format, ...]) -> Format | None:
    return next((form for value in names if (form := formats.named(value, offers))), None)


def choices(asked: SparqlRequest, accept: str | None, form: str) -> tuple[Format, ...]:
    """Return the formats that an answer to a query of this form may have, the best first. Raises a 406 that lists all.

    A known ``format=`` wins over Accept, and is the only one. Clients that ask for a table where the answer is a graph,
    or the reverse, get the default of what the answer is: they sent the query, and some cannot send another Accept.
    """
    return _choices(tuple(name for name in asked.formats if len(name) <= _LONGEST_NAME), accept, form)


@lru_cache(_ACCEPTS)
def _choices(names: tuple[str, ...], accept: str | None, form: str) -> tuple[Format, ...]:
    table = form in ("select", "ask")
    own, other = (formats.RESULTS, formats.GRAPHS) if table else (formats.GRAPHS, formats.RESULTS)
    if form != "ask":
        own = (*own, *formats.MADE)
    elif _by_name(names, formats.MADE) is not None:
        raise problems.not_acceptable([offer.media_type for offer in own])
    chosen = _by_name(names, own)
    if chosen is not None:
        return (chosen,)
    liked = ranked(accept, own)
    if not liked and choose(accept, other) is not None:
        liked = own[:1]
    if not liked:
        raise problems.not_acceptable([offer.media_type for offer in own])
    return liked


async def _answer(site: Site, request: Request, asked: SparqlRequest, screened: Screened, send: Send) -> None:
    sure = SURE_TABLES if screened.form in ("select", "ask") else SURE_GRAPHS
    liked = choices(asked, request.headers.get("accept"), screened.form)
    await first_that_can(liked, partial(_answer_as, site, request, asked, screened, send), sure)


async def _answer_as(
    site: Site, request: Request, asked: SparqlRequest, screened: Screened, send: Send, chosen: Format
) -> None:
    """Answer in this format. Raises QueryUnwritable, or a Problem, before anything is sent where it cannot be had."""
    if chosen in formats.MADE:
        made_here = await made(site, request, asked, screened, chosen)
        await send_response(request, made_here, send, timeout=site.settings.send_seconds)
        return
    query = query_of(site, asked, screened, chosen)
    blank = blank_of(site, query, chosen)
    make = partial(run_for, site, request, query, blank)
    answer = await send_answer(site, request, blank, make, send)
    if answer is not None and answer.body and answer.etag and request.method != "POST":
        site.shortcuts.put(shortcut(request.scope), answer.etag, request.record.query)


def shortcut(scope: Scope) -> tuple[bytes, bytes]:
    """Return what of a GET request decides the answer, as it came."""
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["query_string"], accept
