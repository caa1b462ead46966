"""Requests whose body is not wanted: whatever a client does with the rest of it, it is answered and never hangs."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server
from tests.standing import PREFACE, SETTINGS, fields, frame, standing
from tests.support import HANG

TARGETS = ("/graph?default", "/sparql", "/page/practice/museum", "/health", "/nothing")


def send(server: Server, method: str, target: str, body: bytes | Iterator[bytes], **headers: str) -> tuple[int, int]:
    """Send all of the body before the answer is read, as many clients do; then ask again on the same connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=HANG)
    sent = {"Content-Type": "text/turtle", **headers}
    connection.request(method, target, body, sent, encode_chunked="Transfer-Encoding" in headers)
    first = connection.getresponse()
    first.read()
    connection.request("GET", "/health")
    second = connection.getresponse()
    second.read()
    connection.close()
    return first.status, second.status


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_body_of_any_size_gets_its_answer(server: Server, method: str, target: str) -> None:
    expected = 415 if (method, target) == ("POST", "/sparql") else 405
    for size in (10, 900_000, 30_000_000):
        assert send(server, method, target, b"[" * size) == (expected, 200)
    pieces = (b"[" * 65_536 for _ in range(200))
    assert send(server, method, target, pieces, **{"Transfer-Encoding": "chunked"}) == (expected, 200)


@pytest.mark.parametrize("target", TARGETS[:3])
def test_a_body_that_does_not_come_is_not_waited_for(server: Server, target: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as sock:
        sock.sendall(f"PUT {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n[[[".encode())
        got = b""
        while piece := sock.recv(65536):  # until the server ends the connection
            got += piece
    assert got.startswith(b"HTTP/1.1 405")
    assert b"connection: close" in got.lower()


def test_who_asks_first_is_not_invited_to_send(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as sock:
        head = (
            "PUT /graph?default HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n"
        )
        sock.sendall(head.encode())
        assert sock.recv(65536).startswith(b"HTTP/1.1 405")


@pytest.mark.parametrize("head", ["Content-Length: 1000000000000", "Transfer-Encoding: chunked"])
def test_a_body_without_end_is_cut_and_not_read(server: Server, head: str) -> None:
    piece = b"10000\r\n" + b"[" * 65_536 + b"\r\n"
    for method in ("PUT", "POST"):
        sent = 0
        with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as sock:
            sock.sendall(f"{method} /graph?default HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
            with contextlib.suppress(ConnectionError):
                while True:
                    sock.sendall(piece)
                    sent += len(piece)
                    assert sent < 1 << 30, "a gigabyte was taken of a body that nobody wants"


def test_a_body_that_is_refused_ends_its_stream_and_not_the_others(server: Server) -> None:
    """In HTTP/2 the connection goes on; a field that says otherwise would be malformed (RFC 9113 §8.2.2)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as sock:
        asked = frame(1, 4, fields("PUT", "/graph?default", **{"content-length": "1000000000"}))
        sock.sendall(PREFACE + SETTINGS + asked + frame(0, 0, b"["))
        got = b""
        while b"The graphs can be read" not in got:
            piece = sock.recv(1 << 16)
            assert piece, got
            got += piece
        sock.sendall(frame(1, 5, fields("GET", "/health"), stream=3))
        while b'"status":"ok"' not in got:
            piece = sock.recv(1 << 16)
            assert piece, got
            got += piece


def test_a_connection_that_is_ended_on_purpose_is_no_fault_of_ours(fixture_snapshot: Path, tmp_path: Path) -> None:
    with standing(fixture_snapshot, tmp_path) as server:
        for _ in range(3):
            head = b"PUT /graph?default HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n[["
            with server.connect(head) as sock:
                while sock.recv(65536):  # until the server ends the connection
                    pass
        assert server.health() == 200
        said = server.log.read_text()
    assert "Traceback" not in said
    assert "StreamBroken" not in said
