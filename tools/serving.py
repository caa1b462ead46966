"""Serve the current snapshot on a free port for the time of a block, for the tools that look at the site."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving() -> Iterator[str]:
    """Serve the current snapshot, built when it is due, and yield the address.

    Raises RuntimeError when it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("cityrights")), "serve", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        if not _up(server, f"{address}/health"):
            raise RuntimeError("the site does not start (see above)")
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _up(server: subprocess.Popen[bytes], address: str, seconds: float = 120) -> bool:
    """Wait until the server answers; False when it ends or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
