"""An answer as it comes from its worker, read by a thread that waits for it or by an event loop that does not."""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import orjson

from sparqlgate.errors import EngineFailure, QueryError, QueryMemory, QuerySyntaxError, QueryTimeout
from sparqlgate.namespaces import Names
from sparqlgate.pool import wire
from sparqlgate.pool.processes import WorkerProcess
from sparqlgate.pool.supervisor import Pool
from sparqlgate.query import Closing, Control, Limits
from sparqlgate.text.guard import Screened
from sparqlgate.text.mistakes import UNSURE

#: So much of an answer, in bytes, is taken before it is handed out: smaller ones are whole, and free their worker.
_HELD = 1 << 20
#: A query whose worker was killed from outside before any of its answer was handed out runs again, so often at most.
TRIES = 3
#: A query that missed no more than this part of its time, or so many seconds, has taken too long itself.
_LITTLE, _LITTLE_SECONDS = 0.1, 1.0
_KILLED = -9
_OUT_OF_CPU = -24


class Lost(Exception):
    """The worker was killed by somebody else before any of its answer was handed out."""


class EmbeddedResult(Closing):
    """An answer as it comes from its worker. See ``sparqlgate.stores.base.Result``."""

    def __init__(
        self, pool: Pool, worker: WorkerProcess, screened: Screened, limits: Limits, control: Control, asked: float
    ) -> None:
        self.form = screened.form
        self.media_type = ""
        self.size: int | None = None
        self.truncated = 0
        self._pool = pool
        self._worker: WorkerProcess | None = worker
        self._incoming = wire.Incoming(worker.sock)
        self._screened = screened
        self._limits = limits
        self._began = time.monotonic()
        self._deadline = asked + limits.seconds
        self._control = control
        self._left = limits.seconds
        self._held: deque[bytes] = deque()
        self._received = 0
        self._error: QueryError | None = None
        self._cancelled = False
        self._handing_out = False
        self._reading = threading.Lock()
        self._owning = threading.Lock()

    def take(self) -> bool:
        """Take of the first part what has come, without waiting; say whether that is all of it.

        Raises what became of the query, and OSError when its worker is gone: ``ended`` tells why.
        """
        with self._reading:
            if self._worker is not None:
                self._incoming.fill()
            while not self._begun() and (frame := self._incoming.frame()) is not None:
                chunk = self._accept(*frame)
                if chunk is not None:
                    self._held.append(chunk)
        if not self._begun():
            return False
        self._hand_out()
        return True

    def _begun(self) -> bool:
        return self._worker is None or self._received >= _HELD

    def _hand_out(self) -> None:
        self._handing_out = True
        if self._worker is None:
            self.size = self._received
        else:
            self._left = max(self._deadline - time.monotonic(), 0.001)

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
                kind, payload = self._incoming.receive()
            except TimeoutError:
                raise self.late() from None
            except OSError:
                self._pool.discard(worker)
                worker.exited.wait(2.0)
                raise self.ended() from None
            return self._accept(kind, payload)

    def _accept(self, kind: int, payload: bytes) -> bytes | None:
        worker = self._worker
        assert worker is not None
        if kind == wire.DATA:
            self._received += len(payload)
            return payload
        if kind == wire.WHOLE:
            said, _, body = payload.partition(b"\n")
            about = orjson.loads(said)
            self._start(about)
            self._received = len(body)
            self._done(worker, about)
            return body
        if kind == wire.START:
            self._start(orjson.loads(payload))
        elif kind == wire.END:
            self._done(worker, orjson.loads(payload))
        else:
            self._free(worker)
            raise self._over(None, _error(orjson.loads(payload), self._limits, self._screened, self._pool.names))
        return None

    def _start(self, about: Mapping[str, Any]) -> None:
        self.media_type, self.truncated = about["media_type"], int(about.get("truncated", 0))

    def late(self) -> QueryError | Lost:
        """End the query, whose time is over; return the error that says so."""
        worker = self._worker
        assert worker is not None
        limit = self._limits.seconds
        missed = worker.waited + max(0.0, self._began + limit - self._deadline)
        ran = limit - missed
        if missed <= max(_LITTLE * limit, min(_LITTLE_SECONDS, limit / 2)):
            self._pool.discard(worker, "timeout")
            return self._over(worker, QueryTimeout(limit))
        reason = f"long queries take turns, and this one got {max(0.0, ran):.1f} of the {limit:g} s that it may take"
        return self._over(worker, self._pool.busy(worker, reason))

    def ended(self) -> QueryError | Lost:
        """Return why the worker ended before the answer was whole; ask when it has exited."""
        worker = self._worker
        assert worker is not None
        return self._over(worker, self._why(worker))

    def _done(self, worker: WorkerProcess, end: Mapping[str, Any]) -> None:
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

    def _free(self, worker: WorkerProcess) -> None:
        with self._owning:  # from here on nobody ends the worker in the name of this query
            self._worker = None
        self._control.finish()
        self._pool.release(worker, time.monotonic() - self._began)

    def _over(self, worker: WorkerProcess | None, error: QueryError | Lost) -> QueryError | Lost:
        if worker is not None:
            worker.close()
        self._worker = None
        if isinstance(error, QueryError):
            self._error = error
            self._control.finish()
        return error

    def _why(self, worker: WorkerProcess) -> QueryError | Lost:
        """Say why a worker ended in the middle of a query."""
        if self._cancelled:
            return EngineFailure("the query was cancelled")
        if worker.refusal is not None:
            return worker.refusal
        if worker.ended_for == "timeout" or worker.status == _OUT_OF_CPU:
            return QueryTimeout(self._limits.seconds)
        if worker.ended_for == "close":
            return EngineFailure("the engine was closed")
        if worker.out_of_memory():
            return QueryMemory(self._limits.memory)
        if worker.status in (_KILLED, None) and not self._handing_out:
            return Lost()
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

    def __del__(self) -> None:
        self.close()


def ending(result: EmbeddedResult) -> Callable[[], None]:
    """Return what ends the query of an answer, for its Control; it does not keep a forgotten answer alive."""
    return partial(_cancel, weakref.ref(result))


def _cancel(reference: weakref.ref[EmbeddedResult]) -> None:
    result = reference()
    if result is not None:
        result.cancel()


def _error(said: Mapping[str, object], limits: Limits, screened: Screened, names: Names) -> QueryError:
    """Return the error that a worker tells of, with what is only known here."""
    if said.get("error") == QueryMemory.__name__:
        return QueryMemory(limits.memory)
    error = QueryError.of(said)
    if isinstance(error, QuerySyntaxError) and screened.undeclared is not None and not _is_sure(error):
        return screened.undeclared.offering(names.prefixes)
    return error


def _is_sure(error: QuerySyntaxError) -> bool:
    return error.extra.get("mistake", UNSURE[0]) not in UNSURE
