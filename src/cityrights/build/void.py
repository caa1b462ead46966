"""VoID statistics: totals, classes and properties (W3C Interest Group Note of 3 March 2011, section 4)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox

from cityrights.namespaces import BASE, CR, DATASET, DCTERMS, GRAPH_DERIVED, ID, OWL, RDF, XSD

VOID = "http://rdfs.org/ns/void#"
#: The one graph that is not part of what the version is the digest of: it counts the others.
STATISTICS = GRAPH_DERIVED + "statistics"
_TYPE = ox.NamedNode(RDF + "type")


def statistics(store: ox.Store, version: str) -> Iterator[ox.Quad]:
    """Yield the dataset's numbers as quads of ``graph/derived/statistics``; they do not count themselves.

    ``store`` holds the merged graph as its default graph. Distinct triples are counted there, once each.
    """
    graph = ox.NamedNode(STATISTICS)
    dataset = ox.NamedNode(DATASET)

    def say(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(subject, ox.NamedNode(predicate), value, graph)

    triples, subjects, objects, classes, properties, entities = _count(store)
    yield say(dataset, OWL + "versionInfo", ox.Literal(version))
    yield say(dataset, DCTERMS + "identifier", ox.Literal(f"{DATASET}?version={version[:12]}"))
    for name, number in (
        ("triples", triples),
        ("distinctSubjects", subjects),
        ("distinctObjects", objects),
        ("classes", len(classes)),
        ("properties", len(properties)),
        ("entities", entities),
    ):
        yield say(dataset, VOID + name, _integer(number))
    for kind, iris, key, term in (
        ("classPartition", classes, "class", "entities"),
        ("propertyPartition", properties, "property", "triples"),
    ):
        for iri, number in sorted(iris.items()):
            partition = ox.NamedNode(f"{BASE}void/{key}/{hashlib.sha256(iri.encode()).hexdigest()[:12]}")
            yield say(dataset, VOID + kind, partition)
            yield say(partition, RDF + "type", ox.NamedNode(VOID + "Dataset"))
            yield say(partition, VOID + key, ox.NamedNode(iri))
            yield say(partition, VOID + term, _integer(number))


def _count(store: ox.Store) -> tuple[int, int, int, Counter[str], Counter[str], int]:
    classes: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    subjects: set[str] = set()
    objects: set[object] = set()
    entities: set[str] = set()
    triples = 0
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        triples += 1
        subject = str(quad.subject)
        subjects.add(subject)
        objects.add(quad.object)
        properties[quad.predicate.value] += 1
        if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode):
            classes[quad.object.value] += 1
            if subject.startswith("<" + ID) and quad.object.value.startswith(CR):
                entities.add(subject)
    return triples, len(subjects), len(objects), classes, properties, len(entities)


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer"))
