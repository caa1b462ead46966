"""``query``, ``questions``, ``describe``, ``why``, ``cite``, ``stats``, ``export``, ``search``: reading a snapshot."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from textwrap import indent
from typing import TextIO

import click
import orjson
from rich.table import Table
from rich.text import Text

import cityrights
from cityrights.cli.console import console, notes
from cityrights.cli.options import FORMATS, Choice, Seconds, output_option, written
from cityrights.empty_answers import asking, diagnose, diagnose_blank
from cityrights.errors import QueryError, ResourceNotFound, UnknownThing, WrongParameters
from cityrights.evidence import PASSED, NoEvidence, refuse_unreadable, with_evidence
from cityrights.home import home
from cityrights.indexes.registry import Indexes
from cityrights.indexes.search import Hits, Marked, Match
from cityrights.indexes.search.text import INDEXED_KINDS
from cityrights.library.names import Names, meant, nearest
from cityrights.library.queries import (
    LANGUAGES,
    TOGETHER,
    LibraryQuery,
    has_front_matter,
    library,
    parse,
    with_prefixes,
)
from cityrights.library.queries import nearest as nearest_language
from cityrights.library.running import beside, terms_of
from cityrights.patterns import with_terms
from cityrights.pipeline import steps
from cityrights.pipeline.dumps import MEDIA_TYPES
from cityrights.resources.dataset import CITED_AS, software_citation
from cityrights.resources.document import document
from cityrights.resources.labels import Vocabulary
from cityrights.snapshot import Snapshot, default_directory
from cityrights.terms import Iri, from_store, name_text, to_store
from cityrights.versions import kept
from cityrights.versions.releases import releases, software_day
from cityrights.vocabulary import LANGUAGE
from cityrights.why import NotStated, lines, record
from sparqlgate import Limits, Query, Store
from sparqlgate.query import Term
from sparqlgate.stores.embedded import EmbeddedEngine

#: What a table, a graph, and the statements of one thing with their evidence can be written as.
_ANSWERS = tuple(name for name in FORMATS if name not in ("trig", "nq"))
_DOCUMENTS = ("ttl", "nt", "jsonld", "rdf", "trig", "nq")
snapshot_option = click.option(
    "--snapshot",
    type=click.Path(path_type=Path),
    help="Snapshot to read, or version that is kept: twelve digits, 64, or a release (default: the current one).",
)


def opened(path: Path | None) -> Snapshot:
    """Open what is asked for, or the current snapshot, and say so when the files have changed since then."""
    if path is not None:
        named = not path.exists() and kept.is_name(str(path))
        return kept.snapshot_of(str(path)) if named else Snapshot.open(path)
    found = Snapshot.current()
    try:
        built = steps.built_from(default_directory(), steps.digest_of_files(home()))
    except ResourceNotFound:
        return found
    if built is None or built.version != found.version:
        notes.print(f"note: the files have changed since version {found.short}; to read them: cityrights publish")
    return found


@click.command()
@click.argument("text", required=False)
@click.option("--file", "-f", type=click.File("r", encoding="utf-8"), help="Read the query from a file, - for stdin.")
@click.option("--name", "-n", help="Ask a question of the library, by the name of its file in queries/explore.")
@click.option(
    "--param", "-p", "params", multiple=True, help="Parameter of a library question: NAME=VALUE (repeatable)."
)
@click.option(
    "--language",
    "-l",
    type=Choice(LANGUAGES),
    default=nearest_language(LANGUAGE),
    show_default=True,
    help="Language of the labels in the answer to a library question.",
)
@click.option(
    "--format",
    "form",
    type=Choice(_ANSWERS),
    help="Default: by the file's name, else csv, or ttl for CONSTRUCT.",
)
@output_option
@click.option("--timeout", type=Seconds(least_itself=False), default=30.0, show_default=True, help="Limit in seconds.")
@click.option("--who-says", is_flag=True, help="Add who says so: each row once for each witness of its statements.")
@snapshot_option
def query(
    text: str | None,
    file: TextIO | None,
    name: str | None,
    params: tuple[str, ...],
    language: str,
    form: str | None,
    output: Path | None,
    timeout: float,
    snapshot: Path | None,
    *,
    who_says: bool,
) -> None:
    """Ask the graph a SPARQL query; the usual prefixes need not be declared.

    The query is the argument, a file, or a question of the library, as in:
    cityrights query -n institutions-of-a-kind -p kind=kind:council
    """
    if sum(given is not None for given in (text, file, name)) != 1:
        raise click.UsageError("give one of: the query as an argument, --file, --name")
    asked = _named(name) if name else None
    question = text or ""
    if file is not None:
        question = file.read()
        if has_front_matter(question):
            asked = parse(Path(file.name), question)
    if params and asked is None:
        raise click.UsageError("--param goes with a question of the library: --name, or a --file with front matter")
    given, form = _given(params), form or _by_name(output, _ANSWERS)
    question = asked.spoken(language) if asked else question
    engine = EmbeddedEngine(opened(snapshot), workers=1, limits=Limits(seconds=timeout))
    sent = with_prefixes(question)
    try:
        bindings = _bindings(engine, asked, given, language) if asked else {}
        if who_says:
            refuse_unreadable(engine, sent)
            sent, bindings = _with_witnesses(with_terms(sent, bindings)), {}
        wanted = FORMATS[form] if form else "text/csv, text/turtle;q=0.9"
        begun = bytearray()
        with engine.query(Query(sent, format=wanted, bindings=bindings)) as result, written(output) as out:
            for chunk in result:
                out.write(chunk)
                begun += chunk[: _LOOKED_AT - len(begun)]
        for said in (
            Names(engine).missing(question) if asked is None and _has_nothing(bytes(begun), result.media_type) else ()
        ):
            notes.print(said, markup=False)
        if result.form == "select":
            _say_why_empty(engine, with_terms(sent, bindings), bytes(begun), result.media_type, language)
        if asked is not None and asked.together:
            _say_beside(engine, asked, bindings, language)
    except QueryError as error:
        raise error.moved(sent.count("\n") - question.count("\n")).seen(question) from error
    finally:
        engine.close()


def _say_beside(engine: Store, asked: LibraryQuery, bindings: Mapping[str, Term], language: str) -> None:
    """Say, beside the answer, how to read what is said of several governments together of the same."""
    known = {found.name: found for found in library(home() / "queries" / "explore")}
    said = beside(engine, known, asked, {name: from_store(term) for name, term in bindings.items()})
    if said is not None:
        value = name_text(said.value.value) if isinstance(said.value, Iri) else said.value.value
        how = f"cityrights query --name {said.query.name} --param {TOGETHER[1]}={value}"
        notes.print(said.told(how, language), highlight=False, markup=False, soft_wrap=True)


def _with_witnesses(text: str) -> str:
    """Return a query with who says so, and say what has no witness in it. Raises ClickException where that is none."""
    try:
        found = with_evidence(text)
    except NoEvidence as error:
        raise click.ClickException(error.detail) from error
    for kind in found.passed:
        notes.print(f"no witness is asked for: {PASSED[kind]}", markup=False)
    return found.query


def _by_name(output: Path | None, known: Sequence[str]) -> str | None:
    """Return the format that the end of a file's name says, None where it has none; refuse any other."""
    said = output.suffix.removeprefix(".").lower() if output is not None else ""
    if said and said not in known:  # a workbook with CSV in it opens nowhere
        raise click.BadParameter(
            f"the end .{said} is that of no format here: {', '.join(known)}; or name one with --format",
            param_hint="--output",
        )
    return said or None


#: So much of an answer, in bytes, is looked at for rows and values.
_LOOKED_AT = 65_536


def _say_why_empty(engine: EmbeddedEngine, text: str, begun: bytes, media_type: str, language: str) -> None:
    """Say, beside the answer, why it has no rows, or why a column of it is blank, and what would have some."""
    if _has_rows(begun, media_type):
        blank = _blank_columns(begun, media_type)
        found = [diagnose_blank(text, name, asking(engine)) for name in blank[:2]]
        told = [one for one in found if one.hints]
    else:
        told = [diagnose(text, asking(engine), language=language)]
    for one in told:
        notes.print(one.told(language), style="bold", highlight=False, markup=False)
        for hint in one.hints:
            notes.print(f"{hint.told(language)} ({hint.rows})", highlight=False, markup=False)
            notes.print(
                indent(_short(hint.body, text), "    "), style="dim", highlight=False, markup=False, soft_wrap=True
            )


#: A query of more lines is told by those that are mended.
_MOST_LINES = 8


def _short(mended: str, query: str) -> str:
    lines, before = mended.splitlines(), set(query.splitlines())
    return mended if len(lines) <= _MOST_LINES else "\n".join(line.strip() for line in lines if line not in before)


def _has_rows(begun: bytes, media_type: str) -> bool:
    if media_type == "application/sparql-results+json":
        return b'"bindings":[]' not in begun.replace(b" ", b"")
    if media_type == "application/sparql-results+xml":
        return b"<result>" in begun
    return begun.count(b"\n") > 1


def _blank_columns(begun: bytes, media_type: str) -> list[str]:
    """Return the columns of a whole table that have no value in any row."""
    if media_type != "text/csv" or len(begun) >= _LOOKED_AT:
        return []
    header, *rows = csv.reader(io.StringIO(begun.decode()))
    return [name for at, name in enumerate(header) if not any(row[at : at + 1] != [""] for row in rows if row)]


def _named(name: str) -> LibraryQuery:
    known = {found.name: found for found in library(home() / "queries" / "explore")}
    if name not in known:
        near = meant(nearest(name, known)) or f"; there are: {', '.join(sorted(known))}"
        raise click.BadParameter(f"there is no question {name!r}{near}", param_hint="--name")
    return known[name]


#: More bytes than an answer with nothing in it has, with the prefixes of a graph.
_EMPTY = 8_000


def _has_nothing(content: bytes, media_type: str) -> bool:
    """Say whether an answer has no rows, no triples, or is No; ``content`` is its beginning, all where it is short."""
    if len(content) >= _EMPTY:
        return False
    if media_type == FORMATS["json"]:
        loaded = orjson.loads(content)
        return not loaded.get("boolean", loaded.get("results", {}).get("bindings"))
    if media_type == FORMATS["xml"]:
        return b"<result>" not in content and b"true" not in content
    if media_type in (FORMATS["csv"], FORMATS["tsv"]):
        return content.strip() != b"true" and content.count(b"\n") < 2
    lines = content.decode("utf-8", "replace").splitlines()
    return not any(line.strip() and not line.lower().startswith(("@prefix", "prefix", "#")) for line in lines)


def _given(params: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for param in params:
        key, sign, value = param.partition("=")
        if not sign:
            raise click.BadParameter(f"{param!r} is not NAME=VALUE", param_hint="--param")
        values[key] = value
    return values


def _bindings(engine: Store, asked: LibraryQuery, given: Mapping[str, str], language: str) -> dict[str, Term]:
    """Return the terms for the parameters of a library question: those given, else its defaults."""

    def called(class_iri: str) -> str:
        return Vocabulary.load(engine).label(class_iri, language).value

    try:
        return {name: to_store(term) for name, term in terms_of(Names(engine), called, asked, given, language).items()}
    except WrongParameters as error:
        raise click.BadParameter(error.detail, param_hint="--param") from error


@click.command()
@click.argument("thing")
@click.option(
    "--format",
    "form",
    type=Choice(_DOCUMENTS),
    help="Default: by the end of the file's name, else ttl. trig and nq have the evidence of each statement, too.",
)
@output_option
@snapshot_option
def describe(thing: str, form: str | None, output: Path | None, snapshot: Path | None) -> None:
    """Print everything that the graph says of THING: ``utrecht``, ``city:utrecht``, ``city/utrecht`` or an IRI.

    With --format trig, each statement stands in the graph of the claim, or of the editor, that says so, with the
    claim's sentence, document and lines, and with what points to the thing.
    """
    form = form or _by_name(output, _DOCUMENTS) or "ttl"
    with cityrights.open(opened(snapshot).path) as graph:
        try:
            iri = graph.find(thing)
            content = _document(graph, iri, form)
            if content is None:
                graph.describe(iri)  # says what may have been meant
        except UnknownThing as error:
            raise click.ClickException(str(error)) from error
        with written(output) as out:
            out.write(content or b"")


def _document(graph: cityrights.KnowledgeGraph, iri: str, form: str) -> bytes | None:
    """Return what is said of a thing, None where that is nothing."""
    if form in ("trig", "nq"):
        found = document(graph.engine, iri, FORMATS[form])
        if found is not None and found[1]:
            notes.print("note: more than this points to it; for all: cityrights query", markup=False)
        return None if found is None else found[0]
    if not graph.ask(f"ASK {{ <{iri}> ?p ?o }}"):
        return None
    with graph.engine.query(Query(f"CONSTRUCT {{ <{iri}> ?p ?o }} WHERE {{ <{iri}> ?p ?o }}", FORMATS[form])) as said:
        return said.read()


@click.command()
@click.argument("subject")
@click.argument("predicate")
@click.argument("value")
@click.option("--language", "-l", type=Choice(LANGUAGES), default=nearest_language(LANGUAGE), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@snapshot_option
def why(subject: str, predicate: str, value: str, language: str, snapshot: Path | None, *, as_json: bool) -> None:
    """Print why the graph says that SUBJECT has VALUE by PREDICATE: who says so, down to claims and their lines.

    What a rule derived is unfolded into what it was made from. Write things as for ``describe``, a property as cr:place
    or place, a value by its name or text, as in: cityrights why practice:utrecht-plan-einstein country netherlands
    """
    with cityrights.open(opened(snapshot).path) as graph:
        try:
            found = graph.why(subject, predicate, value, language)
        except (UnknownThing, NotStated) as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        console.out(orjson.dumps(record(found), option=orjson.OPT_INDENT_2).decode())
        return
    for line in lines(found):
        console.print(Text(line), soft_wrap=True)


@click.command()
@click.argument("thing", required=False)
@click.option("--format", "form", type=Choice([*CITED_AS]), default="apa", show_default=True)
@click.option("--software", is_flag=True, help="How to cite the software; no snapshot is needed.")
@output_option
@snapshot_option
def cite(thing: str | None, form: str, output: Path | None, snapshot: Path | None, *, software: bool) -> None:
    """Print how to cite THING (as for ``describe``), or without it the whole graph, with its version."""
    if software:
        if thing is not None:
            raise click.UsageError("--software is cited as a whole: leave out THING, or --software.")
        number = version("cityrights")
        cited = CITED_AS[form](software_citation(number, software_day(number, releases()))).rstrip("\r\n")
    else:
        with cityrights.open(opened(snapshot).path) as graph:
            try:
                cited = graph.cite(thing, form)
            except UnknownThing as error:
                raise click.ClickException(str(error)) from error
    with written(output) as out:
        out.write(f"{cited}\n".encode())


@click.command()
@click.argument("words", nargs=-1)
@click.option("--tag", default="", help="Only those with this tag.")
@click.option("--language", "-l", type=Choice(LANGUAGES), default=nearest_language(LANGUAGE), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def questions(words: tuple[str, ...], tag: str, language: str, *, as_json: bool) -> None:
    """List the questions of the library, or those whose name, title or tags have all of WORDS.

    Ask one with: cityrights query --name NAME --param PARAMETER=VALUE
    """
    every = library(home() / "queries" / "explore")
    tags = sorted({each for one in every for each in one.tags})
    if tag and tag not in tags:
        raise click.BadParameter(
            f"there is no tag {tag!r}; did you mean: {', '.join(nearest(tag, tags) or tags)}", param_hint="--tag"
        )
    sought = " ".join(words).casefold().split()
    found = [
        one for one in every if (not tag or tag in one.tags) and all(word in _about(one, language) for word in sought)
    ]
    if as_json:
        console.out(orjson.dumps([_record(one, language) for one in found], option=orjson.OPT_INDENT_2).decode())
        return
    for one in found:
        console.print(Text(one.name, style="bold"), Text(f" {', '.join(one.tags)}", style="dim"))
        console.print(Text(f"  {one.questions[language]}"))
        for parameter in one.parameters:
            console.print(
                Text(f"  {parameter.name}={parameter.default}"), Text(f"  {parameter.told(language)}", style="dim")
            )
    notes.print(f"{len(found)} of {len(every)} questions; tags: {', '.join(tags)}", markup=False)


def _about(one: LibraryQuery, language: str) -> str:
    return " ".join((one.name, one.titles[language], one.questions[language], *one.tags)).casefold()


def _record(one: LibraryQuery, language: str) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.titles[language],
        "question": one.questions[language],
        "tags": list(one.tags),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "class": parameter.of or None,
                "default": parameter.default,
                "meaning": parameter.told(language),
            }
            for parameter in one.parameters
        ],
    }


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@snapshot_option
def stats(snapshot: Path | None, *, as_json: bool) -> None:
    """Count what the graph holds: things by class, graphs and triples."""
    found = opened(snapshot)
    engine = EmbeddedEngine(found, workers=1)
    text = with_prefixes(
        """SELECT ?class (COUNT(?thing) AS ?count)
        WHERE { ?thing a ?type . ?type rdfs:isDefinedBy ?ontology ; rdfs:label ?class FILTER(LANG(?class) = "en") }
        GROUP BY ?class ORDER BY DESC(?count) ?class"""
    )
    try:
        with engine.query(text) as result:
            rows = orjson.loads(result.read())["results"]["bindings"]
    finally:
        engine.close()
    counts = {row["class"]["value"]: int(row["count"]["value"]) for row in rows}
    if as_json:
        console.out(
            orjson.dumps(
                {
                    "version": found.version,
                    **{k: found.manifest[k] for k in ("quads", "triples", "graphs")},
                    "classes": counts,
                }
            ).decode()
        )
        return
    table = Table(
        "class",
        "things",
        title=f"version {found.short}: {found.manifest['triples']:,} triples, {found.manifest['graphs']:,} graphs",
    )
    for name, number in counts.items():
        table.add_row(name, f"{number:,}")
    console.print(table)


@click.command()
@click.argument("name", type=Choice(sorted(MEDIA_TYPES)))
@output_option
@snapshot_option
def export(name: str, output: Path | None, snapshot: Path | None) -> None:
    """Write one of the dumps: what was built, byte for byte."""
    source = opened(snapshot).path / name
    with source.open("rb") as file, written(output) as out:
        shutil.copyfileobj(file, out)
    if output is not None:
        notes.print(f"{output}: {source.stat().st_size:,} bytes", markup=False)


@click.command()
@click.argument("text")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=Choice(INDEXED_KINDS),
    metavar="KIND",
    help="Only things of this kind: city, practice, claim … (repeatable).",
)
@click.option("--language", type=Choice(["en", "fr", "es"]), default=nearest_language(LANGUAGE), show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@snapshot_option
def search(
    text: str, kinds: tuple[str, ...], language: str, limit: int, snapshot: Path | None, *, as_json: bool
) -> None:
    """Find things by TEXT: words in English, French or Spanish, "exact words", -without, or an identifier."""
    found = Indexes(opened(snapshot).path).search.search(text, language, kinds, limit)
    if as_json:
        shown = {
            "query": found.text,
            "match": found.match,
            "suggestion": found.suggestion or None,
            "total": found.total,
            "kinds": found.by_kind,
            "results": [hit.record() for hit in found.hits],
        }
        console.out(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    _show(found)


def _show(found: Hits) -> None:
    for hit in found.hits:
        place = f", {hit.place.label}" if hit.place else ""
        console.print(_marked(hit.label), Text(f" {hit.kind}{place}", style="dim"))
        console.print(Text(f"  {hit.iri}", style="dim"))
        if hit.snippet:
            console.print(Text("  ") + _marked(hit.snippet))
    if found.match is Match.NEAR and found.suggestion:
        notes.print(f"nothing has exactly these words; did you mean: {found.suggestion}", markup=False)
    elif found.match is Match.SOME:
        notes.print("nothing has all of these words; this has some of them")
    of_kinds = ", ".join(f"{kind} {number:,}" for kind, number in found.by_kind.items())
    notes.print(f"{found.total:,} found ({of_kinds})" if found.by_kind else "nothing found", markup=False)


def _marked(text: Marked) -> Text:
    shown = Text()
    for piece, matched in text.pieces():
        shown.append(piece, style="bold" if matched else "")
    return shown
