"""Starting the server from the command line: what stands in its way is said before anything starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from cityrights.cli.serve import serve
from cityrights.errors import CityrightsError
from cityrights.snapshot import Snapshot


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
    done = CliRunner().invoke(serve, ["--port", str(_free_port()), "--snapshot", str(file)])
    assert isinstance(done.exception, CityrightsError)
    assert "is a file; --snapshot takes" in str(done.exception)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
