"""What the site adds to its gate: the pages of /sparql, workbooks and GeoJSON, and what it says of its data."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cityrights.library.running import TRIPLE
from cityrights.resources.document import convert
from cityrights.terms import Iri, Literal, term_text
from cityrights.vocabulary import DATASET, GRAPH_DATASET, ID, LICENSE, RDF
from cityrights_web.layout import Layout
from cityrights_web.results import MADE, XLSX, geojson
from cityrights_web.results.pictures import written
from cityrights_web.results.workbook import TooLarge, about_sheet, book_too_large, check, workbook_of
from cityrights_web.site import Site
from cityrights_web.views.sparql import form_page, gathered, layout_of, page_of
from sparqlgate.http import formats
from sparqlgate.http.answers import SURE_GRAPHS, SURE_TABLES, cut_mark, get_or_run, heading_of, query_of, read_by
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import SparqlRequest
from sparqlgate.http.requests import Request
from sparqlgate.http.responses import Response, vary
from sparqlgate.http.service import PROLOGUE
from sparqlgate.http.service import service as service_lines
from sparqlgate.text.guard import Bounds, Screened


def service_description(site: Site, endpoint: str) -> str:
    """Return the description of the endpoint at this address, as Turtle."""
    return PROLOGUE + "".join(f"{line}\n" for line in _lines(site, endpoint))


def _lines(site: Site, endpoint: str) -> Iterator[str]:
    dataset = str(site.manifest.get("dataset", DATASET))
    shipped = dataset == DATASET
    base = endpoint.removesuffix("/sparql")

    def own(name: str) -> str:
        return term_text(Iri(f"{DATASET if shipped else endpoint}#{name}"))

    service, data, default = own("service"), own("service-dataset"), own("default-graph")
    yield from service_lines(service, endpoint, MADE, site.engine.functions)
    yield f"{service} sd:defaultDataset {data} ;"
    if shipped or site.manifest.get("union"):
        yield "  sd:feature sd:UnionDefaultGraph ;"
    if site.settings.allow_service:
        yield "  sd:feature sd:BasicFederatedQuery ;"
    yield f"  rdfs:seeAlso {term_text(Iri(f'{base}/queries.ttl'))} ;"
    yield f"  owl:versionInfo {_text(site.version)} ; rdfs:comment {_english(_about(site, base))} ."
    yield f"{data} a sd:Dataset ; sd:defaultGraph {default} ; dcterms:source {term_text(Iri(dataset))} ."
    yield f"{default} a sd:Graph , void:Dataset ; void:triples {int(site.manifest.get('triples', 0))} ;"
    yield f"  owl:versionInfo {_text(site.version)} ."
    yield from _void(site, base, endpoint, dataset)
    if shipped:
        yield f"{data} rdfs:comment {_english(_CLAIM_GRAPHS)} ."
        yield f"{default} dcterms:license {term_text(Iri(LICENSE))} ."
    for place, graph in enumerate(_graphs(site)):
        named, content = own(f"graph-{place}"), own(f"content-{place}")
        yield f"{data} sd:namedGraph {named} . {content} a sd:Graph ."
        yield f"{named} a sd:NamedGraph ; sd:name {term_text(Iri(graph))} ; sd:graph {content} ;"
        yield "  sd:entailmentRegime <http://www.w3.org/ns/entailment/Simple> ."


_CLAIM_GRAPHS = (
    "Besides the named graphs listed, each claim that asserts a fact has one of its own, named by the claim's IRI: "
    f"{ID}claim/{{source}}/{{number}}. What is said of the claims themselves stands in one graph, listed here, and the "
    "default graph has every triple of every graph, once."
)


def _graphs(site: Site) -> list[str]:
    """Return the graphs to list: all that the manifest names, or the fixed ones of the shipped dataset."""
    named = site.manifest.get("named_graphs")
    return sorted(site.vocabulary.graphs) if named is None else [str(graph) for graph in named]


def _void(site: Site, base: str, endpoint: str, dataset: str) -> Iterator[str]:
    """Describe the dataset for those who follow VoID: its version, its endpoint, its dumps, and where to read on."""
    subject = term_text(Iri(dataset))
    yield f"{subject} a void:Dataset ; void:sparqlEndpoint {term_text(Iri(endpoint))} ;"
    if dataset == DATASET:
        yield f"  rdfs:isDefinedBy {term_text(Iri(GRAPH_DATASET))} ;"
    for name in site.files:
        prop = "rdfs:seeAlso" if name == "void.ttl" else "void:dataDump"
        yield f"  {prop} {term_text(Iri(f'{base}/download/{name}'))} ;"
    yield f"  owl:versionInfo {_text(site.version)} ."


def _about(site: Site, base: str) -> str:
    """Say in words what the vocabulary has no terms for: the limits, and where single graphs are read."""
    settings = site.settings
    asked = " ".join(f"<{address}>" for address in settings.allow_service)
    federation = f"SERVICE may name {asked}" if asked else "SERVICE is refused"
    memory = "" if settings.endpoint else f" and use {settings.query_memory >> 20} MiB of memory"
    rows = f", and a table {settings.max_rows:,} rows" if settings.max_rows else ""
    bounds = Bounds()
    return (
        f"This service is read-only: updates are refused, {federation}, and nothing is fetched for FROM. "
        f"A query may run for {settings.query_seconds:g} s{memory}, its answer may have "
        f"{settings.result_bytes >> 20} MiB{rows}; over a limit there is an error and never a part that looks whole. "
        f"The address of a query sent by GET may have {settings.max_url:,} bytes after the question mark, what is sent "
        f"by POST {settings.max_body:,}; of a query {bounds.plain:,} characters may stand outside of VALUES. "
        f"Each graph can be read whole at {base}/graph?graph= and its IRI, the default graph at {base}/graph?default "
        "(SPARQL 1.1 Graph Store HTTP Protocol). Empty graphs are not kept. No entailment takes place in queries."
    )


def _text(value: str) -> str:
    return term_text(Literal(value))


def _english(value: str) -> str:
    return term_text(Literal(value, "en", RDF + "langString"))


#: The largest answer, as a multiple of what is sent in one piece, that GeoJSON is made of.
_MOST = 32


async def made(site: Site, request: Request, asked: SparqlRequest, screened: Screened, chosen: Format) -> Response:
    """Return the answer to a query in a format that is made here. Raises Problem, and the errors of the engine."""
    layout = layout_of(site, request)
    book = chosen is XLSX
    # A workbook tells the address that it is from, which without a public one is made of the host that was asked.
    heading = heading_of(
        site.gate,
        query_of(site.gate, asked, screened, chosen),
        chosen,
        f"{layout.language} {layout.host}" if book else "",
    )
    if book:
        heading.headers = vary(heading.headers, "Accept-Language")
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
        return heading.over(body, [*heading.headers, *cut_mark(cuts[0])])

    response = await get_or_run(site.gate.answers, request, heading.etag, make, heading=heading)
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
        return site.shared.reader.made(geojson.collection, body, site.places.packed, told, cut, table=table)
    except geojson.TooLarge:
        raise too_large from None
    except geojson.NowhereError:
        others = SURE_TABLES if table else SURE_GRAPHS
        raise Problem(
            406,
            "no-coordinates",
            words.geojson_needs,
            {"language": layout.language, "available": [form.media_type for form in (*others, XLSX)]},
        ) from None


def extend_gate(site: Site) -> None:
    """Give the gate of a site its formats and its pages."""
    site.gate.pages = Workbench(site)
    site.gate.describe = partial(_described, site)
    for form in MADE:
        site.gate.register(form, partial(made, site))


def _described(site: Site, endpoint: str, media_type: str) -> bytes:
    return convert(service_description(site, endpoint), media_type)


class Workbench:
    """The pages of /sparql, for the gate of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def form(self, request: Request, query: str) -> Response:
        """Return the form with a query, or an example."""
        return await form_page(self._site, request, query=query)

    async def answer(self, request: Request, asked: SparqlRequest) -> Response:
        """Return the page with the answer, or the part that is asked for."""
        return await page_of(self._site, request, asked)
