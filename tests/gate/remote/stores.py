"""Stores for the tests: a small one over pyoxigraph, and one that answers oddly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

from tests.support import HANG


class Handler(BaseHTTPRequestHandler):
    """Hands each POST to the function ``answer`` of its server."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        assert isinstance(self.server, _Server)
        self.server.answer(self, body)

    def whole(self, status: int, media_type: str, body: bytes, **headers: str) -> None:
        """Send an answer with its length."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


Answer = Callable[[Handler, bytes], None]


class _Server(ThreadingHTTPServer):
    """Answers by a function."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of who left before the answer was whole."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve an answering function on loopback; yield the address."""
    server = _Server(answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(HANG)


def small(store: ox.Store) -> Answer:
    """Answer queries and updates from a store in memory, with a default graph of its own."""

    def answer(handler: Handler, body: bytes) -> None:
        kind = handler.headers["content-type"].split(";")[0]
        if kind == "application/sparql-update":
            store.update(body.decode())
            handler.whole(204, "text/plain", b"")
            return
        if kind == "text/turtle":
            graph = ox.NamedNode(parse_qs(urlsplit(handler.path).query)["graph"][0])
            store.load(body, ox.RdfFormat.TURTLE, to_graph=graph)
            handler.whole(204, "text/plain", b"")
            return
        fields = parse_qs(body.decode())
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
            ox.NamedNode(iri) for iri in fields.get("default-graph-uri", [])
        ]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(iri) for iri in fields.get("named-graph-uri", [])]
        text = fields["query"][0]
        found = store.query(text, default_graph=default, named_graphs=named) if default or named else store.query(text)
        if isinstance(found, ox.QueryTriples):
            handler.whole(200, "application/n-triples", ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b"")
        else:
            kind = "application/sparql-results+json"
            handler.whole(200, kind, found.serialize(format=ox.QueryResultsFormat.JSON) or b"")

    return answer
