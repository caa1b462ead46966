"""That the thread which keeps the workers neither stalls nor dies, whatever its timing and whatever runs out."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from sparqlgate import Control, EmbeddedEngine
from sparqlgate.errors import EngineFailure
from tests.gate.pool.test_engine_isolation import LOOKUP, MILLION, wait_until
from tests.support import HANG

Open = Callable[..., EmbeddedEngine]
#: More than the thread that watches looks at, and fewer than are open.
_FEW = 8


class _Slow:
    """A poll whose caller is held up after it returned, as a busy machine does."""

    def __init__(self, real: Callable[[], select.poll]) -> None:
        self._poll = real()
        self.register = self._poll.register

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        found = self._poll.poll(timeout)
        time.sleep(0.02)
        return found


def test_an_answer_that_is_over_does_not_hold_up_the_thread_that_watches(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it saw come from a worker that was idle may have been read by the time that it looks: it waited for more."""
    engine = opened(workers=1)
    wait_until(lambda: engine.status()["idle"] == 1)
    real, look, looked = select.poll, engine._pool._look, []

    def noted(worker: Any) -> None:
        looked.append(worker)
        look(worker)

    monkeypatch.setattr(engine._pool, "_look", noted)
    monkeypatch.setattr("sparqlgate.pool.supervisor.select.poll", lambda: _Slow(real))
    for _ in range(60):
        assert engine.query(LOOKUP).read()
        time.sleep(0.05)  # so that the thread that watches looks
    assert looked == [], "it reads from a worker that lives and was given to a caller"


def test_who_ends_a_query_that_is_over_does_not_end_the_next(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker of a query may have been given to the next one by the time that it is ended."""
    engine = opened(workers=1)
    discard, held, go = engine._pool.discard, threading.Event(), threading.Event()

    def late(*arguments: Any) -> None:
        held.set()
        go.wait(HANG)
        discard(*arguments)

    control = Control()
    first = engine.query(MILLION, control=control)
    monkeypatch.setattr(engine._pool, "discard", late)
    with ThreadPoolExecutor(1) as threads:
        ending = threads.submit(control.cancel)
        assert held.wait(HANG)
        monkeypatch.setattr(engine._pool, "discard", discard)
        with contextlib.suppress(EngineFailure):  # it may be ended, or be over
            first.read()
        second = engine.query(MILLION)
        assert second.size is None
        go.set()
        ending.result()
        assert second.read().count(b'"type":"uri"') == 1_000_000


@pytest.fixture
def crowded() -> Iterator[None]:
    """Have the first descriptors taken, so that what an engine opens comes after them."""
    gc.collect()
    taken = [os.dup(0)]
    while taken[-1] < _FEW:
        taken.append(os.dup(0))
    yield
    for descriptor in taken:
        os.close(descriptor)


@contextlib.contextmanager
def _no_more_descriptors() -> Iterator[None]:
    """Let this process open no more files; those that are open it keeps."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FEW, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("crowded")
def test_without_descriptors_for_a_while_workers_come_back(opened: Open) -> None:
    engine = opened(workers=2)
    with _no_more_descriptors():
        killed = engine.worker_pids()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not set(killed) & set(engine.worker_pids()))
        time.sleep(0.5)  # the thread that forks tries, and cannot
    wait_until(lambda: engine.status()["idle"] == 2)
    assert engine.query(LOOKUP).read()


@pytest.mark.usefixtures("crowded")
def test_without_descriptors_the_forking_process_is_replaced_later(opened: Open) -> None:
    engine = opened(workers=1)
    with _no_more_descriptors():
        process = engine._pool._launcher.process
        process.kill()
        wait_until(lambda: engine._pool._launcher.process is not process or process.poll() is not None)
        time.sleep(0.5)
    wait_until(lambda: engine.status()["idle"] == 1)
    assert engine.query(LOOKUP).read()


def test_a_long_query_gives_way_to_short_ones_and_its_worker_is_not_used_again(opened: Open) -> None:
    engine = opened(workers=1)
    (first,) = engine.worker_pids()
    ordinary = psutil.Process(first).nice()
    assert ordinary > psutil.Process().nice()
    result = engine.query(MILLION)
    wait_until(lambda: psutil.Process(first).nice() > ordinary)
    assert sum(1 for _ in result) > 1
    wait_until(lambda: engine.status()["idle"] == 1)
    (second,) = engine.worker_pids()
    assert second != first
    assert psutil.Process(second).nice() == ordinary
