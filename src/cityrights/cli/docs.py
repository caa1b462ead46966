"""``cityrights docs``: write the pages of ``docs/`` that are drawn from the graph."""

from __future__ import annotations

from pathlib import Path

import click

import cityrights
from cityrights.cli.console import notes
from cityrights.coverage import as_markdown, coverage


@click.command()
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
@click.option("--snapshot", type=click.Path(path_type=Path), help="Snapshot to read (default: the current one).")
def docs(output: Path, snapshot: Path | None) -> None:
    """Write docs/claims.md: which claim covers which lines of each document, and which lines none covers."""
    output.mkdir(parents=True, exist_ok=True)
    with cityrights.open(snapshot) as graph:
        text = as_markdown(coverage(graph))
    (output / "claims.md").write_text(text, "utf-8")
    notes.print(f"{output / 'claims.md'}: {text.count(chr(10)):,} lines", markup=False)
