"""Many at once: who asks the same, who asks a lot, and those who only want to know that the service is well."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.counters import metric, path
from tests.gate.robustness.asking import Outcome, ask, outcome
from tests.gate.robustness.conftest import LIMIT
from tests.gate.robustness.families import ENDLESS
from tests.servers import Server


@pytest.mark.usefixtures("unhurt")
def test_58_the_same_costly_query_by_a_hundred_is_shared(hasty: Server) -> None:
    query = ENDLESS["count"] + " OFFSET 7"
    before = metric(hasty, "queries_total", how="run")
    with ThreadPoolExecutor(100) as clients:
        found = list(clients.map(lambda _: ask(hasty, query), range(100)))
    assert {(one.status, one.kind) for one in found} == {(503, "query-timeout")}
    # Who comes when it is over begins it anew, which may be as often as it fits into the time that all of them took.
    assert metric(hasty, "queries_total", how="run") - before <= 2 + max(one.seconds for one in found) / LIMIT


@pytest.mark.usefixtures("unhurt")
def test_58_a_hundred_different_ones_are_queued_or_sent_away(hasty: Server) -> None:
    with ThreadPoolExecutor(100) as clients:
        found = list(clients.map(lambda n: ask(hasty, f"{ENDLESS['count']} OFFSET {n + 10}"), range(100)))
    assert {one.status for one in found} == {503}
    kinds = [one.kind for one in found]
    assert set(kinds) == {"busy", "query-timeout"}
    assert all(int(one.headers["retry-after"]) >= 1 for one in found)


def test_59_many_cheap_queries_of_one_client(launch: Callable[..., Server], made: Path) -> None:
    """What the counting is exactly, tests/gate/http/test_fair_use.py holds; here they come as fast as they can."""
    server = launch(made, fair_use="on", fair_seconds=0.2, fair_window=60.0, access_log=False)
    seen: list[Outcome] = []
    for number in range(500):
        seen.append(outcome(server.get(path(f"ASK {{ ?s ?p {number} }}"))))
        if number % 100 == 50:
            assert outcome(server.get("/health")).status == 200
    assert {one.status for one in seen} == {200, 429}
    assert seen[-1].status == 429
    assert int(seen[-1].headers["retry-after"]) >= 1
    assert '"query-time"' in seen[-1].headers["ratelimit"]
    assert outcome(server.get("/health")).status == 200


def test_seven_timeouts_at_once_are_answered_at_the_limit(
    launch: Callable[..., Server], made: Path, say: Callable[[object], None]
) -> None:
    server = launch(made, workers=7, query_seconds=LIMIT, access_log=False)
    with ThreadPoolExecutor(7) as clients:
        found = list(clients.map(lambda n: ask(server, f"{ENDLESS['count']} OFFSET {n}"), range(7)))
    say(f"seven time-outs after {min(one.seconds for one in found):.3f} to {max(one.seconds for one in found):.3f} s")
    assert {(one.status, one.kind) for one in found} == {(503, "query-timeout")}
    assert min(one.seconds for one in found) >= LIMIT
