"""An answer as it comes from a store, read and written anew in a thread of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

from cityrights.engine import frames
from cityrights.engine.base import Limits
from cityrights.engine.control import Control
from cityrights.engine.output import NotXml, TooLarge
from cityrights.engine.remote_http import Exchange
from cityrights.engine.remote_results import Sink, transcode
from cityrights.engine.rows import TooManyRows
from cityrights.engine.worker import explain
from cityrights.errors import (
    EngineBusy,
    EngineFailure,
    EngineUnavailable,
    QueryError,
    QueryRefused,
    QueryUnsupported,
    QueryUnwritable,
)
from cityrights.rdfxml import Unwritable

#: So much of an answer, in bytes, is taken before it is handed out: smaller ones are whole.
HELD: Final = 1 << 20
#: Pieces that wait for the reader of a long answer.
_WAITING: Final = 8


class RemoteResult:
    """An answer as it comes from a store. See ``cityrights.engine.base.Result``.

    The store is asked, and its answer read, in a thread of its own, so that whoever waits can be let go at once.
    ``whole`` is called with the number of triples when a graph is read, and raises when there may be more.
    """

    def __init__(
        self,
        exchange: Exchange,
        form: str,
        media_type: str,
        limits: Limits,
        control: Control | None = None,
        whole: Callable[[Exchange, int], None] | None = None,
    ) -> None:
        self.form = form
        self.media_type = media_type
        self.size: int | None = None
        self.truncated = 0
        self._exchange = exchange
        self._whole = whole
        self._limits = limits
        self._control = control or Control()
        self._pieces: queue.Queue[bytes | QueryError | None] = queue.Queue(_WAITING)
        self._held: deque[bytes] = deque()
        self._error: QueryError | None = None
        self._ended = False
        self._cancelled = threading.Event()
        self._pump = threading.Thread(target=self._run, name="remote", daemon=True)

    def begin(self) -> None:
        """Take the first part of the answer, or raise what became of it."""
        self._pump.start()
        size = 0
        while not self._ended and size < HELD:
            piece = self._take()
            if piece is not None:
                self._held.append(piece)
                size += len(piece)
        if self._ended:
            self.size = size

    def _run(self) -> None:
        """Ask, read, mend and write the answer anew; runs in a thread of its own."""
        exchange = self._exchange
        outcome: QueryError | None = None
        try:
            exchange.open()
            sink = Sink(self._put, self.media_type, self._limits.result_bytes)
            transcode(exchange, self.form, self.media_type, sink, self._limits, self._cut, self._read)
        except (QueryError, SyntaxError, OSError, TooLarge, TooManyRows, NotXml, Unwritable, MemoryError) as error:
            # What the parser holds may only be let go of in this thread, and tracebacks would carry it out.
            traceback.clear_frames(error.__traceback__)
            outcome = error if isinstance(error, QueryError) else _told(error, self)
            outcome.__traceback__ = outcome.__cause__ = outcome.__context__ = None
        finally:
            exchange.close()
            self._control.finish()
            with contextlib.suppress(_Cancelled):
                self._put(outcome)

    def _cut(self, rows: int) -> None:
        self.truncated = rows

    def _read(self, triples: int) -> None:
        self._exchange.close()  # its line may be needed now
        if self._whole is not None:
            self._whole(self._exchange, triples)

    def _put(self, piece: bytes | QueryError | None) -> None:
        while not self._cancelled.is_set():
            try:
                self._pieces.put(piece, timeout=0.5)
            except queue.Full:
                continue
            return
        raise _Cancelled

    def _take(self) -> bytes | None:
        while True:
            if self._cancelled.is_set():
                raise self._over(EngineFailure("the query was cancelled"))
            left = self._exchange.deadline - time.monotonic()
            if left <= 0:
                waiting = self._exchange.waiting
                self.close()
                late = EngineUnavailable(f"{self._exchange.name} did not answer in time", slow=True)
                raise self._over(EngineBusy(5) if waiting else late)
            try:
                piece = self._pieces.get(timeout=min(left, 0.5))
            except queue.Empty:
                continue
            if isinstance(piece, bytes):
                return piece
            self._ended = True
            if piece is not None:
                raise self._over(piece)
            return None

    def _over(self, error: QueryError) -> QueryError:
        self._ended = True
        self._error = error
        return error

    def __iter__(self) -> Iterator[bytes]:
        while self._held:
            yield self._held.popleft()
        self._exchange.deadline = time.monotonic() + self._limits.seconds + self._limits.delivery
        while not self._ended:
            piece = self._take()
            if piece is not None:
                yield piece
        if self._error is not None:
            raise self._error

    def read(self) -> bytes:
        """Return what has not been read of the answer."""
        return b"".join(self)

    def close(self) -> None:
        """End the query if it still runs, and wake whoever waits for it; any thread may."""
        if not self._ended:
            self._cancelled.set()
            self._exchange.cancel()
            with contextlib.suppress(queue.Full):
                self._pieces.put_nowait(b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    @property
    def limits(self) -> Limits:
        """What this query may use."""
        return self._limits


class _Cancelled(OSError):
    """Nobody waits for the answer any more."""


def _told(error: Exception, result: RemoteResult) -> QueryError:
    """Say in words what broke the writing of an answer."""
    request = frames.Request("", result.form, "", result.media_type, result.limits, (), (), (), (), False, {})
    said = explain(error, request)
    kinds: dict[str, type[QueryError]] = {
        "refused": QueryRefused,
        "unsupported": QueryUnsupported,
        "unwritable": QueryUnwritable,
    }
    return kinds.get(said["kind"], EngineFailure)(str(said.get("reason", "the answer could not be written")))
