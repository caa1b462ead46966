"""The graph that expected answers speak of: that of the sources they were taken from, whatever others say."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from cityrights.home import home
from cityrights.pipeline import build
from cityrights.snapshot import Snapshot

#: The folders of ``data/sources`` from which the expected answers were taken, unless they name others.
SHIPPED = ("external", "ohchr-consultation-2025", "twenty-practices")
Telling = Callable[[Iterable[str]], Snapshot]


def without_others(house: Path, sources: Iterable[str], folder: Path) -> Path | None:
    """Copy a house into ``folder`` without the sources that are not named; None where it has no other."""
    every = {path.name for path in (house / "data" / "sources").iterdir() if path.is_dir()}
    if every <= set(sources):
        return None
    for part in ("ontology", "queries"):
        (folder / part).symlink_to(house / part)
    others = every - set(sources)
    shutil.copytree(house / "data", folder / "data", ignore=lambda place, names: others & set(names))
    return folder


@pytest.fixture(scope="session")
def telling(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Telling:
    """Return the snapshot of what some sources say: the shipped one, unless there are others to be left out."""

    @cache
    def of(sources: tuple[str, ...]) -> Snapshot:
        house = without_others(home(), sources, tmp_path_factory.mktemp("told"))
        return snapshot if house is None else build(house, tmp_path_factory.mktemp("snapshots")).snapshot

    return lambda sources: of(tuple(sorted(sources)))


@pytest.fixture(scope="session")
def told(telling: Telling) -> Snapshot:
    """Return the snapshot of what the shipped sources say."""
    return telling(SHIPPED)
