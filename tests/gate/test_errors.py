"""An error has its kind, its words and its place from birth, and keeps them on every way."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from cityrights.errors import CityrightsError, QueryTimeout, UnknownThing
from sparqlgate import errors
from sparqlgate.errors import KINDS, EngineBusy, GateError, InputError, QueryError, QueryRefused, QuerySyntaxError
from sparqlgate.query import Limits, Query
from sparqlgate.stores.embedded import EmbeddedEngine
from sparqlgate.stores.federated import find
from sparqlgate.text.guard import Bounds, screen
from tests.gate.pool.small import GRAPHS, make

PLACED = QuerySyntaxError(
    "the prefix 'x:' is not declared", kind="unknown-prefix", line=3, column=5, extra={"prefix": "x"}
)
ALL: tuple[GateError, ...] = (
    PLACED,
    QueryRefused("this is an update", kind="read-only", line=2, column=1),
    errors.QueryTimeout(2.5),
    errors.QueryMemory(1 << 20),
    EngineBusy(7, "the queue is full"),
    errors.EngineUnavailable("the store is down", slow=True),
    InputError(Path("a.ttl"), "expected a dot", 4, "write one", 9),
    UnknownThing("http://e/x", "nobody knows it"),
)


def test_errors_stay_whole_from_one_process_to_another() -> None:
    for error in ALL:
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
    for error in ALL[:2]:
        again = QueryError.of(json.loads(json.dumps(error.fields())))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_what_a_worker_says_is_not_trusted_to_be_an_error() -> None:
    for said in ({}, {"error": "SystemExit"}, {"error": "QueryRefused", "line": "1", "extra": [1], "reason": 7}):
        error = QueryError.of(said)
        assert isinstance(error, QueryError)
        assert (error.line, error.extra) == (None, {})


def test_there_is_one_root() -> None:
    assert CityrightsError is GateError
    assert QueryTimeout is errors.QueryTimeout
    assert all(isinstance(error, CityrightsError) for error in ALL)


def test_a_place_is_counted_in_the_text_that_was_given() -> None:
    seen = PLACED.moved(2).seen("ASK { x:a ?p ?o }", 0.25)
    assert seen.extra == {"prefix": "x", "line": 1, "column": 5, "excerpt": "ASK { x:a ?p ?o }\n    ^"}
    assert seen.detail.startswith(
        "The prefix 'x:' is not declared (line 1, column 5). Add a line such as PREFIX x: <…>"
    )
    offered = PLACED.offering({"x": "http://x/"})
    assert offered.extra["add"] == "PREFIX x: <http://x/>"
    assert offered.detail.endswith("Add this line before the query: PREFIX x: <http://x/>")
    assert str(QueryRefused("no", line=4, column=1).moved(3)) == "no (line 1, column 1)"
    assert errors.QueryTimeout(3).seen("", 3.0004).extra == {"limitSeconds": 3, "elapsedSeconds": 3.0}
    assert errors.EngineFailure("a path, a name").detail == errors.INTERNAL


def test_every_refusal_of_the_guard_has_its_kind_and_its_place() -> None:
    few = Bounds(size=200, plain=100, depth=4, triples=2)
    refused = {
        "DROP ALL": "read-only",
        "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }": "federation-off",
        "DEFINE x SELECT * {}": "vendor-extension",
        "SELECT * { ?s <bif:contains> ?o }": "vendor-extension",
        "SELECT * { { { { { } } } } }": "query-too-complex",
        "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }": "query-too-complex",
        f"ASK {{}} #{'x' * 100}": "query-too-complex",
        f"ASK {{}} #{'x' * 200}": "query-too-complex",
    }
    for text, kind in refused.items():
        with pytest.raises(QueryRefused) as caught:
            screen(text, few)
        assert (caught.value.kind, kind in KINDS) == (kind, True), text
        assert (caught.value.line is None) == ("#" in text), text
        assert "(line" not in caught.value.reason
    with pytest.raises(QueryRefused) as caught:
        find("SELECT * { SERVICE ?e { ?s ?p ?o } }", "", ())
    assert (caught.value.kind, caught.value.line, caught.value.column) == ("federation-refused", 1, 20)


def test_words_of_the_asker_make_no_kind(tmp_path: Path) -> None:
    """Kinds were looked for in the words of messages, which quote what was asked."""
    with EmbeddedEngine(make(tmp_path, GRAPHS), workers=1, limits=Limits(seconds=20)) as engine:
        for graph in ("federation is off", "read-only", "more than"):
            with pytest.raises(QueryRefused) as caught:
                engine.query(Query("ASK {}", default_graphs=(graph,)))
            assert caught.value.kind == "query-refused"
        with pytest.raises(errors.QueryUnsupported) as unknown:
            engine.query("SELECT (<http://e/f>(1) AS ?x) {}").read()
        assert (unknown.value.kind, unknown.value.extra) == ("unknown-function", {"function": "http://e/f"})
        with pytest.raises(QuerySyntaxError) as undeclared:
            engine.query("ASK { ex:a ?p ?o }")
        assert undeclared.value.extra == {"prefix": "ex", "add": "PREFIX ex: <http://e/>"}
