"""``cityrights mcp``: the graph for assistants, over the Model Context Protocol."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import click

from cityrights.api import KnowledgeGraph
from cityrights.cli.console import exit_on_sigterm, notes
from cityrights.cli.options import (
    ENGINE,
    FAIR_USE,
    address,
    check_endpoint,
    check_proxies,
    connect,
    require_free,
    with_options,
)
from cityrights.cli.read import opened, snapshot_option
from sparqlgate import EmbeddedEngine, Limits, Store


@click.command()
@click.option(
    "--http", is_flag=True, help="Serve over streamable HTTP, at /mcp, in place of standard input and output."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="With --http: the port.")
@click.option(
    "--trusted-host",
    "trusted",
    multiple=True,
    help="With --http: host name, or name:port, that may be asked for, and whose pages may ask (repeatable).",
)
@with_options(*ENGINE, *FAIR_USE)
@snapshot_option
def mcp(
    host: str,
    port: int,
    trusted: tuple[str, ...],
    workers: int,
    queue: int,
    query_seconds: float,
    query_memory: int,
    total_memory: int,
    endpoint: str,
    dialect: str,
    fair_use: Literal["auto", "on", "off"],
    fair_seconds: float,
    fair_window: float,
    trusted_proxies: tuple[str, ...],
    snapshot: Path | None,
    *,
    http: bool,
) -> None:
    """Let assistants ask the graph: a read-only server for the Model Context Protocol.

    An assistant starts it as a command and speaks with it over standard input and output; what there is to say to
    people goes to standard error. See docs/assistants.md.
    """
    if find_spec("mcp") is None:
        raise click.ClickException(
            "cityrights mcp needs the package mcp; install it with: pip install 'cityrights[assistants]'"
        )
    check_endpoint(endpoint)
    check_proxies(trusted_proxies)
    limits = Limits(seconds=query_seconds, memory=query_memory << 20)
    if http:
        require_free(host, port)
    found = opened(snapshot)
    from cityrights.mcp import server as assistants  # it takes a while, and what is wrong is said before
    from cityrights.mcp.server import FairUse

    engine: Store
    if endpoint:
        engine = connect(endpoint, dialect, found.version, limits, whole=True)
    else:
        engine = EmbeddedEngine(found, workers=workers, queue=queue, limits=limits, memory=total_memory << 20)
    with KnowledgeGraph(found, engine=engine) as graph:
        assistants.log_to_stderr()
        server = assistants.make(graph, limits)
        if not http:
            server.run("stdio")
            return
        notes.print(f"cityrights {found.short}: http://{address(host)}:{port}{assistants.PATH} (Ctrl+C to stop)")
        if host in ("0.0.0.0", "::"):  # noqa: S104 - a remark on that address, not its use
            notes.print("reachable from other machines; name what may be asked for with --trusted-host", markup=False)
        fair = FairUse(fair_use, fair_seconds, fair_window, trusted_proxies)
        with exit_on_sigterm(0):  # it ends itself, and then meets the signal again
            assistants.over_http(server, host, port, trusted, fair)
