"""Every run ends with what it could not run; with CI set that is an error, but for what may be absent."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import cityrights
from cityrights.home import home
from cityrights.pipeline import build
from cityrights.snapshot import Snapshot
from tests.order import ordered, scheduler
from tests.servers import Once, fixture_snapshot, launch, logged, many, nursery, server, shipped, spread, start
from tests.support import MARK, NEEDS, ROOT

__all__ = ["fixture_snapshot", "launch", "logged", "many", "nursery", "server", "shipped", "spread", "start"]

#: Held by each test that runs, by one that runs alone for itself; and the door before it, which one that waits to run
#: alone holds shut, since others come and go for ever.
LOCK, DOOR = ROOT / ".make" / "alone.lock", ROOT / ".make" / "alone.door"


def pytest_configure() -> None:
    """Hear SIGINT also where a shell has begun this in the background: servers ignore what is ignored here."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the files of expected answers be written anew, by name and never in passing."""
    parser.addoption(
        "--write-expected",
        action="store_true",
        help="write tests/graph/data/connections anew, and fail: look at the diff",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, where several processes run the tests."""
    ordered(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from the thousands of tests, which stay: it would walk over all, again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Any:
    """Keep together what shares something costly."""
    return scheduler(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that looks at how others fare beside costly work run alone, where several processes run the tests."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("a") as lock:
        with DOOR.open("a") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        return (yield)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder once for a run, however many processes share it: what is in it is only read, by all of them."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent  # that of the run; each of its processes has a folder in it

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, stamp = run / name, run / f"{name}.made"
        with (run / f"{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not stamp.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                stamp.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def snapshot(once: Once) -> Snapshot:
    """Return a snapshot of the shipped graph, read-only."""
    return Snapshot.current(once("shipped", lambda folder: build(home(), folder, current=True)))


@pytest.fixture(scope="session")
def graph(snapshot: Snapshot) -> Iterator[cityrights.KnowledgeGraph]:
    """Return the shipped graph as Python opens it, without any server."""
    with cityrights.open(snapshot.path) as opened:
        yield opened


#: The exit code of a run that left out what it may not.
_INCOMPLETE = 6


def _not_run(terminal: pytest.TerminalReporter) -> list[tuple[str, str]]:
    found = []
    for report in terminal.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found.append((report.nodeid, reason.removeprefix("Skipped: ")))
    return found


def _excused(reason: str) -> bool:
    return any(reason.startswith(MARK + name) and need.optional for name, need in NEEDS.items())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was not run, each with the command that would provide what it needs."""
    not_run = _not_run(terminalreporter)
    terminalreporter.write_line(f"NOT RUN: {len(not_run)}")
    for nodeid, reason in not_run:
        terminalreporter.write_line(f"  {nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With CI set, fail when something that may not be absent was, with a code that no second run mends."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or exitstatus not in (0, 1) or terminal is None:
        return
    if any(not _excused(reason) for _, reason in _not_run(terminal)):
        session.exitstatus = _INCOMPLETE


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the checkout."""
    return Path(__file__).resolve().parent.parent
