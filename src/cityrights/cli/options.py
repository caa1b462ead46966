"""Options that several commands take: limits, fair use, files to write to; and what checks them and addresses."""

from __future__ import annotations

import math
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from cityrights.errors import CityrightsError
from sparqlgate.text.rewriting import DIALECTS

#: The longest time that can be asked for, in seconds: a third of a year.
_LONGEST: Final = 10_000_000
#: The most memory that can be, in MiB: 16 TiB.
_MOST: Final = 1 << 24


class Seconds(click.FloatRange):
    """A time in seconds: more than nothing, or at least ``least``; it ends, and is a number."""

    name = "seconds"

    def __init__(self, least: float = 0.0, *, least_itself: bool = True) -> None:
        super().__init__(least, _LONGEST, min_open=not least_itself)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds. Fails for what is none, NaN among them: it is neither too little nor too much."""
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return found


#: The formats of answers by the names that ``--format`` and the ends of files have.
FORMATS: Final = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "trig": "application/trig",
    "nq": "application/n-quads",
}


def _file(_context: click.Context, option: click.Parameter, value: str | None) -> Path | None:
    """Return the file to write. Raises click.BadParameter where it has no folder, and for a format of earlier days."""
    if value is None:
        return None
    if value in FORMATS:
        raise click.BadParameter(f"it is the file to write to now; the format is --format {value} (a file: ./{value})")
    path = Path(value)
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent} to write to; make it, or name another")
    return path


#: ``-o`` is the same for every command that has an answer to write.
output_option = click.option(
    "--output", "-o", type=click.Path(dir_okay=False), callback=_file, help="File to write (default: standard output)."
)


@contextmanager
def written(path: Path | None) -> Iterator[BinaryIO]:
    """Give a stream to write an answer to: standard output, or a file that is there once the answer is whole."""
    if path is None:
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # a device, a pipe
        with path.open("wb") as stream:
            yield stream
        return
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with fresh.open("wb") as stream:
            yield stream
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


#: Those of the engine.
ENGINE = (
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
        type=Seconds(least_itself=False),
        help="Time that a query may take.",
    ),
    click.option(
        "--query-memory",
        default=1024,
        show_default=True,
        type=click.IntRange(16, _MOST),
        help="Memory that a query may use beyond the graph, in MiB.",
    ),
    click.option(
        "--total-memory",
        default=0,
        show_default=True,
        type=click.IntRange(0, _MOST),
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
#: Those of fair use.
FAIR_USE = (
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
        type=Seconds(least_itself=False),
        help="Query time that each client has in a window.",
    ),
    click.option(
        "--fair-window",
        default=60.0,
        show_default=True,
        type=Seconds(least_itself=False),
        help="Seconds of that window.",
    ),
    click.option(
        "--trusted-proxy",
        "trusted_proxies",
        multiple=True,
        help="Address or network whose X-Forwarded-For is believed (repeatable).",
    ),
)


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of the engine alone: workers, queue, limits of a query, and a store of one's own."""
    for option in reversed(ENGINE):
        command = option(command)
    return command


def fair_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of fair use."""
    for option in reversed(FAIR_USE):
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
    if not endpoint:
        return
    from sparqlgate.stores.remote_http import is_address  # what speaks HTTP takes a while, and few need it

    if not is_address(endpoint):
        raise click.BadParameter("it begins with http:// or https:// and names no user", param_hint="--endpoint")


def require_free(host: str, port: int) -> None:
    """Raise CityrightsError when the address cannot be listened on; the server itself would share a port silently."""
    try:
        host.encode("idna")  # what is no name of a host would leave a socket open
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except UnicodeError as error:
        raise CityrightsError(f"{host[:100]!r} is no name or address of a host; choose another with --host") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise CityrightsError(
            f"cannot listen on {address(host)}:{port}: {reason}; choose another with --port"
        ) from error


def address(host: str) -> str:
    """Return a host as an address has it, an IPv6 one in brackets."""
    return f"[{host}]" if ":" in host else host
