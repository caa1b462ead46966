"""A store that takes its time when the service starts: that serves all the same, says so, and ends when it is told."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pyoxigraph as ox
import pytest

from tests.counters import until
from tests.gate.remote.stores import Handler, serving, small
from tests.servers import Server, free_port
from tests.support import HANG


def test_serving_begins_before_a_slow_store_answers(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    awake = threading.Event()
    store = ox.Store()
    store.load(path=next(fixture_snapshot.glob("*.nq")), format=ox.RdfFormat.N_QUADS)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    answered = small(store)

    def answer(handler: Handler, body: bytes) -> None:
        awake.wait(HANG)
        answered(handler, body)

    with serving(answer) as url:
        server = launch(fixture_snapshot, endpoint=url)
        assert server.get("/health").status_code == 200
        for path in ("/", "/ontology", "/about"):
            page = server.get(path, "text/html")
            assert page.status_code == 503, path
            assert 0 < int(page.headers["retry-after"]) <= 3600
        for path in ("/health", "/privacy", "/queries"):  # which need nothing of the store
            assert server.get(path).status_code == 200, path
        awake.set()
        until(lambda: server.get("/ontology", "text/html").status_code == 200, "the store has told its labels")
        told = server.get("/sparql", "text/turtle").text
        assert "resultFormat" in told
        assert "extensionFunction" not in told, "what another store's functions are nobody here knows"
        assert "MiB of memory" not in told, "nor what it uses"


def test_sigterm_ends_the_service_while_a_store_does_not_answer(
    launch: Callable[..., Server], fixture_snapshot: Path
) -> None:
    asleep = threading.Event()

    def answer(handler: Handler, body: bytes) -> None:
        asleep.wait(HANG)

    with serving(answer) as url:
        server = launch(fixture_snapshot, endpoint=url)
        server.process.send_signal(signal.SIGTERM)
        try:
            assert server.process.wait(HANG) is not None
        finally:
            asleep.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_service_that_is_starting(number: signal.Signals, fixture_snapshot: Path) -> None:
    code = f"from cityrights_web.server import serve\nserve({str(fixture_snapshot)!r}, '127.0.0.1', {free_port()})"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        try:
            own = psutil.Process(process.pid)
            until(lambda: len(own.children(recursive=True)) > 1, "it has begun to load")
            process.send_signal(number)
            assert process.wait(HANG) is not None
        finally:
            for each in (*psutil.Process(process.pid).children(recursive=True),) if process.poll() is None else ():
                each.kill()
            process.kill()
