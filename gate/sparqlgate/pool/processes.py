"""The service's side of its processes: the zygote that forks workers, and each worker with its connection."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sparqlgate.errors import EngineBusy
from sparqlgate.pool.zygote import FORK, MESSAGE, REAP, Source

if TYPE_CHECKING:  # which workers, and most commands, can do without
    import asyncio

_LINUX: Final = sys.platform == "linux"
_PAGE: Final = resource.getpagesize()
#: The clock of the processor time of a whole process, in the number that clock_getcpuclockid(3) makes of its id.
_CPU_CLOCK: Final = 2


def computed(pid: int) -> float | None:
    """Return the processor time that a process has used, in seconds; None where it cannot be told."""
    if _LINUX:
        with contextlib.suppress(OSError):
            return time.clock_gettime((~pid << 3) | _CPU_CLOCK)
    return None


def resident(pid: int) -> int:
    """Return what a process holds in memory, in bytes, what it shares with others included; 0 where it is unknown."""
    if _LINUX:
        with contextlib.suppress(OSError, ValueError):
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    return 0


def asleep(pid: int) -> bool:
    """Say whether a process waits for something else than the processor or a disk: here, for whoever reads from it."""
    if _LINUX:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] == b"S"
    return False


_RUN: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sparqlgate.pool.zygote import main; main(int(sys.argv[2]), sys.argv[3])"
)


class Launcher:
    """One forking process. Its messages are read by one thread; anybody may ask for a worker or a reaping.

    Raises OSError when it cannot be started.
    """

    def __init__(self, source: Source) -> None:
        self.control, theirs = socket.socketpair()
        self._lock = threading.RLock()
        self._rest = b""
        command = [sys.executable, "-c", _RUN, json.dumps(sys.path), str(theirs.fileno())]
        with theirs:
            try:
                self.process = subprocess.Popen(
                    [*command, pickle.dumps(source).hex()],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                    env={**os.environ, "RUST_BACKTRACE": "0"},
                )
            except OSError:
                self.control.close()
                raise

    def fork(self, sock: socket.socket, errors: int) -> bool:
        """Ask for a worker on ``sock`` whose error messages go to ``errors``. False when the process is gone."""
        try:
            with self._lock:
                socket.send_fds(self.control, [FORK.ljust(MESSAGE, b"\0")], [sock.fileno(), errors])
        except OSError:
            return False
        return True

    def reap(self, pid: int) -> None:
        """Ask for the exit status of a worker that ended or was killed."""
        with self._lock, contextlib.suppress(OSError):
            self.control.sendall(REAP + pid.to_bytes(MESSAGE - 1, "big"))

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what has arrived, which may be nothing; raises ConnectionError when the process is gone."""
        try:
            data = self.control.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield json.loads(line)

    def close(self) -> None:
        """End the process and with it every worker; returns when it has ended."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.control.close()


class Ear:
    """The connection of a worker as one event loop hears it, from its first query in that loop on.

    ``heard`` is called when something comes, or the worker has ended. To begin and to end anew for each query takes six
    calls of the system. The descriptor is one of its own, so that nobody else closes it under the loop; what comes
    while nobody listens is an end, or for a query that is driven otherwise, and then this loop hears no more. Raises
    OSError when no descriptor is left.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        self.loop = loop
        self.heard: Callable[[], None] | None = None
        self._descriptor = os.dup(sock.fileno())
        self._close = weakref.finalize(self, os.close, self._descriptor)
        loop.add_reader(self._descriptor, self._came)

    @property
    def hears(self) -> bool:
        """Whether it still does."""
        return self._close.alive

    def end(self) -> None:
        """Hear no more, and tell whoever listens; any thread may.

        uvloop hears nothing of a process that ended before it had read all that it was sent (POLLERR), and would take
        the next descriptor of that number for one that is closed.
        """
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(self._end)

    def _came(self) -> None:
        if self.heard is not None:
            self.heard()
        else:
            self._let_go()

    def _end(self) -> None:
        heard = self.heard
        self._let_go()
        if heard is not None:
            heard()

    def _let_go(self) -> None:
        if self.hears:
            self.loop.remove_reader(self._descriptor)
            self._close()


#: By how much a worker that gives way becomes nicer: only so many compute at once that it takes no more.
_LOWER = 5
_MEMORY_WORDS = (b"memory allocation", b"bad_alloc", b"MemoryError")


class WorkerProcess:
    """One worker process.

    ``ended_for`` is why the service killed it (``timeout``, ``cancel``, ``close``, ``busy``), or empty; ``refusal`` is
    what whoever asked is told of ``busy``. Of the query that it runs now: ``client`` asked it, it came at ``since``,
    ends by force at ``expires`` (both of ``time.monotonic``), and is ``long`` from some moment on.
    """

    def __init__(self, launcher: Launcher, sock: socket.socket, errors: int) -> None:
        self.sock = sock
        self.launcher = launcher
        self.pid = 0
        self.expires: float | None = None
        self.since: float | None = None
        self.client = ""
        self.long = False
        self.asleep = False
        self.ended_for = ""
        self.refusal: EngineBusy | None = None
        self.status: int | None = None
        self.exited = threading.Event()
        self._errors = errors
        self._pidfd = -1
        self._said = b""
        self._reaping = False
        self._before = 0.0
        self._own = 0
        self._paused_at: float | None = None
        self._paused_for = 0.0
        self._ear: Ear | None = None
        self._lock = threading.RLock()

    @classmethod
    def asked_of(cls, launcher: Launcher) -> Self | None:
        """Ask for a worker; None when the forking process is gone.

        Raises OSError when this process may open no more descriptors.
        """
        with contextlib.ExitStack() as theirs:
            ours, sock = socket.socketpair()
            theirs.enter_context(sock)
            try:
                errors, their_errors = os.pipe()
            except OSError:
                ours.close()
                raise
            theirs.callback(os.close, their_errors)
            worker = cls(launcher, ours, errors)
            if launcher.fork(sock, their_errors):
                return worker
        worker.close()
        return None

    def forked(self, pid: int) -> None:
        """Note the process id; it stays valid until the process is reaped."""
        with self._lock:
            self.pid = pid
            if sys.platform == "linux":
                with contextlib.suppress(OSError):
                    self._pidfd = os.pidfd_open(pid)

    def end(self, reason: str = "") -> None:
        """Kill the process, whatever it does, and have it reaped.

        The first reason given stays; none is given when the process ended, or should have, by itself.
        """
        with self._lock:
            if self.exited.is_set() or not self.pid:
                return
            self.ended_for = self.ended_for or reason
            self._signal(signal.SIGKILL)
            if not self._reaping:
                self._reaping = True
                self.launcher.reap(self.pid)

    def ear(self, loop: asyncio.AbstractEventLoop) -> Ear | None:
        """Return what hears the process in an event loop, for who has it there.

        None where it has ended, so that all it said is there, and where no descriptor is left.
        """
        with self._lock:
            if self.exited.is_set():
                return None
            if self._ear is not None and self._ear.hears and self._ear.loop is not loop:
                self._ear.end()
            if self._ear is None or not self._ear.hears or self._ear.loop is not loop:
                self._ear = None
                with contextlib.suppress(OSError):
                    self._ear = Ear(loop, self.sock)
            return self._ear

    def take(self, client: str) -> None:
        """Note that a query of ``client`` begins."""
        self.client = client
        self.since = time.monotonic()
        self._before = computed(self.pid) or 0.0

    def computed(self) -> float:
        """Return how long, in seconds, the query has computed; where the system does not tell, how long it has run."""
        now = computed(self.pid)
        if now is None:
            return 0.0 if self.since is None else time.monotonic() - self.since
        return now - self._before

    def ready(self) -> None:
        """Note what the process holds before its first query: what it shares with the one that it was forked from."""
        self._own = resident(self.pid)

    def memory(self) -> int:
        """Return what the process holds beyond what it began with, in bytes."""
        return max(0, resident(self.pid) - self._own)

    def give_way(self) -> None:
        """Let shorter queries go before this one; that cannot be taken back, so it is the last one of its process."""
        with self._lock:
            if self.long or self.exited.is_set():
                return
            self.long = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, self.pid) + _LOWER)

    def pause(self) -> None:
        """Stop the process where it is, until it is told to go on."""
        with self._lock:
            if self._paused_at is None and self._signal(signal.SIGSTOP):
                self._paused_at = time.monotonic()

    def go_on(self) -> None:
        """Let the process go on where it was paused."""
        with self._lock:
            if self._paused_at is not None and self._signal(signal.SIGCONT):
                self._paused_for += time.monotonic() - self._paused_at
                self._paused_at = None

    @property
    def paused(self) -> bool:
        """Whether the process is stopped."""
        return self._paused_at is not None

    @property
    def waited(self) -> float:
        """How long, in seconds, the query was paused; only a long one ever is, and that is its worker's last."""
        since = self._paused_at
        return self._paused_for + (0.0 if since is None else time.monotonic() - since)

    def _signal(self, number: signal.Signals) -> bool:
        """Send a signal to the process; False when it is gone."""
        if self.exited.is_set() or not self.pid:
            return False
        try:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def gone(self, status: int | None) -> None:
        """Note that the process has ended, with its exit status where that is known."""
        with self._lock:
            if self.exited.is_set():
                return
            self.status = status
            with contextlib.suppress(OSError):
                os.set_blocking(self._errors, False)
                self._said = os.read(self._errors, 1 << 14)
            self.exited.set()
            if self._ear is not None:
                self._ear.end()
                self._ear = None
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1

    @property
    def said(self) -> str:
        """What the process wrote to its error stream before it ended; for the log, not for readers."""
        return self._said.decode("utf-8", "replace")

    def out_of_memory(self) -> bool:
        """Say whether the process ended because its limit of memory was reached."""
        return bool(self.status) and any(word in self._said for word in _MEMORY_WORDS)

    def close(self) -> None:
        """Close the connection; only when nobody reads from it any more."""
        self.sock.close()
        with self._lock:
            if self._errors >= 0:
                os.close(self._errors)
                self._errors = -1
