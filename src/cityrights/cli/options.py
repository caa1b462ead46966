"""Options that several commands take: the engine's limits, fair use; and what checks an address to listen on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

import sparqlgate
from cityrights.errors import CityrightsError
from cityrights.vocabulary import NAMES
from sparqlgate import Limits, Store
from sparqlgate.text.rewriting import DIALECTS

if TYPE_CHECKING:  # what speaks HTTP takes a while, and few need it
    from sparqlgate.stores.remote_http import Credentials

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, default: object, kind: click.ParamType[Any], about: str) -> Callable[[F], F]:
    """Return an option with a default, which its help shows."""
    return click.option(name, default=default, show_default=True, type=kind, help=about)


#: Those of the engine.
ENGINE = (
    option("--workers", 2, click.IntRange(1, 64), "Query processes kept ready, and long queries that compute at once."),
    option("--queue", 32, click.IntRange(0, 1000), "Long queries that may wait beside them; short ones do not wait."),
    option("--query-seconds", 30.0, click.FloatRange(0, min_open=True), "Time that a query may take."),
    option("--query-memory", 1024, click.IntRange(16), "Memory that a query may use beyond the graph, in MiB."),
    option(
        "--total-memory",
        0,
        click.IntRange(0),
        "Memory that all queries may use together, in MiB; 0 is as much as --workers of them may use.",
    ),
    click.option(
        "--endpoint",
        default="",
        help="A remote store that answers in place of the snapshot, loaded by cityrights push.",
    ),
    option(
        "--dialect",
        "own-default",
        click.Choice(sorted(DIALECTS)),
        "Its default graph: one of its own, or the union of all graphs (Virtuoso).",
    ),
)
#: Those of fair use.
FAIR_USE = (
    option(
        "--fair-use",
        "auto",
        click.Choice(["auto", "on", "off"]),
        "Count each client's query time; auto leaves out those on this machine.",
    ),
    option("--fair-seconds", 60.0, click.FloatRange(0, min_open=True), "Query time that each client has in a window."),
    option("--fair-window", 60.0, click.FloatRange(0, min_open=True), "Seconds of that window."),
    click.option(
        "--trusted-proxy",
        "trusted_proxies",
        multiple=True,
        help="Address or network whose X-Forwarded-For is believed (repeatable).",
    ),
)


def with_options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return a decorator that gives a command all of these options, in this order in its help."""

    def decorate(command: F) -> F:
        for each in reversed(options):
            command = each(command)
        return command

    return decorate


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
    if not endpoint:
        return
    from sparqlgate.stores.remote_http import is_address  # what speaks HTTP takes a while, and few need it

    if not is_address(endpoint):
        raise click.BadParameter("it begins with http:// or https:// and names no user", param_hint="--endpoint")


def require_free(host: str, port: int) -> None:
    """Raise CityrightsError when the address cannot be listened on; the server itself would share a port silently."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise CityrightsError(
            f"cannot listen on {address(host)}:{port}: {reason}; choose another with --port"
        ) from error


def address(host: str) -> str:
    """Return a host as an address has it, an IPv6 one in brackets."""
    return f"[{host}]" if ":" in host else host


#: Environment variables for stores that ask who is there.
USER: Final = "CITYRIGHTS_STORE_USER"
PASSWORD: Final = "CITYRIGHTS_STORE_PASSWORD"  # noqa: S105 - its name


def credentials(user: str | None = None) -> Credentials | None:
    """Return user and password, from the environment where they are not given; None where there is no user."""
    user = user or os.environ.get(USER)
    if not user:
        return None
    from sparqlgate.stores.remote_http import Credentials

    return Credentials(user, os.environ.get(PASSWORD, ""))


def connect(url: str, dialect: str, version: str, limits: Limits, connections: int = 8) -> Store:
    """Return an engine over the graph in the store at ``url``. Raises as ``sparqlgate.connect`` does."""
    return sparqlgate.connect(url, dialect, version, NAMES, limits, connections, credentials())
