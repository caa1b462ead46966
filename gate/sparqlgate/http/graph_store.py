"""/graph: the read side of the SPARQL 1.1 Graph Store HTTP Protocol, for the default and every named graph."""

from __future__ import annotations

from functools import partial

from sparqlgate import Query
from sparqlgate.http import formats, problems
from sparqlgate.http.answers import (
    SURE_GRAPHS,
    Heading,
    Stream,
    Whole,
    etag_of,
    first_that_can,
    run,
    run_for,
    send_answer,
)
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import ranked
from sparqlgate.http.protocol import ABSOLUTE_IRI
from sparqlgate.http.requests import Client, Request, Send, parse_fields
from sparqlgate.http.responses import CORS, Response
from sparqlgate.http.service import Service
from sparqlgate.text.guard import screen

METHODS = "GET, HEAD, OPTIONS"
_CONTENT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_NOT_EMPTY = "ASK { ?s ?p ?o }"


async def graph_store(gate: Service, request: Request, send: Send) -> None:
    """Answer a request to /graph. Raises Problem, GateError or StreamBroken.

    ``?default`` is the default graph, ``?graph=IRI`` a named one; ``format=`` wins over Accept.
    """
    if request.method not in ("GET", "HEAD"):
        raise problems.method_not_allowed(METHODS, "The graphs can be read, and not written.")
    fields = parse_fields(request.query, "the address")
    graph = _which(fields)
    liked = _formats(fields, request.headers.get("accept"))
    await first_that_can(liked, partial(_answer_as, gate, request, graph, send), SURE_GRAPHS)


async def _answer_as(gate: Service, request: Request, graph: str | None, send: Send, chosen: Format) -> None:
    """Answer in this format. Raises QueryUnwritable before anything is sent where it cannot carry the graph."""
    headers = [*CORS, ("vary", "Accept"), ("cache-control", "no-cache")]
    heading = Heading(chosen.content_type, headers, etag_of(gate, graph or "", chosen.name))

    async def make(client: Client) -> Response | Stream:
        if graph is not None and not await _there(gate, request, graph, client):
            raise problems.not_found("There is no such graph.", graph=graph)
        return await run_for(gate, request, _asked(gate, _CONTENT, graph, chosen), heading, client)

    await send_answer(gate, request, heading, make, send)


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


def _formats(fields: dict[str, list[str]], accept: str | None) -> tuple[Format, ...]:
    """Return the formats that the client takes, the best first; the one that it names is the only one."""
    named = (formats.named(value, formats.GRAPHS) for value in fields.get("format", []))
    chosen = next((form for form in named if form is not None), None)
    liked = ranked(accept, formats.GRAPHS) if chosen is None else (chosen,)
    if not liked:
        raise problems.not_acceptable([offer.media_type for offer in formats.GRAPHS])
    return liked


async def _there(gate: Service, request: Request, graph: str, client: Client) -> bool:
    """Say whether the graph has a triple: a store of triples knows no empty graphs."""
    answer = await run(gate, request, _asked(gate, _NOT_EMPTY, graph, formats.RESULTS_CSV), "", client)
    assert isinstance(answer, Whole)  # one word is never streamed
    return answer.body.strip() == b"true"


def _asked(gate: Service, text: str, graph: str | None, chosen: Format) -> Query:
    graphs = () if graph is None else (graph,)
    return Query(text, chosen.media_type, graphs, limits=gate.limits[False], screened=screen(text))
