"""What shapes look at: the things that they are for, some at a time, and the statements that are told of them.

The validator holds a graph as objects of Python, ten kilobytes for each thing, and asks the same of each class whatever
else there is. So it is given a slice of the things at a time, where shapes look no further than at a thing, its values
and the classes of both; what looks further are queries, which are asked of the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final, TypeAlias

import pyoxigraph as ox
import rdflib
from rdflib.namespace import RDF, RDFS, SH

BELOW: Final = ox.NamedNode(str(RDFS.subClassOf))
TYPE: Final = ox.NamedNode(str(RDF.type))
#: A thing, and a class that a shape is for with a thing of it.
Thing: TypeAlias = ox.NamedNode | ox.BlankNode
Aim: TypeAlias = tuple[str, Thing]
#: So many aims are in one slice.
SLICE: Final = 20_000
#: The class of the things of a slice that are of a class.
SLICED: Final = rdflib.Namespace("urn:slice:")


class Aims:
    """Each class that a shape is for, with each thing that is of it or of a class below, in slices."""

    def __init__(self, store: ox.Store, shapes: rdflib.Graph) -> None:
        self._rest = _aims(store, shapes)
        self._first = list(islice(self._rest, SLICE + 1))

    @property
    def are_many(self) -> bool:
        """Whether they are more than one slice."""
        return len(self._first) > SLICE

    def __iter__(self) -> Iterator[list[Aim]]:
        held = self._first
        while held:
            yield held[:SLICE]
            held = [*held[SLICE:], *islice(self._rest, SLICE)]


def _aims(store: ox.Store, shapes: rdflib.Graph) -> Iterator[Aim]:
    for target in sorted(map(str, set(shapes.objects(None, SH.targetClass)))):
        classes: set[ox.NamedNode] = set()
        take_below(store, ox.NamedNode(target), classes)
        seen: set[Thing] = set()
        for name in sorted(classes, key=str):
            for quad in store.quads_for_pattern(None, TYPE, name, ox.DefaultGraph()):
                thing = quad.subject
                if not isinstance(thing, ox.Triple) and thing not in seen:
                    seen.add(thing)
                    yield target, thing


def aimed(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return shapes that are for a class of the things of a slice, in place of each class that they are for."""
    found = rdflib.Graph()
    for subject, predicate, value in shapes:
        found.add((subject, predicate, SLICED[str(value)] if predicate == SH.targetClass else value))
    return found


#: What shapes may say so that they look at nothing but a thing, its values, and the classes of both.
_LOCAL: Final = frozenset(
    SH[name]
    for name in (
        "targetClass", "property", "path", "severity", "message", "name", "description", "order", "group", "sparql",
        "prefixes", "select", "declare", "prefix", "namespace", "minCount", "maxCount", "datatype", "nodeKind", "in",
        "class", "pattern", "minLength", "maxLength", "languageIn", "uniqueLang", "or", "lessThanOrEquals",
        "qualifiedValueShape", "qualifiedMinCount", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive",
    )
)  # fmt: skip


def is_local(shapes: rdflib.Graph) -> bool:
    """Say whether the core constraints of shapes are about one thing each, its values, and the classes of both."""
    said = {name for name in shapes.predicates() if str(name).startswith(str(SH))}
    nested = any((shape, SH.targetClass, None) not in shapes for shape in shapes.subjects(SH.property))
    paths = all(isinstance(path, rdflib.URIRef) and path != RDF.type for path in shapes.objects(None, SH.path))
    return said <= _LOCAL and paths and not nested


def take_below(store: ox.Store, name: ox.NamedNode, taken: set[ox.NamedNode]) -> None:
    """Take in a class and all that are below it."""
    if name not in taken:
        taken.add(name)
        for quad in store.quads_for_pattern(None, BELOW, name, ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode):
                take_below(store, quad.subject, taken)


def named(only: Collection[str] | None) -> list[ox.NamedNode] | None:
    """Return things by their IRIs."""
    return None if only is None else [ox.NamedNode(thing) for thing in only]


def of_interest(store: ox.Store, shapes: rdflib.Graph, only: Collection[Thing] | None) -> Iterator[ox.Quad]:
    """Yield what a core constraint can look at: statements whose predicate the shapes name, types, and subclasses.

    No shape is closed (sh:closed), which would look at all the others too.
    """
    assert not list(shapes.subjects(SH.closed, rdflib.Literal(True)))
    named = {name for name in shapes.objects() if isinstance(name, rdflib.URIRef)} | {RDF.type, RDFS.subClassOf}
    default = ox.DefaultGraph()
    if only is None:
        for name in sorted(named):
            yield from store.quads_for_pattern(None, ox.NamedNode(str(name)), None, default)
        return
    values: set[ox.NamedNode] = set()
    predicates = {ox.NamedNode(str(name)) for name in named}
    for thing in only:
        for quad in store.quads_for_pattern(thing, None, None, default):
            if quad.predicate in predicates:
                yield quad
                if isinstance(quad.object, ox.NamedNode):
                    values.add(quad.object)
    for value in values:
        yield from store.quads_for_pattern(value, TYPE, None, default)
    yield from store.quads_for_pattern(None, BELOW, None, default)
