"""Servers that begin in half the time: a process that has imported the site forks each of them.

Half of the processor time that a server takes to begin goes into importing the site, and a run begins a hundred. How
one begins as people begin it is proved where that is the question: ``tests.standing`` and ``tests.support.command``
start a program each time.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final

from cityrights.home import INSTANCE

_ROOT: Final = Path(__file__).resolve().parent.parent
_RUN: Final = "import sys; from tests.nursery import main; main(int(sys.argv[1]))"
#: How names begin that the site, Python or a library may look at when they are imported; what else there is may change.
_LOOKED_AT: Final = ("CITYRIGHTS_", "PYTHON", "HOME", "XDG_", "LANG", "LC_", "TZ")
_HOME: Final = "CITYRIGHTS_HOME"
_BEGIN, _WAIT = b"b", b"w"
#: What each server imports when it opens its indexes, which takes longer than all that it does for itself.
_LATER: Final = ("scipy.sparse",)


class Child:
    """A server that was forked by another process; what is asked of a ``subprocess.Popen`` can be asked of it."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended and return its exit code; raises TimeoutExpired after ``timeout`` seconds."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"the server {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """End it by force."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._descriptor], [], [], timeout)[0]:
            self.returncode = self._nursery.reaped(self.pid)
            os.close(self._descriptor)
        return self.returncode


class Nursery:
    """The process that forks servers, one for each process of tests."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._environment = _fixed(os.environ)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _RUN, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=_ROOT,
                # One thread for linear algebra: a process of several threads should not fork.
                env={**os.environ, "PYTHONWARNINGS": "default", "OPENBLAS_NUM_THREADS": "1"},
            )

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Say whether what it has imported is what a server in this environment would import.

        Another home is the same site, as long as it is no instance with a name, languages and addresses of its own.
        """
        chosen = environment.get(_HOME)
        return _fixed(environment) == self._environment and not (chosen and (Path(chosen) / INSTANCE).exists())

    def begin(self, snapshot: str, options: Mapping[str, object], listener: socket.socket, log: BinaryIO) -> Child:
        """Begin a server on a bound socket; what it prints goes to ``log``."""
        order = pickle.dumps((snapshot, dict(options), dict(os.environ), str(Path.cwd())))
        with self._lock:
            socket.send_fds(self._control, [_BEGIN + order], [listener.fileno(), log.fileno()])
            return Child(int(self._control.recv(64)), self)

    def reaped(self, pid: int) -> int:
        """Return the exit code of a server that has ended; it may be asked once."""
        with self._lock:
            self._control.sendall(_WAIT + str(pid).encode())
            return int(self._control.recv(64))

    def close(self) -> None:
        """End the process; raises AssertionError when it has not ended well by itself."""
        self._control.close()
        code = self._process.wait()
        assert code == 0, f"the process that forks servers ended with {code}"


def _fixed(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_LOOKED_AT) and name != _HOME}


def main(descriptor: int) -> None:
    """Fork servers until the other end of the socket is closed; this is the process that was imported into."""
    for name in ("cityrights_web.app", "cityrights_web.server", *_LATER):
        import_module(name)
    words = import_module("cityrights_web.words")
    words.check()
    for language in words.LANGUAGES:
        words.language_name(language)
    list(import_module("cityrights_web.rendering").warm())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a keyboard it is for the tests
    alive: set[int] = set()
    with socket.socket(fileno=descriptor) as control:
        while True:
            message, passed, _, _ = socket.recv_fds(control, 1 << 20, 2)
            if not message:  # the tests have ended, however: what they began ends with them
                for pid in alive:
                    os.kill(pid, signal.SIGTERM)
                return
            if message[:1] == _WAIT:
                pid, status = os.waitpid(int(message[1:]), 0)
                alive.discard(pid)
                control.sendall(str(os.waitstatus_to_exitcode(status)).encode())
                continue
            pid = os.fork()
            if pid == 0:
                break
            alive.add(pid)
            for each in passed:
                os.close(each)
            control.sendall(str(pid).encode())
    listener, log = passed
    _become(message[1:], listener, log)


def _become(order: bytes, listener: int, log: int) -> None:
    """Be a server, as a program would be that was begun for this."""
    from cityrights_web.server import serve

    snapshot, options, environment, folder = pickle.loads(order)
    for number in (1, 2):
        os.dup2(log, number)
    os.close(log)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it is that of TMPDIR as it is now
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given: dict[str, Any] = options
    serve(snapshot, listener=socket.socket(fileno=listener), **given)
