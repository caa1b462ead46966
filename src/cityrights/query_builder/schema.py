"""What can be asked about: classes, their properties and where each leads, from SHACL shapes or the graph itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cityrights.indexes.facets.lists import LISTS, UNSETTLED, pattern
from cityrights.resources.schema import Field, Shapes, read_fields
from cityrights.terms import Iri, Row, rows, term_text
from cityrights.vocabulary import CR, DCTERMS, OWL, PREFIXES, RDF, RDFS, SKOS, XSD
from sparqlgate import Limits, Query, Store
from sparqlgate.errors import QueryError

#: How many properties a condition follows at most: its own, and those of two things on the way.
DEEPEST = 3
#: What separates the properties that a condition follows, in addresses.
STEP = "."
_STATUS = CR + "status"
#: Stands for a value that is a thing, where others stand for their datatype.
THING: Final = "thing"
#: How long, in seconds, a graph may take over one question about itself before only some of its things are looked at.
_PATIENCE: Final = 6.0
_SAMPLE: Final = f"{{ SELECT DISTINCT ?s WHERE {{ ?s a ?any }} LIMIT {20_000:d} }}"
#: Classes of vocabularies about vocabularies: nobody looks for their things.
_ABOUT: Final = (RDF, RDFS, OWL, PREFIXES["sh"], PREFIXES["void"])
_CLASSES: Final = """SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {
  #some
  ?s a ?class FILTER(ISIRI(?class))
} GROUP BY ?class"""
_SORTS: Final = """SELECT ?class ?p ?sort (COUNT(*) AS ?n) WHERE {
  #some
  VALUES ?class { #classes }
  ?s a ?class ; ?p ?o .
  BIND(IF(ISLITERAL(?o), STR(DATATYPE(?o)), "thing") AS ?sort)
} GROUP BY ?class ?p ?sort"""
_JOINS: Final = """SELECT ?class ?p ?other (COUNT(*) AS ?n) WHERE {
  #some
  VALUES ?class { #classes }
  ?s a ?class ; ?p ?o . ?o a ?other .
  VALUES ?other { #classes }
} GROUP BY ?class ?p ?other"""
#: What most people ask about: these classes stand first, in this order.
FIRST: Final = (
    "Practice", "City", "Institution", "Instrument", "Event", "Person", "Actor", "Theme", "Award", "Observation",
    "Territory",
)  # fmt: skip
#: Offered of every class that has it, beside what its shape says: the document that tells of a thing.
_TOLD_BY: Final = Field(CR + "describedIn", (CR + "Source",))
#: What addresses call that, as the lists do.
_TOLD_AS: Final = "source"
#: What is computed of other things is no way to them.
_ASIDE: Final = (CR + "Connection",)
_LABEL: Final = RDFS + "label"
#: How many of the places of a class have something done in them: the others are not asked about (queries/index/acts).
_ACTING: Final = """SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {
  VALUES ?class { #classes }
  ?s a ?class .
  FILTER EXISTS { #acts }
} GROUP BY ?class"""
#: What is underway or planned: answers leave it out unless they are asked for it, so it is counted apart.
_LATER: Final = f"""SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {{
  VALUES ?later {{ {" ".join(f"<{iri}>" for iri in UNSETTLED)} }}
  ?s <{_STATUS}> ?later ; a ?class FILTER(ISIRI(?class))
}} GROUP BY ?class"""
_LABELS: Final = (_LABEL, SKOS + "prefLabel", DCTERMS + "title")
_NUMBERS: Final = frozenset(
    XSD + name
    for name in (
        "decimal", "integer", "double", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger",
    )
)  # fmt: skip
_DATES: Final = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth", "gMonthDay"))
_TEXTS: Final = frozenset({XSD + "string", RDF + "langString"})


class Kind(StrEnum):
    """What the values of a property are, which decides how one asks for them."""

    THING = "thing"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CODE = "code"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Property:
    """One way from a thing to others or to texts, numbers and dates.

    ``name`` stands for it in addresses. ``iris`` has one property or several that mean the same. ``classes`` are those
    of its values; with ``inverse`` the values are the things that have this one as their value. The values of a
    ``transitive`` property count over any number of steps; with ``narrower`` a value stands for those below it
    (``skos:broader``), too. The labels of ``concept`` values are common nouns.
    """

    name: str
    iris: tuple[str, ...]
    kind: Kind
    classes: tuple[str, ...] = ()
    inverse: bool = False
    transitive: bool = False
    narrower: bool = False
    concept: bool = False


PropertyPath = tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Class:
    """One class of things: its name in addresses, its IRI, how many things it has, and their properties.

    ``count`` is without those that are underway or planned, which are ``later``.
    """

    name: str
    iri: str
    count: int
    properties: tuple[Property, ...]
    later: int = 0

    def get(self, name: str) -> Property | None:
        """Return the property of that name."""
        return next((each for each in self.properties if each.name == name), None)

    @property
    def status(self) -> Property | None:
        """The property that says whether a thing exists yet; None where nothing does."""
        return next((each for each in self.properties if each.iris == (_STATUS,) and not each.inverse), None)


@dataclass(frozen=True)
class Schema:
    """Every class that can be asked about, by name; those that people ask about most come first.

    ``naming`` are the properties that say what a thing is called. ``shaped`` says that the classes are those of the
    shapes, whose things have one label in each language; other graphs promise nothing.
    """

    classes: Mapping[str, Class]
    naming: tuple[str, ...]
    shaped: bool = True

    @cached_property
    def by_iri(self) -> Mapping[str, Class]:
        """The classes by their IRIs."""
        return {each.iri: each for each in self.classes.values()}

    def beyond(self, step: Property) -> Class | None:
        """Return the class whose properties can be followed from the values of a property: None where none is sure."""
        return self.by_iri.get(step.classes[0]) if step.kind is Kind.THING and len(step.classes) == 1 else None

    def path(self, of: Class, text: str) -> PropertyPath:
        """Return the properties that a path in an address names, from the things of a class on.

        Raises KeyError with the first name that is none, ValueError for a path that is too long.
        """
        names = text.split(STEP)
        if len(names) > DEEPEST:
            raise ValueError(f"a condition follows at most {DEEPEST} properties")
        found: list[Property] = []
        at: Class | None = of
        for name in names:
            step = at.get(name) if at is not None else None
            if step is None:
                raise KeyError(name)
            found.append(step)
            at = self.beyond(step)
        return tuple(found)


def path_name(path: PropertyPath) -> str:
    """Return what stands for a path in addresses; the inverse of :meth:`Schema.path`."""
    return STEP.join(step.name for step in path)


@dataclass(frozen=True)
class Profile:
    """How many things each class has; by class and property, how often each sort of value and each class of it.

    Things that are underway or planned are not among those of ``classes``, but ``later`` has how many each class has.
    Where it is not ``whole``, only some of the things were looked at, and no number says how many there are.
    """

    classes: Mapping[str, int]
    sorts: Mapping[tuple[str, str], Mapping[str, int]]
    joins: Mapping[tuple[str, str], Mapping[str, int]]
    whole: bool = True
    later: Mapping[str, int] | None = None

    @classmethod
    def of(cls, engine: Store, limits: Limits, preferred: Collection[str]) -> Profile:
        """Ask the graph about the ``preferred`` classes, or where it has none of them about all its own.

        Of a graph that cannot say it in time, some things are looked at. Raises QueryError where that takes too long.
        """
        limits = replace(limits, seconds=min(limits.seconds, _PATIENCE))
        found, whole = _ask(engine, _CLASSES, limits)
        counts = {str(row["class"]): int(str(row["n"])) for row in found}
        classes = {iri: n for iri, n in counts.items() if iri in preferred} or {
            iri: n for iri, n in counts.items() if not iri.startswith(_ABOUT)
        }
        if not classes:
            return cls({}, {}, {})
        later = _later(engine, limits) if whole else {}
        classes = {iri: n - later.get(iri, 0) for iri, n in classes.items()}
        written = " ".join(term_text(Iri(iri)) for iri in sorted(classes))
        places = [iri for iri in sorted(classes) if iri in {CR + name for name in LISTS["cities"].classes}]
        if places and whole:
            acts = pattern(LISTS["cities"].only, "acts")
            asked = _ACTING.replace("#classes", " ".join(term_text(Iri(iri)) for iri in places)).replace("#acts", acts)
            told = {
                str(row["class"]): int(str(row["n"])) for row in _rows(engine, f"PREFIX cr: <{CR}>\n{asked}", limits)
            }
            classes |= {iri: told.get(iri, 0) for iri in places}
        sorts, _ = _ask(engine, _SORTS.replace("#classes", written), limits)
        joins, _ = _ask(engine, _JOINS.replace("#classes", written), limits)
        return cls(classes, _counted(sorts, "sort"), _counted(joins, "other"), whole, later)


def _later(engine: Store, limits: Limits) -> dict[str, int]:
    return {str(row["class"]): int(str(row["n"])) for row in _rows(engine, _LATER, limits)}


def _ask(engine: Store, text: str, limits: Limits) -> tuple[list[Row], bool]:
    try:
        return _rows(engine, text.replace("#some", ""), limits), True
    except QueryError:
        return _rows(engine, text.replace("#some", _SAMPLE), limits), False


def _rows(engine: Store, text: str, limits: Limits) -> list[Row]:
    with engine.query(Query(text, limits=limits)) as result:
        return list(rows(result.read()))


def _counted(found: Iterable[Row], name: str) -> dict[tuple[str, str], dict[str, int]]:
    held: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in found:
        if name in row:
            held[str(row["class"]), str(row["p"])][str(row[name])] = int(str(row["n"]))
    return dict(held)


def load(engine: Store, limits: Limits, ontology: Path) -> Schema:
    """Return the schema of the graph behind ``engine``, with the shapes in the folder ``ontology``.

    Raises QueryError when the graph cannot say in time what it has.
    """
    shapes = read_fields(ontology)
    return combine(shapes, Profile.of(engine, limits, shapes.fields))


def combine(shapes: Shapes, profile: Profile) -> Schema:
    """Return the schema of a graph by what the shapes say and what the graph has."""
    shaped = any(iri in shapes.fields for iri in profile.classes)
    ordered = sorted(profile.classes, key=lambda iri: (_rank(iri), iri))
    names = dict(zip(ordered, _names([_class_name(iri) for iri in ordered]), strict=True))
    naming = (_LABEL,) if shaped else _LABELS
    both_ways = shapes.both_ways if shaped else ()
    # By class, each once: a graph of others may have thousands of classes.
    held: defaultdict[str, list[tuple[str, Mapping[str, int]]]] = defaultdict(list)
    for (of, path), sorts in sorted(profile.sorts.items(), key=lambda each: each[0]):
        held[of].append((path, sorts))
    ways: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for (of, path), joins in sorted(profile.joins.items(), key=lambda each: (_rank(each[0][0]), each[0])):
        if path != RDF + "type" and of not in _ASIDE and path not in both_ways:
            for other, number in joins.items():
                if number:
                    ways[other].append((of, path))
    made = {}
    for iri in ordered:
        forward = _shaped(iri, shapes, profile) if shaped else _unshaped(iri, held[iri], profile)
        forward = [_refined(each, shapes, profile) for each in forward if not set(each.iris) & set(_LABELS)]
        backward = _backward(iri, names, ways[iri], shapes if shaped else None)
        properties = [Property("name", naming, Kind.TEXT), *forward, *backward]
        told = [
            replace(each, name=name) for each, name in zip(properties, _names(p.name for p in properties), strict=True)
        ]
        n = profile.classes[iri] if profile.whole else 0
        made[names[iri]] = Class(names[iri], iri, n, tuple(told), (profile.later or {}).get(iri, 0))
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
            name = _TOLD_AS if field is _TOLD_BY else _local(field.path)
            found.append(Property(name, (field.path,), kind, classes if kind is Kind.THING else ()))
    return found


def _unshaped(iri: str, held: Iterable[tuple[str, Mapping[str, int]]], profile: Profile) -> list[Property]:
    found = []
    for path, sorts in held:
        if path != RDF + "type":
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


def _backward(
    iri: str, names: Mapping[str, str], ways: Iterable[tuple[str, str]], shapes: Shapes | None
) -> list[Property]:
    """Return the ways from things of a class to those that have them as a value.

    With shapes these are the classes that a shape gives the property to, not those below them, so that each way is
    offered once.
    """
    found = []
    for of, path in ways:
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
    found: dict[str, None] = {}
    last: dict[str, int] = {}
    for name in wanted:
        number, unique = last.get(name, 1), name
        while unique in found:
            number += 1
            unique = f"{name}-{number}"
        last[name] = number
        found[unique] = None
    return list(found)
