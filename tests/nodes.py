"""Nodes and rows of rdflib as what a test knows them to be: a graph says of each node no more than that it is one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.query import Result, ResultRow
from rdflib.term import Identifier, Node


def read(*paths: Path) -> Graph:
    """Return what files say, in one graph."""
    graph = Graph()
    for path in paths:
        graph.parse(path)
    return graph


def iri(node: Node | None) -> URIRef:
    """Return a node that has to be an IRI."""
    assert isinstance(node, URIRef), f"{node!r} is no IRI"
    return node


def iris(nodes: Iterable[Node]) -> list[URIRef]:
    """Return nodes that all have to be IRIs."""
    return [iri(node) for node in nodes]


def literal(node: Node | None) -> Literal:
    """Return a node that has to be a literal."""
    assert isinstance(node, Literal), f"{node!r} is no literal"
    return node


def literals(nodes: Iterable[Node]) -> list[Literal]:
    """Return nodes that all have to be literals."""
    return [literal(node) for node in nodes]


def term(node: Node | None) -> Identifier:
    """Return a node as the term that it is, which has a place in an order."""
    assert isinstance(node, Identifier), repr(node)
    return node


def rows(answer: Result) -> list[ResultRow]:
    """Return the rows of the answer to a SELECT."""
    found = []
    for row in answer:
        assert isinstance(row, ResultRow), repr(row)
        found.append(row)
    return found
