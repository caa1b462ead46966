"""A real server for assistants, spoken to by the protocol's own client: over standard input and output, and HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult

from cityrights.snapshot import Snapshot
from tests.servers import free_port
from tests.support import answers, ended, until

#: Time that a query may take here, in seconds: long enough for what is asked in earnest, on a loaded machine too.
SECONDS = 8.0
#: How a client and the server speak: the transport, and the handshake of 2025 or the envelopes of 2026.
WAYS = ("stdio-legacy", "stdio-auto", "http-legacy", "http-auto")


@dataclass(frozen=True)
class Assistant:
    """A client that is connected; each call waits for its answer."""

    client: Client
    portal: BlockingPortal

    def call(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """Call a tool. The client itself checks the answer against the tool's schema."""
        return self.portal.call(lambda: self.client.call_tool(tool, arguments))

    def begin(self, tool: str, /, **arguments: Any) -> Future[CallToolResult]:
        """Begin a call, and do not wait; to cancel what is returned cancels the request."""
        return self.portal.start_task_soon(lambda: self.client.call_tool(tool, arguments))

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method of the client."""
        return self.portal.call(getattr(self.client, method), *arguments)


@dataclass(frozen=True)
class Served:
    """A server over HTTP, and its log."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path


def command(snapshot: Snapshot, *more: str) -> list[str]:
    """Return how the server is started; what Python warns of is an error in it."""
    program = "from cityrights.cli import main; main()"
    start = [sys.executable, "-W", "error", "-c", program, "mcp", "--snapshot", str(snapshot.path)]
    return [*start, "--query-seconds", str(SECONDS), *more]


@contextmanager
def serving(snapshot: Snapshot, folder: Path, *more: str) -> Iterator[Served]:
    """Run a server over HTTP that ends, cleanly, after."""
    port = free_port()
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([*command(snapshot, "--http", "--port", str(port)), *more], stdout=out, stderr=out)
    try:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/mcp"), "the server's first answer", process)
        except AssertionError as error:
            pytest.fail(f"{error}\n{log.read_text()}")
        yield Served(f"http://127.0.0.1:{port}/mcp", port, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        ended(process, log)


@contextmanager
def connected(server: Any, mode: str) -> Iterator[Assistant]:
    """Connect a client, in an event loop of its own."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(server, mode=mode)) as client,
    ):
        yield Assistant(client, portal)


@contextmanager
def over_stdio(arguments: list[str], errors: Path, mode: str) -> Iterator[Assistant]:
    """Start a server as an assistant does, and speak with it; what it says to people goes into a file."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("CITYRIGHTS_")}
    parameters = StdioServerParameters(command=arguments[0], args=arguments[1:], env=environment)
    with errors.open("w") as out, connected(stdio_client(parameters, errlog=out), mode) as assistant:
        yield assistant


@pytest.fixture(scope="session")
def served(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server over HTTP."""
    with serving(snapshot, tmp_path_factory.mktemp("assistants")) as server:
        yield server


@pytest.fixture(scope="session")
def connect(
    snapshot: Snapshot, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Assistant]]:
    """Return the one client that speaks in a way of WAYS."""
    held: dict[str, Assistant] = {}
    with ExitStack() as stack:

        def one(way: str) -> Assistant:
            if way not in held:
                transport, _, mode = way.partition("-")
                held[way] = stack.enter_context(
                    connected(served.url, mode)
                    if transport == "http"
                    else over_stdio(command(snapshot), tmp_path_factory.mktemp("stdio") / "errors", mode)
                )
            return held[way]

        yield one


@pytest.fixture(params=WAYS)
def each(request: pytest.FixtureRequest, connect: Callable[[str], Assistant]) -> Assistant:
    """A client, once for each way."""
    return connect(request.param)


@pytest.fixture
def assistant(connect: Callable[[str], Assistant]) -> Assistant:
    """A client over HTTP, with the handshake that most clients use."""
    return connect("http-legacy")
