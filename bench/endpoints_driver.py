"""Sending requests as fast as they are answered: wrk when it is there, else threads of this process."""

from __future__ import annotations

import http.client
import itertools
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.endpoints_queries import THING, UNIQUE, Query, fill

#: Numbers for requests; each measurement takes a range that no other has.
_NUMBERS = itertools.count(1_000_000, 1_000_000)

_LUA = """
local n = {start}
local headers = {{ ["Accept"] = "{accept}" }}
local path = "{path}"
request = function()
  local now = path
  if {vary} then
    n = n + 1
    now = now:gsub("{unique}", tostring(n)):gsub("{thing}", tostring({first} + n % {things}))
  end
  return wrk.format("GET", now, headers)
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Figures:
    """What came of a measurement: answers a second, milliseconds at which 50 and 99 of 100 were there, failures."""

    rate: float
    p50: float
    p99: float
    failed: int


def driver() -> str:
    """Return the name of the driver that is used."""
    return "wrk" if shutil.which("wrk") else "threads of this process (install wrk for higher figures)"


def drive(url: str, query: Query, *, connections: int, seconds: int, vary: bool) -> Figures:
    """Ask ``query`` of the endpoint at ``url`` for some seconds; with ``vary`` no text is sent twice."""
    start = next(_NUMBERS)
    wrk = shutil.which("wrk")
    if wrk is None:
        return _threads(url, query, connections, seconds, vary, start)
    parts = urlsplit(url)
    path = query.path(_target(url))
    script = _LUA.format(
        start=start,
        accept=query.accept,
        path=path if vary else query.filled(_target(url), 7),
        vary="true" if vary else "false",
        unique=UNIQUE,
        thing=THING,
        first=query.first,
        things=query.things,
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", file.name]
        out = subprocess.run(
            [*command, f"http://{parts.netloc}/"], capture_output=True, text=True, check=True, timeout=seconds + 120
        ).stdout
    line = next(line for line in out.splitlines() if line.startswith("RESULT"))
    count, took, p50, p99, failed = (int(value) for value in line.split()[1:])
    return Figures((count - failed) / (took / 1e6), p50 / 1000, p99 / 1000, failed)


def _target(url: str) -> str:
    """Return what of an address goes into the request line."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _threads(url: str, query: Query, connections: int, seconds: int, vary: bool, start: int) -> Figures:
    parts = urlsplit(url)
    path = query.path(_target(url))
    same = query.filled(_target(url), 7)
    numbers = itertools.count(start)
    taken: list[float] = []
    failed: list[int] = []
    began = time.perf_counter()

    def one() -> None:
        link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        while time.perf_counter() - began < seconds:
            target = fill(path, next(numbers), query.first, query.things) if vary else same
            sent = time.perf_counter()
            link.request("GET", target, headers={"Accept": query.accept})
            answer = link.getresponse()
            answer.read()
            taken.append((time.perf_counter() - sent) * 1000)
            if answer.status != 200:
                failed.append(answer.status)
        link.close()

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    taken.sort()
    last = len(taken) - 1
    return Figures((len(taken) - len(failed)) / took, taken[last // 2], taken[int(last * 0.99)], len(failed))


def receive(url: str, query: Query, limit: float = 120.0) -> tuple[float, int, Path, str]:
    """Ask once and keep the body in a file, read as fast as it comes; return seconds, bytes, file and media type.

    Raises OSError or http.client.HTTPException when the answer fails, or takes longer than ``limit`` seconds.
    """
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=limit)
    began = time.perf_counter()
    size = 0
    try:
        link.request("GET", query.filled(_target(url), next(_NUMBERS)), headers={"Accept": query.accept})
        answer = link.getresponse()
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        with tempfile.NamedTemporaryFile("wb", prefix="cityrights-bench-", delete=False) as file:
            try:
                while piece := answer.read1(1 << 20):
                    size += file.write(piece)
                    if time.perf_counter() - began > limit:
                        raise OSError(f"not whole after {limit:.0f} s")
            except BaseException:
                Path(file.name).unlink()
                raise
        return time.perf_counter() - began, size, Path(file.name), answer.getheader("Content-Type", "").split(";")[0]
    finally:
        link.close()
