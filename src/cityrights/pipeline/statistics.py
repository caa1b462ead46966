"""VoID statistics: totals, classes and properties (W3C Interest Group Note of 3 March 2011, section 4)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from cityrights.vocabulary import BASE, CR, DATASET, DCTERMS, GRAPH_DERIVED, ID, OWL, RDF, XSD

VOID = "http://rdfs.org/ns/void#"
#: The one graph that is not part of what the version is the digest of: it counts the others.
STATISTICS = GRAPH_DERIVED + "statistics"
_TYPE = ox.NamedNode(RDF + "type")


#: Times that the numbers are counted anew with themselves among what is counted; three are enough.
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What is counted: each class and property with its number, and the totals."""

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    linksets: Mapping[str, int]


def statistics(store: ox.Store, version: str) -> list[ox.Quad]:
    """Return the dataset's numbers as quads of ``graph/derived/statistics``: those of the whole, with these quads.

    ``store`` holds the merged graph without them as its default graph. Distinct triples are counted there, once each.
    """
    count = _Count(store)
    told = count.beside([])
    for _ in range(_ROUNDS):
        quads = list(_quads(told, version))
        counted = count.beside(quads)
        if counted == told:
            break
        told = counted
    return quads


def _quads(numbers: _Numbers, version: str) -> Iterator[ox.Quad]:
    graph = ox.NamedNode(STATISTICS)
    dataset = ox.NamedNode(DATASET)

    def say(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(subject, ox.NamedNode(predicate), value, graph)

    yield say(dataset, OWL + "versionInfo", ox.Literal(version))
    yield say(dataset, DCTERMS + "identifier", ox.Literal(f"{DATASET}?version={version[:12]}"))
    for name, number in (
        ("triples", numbers.triples),
        ("distinctSubjects", numbers.subjects),
        ("distinctObjects", numbers.objects),
        ("classes", len(numbers.classes)),
        ("properties", len(numbers.properties)),
        ("entities", numbers.entities),
    ):
        yield say(dataset, VOID + name, _integer(number))
    for linkset, number in sorted(numbers.linksets.items()):
        yield say(ox.NamedNode(linkset), VOID + "triples", _integer(number))
    for kind, iris, key, term in (
        ("classPartition", numbers.classes, "class", "entities"),
        ("propertyPartition", numbers.properties, "property", "triples"),
    ):
        for iri, number in sorted(iris.items()):
            partition = ox.NamedNode(f"{BASE}void/{key}/{hashlib.sha256(iri.encode()).hexdigest()[:12]}")
            yield say(dataset, VOID + kind, partition)
            yield say(partition, RDF + "type", ox.NamedNode(VOID + "Dataset"))
            yield say(partition, VOID + key, ox.NamedNode(iri))
            yield say(partition, VOID + term, _integer(number))


class _Count:
    """What stands in the default graph of a store, counted once."""

    def __init__(self, store: ox.Store) -> None:
        self._classes: Counter[str] = Counter()
        self._properties: Counter[str] = Counter()
        self._subjects: set[str] = set()
        self._objects: set[object] = set()
        self._linksets = _linksets(store)
        entities: set[str] = set()
        self._triples = 0
        for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
            self._triples += 1
            subject = str(quad.subject)
            self._subjects.add(subject)
            self._objects.add(quad.object)
            self._properties[quad.predicate.value] += 1
            if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode):
                self._classes[quad.object.value] += 1
                if subject.startswith("<" + ID) and quad.object.value.startswith(CR):
                    entities.add(subject)
        self._entities = len(entities)

    def beside(self, quads: Sequence[ox.Quad]) -> _Numbers:
        """Return the numbers of what was counted and of ``quads``, which say nothing that was said there."""
        subjects = {str(quad.subject) for quad in quads} - self._subjects
        objects = {quad.object for quad in quads} - self._objects
        types = Counter(
            quad.object.value for quad in quads if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode)
        )
        return _Numbers(
            self._triples + len(quads),
            len(self._subjects) + len(subjects),
            len(self._objects) + len(objects),
            self._entities,
            self._classes + types,
            self._properties + Counter(quad.predicate.value for quad in quads),
            self._linksets,
        )


def _linksets(store: ox.Store) -> dict[str, int]:
    """Return how many links each linkset has: those of its predicate to the URI space of its target (VoID, 5.1)."""
    default = ox.DefaultGraph()

    def values(subject: ox.NamedNode, name: str) -> list[str]:
        found = store.quads_for_pattern(subject, ox.NamedNode(VOID + name), None, default)
        return [quad.object.value for quad in found if isinstance(quad.object, ox.NamedNode | ox.Literal)]

    counted = {}
    for quad in store.quads_for_pattern(None, _TYPE, ox.NamedNode(VOID + "Linkset"), default):
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        targets = values(quad.subject, "objectsTarget")
        spaces = tuple(space for target in targets for space in values(ox.NamedNode(target), "uriSpace"))
        if spaces:
            counted[quad.subject.value] = sum(
                isinstance(link.object, ox.NamedNode) and link.object.value.startswith(spaces)
                for predicate in values(quad.subject, "linkPredicate")
                for link in store.quads_for_pattern(None, ox.NamedNode(predicate), None, default)
            )
    return counted


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer"))
