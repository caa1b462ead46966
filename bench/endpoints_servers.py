"""The endpoints that are compared: each a process of its own on loopback, over the same triples."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from tools import virtuoso

from cityrights.snapshot import Snapshot

_GRAPH = "http://default.example/"


@dataclass(frozen=True)
class Server:
    """A running endpoint."""

    name: str
    url: str
    process: psutil.Process

    def processes(self) -> list[psutil.Process]:
        """The process and all that it has started."""
        return [self.process, *self.process.children(recursive=True)]

    def memory(self) -> int:
        """Bytes resident in all of its processes; what they share is counted in each."""
        return sum(self.memory_by_process().values())

    def memory_by_process(self) -> dict[int, int]:
        """Bytes resident in each of its processes, by process id."""
        found: dict[int, int] = {}
        for one in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                found[one.pid] = one.memory_info().rss
        return found

    def processor(self) -> float:
        """Seconds of processor time that its processes have used, as far as they are still there."""
        total = 0.0
        for one in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(one.cpu_times()[:2])
        return total

    def own_memory(self) -> int:
        """Bytes in all of its processes, what they share counted once (proportional set size)."""
        total = 0
        for one in self.processes():
            with contextlib.suppress(psutil.Error, AttributeError):
                total += one.memory_full_info().pss
        return total


@contextlib.contextmanager
def running(snapshot: Snapshot, triples: Path, folder: Path) -> Iterator[list[Server]]:
    """Start all endpoints that are installed; end them by their process ids.

    ``BENCH_BEFORE`` in the environment names the ``cityrights`` program of another checkout: it serves the same file
    from a snapshot of its own, right after ours, so that a change is measured against what was before it.
    """
    with contextlib.ExitStack() as stack:
        found = [
            stack.enter_context(_started("cityrights", _ours(snapshot), "/sparql", folder)),
            *(stack.enter_context(_started("before", command, "/sparql", folder)) for command in _before(folder)),
            stack.enter_context(_started("oxigraph", _oxigraph(snapshot, folder), "/query", folder)),
            stack.enter_context(_started("rdflib-endpoint", _rdflib(triples), "/", folder)),
        ]
        if shutil.which("virtuoso-t"):
            found.append(stack.enter_context(_virtuoso(triples, folder)))
        else:
            print("Virtuoso is not here and left out; it comes with: apt-get install virtuoso-opensource")
        yield found


def _ours(snapshot: Snapshot) -> list[str]:
    program = str(Path(sys.executable).with_name("cityrights"))
    quiet = ["--fair-use", "off", "--no-access-log"]  # the others write no log either
    return [program, "serve", "--snapshot", str(snapshot.path), "--port", "{port}", *quiet]


def _before(folder: Path) -> list[list[str]]:
    program = os.environ.get("BENCH_BEFORE")
    if not program:
        return []
    data = ["--dataset", str(folder / "synthetic.nq"), "--snapshot", str(folder / "before")]
    return [[program, "serve", *data, "--port", "{port}", "--fair-use", "off", "--no-access-log"]]


def _oxigraph(snapshot: Snapshot, folder: Path) -> list[str]:
    """Serve a copy of the same store: default graph (the merge) and named graphs as they stand."""
    shutil.copytree(snapshot.store, folder / "oxigraph")
    (folder / "oxigraph" / "LOCK").touch()
    program = str(Path(sys.executable).with_name("oxigraph"))
    return [program, "serve-read-only", "--location", str(folder / "oxigraph"), "--bind", "127.0.0.1:{port}"]


def _rdflib(triples: Path) -> list[str]:
    program = str(Path(sys.executable).with_name("rdflib-endpoint"))
    return [program, "serve", "--host", "127.0.0.1", "--port", "{port}", str(triples)]


@contextlib.contextmanager
def _started(name: str, command: list[str], path: str, folder: Path) -> Iterator[Server]:
    port = free_port()
    with (folder / f"{name}.out").open("wb") as out:
        words = [word.replace("{port}", str(port)) for word in command]
        process = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder)
    server = Server(name, f"http://127.0.0.1:{port}{path}", psutil.Process(process.pid))
    try:
        _wait(server, process, folder / f"{name}.out")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


@contextlib.contextmanager
def _virtuoso(triples: Path, folder: Path) -> Iterator[Server]:
    """Virtuoso with the same triples in one graph, which each query names: the union of all holds its own, too."""
    home = folder / "virtuoso"
    home.mkdir()
    shutil.copyfile(triples, home / "triples.nt")
    with virtuoso.running(home, buffers=60_000, threads=20, rows=2_000_000) as store:
        store.execute(f"ld_dir('{home}','triples.nt','{_GRAPH}'); rdf_loader_run(); checkpoint;")
        url = f"{store.url}/sparql?default-graph-uri={_GRAPH}"
        yield Server("Virtuoso", url, psutil.Process(store.process.pid))


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            answer = httpx.get(
                server.url,
                params={"query": "ASK {}"},
                headers={"Accept": "application/sparql-results+json"},
                timeout=10,
                trust_env=False,
            )
            if answer.status_code == 200:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{server.name} does not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def machine() -> str:
    """Say on what this runs."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"{os.cpu_count()} cores, load {load:.1f} before the run"
