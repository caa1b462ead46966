"""Options that several commands take: limits, fair use, files to write to; and what checks them and addresses."""

from __future__ import annotations

import math
import os
import socket
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click

import sparqlgate
from cityrights.errors import CityrightsError, EngineUnavailable
from cityrights.terms import rows
from cityrights.vocabulary import DATASET, NAMES, OWL
from sparqlgate import Limits, Store
from sparqlgate.text.rewriting import DIALECTS

if TYPE_CHECKING:  # what speaks HTTP takes a while, and few need it
    from sparqlgate.stores.remote_http import Credentials

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, default: object, kind: click.ParamType[Any], about: str) -> Callable[[F], F]:
    """Return an option with a default, which its help shows."""
    return click.option(name, default=default, show_default=True, type=kind, help=about)


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


class Choice(click.Choice[str]):
    """One of some words; for any other it says which may be meant."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return what is wrong with a value that is none of them."""
        from cityrights.library.names import meant, nearest  # takes a while, and is needed for what is wrong alone

        return super().get_invalid_choice_message(value, ctx).rstrip(".") + (
            meant(nearest(str(value), self.choices)) or "."
        )


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


#: The documents, for who has them.
SOURCES: Final = click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the source documents, under any names: check every pointer against them.",
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
    option("--workers", 2, click.IntRange(1, 64), "Query processes kept ready, and long queries that compute at once."),
    option("--queue", 32, click.IntRange(0, 1000), "Long queries that may wait beside them; short ones do not wait."),
    option("--query-seconds", 30.0, Seconds(least_itself=False), "Time that a query may take."),
    option("--query-memory", 1024, click.IntRange(16, _MOST), "Memory that a query may use beyond the graph, in MiB."),
    option(
        "--total-memory",
        0,
        click.IntRange(0, _MOST),
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
    option("--fair-seconds", 60.0, Seconds(least_itself=False), "Query time that each client has in a window."),
    option("--fair-window", 60.0, Seconds(least_itself=False), "Seconds of that window."),
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


def connect(
    url: str, dialect: str, version: str, limits: Limits, connections: int = 8, *, whole: bool = False
) -> Store:
    """Return an engine over the graph in the store at ``url``. Raises as ``sparqlgate.connect`` does."""
    return sparqlgate.connect(url, dialect, version, NAMES, limits, connections, credentials(), whole=whole)


def answering(url: str, dialect: str, version: str, limits: Limits) -> Store:
    """Return an engine over what an endpoint holds, of the version that it tells; warn where that is not ``version``.

    Raises as :func:`connect` does, and the errors under QueryError where nobody answers there.
    """
    engine = connect(url, dialect, version, limits)
    try:
        with engine.query(f"SELECT ?v {{ <{DATASET}> <{OWL}versionInfo> ?v }} LIMIT 1") as result:
            told = rows(result.read())
    except EngineUnavailable as error:
        engine.close()
        raise EngineUnavailable(f"{url} answers no queries: {error.reason}") from error
    except BaseException:
        engine.close()
        raise
    held = str(told[0]["v"]) if told else ""
    if held == version:
        return engine
    engine.close()
    said = f"version {held[:12]}" if held else "data that tell no version"
    warnings.warn(
        f"{url} answers with {said}; search, connections and "
        f"graph() come from the snapshot here, version {version[:12]}",
        stacklevel=3,
    )
    return connect(url, dialect, held, limits)
