"""Releases: records read and written, bad ones told with their place, and a DOI that comes later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cityrights.errors import CityrightsError
from cityrights.versions.releases import File, Release, read, release_of, releases, text, valid_doi, with_doi, write
from sparqlgate.errors import InputError

DIGEST = "0123456789abcdef" * 4
FIRST = Release(
    "2026.1", date(2026, 11, 30), DIGEST, "0.2.0", "0.1.0", "a" * 40, 40_000, 30_000,
    files={"cityrights.nq": File(12, "b" * 64)},
    notes={"en": "The first.\n", "fr": "La première.\n", "es": "La primera.\n"},
)  # fmt: skip


def test_a_record_is_read_as_it_was_written_and_names_come_newest_first(tmp_path: Path) -> None:
    tenth = replace(FIRST, name="2026.10", version="f" * 64, notes={"en": "Only in English.\n"})
    for release in (FIRST, tenth, replace(tenth, name="2026.9", version="e" * 64)):
        path = write(release, tmp_path)
        assert path.read_text("utf-8") == text(release)
    found = releases(tmp_path)
    assert [one.name for one in found] == ["2026.10", "2026.9", "2026.1"]
    assert found[0] == tenth
    assert found[2] == FIRST
    assert release_of(DIGEST[:12], tmp_path) == FIRST
    assert release_of("0" * 12, tmp_path) is None
    assert release_of("", tmp_path) is None


def test_there_need_be_no_releases(tmp_path: Path) -> None:
    assert releases(tmp_path) == []


def test_a_record_that_is_none_is_told_with_its_place(tmp_path: Path) -> None:
    path = write(FIRST, tmp_path)
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
