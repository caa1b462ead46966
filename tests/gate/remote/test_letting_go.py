"""A query that is ended lets go of its store at once, whatever the store does; and parsers end in their own thread."""

from __future__ import annotations

import gc
import logging
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from cityrights.snapshot import Snapshot
from sparqlgate import Limits, Query
from sparqlgate.errors import EngineBusy, EngineFailure, EngineUnavailable, QueryError
from sparqlgate.query import Control
from sparqlgate.stores.remote import RemoteEngine
from sparqlgate.text.rewriting import OWN_DEFAULT
from tests.counters import path
from tests.gate.remote.stores import Answer, Handler, serving
from tests.servers import Server
from tests.support import HANG

JSON = "application/sparql-results+json"
EMPTY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
#: Far more than letting go takes, and far less than the store would.
SOON = HANG


class Mute:
    """A store that says nothing to queries with "mute" in them, and notes who asks and who has left."""

    def __init__(self) -> None:
        self.asked: queue.Queue[int] = queue.Queue()
        self.left: queue.Queue[int] = queue.Queue()

    def __call__(self, handler: Handler, body: bytes) -> None:
        if b"mute" not in body:
            handler.whole(200, JSON, EMPTY)
            return
        port = handler.client_address[1]
        self.asked.put(port)
        handler.connection.settimeout(HANG)
        if handler.connection.recv(1) == b"":
            self.left.put(port)
        handler.close_connection = True


@pytest.fixture
def mute() -> Mute:
    return Mute()


@pytest.fixture
def opened() -> Iterator[Callable[..., RemoteEngine]]:
    """Return a function that opens an engine over an answering function."""
    with ExitStack() as stack:

        def begin(answer: Answer, seconds: float = 60, connections: int = 8) -> RemoteEngine:
            url = stack.enter_context(serving(answer))
            limits = Limits(seconds=seconds)
            return stack.enter_context(
                RemoteEngine(url, OWN_DEFAULT, version="1", limits=limits, connections=connections)
            )

        yield begin


class Asking:
    """A query that waits in a thread of its own."""

    def __init__(self, engine: RemoteEngine, client: str = "") -> None:
        self.control = Control(client)
        self.error: queue.Queue[QueryError | None] = queue.Queue()
        self._engine = engine
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._engine.query("SELECT ?s { ?s <x:mute> ?o }", control=self.control).read()
        except QueryError as error:
            self.error.put(error.with_traceback(None))
        else:
            self.error.put(None)


@pytest.mark.parametrize("kept", [False, True])
def test_a_query_is_ended_before_its_store_has_said_a_word(
    kept: bool, mute: Mute, opened: Callable[..., RemoteEngine]
) -> None:
    engine = opened(mute, connections=1)
    if kept:  # so that the connection is one that has carried a query before
        assert engine.query("SELECT ?s { ?s ?p ?o }").read()
    asking = Asking(engine)
    port = mute.asked.get(timeout=SOON)
    asking.control.cancel()
    assert isinstance(asking.error.get(timeout=SOON), EngineFailure)
    assert mute.left.get(timeout=SOON) == port
    assert engine.query("SELECT ?s { ?s ?p ?o }").read()  # and its place is free again


def test_a_query_that_waits_for_a_connection_is_ended(mute: Mute, opened: Callable[..., RemoteEngine]) -> None:
    engine = opened(mute, connections=1)
    first = Asking(engine)
    mute.asked.get(timeout=SOON)
    second = Asking(engine)
    time.sleep(0.3)
    second.control.cancel()
    assert isinstance(second.error.get(timeout=SOON), EngineFailure)
    assert first.error.empty()
    with pytest.raises(EngineBusy):
        engine.query(Query("SELECT ?s { ?s ?p ?o }", limits=Limits(seconds=0.5)))
    first.control.cancel()


def test_short_queries_do_not_wait_for_long_ones(mute: Mute, opened: Callable[..., RemoteEngine]) -> None:
    """With every connection taken by a long one, the last of whoever has most makes room."""
    engine = opened(mute, connections=4)
    other = Asking(engine, "other")
    mute.asked.get(timeout=SOON)
    flood = []
    for _ in range(3):
        flood.append(Asking(engine, "flood"))
        mute.asked.get(timeout=SOON)
    for _ in range(3):
        assert engine.query("SELECT ?s { ?s ?p ?o }").read()
    ended = flood.pop().error.get(timeout=SOON)
    assert isinstance(ended, EngineBusy)
    assert "too many long queries" in str(ended)
    assert all(one.error.empty() for one in (other, *flood))
    mute.left.get(timeout=SOON)
    for one in (other, *flood):
        one.control.cancel()


def test_a_query_over_its_time_breaks_the_connection(mute: Mute, opened: Callable[..., RemoteEngine]) -> None:
    with pytest.raises(EngineUnavailable) as raised:
        opened(mute, seconds=1).query("SELECT ?s { ?s <x:mute> ?o }")
    assert raised.value.slow
    assert mute.left.get(timeout=SOON) == mute.asked.get(timeout=SOON)


def test_closing_the_engine_breaks_every_connection(mute: Mute, opened: Callable[..., RemoteEngine]) -> None:
    engine = opened(mute)
    asking = Asking(engine)
    port = mute.asked.get(timeout=SOON)
    engine.close()
    assert isinstance(asking.error.get(timeout=SOON), EngineFailure)
    assert mute.left.get(timeout=SOON) == port


def test_the_store_is_let_go_when_the_client_leaves(
    mute: Mute, snapshot: Snapshot, start: Callable[..., Server]
) -> None:
    with serving(mute) as url:
        site = start(snapshot.path, endpoint=url, query_seconds=60.0)
        with socket.create_connection(("127.0.0.1", site.port), timeout=HANG) as client:
            client.sendall(f"GET {path('SELECT ?s { ?s <x:mute> ?o }')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            asked = mute.asked.get(timeout=SOON)
        assert mute.left.get(timeout=SOON) == asked


def _table(rows: bytes, name: bytes = b"s") -> bytes:
    return b'{"head":{"vars":["' + name + b'"]},"results":{"bindings":[' + rows + b"]}}"


#: Answers that break in each place where a parser is at work.
BROKEN = {
    "SELECT ?s { ?s ?p ?o }": _table(
        b'{"s":{"type":"uri","value":"http://e/a"}},{"s":{"type":"uri","value":"no IRI"}}'
    ),
    "ASK { ?s ?p ?o }": _table(b'{"__ASK_RETVAL":{"type":"uri","value":"no IRI"}}', b"__ASK_RETVAL"),
    "ASK { ?s ?o ?p }": _table(b'{"s":{"type":"uri","value":"http://e/a"}}'),
    "SELECT ?a ?b ?c { ?a ?b ?c }": _table(b'{"s":{"type":"uri","value":"http://e/a"}}')[:-3],
    "SELECT ?s ?p { ?s ?p ?o }": b'{"head":{},"boolean":true}',
}


class _Keeper(logging.Handler):
    """Keeps what it is given, as a log may for as long as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@pytest.mark.parametrize("text", BROKEN)
def test_what_a_parser_holds_ends_in_its_own_thread(
    text: str, opened: Callable[..., RemoteEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda about: said.append(str(about.exc_value)))
    keeper = _Keeper()
    logger = logging.getLogger("sparqlgate.remote")
    monkeypatch.setattr(logger, "propagate", False)
    logger.addHandler(keeper)
    engine = opened(lambda handler, _: handler.whole(200, JSON, BROKEN[text]))
    gc.disable()  # so that nothing is collected in the right thread by luck
    try:
        with pytest.raises(EngineUnavailable) as raised:
            engine.query(text).read()
        del raised
        keeper.kept.clear()
        gc.collect()
    finally:
        gc.enable()
        logger.removeHandler(keeper)
    assert said == []
