"""``check``, ``validate``, ``coverage``: is what people wrote right, by itself, rules and documents; is it whole."""

from __future__ import annotations

import sys
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import orjson

from cityrights.check.format import natural
from cityrights.check.rules import Finding
from cityrights.cli.console import console, notes, progress
from cityrights.cli.options import SOURCES
from cityrights.coverage import DEGREES, Debt, debts, owed, told_in
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.library.pages import page_query
from cityrights.snapshot import default_directory
from cityrights.vocabulary import short
from sparqlgate.rdf.files import FORMATS, format_of

if TYPE_CHECKING:  # pySHACL and RDFLib take a while, and only these commands need them
    from cityrights.check.run import Report

#: How many findings of one rule are shown unless all are asked for.
SHOWN = 20


@click.command()
@SOURCES
@click.option(
    "--home",
    "place",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ontology, data and queries.",
)
@click.option("--source", default="", help="Look only at this source, e.g. twenty-practices, and its document.")
@click.option("--all", "everything", is_flag=True, help=f"Show more than {SHOWN} findings of a rule.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(sources: Path | None, place: Path | None, source: str, *, everything: bool, as_json: bool) -> None:
    """Check ontology, data and questions: syntax, layout, rules, shapes, answers and, with --sources, every pointer.

    Nothing is written but, where there is no error and the home has snapshots, a receipt beside them: what was checked
    need not be checked again to be published. Exit codes: 0 clean, 1 something was found, 2 the check could not run.
    """
    from cityrights import publishing

    try:
        folder = place or home()
        with progress("check") as step:
            report = publishing.check_home(
                folder, default_directory(folder), sources=sources, source=source, progress=step
            )
    except CityrightsError as error:
        _cannot_run(error)
    _end(report, everything=everything, as_json=as_json)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--base-iri", help="What relative IRIs in the files are relative to.")
@click.option("--all", "everything", is_flag=True, help=f"Show more than {SHOWN} findings of a rule.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def validate(files: tuple[Path, ...], base_iri: str | None, *, everything: bool, as_json: bool) -> None:
    """Validate RDF files of your own against the shapes of the ontology, all FILES together.

    Turtle, TriG, N-Triples, N-Quads, JSON-LD or RDF/XML, also packed with gzip. Nothing is fetched and nothing is
    written. Exit codes: 0 no rule is broken, 1 something was found, 2 the validation could not run.
    """
    from cityrights.check.run import validate as run_shapes
    from cityrights.library.names import is_iri

    try:
        if base_iri is not None and not is_iri(base_iri):
            raise click.BadParameter("write a whole IRI, such as https://example.org/", param_hint="--base-iri")
        for path in files:
            if format_of(path) is None:
                raise click.BadParameter(
                    f"{path}: use {', '.join(FORMATS)}, or one of these with .gz", param_hint="FILES"
                )
        with progress("validate") as step:
            report = run_shapes(home(), list(dict.fromkeys(files)), base_iri=base_iri, progress=step)
    except CityrightsError as error:
        _cannot_run(error)
    _end(report, everything=everything, as_json=as_json)


#: What is owed, in words, with a place for how many.
_DEBTS = {
    "names": "{n:,} names in {language}",
    "sentences": "{n:,} sentences of claims in {language}",
    "points": "the coordinates of {n:,} places",
    "documents": "the document behind {n:,} claims",
    "stubs": "what was done in {n:,} practices",
}


def told(debt: Debt) -> str:
    """Return a debt in words, with the command that pays it."""
    return f"{_DEBTS[debt.name].format(n=debt.count, language=debt.language)} → {debt.command}"


@click.command("coverage")
@click.option("--all", "everything", is_flag=True, help=f"List more than {SHOWN} things that something is owed of.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with every thing.")
@click.option("--snapshot", type=click.Path(path_type=Path), help="Snapshot to read (default: the current one).")
def coverage_(snapshot: Path | None, *, everything: bool, as_json: bool) -> None:
    """Tell how complete the records of practices are, and list what is owed, with the command that pays it.

    A record is complete where documents tell where a practice is, on what, for whom, what was hard, what was done and
    what is advised; a stub where they do not tell what was done; partial in between. Owed are translations, the
    coordinates of places, the documents behind claims, and what was done.
    """
    import cityrights

    with cityrights.open(snapshot) as graph:
        degrees = {
            str(row["value"]).rpartition("/")[2]: int(row["n"])
            for row in graph.select(page_query("coverage_completeness"))
            if row.get("value")
        }
        whole = {name: degrees.get(name, 0) for name in DEGREES}
        found = debts(list(graph.select(page_query("coverage_debts"))), whole["stub"], told_in())
        things = {debt: owed(graph, debt) for debt in found}
    if as_json:
        record = [asdict(debt) | {"command": debt.command, "things": things[debt]} for debt in found]
        click.echo(orjson.dumps({"completeness": whole, "debts": record}, option=orjson.OPT_INDENT_2))
        return
    console.print(", ".join(f"{count:,} {name}" for name, count in whole.items()), markup=False, emoji=False)
    for debt, those in things.items():
        console.print(f"\nowed: {told(debt)}", markup=False, emoji=False)
        for iri in those if everything else those[:SHOWN]:
            console.print(f"  {short(iri)}", markup=False, emoji=False)
        if len(those) > SHOWN and not everything:
            console.print(f"  … and {len(those) - SHOWN} more (--all shows them)", markup=False, emoji=False)
    if not found:
        console.print("nothing is owed", markup=False, emoji=False)


def _cannot_run(error: CityrightsError) -> NoReturn:
    notes.print("cannot run: ", style="red", end="")
    notes.print(str(error), markup=False, emoji=False)
    sys.exit(2)


def _end(report: Report, *, everything: bool, as_json: bool) -> NoReturn:
    """Print a report, and exit with what it says."""
    if as_json:
        click.echo(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        show(report, most=len(report.findings) if everything else SHOWN)
    sys.exit(0 if report.clean else 1)


def show(report: Report, most: int) -> None:
    """Print what a check found, at most so many findings of a rule, and what it looked at."""
    from cityrights.check.run import shortened

    stops = {finding.rule for finding in report.findings if finding.severity == "error"}
    # errors stand last, above the sum: they have to be mended, and what is above may have left the screen
    ordered = sorted(
        report.findings,
        key=lambda one: (one.rule in stops, one.rule, one.severity == "error", natural(one.where), one.message),
    )
    for rule, group in groupby(ordered, key=lambda finding: finding.rule):
        found = list(group)
        console.print(f"\n{rule}", style="bold", end="")
        console.print(f" ({_counted(found)})")
        repairs = {finding.repair for finding in found}
        for finding in found[:most]:
            _show_finding(finding, with_repair=len(repairs) > 1)
        if len(found) > most:
            console.print(f"  … and {len(found) - most} more (--all shows them)", markup=False, emoji=False)
        if len(repairs) == 1 and (repair := repairs.pop()):
            console.print("  → ", style="green", end="")
            console.print(repair, markup=False, emoji=False)
    for stage, reason in report.not_run.items():
        notes.print(f"not run: {stage} ({reason})", markup=False, emoji=False)
    for document in report.documents:
        silent = len(document.silent)
        said = f"{len(document.lines)} lines, {silent} that are not empty carry no claim"
        notes.print(f"{shortened(document.source)} ({document.path.name}): {said}", markup=False, emoji=False)
    for debt in report.debts:
        notes.print(f"owed: {told(debt)}", markup=False, emoji=False)
    seen = ", ".join(f"{count:,} {what}" for what, count in report.looked_at.items())
    errors = sum(finding.severity == "error" for finding in report.findings)
    console.print(f"{'' if not ordered else chr(10)}{errors} errors", style="green" if report.clean else "red", end="")
    console.print(f", {len(report.findings) - errors} warnings in {seen}", markup=False, emoji=False)


def _counted(found: list[Finding]) -> str:
    """Say how many errors and warnings there are, in words: colours are not seen by all, nor kept in files."""
    errors = sum(finding.severity == "error" for finding in found)
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    return ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count)


def _show_finding(finding: Finding, *, with_repair: bool) -> None:
    place = finding.where
    path, colon, line = place.rpartition(":")
    if colon and line.isdecimal() and Path(path).is_relative_to(Path.cwd()):
        place = f"{Path(path).relative_to(Path.cwd())}:{line}"
    style = "red" if finding.severity == "error" else "yellow"
    console.print(f"  {place}: ", style=style, end="", markup=False, emoji=False)
    more = f" (found by {1 + len(finding.follows)} rules)" if finding.follows else ""
    console.print(finding.message + more, markup=False, emoji=False)
    if with_repair and finding.repair:
        console.print("    → ", style="green", end="")
        console.print(finding.repair, markup=False, emoji=False)
