"""What a server's processes do: which there are, what they hold, and how much they compute."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.servers import Server
from tests.support import until

_FORKS = ("sparqlgate.pool.zygote", "sparqlgate.pool.offload_process")


@dataclass(frozen=True)
class Held:
    """What a server holds at a moment: ``memory`` in bytes, of the processes that stay.

    ``descriptors`` counts what they have open, and what is open twice once: the connection of a worker has a second
    descriptor from its first query on, and not every worker that stands ready was asked yet.
    """

    processes: int
    descriptors: int
    memory: int
    spooled: int


@dataclass(frozen=True)
class Processes:
    """The processes of one server, and the folder for its temporary files."""

    top: psutil.Process
    spool: Path

    @classmethod
    def of(cls, server: Server, spool: Path) -> Processes:
        """Return those of a server that was started here, with the one that the first long text begins."""
        assert server.get(f"/sparql?query=ASK%7B%7D%23{'x' * 5_000}").status_code == 200
        return cls(psutil.Process(server.process.pid), spool)

    def all(self) -> list[psutil.Process]:
        """Return every process of the server that is not a zombie."""
        return [process for process in (self.top, *self.top.children(recursive=True)) if _lives(process)]

    def staying(self) -> frozenset[int]:
        """Return the processes that may not end while the server is up: all but the workers."""
        found = [process for process in self.all() if not _works(process)]
        return frozenset(process.pid for process in found if _lives(process))  # a worker may have ended meanwhile

    def cpu(self, window: float = 0.4) -> float:
        """Return how much of one core the processes use now, seen for ``window`` seconds."""
        before = dict(self._spent())
        began = time.monotonic()
        time.sleep(window)
        spent = sum(seconds - before.get(pid, 0.0) for pid, seconds in self._spent())
        return spent / (time.monotonic() - began)

    def _spent(self) -> Iterator[tuple[int, float]]:
        for process in self.all():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                yield process.pid, times.user + times.system

    def idle(self) -> float:
        """Wait until the processes compute next to nothing; returns how long that took, in seconds, to be told."""
        began = time.monotonic()
        until(lambda: self.cpu() <= 0.15, "the server computes nothing after its last query")
        return time.monotonic() - began

    def held(self) -> Held:
        """Count what is held now, when nothing runs."""
        staying = [psutil.Process(pid) for pid in self.staying()]
        return Held(
            processes=len(self.all()),
            descriptors=sum(_opened(process) for process in staying),
            memory=sum(process.memory_info().rss for process in staying),
            spooled=sum(1 for found in self.spool.rglob("*") if found.is_file()),
        )


def _opened(process: psutil.Process) -> int:
    found = []
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(descriptor.readlink()))
    shared = [what for what in found if what.startswith(("socket:", "pipe:"))]  # all others of a kind have one name
    return len(found) - len(shared) + len(set(shared))


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _works(process: psutil.Process) -> bool:
    """Say whether a process runs a query or reads a text: those are the children of the ones that fork.

    Its own command tells nothing, for a process that is ending has none any more.
    """
    try:
        return _forks(process.parent())
    except psutil.Error:
        return False


def _forks(process: psutil.Process | None) -> bool:
    try:
        return process is not None and any(one in part for part in process.cmdline() for one in _FORKS)
    except psutil.Error:
        return False
