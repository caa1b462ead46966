"""Asking a server, and what came of it."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass

import httpx

from tests.web.conftest import Server

#: What may stand in no answer: the names of what is inside, and where it is.
_INSIDE = re.compile(r"oxigraph|spargebra|sparopt|Traceback|site-packages|\.py\b|panicked|/home/", re.IGNORECASE)
_ONCE = itertools.count()


@dataclass(frozen=True)
class Outcome:
    """What came: ``status`` is 0 where the connection ended before the answer did."""

    status: int
    kind: str
    text: str
    headers: httpx.Headers
    seconds: float


def ask(server: Server, query: str, *, timeout: float = 60.0, **parameters: str) -> Outcome:
    """Ask a query by POST, from a connection of its own, and see that nothing of the inside comes out."""
    began = time.monotonic()
    try:
        with httpx.Client(trust_env=False, verify=False, timeout=timeout) as client:
            answer = client.post(f"{server.url}/sparql", data={"query": query, **parameters})
    except httpx.RemoteProtocolError:
        return Outcome(0, "cut", "", httpx.Headers(), time.monotonic() - began)
    return outcome(answer, time.monotonic() - began)


def outcome(answer: httpx.Response, seconds: float = 0.0) -> Outcome:
    """Read an answer; errors are problem details in the service's own words."""
    kind = ""
    if answer.status_code >= 400:
        assert not _INSIDE.search(answer.text), answer.text
        assert answer.headers["x-request-id"]
        if answer.headers["content-type"] == "application/problem+json":
            problem = answer.json()
            assert problem["status"] == answer.status_code
            kind = problem["type"].partition("#problem-")[2]
    assert answer.status_code != 500, answer.text
    return Outcome(answer.status_code, kind, answer.text, answer.headers, seconds)


def lookup(server: Server, timeout: float = 30.0) -> Outcome:
    """Ask for one subject in words that nobody used before, so that no kept answer helps."""
    number = next(_ONCE)
    text = f"SELECT ?p ?o {{ <http://e.example/s{number % 900}> ?p ?o }} LIMIT {100 + number}"
    found = ask(server, text, timeout=timeout)
    assert found.status != 200 or f"value {number % 900} " in found.text, found.text
    return found
