"""What stands before the engine: kept answers, shared runs, those who leave, codings, fair use, logs, counters."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import brotli
import httpx
import pytest

from cityrights.build.pipeline import build
from cityrights_web.assets import bundles
from tests.web.conftest import FIXTURE, Server, free_port

HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LABELS = "SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o"


def path(query: str, **parameters: str) -> str:
    return "/sparql?" + urllib.parse.urlencode({"query": query, **parameters})


def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def metric(server: Server, name: str, **labels: str) -> float:
    """Return the sum of a metric over the lines that have these labels."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    lines = server.get("/metrics").text.splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if re.match(rf"cityrights_{name}[ {{]", line) and all(label in line for label in wanted)
    )


@dataclass(frozen=True)
class Logged:
    """A server of its own, and the lines that it logs."""

    server: Server
    log: Path
    process: subprocess.Popen[bytes]

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Logged]]:
    """Start servers whose log can be read; all end with the module."""
    begun: list[Logged] = []

    def begin(snapshot: Path, **options: object) -> Logged:
        port, log = free_port(), tmp_path_factory.mktemp("logged") / "log"
        code = f"from cityrights_web.server import serve\nserve({str(snapshot)!r}, '127.0.0.1', {port}, **{options!r})"
        with log.open("wb") as out:
            process = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out)
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False, headers={"Accept-Encoding": "identity"}
        )
        begun.append(Logged(Server(str(client.base_url), port, client), log, process))

        def up() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return client.get("/health").status_code == 200
            except httpx.TransportError:
                return False

        until(up, 30)
        return begun[-1]

    yield begin
    for one in begun:
        one.server.client.close()
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGTERM)
            one.process.wait(20)


@pytest.fixture(scope="module")
def logged(launch: Callable[..., Logged], fixture_snapshot: Path) -> Logged:
    return launch(fixture_snapshot, query_seconds=20.0)


@pytest.fixture
def quiet(logged: Logged) -> Server:
    return logged.server


# Kept answers


def test_a_repeated_query_is_answered_from_memory(quiet: Server) -> None:
    before = metric(quiet, "queries_total", how="run")
    answers = [quiet.get(path(LABELS, kept="1")) for _ in range(3)]
    answers.append(quiet.client.post("/sparql", data={"query": LABELS}))
    answers.append(quiet.client.post("/sparql", content=LABELS, headers={"Content-Type": "application/sparql-query"}))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.headers["etag"] for answer in answers} == {answers[0].headers["etag"]}
    assert metric(quiet, "queries_total", how="run") == before + 1
    head = quiet.client.head(path(LABELS, kept="1"))
    assert head.headers["content-length"] == answers[0].headers["content-length"]
    assert not head.content


def test_layout_and_comments_do_not_make_another_query(quiet: Server) -> None:
    one = "SELECT ?s { ?s a ?kind FILTER(STR(?s) != '# no  comment') } LIMIT 3"
    same = [
        "SELECT  ?s\n{ ?s a ?kind # a comment\r\n FILTER ( STR( ?s )!='# no  comment' ) }\tLIMIT 3 # end",
        "SELECT?s{?s a ?kind FILTER(STR(?s)!='# no  comment')}LIMIT 3",
    ]
    other = ["SELECT ?s { ?s a ?kind FILTER(STR(?s) != '# no comment') } LIMIT 3", one.replace("LIMIT 3", "LIMIT 4")]
    tag = quiet.get(path(one)).headers["etag"]
    before = metric(quiet, "queries_total", how="run")
    assert {quiet.get(path(text)).headers["etag"] for text in same} == {tag}
    assert metric(quiet, "queries_total", how="run") == before
    assert tag not in {quiet.get(path(text)).headers["etag"] for text in other}


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()", "now()"])
def test_what_may_differ_is_run_each_time_and_has_no_etag(quiet: Server, call: str) -> None:
    before = metric(quiet, "queries_total", how="run")
    for _ in range(2):
        answer = quiet.get(path(f"SELECT ({call} AS ?x) {{}}"))
        assert answer.status_code == 200
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
    assert metric(quiet, "queries_total", how="run") == before + 2


def test_each_format_and_dataset_has_an_answer_of_its_own(quiet: Server) -> None:
    asked = [
        path(LABELS, format="json"),
        path(LABELS, format="csv"),
        path(LABELS, **{"default-graph-uri": "http://nowhere.example/"}),
        path(LABELS, **{"named-graph-uri": "http://nowhere.example/"}),
    ]
    tags = [quiet.get(one).headers["etag"] for one in asked]
    assert len(set(tags)) == 4
    assert tags == [quiet.get(one).headers["etag"] for one in asked]
    assert quiet.get(asked[0]).content != quiet.get(asked[1]).content
    assert quiet.get(asked[2]).json()["results"]["bindings"] == []
    by_accept = [quiet.get(path(LABELS), accept) for accept in ("text/csv", "application/json", "text/csv")]
    assert [answer.headers["content-type"].split(";")[0] for answer in by_accept] == [
        "text/csv", "application/sparql-results+json", "text/csv",
    ]  # fmt: skip


def test_what_the_client_has_is_not_sent_again(quiet: Server) -> None:
    query = LABELS + " OFFSET 1"
    tag = quiet.get(path(query)).headers["etag"]
    for _ in range(2):
        again = quiet.get(path(query), If_None_Match=tag)
        assert again.status_code == 304
        assert again.headers["etag"] == tag
        assert not again.content
    assert quiet.get(path(query), If_None_Match='"other"').status_code == 200
    assert quiet.get(path(query), If_None_Match=f'"other", W/{tag}').status_code == 304


def test_errors_are_never_kept(quiet: Server) -> None:
    for _ in range(2):
        wrong = quiet.get(path("SELECT * { ?s ?p }"))
        assert wrong.status_code == 400
        assert wrong.headers["cache-control"] == "no-store"
        assert "etag" not in wrong.headers


# Content codings


@pytest.mark.parametrize(
    "target", [path(LABELS), path(LABELS, format="csv"), "/page/practice/museum", f"/static/{bundles()['site.css']}"]
)
@pytest.mark.parametrize(
    ("coding", "header", "unpack"),
    [("gzip", "br;q=0.5, gzip;q=0.8", gzip.decompress), ("br", "gzip, deflate, br, zstd", brotli.decompress)],
)
def test_a_coding_is_sent_to_those_who_take_it_and_has_an_etag_of_its_own(
    quiet: Server, target: str, coding: str, header: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = quiet.get(target)
    with quiet.client.stream("GET", target, headers={"Accept-Encoding": header}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["content-length"] == str(len(packed))
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers["etag"] != plain.headers["etag"]
        tag = answer.headers["etag"]
    assert unpack(packed) == plain.content
    assert len(packed) < len(plain.content)
    assert "Accept-Encoding" in plain.headers["vary"]
    known = quiet.get(target, Accept_Encoding=coding, If_None_Match=tag)
    assert (known.status_code, known.headers["etag"]) == (304, tag)
    assert quiet.get(target, If_None_Match=tag).status_code == 200  # these bytes are not those of that ETag
    other = {"gzip": "br", "br": "gzip"}[coding]
    assert quiet.get(target, Accept_Encoding=other, If_None_Match=tag).status_code == 200


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip;q=0", None), ("identity", None), ("*;q=0", None), ("gzip;q=x", None), ("", None), ("deflate", None),
        ("identity;q=1, br;q=0.5", None), ("br", "br"), ("gzip", "gzip"), ("x-gzip", "gzip"), ("*", "br"),
        ("gzip, br", "br"), ("br;q=0.1, gzip;q=0.2", "gzip"), ("br;q=0, *", "gzip"), ("BR", "br"),
        ("gzip ; q=1", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_the_one_that_weighs_most(quiet: Server, header: str, coding: str | None) -> None:
    answer = quiet.client.send(quiet.client.build_request("GET", path(LABELS), headers={"Accept-Encoding": header}))
    assert answer.headers.get("content-encoding") == coding


def test_short_answers_and_errors_are_not_packed(quiet: Server) -> None:
    assert "content-encoding" not in quiet.get(path("ASK {}"), Accept_Encoding="gzip").headers
    assert "content-encoding" not in quiet.get("/nothing", "text/html", Accept_Encoding="gzip").headers


# Shared runs, and those who leave


def test_the_same_query_at_the_same_moment_runs_once(launch: Callable[..., Logged], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot, query_seconds=3.0, queue=4).server
    with ThreadPoolExecutor(60) as threads:
        answers = list(
            threads.map(lambda _: httpx.get(server.url + path(HEAVY), timeout=30, trust_env=False), range(60))
        )
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["type"].rpartition("-")[2] for answer in answers} == {"timeout"}
    assert metric(server, "queries_total", how="run") <= 3  # a late comer may find it over
    assert metric(server, "queries_total", how="shared") >= 57


def test_when_the_queue_is_full_it_is_said_at_once(launch: Callable[..., Logged], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot, query_seconds=3.0, workers=1, queue=1).server
    queries = [f"{HEAVY} OFFSET {number}" for number in range(6)]

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda one: httpx.get(server.url + path(one), timeout=30, trust_env=False), queries))
    kinds = [answer.json()["type"].partition("problem-")[2] for answer in answers]
    assert {answer.status_code for answer in answers} == {503}
    assert kinds.count("busy") >= 4
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)


def test_a_query_whose_client_leaves_is_ended_within_a_second(quiet: Server) -> None:
    for extra in ("", "x"):  # alone, and with another who waits for the same
        query = path(HEAVY + f" OFFSET 1{'1' if extra else ''}")
        sockets = []
        for _ in range(2 if extra else 1):
            sock = socket.create_connection(("127.0.0.1", quiet.port), timeout=20)
            sock.sendall(f"GET {query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            sockets.append(sock)
        until(lambda: metric(quiet, "workers", state="active") == 1)
        for number, sock in enumerate(sockets):
            sock.close()
            if number < len(sockets) - 1:
                time.sleep(0.5)
                assert metric(quiet, "workers", state="active") == 1  # the other still waits
        began = time.monotonic()
        until(lambda: metric(quiet, "workers", state="active") == 0)
        assert time.monotonic() - began < 3
        until(lambda: metric(quiet, "queries_running") == 0)


def test_a_posted_query_whose_client_leaves_is_ended_too(quiet: Server) -> None:
    body = urllib.parse.urlencode({"query": HEAVY + " OFFSET 3"})
    head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", quiet.port), timeout=20) as sock:
        sock.sendall((head + body).encode())
        until(lambda: metric(quiet, "workers", state="active") == 1)
    until(lambda: metric(quiet, "workers", state="active") == 0, 5)


# Fair use


@pytest.fixture(scope="module")
def fair(launch: Callable[..., Logged], fixture_snapshot: Path) -> Server:
    """A server that counts everybody and believes the proxy on this machine: 2 s in 20 s."""
    return launch(
        fixture_snapshot, fair_use="on", fair_seconds=2.0, fair_window=20.0, trusted_proxies=["127.0.0.0/8"],
        query_seconds=3.0,
    ).server  # fmt: skip


def test_who_used_up_the_time_is_told_when_to_come_again(fair: Server) -> None:
    who = {"X-Forwarded-For": "198.51.100.7"}
    first = fair.client.get(path("ASK {}"), headers=who)
    assert first.status_code == 200
    assert first.headers["ratelimit-policy"] == '"query-time";q=2;w=20'
    assert re.fullmatch(r'"query-time";r=1;t=\d+', first.headers["ratelimit"])
    assert fair.client.get(path(HEAVY), headers=who).status_code == 503
    for accept, kind in (
        ("application/json", "application/problem+json"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
    ):
        refused = fair.client.get(path("ASK { ?s ?p ?o }"), headers={**who, "Accept": accept})
        assert refused.status_code == 429
        assert refused.headers["content-type"] == kind
        assert int(refused.headers["retry-after"]) >= 1
        assert '"query-time";r=0;' in refused.headers["ratelimit"]
    page = fair.client.get("/page/practice/museum?fair=1", headers=who)
    assert page.status_code == 429  # pages ask queries too
    assert fair.client.get(path("ASK {}"), headers=who).status_code == 200  # what was answered before is free
    assert fair.client.get("/health", headers=who).status_code == 200
    other = fair.client.get(path("ASK { ?s ?p ?o }"), headers={"X-Forwarded-For": "198.51.100.8"})
    assert other.status_code == 200


def test_many_short_queries_count_as_one_long_one_does(fair: Server) -> None:
    who = {"X-Forwarded-For": "203.0.113.5"}
    statuses = []
    for number in range(400):
        statuses.append(fair.client.get(path(f"ASK {{ ?s ?p {number} }}"), headers=who).status_code)
        if statuses[-1] == 429:
            break
    assert set(statuses) == {200, 429}
    assert fair.client.get("/health", headers=who).status_code == 200


def test_running_queries_count_before_they_end(fair: Server) -> None:
    who = {"X-Forwarded-For": "203.0.113.9"}
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(
            httpx.get, fair.url + path(HEAVY + " OFFSET 9"), headers=who, timeout=30, trust_env=False
        )
        time.sleep(2.3)
        assert fair.client.get(path("ASK { ?s ?p 4711 }"), headers=who).status_code == 429
        assert running.result().status_code == 503


def test_nobody_passes_for_somebody_else(fair: Server) -> None:
    """Only what the proxy added counts, so a made-up first address changes nothing."""
    end = "203.0.113.77"
    for number in range(400):
        made_up = {"X-Forwarded-For": f"192.0.2.{number % 250}, {end}"}
        if fair.client.get(path(f"ASK {{ ?s ?p 5{number} }}"), headers=made_up).status_code == 429:
            return
    pytest.fail("a client that names a new address each time was never refused")


def test_on_this_machine_nothing_is_counted(quiet: Server) -> None:
    assert "ratelimit" not in quiet.get(path("ASK {}")).headers


# Request ids, logs, counters


def test_every_answer_has_an_id_and_a_log_line_without_the_query(logged: Logged) -> None:
    server = logged.server
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


def test_queries_are_logged_where_that_is_asked_for(launch: Callable[..., Logged], fixture_snapshot: Path) -> None:
    logged = launch(fixture_snapshot, log_queries=True, metrics="off")
    logged.server.get(path("ASK { ?shown ?p ?o }"))
    until(lambda: any(line.get("text") == "ASK { ?shown ?p ?o }" for line in logged.lines()))
    assert logged.server.get("/metrics").status_code == 404


def test_the_counters_can_be_read_from_this_machine_only(quiet: Server) -> None:
    answer = quiet.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in answer.text.splitlines():
        assert line.startswith("# ") or re.fullmatch(r"cityrights_\w+(\{[^}]*\})? [0-9.e+-]+", line), line
    assert metric(quiet, "requests_total", route="sparql", status="200") > 0
    assert metric(quiet, "request_seconds_count", route="sparql") > 0
    assert metric(quiet, "workers", state="idle") >= 0
    assert quiet.get("/metrics", X_Forwarded_For="198.51.100.7").status_code == 403


# Errors to act on


def test_errors_say_what_and_where_and_never_what_is_inside(quiet: Server) -> None:
    wrong = quiet.get(path("SELECT *\nWHERE { ?s ?p }")).json()
    assert (wrong["line"], wrong["type"]) == (2, "/about#problem-query-syntax")
    assert wrong["excerpt"].splitlines()[1].strip() == "^"
    known = quiet.get(path("SELECT * { ?s skos:prefLabel ?o }")).json()
    assert known["add"] == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    assert known["line"] == 1
    assert "PREFIX skos:" in quiet.get(path("SELECT * { ?s skos:prefLabel ?o }"), "text/plain").text
    strange = quiet.get(path("SELECT * { ?s ex:p ?o }")).json()
    assert strange["prefix"] == "ex"
    assert "add" not in strange
    function = quiet.get(path("SELECT (<http://e.example/f>(1) AS ?x) {}"))
    assert function.status_code == 400
    assert function.json()["function"] == "http://e.example/f"
    off = quiet.get(path("SELECT * { SERVICE SILENT <http://e.example/> { ?s ?p ?o } }"))
    assert (off.status_code, off.json()["type"]) == (403, "/about#problem-federation-off")
    update = quiet.get(path("INSERT DATA { <a:a> <a:b> <a:c> }"))
    assert (update.status_code, update.json()["type"]) == (400, "/about#problem-read-only")
    page = quiet.get(path("SELECT * { ?s skos:prefLabel ?o }"), "text/html")
    assert page.status_code == 400
    assert "PREFIX skos:" in page.text
    for answer in (function, off, update, page):
        assert not re.search(r"oxigraph|Traceback|site-packages|/src/", answer.text, re.IGNORECASE)


# A newer snapshot, and the end


def _publish(house: Path, snapshots: Path, note: str) -> Path:
    triple = f'<http://e.example/x> <http://www.w3.org/2000/01/rdf-schema#comment> "{note}"'
    (house / "data" / "note.trig").write_text(
        f"<https://w3id.org/cityrights/graph/editorial/entities> {{ {triple} . }}\n"
    )
    return build(house, snapshots).snapshot.path


def test_a_newer_snapshot_is_taken_up_and_no_request_is_lost(launch: Callable[..., Logged], tmp_path: Path) -> None:
    house, snapshots = tmp_path / "house", tmp_path / "snapshots"
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    (house / "data" / "fixture.trig").write_bytes(FIXTURE.read_bytes())
    _publish(house, snapshots, "before")
    logged = launch(snapshots, watch_seconds=0.2, query_seconds=20.0)
    server = logged.server
    note = path("SELECT ?o { <http://e.example/x> ?p ?o }", format="csv")
    first = server.get("/health").json()["version"]
    assert "before" in server.get(note).text
    processes = _processes(logged)
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    target = path("SELECT * { ?a ?b ?c . ?d ?e ?f }", format="csv")
    stream.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    got = stream.recv(1024)
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
            number = 0
            while not stop.is_set():
                number += 1
                for target in (note, path(f"ASK {{ ?s ?p {number} }}"), "/page/practice/museum", "/health"):
                    statuses.append(client.get(target).status_code)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        _publish(house, snapshots, "after")
        until(lambda: server.get("/health").json()["version"] != first, 30)
        assert "after" in server.get(note).text
        time.sleep(0.5)
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert set(statuses) == {200}
    while piece := stream.recv(1 << 16):  # an answer that began before goes on to its end
        got = got[:200] + got[200:][-200:] + piece
    assert got.endswith(b"0\r\n\r\n")
    stream.close()
    until(lambda: _processes(logged) == processes, 30)


def _processes(logged: Logged) -> int:
    """Return how many processes the server has under it."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found, grown = {logged.process.pid}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return len(found)


def test_a_server_that_is_told_to_stop_finishes_what_it_answers(
    launch: Callable[..., Logged], fixture_snapshot: Path
) -> None:
    logged = launch(fixture_snapshot, query_seconds=2.0)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(httpx.get, logged.server.url + path(HEAVY), timeout=30, trust_env=False)
        until(lambda: metric(logged.server, "workers", state="active") == 1)
        logged.process.send_signal(signal.SIGTERM)
        assert running.result().status_code == 503
    assert logged.process.wait(20) is not None
    with pytest.raises(httpx.TransportError):
        httpx.get(logged.server.url + "/health", trust_env=False)
    assert not any(line["level"] == "error" for line in logged.lines())
