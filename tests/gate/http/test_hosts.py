"""The host of a request stands in links, programs and keys of kept pages: it is a host, or the request is refused."""

from __future__ import annotations

import pytest

from tests.gate.http.test_hostile_requests import exchange
from tests.servers import Server

HOSTS = (
    "localhost",
    "LOCALHOST:8000",
    "127.0.0.1",
    "[::1]",
    "[::1]:8000",
    "a_b.example.",
    "xn--mnchen-3ya.example",
)
NONE = (
    "a b", "localhost /queries", "a/b", "a@b", "a?b", "a#b", "a\\b", "a'b", 'a"b', "a<b>", "a`id`", "$(id)", "a;b",
    "a,b", "a:b", "a:1:2", "[::1", "::1", "a:123456", "\u00e9", "{{7*7}}", "a\tb",
)  # fmt: skip


def sent(target: str, host: str) -> bytes:
    head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    return head.encode("latin-1")


@pytest.mark.parametrize("target", ["/", "/sparql", "/sparql/embed?query=ASK%7B%7D", "/ask", "/health"])
def test_what_is_no_host_is_refused(server: Server, target: str) -> None:
    for host in NONE:
        answer = exchange(server, sent(target, host))
        assert answer is None or answer.status == 400, host
        assert answer is None or b"host" in answer.body.lower()
    for host in HOSTS:
        answer = exchange(server, sent(target, host))
        assert answer is not None, host
        assert answer.status == 200, host


@pytest.mark.parametrize("target", ["/health", "/sparql?query=ASK%7B%7D", "/id/practice/museum", "/static/icon.svg"])
def test_a_request_names_its_host_and_once(server: Server, target: str) -> None:
    server.get(target, "*/*")  # what is known, and answered without being read, is no exception
    fields = {"": 400, "Host:\r\n": 400, "Host: a\r\nHost: a\r\n": 400, "Host: a\r\nhost: b\r\n": 400}
    for named, status in fields.items():
        for accept in ("", "Accept: */*\r\n"):
            head = f"GET {target} HTTP/1.1\r\n{named}{accept}Connection: close\r\n\r\n"
            answer = exchange(server, head.encode())
            assert answer is not None
            assert answer.status == status, (named, accept)
            assert b"Host field" in answer.body
    for head in (f"GET {target} HTTP/1.0\r\n\r\n", f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n"):
        answer = exchange(server, head.encode())
        assert answer is not None
        assert answer.status in (200, 303)
    answer = exchange(server, f"GET {target} HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n".encode())
    assert answer is not None
    assert answer.status == 400
