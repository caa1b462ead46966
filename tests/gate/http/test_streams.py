"""Large answers: whole or visibly broken, and never at the cost of others."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.counters import path
from tests.servers import Server
from tests.support import HANG, LIMITS

TWO = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
COUNTED = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def hasty(start: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """A server whose queries may take a second."""
    return start(fixture_snapshot, query_seconds=1.0)


def open_raw(server: Server, query: str, version: str = "1.1") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=HANG)
    sock.sendall(f"GET {path(query)} HTTP/{version}\r\nHost: localhost\r\n\r\n".encode())
    return sock


def test_a_large_answer_streams_and_is_whole(server: Server) -> None:
    triples = int(server.get(path("SELECT (COUNT(*) AS ?n) { ?a ?b ?c }", format="csv")).text.split()[1])
    answer = server.get(path(TWO, format="csv"))
    assert "content-length" not in answer.headers
    assert len(answer.content) > 2**20
    assert answer.text.count("\r\n") == triples**2 + 1


def test_an_answer_that_cannot_be_finished_does_not_look_whole(
    start: Callable[..., Server], fixture_snapshot: Path
) -> None:
    found = []
    for limit in LIMITS:
        try:
            found.append(start(fixture_snapshot, query_seconds=limit).get(path(ENDLESS)).status_code)
        except httpx.RemoteProtocolError:
            break
        assert found[-1] == 503
    assert len(found) < len(LIMITS), "no answer has begun before it was stopped"


def test_http_1_0_gets_an_error_in_place_of_a_part(hasty: Server) -> None:
    for query, statuses in ((COUNTED, (b"503",)), (ENDLESS, (b"503", b"505"))):
        with open_raw(hasty, query, "1.0") as sock:
            assert sock.recv(65536).split(b" ", 2)[1] in statuses


def test_a_query_over_its_time_is_503_with_the_limit(hasty: Server) -> None:
    answer = hasty.get(path(COUNTED))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["limitSeconds"] == 1.0


def test_those_who_leave_or_read_slowly_do_not_hold_up_others(server: Server) -> None:
    gone = [open_raw(server, ENDLESS) for _ in range(4)]
    for sock in gone:
        assert sock.recv(1024)
        sock.close()
    slow = open_raw(server, ENDLESS)
    assert slow.recv(1024)
    assert server.get("/page/practice/museum?x=slow").status_code == 200
    assert server.get(path("ASK {}")).json()["boolean"] is True
    slow.close()
