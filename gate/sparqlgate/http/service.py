"""What every part of a gate shares: one store, settings, kept answers, who has used how much; and its description.

That, for programs, is the SPARQL 1.1 Service Description: what the endpoint is and can do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from io import BytesIO
from typing import Final, Protocol, TypeAlias

import pyoxigraph as ox

from sparqlgate.http import formats
from sparqlgate.http.answers import Flights, ResponseCache, Shared, ShortCuts
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import not_found
from sparqlgate.http.protocol import SparqlRequest
from sparqlgate.http.requests import Request
from sparqlgate.http.responses import Response
from sparqlgate.http.settings import Settings
from sparqlgate.pool.scheduling import MOST_WAITING, most_workers
from sparqlgate.query import NO_CAP, Limits
from sparqlgate.rdf.writing import write_graph
from sparqlgate.stores.base import Store
from sparqlgate.text.guard import Screened

#: Threads that read streams and files, beyond those that wait for the store.
_MORE_THREADS: Final = 14


_W3C: Final = "http://www.w3.org/ns/formats/"
#: Name among the W3C's unique IRIs for formats → the format.
_FORMATS: Final = {
    "SPARQL_Results_JSON": formats.RESULTS_JSON,
    "SPARQL_Results_XML": formats.RESULTS_XML,
    "SPARQL_Results_CSV": formats.RESULTS_CSV,
    "SPARQL_Results_TSV": formats.RESULTS_TSV,
    "Turtle": formats.TURTLE,
    "N-Triples": formats.NTRIPLES,
    "JSON-LD": formats.JSONLD,
    "RDF_XML": formats.RDFXML,
    "TriG": formats.TRIG,
    "N-Quads": formats.NQUADS,
}
#: Formats that have no such IRI are named by their entry in the registry of media types.
_IANA: Final = "https://www.iana.org/assignments/media-types/"

PROLOGUE: Final = """
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix formats: <http://www.w3.org/ns/formats/> .
"""


def describe(endpoint: str, version: str, made: Iterable[Format] = (), functions: Collection[str] = ()) -> str:
    """Return the description of a service at an address over data of a version, in Turtle; see :func:`service`."""
    lines = [*service(f"<{endpoint}#service>", endpoint, made, functions)]
    lines.append(f"<{endpoint}#service> owl:versionInfo {ox.Literal(version)} .")
    return PROLOGUE + "".join(f"{line}\n" for line in lines)


def service(subject: str, endpoint: str, made: Iterable[Format] = (), functions: Collection[str] = ()) -> Iterator[str]:
    """Yield what every gate is and can do; ``subject`` is a term of Turtle.

    ``made`` are registered formats, ``functions`` those that the store says it knows (``Store.functions``).
    """
    written = {_W3C + name: form for name, form in _FORMATS.items()} | {_IANA + one.media_type: one for one in made}
    yield f"{subject} a sd:Service ; sd:endpoint <{endpoint}> ; sd:supportedLanguage sd:SPARQL11Query ;"
    yield "  sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple> ;"
    yield f"  sd:resultFormat {' , '.join(f'<{iri}>' for iri in written)} ."
    for name in functions:
        yield f"{subject} sd:extensionFunction <{name}> . <{name}> a sd:Function ."
    for iri, form in written.items():
        yield f"<{iri}> formats:media_type {ox.Literal(form.media_type)} ."


def convert(turtle: str, media_type: str, prefixes: dict[str, str] | None = None) -> bytes:
    """Return a small Turtle text in another format of RDF."""
    out = BytesIO()
    triples = (quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE))
    write_graph(triples, out, media_type, prefixes or {})
    return out.getvalue()


#: Makes the answer to a query in a format that the store does not write.
Maker: TypeAlias = Callable[[Request, SparqlRequest, Screened, Format], Awaitable[Response]]


#: Has the service of another version of the data, by the names that a request has for it, while it is asked.
#: Raises Problem where there is none.
Select: TypeAlias = Callable[[tuple[str, ...], Request], AbstractAsyncContextManager["Service"]]


class Pages(Protocol):
    """What browsers get in place of data."""

    async def form(self, request: Request, query: str) -> Response:
        """Return the form for a query, with this one in it."""
        ...

    async def answer(self, request: Request, asked: SparqlRequest) -> Response:
        """Return the page with the answer to a query, or the part of it that is asked for."""
        ...


class Service:
    """A SPARQL service over one store: what answers are made with, and where they are kept.

    Formats that are made from an answer are registered by :meth:`register`; ``pages`` are for browsers, and
    ``describe`` writes the service description for an address, in a format of RDF.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings | None = None,
        *,
        version: str | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.store = store
        self.settings = settings or Settings()
        self.version = store.version if version is None else version
        self.shared = shared or Shared.of(self.settings)
        self.made: dict[Format, Maker] = {}
        self.pages: Pages | None = None
        self.describe: Callable[[str, str], bytes] = self._described
        #: Where queries go that name a version: one with several stores sets its own.
        self.select: Select = self._itself
        most = self.settings
        whole = Limits(most.query_seconds, most.query_memory, most.result_bytes, rows=most.max_rows or NO_CAP)
        #: The limits of a query, by whether a table over the cap of rows is cut.
        self.limits = {False: whole, True: replace(whole, truncate=True)}
        #: How many queries may run at once, short and long ones.
        self.most_queries = most_workers(most.workers, most.queue)
        #: The threads that read long answers and files, and wait for a store that can only be waited for.
        self.threads = ThreadPoolExecutor(self.most_queries + _MORE_THREADS, "query")
        self.flights = Flights(self.shared.fair, self.shared.metrics, self.most_queries + MOST_WAITING)
        #: Answers to queries, as they were sent; and their keys by the request as it came.
        self.answers = ResponseCache(most.cached_answers)
        self.shortcuts = ShortCuts()

    def register(self, form: Format, maker: Maker) -> None:
        """Offer a format that ``maker`` makes, after those that the store writes."""
        self.made[form] = maker

    @asynccontextmanager
    async def _itself(self, names: tuple[str, ...], _request: Request) -> AsyncIterator[Service]:
        """Have this service where it is its version that is named; raises a 404 for any other."""
        if not {*names} <= {self.version, self.short}:
            raise not_found("This service has no such version of the data.", version=self.version)
        yield self

    def _described(self, endpoint: str, media_type: str) -> bytes:
        return convert(describe(endpoint, self.version, self.made, self.store.functions), media_type)

    @property
    def short(self) -> str:
        """The version for people."""
        return self.version[:12]

    def metrics_text(self, more: dict[str, dict[str, float]] | None = None) -> bytes:
        """Return what was counted, and the state of this moment with ``more``, in the format of Prometheus."""
        gauges: dict[str, dict[str, float]] = {
            "queries_running": {"": float(self.flights.running)},
            "cache_bytes": {'cache="answers"': self.answers.size},
            "workers": {f'state="{name}"': count for name, count in self.store.status().items()},
            "dataset_info": {f'version="{self.version}"': 1},
        }
        for name, values in (more or {}).items():
            gauges.setdefault(name, {}).update(values)
        return self.shared.metrics.text(gauges)
