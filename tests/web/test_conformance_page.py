"""/conformance: the site asks itself, tells the truth about what came back, and charges nobody for it."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from pathlib import Path

import pytest

from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from cityrights_web.site import Site
from cityrights_web.views.conformance import Check, Conformance, Outcome, checks
from cityrights_web.words import CATALOGUE
from sparqlgate import EmbeddedEngine
from sparqlgate.http.requests import Receive, Scope, Send
from tests.servers import Server


@pytest.mark.parametrize("which", ["server", "shipped"])
def test_every_rule_is_kept(request: pytest.FixtureRequest, which: str) -> None:
    server: Server = request.getfixturevalue(which)
    told = server.get("/conformance.json").json()
    assert told["version"] == server.get("/health").json()["version"]
    assert [check for check in told["checks"] if not check["passed"]] == []
    assert told["passed"] == told["total"] == len(told["checks"]) > 30
    page = server.get("/conformance", "text/html").text
    assert page.count('class="result-passed"') == told["total"]
    assert f"{told['total']} of {told['total']} checks passed" in page


def test_it_goes_on_behind_trusted_hosts_and_takes_no_fair_use(
    start: Callable[..., Server], fixture_snapshot: Path
) -> None:
    server = start(fixture_snapshot, trusted_hosts=["localhost"], fair_use="on", fair_seconds=0.02, fair_window=3600.0)
    told = server.get("/conformance.json", Host="localhost").json()
    assert told["passed"] == told["total"]


def test_it_is_made_once(server: Server) -> None:
    tags = {server.get("/conformance.json").headers["etag"] for _ in range(3)}
    assert len(tags) == 1
    assert server.get("/conformance", "application/json").json() == server.get("/conformance.json").json()


def test_other_graphs_are_held_to_the_rules_that_fit(start: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text("<http://example.org/a> <http://example.org/p> 1 .")
    server = start(build_files([tmp_path / "data.ttl"], tmp_path / "snapshots").path)
    told = server.get("/conformance.json").json()
    assert [check["name"] for check in told["checks"] if not check["passed"]] == []
    assert not any("/id/practice/a" in check["request"] for check in told["checks"])


def test_no_rule_asks_for_the_page_itself() -> None:
    assert not any("conformance" in check.path for check in checks("practice/museum"))


def test_a_broken_site_is_told_as_broken(fixture_snapshot: Path) -> None:
    """The decoy: an application that answers 500 fails every rule, and one that never answers does not hang."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    snapshot = Snapshot.open(fixture_snapshot)
    engine = EmbeddedEngine(snapshot, workers=1)
    site = Site(engine, snapshot.version, snapshot.path, snapshot.manifest)
    try:
        outcomes = asyncio.run(Conformance(site, broken)._try_all("localhost"))
        assert len(outcomes) > 30
        assert [outcome.check.name for outcome in outcomes if outcome.passed] == []
        check = Check("x", "/", "x", lambda got: True)
        late = asyncio.run(_try(Conformance(site, silent), check))
        assert (late.passed, late.got) == (False, "no answer in time")
    finally:
        engine.close()


async def _try(conformance: Conformance, check: Check) -> Outcome:
    return await conformance._try(check, "localhost", asyncio.get_running_loop().time() + 0.1)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_rules_are_named_in_the_reader_s_language(server: Server, language: str) -> None:
    words, path = CATALOGUE[language].rules, f"/{language}/conformance"
    rules = list(checks("practice/museum"))
    assert {rule.name for rule in rules} == set(words)
    page = html.unescape(server.get(path, "text/html").text)
    for rule in rules:
        assert f'<th scope="row">{rule.called(words)}</th>' in page
        assert rule.called(words) != rule.called({})
        assert "{" not in rule.called(words) + rule.called({})
