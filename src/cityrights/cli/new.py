"""``cityrights new``: a folder for a graph of one's own, with ``instance.toml`` and no data yet."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from cityrights.cli.console import console, notes
from cityrights.instance import SHIPPED, make


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--base", required=True, help="What the IRIs of its things begin with, e.g. https://data.example.org/")
@click.option("--name", required=True, help="What it is called, in English.")
@click.option(
    "--languages", default="en", show_default=True, help="Codes (ISO 639), first that of the site at /: fr,en,pt"
)
@click.option("--licence", "--license", "licence", required=True, help="CC-BY-4.0 …, or the IRI of another one.")
def new(folder: Path, base: str, name: str, languages: str, licence: str) -> None:
    """Begin a graph of your own in FOLDER: instance.toml, and a place for data. Nothing else is copied.

    The vocabulary, its concepts, the questions and the words of the site come from the package. In the folder, and
    below it, every command is about that graph.
    """
    codes = [code for part in languages.split(",") if (code := part.strip())]
    made = make(folder, base=base, name=name, languages=codes, under=licence, begun=f"{datetime.now(UTC):%Y-%m-%d}")
    console.print(
        f"made {folder / 'instance.toml'}: {made.name}, {made.base}, {made.licence.name}", markup=False, emoji=False
    )
    for code in made.languages:
        if code not in SHIPPED:
            notes.print(
                f"{code}: no words of the site are shipped in it; its pages are in English and say so", markup=False
            )
    notes.print(f"next: cd {shlex.quote(str(folder))} && cityrights template practices.xlsx", markup=False, emoji=False)
