"""A query on its way from whoever asks to the worker that answers it: what it may use, and what ends it."""

from __future__ import annotations

import pickle
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeAlias

import pyoxigraph as ox

from sparqlgate.errors import EngineFailure
from sparqlgate.pool.wire import CHUNK, Cut
from sparqlgate.text.guard import Screened

if TYPE_CHECKING:  # which workers, and most commands, can do without
    import asyncio

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
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


@dataclass(frozen=True, slots=True)
class Query:
    """A SPARQL 1.1 query and all that goes with it.

    ``format`` is a media type, or several in order of preference, separated by commas. ``default_graphs`` and
    ``named_graphs`` are IRIs and replace what the text says in FROM (SPARQL 1.1 Protocol, 2.1.4). ``bindings`` binds
    variables, by name, to terms; a SELECT must return the variables it binds. ``limits`` count where they are stricter
    than the store's own. ``screened`` is what the guard found in the text, where that was read already.
    """

    text: str
    format: str = JSON
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    limits: Limits | None = None
    bindings: Mapping[str, Term] = field(default_factory=dict)
    screened: Screened | None = None

    @classmethod
    def of(cls, query: Query | str) -> Query:
        """Return a query as it is, or a text as a query."""
        return cls(query) if isinstance(query, str) else query


_LENGTH: Final = struct.Struct("!I")


class Job(NamedTuple):
    """A query as a worker gets it; graphs are IRIs, ``from_default`` and ``from_named`` as the text writes them.

    It goes there pickled, as the service trusts itself.
    """

    limits: Limits
    text: str
    form: str
    head: str
    media_type: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    from_default: tuple[str, ...]
    from_named: tuple[str, ...]
    graphs: bool
    substitutions: dict[str, Term]

    def packed(self) -> bytes:
        """Return it as it goes over the connection to a worker."""
        values = (_plain(self.limits), *self[1:])  # which are read several times as fast as objects
        payload = pickle.dumps(values, protocol=pickle.HIGHEST_PROTOCOL)
        return _LENGTH.pack(len(payload)) + payload

    @classmethod
    def receive(cls, sock: socket.socket) -> Job:
        """Wait for the next one, which comes alone. Raises Cut when the service closed the connection."""
        data = _more(sock)
        while len(data) < _LENGTH.size or len(data) < _LENGTH.size + _LENGTH.unpack_from(data)[0]:
            data += _more(sock)
        limits, *values = pickle.loads(memoryview(data)[_LENGTH.size :])
        return cls(_limits(limits), *values)


@lru_cache(64)
def _plain(limits: Limits) -> tuple[Any, ...]:
    return tuple(vars(limits).values())


@lru_cache(64)
def _limits(values: tuple[Any, ...]) -> Limits:
    return Limits(*values)


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(CHUNK)
    if not data:
        raise Cut("the connection ended early")
    return data


class Closing:
    """What is closed at the end of its ``with`` block."""

    __slots__ = ()

    def close(self) -> None:
        """Let go of all that it holds."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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


#: Seconds between two looks at who waits.
_LOOK: Final = 0.005


class Alarm:
    """Rings when its moment of ``time.monotonic`` is over, unless ``due`` is None by then."""

    __slots__ = ("due", "ring")

    def __init__(self, due: float, ring: Callable[[], None]) -> None:
        self.due: float | None = due
        self.ring = ring


class _Clock:
    """The alarms of one event loop, looked at by one timer: nearly all are off long before, and cost no timer each."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._alarms: list[Alarm] = []
        self._goes = False

    def add(self, alarm: Alarm) -> None:
        self._alarms.append(alarm)
        if not self._goes:
            self._goes = True
            self.loop.call_later(_LOOK, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        set_, self._alarms = self._alarms, []
        for alarm in set_:
            if alarm.due is None:
                continue
            if alarm.due <= now:
                self.loop.call_soon(_ring, alarm)
            else:
                self._alarms.append(alarm)
        self._goes = bool(self._alarms)
        if self._goes:
            self.loop.call_later(_LOOK, self._look)


def _ring(alarm: Alarm) -> None:
    if alarm.due is not None:
        alarm.due = None
        alarm.ring()


_HERE: Final = threading.local()


def set_alarm(loop: asyncio.AbstractEventLoop, due: float, ring: Callable[[], None]) -> Alarm:
    """Have ``ring`` called in the event loop of this thread, within milliseconds after a moment of time.monotonic."""
    clock: _Clock | None = getattr(_HERE, "clock", None)
    if clock is None or clock.loop is not loop:
        clock = _HERE.clock = _Clock(loop)
    alarm = Alarm(due, ring)
    clock.add(alarm)
    return alarm


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
