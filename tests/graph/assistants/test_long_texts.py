"""Long texts over HTTP: other assistants are answered beside them, and who sends them pays for their reading."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from cityrights.mcp.toolkit import PROBLEM
from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Served, connected, serving
from tests.graph.assistants.test_transports import HELLO, READY, call
from tests.support import HANG

_ONCE = itertools.count()
_HEAD = "PREFIX e: <http://e.example/> "
_HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
#: So many short questions are answered beside five long ones, at least.
_BESIDE = 20


def long_text(end: str = "} }") -> str:
    """Return a query of some hundred thousand characters whose tokens nobody sent before."""
    number = next(_ONCE)
    return f"{_HEAD}SELECT ?x{number} {{ VALUES ?x{number} {{ {'e:1 ' * 120_000}{number} {end}"


def _send(served: Served, message: dict[str, Any], session: str = "") -> httpx.Response:
    headers = {**_HEADERS, "mcp-session-id": session} if session else _HEADERS
    return httpx.post(served.url, json=message, headers=headers, timeout=HANG, trust_env=False, verify=False)


def test_others_are_answered_while_long_texts_are_read(served: Served) -> None:
    def send() -> str:
        with connected(served.url, "auto") as assistant:
            found = assistant.call("sparql", query=long_text())
        return str((found.meta or {})[PROBLEM]["kind"]) if found.is_error else ""

    done = 0
    with ThreadPoolExecutor(5) as threads, connected(served.url, "auto") as other:
        attack = [threads.submit(send) for _ in range(5)]
        while True:
            found = other.call("sparql", query=f"SELECT * {{ ?s ?p ?o }} LIMIT {1 + next(_ONCE)}", limit=1)
            if all(each.done() for each in attack):
                break
            assert not found.is_error
            done += 1
    for each in attack:  # on a machine that has other things to do, some are told that it is busy
        assert each.result() in ("", "busy", "query-timeout"), each.result()
    assert done >= _BESIDE


def test_a_refused_one_says_where_in_the_text_as_it_was_given(served: Served) -> None:
    with connected(served.url, "auto") as assistant:
        found = assistant.call("sparql", query=long_text("} }\n]") + " # cr:City")
    assert found.is_error
    assert "line 2, column 1" in str(found.content)


def test_the_time_of_a_client_has_an_end_and_comes_back(snapshot: Snapshot, tmp_path: Path) -> None:
    fair = ("--fair-use", "on", "--fair-seconds", "3", "--fair-window", "100000")
    with serving(snapshot, tmp_path, *fair) as served:
        first = _send(served, HELLO)
        session = first.headers.get("mcp-session-id", "")
        _send(served, READY, session)
        assert first.status_code == 200
        assert first.headers["ratelimit-policy"] == '"query-time";q=3;w=100000'
        for number in range(60):
            answer = _send(served, call(number, "sparql", query=long_text("} } ]")), session)
            if answer.status_code == 429:
                break
        else:
            pytest.fail("the time to read a text is not counted")
        assert number > 0
        problem = answer.json()
        assert problem["violated-policies"] == ["query-time"]
        assert int(answer.headers["retry-after"]) == problem["retryAfterSeconds"] > 0
        assert answer.headers["ratelimit"].startswith('"query-time";r=0;')
        assert _send(served, HELLO).status_code == 429


def test_a_body_has_an_end(served: Served) -> None:
    assert _send(served, call(1, "sparql", query="#" * 2_000_000)).status_code == 413

    def pieces() -> Any:
        for _ in range(40):
            yield b" " * 50_000

    answer = httpx.post(served.url, content=pieces(), headers=_HEADERS, timeout=HANG, trust_env=False, verify=False)
    assert answer.status_code == 413
