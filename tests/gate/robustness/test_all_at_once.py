"""Every costly family at the same moment, again and again, while somebody else asks short questions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.counters import metric, until
from tests.gate.robustness.asking import Lookups, ask, lookup
from tests.gate.robustness.conftest import LIMIT, LONG, MEMORY
from tests.gate.robustness.families import ENDLESS, FLOWING, LARGE
from tests.gate.robustness.watch import Processes
from tests.servers import Server

#: How lookups fare beside costly work is looked at here, so that nothing else may run.
pytestmark = pytest.mark.alone

_ALL = {**ENDLESS, **LARGE, **FLOWING}
#: How an endless query may end: at one of its limits, cut while it streams, or, where the machine is so busy that half
#: of its second passes before it has a worker, told so.
_ENDS = {(503, "query-timeout"), (503, "query-memory"), (0, "cut"), (503, "busy")}


def test_all_families_together(
    start: Callable[..., Server], made: Path, spool: Path, say: Callable[[object], None]
) -> None:
    workers = len(_ALL) + 2
    server = start(
        made, workers=workers, queue=64, query_seconds=LIMIT, query_memory=MEMORY, result_bytes=64 << 20,
        send_seconds=5.0, cached_answers=1 << 20, access_log=False,
    )  # fmt: skip
    processes = Processes.of(server, spool)
    for _ in range(100):
        assert lookup(server).status == 200
    until(lambda: metric(server, "workers", state="idle") == workers, "all workers are ready")
    before = processes.held()
    staying = processes.staying()
    end = time.monotonic() + (30.0 if LONG else 8.0)
    ends: set[tuple[int, str]] = set()

    def again_and_again(query: str) -> int:
        for number in itertools.count():
            if time.monotonic() >= end:
                return number
            found = ask(server, f"{query} # {number}")
            ends.add((found.status, found.kind))
        raise AssertionError

    with ThreadPoolExecutor(len(_ALL)) as clients, Lookups(server) as lookups:
        runs = dict(zip(_ALL, clients.map(again_and_again, _ALL.values()), strict=True))
    idle = processes.idle()
    say(f"{sum(runs.values())} costly queries, {lookups}; idle after {idle:.1f} s")
    assert ends <= _ENDS
    assert min(runs.values()) >= 1
    assert {one.status for one in lookups.found} == {200}
    assert processes.staying() == staying
    until(lambda: metric(server, "workers", state="idle") == workers, "all workers are ready again")
    until(lambda: metric(server, "queries_running") == 0, "no query is counted as running")
    until(lambda: processes.held().processes <= before.processes, "whatever was begun meanwhile has ended")
    after = processes.held()  # one that was just making way for another may have been counted before
    say(f"before {before}, after {after}")
    assert after.spooled == before.spooled
    assert after.memory < 1.3 * before.memory + (32 << 20)
