"""Look-ups that no worker is waked for: when they are, and that nobody can tell by the answer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from sparqlgate import EmbeddedEngine, Query
from sparqlgate.errors import EngineFailure, QueryRefused
from sparqlgate.query import JSON, Limits
from sparqlgate.stores import embedded
from sparqlgate.text.guard import screen
from tests.gate.pool.small import make

XSD = "http://www.w3.org/2001/XMLSchema#"
#: Every character that a serialisation may treat in its own way, and some that none does.
ODD = [*range(0x01, 0x100), 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x1F600]
IRIS = ["http://e/a", "urn:x:y", "http://e/é", "http://e/%C3%A9?q=1&r=2#f", "http://e/it's,(so)"]
OBJECTS: list[ox.NamedNode | ox.Literal | ox.BlankNode] = [
    *(ox.NamedNode(iri) for iri in IRIS),
    ox.Literal(""),
    ox.Literal('"quoted" \\ and\tmore\r\n'),
    ox.Literal("café", language="fr"),
    ox.Literal("x", language="de-CH-1996"),
    ox.Literal("text", datatype=ox.NamedNode("http://e/kind")),
    ox.Literal("7", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("007", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("1.50", datatype=ox.NamedNode(XSD + "decimal")),
    ox.Literal("2026-12-01T00:00:00Z", datatype=ox.NamedNode(XSD + "dateTime")),
    ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")),
]
SHAPES = [
    "SELECT ?p ?o { <%s> ?p ?o }",
    "select ?o ?p where { <%s> ?p ?o . }",
    "SELECT * WHERE { <%s> ?z ?a }",
    "SELECT ?o{<%s>?p ?o}",
    "SELECT ?p { <%s> ?p ?_o1 } # as one likes",
    "SELECT ?o { <%s> <http://e/p> ?o }",
    "SELECT * { <%s> <http://e/q> ?o }",
]


def graph() -> list[ox.Quad]:
    """Return a graph of all that a look-up may find: by subject, in several graphs, some of it in two."""
    p, q = ox.NamedNode("http://e/p"), ox.NamedNode("http://e/q")
    first, second = ox.NamedNode("http://e/g1"), ox.NamedNode("http://e/g2")
    quads = []
    for number, code in enumerate(ODD):
        quads.append(ox.Quad(ox.NamedNode(f"http://e/odd/{number}"), p, ox.Literal(f"a{chr(code)}b"), first))
    for number, term in enumerate(OBJECTS):
        quads += [ox.Quad(ox.NamedNode(f"http://e/one/{number}"), p, term, graph) for graph in (first, second)]
    for iri in IRIS:
        quads += [ox.Quad(ox.NamedNode(iri), by, term, first) for by in (p, q) for term in OBJECTS]
    others: list[ox.BlankNode | ox.Triple] = [ox.BlankNode("b"), ox.Triple(p, p, p)]
    for number, other in enumerate(others):
        quads += [ox.Quad(ox.NamedNode(f"http://e/other/{number}"), p, one, first) for one in (other, ox.Literal("x"))]
    quads.append(ox.Quad(ox.BlankNode("b"), p, ox.Literal("of nobody"), first))
    quads += [ox.Quad(ox.NamedNode("http://e/many"), p, ox.Literal("x" * 50 + str(n)), first) for n in range(2000)]
    return quads


SUBJECTS = sorted({quad.subject.value for quad in graph() if isinstance(quad.subject, ox.NamedNode)})


async def ready(engine: EmbeddedEngine) -> None:
    """Ask until the engine reads look-ups itself."""
    number = 0
    while not engine.lookups.ready:
        await answer(engine, f"SELECT ?p ?o {{ <http://e/nobody/{number}> ?p ?o }}")
        number += 1
        await asyncio.sleep(0.001)


async def answer(engine: EmbeddedEngine, query: Query | str) -> bytes:
    with await engine.run(Query.of(query)) as result:
        return result.read()


def here(engine: EmbeddedEngine, text: str, limits: Limits | None = None) -> bytes | None:
    """Return the answer to a query as it is read here; None where a worker has to give it."""
    screened = screen(text)
    known = engine.lookups.answer(Query(text), screened, limits or engine.limits)
    return None if known is None else known.read()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    lines = ox.serialize(graph(), format=ox.RdfFormat.N_QUADS)
    assert lines is not None
    with EmbeddedEngine(make(tmp_path_factory.mktemp("lookups"), lines.decode())) as engine:
        asyncio.run(ready(engine))
        yield engine


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_read_here_is_what_a_worker_answers(engine: EmbeddedEngine, shape: str) -> None:
    left = []
    for subject in [*SUBJECTS, "http://e/nobody"]:
        text = shape % subject
        found = here(engine, text)
        if found is None:
            left.append(subject)
        else:
            assert found == engine.query(text).read(), text
    several = {one for one in left if one.startswith(("http://e/odd/", "http://e/one/"))}
    assert len(left) < len(SUBJECTS) / 4, left
    assert {"http://e/other/0", "http://e/other/1", "http://e/many", "http://e/é"} <= {*left}
    assert f"http://e/odd/{ODD.index(0x01)}" in several, "what no JSON can hold as it stands is left to a worker"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?p ?o { <http://e/a> ?p ?o } LIMIT 1",
        "SELECT DISTINCT ?p { <http://e/a> ?p ?o }",
        "SELECT ?p ?o FROM <http://e/g1> { <http://e/a> ?p ?o }",
        "SELECT ?p ?o { GRAPH <http://e/g1> { <http://e/a> ?p ?o } }",
        "PREFIX e: <http://e/> SELECT ?p ?o { e:a ?p ?o }",
        "BASE <http://f/> SELECT ?p ?o { <http://e/a> ?p ?o }",
        "SELECT ?p ?o { <a> ?p ?o }",
        "SELECT ?p ?o { <http://e/b/../a> ?p ?o }",
        "SELECT ?p ?o { <http://e/./a> ?p ?o }",
        "SELECT ?p ?o { <http://e/\\u0061> ?p ?o }",
        "SELECT ?o { <http://e/a> ?o ?o }",
        "SELECT ?x { <http://e/a> ?p ?o }",
        "SELECT ?p ?p { <http://e/a> ?p ?o }",
        "SELECT ?p ?o { <http://e/a> ?p ?o ; ?q ?r }",
        "SELECT ?p { <http://e/a> ?p 'one' }",
        "SELECT ?s { ?s <http://e/p> <http://e/a> }",
        "SELECT ?s ?o { ?s <http://e/p> ?o }",
        "SELECT ?o { <http://e/a> <http://e/p>/<http://e/q> ?o }",
        "SELECT ?o { <http://e/a> <http://e/p>* ?o }",
        "ASK { <http://e/a> ?p ?o }",
        "DESCRIBE <http://e/a>",
        "SELECT ?p ?o { <http://e/a> ?p ?o FILTER(true) }",
    ],
)
def test_what_is_more_than_a_look_up_is_left_to_a_worker(engine: EmbeddedEngine, text: str) -> None:
    assert here(engine, text) is None


def test_a_request_that_says_more_than_its_text_is_left_to_a_worker(engine: EmbeddedEngine) -> None:
    text = "SELECT ?o { <http://e/a> <http://e/p> ?o }"
    screened = screen(text)
    for query in (
        Query(text, format="text/csv"),
        Query(text, format=f"text/csv, {JSON}"),
        Query(text, default_graphs=("http://e/g2",)),
        Query(text, named_graphs=("http://e/g2",)),
        Query(text, bindings={"o": ox.Literal("")}),
    ):
        assert engine.lookups.answer(query, screened, engine.limits) is None
    assert engine.lookups.answer(Query(text), screened, engine.limits) is not None


def test_its_limits_are_those_of_any_query(engine: EmbeddedEngine) -> None:
    text = "SELECT ?o { <http://e/a> <http://e/p> ?o }"
    rows = len(OBJECTS) - 1  # 7 and 007 are one
    assert here(engine, text, Limits(rows=rows)) is not None
    assert here(engine, text, Limits(rows=rows - 1)) is None
    assert here(engine, text, Limits(result_bytes=100)) is None
    with pytest.raises(QueryRefused):
        asyncio.run(answer(engine, Query(text, limits=Limits(rows=rows - 1))))


def test_a_look_up_needs_no_worker(engine: EmbeddedEngine) -> None:
    async def both() -> bytes:
        expected = await answer(engine, "SELECT ?p ?o { <http://e/a> ?p ?o }")
        for pid in engine.worker_pids():
            os.kill(pid, signal.SIGSTOP)
        try:
            found = await answer(engine, "SELECT ?x ?y { <http://e/a> ?x ?y }")
        finally:
            for pid in engine.worker_pids():
                os.kill(pid, signal.SIGCONT)
        assert found == expected.replace(b'"p"', b'"x"').replace(b'"o"', b'"y"')
        return found

    assert b'"http://e/p"' in asyncio.run(both())


def test_a_large_graph_is_not_held_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded, "_HELD_HERE", 100)
    caplog.set_level("INFO", "sparqlgate.lookups")

    async def ask(engine: EmbeddedEngine) -> None:
        number = 0
        while not caplog.records:
            await answer(engine, f"SELECT ?p ?o {{ <http://e/nobody/{number}> ?p ?o }}")
            number += 1

    with EmbeddedEngine(
        make(tmp_path / "small", "<http://e/a> <http://e/p> <http://e/b> <http://e/g> .\n" * 3)
    ) as small:
        asyncio.run(ready(small))  # what is written thrice is said once
    lines = "".join(f"<http://e/{n}> <http://e/p> <http://e/b> <http://e/g> .\n" for n in range(9))
    with EmbeddedEngine(make(tmp_path / "large", lines)) as large:
        asyncio.run(ask(large))
        assert not large.lookups.ready
        assert b'"http://e/b"' in asyncio.run(answer(large, "SELECT ?p ?o { <http://e/1> ?p ?o }"))


def test_an_engine_that_is_closed_answers_nothing(tmp_path: Path) -> None:
    engine = EmbeddedEngine(make(tmp_path, "<http://e/a> <http://e/p> <http://e/b> <http://e/g> .\n"))
    asyncio.run(ready(engine))
    engine.close()
    with pytest.raises(EngineFailure):
        asyncio.run(answer(engine, "SELECT ?p ?o { <http://e/a> ?p ?o }"))
