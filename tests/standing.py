"""Servers that a test has for itself, with what it may open bounded; their processes, and clients byte by byte."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.counters import until
from tests.servers import free_port
from tests.support import HANG

#: What HTTP/2 begins with, and a SETTINGS frame that sets nothing (RFC 9113 §3.4).
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"


def frame(kind: int, flags: int, payload: bytes, stream: int = 1) -> bytes:
    """Return a frame of HTTP/2: HEADERS is 1, DATA 0; END_STREAM is 1, END_HEADERS 4 (RFC 9113 §6)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def fields(method: str, target: str, **more: str) -> bytes:
    """Return the fields of a request as HPACK has them: literals, without Huffman's code (RFC 7541 §6.2.2)."""
    own = {":method": method, ":scheme": "http", ":path": target, ":authority": "localhost"}
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in {**own, **more}.items())


def _text(value: str) -> bytes:
    """Return a string, its length in seven bits and more (RFC 7541 §5)."""
    if len(value) < 127:
        return bytes([len(value)]) + value.encode()
    rest, size = len(value) - 127, b"\x7f"
    while rest >= 128:
        size += bytes([rest % 128 + 128])
        rest //= 128
    return size + bytes([rest]) + value.encode()


@dataclass(frozen=True)
class Standing:
    """A server: the process that was started, where it is asked, and what it wrote."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    host: str = "127.0.0.1"

    def health(self) -> int:
        """Ask for its health over a connection of its own; 0 when there is no answer."""
        try:
            return httpx.get(
                f"http://{self.host}:{self.port}/health", trust_env=False, verify=False, timeout=HANG
            ).status_code
        except httpx.TransportError:
            return 0

    def connect(self, sent: bytes = b"", buffer: int = 0) -> socket.socket:
        """Connect and send; ``buffer`` bounds what is received before it is read."""
        sock = socket.socket()
        sock.settimeout(HANG)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.connect((self.host, self.port))
        sock.sendall(sent)
        return sock

    def serving(self) -> psutil.Process:
        """Return the process that answers: the child of the one that was started."""
        (child,) = psutil.Process(self.process.pid).children()
        return child

    def family(self) -> list[psutil.Process]:
        """Return all its processes."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]


@contextlib.contextmanager
def standing(
    snapshot: Path,
    folder: Path,
    *,
    descriptors: int = 0,
    wait: bool = True,
    before: Sequence[str] = (),
    host: str = "127.0.0.1",
    environment: dict[str, str] | None = None,
    **options: object,
) -> Iterator[Standing]:
    """Run a server on ``snapshot`` with these settings, in ``folder``, and end it, however, afterwards.

    ``descriptors`` bounds how many it may open; ``before`` is a command that runs it.
    """
    port = free_port()
    log = folder / "log"
    code = f"from cityrights_web.server import serve\nserve({str(snapshot)!r}, {host!r}, {port}, **{options!r})"
    # The limit is set in between, so that this process keeps its own.
    limited = f"if {descriptors}: resource.setrlimit(resource.RLIMIT_NOFILE, ({descriptors},) * 2)\n"
    again = f"import os, resource, sys\n{limited}os.execv(sys.executable, [sys.executable, '-c', {code!r}])"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*before, sys.executable, "-c", again],
            stdout=out,
            stderr=out,
            env={**os.environ, "TMPDIR": str(folder), **(environment or {})},
        )
    server = Standing(process, port, log, host)
    try:
        if wait:
            until(lambda: _answers(server), "the server answers")
        yield server
    finally:
        if process.poll() is None:
            family = server.family()
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(HANG)
            for left in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    left.kill()
            process.wait()


def _answers(server: Standing) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    return server.health() == 200


def is_closed(sock: socket.socket) -> bool:
    """Say whether the other side has closed a connection; what it sent before is read."""
    sock.setblocking(False)
    try:
        while sock.recv(1 << 16):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def gone(processes: list[psutil.Process]) -> Callable[[], bool]:
    """Return what says whether none of these runs any more."""

    def check() -> bool:
        return not any(_runs(process) for process in processes)

    return check


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
