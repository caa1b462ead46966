"""What every store promises, whatever answers behind it: limits, results, and the hold on a query that runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Protocol, Self, runtime_checkable

import pyoxigraph as ox

from sparqlgate.errors import EngineFailure, QueryUnsupported
from sparqlgate.rdf import rdfxml


class Control:
    """Ends one query, from any thread and at any moment: while it waits for a worker, is evaluated, or is read.

    Give a new one to ``Engine.query(control=…)``. The query that is ended raises EngineFailure. ``client`` says whose
    query it is, where the caller knows better than the context (``engine.asker``).
    """

    def __init__(self, client: str = "") -> None:
        self.client = client
        self._lock = threading.Lock()
        self._end: Callable[[], None] | None = None
        self._began: float | None = None
        self._ended: float | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """End the query now, and do not wait until it is gone; later calls do nothing."""
        with self._lock:
            self.cancelled = True
            end, self._end = self._end, None
        if end is not None:
            end()

    def attach(self, end: Callable[[], None]) -> None:
        """Have ``end`` called when the query is cancelled, at once if it is already; it takes the last one's place."""
        with self._lock:
            if not self.cancelled:
                self._end = end
                return
        end()

    def check(self) -> None:
        """Raise EngineFailure when the query was cancelled."""
        if self.cancelled:
            raise EngineFailure("the query was cancelled")

    def begin(self) -> None:
        """Note that a worker has taken the query."""
        self._began = time.monotonic() if self._began is None else self._began

    def finish(self) -> None:
        """Note that no worker is held any more."""
        self._ended = time.monotonic() if self._ended is None else self._ended

    @property
    def seconds(self) -> float:
        """How long the query has held, or held, a worker; 0 as long as it waits for one."""
        if self._began is None:
            return 0.0
        return (time.monotonic() if self._ended is None else self._ended) - self._began


@dataclass(frozen=True, slots=True)
class Asker:
    """``client`` is the name by which queries of one client are told from those of others.

    ``aside`` is entered while a thread waits for an answer, so that others may go on meanwhile.
    """

    client: str = ""
    aside: Callable[[], AbstractContextManager[None]] = nullcontext


_NOBODY: Final = Asker()
ASKER: Final[ContextVar[Asker]] = ContextVar("asker", default=_NOBODY)


@contextmanager
def holding(lock: threading.Lock, patience: float = -1) -> Iterator[bool]:
    """Hold a lock that others may hold for as long as a query takes; say whether it could be had in time.

    Who has to wait for it, ``patience`` seconds at most (or as long as it takes), lets others go on meanwhile.
    """
    had = lock.acquire(blocking=False)
    if not had:
        with ASKER.get().aside():
            had = lock.acquire(timeout=patience)
    try:
        yield had
    finally:
        if had:
            lock.release()


Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
JSON = "application/sparql-results+json"
#: So many rows as no answer has.
NO_CAP = 1 << 62


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    ``seconds`` is the time to evaluate; ``delivery`` how much longer, in seconds, a slow reader may hold the answer
    back; ``memory`` what the query may use beyond the graph, in bytes; ``result_bytes`` the size of the answer (over
    it the query fails, it is never cut); ``merge`` how many triples several default graphs may have together.
    ``rows`` caps a table: over it the query fails, or with ``truncate`` ends there and says so.
    """

    seconds: float = 30.0
    memory: int = 1 << 30
    result_bytes: int = 1 << 30
    delivery: float = 60.0
    merge: int = 200_000
    rows: int = NO_CAP
    truncate: bool = False

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "truncate" and not value > 0:
                raise ValueError(f"the limit '{name}' is {value}; it must be more than 0")

    def within(self, other: Limits) -> Limits:
        """Return the stricter of the two, limit by limit."""
        stricter = {name: min(value, getattr(other, name)) for name, value in vars(self).items() if name != "truncate"}
        return replace(self, **stricter)


@runtime_checkable
class Result(Protocol):
    """An answer, serialised. Iterate it for its bytes, once; a broken answer raises, it never just ends."""

    @property
    def form(self) -> str:
        """``select``, ``ask``, ``construct`` or ``describe``."""
        ...

    @property
    def media_type(self) -> str:
        """The format of the bytes, such as ``text/turtle``."""
        ...

    @property
    def size(self) -> int | None:
        """The number of bytes when the whole answer is here already, else None."""
        ...

    @property
    def truncated(self) -> int:
        """After how many rows the answer was cut because that was asked for; 0 when it is whole."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...

    def read(self) -> bytes:
        """Return the whole answer, or what has not been read of it."""
        ...

    def close(self) -> None:
        """End the query if it still runs. Closing twice, or after the end, does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """Answers SPARQL 1.1 queries over one version of the graph. Threads may share an engine."""

    @property
    def version(self) -> str:
        """The version of the data: the same version gives the same answers."""
        ...

    def query(
        self,
        text: str,
        *,
        accept: str = JSON,
        limits: Limits | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        substitutions: Mapping[str, Term] | None = None,
        control: Control | None = None,
    ) -> Result:
        """Answer one query.

        ``accept`` is a media type or several in order of preference, separated by commas. ``default_graphs`` and
        ``named_graphs`` are IRIs and replace what the text says in FROM (SPARQL 1.1 Protocol, 2.1.4).
        ``substitutions`` binds variables, by name, to terms; a SELECT must return the variables it binds.
        ``control`` lets another thread end the query, also while this call still waits.
        Raises the errors under QueryError.
        """
        ...

    def close(self) -> None:
        """End every query and every process; later queries raise EngineFailure."""
        ...


RESULTS: Final[dict[str, ox.QueryResultsFormat]] = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
RDF_XML: Final = "application/rdf+xml"
RDF: Final[dict[str, ox.RdfFormat]] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    RDF_XML: ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
#: Other names that clients use for the same formats.
ALIASES: Final[dict[str, str]] = {
    "application/json": "application/sparql-results+json",
    "text/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "application/turtle": "text/turtle",
    "application/x-turtle": "text/turtle",
    "text/plain": "application/n-triples",
}
_GRAPH_ALIASES: Final = {
    **ALIASES,
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
}


def write_graph(
    triples: Iterable[ox.Triple], out: rdfxml.Writable, media_type: str, prefixes: Mapping[str, str]
) -> None:
    """Write triples to a binary file in a format of RDF, shortened by ``prefixes`` where it has that.

    Raises ``rdfxml.Unwritable`` for what RDF/XML, and OSError for what JSON-LD cannot carry.
    """
    if media_type == RDF_XML:
        rdfxml.write(triples, out, prefixes)
    else:
        ox.serialize(triples, out, RDF[media_type], prefixes=dict(prefixes))  # type: ignore[arg-type]  # any writer does


def choose(form: str, accept: str) -> str:
    """Return the media type of the answer to a query of this form.

    ``accept`` lists media types in order of preference, separated by commas; parameters are ignored. A CONSTRUCT or
    DESCRIBE that only asks for tables gets Turtle, as some clients send one header for every query. Raises
    QueryUnsupported, naming the formats there are, when none fits.
    """
    tabular = form in ("select", "ask")
    known: dict[str, ox.QueryResultsFormat] | dict[str, ox.RdfFormat] = RESULTS if tabular else RDF
    asked = [part.split(";", 1)[0].strip().lower() for part in accept.split(",")]
    asked = [name for name in asked if name]
    for name in asked:
        if name == "*/*":
            return next(iter(known))
        full = (ALIASES if tabular else _GRAPH_ALIASES).get(name, name)
        if full in known:
            return full
    if not asked or (not tabular and all(ALIASES.get(name, name) in RESULTS for name in asked)):
        return next(iter(known))
    there = ", ".join(known)
    raise QueryUnsupported(f"the answer to {form.upper()} has none of the formats asked for; there are {there}")
