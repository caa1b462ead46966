"""``cityrights verify``: is a snapshot still what was built."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cityrights.cli.console import console, notes
from cityrights.integrity import SUMS, damage, recorded
from cityrights.snapshot import Snapshot, default_directory


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
