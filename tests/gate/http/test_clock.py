"""A clock that jumps, forward and back by years: budgets, kept answers, snapshots and connections do not notice."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import httpx
import pytest

from cityrights.pipeline.steps import build
from tests.counters import path, until
from tests.servers import FIXTURE
from tests.standing import standing
from tests.support import FAKETIME, HANG, need


def _library() -> Path:
    """Return the library that changes what programs are told of the time of day, where several threads ask."""
    need(FAKETIME)
    (found,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return found


@pytest.mark.parametrize("jump", ["+900d", "-900d"])
def test_nothing_depends_on_the_time_of_day(tmp_path: Path, jump: str) -> None:
    house, snapshots, clock = tmp_path / "house", tmp_path / "snapshots", tmp_path / "clock"
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    (house / "data" / "fixture.trig").write_bytes(FIXTURE.read_bytes())
    build(house, snapshots, current=True)
    clock.write_text("+0d")
    environment = {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",  # a second: whoever asks for the time would read the file each time
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    (tmp_path / "server").mkdir()
    with (
        standing(
            snapshots,
            tmp_path / "server",
            environment=environment,
            fair_use="on",
            fair_seconds=1.0,
            fair_window=1_000_000.0,  # little has come back however long a busy machine takes, and all in 900 days
            trusted_proxies=["127.0.0.1"],
            watch_seconds=0.2,
            warm=False,
        ) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, verify=False, timeout=HANG) as client,
    ):

        def ask(query: str, who: str) -> httpx.Response:
            return client.get(path(query), headers={"X-Forwarded-For": who})

        known = ask("SELECT * { ?s ?p ?o } LIMIT 1", "203.0.113.1")
        number = itertools.count(10)
        until(lambda: ask(f"ASK {{ ?s ?p {next(number)} }}", "203.0.113.2").status_code == 429, "its time is used")
        owed = int(ask("ASK { ?s ?p 1 }", "203.0.113.2").headers["retry-after"])
        version = client.get("/health").json()["version"]
        clock.write_text(jump)

        def years() -> set[str]:
            """Ask, and return the years of the log, whose lines are written once their answers are sent."""
            assert client.get("/health").status_code == 200
            lines = server.log.read_text().splitlines()
            return {json.loads(line)["time"][:4] for line in lines if line.startswith("{") and line.endswith("}")}

        until(lambda: len(years()) > 1, "the clock has jumped")
        again = ask("SELECT * { ?s ?p ?o } LIMIT 1", "203.0.113.1")
        assert (again.status_code, again.headers["etag"]) == (200, known.headers["etag"])
        refused = ask("ASK { ?s ?p 2 }", "203.0.113.2")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) <= owed
        assert ask("ASK { ?s ?p 3 }", "203.0.113.3").status_code == 200
        assert client.get("/page/practice/museum", headers={"Accept": "text/html"}).status_code == 200
        triple = '<http://e.example/x> <http://www.w3.org/2000/01/rdf-schema#comment> "later" .'
        (house / "data" / "note.trig").write_text(
            f"<https://w3id.org/cityrights/graph/editorial/entities> {{ {triple} }}"
        )
        build(house, snapshots, current=True)
        until(lambda: client.get("/health").json()["version"] != version, "the newer snapshot is taken up")
        assert ask("SELECT ?o { <http://e.example/x> ?p ?o }", "203.0.113.4").json()["results"]["bindings"]
