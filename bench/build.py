"""Build and load rates on synthetic graphs of 1 000, 10 000 and 100 000 practices, beside bare parsing and loading."""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox
import rdflib

from bench import synthetic
from cityrights.home import home
from cityrights.pipeline import build

SIZES = (1_000, 10_000, 100_000)


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print a line for each size: seconds and rates of the build, and what its parts cost without it."""
    print("build: synthetic graphs through parse, derive, dumps and index; beside it, bare engines that load the file")
    print(
        f"{'practices':>10} {'quads in':>10} {'quads out':>10} {'build s':>8} {'quads/s':>9} {'per practice':>13}",
        end="",
    )
    print(f" {'oxigraph load s':>16} {'ratio':>6} {'rdflib parse s':>15} {'ratio':>6} {'peak MB':>8}")
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="cityrights-bench-"))
        try:
            _one(folder, size)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _one(folder: Path, size: int) -> None:
    file = folder / "synthetic.nq"
    count = synthetic.write(file, size)
    started = time.perf_counter()
    report = build(home(), folder / "snapshots", extra=(file,))
    taken = time.perf_counter() - started
    started = time.perf_counter()
    store = ox.Store(str(folder / "bare"))
    store.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS)
    loaded = time.perf_counter() - started
    rdflib_text, rdflib_ratio = "–", "–"
    if size <= 10_000:
        started = time.perf_counter()
        rdflib.Dataset().parse(file, format="nquads")
        parsed = time.perf_counter() - started
        rdflib_text, rdflib_ratio = f"{parsed:.1f}", f"{taken / parsed:.1f}"
    out = report.snapshot.manifest["quads"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{size:>10,} {count:>10,} {out:>10,} {taken:>8.1f} {out / taken:>9,.0f} {taken / size * 1000:>10.2f} ms",
        end="",
    )
    print(f" {loaded:>16.2f} {taken / loaded:>6.1f} {rdflib_text:>15} {rdflib_ratio:>6} {peak:>8,}", flush=True)
