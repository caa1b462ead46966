"""Loading a store that has a default graph of its own: whole, resumable, and never over what is there."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from sparqlgate import EmbeddedEngine
from sparqlgate.namespaces import Names
from sparqlgate.stores.push import PushError, push
from sparqlgate.stores.remote import RemoteEngine
from sparqlgate.text.rewriting import OWN_DEFAULT, UNION, Dialect
from tests.gate.remote.stores import Answer, Handler, serving, small
from tests.gate.remote.test_virtuoso import answer
from tests.servers import free_port

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
        assert found == (snapshot.manifest["triples"], snapshot.manifest["quads"])
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
            push(snapshot, url, UNION, batch=4000, state=tmp_path / "state")
        broken[0] = False
        found = push(snapshot, url, UNION, batch=4000, state=tmp_path / "state")
    assert found == (snapshot.manifest["triples"], snapshot.manifest["quads"])
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
    assert found == (3, 3)
    assert {graph.value for graph in store.named_graphs()} >= {"x:g", "x:h"}
