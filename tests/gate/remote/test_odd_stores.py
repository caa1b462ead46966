"""Stores that are down, slow, cut short or answer nonsense: an error of ours, never an answer that looks whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from cityrights.snapshot import Snapshot
from sparqlgate import Limits, Query
from sparqlgate.errors import EngineBusy, EngineFailure, EngineUnavailable, QueryError, QueryRefused, QueryUnsupported
from sparqlgate.query import Control
from sparqlgate.stores.remote import RemoteEngine
from sparqlgate.text.rewriting import OWN_DEFAULT, UNION
from tests.gate.remote.stores import Answer, Handler, serving
from tests.servers import Server, free_port
from tests.support import HANG

JSON = "application/sparql-results+json"
ROW = b'{"s":{"type":"uri","value":"http://e/a"}}'
ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[' + ROW + b"]}}"
SECRET = "Virtuoso 37000 Error SP031 define sql:big-data-const"


@pytest.fixture(scope="module")
def over() -> Iterator[Callable[..., RemoteEngine]]:
    """Return a function that opens an engine over an answering function."""
    with ExitStack() as stack:

        def opened(answer: Answer, seconds: float = 20) -> RemoteEngine:
            url = stack.enter_context(serving(answer))
            return stack.enter_context(RemoteEngine(url, OWN_DEFAULT, version="1", limits=Limits(seconds=seconds)))

        yield opened


def said(status: int, kind: str = "text/plain", body: bytes = SECRET.encode(), **headers: str) -> Answer:
    return lambda handler, _: handler.whole(status, kind, body, **headers)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(500), QueryUnsupported),
        (said(400), QueryUnsupported),
        (said(500, body=b"The estimated execution time 473 (sec) exceeds the limit of 400 (sec)."), QueryRefused),
        (said(500, body=b"S1T00: transaction timed out"), EngineUnavailable),
        (said(502), EngineUnavailable),
        (said(503, Retry_After="7"), EngineBusy),
        (said(401), EngineUnavailable),
        (said(404), EngineUnavailable),
        (said(302, Location="http://127.0.0.1:1/"), EngineUnavailable),
        (said(200, JSON, ROWS, X_SQL_State="S1TAT"), EngineUnavailable),
        (said(200, JSON, ROWS, X_SPARQL_MaxRows="10000"), QueryRefused),
        (said(200, "text/html", b"<html>true</html>"), EngineUnavailable),
        (said(200, JSON, ROWS[:-4]), EngineUnavailable),
        (said(200, JSON, b""), EngineUnavailable),
        (said(200, JSON, b'{"head":{},"boolean":true}'), EngineUnavailable),
        (said(200, JSON, ROWS.replace(b"http://e/a", b"not an IRI")), EngineUnavailable),
    ],
)
def test_what_is_not_a_whole_answer_is_an_error(
    answer: Answer, error: type[QueryError], over: Callable[..., RemoteEngine], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    with pytest.raises(error) as raised:
        over(answer).query("SELECT ?s { ?s ?p ?o }").read()
    assert not any(word in str(raised.value) for word in ("Virtuoso", "SP031", "127.0.0.1", "S1T"))


def test_the_cap_of_a_store_does_not_touch_who_wants_no_more(over: Callable[..., RemoteEngine]) -> None:
    engine = over(said(200, JSON, ROWS, X_SPARQL_MaxRows="1"))
    assert engine.query("SELECT ?s { ?s ?p ?o } LIMIT 1").read()
    for text in ("?s ?p ?o } LIMIT 2", "?s ?p ?o }", "{ SELECT ?s { ?s ?p ?o } LIMIT 1 } }"):
        with pytest.raises(QueryRefused, match="1 rows at most"):
            engine.query("SELECT ?s { " + text)


def _cut(handler: Handler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.send_header("Content-Length", str(len(ROWS) + 100))
    handler.end_headers()
    handler.wfile.write(ROWS)
    handler.close_connection = True


def _cut_triples(handler: Handler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/n-triples")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    line = b"<http://e/a> <http://e/p> <http://e/b> .\n"
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
    handler.close_connection = True


def _unframed_triples(handler: Handler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/n-triples")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(b"<http://e/a> <http://e/p> <http://e/b> .\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (_cut, "SELECT ?s { ?s ?p ?o }"),
        (_cut_triples, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"),
        (_unframed_triples, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"),
    ],
)
def test_a_cut_answer_is_an_error(answer: Answer, text: str, over: Callable[..., RemoteEngine]) -> None:
    with pytest.raises(EngineUnavailable):
        over(answer).query(text).read()


def _drip(handler: Handler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        for _second in range(200):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


def _silent(handler: Handler, _: bytes) -> None:
    handler.connection.settimeout(HANG)
    handler.connection.recv(1)  # nothing, once who asked has left
    handler.close_connection = True


@pytest.mark.parametrize("answer", [_drip, _silent])
def test_a_slow_store_is_given_up_in_time(answer: Answer, over: Callable[..., RemoteEngine]) -> None:
    engine = over(answer, seconds=1.5)
    with pytest.raises(EngineUnavailable) as raised:
        engine.query("SELECT ?s { ?s ?p ?o }").read()
    assert raised.value.slow


def test_a_store_that_is_down(over: Callable[..., RemoteEngine]) -> None:
    with RemoteEngine(f"http://127.0.0.1:{free_port()}/sparql", UNION, version="1") as engine:
        with pytest.raises(EngineUnavailable, match="cannot be reached") as raised:
            engine.query("ASK {}")
        assert not raised.value.slow


def _long(handler: Handler, _: bytes) -> None:
    body = b'{"head":{"vars":["s"]},"results":{"bindings":[' + b",".join([ROW] * 200_000) + b"]}}"
    try:
        handler.whole(200, JSON, body)
    except OSError:
        handler.close_connection = True


def test_a_long_answer_streams_whole(over: Callable[..., RemoteEngine]) -> None:
    with over(_long).query(Query("SELECT ?s { ?s ?p ?o }", format="text/csv")) as result:
        assert result.size is None
        assert result.read().count(b"\r\n") == 200_001


def test_a_query_can_be_ended(over: Callable[..., RemoteEngine]) -> None:
    control = Control()
    result = over(_long).query("SELECT ?s { ?s ?p ?o }", control=control)
    control.cancel()
    with pytest.raises(EngineFailure, match="cancelled"):
        result.read()


def test_limits_of_rows_and_bytes(over: Callable[..., RemoteEngine]) -> None:
    engine = over(_long)
    with pytest.raises(QueryRefused, match="more than 10 rows"):
        engine.query(Query("SELECT ?s { ?s ?p ?o }", limits=Limits(rows=10)))
    with engine.query(Query("SELECT ?s { ?s ?p ?o }", format="text/csv", limits=Limits(rows=10, truncate=True))) as cut:
        assert cut.truncated == 10
        assert cut.read().count(b"\r\n") == 11
    with pytest.raises(QueryRefused, match="longer than"):
        engine.query(Query("SELECT ?s { ?s ?p ?o }", limits=Limits(result_bytes=100_000)))


def test_quirks_become_what_the_standard_says(over: Callable[..., RemoteEngine]) -> None:
    xsd = "http://www.w3.org/2001/XMLSchema#"
    body = (
        '{ "head": { "link": [], "vars": ["a", "b", "c"] }, "results": { "distinct": false, "bindings": [ '
        '{ "a": { "type": "bnode", "value": "nodeID://b10000" }, '
        f'"b": {{ "type": "typed-literal", "datatype": "{xsd}boolean", "value": "1" }}, '
        '"c": { "type": "literal", "value": "\\"bnode\\", \\"value\\": \\"nodeID://" } } ] } }'
    )
    found = over(said(200, JSON, body.encode())).query("SELECT ?a ?b ?c { ?a ?b ?c }").read().decode()
    assert '"value":"b10000"' in found
    assert f'"value":"true","datatype":"{xsd}boolean"' in found
    assert 'nodeID://"' in found
    assert "typed-literal" not in found
    asked = b'{"head":{"vars":["__ASK_RETVAL"]},"results":{"bindings":[]}}'
    assert over(said(200, JSON, asked)).query("ASK {}").read() == b'{"head":{},"boolean":false}'


def test_the_site_says_what_is_wrong_and_serves_what_it_can(snapshot: Snapshot, start: Callable[..., Server]) -> None:
    down = start(snapshot.path, endpoint=f"http://127.0.0.1:{free_port()}/sparql", dialect="union")
    answer = down.client.get("/sparql", params={"query": "ASK {}"})
    assert answer.status_code == 502
    assert answer.json()["type"].endswith("store-unavailable")
    assert down.get("/page/city/utrecht", "text/html").status_code == 502
    assert down.get("/practices", "text/html").status_code == 200  # its rows stand in the snapshot's catalogue
    assert down.get("/health").status_code == 200
    assert down.get("/download/cityrights.ttl").status_code == 200
    assert down.get("/static/icon.svg").status_code == 200
    for path in ("/about", "/download", "/sparql"):  # what the snapshot alone can tell
        assert down.get(path, "text/html").status_code == 200, path
    page = down.get("/es/page/city/utrecht", "text/html")
    assert (page.status_code, "cannot be reached" in page.text) == (502, True)
    with serving(_drip) as url:
        slow = start(snapshot.path, endpoint=url, dialect="union", query_seconds=1.0)
        assert slow.client.get("/sparql", params={"query": "ASK {}"}).status_code == 504
