"""A worker: answers one query after the other in a process of its own, until it is killed or its service ends."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterable
from typing import Any, NoReturn

import pyoxigraph as ox

from cityrights.engine import confine, frames
from cityrights.engine.base import NO_CAP
from cityrights.engine.formats import RDF, RESULTS
from cityrights.engine.output import NotXml, Output, TooLarge
from cityrights.engine.rows import CappedOutput, Full, TooManyRows
from cityrights.namespaces import BASE, PREFIXES

#: A worker whose address space grew by more than this, in bytes, ends after its answer and a fresh one takes over.
_GROWTH = 128 << 20
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_FUNCTION = re.compile(r"custom (?:aggregate )?function (<[^<>]*>) is not supported")
#: One of several, between commas and spaces that stand in no class of characters.
_CHOICE = re.compile(r"(?:\[[^\]]*\]?|,(?! )|[^,\[])+")
_PROJECTION = re.compile(r"does not contains? variable (\?\w+) in its SELECT projection")


class Refused(Exception):
    """The worker does not run the query; the text says why."""


def serve(sock: socket.socket, store: ox.Store, about: dict[str, Any]) -> NoReturn:
    """Say READY and answer queries for ever; ends the process when the service closes the connection."""
    base = confine.address_space()
    try:
        frames.send_json(sock, frames.READY, about)
        while True:
            request = frames.receive_request(sock)
            _answer(sock, store, request, base)
    except ConnectionError:
        os._exit(0)


def _answer(sock: socket.socket, store: ox.Store, request: frames.Request, base: int) -> None:
    output = _output(sock, request)
    confine.limit(request.limits.seconds, request.limits.memory)
    try:
        with contextlib.suppress(Full):
            _write(_evaluate(store, request), request, output)
        if isinstance(output, CappedOutput):
            output.release()
        output.check()
        failure = None
    except (SyntaxError, RuntimeError, MemoryError, Refused, TooLarge, TooManyRows, NotXml) as error:
        failure = explain(error, request)
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        failure = explain(error, request)
    finally:
        confine.unlimit()
    if failure is not None:
        frames.send_json(sock, frames.ERROR, failure)
        return
    retire = confine.address_space() > base + _GROWTH
    output.finish(retire)
    if retire:
        os._exit(0)


def _output(sock: socket.socket, request: frames.Request) -> Output:
    limits = request.limits
    if request.form == "select" and limits.rows < NO_CAP:
        return CappedOutput(sock, request.media_type, limits.result_bytes, limits.rows, limits.truncate)
    return Output(sock, request.form, request.media_type, limits.result_bytes)


def _evaluate(store: ox.Store, request: frames.Request) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    bound = {ox.Variable(name): term for name, term in request.substitutions.items()} or None
    if request.default_graphs or request.named_graphs:
        default = [ox.NamedNode(iri) for iri in dict.fromkeys(request.default_graphs)]
        named = [ox.NamedNode(iri) for iri in dict.fromkeys(request.named_graphs)]
    elif len(request.from_default) > 1:
        default = _resolve(request.head, request.from_default)
        named = _resolve(request.head, request.from_named)
    else:
        return store.query(request.text, base_iri=BASE, substitutions=bound)
    graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = list(default)
    if len(default) > 1:
        store = _merge(store, default, named if request.graphs else [], request.limits.merge)
        graphs = [ox.DefaultGraph()]
    return store.query(
        request.text,
        base_iri=BASE,
        substitutions=bound,
        default_graph=graphs,
        named_graphs=list[ox.NamedNode | ox.BlankNode](named),
    )


def _resolve(head: str, written: Iterable[str]) -> list[ox.NamedNode]:
    """Turn the graphs of FROM into IRIs, with the query's own prologue and by the same parser."""
    found: dict[ox.NamedNode, None] = {}
    for item in written:
        solutions = ox.Store().query(f"{head}\nSELECT ({item} AS ?graph) {{}}", base_iri=BASE)
        if isinstance(solutions, ox.QuerySolutions):
            for solution in solutions:
                term = solution["graph"]
                if isinstance(term, ox.NamedNode):
                    found[term] = None
    return list(found)


def _merge(store: ox.Store, default: list[ox.NamedNode], named: list[ox.NamedNode], limit: int) -> ox.Store:
    """Copy the graphs of a query into a store of its own, so that a triple that several default graphs share is one."""
    scratch = ox.Store()
    taken = 0
    for graph in default:
        quads = [ox.Quad(q.subject, q.predicate, q.object) for q in _some(store, graph, limit - taken)]
        taken += len(quads)
        scratch.extend(quads)
    for graph in named:
        quads = _some(store, graph, limit - taken)
        taken += len(quads)
        scratch.extend(quads)
    return scratch


def _some(store: ox.Store, graph: ox.NamedNode, limit: int) -> list[ox.Quad]:
    quads: list[ox.Quad] = []
    for quad in store.quads_for_pattern(None, None, None, graph):
        if len(quads) >= limit:
            raise Refused(
                "the graphs of this query have too many triples to be merged; "
                "leave out FROM (the default graph has everything), name one, or use GRAPH"
            )
        quads.append(quad)
    return quads


def _write(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, request: frames.Request, output: Output
) -> None:
    if isinstance(answer, ox.QueryTriples):
        ox.serialize(answer, output, RDF[request.media_type], prefixes=PREFIXES)  # type: ignore[arg-type]  # any writer does
    else:
        answer.serialize(output, RESULTS[request.media_type])  # type: ignore[arg-type]  # any writer does


def explain(error: Exception, request: frames.Request) -> dict[str, Any]:
    """Turn what the library raised into a kind, a reason in words and a place, without its name or a path."""
    text = str(error)
    if isinstance(error, TooLarge):
        most = request.limits.result_bytes
        return {"kind": "refused", "reason": f"the answer is longer than {most:,} bytes; ask for less of it"}
    if isinstance(error, TooManyRows):
        most = request.limits.rows
        return {"kind": "refused", "reason": f"the answer has more than {most:,} rows; add a LIMIT, or ask for a part"}
    if isinstance(error, NotXml):
        what = "a predicate without a name that XML allows" if text.startswith("<") else f"U+{ord(text[0]):04X}"
        return _unsupported(f"the answer holds {what}, which XML cannot carry; ask for another format")
    if isinstance(error, Refused):
        return {"kind": "refused", "reason": text}
    if isinstance(error, MemoryError):
        return {"kind": "memory"}
    if isinstance(error, SyntaxError):
        found = _PLACE.match(text)
        if found is None:
            return {"kind": "syntax", "reason": "this is not SPARQL 1.1"}
        return {"kind": "syntax", "line": int(found[1]), "column": int(found[2]), "reason": reason(found[3])}
    unknown = _FUNCTION.search(text)
    if unknown is not None:
        return _unsupported(f"there is no function {unknown[1]} here")
    projection = _PROJECTION.search(text)
    if projection is not None:
        return _unsupported(f"{projection[1]} is given a value, so SELECT must return {projection[1]}")
    if "JSON-LD" in text:
        return _unsupported("the answer holds triple terms, which JSON-LD cannot carry; ask for Turtle or N-Triples")
    return {"kind": "failure", "reason": "the query could not be evaluated"}


def _unsupported(words: str) -> dict[str, Any]:
    return {"kind": "unsupported", "reason": words}


def reason(expected: str) -> str:
    """Shorten the parser's list of what it expected to what a person can use."""
    choices = expected.removeprefix("expected ").removeprefix("one of ")
    parts = [found[0].strip() for found in _CHOICE.finditer(choices)]
    sentences = [part for part in parts if " " in part and re.fullmatch(r"[A-Z][\w ,.'?<>():/#-]+", part)]
    if sentences:
        return sentences[0].rstrip(".")
    if "SERVICE" in parts:  # the parser names it wherever a pattern may stand, and it would be refused
        return "this is not expected here"
    plain = [part for part in parts if part and not part.startswith("[")]
    if not plain or len(plain) > 12:
        return "this is not expected here"
    return "expected " + (plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} or {plain[-1]}")
