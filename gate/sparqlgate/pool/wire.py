"""The protocol between the service and a worker: length-prefixed frames on a stream socket.

An answer is START, any number of DATA, END; or ERROR at any point. END is explicit, so an answer that was cut cannot
look whole. A short one is WHOLE: what START and END say, a line end, and the bytes. What a worker sends back is JSON
and bytes, because a query ran there; what it is sent is ``sparqlgate.query.Job``.
"""

from __future__ import annotations

import socket
import struct
from typing import Any, Final

import orjson

READY: Final = 1
START: Final = 2
DATA: Final = 3
END: Final = 4
ERROR: Final = 5
WHOLE: Final = 6
CHUNK: Final = 1 << 16
_HEADER: Final = struct.Struct("!BI")
_LONGEST: Final = 1 << 20


class Cut(ConnectionError):
    """The other side ended in the middle, or sent what is no frame."""


def frame(kind: int, payload: bytes) -> bytes:
    """Return one frame as it goes over the connection."""
    return _HEADER.pack(kind, len(payload)) + payload


def send(sock: socket.socket, kind: int, payload: bytes) -> None:
    """Send one frame, waiting while the other side does not read."""
    sock.sendall(frame(kind, payload))


def send_json(sock: socket.socket, kind: int, value: dict[str, Any]) -> None:
    """Send one frame with a JSON object."""
    sock.sendall(frame_json(kind, value))


def frame_json(kind: int, value: dict[str, Any]) -> bytes:
    """Return one frame with a JSON object."""
    return frame(kind, orjson.dumps(value))


class Incoming:
    """What comes from a worker, put together to frames; one call of the system brings a short answer whole."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""
        self._place = 0

    def fill(self) -> None:
        """Take what is there, or wait for it as the socket's timeout says. Raises Cut at the end."""
        data = self._sock.recv(CHUNK)
        if not data:
            raise Cut("the connection ended early")
        self._data = self._data[self._place :] + data
        self._place = 0

    def frame(self) -> tuple[int, bytes] | None:
        """Return the next frame, None when it is not here as a whole. Raises Cut for what is no frame."""
        begin = self._place + _HEADER.size
        if len(self._data) < begin:
            return None
        kind, length = _HEADER.unpack_from(self._data, self._place)
        if not READY <= kind <= WHOLE or length > _LONGEST:
            raise Cut("not a frame")
        if len(self._data) < begin + length:
            return None
        self._place = begin + length
        return kind, self._data[begin : self._place]

    def receive(self) -> tuple[int, bytes]:
        """Receive one frame. Raises Cut at an early end and TimeoutError as the socket's timeout says."""
        while (frame := self.frame()) is None:
            self.fill()
        return frame
