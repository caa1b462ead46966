"""Processor time: what other work on the machine does to it is little, so it says more than seconds do."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path

_PROC = Path("/proc")


def spent(process: int) -> float:
    """Return the milliseconds of processor time that a process and all below it have used so far (Linux)."""
    total = 0
    for pid in _family(process):
        for clock in (_PROC / str(pid) / "task").glob("*/schedstat"):
            try:
                total += int(clock.read_text("ascii").split()[0])
            except OSError:  # a thread that ended meanwhile
                continue
    return total / 1e6


def _family(process: int) -> list[int]:
    found = [process]
    for children in (_PROC / str(process) / "task").glob("*/children"):
        try:
            below = children.read_text("ascii").split()
        except OSError:
            continue
        found += [pid for child in below for pid in _family(int(child))]
    return found


def run(command: Sequence[str]) -> float:
    """Run a command to its end and return its processor time in seconds, that of its own processes included.

    Raises CalledProcessError, with what it said, where it fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def target(what: str, measured: float, wanted: float, unit: str) -> None:
    """Print whether what was measured is no more than what is wanted."""
    word = "reached" if measured <= wanted else "NOT REACHED"
    print(f"  {word:<12} {what}: {measured:.2f} {unit}, wanted {wanted:g}", flush=True)
