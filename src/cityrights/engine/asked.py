"""A query that an event loop drives: no thread waits for its worker, which short answers would pay dearest."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

from cityrights.engine import frames
from cityrights.engine.asker import ASKER
from cityrights.engine.base import Result
from cityrights.engine.control import Control
from cityrights.engine.handle import Handle
from cityrights.engine.pool import Pool
from cityrights.engine.result import TRIES, EmbeddedResult, Lost, ending
from cityrights.engine.screened import Screened
from cityrights.engine.tickets import Ticket
from cityrights.errors import EngineFailure, QueryError

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
        request: frames.Request,
        screened: Screened,
        control: Control,
        tell: Callable[[Result | Exception], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._tell = tell
        self._pool = pool
        self._data = frames.request_bytes(request)
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
