"""Starting the server from the command line: what stands in its way is said before anything starts."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from cityrights.errors import CityrightsError
from cityrights.snapshot import Snapshot
from cityrights_web.cli import _is_for_snapshots, serve
from tests.servers import Server, free_port


def test_a_port_in_use_is_named(snapshot: Snapshot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(serve, ["--port", str(port), "--snapshot", str(snapshot.path)])
    assert isinstance(done.exception, CityrightsError)
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in str(done.exception)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_this_machines_is_named(snapshot: Snapshot, host: str) -> None:
    done = CliRunner().invoke(serve, ["--host", host, "--port", "8000", "--snapshot", str(snapshot.path)])
    assert isinstance(done.exception, CityrightsError)
    assert f"cannot listen on {host}:8000" in str(done.exception)


def test_a_snapshot_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = CliRunner().invoke(serve, ["--port", str(free_port()), "--snapshot", str(file)])
    assert isinstance(done.exception, CityrightsError)
    assert "is a file; --snapshot takes" in str(done.exception)


def test_a_public_address_that_is_none_is_refused_with_what_to_write() -> None:
    for wrong, repair in {
        "graph.city.example": "write https://graph.city.example",
        "https://city.example/?page=1": "write one like https://graph.city.example or https://city.example/rights",
    }.items():
        done = CliRunner().invoke(serve, ["--public-url", wrong])
        assert done.exit_code == 2
        assert "--public-url" in done.output
        assert repair in " ".join(done.output.split()), done.output


def test_a_folder_that_is_misspelt_is_refused_and_nothing_is_built(snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "current").symlink_to(snapshot.path, target_is_directory=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    (tmp_path / "volume" / "lost+found").mkdir(parents=True)
    for name, said in (
        ("snapshot", f"(did you mean: {tmp_path / 'snapshots'}?)"),
        ("other", "is no folder of snapshots"),
    ):
        where = str(tmp_path / name)
        done = CliRunner().invoke(serve, ["--port", str(free_port()), "--snapshot", where], terminal_width=1000)
        assert done.exit_code == 2
        assert said in done.stderr
        assert f"cityrights publish --snapshot {where}" in done.stderr
    assert not (tmp_path / "snapshot").exists()
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["file"]
    assert [_is_for_snapshots(tmp_path / name) for name in ("snapshots", "volume", "other")] == [True, True, False]


@pytest.mark.parametrize("contact", ["", "mailto:graph@example.org"])
def test_who_serves_to_others_is_told_that_nobody_can_be_written_to(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, contact: str
) -> None:
    monkeypatch.setattr("cityrights_web.cli.run", lambda *_args, **_options: None)
    for host, told in (("127.0.0.1", False), ("0.0.0.0", not contact)):
        arguments = ["--host", host, "--port", str(free_port()), "--snapshot", str(snapshot.path)]
        done = CliRunner().invoke(serve, [*arguments, *(["--contact", contact] if contact else [])])
        assert done.exit_code == 0, done.output
        assert ("--contact mailto:" in done.output) == told


def test_there_are_as_many_connections_as_the_system_allows(
    launch: Callable[..., Server], fixture_snapshot: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        server = launch(fixture_snapshot)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    top = psutil.Process(server.process.pid)
    for process in (top, *top.children(recursive=True)):
        assert process.rlimit(psutil.RLIMIT_NOFILE) == (hard, hard)
