"""``cityrights build``, ``verify``, ``push``: snapshots made, compared with their manifest, loaded into a store."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
import orjson
import platformdirs

from cityrights.cli.console import console, notes, progress
from cityrights.cli.options import PASSWORD, USER, credentials
from cityrights.home import home
from cityrights.pipeline import BuildReport
from cityrights.pipeline import build as build_snapshot
from cityrights.snapshot import SUMS, Snapshot, damage, default_directory, recorded, shared_before
from sparqlgate.text.rewriting import DIALECTS

#: ``sparqlgate.stores.push.BATCH``, without what speaks HTTP: that takes a while, and few commands need it.
_BATCH = 1000


@click.command()
@click.option("--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder for snapshots.")
@click.option(
    "--home",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ontology, data and queries.",
)
@click.option(
    "--add",
    "extra",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A further TriG or N-Quads file to take in.",
)
@click.option("--force", is_flag=True, help="Build anew what is built already: mends a snapshot that is spoilt.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def build(directory: Path | None, source: Path | None, extra: tuple[Path, ...], *, force: bool, as_json: bool) -> None:
    """Build the snapshot: read the files, derive, index, write the dumps, then swap it in.

    A file that is wrong is reported as path:line with the reason, and the last good snapshot stays in place. Then every
    question of the library is asked; one that fails or finds nothing is named in a warning.
    """
    started = time.perf_counter()
    folder = source or home()
    target = directory or default_directory(folder)
    tell_of_shared(target)
    with progress("build") as report:
        result = build_snapshot(folder, target, progress=report, extra=extra, force=force)
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


def warn(report: BuildReport) -> None:
    """Name the questions of the library that failed on the snapshot or found nothing."""
    for name, run in report.questions.items():
        if run.complaint:
            notes.print(f"warning: the question {name}: {run.complaint}", style="yellow", markup=False)


def tell_of_shared(directory: Path) -> None:
    """Say where earlier releases kept snapshots, when the first one is built into a home's own folder."""
    before = shared_before()
    if before is not None and directory.parent == before and not directory.exists():
        notes.print(
            f"snapshots of each checkout now have a folder of their own, this one's is {directory}; earlier ones are "
            f"still in {before}: delete them, or go on with them by CITYRIGHTS_SNAPSHOTS={before}",
            markup=False,
        )


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
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that says how far a load came.")
@click.option("--replace", is_flag=True, help="Begin anew: remove what an earlier load put there.")
def push(
    url: str,
    dialect: str,
    user: str | None,
    query_url: str | None,
    graph_store: str | None,
    snapshot: Path | None,
    batch: int,
    state: Path | None,
    *,
    replace: bool,
) -> None:
    """Load the snapshot into the store that takes SPARQL updates at URL.

    A load that was broken off goes on where it was when the same command is given again. Serve the store with
    cityrights serve --endpoint.
    """
    from sparqlgate.stores.push import push as push_to

    found = Snapshot.open(snapshot or default_directory())
    if state is None:
        state = Path(platformdirs.user_cache_dir("cityrights")) / "push"
        state.mkdir(parents=True, exist_ok=True)
    with progress("push") as report:
        default, named = push_to(
            found,
            url,
            DIALECTS[dialect],
            state=state,
            query_url=query_url,
            graph_store=graph_store,
            auth=credentials(user),
            batch=batch,
            replace=replace,
            progress=report,
        )
    console.print(
        f"version {found.short} is loaded: {default:,} statements in the default graph, {named:,} in named graphs",
        markup=False,
    )
