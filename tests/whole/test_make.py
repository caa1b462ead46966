"""What make installs and runs: no more than a recipe needs, options handed on, and apt waited for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools import frontend, provide

from tests.support import ROOT

#: Where it is promised when what is changed can be seen; each says it in the same words.
VISIBLE = ("CONTRIBUTING.md", "queries/README.md", "docs/guide.md", "docs/operations.md", "docs/assistants.md")
PROMISE = (
    "What you change in ontology, data or questions is visible after `cityrights publish`: to a running `make serve` "
    "within seconds, to everything else when it is started next"
)


def dry(folder: Path, *arguments: str) -> str:
    """Return what make would do in a fresh checkout: nothing is installed there."""
    for name in ("Makefile", "pyproject.toml", "requirements/base.lock", "requirements/all.lock"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(["make", "--dry-run", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_wheel_needs_what_builds_it_and_not_what_tests_do(tmp_path: Path) -> None:
    said = dry(tmp_path, "wheel")
    assert "tools/install.py base" in said
    assert "install.py all" not in said
    assert "install.py all" in dry(tmp_path, "test")


def test_serving_takes_further_options(tmp_path: Path) -> None:
    said = dry(tmp_path, "serve", "ARGS=--max-rows 5 --no-access-log")
    assert re.search(r"cityrights serve .* --max-rows 5 --no-access-log\n", said)


def test_where_nothing_has_changed_nothing_is_bundled_and_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving begins with it each time: what was bundled is not bundled again, and no second command publishes."""
    assert frontend.main() == 0
    monkeypatch.setattr("tools.frontend.subprocess.Popen", None)
    monkeypatch.setattr("tools.frontend.subprocess.run", None)
    assert not frontend.due()
    assert frontend.main("serve", "--snapshot", "s") == 0


def test_apt_is_waited_for_while_another_process_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fake, calls = tmp_path / "apt-get", tmp_path / "calls"
    fake.write_text(
        f'#!/bin/sh\necho "$@" >> {calls}\n'
        f'if [ "$(grep -c "^$1 " {calls})" -lt 3 ]; then\n'
        'echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)"; exit 100; fi\n'
        f'[ "$1" = update ] || touch {tmp_path}/installed\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(provide, "PROGRAMS", {"no-such-program": "no-such-package"})
    monkeypatch.setattr(provide, "BROWSERS", ("sh",))
    monkeypatch.setattr(provide, "PAUSE", 0.0)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    provide.provide_programs()
    said = calls.read_text().splitlines()
    assert [line.split()[0] for line in said] == ["update"] * 3 + ["install"] * 3
    assert all("DPkg::Lock::Timeout=" in line for line in said)
    assert "no-such-package" in said[-1]
    assert (tmp_path / "installed").exists()
    told = capfd.readouterr()
    assert told.out.count("another process is using apt; waiting") == 2
    assert told.err == ""

    fake.write_text('#!/bin/sh\necho "E: Unable to locate package"; exit 100\n')
    provide.provide_programs()  # what is wrong for another reason is told at once
    assert "Unable to locate package" in capfd.readouterr().err


def test_all_pages_say_alike_when_a_change_can_be_seen() -> None:
    for name in VISIBLE:
        assert " ".join((ROOT / name).read_text("utf-8").split()).count(PROMISE) == 1, name
    for path in [*(ROOT / "docs").glob("*.md"), *(ROOT / name for name in (*VISIBLE, "README.md"))]:
        assert "restart of `make serve`" not in " ".join(path.read_text("utf-8").split()), path


def test_up_to_three_tests_that_fell_are_asked_once_more_and_what_passes_is_named(tmp_path: Path) -> None:
    """A race is named and does not fail the run; what falls again does, and so do more than three."""
    (tmp_path / "test_some.py").write_text(
        "def test_right():\n    assert __file__\n\n\ndef test_wrong():\n    assert not __file__\n", "utf-8"
    )
    kept = tmp_path / ".pytest_cache" / "v" / "cache" / "lastfailed"
    kept.parent.mkdir(parents=True)

    def again(*names: str) -> tuple[int, str]:
        kept.write_text(json.dumps(dict.fromkeys(names, True)), "utf-8")
        command = [sys.executable, str(ROOT / "tools" / "again.py")]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    right, wrong = "test_some.py::test_right", "test_some.py::test_wrong"
    code, told = again(right)
    assert (code, f"UNSTEADY: {right}" in told) == (0, True), told
    for names in ((wrong,), (right, wrong), (), (right, "b::c", "d::e", "f::g"), ("test_some.py",)):
        code, told = again(*names)
        assert code != 0, names
        assert "UNSTEADY" not in told, names
    kept.unlink()
    command = [sys.executable, str(ROOT / "tools" / "again.py")]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode != 0, "nothing is known of what fell"
