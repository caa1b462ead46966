"""A snapshot on a medium that is only read is served whole, and so is one that belongs to somebody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jinja2
import pytest

from cityrights.indexes.search import SearchIndex
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import GRAPH_ENTITIES
from cityrights_web.rendering import environment, warm
from sparqlgate import EmbeddedEngine
from tests.counters import path
from tests.nursery import cityrights
from tests.servers import Server, free_port
from tests.support import command

_MOUNTS = "NOT RUN without the right to mount: run as root, outside of a container that forbids it"
#: The user and the group that own nothing.
_NOBODY = 65534
_PAGES = ("/", "/practices", "/connections", "/coverage", "/compare", "/queries", "/download/cityrights.nq", "/themes")


@pytest.fixture
def medium(tmp_path: Path, snapshot: Snapshot) -> Iterator[Path]:
    """A folder of snapshots with the shipped graph in it, mounted so that nobody can write there, root included."""
    folder, place = tmp_path / "snapshots", tmp_path / "medium"
    shutil.copytree(snapshot.path.parent, folder, symlinks=True)
    place.mkdir()
    commands = (["mount", "--bind", str(folder), str(place)], ["mount", "-o", "remount,bind,ro", str(place)])
    if any(subprocess.run(command, capture_output=True).returncode for command in commands):
        pytest.skip(_MOUNTS)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _works(get: Callable[[str], str]) -> None:
    """See that search, suggestions, reconciliation, queries and pages answer."""
    assert "/page/city/utrecht" in get("/search?q=utrecht")
    assert "utrecht" in get("/suggest?q=utr").lower()
    queries = json.dumps({"q0": {"query": "Utrecht"}})
    assert "city/utrecht" in get(f"/reconcile?queries={queries}")
    assert '"boolean":true' in get(path("ASK { ?s ?p ?o }", format="json")).replace(" ", "")
    for page in _PAGES:
        assert get(page)


def test_a_medium_that_is_only_read_is_served_whole(medium: Path, launch: Callable[..., Server]) -> None:
    server = launch(medium)

    def get(address: str) -> str:
        answer = server.get(address)
        assert answer.status_code == 200, (address, answer.text)
        return answer.text

    _works(get)
    assert not any(line["level"] in ("warning", "error") for line in server.lines()), server.log.read_text()


def test_the_command_serves_it_too_and_says_that_it_cannot_build_there(medium: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    more = f"<http://e.example/a> <http://e.example/b> <http://e.example/c> <{GRAPH_ENTITIES}> .\n"
    (tmp_path / "more.nq").write_text(more, "utf-8")
    done = cityrights("build", "--snapshot", str(medium), "--add", str(tmp_path / "more.nq"))
    assert done.returncode == 1
    assert f"no snapshot can be written to {medium}: Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    url = f"http://127.0.0.1:{port}/health"
    with command(["serve", "--port", str(port), "--snapshot", str(medium)], url, log):
        pass
    said = log.read_text()
    assert f"no snapshot can be written to {medium}: Read-only file system" in said
    assert "serving what was published before, version " in said
    assert "validating shapes" not in said, "it is checked in vain"
    assert "Traceback" not in said


def test_the_store_on_such_a_medium_answers_where_it_is_not_held_in_memory(medium: Path) -> None:
    with EmbeddedEngine(Snapshot.open(medium), workers=1, in_memory=0) as engine:
        assert not engine.in_memory
        assert b"true" in engine.query("ASK { ?s ?p ?o }").read()


def test_a_snapshot_can_be_read_by_everybody(snapshot: Snapshot) -> None:
    closed = [file for file in snapshot.path.rglob("*") if file.stat().st_mode & 0o444 != 0o444]
    assert closed == []


def test_another_user_can_search_where_nothing_may_be_written(snapshot: Snapshot, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT RUN without the right to become another user: run as root")
    folder = tmp_path / "snapshot"
    shutil.copytree(snapshot.path, folder)
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o555 if place.is_dir() else 0o444)
    # The others need not list the folders above, only pass through them.
    for parent in folder.parents[:-2]:
        if parent.stat().st_uid == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    reader = os.fork()
    if reader == 0:  # a process of its own, since it gives up what it is
        status = 1
        try:
            os.environ["TMPDIR"] = tempfile.tempdir = "/tmp"
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
            found = SearchIndex.open(Snapshot(folder))
            status = 0 if found.suggest("utr") and not os.access(folder / "search", os.W_OK) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1]) == 0


def test_templates_are_compiled_once_and_kept_only_where_nobody_else_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compiled is code that runs, so it is neither taken from a folder of others nor when it is spoilt."""
    compiled: list[str | None] = []
    compiles = jinja2.Environment.compile

    def noted(self: jinja2.Environment, source: str, name: str | None = None, filename: str | None = None) -> object:
        compiled.append(name)
        return compiles(self, source, name, filename)

    monkeypatch.setattr(jinja2.Environment, "compile", noted)

    def start(cache: Path) -> int:
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
        compiled.clear()
        environment.cache_clear()
        list(warm())
        return len(compiled)

    kept = tmp_path / "cityrights" / "templates"
    try:
        every = start(tmp_path)
        assert every > 20
        assert start(tmp_path) == 0
        spoilt, cut, *_ = sorted(kept.iterdir())
        spoilt.write_bytes(b"no template")
        cut.write_bytes(cut.read_bytes()[:40])
        assert start(tmp_path) == 2
        assert start(tmp_path) == 0
        kept.chmod(0o777)
        assert start(tmp_path) == every, "others may have put it there"
        for no_folder in ("/proc/nothing", "/dev/full"):
            assert start(Path(no_folder)) == every
    finally:
        environment.cache_clear()
