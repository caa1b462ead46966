"""The builder over a graph that is slow to say what it has: whoever comes meanwhile is told, and holds up no page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cityrights.snapshot import Snapshot
from cityrights_web.site import Site
from cityrights_web.words import CATALOGUE
from sparqlgate import EmbeddedEngine, Query
from sparqlgate.errors import EngineBusy
from sparqlgate.stores.base import Store
from tests.web.house import client

#: Seconds that the tests wait for what comes at once.
LONG = 30.0


@pytest.fixture(scope="module")
def engine(fixture_snapshot: Path) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(Snapshot.open(fixture_snapshot)) as engine:
        yield engine


class _Slow(Store):
    """An engine that counts classes only when it is let, or says that it is busy."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self.asked, self.let = threading.Event(), threading.Event()
        self.busy = False

    def query(self, query: Query | str, **options: Any) -> Any:
        text = Query.of(query).text
        if "GROUP BY ?class" in text:
            self.asked.set()
            if self.busy:
                raise EngineBusy(2.0)
            assert self.let.wait(LONG)
        return self._engine.query(query, **options)

    def close(self) -> None:
        """Leave the engine to its fixture."""


def test_a_page_thread_does_not_wait_for_what_another_has_begun(engine: EmbeddedEngine, fixture_snapshot: Path) -> None:
    slow = _Slow(engine)
    pages = client(Site(slow, "0" * 64, fixture_snapshot, {}))
    statuses: list[int] = []
    first = threading.Thread(target=lambda: statuses.append(pages.get("/ask").status_code))
    first.start()
    try:
        assert slow.asked.wait(LONG)
        response = pages.get("/ask", headers={"Accept": "text/html"})
        assert not statuses, "it waited for the other"
        assert response.status_code == 503
        assert response.headers["Retry-After"]
        assert CATALOGUE["en"].builder.busy in unescape(response.text)
    finally:
        slow.let.set()
        first.join()
    assert statuses == [200]
    assert pages.get("/ask").status_code == 200


def test_a_graph_that_was_only_busy_is_asked_again_at_once(engine: EmbeddedEngine, fixture_snapshot: Path) -> None:
    slow = _Slow(engine)
    slow.busy = True
    slow.let.set()
    pages = client(Site(slow, "0" * 64, fixture_snapshot, {}))
    assert pages.get("/ask").status_code == 503
    slow.busy = False
    assert pages.get("/ask").status_code == 200
