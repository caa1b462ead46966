"""A real server over real HTTP: the fixture graph, or the shipped data, behind granian on a free port."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import httpx
import pytest
from tools.serving import free_port

from cityrights.pipeline.steps import build
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, GRAPH_ENTITIES, ID, PREFIXES, RDFS
from sparqlgate.http.serving import bound
from tests.nursery import Nursery
from tests.support import HANG, Process, answers, ended, until

__all__ = [
    "Server", "fixture_snapshot", "free_port", "launch", "logged", "many", "nursery", "server", "shipped", "start",
]  # fmt: skip

HERE = Path(__file__).parent
FIXTURE = HERE / "fixture.trig"


#: Makes a folder of a name by a function, once for a run, and returns it (``once`` in tests/conftest.py).
Once: TypeAlias = Callable[[str, Callable[[Path], object]], Path]


@dataclass(frozen=True)
class Server:
    """A running server and a client for it; redirects are not followed."""

    url: str
    port: int
    client: httpx.Client
    process: Process
    log: Path

    def get(self, path: str, accept: str | None = None, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers={**sent, "Accept": accept} if accept is not None else sent)

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of its log that are JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The process that forks servers, with the site imported."""
    begun = Nursery()
    yield begun
    begun.close()


@contextmanager
def serving(folders: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Callable[..., Server]]:
    """Yield a function that starts servers, ``begin(snapshot folder, trusted_hosts=…)``; all end, cleanly, after."""
    running: list[Server] = []

    def begin(snapshot: Path, **chosen: object) -> Server:
        options: dict[str, object] = {"warm": False, **chosen}  # most servers here answer a few requests
        log = folders.mktemp("server") / "log"
        with bound("127.0.0.1", 0) as listener, log.open("wb") as out:  # handed over, so that nobody takes it before
            port = listener.getsockname()[1]
            process = (
                nursery.begin(str(snapshot), options, listener, out)
                if nursery.serves(os.environ)
                else _program(snapshot, options, listener, out)
            )
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            timeout=HANG,
            trust_env=False,
            verify=False,
            headers={"Accept-Encoding": "identity"},  # so that lengths and ETags are those of what is seen
        )
        running.append(Server(f"http://127.0.0.1:{port}", port, client, process, log))
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/health"), "the server's first answer", process)
        except AssertionError as error:
            pytest.fail(f"{error}\n{log.read_text()}")
        return running[-1]

    yield begin
    for server in running:
        server.client.close()
        server.process.send_signal(signal.SIGTERM)
    for server in running:
        ended(server.process, server.log)


def _program(
    snapshot: Path, options: Mapping[str, object], listener: socket.socket, out: BinaryIO
) -> subprocess.Popen[bytes]:
    """Begin a server as a program of its own."""
    number = listener.fileno()
    given = f"listener=socket.socket(fileno={number}), **{dict(options)!r}"
    code = f"import socket\nfrom cityrights_web.server import serve\nserve({str(snapshot)!r}, {given})"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=out,
        stderr=out,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        pass_fds=[number],
    )


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Callable[..., Server]]:
    """Start servers that all tests of this process share: one for each snapshot and set of options."""
    running: dict[str, Server] = {}
    with serving(tmp_path_factory, nursery) as begin:

        def once(snapshot: Path, **options: object) -> Server:
            wanted = f"{snapshot} {sorted(options.items())}"
            if wanted not in running:
                running[wanted] = begin(snapshot, **options)
            return running[wanted]

        yield once


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Callable[..., Server]]:
    """Start servers that end with the module."""
    with serving(tmp_path_factory, nursery) as begin:
        yield begin


@pytest.fixture(scope="session")
def fixture_snapshot(once: Once) -> Path:
    """A snapshot of the fixture graph alone: an empty house whose only data file it is."""
    return Snapshot.current(once("fixture", _build_fixture) / "snapshots").path


def _build_fixture(folder: Path) -> None:
    for name in ("ontology", "data", "queries/construct"):
        (folder / "house" / name).mkdir(parents=True)
    (folder / "house" / "data" / "fixture.trig").write_bytes(FIXTURE.read_bytes())
    build(folder / "house", folder / "snapshots", current=True)
    shutil.rmtree(folder / "snapshots" / "library")  # no question was published with it, so it has those of the home


@pytest.fixture(scope="session")
def many(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The site over a graph of 200 cities, two of them with one name, that share two themes."""
    house = tmp_path_factory.mktemp("many")
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    (house / "data" / "many.trig").write_text("".join(many_cities(200)), "utf-8")
    return start(build(house, tmp_path_factory.mktemp("snapshots")).snapshot.path)


@pytest.fixture(scope="session")
def spread(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The site over a graph of six cities: a practice in four of them, one in two, and one in a single city."""
    house = tmp_path_factory.mktemp("spread")
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    (house / "data" / "spread.trig").write_text("".join(_spread()), "utf-8")
    return start(build(house, tmp_path_factory.mktemp("snapshots")).snapshot.path)


def _spread() -> Iterator[str]:
    yield f"@prefix cr: <{CR}> . @prefix rdfs: <{RDFS}> . @prefix wgs: <{PREFIXES['wgs']}> .\n"
    yield f"GRAPH <{GRAPH_ENTITIES}> {{\n"
    for number in range(6):
        city = f"<{ID}city/{number}>"
        yield f'{city} a cr:City, cr:Territory ; rdfs:label "Sometown {number}"@en ; '
        yield f"wgs:lat {number}.5 ; wgs:long 4.5 .\n"
    for name, cities in (("wide", "0123"), ("twice", "34"), ("alone", "5")):
        places = " , ".join(f"<{ID}city/{number}>" for number in cities)
        yield f'<{ID}practice/{name}> a cr:Practice ; rdfs:label "A practice that is {name}"@en ; cr:place {places} .\n'
    yield "}\n"


def many_cities(count: int) -> Iterator[str]:
    """Yield a graph in TriG: cities with one practice each, the first two called Twin."""
    yield f"@prefix cr: <{CR}> . @prefix rdfs: <{RDFS}> .\nGRAPH <{GRAPH_ENTITIES}> {{\n"
    for number in range(count):
        city, practice, theme = (f"<{ID}{kind}/{number}>" for kind in ("city", "practice", "theme"))
        name = "Twin" if number < 2 else f"Villeneuve {number}"
        yield f'{city} a cr:City, cr:Territory ; rdfs:label "{name}"@en .\n'
        yield f'{practice} a cr:Practice ; rdfs:label "Practice {number}"@en ; cr:place {city} ; cr:theme {theme}'
        yield f", <{ID}theme/{(number + 1) % count}> .\n"
    yield "}\n"


@pytest.fixture(scope="session")
def server(start: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """The site over the fixture graph."""
    return start(fixture_snapshot)


@pytest.fixture(scope="session")
def shipped(start: Callable[..., Server], snapshot: Snapshot) -> Server:
    """The site over the shipped data."""
    return start(snapshot.path)


@pytest.fixture(scope="module")
def logged(launch: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """A server that the tests of one module have for themselves, with its counters and its log."""
    return launch(fixture_snapshot, query_seconds=20.0)
