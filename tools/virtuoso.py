"""Virtuoso as a process of its own on loopback, in a folder of its own: for the tests and the benchmarks."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tools.serving import free_port

#: Seconds that a first start may take on a busy machine, and an end.
_START, _END = 120.0, 20.0
_INI = """
[Database]
DatabaseFile={folder}/virtuoso.db
ErrorLogFile={folder}/virtuoso.log
LockFile={folder}/virtuoso.lck
TransactionFile={folder}/virtuoso.trx
xa_persistent_file={folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile={folder}/virtuoso-temp.db
TransactionFile={folder}/virtuoso-temp.trx
[Parameters]
ServerPort=127.0.0.1:{sql}
DirsAllowed={folder}
NumberOfBuffers={buffers}
MaxDirtyBuffers={dirty}
MaxQueryMem=1G
ThreadsPerQuery=2
AllowOSCalls=0
[HTTPServer]
ServerPort=127.0.0.1:{http}
ServerRoot={folder}
ServerThreads={threads}
MaxClientConnections={threads}
[SPARQL]
ResultSetMaxRows={rows}
MaxQueryExecutionTime=60
"""


@dataclass(frozen=True)
class Virtuoso:
    """A Virtuoso that runs: its address without a path, its port for SQL, its process."""

    url: str
    sql: int
    process: subprocess.Popen[bytes]

    def execute(self, command: str, seconds: float = 120) -> None:
        """Run SQL commands as its administrator. Raises CalledProcessError, or TimeoutExpired after ``seconds``."""
        program = ["isql-vt", f"127.0.0.1:{self.sql}", "dba", "dba", f"exec={command}"]
        subprocess.run(program, check=True, capture_output=True, timeout=seconds)


@contextmanager
def running(
    folder: Path, *, program: Path | str = "virtuoso-t", buffers: int = 20_000, threads: int = 10, rows: int = 10_000
) -> Iterator[Virtuoso]:
    """Run Virtuoso with its files in ``folder``, and end it.

    ``buffers`` is its cache in pages of 8 KiB, ``threads`` how many requests it answers at once, ``rows`` the most that
    it answers with. Raises RuntimeError, with what it said, when it does not start.
    """
    sql, http = free_port(), free_port()
    ini, said = folder / "virtuoso.ini", folder / "out"
    dirty = buffers * 3 // 4
    ini.write_text(
        _INI.format(folder=folder, sql=sql, http=http, buffers=buffers, dirty=dirty, threads=threads, rows=rows)
    )
    with said.open("wb") as out:
        command = [program, "+foreground", "+configfile", ini]
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder)
    store = Virtuoso(f"http://127.0.0.1:{http}", sql, process)
    try:
        _wait(store, said)
        yield store
    finally:
        process.terminate()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_END)


def _wait(store: Virtuoso, said: Path) -> None:
    until = time.monotonic() + _START
    while True:
        try:
            httpx.get(f"{store.url}/sparql", timeout=5, trust_env=False, verify=False)
        except httpx.TransportError:
            if store.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Virtuoso does not start: {said.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)
            continue
        return
