"""Request ids, the lines of the log and the counters."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.counters import metric, path, until
from tests.servers import Server


def test_every_answer_has_an_id_and_a_log_line_without_the_query(logged: Server) -> None:
    server = logged
    given = server.get(path("SELECT ?secretname { ?secretname ?p ?o } LIMIT 1"), X_Request_Id="abc-123")
    assert given.headers["x-request-id"] == "abc-123"
    insane = [server.get("/health", X_Request_Id=value).headers["x-request-id"] for value in ("a b", "x" * 200, "<i>")]
    assert all(re.fullmatch(r"[0-9a-f]{16}", value) for value in insane)
    wrong = server.get(path("SELECT * { ?s ex:p ?secretname }"))
    until(lambda: any(line.get("id") == wrong.headers["x-request-id"] for line in logged.lines()))
    lines = {line["id"]: line for line in logged.lines() if "id" in line}
    line = lines["abc-123"]
    assert line["method"] == "GET"
    assert line["path"] == "/sparql"
    assert line["status"] == 200
    assert line["bytes"] == len(given.content)
    assert float(str(line["ms"])) > 0
    assert re.fullmatch(r"[0-9a-f]{16}", str(line["query"]))
    assert lines[wrong.headers["x-request-id"]]["outcome"] == "unknown-prefix"
    assert "secretname" not in logged.log.read_text()


def test_queries_are_logged_where_that_is_asked_for(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    logged = launch(fixture_snapshot, log_queries=True, metrics="off")
    logged.get(path("ASK { ?shown ?p ?o }"))
    until(lambda: any(line.get("text") == "ASK { ?shown ?p ?o }" for line in logged.lines()))
    assert logged.get("/metrics").status_code == 404


def test_the_counters_can_be_read_from_this_machine_only(logged: Server) -> None:
    answer = logged.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in answer.text.splitlines():
        assert line.startswith("# ") or re.fullmatch(r"cityrights_\w+(\{[^}]*\})? [0-9.e+-]+", line), line
    assert metric(logged, "requests_total", route="sparql", status="200") > 0
    assert metric(logged, "request_seconds_count", route="sparql") > 0
    assert metric(logged, "workers", state="idle") >= 0
    assert logged.get("/metrics", X_Forwarded_For="198.51.100.7").status_code == 403
