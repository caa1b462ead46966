"""Answers of stored queries for programs and pictures: rows, points, networks, samples, SHACL executables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import flask
import orjson

from cityrights.library.pages import written_out
from cityrights.library.queries import LANGUAGES, LibraryQuery, nearest, with_prefixes
from cityrights.library.running import Answer, answer, serialised, value_of
from cityrights.resources.document import convert
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Term, term_text
from cityrights.vocabulary import ID, LICENSE, PREFIXES, RDF, XSD
from cityrights_web.layout import Layout
from cityrights_web.responses import csv_answer, data, json_answer, missing, refused
from cityrights_web.results import GEOJSON, XLSX, geojson, pictures
from cityrights_web.results.pictures import MOST, TooMuch, View
from cityrights_web.results.table import NUMBERS, linked, whole
from cityrights_web.results.workbook import TooLarge, about_sheet, book_too_large, workbook, workbook_of
from cityrights_web.views.queries_request import (
    CITED,
    PAGING,
    Asked,
    AskedVersion,
    SiteLibrary,
    faultless,
    only,
    paging,
    read,
    version,
)
from sparqlgate.errors import QueryUnwritable
from sparqlgate.http import formats
from sparqlgate.http.answers import SURE_GRAPHS, SURE_TABLES, unwritable
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import Problem
from sparqlgate.query import ASKER

#: Columns that one cell shows together: the number of a claim, and its lines.
_EVIDENCE: Final = ("number", "firstLine", "lastLine")
#: The columns whose values are codes, which have words of their own; in every other a word stands for itself.
CODED: Final = frozenset({"because", "comparator", "countryIs", "how", "partnerIsNamed", "readable"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows: a link, a text, or nothing; ``lines`` are those of a claim."""

    link: Link | None = None
    text: Literal | None = None
    number: bool = False
    lines: tuple[str, str] | None = None


def shown_columns(query: LibraryQuery, found: Answer) -> list[str]:
    """Return the columns that a reader needs: no label beside its thing, nothing that the form says."""
    left_out = {f"{name}Label" for name in found.columns} | {parameter.name for parameter in query.parameters}
    if "number" in found.columns:
        left_out |= set(_EVIDENCE[1:])
    return [name for name in found.columns if name not in left_out]


def cells(
    layout: Layout, shelf: SiteLibrary, columns: Sequence[str], some: Sequence[Mapping[str, Term]]
) -> list[list[Cell]]:
    """Return the cells of some rows: each thing with its label in the reader’s language, each claim with its lines."""
    links = linked(layout, some, columns)
    claims = shelf.claims({str(row["number"]) for row in some if "number" in row} if "number" in columns else set())
    coded = dict.fromkeys(CODED, layout.words.queries.coded) | {"modalityLabel": _firmness(layout)}
    return [[_told(_cell(name, row, links, claims), coded.get(name, {})) for name in columns] for row in some]


def _firmness(layout: Layout) -> dict[str, str]:
    """Return how a claim is meant as a reader says it, for each name that the vocabulary has for it."""
    named = layout.site.vocabulary
    said = {
        named.link(Iri(f"{ID}modality/{name}"), layout.language).label.value: word
        for name, word in layout.words.things.modalities.items()
    }
    return {label: word[:1].upper() + word[1:] for label, word in said.items()}


def plain(term: Term | None) -> str | int | None:
    """Return a term as JSON has it: whole numbers as such, everything else as text."""
    exact = whole(term)
    return exact if term is None or exact is not None else str(term)


def _told(cell: Cell, coded: Mapping[str, str]) -> Cell:
    """Return a cell with a word of the reader’s language in place of a code."""
    if cell.text is None or cell.text.value not in coded:
        return cell
    return Cell(text=Literal(coded[cell.text.value]))


def _cell(name: str, row: Mapping[str, Term], links: Mapping[str, Link], claims: Mapping[str, Iri]) -> Cell:
    term = row.get(name)
    if isinstance(term, Iri):
        return Cell(links[term.value])
    if term is None:
        return Cell()
    if name == "number" and term.value in claims:
        first, last = row.get("firstLine"), row.get("lastLine")
        lines = (str(first), str(last)) if first is not None and last is not None else None
        return Cell(Link(claims[term.value], Literal(term.value)), lines=lines)
    return Cell(text=term, number=term.datatype in NUMBERS)


def view_of(query: LibraryQuery) -> View | None:
    """Return the view of a question and its columns, None where that is the table; a graph is a network."""
    if query.view is not None:
        kind, *columns = query.view
        return View(kind, tuple(columns))
    return View("network", pictures.GRAPH) if query.is_graph else None


def size(view: View, found: Answer) -> int:
    """Return how much there is for the view: places, things, bars or moments. Raises TooMuch when it cannot show it."""
    if view.kind == "network":
        return pictures.within("network", pictures.ends(found, view))
    return pictures.within(view.kind, (row[view.columns[0]] for row in found.rows if view.columns[0] in row))


def measured_by(layout: Layout, found: Answer, view: View) -> str:
    """Return in words what the circles of a map are as large as; nothing where they count things, or it is no map."""
    return geojson.measured_by(layout, found, view, geojson.ground_of(layout)) if view.kind == "map" else ""


_SH = PREFIXES["sh"]
_SCHEMA = "https://schema.org/"
_DCTERMS, _RDFS, _SKOS = (PREFIXES[name] for name in ("dcterms", "rdfs", "skos"))


def turtle(layout: Layout, queries: Iterable[LibraryQuery]) -> bytes:
    """Describe every question: its texts, its query with the prefixes declared, and the endpoint that answers it.

    Parameters have their defaults, as VALUES, so that an editor shows where another value goes. The comment before a
    query is a note of its own.
    """
    return convert("\n".join(_lines(layout, list(queries))), "text/turtle")


def _lines(layout: Layout, queries: list[LibraryQuery]) -> Iterator[str]:
    urls = layout.urls
    shelf = Iri(layout.absolute(urls.plain("/queries")))
    endpoint = Iri(layout.absolute(urls.plain("/sparql")))
    used = "".join(with_prefixes(query.text) for query in queries)
    for name in sorted(PREFIXES):
        if f"PREFIX {name}: " in used:
            node = f"_:prefix-{name}"
            yield f"{term_text(shelf)} <{_SH}declare> {node} ."
            yield f"{node} <{_SH}prefix> {term_text(Literal(name))} ."
            yield f"{node} <{_SH}namespace> {term_text(Literal(PREFIXES[name], datatype=XSD + 'anyURI'))} ."
    for query in queries:
        one = term_text(Iri(layout.absolute(urls.plain(f"/queries/{query.name}"))))
        kind, text = ("Construct", "construct") if query.is_graph else ("Select", "select")
        yield f"{one} <{RDF}type> <{_SH}SPARQLExecutable> , <{_SH}SPARQL{kind}Executable> ."
        defaults = {parameter.name: value_of(parameter) for parameter in query.parameters}
        note, asked = query.parted[0], Literal(written_out(query.parted[1], defaults))
        yield f"{one} <{_SH}{text}> {term_text(asked)} ; <{_SH}prefixes> {term_text(shelf)} ."
        yield f"{one} <{_SCHEMA}target> {term_text(endpoint)} ; <{_DCTERMS}license> <{LICENSE}> ."
        for language in LANGUAGES:
            yield f"{one} <{_RDFS}label> {term_text(Literal(query.titles[language], language))} ."
            yield f"{one} <{_RDFS}comment> {term_text(Literal(query.questions[language], language))} ."
        if note:
            yield f"{one} <{_SKOS}scopeNote> {term_text(Literal(note, 'en'))} ."
        for tag in query.tags:
            yield f"{one} <{_SCHEMA}keywords> {term_text(Literal(tag))} ."


#: The query itself, with its prefixes and what was chosen (SPARQL 1.1, section 21); and another word for it.
_TEXT: Final = Format("SPARQL", "application/sparql-query", "rq")
_TEXT_TOO: Final = "sparql"
#: What every answer can be had as, what a table can beside that, and what a graph can.
_ROWS: Final = (formats.JSON, formats.RESULTS_CSV)
_TABLE: Final = (formats.RESULTS_JSON, formats.RESULTS_XML, formats.RESULTS_TSV)
_GRAPH: Final = (formats.TURTLE, formats.NTRIPLES, formats.JSONLD)
_PAGED: Final = (*_ROWS, XLSX, GEOJSON)
_NETWORK: Final = Format("JSON (network)", "application/json", "network.json")
_VIEWS: Final = {"map": GEOJSON, "network": _NETWORK}


def offers(query: LibraryQuery) -> list[Format]:
    """Return the formats of the answer to a question."""
    view = view_of(query)
    drawn = [_VIEWS[view.kind]] if view and view.kind in _VIEWS else []
    return [*_ROWS, XLSX, *(_GRAPH if query.is_graph else _TABLE), *drawn, _TEXT]


def respond(view: AskedVersion, extension: str) -> flask.Response:
    """Answer in the format with this extension. Raises a 404 for one that the question has not, a 400 for bad input."""
    layout, shelf, query = view.layout, view.shelf, view.query
    words = layout.words.queries
    wanted = _TEXT.extension if extension == _TEXT_TOO else extension
    form = next((each for each in offers(query) if each.extension == wanted), None)
    if form is None:
        raise missing(words.no_view, available=[each.extension for each in offers(query)])
    only(query, (*CITED, *(PAGING if form in _PAGED else ())), layout.language)
    asked = faultless(read(layout, shelf, query))
    pairs = [*asked.pairs(query), *view.pairs]
    page = layout.urls.queries(query.name, pairs)
    site, limits = layout.site, layout.site.limits[False]
    if form is _TEXT:
        return data(_text(layout, query, asked).encode(), form, [(page, "alternate", "text/html")])
    if form not in (*_PAGED, _NETWORK):
        try:
            body = serialised(site.engine, query, asked.terms, layout.language, form.media_type, limits)
        except QueryUnwritable as error:
            sure = (*SURE_GRAPHS, *SURE_TABLES, *_ROWS)
            there = [each.extension for each in offers(query) if each in sure]
            raise unwritable(error, there) from error
        return data(body, form, [(page, "alternate", "text/html")])
    if form is XLSX and paging() is None:
        return _whole_book(layout, query, asked, page)
    found = answer(site.engine, query, asked.terms, layout.language, limits)
    if form in _ROWS:
        return _rows(layout, query, asked, found, form, pairs)
    some, _, links = _part(layout, query, found, form, pairs)
    links = [(page, "alternate", "text/html"), *links]
    if form is XLSX:
        return _book(layout, query, asked, found, some, page, links)
    try:
        chosen = view_of(query) or View("")
        if form is GEOJSON:
            drawn = geojson.points(layout, some, chosen, geojson.ground_of(layout))
        else:
            drawn = pictures.network(layout, some, chosen)
    except TooMuch as error:
        raise too_much(layout, query, error) from error
    return data(orjson.dumps(drawn, option=orjson.OPT_APPEND_NEWLINE), form, links)


def _text(layout: Layout, query: LibraryQuery, asked: Asked) -> str:
    """Return the query as it is asked, ready to be asked anywhere else."""
    return with_prefixes(written_out(query.spoken(nearest(layout.language)), asked.terms))


#: The longest answer, in bytes, of which a workbook is made where the pages are.
_SMALL: Final = 65_536


def _whole_book(layout: Layout, query: LibraryQuery, asked: Asked, page: str) -> flask.Response:
    """Return the whole answer as a workbook; of a long one another process makes it, while other pages are made."""
    site, table = layout.site, not query.is_graph
    kind = formats.RESULTS_TSV if table else formats.NTRIPLES
    limits = site.limits[False]
    body = serialised(site.engine, query, asked.terms, layout.language, kind.media_type, limits)
    if not table:
        body = b"".join(sorted(body.splitlines(keepends=True)))  # the same graph gives the same rows
    about = about_sheet(
        layout, _text(layout, query, asked), "{n}", layout.absolute(page), query.titles[layout.language]
    )
    sheet = layout.words.exports.sheet_answer
    with tempfile.TemporaryDirectory(prefix="cityrights-") as folder:
        path = Path(folder) / "rows"
        path.write_bytes(body)
        try:
            if len(body) <= _SMALL:
                content = workbook_of(path, about, sheet, table=table)
            else:
                with ASKER.get().aside(), site.page_books:
                    content = site.shared.reader.made(workbook_of, path, about, sheet, table=table)
        except TooLarge as error:
            raise book_too_large(layout.words.exports, layout.language) from error
    return _sent(query, content, [(page, "alternate", "text/html")])


def _sent(query: LibraryQuery, content: bytes, links: list[tuple[str, str, str]]) -> flask.Response:
    response = data(content, XLSX, links)
    response.headers["Content-Disposition"] = f'attachment; filename="{query.name}.xlsx"'
    return response


def _book(
    layout: Layout,
    query: LibraryQuery,
    asked: Asked,
    found: Answer,
    some: Answer,
    page: str,
    links: list[tuple[str, str, str]],
) -> flask.Response:
    """Return one page of the answer as a workbook that says where it is from."""
    text = _text(layout, query, asked)
    whole = len(some.rows) == len(found.rows)
    told = "{n}" if whole else layout.words.exports.about_rows_part.replace("{total}", layout.number(len(found.rows)))
    about = about_sheet(layout, text, told, layout.absolute(page), query.titles[layout.language])
    body = workbook(some.columns, some.rows, about, layout.words.exports.sheet_answer)
    return _sent(query, body, links)


def too_much(layout: Layout, query: LibraryQuery, error: TooMuch) -> Problem:
    """Return the 400 for an answer that its view cannot show."""
    return refused(too_much_words(layout, query, error))


def too_much_words(layout: Layout, query: LibraryQuery, error: TooMuch) -> str:
    """Say that an answer is too much for its view, and for how much that has room."""
    view = view_of(query)
    most = MOST[view.kind] if view else 0
    return layout.words.queries.too_much.format(n=layout.number(error.count), most=layout.number(most))


def turns(number: int, last: int) -> dict[str, int]:
    """Return the pages that one can turn to from a page, by their relation (RFC 8288, IANA link relations)."""
    beside = {"prev": number - 1, "next": number + 1}
    return {"first": 1, **{name: page for name, page in beside.items() if 1 <= page <= last}, "last": last}


def _part(
    layout: Layout, query: LibraryQuery, found: Answer, form: Format, pairs: list[tuple[str, str]]
) -> tuple[Answer, int, list[tuple[str, str, str]]]:
    """Return the rows of the page that is asked for, its number, and the links to those beside it; else all rows."""
    wanted = paging()
    if wanted is None:
        return found, 1, []
    number, size = wanted
    last = max(1, -(-len(found.rows) // size))
    if number > last:
        raise missing(layout.words.queries.past.format(n=layout.number(last)))
    links = [
        (layout.urls.queries(query.name, [*pairs, ("page", str(to)), ("size", str(size))], form.extension), name, "")
        for name, to in turns(number, last).items()
    ]
    return Answer(found.columns, found.rows[(number - 1) * size : number * size]), number, links


def _rows(
    layout: Layout, query: LibraryQuery, asked: Asked, found: Answer, form: Format, pairs: list[tuple[str, str]]
) -> flask.Response:
    some, number, links = _part(layout, query, found, form, pairs)
    wanted = paging()
    page = layout.urls.queries(query.name, pairs)
    if form is formats.RESULTS_CSV:
        cells = [[str(row.get(name, "")) for name in found.columns] for row in some.rows]
        return csv_answer(found.columns, cells, page, links)
    record = {
        "query": query.name,
        "question": query.questions[layout.language],
        "version": version(layout.site, query),
        "parameters": {name: str(term) for name, term in asked.terms.items()},
        "total": len(found.rows),
        "page": number,
        "size": wanted[1] if wanted else len(found.rows),
        "columns": found.columns,
        "rows": [{name: plain(row.get(name)) for name in found.columns} for row in some.rows],
    }
    return json_answer(record, page, links)
