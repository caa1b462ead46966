"""The gate by itself: from the command line, mounted in Starlette, mounted in FastAPI; it knows nothing of the site."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sparqlgate import EmbeddedEngine, cli
from sparqlgate.app import Gate
from sparqlgate.cli import load
from sparqlgate.http import answers
from sparqlgate.http.formats import RESULTS_CSV, Format
from sparqlgate.http.protocol import SparqlRequest
from sparqlgate.http.requests import Request
from sparqlgate.http.responses import Response
from sparqlgate.text.guard import Screened
from tests.support import HANG

DATA = '@prefix e: <http://e/> . e:a e:p "one" . e:b e:p "two" .'
ROWS = "SELECT ?o { ?s <http://e/p> ?o } ORDER BY ?o"
CSV = "o\r\none\r\ntwo\r\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gate") / "data.ttl"
    path.write_text(DATA)
    return path


@pytest.fixture(scope="module")
def gate(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    gate = Gate(EmbeddedEngine(load([data], tmp_path_factory.mktemp("store")), workers=1))
    yield gate
    gate.close()


@pytest.mark.parametrize("framework", [Starlette, FastAPI])
def test_it_is_mounted_in_an_application(framework: Any, gate: Gate) -> None:
    app = framework()
    app.mount("/sparql", gate)
    with TestClient(app) as client:
        for answer in (
            client.get("/sparql", params={"query": ROWS}, headers={"Accept": "text/csv"}),
            client.post("/sparql/", data={"query": ROWS, "format": "csv"}),
        ):
            assert (answer.status_code, answer.text) == (200, CSV)
        etag = client.get("/sparql", params={"query": ROWS}, headers={"Accept": "text/csv"}).headers["etag"]
        same = client.get("/sparql", params={"query": ROWS}, headers={"Accept": "text/csv", "If-None-Match": etag})
        assert same.status_code == 304
        wrong = client.get("/sparql", params={"query": "SELECT * { ?s ?p }"})
        assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
        assert wrong.json()["line"] == 1
        graph = client.get("/sparql/graph?default", headers={"Accept": "application/n-triples"})
        assert sorted(graph.text.splitlines()) == [
            '<http://e/a> <http://e/p> "one" .',
            '<http://e/b> <http://e/p> "two" .',
        ]
        told = client.get("/sparql", headers={"Accept": "text/turtle"})
        assert told.status_code == 200
        assert "sparql-service-description#" in told.text
        assert "geo+json" not in told.text
        assert client.get("/sparql/health").json()["version"] == gate.version
        assert client.get("/sparql/nowhere").status_code == 404
        refused = client.post("/sparql", data={"update": "DROP ALL"})
        assert refused.status_code == 403


def test_a_format_that_is_registered_is_offered(data: Path, tmp_path: Path) -> None:
    shout = Format("shout", "text/x-shout", "loud", names=("shout",), made=True)
    gate = Gate(EmbeddedEngine(load([data], tmp_path), workers=1))

    async def make(request: Request, asked: SparqlRequest, screened: Screened, chosen: Format) -> Response:
        query = answers.query_of(gate, asked, screened, RESULTS_CSV)
        body = await answers.read_by(gate, request, query, RESULTS_CSV, lambda pieces, _: b"".join(pieces).upper())
        return Response(200, chosen.content_type, body)

    gate.register(shout, make)
    app = Starlette()
    app.mount("/sparql", gate)
    with TestClient(app) as client:
        answer = client.get("/sparql", params={"query": ROWS}, headers={"Accept": "text/x-shout"})
        assert (answer.status_code, answer.text) == (200, CSV.upper())
        assert "text/x-shout" in client.get("/sparql", headers={"Accept": "text/turtle"}).text
    gate.close()


def test_it_serves_a_file_from_the_command_line(data: Path) -> None:
    command = [sys.executable, "-m", "sparqlgate.cli", "serve", str(data), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            answer = httpx.get(
                address,
                params={"query": ROWS},
                headers={"Accept": "text/csv"},
                trust_env=False,
                verify=False,
                timeout=HANG,
            )
            assert (answer.status_code, answer.text) == (200, CSV)
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0


def test_a_file_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ttl"
    wrong.write_text("<http://e/a> <http://e/p>\n  .")
    command = [sys.executable, "-m", "sparqlgate.cli", "serve", str(wrong)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"{wrong}:2" in ended.stderr


def test_whatever_is_wrong_is_told_in_a_sentence(tmp_path: Path) -> None:
    data, wrong = tmp_path / "data.ttl", tmp_path / "wr\x1b[2Jong.nt"
    data.write_text(DATA)
    wrong.write_text("<http://e/\x1b]0;x\x07\u202e> <http://e/p> 1 .")
    for arguments, code, said in (
        ([data, "--port", "70000"], 2, "'70000' is no port; write a number from 0 to 65535"),
        ([data, "--port", "-1"], 2, "'-1' is no port"),
        ([data, "--port", "9" * 5000], 2, "is no port"),
        ([data, "--base-iri", "no base"], 1, "the base 'no base' is no absolute IRI"),
        ([wrong], 1, "\\u001B"),
        ([tmp_path / "none.ttl"], 1, "No such file"),
    ):
        command = [sys.executable, "-m", "sparqlgate.cli", "serve", *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ended.returncode, "Traceback" in ended.stderr) == (code, False), ended.stderr
        assert said in ended.stderr
        assert ended.stderr.replace("\n", "").isprintable()


def test_a_full_disk_is_told_in_a_sentence(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for fault in (OSError(errno.ENOSPC, "full", str(tmp_path)), OSError("IO error: No space left on device")):

        def fails(*_: object, fault: OSError = fault, **__: object) -> None:
            raise fault

        monkeypatch.setattr("sparqlgate.cli.copy_all", fails)
        assert cli.main(["serve", str(data)]) == 1
        said = capsys.readouterr().err
        assert "No space left on device; free some space and try again" in said


def test_it_ends_from_the_keyboard_as_it_does_when_it_is_told_to(data: Path) -> None:
    command = [sys.executable, "-m", "sparqlgate.cli", "serve", str(data), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("http://")
        server.send_signal(signal.SIGINT)
        assert (server.stdout.read(), server.wait(HANG)) == ("", 0)


def test_a_query_that_names_a_version_is_answered_by_it_or_not_at_all(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv = {"Accept": "text/csv"}
    (tmp_path / "other.ttl").write_text('@prefix e: <http://e/> . e:a e:p "other" .')
    other = Gate(EmbeddedEngine(load([tmp_path / "other.ttl"], tmp_path), workers=1))
    client = TestClient(gate)
    ways: list[Callable[[dict[str, str]], Any]] = [
        lambda asked: client.get("/sparql", params=asked, headers=csv),
        partial(posted, client),
    ]
    for send in ways:
        for own in (gate.version, gate.short):
            assert send({"query": ROWS, "version": own}).text == CSV
        for wrong in (other.version, "", "1"):
            answer = send({"query": ROWS, "version": wrong})
            assert (answer.status_code, answer.json()["version"]) == (404, gate.version), wrong

    @asynccontextmanager
    async def select(names: tuple[str, ...], _request: Request) -> AsyncIterator[Gate]:
        yield {other.version: other, gate.version: gate}[names[0]]

    monkeypatch.setattr(gate, "select", select)
    for send in ways:
        assert send({"query": ROWS, "version": other.version}).text == "o\r\nother\r\n"
        assert send({"query": ROWS, "version": gate.version}).text == CSV
        assert send({"query": ROWS}).text == CSV
    other.close()


def posted(client: TestClient, asked: dict[str, str]) -> Any:
    return client.post("/sparql", data=asked, headers={"Accept": "text/csv"})
