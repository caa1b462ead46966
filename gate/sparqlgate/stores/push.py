"""Loading a snapshot into a remote store: SPARQL 1.1 Update in batches, which may be stopped and taken up again."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

import httpx

from sparqlgate.errors import EngineFailure, EngineUnavailable, GateError
from sparqlgate.namespaces import Names
from sparqlgate.pool.offload import Aside
from sparqlgate.stores import remote_http
from sparqlgate.stores import remote_http as remote_lines
from sparqlgate.stores.remote_answer import rows
from sparqlgate.stores.remote_http import Credentials, Exchange, Lines
from sparqlgate.text.rewriting import MEMBER, Dialect

log = logging.getLogger("sparqlgate.remote")

#: Statements that go at once, unless told otherwise.
BATCH: Final = 1000
#: A batch that fails to arrive is sent again after so many seconds.
_PAUSES: Final = (1.0, 3.0)
_SECONDS: Final = 120.0
#: So many batches are looked through for statements of one graph, and so many of them are sent on their own.
_WINDOW: Final = 10
_MANY: Final = 50

#: A line of N-Quads without blank nodes: triple, graph.
_QUAD: Final = re.compile(
    r'(<[^>]*> <[^>]*> (?:<[^>]*>|"(?:[^"\\]|\\.)*+"(?:@[A-Za-z0-9-]++|\^\^<[^>]*>)?))(?: (<[^>]*>))? ?\.'
)

T = TypeVar("T")
Report = Callable[[str, int, int], None]


class Snapshot(Protocol):
    """What is loaded."""

    @property
    def version(self) -> str: ...
    @property
    def names(self) -> Names: ...
    @property
    def nquads(self) -> Path: ...
    @property
    def ntriples(self) -> Path:
        """The default graph; there may be no such file, and then it is made."""
        ...


class PushError(GateError):
    """The store was not loaded; the text says why and what to do."""


@dataclass(frozen=True)
class Batch:
    """What is sent at once: an update, or, with ``graph``, triples of that graph; ``size`` statements."""

    step: str
    text: str
    size: int
    graph: str | None = None


@dataclass
class State:
    """How far a load has come: kept in a file beside nothing else, so that the next call goes on from there."""

    path: Path
    key: str
    batches: int = 0
    done: bool = False

    @classmethod
    def read(cls, path: Path, url: str, dialect: Dialect, version: str, batch: int, graph_store: str | None) -> State:
        """Return the state of this very load, at its beginning when none was kept; ``path`` is a file or a folder."""
        about = json.dumps([url, dialect.name])
        if path.is_dir():
            path /= f"{hashlib.sha256(about.encode()).hexdigest()[:16]}.json"
        key = hashlib.sha256(json.dumps([about, version, batch, graph_store]).encode()).hexdigest()
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept["key"] == key:
                return cls(path, key, int(kept["batches"]), bool(kept["done"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path, key)
        return cls(path, key)

    def write(self) -> None:
        """Keep it, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"key": self.key, "batches": self.batches, "done": self.done}), "utf-8")
        fresh.replace(self.path)


class Store:
    """A store that can be written to: ``url`` takes updates, ``query_url`` queries."""

    def __init__(self, url: str, query_url: str, graph_store: str | None, auth: Credentials | None) -> None:
        self._url, self._query_url, self._graph_store = url, query_url, graph_store
        self._http = remote_lines.client(auth, 1)
        self._lines = Lines(auth, 1, secure=query_url.startswith("https:"))
        self._aside = Aside(rows.__module__)

    def update(self, text: str) -> None:
        """Run an update, again where it did not arrive. Raises PushError."""
        self._send(self._url, text, "application/sparql-update", {})

    def add(self, graph: str, triples: str) -> None:
        """Add triples to a graph by the Graph Store Protocol. Raises PushError."""
        self._send(self._graph_store or "", triples, "text/turtle", {"graph": graph})

    def _send(self, url: str, text: str, media_type: str, parameters: dict[str, str]) -> None:
        for pause in (*_PAUSES, None):
            try:
                answer = self._http.post(
                    url,
                    params=parameters or None,
                    content=text.encode(),
                    headers={"content-type": media_type, "accept": "*/*"},
                    timeout=httpx.Timeout(_SECONDS, connect=5.0),
                )
            except httpx.HTTPError as error:
                if pause is None:
                    raise PushError(
                        f"{url} cannot be reached ({type(error).__name__}); run the same command again to go on"
                    ) from error
                time.sleep(pause)
                continue
            if answer.status_code < 300:
                return
            if answer.status_code not in (429, 502, 503, 504) or pause is None:
                raise PushError(_refusal(url, answer))
            time.sleep(pause)

    def ask(self, query: str, default_graph: str | None = None) -> list[list[str]]:
        """Return the rows of a query as texts. Raises QueryError as the remote engine does."""
        fields: dict[str, str | list[str]] = {"query": query}
        if default_graph is not None:
            fields["default-graph-uri"] = default_graph
        wanted, deadline = remote_http.TABLES.split(",")[0], time.monotonic() + _SECONDS
        with closing(Exchange(self._lines, self._query_url, fields, wanted, deadline, 1 << 28)) as exchange:
            exchange.open()
            body = b"".join(exchange)
        try:
            return self._aside.call(rows, body)
        except EngineFailure:  # the parser has crashed
            raise EngineUnavailable("the answer is no SPARQL result") from None

    def counts(self, dialect: Dialect, names: Names) -> tuple[int, int]:
        """Return how many statements the default graph has, and how many the named graphs have together."""
        default = self.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", dialect.default_graph(names))
        listed = f"GRAPH <{names.pushed}> {{ ?g <{MEMBER}> ?g }} " if dialect.union else ""
        named = self.ask(f"SELECT (COUNT(*) AS ?n) {{ {listed}GRAPH ?g {{ ?s ?p ?o }} }}")
        return int(default[0][0]), int(named[0][0])

    def close(self) -> None:
        """End the connections."""
        self._http.close()
        self._lines.close()
        self._aside.close()


def push(
    snapshot: Snapshot,
    url: str,
    dialect: Dialect,
    *,
    state: Path,
    query_url: str | None = None,
    graph_store: str | None = None,
    auth: Credentials | None = None,
    batch: int = BATCH,
    replace: bool = False,
    progress: Report = lambda step, done, total: None,
) -> tuple[int, int]:
    """Load the snapshot into the store that takes updates at ``url``; return its counts as ``Store.counts`` does.

    ``state`` is the file, or a folder for it, that says how far the load has come.
    ``graph_store`` is where the store takes statements of one graph (SPARQL 1.1 Graph Store Protocol, POST), which
    many take much faster than updates; graphs with few statements go in updates all the same.
    A load that was broken off goes on where it was. A store that has statements already is only written to with
    ``replace``, which empties the graphs of an earlier load first (in a store with a default graph of its own, all
    graphs). Raises PushError, or the errors under QueryError when the store cannot be asked.
    """
    for address in filter(None, (url, query_url, graph_store)):
        if not remote_http.is_address(address):
            raise PushError("an address begins with http:// or https:// and names no user")
    names = snapshot.names
    done = State.read(state, url, dialect, snapshot.version, batch, graph_store)
    store = Store(url, query_url or url, graph_store, auth)
    with tempfile.TemporaryDirectory(prefix="sparqlgate-") as folder, closing(store):
        merged = _merged(snapshot, Path(folder))
        quads = sum(1 for _ in _named(snapshot.nquads))
        triples = _lines(merged)
        graphs = _graphs(snapshot.nquads)
        if done.batches == 0 or replace:
            _clear(store, dialect, names, graphs, replace=replace)
            done = State(done.path, done.key)
        sent = 0
        for number, part in enumerate(
            batches(snapshot.nquads, merged, dialect, names, graphs, batch, direct=graph_store is not None)
        ):
            if number >= done.batches:
                if part.graph is None:
                    store.update(part.text)
                else:
                    store.add(part.graph, part.text)
                done.batches = number + 1
                done.write()
            sent += part.size
            progress(part.step, sent, quads + triples + (len(graphs) if dialect.union else 0))
        found = store.counts(dialect, names)
        if found != (triples, quads):
            done.path.unlink(missing_ok=True)
            raise PushError(
                f"the store has {found[0]:,} statements in its default graph and {found[1]:,} in named ones, "
                f"the snapshot {triples:,} and {quads:,}; load it anew with --replace"
            )
        done.done = True
        done.write()
        return found


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _graphs(nquads: Path) -> list[str]:
    return list(dict.fromkeys(graph for _, graph in _named(nquads)))


def _named(nquads: Path) -> Iterator[tuple[str, str]]:
    """Yield each statement that stands in a named graph, as triple and graph."""
    with nquads.open(encoding="utf-8") as file:
        for line in file:
            triple, graph = _split(line)
            if graph:
                yield triple, graph


def _split(line: str) -> tuple[str, str]:
    """Take a line of N-Quads apart into its triple and its graph, empty outside of every graph. Raises PushError."""
    found = _QUAD.fullmatch(line.strip())
    if found is None:
        raise PushError(
            f"this statement has a blank node or a triple term, which does not survive a load in batches; "
            f"name it first: {line.strip()[:200]}"
        )
    return f"{found[1]} .", found[2] or ""


def _merged(snapshot: Snapshot, folder: Path) -> Path:
    """Return the default graph as a file: the snapshot's, or, for other people's files, one made in ``folder``."""
    if snapshot.ntriples.is_file():
        return snapshot.ntriples
    made, seen = folder / "merged.nt", set[bytes]()
    with made.open("w", encoding="utf-8") as out, snapshot.nquads.open(encoding="utf-8") as file:
        for line in file:
            triple, _ = _split(line)
            mark = hashlib.blake2b(triple.encode(), digest_size=16).digest()
            if mark not in seen:
                seen.add(mark)
                out.write(f"{triple}\n")
    return made


def _clear(store: Store, dialect: Dialect, names: Names, graphs: list[str], *, replace: bool) -> None:
    if not dialect.union:
        full = store.ask("SELECT ?s { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } LIMIT 1")
        if full and not replace:
            raise PushError("the store is not empty; --replace removes everything that is in it first")
        if full:
            store.update("CLEAR ALL")
        return
    members = store.ask(f"SELECT ?g {{ GRAPH <{names.pushed}> {{ ?g <{MEMBER}> ?g }} }}")
    here = [f"<{row[0]}>" for row in members]
    full = store.ask("SELECT ?s { ?s ?p ?o } LIMIT 1", names.merged)
    if (full or here) and not replace:
        raise PushError("the store has an earlier load; --replace removes it first")
    if replace:
        for graph in dict.fromkeys([*here, *graphs, f"<{names.merged}>", f"<{names.pushed}>"]):
            store.update(f"CLEAR SILENT GRAPH {graph}")


def batches(
    nquads: Path, merged: Path, dialect: Dialect, names: Names, graphs: list[str], size: int, *, direct: bool
) -> Iterator[Batch]:
    """Yield what is sent, always the same for the same files; the catalogue comes last.

    With ``direct``, statements of one graph that come in numbers are for the graph store.
    """
    for quads in _batched(_named(nquads), size * _WINDOW if direct else size):
        by_graph: dict[str, list[str]] = {}
        for triple, graph in quads:
            by_graph.setdefault(graph, []).append(triple)
        many = {graph for graph, some in by_graph.items() if direct and len(some) >= _MANY}
        few = [(graph, triple) for graph, some in by_graph.items() if graph not in many for triple in some]
        for start in range(0, len(few), size):
            yield _insert("named graphs", few[start : start + size])
        for graph in sorted(many):
            yield Batch("named graphs", "\n".join(by_graph[graph]), len(by_graph[graph]), graph[1:-1])
    whole = dialect.default_graph(names)
    direct = direct and whole is not None
    for lines in _batched(_triples(merged), size * _WINDOW if direct else size):
        if direct:
            yield Batch("default graph", "\n".join(lines), len(lines), whole)
        else:
            graph = f"<{whole}>" if whole else ""
            yield _insert("default graph", [(graph, line) for line in lines])
    if dialect.union:
        listed = [(f"<{names.pushed}>", f"{graph} <{MEMBER}> {graph} .") for graph in graphs]
        for start in range(0, len(graphs), size):
            yield _insert("list of graphs", listed[start : start + size])


def _insert(step: str, quads: list[tuple[str, str]]) -> Batch:
    blocks: list[str] = []
    for graph, some in itertools.groupby(quads, key=lambda quad: quad[0]):
        triples = "\n".join(triple for _, triple in some)
        blocks.append(f"GRAPH {graph} {{\n{triples}\n}}" if graph else triples)
    return Batch(step, "INSERT DATA {\n" + "\n".join(blocks) + "\n}", len(quads))


def _triples(merged: Path) -> Iterator[str]:
    with merged.open(encoding="utf-8") as file:
        yield from (_split(line)[0] for line in file if line.strip())


def _batched(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while some := list(itertools.islice(items, size)):
        yield some


def _refusal(url: str, answer: httpx.Response) -> str:
    log.warning("the store answered %s: %r", answer.status_code, answer.content[:2000])
    code = answer.status_code
    if code in (401, 403):
        return f"{url} does not let us write ({code}); give a user and a password that may"
    if code in (404, 405, 415) or 300 <= code < 400:
        return f"{url} takes no SPARQL updates ({code}); give its address for updates (…/update, …/sparql-auth)"
    if code == 413:
        return f"{url} takes smaller batches only ({code}); use --batch"
    return f"{url} refused a batch ({code}); run the same command again to go on, or with a smaller --batch"
