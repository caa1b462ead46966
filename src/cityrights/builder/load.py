"""The schema of a graph: its classes with the shapes that the ontology has for them, or as the graph itself has them.

Of the shapes, only what has a value somewhere is offered. A graph of other people has no shapes: there the properties
are those that its things have, and their values are what most of them are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cityrights.builder.profile import THING, Profile
from cityrights.builder.schema import Class, Kind, Property, Schema
from cityrights.builder.shapes import Field, Shapes, read
from cityrights.engine import Engine, Limits
from cityrights.namespaces import CR, DCTERMS, RDF, RDFS, SKOS, XSD

#: What most people ask about: these classes stand first, in this order.
FIRST: Final = (
    "Practice", "City", "Institution", "Instrument", "Event", "Person", "Actor", "Theme", "Award", "Observation",
    "Territory",
)  # fmt: skip
#: Offered of every class that has it, beside what its shape says: the document that tells of a thing.
_TOLD_BY: Final = Field(DCTERMS + "source", (CR + "Source",))
#: What is computed of other things is no way to them.
_ASIDE: Final = (CR + "Connection",)
_LABEL: Final = RDFS + "label"
_LABELS: Final = (_LABEL, SKOS + "prefLabel", DCTERMS + "title")
_NUMBERS: Final = frozenset(
    XSD + name
    for name in (
        "decimal", "integer", "double", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger",
    )
)  # fmt: skip
_DATES: Final = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth", "gMonthDay"))
_TEXTS: Final = frozenset({XSD + "string", RDF + "langString"})


def load(engine: Engine, limits: Limits, ontology: Path) -> Schema:
    """Return the schema of the graph behind ``engine``, with the shapes in the folder ``ontology``.

    Raises QueryError when the graph cannot say in time what it has.
    """
    shapes = read(ontology)
    return combine(shapes, Profile.of(engine, limits, shapes.fields))


def combine(shapes: Shapes, profile: Profile) -> Schema:
    """Return the schema of a graph by what the shapes say and what the graph has."""
    shaped = any(iri in shapes.fields for iri in profile.classes)
    ordered = sorted(profile.classes, key=lambda iri: (_rank(iri), iri))
    names = dict(zip(ordered, _names([_class_name(iri) for iri in ordered]), strict=True))
    naming = (_LABEL,) if shaped else _LABELS
    made = {}
    for iri in ordered:
        forward = _shaped(iri, shapes, profile) if shaped else _unshaped(iri, profile)
        forward = [_refined(each, shapes, profile) for each in forward if not set(each.iris) & set(_LABELS)]
        backward = _backward(iri, names, shapes if shaped else None, profile)
        properties = [Property("name", naming, Kind.TEXT), *forward, *backward]
        told = [
            replace(each, name=name) for each, name in zip(properties, _names(p.name for p in properties), strict=True)
        ]
        made[names[iri]] = Class(names[iri], iri, profile.classes[iri] if profile.whole else 0, tuple(told))
    return Schema(MappingProxyType(made), naming, shaped)


def _shaped(iri: str, shapes: Shapes, profile: Profile) -> list[Property]:
    found = []
    fields = shapes.of(iri)
    if all(field.path != CR + "source" for field in fields):
        fields = (*fields, _TOLD_BY)
    for field in fields:
        sorts = profile.sorts.get((iri, field.path))
        if sorts:
            kind = Kind.CODE if field.coded else _kind(field.datatypes, bool(field.classes)) or _mostly(sorts)
            classes = tuple(each for each in field.classes if each in profile.classes)
            if kind is Kind.THING and not classes:
                classes = _joined(iri, field.path, profile)
            found.append(Property(_local(field.path), (field.path,), kind, classes if kind is Kind.THING else ()))
    return found


def _unshaped(iri: str, profile: Profile) -> list[Property]:
    found = []
    for (of, path), sorts in sorted(profile.sorts.items()):
        if of == iri and path != RDF + "type":
            kind = _mostly(sorts)
            classes = _joined(iri, path, profile) if kind is Kind.THING else ()
            found.append(Property(_local(path), (path,), kind, classes))
    return found


def _joined(iri: str, path: str, profile: Profile) -> tuple[str, ...]:
    """Return the classes that the values of a property have in the graph, the most frequent first."""
    joins = profile.joins.get((iri, path), {})
    return tuple(sorted(joins, key=lambda each: (-joins[each], each)))


def _refined(step: Property, shapes: Shapes, profile: Profile) -> Property:
    """Add what is to know of the values: whether some stand below others, and how their labels are written."""
    broader = SKOS + "broader"
    return replace(
        step,
        transitive=step.iris[0] in shapes.transitive,
        narrower=step.kind is Kind.THING
        and step.iris[0] != broader
        and bool(step.classes)
        and all((each, broader) in profile.sorts for each in step.classes),
        concept=bool(step.classes) and all(SKOS + "Concept" in shapes.lineage(each) for each in step.classes),
    )


def _backward(iri: str, names: Mapping[str, str], shapes: Shapes | None, profile: Profile) -> list[Property]:
    """Return the ways from things of a class to those that have them as a value.

    With shapes these are the classes that a shape gives the property to, not those below them, so that each way is
    offered once.
    """
    found = []
    both_ways = shapes.both_ways if shapes is not None else ()
    for (of, path), joins in sorted(profile.joins.items(), key=lambda each: (_rank(each[0][0]), each[0])):
        if not joins.get(iri) or path == RDF + "type" or of in _ASIDE or path in both_ways:
            continue
        if shapes is not None:
            field = next((each for each in shapes.fields.get(of, ()) if each.path == path), None)
            if field is None or not set(field.classes) & set(shapes.lineage(iri)):
                continue
        name = f"{_local(path)}-of-{names[of]}"
        found.append(Property(name, (path,), Kind.THING, (of,), inverse=True))
    return found


def _kind(datatypes: Iterable[str], things: bool) -> Kind | None:
    """Return the kind that a shape asks for; None where it does not say."""
    held = set(datatypes)
    if things:
        return Kind.THING
    if not held:
        return None
    for kinds, kind in ((_NUMBERS, Kind.NUMBER), (_DATES, Kind.DATE), (_TEXTS, Kind.TEXT)):
        if held <= kinds:
            return kind
    return Kind.OTHER


def _mostly(sorts: Mapping[str, int]) -> Kind:
    """Return the kind that most values are of."""
    counted: defaultdict[Kind, int] = defaultdict(int)
    for sort, number in sorts.items():
        counted[Kind.THING if sort == THING else _kind([sort], False) or Kind.OTHER] += number
    return max(counted, key=lambda kind: (counted[kind], kind))


def _rank(iri: str) -> int:
    name = iri.removeprefix(CR)
    return FIRST.index(name) if name != iri and name in FIRST else len(FIRST)


def _local(iri: str) -> str:
    """Return what a property is called in addresses: the end of its IRI, in letters, digits and hyphens."""
    end = re.split(r"[/#:]", iri.rstrip("/#"))[-1]
    return re.sub(r"[^A-Za-z0-9-]+", "-", end).strip("-") or "property"


def _class_name(iri: str) -> str:
    name = _local(iri)
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _names(wanted: Iterable[str]) -> list[str]:
    """Return the names with a number after each that was there before, so that no two are the same."""
    found: list[str] = []
    for name in wanted:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}-{number}"
        found.append(unique)
    return found
