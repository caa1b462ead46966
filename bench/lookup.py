"""What one short query that was never sent before costs the service, in processor time, without the HTTP server.

The application is called as its server calls it, in this process; the engine's workers are those that it always has.
The least of several rounds is printed, because what else the machine does only ever adds. From the environment:
BENCH_PRACTICES (1000).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

import psutil

from bench import synthetic
from bench.endpoints_queries import Query, fill, small
from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from cityrights_web.app import Application
from cityrights_web.settings import Settings
from cityrights_web.site import Site
from sparqlgate import EmbeddedEngine

try:  # as the server chooses
    import uvloop

    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
except ImportError:
    new_event_loop = asyncio.new_event_loop

ROUNDS, REQUESTS = 12, 300
CONNECTIONS = (1, 4, 16)
_NUMBERS = itertools.count(1_000_000)


def main() -> None:
    """Print microseconds of processor time for a request, here and in the workers, for each kind of query."""
    practices = int(os.environ.get("BENCH_PRACTICES", "1000"))
    with tempfile.TemporaryDirectory(prefix="cityrights-bench-") as name:
        file = Path(name) / "synthetic.nq"
        synthetic.write(file, practices)
        snapshot = build_files([file], Path(name) / "snapshots")
        with EmbeddedEngine(snapshot) as engine, asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_measure(snapshot, engine, small(practices)))


async def _measure(snapshot: Snapshot, engine: EmbeddedEngine, queries: list[Query]) -> None:
    settings = Settings(fair_use="off", access_log=False)
    front = Application(
        snapshot,
        lambda found, shared: Site(engine, found.version, found.path, found.manifest, settings, shared),
        settings,
    )
    print(f"processor time of one request, µs{'':12}{'here':>8}{'worker':>8}{'answers/s':>11}")
    for query in queries:
        for vary, connections in [(False, 1), *((True, count) for count in CONNECTIONS)]:
            least, there, rate = float("inf"), float("inf"), 0.0
            for _ in range(ROUNDS):
                workers = set(engine.worker_pids())
                began, before, before_there = time.perf_counter(), time.process_time(), _used(workers)
                await asyncio.gather(
                    *(_client(front, query, vary, REQUESTS // connections) for _ in range(connections))
                )
                done = REQUESTS // connections * connections
                least = min(least, (time.process_time() - before) / done)
                if workers == set(engine.worker_pids()):  # else some of what was used cannot be seen
                    there = min(there, (_used(workers) - before_there) / done)
                rate = max(rate, done / (time.perf_counter() - began))
            label = f"{query.name}, {'never sent before' if vary else 'repeated'}, ×{connections}"
            print(f"{label:<45}{least * 1e6:>8.0f}{there * 1e6:>8.0f}{rate:>11,.0f}", flush=True)


def _used(workers: Iterable[int]) -> float:
    used = 0.0
    for pid in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            used += sum(psutil.Process(pid).cpu_times()[:2])
    return used


async def _client(front: Application, query: Query, vary: bool, requests: int) -> None:
    asked = query.path("").removeprefix("?")
    for _ in range(requests):
        await _ask(front, fill(asked, next(_NUMBERS) if vary else 7, query.first, query.things), query.accept)


async def _ask(front: Application, asked: str, accept: str) -> None:
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/sparql",
        "raw_path": b"/sparql",
        "query_string": asked.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"accept", accept.encode())],
        "client": ("127.0.0.1", 40000),
    }
    status = 0

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the client stays
        return {"type": "http.disconnect"}

    await front(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"status {status}")


if __name__ == "__main__":
    main()
