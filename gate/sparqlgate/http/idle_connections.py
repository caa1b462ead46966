"""Connections on which nothing happens: an ASGI server watches its own, and closes those that stay silent too long.

HTTP servers bound how long a header may take once it has begun, and no more: a connection that never sends a byte,
stops amid the preface of HTTP/2 or asks nothing after it is held for ever, and a descriptor with it. So the process
that serves looks at its own sockets (/proc, tcp(7)) and ends those without a request. Only Linux is watched.
"""

from __future__ import annotations

import array
import asyncio
import fcntl
import os
import resource
import socket
import stat
import struct
import sys
import termios
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
App: TypeAlias = Callable[[Any, Receive, Send], Awaitable[None]]

_LINUX: Final = sys.platform == "linux"
_DESCRIPTORS: Final = "/proc/self/fd"
#: Seconds between two looks at the connections, and when they are so many that newcomers may wait.
LOOK: Final = 0.5
_LOOK_CROWDED: Final = 0.05
#: The part of tcp_info (linux/tcp.h) that says how many bytes the other side has acknowledged.
_ACKNOWLEDGED: Final = struct.Struct("=120xQ")
#: The fewest connections that are let in, however few descriptors there are.
_LEAST: Final = 4


def room(most: int) -> int:
    """Return how many connections to let in, at most ``most``: half of the descriptors that this process has left.

    The other half is for the engine and for files: a server without descriptors lets nobody in, and cannot open what
    it would answer with.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if not _LINUX or limit == resource.RLIM_INFINITY:
        return most
    return max(_LEAST, min(most, (limit - len(os.listdir(_DESCRIPTORS))) // 2))  # noqa: PTH208 - names are enough


@dataclass(slots=True)
class _Connection:
    """An open connection. ``since`` is when something was last done on it, of ``time.monotonic``.

    ``acknowledged`` is how many bytes its peer had taken when it fell silent, less than 0 while it has a request.
    """

    descriptor: int
    peer: tuple[str, int]
    since: float
    acknowledged: int = -1


class IdleConnections:
    """Closes the connections to ``port`` that have had no request for ``seconds``.

    Beyond three quarters of ``most`` connections, those that have been silent longest go at once, down to a half, so
    that newcomers always get in. A connection with a request, or whose peer still takes what it was sent, stays.
    For one event loop.
    """

    def __init__(self, port: int, seconds: float, most: int) -> None:
        self._port = port
        self._seconds = seconds
        self._most = most
        self._requests: dict[tuple[str, int], int] = {}
        self._ended: dict[tuple[str, int], float] = {}
        self._open: dict[int, _Connection] = {}
        self._others: set[int] = set()
        self._spare: int | None = None

    def watched(self, app: App) -> App:
        """Return an application (ASGI 3) that does what ``app`` does, and tells which connections have a request."""

        async def call(scope: Any, receive: Receive, send: Send) -> None:
            client = scope.get("client")
            if scope["type"] != "http" or not client:
                await app(scope, receive, send)
                return
            peer = (client[0], int(client[1]))  # granian has it as text
            self._requests[peer] = self._requests.get(peer, 0) + 1
            try:
                await app(scope, receive, send)
            finally:
                self._requests[peer] -= 1
                if not self._requests[peer]:
                    del self._requests[peer]
                    self._ended[peer] = time.monotonic()

        return call

    async def watch(self) -> None:
        """Look after the connections until this is cancelled."""
        while _LINUX:
            crowded = True
            with suppress(OSError):  # there is no descriptor left to look with, which may be over soon
                crowded = self._look()
            await asyncio.sleep(_LOOK_CROWDED if crowded else min(LOOK, max(_LOOK_CROWDED, self._seconds / 4)))

    def end(self) -> None:
        """Close from now on every connection as soon as it is silent: the service ends."""
        self._seconds = 0.0

    def cut(self) -> None:
        """Close every connection, whatever is done on it."""
        if _LINUX:
            self._find(time.monotonic())
            for inode, connection in self._open.items():
                _close(connection, inode)

    def _look(self) -> bool:
        """Close what is to be closed; say whether there are so many that it is soon to be looked again."""
        now = time.monotonic()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
        self._find(now)
        silent = sorted((one.since, inode) for inode, one in self._open.items() if self._is_silent(one, inode, now))
        crowded = len(self._open) > self._most * 3 // 4
        surplus = len(self._open) - self._most // 2 if crowded else 0
        for since, inode in silent:
            if surplus <= 0 and since > now - self._seconds:
                break
            _close(self._open[inode], inode)
            surplus -= 1
        self._ended.clear()
        self._spare = os.open(os.devnull, os.O_RDONLY)  # so that the next look has one, whatever comes
        return crowded

    def _find(self, now: float) -> None:
        """Bring up to date which connections are open. A socket is known by its inode: descriptors are used again."""
        found: dict[int, int] = {}
        for name in os.listdir(_DESCRIPTORS):  # noqa: PTH208 - names are enough, and this is done often
            with suppress(OSError):  # closed meanwhile
                about = os.fstat(int(name))
                if stat.S_ISSOCK(about.st_mode):
                    found[about.st_ino] = int(name)
        self._others &= found.keys()
        for inode in self._open.keys() - found.keys():
            del self._open[inode]
        for inode, descriptor in found.items():
            if inode in self._open:
                self._open[inode].descriptor = descriptor
            elif inode not in self._others:
                peer = self._peer(descriptor, inode)
                if peer is None:
                    self._others.add(inode)
                else:
                    self._open[inode] = _Connection(descriptor, peer, now)

    def _peer(self, descriptor: int, inode: int) -> tuple[str, int] | None:
        """Return who is at the other end, as ASGI names it; None for a socket that is no connection to this server."""
        with suppress(OSError), _borrowed(descriptor, inode) as sock:
            if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.getsockname()[1] == self._port:
                host, port = sock.getpeername()[:2]
                return host.partition("%")[0], port
        return None

    def _is_silent(self, connection: _Connection, inode: int, now: float) -> bool:
        """Say whether there is neither a request nor an answer that the peer still takes."""
        if connection.peer in self._requests:
            connection.since, connection.acknowledged = now, -1
            return False
        ended = self._ended.pop(connection.peer, 0.0)
        connection.since = max(connection.since, ended)
        if connection.acknowledged < 0 or connection.since <= now - self._seconds:
            taken, waiting = 0, 0
            with suppress(OSError), _borrowed(connection.descriptor, inode) as sock:
                taken, waiting = _progress(sock)
            if waiting and taken > connection.acknowledged >= 0:
                connection.since = now
            connection.acknowledged = taken
        return True


@contextmanager
def _borrowed(descriptor: int, inode: int) -> Iterator[socket.socket]:
    """Give a socket of the server's to look at. Raises OSError when the descriptor is another's by now."""
    own = os.dup(descriptor)
    try:
        if os.fstat(own).st_ino != inode:
            raise OSError("closed meanwhile")
        sock = socket.socket(fileno=own)
    except OSError:
        os.close(own)
        raise
    with sock:
        yield sock


def _close(connection: _Connection, inode: int) -> None:
    """End a connection: the server reads its end, and lets it go."""
    with suppress(OSError), _borrowed(connection.descriptor, inode) as sock:
        sock.shutdown(socket.SHUT_RDWR)


def _progress(sock: socket.socket) -> tuple[int, int]:
    """Return how many bytes the peer has acknowledged, and how many were sent that it has not."""
    size = array.array("i", [0])
    fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, size)
    information = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size)
    return _ACKNOWLEDGED.unpack(information)[0], size[0]
