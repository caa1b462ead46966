"""SERVICE for endpoints that were allowed one by one: asked from here, never by a worker, which has no network.

The pattern of each block goes to its endpoint as one bounded SELECT, and the block is replaced by the rows that come
back. An engine sees VALUES, and goes on refusing SERVICE. Patterns are evaluated from the bottom up, so for an endpoint
that is a constant this is what SPARQL 1.1 Federated Query, section 2.4 and section 4, says, except that a
blank node of another endpoint is an error here: its label means nothing outside the answer that it came in.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from sparqlgate.errors import EngineBusy, EngineUnavailable, QueryMemory, QueryRefused, QueryTimeout, QueryUnsupported
from sparqlgate.namespaces import Names
from sparqlgate.pool.offload import Aside
from sparqlgate.stores import remote_http
from sparqlgate.stores.base import JSON, Control, Engine, Limits, Result, Term
from sparqlgate.stores.reading import read, work
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


class FederatedEngine:
    """An engine that runs SERVICE for the endpoints in ``allowed``, exact addresses, and otherwise is ``inner``.

    Raises ValueError for an address that is none.
    """

    def __init__(
        self,
        inner: Engine,
        allowed: Collection[str],
        *,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        names: Names | None = None,
        connections: int = 8,
    ) -> None:
        self.allowed = remote_http.check_addresses(allowed)
        self._inner = inner
        self._limits = limits or Limits()
        self._bounds = bounds
        self._names = names or Names()
        self._aside = Aside()
        self._lines = {
            address: Lines(None, connections, secure=address.startswith("https:")) for address in self.allowed
        }

    @property
    def version(self) -> str:
        """The version of the data at hand; what other endpoints answer has none."""
        return self._inner.version

    def query(
        self,
        text: str,
        *,
        accept: str = JSON,
        limits: Limits | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        substitutions: Mapping[str, Term] | None = None,
        control: Control | None = None,
    ) -> Result:
        """Answer one query; see ``sparqlgate.stores.base.Engine``.

        Raises EngineUnavailable when an endpoint that SERVICE names fails, is slow, or answers what is no table.
        """

        def run(final: str, allowed: Limits | None) -> Result:
            return self._inner.query(
                final,
                accept=accept,
                limits=allowed,
                default_graphs=default_graphs,
                named_graphs=named_graphs,
                substitutions=substitutions,
                control=control,
            )

        if "service" not in text.lower():  # escapes in keywords are refused by the engine behind
            return run(text, limits)
        screened = read(self._aside, text, self._bounds, federated=True)
        if not screened.federated:
            return run(text, limits)
        if substitutions:
            raise QueryUnsupported("a query with SERVICE takes no parameters; write the terms into it")
        control = control or Control()
        most = self._limits if limits is None else limits.within(self._limits)
        deadline = time.monotonic() + most.seconds
        query = work(
            self._aside, text, find, screened.text, f"{self._names.prologue}{screened.head}", self.allowed, self._bounds
        )
        self._read(query.harmless())
        control.check()
        control.begin()
        rows = {block.start: self._ask(query, block, deadline, control) for block in query.blocks}
        left = deadline - time.monotonic()
        if left <= 0:
            raise QueryTimeout(most.seconds)
        return run(query.answered(rows), most.within(Limits(seconds=left)))

    def _read(self, text: str) -> None:
        """Have faults of the whole query told before anything is sent; what takes long or is unknown here may go on."""
        with contextlib.suppress(QueryTimeout, QueryMemory, QueryUnsupported):
            self._inner.query(text, limits=Limits(seconds=_READING), default_graphs=[NOTHING], accept="*/*").close()

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
            raise QueryRefused(f"SERVICE <{block.endpoint}>: {error} {query.where(block)}") from None
        except (EngineUnavailable, EngineBusy, QueryUnsupported) as error:
            if block.silent:
                return "{}"
            raise _failed(error, name) from None

    @property
    def status(self) -> Callable[[], dict[str, int]]:
        """What the engine behind tells of its workers."""
        found: Callable[[], dict[str, int]] = getattr(self._inner, "status", dict)
        return found

    def close(self) -> None:
        """End every query; later ones raise EngineFailure. Closing twice does nothing."""
        for lines in self._lines.values():
            lines.close()
        self._aside.close()
        self._inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
