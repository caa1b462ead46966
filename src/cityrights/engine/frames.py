"""The protocol between the service and a worker: length-prefixed frames on a stream socket.

An answer is START, any number of DATA, END; or ERROR at any point. END is explicit, so an answer that was cut cannot
look whole. Requests to a worker are pickled (the service trusts itself); what a worker sends back is JSON and bytes,
because a query ran there.
"""

from __future__ import annotations

import json
import pickle
import socket
import struct
from dataclasses import dataclass
from typing import Any, Final

from cityrights.engine.base import Limits, Term

READY: Final = 1
START: Final = 2
DATA: Final = 3
END: Final = 4
ERROR: Final = 5
CHUNK: Final = 1 << 16
_HEADER: Final = struct.Struct("!BI")
_LONGEST: Final = 1 << 20


class Cut(ConnectionError):
    """The other side ended in the middle, or sent what is no frame."""


@dataclass(frozen=True)
class Request:
    """One query as a worker gets it; graphs are IRIs, ``from_default`` and ``from_named`` as the text writes them."""

    text: str
    form: str
    head: str
    media_type: str
    limits: Limits
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
    return frame(kind, json.dumps(value).encode())


def receive(sock: socket.socket) -> tuple[int, bytes]:
    """Receive one frame. Raises Cut at an early end and TimeoutError as the socket's timeout says."""
    kind, length = _HEADER.unpack(_exactly(sock, _HEADER.size))
    if not READY <= kind <= ERROR or length > _LONGEST:
        raise Cut("not a frame")
    return kind, _exactly(sock, length)


def send_request(sock: socket.socket, request: Request) -> None:
    """Send a query to a worker."""
    payload = pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL)
    sock.sendall(struct.pack("!I", len(payload)) + payload)


def receive_request(sock: socket.socket) -> Request:
    """Wait for the next query. Raises Cut when the service closed the connection."""
    (length,) = struct.unpack("!I", _exactly(sock, 4))
    request = pickle.loads(_exactly(sock, length))
    if not isinstance(request, Request):
        raise Cut("not a request")
    return request


def _exactly(sock: socket.socket, length: int) -> bytes:
    if length == 0:
        return b""
    data = sock.recv(length)
    if len(data) == length:
        return data
    parts = bytearray(data)
    while len(parts) < length:
        if not data:
            raise Cut("the connection ended early")
        data = sock.recv(length - len(parts))
        parts += data
    return bytes(parts)
