"""Loading a snapshot into a remote store: whole or what has changed, stopped and taken up again at any moment."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import httpx

from sparqlgate.errors import EngineFailure, EngineUnavailable
from sparqlgate.namespaces import OWL, Names
from sparqlgate.pool.offload import Aside
from sparqlgate.stores import remote_http
from sparqlgate.stores.parts import Content, Dumps, Part, PushError, Step, Window, difference, lines_of, whole
from sparqlgate.stores.remote import FRESH, PARTLY
from sparqlgate.stores.remote_answer import rows
from sparqlgate.stores.remote_http import Credentials, Exchange, Lasting, Lines
from sparqlgate.text.rewriting import MEMBER, Dialect

log = logging.getLogger("sparqlgate.remote")

#: Statements that go at once, unless told otherwise, and over how many connections.
BATCH: Final = 1000
CONNECTIONS: Final = 2
#: What fails to arrive is sent again after so many seconds, a minute in all; what the store cannot do, twice.
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_ANEW: Final = 2
#: Seconds that a store may take for one part; for emptying a graph or counting, which grow with the graph; at most
#: that it may ask us to wait.
_SECONDS: Final = 120.0
_LONG: Final = 3600.0
_WAIT: Final = 60.0
#: So many graphs are emptied at once; this is the step before the first, in which that is done.
_CLEARED: Final = 100
_CLEARING: Final = -1

Report = Callable[[str, int, int], None]
Tell = Callable[[str], None]


@dataclass
class State:
    """How far a load has come: kept in a file beside nothing else, so that the next call goes on from there.

    ``after`` is the version that is loaded, ``before`` the one that is changed into it (empty: none); ``step`` and
    ``offset`` say up to which byte of which file everything is there.
    """

    path: Path
    key: str
    after: str = ""
    before: str = ""
    step: int = 0
    offset: int = 0
    done: bool = False

    @classmethod
    def read(cls, path: Path, url: str, dialect: Dialect) -> State:
        """Return that of the last load into this store, an empty one when none was kept; ``path`` may be a folder."""
        key = hashlib.sha256(json.dumps([url, dialect.name]).encode()).hexdigest()
        if path.is_dir():
            path /= f"{key[:16]}.json"
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept.pop("key") == key:
                found = cls(path, key, **kept)
                int(found.step), int(found.offset)
                return found
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path, key)
        return cls(path, key)

    def write(self) -> None:
        """Keep it, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        fresh.write_text(json.dumps(kept), "utf-8")
        fresh.replace(self.path)


class Store:
    """A store that can be written to: ``url`` takes updates, ``query_url`` queries; ``tell`` hears what fails."""

    def __init__(
        self,
        url: str,
        query_url: str,
        graph_store: str | None,
        auth: Credentials | None,
        connections: int = 1,
        tell: Tell = lambda said: None,
    ) -> None:
        self._url, self._query_url, self._graph_store = url, query_url, graph_store
        self._auth, self._tell = auth, tell
        self._threads = threading.local()
        self._clients: list[httpx.Client] = []
        self._stopped = threading.Event()
        self._lines = Lines(auth, 1, secure=query_url.startswith("https:"))
        self._aside = Aside(rows.__module__)
        self.connections = connections

    def update(self, text: str | bytes, seconds: float = _SECONDS) -> None:
        """Run an update, again where it did not arrive. Raises PushError."""
        body = text if isinstance(text, bytes) else text.encode()
        self._send(self._url, body, "application/sparql-update", {}, seconds)

    def add(self, graph: str, triples: str | bytes) -> None:
        """Add triples to a graph by the Graph Store Protocol. Raises PushError."""
        body = triples if isinstance(triples, bytes) else triples.encode()
        self._send(self._graph_store or "", body, "text/turtle", {"graph": graph}, _SECONDS)

    def send(self, part: Part) -> None:
        """Send a part. Raises PushError."""
        if part.graph is None:
            self.update(part.body)
        else:
            self.add(part.graph, part.body)

    def stop(self) -> None:
        """Have what waits to be sent again given up."""
        self._stopped.set()

    def _client(self) -> httpx.Client:
        """Return the client of this thread: who writes by Digest counts the requests of a connection."""
        if not hasattr(self._threads, "client"):
            auth = None if self._auth is None else Lasting(self._auth)
            self._threads.client = remote_http.client(auth, 1)
            self._clients.append(self._threads.client)
        client: httpx.Client = self._threads.client
        return client

    def _send(self, url: str, body: bytes, media_type: str, parameters: dict[str, str], seconds: float) -> None:
        unable = 0
        for pause in (*_PAUSES, None):
            try:
                answer = self._client().post(
                    url,
                    params=parameters or None,
                    content=body,
                    headers={"content-type": media_type, "accept": "*/*"},
                    timeout=httpx.Timeout(seconds, connect=5.0),
                )
            except httpx.HTTPError as error:
                trouble, wait = f"cannot be reached ({type(error).__name__})", pause
                if pause is None:
                    raise PushError(f"{url} {trouble}; run the same command again to go on") from error
            else:
                code = answer.status_code
                if code < 300:
                    return
                unable += code == 500  # as where two updates lock each other
                again = code in (429, 502, 503, 504) or (code == 500 and unable <= _ANEW)
                if not again or pause is None:
                    raise PushError(_refusal(url, answer))
                later = answer.headers.get("retry-after", "")
                trouble, wait = f"answers {code}", max(pause, min(float(later), _WAIT) if later.isdecimal() else 0.0)
            self._tell(f"{url} {trouble}; again in {wait:g} s")
            if self._stopped.wait(wait):
                raise PushError("given up")

    def ask(self, query: str, default_graph: str | None = None) -> list[list[str]]:
        """Return the rows of a query as texts. Raises QueryError as the remote engine does."""
        fields: dict[str, str | list[str]] = {"query": query}
        if default_graph is not None:
            fields["default-graph-uri"] = default_graph
        wanted, deadline = remote_http.TABLES.split(",")[0], time.monotonic() + _LONG
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

    def version(self, names: Names) -> str:
        """Return the version that a store with a catalogue says it holds, of old ones and empty ones nothing."""
        told = self.ask(f"SELECT ?v {{ GRAPH <{names.pushed}> {{ <{names.pushed}> <{OWL}versionInfo> ?v }} }}")
        return told[0][0] if len(told) == 1 else PARTLY if told else ""

    def is_of(self, version: str, names: Names) -> None:
        """Have the catalogue say which version the store holds, at no time none. Raises PushError."""
        about = f"GRAPH <{names.pushed}> {{ <{names.pushed}> <{OWL}versionInfo>"
        others = f'DELETE {{ {about} ?v }} }} WHERE {{ {about} ?v }} FILTER(?v != "{version}") }}'
        self.update(f'INSERT DATA {{ {about} "{version}" }} }} ;\n{others}')

    def close(self) -> None:
        """End the connections."""
        self.stop()
        for client in self._clients:
            client.close()
        self._lines.close()
        self._aside.close()


@dataclass(frozen=True)
class Loaded:
    """What came of a load: statements in the default graph and in the named graphs; ``sent`` of them by this call."""

    default: int
    named: int
    sent: int
    changed: bool = False


def push(
    dumps: Dumps,
    url: str,
    dialect: Dialect,
    *,
    state: Path,
    query_url: str | None = None,
    graph_store: str | None = None,
    auth: Credentials | None = None,
    batch: int = BATCH,
    connections: int = CONNECTIONS,
    replace: bool = False,
    earlier: Callable[[str], Dumps | None] = lambda version: None,
    progress: Report = lambda step, done, total: None,
    tell: Tell = lambda said: None,
) -> Loaded:
    """Load the snapshot into the store that takes updates at ``url``.

    ``state`` is the file, or a folder for it, that says how far the load has come. ``graph_store`` is where the store
    takes statements of one graph (SPARQL 1.1 Graph Store Protocol, POST), which many take much faster than updates;
    graphs with few statements go in updates all the same. ``tell`` hears of what has to be sent again.

    A load that was broken off goes on where it was. A store that holds this version is only counted. One that holds a
    version that ``earlier`` gives is sent what has changed. Any other that has statements already is only written to
    with ``replace``, which empties the graphs of an earlier load first (in a store with a default graph of its own, all
    graphs). Raises PushError, or the errors under QueryError when the store cannot be asked.
    """
    for address in filter(None, (url, query_url, graph_store)):
        if not remote_http.is_address(address):
            raise PushError("an address begins with http:// or https:// and names no user")
    store = Store(url, query_url or url, graph_store, auth, connections, tell)
    with tempfile.TemporaryDirectory(prefix="sparqlgate-") as folder, closing(store):
        found = _Load(store, dialect, dumps, Path(folder), State.read(state, url, dialect), progress)
        sent = found.run(batch, replace, earlier, direct=graph_store is not None)
        return found.check(sent)


class _Load:
    """One load of ``dumps``, which goes on from ``state``."""

    def __init__(
        self, store: Store, dialect: Dialect, dumps: Dumps, folder: Path, state: State, progress: Report
    ) -> None:
        self._store, self._dialect, self._names = store, dialect, dumps.names
        self._dumps, self._folder, self._state, self._progress = dumps, folder, state, progress
        progress("reading the dumps", 0, 0)
        self._content = Content.of(dumps, folder)

    def run(self, batch: int, replace: bool, earlier: Callable[[str], Dumps | None], *, direct: bool) -> int:
        """Send what is not there; return how many statements that were."""
        state, version = self._state, self._dumps.version
        live = self._live()
        going = state.after == version and not state.done and not replace
        if self._dialect.union and live not in ("", PARTLY):  # somebody has loaded it since from elsewhere
            going = False
        if live == version and not replace and not going:
            return 0
        if going:
            steps = self._steps(state.before, earlier)
        else:
            before = "" if replace else self._before(live)
            steps = self._steps(before, earlier)
            if not before and not replace:
                self._check_empty()
            self._state = fresh = State(state.path, state.key, version, before, _CLEARING if replace else 0)
            fresh.write()  # before the store says so: whoever ends this while it waits can go on
            if live or replace:  # an empty store answers nothing that could change under its readers
                self._is_partly(live, FRESH)
                live = PARTLY
        self._is_partly(live, 0)
        if self._state.step == _CLEARING:
            self._clear()
            self._state.step = 0
            self._state.write()
        return self._send(steps, batch, direct=direct)

    def _is_partly(self, live: str, seconds: float) -> None:
        """Have a store say that a load is under way, and wait until services over it have seen that."""
        if self._dialect.union and live != PARTLY:
            self._store.is_of(PARTLY, self._names)
            time.sleep(seconds)

    def _live(self) -> str:
        """Return which version the store holds whole, as far as is known."""
        if self._dialect.union:
            return self._store.version(self._names)
        return self._state.after if self._state.done else ""

    def _before(self, live: str) -> str:
        """Return which version is to be changed; empty for a store that has none. Raises PushError."""
        broken = self._state.after if self._state.after and not self._state.done else ""
        if live == PARTLY or (broken and not live):
            which = f" of version {broken[:12]}" if broken else ""
            raise PushError(f"a load{which} was broken off there; end it first, or begin anew with --replace")
        return live

    def _steps(self, before: str, earlier: Callable[[str], Dumps | None]) -> list[Step]:
        if not before:
            return whole(self._content, self._dialect, self._names, self._folder)
        old = earlier(before)
        if old is None:
            raise PushError(
                f"the store has an earlier load, of version {before[:12]}, whose snapshot is not here to compare with; "
                "--replace removes it first"
            )
        folder = self._folder / "earlier"
        folder.mkdir()
        return difference(Content.of(old, folder), self._content, self._dialect, self._names, self._folder)

    def _check_empty(self) -> None:
        """Raise PushError for a store that has something already."""
        if not self._dialect.union:
            if self._store.ask("SELECT ?s { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } LIMIT 1"):
                raise PushError("the store is not empty; --replace removes everything that is in it first")
        elif any(
            self._store.ask("SELECT ?s { ?s ?p ?o } LIMIT 1", graph)
            for graph in (self._names.merged, self._names.pushed)
        ):
            raise PushError("the store has an earlier load; --replace removes it first")

    def _clear(self) -> None:
        """Empty what an earlier load made, the list of its graphs last, so that what is broken off here is ended."""
        names, store = self._names, self._store
        if not self._dialect.union:
            store.update("CLEAR ALL", _LONG)
            return
        listed = f"GRAPH <{names.pushed}> {{ ?g <{MEMBER}> ?g }}"
        cleared: set[str] = set()
        while some := store.ask(f"SELECT ?g {{ {listed} }} LIMIT {_CLEARED * 10}"):
            graphs = [row[0] for row in some]
            for start in range(0, len(graphs), _CLEARED):
                self._empty(graphs[start : start + _CLEARED])
            cleared.update(graphs)
            self._progress("removing the earlier load", len(cleared), 0)
        store.update(f"CLEAR SILENT GRAPH <{names.merged}>", _LONG)
        mine = [graph[1:-1].decode() for graph in self._content.graphs]
        mine = [graph for graph in mine if graph not in cleared]  # what others put there goes, too
        for start in range(0, len(mine), _CLEARED):
            self._empty(mine[start : start + _CLEARED])

    def _empty(self, graphs: list[str]) -> None:
        members = " ".join(f"<{graph}> <{MEMBER}> <{graph}> ." for graph in graphs)
        self._store.update(" ;\n".join(f"CLEAR SILENT GRAPH <{graph}>" for graph in graphs), _LONG)
        self._store.update(f"DELETE DATA {{ GRAPH <{self._names.pushed}> {{ {members} }} }}")

    def _send(self, steps: list[Step], batch: int, *, direct: bool) -> int:
        state, sent = self._state, 0
        total = sum(step.lines for step in steps)
        passed = sum(step.lines for step in steps[: state.step])
        with ThreadPoolExecutor(self._store.connections, "push") as threads:
            for number, step in enumerate(steps):
                if number < state.step:
                    continue
                if number > state.step:
                    state.step, state.offset = number, 0
                passed += lines_of(step.file, state.offset)
                self._progress(step.title, passed, total)
                for end, lines, size in self._sent(threads, step.windows(state.offset, batch, direct=direct)):
                    state.offset = end
                    state.write()
                    passed, sent = passed + lines, sent + size
                    self._progress(step.title, passed, total)
        return sent

    def _sent(self, threads: Executor, windows: Iterator[Window]) -> Iterator[tuple[int, int, int]]:
        """Send windows, few at once; yield, in their order, where each ends, its lines and statements."""
        waiting: deque[tuple[Window, list[Future[None]]]] = deque()
        try:
            for window in windows:
                waiting.append((window, [threads.submit(self._store.send, part) for part in window.parts]))
                if len(waiting) > self._store.connections:
                    yield _ended(*waiting.popleft())
            while waiting:
                yield _ended(*waiting.popleft())
        finally:
            for future in chain.from_iterable(futures for _, futures in waiting):
                self._store.stop()
                future.cancel()

    def check(self, sent: int) -> Loaded:
        """Compare the counts, and have the store say that it is whole. Raises PushError where they differ."""
        self._progress("counting", 0, 0)
        state, content = self._state, self._content
        found = self._store.counts(self._dialect, self._names)
        if found != (content.triples, content.quads):
            if self._dialect.union:
                self._store.is_of(PARTLY, self._names)
            state.path.unlink(missing_ok=True)
            raise PushError(
                f"the store has {found[0]:,} statements in its default graph and {found[1]:,} in named ones, "
                f"the snapshot {content.triples:,} and {content.quads:,}; load it anew with --replace"
            )
        if self._dialect.union and self._store.version(self._names) != self._dumps.version:
            self._store.is_of(self._dumps.version, self._names)
        state.after, state.done = self._dumps.version, True
        state.write()
        return Loaded(*found, sent, changed=bool(state.before) and bool(sent))


def _ended(window: Window, futures: list[Future[None]]) -> tuple[int, int, int]:
    try:
        for future in futures:
            future.result()
    finally:
        for future in futures:  # those that had not begun when another failed
            future.cancel()
    return window.end, window.lines, sum(part.size for part in window.parts)


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
