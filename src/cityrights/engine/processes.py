"""What the system says of another process: what it has computed, what it holds, whether it sleeps. Linux tells all."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from pathlib import Path
from typing import Final

_LINUX: Final = sys.platform == "linux"
_PAGE: Final = resource.getpagesize()
#: The clock of the processor time of a whole process, in the number that clock_getcpuclockid(3) makes of its id.
_CPU_CLOCK: Final = 2


def computed(pid: int) -> float | None:
    """Return the processor time that a process has used, in seconds; None where it cannot be told."""
    if _LINUX:
        with contextlib.suppress(OSError):
            return time.clock_gettime((~pid << 3) | _CPU_CLOCK)
    return None


def resident(pid: int) -> int:
    """Return what a process holds in memory, in bytes, what it shares with others included; 0 where it is unknown."""
    if _LINUX:
        with contextlib.suppress(OSError, ValueError):
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    return 0


def asleep(pid: int) -> bool:
    """Say whether a process waits for something else than the processor or a disk: here, for whoever reads from it."""
    if _LINUX:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] == b"S"
    return False
