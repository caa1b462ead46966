"""``cityrights build``, ``watch``, ``publish``, ``status``, ``verify``, ``push``: snapshots made, checked, loaded."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import orjson
import platformdirs

from cityrights import publishing
from cityrights.cli.check import SHOWN, show
from cityrights.cli.console import ANEW, console, notes, progress, tell_of_shared, warn
from cityrights.cli.options import PASSWORD, SOURCES, USER, credentials
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.pipeline import build as build_snapshot
from cityrights.snapshot import SUMS, Snapshot, damage, default_directory, recorded
from sparqlgate.text.rewriting import DIALECTS

if TYPE_CHECKING:  # what checks and builds takes a while to import
    from cityrights.watching import Round, Watch

#: ``sparqlgate.stores.push.BATCH``, without what speaks HTTP: that takes a while, and few commands need it.
_BATCH = 1000
_CONNECTIONS = 2


_HOME: Final = click.option(
    "--home",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ontology, data and queries.",
)


_RESTRICTED: Final = click.option(
    "--include-restricted",
    "restricted",
    is_flag=True,
    help="Let the dumps have imported claims, too, whose licence that of the instance does not allow.",
)


@click.command()
@click.option("--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder for snapshots.")
@_HOME
@click.option(
    "--add",
    "extra",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A further TriG or N-Quads file to take in.",
)
@click.option("--force", is_flag=True, help="Build anew what is built already: mends a snapshot that is spoilt.")
@_RESTRICTED
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def build(
    directory: Path | None,
    source: Path | None,
    extra: tuple[Path, ...],
    *,
    force: bool,
    restricted: bool,
    as_json: bool,
) -> None:
    """Build a snapshot, as a draft: read the files, derive, index, write the dumps. What is published stays.

    A file that is wrong is reported as path:line with the reason. Then every question of the library is asked; one that
    fails or finds nothing is named in a warning. `cityrights publish` checks it and makes it the current one.
    """
    started = time.perf_counter()
    folder = source or home()
    target = directory or default_directory(folder)
    tell_of_shared(target)
    with progress("build") as report:
        result = build_snapshot(folder, target, progress=report, extra=extra, force=force, restricted=restricted)
    manifest = result.snapshot.manifest
    warn(result)
    if as_json:
        about = {
            "snapshot": str(result.snapshot.path),
            "reused": result.reused,
            "derived": result.derived,
            "questions": {name: asdict(run) for name, run in result.questions.items()},
        }
        console.out(orjson.dumps({**about, **manifest}).decode())
        return
    done = "is up to date" if result.reused else "built"
    console.print(
        f"version {result.snapshot.short} {done}: {manifest['quads']:,} quads in {manifest['graphs']:,} graphs",
        markup=False,
    )
    notes.print(f"{result.snapshot.path} ({time.perf_counter() - started:.1f} s)", markup=False)
    if publishing.version_of(target) != result.snapshot.version:
        notes.print("a draft, which nothing reads yet; to check and publish it: cityrights publish", markup=False)


#: So many names of changed files are told.
_NAMED: Final = 3


@click.command()
@click.option("--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder for snapshots.")
@_HOME
@SOURCES
@click.option("--once", is_flag=True, help="Do so once, and end.")
@click.option("--beside", type=int, default=0, hidden=True, help="End when the process with this number has ended.")
def watch(directory: Path | None, source: Path | None, sources: Path | None, *, once: bool, beside: int) -> None:
    """Check and build whenever a file is saved: the draft is what the files say, as far as they can be built.

    What is found is told as by `cityrights check`, and shown on the draft (`cityrights serve --watch` does both). Of
    what was done before only that is done again of which something has changed. Nothing is published; Ctrl+C ends it.
    Exit codes: 0 it was ended; with --once as those of check.
    """
    from cityrights.watching import Anew, Watch, seen, wait

    folder = (source or home()).resolve()
    target = directory or default_directory(folder)
    tell_of_shared(target)
    watched = Watch(folder, target, sources)
    look = partial(seen, folder, sources)
    try:
        before = look()
        with progress("watch") as report:
            found = watched.round(report)
        _tell(watched, found)
        watched.count()
        if once:
            sys.exit(0 if found.report.clean else 1)
        notes.print("watching; Ctrl+C ends it", markup=False)
        while True:
            watched.rest()
            before, names = wait(look, before, lambda: not beside or os.getppid() == beside)
            if not names:
                return
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            console.rule(f"{datetime.now():%H:%M:%S} {', '.join(names[:_NAMED])}{more}", align="left", style="dim")
            _tell(watched, watched.round())
            if look() == before:  # else who has saved again is waited for
                watched.count()
    except Anew:
        if beside:
            sys.exit(ANEW)
        notes.print("the program or instance.toml has changed: beginning anew", markup=False)
        os.execv(sys.executable, [sys.executable, "-c", "from cityrights.cli import main; main()", *sys.argv[1:]])
    except KeyboardInterrupt:
        sys.exit(0)
    finally:
        watched.close()


def _tell(watched: Watch, found: Round) -> None:
    """Tell what came of a round: what was found, and what the draft is."""
    show(found.report, SHOWN)
    took = f"({found.seconds:.1f} s of processor time)"
    if found.fault:
        notes.print("error: ", style="red", end="")
        notes.print(found.fault, markup=False)
    elif found.built and found.snapshot is not None:
        same = publishing.version_of(watched.directory) == found.snapshot.version
        console.print(f"draft {found.snapshot.short}{', as it is published' if same else ''} {took}", markup=False)
    else:
        stays = f"the draft stays {found.snapshot.short}" if found.snapshot is not None else "there is no draft yet"
        console.print(f"the files cannot be built; {stays} {took}", markup=False)


@click.command()
@click.option("--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder of snapshots.")
@_HOME
@SOURCES
@click.option("--force", is_flag=True, help="Build anew what is built already: mends a snapshot that is spoilt.")
@_RESTRICTED
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def publish(
    directory: Path | None,
    source: Path | None,
    sources: Path | None,
    *,
    force: bool,
    restricted: bool,
    as_json: bool,
) -> None:
    """Build, check, and make the snapshot the current one, which is what everything reads.

    What was checked before without an error, to the last byte, is not checked again. Where the check finds an error
    nothing is published. Exit codes: 0 published, or it was already; 1 it was not.
    """
    folder = source or home()
    target = directory or default_directory(folder)
    tell_of_shared(target)
    try:
        with progress("publish") as report:
            done = publishing.publish_home(
                folder, target, sources=sources, force=force, restricted=restricted, progress=report
            )
    except publishing.NotPublished as error:
        if as_json:
            told = {"published": False, "draft": error.snapshot.version, **error.report.as_dict()}
            console.out(orjson.dumps(told).decode())
        else:
            show(error.report, SHOWN)
        raise
    if done.built is not None:
        warn(done.built)
    manifest = done.snapshot.manifest
    if as_json:
        told = {"published": True, "snapshot": str(done.snapshot.path), "moved": done.moved}
        told["checked"] = None if done.report is None else done.report.as_dict()
        console.out(orjson.dumps({**told, **manifest}).decode())
        return
    console.print(
        f"version {done.snapshot.short} is published{'' if done.moved else ' already'}: {manifest['quads']:,} quads in "
        f"{manifest['graphs']:,} graphs",
        markup=False,
    )
    if done.report is None:
        notes.print("it was checked before", markup=False)
    elif done.report.findings:
        notes.print(f"checked: no error, {len(done.report.findings)} warnings (cityrights check)", markup=False)


@click.command()
@click.option("--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder of snapshots.")
@_HOME
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(directory: Path | None, source: Path | None, *, as_json: bool) -> None:
    """Say where this home keeps its snapshots, which one is published, and whether the files have changed since."""
    folder = source or home()
    target = directory or default_directory(folder)
    told = publishing.status(folder, target)
    if as_json:
        console.out(orjson.dumps(told.as_dict()).decode())
        return
    for name, said in told.lines():
        console.print(f"{name:<10} {said}", markup=False)


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def verify(folder: Path | None) -> None:
    """Compare every file of a snapshot, by default the current one, with its SHA-256 from the build.

    Nothing is written and nothing else is asked. Exit codes: 0 every file is as it was built, 1 one is not.
    """
    found = Snapshot.open(folder or default_directory())
    wrong = list(damage(found))
    for sentence in wrong:
        notes.print("error: ", style="red", end="")
        notes.print(sentence, markup=False)
    if wrong:
        notes.print("to build it anew: cityrights build --force", markup=False)
        sys.exit(1)
    if not (found.path / SUMS).is_file():
        notes.print("only its dumps could be compared: an earlier release built it", markup=False)
    console.print(f"version {found.version}: {len(recorded(found))} files are as they were built", markup=False)


@click.command()
@click.argument("url")
@click.option(
    "--dialect",
    type=click.Choice(sorted(DIALECTS)),
    default="own-default",
    show_default=True,
    help="What the default graph of the store is: its own, or the union of all graphs (Virtuoso).",
)
@click.option("--user", envvar=USER, show_envvar=True, help=f"Who writes; the password is read from {PASSWORD}.")
@click.option("--query-url", help="Where the store answers queries, when that is not URL.")
@click.option("--graph-store", help="Where it takes whole graphs (Graph Store Protocol); faster than updates.")
@click.option("--snapshot", type=click.Path(path_type=Path), help="The snapshot, or a folder of snapshots.")
@click.option("--batch", default=_BATCH, show_default=True, type=click.IntRange(1, 100_000), help="Statements at once.")
@click.option(
    "--connections",
    default=_CONNECTIONS,
    show_default=True,
    type=click.IntRange(1, 32),
    help="Batches on the way at once.",
)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that says how far a load came.")
@click.option("--replace", is_flag=True, help="Begin anew: remove what an earlier load put there.")
@click.option(
    "--include-restricted",
    "restricted",
    is_flag=True,
    help="Load what is under a licence that that of the data does not allow, too: only the site may ask the store.",
)
def push(
    url: str,
    dialect: str,
    user: str | None,
    query_url: str | None,
    graph_store: str | None,
    snapshot: Path | None,
    batch: int,
    connections: int,
    state: Path | None,
    *,
    replace: bool,
    restricted: bool,
) -> None:
    """Load the snapshot into the store that takes SPARQL updates at URL.

    A load that was broken off goes on where it was when the same command is given again. Of a store that has an earlier
    version, whose snapshot is still beside this one, only what has changed is sent. Serve the store with
    cityrights serve --endpoint.
    """
    from sparqlgate.stores.push import push as push_to

    found = Snapshot.open(snapshot or default_directory())
    if found.is_apart and not restricted:
        raise CityrightsError(
            f"{found.manifest['restricted']['claims']} claims are under licences that that of the data does not allow, "
            "and whoever asks the store has them; where only the site may ask it, load them with --include-restricted"
        )
    if state is None:
        state = Path(platformdirs.user_cache_dir("cityrights")) / "push"
        state.mkdir(parents=True, exist_ok=True)

    def earlier(version: str) -> Snapshot | None:
        beside = found.path.parent / version[:12]
        kept = Snapshot.open(beside) if beside.is_dir() else None
        return kept if kept is not None and kept.version == version else None

    with progress("push", "quads") as report:
        loaded = push_to(
            found,
            url,
            DIALECTS[dialect],
            state=state,
            query_url=query_url,
            graph_store=graph_store,
            auth=credentials(user),
            batch=batch,
            connections=connections,
            replace=replace,
            earlier=earlier,
            progress=report,
            tell=lambda said: notes.print(f"push: {said}", style="yellow", markup=False),
        )
    done = "is loaded" if loaded.sent else "was loaded already"
    console.print(
        f"version {found.short} {done}: {loaded.default:,} statements in the default graph, {loaded.named:,} in named "
        f"graphs{f'; only what has changed was sent, {loaded.sent:,} statements' if loaded.changed else ''}",
        markup=False,
    )
