"""The same query at the same moment runs once, the queue has an end, and who leaves takes the query along."""

from __future__ import annotations

import socket
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.counters import HEAVY, metric, path, until
from tests.servers import Server
from tests.support import HANG


def test_the_same_query_at_the_same_moment_runs_once(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot, query_seconds=3.0, queue=4)
    with ThreadPoolExecutor(60) as threads:
        answers = list(
            threads.map(
                lambda _: httpx.get(server.url + path(HEAVY), timeout=HANG, trust_env=False, verify=False), range(60)
            )
        )
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["type"].rpartition("-")[2] for answer in answers} == {"timeout"}
    runs, shared = (metric(server, "queries_total", how=how) for how in ("run", "shared"))
    assert runs + shared == 60
    assert runs < shared  # a late comer finds it over, and begins it anew


def test_when_the_queue_is_full_it_is_said_at_once(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot, query_seconds=3.0, workers=1, queue=1)
    queries = [f"{HEAVY} OFFSET {number}" for number in range(6)]

    with ThreadPoolExecutor(6) as threads:
        asked = threads.map(
            lambda one: httpx.get(server.url + path(one), timeout=HANG, trust_env=False, verify=False), queries
        )
        answers = list(asked)
    kinds = [answer.json()["type"].partition("problem-")[2] for answer in answers]
    assert {answer.status_code for answer in answers} == {503}
    assert "busy" in kinds
    assert set(kinds) <= {"busy", "query-timeout"}  # of a query that has had its turn late, the time is not to blame
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)


@pytest.fixture(scope="module")
def patient(launch: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """A server on which no query ends because of its time."""
    return launch(fixture_snapshot, query_seconds=HANG)


def test_a_query_whose_client_leaves_is_ended(patient: Server) -> None:
    logged = patient
    for extra in ("", "x"):  # alone, and with another who waits for the same
        query = path(HEAVY + f" OFFSET 1{'1' if extra else ''}")
        sockets = []
        for _ in range(2 if extra else 1):
            sock = socket.create_connection(("127.0.0.1", logged.port), timeout=HANG)
            sock.sendall(f"GET {query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            sockets.append(sock)
        until(lambda: metric(logged, "workers", state="active") == 1)
        for number, sock in enumerate(sockets):
            sock.close()
            if number < len(sockets) - 1:
                time.sleep(0.5)
                assert metric(logged, "workers", state="active") == 1  # the other still waits
        until(lambda: metric(logged, "workers", state="active") == 0)
        until(lambda: metric(logged, "queries_running") == 0)


def test_a_posted_query_whose_client_leaves_is_ended_too(patient: Server) -> None:
    logged = patient
    body = urllib.parse.urlencode({"query": HEAVY + " OFFSET 3"})
    head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", logged.port), timeout=HANG) as sock:
        sock.sendall((head + body).encode())
        until(lambda: metric(logged, "workers", state="active") == 1)
    until(lambda: metric(logged, "workers", state="active") == 0)
