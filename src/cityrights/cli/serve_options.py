"""The options of ``cityrights serve`` that say how much the service gives, to whom, and what it writes down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from cityrights.engine.dialects import DIALECTS
from cityrights.engine.remote_http import check_addresses, is_address

#: Those of the engine, which other commands have too.
_ENGINE_OPTIONS = (
    click.option(
        "--workers",
        default=2,
        show_default=True,
        type=click.IntRange(1, 64),
        help="Query processes kept ready, and long queries that compute at once.",
    ),
    click.option(
        "--queue",
        default=32,
        show_default=True,
        type=click.IntRange(0, 1000),
        help="Long queries that may wait beside them; short ones do not wait.",
    ),
    click.option(
        "--query-seconds",
        default=30.0,
        show_default=True,
        type=click.FloatRange(0, min_open=True),
        help="Time that a query may take.",
    ),
    click.option(
        "--query-memory",
        default=1024,
        show_default=True,
        type=click.IntRange(16),
        help="Memory that a query may use beyond the graph, in MiB.",
    ),
    click.option(
        "--total-memory",
        default=0,
        show_default=True,
        type=click.IntRange(0),
        help="Memory that all queries may use together, in MiB; 0 is as much as --workers of them may use.",
    ),
    click.option(
        "--endpoint",
        default="",
        help="A remote store that answers in place of the snapshot, loaded by cityrights push.",
    ),
    click.option(
        "--dialect",
        default="own-default",
        show_default=True,
        type=click.Choice(sorted(DIALECTS)),
        help="Its default graph: one of its own, or the union of all graphs (Virtuoso).",
    ),
)
#: Those of fair use, which the server for assistants has too.
_FAIR_OPTIONS = (
    click.option(
        "--fair-use",
        default="auto",
        show_default=True,
        type=click.Choice(["auto", "on", "off"]),
        help="Count each client's query time; auto leaves out those on this machine.",
    ),
    click.option(
        "--fair-seconds",
        default=60.0,
        show_default=True,
        type=click.FloatRange(0, min_open=True),
        help="Query time that each client has in a window.",
    ),
    click.option(
        "--fair-window",
        default=60.0,
        show_default=True,
        type=click.FloatRange(0, min_open=True),
        help="Seconds of that window.",
    ),
    click.option(
        "--trusted-proxy",
        "trusted_proxies",
        multiple=True,
        help="Address or network whose X-Forwarded-For is believed (repeatable).",
    ),
)
_SERVICE_OPTIONS = (
    click.option(
        "--max-rows", default=0, show_default=True, type=click.IntRange(0), help="Most rows of a table; 0 is no cap."
    ),
    *_FAIR_OPTIONS,
    click.option(
        "--metrics",
        default="loopback",
        show_default=True,
        type=click.Choice(["loopback", "all", "off"]),
        help="Who may read /metrics.",
    ),
    click.option(
        "--connections",
        default=1024,
        show_default=True,
        type=click.IntRange(4),
        help="Connections that may be open; fewer where the system allows fewer descriptors.",
    ),
    click.option(
        "--idle-seconds",
        default=25.0,
        show_default=True,
        type=click.FloatRange(1),
        help="Time after which a connection without a request is closed.",
    ),
    click.option(
        "--stop-seconds",
        default=6.0,
        show_default=True,
        type=click.FloatRange(0),
        help="Time that is left to what is being answered when the server is told to end.",
    ),
    click.option("--access-log/--no-access-log", default=True, show_default=True, help="Log each request."),
    click.option("--log-queries", is_flag=True, help="Log the text of queries too."),
    click.option(
        "--map-tiles",
        default="",
        help="Address of a layer of pictures under maps, with {z}, {x} and {y}; without it maps ask nobody else.",
    ),
    click.option("--map-credit", default="", help="Who made that layer, as the map says it."),
    click.option(
        "--allow-service",
        multiple=True,
        metavar="IRI",
        help="Exact address of an endpoint that SERVICE may name (repeatable); without it SERVICE is refused.",
    ),
)


def service_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; it gets them by the names of ``cityrights_web.settings.Settings``."""
    for option in reversed((*_ENGINE_OPTIONS, *_SERVICE_OPTIONS)):
        command = option(command)
    return command


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of the engine alone: workers, queue, limits of a query, and a store of one's own."""
    for option in reversed(_ENGINE_OPTIONS):
        command = option(command)
    return command


def fair_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of fair use."""
    for option in reversed(_FAIR_OPTIONS):
        command = option(command)
    return command


def check_proxies(proxies: Iterable[str]) -> None:
    """Raise click.BadParameter for what is neither an address nor a network."""
    from ipaddress import ip_network

    for network in proxies:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--trusted-proxy") from error


def check_endpoint(endpoint: str) -> None:
    """Raise click.BadParameter for what is no address of a store."""
    if endpoint and not is_address(endpoint):
        raise click.BadParameter("it begins with http:// or https:// and names no user", param_hint="--endpoint")


def to_settings(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options in the units of the settings. Raises click.BadParameter for what is no address."""
    check_proxies(options["trusted_proxies"])
    check_endpoint(options["endpoint"])
    try:
        check_addresses(options["allow_service"])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--allow-service") from error
    if options["endpoint"]:  # the store has one version, so a newer snapshot is not taken up while this runs
        options = {**options, "watch_seconds": 0.0}
    return {
        **options,
        "query_memory": options["query_memory"] << 20,
        "total_memory": options["total_memory"] << 20,
    }
