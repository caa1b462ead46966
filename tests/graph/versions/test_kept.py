"""What is kept of versions, what is deleted, and what is still known of that: in real folders of snapshots."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import cityrights
from cityrights.cli import group
from cityrights.errors import CityrightsError, GoneVersion, SnapshotError, UnknownVersion
from cityrights.home import home
from cityrights.pipeline.steps import build
from cityrights.snapshot import DRAFT, Snapshot
from cityrights.versions import kept
from cityrights.versions.releases import File, Release, write
from cityrights.vocabulary import GRAPH_VOCABULARY, OWL


def release(version: str, name: str = "2026.1", doi: str = "10.5281/zenodo.1") -> Release:
    files = {"cityrights.nq": File(3, "0" * 64)}
    return Release(
        name, date(2026, 11, 30), version, "0.2.0", "1", "0" * 40, 3, 3, doi=doi, files=files, notes={"en": "One."}
    )


class Home:
    """A home whose data are one line, and its folder of snapshots."""

    def __init__(self, folder: Path) -> None:
        self.path, self.snapshots = folder / "home", folder / "snapshots"
        for name in ("ontology", "data", "queries/construct", "queries/explore"):
            (self.path / name).mkdir(parents=True)
        for name in ("pages", "index"):
            shutil.copytree(home() / "queries" / name, self.path / "queries" / name)
        (self.path / "pyproject.toml").touch()

    def build(self, name: str) -> Snapshot:
        """Build, and take up, data that say ``name``, with that as the number of the ontology."""
        text = f'<{GRAPH_VOCABULARY}> {{ <{kept.ONTOLOGY}> <{OWL}versionInfo> "{name}" }}\n'
        (self.path / "data" / "a.trig").write_text(text, "utf-8")
        return build(self.path, self.snapshots, current=True).snapshot


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path)
    monkeypatch.setenv("CITYRIGHTS_HOME", str(made.path))
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(made.snapshots))
    return made


def folders(of: Home) -> set[str]:
    return {path.name for path in of.snapshots.iterdir() if path.is_dir() and not path.is_symlink()} - {
        "history",
        "library",
    }


def test_building_keeps_the_last_versions_and_all_releases(house: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.KEEP, "2")
    first = house.build("1")
    write(release(first.version), house.path)
    second, third, fourth = (house.build(number) for number in "234")
    assert folders(house) == {first.short, third.short, fourth.short}
    known = kept.known(house.snapshots, [release(first.version)])
    gone = known[second.version]
    assert (gone.folder, gone.replaced_by) == (None, third.version)
    assert gone.gone is not None
    assert gone.taken_up is not None
    stone = json.loads((house.snapshots / "history" / "gone" / f"{second.version}.json").read_text())
    assert stone == gone.record()
    assert kept.find("2026.1", known).digest == first.version
    assert kept.find(first.version[:12], known).release == "2026.1"
    again = house.build("2")  # it is back, and no longer gone
    assert again.version == second.version
    assert not (house.snapshots / "history" / "gone" / f"{second.version}.json").exists()


def test_what_was_built_and_never_published_has_no_address_and_no_tombstone(house: Home) -> None:
    published = house.build("1")
    drafts = [house.snapshots / (digit * 12) for digit in "abcde"]
    for age, folder in enumerate(drafts):
        shutil.copytree(published.path, folder)
        os.utime(folder, (age, age))
    (house.snapshots / DRAFT).unlink(missing_ok=True)
    (house.snapshots / DRAFT).symlink_to(drafts[0].name)
    with pytest.raises(UnknownVersion):
        kept.snapshot_of(drafts[-1].name)
    kept.prune(house.snapshots)
    assert folders(house) == {published.short, *(folder.name for folder in (drafts[0], *drafts[2:]))}
    assert not (house.snapshots / "history" / "gone").exists()


def test_a_release_whose_record_cannot_be_read_keeps_everything(house: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.KEEP, "1")
    first = house.build("1")
    (house.path / "data" / "releases").mkdir()
    (house.path / "data" / "releases" / "2026.1.toml").write_text("name = 7")
    house.build("2")
    assert first.path.is_dir()


def test_a_number_of_versions_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("0", "-1", "ten", "1.5", "9999999"):
        monkeypatch.setenv(kept.KEEP, text)
        with pytest.raises(CityrightsError, match="a number from 1"):
            kept.number_kept()


def test_names_are_whole_and_another_version_is_never_given(house: Home) -> None:
    one = house.build("1")
    known = kept.known(house.snapshots)
    for name in ("", one.short[:11], one.version[:13], one.version.upper(), one.version[:12] + "0" * 52, "2026.1"):
        with pytest.raises(UnknownVersion):
            kept.find(name, known)
    twin = one.version[:12] + "f" * 52
    with pytest.raises(UnknownVersion, match="all 64"):
        kept.find(one.short, {**known, twin: kept.Version(twin)})
    assert kept.find(one.version, {**known, twin: kept.Version(twin)}).digest == one.version
    with pytest.raises(GoneVersion):  # the folder of these digits holds another one
        kept.find(twin, kept.known(house.snapshots, served=twin))


def test_a_release_that_is_not_here_is_gone_and_says_where_it_is_archived(house: Home) -> None:
    first, _second = house.build("1"), house.build("2")
    write(release(first.version), house.path)
    shutil.rmtree(first.path)
    with pytest.raises(GoneVersion, match=r"archived at https://doi\.org/10\.5281/zenodo\.1") as caught:
        kept.snapshot_of("2026.1")
    assert caught.value.tombstone["gone"] is None  # nobody noted when
    assert caught.value.tombstone["release"] == "2026.1"


def test_the_command_line_and_python_read_a_version_that_is_kept(house: Home) -> None:
    first, second = house.build("1"), house.build("2")
    write(release(first.version), house.path)
    query = f"SELECT ?v {{ <{kept.ONTOLOGY}> <{OWL}versionInfo> ?v }}"
    for name, number in (("2026.1", "1"), (first.short, "1"), (first.version, "1"), (second.short, "2")):
        with cityrights.open(version=name) as graph:
            assert [row["v"] for row in graph.select(query)] == [number]
        done = CliRunner().invoke(group, ["query", "--snapshot", name, query])
        assert done.stdout.split() == ["v", number], name
    kept.bury(house.snapshots, kept.known(house.snapshots)[first.version])
    for command in (["query", "--snapshot", first.short, query], ["diff", first.short]):
        done = CliRunner().invoke(group, command)
        assert done.exit_code != 0
        assert f"version {second.short[:12]} took its place" in str(done.exception) + done.output, command
    with pytest.raises(GoneVersion, match="not kept here since"):
        cityrights.open(version=first.short)
    with pytest.raises(ValueError, match="an endpoint has its version"):
        cityrights.open(version=first.short, endpoint="http://127.0.0.1:9/sparql")
    with pytest.raises(UnknownVersion, match="twelve"):
        cityrights.open(version="latest")


def test_the_damage_of_a_version_that_is_kept_is_told(house: Home) -> None:
    first = house.build("1")
    house.build("2")
    first.nquads.write_bytes(b"")
    with pytest.raises(SnapshotError, match="0 bytes"):
        cityrights.open(version=first.short)
    (first.path / "manifest.json").write_text("[]")
    with pytest.raises(SnapshotError):
        cityrights.open(version=first.short)


def test_an_ontology_outlives_the_versions_that_have_it(house: Home) -> None:
    first, second, third = (house.build(number) for number in ("0.1.0", "0.2.0", "0.2.0.1"))
    known = kept.known(house.snapshots)
    found = kept.with_ontology("0.1.0", known.values())
    assert found is not None
    assert (found.digest, kept.ontology_of(second.path), kept.ontology_of(third.path)) == (
        first.version,
        "0.2.0",
        "0.2.0.1",
    )
    kept.prune(house.snapshots, keep=1)
    assert kept.with_ontology("0.1.0", kept.known(house.snapshots).values()) is None
    path = kept.ontology_kept(house.snapshots, "0.1.0")
    assert path is not None
    assert path.read_text() == f'<{kept.ONTOLOGY}> <{OWL}versionInfo> "0.1.0" .\n'
    for name in ("../gone/x", "9.9", "", "0.1.0.nt"):
        assert kept.ontology_kept(house.snapshots, name) is None


def test_a_record_that_names_no_version_has_no_folder_deleted(house: Home) -> None:
    published = house.build("1")
    history = house.snapshots / "history"
    (record,) = history.glob("*.json")
    beside = house.snapshots.parent / "beside"
    beside.mkdir()
    (beside / "file").touch()
    told = json.loads(record.read_text("utf-8"))
    for day, (version, before) in enumerate(
        (("", ""), ("..", ""), ("../beside", ""), ("history", ""), ("A" * 64, "")), 1
    ):
        path = history / f"2020010{day}T000000Z-000000000000.json"
        path.write_text(json.dumps({**told, "version": version, "before": before}, indent=1), "utf-8")
    for day, before in enumerate(("../beside", "history"), 1):
        path = history / f"2020020{day}T000000Z-000000000000.json"
        path.write_text(json.dumps({**told, "before": before}, indent=1), "utf-8")
    for path in house.snapshots.glob("*/manifest.json"):
        assert path.is_file()
    gone = kept.prune(house.snapshots, keep=1)
    assert not gone
    assert set(kept.known(house.snapshots)) == {published.version}
    assert folders(house) == {published.short}
    assert (beside / "file").exists()
