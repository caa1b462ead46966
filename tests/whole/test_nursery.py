"""A server that was forked for a test is what one would be that was begun as a program, and nothing is forked else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cityrights.home import INSTANCE
from tests.nursery import CITYRIGHTS, Child, Nursery, Programs, cityrights, programs
from tests.servers import Server
from tests.standing import gone
from tests.support import HANG, until


def test_a_forked_server_has_its_own_log_and_end(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    one, other = launch(fixture_snapshot), launch(fixture_snapshot, access_log=False)
    assert isinstance(one.process, Child)
    for server in (one, other):
        assert server.get("/health").status_code == 200
    assert psutil.Process(one.process.pid).cwd() == str(Path.cwd())
    assert "/health" in one.log.read_text()
    assert "/health" not in other.log.read_text()
    assert one.process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        one.process.wait(0.01)
    other.process.kill()
    assert other.process.wait(HANG) == -signal.SIGKILL
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(HANG) == 0
    assert one.process.poll() == 0
    one.process.send_signal(signal.SIGTERM)  # which is nothing to it any more


def test_where_the_site_would_be_another_a_program_is_begun(nursery: Nursery, tmp_path: Path) -> None:
    usual = dict(os.environ)
    assert nursery.serves({**usual, "TMPDIR": "/elsewhere", "PYTEST_CURRENT_TEST": "x"})
    assert nursery.serves({**usual, "CITYRIGHTS_HOME": str(tmp_path)})
    (tmp_path / INSTANCE).touch()
    assert not nursery.serves({**usual, "CITYRIGHTS_HOME": str(tmp_path)})
    assert not nursery.serves({**usual, "PYTHONPATH": "/elsewhere"})
    assert not nursery.serves({**usual, "CITYRIGHTS_KEEP": "1"})


def test_what_it_forks_ends_when_a_server_cannot_begin(nursery: Nursery, tmp_path: Path) -> None:
    """As the program ends, which says why."""
    code = f"from cityrights_web.server import serve\nserve({str(tmp_path)!r})"
    program = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "log").open("wb") as log:
        child = nursery.begin(str(tmp_path), {}, listener, log)
        assert child.wait(HANG) == program.returncode == 1
    assert program.stderr.splitlines()[-1] in (tmp_path / "log").read_text().splitlines()


def test_servers_end_with_the_tests_that_began_them(fixture_snapshot: Path, tmp_path: Path) -> None:
    nursery = Nursery()
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "log").open("wb") as log:
        child = nursery.begin(str(fixture_snapshot), {}, listener, log)
    server = psutil.Process(child.pid)
    until(lambda: len(server.children()) > 0, "it has begun to serve")
    nursery.close()
    until(gone([server]), "it has ended")


def test_a_forked_command_is_what_a_program_is(tmp_path: Path) -> None:
    """In a home of its own and where it fails, with what it says, where it is and how it ends."""
    house, other = tmp_path / "house", {**os.environ, "CITYRIGHTS_HOME": str(tmp_path / "house")}
    begin = ("new", "house", "--base", "https://data.example.org/", "--name", "Towns", "--licence", "CC0-1.0")
    assert cityrights(*begin, folder=tmp_path).returncode == 0
    for arguments in (("query", "ASK { ?s ?p ?o }"), ("prefixes",), ("--nonsense",), ("check", "--help")):
        program = [sys.executable, "-c", CITYRIGHTS, *arguments]
        wanted = subprocess.run(program, cwd=house, env=other, capture_output=True, text=True, check=False)
        done = cityrights(*arguments, folder=house, environment=other)
        assert (done.returncode, done.stdout, done.stderr) == (wanted.returncode, wanted.stdout, wanted.stderr)


def test_what_is_forked_for_a_command_has_imported_nothing_of_ours_and_its_signals(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "ours = [name for name in sys.modules if name.startswith(('cityrights', 'sparqlgate'))]\n"
        "print(ours, 'rdflib' in sys.modules)"
        "\nprint(signal.getsignal(signal.SIGINT) is signal.default_int_handler, sys.argv[1:], os.environ['MINE'])\n"
    )
    with (tmp_path / "log").open("w+b") as log:
        child = programs().begin(code, ("one", "two"), tmp_path, {**os.environ, "MINE": "yes"}, log, log)
        assert isinstance(child, Child)
        assert child.wait(HANG) == 0
    assert (tmp_path / "log").read_text().splitlines() == ["[] True", "True ['one', 'two'] yes"]


def test_where_python_or_a_library_would_be_another_a_program_is_begun(tmp_path: Path) -> None:
    forking = Programs()
    with (tmp_path / "log").open("wb") as log:
        for name, value in (("PYTHONWARNINGS", "default"), ("LC_ALL", "C.UTF-8"), ("TZ", "Asia/Tokyo")):
            begun = forking.begin("pass", (), tmp_path, {**os.environ, name: value}, log, log)
            assert isinstance(begun, subprocess.Popen), name
            assert begun.wait(HANG) == 0
    forking.close()
