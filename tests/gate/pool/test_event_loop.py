"""Queries that an event loop drives: the same answers and the same guarantees, without a thread for each."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from sparqlgate import Control, EmbeddedEngine, Limits, Query, Result
from sparqlgate.errors import EngineBusy, EngineFailure, QueryMemory, QuerySyntaxError, QueryTimeout
from sparqlgate.http.serving import _event_loop
from sparqlgate.query import set_alarm
from sparqlgate.text.guard import screen
from tests.gate.pool.small import Folder
from tests.gate.pool.test_engine_isolation import wait_until
from tests.support import HANG

Open = Callable[..., EmbeddedEngine]
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MILLION = "SELECT ?a ?f { ?a ?b ?c . ?d ?e ?f } LIMIT 1000000"
LOOKUP = "SELECT * { <http://e/s7> ?p ?o }"


def begin(
    engine: EmbeddedEngine, text: str, control: Control | None = None, seconds: float = 20.0
) -> asyncio.Future[Result]:
    future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def tell(became: Result | Exception) -> None:
        if isinstance(became, Exception):
            future.set_exception(became)  # a second call would raise InvalidStateError
        else:
            future.set_result(became)

    limits = Limits(seconds=seconds)
    engine.start(Query(text, limits=limits, screened=screen(text)), control or Control(), tell)
    return future


def test_forty_at_once_are_answered_without_a_thread(opened: Open) -> None:
    engine = opened(workers=2, queue=40)
    expected = engine.query(LOOKUP).read()
    before = threading.active_count()

    async def ask() -> None:
        waiting = [begin(engine, LOOKUP) for _ in range(40)]
        assert threading.active_count() == before
        for result in await asyncio.gather(*waiting):
            assert result.size == len(expected)
            assert result.read() == expected

    asyncio.run(ask())
    wait_until(lambda: engine.status()["idle"] == 2)  # one that had to wait for the processor long is replaced


def test_too_many_who_wait_are_told_at_once_and_a_mistake_where_it_is(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(workers=1, queue=1)
    monkeypatch.setattr("sparqlgate.pool.scheduling.MOST_WAITING", 1)

    async def ask() -> None:
        first, second = begin(engine, LOOKUP), begin(engine, "SELECT * { ?s ?p }")
        with pytest.raises(EngineBusy):
            await begin(engine, LOOKUP)
        assert (await first).size
        with pytest.raises(QuerySyntaxError) as caught:
            await second
        assert caught.value.line == 1

    asyncio.run(ask())


def test_a_query_out_of_time_is_ended_and_a_short_one_does_not_wait_for_it(opened: Open) -> None:
    engine = opened(workers=1)

    async def ask() -> None:
        control = Control()
        long = begin(engine, ENDLESS, control, seconds=HANG)
        assert (await begin(engine, LOOKUP)).size
        assert not long.done()
        control.cancel()
        with pytest.raises(QueryTimeout):
            await begin(engine, ENDLESS, seconds=1.0)
        assert (await begin(engine, LOOKUP)).size
        with pytest.raises(EngineFailure, match="cancelled"):
            await long

    asyncio.run(ask())


def test_a_query_that_had_to_wait_for_its_turn_is_told_so_within_its_time(opened: Open) -> None:
    engine = opened(workers=1, queue=1)

    async def ask() -> None:
        both = [begin(engine, f"{ENDLESS} OFFSET {number}", seconds=3.0) for number in range(2)]
        found = await asyncio.gather(*both, return_exceptions=True)
        assert {type(one) for one in found} <= {EngineBusy, QueryTimeout}
        assert any(isinstance(one, EngineBusy) and "take turns" in one.reason for one in found), found

    asyncio.run(ask())


def test_a_cancelled_query_ends_whether_it_runs_or_waits(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = opened(workers=1)
    (pid,) = engine.worker_pids()

    async def ask() -> None:
        running, waiting = Control(), Control()
        with monkeypatch.context() as patch:
            patch.setattr(engine._pool, "_lacking", lambda: 0)  # else it would have a worker at once
            first, second = begin(engine, ENDLESS, running), begin(engine, LOOKUP, waiting)
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(EngineFailure, match="cancelled"):
                await second
        assert not first.done()
        running.cancel()
        with pytest.raises(EngineFailure, match="cancelled"):
            await first
        assert pid not in engine.worker_pids()
        assert (await begin(engine, LOOKUP)).size

    asyncio.run(ask())


def test_a_query_whose_worker_is_killed_runs_again(opened: Open) -> None:
    engine = opened(workers=1)
    counting = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"

    async def ask() -> None:
        waiting = begin(engine, counting)
        await asyncio.sleep(0.05)
        os.kill(engine.worker_pids()[0], signal.SIGKILL)
        assert b"9000000" in (await waiting).read()

    asyncio.run(ask())


def test_the_longest_text_and_a_long_answer_pass_whole(opened: Open) -> None:
    engine = opened(workers=1)
    data = " ".join(f'"{number:020}"' for number in range(40_000))

    async def ask() -> None:
        counted = await begin(engine, f"SELECT (COUNT(?v) AS ?n) {{ VALUES ?v {{ {data} }} }}")
        assert b'"40000"' in counted.read()
        result = await begin(engine, MILLION)
        assert result.size is None
        body = await asyncio.to_thread(result.read)
        assert body.count(b'"f":') == 1_000_000

    asyncio.run(ask())


def test_closing_the_engine_ends_what_runs_and_what_waits(many: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EmbeddedEngine(many, workers=1)
    monkeypatch.setattr(engine._pool, "_lacking", lambda: 0)  # else it would have a worker at once

    async def ask() -> None:
        both = begin(engine, ENDLESS), begin(engine, LOOKUP)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(engine.close)
        for one in both:
            with pytest.raises(EngineFailure, match="closed"):
                await one

    asyncio.run(ask())


def test_an_answer_is_awaited_and_whoever_stops_waiting_ends_the_query(opened: Open) -> None:
    engine = opened(workers=1)
    expected = engine.query(LOOKUP).read()

    async def ask() -> None:
        assert (await engine.run(Query(LOOKUP))).read() == expected
        with pytest.raises(QuerySyntaxError):
            await engine.run(Query("SELECT * { ?s ?p }"))
        control = Control()
        running = asyncio.create_task(engine.run(Query(ENDLESS), control=control))
        while not control.seconds:
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert control.cancelled
        while (spent := control.seconds) != control.seconds:  # its worker is given up by this loop, which then ends
            await asyncio.sleep(0.01)
        assert spent

    asyncio.run(ask())


def _counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often the event loop that runs begins to hear, and how often it is asked for a timer."""
    loop, counts = asyncio.get_running_loop(), Counter[str]()
    for name in ("add_reader", "call_later"):
        monkeypatch.setattr(loop, name, partial(_call, counts, name, getattr(loop, name)))
    return counts


def _call(counts: Counter[str], name: str, method: Callable[..., object], *given: object) -> object:
    counts[name] += 1
    return method(*given)


def test_a_worker_is_heard_once_in_a_loop_and_not_once_for_each_query(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(workers=1)
    monkeypatch.setattr("sparqlgate.query._LOOK", 3600.0)

    async def ask() -> None:
        counts = _counted(monkeypatch)
        for _ in range(50):
            assert (await begin(engine, LOOKUP)).read()
        assert counts == {"add_reader": 1, "call_later": 1}  # one clock looks after all

    asyncio.run(ask())


def test_a_worker_that_loops_and_threads_share_is_heard_by_whoever_has_it_and_costs_no_descriptor_more(
    opened: Open,
) -> None:
    engine = opened(workers=1)
    expected = engine.query(LOOKUP).read()
    worker = engine.worker_pids()

    async def ask() -> None:
        for _ in range(3):
            assert (await begin(engine, LOOKUP)).read() == expected
            # In a thread, so that this loop hears what comes for somebody else: it would be called again and again.
            assert (await asyncio.to_thread(engine.query, LOOKUP)).read() == expected
            assert await asyncio.to_thread(asyncio.run, one()) == expected

    async def one() -> bytes:
        return (await begin(engine, LOOKUP)).read()

    asyncio.run(ask())
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough
    for _ in range(5):
        asyncio.run(ask())
    assert engine.worker_pids() == worker
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208 - names are enough


def test_a_worker_that_ends_while_a_loop_hears_it_is_replaced_and_let_go(opened: Open) -> None:
    engine = opened(workers=1)

    async def ask() -> None:
        for _ in range(3):
            assert (await begin(engine, LOOKUP)).size
            (worker,) = engine.worker_pids()
            os.kill(worker, signal.SIGKILL)
            assert (await begin(engine, LOOKUP)).size
            while engine.worker_pids() == [worker]:
                await asyncio.sleep(0.01)

    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough
    asyncio.run(ask())
    wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before + 4)  # noqa: PTH208 - names are enough


def test_alarms_ring_when_they_are_due_unless_they_are_off() -> None:
    async def wait() -> list[str]:
        rung: list[str] = []
        done = asyncio.Event()
        loop, now = asyncio.get_running_loop(), time.monotonic()
        set_alarm(loop, now + 0.02, done.set)
        set_alarm(loop, now, lambda: rung.append("first"))
        off = set_alarm(loop, now + 0.01, lambda: rung.append("off"))
        off.due = None
        set_alarm(loop, now + 3600, lambda: rung.append("late"))
        async with asyncio.timeout(HANG):
            await done.wait()
        return rung

    assert asyncio.run(wait()) == asyncio.run(wait()) == ["first"]


def test_the_bounds_of_a_query_that_changed_nothing_stay_and_hold_for_the_next(opened: Open) -> None:
    engine = opened(workers=1)
    for _ in range(3):
        assert engine.query(LOOKUP).read()
    worker = engine.worker_pids()[0]
    soft, _ = resource.prlimit(worker, resource.RLIMIT_AS)
    assert 0 < soft < 1 << 62
    assert engine.query(LOOKUP).read()
    assert engine.worker_pids()[0] == worker
    assert resource.prlimit(worker, resource.RLIMIT_AS)[0] == soft
    with pytest.raises(QuerySyntaxError):
        engine.query("SELECT * { ?s ?p }").read()
    assert resource.prlimit(worker, resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
    with pytest.raises(QueryMemory):
        engine.query(Query("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a", limits=Limits(memory=1 << 24))).read()
    assert engine.query(LOOKUP).read()


def test_a_query_that_is_ended_before_its_worker_has_read_it_is_told_and_leaves_nothing(opened: Open) -> None:
    engine = opened(workers=1)

    async def ask() -> None:
        for _ in range(5):
            assert (await begin(engine, LOOKUP)).read()
            (worker,) = engine.worker_pids()
            os.kill(worker, signal.SIGSTOP)
            control = Control()
            waiting = begin(engine, LOOKUP, control, seconds=HANG)
            await asyncio.sleep(0)
            control.cancel()  # kills it: uvloop hears nothing of its end, since what it was sent is not read
            with pytest.raises(EngineFailure, match="cancelled"):
                await waiting
            for _ in range(5):  # on descriptors of the same numbers
                assert (await begin(engine, LOOKUP)).read()

    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(ask())
    wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before + 6)  # noqa: PTH208 - names are enough
