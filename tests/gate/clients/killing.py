"""Killing workers in the middle of an answer, as the kernel would when memory runs out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.servers import Server

#: CPU seconds after which a worker is in the midst of an endless answer, tried one after the other: it has written
#: megabytes after the first, but on a busy machine others may not have passed on any of them.
BUSY = (0.15, 0.6, 2.4, 9.6)


@contextmanager
def workers_killed(server: Server, busy: float = BUSY[0]) -> Iterator[list[int]]:
    """Kill (-9) every worker of ``server`` once it has computed for so long; yields the list of those killed."""
    top = psutil.Process(server.process.pid)
    killed: list[int] = []
    done = threading.Event()
    killer = threading.Thread(target=_kill, args=(top, busy, killed, done), daemon=True)
    killer.start()
    try:
        yield killed
    finally:
        done.set()
        killer.join()


def _kill(top: psutil.Process, busy: float, killed: list[int], done: threading.Event) -> None:
    first: dict[int, float] = {}
    parents = {top.pid}
    while not done.wait(0.02):
        processes = top.children(recursive=True)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                parents.add(process.ppid())
        for process in processes:
            try:
                times = process.cpu_times()
                if process.pid in parents or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                spent = times.user + times.system
                if spent - first.setdefault(process.pid, spent) > busy:
                    process.kill()
                    killed.append(process.pid)
                    first[process.pid] = float("inf")
            except psutil.NoSuchProcess:
                continue
