"""``cityrights serve`` and its options: publish what is not published, then serve it; or serve a draft as one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import click

from cityrights import publishing
from cityrights.cli.console import ANEW, exit_on_sigterm, notes, progress, tell_of_shared
from cityrights.cli.options import (
    ENGINE,
    FAIR_USE,
    SOURCES,
    Seconds,
    address,
    check_endpoint,
    check_proxies,
    option,
    require_free,
    with_options,
)
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.instance import fault_of_base, instance
from cityrights.snapshot import CURRENT, DRAFT, MANIFEST, Snapshot, default_directory, nearby, to_publish
from cityrights_web import supervisor as systemd
from cityrights_web.server import serve as run
from cityrights_web.settings import is_tile_address
from sparqlgate.http import serving
from sparqlgate.http.settings import check_public

#: What begins a command of ours in another process.
_MAIN: Final = "from cityrights.cli import main; main()"
_SERVICE_OPTIONS = (
    option("--max-rows", 0, click.IntRange(0, 1 << 40), "Most rows of a table; 0 is no cap."),
    *FAIR_USE,
    option(
        "--open-versions",
        2,
        click.IntRange(1, 64),
        "Earlier versions that may be open at once, each with a process and the memory of a query.",
    ),
    option("--metrics", "loopback", click.Choice(["loopback", "all", "off"]), "Who may read /metrics."),
    option(
        "--connections",
        1024,
        click.IntRange(4, 1 << 20),
        "Connections that may be open; fewer where the system allows fewer descriptors.",
    ),
    option("--idle-seconds", 25.0, Seconds(1), "Time after which a connection without a request is closed."),
    option(
        "--stop-seconds",
        6.0,
        Seconds(),
        "Time that is left to what is being answered when the server is told to end.",
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


def to_settings(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options in the units of the settings. Raises click.BadParameter for what is no address."""
    check_proxies(options["trusted_proxies"])
    check_endpoint(options["endpoint"])
    if options["allow_service"]:
        from sparqlgate.stores.remote_http import check_addresses  # what speaks HTTP takes a while, and few need it

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


def _contact(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if value and not value.startswith(("mailto:", "https:")):
        raise click.BadParameter("it must be a mailto: or https: address, such as mailto:graph@city.example")
    return value


def _public(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    try:
        return check_public(value or "")
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="A snapshot to serve as it is, or a folder to build in."
)
@click.option(
    "--draft", is_flag=True, help="Build and serve, unpublished, what the files say now: each page says that it is one."
)
@click.option("--watch", is_flag=True, help="Serve the draft, and build and check it anew whenever a file is saved.")
@SOURCES
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve this RDF file in place of the shipped graph (repeatable; more files may follow).",
)
@click.option("--base-iri", help="What relative IRIs in the files of --dataset are resolved against.")
@click.option("--base", default="", metavar="IRI", help="IRIs of --dataset that begin with it are answered here.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--public-url",
    callback=_public,
    metavar="URL",
    help="Address that links and Location use, when it is not the one asked; it may have a path.",
)
@click.option("--trusted-host", "trusted", multiple=True, help="Host name that may be asked for (repeatable).")
@click.option("--contact", default="", callback=_contact, help="Where corrections are sent: mailto:… or https:…")
@with_options(*ENGINE, *_SERVICE_OPTIONS)
def serve(
    host: str,
    port: int,
    snapshot: Path | None,
    datasets: tuple[Path, ...],
    base_iri: str | None,
    base: str,
    files: tuple[Path, ...],
    public_url: str,
    trusted: tuple[str, ...],
    contact: str,
    *,
    draft: bool,
    watch: bool,
    sources: Path | None,
    **service: Any,
) -> None:
    """Serve the graph: the site, the data and the SPARQL endpoint, read-only.

    What the files say is published first, as by `cityrights publish`, where that has not been done; where the check
    finds an error, what was published before is served.

    With --dataset, serve other RDF files in the same way: Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD, each
    also packed with gzip.
    """
    if files and not datasets:
        raise click.UsageError("files to serve follow --dataset: cityrights serve --dataset FILE …")
    draft = draft or watch
    if draft and datasets:
        raise click.UsageError(
            f"--{'watch' if watch else 'draft'} is for this graph: files of --dataset are served as they are, and "
            "never checked"
        )
    if base and not datasets:
        raise click.UsageError("--base goes with --dataset; an instance says its own in instance.toml")
    if base and (fault := fault_of_base(base)):
        raise click.BadParameter(fault, param_hint="--base")
    options = to_settings(service) | {"base": base}
    if options["map_tiles"] and not is_tile_address(options["map_tiles"]):
        raise click.BadParameter("it is like https://tiles.example.org/{z}/{x}/{y}.png", param_hint="--map-tiles")
    passed = systemd.listener()
    if passed is not None:
        host, port = passed.getsockname()[:2]
    else:
        require_free(host, port)
    if snapshot is not None and snapshot.exists() and not snapshot.is_dir():
        raise CityrightsError(f"{snapshot} is a file; --snapshot takes a snapshot's folder, or a folder to build in")
    with exit_on_sigterm(0):
        if datasets:
            chosen = _files([*datasets, *files], snapshot, base_iri)
        else:
            chosen = _prepare(snapshot, sources, draft=draft, watch=watch)
    whose = instance()
    if whose.contact and not contact and not datasets:
        contact = whose.contact if "://" in whose.contact else f"mailto:{whose.contact}"
    notes.print(f"{whose.name} {chosen.short}: http://{address(host)}:{port}/ (Ctrl+C to stop)", markup=False)
    if host in ("0.0.0.0", "::"):  # noqa: S104 - a remark on that address, not its use
        notes.print("reachable from other machines; name what may be asked for with --trusted-host", markup=False)
        if not contact:
            notes.print(
                "nobody to write to about errors and names of people: say where with --contact mailto:…", markup=False
            )
    # Where the folder of snapshots was chosen, and no one of them, a newer one is taken up when it is published.
    fixed = bool(datasets) or chosen.path == (snapshot or Path()).resolve()
    served = chosen.path if fixed else chosen.path.parent / DRAFT if draft else chosen.path.parent
    if watch and fixed:
        reason = "--watch builds into a folder of snapshots, and this is one snapshot"
        raise click.BadParameter(reason, param_hint="--snapshot")
    if watch and passed is None:
        passed = serving.bound(host, port)
    options |= {"listener": passed, "public_url": public_url, "trusted_hosts": trusted, "contact": contact}
    with _watching(chosen.path.parent, sources, passed) if watch and passed is not None else nullcontext():
        run(served, host, port, draft=draft, **options)


@contextmanager
def _watching(directory: Path, sources: Path | None, listener: socket.socket) -> Iterator[None]:
    """Have a process beside that watches the files; where it goes on with another, so does the server.

    The next server is passed the socket: who comes meanwhile waits, and nobody else can take the address.
    """
    address = listener.dup()
    documents = ["--sources", str(sources)] if sources else []
    arguments = ["watch", "--snapshot", str(directory), *documents, "--beside", str(os.getpid())]
    anew = threading.Event()

    def await_end() -> None:
        if process.wait() == ANEW:
            anew.set()
            os.kill(os.getpid(), signal.SIGTERM)

    with subprocess.Popen([sys.executable, "-c", _MAIN, *arguments], stdout=2) as process:
        waiting = threading.Thread(target=await_end, name="watch", daemon=True)
        waiting.start()
        try:
            yield
        finally:
            process.terminate()
            waiting.join()
    if anew.is_set():
        notes.print("the program or instance.toml has changed: beginning anew", markup=False)
        systemd.pass_on(address)
        os.execv(sys.executable, [sys.executable, "-c", _MAIN, *sys.argv[1:]])


def _files(files: list[Path], where: Path | None, base_iri: str | None) -> Snapshot:
    """Return a snapshot of other people's files, built in the folder named or beside the snapshots of the graph."""
    from cityrights.pipeline.steps import build_files  # it takes a while, and what is published needs none of it

    with progress("build") as report:
        return build_files(files, where or default_directory() / "datasets", base_iri=base_iri, progress=report)


def _is_for_snapshots(folder: Path) -> bool:
    """Say whether a folder is one that snapshots are built into: it has some, or was made and left empty for them."""
    if not folder.is_dir():
        return False
    others = (path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "lost+found")
    pointed = any((folder / name).is_symlink() for name in (CURRENT, DRAFT))
    return pointed or next(others, None) is None


def _prepare(where: Path | None, sources: Path | None, *, draft: bool, watch: bool = False) -> Snapshot:
    """Return what to serve: the snapshot named; or a draft of what the files say; or what is published of them."""
    if where is not None and any((where / name).exists() for name in (MANIFEST, "store", "cityrights.nq")):
        return Snapshot.open(where)  # one snapshot, whole or not: nothing is built into its folder
    if where is not None and not _is_for_snapshots(where):
        raise click.BadParameter(
            f"{where} is no folder of snapshots{nearby(where)}; to make one there first: {to_publish(where)}",
            param_hint="--snapshot",
        )
    directory, documents = where or default_directory(), ["--sources", str(sources)] if sources else []
    tell_of_shared(directory)
    if draft:
        return _draft(directory, documents, watch=watch)
    found = publishing.published(home(), directory, documents=bool(documents))
    if found is not None:
        return found
    code = _aside("publish", "--snapshot", str(directory), *documents)
    try:
        found = Snapshot.current(directory)
    except CityrightsError:
        sys.exit(code or 1)
    if code:
        notes.print(f"serving what was published before, version {found.short}", markup=False)
    return found


def _draft(directory: Path, documents: Sequence[str], *, watch: bool) -> Snapshot:
    """Build what the files say now, and tell what the check finds in it; it is served whatever that is.

    Who watches has a check anyway, and begins with the draft that there was where the files cannot be built.
    """
    code = _aside("build", "--snapshot", str(directory))
    if code and not (watch and (directory / DRAFT).is_dir()):
        sys.exit(code)
    if not watch and not publishing.is_checked(home(), directory, documents=bool(documents)):
        _aside("watch", "--once", "--snapshot", str(directory), *documents)
    notes.print("serving a draft, which is not published: each page says so", markup=False)
    return Snapshot.open(directory / DRAFT)


def _aside(*arguments: str) -> int:
    """Run a command of ours in a process of its own, and return its exit code: what it takes in memory goes with it."""
    with subprocess.Popen([sys.executable, "-c", _MAIN, *arguments], stdout=2) as process:
        try:
            return process.wait()
        except BaseException:  # told to end: it tidies up, and ends, too
            process.terminate()
            raise
