"""The host of a request stands in links, programs and keys of kept pages: it is a host, or the request is refused."""

from __future__ import annotations

import pytest

from tests.web.conftest import Server
from tests.web.test_hostile_requests import exchange

HOSTS = (
    "localhost",
    "LOCALHOST:8000",
    "127.0.0.1",
    "[::1]",
    "[::1]:8000",
    "a_b.example.",
    "xn--mnchen-3ya.example",
    "",
)
NONE = (
    "a b", "localhost /queries", "a/b", "a@b", "a?b", "a#b", "a\\b", "a'b", 'a"b', "a<b>", "a`id`", "$(id)", "a;b",
    "a,b", "a:b", "a:1:2", "[::1", "::1", "a:123456", "\u00e9", "{{7*7}}", "a\tb",
)  # fmt: skip


def sent(target: str, host: str) -> bytes:
    head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    return head.encode("latin-1")


@pytest.mark.parametrize("target", ["/", "/sparql", "/sparql/embed?query=ASK%7B%7D", "/build", "/health"])
def test_what_is_no_host_is_refused(server: Server, target: str) -> None:
    for host in NONE:
        answer = exchange(server, sent(target, host))
        assert answer is None or answer.status == 400, host
        assert answer is None or b"host" in answer.body.lower()
    for host in HOSTS:
        answer = exchange(server, sent(target, host))
        assert answer is not None, host
        assert answer.status == 200, host
