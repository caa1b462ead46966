"""``source add``, ``claim new``, ``format`` and ``docs``: for people who write the files."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

import cityrights
from cityrights.authoring import Draft, add_source, editable, new_claim, replace
from cityrights.check.format import format_file, words
from cityrights.cli.console import console, notes, progress
from cityrights.coverage import as_markdown, coverage
from cityrights.home import home
from cityrights.pipeline.read import inputs
from sparqlgate.errors import InputError

_HOME = click.option(
    "--home",
    "place",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ontology, data and queries.",
)
_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
#: The languages of names and descriptions, in the order in which the options take them.
_LANGUAGES = ("en", "fr", "es")


@click.group()
def source() -> None:
    """Documents from which claims are drawn."""


@click.group()
def claim() -> None:
    """Statements that a source makes."""


@source.command("add")
@click.argument("slug")
@click.option("--title", required=True, help="Its name in English.")
@click.option("--title-fr", default="", help="Its name in French.")
@click.option("--title-es", default="", help="Its name in Spanish.")
@click.option("--description", default="", help="One sentence in English.")
@click.option("--description-fr", default="", help="The same in French.")
@click.option("--description-es", default="", help="The same in Spanish.")
@click.option("--file", "document", required=True, type=_EXISTING, help="Its text; stays outside the project.")
@click.option("--publisher", default="", help="IRI of who published it.")
@_HOME
def add(
    slug: str,
    title: str,
    title_fr: str,
    title_es: str,
    description: str,
    description_fr: str,
    description_es: str,
    document: Path,
    publisher: str,
    place: Path | None,
) -> None:
    """Describe a new document in data/sources/SLUG/document.trig: its digest, its lines, its name.

    The document itself is not copied. Nothing that exists is overwritten.
    """
    if publisher and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", publisher):
        raise click.BadParameter("an IRI that begins with http:// or https:// was expected", param_hint="--publisher")
    titles = _spoken(title, title_fr, title_es)
    told = _spoken(description, description_fr, description_es)
    path = add_source(editable(place), slug, document, titles, publisher=publisher, descriptions=told)
    console.print(f"wrote {path}", markup=False, emoji=False)
    wanted = [
        f"{term} in {tag}"
        for term, said in (("rdfs:label", titles), ("dcterms:description", told))
        for tag in _LANGUAGES
        if tag not in said
    ]
    if wanted:
        notes.print(f"still to write in editorial:labels: {', '.join(wanted)}", markup=False, emoji=False)
    notes.print(f"next: cityrights claim new {slug} --help", markup=False, emoji=False)


def _spoken(*texts: str) -> dict[str, str]:
    """Return what was given, by its language."""
    return {tag: text for tag, text in zip(_LANGUAGES, texts, strict=True) if text}


@claim.command("new")
@click.argument("source_slug", metavar="SOURCE")
@click.option("--lines", required=True, help="Its lines in the document, from 1: 12-14 or 12.")
@click.option("--anchor", required=True, help="A few words that stand in these lines, exactly as printed.")
@click.option("--text", required=True, help="What it says, in a sentence of your own, in English.")
@click.option(
    "--subject", "subjects", multiple=True, required=True, help="What it is about, e.g. practice:my-practice."
)
@click.option("--mentions", multiple=True, help="What else it names, e.g. city:utrecht.")
@click.option("--modality", default="asserted", show_default=True, help="How it is said: asserted, underway, context …")
@click.option("--aspect", default="solution", show_default=True, help="What it adds: challenge, solution, takeaway …")
@click.option("--theme", "themes", multiple=True, help="A theme, e.g. housing.")
@click.option("--target-group", "target_groups", multiple=True, help="A target group, e.g. migrants.")
@click.option("--practice", default="", help="The practice whose challenge, solution or takeaway it is.")
@click.option("--without-graph", default="", help="Why it has no graph, in English.")
@click.option("--group", is_flag=True, help="It speaks of several subjects at once without pairing them.")
@click.option("--file", "path", required=True, type=_FILE, help="data/sources/SOURCE/<topic>.trig; may be new.")
@click.option("--document", type=_EXISTING, help="The source's text: check lines, anchor and wording against it.")
@_HOME
def new(
    source_slug: str,
    lines: str,
    anchor: str,
    text: str,
    subjects: tuple[str, ...],
    mentions: tuple[str, ...],
    modality: str,
    aspect: str,
    themes: tuple[str, ...],
    target_groups: tuple[str, ...],
    practice: str,
    without_graph: str,
    path: Path,
    document: Path | None,
    place: Path | None,
    *,
    group: bool,
) -> None:
    """Add a claim and its passage, with the next free number, to a file of the source SOURCE.

    What the claim asserts is then written by hand into its graph. Nothing that exists is overwritten.
    """
    match = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", lines)
    if match is None:
        raise click.BadParameter(f"“{lines}” is no range of lines; write 12-14 or 12", param_hint="--lines")
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if not 1 <= first <= last:
        raise click.BadParameter(f"“{lines}”: lines count from 1, the first before the last", param_hint="--lines")
    draft = Draft(
        source_slug,
        first,
        last,
        anchor,
        text,
        subjects,
        modality=modality,
        aspect=aspect,
        mentions=mentions,
        themes=themes,
        target_groups=target_groups,
        practice=practice,
        without_graph=without_graph,
        group=group,
    )
    folder = editable(place)
    here = path.absolute()
    written = new_claim(folder, draft, here if folder.absolute() in here.parents else folder / path, document)
    console.print(f"wrote claim {written.number} of {source_slug} to {written.path}", markup=False, emoji=False)
    for note in written.notes:
        notes.print(f"note: {note}", markup=False, emoji=False)


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
