"""``query``, ``describe``, ``stats``, ``export`` and ``search``: reading the current snapshot from the command line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import click
import orjson
from rich.table import Table
from rich.text import Text

from cityrights.cli.console import console, notes
from cityrights.errors import QueryError, ResourceNotFound, UnknownThing, WrongParameters
from cityrights.home import home
from cityrights.indexes.registry import Indexes
from cityrights.indexes.search import Hits, Marked, Match
from cityrights.indexes.search.text import INDEXED_KINDS
from cityrights.library.names import Names, meant, nearest
from cityrights.library.queries import LANGUAGES, LibraryQuery, has_front_matter, library, parse, with_prefixes
from cityrights.library.running import terms_of
from cityrights.pipeline import steps
from cityrights.pipeline.dumps import MEDIA_TYPES
from cityrights.resources.labels import Vocabulary
from cityrights.snapshot import Snapshot, default_directory
from cityrights.terms import to_store
from sparqlgate import Limits, Query, Store
from sparqlgate.query import Term
from sparqlgate.stores.embedded import EmbeddedEngine

_FORMATS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
snapshot_option = click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Snapshot to read (default: the current one)."
)


def opened(path: Path | None) -> Snapshot:
    """Open the snapshot asked for, or the current one, and say so when the files have changed since it was built."""
    if path is not None:
        return Snapshot.open(path)
    found = Snapshot.current()
    try:
        stale = steps.built_from(default_directory(), steps.digest_of_files(home())) is None
    except ResourceNotFound:
        return found
    if stale:
        notes.print(f"note: the files have changed since snapshot {found.short}; to read them: cityrights build")
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
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the labels in the answer to a library question.",
)
@click.option("--format", "-o", "form", type=click.Choice(sorted(_FORMATS)), help="Default: csv, or ttl for CONSTRUCT.")
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Limit in seconds.")
@snapshot_option
def query(
    text: str | None,
    file: TextIO | None,
    name: str | None,
    params: tuple[str, ...],
    language: str,
    form: str | None,
    timeout: float,
    snapshot: Path | None,
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
    given = _given(params)
    question = asked.spoken(language) if asked else question
    engine = EmbeddedEngine(opened(snapshot), workers=1, limits=Limits(seconds=timeout))
    sent = with_prefixes(question)
    try:
        bindings = _bindings(engine, asked, given, language) if asked else {}
        wanted = _FORMATS[form] if form else "text/csv, text/turtle;q=0.9"
        begun = b""
        with engine.query(Query(sent, format=wanted, bindings=bindings)) as result:
            for chunk in result:
                begun = (begun + chunk)[:_EMPTY]
                sys.stdout.buffer.write(chunk)
            empty = _has_nothing(begun, result.media_type)
        for said in Names(engine).missing(question) if empty and asked is None else ():
            notes.print(said, markup=False)
    except QueryError as error:
        raise error.moved(sent.count("\n") - question.count("\n")).seen(question) from error
    finally:
        engine.close()


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
    if media_type == _FORMATS["json"]:
        loaded = orjson.loads(content)
        return not loaded.get("boolean", loaded.get("results", {}).get("bindings"))
    if media_type == _FORMATS["xml"]:
        return b"<result>" not in content and b"true" not in content
    if media_type in (_FORMATS["csv"], _FORMATS["tsv"]):
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
    "--format", "-o", "form", type=click.Choice(["ttl", "nt", "jsonld", "rdf"]), default="ttl", show_default=True
)
@snapshot_option
def describe(thing: str, form: str, snapshot: Path | None) -> None:
    """Print everything that the graph says of THING: utrecht, ``city:utrecht``, ``city/utrecht``, or an IRI."""
    engine = EmbeddedEngine(opened(snapshot), workers=1)
    try:
        try:
            iri = Names(engine).find(thing)
        except UnknownThing as error:
            raise click.BadParameter(str(error), param_hint="THING") from error
        said = f"CONSTRUCT {{ <{iri}> ?p ?o }} WHERE {{ <{iri}> ?p ?o }}"
        with engine.query(Query(said, _FORMATS[form])) as result:
            content = result.read()
        sys.stdout.buffer.write(content)
    finally:
        engine.close()


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
@click.argument("name", type=click.Choice(sorted(MEDIA_TYPES)))
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: standard output)."
)
@snapshot_option
def export(name: str, output: Path | None, snapshot: Path | None) -> None:
    """Write one of the dumps: what was built, byte for byte."""
    source = opened(snapshot).path / name
    if output is None:
        with source.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        return
    shutil.copyfile(source, output)
    notes.print(f"{output}: {source.stat().st_size:,} bytes", markup=False)


@click.command()
@click.argument("text")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(INDEXED_KINDS),
    metavar="KIND",
    help="Only things of this kind: city, practice, claim … (repeatable).",
)
@click.option("--language", type=click.Choice(["en", "fr", "es"]), default="en", show_default=True)
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
