"""Releases: records read and written, bad ones told with their place, and a DOI that comes later."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from datetime import date, datetime, tzinfo
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from cityrights.check.receipts import ingredients
from cityrights.check.syntax import files_of
from cityrights.cli import group
from cityrights.errors import CityrightsError
from cityrights.pipeline.steps import digest_of_files
from cityrights.snapshot import Snapshot
from cityrights.versions.releases import (
    Checkout,
    File,
    Release,
    read,
    release_of,
    releases,
    text,
    valid_doi,
    with_doi,
    write,
)
from sparqlgate.errors import InputError
from tests.support import HISTORY, MARK, need

DIGEST = "0123456789abcdef" * 4
FIRST = Release(
    "2026.1", date(2026, 11, 30), DIGEST, "0.2.0", "0.1.0", "a" * 40, 40_000, 30_000,
    files={"cityrights.nq": File(12, "b" * 64)},
    notes={"en": "The first.\n", "fr": "La première.\n", "es": "La primera.\n"},
)  # fmt: skip


def test_a_record_is_read_as_it_was_written_and_names_come_newest_first(tmp_path: Path) -> None:
    tenth = replace(FIRST, name="2026.10", version="f" * 64, notes={"en": "Only in English.\n"})
    for release in (FIRST, tenth, replace(tenth, name="2026.9", version="e" * 64)):
        path = write(release, tmp_path)[0]
        assert path.read_text("utf-8") == text(release)
    found = releases(tmp_path)
    assert [one.name for one in found] == ["2026.10", "2026.9", "2026.1"]
    assert found[0] == tenth
    assert found[2] == FIRST
    assert release_of(DIGEST[:12], tmp_path) == FIRST
    assert release_of("0" * 12, tmp_path) is None
    assert release_of("", tmp_path) is None


def test_a_record_is_nothing_that_the_build_reads(checkout: Path) -> None:
    """A version is the digest of the graph, which cannot hold its own name."""
    before, checked = digest_of_files(checkout), ingredients(checkout)
    write(FIRST, checkout)
    assert digest_of_files(checkout) == before
    assert ingredients(checkout) == checked, "what was published stays what would be published"
    assert not [item.path for item in files_of(checkout)[0] if "releases" in item.path.parts], "nor the check"
    assert files_of(checkout)[1] == [], "which calls none of it stray"


def test_there_need_be_no_releases(tmp_path: Path) -> None:
    assert releases(tmp_path) == []


def test_a_record_that_is_none_is_told_with_its_place(tmp_path: Path) -> None:
    path = write(FIRST, tmp_path)[0]
    good = path.read_text("utf-8")
    for old, new, told in (
        ('name = "2026.1"', 'name = "2026.2"', "the name is not that of the file"),
        ("2026-11-30", '"2026-11-30"', "the date is not a day"),
        ("2026-11-30", "2026-11-30T00:00:00Z", "the date is not a day"),
        (DIGEST, DIGEST[:12], "version is not a digest"),
        ('software = "0.1.0"\n', "", "software is no text"),
        ('doi = ""', 'doi = "zenodo.1"', "doi is none"),
        ("quads = 40000", "quads = true", "quads is no number"),
        ("bytes = 12", "bytes = -1", "files are not tables"),
        ('name = "2026.1"', "name = 2026.1.2", "toml:1: is no TOML"),
    ):
        path.write_text(good.replace(old, new), "utf-8")
        with pytest.raises(InputError) as caught:
            releases(tmp_path)
        assert told in str(caught.value), (new, str(caught.value))
        assert str(path) in str(caught.value)
    path.write_text(good, "utf-8")
    path.with_suffix(".md").unlink()
    with pytest.raises(InputError, match=r"2026\.1\.md"):
        read(path)


def test_a_doi_comes_later_and_stays(tmp_path: Path) -> None:
    write(FIRST, tmp_path)
    write(replace(FIRST, name="2026.2", version="f" * 64), tmp_path)
    assert with_doi("2026.1", "https://doi.org/10.5281/zenodo.1234567", tmp_path).doi == "10.5281/zenodo.1234567"
    assert [one.doi for one in releases(tmp_path)] == ["", "10.5281/zenodo.1234567"]
    assert with_doi("2026.1", "10.5281/zenodo.1234567", tmp_path).doi_address.endswith("/10.5281/zenodo.1234567")
    for name, doi, told in (
        ("2026.1", "10.5281/zenodo.7", "a DOI stays"),
        ("2026.2", "10.5281/ZENODO.1234567", "is the DOI of release 2026.1"),
        ("2026.3", "10.5281/zenodo.7", "there is no release 2026.3; there are: 2026.2, 2026.1"),
        ("../x", "10.5281/zenodo.7", "is no name of a release"),
        ("2026.2", "10.5281", "is no DOI"),
    ):
        with pytest.raises(CityrightsError) as caught:
            with_doi(name, doi, tmp_path)
        assert told in str(caught.value)


def test_what_is_no_doi_is_refused() -> None:
    assert valid_doi(" doi:10.5281/zenodo.1 ") == "10.5281/zenodo.1"
    for wrong in ("", "10.5281/", "11.5281/zenodo.1", "10.5281/zenodo 1", "https://example.org/10.5281/zenodo.1"):
        with pytest.raises(CityrightsError, match="is no DOI"):
            valid_doi(wrong)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of an empty home, with one commit of the 30 November 2026."""
    place = tmp_path / "checkout"
    for name in ("ontology", "data", "queries"):
        (place / name).mkdir(parents=True)
    (place / "data" / "dataset.ttl").write_text("", "utf-8")
    git(place, "init", "--quiet")
    commit(place)
    return place


def git(place: Path, *arguments: str, when: str = "2026-11-30T12:00:00Z") -> None:
    names = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(place), *who, *arguments], env={**os.environ, **names}, check=True)


def commit(place: Path, when: str = "2026-11-30T12:00:00Z") -> None:
    git(place, "add", "--all", when=when)
    git(place, "commit", "--quiet", "--allow-empty", "--message", "a", when=when)


def refused(place: Path, name: str, notes: Path, *more: str) -> str:
    """Return why ``cityrights release`` of a home is refused; nothing has been written then."""
    before = {path for path in place.rglob("*") if ".git" not in path.parts}
    called = ["--home", str(place), "--snapshot", str(place.parent / "snapshots")]
    done = CliRunner().invoke(group, ["release", name, "--notes", str(notes), *called, *more])
    assert isinstance(done.exception, CityrightsError), (done.output, done.exception)
    assert {path for path in place.rglob("*") if ".git" not in path.parts} == before
    return str(done.exception)


def test_what_cannot_be_released_is_told_with_the_reason(checkout: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("Much.\n", "utf-8")
    for name in ("v1", "2026", "2026.01", "2026.0", "26.1", "2026.1-rc", "../2026.1", "٢٠٢٦.1"):
        assert "is no name of a release" in refused(checkout, name, notes), name
    (checkout / "data" / "new.trig").write_text("", "utf-8")
    (checkout / "data" / "dataset.ttl").write_text("# changed", "utf-8")
    told = refused(checkout, "2026.1", notes)
    assert "data/dataset.ttl, data/new.trig are not committed" in told
    (checkout / "data" / "new.trig").write_text("<a>", "utf-8")
    commit(checkout)
    told = refused(checkout, "2026.1", notes)
    assert re.match(r"the check finds [1-9][0-9]* errors and could not do all \(rules, ", told), told
    empty = tmp_path / "empty.md"
    empty.write_text("\n", "utf-8")
    assert "the notes are empty" in refused(checkout, "2026.1", empty)
    assert "is there already" in refused(checkout, "2026.1", notes, "-o", str(checkout / "data"))
    write(replace(FIRST, name="2026.2"), checkout)
    commit(checkout)
    assert "there is a release 2026.2 already" in refused(checkout, "2026.2", notes)
    assert "2026.1 comes before 2026.2" in refused(checkout, "2026.1", notes)
    commit(checkout, "2026-11-29T12:00:00Z")
    assert "the clock went back" in refused(checkout, "2026.3", notes)
    commit(checkout, "2099-01-01T12:00:00Z")
    assert "which is still to come" in refused(checkout, "2099.1", notes)
    shutil.rmtree(checkout / ".git")
    assert "is no checkout of git" in refused(checkout, "2026.3", notes)


def test_many_files_that_are_not_committed_are_counted(checkout: Path, tmp_path: Path) -> None:
    for number in range(25):
        (checkout / f"{number:02}.txt").write_text("", "utf-8")
    with pytest.raises(CityrightsError, match=r"00\.txt, .*, 09\.txt and 15 more are not committed"):
        Checkout(checkout).require_clean()


def test_a_checkout_without_a_commit_is_told(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(CityrightsError, match="there is no commit yet"):
        Checkout(tmp_path).revision()


def test_a_release_is_made_and_made_again_byte_for_byte(
    snapshot: Snapshot, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a clone of this repository: released, committed, made again in another year, given a DOI, made again."""
    need(HISTORY)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    clone, snapshots = tmp_path / "clone", tmp_path / "snapshots"
    subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
    for path in (clone / "data" / "releases").glob("*.toml"):  # what is released here is another matter
        path.unlink()
    commit(clone, "2026-11-30T23:59:59Z")
    shutil.copytree(snapshot.path.parent, snapshots, symlinks=True)  # used again where the clone has the same files
    notes = tmp_path / "notes.md"
    notes.write_text("The first.\n", "utf-8")
    notes.with_name("notes.fr.md").write_text("La première.\n", "utf-8")
    home = ("--home", str(clone), "--snapshot", str(snapshots))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(group, ["release", *arguments], catch_exceptions=False)
        assert not done.exit_code, done.output
        return done.output

    run("2026.1", "--notes", str(notes), "-o", str(tmp_path / "first"), *home)
    (made,) = releases(clone)
    assert (made.date, made.notes["fr"]) == (date(2026, 11, 30), "La première.\n")
    commit(clone, "2026-12-01T00:00:00Z")
    status = subprocess.run(["git", "-C", str(clone), "status", "--porcelain"], capture_output=True, check=True)
    assert not status.stdout
    assert f"version: {json.dumps(made.name)}" in (clone / "CITATION.cff").read_text("utf-8")
    assert f"(Version {made.name})" in (clone / "README.md").read_text("utf-8")

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Later:
            return cls(2031, 1, 1, tzinfo=tz)

    monkeypatch.setattr("cityrights.cli.versions.datetime", Later)
    run("again", "2026.1", "-o", str(tmp_path / "second"), *home)
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        for folder in (tmp_path / "first", tmp_path / "second")
    )
    assert first.keys() == second.keys()
    assert [path for path in first if first[path] != second[path]] == []
    with pytest.raises(CityrightsError, match=r"is release 2026\.1 already: nothing has changed since"):
        run("2026.2", "--notes", str(notes), *home)
    run("doi", "2026.1", "10.5281/zenodo.1234567", "--home", str(clone))
    run("again", "2026.1", "-o", str(tmp_path / "third"), *home)
    for file in ("CITATION.cff", "datacite.json", "ro-crate-metadata.json", "README.md"):
        assert "10.5281/zenodo.1234567" in (tmp_path / "third" / file).read_text("utf-8"), file
    (clone / "ontology" / "context.jsonld").write_text("{}", "utf-8")
    with pytest.raises(CityrightsError, match=r"ontology/context\.jsonld are not as in release 2026\.1; check it out"):
        run("again", "2026.1", *home)


#: A commit, and the version that its own code made of it: known until the first release is.
EARLIER = (
    "159dae15da256e57757ff2f20813444112b922ef",
    "33c045f72790f573c18718f096ba2c6b67516f5463577802bdbdb752dcc17706",
)


def test_an_earlier_commit_gives_the_version_that_was_recorded(tmp_path: Path, root: Path) -> None:
    """Built by its own code, from the history of a full clone: the last release, or what was recorded before."""
    need(HISTORY)
    known = releases(root)
    revision, version = (known[0].revision, known[0].version) if known else EARLIER
    place = tmp_path / "then"
    place.mkdir()
    packed_files = subprocess.run(["git", "-C", str(root), "archive", revision], capture_output=True, check=False)
    if packed_files.returncode:
        pytest.skip(f"{MARK}{HISTORY.name}: {HISTORY.provide}")
    with tarfile.open(fileobj=BytesIO(packed_files.stdout)) as packed:
        packed.extractall(place, filter="data")
    code = "from cityrights.cli import main; main()"
    built = subprocess.run(
        [sys.executable, "-c", code, "build", "--home", str(place), "--snapshot", str(tmp_path / "built"), "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(place / part) for part in ("gate", "src"))},
        capture_output=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(built.stdout)["version"] == version
