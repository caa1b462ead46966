"""The service's side of the process that forks workers: start it, ask for workers, hear of ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

from cityrights.engine.preload import Source
from cityrights.engine.zygote import FORK, MESSAGE, REAP

_RUN: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from cityrights.engine.zygote import main; main(int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))"
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
                    [*command, source.nquads, source.store, str(source.in_memory)],
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
