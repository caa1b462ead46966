"""SERVICE: where it stands in a query, what goes to its endpoint, which was allowed, and is asked from here alone.

The pattern of each block goes to its endpoint as one bounded SELECT, and the block is replaced by the rows that come
back. An engine sees VALUES, and goes on refusing SERVICE. Patterns are evaluated from the bottom up, so for an endpoint
that is a constant this is what SPARQL 1.1 Federated Query, section 2.4 and section 4, says, except that a
blank node of another endpoint is an error here: its label means nothing outside the answer that it came in.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
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
from sparqlgate.text.lexer import Token, place, wrong
from sparqlgate.text.rewriting import NOTHING
from sparqlgate.text.writing import Step, walk

#: So many SERVICE blocks may stand in one query.
MOST: Final = 4
_REFUSED: Final = "federation-refused"
#: A star after one of these stands for every variable in sight.
_ALL: Final = ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE")
_NOT_LINE_ENDS: Final = re.compile(r"[^\r\n]++")
#: Holds the place of SERVICE while a text is read for faults: a pattern too, and not longer.
_STANDS_IN: Final = "VALUES(){}"


@dataclass
class Block:
    """One ``SERVICE [SILENT] <endpoint> { … }``: the text from ``start`` to ``end``, its braces from ``opened``."""

    start: int
    silent: bool = False
    endpoint: str = ""
    opened: int = 0
    end: int = 0
    variables: dict[str, None] = field(default_factory=dict)


@dataclass
class _Reader:
    text: str
    allowed: Collection[str]
    blocks: list[Block] = field(default_factory=list)
    prefixes: dict[str, str] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    depth: int = 0
    inside: int = 0
    all: bool = False
    last: Token = field(default_factory=lambda: Token("punct", "", 0))

    @property
    def pending(self) -> bool:
        """Whether SERVICE was read, and its brace not yet."""
        return bool(self.blocks) and not self.blocks[-1].opened


@dataclass(frozen=True)
class Federated:
    """A query with its SERVICE blocks, in the order of the text."""

    text: str
    head: str
    blocks: tuple[Block, ...]

    def harmless(self) -> str:
        """Return the text without SERVICE, everything else at the same place: what a parser says of it holds here."""
        return self._edited([(block.start, block.opened, self._blank(block)) for block in self.blocks])

    def _blank(self, block: Block) -> str:
        blank = _NOT_LINE_ENDS.sub(lambda run: " " * len(run[0]), self.text[block.start : block.opened])
        lines = blank.splitlines(keepends=True)
        for number, line in enumerate(lines):
            if len(line.rstrip("\r\n")) >= len(_STANDS_IN):
                lines[number] = _STANDS_IN + line[len(_STANDS_IN) :]
                break
        return "".join(lines)

    def question(self, block: Block) -> str:
        """Return the query that goes to the block's endpoint: the prologue, and the pattern for what is used of it."""
        wanted = " ".join(block.variables) or "(1 AS ?sparqlgate__row)"
        return f"{self.head}\nSELECT {wanted} {self.text[block.opened : block.end]}"

    def answered(self, rows: Mapping[int, str]) -> str:
        """Return the text with each block replaced by what its endpoint answered, by the block's start."""
        return self._edited([(block.start, block.end, f" {rows[block.start]} ") for block in self.blocks])

    def place(self, block: Block) -> tuple[int, int]:
        """Return line and column of a block."""
        return place(self.text, block.start)

    def _edited(self, edits: list[tuple[int, int, str]]) -> str:
        parts, at = [], 0
        for start, end, new in edits:
            parts += [self.text[at:start], new]
            at = end
        return "".join([*parts, self.text[at:]])


def find(text: str, head: str, allowed: Collection[str], bounds: Bounds | None = None) -> Federated:
    """Return the SERVICE blocks of a screened text; ``allowed`` are the endpoints that it may name.

    ``head`` is its prologue, after the store's own base. Raises QueryRefused for any other endpoint, a variable one,
    and SERVICE inside SERVICE; QuerySyntaxError where SERVICE is followed by anything but an endpoint and a pattern.
    """
    reader = _Reader(text, allowed)
    for step in walk(text, bounds, federated=True):
        _step(reader, step)
        reader.last = step.token
    for block in reader.blocks:
        if not reader.all:
            others = reader.outside.union(*(other.variables for other in reader.blocks if other is not block))
            block.variables = {name: None for name in block.variables if name in others}
    return Federated(text, head, tuple(reader.blocks))


def _step(reader: _Reader, step: Step) -> None:
    token = step.token
    if token.kind == "word" and token.text.upper() == "SERVICE":
        _begin(reader, step)
    elif reader.pending:
        _endpoint(reader, step)
    elif not step.form:
        if token.kind == "iri" and reader.last.kind == "name":
            glued = re.sub("^prefix", "", reader.last.text, flags=re.IGNORECASE)  # of PREFIXex:
            reader.prefixes.update({glued: token.text[1:-1], reader.last.text: token.text[1:-1]})
    elif token.kind == "var":
        name = f"?{token.text[1:]}"
        if reader.inside:
            reader.blocks[-1].variables[name] = None
        else:
            reader.outside.add(name)
    elif token.text == "*" and not reader.inside:
        reader.all = reader.all or reader.last.text.upper() in _ALL
    if step.opened:
        reader.depth += 1
    elif step.closed:
        reader.depth -= 1
        if reader.inside and reader.depth < reader.inside:
            reader.blocks[-1].end = token.start + len(token.text)
            reader.inside = 0


def _begin(reader: _Reader, step: Step) -> None:
    if reader.inside or reader.pending:
        raise _refused(reader, step.token, _REFUSED, "federation goes one step: SERVICE inside SERVICE is not run")
    if len(reader.blocks) == MOST:
        raise _refused(reader, step.token, "query-too-complex", f"the query has more than {MOST} SERVICE blocks")
    reader.blocks.append(Block(step.token.start))


def _endpoint(reader: _Reader, step: Step) -> None:
    """Read what stands between SERVICE and its pattern."""
    block, token = reader.blocks[-1], step.token
    if block.endpoint:
        if step.opened != "pattern" or token.text != "{":
            raise wrong(reader.text, token.start, "expected '{' after the endpoint of SERVICE")
        block.opened, reader.inside = token.start, reader.depth + 1
    elif token.kind == "word" and token.text.upper() == "SILENT" and not block.silent:
        block.silent = True
    elif token.kind == "var":
        reason = "federation needs the endpoint's own IRI after SERVICE: a variable could be any address"
        raise _refused(reader, token, _REFUSED, reason)
    elif token.kind in ("iri", "name"):
        block.endpoint = _allowed(reader, token)
    else:
        raise wrong(reader.text, token.start, "expected the endpoint's IRI after SERVICE")


def _allowed(reader: _Reader, token: Token) -> str:
    """Return the endpoint as it was allowed, so that nothing else is ever asked, however it is written here."""
    written = token.text[1:-1]
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        written = reader.prefixes.get(f"{prefix}:", f"{prefix}:") + local
    for endpoint in reader.allowed:
        if endpoint == written:
            return endpoint
    listed = " ".join(f"<{endpoint}>" for endpoint in reader.allowed)
    shown = written if len(written) <= 200 else f"{written[:200]}…"
    reason = f"federation with <{shown}> is not allowed, only with {listed}, written in full; "
    raise _refused(reader, token, _REFUSED, reason + "whoever runs this endpoint can allow more with --allow-service")


def _refused(reader: _Reader, token: Token, kind: str, reason: str) -> QueryRefused:
    line, column = place(reader.text, token.start)
    return QueryRefused(reason, kind=kind, line=line, column=column)


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
