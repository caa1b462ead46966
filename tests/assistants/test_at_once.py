"""Many requests at once, and requests that are given up: a worker that nobody waits for is free at once."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import CancelledError
from typing import Any

import httpx
import pytest

from tests.assistants.conftest import SECONDS, Assistant, Served
from tests.assistants.test_tools import told
from tests.assistants.test_transports import ASKING
from tests.assistants.test_wrong_requests import ENDLESS


def test_requests_are_answered_side_by_side(each: Assistant) -> None:
    queries = [f"SELECT ?s {{ ?s rdfs:label ?o }} ORDER BY ?s LIMIT {count}" for count in range(1, 21)]
    begun = [each.begin("sparql", query=query) for query in queries]
    begun_too = [each.begin("describe", thing=f"city:{name}") for name in ("utrecht", "grenoble", "barcelona")]
    assert [told(one.result(60))["total"] for one in begun] == list(range(1, 21))
    assert [told(one.result(60))["label"] for one in begun_too] == ["Utrecht", "Grenoble", "Barcelona"]


def test_short_requests_do_not_wait_for_a_long_one(each: Assistant) -> None:
    long = each.begin("sparql", query=ENDLESS)
    time.sleep(0.5)
    assert told(each.call("search", text="utrecht", limit=1))["total"] > 0
    assert told(each.call("sparql", query="ASK {}"))["boolean"] is True
    assert not long.done()
    long.cancel()


@pytest.mark.parametrize("way", ["stdio-legacy", "stdio-auto", "http-legacy", "http-auto"])
def test_a_cancelled_request_frees_its_worker(connect: Any, way: str) -> None:
    client: Assistant = connect(way)
    began = time.monotonic()
    long = [client.begin("sparql", query=ENDLESS) for _ in range(2)]  # as many as there are workers
    time.sleep(1.0)
    for one in long:
        one.cancel()
    assert told(client.call("sparql", query="ASK {}"))["boolean"] is True
    assert time.monotonic() - began < SECONDS, "the workers came free only when the limit ended their queries"
    for one in long:
        with pytest.raises(CancelledError):
            one.result(5)


def test_a_client_that_dies_frees_its_workers(served: Served, assistant: Assistant) -> None:
    with subprocess.Popen([sys.executable, "-c", ASKING, served.url, ENDLESS], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"asked\n"
        began = time.monotonic()
        client.kill()
    assert told(assistant.call("sparql", query="ASK {}"))["boolean"] is True
    assert time.monotonic() - began < SECONDS - 1, "the workers came free only when the limit ended their queries"


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    answer = httpx.post(served.url, content=b" " * (5 << 20), headers=headers, trust_env=False, timeout=30)
    assert answer.status_code == 413
