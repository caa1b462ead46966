"""Whatever process is killed, the service goes on or is gone whole; told to end, it ends, at any moment."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sparqlgate.pool.processes import Launcher
from sparqlgate.pool.zygote import Source
from tests.counters import path, until
from tests.servers import free_port
from tests.standing import Standing, gone, standing
from tests.support import HANG

#: An answer of which only a part is ever read.
LONG = path("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", format="csv")


@pytest.fixture
def server(fixture_snapshot: Path, tmp_path: Path) -> Iterator[Standing]:
    with standing(fixture_snapshot, tmp_path) as begun:
        yield begun


def test_the_serving_process_is_replaced_and_nobody_is_refused(server: Standing) -> None:
    seen = set()
    for _ in range(3):
        serving = server.serving()
        below = serving.children(recursive=True)
        seen.add(serving.pid)
        serving.kill()
        assert server.health() == 200  # who comes meanwhile waits
        until(gone([serving, *below]), what="what belonged to the killed process is gone")
    assert len(seen) == 3
    told = [line for line in server.log.read_text().splitlines() if "was ended by SIGKILL; the next begins in" in line]
    assert len(told) == 3
    assert " in 0 s" in told[0]
    assert " in 1 s" in told[2]  # later and later


def test_without_the_main_process_nothing_is_left_that_holds_the_port(server: Standing) -> None:
    family = server.family()
    server.process.kill()
    until(gone(family), what="all processes are gone")
    with socket.create_server((server.host, server.port)):
        pass


def test_told_to_end_beside_who_reads_slowly_it_ends(fixture_snapshot: Path, tmp_path: Path) -> None:
    """The reader would take for ever; others who were silent, or asked before, keep it from nothing."""
    with standing(fixture_snapshot, tmp_path, stop_seconds=1.0, query_seconds=600.0, send_seconds=600.0) as server:
        family = server.family()
        held = [server.connect(sent) for sent in (b"", b"PRI * HT", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")]
        with server.connect(f"GET {LONG} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), buffer=4096) as reader:
            assert reader.recv(12) == b"HTTP/1.1 200"
            ended = threading.Event()

            def read() -> None:
                while not ended.wait(0.05) and reader.recv(512):
                    pass

            reading = threading.Thread(target=read)
            reading.start()
            server.process.send_signal(signal.SIGTERM)
            code = server.process.wait(HANG)
            ended.set()
            reading.join()
        for sock in held:
            sock.close()
        assert code == 0
        until(gone(family), what="all processes are gone")
        said = server.log.read_text()
        assert "told to end: what is not answered after 1 s is cut" in said
        assert "Traceback" not in said
        assert [each.name for each in tmp_path.iterdir()] == ["log"]


@pytest.mark.parametrize("below", [0, 1, 2], ids=["before it serves", "while it begins", "while the graph is read"])
def test_told_to_end_while_it_starts_it_ends(fixture_snapshot: Path, tmp_path: Path, below: int) -> None:
    with standing(fixture_snapshot, tmp_path, wait=False) as server:
        until(lambda: len(server.family()) > below, what="it has so many processes")
        until(lambda: handled(server.process.pid, signal.SIGTERM), what="the signal is waited for")
        family = server.family()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(HANG) == 0
        until(gone(family), what="all processes are gone")
        assert "Traceback" not in server.log.read_text()
        assert [each.name for each in tmp_path.iterdir()] == ["log"]


def handled(pid: int, number: int) -> bool:
    """Say whether a process catches a signal (proc(5), SigCgt)."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), 16)
    return bool(caught >> (number - 1) & 1)


def test_told_to_end_while_the_snapshot_is_built_it_leaves_nothing_behind(tmp_path: Path) -> None:
    snapshots = tmp_path / "snapshots"
    snapshots.mkdir()
    command = "from cityrights.cli import main; main()"
    for name, code in (("serve", 0), ("build", 143)):
        more = ["--port", str(free_port()), "--snapshot"] if name == "serve" else ["--snapshot"]
        with subprocess.Popen(
            [sys.executable, "-c", command, name, *more, str(snapshots)], stdout=-1, stderr=subprocess.STDOUT
        ) as process:
            until(lambda: any(snapshots.glob(".building-*")), "the snapshot is being built")
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=HANG)[0]
        assert process.returncode == code, said
        assert b"Traceback" not in said
        until(gone(family), what="all processes are gone")
        assert not any(snapshots.iterdir())


def test_what_reads_the_graph_for_workers_ends_with_the_service_at_once(tmp_path: Path) -> None:
    """It reads from a pipe into which nothing is written, as it would a graph that takes minutes."""
    graph = tmp_path / "graph.nq"
    os.mkfifo(graph)
    launcher = Launcher(Source(nquads=str(graph), store=""))
    writer = os.open(graph, os.O_WRONLY)  # waits until it reads
    launcher.control.close()
    assert launcher.process.wait(HANG) == -signal.SIGIO
    os.close(writer)


def test_a_server_that_cannot_start_says_why_and_ends(fixture_snapshot: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in fixture_snapshot.iterdir():
        (broken / file.name).symlink_to(file)
    (broken / "cityrights.nq").unlink()
    (broken / "cityrights.nq").write_text("no quads")
    with standing(broken, tmp_path, wait=False) as server:
        assert server.process.wait(HANG) == 1
        assert "cityrights.nq has 8 bytes where the build wrote" in server.log.read_text()


def test_a_socket_that_is_passed_is_used_and_readiness_is_told(fixture_snapshot: Path, tmp_path: Path) -> None:
    """As systemd does it: sd_listen_fds(3), sd_notify(3)."""
    address = tmp_path / "notify"
    code = (
        "import os, socket, sys\n"
        "passed = socket.create_server(('127.0.0.1', 0)); print(passed.getsockname()[1], flush=True)\n"
        "os.dup2(passed.fileno(), 3); os.set_inheritable(3, True)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n"
        "program = 'from cityrights.cli import main; main()'\n"
        "os.execv(sys.executable, [sys.executable, '-c', program, *sys.argv[1:]])"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hears:
        hears.bind(str(address))
        hears.settimeout(HANG)
        with (
            (tmp_path / "log").open("wb") as out,
            subprocess.Popen(
                [sys.executable, "-c", code, "serve", "--port", "1", "--snapshot", str(fixture_snapshot)],
                stdout=subprocess.PIPE,
                stderr=out,
                env={**os.environ, "NOTIFY_SOCKET": str(address)},
            ) as process,
        ):
            assert process.stdout is not None
            server = Standing(process, int(process.stdout.readline()), tmp_path / "log")
            try:
                assert hears.recv(100) == b"READY=1"
                assert server.health() == 200
                assert f"http://127.0.0.1:{server.port}/" in server.log.read_text()
            finally:
                process.send_signal(signal.SIGTERM)
            assert hears.recv(100) == b"STOPPING=1"
            assert process.wait(HANG) == 0
