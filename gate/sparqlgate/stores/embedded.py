"""The embedded store: SPARQL from a snapshot on this machine, each query in a process that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import weakref
from concurrent.futures import Executor
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import pyoxigraph as ox

from sparqlgate.errors import EngineFailure, QueryError, QueryRefused
from sparqlgate.namespaces import XSD, Names
from sparqlgate.pool import wire
from sparqlgate.pool.offload import Aside, read
from sparqlgate.pool.processes import Handle
from sparqlgate.pool.scheduling import Ticket
from sparqlgate.pool.supervisor import Pool
from sparqlgate.pool.zygote import IN_MEMORY, Source
from sparqlgate.query import ASKER, Control, Limits, Query
from sparqlgate.rdf.writing import choose
from sparqlgate.stores.base import Store, Tell
from sparqlgate.stores.result import TRIES, EmbeddedResult, Lost, ending
from sparqlgate.text.guard import Bounds, Screened, is_short

#: How often, in seconds, a worker that is gone is asked for its exit status, and how long.
_AGAIN = 0.005
_EXIT = 2.0


class Asked:
    """One query on its way, for the event loop that runs when it is made.

    ``tell`` is called once, in the loop: with the answer, whole or begun, or with what went wrong.
    """

    def __init__(
        self,
        pool: Pool,
        request: wire.Request,
        screened: Screened,
        control: Control,
        tell: Tell,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._tell = tell
        self._pool = pool
        self._data = wire.request_bytes(request)
        self._limits = request.limits
        self._screened = screened
        self._control = control
        self._client = control.client or ASKER.get().client
        self._asked = time.monotonic()
        self._tries = TRIES
        self._ticket: Ticket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reserve()

    def _reserve(self) -> None:
        try:
            self._control.check()
            ticket = self._pool.reserve(self._wake, self._client)
        except QueryError as error:
            self._fail(error)
            return
        if ticket.worker is not None:
            self._send(ticket.worker)
            return
        self._ticket = ticket
        self._timer = self._loop.call_later(self._left(), self._claim)
        self._control.attach(ticket.end)

    def _left(self) -> float:
        """Return what is left of the query's time, in seconds."""
        return max(0.0, self._asked + self._limits.seconds - time.monotonic())

    def _wake(self) -> None:
        """Go on in the loop's thread, whichever this is."""
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._claim)
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._claim)

    def _claim(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is None:
            return
        self._stop_timer()
        try:
            worker = self._pool.claim(ticket, self._control)
        except QueryError as error:
            self._fail(error)
        else:
            self._send(worker)

    def _send(self, worker: Handle) -> None:
        """Hand the query to a worker; one that died while it waited for work is replaced, and nothing is lost."""
        self._control.begin()
        worker.sock.setblocking(False)
        try:
            sent = worker.sock.send(self._data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._pool.discard(worker)
            worker.close()
            self._reserve()
            return
        self._pool.expire(worker, self._asked + self._limits.seconds + self._limits.delivery)
        self._worker = worker
        self._result = EmbeddedResult(self._pool, worker, self._screened, self._limits, self._control, self._asked)
        self._timer = self._loop.call_later(self._left(), self._late)
        self._number = worker.sock.fileno()  # a loop looks numbers up several times faster than sockets
        self._loop.add_reader(self._number, self._read)
        if sent < len(self._data):
            self._rest = memoryview(self._data)[sent:]
            self._loop.add_writer(self._number, self._write)
        self._control.attach(ending(self._result))

    def _write(self) -> None:
        """Send more of a query that is longer than what a connection holds."""
        try:
            self._rest = self._rest[self._worker.sock.send(self._rest) :]
        except BlockingIOError:
            return
        except OSError:  # the reader sees it, too
            self._rest = self._rest[:0]
        if not self._rest:
            self._loop.remove_writer(self._number)

    def _read(self) -> None:
        self._leave()  # before the answer ends: then the worker is somebody else's
        try:
            begun = self._result.take()
        except QueryError as error:
            self._fail(error)
            return
        except BlockingIOError:
            begun = False
        except OSError:
            self._stop_timer()
            self._pool.discard(self._worker)
            self._explain(self._loop.time() + _EXIT)
            return
        except (ValueError, KeyError, TypeError) as error:  # not what a worker says; whoever waits has to hear of it
            self._stop_timer()
            self._pool.discard(self._worker)
            self._tell(error)
            return
        if not begun:
            self._loop.add_reader(self._number, self._read)
            return
        self._stop_timer()
        self._tell(self._result)

    def _late(self) -> None:
        self._leave()
        self._loop.remove_writer(self._number)
        self._settle(self._result.late())

    def _explain(self, until: float) -> None:
        """Say why the worker is gone, as soon as its exit status is known."""
        if not self._worker.exited.is_set() and self._loop.time() < until:
            self._loop.call_later(_AGAIN, self._explain, until)
            return
        self._loop.remove_writer(self._number)
        self._settle(self._result.ended())

    def _settle(self, error: QueryError | Lost) -> None:
        if isinstance(error, QueryError):
            self._fail(error)
            return
        self._tries -= 1
        if self._tries:
            self._reserve()
        else:
            self._fail(EngineFailure("the processes that ran the query were ended from outside, again and again"))

    def _fail(self, error: QueryError) -> None:
        self._stop_timer()
        self._tell(error)

    def _leave(self) -> None:
        self._loop.remove_reader(self._number)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


#: Sending a query takes less than this, in seconds, whatever is left of its time.
_LEAST = 1.0


_GEO: Final = "http://www.opengis.net/def/function/geosparql/"
_SPATIAL: Final = (
    "sfEquals sfDisjoint sfIntersects sfTouches sfCrosses sfWithin sfContains sfOverlaps "
    "ehEquals ehDisjoint ehMeet ehOverlap ehCovers ehCoveredBy ehInside ehContains "
    "rcc8eq rcc8dc rcc8ec rcc8po rcc8tppi rcc8tpp rcc8ntpp rcc8ntppi relate "
    "distance length area perimeter convexHull envelope centroid intersection union difference symDifference "
    "getSRID dimension coordinateDimension spatialDimension isEmpty isSimple asGeoJSON"
)
_CASTS: Final = "date time duration dayTimeDuration yearMonthDuration gYear gYearMonth gMonth gDay gMonthDay"
#: Functions called by IRI beyond those of SPARQL 1.1: simple features of GeoSPARQL 1.1, and casts to further datatypes.
FUNCTIONS: Final = (*(_GEO + name for name in _SPATIAL.split()), *(XSD + name for name in _CASTS.split()))


class Snapshot(Protocol):
    """What the engine needs of a snapshot."""

    @property
    def version(self) -> str: ...
    @property
    def names(self) -> Names: ...
    @property
    def store(self) -> Path: ...
    @property
    def nquads(self) -> Path: ...
    def check_nquads(self) -> None: ...


class EmbeddedEngine(Store):
    """Answers from a snapshot. A short query has a process at once; of long ones ``workers`` compute, ``queue`` wait.

    All that run may have ``memory`` bytes together; by default, as many as ``workers`` of them may have. Up to
    ``in_memory`` bytes of N-Quads the graph is held in memory, shared by the workers; above it they read the store on
    disk. ``limits`` are the largest that a query gets. ``aside`` is where long texts are read, one of its own unless
    told otherwise. Opening takes as long as loading does. Raises SnapshotError when the snapshot cannot be read, or is
    not what was built.
    """

    functions = FUNCTIONS

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        workers: int = 2,
        queue: int = 32,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        in_memory: int = IN_MEMORY,
        memory: int = 0,
        aside: Aside | None = None,
    ) -> None:
        if workers < 1 or queue < 0:
            raise ValueError("an engine needs at least one worker, and its queue cannot be less than 0")
        self.version = snapshot.version
        self.limits = limits or Limits()
        self._bounds = bounds or Bounds()
        if snapshot.nquads.is_file() and snapshot.nquads.stat().st_size <= in_memory:
            snapshot.check_nquads()  # what is held in memory is read from this file, and never looked at again
        self._aside = aside or Aside()
        self._own_aside = aside is None
        source = Source(
            nquads=str(snapshot.nquads), store=str(snapshot.store), in_memory=in_memory, names=snapshot.names
        )
        self._pool = Pool(source, workers, queue, max(memory or workers * self.limits.memory, self.limits.memory))
        self._pool.start()
        self._finalizer = weakref.finalize(self, self._pool.close)

    def query(self, query: Query | str, *, control: Control | None = None) -> EmbeddedResult:
        """Answer one query; see ``sparqlgate.stores.base.Store``. ``limits`` only count where they are stricter."""
        asked, control = Query.of(query), control or Control()
        screened = asked.screened or self._screen(asked.text, control)
        return self._run(_request(asked, screened, self.limits), screened, control)

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        """Begin to answer a query; see ``sparqlgate.stores.base.Store``. Only a long text is read in a thread."""
        if query.screened is None and not is_short(query.text):
            super().start(query, control, tell, threads)
            return
        try:
            screened = query.screened or self._screen(query.text, control)
            request = _request(query, screened, self.limits)
        except QueryError as error:
            tell(error)
            return
        Asked(self._pool, request, screened, control, tell)

    def _screen(self, text: str, control: Control) -> Screened:
        return read(self._aside, text, self._bounds, hold=lambda errand: control.attach(errand.end))

    def _run(self, request: wire.Request, screened: Screened, control: Control) -> EmbeddedResult:
        asker, asked, limits = ASKER.get(), time.monotonic(), request.limits
        with asker.aside():
            for _ in range(TRIES):
                worker = self._send(request, asked + limits.seconds, control, control.client or asker.client)
                self._pool.expire(worker, asked + limits.seconds + limits.delivery)
                result = EmbeddedResult(self._pool, worker, screened, limits, control, asked)
                control.attach(ending(result))
                with contextlib.suppress(Lost):
                    result.begin()
                    return result
        raise EngineFailure("the processes that ran the query were ended from outside, again and again")

    def _send(self, request: wire.Request, until: float, control: Control, client: str) -> Handle:
        """Hand the query to a worker; one that died while it waited for work is replaced, and nothing is lost."""
        while True:
            control.check()
            worker = self._pool.acquire(max(0.0, until - time.monotonic()), control, client)
            control.begin()
            try:
                worker.sock.settimeout(max(_LEAST, until - time.monotonic()))
                worker.sock.sendall(wire.request_bytes(request))
            except OSError:
                self._pool.discard(worker)
                worker.close()
                continue
            return worker

    @property
    def network_isolated(self) -> bool:
        """Whether the workers have no network at all; it takes Linux and the right to make a network namespace."""
        return bool(self._pool.about.get("isolated"))

    @property
    def in_memory(self) -> bool:
        """Whether the graph is held in memory."""
        return bool(self._pool.about.get("in_memory"))

    def status(self) -> dict[str, int]:
        """Return how many workers are idle, active (of them long, paused) and starting, and how many queries wait."""
        return self._pool.census()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return self._pool.pids()

    def close(self) -> None:
        """End every query and every process. Closing twice does nothing."""
        if self._own_aside:
            self._aside.close()
        self._finalizer()


def _request(query: Query, screened: Screened, most: Limits) -> wire.Request:
    """Return what a worker is sent. Raises QueryUnsupported for a format, QueryRefused for a graph that is no IRI."""
    return wire.Request(
        text=screened.text,
        form=screened.form,
        head=screened.head,
        media_type=choose(screened.form, query.format),
        limits=most if query.limits is None else _within(query.limits, most),
        default_graphs=_absolute(query.default_graphs),
        named_graphs=_absolute(query.named_graphs),
        from_default=screened.from_default,
        from_named=screened.from_named,
        graphs=screened.graphs,
        substitutions=dict(query.bindings),
    )


@lru_cache(64)
def _within(limits: Limits, most: Limits) -> Limits:
    return limits.within(most)


def _absolute(graphs: tuple[str, ...]) -> tuple[str, ...]:
    for iri in graphs:
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise QueryRefused(f"the graph '{iri[:200]}' is not an absolute IRI") from None
    return graphs
