"""Fair use as clients see it: what is said of the time that is left, and to whom it belongs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.counters import HEAVY, path
from tests.servers import Server
from tests.support import HANG


@pytest.fixture(scope="module")
def fair(launch: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """A server that counts everybody and believes the proxy on this machine: 2 s in 20 s."""
    return launch(
        fixture_snapshot, fair_use="on", fair_seconds=2.0, fair_window=20.0, trusted_proxies=["127.0.0.0/8"],
        query_seconds=3.0,
    )  # fmt: skip


def test_who_used_up_the_time_is_told_when_to_come_again(fair: Server) -> None:
    who = {"X-Forwarded-For": "198.51.100.7"}
    first = fair.client.get(path("ASK {}"), headers=who)
    assert first.status_code == 200
    assert first.headers["ratelimit-policy"] == '"query-time";q=2;w=20'
    assert re.fullmatch(r'"query-time";r=[01];t=\d+', first.headers["ratelimit"])  # a busy machine takes a second of it
    assert fair.client.get(path(HEAVY), headers=who).status_code == 503
    for accept, kind in (
        ("application/json", "application/problem+json"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
    ):
        refused = fair.client.get(path("ASK { ?s ?p ?o }"), headers={**who, "Accept": accept})
        assert refused.status_code == 429
        assert refused.headers["content-type"] == kind
        assert int(refused.headers["retry-after"]) >= 1
        assert '"query-time";r=0;' in refused.headers["ratelimit"]
    page = fair.client.get("/page/practice/museum?fair=1", headers=who)
    assert page.status_code == 429  # pages ask queries too
    assert fair.client.get(path("ASK {}"), headers=who).status_code == 200  # what was answered before is free
    assert fair.client.get("/health", headers=who).status_code == 200
    other = fair.client.get(path("ASK { ?s ?p ?o }"), headers={"X-Forwarded-For": "198.51.100.8"})
    assert other.status_code == 200


def test_many_short_queries_count_as_one_long_one_does(fair: Server) -> None:
    who = {"X-Forwarded-For": "203.0.113.5"}
    statuses = []
    for number in range(400):
        statuses.append(fair.client.get(path(f"ASK {{ ?s ?p {number} }}"), headers=who).status_code)
        if statuses[-1] == 429:
            break
    assert set(statuses) == {200, 429}
    assert fair.client.get("/health", headers=who).status_code == 200


def test_running_queries_count_before_they_end(fair: Server) -> None:
    """On a busy machine a query may be over before its client asks again: then another client is looked at."""
    fresh = itertools.count(4711)  # what was answered before stays free
    for number in range(20):
        who = {"X-Forwarded-For": f"203.0.113.{100 + number}"}
        with ThreadPoolExecutor(1) as threads:
            heavy = path(f"{HEAVY} OFFSET {9 + number}")
            running = threads.submit(
                httpx.get, fair.url + heavy, headers=who, timeout=HANG, trust_env=False, verify=False
            )
            while not running.done():
                status = fair.client.get(path(f"ASK {{ ?s ?p {next(fresh)} }}"), headers=who).status_code
                if status == 429 and not running.done():
                    return
    pytest.fail("nobody was refused while a query of theirs ran over their time")


def test_nobody_passes_for_somebody_else(fair: Server) -> None:
    """Only what the proxy added counts, so a made-up first address changes nothing."""
    end = "203.0.113.77"
    for number in range(400):
        made_up = {"X-Forwarded-For": f"192.0.2.{number % 250}, {end}"}
        if fair.client.get(path(f"ASK {{ ?s ?p 5{number} }}"), headers=made_up).status_code == 429:
            return
    pytest.fail("a client that names a new address each time was never refused")


def test_on_this_machine_nothing_is_counted(logged: Server) -> None:
    assert "ratelimit" not in logged.get(path("ASK {}")).headers


def test_every_page_and_datum_that_is_made_for_somebody_counts(fair: Server) -> None:
    who = {"X-Forwarded-For": "203.0.113.77"}
    assert fair.client.get(path(HEAVY), headers=who).status_code == 503
    for asked in (
        "/search?q=a", "/search.json?q=a", "/suggest?q=a", "/reconcile?queries={}", "/by/wikidata/Q1", "/practices.csv",
        "/cities.geojson?by=place", "/neighbourhood/city/montevideo.json", "/cite/city/montevideo.bib", "/compare.json",
        "/coverage.csv", "/page/city/nowhere", "/data/city/montevideo.ttl",
    ):  # fmt: skip
        assert fair.client.get(asked, headers=who).status_code == 429, asked
    assert fair.client.post("/reconcile", data={"queries": "{}"}, headers=who).status_code == 429
