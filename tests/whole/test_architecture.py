"""docs/architecture.md says what is so: its drawing is that of the code, and one real request goes the way it tells."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import FrameType
from typing import Any

from tools import prose
from tools.architecture import PAGE, PRODUCTS, ROOT, modules, page

from cityrights.pipeline.steps import build_files
from cityrights_web.app import Application
from cityrights_web.settings import Settings
from cityrights_web.site import Site
from sparqlgate import EmbeddedEngine
from sparqlgate.app import Gate
from sparqlgate.http.requests import Receive, Scope, Send

ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]
#: Modules in the way of a query, from the address to the worker and those that only its answer comes by: none more.
TO_THE_WORKER, AND_BACK = 12, 4


class Way:
    """The modules of the product that a request calls, in the order in which it comes to them."""

    def __init__(self) -> None:
        self.there: dict[str, None] = {}
        self.back: dict[str, None] = {}
        self._sent: bool | None = None

    def begin(self) -> None:
        self._sent = False

    def end(self) -> None:
        self._sent = None

    def __call__(self, frame: FrameType, event: str, about: Any) -> None:
        if self._sent is None or threading.current_thread().name == "sparqlgate-pool":
            return  # that thread looks after all workers, whenever it likes
        name = str(frame.f_globals.get("__name__"))
        if name.partition(".")[0] not in PRODUCTS:
            return
        if event == "call":
            (self.back if self._sent else self.there).setdefault(name)
        elif event == "c_call" and isinstance(getattr(about, "__self__", None), socket.socket):
            self._sent = self._sent or about.__name__.startswith("send")


def told(heading: str) -> list[str]:
    """Return the modules that a section of the page numbers."""
    section = PAGE.read_text("utf-8").partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return re.findall(r"^\d+\. `([\w.]+)`", section, re.MULTILINE)


def test_the_drawing_is_that_of_the_code() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "it is not: make docs"


def test_every_module_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:sparqlgate|cityrights|cityrights_web)(?:\.\w+)+)`", PAGE.read_text("utf-8"))
    assert len(named) > 20
    assert [name for name in named if name not in modules()] == []


def test_lines_of_prose_can_be_read_and_compared() -> None:
    assert len(prose.pages()) > 30
    wrong = {
        path.relative_to(ROOT): found for path in prose.pages() if (found := prose.too_long(path.read_text("utf-8")))
    }
    assert wrong == {}, "python -m tools.prose wraps them"
    decoy = "- Some words. " * 20 + "`code in one piece`\n"
    assert prose.too_long(decoy) == [1]
    assert prose.too_long(prose.wrapped(decoy)) == []
    assert prose.wrapped(decoy).split() == decoy.split()


def test_decisions_are_numbered_without_a_gap() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in found] == [f"{number:04}" for number in range(1, len(found) + 1)]
    for path in found:
        assert path.read_text("utf-8").startswith(f"# {int(path.name[:4])}. "), path


def test_a_query_goes_the_way_that_the_page_tells(tmp_path: Path) -> None:
    (tmp_path / "one.nt").write_text('<http://example.org/s> <http://example.org/p> "x" .\n', "utf-8")
    snapshot = build_files([tmp_path / "one.nt"], tmp_path / "snapshots")
    settings = Settings(access_log=False)
    way, alone = Way(), Way()
    with EmbeddedEngine(snapshot) as engine:
        front = Application(
            snapshot,
            lambda found, shared: Site(engine, found.version, found.path, found.manifest, settings, shared),
            settings,
        )
        _follow(front, way)
        _follow(Gate(engine), alone)
    back = [name for name in way.back if name not in way.there]
    lines = ["### To the worker", *_numbered(way.there), "### And back", *_numbered(back)]
    assert (told("To the worker"), told("And back")) == (list(way.there), back), "\n".join(lines)
    assert (len(way.there), len(back)) == (TO_THE_WORKER, AND_BACK)
    own = [name for name in way.there if not name.startswith("cityrights_web.")]
    assert sorted(alone.there) == sorted(own), "the way through `sparqlgate serve` is that of the site without the site"


def _numbered(names: Any) -> list[str]:
    return [f"{number}. `{name}`" for number, name in enumerate(names, 1)]


def _follow(front: ASGI, way: Way) -> None:
    """Note by which modules an application answers a query."""
    before = sys.getprofile()
    threading.setprofile(way)
    sys.setprofile(way)
    try:
        asyncio.run(_ask_twice(front, way))
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


async def _ask_twice(front: ASGI, way: Way) -> None:
    """Ask two queries, and follow the second: what is made once for all is made by then."""
    await _ask(front, b"query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D")
    way.begin()
    body = await _ask(front, b"query=SELECT%20*%20%7B%20%3Fx%20%3Fp%20%3Fo%20%7D")
    way.end()
    assert b'"http://example.org/s"' in body


async def _ask(front: ASGI, query: bytes) -> bytes:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/sparql",
        "raw_path": b"/sparql",
        "query_string": query,
        "headers": [(b"host", b"127.0.0.1"), (b"accept", b"application/sparql-results+json")],
        "client": ("127.0.0.1", 40000),
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()  # the client stays
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await front(scope, receive, send)
    assert sent[0]["status"] == 200
    return b"".join(message.get("body", b"") for message in sent)
