"""``cityrights format``: lay out the files that people write in the one canonical way."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cityrights.authoring.files import editable, replace
from cityrights.canonical import format_file
from cityrights.cli.console import console, notes, progress
from cityrights.errors import InputError
from cityrights.graphs import inputs
from cityrights.lexer import words
from cityrights.resources import home


@click.command("format")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 when a file would change.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def format_(paths: tuple[Path, ...], *, only_check: bool) -> None:
    """Rewrite Turtle and TriG files in canonical form: order, prefixes, indentation.

    PATHS are files or folders; without them, every file of the ontology and the data. SHACL shapes, with their long
    queries, are left as they are written. A leading block of comment lines stays, other comments are lost. Exit
    codes: 0 all files are canonical, 1 --check found one that is not, or a file is wrong.
    """
    files = _files(paths, only_check=only_check)
    changed: dict[Path, int] = {}
    wrong: list[InputError] = []
    with progress("format") as report:
        for number, path in enumerate(files, 1):
            report("laying out", number, len(files))
            try:
                text = format_file(path)
            except InputError as error:
                wrong.append(error)
                continue
            before = path.read_bytes().decode("utf-8")
            if before != text:
                changed[path] = _comments(before) - _comments(text)
                if not only_check:
                    replace(path, text)
    for path, lost in changed.items():
        also = f" (without {lost} lines of comment below the top)" if lost else ""
        console.print(f"{'would change' if only_check else 'formatted'} {path}{also}", markup=False, emoji=False)
    for each in wrong:
        notes.print("error: ", style="red", end="")
        notes.print(str(each), markup=False, emoji=False)
    notes.print(f"{len(files)} files: {len(changed)} changed, {len(wrong)} wrong", markup=False, emoji=False)
    sys.exit(1 if wrong or (only_check and changed) else 0)


def _comments(text: str) -> int:
    return sum(word.kind == "comment" for word in words(text))


def _files(paths: tuple[Path, ...], *, only_check: bool) -> list[Path]:
    if not paths:
        return [item.path for item in inputs(home() if only_check else editable())]
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix in (".ttl", ".trig"))
            found.extend(sorted(p for p in inside if "shapes" not in p.relative_to(path).parts))
        else:
            found.append(path)
    return list(dict.fromkeys(found))
