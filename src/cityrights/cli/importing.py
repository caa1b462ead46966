"""``cityrights new``, ``template``, ``map`` and ``import``: a graph of one's own, begun and filled from sheets."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import orjson

from cityrights.authoring import editable
from cityrights.cli.console import console, notes, progress
from cityrights.errors import CityrightsError, InputError
from cityrights.instance import SHIPPED, make

if TYPE_CHECKING:  # what reads sheets takes a while to import
    from cityrights.importing.batches import Order
    from cityrights.importing.ledger import Imported

F = TypeVar("F", bound=Callable[..., Any])

_HOME = click.option(
    "--home", "place", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of the instance."
)
_READ: Final = (
    click.option("--sheet", default="", help="The one sheet of a workbook that has the practices."),
    click.option("--encoding", default="", help="Of a CSV that is not UTF-8: cp1252 …"),
    click.option("--delimiter", default="", help="What parts the cells of a CSV (default: the most frequent mark)."),
)
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
#: So many findings of a kind are shown.
_SHOWN: Final = 5


def _reading(command: F) -> F:
    for option in reversed(_READ):
        command = option(command)
    return command


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


@click.command("import")
@click.argument("file", required=False, type=_FILE)
@click.option(
    "--documents",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the documents that rows quote: txt, html, pdf, docx.",
)
@click.option("--map", "mapping", type=_FILE, help="How a sheet of another shape is read (cityrights map writes one).")
@click.option("--as", "source", default="", help="What the source of the rows is called (default: as the file).")
@click.option("--language", default="", help="Of texts whose column names none (default: the first of the instance).")
@click.option("--licence", default="", help="Of what the sheet says: CC-BY-4.0 … (default: that of the instance).")
@click.option("--by", "who", default="", help="Who imports; it is kept with the batch.")
@click.option("--remove", is_flag=True, help="Take out practices whose rows the file has no more.")
@click.option("--dry-run", "dry", is_flag=True, help="Read and tell, and write nothing.")
@click.option("--undo", default="", metavar="BATCH", help="Take a batch back: its file is again what it was before.")
@click.option("--list", "listing", is_flag=True, help="List the batches.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@_reading
@_HOME
def import_(
    file: Path | None,
    documents: Path | None,
    mapping: Path | None,
    source: str,
    language: str,
    licence: str,
    who: str,
    undo: str,
    sheet: str,
    encoding: str,
    delimiter: str,
    place: Path | None,
    *,
    remove: bool,
    dry: bool,
    listing: bool,
    as_json: bool,
) -> None:
    """Take in a sheet of practices: one row, one practice, and the row is its evidence.

    FILE is a workbook (xlsx, ods), CSV, TSV or JSON with the columns of cityrights template. Bad rows stay out, and are
    written to a workbook beside the file, with what is wrong, ready to be mended and imported. The same file twice
    changes nothing. Exit codes: 0 all rows were taken, 1 some stayed out or the file cannot be read.
    """
    from cityrights.importing import batches, ledger

    folder = editable(place)
    if listing or undo:
        if undo:
            console.print(f"{undo} is taken back: {ledger.undo(folder, undo)}", markup=False)
        for name, time, told in ledger.listed(folder) if listing else ():
            console.print(f"{name}  {time}  {told}", markup=False)
        return
    if file is None:
        raise click.UsageError("name the file to import, or a batch to take back with --undo")
    from cityrights.importing.columns import Mapped, read_mapping

    by = read_mapping(mapping) if mapping else Mapped()
    order = batches.Order(
        file, documents, by, source, sheet, language, licence, encoding, delimiter, who, remove=remove, dry=dry
    )
    with progress("import") as shown:
        report = batches.run(folder, order, shown)
    _tell(order, report, as_json=as_json)
    sys.exit(1 if report.faults else 0)


def _again(order: Order, mended: Path, source: str) -> str:
    """Return the command that imports mended rows as the others were."""
    how = (
        ("--documents", order.documents), ("--map", order.by.path), ("--language", order.language),
        ("--licence", order.licence), ("--by", order.who),
    )  # fmt: skip
    return shlex.join(
        ["cityrights", "import", str(mended), "--as", source, *(str(part) for one in how if one[1] for part in one)]
    )


def _tell(order: Order, report: Imported, *, as_json: bool) -> None:
    from cityrights.importing.template import to_mend

    mended, unwritten = None, ""
    try:
        mended = to_mend(order.path, report) if report.faults and not order.dry else None
    except CityrightsError as error:  # what was imported is imported, and is told all the same
        unwritten = str(error)
    if as_json:
        told = report.as_dict() | {"to_mend": str(mended) if mended else None, "not_written": unwritten}
        console.out(orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str).decode())
        return
    for kind, count in report.counted():
        notes.print(f"{count} × {kind}", style="red", markup=False)
        for fault in [one for one in report.faults if one.kind == kind][:_SHOWN]:
            notes.print(f"    {fault}", markup=False)
        if count > _SHOWN:
            notes.print(f"    … and {count - _SHOWN} more", markup=False)
    for fault in report.notes[: 4 * _SHOWN]:
        notes.print(f"note: {fault}", style="yellow", markup=False)
    if len(report.notes) > 4 * _SHOWN:
        notes.print(f"note: … and {len(report.notes) - 4 * _SHOWN} more", style="yellow", markup=False)
    for renamed in report.renamed:
        notes.print(f"note: {renamed}", markup=False)
    for gone in report.gone[:_SHOWN]:
        what = "taken out" if report.removed else "kept, though the file has it no more; --remove takes it out"
        notes.print(f"{gone}: {what}", markup=False)
    if len(report.gone) > _SHOWN:
        notes.print(f"… and {len(report.gone) - _SHOWN} more", markup=False)
    if mended is not None:
        rows = len(report.bad)
        again = _again(order, mended, report.source)
        are = "row stays out, and is" if rows == 1 else "rows stay out, and are"
        # soft_wrap: a command is copied, and a broken line would end it
        notes.print(f"{rows} {are} in {mended}: mend there, then", markup=False, soft_wrap=True)
        notes.print(f"    {again}", markup=False, soft_wrap=True)
    elif unwritten:
        notes.print(f"{len(report.bad)} rows stay out; {unwritten}", style="red", markup=False)
    if report.mending and report.added + report.changed:
        notes.print(
            "note: mend these rows in your own sheet, too; until then it brings them as bad again", markup=False
        )
    did = f"{report.added} added, {report.changed} changed, {report.same} as before, {report.removed} removed"
    did += f", {report.moved} moved" if report.moved else ""
    console.print(f"{report.rows} rows: {did}, {len(report.bad)} bad", markup=False)
    if report.batch:
        notes.print(f"batch {report.batch} in {report.path}; cityrights check looks at it", markup=False)
        notes.print(f"to take it back: cityrights import --undo {report.batch}", markup=False)
    else:
        notes.print("nothing was written" if order.dry else "nothing is other than before", markup=False)


@click.command("map")
@click.argument("file", type=_FILE)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="(default: FILE with .map.toml)")
@_reading
@_HOME
def map_(file: Path, output: Path | None, sheet: str, encoding: str, delimiter: str, place: Path | None) -> None:
    """Propose how a sheet of another shape is read, as a file to edit: columns, constants, values and concepts."""
    from cityrights.home import home
    from cityrights.importing.columns import Concepts, propose
    from cityrights.importing.sheets import read_tables, text_of

    tables = read_tables(file, sheet=sheet, encoding=encoding, delimiter=delimiter)
    table = next(iter(tables), None)
    if table is None:
        raise InputError(file, "has no rows", repair="name a sheet that has some with --sheet")
    found: dict[str, list[str]] = {heading: [] for heading in table.headings}
    for row in table.rows:
        for heading, cell in row.cells.items():
            found[heading].append(text_of(cell))
    target = output or file.with_name(f"{file.stem}.map.toml")
    if target.exists() and output is None:
        raise CityrightsError(f"{target} is there already; name another file with --output")
    target.write_text(propose(file, found, Concepts(place or home())), "utf-8")
    command = ["cityrights", "import", str(file), "--map", str(target)]
    command += ["--sheet", table.name] if sheet or len(tables) > 1 else []
    console.print(f"{target}: look at it, then {shlex.join(command)}", markup=False, soft_wrap=True)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_HOME
def template(file: Path, place: Path | None) -> None:
    """Write an empty sheet of practices to fill: FILE ends with .xlsx, .ods or .csv.

    A workbook has drop-downs of the concepts, notes at its headings and sheets for institutions, instruments and
    numbers. Beside it stands FILE-metadata.json, which describes the columns (CSV on the Web).
    """
    from cityrights.home import home
    from cityrights.importing.template import write

    for path in write(file, place or home()):
        console.print(str(path), markup=False)
