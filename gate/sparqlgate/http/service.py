"""What every part of a gate shares: one store, the settings, the answers that are kept, and who has used how much."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from sparqlgate.http.answers import Flights, ResponseCache, Shared, ShortCuts
from sparqlgate.http.description import convert, describe
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import not_found
from sparqlgate.http.protocol import SparqlRequest
from sparqlgate.http.requests import Request
from sparqlgate.http.responses import Response
from sparqlgate.http.settings import Settings
from sparqlgate.pool.scheduling import MOST_WAITING, most_workers
from sparqlgate.query import NO_CAP, Limits
from sparqlgate.stores.base import Store
from sparqlgate.text.guard import Screened

#: Threads that read streams and files, beyond those that wait for the store.
_MORE_THREADS: Final = 14

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
