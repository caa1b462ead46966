"""That no query can hurt another, from outside: real processes, killed, starved and left alone."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sparqlgate import Control, EmbeddedEngine, Limits, Query
from sparqlgate.errors import EngineBusy, EngineFailure, QueryMemory, QueryRefused, QueryTimeout
from sparqlgate.text.guard import Screened, screen
from tests.gate.pool.small import Folder
from tests.support import HANG, until

Open = Callable[..., EmbeddedEngine]
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SORTED = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?f"
MILLION = "SELECT ?a ?f { ?a ?b ?c . ?d ?e ?f } LIMIT 1000000"
LOOKUP = "SELECT * { <http://e/s7> ?p ?o }"


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for what happens in the engine's processes."""
    until(true)


def test_seven_timeouts_at_once_are_answered_at_the_limit(opened: Open) -> None:
    engine = opened(workers=7)
    wait_until(lambda: engine.status()["idle"] == 7)  # else a busy machine spends the limit on starting them

    def one(_: int) -> float:
        began = time.monotonic()
        with pytest.raises(QueryTimeout) as caught:
            engine.query(Query(ENDLESS, limits=Limits(seconds=1.0)))
        assert caught.value.limit == 1.0
        return time.monotonic() - began

    with ThreadPoolExecutor(7) as callers:
        taken = list(callers.map(one, range(7)))
    assert min(taken) >= 1.0
    assert engine.query(LOOKUP).read()
    wait_until(lambda: engine.status()["idle"] == 7)


def test_memory_bomb_ends_alone_and_is_named(opened: Open) -> None:
    engine = opened()
    with ThreadPoolExecutor(1) as callers:
        bomb = callers.submit(engine.query, Query(SORTED, limits=Limits(memory=300 << 20)))
        while not bomb.done():
            assert engine.query(LOOKUP).read()
            time.sleep(0.01)
        with pytest.raises(QueryMemory, match="300 MiB"):
            bomb.result()
    assert engine.query(LOOKUP).read()


def test_two_hundred_kills_end_nothing(opened: Open) -> None:
    engine = opened(workers=3)
    expected = engine.query(LOOKUP).read()
    done = threading.Event()
    answered, failed = [0] * 4, [0] * 4

    def ask(number: int) -> None:
        while not done.is_set():
            try:
                assert engine.query(LOOKUP).read() == expected
                answered[number] += 1
            except EngineFailure:
                failed[number] += 1

    chance = random.Random(7)
    killed = 0
    with ThreadPoolExecutor(4) as callers:
        asking = [callers.submit(ask, number) for number in range(4)]
        while killed < 200:
            pids = engine.worker_pids()
            if pids:
                try:
                    os.kill(chance.choice(pids), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    continue
            time.sleep(0.05)
        done.set()
        for one in asking:
            one.result()
    assert killed == 200
    assert sum(answered) > 200
    assert sum(failed) <= sum(answered) / 10  # killed three times in a row
    wait_until(lambda: engine.status()["idle"] == 3)
    assert engine.query(LOOKUP).read() == expected


def test_no_zombies_stay_and_close_ends_everything(opened: Open) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    engine = opened(workers=2)
    for _ in range(3):
        wait_until(lambda: engine.status()["idle"] == 2)  # else a busy machine spends the limit on the next worker
        with pytest.raises(QueryTimeout):
            engine.query(Query(ENDLESS, limits=Limits(seconds=0.1)))
    wait_until(lambda: engine.status()["idle"] == 2)
    started = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert len(started) > 2, "the process that forks, and its workers"
    wait_until(lambda: all(child.status() != psutil.STATUS_ZOMBIE for child in started if child.is_running()))
    running = engine.query(MILLION)
    engine.close()
    with pytest.raises(EngineFailure, match="closed"):
        running.read()
    assert not [child for child in started if child.is_running()]


def test_loss_of_the_forking_process_is_survived(opened: Open) -> None:
    engine = opened()
    (forking,) = [
        child for child in psutil.Process().children() if engine.worker_pids()[0] in [c.pid for c in child.children()]
    ]
    forking.kill()
    wait_until(lambda: engine.status()["idle"] == 0)
    assert engine.query(LOOKUP).read()


def test_crash_is_a_failure_and_the_next_query_is_answered(opened: Open) -> None:
    engine = opened(workers=1)
    (pid,) = engine.worker_pids()
    running = engine.query(MILLION)
    os.kill(pid, signal.SIGSEGV)
    with pytest.raises(EngineFailure, match="before its answer was whole"):
        running.read()
    with pytest.raises(EngineFailure):
        running.read()
    assert engine.query(LOOKUP).read()


def test_killed_before_its_answer_began_a_query_runs_again(opened: Open) -> None:
    engine = opened(workers=1)
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
    with ThreadPoolExecutor(1) as callers:
        pending = callers.submit(engine.query, text)
        wait_until(lambda: engine.status()["active"] == 1)
        time.sleep(0.05)
        os.kill(engine.worker_pids()[0], signal.SIGKILL)
        assert b'"9000000"' in pending.result().read()


def test_million_rows_stream_in_flat_memory(opened: Open) -> None:
    engine = opened(workers=1)
    ours = psutil.Process()
    (pid,) = engine.worker_pids()
    theirs = psutil.Process(pid)
    before = ours.memory_info().rss, theirs.memory_info().rss
    result = engine.query(Query(MILLION, format="text/csv"))
    assert result.size is None
    rows = most = most_there = 0
    for number, chunk in enumerate(result):
        rows += chunk.count(b"\n")
        if number % 50 == 0:
            most = max(most, ours.memory_info().rss)
            most_there = max(most_there, theirs.memory_info().rss)
    assert rows == 1_000_001
    assert most - before[0] < 20 << 20
    assert most_there - before[1] < 40 << 20


def test_reader_who_stops_holds_the_worker_back_not_the_memory(opened: Open) -> None:
    engine = opened(workers=1)
    (pid,) = engine.worker_pids()
    result = engine.query(MILLION)
    next(iter(result))
    worker = psutil.Process(pid)

    def stands_still() -> bool:
        before = worker.cpu_times().user
        time.sleep(0.3)
        return bool(worker.cpu_times().user == before)

    wait_until(stands_still)
    before = worker.memory_info().rss
    assert engine.status()["active"] == 1
    assert worker.memory_info().rss - before < 1 << 20
    result.close()


def test_reader_who_never_comes_back_is_cut_off(opened: Open) -> None:
    engine = opened(workers=1)
    result = engine.query(Query(MILLION, limits=Limits(seconds=0.5, delivery=0.1)))
    wait_until(lambda: engine.status()["idle"] == 1 or not engine.status()["active"])
    with pytest.raises(QueryTimeout):
        result.read()
    assert engine.query(LOOKUP).read()


def test_cancel_kills_long_before_the_limit(opened: Open) -> None:
    engine = opened(workers=1, limits=Limits(seconds=HANG))
    (pid,) = engine.worker_pids()
    result = engine.query("SELECT ?a { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    result.close()
    wait_until(lambda: not psutil.pid_exists(pid))
    assert engine.query(LOOKUP).read()


def test_cancel_from_another_thread_ends_the_reading(opened: Open) -> None:
    engine = opened(workers=1)
    result = engine.query("SELECT ?a { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    with ThreadPoolExecutor(1) as callers:
        reading = callers.submit(lambda: sum(map(len, result)))
        time.sleep(0.2)
        result.close()
        with pytest.raises(EngineFailure, match="cancelled"):
            reading.result(HANG)


def test_too_many_long_queries_say_when_to_come_back_and_keep_no_short_one_waiting(opened: Open) -> None:
    engine = opened(workers=1, queue=0)
    holds = [Control(), Control()]
    with ThreadPoolExecutor(2) as callers:
        running = [
            callers.submit(engine.query, f"{ENDLESS} OFFSET {number}", control=hold)
            for number, hold in enumerate(holds)
        ]
        wait_until(lambda: any(one.done() for one in running))
        assert engine.query(LOOKUP).read()
        (ended,) = [one for one in running if one.done()]
        with pytest.raises(EngineBusy, match="too many long queries") as caught:
            ended.result()
        assert caught.value.retry_after >= 1
        for hold in holds:
            hold.cancel()
    wait_until(lambda: engine.status()["idle"] == 1 and not engine.status()["active"])


def test_a_fork_for_one_who_waits_is_ended_when_nobody_needs_it(opened: Open) -> None:
    engine = opened(workers=1)
    with ThreadPoolExecutor(6) as callers:
        counting = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c } LIMIT 60 } ?d ?e ?f FILTER(?c != ?f) }"
        running = [callers.submit(engine.query, f"{counting} OFFSET {n}") for n in range(6)]
        assert all(one.result().read() for one in running)
    wait_until(lambda: len(engine.worker_pids()) == 1)
    assert engine.query(LOOKUP).read()


def test_what_all_may_hold_together_ends_one_of_whoever_holds_most(opened: Open) -> None:
    engine = opened(workers=2, limits=Limits(memory=300 << 20), memory=320 << 20)
    with ThreadPoolExecutor(3) as callers:
        running = [callers.submit(engine.query, f"{SORTED} OFFSET {n}", control=Control("one")) for n in range(3)]
        kinds = {type(one.exception(HANG)) for one in running}
    assert EngineBusy in kinds
    assert kinds <= {EngineBusy, QueryMemory}
    assert engine.query(LOOKUP).read()


def test_answer_over_its_limit_in_the_middle_raises(opened: Open) -> None:
    engine = opened(workers=1)
    result = engine.query(Query(MILLION, limits=Limits(result_bytes=3 << 20)))
    with pytest.raises(QueryRefused, match="longer than"):
        result.read()
    assert engine.query(LOOKUP).read()


_CHILD = """
import sys, time
from pathlib import Path
from tests.gate.pool.small import Folder
from sparqlgate import EmbeddedEngine
engine = EmbeddedEngine(Folder(Path(sys.argv[1])))
print(*engine.worker_pids(), flush=True)
engine.query(sys.argv[2])
"""


def test_workers_end_with_their_service(many: Folder, root: Path) -> None:
    command = [sys.executable, "-c", _CHILD, str(many.path), ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as service:
        assert service.stdout is not None
        pids = [int(pid) for pid in service.stdout.readline().split()]
        assert len(pids) >= 1
        time.sleep(0.3)
        service.kill()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids))


class Unscreened(EmbeddedEngine):
    """An engine whose screen lets everything through, to see what stands behind it."""

    def _screen(self, text: str, control: Control) -> Screened:
        return Screened(text=text, form=screen("SELECT * {}").form, head="")


def test_nothing_leaves_even_when_a_query_slips_through(tiny: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Unscreened(tiny, workers=1) as engine:
        if not engine.network_isolated:
            pytest.skip("this machine lets nobody make a network namespace: sysctl kernel.unprivileged_userns_clone=1")
        port = listener.getsockname()[1]
        with pytest.raises(EngineFailure):
            engine.query(f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{}} }}")
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_deep_text_that_slips_through_ends_one_worker_only(tiny: Folder) -> None:
    deep = "SELECT * " + "{ " * 20_000 + "} " * 20_000
    with Unscreened(tiny, workers=2) as engine:
        with pytest.raises((EngineFailure, QueryMemory, QueryTimeout)):
            engine.query(Query(deep, limits=Limits(seconds=3)))
        assert engine.query("SELECT * {}").read()


def test_a_worker_that_answers_is_never_taken_for_a_dead_one(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine a look-up may take longer than a moment, and then another worker is forked for the next one.
    monkeypatch.setattr("sparqlgate.pool.scheduling._SOON", HANG)
    engine = opened(workers=3)
    wait_until(lambda: engine.status()["idle"] == 3)
    before = sorted(engine.worker_pids())
    with ThreadPoolExecutor(2) as callers:
        for number in range(800):
            answers = [callers.submit(lambda: engine.query(LOOKUP).read()) for _ in range(2)]
            assert all(answer.result() for answer in answers)
            time.sleep(0.0005 * (number % 4))  # so that whoever looks after idle workers looks
            assert engine.status()["starting"] == 0
    assert engine.status()["idle"] == 3
    assert sorted(engine.worker_pids()) == before
