"""The build asks every question: once for each text and version, outside the version, and aloud where it is in vain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cityrights.cli.build import build as command
from cityrights.library.running import Ledger
from cityrights.pipeline import build
from sparqlgate.errors import InputError

HEAD = "\n".join(
    f"# {field}{language}: {field} {language}" for field in ("title", "question") for language in ("", "@fr", "@es")
)
GOOD = 'SELECT ?s WHERE { GRAPH ?g { ?s rdfs:label "A"@en } }'
EMPTY = "SELECT ?s WHERE { ?s <http://example.org/no> ?o }"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house with one thing and one question that finds it."""
    for name in ("ontology", "data", "queries/construct", "queries/explore"):
        (tmp_path / "house" / name).mkdir(parents=True)
    triple = '<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "A"@en'
    (tmp_path / "house" / "data" / "a.trig").write_text(f"<http://example.org/g> {{ {triple} }}\n")
    write(tmp_path / "house", "good", GOOD)
    return tmp_path / "house"


def write(house: Path, name: str, text: str) -> None:
    (house / "queries" / "explore" / f"{name}.rq").write_text(f"{HEAD}\n# tags: a, b\n\n{text}\n")


def test_each_question_is_recorded_with_rows_and_time(house: Path, tmp_path: Path) -> None:
    done = build(house, tmp_path / "s")
    run = done.questions["good"]
    assert (run.rows, run.complaint) == (1, "")
    assert run.milliseconds > 0
    ledger = Ledger(tmp_path / "s")
    known = ledger.runs(done.snapshot.short)
    assert known is not None
    assert (known.version, known.runs["good"]) == (done.snapshot.version, run)
    assert ledger.answer(run.answer) == ["?s", "<http://example.org/a>"]
    assert GOOD in str(ledger.text(run.text))


def test_what_is_known_is_not_asked_again_and_what_is_new_is(house: Path, tmp_path: Path) -> None:
    first = build(house, tmp_path / "s")
    again = build(house, tmp_path / "s")
    assert again.reused
    assert again.questions == first.questions
    write(house, "other", GOOD + "\n# more")
    write(house, "good", GOOD.replace("?g", "?h"))
    third = build(house, tmp_path / "s")
    assert third.reused
    assert third.snapshot.version == first.snapshot.version
    assert list(third.questions) == ["good", "other"]
    assert third.questions["good"].text != first.questions["good"].text
    assert third.questions["good"].answer == first.questions["good"].answer


def test_questions_change_neither_the_version_nor_the_snapshot(house: Path, tmp_path: Path) -> None:
    one = build(house, tmp_path / "one").snapshot
    (house / "queries" / "explore" / "good.rq").unlink()
    other = build(house, tmp_path / "other").snapshot
    assert one.version == other.version
    assert one.manifest == other.manifest
    assert {path.name for path in one.path.iterdir()} == {path.name for path in other.path.iterdir()}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (EMPTY, "no rows with its default values"),
        ("SELECT ?s WHERE { ?s", "never closed"),
        ("SELECT * { SERVICE <x:y> { ?a ?b ?c } }", "SERVICE"),
    ],
)
def test_a_question_in_vain_is_a_warning_each_time(house: Path, tmp_path: Path, text: str, complaint: str) -> None:
    write(house, "bad", text)
    for _ in range(2):
        done = CliRunner().invoke(command, ["--home", str(house), "--snapshot", str(tmp_path / "s")])
        assert done.exit_code == 0
        assert "warning: the question bad: " in done.stderr
        assert complaint in done.stderr.replace("\n", " ")
        assert "the question good" not in done.stderr
    report = CliRunner().invoke(command, ["--home", str(house), "--snapshot", str(tmp_path / "s"), "--json"])
    assert json.loads(report.stdout)["questions"]["good"]["rows"] == 1


def test_wrong_front_matter_stops_the_build_before_anything_changes(house: Path, tmp_path: Path) -> None:
    (house / "queries" / "explore" / "bad.rq").write_text("# titel: no\n")
    with pytest.raises(InputError, match="front matter"):
        build(house, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_the_runs_are_there_before_the_snapshot_becomes_the_current_one(house: Path, tmp_path: Path) -> None:
    """Else a server that takes it up at once would not know them."""
    seen = []

    def progress(step: str, done: int, total: int) -> None:
        if step == "asking the questions":
            seen.append((tmp_path / "s" / "current").exists())

    done = build(house, tmp_path / "s", progress=progress, current=True)
    assert seen == [False]
    assert Ledger(tmp_path / "s").runs(done.snapshot.short) is not None


def test_a_ledger_that_cannot_be_written_is_said_once_and_stops_nothing(
    house: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(house, "other", GOOD + " LIMIT 1")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "library").write_text("in the place of the folder")
    done = build(house, tmp_path / "s", current=True)
    assert {name: run.rows for name, run in done.questions.items()} == {"good": 1, "other": 1}
    assert (tmp_path / "s" / "current").resolve() == done.snapshot.path
    assert len([record for record in caplog.records if "cannot be written" in record.message]) == 1


def test_a_folder_that_is_up_to_date_is_not_written_to(house: Path, tmp_path: Path) -> None:
    """Such a folder may be on a medium that is only read."""

    def state() -> dict[Path, tuple[int, int]]:
        paths = [path for path in [folder, *folder.rglob("*")] if "store" not in path.parts]
        return {path: (path.lstat().st_ino, path.lstat().st_mtime_ns) for path in paths}

    folder = tmp_path / "s"
    build(house, folder, current=True)
    before = state()
    assert build(house, folder, current=True).reused
    assert state() == before
