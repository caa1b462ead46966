"""A newer snapshot while the server answers, and the end of a server."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from cityrights.pipeline.steps import build
from tests.counters import HEAVY, asking, metric, path, until
from tests.servers import FIXTURE, Server
from tests.support import HANG, ended
from tests.web.house import House


def _publish(house: Path, snapshots: Path, note: str) -> Path:
    triple = f'<http://e.example/x> <http://www.w3.org/2000/01/rdf-schema#comment> "{note}"'
    (house / "data" / "note.trig").write_text(
        f"<https://w3id.org/cityrights/graph/editorial/entities> {{ {triple} . }}\n"
    )
    return build(house, snapshots, current=True).snapshot.path


def test_a_newer_snapshot_is_taken_up_and_no_request_is_lost(launch: Callable[..., Server], tmp_path: Path) -> None:
    house, snapshots = tmp_path / "house", tmp_path / "snapshots"
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    (house / "data" / "fixture.trig").write_bytes(FIXTURE.read_bytes())
    _publish(house, snapshots, "before")
    server = launch(snapshots, watch_seconds=0.2, query_seconds=20.0)
    note = path("SELECT ?o { <http://e.example/x> ?p ?o }", format="csv")
    first = server.get("/health").json()["version"]
    assert "before" in server.get(note).text
    processes = _processes(server)
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=HANG)
    target = path("SELECT * { ?a ?b ?c . ?d ?e ?f }", format="csv")
    stream.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    got = stream.recv(1024)
    with asking(server, note, "/page/practice/museum", "/health") as statuses:
        _publish(house, snapshots, "after")
        until(lambda: server.get("/health").json()["version"] != first)
        assert "after" in server.get(note).text
        seen = len(statuses)
        until(lambda: len(statuses) > seen + 20)
    assert set(statuses) == {200}
    while piece := stream.recv(1 << 16):  # an answer that began before goes on to its end
        got = got[:200] + got[200:][-200:] + piece
    assert got.endswith(b"0\r\n\r\n")
    stream.close()
    until(lambda: _processes(server) == processes)


def _processes(server: Server) -> int:
    """Return how many processes the server has under it."""
    return len(psutil.Process(server.process.pid).children(recursive=True))


def test_a_server_that_is_told_to_stop_finishes_what_it_answers(
    launch: Callable[..., Server], fixture_snapshot: Path
) -> None:
    logged = launch(fixture_snapshot, query_seconds=2.0)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(httpx.get, logged.url + path(HEAVY), timeout=HANG, trust_env=False, verify=False)
        until(lambda: metric(logged, "workers", state="active") == 1)
        logged.process.send_signal(signal.SIGTERM)
        assert running.result().status_code == 503
    ended(logged.process, logged.log)
    with pytest.raises(httpx.TransportError):
        httpx.get(logged.url + "/health", trust_env=False, verify=False, timeout=HANG)
    assert not any(line["level"] == "error" for line in logged.lines())


QUESTION = """\
# title: {title}
# title@fr: {title}
# title@es: {title}
# question: What is there?
# question@fr: Qu’y a-t-il ?
# question@es: ¿Qué hay?
# tags: graphs

SELECT ?s WHERE {{ ?s ?p ?o }} LIMIT 1
"""


def test_a_question_is_seen_after_a_build_and_not_before(
    launch: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, launch, monkeypatch)
    house.question("old").write_text(QUESTION.format(title="Old"), "utf-8")
    first = house.build(FIXTURE.read_text("utf-8"))
    server = house.serve()

    def titles() -> list[str]:
        return [str(one["title"]) for one in server.get("/queries.json").json()]

    kept = server.get("/queries/old", "text/html").headers["etag"]
    house.question("new").write_text(QUESTION.format(title="New"), "utf-8")
    assert titles() == ["Old"]
    assert server.get("/queries/new.json").status_code == 404
    assert house.build(FIXTURE.read_text("utf-8")).version == first.version
    until(lambda: titles() == ["New", "Old"])
    assert server.get("/queries/new.json").json()["rows"]
    assert "New" in server.get("/sparql", "text/html").text
    house.question("old").write_text(QUESTION.format(title="Older"), "utf-8")  # its query is the same
    house.build(FIXTURE.read_text("utf-8"))
    until(lambda: titles() == ["New", "Older"])
    assert server.client.get("/queries/old", headers={"Accept": "text/html", "If-None-Match": kept}).status_code == 200
    house.question("new").unlink()
    house.build(FIXTURE.read_text("utf-8"))
    until(lambda: server.get("/queries/new.json").status_code == 404)
    assert titles() == ["Older"]
