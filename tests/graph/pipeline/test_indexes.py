"""Indexes beside the store: written with every snapshot, no part of its version, and made anew when they are old."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cityrights.indexes import registry
from cityrights.indexes.search import SearchIndex
from cityrights.pipeline import build
from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot

TURTLE = '<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "Lighthouse"@en .\n'


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house with one thing in it."""
    for name in ("ontology", "data", "queries/construct"):
        (tmp_path / "house" / name).mkdir(parents=True)
    line = TURTLE.rstrip(" .\n")
    (tmp_path / "house" / "data" / "a.trig").write_text(f"<http://example.org/g> {{ {line} }}\n")
    return tmp_path / "house"


def lighthouse(snapshot: Snapshot) -> bool:
    return SearchIndex.open(snapshot).search("lighthouse").total == 1


def test_both_builds_write_every_index(house: Path, tmp_path: Path) -> None:
    assert lighthouse(build(house, tmp_path / "s").snapshot)
    file = tmp_path / "a.ttl"
    file.write_text(TURTLE)
    built = build_files([file], tmp_path / "f")
    assert lighthouse(built)
    assert registry.fresh(built.path)


@pytest.mark.parametrize("damage", ["missing", "other form", "unreadable"])
def test_a_snapshot_with_old_indexes_is_made_anew_and_keeps_its_version(
    house: Path, tmp_path: Path, damage: str
) -> None:
    before = build(house, tmp_path / "s").snapshot
    stamp = before.path / "indexes.json"
    if damage == "missing":
        stamp.unlink()
        shutil.rmtree(before.path / "search")
    else:
        stamp.write_text(json.dumps({"search": "0"}) if damage == "other form" else "{")
    again = build(house, tmp_path / "s")
    assert not again.reused
    assert again.snapshot.version == before.version
    assert lighthouse(again.snapshot)
    assert build(house, tmp_path / "s").reused


def test_indexes_are_no_part_of_the_manifest(house: Path, tmp_path: Path) -> None:
    manifest = build(house, tmp_path / "s").snapshot.manifest
    assert not any("search" in name for name in manifest["files"])
