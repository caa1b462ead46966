"""/sparql: the query service, its form for people and its description for programs."""

from __future__ import annotations

import asyncio
import hashlib
import time
from functools import lru_cache, partial
from itertools import chain

import orjson

from cityrights.describe.documents import convert
from cityrights.engine import Control, EmbeddedEngine, Result
from cityrights.engine.screen import screen
from cityrights.engine.screened import Screened
from cityrights.errors import CityrightsError, EngineFailure
from cityrights_web import formats, problems
from cityrights_web.formats import Format
from cityrights_web.negotiation import choose, parse_accept, quality
from cityrights_web.shell.client import Client
from cityrights_web.shell.context import Site
from cityrights_web.shell.description import service_description
from cityrights_web.shell.flights import Stream, Tell, Whole
from cityrights_web.shell.gone import ClientGone
from cityrights_web.shell.messages import (
    CORS,
    Request,
    Response,
    Scope,
    Send,
    held,
    send_response,
    send_stream,
    vary,
)
from cityrights_web.shell.query_page import form_page, result_page
from cityrights_web.shell.sparql_request import SparqlRequest, read

#: Rows that the page for people shows; programs get them all.
SHOWN_ROWS = 1000
#: The longest query, in characters, whose screening is remembered.
_REMEMBERED = 8192
#: Accept headers whose meaning is remembered; each is at most as long as a header may be.
_ACCEPTS = 256

_VARY = ("vary", "Accept")


async def sparql(site: Site, request: Request, send: Send) -> None:
    """Answer a request to /sparql. Raises Problem, CityrightsError or StreamBroken."""
    asked = await read(request, site.settings)
    if asked.query is None:
        await _without_query(site, request, asked, send)
        return
    wants_page = not asked.formats and _prefers_html(request.headers.get("accept", ""))
    if wants_page and not asked.run:
        page = form_page(site, request, query=asked.query)
        await send_response(request, page, send, timeout=site.settings.send_seconds)
        return
    request.record.query = hashlib.sha256(asked.query.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if site.settings.log_queries:
        request.record.text = asked.query
    try:
        screened = screened_query(asked.query, federated=bool(site.settings.allow_service))
        if wants_page:
            await _page(site, request, asked, screened, send)
        else:
            await _answer(site, request, asked, screened, send)
    except CityrightsError as error:
        problem = problems.from_error(error, asked.query, time.perf_counter() - request.record.began)
        if not wants_page:
            raise problem from error
        page = form_page(site, request, query=asked.query, problem=problem)
        await send_response(request, page, send, timeout=site.settings.send_seconds)


def screened_query(query: str, *, federated: bool = False) -> Screened:
    """Screen a query; short ones that were asked lately are not screened again. Raises the errors of the screen."""
    if len(query) <= _REMEMBERED:
        return _screened(query, federated)
    return screen(query, federated=federated)


@lru_cache(512)
def _screened(query: str, federated: bool) -> Screened:
    return screen(query, federated=federated)


async def _without_query(site: Site, request: Request, asked: SparqlRequest, send: Send) -> None:
    if request.method == "POST":
        raise problems.bad_request("There is no query: send one in the field 'query'.")
    offers = (formats.HTML, *formats.GRAPHS)
    chosen = _by_name(asked.formats, formats.GRAPHS) or choose(request.headers.get("accept"), offers)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in offers])
    if chosen is formats.HTML:
        response = form_page(site, request, query="")
    else:
        body = convert(service_description(site, _endpoint(site, request)), chosen.media_type)
        response = Response(200, chosen.content_type, body, [*CORS], etag=_etag(site, "description", chosen.name))
    response.headers.append(_VARY)
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


def pick(asked: SparqlRequest, accept: str | None, form: str) -> Format:
    """Choose the format of an answer to a query of this form. Raises a 406 that lists the formats.

    A known ``format=`` wins over Accept. Clients that ask for a table where the answer is a graph, or the reverse,
    get the default of what the answer is: they sent the query, and some cannot send another Accept.
    """
    return _pick(asked.formats, accept, form)


@lru_cache(_ACCEPTS)
def _pick(names: tuple[str, ...], accept: str | None, form: str) -> Format:
    own, other = (formats.RESULTS, formats.GRAPHS) if form in ("select", "ask") else (formats.GRAPHS, formats.RESULTS)
    if form == "ask":
        own = (formats.RESULTS_JSON, formats.RESULTS_XML, formats.RESULTS_CSV, formats.RESULTS_TSV)
    chosen = _by_name(names, own) or choose(accept, own)
    if chosen is None and choose(accept, other) is not None:
        chosen = own[0]
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in own])
    return chosen


async def _answer(site: Site, request: Request, asked: SparqlRequest, screened: Screened, send: Send) -> None:
    chosen = pick(asked, request.headers.get("accept"), screened.form)
    key = _key(site, asked, screened, chosen)
    headers = [*CORS, _VARY, ("cache-control", "no-cache" if key else "no-store")]
    if chosen in (formats.RESULTS_CSV, formats.RESULTS_TSV):
        headers.append(("content-disposition", f'attachment; filename="result.{chosen.extension}"'))
    if key and "*" not in request.headers.get("if-none-match", "") and held(request, key):
        # Whoever holds the ETag was given this very answer, so it need not be made again to know that it is the same.
        request.record.outcome = "unchanged"
        response: Response | None = Response(200, chosen.content_type, b"", vary(headers, "Accept-Encoding"), key)
    else:
        response = site.answers.get(key) if key else None
    if response is None:
        client = Client(request)
        try:
            answer = await run(site, request, asked, screened, chosen, key, client)
            if isinstance(answer, Stream):
                headers += _cut_mark(answer.result.truncated)
                etag = [("etag", key)] if key else []
                await _stream(
                    site, request, [*headers, *etag, ("content-type", chosen.content_type)], answer, send, client
                )
                return
        finally:
            client.close()
        response = Response(200, chosen.content_type, answer.body, headers + _cut_mark(answer.truncated), key)
        if key:
            site.answers.put(key, response)
    elif not request.record.outcome:
        request.record.outcome = "cached"
    if key and request.method != "POST" and response.body:
        site.shortcuts.put(shortcut(request.scope), key, request.record.query)
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def shortcut(scope: Scope) -> tuple[bytes, bytes]:
    """Return what of a GET request decides the answer, as it came."""
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["query_string"], accept


async def _stream(
    site: Site,
    request: Request,
    headers: list[tuple[str, str]],
    stream: Stream,
    send: Send,
    client: Client,
) -> None:
    request.record.outcome = "streamed"
    try:
        await send_stream(
            request,
            headers,
            stream.result,
            send,
            threads=site.threads,
            timeout=site.settings.send_seconds,
            whole=site.settings.whole_answer,
            gone=client.watch(),
        )
    finally:
        stream.close()


async def run(
    site: Site,
    request: Request,
    asked: SparqlRequest,
    screened: Screened,
    chosen: Format,
    key: str,
    client: Client,
) -> Whole | Stream:
    """Run a query, or join the same one that runs, within what is fair; return its answer, or its stream.

    Raises Problem (429), ClientGone and the errors of the engine.
    """
    site.shared.fair.admit(request.record)

    def start(control: Control, tell: Tell) -> None:
        _begin(site, asked, screened, chosen, control, tell)

    return await site.flights.run(key, start, request.record, client)


def _begin(site: Site, asked: SparqlRequest, screened: Screened, chosen: Format, control: Control, tell: Tell) -> None:
    """Start a query: in the event loop where the engine can do that, else in a thread that waits for it."""
    engine, limits = site.engine, site.limits[asked.truncate]
    if isinstance(engine, EmbeddedEngine):
        engine.begin(
            screened,
            media_type=chosen.media_type,
            limits=limits,
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            control=control,
            tell=tell,
        )
        return
    query = partial(
        engine.query,
        screened.text,
        accept=chosen.media_type,
        limits=limits,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        control=control,
    )
    asyncio.get_running_loop().run_in_executor(site.threads, query).add_done_callback(partial(_heard, tell))


def _heard(tell: Tell, future: asyncio.Future[Result]) -> None:
    """Pass on what a thread has come to."""
    error = EngineFailure("the engine was closed") if future.cancelled() else future.exception()
    if isinstance(error, Exception):
        tell(error)
    else:
        tell(future.result())


async def _page(site: Site, request: Request, asked: SparqlRequest, screened: Screened, send: Send) -> None:
    """Show an answer to a person: a table, cut at SHOWN_ROWS and saying so, or the graph as Turtle."""
    chosen = formats.RESULTS_JSON if screened.form in ("select", "ask") else formats.TURTLE
    key = _key(site, asked, screened, chosen)
    known = site.answers.get(key) if key else None
    if known is not None:
        request.record.outcome = "cached"
        body: bytes | None = known.body
    else:
        body = await _whole(site, request, asked, screened, chosen, key)
    if body is None:
        page = form_page(site, request, query=asked.query or "", too_large=True)
    else:
        loaded = orjson.loads(body) if chosen is formats.RESULTS_JSON else {"text": body.decode("utf-8")}
        page = result_page(site, request, asked.query or "", loaded, SHOWN_ROWS)
    page.headers.append(_VARY)
    await send_response(request, page, send, timeout=site.settings.send_seconds)


async def _whole(
    site: Site, request: Request, asked: SparqlRequest, screened: Screened, chosen: Format, key: str
) -> bytes | None:
    """Return an answer in one piece, None when that would be too large a page."""
    client = Client(request)
    try:
        answer = await run(site, request, asked, screened, chosen, key, client)
        if isinstance(answer, Whole):
            return answer.body
        client.watch().add_done_callback(lambda _: answer.control.cancel())
        try:
            most = 8 * site.settings.whole_answer
            return await asyncio.get_running_loop().run_in_executor(site.threads, _gather, answer.result, most)
        except EngineFailure:
            if client.watch().done():  # which is why it was ended
                raise ClientGone from None
            raise
        finally:
            answer.close()
    finally:
        client.close()


def _gather(result: Result, most: int) -> bytes | None:
    held, size = [], 0
    with result:
        for piece in result:
            held.append(piece)
            size += len(piece)
            if size > most:
                return None
    return b"".join(held)


def _key(site: Site, asked: SparqlRequest, screened: Screened, chosen: Format) -> str:
    """Return the ETag of an answer, which is also its key here; empty where two runs may differ."""
    if screened.volatile:
        return ""
    cut = ("truncate",) if asked.truncate and site.settings.max_rows else ()
    return _etag(site, screened.canonical, *asked.default_graphs, "named", *asked.named_graphs, chosen.name, *cut)


def _cut_mark(rows: int) -> list[tuple[str, str]]:
    """Return the header that says that an answer was cut, as its client asked for."""
    return [("x-truncated", f"rows={rows}")] if rows else []


def _etag(site: Site, *parts: str) -> str:
    digest = hashlib.sha256("\0".join(chain([site.version], parts)).encode("utf-8", "surrogatepass")).hexdigest()
    return f'"{site.version[:12]}-{digest[:20]}"'
