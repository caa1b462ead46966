"""Snapshots to measure on: the shipped data, alone or with synthetic practices beside them.

A large one takes minutes to build, so ``BENCH_FOLDER`` names a folder in which they are kept for other measurements.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import synthetic
from cityrights.home import home
from cityrights.pipeline import build
from cityrights.snapshot import Snapshot


@contextmanager
def built(practices: int = 0) -> Iterator[tuple[Snapshot, float]]:
    """Give the shipped data with so many synthetic practices beside them, and the seconds that took to build."""
    kept = os.environ.get("BENCH_FOLDER")
    folder = Path(kept) / str(practices) if kept else Path(tempfile.mkdtemp(prefix="cityrights-bench-"))
    try:
        extra: tuple[Path, ...] = ()
        if practices:
            folder.mkdir(parents=True, exist_ok=True)
            extra = (folder / "synthetic.nq",)
            if not extra[0].exists():
                synthetic.write(extra[0], practices)
        began = time.perf_counter()
        snapshot = build(home(), folder / "snapshots", extra=extra).snapshot
        yield snapshot, time.perf_counter() - began
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
