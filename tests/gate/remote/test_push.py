"""Loading a store that has a default graph of its own: whole, resumable, and never over what is there."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pyoxigraph as ox
import pytest

from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from sparqlgate import EmbeddedEngine
from sparqlgate.errors import EngineBusy
from sparqlgate.namespaces import Names
from sparqlgate.stores.parts import PushError, split
from sparqlgate.stores.push import Store, push
from sparqlgate.stores.remote import RemoteEngine
from sparqlgate.stores.remote_http import Credentials
from sparqlgate.text.rewriting import OWN_DEFAULT, UNION, Dialect
from tests.gate.remote.stores import Answer, Handler, serving, small
from tests.gate.remote.test_virtuoso import answer
from tests.servers import free_port
from tests.support import HANG

COUNTS = (
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
)


def failing(after: int, inner: Answer) -> Answer:
    """Answer so many updates and refuse the rest."""
    left = [after]

    def answering(handler: Handler, body: bytes) -> None:
        if handler.headers["content-type"] == "application/sparql-update":
            left[0] -= 1
            if left[0] < 0:
                handler.whole(400, "text/plain", b"no more")
                return
        inner(handler, body)

    return answering


def test_a_store_with_its_own_default_graph(snapshot: Snapshot, embedded: EmbeddedEngine, tmp_path: Path) -> None:
    store = ox.Store()
    seen: list[tuple[str, int, int]] = []
    state = tmp_path / "state.json"
    with serving(failing(3, small(store))) as url, pytest.raises(PushError, match="refused a batch"):
        push(snapshot, url, OWN_DEFAULT, batch=5000, state=state)
    partly = len(store)
    assert partly > 0
    with serving(small(store)) as url:
        # A store that answers elsewhere is another load, and this one would be written over what is there.
        with pytest.raises(PushError, match="not empty"):
            push(snapshot, url, OWN_DEFAULT, batch=5000, state=tmp_path / "other.json")
        report = lambda step, done, total: seen.append((step, done, total))  # noqa: E731
        found = push(snapshot, url, OWN_DEFAULT, batch=5000, state=state, replace=True, progress=report)
        assert (found.default, found.named) == (snapshot.manifest["triples"], snapshot.manifest["quads"])
        assert seen[-1][1] == seen[-1][2]
        with RemoteEngine(url, OWN_DEFAULT, version=snapshot.version) as engine:
            for text in COUNTS:
                assert answer(engine, text) == answer(embedded, text)
            bound = {"s": ox.NamedNode("https://w3id.org/cityrights/id/city/utrecht")}
            text = "SELECT ?s ?p ?o { ?s ?p ?o FILTER EXISTS { ?o ?q ?r FILTER(?s != ?r) } }"
            assert answer(engine, text, bound) == answer(embedded, text, bound)


def test_a_load_goes_on_where_it_was(snapshot: Snapshot, tmp_path: Path) -> None:
    store = ox.Store()
    updates: list[bytes] = []
    inner = small(store)
    broken = [True]

    def counting(handler: Handler, body: bytes) -> None:
        if handler.headers["content-type"] == "application/sparql-update":
            if broken[0] and len(updates) == 4:
                handler.whole(400, "text/plain", b"no more")
                return
            updates.append(body)
        inner(handler, body)

    with serving(counting) as url:
        with pytest.raises(PushError):
            push(snapshot, url, UNION, batch=4000, connections=1, state=tmp_path / "state")
        broken[0] = False
        found = push(snapshot, url, UNION, batch=4000, connections=1, state=tmp_path / "state")
    assert (found.default, found.named) == (snapshot.manifest["triples"], snapshot.manifest["quads"])
    assert len(updates) == len(set(updates))
    assert (
        len(list(store.quads_for_pattern(None, None, None, ox.NamedNode(snapshot.names.merged))))
        == snapshot.manifest["triples"]
    )


def test_a_store_that_is_down_is_named(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparqlgate.stores.push._PAUSES", (0.01,))
    url = f"http://127.0.0.1:{free_port()}/update"
    with pytest.raises(Exception, match="cannot be reached"):
        push(snapshot, url, OWN_DEFAULT, state=tmp_path / "state")
    with pytest.raises(PushError, match="names no user"):
        push(snapshot, "http://me:secret@127.0.0.1/update", OWN_DEFAULT, state=tmp_path / "state")


def test_blank_nodes_are_refused(tmp_path: Path) -> None:
    class Folder:
        names = Names()
        version = "0"
        nquads = tmp_path / "data.nq"
        ntriples = tmp_path / "data.nt"

    Folder.nquads.write_text("_:b <http://e/p> <http://e/o> <http://e/g> .\n")
    Folder.ntriples.write_text("_:b <http://e/p> <http://e/o> .\n")
    with serving(small(ox.Store())) as url, pytest.raises(PushError, match="blank node"):
        push(Folder, url, OWN_DEFAULT, state=tmp_path / "state")


@pytest.mark.parametrize("dialect", [OWN_DEFAULT, UNION], ids=lambda dialect: dialect.name)
def test_other_peoples_files_are_loaded_too(dialect: Dialect, tmp_path: Path) -> None:
    (tmp_path / "a.trig").write_text(
        '<x:a> <x:p> "outside . <x:no>"@en-GB, <x:b> . <x:g> { <x:a> <x:p> <x:b>, "4\\"" } <x:h> { <x:a> <x:p> <x:b> }'
    )
    store = ox.Store()
    with serving(small(store)) as url:
        found = push(build_files([tmp_path / "a.trig"], tmp_path / "s"), url, dialect, state=tmp_path / "state")
    assert (found.default, found.named) == (3, 3)
    assert {graph.value for graph in store.named_graphs()} >= {"x:g", "x:h"}


@dataclass(frozen=True)
class Written:
    """Dumps of so many things, each with a graph of its own, a name in a common graph, and what is ``changed``."""

    folder: Path
    version: str
    things: int = 200
    changed: frozenset[int] = frozenset()
    names: Names = field(default_factory=Names)

    def lines(self) -> list[str]:
        quads = []
        for number in range(self.things):
            said = "other" if number in self.changed else "same"
            quads.append(f'<x:{number}> <x:says> "{said} {number} <a> ."@en <x:g{number}> .\n')
            quads.append(f"<x:{number}> <x:next> <x:{number + 1}> <x:all> .\n")
            quads.append(f"<x:{number}> <x:next> <x:{number + 1}> <x:g{number}> .\n")
        return sorted(quads)

    @property
    def nquads(self) -> Path:
        path = self.folder / f"{self.version}.nq"
        path.write_text("".join(self.lines()))
        return path

    @property
    def ntriples(self) -> Path:
        return self.folder / "none"


def held(store: ox.Store, names: Names) -> tuple[set[str], set[str]]:
    """Return the lines of the named graphs that are listed, and those of the merge."""
    lines: set[str] = set()
    merged: set[str] = set()
    for quad in store:
        (merged if quad.graph_name == ox.NamedNode(names.merged) else lines).add(f"{quad} .")
    pushed = f"<{names.pushed}> ."
    return {line for line in lines if not line.endswith(pushed)}, merged


def wanted(dumps: Written) -> tuple[set[str], set[str]]:
    triples = {line.rsplit(" ", 2)[0] for line in dumps.lines()}
    return {line.strip() for line in dumps.lines()}, {f"{one} <{dumps.names.merged}> ." for one in triples}


@pytest.fixture
def target() -> Iterator[tuple[ox.Store, str, list[bytes]]]:
    """A store, its address, and what it was sent to write."""
    store, seen = ox.Store(), list[bytes]()
    inner = small(store)

    def answering(handler: Handler, body: bytes) -> None:
        if "form" not in handler.headers["content-type"]:
            seen.append(body)
        inner(handler, body)

    with serving(answering) as url:
        yield store, url, seen


def test_what_is_loaded_is_not_sent_again(target: tuple[ox.Store, str, list[bytes]], tmp_path: Path) -> None:
    store, url, seen = target
    dumps = Written(tmp_path, "one")
    assert push(dumps, url, UNION, batch=50, graph_store=url, state=tmp_path / "state").sent
    assert held(store, dumps.names) == wanted(dumps)
    for state in ("state", "that nobody has"):  # the store itself says what it holds
        seen.clear()
        assert push(dumps, url, UNION, batch=70, graph_store=url, state=tmp_path / state).sent == 0
        assert seen == []
    own = tmp_path / "own"
    store.clear()
    assert push(dumps, url, OWN_DEFAULT, state=own).sent
    seen.clear()
    assert push(dumps, url, OWN_DEFAULT, state=own).sent == 0
    assert seen == []


@pytest.mark.parametrize("dialect", [OWN_DEFAULT, UNION], ids=lambda dialect: dialect.name)
def test_of_another_version_only_what_has_changed_is_sent(
    dialect: Dialect, target: tuple[ox.Store, str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparqlgate.stores.push.FRESH", 0.0)
    store, url, seen = target
    one = Written(tmp_path, "one")
    two = replace(one, version="two", things=201, changed=frozenset({3, 90}))
    state = tmp_path / "state"
    push(one, url, dialect, state=state, graph_store=url)
    seen.clear()
    with pytest.raises(PushError, match="version one, whose snapshot is not here"):
        push(two, url, dialect, state=state, graph_store=url)
    assert seen == []
    found = push(two, url, dialect, state=state, graph_store=url, earlier={"one": one}.get)
    assert found.changed
    assert b"same 4 " not in b"".join(seen)
    assert found.sent < 20
    if dialect.union:
        assert held(store, one.names) == wanted(two)
    else:
        assert {f"{quad} ." for quad in store if quad.graph_name != ox.DefaultGraph()} == wanted(two)[0]
    fewer = replace(two, version="three", things=150)
    push(fewer, url, dialect, state=state, earlier={"two": two}.get)
    own = {one.names.merged, one.names.pushed} if dialect.union else set()
    full = {quad.graph_name.value for quad in store if isinstance(quad.graph_name, ox.NamedNode)}
    assert full == own | {"x:all", *(f"x:g{number}" for number in range(150))}


def test_a_load_that_is_ended_while_it_waits_for_readers_is_taken_up_again(
    target: tuple[ox.Store, str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(_seconds: float) -> None:
        raise KeyboardInterrupt

    store, url, _ = target
    one, state = Written(tmp_path, "one"), tmp_path / "state"
    two = replace(one, version="two", things=201, changed=frozenset({3}))
    push(one, url, UNION, state=state)
    for again in (False, True):
        with monkeypatch.context() as patch:
            patch.setattr("sparqlgate.stores.push.time", SimpleNamespace(sleep=ended, monotonic=time.monotonic))
            with pytest.raises(KeyboardInterrupt):
                push(two, url, UNION, state=state, earlier={"one": one}.get, replace=again)
        push(two, url, UNION, state=state, earlier={"one": one}.get)
        assert held(store, one.names) == wanted(two)


def refused(url: str, version: str, reason: str) -> None:
    """Look that who serves this version from the store gives nothing of it, and why."""
    with (
        RemoteEngine(url, UNION, version=version, whole=True) as engine,
        pytest.raises(EngineBusy, match=reason),
    ):
        engine.query("ASK { ?s ?p ?o }")


_KILLED = """
import sys
from pathlib import Path
from types import SimpleNamespace
from sparqlgate.stores.push import push
from sparqlgate.text.rewriting import DIALECTS
from tests.gate.remote.test_push import Written
dumps = Written(Path(sys.argv[1]), "one", 2000)
push(dumps, sys.argv[2], DIALECTS[sys.argv[3]], batch=30, graph_store=sys.argv[2], state=Path(sys.argv[1], "state"))
"""


@pytest.mark.parametrize("dialect", [OWN_DEFAULT, UNION], ids=lambda dialect: dialect.name)
def test_a_load_that_was_killed_ends_as_if_it_had_not_been(dialect: Dialect, tmp_path: Path) -> None:
    store = ox.Store()
    inner = small(store)
    arrived, writes, stop_at = threading.Semaphore(0), [0], [1]

    def answering(handler: Handler, body: bytes) -> None:
        if "form" not in handler.headers["content-type"] and b"versionInfo" not in body:
            writes[0] += 1
            if writes[0] == stop_at[0]:  # written, and whoever sent it never hears of it
                inner(handler, body)
                arrived.release()
                threading.Event().wait(0.5)
                return
        inner(handler, body)

    dumps = Written(tmp_path, "one", 2000)
    with serving(answering) as url:
        command = [sys.executable, "-c", _KILLED, str(tmp_path), url, dialect.name]
        for stop_at[0] in (1, 60):
            writes[0] = 0
            process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
            assert arrived.acquire(timeout=HANG)
            process.kill()
            process.wait(HANG)
            if dialect.union:  # who serves it says so, and gives nothing of it
                refused(url, "one", "is being loaded")
        stop_at[0] = 0
        found = push(dumps, url, dialect, batch=40, graph_store=url, state=tmp_path / "state")
        assert (found.default, found.named) == (4000, 6000)
        assert 0 < found.sent < 9_900  # what was there by then is not sent again
        if dialect.union:
            assert held(store, dumps.names) == wanted(dumps)
            with RemoteEngine(url, dialect, version="one", whole=True) as engine:
                assert answer(engine, "SELECT ?o { <x:1> <x:next> ?o }")[1]
            refused(url, "two", "another version")
        else:
            assert len(store) == 10_000


def test_an_earlier_load_is_removed_whatever_came_of_it(
    target: tuple[ox.Store, str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparqlgate.stores.push.FRESH", 0.0)
    monkeypatch.setattr("sparqlgate.stores.push._CLEARED", 3)
    store, url, _ = target
    one, two = Written(tmp_path, "one"), Written(tmp_path, "two", 40)
    push(one, url, UNION, state=tmp_path / "state")
    store.update("INSERT DATA { GRAPH <x:g7> { <x:by> <x:somebody> <x:else> } }")
    calls: list[str] = []
    real = Store.update

    def failing(self: Store, text: str | bytes, seconds: float = 1.0) -> None:
        calls.append("")
        if len(calls) == 9:
            raise PushError("broken off")
        real(self, text, seconds)

    monkeypatch.setattr(Store, "update", failing)
    with pytest.raises(PushError, match="broken off"):
        push(two, url, UNION, state=tmp_path / "state", replace=True)
    with pytest.raises(PushError, match="a load was broken off there"):
        push(two, url, UNION, state=tmp_path / "elsewhere")
    push(two, url, UNION, state=tmp_path / "state")  # goes on with the removal, and then loads
    assert held(store, two.names) == wanted(two)


def test_what_fails_to_arrive_is_sent_again_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparqlgate.stores.push._PAUSES", (0.01,) * 6)
    store, told = ox.Store(), list[str]()
    inner, number = small(store), [0]

    def answering(handler: Handler, body: bytes) -> None:
        if "form" not in handler.headers["content-type"]:
            number[0] += 1
            if number[0] % 4 == 1:
                handler.whole(503, "text/plain", b"later", Retry_After="0")
                return
            if number[0] % 4 == 2:
                handler.connection.close()
                handler.close_connection = True
                return
            if number[0] == 7:
                handler.whole(500, "text/plain", b"two transactions lock each other")
                return
        inner(handler, body)

    dumps = Written(tmp_path, "one")
    with serving(answering) as url:
        push(dumps, url, UNION, batch=30, graph_store=url, state=tmp_path / "state", tell=told.append)
    assert held(store, dumps.names) == wanted(dumps)
    assert [said for said in told if "answers 503; again in 0.01 s" in said]
    assert [said for said in told if "cannot be reached (" in said]
    assert [said for said in told if "answers 500" in said]


def test_the_default_graph_of_other_peoples_files_is_made_in_runs(
    target: tuple[ox.Store, str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparqlgate.stores.parts._SORTED", 17)
    store, url, _ = target
    dumps = Written(tmp_path, "one")
    push(dumps, url, UNION, state=tmp_path / "state")
    assert held(store, dumps.names) == wanted(dumps)


def test_a_password_that_is_asked_for_by_digest_sends_no_body_twice(tmp_path: Path) -> None:
    store = ox.Store()
    inner, bodies = small(store), list[bytes]()

    def answering(handler: Handler, body: bytes) -> None:
        if "form" in handler.headers["content-type"]:
            inner(handler, body)
            return
        bodies.append(body)
        if "authorization" not in handler.headers:
            asked = 'Digest realm="r", nonce="n", qop="auth", algorithm="MD5"'
            handler.whole(401, "text/plain", b"", WWW_Authenticate=asked)
            return
        assert 'username="me"' in handler.headers["authorization"]
        inner(handler, body)

    with serving(answering) as url:
        push(Written(tmp_path, "one"), url, UNION, state=tmp_path / "s", auth=Credentials("me", "pw"), connections=1)
    again = len(bodies) - len(set(bodies))
    assert again == 2  # the first request of each thread alone


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'<a:s> <a:p> "x <a:b> ."@en <a:g> .\n', (b'<a:s> <a:p> "x <a:b> ."@en', b"<a:g>")),
        (b'<a:s> <a:p> "x <a:b> ."@en .\n', (b'<a:s> <a:p> "x <a:b> ."@en', b"")),
        (b'<a:s> <a:p> "x \\" <a:b>" .\n', (b'<a:s> <a:p> "x \\" <a:b>"', b"")),
        (b'<a:s> <a:p> "a <b"^^<a:d> .\n', (b'<a:s> <a:p> "a <b"^^<a:d>', b"")),
        (b'<a:s> <a:p> "a <b>"^^<a:d> <a:g> .\n', (b'<a:s> <a:p> "a <b>"^^<a:d>', b"<a:g>")),
        (b'<a:s> <a:p> "" <a:g> .\n', (b'<a:s> <a:p> ""', b"<a:g>")),
        (b"<a:s> <a:p> <a:o> .\n", (b"<a:s> <a:p> <a:o>", b"")),
        (b"<a:s> <a:p> <a:o> <a:g> .", (b"<a:s> <a:p> <a:o>", b"<a:g>")),
        (b"<a:s> <a:p> _:o <a:g> .\n", None),
        (b"_:s <a:p> <a:o> .\n", None),
        (b"<a:s> <a:p> <<( <a:s> <a:p> <a:o> )>> .\n", None),
        (b"<a:s> <a:p> <a:o> _:g .\n", None),
    ],
)
def test_a_line_is_taken_apart(line: bytes, found: tuple[bytes, bytes] | None) -> None:
    if found is not None:
        assert split(line) == found
        return
    with pytest.raises(PushError, match="blank node"):
        split(line)
