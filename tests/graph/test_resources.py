"""Where the files are looked for, and what is said when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cityrights import home
from cityrights.errors import ResourceNotFound, SnapshotError
from cityrights.snapshot import Snapshot


def test_the_checkout_is_found(root: Path) -> None:
    assert home.home() == root


def test_folders_of_the_working_directory_are_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    for part in home.PARTS:
        (tmp_path / part).mkdir()
    monkeypatch.chdir(tmp_path)
    assert home.home() == root


def test_a_chosen_home_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in home.PARTS:
        (tmp_path / part).mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(tmp_path))
    assert home.home() == tmp_path


def test_a_chosen_home_that_lacks_a_part_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(tmp_path))
    with pytest.raises(ResourceNotFound, match=r"no instance\.toml and lacks ontology, queries"):
        home.home()


def test_no_snapshot_names_the_command_that_builds_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cityrights publish"):
        Snapshot.current(tmp_path)


def test_a_manifest_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", "utf-8")
    for name in ("store", "cityrights.nq"):
        (tmp_path / name).touch()
    with pytest.raises(SnapshotError, match="cannot be read"):
        Snapshot.open(tmp_path)
