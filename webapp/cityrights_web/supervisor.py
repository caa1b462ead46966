"""The process that people start: it holds the socket, and keeps one process that serves."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType, TracebackType
from typing import Final, Self, TypeAlias

from cityrights.errors import CityrightsError
from cityrights_web import logs
from sparqlgate.pool import confinement

#: The first descriptor that is passed.
_FIRST: Final = 3


def listener() -> socket.socket | None:
    """Return the socket that this process was started with, once; None when it was started without one.

    Raises CityrightsError when there are several, or one that is no TCP socket.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdecimal() or count == "0":
        return None
    if count != "1":
        raise CityrightsError(f"{count} sockets were passed to this service; it takes one: keep one ListenStream=")
    os.set_inheritable(_FIRST, False)
    passed = socket.socket(fileno=_FIRST)
    if passed.type != socket.SOCK_STREAM or passed.family not in (socket.AF_INET, socket.AF_INET6):
        raise CityrightsError("the socket that was passed to this service is not of TCP: ListenStream= names a port")
    return passed


def pass_on(passed: socket.socket) -> None:
    """Pass a socket to the program that this process goes on with (execve), for its :func:`listener` to find."""
    os.dup2(passed.fileno(), _FIRST)
    os.set_inheritable(_FIRST, True)  # which dup2 leaves as it was where that is the socket already
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")


def notify(state: str) -> None:
    """Tell the service manager, if there is one that wants to know (Type=notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


log = logging.getLogger("cityrights.web")

#: Serves connections to a socket, and calls back once when it answers; ends when the process gets SIGTERM.
Work: TypeAlias = Callable[[socket.socket, Callable[[], None]], None]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
#: Seconds before a process that ended is replaced: at once the first time, then longer each time up to the last.
DELAYS: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
#: A process that has lived so long, in seconds, is replaced at once again.
_SOUND: Final = 60.0


class _Told:
    """Whether a signal has told this process to end; ``woken`` becomes readable then."""

    def __init__(self) -> None:
        self._told = False
        self.woken, self._wakes = socket.socketpair()
        for end in (self.woken, self._wakes):
            end.setblocking(False)

    def __enter__(self) -> Self:
        # What is ignored stays so, such as SIGHUP under nohup.
        chosen = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._note) for number in chosen}
        self._descriptor = signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._descriptor)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.woken.close()
        self._wakes.close()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._told = True

    def to_end(self) -> bool:
        """Say whether one has."""
        return self._told


def supervise(work: Work, listener: socket.socket, patience: float) -> None:
    """Have ``work`` done in a process, again whenever it ends, until SIGTERM, SIGINT or SIGHUP; then return.

    ``listener`` is bound. It is closed, and the process has ``patience`` seconds to end before it is killed. Raises
    CityrightsError when the first process ends before it answers: what keeps it from that is not over at once.
    """
    logs.set_up()
    served = False
    failures = 0
    with listener, _Told() as told:
        while not told.to_end():
            began = time.monotonic()
            process, hears = _start(work, listener)
            try:
                if _until_ready(process, hears, told):
                    served = True
                    notify("READY=1")
                    wait([process.sentinel, told.woken])
                if told.to_end():
                    notify("STOPPING=1")
                    listener.close()
                    _end(process, patience)
                    return
                process.join()
            finally:
                hears.close()
            if not served:
                raise CityrightsError(f"the server could not start: its process {_end_of(process)}")
            failures = 0 if time.monotonic() - began >= _SOUND else min(failures, len(DELAYS) - 1)
            log.error("the serving process %s; the next begins in %g s", _end_of(process), DELAYS[failures])
            wait([told.woken], DELAYS[failures])
            failures += 1


def _start(work: Work, listener: socket.socket) -> tuple[BaseProcess, Connection]:
    """Start a process; returns it and where it says that it answers."""
    if sys.platform == "linux":
        context = multiprocessing.get_context("fork")
    else:
        context = multiprocessing.get_context("spawn")
    hears, tells = context.Pipe(duplex=False)
    process = context.Process(target=_begin, args=(work, listener, tells, os.getpid()), name="serving")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # none is lost while they are not yet its own
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        tells.close()
    return process, hears


def _begin(work: Work, listener: socket.socket, tells: Connection, parent: int) -> None:
    """Do the work; this runs in the process that serves."""
    confinement.end_with_parent(parent)
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:  # what people send from their keyboard is for the parent to act upon
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    logs.set_up()
    try:
        work(listener, lambda: tells.send_bytes(b"ready"))
    except CityrightsError as error:
        log.error("%s", error)
        sys.exit(1)


def _until_ready(process: BaseProcess, hears: Connection, told: _Told) -> bool:
    """Wait until the process answers. False when it ends before, or this one is told to."""
    while not told.to_end():
        found = wait([hears, process.sentinel, told.woken])
        if hears in found:
            try:
                hears.recv_bytes()
            except EOFError:
                return False
            return True
        if process.sentinel in found:
            return False
    return False


def _end(process: BaseProcess, patience: float) -> None:
    process.terminate()
    process.join(patience)
    if process.exitcode is None:
        log.error("the serving process did not end within %g s, and is killed", patience)
        process.kill()
        process.join()


def _end_of(process: BaseProcess) -> str:
    process.join()
    code = process.exitcode or 0
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
