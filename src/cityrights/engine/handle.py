"""A worker as the service holds it: its connection, its process, and why it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from typing import Self

from cityrights.engine.launcher import Launcher

#: By how much a worker that gives way becomes nicer.
_LOWER = 10
_MEMORY_WORDS = (b"memory allocation", b"bad_alloc", b"MemoryError")


class Handle:
    """One worker process. ``ended_for`` is why the service killed it (``timeout``, ``cancel``, ``close``), or empty."""

    def __init__(self, launcher: Launcher, sock: socket.socket, errors: int) -> None:
        self.sock = sock
        self.launcher = launcher
        self.pid = 0
        self.expires: float | None = None
        self.since: float | None = None
        self.gives_way = False
        self.ended_for = ""
        self.status: int | None = None
        self.exited = threading.Event()
        self._errors = errors
        self._pidfd = -1
        self._said = b""
        self._reaping = False
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
            with contextlib.suppress(ProcessLookupError):
                if self._pidfd >= 0:
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                else:
                    os.kill(self.pid, signal.SIGKILL)
            if not self._reaping:
                self._reaping = True
                self.launcher.reap(self.pid)

    def give_way(self) -> None:
        """Let shorter queries go before this one; that cannot be taken back, so it is the last one of its process."""
        with self._lock:
            if self.gives_way or self.exited.is_set():
                return
            self.gives_way = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, self.pid) + _LOWER)

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
