"""What whole-site pages say is found when the snapshot is built, and is what their queries answer."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from cityrights.indexes import counts
from cityrights.library.pages import ask
from cityrights.resources.places import Places, reduced
from cityrights.snapshot import Snapshot
from cityrights.terms import Row
from cityrights_web.app import SiteApplication
from cityrights_web.site import Site
from sparqlgate import EmbeddedEngine
from sparqlgate.errors import SnapshotError


@pytest.fixture(scope="module")
def engine(snapshot: Snapshot) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(snapshot, workers=1) as engine:
        yield engine


def counted(rows: list[Row]) -> Counter[tuple[tuple[str, object], ...]]:
    """Return the rows as a multiset: SPARQL gives them in no order."""
    return Counter(tuple(sorted(row.items())) for row in rows)


@pytest.mark.parametrize("name", counts.NAMES)
def test_the_snapshot_has_the_answer_that_the_query_gives(
    engine: EmbeddedEngine, snapshot: Snapshot, name: str
) -> None:
    kept = counts.read_overview(snapshot.path, name)
    assert kept
    asked: list[Row] = list(ask(engine, name))
    assert counted(kept) == counted(reduced(asked) if name == counts.PLACES else asked)


def test_places_are_the_same_from_the_snapshot_and_from_a_store(engine: EmbeddedEngine, snapshot: Snapshot) -> None:
    kept = counts.read_overview(snapshot.path, counts.PLACES)
    assert kept
    assert Places.load(engine) == Places.of(kept)
    assert len(Places.of(kept).spots) > 50


def test_newest_documents_keep_their_order(engine: EmbeddedEngine, snapshot: Snapshot) -> None:
    kept = counts.read_overview(snapshot.path, "newest_source")
    assert kept
    assert [row["source"] for row in kept] == [row["source"] for row in ask(engine, "newest_source")]


def test_a_site_asks_nothing_that_its_snapshot_knows(snapshot: Snapshot) -> None:
    nobody = cast(Any, None)  # an engine that cannot be asked
    site = Site(nobody, snapshot.version, snapshot.path, {})
    assert len(site.overview("counts")) > 5
    assert site.overview("counts") is site.overview("counts")


def test_a_snapshot_without_the_answers_is_asked_for_them(engine: EmbeddedEngine, tmp_path: Path) -> None:
    assert counts.read_overview(tmp_path, "counts") is None
    site = Site(engine, "0" * 64, tmp_path, {})
    assert site.overview("counts") == ask(engine, "counts")


def test_a_spoilt_answer_says_what_to_do(snapshot: Snapshot, tmp_path: Path) -> None:
    shutil.copytree(snapshot.path / counts.OVERVIEWS, tmp_path / counts.OVERVIEWS)
    for spoilt in ("{", "{}", "[]", '{"names": ["n"], "terms": [], "rows": [[0]]}'):
        (tmp_path / counts.OVERVIEWS / "counts.json").write_text(spoilt)
        with pytest.raises(SnapshotError, match="cityrights build"):
            counts.read_overview(tmp_path, "counts")


def test_nobody_waits_for_an_index_to_be_opened(engine: EmbeddedEngine, snapshot: Snapshot) -> None:
    """All are open when the first request comes: of a large graph one takes longer to open than a page to make."""
    site = Site(engine, snapshot.version, snapshot.path, snapshot.manifest)
    asyncio.run(SiteApplication(site, borrows=True).open())
    opened = vars(site.indexes)
    assert {"search", "facets", "proximity", "pointers"} <= opened.keys()
    assert opened["_overviews"].keys() == set(counts.NAMES)
    connections = site.indexes.proximity
    assert "_by_item" in vars(connections.table)
    assert "_by_place" in vars(connections.measure())
    assert "_counts" in vars(connections._likenesses)
