"""How a graph uses its terms: what is counted, and what is left out where a graph is too large for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import orjson
import pytest

from cityrights.resources.schema import Usage, read_usage
from sparqlgate import Limits, Query
from sparqlgate.errors import EngineBusy, QueryMemory, QueryTimeout
from sparqlgate.stores.base import Store


class Answer:
    """An answer of the engine."""

    def __init__(self, rows: list[Mapping[str, tuple[str, str]]]) -> None:
        bindings = [{name: {"type": kind, "value": value} for name, (kind, value) in row.items()} for row in rows]
        self._body = orjson.dumps({"head": {"vars": []}, "results": {"bindings": bindings}})

    def read(self) -> bytes:
        return self._body

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *ended: object) -> None:
        """There is nothing to end."""


class Graph:
    """An engine that counts classes and properties, and fails at what is asked of both together."""

    def __init__(self, failing: Exception) -> None:
        self.failing = failing
        self.patience: list[float] = []

    def query(self, query: Query | str) -> Answer:
        text, limits = Query.of(query).text, Query.of(query).limits
        if limits:
            self.patience.append(limits.seconds)
        if "?class ?property" in text:
            raise self.failing
        if "?class (COUNT" in text:
            return Answer([{"class": ("uri", "http://e/A"), "n": ("literal", "3")}, {"n": ("literal", "0")}])
        if "?property (COUNT" in text:
            return Answer([{"property": ("uri", "http://e/p"), "n": ("literal", "9")}])
        return Answer(
            [
                {"x": ("uri", "http://e/A"), "kind": ("literal", "label"), "text": ("literal", "A thing")},
                {"x": ("uri", "http://e/A"), "kind": ("literal", "meaning"), "text": ("literal", "What it is")},
            ]
        )


def read(graph: Graph, limits: Limits) -> Usage:
    return read_usage(cast(Store, graph), limits)


def test_a_graph_too_large_to_be_counted_closely_is_counted_less_closely() -> None:
    graph = Graph(QueryTimeout(8))
    usage = read(graph, Limits(seconds=30))
    assert (usage.classes, usage.properties, usage.together) == ({"http://e/A": 3}, {"http://e/p": 9}, {})
    assert [str(text) for text in usage.labels["http://e/A"]] == ["A thing"]
    assert [str(text) for text in usage.meanings["http://e/A"]] == ["What it is"]
    assert max(graph.patience) < 30


def test_limits_that_are_stricter_hold() -> None:
    graph = Graph(QueryTimeout(1))
    read(graph, Limits(seconds=1))
    assert set(graph.patience) == {1}


def test_a_graph_of_which_nothing_can_be_counted_has_an_empty_vocabulary() -> None:
    class Huge(Graph):
        def query(self, query: Query | str) -> Answer:
            raise self.failing

    usage = read(Huge(QueryMemory(1 << 30)), Limits())
    assert (usage.classes, usage.properties, usage.labels) == ({}, {}, {})


def test_an_engine_that_is_busy_is_asked_again_later() -> None:
    with pytest.raises(EngineBusy):
        read(Graph(EngineBusy(5)), Limits())
