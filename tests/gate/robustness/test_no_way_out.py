"""No input makes the server open a connection: a listener that everything points to hears nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.gate.robustness.asking import ask, outcome
from tests.servers import Server, free_port
from tests.support import HANG


@dataclass
class Listener:
    """Answers nobody, and counts who comes."""

    sock: socket.socket
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.sock.getsockname()[1]}/asked"

    def listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self.sock.accept()
                with caller:
                    caller.settimeout(HANG)
                    self.heard.append(caller.recv(100))


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that hears whoever connects; the test fails if that is anybody but the test itself."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        one = Listener(sock)
        hearing = threading.Thread(target=one.listen, daemon=True)
        hearing.start()
        yield one
        with socket.create_connection(sock.getsockname()) as last:
            last.sendall(b"the test itself")
            last.recv(1)
        assert one.heard == [b"the test itself"]
        sock.shutdown(socket.SHUT_RDWR)
        hearing.join(HANG)


QUERIES = (
    "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{SeRvIcE#c\n<{url}>{{}}}}",
    "SELECT * {{ BIND(<{url}> AS ?e) SERVICE ?e {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?e {{ <{url}> }} SERVICE SILENT ?e {{}} }}",
    "ASK {{ FILTER EXISTS {{ SERVICE <{url}> {{}} }} }}",
    "ASK {{ OPTIONAL {{ SERVICE <{url}> {{}} }} MINUS {{ SERVICE <{url}> {{}} }} }}",
    "PREFIX e: <{url}> SELECT * {{ SERVICE e: {{}} }}",
    "BASE <{url}> SELECT * {{ SERVICE <> {{}} }}",
    "SELECT * {{ \\u0053ERVICE <{url}> {{}} }}",
    "SELECT * {{ SERVICE\\u0020<{url}> {{}} }}",
    "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{url}> FROM <{url}?2> FROM NAMED <{url}> {{ ?s ?p ?o }}",
    "SELECT * {{ GRAPH <{url}> {{ ?s ?p ?o }} }}",
    "DESCRIBE <{url}>",
    "CONSTRUCT {{ <{url}> <{url}> <{url}> }} WHERE {{}}",
    "SELECT (<{url}>(1) AS ?x) {{}}",
    'SELECT (bif:http_get("{url}") AS ?x) {{}}',
    'DEFINE get:soft "replacing" SELECT * FROM <{url}> {{ ?s ?p ?o }}',
    "LOAD <{url}>",
    "LOAD SILENT <{url}> INTO GRAPH <x:g>",
    "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
)


@pytest.mark.parametrize("form", ["json", "jsonld", "rdf"])
def test_queries_open_nothing(hasty: Server, listener: Listener, form: str) -> None:
    for template in QUERIES:
        query = template.format(url=listener.url)
        found = ask(hasty, query, format=form)
        assert found.status in (200, 400, 403, 406), (query, found.text)


#: Ways to make an allowed endpoint mean another one; {near} is the address that is allowed.
ASTRAY = (
    "SELECT * {{ SERVICE <{near}> {{}} SERVICE <{url}> {{}} }}",
    "SELECT * {{ SERVICE <{near}> {{ SERVICE <{url}> {{}} }} }}",
    "SELECT * {{ SERVICE <{near}@{host}/> {{}} }}",
    "SELECT * {{ SERVICE <http://{host}/?{near}> {{}} }}",
    "SELECT * {{ SERVICE <{near}\\u0040{host}/> {{}} }}",
    "BASE <{near}> SELECT * {{ SERVICE <//{host}/> {{}} }}",
    "PREFIX e: <{near}> PREFIX e: <{url}> SELECT * {{ SERVICE e: {{}} }}",
    "PREFIX e: <http://{host}> SELECT * {{ SERVICE e:\\/asked {{}} }}",
    "SELECT * {{ SERVICE SILENT <{near}> {{}} FILTER EXISTS {{ SERVICE SILENT <{url}> {{}} }} }}",
    "SELECT * {{ FILTER(?a<?b)SERVICE <{near}> {{}} SERVICE#>\n<{url}> {{}} }}",
    "SELECT * FROM <{url}> {{ SERVICE SILENT <{near}> {{}} }}",
)


def test_an_allowed_endpoint_lets_nothing_else_out(
    start: Callable[..., Server], made: Path, listener: Listener
) -> None:
    near = f"http://127.0.0.1:{free_port()}/sparql"
    open_to_one = start(made, allow_service=(near,), access_log=False)
    host = listener.url.split("/")[2]
    for template in (*QUERIES, *ASTRAY):
        query = template.format(url=listener.url, near=near, host=host)
        found = ask(open_to_one, query, format="json")
        assert found.status in (200, 400, 403, 406, 502), (query, found.text)
        assert found.status == 403 or "FROM" in query or template in QUERIES, (query, found.text)


def test_parameters_open_nothing(hasty: Server, listener: Listener) -> None:
    url = listener.url
    for name in ("default-graph-uri", "named-graph-uri", "using-graph-uri", "graph", "uri", "url", "callback"):
        assert ask(hasty, "SELECT * { ?s ?p ?o } LIMIT 1", **{name: url}).status in (200, 400)
        assert outcome(hasty.client.post("/sparql", data={name: url, "update": f"LOAD <{url}>"})).status in (403, 405)
    both = {"default-graph-uri": [url, url + "?2"], "named-graph-uri": [url]}
    assert hasty.client.get("/sparql", params={"query": "ASK {}", **both}).status_code == 200


def test_graphs_open_nothing(hasty: Server, listener: Listener) -> None:
    context = f'{{"@context": "{listener.url}", "@id": "x:a"}}'
    entity = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{listener.url}">]><a>&x;</a>'
    assert hasty.client.get("/graph", params={"graph": listener.url}).status_code == 404
    for kind, body in (
        ("application/ld+json", context),
        ("application/rdf+xml", entity),
        ("text/turtle", f"<x:a> <http://www.w3.org/2002/07/owl#imports> <{listener.url}> ."),
    ):
        for method in ("PUT", "POST"):
            for target in ("/graph?default", "/sparql"):
                answer = hasty.client.request(method, target, content=body, headers={"Content-Type": kind})
                assert outcome(answer).status in (405, 415)


def test_headers_open_nothing(hasty: Server, listener: Listener) -> None:
    url = listener.url
    sent = {
        "Accept": f'application/ld+json;profile="{url}"',
        "Referer": url,
        "Origin": url.removesuffix("/asked"),
        "From": url,
        "Link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"',
        "Forwarded": f"for=127.0.0.1;host={url.split('/')[2]}",
        "X-Forwarded-Host": url.split("/")[2],
        "X-Original-URL": url,
        "Host": url.split("/")[2],
    }
    for target in ("/", "/sparql", "/sparql?query=DESCRIBE%20%3Chttp%3A%2F%2Fe.example%2Fs1%3E", "/graph?default"):
        answer = outcome(hasty.client.get(target, headers=sent))
        assert answer.status in (200, 303, 406, 421)
        assert answer.headers.get("location", "/").startswith("/"), "it leads to another host"
        assert not answer.headers.get("location", "/").startswith("//")


def test_addresses_open_nothing(hasty: Server, listener: Listener) -> None:
    for written in (listener.url, urllib.parse.quote(listener.url, safe="")):
        for before in ("/id/", "/data/", "/page/", "/download/", "/static/", "/", "/describe?uri=", "/search?q="):
            answer = hasty.get(before + written)
            assert answer.status_code in (200, 303, 308, 400, 404), (before + written, answer.text)
            assert outcome(answer).status
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=HANG) as sock:
        sock.sendall(f"GET {listener.url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert sock.recv(12).startswith(b"HTTP/1.1 ")
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=HANG) as sock:
        sock.sendall(f"CONNECT {listener.url.split('/')[2]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert sock.recv(13).split(b" ")[1][:1] in (b"4", b"5")
