"""How the build and the site grow: synthetic graphs from 1 000 practices up, each size in processes of its own.

``BENCH_TO`` says how many practices the largest has (``make bench-scale TO=100000``), ``BENCH_FOLDER`` where what was
built is kept. Of builds, processor time is told, which other work on the machine changes least, beside that of loading
the same file, and what comes out, into an empty store of the same engine; of answers, what a client waits.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox

from bench import synthetic
from bench.cost import spent, target
from bench.endpoints_servers import free_port
from cityrights.home import home
from cityrights.library.queries import library
from cityrights.pipeline import build

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
TO = int(os.environ.get("BENCH_TO", "10000"))
_AGAIN = 20
#: Goals of the largest size that is built, and of pages: times bare loading, MB at 100 000 practices, milliseconds.
_TIMES, _MEMORY, _WHOLE_MS, _FIRST = 4.0, 3_000.0, 300.0, 3.0
_LARGE = 100_000
_QUESTIONS = (
    "practices-in-a-country", "practices-on-a-theme", "practices-for-a-target-group", "institutions-of-a-kind",
    "councils", "announced-or-underway", "claims-of-an-aspect", "instruments-of-a-kind", "what-a-territory-does",
    "territories-sharing-a-theme",
)  # fmt: skip
#: A kind of page whose addresses take none but their own parameters.
QUESTIONS = "ten questions"
WHOLE = ("/", "/coverage", "/connections", "/practices", "/compare", "/queries")
_WORDS = ("housing", "practice", "city museum", "observatory", "gouvernement", "measuring", "grenobel", "water rights")


@dataclass(frozen=True)
class _Cost:
    """Seconds of processor time and megabytes of a process at most, and what it printed."""

    seconds: float
    megabytes: float
    told: dict[str, float]


def main(largest: int = TO) -> None:
    """Print the curve, and which goals are reached at its end."""
    print(
        "scale: synthetic practices beside the shipped graph; s of processor time, MB at most, ms that a client waits"
    )
    kept = os.environ.get("BENCH_FOLDER")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="cityrights-bench-"))
    curve: list[tuple[int, float]] = []
    try:
        for size in (size for size in SIZES if size <= largest):
            curve.append((size, _one(folder / str(size), size)))
            if not kept:
                shutil.rmtree(folder / str(size))
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    from_here = {size: each for size, each in curve if size >= 10_000}
    if len(from_here) > 1:
        most, first = from_here[max(from_here)], from_here[min(from_here)]
        target("time of a build for each quad, at the largest size beside 10 000", most / first, 1.1, "times")


def _one(folder: Path, size: int) -> float:
    """Print what one size costs; return the processor time of its build for each quad that it is made of."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "synthetic.nq"
    quads = synthetic.write(file, size)
    bare = _run("bare", folder, file)
    made = _run("build", folder, file)
    snapshot = folder / "snapshots" / "draft"
    out = _run("bare", folder, snapshot / "cityrights.nq", snapshot / "cityrights.nt")
    print(f"{size:,} practices: {quads:,} quads in, {made.told['quads']:,.0f} out")
    print(f"  bare loading {bare.seconds:.1f} s, of what comes out {out.seconds:.1f} s")
    asked = made.seconds - made.told["seconds"] - made.told["reading"]
    print(
        f"  build {made.told['seconds']:.1f} s and {made.megabytes:,.0f} MB, {made.told['seconds'] / out.seconds:.1f} "
        f"times loading what comes out; {made.told['reading']:.1f} s more in the process that reads files, and "
        f"{asked:.1f} s for the questions of the library, which are bounded",
        flush=True,
    )
    target("build beside bare loading of the same file", made.told["seconds"] / bare.seconds, _TIMES, "times")
    if size >= _LARGE:
        target("memory of the build", made.megabytes * _LARGE / size, _MEMORY, "MB for 100 000 practices")
    _serve(snapshot.resolve(), size)
    return made.told["seconds"] / quads


def _run(what: str, folder: Path, *files: Path) -> _Cost:
    """Do one thing in a process of its own, whose processes count with it."""
    command = (sys.executable, "-m", "bench.scale", what, str(folder), *map(str, files))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=home())
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{what} of {folder} ended with {process.returncode}")
    return _Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, json.loads(told))


def _bare(folder: Path, files: Sequence[Path]) -> None:
    shutil.rmtree(folder / "bare", ignore_errors=True)
    store = ox.Store(str(folder / "bare"))
    with tempfile.NamedTemporaryFile(dir=folder) as whole:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)
        whole.flush()
        store.bulk_load(path=whole.name, format=ox.RdfFormat.N_QUADS)
        store.flush()
    del store
    shutil.rmtree(folder / "bare")
    print("{}")


def _build(folder: Path, files: Sequence[Path]) -> None:
    read: list[float] = []

    def step(name: str, *_: int) -> None:
        if name != "reading files" and not read:  # the process that read them has ended
            read.append(_spent(resource.RUSAGE_CHILDREN))

    report = build(home(), folder / "snapshots", extra=tuple(files), force=True, progress=step)
    told = {"quads": report.snapshot.manifest["quads"], "seconds": _spent(resource.RUSAGE_SELF), "reading": sum(read)}
    print(json.dumps(told))


def _spent(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _serve(snapshot: Path, size: int) -> None:
    port = free_port()
    code = f"from cityrights_web.server import serve\nserve({str(snapshot)!r}, '127.0.0.1', {port}, access_log=False)"
    began = time.perf_counter()
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
            while not _answers(client):
                if server.poll() is not None:
                    raise SystemExit(f"the server ended with {server.returncode}")
                time.sleep(0.02)
            waited = (time.perf_counter() - began) * 1000
            print(
                f"  start to first answer {waited:,.0f} ms, {spent(server.pid):,.0f} ms of processor time", flush=True
            )
            _pages(client, snapshot, size)
            for pid, told in _memory(server.pid):
                print(f"  process {pid}: {told}")
    finally:
        server.terminate()
        server.wait(60)


def _answers(client: httpx.Client) -> bool:
    try:
        client.get("/page/theme/housing").raise_for_status()
    except httpx.ConnectError:
        return False
    return True


def _pages(client: httpx.Client, snapshot: Path, size: int) -> None:
    first = {path: asked(client, path) for path in WHOLE}
    first["/page/city/utrecht"] = asked(client, "/page/city/utrecht")
    again = {path: [asked(client, path) for _ in range(_AGAIN)] for path in first}
    for path, taken in again.items():
        print(f"  {path:<24} first {first[path]:>7.0f}, p50 {statistics.median(taken):>6.0f}, p95 {p95(taken):>6.0f}")
    for kind, paths in kinds(size).items():
        taken = [asked(client, path, anew=kind != QUESTIONS) for path in paths]
        print(f"  {kind:<24} p50 {statistics.median(taken):>6.0f}, p95 {p95(taken):>6.0f}, most {max(taken):>6.0f}")
    target("whole-site pages, p95 of the slowest", max(map(p95, again.values())), _WHOLE_MS, "ms")
    most = max(first[path] / statistics.median(taken) for path, taken in again.items())
    target("first request of a page beside its p50, the worst", most, _FIRST, "times")


def kinds(size: int, each: int = 40) -> dict[str, list[str]]:
    """Return addresses of kinds of pages of a graph of so many practices, and of ten questions of the library."""
    spread = range(0, size, max(1, size // each))
    return {
        "a practice": [f"/page/practice/synthetic-{number}" for number in spread],
        "a city": [f"/page/city/synthetic-{number // 20}" for number in spread],
        "a list": [f"/practices?theme={theme}&status=all" for theme in synthetic.THEMES for _ in range(4)],
        "search": [f"/search?q={word}+{number}" for number in range(5) for word in _WORDS],
        "neighbours": [f"/connections/city/synthetic-{number // 40}" for number in spread],
        QUESTIONS: list(_questions()),
    }


def _questions() -> Iterator[str]:
    for query in library(home() / "queries" / "explore"):
        if query.name in _QUESTIONS:
            yield f"/queries/{query.name}.json?{urlencode({each.name: each.default for each in query.parameters})}"


def asked(client: httpx.Client, path: str, *, anew: bool = True) -> float:
    """Return the milliseconds until an answer was there whole; a parameter that means nothing makes it new.

    Questions take none but their own, and are asked once.
    """
    url = httpx.URL(path)
    began = time.perf_counter()
    answer = client.get(url.copy_merge_params({"measured": str(time.monotonic_ns())}) if anew else url)
    if answer.status_code not in (200, 503):  # what takes too long is told, and counts as long as that took
        raise SystemExit(f"{path} answered {answer.status_code}")
    return (time.perf_counter() - began) * 1000


def p95(taken: Sequence[float]) -> float:
    return statistics.quantiles(taken, n=20, method="inclusive")[-1]


def _memory(process: int) -> Iterator[tuple[int, str]]:
    """Yield what each process of a server holds: its own pages, and those it shares with others (Linux)."""
    path = Path(f"/proc/{process}/smaps_rollup")
    held: dict[str, int] = {}
    for line in islice(path.read_text("ascii").splitlines(), 1, None):
        name, number, *_ = line.split()
        held[name.rstrip(":")] = int(number) // 1024
    own = held["Private_Clean"] + held["Private_Dirty"]
    shared = held["Shared_Clean"] + held["Shared_Dirty"]
    yield process, f"{own:,} MB of its own, {shared:,} MB shared, {held['Pss']:,} MB its share of all"
    for below in chain.from_iterable(one.read_text("ascii").split() for one in path.parent.glob("task/*/children")):
        yield from _memory(int(below))


if __name__ == "__main__":
    {"bare": _bare, "build": _build}[sys.argv[1]](Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
