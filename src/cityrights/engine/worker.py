"""A worker: answers one query after the other in a process of its own, until it is killed or its service ends."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import pyoxigraph as ox

from cityrights.engine import confine, frames
from cityrights.engine.base import NO_CAP, Term
from cityrights.engine.formats import RESULTS, write_graph
from cityrights.engine.mending import mend
from cityrights.engine.output import NotXml, Output, TooLarge
from cityrights.engine.rows import CappedOutput, Full, TooManyRows
from cityrights.engine.steps import fresh
from cityrights.namespaces import BASE
from cityrights.rdfxml import Unwritable

#: A worker whose address space grew by more than this, in bytes, ends after its answer and a fresh one takes over.
_GROWTH = 128 << 20
Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
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
    except (SyntaxError, RuntimeError, MemoryError, Refused, TooLarge, TooManyRows, NotXml, Unwritable) as error:
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
        return _query(store, request, substitutions=bound)
    graphs: list[Graph] = list(default)
    if len(default) > 1:
        store = _merge(store, default, named if request.graphs else [], request.limits.merge)
        graphs = [ox.DefaultGraph()]
    return _query(store, request, graphs, substitutions=bound, default_graph=graphs, named_graphs=named)


def _query(
    store: ox.Store, request: frames.Request, graphs: Sequence[Graph] | None = None, **options: Any
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """Run the query in its mended form, or as it was written where the library cannot read that one alone.

    ``graphs`` are its default graph, where the request or the merge of several says so.
    """

    def holds(term: Term) -> bool:
        active = _default(request) if graphs is None else graphs
        return any(_has(store, graph, term) for graph in active)

    mended = mend(request.text, request.head, holds=holds, values=not request.substitutions)
    if mended.text != mended.plain:
        _read(store, mended.plain)
        with contextlib.suppress(SyntaxError):
            return store.query(mended.text, base_iri=BASE, custom_functions=mended.functions or None, **options)
    return store.query(mended.plain, base_iri=BASE, **options)


def _read(store: ox.Store, text: str) -> None:
    """Have a query read without running it: after reading, the library fails for a parameter that it does not return.

    Raises SyntaxError for what cannot be read.
    """
    unknown = ox.Variable(fresh(text, "unread")[1:])
    with contextlib.suppress(RuntimeError):
        store.query(text, base_iri=BASE, substitutions={unknown: ox.Literal("")})


def _default(request: frames.Request) -> Sequence[Graph]:
    """Return the default graph that the query itself names, or the store's."""
    if request.from_default or request.from_named:
        return _resolve(request.head, request.from_default)
    return [ox.DefaultGraph()]


def _has(store: ox.Store, graph: Graph, term: Term) -> bool:
    """Whether a graph has a term as subject or object."""
    begins = not isinstance(term, ox.Literal) and any(store.quads_for_pattern(term, None, None, graph))
    return begins or any(store.quads_for_pattern(None, None, term, graph))


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
        write_graph(answer, output, request.media_type)
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
        return _unwritable(f"the answer holds U+{ord(text[0]):04X}, which XML cannot carry; ask for another format")
    if isinstance(error, Unwritable):
        return _unwritable(f"the answer holds {text}, and RDF/XML cannot carry that; ask for another format")
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
        return _unwritable("the answer holds triple terms, which JSON-LD cannot carry; ask for Turtle or N-Triples")
    return {"kind": "failure", "reason": "the query could not be evaluated"}


def _unwritable(words: str) -> dict[str, Any]:
    return {"kind": "unwritable", "reason": words}


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
