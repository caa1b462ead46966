"""Connections to a remote store that any thread may break, whatever another thread waits for on them.

An HTTP client that keeps its connections to itself can only be ended once the headers of an answer are there. Here each
client has one connection, kept between queries, whose socket is noted when it is made; breaking it wakes whoever waits.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import httpx

from cityrights.errors import EngineBusy

#: Seconds after which a wait for a line looks whether anybody still wants it.
_LOOK: Final = 0.2
#: A query that has had its line for so many seconds is a long one.
_LONG: Final = 0.25


def client(auth: httpx.Auth | None, connections: int, *, secure: bool = True) -> httpx.Client:
    """Return a client that goes to the store directly, follows no redirect and takes no compressed answers."""
    return httpx.Client(
        auth=auth,
        verify=secure,
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"accept-encoding": "identity", "user-agent": "cityrights"},
    )


class Line:
    """One connection, for one query at a time: that of ``client``, which has it ``since`` a moment.

    A line that was ``refused`` has been broken off, for good, to make room for somebody else.
    """

    def __init__(self, auth: httpx.Auth | None, *, secure: bool) -> None:
        self._http = client(auth, 1, secure=secure)
        self._socket: socket.socket | None = None
        self._broken = False
        self._lock = threading.Lock()
        self.client = ""
        self.since = 0.0
        self.refused = False

    def send(self, url: str, fields: dict[str, str | list[str]], accept: str, timeout: httpx.Timeout) -> httpx.Response:
        """Send a form and return the answer, its body unread. Raises the errors of httpx."""
        with self._lock:
            self._broken = False
        headers = {"accept": accept}
        request = self._http.build_request(
            "POST", url, data=fields, headers=headers, timeout=timeout, extensions={"trace": self._note}
        )
        return self._http.send(request, stream=True)

    def _note(self, event: str, about: dict[str, Any]) -> None:
        """Note the socket when it is connected, and again when TLS has wrapped it."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        sock = about["return_value"].get_extra_info("socket")
        with self._lock:
            self._socket = sock if isinstance(sock, socket.socket) else None
            broken = self._broken
        if broken:
            self._shut()

    def break_off(self) -> None:
        """Break the connection now, or as soon as it is made."""
        with self._lock:
            self._broken = True
        self._shut()

    def _shut(self) -> None:
        sock = self._socket
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection when no query is on it any more."""
        self._http.close()


class Lines:
    """So many lines at most, made when they are needed; ``secure`` says whether any of them needs TLS.

    Long queries may have all of them while nobody else needs one. Whoever finds none free has a long query ended, the
    last one of the client that has most, as long as more than half of the lines have such.
    """

    def __init__(self, auth: httpx.Auth | None, most: int, *, secure: bool) -> None:
        self._auth = auth
        self._secure = secure
        self._free: queue.LifoQueue[Line | None] = queue.LifoQueue()
        for _ in range(most):
            self._free.put(None)
        self._closed = threading.Event()
        self._most_long = max(1, most // 2)
        self._used: set[Line] = set()
        self._lock = threading.Lock()

    def take(self, seconds: float, unwanted: Callable[[], bool], client: str = "") -> Line:
        """Return a line that is free, for a query of ``client``.

        Raises EngineBusy when there is none in time, or it is ``unwanted`` meanwhile.
        """
        until = time.monotonic() + seconds
        while not self._closed.is_set() and not unwanted():
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                line = self._free.get(timeout=min(left, _LOOK)) if self._free.empty() else self._free.get_nowait()
            except queue.Empty:
                self._make_room()
                continue
            line = line or Line(self._auth, secure=self._secure)
            line.client, line.since = client, time.monotonic()
            with self._lock:
                self._used.add(line)
            return line
        raise EngineBusy(5)

    def _make_room(self) -> None:
        """End the long query that is one too many, and put a new line in the place of its own."""
        before = time.monotonic() - _LONG
        with self._lock:
            long = [line for line in self._used if line.since <= before]
            if len(long) <= self._most_long or not self._free.empty():
                return
            held = Counter(line.client for line in self._used)
            last = max(long, key=lambda line: (held[line.client], line.since))
            self._used.discard(last)
            last.refused = True
        last.break_off()
        self._free.put(None)

    def give(self, line: Line) -> None:
        """Take a line back."""
        with self._lock:
            self._used.discard(line)
        if line.refused or self._closed.is_set():
            line.close()
        else:
            self._free.put(line)

    def close(self) -> None:
        """End the lines that are free now, and the others when they come back."""
        self._closed.set()
        with contextlib.suppress(queue.Empty):
            while True:
                line = self._free.get_nowait()
                if line is not None:
                    line.close()
