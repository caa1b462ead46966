"""``source|city|concept add``, ``claim new|edit|remove|list``, ``format``, ``docs``: for people who write the files."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace as fields_replaced
from pathlib import Path

import click
import orjson

import cityrights
from cityrights import places
from cityrights.authoring import (
    Draft,
    Written,
    add_concept,
    add_source,
    edit_claim,
    editable,
    new_claim,
    remove_claim,
    thing,
)
from cityrights.check.format import format_file, replace, words
from cityrights.check.written import PROPERTIES, Files
from cityrights.cli.console import console, notes, progress
from cityrights.coverage import as_markdown, coverage
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.instance import instance
from cityrights.library.names import meant, nearest
from cityrights.pipeline import sentences
from cityrights.pipeline.read import Place, inputs, read_all
from cityrights.vocabulary import short
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
#: What is said of a source beside its names.
_FACTS = ("url", "date", "language", "publisher", "licence", "numbering")


#: So many places of one name are listed.
_LISTED = 12


@click.group()
def source() -> None:
    """Documents from which claims are drawn."""


@click.group()
def claim() -> None:
    """Statements that a source makes, as they stand in data/sources: write, change, remove, list them."""


@click.group()
def city() -> None:
    """Cities, found by their names in a gazetteer that comes with the program."""


@click.group()
def concept() -> None:
    """Concepts of the schemes: themes, target groups, kinds, measures …"""


@source.command("add")
@click.argument("slug")
@click.option("--title", required=True, help="Its name in English.")
@click.option("--title-fr", default="", help="Its name in French.")
@click.option("--title-es", default="", help="Its name in Spanish.")
@click.option("--description", default="", help="One sentence in English.")
@click.option("--description-fr", default="", help="The same in French.")
@click.option("--description-es", default="", help="The same in Spanish.")
@click.option("--file", "document", required=True, type=_EXISTING, help="Its text; stays outside the project.")
@click.option("--url", default="", help="Where it is published.")
@click.option("--date", "issued", default="", help="When it was: 2025-07-03, 2025-07 or 2025.")
@click.option("--language", default="", help="Its language by ISO 639-1: en, fr, es …")
@click.option("--publisher", default="", help="Who published it, e.g. organisation:ohchr, or an IRI.")
@click.option("--licence", "--license", "licence", default="", help="CC-BY-4.0, CC0-1.0 …, or the IRI of another one.")
@click.option("--numbering", default="", help="The identifier of its first claim, e.g. C001 (default: SLUG-1).")
@_HOME
def add(slug: str, document: Path, place: Path | None, **given: str) -> None:
    """Describe a new document in data/sources/SLUG/document.trig: its digest, its lines, its name.

    The document itself is not copied. Nothing that exists is overwritten.
    """
    texts = {
        name: {tag: text for tag in _LANGUAGES if (text := given[option + ("" if tag == "en" else f"_{tag}")])}
        for name, option in (("rdfs:label", "title"), ("dcterms:description", "description"))
    }
    facts = {name: given["issued" if name == "date" else name] for name in _FACTS}
    path = add_source(editable(place), slug, document, texts, facts)
    console.print(f"wrote {path}", markup=False, emoji=False)
    wanted = [f"{name} in {tag}" for name, said in texts.items() for tag in instance().languages if tag not in said]
    if wanted:
        notes.print(f"still to write in editorial:labels: {', '.join(wanted)}", markup=False, emoji=False)
    notes.print(f"next: cityrights claim new {slug} --help", markup=False, emoji=False)


def _by_language(words: tuple[str, ...], option: str) -> dict[str, str]:
    """Return texts by language from fr=Vienne; raises click.BadParameter for what is written otherwise."""
    found: dict[str, str] = {}
    for word in words:
        language, sign, text = word.partition("=")
        if not sign or not text.strip() or not re.fullmatch("[a-z]{2,3}", language):
            raise click.BadParameter(f"“{word}”: write the language and the text, as fr=Vienne", param_hint=option)
        found[language] = text.strip()
    return found


@city.command("add")
@click.argument("name")
@click.option("--country", default="", help="Its country, by name in any language or by its code: Chile, Chili, CL.")
@click.option("--region", default="", help="The first level in which it lies, where several have its name: Oregon.")
@click.option("--geonames", type=click.IntRange(min=1), help="Its number in GeoNames, to choose one of several.")
@click.option("--as", "slug", default="", help="The last part of its IRI (default: its name).")
@click.option("--name", "names", multiple=True, help="What it is called in a language: fr=Vienne.")
@click.option("--government", is_flag=True, help="Enter its local government, too: who carries practices out.")
@_HOME
def add_city_(
    name: str,
    country: str,
    region: str,
    geonames: int | None,
    slug: str,
    names: tuple[str, ...],
    place: Path | None,
    *,
    government: bool,
) -> None:
    """Enter the city NAME with its point, its numbers, its country and region, from GeoNames (CC BY 4.0).

    A name that several have is not guessed: they are listed, and --geonames or --region chooses one. What is there
    already is not written again. Exit codes: 0 it is there, 1 no place or several fit, and nothing was written.
    """
    from cityrights.territories import add_city  # CLDR and the checks take a while

    called = _by_language(names, "--name")
    found = _chosen(name, country, region, geonames)
    made = add_city(editable(place), found, called, slug, government=government)
    state = f"wrote {short(made.iri)}" if made.is_new else f"{short(made.iri)} is there already"
    console.print(f"{state}: {found}", markup=False, emoji=False)
    also = [short(iri) for iri in made.new if iri != made.iri]
    if also:
        console.print(f"with {', '.join(also)}", markup=False, emoji=False)
    for note in made.notes:
        notes.print(f"note: {note}", markup=False, emoji=False)


def _chosen(name: str, country: str, region: str, geonames: int | None) -> places.Place:
    """Return the place that is meant; ends the command, with the candidates, where that is none or several."""
    if geonames is not None:
        place = places.by_number(geonames)
        if place is None:
            raise CityrightsError(f"the gazetteer has no place with the number {geonames} of GeoNames")
        called = {places.fold(each) for each in (place.name, *place.names)}
        if places.fold(name) not in called and not any(found == place for found in places.homonyms(name)):
            raise CityrightsError(f"{geonames} is {place}, which is not called “{name}”; write its name to enter it")
        return place
    found = places.find(name, country or None, region or None)
    where = f" in {country}" if country else ""
    if not found:
        near = places.near(name, country) if country else []
        without = places.find(name, country or None) if region else []
        hint = f"; there is {without[0]}" if without else meant(near)
        raise CityrightsError(f"no place is called “{name}”{where}{hint}")
    every = places.homonyms(name, country or None, region or None)
    if len(found) > 1:
        notes.print(f"{len(found)} places are called “{name}”{where}; choose one:", markup=False, emoji=False)
        for each in found[:_LISTED]:
            notes.print(f"    --geonames {each.geonames}    {each}", markup=False, emoji=False)
        if len(found) > _LISTED:
            more = f"    and {len(found) - _LISTED} smaller ones: narrow them with --country or --region"
            notes.print(more, markup=False, emoji=False)
        sys.exit(1)
    if len(every) > 1:
        others = f"note: {len(every) - 1} smaller places are called so, the largest of them {every[1]}"
        notes.print(f"{others}; if that is meant: --geonames {every[1].geonames}", markup=False, emoji=False)
    return found[0]


@concept.command("add")
@click.argument("scheme")
@click.argument("slug")
@click.option("--label", "labels", multiple=True, required=True, help="Its name in a language: en=Home care, fr=…")
@click.option("--definition", "definitions", multiple=True, required=True, help="What it is: en=Looking after …")
@click.option("--alt", "others", multiple=True, help="What else it is called: en=care at home. May be repeated.")
@click.option("--broader", default="", help="The concept above it: social-rights.")
@_HOME
def add_concept_(
    scheme: str,
    slug: str,
    labels: tuple[str, ...],
    definitions: tuple[str, ...],
    others: tuple[str, ...],
    broader: str,
    place: Path | None,
) -> None:
    """Add the concept SLUG to a scheme of the vocabulary: theme, target-group, kind, measure …

    In a graph of your own it becomes concept:SLUG, under your base, and stands in ontology/schemes/own.ttl.
    """
    texts = {"label": _by_language(labels, "--label"), "definition": _by_language(definitions, "--definition")}
    alternatives = [(code, text) for each in others for code, text in _by_language((each,), "--alt").items()]
    iri, path = add_concept(editable(place), scheme, slug, texts, alternatives, broader)
    console.print(f"wrote {short(iri)} to {path}", markup=False, emoji=False)


def _said(*, new: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the options by which a claim's properties are given; a new claim has defaults, and needs some of them."""
    asserted, solution = ("asserted", "solution") if new else (None, None)
    about = "What it is about, e.g. practice:mine."
    options = [
        click.option("--anchor", default="", help="A few words that stand there, exactly as printed."),
        click.option("--text", required=new, help="What it says, in a sentence of your own, in English."),
        click.option("--about", "--subject", "about", required=new, multiple=True, help=about),
        click.option("--mentions", multiple=True, help="What else it names, e.g. city:utrecht,city:lyon."),
        click.option("--said-by", multiple=True, help="Who says it in the document, e.g. person:adria-duarte."),
        click.option("--modality", default=asserted, show_default=new, help="How: asserted, underway, context …"),
        click.option("--aspect", default=solution, show_default=new, help="What it adds: challenge, solution …"),
        click.option("--heading", help="The heading that it stands under, e.g. gender."),
        click.option("--theme", multiple=True, help="A theme, e.g. housing."),
        click.option("--target-group", multiple=True, help="A target group, e.g. migrants."),
        click.option("--without-graph", help="Why it states nothing, in English."),
        click.option("--document", type=_EXISTING, help="The source's text: check place and wording against it."),
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _draft(lines: str, anchor: str, given: Mapping[str, object]) -> Draft:
    """Return what the options say of a claim; raises click.BadParameter for lines that are none."""
    said: dict[str, tuple[str, ...]] = {}
    for name in PROPERTIES:
        value = given.get(name.replace("-", "_"))
        if value not in (None, ()):
            said[name] = tuple(value) if isinstance(value, tuple) else (str(value),)
    place = None
    if lines:
        try:
            place = fields_replaced(Place.parse(f"{lines}: …"), anchor=anchor)
        except ValueError as error:
            hint = "write 12-14 or 12, a sentence of a long line as 12.3, a further place with its name: “358 link”"
            raise click.BadParameter(f"{error}; {hint}", param_hint="LINES") from error
    return Draft(place, said)


@claim.command("new")
@click.argument("source_slug", metavar="SOURCE")
@click.argument("lines", required=False, default="")
@click.option("--lines", "as_option", default="", hidden=True)
@_said(new=True)
@click.option("--practice", default="", help="The practice whose challenge, solution or takeaway it is.")
@click.option("--group", is_flag=True, help="It speaks of several subjects at once without pairing them.")
@click.option("--file", "path", type=_FILE, help="data/sources/SOURCE/<topic>.trig (default: where it fits).")
@_HOME
def new(
    source_slug: str,
    lines: str,
    as_option: str,
    anchor: str,
    practice: str,
    path: Path | None,
    document: Path | None,
    place: Path | None,
    *,
    group: bool,
    **given: object,
) -> None:
    """Add a claim to the source SOURCE: its block, with the next free number.

    LINES are those of the document, from 1: 12-14 or 12; of a paragraph that is one line, its sentence: 12.3. What the
    claim states is then written by hand into its block. Nothing that exists is overwritten.
    """
    if bool(lines) == bool(as_option):
        raise click.UsageError("say once where it stands: cityrights claim new SOURCE LINES …")
    draft = fields_replaced(_draft(lines or as_option, anchor, given), practice=practice, group=group)
    folder = editable(place)
    target = None
    if path is not None:
        target = path.absolute() if folder.absolute() in path.absolute().parents else folder / path
    written = new_claim(folder, source_slug, draft, target, document)
    number = written.claim.rpartition("/")[2]
    console.print(f"wrote claim {number} of {source_slug} to {written.path}", markup=False, emoji=False)
    _note(written)


@claim.command("edit")
@click.argument("name", metavar="CLAIM")
@click.option("--lines", default="", help="Its lines in the document: 12-14, 12 or 12.3.")
@_said(new=False)
@click.option("--drop", multiple=True, help="A property to leave out: mentions, theme, without-graph …")
@_HOME
def edit(
    name: str,
    lines: str,
    anchor: str,
    drop: tuple[str, ...],
    document: Path | None,
    place: Path | None,
    **given: object,
) -> None:
    """Change the claim CLAIM: twenty-practices/33, or its identifier.

    What is given takes the place of what the claim said; all else stays as it is.
    """
    folder = editable(place)
    if anchor and not lines:
        told = Files(folder).find(name)
        lines = next((each.range for each in told.places if not each.name), "")
        if not lines:
            raise click.UsageError("the claim has no lines yet: give --lines with the anchor")
    draft = _draft(lines, anchor, given)
    if not draft.said and draft.place is None and not drop:
        raise click.UsageError(
            "nothing is to change: give --text, --about, --lines …; see cityrights claim edit --help"
        )
    written = edit_claim(folder, name, draft, drop, document)
    console.print(f"changed {written.identifier} in {written.path}", markup=False, emoji=False)
    _note(written)


@claim.command("remove")
@click.argument("name", metavar="CLAIM")
@_HOME
def remove(name: str, place: Path | None) -> None:
    """Remove the claim CLAIM and what it states. Its number is never used again."""
    written = remove_claim(editable(place), name)
    console.print(f"removed {written.identifier} from {written.path}", markup=False, emoji=False)
    _note(written)


@claim.command("list")
@click.argument("source_slug", metavar="[SOURCE]", required=False, default="")
@click.option("--about", default="", help="Only claims on this thing or that name it, e.g. city:utrecht.")
@click.option("--lines", default="", help="Only claims that stand in these lines: 12-14 or 12.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@_HOME
def list_(source_slug: str, about: str, lines: str, place: Path | None, *, as_json: bool) -> None:
    """List claims as they are written, with lines, text and subjects; no build is needed."""
    files = Files(place or home())
    if source_slug and source_slug not in files.sources():
        near = nearest(source_slug, files.sources(), 1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(sorted(files.sources()))}"
        raise click.BadParameter(f"there is no source “{source_slug}”{hint}", param_hint="SOURCE")
    wanted = _draft(lines, "", {}).place
    name = _about(files, about) if about else ""
    found = [
        told
        for told in files.claims()
        if (not source_slug or told.source == source_slug)
        and (not name or name in (*told.said.get("about", ()), *told.said.get("mentions", ())))
        and (wanted is None or any(each.first <= wanted.last and wanted.first <= each.last for each in told.places))
    ]
    if as_json:
        click.echo(orjson.dumps([told.as_dict() for told in found], option=orjson.OPT_INDENT_2))
        return
    for told in found:
        where = ", ".join(each.range for each in told.places) or "-"
        text = " ".join(told.said.get("text", ()))
        console.print(
            f"{told.source}/{told.number} ({told.identifier}) lines {where}: {text}", markup=False, emoji=False
        )
        console.print(f"    about {', '.join(told.said.get('about', ()))}", style="dim", markup=False, emoji=False)
    notes.print(f"{len(found)} claims", markup=False, emoji=False)


def _about(files: Files, name: str) -> str:
    """Return the short name of what claims are about. Raises click.BadParameter where no file knows such a thing."""
    iri = files.find(name).claim.value if name.startswith("claim:") else thing(name, "").value
    if iri not in files.named():
        near = nearest(short(iri), map(short, files.typed()))
        raise click.BadParameter(f"nothing is called “{name}”{meant(near)}", param_hint="--about")
    return short(iri)


def _note(written: Written) -> None:
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
        place = home() if only_check else editable()
        return [item.path for item in inputs(place) if item.path.is_relative_to(place)]
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix in (".ttl", ".trig"))
            found.extend(sorted(p for p in inside if "shapes" not in p.relative_to(path).parts))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


@click.command()
@click.option("--language", "codes", multiple=True, help="A language by ISO 639-1 (default: those that are there).")
@_HOME
def translations(codes: tuple[str, ...], place: Path | None) -> None:
    """Bring data/translations up to the data: sentences that are new stand empty, those that changed are marked.

    Translate them in Poedit, Weblate or an editor; what is translated is in the graph after the next build.
    """
    where = editable(place)
    for code in codes:
        if not re.fullmatch("[a-z]{2,3}", code):
            raise click.BadParameter(f"{code!r} is no code of two or three small letters", param_hint="--language")
    quads = read_all(where)
    for code, lacking in sentences.update(where, quads, codes or tuple(sentences.catalogues(where))).items():
        path = sentences.folder(where) / f"{code}.po"
        told = f"{lacking:,} sentences wait for a translation" if lacking else "whole"
        console.print(f"{path}: {told}", markup=False, emoji=False)


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
