"""Serve the current snapshot on a free port for the time of a block, for the tools that look at the site."""

from __future__ import annotations

import contextlib
import random
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

#: Ports that the system gives to nobody who does not name them: its own begin at 32768 (ip_local_port_range, ip(7)).
_PORTS = range(10_000, 32_000)


def free_port() -> int:
    """Return a port of this machine on which nobody listens, and on which nobody will by chance.

    A port that the system chooses may go to the next who connects somewhere, before whoever it is for has taken it.
    """
    for port in random.SystemRandom().sample(_PORTS, 200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("there is no free port")


@contextmanager
def serving() -> Iterator[str]:
    """Serve the current snapshot, built when it is due, and yield the address.

    Raises RuntimeError when it does not start.
    """
    port = free_port()
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
