"""Pages of another site that read the data here, as the SPARQL editors of the web do: in a browser, by its rules."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest
import rdflib
from playwright.sync_api import Browser, Page

from tests.counters import counted
from tests.servers import Server

QUERY = "SELECT (COUNT(?p) AS ?n) WHERE { ?p a <https://w3id.org/cityrights/ontology#Practice> }"
#: What the SPARQL editors of the web ask for.
EDITOR = "application/sparql-results+json,*/*;q=0.9"
FETCH = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    return {status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text()};
  } catch (error) { return {status: 0, headers: {}, text: String(error)}; }
}"""


class Elsewhere(BaseHTTPRequestHandler):
    """Another site: one empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"<!doctype html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere(browser: Browser) -> Iterator[Page]:
    """A page of another origin: the same machine, another port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield page
    page.context.close()
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(page: Page, address: str, **options: object) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FETCH, [address, options])
    return found


def test_the_browser_keeps_origins_apart(elsewhere: Page, shipped: Server) -> None:
    """Else what follows would prove nothing: a page for people is not for other sites to read."""
    assert fetch(elsewhere, f"{shipped.url}/queries")["status"] == 0
    assert fetch(elsewhere, f"{shipped.url}/health", method="DELETE")["status"] == 0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {
            "method": "POST",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "body": f"query={quote(QUERY)}",
        },
        {"method": "POST", "headers": {"Content-Type": "application/sparql-query"}, "body": QUERY},
    ],
    ids=["get", "form", "direct"],
)
def test_a_query_is_answered_by_every_method_with_headers_that_can_be_read(
    elsewhere: Page, shipped: Server, options: dict[str, Any]
) -> None:
    address = f"{shipped.url}/sparql" + ("" if options else f"?query={quote(QUERY)}")
    headers = {"Accept": EDITOR, **options.get("headers", {})}
    answer = fetch(elsewhere, address, **{**options, "headers": headers})
    assert answer["status"] == 200, answer["text"]
    assert answer["headers"]["content-type"] == "application/sparql-results+json"
    assert f'"{counted(shipped, "?x a cr:Practice")}"' in answer["text"]
    assert {"etag", "x-request-id"} <= set(answer["headers"])


def test_what_is_wrong_can_be_read_too(elsewhere: Page, shipped: Server) -> None:
    answer = fetch(elsewhere, f"{shipped.url}/sparql?query=SELEC", headers={"Accept": EDITOR})
    assert answer["status"] == 400
    assert '"detail"' in answer["text"]
    answer = fetch(elsewhere, f"{shipped.url}/queries/institutions-of-a-kind.json?kind=theme:food")
    assert answer["status"] == 400
    assert "not known here as" in answer["text"]


def test_an_editor_finds_the_service_and_the_questions(elsewhere: Page, shipped: Server) -> None:
    service = fetch(elsewhere, f"{shipped.url}/sparql", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=service["text"], format="turtle")
    examples = [str(address) for address in graph.objects(None, rdflib.RDFS.seeAlso)]
    assert f"{shipped.url}/queries.ttl" in examples
    listed = fetch(elsewhere, f"{shipped.url}/queries.ttl", headers={"Accept": "text/turtle"})
    assert listed["headers"]["content-type"] == "text/turtle; charset=utf-8"
    assert 'rel="alternate"' in listed["headers"]["link"]
    assert len(rdflib.Graph().parse(data=listed["text"], format="turtle")) > 300
    described = fetch(elsewhere, f"{shipped.url}/openapi.json")
    assert described["status"] == 200
    assert '"openapi": "3.1.0"' in described["text"]


def test_an_answer_is_paged_and_asked_for_again_only_when_it_has_changed(elsewhere: Page, shipped: Server) -> None:
    address = f"{shipped.url}/queries/practices-in-a-country.json?country=country:spain&size=5"
    answer = fetch(elsewhere, address)
    assert 'rel="next"' in answer["headers"]["link"]
    again = fetch(elsewhere, address, headers={"If-None-Match": answer["headers"]["etag"]}, cache="no-store")
    assert again["status"] == 304
