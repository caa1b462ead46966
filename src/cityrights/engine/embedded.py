"""The embedded engine: SPARQL from a snapshot on this machine, each query in a process that can be killed."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pyoxigraph as ox

from cityrights.engine import frames
from cityrights.engine.base import JSON, Limits, Term
from cityrights.engine.control import Control
from cityrights.engine.formats import choose
from cityrights.engine.handle import Handle
from cityrights.engine.pool import Pool
from cityrights.engine.preload import IN_MEMORY, Source
from cityrights.engine.screen import Bounds, Screened, screen
from cityrights.errors import (
    EngineFailure,
    QueryError,
    QueryMemory,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
)

#: So much of an answer, in bytes, is taken before it is handed out: smaller ones are whole, and free their worker.
_HELD = 1 << 20
#: A query whose worker was killed from outside before any of its answer was handed out runs again, so often at most.
_TRIES = 3
_KILLED = -9
_OUT_OF_CPU = -24


class Snapshot(Protocol):
    """What the engine needs of a snapshot."""

    @property
    def version(self) -> str: ...
    @property
    def store(self) -> Path: ...
    @property
    def nquads(self) -> Path: ...


class _Lost(Exception):
    """The worker was killed by somebody else before any of its answer was handed out."""


class EmbeddedResult:
    """An answer as it comes from its worker. See ``cityrights.engine.base.Result``."""

    def __init__(self, pool: Pool, worker: Handle, screened: Screened, limits: Limits, control: Control) -> None:
        self.form = screened.form
        self.media_type = ""
        self.size: int | None = None
        self.truncated = 0
        self._pool = pool
        self._worker: Handle | None = worker
        self._screened = screened
        self._limits = limits
        self._began = time.monotonic()
        self._control = control
        self._left = limits.seconds
        self._held: deque[bytes] = deque()
        self._received = 0
        self._error: QueryError | None = None
        self._cancelled = False
        self._handing_out = False
        self._reading = threading.Lock()
        self._owning = threading.Lock()

    def begin(self) -> None:
        """Take the first part of the answer, or raise what became of it. Raises _Lost when another try may help."""
        deadline = self._began + self._limits.seconds
        while self._worker is not None and sum(map(len, self._held)) < _HELD:
            self._left = deadline - time.monotonic()
            chunk = self._receive()
            if chunk is not None:
                self._held.append(chunk)
        self._handing_out = True
        if self._worker is None:
            self.size = self._received
        else:
            self._left = max(self._left, 0.001)

    def __iter__(self) -> Iterator[bytes]:
        while (chunk := self._next()) is not None:
            yield chunk

    def _next(self) -> bytes | None:
        if self._held:
            return self._held.popleft()
        if self._error is not None:
            raise self._error
        while self._worker is not None:
            before = time.monotonic()
            chunk = self._receive()
            self._left -= time.monotonic() - before
            if chunk is not None:
                return chunk
        if self._cancelled:
            raise EngineFailure("the query was cancelled")
        return None

    def read(self) -> bytes:
        """Return what has not been read of the answer."""
        return b"".join(self)

    def _receive(self) -> bytes | None:
        """Receive one frame: bytes of the answer, or None when something else came."""
        with self._reading:
            worker = self._worker
            if worker is None:
                return None
            try:
                if self._left <= 0:
                    raise TimeoutError
                worker.sock.settimeout(self._left)
                kind, payload = frames.receive(worker.sock)
            except TimeoutError:
                self._pool.discard(worker, "timeout")
                raise self._over(worker, QueryTimeout(self._limits.seconds)) from None
            except OSError:
                self._pool.discard(worker)
                worker.exited.wait(2.0)
                raise self._over(worker, self._why(worker)) from None
            if kind == frames.DATA:
                self._received += len(payload)
                return payload
            if kind == frames.START:
                about = json.loads(payload)
                self.media_type, self.truncated = about["media_type"], int(about.get("truncated", 0))
            elif kind == frames.END:
                self._done(worker, json.loads(payload))
            else:
                self._free(worker)
                raise self._over(None, _error(json.loads(payload), self._limits, self._screened))
        return None

    def _done(self, worker: Handle, end: dict[str, int]) -> None:
        if end["bytes"] != self._received:
            self._pool.discard(worker)
            raise self._over(worker, EngineFailure("the answer was not whole"))
        if end["retire"]:
            self._pool.discard(worker)
            worker.close()
            self._worker = None
            self._control.finish()
        else:
            self._free(worker)

    def _free(self, worker: Handle) -> None:
        with self._owning:  # from here on nobody ends the worker in the name of this query
            self._worker = None
        self._control.finish()
        self._pool.release(worker, time.monotonic() - self._began)

    def _over(self, worker: Handle | None, error: QueryError | _Lost) -> QueryError | _Lost:
        if worker is not None:
            worker.close()
        self._worker = None
        if isinstance(error, QueryError):
            self._error = error
            self._control.finish()
        return error

    def _why(self, worker: Handle) -> QueryError | _Lost:
        """Say why a worker ended in the middle of a query."""
        if self._cancelled:
            return EngineFailure("the query was cancelled")
        if worker.ended_for == "timeout" or worker.status == _OUT_OF_CPU:
            return QueryTimeout(self._limits.seconds)
        if worker.ended_for == "close":
            return EngineFailure("the engine was closed")
        if worker.out_of_memory():
            return QueryMemory(self._limits.memory)
        if worker.status in (_KILLED, None) and not self._handing_out:
            return _Lost()
        return EngineFailure("the process that ran the query ended before its answer was whole")

    def cancel(self) -> None:
        """Kill the worker if the query still runs, without waiting for whoever reads the answer; any thread may."""
        with self._owning:
            worker = self._worker
            if worker is None:
                return
            self._cancelled = True
            worker.end("cancel")
        self._pool.discard(worker, "cancel")

    def close(self) -> None:
        """End the query if it still runs; any thread may."""
        worker = self._worker
        if worker is None:
            return
        self.cancel()
        with self._reading:
            if self._worker is not None:
                worker.close()
                self._worker = None
                self._control.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class EmbeddedEngine:
    """Answers from a snapshot with ``workers`` processes; ``queue`` callers may wait for one.

    Up to ``in_memory`` bytes of N-Quads the graph is held in memory, shared by the workers; above it they read the
    store on disk. ``limits`` are the largest that a query gets. Opening takes as long as loading does. Raises
    SnapshotError when the snapshot cannot be read.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        workers: int = 2,
        queue: int = 32,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        in_memory: int = IN_MEMORY,
    ) -> None:
        if workers < 1 or queue < 0:
            raise ValueError("an engine needs at least one worker, and its queue cannot be less than 0")
        self.version = snapshot.version
        self.limits = limits or Limits()
        self._bounds = bounds or Bounds()
        source = Source(nquads=str(snapshot.nquads), store=str(snapshot.store), in_memory=in_memory)
        self._pool = Pool(source, workers, queue)
        self._pool.start()
        self._finalizer = weakref.finalize(self, self._pool.close)

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
    ) -> EmbeddedResult:
        """Answer one query; see ``cityrights.engine.base.Engine``. ``limits`` only count where they are stricter."""
        screened = self._screen(text)
        allowed = self.limits if limits is None else limits.within(self.limits)
        request = frames.Request(
            text=screened.text,
            form=screened.form,
            head=screened.head,
            media_type=choose(screened.form, accept),
            limits=allowed,
            default_graphs=_absolute(default_graphs),
            named_graphs=_absolute(named_graphs),
            from_default=screened.from_default,
            from_named=screened.from_named,
            graphs=screened.graphs,
            substitutions=dict(substitutions or {}),
        )
        return self._run(request, screened, allowed, control or Control())

    def _screen(self, text: str) -> Screened:
        return screen(text, self._bounds)

    def _run(self, request: frames.Request, screened: Screened, limits: Limits, control: Control) -> EmbeddedResult:
        for _ in range(_TRIES):
            worker = self._send(request, limits, control)
            self._pool.expire(worker, time.monotonic() + limits.seconds + limits.delivery)
            result = EmbeddedResult(self._pool, worker, screened, limits, control)
            control.attach(partial(_cancel, weakref.ref(result)))  # a forgotten answer still ends by itself
            with contextlib.suppress(_Lost):
                result.begin()
                return result
        raise EngineFailure("the processes that ran the query were ended from outside, again and again")

    def _send(self, request: frames.Request, limits: Limits, control: Control) -> Handle:
        """Hand the query to a worker; one that died while it waited for work is replaced, and nothing is lost."""
        while True:
            control.check()
            worker = self._pool.acquire(limits.seconds, control)
            control.begin()
            try:
                worker.sock.settimeout(limits.seconds)
                frames.send_request(worker.sock, request)
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
        """Return how many workers are idle, active and starting, and how many queries wait."""
        return self._pool.census()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return self._pool.pids()

    def close(self) -> None:
        """End every query and every process. Closing twice does nothing."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _cancel(reference: weakref.ref[EmbeddedResult]) -> None:
    result = reference()
    if result is not None:
        result.cancel()


def _absolute(graphs: Sequence[str]) -> tuple[str, ...]:
    for iri in graphs:
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise QueryRefused(f"the graph '{iri[:200]}' is not an absolute IRI") from None
    return tuple(graphs)


def _error(answer: dict[str, object], limits: Limits, screened: Screened) -> QueryError:
    kind, reason = answer["kind"], str(answer.get("reason", ""))
    if kind == "syntax":
        if screened.undeclared is not None:
            return screened.undeclared
        line, column = answer.get("line"), answer.get("column")
        return QuerySyntaxError(
            reason,
            line=line if isinstance(line, int) else None,
            column=column if isinstance(column, int) else None,
        )
    if kind == "memory":
        return QueryMemory(limits.memory)
    if kind == "refused":
        return QueryRefused(reason)
    if kind == "unsupported":
        return QueryUnsupported(reason)
    return EngineFailure(reason)
