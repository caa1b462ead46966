"""Formats that are made here from what the engine answers, workbooks and GeoJSON: each in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from cityrights.library.running import TRIPLE
from cityrights_web.layout import Layout
from cityrights_web.results import places
from cityrights_web.results.formats import XLSX
from cityrights_web.results.pictures import written
from cityrights_web.results.workbook import TooLarge, about_sheet, book_too_large, check, workbook_of
from cityrights_web.site import Site
from cityrights_web.views.sparql import gathered, layout_of
from sparqlgate.http import formats
from sparqlgate.http.answers import SURE_GRAPHS, SURE_TABLES, blank_of, cut_mark, get_or_run, query_of, read_by
from sparqlgate.http.formats import Format
from sparqlgate.http.messages import Request, Response, vary
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import SparqlRequest
from sparqlgate.text.guard import Screened

#: The largest answer, as a multiple of what is sent in one piece, that GeoJSON is made of.
_MOST = 32


async def made(site: Site, request: Request, asked: SparqlRequest, screened: Screened, chosen: Format) -> Response:
    """Return the answer to a query in a format that is made here. Raises Problem, and the errors of the engine."""
    layout = layout_of(site, request)
    book = chosen is XLSX
    # A workbook tells the address that it is from, which without a public one is made of the host that was asked.
    blank = blank_of(
        site.gate,
        query_of(site.gate, asked, screened, chosen),
        chosen,
        f"{layout.language} {layout.host}" if book else "",
    )
    if book:
        blank.headers = vary(blank.headers, "Accept-Language")
    table = screened.form == "select"
    cuts: list[int] = []

    def reader(chunks: Iterable[bytes], cut: int) -> bytes:
        cuts.append(cut)
        write = _book if book else _geojson
        return write(layout, asked, chunks, cut, table=table)

    tables = formats.RESULTS_TSV if book else formats.RESULTS_JSON
    form = tables if table else formats.NTRIPLES

    async def make() -> Response:
        body = await read_by(
            site.gate, request, query_of(site.gate, asked, screened, form), form, reader, (site.books, site.long_books)
        )
        return blank.filled(body, [*blank.headers, *cut_mark(cuts[0])])

    response = await get_or_run(site.gate.answers, request, blank.etag, make, blank=blank)
    assert isinstance(response, Response)  # what is made here is made whole
    return response


def _book(layout: Layout, asked: SparqlRequest, chunks: Iterable[bytes], cut: int, *, table: bool) -> bytes:
    """Return the workbook of rows in TSV, or of triples; they go to disk first, so that too many are not begun with."""
    words, query = layout.words.exports, asked.query or ""
    about = about_sheet(
        layout, query, words.about_rows_cut if cut else "{n}", layout.absolute(layout.urls.run(query))[:2_000]
    )
    try:
        with tempfile.TemporaryDirectory(prefix="cityrights-") as folder:
            path = Path(folder) / "rows"
            with path.open("wb") as held:
                _spool(chunks, held, table=table)
            return layout.site.shared.reader.made(workbook_of, path, about, words.sheet_answer, table=table)
    except TooLarge as error:
        raise book_too_large(words, layout.language) from error


def _spool(chunks: Iterable[bytes], held: BinaryIO, *, table: bool) -> None:
    """Write an answer to a file. Raises TooLarge when it has more rows than a workbook takes."""
    columns, rows = (0, -1) if table else (len(TRIPLE), 0)
    for piece in chunks:
        if not columns:  # of a line of names longer than a piece only a part counts here; the writer counts them all
            columns = 1 + piece.partition(b"\n")[0].count(b"\t")
        rows += piece.count(b"\n")
        check(rows, columns)
        held.write(piece)


def _geojson(layout: Layout, asked: SparqlRequest, chunks: Iterable[bytes], cut: int, *, table: bool) -> bytes:
    words = layout.words.exports
    too_large = Problem(
        400, "answer-too-large", words.geojson_too_large, {"language": layout.language, "available": ["csv", "json"]}
    )
    body = gathered(chunks, _MOST * layout.site.settings.whole_answer)
    if body is None:
        raise too_large
    told, site = written(asked.query or ""), layout.site
    try:
        return site.shared.reader.made(places.collection, body, site.places.packed, told, cut, table=table)
    except places.TooLarge:
        raise too_large from None
    except places.NowhereError:
        others = SURE_TABLES if table else SURE_GRAPHS
        raise Problem(
            406,
            "no-coordinates",
            words.geojson_needs,
            {"language": layout.language, "available": [form.media_type for form in (*others, XLSX)]},
        ) from None
