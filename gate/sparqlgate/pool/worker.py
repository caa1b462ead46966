"""A worker: answers one query after the other in a process of its own, until it is killed or its service ends."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NoReturn

import orjson
import pyoxigraph as ox

from sparqlgate.errors import (
    EngineFailure,
    QueryError,
    QueryMemory,
    QueryRefused,
    QuerySyntaxError,
    QueryUnsupported,
    QueryUnwritable,
)
from sparqlgate.namespaces import Names
from sparqlgate.pool import confinement, wire
from sparqlgate.query import NO_CAP, Job, Term
from sparqlgate.rdf.rdfxml import Unwritable
from sparqlgate.rdf.writing import RESULTS, write_graph
from sparqlgate.text import mistakes
from sparqlgate.text.mending import in_lower_case, mend
from sparqlgate.text.writing import fresh

#: Characters that XML 1.0 has no way to write (section 2.2).
_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class TooLarge(Exception):
    """The answer is over its limit of bytes."""


class NotXml(Exception):
    """The answer holds what XML cannot say."""


def kept_xml(data: bytes) -> bytes:
    """Return a piece of an XML document with carriage returns that a parser gives back (XML 1.0, section 2.11)."""
    return data.replace(b"\r", b"&#xD;")


def not_xml(data: bytes | bytearray) -> str | None:
    """Return the first character in an XML document that no XML parser reads, None when there is none."""
    found = _NOT_XML.search(data)
    return None if found is None else found[0].decode("utf-8", "replace")


class Output:
    """A binary file as the serialisers want it. START goes out with the first bytes, so early errors come alone."""

    def __init__(self, sock: socket.socket, form: str, media_type: str, limit: int) -> None:
        self._sock = sock
        self._about = {"form": form, "media_type": media_type}
        self._xml = media_type.endswith("+xml")
        self._limit = limit
        self._buffer = bytearray()
        self._started = False
        self._tail = b""
        self.written = 0

    def write(self, data: bytes) -> int:
        """Take bytes; raises TooLarge and NotXml, and waits while the reader does not read."""
        taken = len(data)
        if self._xml:
            data = kept_xml(data)
        self.written += len(data)
        if self.written > self._limit:
            raise TooLarge
        self._buffer += data
        if len(self._buffer) >= wire.CHUNK:
            self._sock.sendall(self._take())
        return taken

    def flush(self) -> None:
        """Do nothing: bytes go out when a frame is full, or at the end."""

    def finish(self, retire: bool) -> None:
        """Send what is left and END, or all as one; ``retire`` tells the service that this worker ends now."""
        said = {"bytes": self.written, "retire": retire}
        if not self._started:
            self.check()
            whole = orjson.dumps({**self._about, **said}) + b"\n" + self._buffer
            self._sock.sendall(wire.frame(wire.WHOLE, whole))
            return
        end = wire.frame_json(wire.END, said)
        self._sock.sendall(self._take() + end)

    def check(self) -> None:
        """Look at what is left in the buffer before the answer is said to be whole."""
        if self._xml:
            found = not_xml(self._tail + self._buffer)
            if found is not None:
                raise NotXml(found)

    def _take(self) -> bytes:
        """Empty the buffer into frames."""
        self.check()
        data = bytes(self._buffer)
        parts = [wire.frame(wire.DATA, data[at : at + wire.CHUNK]) for at in range(0, len(data), wire.CHUNK)]
        if not self._started:
            parts.insert(0, wire.frame_json(wire.START, self._about))
            self._started = True
        self._tail = data[-16:]
        self._buffer.clear()
        return b"".join(parts)


_CSV_ROW: Final = re.compile(rb'(?:[^"\r]++|"[^"]*+")*+\r\n')
_TSV_ROW: Final = re.compile(rb"[^\n]*+\n")
_JSON_START: Final = re.compile(rb'"bindings"\s*:\s*\[')
_JSON_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[{}\]]')
_XML_END: Final = b"</result>"
_QUOTE, _OPEN, _CLOSE, _LIST_END = b'"{}]'


class TooManyRows(Exception):
    """The answer has more rows than the cap."""


class Full(Exception):
    """The answer has as many rows as are wanted."""


class CappedOutput(Output):
    """An output of a table of at most ``rows`` rows. It sends nothing before the end, so a refusal comes alone.

    With ``truncate`` a longer answer ends after so many rows, is valid, and says so: in START, and inside JSON and XML.
    """

    def __init__(self, sock: socket.socket, media_type: str, limit: int, rows: int, truncate: bool) -> None:
        super().__init__(sock, "select", media_type, limit)
        self._rows = rows
        self._truncate = truncate
        self._text = bytearray()
        self._place = 0
        self._depth = 0
        self._count = -1 if media_type in ("text/csv", "text/tab-separated-values") else 0  # these begin with a header
        self._over = False
        self._last = 0
        self._cut = 0

    def write(self, data: bytes) -> int:
        """Take bytes. Raises TooManyRows, and Full when the rest is not wanted."""
        self._text += data
        if len(self._text) > self._limit:
            return super().write(bytes(self._text))  # which raises TooLarge
        self._scan()
        if self._count > self._rows:
            if self._truncate:
                raise Full
            raise TooManyRows
        return len(data)

    def release(self) -> None:
        """Hand over what was kept; the answer is whole, or is cut here and says so."""
        if self._cut:
            kind = str(self._about["media_type"])
            self._text = self._text[: self._cut]
            if kind.endswith("+json"):
                self._text += b']},"truncated":{"rows":%d}}' % self._rows
            elif kind.endswith("+xml"):
                self._text += b"</results><!-- truncated after %d rows --></sparql>" % self._rows
            self._about["truncated"] = str(self._rows)
        super().write(bytes(self._text))

    def _scan(self) -> None:
        kind = str(self._about["media_type"])
        if kind.endswith("+json"):
            self._scan_json()
        elif kind.endswith("+xml"):
            while self._count <= self._rows and (found := self._text.find(_XML_END, self._place)) >= 0:
                self._row(found + len(_XML_END))
        else:
            pattern = _CSV_ROW if kind == "text/csv" else _TSV_ROW
            while self._count <= self._rows and (match := pattern.match(self._text, self._place)) is not None:
                self._row(match.end())

    def _scan_json(self) -> None:
        """Walk over strings and braces: each object in the list of bindings is a row."""
        if not self._place:
            start = _JSON_START.search(self._text)
            if start is None:
                return
            self._place = start.end()
        while not self._over and self._count <= self._rows:
            token = _JSON_TOKEN.search(self._text, self._place)
            if token is None:
                return
            begin, end = token.span()
            sign = self._text[begin]
            if sign == _QUOTE and not token[1]:
                self._place = begin  # the string goes on in what is written next
                return
            self._place = end
            self._depth += (sign == _OPEN) - (sign == _CLOSE)
            if sign == _CLOSE and self._depth == 0:
                self._row(end)
            self._over = sign == _LIST_END and self._depth == 0

    def _row(self, end: int) -> None:
        self._place = end
        self._count += 1
        if self._count == self._rows:
            self._last = end
        elif self._count > self._rows:
            self._cut = self._last


#: A worker whose address space grew by more than this, in bytes, ends after its answer and a fresh one takes over.
_GROWTH = 128 << 20
Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_LARGE: Final = "answer-too-large"
_FUNCTION = re.compile(r"custom (?:aggregate )?function <([^<>]*)> is not supported")
#: One of several, between commas and spaces that stand in no class of characters.
_CHOICE = re.compile(r"(?:\[[^\]]*\]?|,(?! )|[^,\[])+")
_PROJECTION = re.compile(r"does not contains? variable (\?\w+) in its SELECT projection")


def serve(sock: socket.socket, store: ox.Store, about: dict[str, Any], names: Names) -> NoReturn:
    """Say READY and answer queries for ever; ends the process when the service closes the connection."""
    bounds = confinement.Bounds()
    base = bounds.size()
    try:
        wire.send_json(sock, wire.READY, about)
        while True:
            job = Job.receive(sock)
            _answer(sock, store, job, bounds, base, names)
    except ConnectionError:
        os._exit(0)


def _answer(
    sock: socket.socket, store: ox.Store, job: Job, bounds: confinement.Bounds, base: int, names: Names
) -> None:
    output = _output(sock, job)
    bounds.set(job.limits.seconds, job.limits.memory)
    try:
        with contextlib.suppress(Full):
            _write(_evaluate(store, job, names), job, output, names)
        if isinstance(output, CappedOutput):
            output.release()
        output.check()
        failure = None
    except (SyntaxError, RuntimeError, MemoryError, QueryError, TooLarge, TooManyRows, NotXml, Unwritable) as error:
        failure = _mistake(error, store, job, names) or explain(error, job)
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        failure = explain(error, job)
    if failure is not None:
        bounds.lift()
        wire.send_json(sock, wire.ERROR, failure.fields())
        return
    retire = bounds.end() > base + _GROWTH
    output.finish(retire)
    if retire:
        os._exit(0)


def _output(sock: socket.socket, job: Job) -> Output:
    limits = job.limits
    if job.form == "select" and limits.rows < NO_CAP:
        return CappedOutput(sock, job.media_type, limits.result_bytes, limits.rows, limits.truncate)
    return Output(sock, job.form, job.media_type, limits.result_bytes)


def _evaluate(store: ox.Store, job: Job, names: Names) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    bound = {ox.Variable(name): term for name, term in job.substitutions.items()} or None
    if job.default_graphs or job.named_graphs:
        default = [ox.NamedNode(iri) for iri in dict.fromkeys(job.default_graphs)]
        named = [ox.NamedNode(iri) for iri in dict.fromkeys(job.named_graphs)]
    elif len(job.from_default) > 1:
        default = _resolve(names.prologue + job.head, job.from_default)
        named = _resolve(names.prologue + job.head, job.from_named)
    else:
        return _query(store, job, names, substitutions=bound)
    graphs: list[Graph] = list(default)
    if len(default) > 1:
        store = _merge(store, default, named if job.graphs else [], job.limits.merge)
        graphs = [ox.DefaultGraph()]
    return _query(store, job, names, graphs, substitutions=bound, default_graph=graphs, named_graphs=named)


def _query(
    store: ox.Store, job: Job, names: Names, graphs: Sequence[Graph] | None = None, **options: Any
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """Run the query in its mended form, or as it was written where the library cannot read that one alone.

    ``graphs`` are its default graph, where the request or the merge of several says so.
    """

    def holds(term: Term) -> bool:
        active = _default(job, names) if graphs is None else graphs
        return any(_has(store, graph, term) for graph in active)

    refused = None if job.substitutions else mistakes.hidden(job.text)  # a parameter has its value everywhere
    if refused is not None:
        raise refused
    base = names.base or None
    mended = mend(
        job.text,
        names.prologue + job.head,
        holds=holds,
        values=not job.substitutions,
        columns=lambda text: _columns(text, base),
    )
    if mended.text != mended.plain:
        _read(store, mended.plain, base)
        with contextlib.suppress(SyntaxError):
            return store.query(mended.text, base_iri=base, custom_functions=mended.functions or None, **options)
    return store.query(mended.plain, base_iri=base, **options)


def _read(store: ox.Store, text: str, base: str | None) -> None:
    """Have a query read without running it: after reading, the library fails for a parameter that it does not return.

    Raises SyntaxError for what cannot be read.
    """
    unknown = ox.Variable(fresh(text, "unread")[1:])
    with contextlib.suppress(RuntimeError):
        store.query(text, base_iri=base, substitutions={unknown: ox.Literal("")})


@lru_cache(256)
def _columns(text: str, base: str | None) -> tuple[str, ...]:
    """Return the variables that the library returns for a query, in its order; it is not run, for there is no data."""
    try:
        found = _nothing().query(text, base_iri=base)
    except (SyntaxError, RuntimeError):  # the error of the query itself is told when that is run
        return ()
    return tuple(variable.value for variable in found.variables) if isinstance(found, ox.QuerySolutions) else ()


@lru_cache(1)
def _nothing() -> ox.Store:
    return ox.Store()


def _mistake(error: Exception, store: ox.Store, job: Job, names: Names) -> QueryError | None:
    """Return what is wrong with a query that the library cannot read; None where its own words say more."""
    if not isinstance(error, SyntaxError):
        return None
    own = _PLACE.match(str(error))

    def stopped(text: str) -> int | None:
        with contextlib.suppress(QueryError):
            text = in_lower_case(text)  # as the query is run; each place stays
        try:
            _read(store, text, names.base or None)
        except SyntaxError as error:
            return _offset(text, _PLACE.match(str(error)))
        return None

    with contextlib.suppress(MemoryError):  # of the query's limit: then the parser's own words are told
        told = mistakes.find(job.text, stopped)
        unsure = told is None or told.extra["mistake"] in mistakes.UNSURE
        return None if unsure and own is not None and reason(own[3]) else told
    return None


def _offset(text: str, found: re.Match[str] | None) -> int:
    """Return where in the text the library's place is: it counts lines by LF alone, and characters."""
    if found is None:
        return 0
    start = 0
    for _ in range(int(found[1]) - 1):
        start = text.find("\n", start) + 1
    return min(len(text), start + int(found[2]) - 1)


def _default(job: Job, names: Names) -> Sequence[Graph]:
    """Return the default graph that the query itself names, or the store's."""
    if job.from_default or job.from_named:
        return _resolve(names.prologue + job.head, job.from_default)
    return [ox.DefaultGraph()]


def _has(store: ox.Store, graph: Graph, term: Term) -> bool:
    """Whether a graph has a term as subject or object."""
    begins = not isinstance(term, ox.Literal) and any(store.quads_for_pattern(term, None, None, graph))
    return begins or any(store.quads_for_pattern(None, None, term, graph))


def _resolve(head: str, written: Iterable[str]) -> list[ox.NamedNode]:
    """Turn the graphs of FROM into IRIs, with the query's own prologue and by the same parser."""
    found: dict[ox.NamedNode, None] = {}
    for item in written:
        solutions = ox.Store().query(f"{head}\nSELECT ({item} AS ?graph) {{}}")
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
            raise QueryRefused(
                "the graphs of this query have too many triples to be merged; "
                "leave out FROM (the default graph has everything), name one, or use GRAPH"
            )
        quads.append(quad)
    return quads


def _write(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, job: Job, output: Output, names: Names
) -> None:
    if isinstance(answer, ox.QueryTriples):
        write_graph(answer, output, job.media_type, names.prefixes)
    else:
        answer.serialize(output, RESULTS[job.media_type])  # type: ignore[arg-type]  # any writer does


def explain(error: Exception, job: Job) -> QueryError:
    """Turn what the library raised into an error of ours: in words, with its place, without its name or a path."""
    text = str(error)
    match error:
        case QueryError():
            return error
        case TooLarge():
            most = job.limits.result_bytes
            return QueryRefused(f"the answer is longer than {most:,} bytes; ask for less of it", kind=_LARGE)
        case TooManyRows():
            many = f"the answer has more than {job.limits.rows:,} rows; add a LIMIT, or ask for a part"
            return QueryRefused(many, kind=_LARGE)
        case NotXml():
            held = f"U+{ord(text[0]):04X}, which XML cannot carry"
            return QueryUnwritable(f"the answer holds {held}; ask for another format")
        case Unwritable():
            return QueryUnwritable(f"the answer holds {text}, and RDF/XML cannot carry that; ask for another format")
        case MemoryError():
            return QueryMemory(job.limits.memory)
        case SyntaxError():
            found = _PLACE.match(text)
            if found is None:
                return QuerySyntaxError("this is not SPARQL 1.1")
            said = reason(found[3]) or "this is not expected here"
            return QuerySyntaxError(said, line=int(found[1]), column=int(found[2]))
    # The library has no kinds of errors for what follows: here, and nowhere else, are its words read.
    function = _FUNCTION.search(text)
    if function is not None:
        kind, named = "unknown-function", function[1]
        return QueryUnsupported(f"there is no function <{named}> here", kind=kind, extra={"function": named})
    projection = _PROJECTION.search(text)
    if projection is not None:
        return QueryUnsupported(f"{projection[1]} is given a value, so SELECT must return {projection[1]}")
    if "JSON-LD" in text:
        return QueryUnwritable("the answer holds triple terms, which JSON-LD cannot carry; ask for Turtle or N-Triples")
    return EngineFailure("the query could not be evaluated")


def reason(expected: str) -> str:
    """Return what a person can use of the parser's list of what it expected: a sentence; nothing where it has none."""
    choices = expected.removeprefix("expected ").removeprefix("one of ")
    parts = (found[0].strip() for found in _CHOICE.finditer(choices))
    said = (part for part in parts if " " in part and re.fullmatch(r"[A-Z][\w ,.'?<>():/#-]+", part))
    return next(said, "").rstrip(".")
