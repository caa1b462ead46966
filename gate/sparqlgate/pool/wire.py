"""The protocol between the service and a worker: length-prefixed frames on a stream socket.

An answer is START, any number of DATA, END; or ERROR at any point. END is explicit, so an answer that was cut cannot
look whole. Requests to a worker are pickled (the service trusts itself); what a worker sends back is JSON and bytes,
because a query ran there.
"""

from __future__ import annotations

import pickle
import socket
import struct
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from sparqlgate.query import Limits, Term

READY: Final = 1
START: Final = 2
DATA: Final = 3
END: Final = 4
ERROR: Final = 5
CHUNK: Final = 1 << 16
_HEADER: Final = struct.Struct("!BI")
_LENGTH: Final = struct.Struct("!I")
_LONGEST: Final = 1 << 20
_NAMES: Final = tuple(field.name for field in fields(Limits))


class Cut(ConnectionError):
    """The other side ended in the middle, or sent what is no frame."""


class Request(NamedTuple):
    """One query as a worker gets it; graphs are IRIs, ``from_default`` and ``from_named`` as the text writes them."""

    limits: Limits
    text: str
    form: str
    head: str
    media_type: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    from_default: tuple[str, ...]
    from_named: tuple[str, ...]
    graphs: bool
    substitutions: dict[str, Term]


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
        if not READY <= kind <= ERROR or length > _LONGEST:
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


def request_bytes(request: Request) -> bytes:
    """Return a query as it goes to a worker: as plain values, which are read several times as fast as objects."""
    values = (_plain(request.limits), *request[1:])
    payload = pickle.dumps(values, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(payload)) + payload


def receive_request(sock: socket.socket) -> Request:
    """Wait for the next query, which comes alone. Raises Cut when the service closed the connection."""
    data = _more(sock)
    while len(data) < _LENGTH.size or len(data) < _LENGTH.size + _LENGTH.unpack_from(data)[0]:
        data += _more(sock)
    limits, *values = pickle.loads(memoryview(data)[_LENGTH.size :])
    return Request(_limits(limits), *values)


@lru_cache(64)
def _plain(limits: Limits) -> tuple[Any, ...]:
    return tuple(vars(limits).values())


@lru_cache(64)
def _limits(values: tuple[Any, ...]) -> Limits:
    return Limits(**dict(zip(_NAMES, values, strict=True)))


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(CHUNK)
    if not data:
        raise Cut("the connection ended early")
    return data
