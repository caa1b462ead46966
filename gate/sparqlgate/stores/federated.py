"""SERVICE for endpoints that were allowed one by one: asked from here, never by a worker, which has no network.

The pattern of each block goes to its endpoint as one bounded SELECT, and the block is replaced by the rows that come
back. An engine sees VALUES, and goes on refusing SERVICE. Patterns are evaluated from the bottom up, so for an endpoint
that is a constant this is what SPARQL 1.1 Federated Query, section 2.4 and section 4, says, except that a
blank node of another endpoint is an error here: its label means nothing outside the answer that it came in.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import replace
from typing import Final

from sparqlgate.errors import EngineBusy, EngineUnavailable, QueryMemory, QueryRefused, QueryTimeout, QueryUnsupported
from sparqlgate.namespaces import Names
from sparqlgate.pool.offload import Aside, read, work
from sparqlgate.query import Control, Limits, Query
from sparqlgate.stores import remote_http
from sparqlgate.stores.base import Result, Store, Tell
from sparqlgate.stores.remote_answer import RemoteResult
from sparqlgate.stores.remote_http import Exchange, Lines
from sparqlgate.text.guard import Bounds
from sparqlgate.text.rewriting import NOTHING
from sparqlgate.text.service import Block, Federated, find

#: What one SERVICE block may bring: rows, and bytes of the rows as they are written into the query.
ROWS: Final = 10_000
BYTES: Final = 500_000
#: Seconds to read a query for faults before anything is sent.
_READING: Final = 5.0
_TABLE: Final = "text/tab-separated-values"


class FederatedEngine(Store):
    """An engine that runs SERVICE for the endpoints in ``allowed``, exact addresses, and otherwise is ``inner``.

    Raises ValueError for an address that is none.
    """

    def __init__(
        self,
        inner: Store,
        allowed: Collection[str],
        *,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        names: Names | None = None,
        connections: int = 8,
    ) -> None:
        self.allowed = remote_http.check_addresses(allowed)
        self.version = inner.version  # of the data at hand; what other endpoints answer has none
        self.functions = inner.functions
        self._inner = inner
        self._limits = limits or Limits()
        self._bounds = bounds
        self._names = names or Names()
        self._aside = Aside(RemoteResult.__module__)
        self._lines = {
            address: Lines(None, connections, secure=address.startswith("https:")) for address in self.allowed
        }

    def query(self, query: Query | str, *, control: Control | None = None) -> Result:
        """Answer one query; see ``sparqlgate.stores.base.Store``.

        Raises EngineUnavailable when an endpoint that SERVICE names fails, is slow, or answers what is no table.
        """
        asked = Query.of(query)
        if _names_none(asked):
            return self._inner.query(asked, control=control)
        screened = asked.screened or read(self._aside, asked.text, self._bounds, federated=True)
        if not screened.federated:
            return self._inner.query(asked, control=control)
        if asked.bindings:
            raise QueryUnsupported("a query with SERVICE takes no parameters; write the terms into it")
        control = control or Control()
        most = self._limits if asked.limits is None else asked.limits.within(self._limits)
        deadline = time.monotonic() + most.seconds
        head = f"{self._names.prologue}{screened.head}"
        found = work(self._aside, asked.text, find, screened.text, head, self.allowed, self._bounds)
        self._read(found.harmless())
        control.check()
        control.begin()
        rows = {block.start: self._ask(found, block, deadline, control) for block in found.blocks}
        left = deadline - time.monotonic()
        if left <= 0:
            raise QueryTimeout(most.seconds)
        final = replace(asked, text=found.answered(rows), limits=most.within(Limits(seconds=left)), screened=None)
        return self._inner.query(final, control=control)

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        """Begin to answer a query; see ``sparqlgate.stores.base.Store``."""
        begin = self._inner.start if _names_none(query) else super().start
        begin(query, control, tell, threads)

    def _read(self, text: str) -> None:
        """Have faults of the whole query told before anything is sent; what takes long or is unknown here may go on."""
        with contextlib.suppress(QueryTimeout, QueryMemory, QueryUnsupported):
            self._inner.query(Query(text, "*/*", (NOTHING,), limits=Limits(seconds=_READING))).close()

    def _ask(self, query: Federated, block: Block, deadline: float, control: Control) -> str:
        """Return what an endpoint answers, as a pattern. A failure under SILENT is one solution without a binding."""
        name = f"the endpoint <{block.endpoint}>"
        until = time.monotonic() + (deadline - time.monotonic()) / 2  # so that there is time to go on without it
        fields: dict[str, str | list[str]] = {"query": query.question(block)}
        lines = self._lines[block.endpoint]
        exchange = Exchange(
            lines, block.endpoint, fields, remote_http.TABLES, until, 8 * BYTES, name, client=control.client
        )
        bounded = Limits(seconds=max(0.001, until - time.monotonic()), rows=ROWS, result_bytes=BYTES)
        try:
            with RemoteResult(exchange, self._aside, "select", _TABLE, bounded) as result:
                control.attach(result.close)
                result.begin()
                return _pattern(result.read().decode("utf-8"), block, name)
        except QueryRefused as error:
            line, column = query.place(block)
            reason = f"SERVICE <{block.endpoint}>: {error.reason}"
            raise QueryRefused(reason, kind=error.kind, line=line, column=column) from None
        except (EngineUnavailable, EngineBusy, QueryUnsupported) as error:
            if block.silent:
                return "{}"
            raise _failed(error, name) from None

    def status(self) -> dict[str, int]:
        """Return what the store behind tells of its workers."""
        return self._inner.status()

    def close(self) -> None:
        """End every query; later ones raise EngineFailure. Closing twice does nothing."""
        for lines in self._lines.values():
            lines.close()
        self._aside.close()
        self._inner.close()


def _names_none(query: Query) -> bool:
    """Say at a glance that a query has no SERVICE; escapes in keywords are refused by the store behind."""
    return "service" not in query.text.lower()


def _pattern(table: str, block: Block, name: str) -> str:
    """Write a table in TSV, whose cells are terms as SPARQL has them, as VALUES for the variables asked for."""
    header, *lines = table.removesuffix("\n").split("\n")
    if not block.variables:
        return f"VALUES () {{ {'() ' * len(lines)}}}" if len(lines) != 1 else "{}"
    names = header.split("\t")
    if set(names) != set(block.variables):
        raise EngineUnavailable(f"{name} answered another question")
    rows = []
    for line in lines:
        cells = line.split("\t")
        for variable, cell in zip(names, cells, strict=True):
            if cell.startswith(("_:", "<<")):
                what = "a blank node" if cell[0] == "_" else "a triple"
                raise QueryRefused(f"{variable} is {what} there, which cannot be used here; ask for what identifies it")
        rows.append(f"({' '.join(cell or 'UNDEF' for cell in cells)})")
    return f"VALUES ({header.replace(chr(9), ' ')}) {{ {' '.join(rows)} }}"


def _failed(error: EngineUnavailable | EngineBusy | QueryUnsupported, name: str) -> EngineUnavailable:
    if isinstance(error, EngineBusy):
        return EngineUnavailable(f"{name} is busy; try again in {error.retry_after:g} s")
    if isinstance(error, QueryUnsupported):
        return EngineUnavailable(f"{name} does not accept what SERVICE asks of it")
    return error
