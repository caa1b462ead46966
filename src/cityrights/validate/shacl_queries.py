"""SHACL-SPARQL constraints (SHACL section 5), each run once for all focus nodes.

pySHACL runs such a query once for every focus node, 20 ms each: a minute for a thousand things. The same query with
``$this`` joined to the targets of its shape gives the same rows in one go; a test holds the two ways together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import rdflib
from rdflib.namespace import RDFS, SH
from rdflib.query import ResultRow

COMPONENT = "SPARQLConstraintComponent"
_OPENING = "WHERE {"


@dataclass(frozen=True)
class Violation:
    """One row of a constraint's query: the constraint's IRI, the focus node, and the value if the query selects one."""

    constraint: rdflib.term.Node
    focus: rdflib.term.Node
    value: rdflib.term.Node | None


def without_queries(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return ``shapes`` without their sh:sparql links, for a validator that shall run the core constraints only."""
    core = rdflib.Graph()
    for triple in shapes:
        if triple[1] != SH.sparql:
            core.add(triple)
    return core


def violations(graph: rdflib.Graph, shapes: rdflib.Graph) -> Iterator[Violation]:
    """Run every sh:sparql constraint of ``shapes`` on ``graph`` and yield a violation for each row.

    ``graph`` holds the ontology too, for rdfs:subClassOf. Raises ValueError for a query that this module cannot join
    with its targets: it must be a SELECT whose first ``WHERE {`` opens the outer pattern.
    """
    for shape, constraint in shapes.subject_objects(SH.sparql):
        targets = shapes.objects(shape, SH.targetClass)
        classes = sorted(
            {str(name) for target in targets for name in graph.transitive_subjects(RDFS.subClassOf, target)}
        )
        text = str(shapes.value(constraint, SH.select))
        rows = graph.query(_joined(text, classes), initNs=_prefixes(shapes, constraint))
        seen = set()
        for row in rows:
            if not isinstance(row, ResultRow):
                raise TypeError(f"{constraint} is not a SELECT query")
            found = row.asdict()
            violation = Violation(constraint, found["this"], found.get("value"))
            if violation not in seen:
                seen.add(violation)
                yield violation


def _joined(text: str, classes: list[str]) -> str:
    before, opening, after = text.partition(_OPENING)
    if not opening or not before.lstrip().startswith("SELECT $this"):
        raise ValueError(f"a constraint must start with 'SELECT $this … {_OPENING}': {text}")
    values = " ".join(f"<{name}>" for name in classes)
    return f"{before}{opening} VALUES ?targetClass {{ {values} }} $this a ?targetClass .{after}"


def _prefixes(shapes: rdflib.Graph, constraint: rdflib.term.Node) -> dict[str, str]:
    found = {}
    for declared in shapes.objects(constraint, SH.prefixes):
        for declaration in shapes.objects(declared, SH.declare):
            found[str(shapes.value(declaration, SH.prefix))] = str(shapes.value(declaration, SH.namespace))
    return found
