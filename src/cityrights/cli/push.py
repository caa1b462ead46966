"""``cityrights push``: load the snapshot into a remote store."""

from __future__ import annotations

from pathlib import Path

import click
import platformdirs

from cityrights.cli.console import console, progress
from cityrights.remote import PASSWORD, USER, credentials
from cityrights.snapshot import Snapshot, default_directory
from sparqlgate.stores.push import BATCH
from sparqlgate.stores.push import push as run
from sparqlgate.text.rewriting import DIALECTS


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
@click.option("--batch", default=BATCH, show_default=True, type=click.IntRange(1, 100_000), help="Statements at once.")
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
    found = Snapshot.open(snapshot or default_directory())
    if state is None:
        state = Path(platformdirs.user_cache_dir("cityrights")) / "push"
        state.mkdir(parents=True, exist_ok=True)
    with progress("push") as report:
        default, named = run(
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
