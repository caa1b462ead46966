"""/graph: the read side of the SPARQL 1.1 Graph Store HTTP Protocol, for the default and every named graph."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial

from cityrights.engine import Limits, Result
from cityrights_web import formats, problems
from cityrights_web.formats import Format
from cityrights_web.negotiation import choose
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import CORS, Request, Response, Send, matches, send_response, send_stream
from cityrights_web.shell.sparql_request import ABSOLUTE_IRI, parse_fields

PATH = "/graph"
METHODS = "GET, HEAD, OPTIONS"
_VARY = ("vary", "Accept")
_CONTENT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_NOT_EMPTY = "ASK { ?s ?p ?o }"


async def graph_store(site: Site, request: Request, send: Send) -> None:
    """Answer a request to /graph. Raises Problem, CityrightsError or StreamBroken.

    ``?default`` is the default graph, ``?graph=IRI`` a named one; ``format=`` wins over Accept.
    """
    if request.method not in ("GET", "HEAD"):
        raise problems.method_not_allowed(METHODS, "The graphs can be read, and not written.")
    fields = parse_fields(request.query, "the address")
    graph = _which(fields)
    chosen = _format(fields, request.headers.get("accept"))
    etag = _etag(site, graph or "", chosen)
    headers = [*CORS, _VARY, ("content-type", chosen.content_type), ("cache-control", "no-cache"), ("etag", etag)]
    given = request.headers.get("if-none-match", "")
    if given.strip() != "*" and matches(etag, given):
        unchanged = Response(200, chosen.content_type, b"", [*CORS, _VARY], etag=etag)
        await send_response(request, unchanged, send, timeout=site.settings.send_seconds)
        return
    if graph is not None and not await _there(site, graph):
        raise problems.not_found("There is no such graph.", graph=graph)
    result = await _run(site, _CONTENT, chosen.media_type, graph)
    settings = site.settings
    await send_stream(
        request,
        headers,
        result,
        send,
        threads=site.threads,
        timeout=settings.send_seconds,
        whole=settings.whole_answer,
    )


def _which(fields: dict[str, list[str]]) -> str | None:
    """Return the IRI of the graph that is asked for, None for the default graph (GSP, section 4.2)."""
    graphs = fields.get("graph", [])
    if "default" in fields and graphs:
        raise problems.bad_request("Ask for the default graph or for a named one, not for both.")
    if "default" in fields:
        return None
    if len(graphs) != 1:
        raise problems.bad_request("Say which graph: ?default, or ?graph= and its IRI, once.")
    if not ABSOLUTE_IRI.match(graphs[0]):
        raise problems.bad_request("The name of the graph must be an absolute IRI.")
    return graphs[0]


def _format(fields: dict[str, list[str]], accept: str | None) -> Format:
    named = (formats.named(value, formats.GRAPHS) for value in fields.get("format", []))
    chosen = next((form for form in named if form is not None), None) or choose(accept, formats.GRAPHS)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in formats.GRAPHS])
    return chosen


async def _there(site: Site, graph: str) -> bool:
    """Say whether the graph has a triple: a store of triples knows no empty graphs."""
    result = await _run(site, _NOT_EMPTY, formats.RESULTS_CSV.media_type, graph)
    return (await asyncio.get_running_loop().run_in_executor(site.threads, result.read)).strip() == b"true"


async def _run(site: Site, text: str, accept: str, graph: str | None) -> Result:
    limits = Limits(seconds=site.settings.query_seconds)
    start = partial(
        site.engine.query, text, accept=accept, limits=limits, default_graphs=() if graph is None else (graph,)
    )
    return await asyncio.get_running_loop().run_in_executor(site.threads, start)


def _etag(site: Site, graph: str, chosen: Format) -> str:
    digest = hashlib.sha256(f"{site.version}\0{graph}\0{chosen.name}".encode()).hexdigest()
    return f'"{site.short}-{digest[:20]}"'
