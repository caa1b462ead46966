"""Servers over a graph that is made here, with limits short enough to be met."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cityrights.pipeline.steps import build_files
from tests.counters import until
from tests.gate.robustness.asking import lookup, outcome
from tests.gate.robustness.watch import Processes
from tests.servers import Server

#: The time limit, in seconds, of a server that is to meet it.
LIMIT = 1.0
#: What a query may use, in bytes, on these servers.
MEMORY = 160 << 20
#: Whether tests of endurance take the time that they need; `make endure` has it so.
LONG = bool(os.environ.get("CITYRIGHTS_LONG"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of 3,000 triples about 1,000 subjects: enough that combinations of them never end."""
    folder = tmp_path_factory.mktemp("made")
    lines = (
        f'<http://e.example/s{n // 3}> <http://e.example/p{n % 3}> "value {n // 3} {n}" <http://e.example/g> .\n'
        for n in range(3000)
    )
    (folder / "made.nq").write_text("".join(lines))
    return build_files([folder / "made.nq"], folder / "snapshots").path


@pytest.fixture(scope="session")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder for temporary files of the servers that start from now on."""
    folder = tmp_path_factory.mktemp("spool")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def hasty(start: Callable[..., Server], made: Path, spool: Path) -> Server:
    """A server that gives a query a second."""
    return start(
        made, workers=2, queue=32, query_seconds=LIMIT, query_memory=MEMORY, send_seconds=2.0, access_log=False
    )


@pytest.fixture(scope="session")
def frugal(start: Callable[..., Server], made: Path, spool: Path) -> Server:
    """A server that gives a query time enough, but little memory and a short answer."""
    return start(made, workers=2, query_seconds=25.0, query_memory=MEMORY, result_bytes=8 << 20, send_seconds=2.0)


def _answers(server: Server) -> bool:
    return lookup(server).status == 200


@pytest.fixture
def unhurt(hasty: Server, frugal: Server, spool: Path) -> Iterator[None]:
    """See that after the test both servers answer, and that only workers have ended."""
    both = [(server, Processes.of(server, spool)) for server in (hasty, frugal)]
    before = [processes.staying() for _, processes in both]
    yield
    for (server, processes), staying in zip(both, before, strict=True):
        assert server.get("/health").status_code == 200
        until(partial(_answers, server), "a lookup is answered")
        assert processes.staying() == staying
        assert outcome(server.get("/metrics")).status == 200


_FIGURES: list[str] = []


@pytest.fixture
def say() -> Callable[[object], None]:
    """Have a line printed at the end of the run: a figure that was measured, and to which nobody is held."""
    return lambda line: _FIGURES.append(str(line))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    for line in _FIGURES:
        terminalreporter.write_line(line)
