"""/sparql: the query service, its pages for people and its description for programs."""

from __future__ import annotations

from functools import lru_cache, partial

from sparqlgate.errors import GateError
from sparqlgate.http import formats, problems
from sparqlgate.http.answers import (
    SURE_GRAPHS,
    SURE_TABLES,
    blank_of,
    etag_of,
    first_that_can,
    note,
    problem_of,
    query_of,
    run_for,
    screened_for,
    send_answer,
)
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import choose, parse_accept, quality, ranked
from sparqlgate.http.protocol import SparqlRequest, read
from sparqlgate.http.requests import Request, Scope, Send
from sparqlgate.http.responses import CORS, Response, send_response, vary
from sparqlgate.http.service import Service
from sparqlgate.text.guard import Screened

#: Accept headers whose meaning is remembered; each is at most as long as a header may be.
_ACCEPTS = 256
#: No format has a longer name, in characters; what is longer names none, and is not remembered.
_LONGEST_NAME = 200


async def sparql(gate: Service, request: Request, send: Send) -> None:
    """Answer a request to /sparql. Raises Problem, GateError or StreamBroken."""
    asked = await read(request, gate.settings, gate.shared.reader)
    if not asked.versions:
        await _asked(gate, request, asked, send)
        return
    async with gate.select(asked.versions, request) as version:
        await _asked(version, request, asked, send)


async def _asked(gate: Service, request: Request, asked: SparqlRequest, send: Send) -> None:
    if asked.query is None:
        await _without_query(gate, request, asked, send)
        return
    pages, accept = gate.pages, request.headers.get("accept", "")
    if pages is not None and not (asked.part or (not asked.formats and _prefers_html(accept))):
        pages = None
    if pages is not None and not asked.run and not asked.part:
        page = await pages.form(request, asked.query)
        await send_response(request, page, send, timeout=gate.settings.send_seconds)
        return
    note(gate, request, asked.query)
    if pages is not None:
        await send_response(request, await pages.answer(request, asked), send, timeout=gate.settings.send_seconds)
        return
    try:
        await _answer(gate, request, asked, await screened_for(gate, request, asked), send)
    except GateError as error:
        raise problem_of(error, request, asked.query) from error


async def _without_query(gate: Service, request: Request, asked: SparqlRequest, send: Send) -> None:
    if request.method == "POST":
        raise problems.bad_request("There is no query: send one in the field 'query'.")
    offers = (*([formats.HTML] if gate.pages is not None else []), *formats.GRAPHS)
    chosen = _by_name(asked.formats, formats.GRAPHS) or choose(request.headers.get("accept"), offers)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in offers])
    if chosen is formats.HTML and gate.pages is not None:
        response = await gate.pages.form(request, "")
    else:
        body = gate.describe(_endpoint(gate, request), chosen.media_type)
        response = Response(200, chosen.content_type, body, [*CORS], etag=etag_of(gate, "description", chosen.name))
    response.headers[:] = vary(response.headers, "Accept")
    await send_response(request, response, send, timeout=gate.settings.send_seconds)


def _endpoint(gate: Service, request: Request) -> str:
    """The endpoint's address: the public one where it is set, else the one that was asked."""
    host = request.headers.get("host", "localhost")
    base = gate.settings.public_url
    if "://" not in base:
        base = f"{request.scope.get('scheme', 'http')}://{host}{base}"
    return f"{base}{request.path.rstrip('/')}"


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


def choices(asked: SparqlRequest, accept: str | None, form: str, made: tuple[Format, ...] = ()) -> tuple[Format, ...]:
    """Return the formats that an answer to a query of this form may have, the best first. Raises a 406 that lists all.

    A known ``format=`` wins over Accept, and is the only one. Clients that ask for a table where the answer is a graph,
    or the reverse, get the default of what the answer is: they sent the query, and some cannot send another Accept.
    """
    return _choices(tuple(name for name in asked.formats if len(name) <= _LONGEST_NAME), accept, form, made)


@lru_cache(_ACCEPTS)
def _choices(names: tuple[str, ...], accept: str | None, form: str, made: tuple[Format, ...]) -> tuple[Format, ...]:
    table = form in ("select", "ask")
    own, other = (formats.RESULTS, formats.GRAPHS) if table else (formats.GRAPHS, formats.RESULTS)
    if form != "ask":
        own = (*own, *made)
    elif _by_name(names, made) is not None:
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


async def _answer(gate: Service, request: Request, asked: SparqlRequest, screened: Screened, send: Send) -> None:
    sure = SURE_TABLES if screened.form in ("select", "ask") else SURE_GRAPHS
    liked = choices(asked, request.headers.get("accept"), screened.form, tuple(gate.made))
    await first_that_can(liked, partial(_answer_as, gate, request, asked, screened, send), sure)


async def _answer_as(
    gate: Service, request: Request, asked: SparqlRequest, screened: Screened, send: Send, chosen: Format
) -> None:
    """Answer in this format. Raises QueryUnwritable, or a Problem, before anything is sent where it cannot be had."""
    maker = gate.made.get(chosen)
    if maker is not None:
        made_here = await maker(request, asked, screened, chosen)
        await send_response(request, made_here, send, timeout=gate.settings.send_seconds)
        return
    query = query_of(gate, asked, screened, chosen)
    blank = blank_of(gate, query, chosen)
    make = partial(run_for, gate, request, query, blank)
    answer = await send_answer(gate, request, blank, make, send)
    if answer is not None and answer.body and answer.etag and request.method != "POST":
        gate.shortcuts.put(shortcut(request.scope), answer.etag, request.record.query)


def shortcut(scope: Scope) -> tuple[bytes, bytes]:
    """Return what of a GET request decides the answer, as it came."""
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["query_string"], accept
