"""The remote store: the same questions and answers as the embedded one, from any store that speaks SPARQL 1.1."""

from __future__ import annotations

import contextlib
import itertools
import logging
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sparqlgate.errors import EngineBusy, EngineFailure, QueryMemory, QueryRefused, QueryTimeout
from sparqlgate.namespaces import OWL, Names
from sparqlgate.pool.offload import Aside, read, work
from sparqlgate.query import ASKER, JSON, Control, Limits, Query
from sparqlgate.rdf.writing import choose
from sparqlgate.stores import remote_http
from sparqlgate.stores.base import Store
from sparqlgate.stores.embedded import EmbeddedEngine
from sparqlgate.stores.remote_answer import HELD, RemoteResult, rows
from sparqlgate.stores.remote_http import Credentials, Exchange, Lines
from sparqlgate.text.guard import Bounds, Screened
from sparqlgate.text.rewriting import NOTHING, Dialect, rewrite

log = logging.getLogger("sparqlgate.remote")

#: Rows that are asked for at first: more than stores give as they are delivered.
_FIRST: Final = 20_000
#: Has as many rows as anybody wants, where there are triples at all.
_MANY: Final = "SELECT (1 AS ?row) { ?s ?p ?o . ?s2 ?p2 ?o2 } LIMIT "


class Cap:
    """The cap of one store, kept once it is known."""

    def __init__(self, lines: Lines, url: str) -> None:
        self._lines = lines
        self._url = url
        self._found: int | None = None
        self._above = 0
        self._lock = threading.Lock()

    def check(self, exchange: Exchange, triples: int) -> None:
        """Raise QueryRefused when an answer of so many triples may have been cut, and QueryError when none can tell."""
        with self._lock:
            if self._found is None and triples > self._above:
                self._look(exchange, max(_FIRST, 2 * triples))
            found = self._found
        if found is not None and triples >= found:
            raise remote_http.over_cap(exchange.name, str(found))

    def _look(self, exchange: Exchange, rows: int) -> None:
        fields: dict[str, str | list[str]] = {"query": f"{_MANY}{rows}"}
        asked = Exchange(
            self._lines, self._url, fields, remote_http.TABLES, exchange.deadline, 1, exchange.name, limit=0
        )
        with closing(asked):
            asked.open()
            self._found = asked.cap
            self._above = rows


#: What the catalogue of a store says in place of a version while a load is under way.
PARTLY: Final = "partly"
#: Seconds for which it is believed that a store holds what it held; when to come again while it does not.
FRESH: Final = 2.0
_LATER: Final = 30.0


class Whole:
    """Whether the store holds all of one version, looked up again when that was some seconds ago."""

    def __init__(self, version: str, names: Names) -> None:
        self._version = version
        self.query = f"SELECT ?v {{ GRAPH <{names.pushed}> {{ <{names.pushed}> <{OWL}versionInfo> ?v }} }}"
        self._until = 0.0

    def is_known(self) -> bool:
        """Whether it was so a moment ago."""
        return time.monotonic() < self._until

    def hear(self, told: list[list[str]], asked: float) -> None:
        """Take what the store says that was ``asked`` then (``time.monotonic``); loads of earlier releases say nothing.

        Raises EngineBusy where it holds another version, or some of one.
        """
        held = next((row[0] for row in told if row[0] != self._version), self._version)
        if held == self._version:
            self._until = asked + FRESH
            return
        log.warning("the store holds %s, not version %s", held, self._version)
        other = "is being loaded" if held == PARTLY else "holds another version of the data than this service"
        raise EngineBusy(_LATER, f"the store {other}")


_TABLE: Final = "text/tab-separated-values"
#: Seconds that our own parser may take; what takes longer is left to the store.
_PARSING: Final = 5.0
#: So many default graphs are compared pair by pair.
_COMPARED: Final = 8


@dataclass(frozen=True)
class _Nothing:
    """A snapshot without data."""

    folder: Path
    names: Names
    version: str = ""

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def nquads(self) -> Path:
        return self.folder / "nothing.nq"

    def check_nquads(self) -> None:
        """Find nothing wrong with nothing."""


class RemoteEngine(Store):
    """Answers from the store at ``url``, a SPARQL 1.1 query service that holds what ``push`` put there.

    ``version`` is that of the data, for the store does not know it, and ``names`` what they call things.
    ``connections`` queries run at once, long ones in half of them while others wait (``remote_http.Lines``); more
    wait, and raise EngineBusy after their time. With ``whole``, so do all while the store says that a load is under
    way, or that it holds another version (one with a catalogue does). Opening asks the store nothing. Raises ValueError
    for no address.
    """

    def __init__(
        self,
        url: str,
        dialect: Dialect,
        *,
        version: str,
        names: Names | None = None,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        connections: int = 8,
        auth: Credentials | None = None,
        whole: bool = False,
    ) -> None:
        if not remote_http.is_address(url):
            raise ValueError("the address of a store begins with http:// or https:// and names no user")
        self.version = version
        self._names = names or Names()
        self.limits = limits or Limits()
        self._url = url
        self._dialect = dialect
        self._bounds = bounds or Bounds()
        self._folder = tempfile.TemporaryDirectory(prefix="sparqlgate-", ignore_cleanup_errors=True)
        nothing = _Nothing(Path(self._folder.name), self._names)
        nothing.nquads.write_bytes(b"")
        self._aside = Aside(RemoteResult.__module__)
        self._parser = EmbeddedEngine(nothing, workers=2, bounds=self._bounds, aside=self._aside)
        self._lines = Lines(auth, connections, secure=url.startswith("https:"))
        self._cap = Cap(self._lines, url)
        self._whole = Whole(version, self._names) if whole and dialect.union else None
        self._closed = False
        self._running: weakref.WeakSet[RemoteResult] = weakref.WeakSet()

    def query(self, query: Query | str, *, control: Control | None = None) -> RemoteResult:
        """Answer one query; see ``sparqlgate.stores.base.Store``.

        Raises EngineUnavailable when the store cannot be reached or believed, or is too slow.
        """
        if self._closed:
            raise EngineFailure("the engine was closed")
        asked = Query.of(query)
        screened = self._check(asked)
        allowed = self.limits if asked.limits is None else asked.limits.within(self.limits)
        deadline = time.monotonic() + allowed.seconds
        media_type = choose(screened.form, asked.format)
        default, named = self._dataset(screened, asked.default_graphs, asked.named_graphs)
        control = control or Control()
        self._compare(default or [], deadline, control)
        own = default is None and named is None
        catalogue = self._dialect.catalogue(self._names) if own else None
        new = work(self._aside, screened.text, rewrite, screened.text, dict(asked.bindings), catalogue, self._bounds)
        sent = f"{self._names.prologue}{new.text}"
        merged = self._dialect.default_graph(self._names)
        if own and merged is not None:
            default, named = [merged], self._resolve(screened.head, new.graphs)
        elif not own and not default:
            default = [NOTHING]
        fields: dict[str, str | list[str]] = {"query": sent}
        if default:
            fields["default-graph-uri"] = default
        if named:
            fields["named-graph-uri"] = named
        wanted = remote_http.TABLES if screened.form in ("select", "ask") else remote_http.TRIPLES
        control.check()
        self._check_whole(deadline, control)
        control.begin()
        most, whole = 4 * allowed.result_bytes, self._cap.check if self._dialect.cuts_graphs else None
        asker = ASKER.get()
        client = control.client or asker.client
        exchange = Exchange(self._lines, self._url, fields, wanted, deadline, most, limit=new.limit, client=client)
        result = RemoteResult(exchange, self._aside, screened.form, media_type, allowed, control, whole, self._names)
        self._running.add(result)
        control.attach(result.close)
        with asker.aside():
            result.begin()
        return result

    def _check(self, query: Query) -> Screened:
        """Screen the text, unless that was done, and let our own parser read it over no data."""
        screened = query.screened or read(self._aside, query.text, self._bounds)
        if screened.delimiter_escape:
            raise QueryRefused("write quotes, brackets, backslashes and line ends without codepoint escapes here")
        parsed = replace(query, text=screened.text, limits=Limits(seconds=_PARSING), screened=None)
        for last in (False, False, True):
            try:
                # Where even no data takes long, as with products of VALUES, the text was read all the same.
                with contextlib.suppress(QueryTimeout, QueryMemory):
                    self._parser.query(parsed).close()
                break
            except EngineBusy:  # of our own parser, which is quick: on a loaded machine it only comes late
                if last:
                    raise
        return screened

    def _dataset(
        self, screened: Screened, default: Sequence[str], named: Sequence[str]
    ) -> tuple[list[str] | None, list[str] | None]:
        """Return the graphs of the query: those of the request, else those of its FROM clauses, else None twice."""
        if default or named:
            return list(dict.fromkeys(default)), list(dict.fromkeys(named))
        if not screened.from_default and not screened.from_named:
            return None, None
        return self._resolve(screened.head, screened.from_default), self._resolve(screened.head, screened.from_named)

    def _resolve(self, head: str, written: Sequence[str]) -> list[str]:
        """Turn graphs as written into IRIs, with the query's own prologue and by our own parser."""
        found: dict[str, None] = {}
        for item in written:
            with self._parser.query(Query(f"{head}\nSELECT ({item} AS ?graph) {{}}", _TABLE)) as result:
                term = result.read().decode().split("\n")[1]
            if term.startswith("<"):
                found[term[1:-1]] = None
        return list(found)

    def _compare(self, default: Sequence[str], deadline: float, control: Control) -> None:
        """Refuse default graphs that share a triple: stores would give it several times, the standard has it once."""
        if len(default) < 2:
            return
        reason = "name one default graph, or use GRAPH: those of this query share statements and would repeat them"
        if len(default) > _COMPARED:
            many = f"more than {_COMPARED} default graphs are not merged here; name fewer, or use GRAPH"
            raise QueryRefused(many, kind="query-too-complex")
        pairs = itertools.combinations(default, 2)
        shared = (f"{{ GRAPH <{one}> {{ ?s ?p ?o }} GRAPH <{two}> {{ ?s ?p ?o }} }}" for one, two in pairs)
        fields: dict[str, str | list[str]] = {"query": f"ASK {{ {' UNION '.join(shared)} }}"}
        exchange = Exchange(self._lines, self._url, fields, remote_http.TABLES, deadline, HELD)
        with RemoteResult(exchange, self._aside, "ask", JSON, self.limits) as result:
            control.attach(result.close)
            result.begin()
            if b"true" in result.read():
                raise QueryRefused(reason)

    def _check_whole(self, deadline: float, control: Control) -> None:
        """Raise EngineBusy where the store does not hold the whole of this version."""
        if self._whole is None or self._whole.is_known():
            return
        fields: dict[str, str | list[str]] = {"query": self._whole.query}
        exchange = Exchange(self._lines, self._url, fields, remote_http.TABLES, deadline, HELD)
        asked = time.monotonic()
        with RemoteResult(exchange, self._aside, "select", JSON, self.limits) as result:
            control.attach(result.close)
            result.begin()
            self._whole.hear(self._aside.call(rows, result.read()), asked)

    def close(self) -> None:
        """End every query; later ones raise EngineFailure. Closing twice does nothing."""
        self._closed = True
        for result in list(self._running):
            result.close()
        self._parser.close()
        self._aside.close()
        self._lines.close()
        self._folder.cleanup()
