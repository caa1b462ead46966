"""Work that grows with what somebody sent, done aside: in a process of its own, which can be killed and may crash.

One small process, started when it is first needed and without a thread or a graph, forks another one for each errand:
a long text of SPARQL to be read or rewritten, an answer of somebody else's endpoint to be parsed. It has no network,
its time and memory are bounded by the system, and it ends when the service does. Threads would not do: whatever reads
tokens holds the interpreter, and a parser that falls over takes its whole process along.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, ParamSpec, TypeVar

from sparqlgate.errors import EngineBusy, EngineFailure, QueryMemory, QueryTimeout
from sparqlgate.pool import wire
from sparqlgate.pool.offload_process import LENGTH, Order
from sparqlgate.query import Closing
from sparqlgate.text.guard import Bounds, Screened, is_short, screen, verdict

#: What an errand over a text may take, in seconds of a processor and in bytes; and how long it may wait for both, in
#: seconds of the clock, on a machine that has other things to do.
SECONDS: Final = 10.0
_PATIENCE: Final = 30.0
MEMORY: Final = 512 << 20
#: What an errand over an answer may take, in the same units.
_ANSWER_SECONDS: Final = 60.0
_ANSWER_PATIENCE: Final = 300.0
_ANSWER_MEMORY: Final = 1 << 30
#: Errands over texts that run at once: half of the processors stay free for others.
AT_ONCE: Final = max(1, min(4, (os.cpu_count() or 1) // 2))
#: Seconds until somebody may try again for whom no process could be had.
_LATER: Final = 5.0
_RUN: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sparqlgate.pool.offload_process import main; main(int(sys.argv[2]), sys.argv[3:])"
)
#: What every errand needs is imported once, before the first is forked.
_OURS: Final = ("sparqlgate.text.guard", "sparqlgate.text.rewriting")

P = ParamSpec("P")
T = TypeVar("T")


class Ended(ConnectionError):
    """The process of an errand ended before it was done: it crashed, was killed, or ran out of time or memory."""


class Errand(Closing):
    """One piece of work on its way in a process of its own. Any thread may ``end`` it; ``close`` it in any case."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._incoming = wire.Incoming(sock)
        self._until = time.monotonic() + seconds
        self._process = -1
        self._lock = threading.Lock()
        self._over = False

    def begin(self, order: Order) -> None:
        """Hand the work over. Raises Ended and TimeoutError."""
        self._wait()
        try:
            # The process tells who it is by a descriptor, which never comes to mean another one as its number may.
            _, descriptors, _, _ = socket.recv_fds(self._sock, 1, 1)
            with self._lock:
                self._process = descriptors[0] if descriptors else -1
                over = self._over
            if over:
                self.end()
            payload = pickle.dumps(order, protocol=pickle.HIGHEST_PROTOCOL)
            self._sock.sendall(LENGTH.pack(len(payload)) + payload)
        except TimeoutError:
            raise
        except OSError as error:
            raise Ended from error

    def give(self, piece: bytes) -> None:
        """Give it more of what it reads; an empty piece is the end of that. Raises Ended and TimeoutError."""
        self._wait()
        try:
            self._sock.sendall(LENGTH.pack(len(piece)) + piece)
        except TimeoutError:
            raise
        except OSError as error:
            raise Ended from error

    def take(self) -> tuple[int, bytes]:
        """Take the next frame of what it has made. Raises Ended and TimeoutError."""
        self._wait()
        try:
            return self._incoming.receive()
        except TimeoutError:
            raise
        except OSError as error:
            raise Ended from error

    def _wait(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        with self._lock:
            if self._over:
                raise Ended
            self._sock.settimeout(left)

    def end(self) -> None:
        """Kill the process and wake whoever waits for it."""
        with self._lock:
            self._over = True
            if self._process >= 0:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._process, signal.SIGKILL)
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Kill the process, where it still runs, and let go of it; when nobody waits for it any more."""
        self.end()
        with self._lock:
            self._sock.close()
            if self._process >= 0:
                os.close(self._process)
                self._process = -1


class _Forker:
    """The process that forks the others."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._closing = threading.Lock()
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-c", _RUN, json.dumps(sys.path), str(theirs.fileno()), *modules]
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # of a parser that falls over; nobody needs its last words
                    start_new_session=True,
                    env={**os.environ, "RUST_BACKTRACE": "0"},
                )
            except OSError:
                self._control.close()
                raise

    def fork(self) -> socket.socket:
        """Return the connection to a new process. Raises OSError when there is none to be had."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"F"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def close(self) -> None:
        """End it, and with it every process that it forked. Closing twice does nothing."""
        with self._closing:
            if self._control.fileno() >= 0:
                self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._control.close()


class Aside(Closing):
    """Where errands are run. Threads may share it; nothing is started before the first errand, or ``start``.

    ``modules`` are those that errands need, beside our own of the engine.
    """

    def __init__(self, *modules: str) -> None:
        self._modules = (*_OURS, *modules)
        self._lock = threading.RLock()
        self._places = threading.Semaphore(AT_ONCE)
        self._forker: _Forker | None = None
        self._closed = False
        self._owner = os.getpid()
        self._errands: weakref.WeakSet[Errand] = weakref.WeakSet()
        self._finalizer: weakref.finalize[..., Aside] | None = None

    def start(self) -> None:
        """Start the forking process, so that no errand need wait for it. Raises EngineBusy and EngineFailure."""
        with self._lock:
            self._ready()

    def call(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Do ``work``, a function of a module over texts, in a process of its own, and return what it returns.

        Raises the GateError or ValueError that it raises; QueryTimeout, QueryMemory over MEMORY,
        EngineBusy when no process can be had, EngineFailure when this was closed or the process was killed.
        """
        return self.called(work, given, named)

    def called(
        self,
        work: Callable[..., T],
        given: tuple[Any, ...],
        named: dict[str, Any] | None = None,
        hold: Callable[[Errand], None] = lambda errand: None,
    ) -> T:
        """Do the same with arguments in a tuple; ``hold`` is given the errand, which it may end at any moment."""
        if not self._places.acquire(timeout=_PATIENCE):
            raise EngineBusy(_LATER)
        try:
            order = Order(work, given, named or {}, _PATIENCE, SECONDS, MEMORY)
            with self.errand(order) as errand:
                hold(errand)
                value: T = _result(errand, order)
                return value
        finally:
            self._places.release()

    def made(self, work: Callable[..., T], given: tuple[Any, ...], named: dict[str, Any]) -> T:
        """Do ``work`` over a whole answer: as ``called`` with larger bounds, and without waiting for those over texts.

        It is for who has only a few of these at once.
        """
        order = Order(work, given, named, _ANSWER_PATIENCE, _ANSWER_SECONDS, _ANSWER_MEMORY)
        with self.errand(order) as errand:
            value: T = _result(errand, order)
            return value

    def errand(self, order: Order) -> Errand:
        """Begin an errand in a process of its own, which is killed when its time is over.

        Raises EngineBusy when no process can be had, EngineFailure when this was closed.
        """
        for _ in range(2):
            with self._lock:
                forker = self._ready()
            try:
                errand = Errand(forker.fork(), order.seconds)
            except OSError:
                self._drop(forker)
                continue
            try:
                self._errands.add(errand)
                errand.begin(order)
            except Ended:  # nothing has been read yet: the forking process is gone, or cannot fork
                errand.close()
                self._drop(forker)
            except TimeoutError:
                errand.close()
                break
            else:
                return errand
        raise EngineBusy(_LATER)

    def _ready(self) -> _Forker:
        if self._closed:
            raise EngineFailure("the engine was closed")
        if os.getpid() != self._owner:
            raise EngineFailure("this engine belongs to the process that opened it; open one in each process")
        if self._forker is None:
            try:
                self._forker = _Forker(self._modules)
            except OSError:  # no process or descriptor is left, which passes
                raise EngineBusy(_LATER) from None
            self._finalizer = weakref.finalize(self, self._forker.close)
        return self._forker

    def _drop(self, forker: _Forker) -> None:
        """Forget a forking process that does not answer; the next errand starts another one."""
        with self._lock:
            if self._forker is forker:
                self._forker = None
        forker.close()

    def pids(self) -> list[int]:
        """Return the process id of the forking process, where there is one."""
        with self._lock:
            return [] if self._forker is None else [self._forker.pid]

    def close(self) -> None:
        """End every errand and every process; later errands raise EngineFailure. Closing twice does nothing."""
        with self._lock:
            if os.getpid() != self._owner:
                return
            self._closed = True
            forker, self._forker = self._forker, None
        for errand in list(self._errands):
            errand.end()
        if forker is not None:
            forker.close()


def _result(errand: Errand, order: Order) -> Any:
    pieces: list[bytes] = []
    try:
        while True:
            kind, payload = errand.take()
            if kind == wire.END:
                break
            if kind != wire.DATA:
                memory = json.loads(payload)["kind"] == "memory"
                raise QueryMemory(order.memory) if memory else QueryTimeout(order.work_seconds)
            pieces.append(payload)
    except TimeoutError:
        raise QueryTimeout(order.seconds) from None
    except Ended:
        raise EngineFailure("the process that read what was sent or found ended before it was done") from None
    # Our own code made this, of a text that it only looked at: no parser of anybody else, and no query, ran there.
    good, value = pickle.loads(b"".join(pieces))
    if good:
        return value
    raise value


def read(
    aside: Aside,
    text: str,
    bounds: Bounds | None = None,
    *,
    federated: bool = False,
    hold: Callable[[Errand], None] = lambda errand: None,
) -> Screened:
    """Screen a text, in a process of its own where it is long. Raises as ``screen`` and ``Aside.call`` do.

    ``hold`` is given the errand of a long one, which it may end at any moment.
    """
    limits = bounds or Bounds()
    if is_short(text) or len(text) > limits.size + 1:  # which the screen refuses at a glance
        return screen(text, limits, federated=federated)
    found: Screened = aside.called(verdict, (text, limits), {"federated": federated}, hold)
    return replace(found, text=text.removeprefix("\ufeff"))


def work(aside: Aside, text: str, function: Callable[..., T], *given: Any, **named: Any) -> T:
    """Call ``function``, whose time grows with ``text``: here where that is short, else in a process of its own."""
    if is_short(text):
        return function(*given, **named)
    return aside.called(function, given, named)
