"""Clients that leave at every stage of a request, in HTTP/1.1 and HTTP/2: what they began ends, and nothing is kept."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.counters import metric, path, until
from tests.servers import Server
from tests.standing import PREFACE, SETTINGS, fields, frame
from tests.support import HANG

ENDLESS = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }} OFFSET {}"
LONG = "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} OFFSET {}"
DIRECT = {"content-type": "application/sparql-query", "content-length": "200"}


@pytest.fixture(scope="module")
def server(launch: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """A server with one worker and much patience: what ends before that ends because its client left."""
    return launch(fixture_snapshot, workers=1, query_seconds=600.0, receive_seconds=600.0, header_seconds=600.0)


def first(server: Server, number: int, stage: str) -> bytes:
    """Return what a client of HTTP/1.1 sends until it leaves."""
    if stage == "headers":
        return b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\nAccept: text/c"
    if stage == "body":
        lines = "".join(f"{name}: {value}\r\n" for name, value in DIRECT.items())
        return f"POST /sparql HTTP/1.1\r\nHost: localhost\r\n{lines}\r\nSELECT".encode()
    return f"GET {target(number, stage)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def second(server: Server, number: int, stage: str) -> bytes:
    """Return what a client of HTTP/2 sends until it leaves."""
    if stage == "headers":
        return PREFACE + SETTINGS + frame(1, 0, fields("GET", "/health"))  # and no CONTINUATION
    if stage == "body":
        asked = frame(1, 4, fields("POST", "/sparql", **DIRECT))
        return PREFACE + SETTINGS + asked + frame(0, 0, b"SELECT")
    return PREFACE + SETTINGS + frame(1, 5, fields("GET", target(number, stage)))


def target(number: int, stage: str) -> str:
    """Return the address of a query that no other is: it runs, waits, or streams."""
    return path((LONG if stage == "stream" else ENDLESS).format(number), format="csv")


STAGES = ("headers", "body", "running", "waiting", "stream")


@pytest.fixture
def held() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for sock in opened:
        sock.close()


@pytest.mark.parametrize("begun", [first, second], ids=["HTTP/1.1", "HTTP/2"])
def test_whoever_leaves_leaves_nothing(
    server: Server, held: list[socket.socket], begun: Callable[[Server, int, str], bytes]
) -> None:
    """Every other one leaves with a reset."""
    (serving,) = psutil.Process(server.process.pid).children()
    assert server.get(path("ASK {}")).status_code == 200  # what is opened once is open
    before = serving.num_fds()
    number = 1000 * (begun is first)
    for stage in STAGES:
        if stage == "waiting":  # another has the one turn
            held.append(connect(server, begun(server, number, "running")))
            until(lambda: metric(server, "workers", state="active") == 1, "the worker is busy")
        for _ in range(4):
            number += 1
            held.append(connect(server, begun(server, number, stage)))
            if stage == "running":
                until(lambda: metric(server, "workers", state="active") == 1, "the query runs")
                leave(held.pop(), len(held) % 2 == 0)
                until(lambda: metric(server, "workers", state="active") == 0, f"the query ends, {stage}")
            if stage == "stream":
                assert len(held[-1].recv(20)) > 0
        if stage == "waiting":
            until(lambda: metric(server, "workers", state="paused") == 4, "the others wait for their turn")
        while held:
            leave(held.pop(), len(held) % 2 == 0)
        until(lambda: quiet(server), f"nothing runs, {stage}")
    until(lambda: serving.num_fds() <= before + 2, "their descriptors are closed")  # that of who asks
    assert server.get(path(f"ASK {{ ?s ?p {number} }}")).status_code == 200
    assert not any(line["level"] == "error" for line in server.lines())


def connect(server: Server, sent: bytes) -> socket.socket:
    sock = socket.socket()
    sock.settimeout(HANG)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(sent)
    return sock


def leave(sock: socket.socket, abrupt: bool) -> None:
    """Close a connection; abruptly is with a reset (SO_LINGER of no time)."""
    if abrupt:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()


def quiet(server: Server) -> bool:
    return (
        metric(server, "workers", state="active") == 0
        and metric(server, "workers", state="waiting") == 0
        and metric(server, "queries_running") == 0
    )
