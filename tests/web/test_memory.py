"""What strangers send leaves nothing behind: no memory of it, and nobody waits while Python tidies up after it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.servers import Server
from tests.support import HANG

_MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def mine(launch: Callable[..., Server], fixture_snapshot: Path) -> Server:
    return launch(fixture_snapshot, queue=2)


def test_headers_and_fields_that_were_refused_or_unknown_are_forgotten(mine: Server) -> None:
    serving = psutil.Process(mine.process.pid).children()[0]

    def grown(times: int, ask: Callable[[int], int]) -> tuple[int, set[int]]:
        ask(0)
        before = serving.memory_info().rss
        statuses = {ask(number) for number in range(1, times)}
        return (serving.memory_info().rss - before) // _MEBIBYTE, statuses

    def chain(number: int) -> int:
        addresses = ",".join(f"{(number + place) % 4096:03x}" for place in range(28_000))
        return mine.get("/health", X_Forwarded_For=addresses).status_code

    def form(number: int) -> int:
        fields = {"query": "ASK {}", "format": f"{number}".ljust(900_000, "x")}
        return mine.client.post("/sparql", data=fields).status_code

    for times, ask, status in ((60, chain, 431), (60, form, 200)):
        more, statuses = grown(times, ask)
        assert statuses == {status}, ask
        assert more < 24, (ask, more)


def test_batches_of_names_wait_for_each_other_however_their_field_is_spelt(mine: Server) -> None:
    names = json.dumps({f"q{number}": {"query": f"Ville {number}"} for number in range(200)})
    open_ones = []
    for number in range(8):
        body = f"{('queries', '%71ueries')[number % 2]}={names}".replace(" ", "+").encode()
        head = f"POST /reconcile HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        one = socket.create_connection(("127.0.0.1", mine.port), timeout=HANG)
        one.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + body)
        open_ones.append(one)
    answers = []
    for one in open_ones:
        with one, one.makefile("rb") as answer:
            answers.append(answer.read())
    statuses = sorted({answer[9:12] for answer in answers})
    assert statuses == [b"200", b"503"], statuses  # one is worked on, one of this client may wait
    assert all(b"\r\nretry-after:" in answer for answer in answers if answer[9:12] == b"503")


_NOTE = """
import gc, os
def note(phase, about):
    if phase == "stop" and about["generation"] == 2:
        with open(os.environ["COLLECTIONS"], "a") as told:
            told.write(f"{os.getpid()}\\n")
gc.callbacks.append(note)
"""


def test_python_does_not_look_at_everything_there_is_for_an_answer_of_many_parts(
    launch: Callable[..., Server], fixture_snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_NOTE)
    told = tmp_path / "told"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("COLLECTIONS", str(told))
    server = launch(fixture_snapshot)
    serving = psutil.Process(server.process.pid).children()[0].pid

    def collections() -> int:
        return told.read_text().split().count(str(serving))

    points = " ".join(f'"Point({number % 90} {number % 80})"^^geo:wktLiteral' for number in range(2_000))
    rows = f"VALUES ?where {{ {points} }} VALUES ?n {{ {' '.join(map(str, range(10)))} }}"
    query = f"PREFIX geo: <http://www.opengis.net/ont/geosparql#> SELECT ?where ?n {{ {rows} }}"
    before, began = collections(), time.monotonic()
    for number in range(3):
        answer = server.client.post("/sparql", data={"query": f"{query} LIMIT {19_000 + number}", "format": "geojson"})
        assert answer.status_code == 200, answer.text[:500]
    every_so_often = int((time.monotonic() - began) // 20) + 1
    assert collections() - before <= every_so_often
