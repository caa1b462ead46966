"""Build of the shipped data: cold, and again with nothing changed."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from cityrights.home import home
from cityrights.pipeline import build


def main() -> None:
    """Print how long the shipped data takes to build, and to be found up to date."""
    folder = Path(tempfile.mkdtemp(prefix="cityrights-bench-"))
    try:
        times = []
        for _ in range(2):
            started = time.perf_counter()
            report = build(home(), folder)
            times.append(time.perf_counter() - started)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("shipped data")
    ratio = times[0] / times[1]
    print(f"  build {times[0]:.2f} s ({report.snapshot.short})")
    print(f"  found up to date {times[1]:.3f} s, {ratio:.0f} times faster")
