"""The embedded store: SPARQL from a snapshot on this machine, each query in a process that can be killed.

But one: what is known of one thing, once that has been asked often, is read in this process (``Lookups``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor
from functools import lru_cache, partial
from pathlib import Path
from select import POLLIN, POLLOUT, poll
from typing import Final, NamedTuple, Protocol, TypeAlias

import pyoxigraph as ox

from sparqlgate.errors import EngineFailure, QueryError, QueryRefused
from sparqlgate.namespaces import XSD, Names
from sparqlgate.pool.offload import Aside, read
from sparqlgate.pool.processes import Ear, WorkerProcess
from sparqlgate.pool.supervisor import Pool
from sparqlgate.pool.zygote import IN_MEMORY, Source
from sparqlgate.query import ASKER, JSON, Alarm, Closing, Control, Job, Limits, Query, set_alarm
from sparqlgate.rdf.writing import choose
from sparqlgate.stores.base import Store, Tell
from sparqlgate.stores.result import TRIES, EmbeddedResult, Lost, ending
from sparqlgate.text.guard import Bounds, Screened, is_short

log = logging.getLogger("sparqlgate.lookups")

#: How often, in seconds, a worker that is gone is asked for its exit status, and how long.
_AGAIN = 0.005
_EXIT = 2.0
#: Seconds that the system's timers are sure to take.
_LONGEST = 1e6


class Wait(NamedTuple):
    """What a query waits for: until a moment of ``time.monotonic`` at most, for its worker's connection or to be woken.

    With ``writes`` it is also enough that the connection takes more.
    """

    until: float
    worker: WorkerProcess | None = None
    writes: bool = False

    @property
    def left(self) -> float:
        """How long that is from now, in seconds."""
        return max(0.0, self.until - time.monotonic())


#: Makes what wakes a query that waits for no connection, to be called once and in any thread.
Waker: TypeAlias = Callable[[], Callable[[], None]]
#: A query on its way: yields what it waits for, is sent whether that came in time, and returns its answer.
Steps: TypeAlias = Generator[Wait, bool, EmbeddedResult]


def steps(pool: Pool, job: Job, screened: Screened, control: Control, client: str, waker: Waker) -> Steps:
    """Take a query through a worker: the one way there is, whoever drives it.

    Raises what ``Store.query`` does. One whose worker is killed from outside runs again, TRIES times at most.
    """
    limits, data, asked = job.limits, job.packed(), time.monotonic()
    until = asked + limits.seconds
    for _ in range(TRIES):
        worker, rest = yield from _sent(pool, data, control, client, waker, until)
        pool.expire(worker, until + limits.delivery)
        result = EmbeddedResult(pool, worker, screened, limits, control, asked)
        control.attach(ending(result))
        try:
            yield from _begun(result, worker, rest, until)
        except OSError:
            pool.discard(worker)
            patience = time.monotonic() + _EXIT
            while not worker.exited.is_set() and time.monotonic() < patience:
                yield Wait(time.monotonic() + _AGAIN)
            error = result.ended()
            if isinstance(error, QueryError):
                raise error from None
        except Lost:
            pass
        except (ValueError, KeyError, TypeError):  # not what a worker says; whoever waits has to hear of it
            pool.discard(worker)
            raise
        else:
            return result
    raise EngineFailure("the processes that ran the query were ended from outside, again and again")


def _sent(
    pool: Pool, data: bytes, control: Control, client: str, waker: Waker, until: float
) -> Generator[Wait, bool, tuple[WorkerProcess, memoryview]]:
    """Have a worker, and send it the query as far as it takes it; return both, with what is left to be sent.

    A worker that died while it waited for work is replaced, and nothing is lost.
    """
    while True:
        control.check()
        ticket = pool.reserve(waker(), client)
        if ticket.worker is None:
            control.attach(ticket.end)
            yield Wait(until)
        worker = pool.claim(ticket, control)
        control.begin()
        if worker.sock.gettimeout() != 0:
            worker.sock.setblocking(False)
        try:
            return worker, _more(worker.sock, memoryview(data))
        except OSError:
            pool.discard(worker)
            worker.close()


def _begun(
    result: EmbeddedResult, worker: WorkerProcess, rest: memoryview, until: float
) -> Generator[Wait, bool, None]:
    """Take the first part of an answer. Raises what became of it, Lost, and OSError when its worker is gone."""
    begun = False
    while not begun:
        if not (yield Wait(until, worker, bool(rest))):
            raise result.late()
        if rest:
            with contextlib.suppress(ConnectionError):  # whoever reads sees it, too
                rest = _more(worker.sock, rest)
        with contextlib.suppress(BlockingIOError):
            begun = result.take()


def _more(sock: socket.socket, rest: memoryview) -> memoryview:
    """Send what a connection takes now of a query; return what is left."""
    try:
        return rest[sock.send(rest) :]
    except BlockingIOError:
        return rest


class Waiting:
    """Drives a query by waiting for it in this thread."""

    _woken: threading.Event

    def waker(self) -> Callable[[], None]:
        """Return what wakes this thread."""
        self._woken = threading.Event()
        return self._woken.set

    def drive(self, query: Steps) -> EmbeddedResult:
        """Return the answer. Raises what became of the query."""
        came = next(query)
        while True:
            try:
                came = query.send(self._wait(came))
            except StopIteration as end:
                result: EmbeddedResult = end.value
                return result

    def _wait(self, wait: Wait) -> bool:
        if wait.worker is None:
            came = self._woken.wait(wait.left)
            self._woken.clear()
            return came
        connection = poll()
        connection.register(wait.worker.sock, POLLIN | (POLLOUT if wait.writes else 0))
        return bool(connection.poll(min(wait.left, _LONGEST) * 1000))


class Looping:
    """Drives a query by the event loop that runs when this is made.

    ``tell`` is called once, in the loop and maybe at once: with the answer, whole or begun, or with what went wrong.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._query: Steps | None = None
        self._wait: Wait | None = None
        self._ear: Ear | None = None
        self._number = -1
        self._alarm: Alarm | None = None
        self._expected: object = None

    def waker(self) -> Callable[[], None]:
        """Return what lets the query go on; once it has gone on otherwise, that does nothing."""
        self._expected = expected = object()
        return partial(self._wake, expected)

    def _wake(self, expected: object) -> None:
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._woken, expected)
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._woken, expected)

    def _woken(self, expected: object) -> None:
        if expected is self._expected:
            self._came()

    def drive(self, query: Steps) -> None:
        """Begin."""
        self._query = query
        self._advance(None)

    def _came(self) -> None:
        self._leave()
        self._advance(True)

    def _late(self) -> None:
        self._leave()
        self._advance(False)

    def _advance(self, came: bool | None) -> None:
        if self._query is None:
            return
        try:
            wait = next(self._query) if came is None else self._query.send(came)
        except StopIteration as end:
            self._tell(end.value)
        except (QueryError, ValueError, KeyError, TypeError) as error:
            self._tell(error)
        else:
            self._enter(wait)

    def _enter(self, wait: Wait) -> None:
        self._wait = wait
        self._alarm = set_alarm(self._loop, wait.until, self._late)
        if wait.worker is None:
            return
        self._number = wait.worker.sock.fileno()
        self._ear = wait.worker.ear(self._loop)
        if self._ear is not None:
            self._ear.heard = self._came
        elif wait.worker.exited.is_set():
            self.waker()()
        else:
            self._loop.add_reader(self._number, self._came)
        if wait.writes:
            self._loop.add_writer(self._number, self._came)

    def _leave(self) -> None:
        """Wait for nothing; before the answer ends, for then the worker is somebody else's."""
        wait, self._wait, self._expected = self._wait, None, None
        if self._alarm is not None:
            self._alarm.due = None
            self._alarm = None
        if wait is None or wait.worker is None:
            return
        if self._ear is not None:
            self._ear.heard = None
            self._ear = None
        else:
            self._loop.remove_reader(self._number)
        if wait.writes:
            self._loop.remove_writer(self._number)


#: SELECT of one triple pattern whose subject is an absolute IRI: without a prologue, in the canonical form of a text.
_LOOKUP: Final = re.compile(
    r"(?i:SELECT) (\*|\?[A-Za-z_]\w*+(?: \?[A-Za-z_]\w*+)?) (?:(?i:WHERE) )?"
    r"\{ <([A-Za-z][A-Za-z0-9+.-]*+:[!#-;=?-\[\]_a-z~]*+)> "
    r"(?:\?([A-Za-z_]\w*+)|<([A-Za-z][A-Za-z0-9+.-]*+:[!#-;=?-\[\]_a-z~]*+)>) \?([A-Za-z_]\w*+) (?:\. )?\}",
    re.ASCII,
)
#: So often such a query comes before its answer is read here.
_OFTEN: Final = 64
#: The largest default graph that is held here as well, in bytes of N-Triples.
_HELD_HERE: Final = 32 << 20
#: The longest answer that is read here, in bytes of N-Triples.
_SAID: Final = 1 << 14
_TRIPLES: Final = "application/n-triples"
_ALL: Final = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
#: What stands after a subject, where JSON has the same escapes: predicate; IRI, or literal, language, datatype.
_STATEMENT: Final = re.compile(
    rb'<([^<>"\\\x00-\x20]*+)> '
    rb'(?:<([^<>"\\\x00-\x20]*+)>|"((?:[^"\\\x00-\x1f\x7f]++|\\[tnr"\\])*+)"'
    rb'(?:@([A-Za-z]++(?:-[A-Za-z0-9]++)*+)|\^\^<([^<>"\\\x00-\x20]*+)>)?) \.\n'
)


class Known(Closing):
    """An answer that is here as a whole. See ``sparqlgate.stores.base.Result``."""

    form = "select"
    media_type = JSON
    truncated = 0

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.size = len(body)

    def __iter__(self) -> Iterator[bytes]:
        yield self.read()

    def read(self) -> bytes:
        """Return the answer, once."""
        body, self._body = self._body, b""
        return body

    def close(self) -> None:
        """Do nothing: there is nothing to end."""


class Lookups:
    """What is known of one thing, from a table of this process: nothing is evaluated, and no worker is waked for it.

    The table is the default graph by subjects, as lines of N-Triples, made once such a query has come often; ``ask``
    has it from a worker, in a thread. What would be long, or JSON does not write as N-Triples does, is left to a
    worker, so that answers are the same byte for byte.
    """

    def __init__(self, ask: Callable[[Query, Control], EmbeddedResult]) -> None:
        self._ask = ask
        self._said: dict[bytes, bytes] | None = None
        self._asked = 0
        self._control = Control()

    @property
    def ready(self) -> bool:
        """Whether the table is there."""
        return self._said is not None

    def answer(self, query: Query, screened: Screened, limits: Limits) -> Known | None:
        """Return the answer to a query; None where a worker is to give it."""
        found = _LOOKUP.fullmatch(screened.canonical) if query.format == JSON else None
        if found is None or query.bindings or query.default_graphs or query.named_graphs:
            return None
        if self._said is None:
            self._asked += 1
            if self._asked == _OFTEN:
                threading.Thread(target=self._take, name="lookups", daemon=True).start()
            return None
        shown, subject, predicate, relation, value = found.groups()
        names = [value] if predicate is None else [predicate, value]
        wanted = names if shown == "*" else [name[1:] for name in shown.split(" ")]
        if len({*names}) < len(names) or len({*wanted}) < len(wanted) or not {*wanted} <= {*names}:
            return None
        if not (_is_plain(subject) and _is_plain(relation or "")):
            return None
        rows = _rows(self._said.get(subject.encode(), b""), predicate, relation, value, wanted)
        if rows is None or len(rows) > limits.rows:
            return None
        said = b'{"head":{"vars":[%b]},"results":{"bindings":[%b]}}'
        body = said % (b",".join(b'"%b"' % name.encode() for name in wanted), b",".join(rows))
        return Known(body) if len(body) <= limits.result_bytes else None

    def _take(self) -> None:
        said: defaultdict[bytes, list[bytes]] = defaultdict(list)
        rest = b""
        try:
            with self._ask(Query(_ALL, _TRIPLES, limits=Limits(result_bytes=_HELD_HERE)), self._control) as pieces:
                for piece in pieces:
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        subject, _, more = line.partition(b"> ")
                        said[subject[1:]].append(more)
        except QueryRefused as error:
            log.info("all look-ups are left to the workers: %s", error)
            return
        except QueryError as error:
            log.info("look-ups are left to the workers for now: %s", error)
            self._asked = 0
            return
        if not self._control.cancelled:
            self._said = {subject: b"".join(b"%b\n" % line for line in lines) for subject, lines in said.items()}

    def close(self) -> None:
        """Hold nothing any more."""
        self._control.cancel()
        self._said = None


def _rows(
    said: bytes, predicate: str | None, relation: str | None, value: str, wanted: list[str]
) -> list[bytes] | None:
    """Return what is said of a subject, by one relation or by any, as rows of JSON; None where that is for a worker."""
    if len(said) > _SAID:
        return None
    found = _STATEMENT.findall(said)
    if len(found) < said.count(b"\n"):
        return None
    if relation is not None:
        found = [one for one in found if one[0] == relation.encode()]
    both = {predicate: b'{"type":"uri","value":"%(by)b"}', value: b"%(what)b"}
    row = b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), both[name]) for name in wanted)
    return [row % {b"by": one[0], b"what": _cell(*one[1:])} for one in found]


def _cell(iri: bytes, literal: bytes, language: bytes, kind: bytes) -> bytes:
    """Return the object of a statement as JSON, of parts of which those that it has not are empty."""
    if iri:
        return b'{"type":"uri","value":"%b"}' % iri
    if language:
        return b'{"type":"literal","value":"%b","xml:lang":"%b"}' % (literal, language)
    if kind:
        return b'{"type":"literal","value":"%b","datatype":"%b"}' % (literal, kind)
    return b'{"type":"literal","value":"%b"}' % literal


def _is_plain(iri: str) -> bool:
    """Say whether an absolute IRI means itself, whatever the base: it has no segments of dots (RFC 3986 §5.2.4)."""
    return "/." not in iri and ":." not in iri


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
        self.lookups = Lookups(lambda query, control: self.query(query, control=control))
        self._finalizer = weakref.finalize(self, self._pool.close)

    def query(self, query: Query | str, *, control: Control | None = None) -> EmbeddedResult:
        """Answer one query; see ``sparqlgate.stores.base.Store``. ``limits`` only count where they are stricter."""
        asked, control = Query.of(query), control or Control()
        screened, driver = asked.screened or self._screen(asked.text, control), Waiting()
        with ASKER.get().aside():
            return driver.drive(self._steps(asked, screened, control, driver.waker))

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        """Begin to answer a query; see ``sparqlgate.stores.base.Store``. Only a long text is read in a thread."""
        if query.screened is None and not is_short(query.text):
            super().start(query, control, tell, threads)
            return
        try:
            screened = query.screened or self._screen(query.text, control)
            known = self.lookups.answer(query, screened, query.limits or self.limits)
            if known is not None and not control.cancelled:
                tell(known)
                return
            driver = Looping(tell)
            way = self._steps(query, screened, control, driver.waker)
        except QueryError as error:
            tell(error)
        else:
            driver.drive(way)

    def _screen(self, text: str, control: Control) -> Screened:
        return read(self._aside, text, self._bounds, hold=lambda errand: control.attach(errand.end))

    def _steps(self, query: Query, screened: Screened, control: Control, waker: Waker) -> Steps:
        job = _job(query, screened, self.limits)
        return steps(self._pool, job, screened, control, control.client or ASKER.get().client, waker)

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
        self.lookups.close()
        if self._own_aside:
            self._aside.close()
        self._finalizer()


def _job(query: Query, screened: Screened, most: Limits) -> Job:
    """Return what a worker is sent. Raises QueryUnsupported for a format, QueryRefused for a graph that is no IRI."""
    return Job(
        limits=most if query.limits is None else _within(query.limits, most),
        text=screened.text,
        form=screened.form,
        head=screened.head,
        media_type=choose(screened.form, query.format),
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
