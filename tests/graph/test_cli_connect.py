"""Connections on the command line: the same reasons as on the site, filters, and what is wrong with a choice."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from cityrights.cli.connect import connect, neighbours
from cityrights.errors import UnknownThing
from cityrights.snapshot import Snapshot


def invoke(snapshot: Snapshot, name: str, *arguments: str) -> Result:
    command = {"connect": connect, "neighbours": neighbours}[name]
    return CliRunner().invoke(command, [*arguments, "--snapshot", str(snapshot.path)])


def test_what_joins_two_places_is_told_with_the_lines(snapshot: Snapshot) -> None:
    done = invoke(snapshot, "connect", "jenin", "seine-saint-denis")
    assert done.exit_code == 0
    assert done.stdout.startswith("Jenin – Seine-Saint-Denis")
    assert "claim/ohchr-consultation-2025/124 (line 77)" in done.stdout.replace("\n", " ")
    told = json.loads(invoke(snapshot, "connect", "jenin", "seine-saint-denis", "--json").stdout)
    assert told["connected"] is True
    assert told["reasons"][0]["paths"][0]["hops"][0]["evidence"]


def test_filters_narrow_by_theme_kind_and_document(snapshot: Snapshot) -> None:
    def near(*arguments: str) -> dict[str, float]:
        told = json.loads(invoke(snapshot, "neighbours", "utrecht", "--json", "--limit", "50", *arguments).stdout)
        return {one["label"]: one["strength"] for one in told["neighbours"]}

    whole = near()
    for arguments in (("--theme", "human-rights-education"), ("--kind", "monitor"), ("--source", "twenty-practices")):
        assert set(near(*arguments)) < set(whole), arguments
    assert near("--source", "twenty-practices")
    assert set(near("--all")) >= set(whole)


def test_filters_that_leave_nothing_say_so(snapshot: Snapshot) -> None:
    done = invoke(snapshot, "neighbours", "gwangju", "--theme", "food")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "no other place is connected with it by this" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("connect", "utrecht", "atlantis"), "did you mean city:atlanta?"),
        (("connect", "utrecht", "country/france"), "country/france: no such place"),
        (("neighbours", "nowhere"), "nowhere: no such place"),
    ],
)
def test_a_place_that_is_none_is_a_usage_error(snapshot: Snapshot, arguments: tuple[str, ...], message: str) -> None:
    done = invoke(snapshot, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("connect", "utrecht", "utrecht"), "the same; choose two"),
        (("neighbours", "utrecht", "--theme", "nothing"), "nothing that a place has is about this"),
        (("neighbours", "utrecht", "--source", "nothing"), "nothing that a place has is about this"),
    ],
)
def test_what_cannot_be_asked_is_an_error_that_says_why(
    snapshot: Snapshot, arguments: tuple[str, ...], message: str
) -> None:
    found = invoke(snapshot, *arguments).exception
    assert isinstance(found, UnknownThing)
    assert message in str(found)
