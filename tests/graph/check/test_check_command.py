"""``cityrights check`` and ``cityrights format`` as they are called: output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cityrights.authoring import editable
from cityrights.cli.authoring import format_
from cityrights.cli.check import check
from cityrights.errors import CityrightsError
from cityrights.home import home

TYPED = "<https://w3id.org/cityrights/graph/x> { <https://w3id.org/cityrights/id/city/delft> a <urn:City> }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project folder with the shipped rules and shapes and one file."""
    (tmp_path / "data").mkdir()
    (tmp_path / "ontology").symlink_to(home() / "ontology")
    (tmp_path / "queries").symlink_to(home() / "queries")
    (tmp_path / "data" / "x.trig").write_text(TYPED)
    return tmp_path


def test_findings_are_grouped_with_the_repair_and_give_1(project: Path) -> None:
    result = CliRunner().invoke(check, ["--home", str(project)])
    assert result.exit_code == 1
    assert "label-missing (3)" in result.stdout
    assert "x.trig:1: city/delft: has no label in fr" in result.stdout
    assert "→ make format" in result.stdout
    assert "\x1b[" not in result.stdout


def test_json_is_one_report(project: Path) -> None:
    result = CliRunner().invoke(check, ["--home", str(project), "--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["clean"] is False
    rules = {finding["rule"] for finding in report["findings"]}
    assert {"layout", "path-kind", "orphan"} <= rules
    assert report["looked_at"]["rules"] >= 25


def test_documents_that_are_not_there_give_2(project: Path) -> None:
    result = CliRunner().invoke(check, ["--home", str(project), "--sources", str(project / "data")])
    assert result.exit_code == 2
    assert "none of the documents is here" in result.stderr


def test_format_changes_what_is_not_canonical(project: Path) -> None:
    path = project / "data" / "x.trig"
    runner = CliRunner()
    assert runner.invoke(format_, ["--check", str(path)]).exit_code == 1
    assert path.read_text() == TYPED
    assert runner.invoke(format_, [str(project / "data")]).exit_code == 0
    assert path.read_text() != TYPED
    assert runner.invoke(format_, ["--check", str(path)]).exit_code == 0


def test_format_mends_line_ends_and_says_what_is_lost(project: Path) -> None:
    path = project / "data" / "x.trig"
    runner = CliRunner()
    runner.invoke(format_, [str(path)])
    tidy = path.read_bytes()
    path.write_bytes(tidy.replace(b"\n", b"\r\n") + b"# lost")
    result = runner.invoke(format_, [str(path)])
    assert "without 1 lines of comment" in result.stdout
    assert path.read_bytes() == tidy


def test_format_names_the_line_of_a_file_that_is_wrong(project: Path) -> None:
    path = project / "data" / "x.trig"
    path.write_text("<urn:g> {\n <urn:a> <urn:b> }")
    result = CliRunner().invoke(format_, [str(path)])
    assert result.exit_code == 1
    assert f"{path}:2:" in result.stderr


def test_the_installed_resources_are_not_for_editing(tmp_path: Path) -> None:
    with pytest.raises(CityrightsError, match="not for editing"):
        editable(tmp_path / "_resources")
    assert editable(tmp_path) == tmp_path
