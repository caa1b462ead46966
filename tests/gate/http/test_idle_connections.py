"""Connections that say nothing are closed, newcomers get in, and nobody who is being answered is cut."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityrights_web.settings import Settings
from sparqlgate.http import idle_connections
from tests.counters import HEAVY, path, until
from tests.standing import PREFACE, SETTINGS, Standing, fields, frame, is_closed, standing

#: What silent clients send before they fall silent.
SILENT = {
    "nothing": b"",
    "half a preface": PREFACE[:9],
    "the preface of HTTP/2": PREFACE + SETTINGS,
    "half a request": b"GET /health HTTP/1.1\r\nHost: local",
    "a whole request": b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
IDLE = 1.0


def test_no_connection_is_kept_for_half_a_minute() -> None:
    assert Settings().idle_seconds + idle_connections.LOOK < 30


@pytest.fixture(scope="module")
def small(fixture_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """A server that may open 64 descriptors, and keeps what says nothing for a second."""
    folder = tmp_path_factory.mktemp("small")
    with standing(fixture_snapshot, folder, descriptors=64, idle_seconds=IDLE, query_seconds=8.0) as server:
        yield server


@pytest.mark.parametrize("silent", SILENT.values(), ids=SILENT.keys())
def test_a_hundred_silent_connections_keep_nobody_out(small: Standing, silent: bytes) -> None:
    held = [small.connect(silent) for _ in range(100)]
    try:
        assert small.health() == 200
        until(lambda: all(is_closed(sock) for sock in held), "the silent connections are closed")
        assert small.health() == 200
    finally:
        for sock in held:
            sock.close()


def test_those_who_come_again_and_again_keep_nobody_out(fixture_snapshot: Path, tmp_path: Path) -> None:
    """None of these is silent for long enough to be closed for that: they go because newcomers wait."""
    with standing(fixture_snapshot, tmp_path, descriptors=64, idle_seconds=600.0) as server:
        held = []
        try:
            for _ in range(4):
                held += [server.connect(PREFACE + SETTINGS) for _ in range(40)]
                assert server.health() == 200
            first = [is_closed(sock) for sock in held[:100]]
            last = [is_closed(sock) for sock in held[-4:]]
            assert all(first)  # the oldest go first
            assert not any(last)
        finally:
            for sock in held:
                sock.close()


def test_who_speaks_without_asking_is_silent(small: Standing) -> None:
    """A PING of HTTP/2 now and then is no request.

    Answers to one every few milliseconds would be underway whenever the server looks, and somebody who takes answers
    is not cut.
    """
    with small.connect(PREFACE + SETTINGS) as sock:

        def closed() -> bool:
            time.sleep(IDLE / 4)
            try:
                sock.sendall(b"\0\0\x08\6\0\0\0\0\0" + b"12345678")
            except OSError:
                return True
            return is_closed(sock)

        until(closed, "the connection is closed")


def asked(query: str, accept: str = "text/csv") -> bytes:
    head = f"GET {path(query)} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    return head.encode()


def test_an_answer_that_takes_long_to_make_comes(small: Standing) -> None:
    """Both end at the limit of time, which is several times that of silence."""
    with (
        small.connect(asked(HEAVY)) as sock,
        small.connect(PREFACE + SETTINGS + frame(1, 5, fields("GET", path(HEAVY)))) as second,
    ):
        assert whole(sock).startswith(b"HTTP/1.1 503")
        frames = whole(second, b"query-timeout")
        assert b"query-timeout" in frames


@pytest.mark.parametrize("rows", [15_000, 60_000], ids=["an answer that was sent whole", "a stream"])
def test_who_reads_slowly_gets_all(small: Standing, rows: int) -> None:
    query = f"SELECT ?a ?b ?c ?d {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} LIMIT {rows}"
    with small.connect(asked(query), buffer=8192) as sock:
        began, got, most = time.monotonic(), bytearray(), 4096
        while piece := sock.recv(most):
            got += piece
            if time.monotonic() - began < 4 * IDLE:  # so long it takes a little at a time
                time.sleep(0.05)
            elif most == 4096:
                most = 1 << 20
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most)
    head, _, body = bytes(got).partition(b"\r\n\r\n")
    told = re.search(rb"content-length: (\d+)", head)
    assert len(body) == int(told[1]) if told else body.endswith(b"\r\n0\r\n\r\n")


def whole(sock: socket.socket, until_there: bytes = b"\xff" * 40) -> bytes:
    """Read to the end, or until something is there."""
    got = b""
    while until_there not in got and (piece := sock.recv(1 << 16)):
        got += piece
    return got
