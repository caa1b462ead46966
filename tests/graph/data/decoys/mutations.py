"""Decoys: for each constraint of each property shape, a copy of a valid thing with just that constraint violated.

All copies go into one graph under IRIs of their own, so that one validation checks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import rdflib
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Identifier

from cityrights.vocabulary import ID
from tests.nodes import iri, iris, literals, term

DECOY = ID + "decoy/"
UNTYPED = rdflib.URIRef(DECOY + "untyped")
#: Predicates of a property shape that are no constraints of their own.
NOT_CONSTRAINTS = {RDF.type, SH.path, SH.severity, SH.message, SH.qualifiedValueShape}


@dataclass(frozen=True)
class Constraint:
    """One constraint: ``shape`` and its ``path``, the parameter (sh:minCount …) with its value, the target classes."""

    shape: rdflib.URIRef
    path: rdflib.URIRef
    parameter: rdflib.URIRef
    value: Identifier
    targets: tuple[rdflib.URIRef, ...]

    @property
    def name(self) -> str:
        """Shape and parameter, for example ``Practice#place class``."""
        return f"{self.shape.rpartition('/')[2]} {self.parameter.rpartition('#')[2]}"

    @property
    def component(self) -> str:
        """Local name of the constraint component that a report shows."""
        local = self.parameter.rpartition("#")[2]
        return f"{local[0].upper()}{local[1:]}ConstraintComponent"

    @property
    def decoy(self) -> rdflib.URIRef:
        """IRI of the thing that violates the constraint."""
        return rdflib.URIRef(DECOY + self.name.replace("#", "/").replace(" ", "/"))


def constraints(shapes: rdflib.Graph) -> Iterator[Constraint]:
    """Yield every constraint of every property shape that a node shape uses."""
    for node, shape in sorted((iri(node), iri(shape)) for node, shape in shapes.subject_objects(SH.property)):
        targets = tuple(sorted(iris(shapes.objects(node, SH.targetClass))))
        path = iri(shapes.value(shape, SH.path))
        for parameter, value in sorted((iri(name), term(value)) for name, value in shapes.predicate_objects(shape)):
            if parameter not in NOT_CONSTRAINTS and value != rdflib.Literal(False):
                yield Constraint(shape, path, parameter, value, targets)


def plant(graph: rdflib.Graph, constraint: Constraint) -> None:
    """Add to ``graph`` the decoy of ``constraint``: a copy of a valid thing, with the values of the path made wrong.

    Raises KeyError for a parameter without recipe, LookupError when no valid thing has a value to spoil.
    """
    recipe = RECIPES[constraint.parameter]
    focus = _focus(graph, constraint)
    values = sorted(map(term, graph.objects(focus, constraint.path)))
    for predicate, value in list(graph.predicate_objects(focus)):
        if predicate != constraint.path:
            graph.add((constraint.decoy, predicate, value))
    for value in recipe(constraint, values, graph.value(focus, constraint.value) if values else None):
        graph.add((constraint.decoy, constraint.path, value))


def _focus(graph: rdflib.Graph, constraint: Constraint) -> Identifier:
    for target in constraint.targets:
        for name in sorted(map(term, graph.transitive_subjects(RDFS.subClassOf, target))):
            for thing in sorted(map(term, graph.subjects(RDF.type, name))):
                if str(thing).startswith(DECOY):
                    continue
                if (thing, constraint.path, None) in graph or constraint.value == rdflib.Literal(0):
                    return thing
    raise LookupError(f"{constraint.name}: no valid thing has a value of {constraint.path}")


Values = list[Identifier]
Recipe = Callable[[Constraint, Values, "rdflib.term.Node | None"], Values]


def _like(value: Identifier, text: str) -> Identifier:
    if isinstance(value, rdflib.Literal):
        return rdflib.Literal(text, lang=value.language, datatype=value.datatype)
    return rdflib.URIRef(DECOY + text)


def _more(constraint: Constraint, values: Values, _: rdflib.term.Node | None) -> Values:
    like = values[0] if values else UNTYPED
    number = int(str(constraint.value)) + 1 - len(values)
    return [*values, *(_like(like, str(900 + extra)) for extra in range(number))]


def _beside(offset: int) -> Recipe:
    def recipe(constraint: Constraint, values: Values, _: rdflib.term.Node | None) -> Values:
        return [_like(values[0], str(Decimal(str(constraint.value)) + offset))]

    return recipe


RECIPES: dict[rdflib.URIRef, Recipe] = {
    SH.minCount: lambda constraint, values, _: values[: int(str(constraint.value)) - 1],
    SH.maxCount: _more,
    SH["class"]: lambda *_: [UNTYPED],
    SH.datatype: lambda *_: [rdflib.Literal(True)],
    SH.nodeKind: lambda *_: [rdflib.Literal("text")],
    SH.pattern: lambda _, values, __: [_like(values[0], "!")],
    SH["in"]: lambda *_: [rdflib.Literal("another")],
    SH["or"]: lambda *_: [UNTYPED],
    SH.uniqueLang: lambda _, values, __: [*values, rdflib.Literal("twice", lang="en")],
    SH.languageIn: lambda _, values, __: [*values, rdflib.Literal("deutsch", lang="de")],
    SH.qualifiedMinCount: lambda _, values, __: [value for value in literals(values) if value.language != "en"],
    SH.minInclusive: _beside(-1),
    SH.minExclusive: _beside(0),
    SH.maxInclusive: _beside(1),
    SH.lessThanOrEquals: lambda _, __, other: [rdflib.Literal(int(str(other)) + 1, datatype=XSD.integer)],
    SH.minLength: lambda *_: [rdflib.Literal("")],
    SH.maxLength: lambda constraint, _, __: [rdflib.Literal("x" * (int(str(constraint.value)) + 1))],
}
