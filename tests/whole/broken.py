"""A small site with one fault of each kind, to see that each is found."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="description" content="x"><link rel="canonical" href="{path}"></head>'
)
#: By path: the start is whole, and each of the others has the fault that its name tells.
PAGES = {
    "/": HEAD.format(title="Start", path="/")
    + '<body><p id="here"><a href="/whole#here">a</a> <a href="/dead">b</a> <a href="/no-description">c</a> '
    '<a href="/no-language">d</a> <a href="/two-titles">e</a> <a href="#nowhere">f</a> <a href="/page/city/gone">g</a> '
    '<a href="/rows.csv">h</a> <a href="https://elsewhere.example/">i</a> <a href="/broken">j</a></p></body></html>',
    "/whole": HEAD.format(title="Whole", path="/whole") + '<body><p id="here">x</p></body></html>',
    "/no-description": HEAD.format(title="No", path="/no-description").replace('name="description"', 'name="other"')
    + "<body></html>",
    "/no-language": HEAD.format(title="None", path="/no-language").replace(' lang="en"', "") + "<body></html>",
    "/two-titles": HEAD.format(title="Whole", path="/two-titles") + "<body></html>",
    "/rows.csv": HEAD.format(title="Rows", path="/rows.csv") + "<body></html>",
    "/broken": HEAD.format(title="Broken", path="/broken") + "<body><p><div></p><b><i></b></i></body></html>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path, "nothing").encode()
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def broken_site() -> Iterator[str]:
    """Serve it; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
