"""Limits that the operating system enforces on a worker: memory, time, no network, no life after its service.

Linux does all of it. Elsewhere what is missing is left out, and ``drop_network`` says so by its answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import math
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_LINUX = sys.platform == "linux"
_PAGE = resource.getpagesize()


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def drop_network() -> bool:
    """Move this process, which must have one thread, to a network namespace with nothing in it.

    Returns whether that worked; it takes a privilege or user namespaces, which some containers withhold. Unix sockets
    that are open already keep working.
    """
    if not _LINUX:
        return False
    libc = _libc()
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def end_with_parent(parent: int) -> None:
    """Have this process killed when the process ``parent``, which started it, ends."""
    if _LINUX:
        libc = _libc()
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def end_when_closed(sock: socket.socket) -> None:
    """Have this process ended by the kernel when the other end of ``sock`` is closed, whatever it is busy with.

    Anything that comes by the socket ends it, too (SIGIO, whose default is that; fcntl(2), O_ASYNC).
    """
    if _LINUX:
        fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sock, fcntl.F_SETFL, fcntl.fcntl(sock, fcntl.F_GETFL) | os.O_ASYNC)
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        if poll.poll(0):  # it was closed before
            os._exit(1)


def go_on_when_closed(sock: socket.socket) -> None:
    """Take ``end_when_closed`` back."""
    if _LINUX:
        fcntl.fcntl(sock, fcntl.F_SETFL, fcntl.fcntl(sock, fcntl.F_GETFL) & ~os.O_ASYNC)


def be_first_to_go() -> None:
    """Leave no core file, and be the one that the kernel ends when the machine runs out of memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _LINUX:
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


class Bounds:
    """What the system bounds in this process, for one query after the other; what stays the same is not set anew.

    To be made in the process itself, not before a fork.
    """

    def __init__(self) -> None:
        self._statm = os.open("/proc/self/statm", os.O_RDONLY) if _LINUX else -1  # read twice for every query
        self._cpu = self._memory = resource.RLIM_INFINITY
        self._before = 0

    def size(self) -> int:
        """Return the size of this process's address space in bytes, 0 where it cannot be told."""
        return int(os.pread(self._statm, 64, 0).split(b" ", 1)[0]) * _PAGE if _LINUX else 0

    def set(self, seconds: float, memory: int) -> None:
        """Bound the next query: CPU time, with a second more so that the clock decides first, and memory beyond now."""
        cpu = math.ceil(time.process_time() + seconds) + 1
        if cpu != self._cpu:
            self._cpu = cpu
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.RLIM_INFINITY))
        self._before = self.size()
        most = self._before + memory
        if self._before and most != self._memory:
            self._memory = most
            resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))

    def end(self) -> int:
        """Return the size after a query that did not fail; where it is the same as before, its bounds stay."""
        now = self.size()
        if now != self._before:
            self.lift()
        return now

    def lift(self) -> None:
        """Lift the bounds."""
        self._cpu = self._memory = resource.RLIM_INFINITY
        unlimit()


def unlimit() -> None:
    """Lift what is bounded in this process."""
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if _LINUX:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
