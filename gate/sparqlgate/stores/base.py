"""What every store promises, whatever answers behind it: limits, results, and the hold on a query that runs."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias, runtime_checkable

import pyoxigraph as ox

from sparqlgate.errors import EngineFailure, QueryUnsupported
from sparqlgate.query import Query
from sparqlgate.rdf import rdfxml


class Control:
    """Ends one query, from any thread and at any moment: while it waits for a worker, is evaluated, or is read.

    Give a new one to ``Store.query(control=…)``. The query that is ended raises EngineFailure. ``client`` says whose
    query it is, where the caller knows better than the context (``ASKER``).
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


#: Told what became of a query: its answer, whole or begun, or what went wrong.
Tell: TypeAlias = Callable[[Result | Exception], None]


class Store(ABC):
    """Answers SPARQL 1.1 queries over one version of the data. Threads may share a store."""

    #: The version of the data: the same version gives the same answers.
    version: str

    @abstractmethod
    def query(self, query: Query | str, *, control: Control | None = None) -> Result:
        """Answer one query, and wait for that; ``control`` lets another thread end it, also while this call waits.

        Raises the errors under QueryError.
        """

    async def run(self, query: Query, *, control: Control | None = None) -> Result:
        """Answer one query while the event loop goes on. Raises as ``query``; ends the query when it is cancelled."""
        control = control or Control()
        told: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def tell(became: Result | Exception) -> None:
            if told.cancelled():
                if not isinstance(became, Exception):
                    became.close()
            elif isinstance(became, Exception):
                told.set_exception(became)
            else:
                told.set_result(became)

        self.start(query, control, tell)
        try:
            return await told
        except asyncio.CancelledError:
            control.cancel()
            raise

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        """Begin to answer a query; for the running event loop, which is not held up.

        ``tell`` is called once, in the loop and maybe at once: with the answer, when it is whole or, if it is long, has
        begun (what is left of it is read as that of any other), or with an error as ``query`` raises. A store that can
        only wait does it in one of ``threads``.
        """
        waiting = partial(self.query, query, control=control)
        asyncio.get_running_loop().run_in_executor(threads, waiting).add_done_callback(partial(_heard, tell))

    def status(self) -> dict[str, int]:
        """Return how many workers are in which state; nothing for a store that has none of its own."""
        return {}

    @abstractmethod
    def close(self) -> None:
        """End every query and every process; later queries raise EngineFailure. Closing twice does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _heard(tell: Tell, future: asyncio.Future[Result]) -> None:
    """Pass on what a thread has come to."""
    error = EngineFailure("the engine was closed") if future.cancelled() else future.exception()
    if isinstance(error, Exception):
        tell(error)
    else:
        tell(future.result())


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
