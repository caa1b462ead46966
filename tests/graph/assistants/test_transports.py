"""Over standard output goes the protocol and nothing else; over HTTP only trusted names and pages are answered."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Served, command, connected, serving
from tests.graph.assistants.test_tools import told
from tests.graph.assistants.test_wrong_requests import ENDLESS
from tests.servers import free_port
from tests.support import HANG, until

#: A client that asks what never ends, twice, says that it did, and waits.
ASKING = """
import anyio, sys
from mcp import Client
from tests.support import HANG
async def main(url, query):
    async with Client(url, mode="auto") as client, anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(client.call_tool, "sparql", {"query": query})
        await anyio.sleep(1)
        print("asked", flush=True)
anyio.run(main, *sys.argv[1:])
"""
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def call(number: int, tool: str, **arguments: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def lines(*messages: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def test_standard_output_has_the_protocol_and_nothing_else(snapshot: Snapshot) -> None:
    with subprocess.Popen(
        command(snapshot), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        asked = [call(2, "sparql", query="SELEC"), call(3, "search", text="utrecht"), call(4, "nothing")]
        server.stdin.write(lines(HELLO, READY) + b"this is no JSON\n" + lines(*asked))
        server.stdin.flush()
        messages: list[dict[str, Any]] = []
        while not {2, 3, 4} <= {message.get("id") for message in messages}:
            messages.append(json.loads(server.stdout.readline()))
        server.stdin.close()
        assert server.stdout.read() == b""
        assert server.wait(HANG) == 0
    assert all(message["jsonrpc"] == "2.0" for message in messages)


def test_the_server_ends_with_its_client_whatever_runs(snapshot: Snapshot) -> None:
    with subprocess.Popen(command(snapshot), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(lines(HELLO, READY, call(2, "sparql", query=ENDLESS)))
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == 1
        time.sleep(1)
        assert server.poll() is None
        server.stdin.close()
        assert server.wait(HANG) == 0


def post(served: Served, **headers: str) -> httpx.Response:
    usual = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    sent = {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.post(served.url, json=HELLO, headers=sent, trust_env=False, verify=False, timeout=HANG)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example:80", "file://",
        "http://localhost:{port}.evil.example", "http://localhost:{port}@evil.example", "http://localhost:evil",
        "http://localhost:{port}/", "http://localhost:3000", "http://localhost", "ws://localhost:{port}",
        "http://evil.example/http://localhost:{port}", "http://localhost:{port}0", "http://xlocalhost:{port}",
    ],
)  # fmt: skip
def test_a_page_of_another_site_is_refused(served: Served, origin: str) -> None:
    assert post(served, Origin=origin.format(port=served.port)).status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.e.example",
        "localhost:{port}.e.example",
        "localhost:evil.example",
        "localhost:{port}@e.example", "localhost:{port}0", "localhost:", "xlocalhost:{port}",
    ],
)  # fmt: skip
def test_another_name_of_this_machine_is_refused(served: Served, host: str) -> None:
    assert post(served, Host=host.format(port=served.port)).status_code == 421


def test_a_request_names_one_host(served: Served) -> None:
    for fields in ("", f"Host: localhost:{served.port}\r\nHost: evil.example\r\n"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=HANG) as sock:
            sock.sendall(f"POST /mcp HTTP/1.1\r\n{fields}Content-Length: 0\r\n\r\n".encode())
            assert sock.recv(100).split()[1] in (b"400", b"421")


def test_pages_of_this_machine_are_answered(served: Served) -> None:
    for name in ("127.0.0.1", "localhost", "[::1]"):
        assert post(served, Origin=f"http://{name}:{served.port}", Host=f"{name}:{served.port}").status_code == 200


def test_names_can_be_trusted(snapshot: Snapshot, tmp_path: Path) -> None:
    names = ("--trusted-host", "graph.city.example", "--trusted-host", "Other.example:8443")
    with serving(snapshot, tmp_path, *names) as server:
        assert post(server, Host="graph.city.example", Origin="https://graph.city.example").status_code == 200
        assert post(server, Host=f"graph.city.example:{server.port}").status_code == 200
        assert post(server, Host="other.example:8443", Origin="https://other.example:8443").status_code == 200
        assert post(server, Host="graph.city.example:8443").status_code == 421
        assert post(server, Host="other.example").status_code == 421
        assert post(server, Origin="https://evil.example").status_code == 403
        with connected(server.url, "auto") as client:
            assert told(client.call("sparql", query="ASK {}"))["boolean"] is True
    assert server.process.returncode in (0, -15)
    said = server.log.read_text()
    assert f"cityrights {snapshot.short}: http://127.0.0.1:{server.port}/mcp" in said
    assert "Traceback" not in said


def test_a_server_that_is_told_to_end_ends_whatever_runs(snapshot: Snapshot, tmp_path: Path) -> None:
    with serving(snapshot, tmp_path, "--query-seconds", "120") as server:
        arguments = [sys.executable, "-c", ASKING, server.url, ENDLESS]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
            assert client.stdout is not None
            assert client.stdout.readline() == b"asked\n"
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(HANG) in (0, -signal.SIGTERM)
            client.kill()


def test_a_connection_that_says_nothing_is_closed(snapshot: Snapshot) -> None:
    port = free_port()
    less = "from cityrights.mcp import server\nserver._IDLE = 1.0\nfrom cityrights.cli import main\nmain()"
    arguments = ["mcp", "--http", "--port", str(port), "--snapshot", str(snapshot.path)]
    with subprocess.Popen([sys.executable, "-c", less, *arguments], stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: listens(port), "it listens")
            for sent in (b"", b"POST /mcp HT"):
                with socket.create_connection(("127.0.0.1", port), timeout=HANG) as sock:
                    sock.sendall(sent)
                    assert sock.recv(1) == b""
        finally:
            process.terminate()
        assert process.wait(HANG) == 0


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def run(*arguments: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    program = f"{code}\nfrom cityrights.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "mcp", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        timeout=HANG,
        check=False,
    )


def test_without_the_package_it_says_how_to_get_it(snapshot: Snapshot) -> None:
    done = run("--snapshot", str(snapshot.path), code="import sys; sys.modules['mcp'] = None")
    assert done.returncode == 1
    assert "pip install 'cityrights[assistants]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_taken_port_and_a_missing_snapshot_are_said(snapshot: Snapshot, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("--http", "--port", str(taken.getsockname()[1]), "--snapshot", str(snapshot.path))
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
    done = run("--snapshot", str(tmp_path))
    assert done.returncode == 1
    assert "make one with: cityrights publish" in done.stderr
    done = run("--endpoint", "ftp://e.example")
    assert done.returncode == 2
    assert "begins with http:// or https://" in done.stderr
