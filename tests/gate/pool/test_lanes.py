"""Which long queries compute, which wait and which have to end: the rules, without a process."""

from __future__ import annotations

from dataclasses import dataclass

from sparqlgate.pool.scheduling import Long, Sizes, running, too_large, too_many
from sparqlgate.pool.supervisor import Ticket, Tickets


def test_what_has_computed_least_goes_first_and_the_older_of_two_alike() -> None:
    seen = [Long("", 1.0, 9.0), Long("", 2.0, 0.3), Long("", 3.0, 0.9), Long("", 4.0, 3.0)]
    assert running(seen, 1) == {1}
    assert running(seen, 2) == {1, 2}
    assert running(seen, 3) == {1, 2, 3}
    assert running(seen, 9) == {0, 1, 2, 3}
    assert running([], 2) == frozenset()


def test_a_query_that_goes_on_keeps_its_lane_until_its_time_has_doubled() -> None:
    for spent in (1.0, 1.4, 1.99):
        assert running([Long("", 1.0, spent), Long("", 2.0, 1.0)], 1) == {0}
    assert running([Long("", 1.0, 2.0), Long("", 2.0, 1.0)], 1) == {1}


def test_each_client_has_a_lane_before_one_has_two() -> None:
    flood = [Long("a", float(n), 0.1) for n in range(9)]
    assert running([*flood, Long("b", 50.0, 8.0)], 2) == {0, 9}
    assert running([*flood, Long("b", 50.0, 8.0), Long("b", 51.0, 8.0)], 4) == {0, 1, 9, 10}


def test_of_more_clients_than_lanes_those_go_first_that_have_used_least() -> None:
    seen = [Long("a", 1.0, 20.0), Long("b", 2.0, 0.5), Long("c", 3.0, 3.0)]
    assert running(seen, 1) == {1}
    assert running(seen, 2) == {1, 2}


def test_who_waits_for_a_reader_takes_no_lane() -> None:
    seen = [Long("a", 1.0, 0.2, asleep=True), Long("a", 2.0, 5.0), Long("a", 3.0, 6.0)]
    assert running(seen, 1) == {0, 1}


def test_one_too_many_is_the_last_of_whoever_has_most() -> None:
    seen = [Long("a", 1.0), Long("b", 2.0), Long("a", 3.0), Long("c", 4.0)]
    assert too_many(seen, 4) is None
    assert too_many(seen, 3) == 2
    assert too_many([Long("", 1.0), Long("", 2.0)], 1) == 1


def test_too_much_memory_is_the_largest_of_whoever_holds_most() -> None:
    seen = [Long("a", 1.0, memory=60), Long("b", 2.0, memory=70), Long("a", 3.0, memory=40)]
    assert too_large(seen, 170) is None
    assert too_large(seen, 169) == 0


@dataclass
class Worker:
    """A worker with a query since a moment."""

    since: float | None
    long: bool = False


def wanted(ages: list[float], waits: list[float]) -> int:
    """Return how many more of two workers are wanted: ages of their queries, and how long callers have waited."""
    now, tickets = 1000.0, Tickets()
    for seconds in sorted(waits, reverse=True):
        tickets.add(Ticket(lambda: None, "", now - seconds))
    active = [Worker(now - age) for age in ages]
    return Sizes(2, 8).lacking(0, 0, active, tickets.since, len(active), now)


def test_whoever_waits_for_workers_that_are_soon_free_waits_a_moment_longer_than_behind_long_queries() -> None:
    many = [0.02] * 14
    assert wanted([0.004, 0.006], many) == 0, "short queries take turns on the workers that there are"
    assert wanted([0.004, 2.0], many) <= 1, "one of them is soon free"
    assert wanted([2.0, 2.0], many) == 14, "none is soon free: each caller gets a worker"
    assert wanted([0.004, 0.006], [0.06] * 3) == 3, "nobody waits for long, even so"
    assert wanted([2.0, 2.0], [0.001]) <= 2, "a caller of just now may get the one that is kept ready"
