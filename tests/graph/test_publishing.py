"""Publishing: what has an error never becomes the current snapshot, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cityrights.publishing
from cityrights.check import receipts
from cityrights.check.run import Report
from cityrights.cli import group
from cityrights.errors import CityrightsError, InputError, SnapshotError
from cityrights.pipeline import build
from cityrights.publishing import NotPublished, check_home, publish_home, published
from cityrights.snapshot import DRAFT, Snapshot
from cityrights.versions.history import records
from tests.homes import checked_home, note
from tests.support import HANG

_PROGRAM = [sys.executable, "-c", "from cityrights.cli import main; main()"]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return checked_home(tmp_path / "house")


@pytest.fixture
def snapshots(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was checked, by the documents that were at hand, in place of a check that takes a second."""
    made: list[object] = []

    def checked(_folder: Path, _in: Path, sources: Path | None, _source: str, _progress: object) -> Report:
        made.append(sources)
        return Report(looked_at={"files": 1})

    monkeypatch.setattr(cityrights.publishing, "_checked", checked)
    return made


def _ask(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def test_a_build_is_a_draft_and_what_has_no_error_is_published(house: Path, snapshots: Path) -> None:
    where = ("--home", house, "--snapshot", snapshots)
    done = _ask("build", *where)
    assert done.exit_code == 0, done.output
    assert "a draft, which nothing reads yet" in done.stderr
    assert not (snapshots / "current").exists()
    done = _ask("publish", *where)
    assert done.exit_code == 0, done.output
    first = Snapshot.current(snapshots)
    assert (
        f"version {first.short} is published: 2 quads" in done.stdout.replace("  ", " ") or first.short in done.stdout
    )
    note(house, "two")
    for arguments in (("build", *where), ("build", "--force", *where)):
        assert _ask(*arguments).exit_code == 0
        assert Snapshot.current(snapshots).version == first.version
        assert Snapshot.open(snapshots / DRAFT).version != first.version
    told = json.loads(_ask("publish", "--json", *where).stdout)
    assert (told["published"], told["moved"], told["checked"]["clean"]) == (True, True, True)
    assert Snapshot.current(snapshots).version == told["version"] == Snapshot.open(snapshots / DRAFT).version
    assert [record.version for record in records(snapshots)] == [told["version"], first.version]


def test_an_error_is_told_with_its_place_and_its_repair_and_nothing_moves(house: Path, snapshots: Path) -> None:
    first = publish_home(house, snapshots).snapshot
    note(house, "wrong")
    command = [*_PROGRAM, "publish", "--home", str(house), "--snapshot", str(snapshots)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    for part in (
        f"is not published, because of 1 error; the current version stays {first.short}.",
        f"{house}/data/note.trig:5: ",
        "All of them: cityrights check.",
        f"When they are mended: cityrights publish --snapshot {snapshots}.",
        "cityrights serve --draft",
    ):
        assert part in said, part
    assert "Traceback" not in said
    with pytest.raises(NotPublished) as caught:
        publish_home(house, snapshots)
    with_documents = NotPublished(caught.value.report, caught.value.snapshot, snapshots, Path("my documents"))
    assert "All of them: cityrights check --sources 'my documents'. When" in str(with_documents)
    assert "→ write something else" in done.stdout
    assert Snapshot.current(snapshots).version == first.version
    assert len(records(snapshots)) == 1
    told = json.loads(_ask("publish", "--json", "--home", house, "--snapshot", snapshots).stdout)
    assert (told["published"], len(told["findings"])) == (False, 1)
    for broken, kind, reason in (
        ("data/note.trig", InputError, r"note\.trig:2:3:"),
        ("queries/checks/note-wrong.rq", InputError, "the rule does not parse"),
    ):
        kept = (house / broken).read_text("utf-8")
        (house / broken).write_text("# A rule that is a sentence.\n<<<", "utf-8")
        with pytest.raises(kind, match=reason):
            publish_home(house, snapshots)
        (house / broken).write_text(kept, "utf-8")
        assert Snapshot.current(snapshots).version == first.version
    note(house, "mended")
    assert publish_home(house, snapshots).moved


def test_what_was_checked_is_not_checked_again(house: Path, snapshots: Path, checks: list[object]) -> None:
    assert publish_home(house, snapshots).report is not None
    assert publish_home(house, snapshots).built is None  # nothing is even built
    note(house, "two")
    second = publish_home(house, snapshots)
    note(house, "one")
    back = publish_home(house, snapshots)
    assert (back.report, back.built is not None and back.built.reused) == (None, True)  # it was, two versions ago
    assert (second.moved, len(checks)) == (True, 2)
    (house / "queries" / "pages" / "more.rq").write_text("# a page’s\n", "utf-8")
    assert publish_home(house, snapshots).report is None  # no check reads it
    check_home(house, snapshots)
    note(house, "three")
    check_home(house, snapshots)
    assert publish_home(house, snapshots).report is None  # by the command check, before
    assert len(checks) == 4
    assert publish_home(house, snapshots, force=True).report is None
    assert publish_home(house, snapshots, sources=house).report is not None  # now with documents
    assert publish_home(house, snapshots, sources=house).report is None
    assert publish_home(house, snapshots).report is None
    note(house, "four")
    publish_home(house, snapshots, sources=house)
    assert publish_home(house, snapshots).report is None
    assert checks == [None, None, None, None, house, house]


def test_words_are_checked_apart_where_nothing_else_has_changed(
    house: Path, snapshots: Path, checks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_home(house, snapshots)
    found = receipts.ingredients(house)
    monkeypatch.setattr(receipts, "ingredients", lambda _home: {**found, "words": "0"})
    done = publish_home(house, snapshots)
    assert done.report is not None
    assert list(done.report.looked_at) == ["words"]
    assert publish_home(house, snapshots).report is None
    assert len(checks) == 1


def test_a_receipt_that_is_gone_or_spoilt_means_a_check(house: Path, snapshots: Path, checks: list[object]) -> None:
    publish_home(house, snapshots)
    (graph,) = (snapshots / receipts.FOLDER).glob("graph-*")
    for spoil in (lambda: graph.write_text("{}"), graph.unlink, lambda: (snapshots / receipts.FOLDER).chmod(0o777)):
        before = len(checks)
        spoil()
        assert published(house, snapshots) is None
        publish_home(house, snapshots)
        assert len(checks) == before + 1
        assert published(house, snapshots) is not None
    (snapshots / "published").write_text("nonsense", "utf-8")
    assert published(house, snapshots) is None
    assert publish_home(house, snapshots).report is None


def test_an_error_that_a_check_found_is_never_remembered_as_none(house: Path, snapshots: Path) -> None:
    snapshots.mkdir()
    note(house, "wrong")
    for _ in range(2):
        with pytest.raises(NotPublished):
            publish_home(house, snapshots)
        assert not check_home(house, snapshots).clean
    assert not (snapshots / receipts.FOLDER).exists()


def test_files_that_change_while_they_are_checked_are_not_published(house: Path, snapshots: Path) -> None:
    first = publish_home(house, snapshots).snapshot
    note(house, "two")

    def meanwhile(step: str, _done: int, _total: int) -> None:
        if step == "validating shapes":
            note(house, "wrong")

    with pytest.raises(CityrightsError, match="publish again"):
        publish_home(house, snapshots, progress=meanwhile)
    assert Snapshot.current(snapshots).version == first.version

    def while_it_is_read(step: str, _done: int, _total: int) -> None:
        if step == "sorting":
            note(house, "three")

    note(house, "two")
    two = build(house, snapshots, progress=while_it_is_read, force=True).snapshot
    assert build(house, snapshots).snapshot.version != two.version, "what was read is not taken for what is there now"


@pytest.mark.usefixtures("checks")
@pytest.mark.parametrize("when", ["indexing", "validating shapes"])
def test_publishing_that_is_killed_moves_nothing_and_the_next_one_tidies_up(
    house: Path, snapshots: Path, when: str
) -> None:
    first = publish_home(house, snapshots).snapshot
    note(house, "two")
    code = f"""
import os, signal, sys
from pathlib import Path
from cityrights.publishing import publish_home
def progress(step, done, total):
    if step == {when!r}:
        os.kill(os.getpid(), signal.SIGKILL)
publish_home(Path(sys.argv[1]), Path(sys.argv[2]), progress=progress)
"""
    done = subprocess.run([sys.executable, "-c", code, str(house), str(snapshots)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert Snapshot.current(snapshots).version == first.version
    assert bool(list(snapshots.glob(".building-*"))) == (when == "indexing")
    second = publish_home(house, snapshots)
    assert second.moved
    assert not list(snapshots.glob(".building-*"))
    assert Snapshot.current(snapshots).version == second.snapshot.version


@pytest.mark.usefixtures("checks")
@pytest.mark.parametrize("changed", [False, True])
def test_what_was_published_by_somebody_who_was_killed_then_is_recorded_by_the_next(
    house: Path, snapshots: Path, changed: bool
) -> None:
    first = publish_home(house, snapshots).snapshot
    note(house, "two")
    code = """
import os, signal, sys
from pathlib import Path
from cityrights.publishing import publish_home
from cityrights.versions import history
history.keep = lambda *told: os.kill(os.getpid(), signal.SIGKILL)
publish_home(Path(sys.argv[1]), Path(sys.argv[2]))
"""
    done = subprocess.run([sys.executable, "-c", code, str(house), str(snapshots)], check=False)
    assert done.returncode == -signal.SIGKILL
    second = Snapshot.current(snapshots).version
    assert [record.version for record in records(snapshots)] == [first.version]
    wanted = [second, first.version]
    if changed:
        note(house, "three")
    third = publish_home(house, snapshots).snapshot.version
    found = records(snapshots)
    assert [record.version for record in found] == ([third, *wanted] if changed else wanted)
    assert [record.before for record in found] == ([second, first.version, ""] if changed else [first.version, ""])


def test_what_is_being_built_is_not_taken_for_what_was_left(house: Path, snapshots: Path) -> None:
    seen: list[bool] = []

    def beside(step: str, _done: int, _total: int) -> None:
        if step == "writing dumps" and not seen:
            (building,) = snapshots.glob(".building-*")
            (house / "data" / "more.trig").write_text("<urn:g> { <urn:a> <urn:b> <urn:c> }", "utf-8")
            build(house, snapshots)
            (house / "data" / "more.trig").unlink()
            seen.append(building.is_dir())

    assert build(house, snapshots, progress=beside).snapshot.nquads.is_file()
    assert seen == [True]


def test_two_that_publish_at_once_take_turns(house: Path, snapshots: Path) -> None:
    command = [*_PROGRAM, "publish", "--home", str(house), "--snapshot", str(snapshots)]
    both = [subprocess.Popen(command, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    told = [process.communicate(timeout=HANG) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    version = Snapshot.current(snapshots).version
    assert [record.version for record in records(snapshots)] == [version]
    assert sorted(path.name for path in snapshots.glob("*/manifest.json")) == ["manifest.json"] * 3  # current, draft
    assert len([out for out, _ in told if "is published already" in out]) == 1, told


def test_two_that_build_the_same_at_once_both_have_it(house: Path, snapshots: Path) -> None:
    def beside(step: str, _done: int, _total: int) -> None:
        if step == "writing dumps":
            build(house, snapshots)

    made = build(house, snapshots, progress=beside).snapshot
    assert Snapshot.open(snapshots / DRAFT).version == made.version


@pytest.mark.usefixtures("checks")
def test_where_nothing_can_be_written_that_is_said(house: Path, tmp_path: Path, snapshots: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(SnapshotError, match=r"no snapshot can be written to .*: Not a directory; name another folder"):
        publish_home(house, tmp_path / "file" / "s")
    first = publish_home(house, snapshots).snapshot
    (snapshots / "published").unlink()
    (snapshots / "published").mkdir()  # who is root may write to what only others may not
    note(house, "two")
    with pytest.raises((SnapshotError, IsADirectoryError)):
        publish_home(house, snapshots)
    assert Snapshot.current(snapshots).version == first.version


class _Earlier(datetime):
    """The clock of a machine that went back by years."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Earlier:
        then = datetime.now(tz) - timedelta(days=900)
        return cls.fromtimestamp(then.timestamp(), tz)


def test_a_clock_that_went_back_changes_nothing(
    house: Path, snapshots: Path, checks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish_home(house, snapshots).snapshot
    for module in ("cityrights.versions.history", "cityrights.check.receipts"):
        monkeypatch.setattr(f"{module}.datetime", _Earlier)
    for path in house.rglob("*"):
        os.utime(path, (0, 0))
    assert publish_home(house, snapshots).built is None
    note(house, "two")
    second = publish_home(house, snapshots).snapshot
    assert published(house, snapshots) == second
    newest, oldest = records(snapshots)
    assert (newest.version, oldest.version) == (second.version, first.version)
    assert newest.when > oldest.when
    note(house, "one")
    assert publish_home(house, snapshots).moved
    assert Snapshot.current(snapshots).version == first.version
    assert len(checks) == 2


def test_the_status_names_the_folder_and_says_how_the_files_stand_to_it(
    house: Path, snapshots: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CITYRIGHTS_SNAPSHOTS", raising=False)

    def told(*arguments: object) -> dict[str, str]:
        done = _ask("status", *arguments)
        assert done.exit_code == 0, done.output
        return dict(line.split(None, 1) for line in done.stdout.splitlines())

    fresh = told()
    assert fresh["home"] == str(house)
    assert fresh["snapshots"].startswith(str(tmp_path / "cache" / "cityrights" / "snapshots" / "house-"))
    assert fresh["current"] == "none: cityrights publish"
    assert not Path(fresh["snapshots"]).exists(), "asking writes nothing"
    where = ("--snapshot", snapshots)
    first = publish_home(house, snapshots).snapshot
    same = told(*where)
    assert same["current"].startswith(f"{first.short}, since 20")
    assert same["files"] == "as they are published"
    assert "no error, by a receipt of" in same["check"]
    note(house, "two")
    second = build(house, snapshots).snapshot
    changed = told(*where)
    assert changed["draft"] == f"{second.short}, not published"
    assert changed["files"] == "not published as they are: cityrights publish"
    assert changed["check"] == "not known: cityrights check"
    machine = json.loads(_ask("status", "--json", *where).stdout)
    assert (machine["current"], machine["draft"], machine["same"]) == (first.version, second.version, False)
    shown = _ask("diff", "current", "draft", *where)
    assert shown.exit_code == 0, shown.output
