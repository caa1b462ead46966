"""Many requests at once, and requests that are given up: a worker that nobody waits for is free at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import httpx
import pytest

from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Assistant, Served, command, connected, over_stdio, serving
from tests.graph.assistants.test_tools import told
from tests.graph.assistants.test_transports import ASKING
from tests.graph.assistants.test_wrong_requests import ENDLESS
from tests.support import HANG

#: A limit that no query of these tests meets.
_PATIENCE = ("--query-seconds", str(HANG))


@pytest.fixture(scope="module")
def patient(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on which no query ends because of its time."""
    with serving(snapshot, tmp_path_factory.mktemp("patient"), *_PATIENCE) as server:
        yield server


def test_requests_are_answered_side_by_side(each: Assistant) -> None:
    queries = [f"SELECT ?s {{ ?s rdfs:label ?o }} ORDER BY ?s LIMIT {count}" for count in range(1, 21)]
    begun = [each.begin("sparql", query=query) for query in queries]
    begun_too = [each.begin("describe", thing=f"city:{name}") for name in ("utrecht", "grenoble", "barcelona")]
    assert [told(one.result(HANG))["total"] for one in begun] == list(range(1, 21))
    assert [told(one.result(HANG))["label"] for one in begun_too] == ["Utrecht", "Grenoble", "Barcelona"]


def test_short_requests_do_not_wait_for_a_long_one(each: Assistant) -> None:
    long = each.begin("sparql", query=ENDLESS)
    time.sleep(0.5)
    assert told(each.call("search", text="utrecht", limit=1))["total"] > 0
    assert told(each.call("sparql", query="ASK {}"))["boolean"] is True
    assert not long.done()
    long.cancel()


@pytest.mark.parametrize("way", ["stdio-legacy", "stdio-auto", "http-legacy", "http-auto"])
def test_a_cancelled_request_frees_its_worker(patient: Served, snapshot: Snapshot, tmp_path: Path, way: str) -> None:
    transport, _, mode = way.partition("-")
    with (
        connected(patient.url, mode)
        if transport == "http"
        else over_stdio(command(snapshot, *_PATIENCE), tmp_path / "errors", mode)
    ) as client:
        long = [client.begin("sparql", query=ENDLESS) for _ in range(2)]  # as many as there are workers
        time.sleep(1.0)
        for one in long:
            one.cancel()
        assert told(client.call("sparql", query="ASK {}"))["boolean"] is True
        for one in long:
            with pytest.raises(CancelledError):
                one.result(HANG)


def test_a_client_that_dies_frees_its_workers(patient: Served) -> None:
    with subprocess.Popen([sys.executable, "-c", ASKING, patient.url, ENDLESS], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"asked\n"
        client.kill()
    with connected(patient.url, "legacy") as assistant:
        assert told(assistant.call("sparql", query="ASK {}"))["boolean"] is True


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    answer = httpx.post(
        served.url, content=b" " * (5 << 20), headers=headers, trust_env=False, verify=False, timeout=HANG
    )
    assert answer.status_code == 413
