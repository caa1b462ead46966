"""A query can be ended from another thread at any moment: before it has a worker, while it is evaluated, while read."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cityrights.snapshot import Snapshot
from sparqlgate import Control, EmbeddedEngine, Limits
from sparqlgate.errors import EngineFailure
from tests.support import HANG, until

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f }"


def test_a_query_that_is_evaluated_ends_at_once_and_its_worker_is_gone(snapshot: Snapshot) -> None:
    forever = Limits(seconds=HANG)
    with EmbeddedEngine(snapshot, workers=1, limits=forever) as engine, ThreadPoolExecutor(1) as threads:
        (before,) = engine.worker_pids()
        control = Control()
        running = threads.submit(engine.query, ENDLESS, control=control)
        until(lambda: control.seconds > 0.2)
        control.cancel()
        with pytest.raises(EngineFailure, match="cancelled"):
            running.result(HANG)
        until(lambda: not _alive(before))
        spent = control.seconds
        assert engine.query("ASK {}").read()
        assert control.seconds == spent


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_query_that_waits_for_a_worker_leaves_the_queue(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedEngine(snapshot, workers=1, queue=1) as engine, ThreadPoolExecutor(2) as threads:
        monkeypatch.setattr(engine._pool, "_lacking", lambda: 0)  # else it would have a worker at once
        first, second = Control(), Control()
        busy = threads.submit(engine.query, ENDLESS, control=first)
        until(lambda: first.seconds > 0)
        waiting = threads.submit(engine.query, "ASK {}", control=second)
        until(lambda: engine.status()["waiting"] == 1)
        second.cancel()
        with pytest.raises(EngineFailure, match="cancelled"):
            waiting.result(HANG)
        assert engine.status()["waiting"] == 0
        assert second.seconds == 0
        first.cancel()
        with pytest.raises(EngineFailure):
            busy.result(HANG)
        monkeypatch.undo()
        assert engine.query("ASK {}").read()


def test_a_query_cancelled_before_it_began_never_runs_and_one_cancelled_after_it_ended_is_whole(
    snapshot: Snapshot,
) -> None:
    with EmbeddedEngine(snapshot, workers=1) as engine:
        pids = engine.worker_pids()
        early = Control()
        early.cancel()
        with pytest.raises(EngineFailure):
            engine.query("ASK {}", control=early)
        late = Control()
        answer = engine.query("ASK {}", control=late)
        late.cancel()
        assert b"true" in answer.read()
        assert engine.worker_pids() == pids


def test_an_answer_that_is_read_is_cut_visibly(snapshot: Snapshot) -> None:
    with EmbeddedEngine(snapshot, workers=1) as engine:
        control = Control()
        answer = engine.query(LONG, control=control)
        timer = threading.Timer(0.1, control.cancel)
        timer.start()
        with pytest.raises(EngineFailure, match="cancelled"):
            answer.read()
        timer.join()
        until(lambda: engine.status()["idle"] == 1)
