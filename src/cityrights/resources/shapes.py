"""SHACL shapes as the pages and the query builder read them: the rules for each class, and the fields that it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.vocabulary import OWL, PREFIXES, RDF, RDFS

_SH: Final = PREFIXES["sh"]

#: Subject → property → values, all by their text.
_About = Mapping[str, Mapping[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the property that it is about (empty for a rule about the whole), how many values, what to do."""

    path: str
    least: str
    most: str
    message: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The rules for the things of one class; ``name`` is the file's, without its extension."""

    name: str
    target: str
    rules: tuple[Rule, ...]


@lru_cache(maxsize=4)
def read_shapes(folder: Path) -> tuple[Shape, ...]:
    """Read every shape that has a target class from the Turtle files of ``folder``, in the order of their names."""
    return tuple(shape for path in sorted(folder.glob("*.ttl")) for shape in _shapes(path))


def _shapes(path: Path) -> list[Shape]:
    about = _said([path])

    def rule(iri: str) -> Rule:
        said = about.get(iri, {})
        return Rule(*(next(iter(said.get(_SH + name, ())), "") for name in ("path", "minCount", "maxCount", "message")))

    return [
        Shape(path.stem, target, tuple(map(rule, [*said.get(_SH + "property", ()), *said.get(_SH + "sparql", ())])))
        for said in about.values()
        for target in said.get(_SH + "targetClass", ())[:1]
    ]


@dataclass(frozen=True, slots=True)
class Field:
    """What a shape says of one property: classes or datatypes of its values, and whether they are codes of a list."""

    path: str
    classes: tuple[str, ...] = ()
    datatypes: tuple[str, ...] = ()
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Shapes:
    """Fields of each class, in the order of its file, and classes above each.

    ``transitive`` properties hold over several steps; those that hold ``both_ways`` have another for the way back, or
    are that themselves.
    """

    fields: Mapping[str, tuple[Field, ...]]
    above: Mapping[str, tuple[str, ...]]
    transitive: frozenset[str]
    both_ways: frozenset[str] = frozenset()

    def lineage(self, iri: str) -> tuple[str, ...]:
        """Return a class and everything above it, the nearest first."""
        found, waiting = {iri: None}, [iri]
        while waiting:
            for above in self.above.get(waiting.pop(0), ()):
                if above not in found:
                    found[above] = None
                    waiting.append(above)
        return tuple(found)

    def of(self, iri: str) -> tuple[Field, ...]:
        """Return the fields of a class with those that it has from the classes above it, each path once.

        A narrower class may say less of a field than a wider one (only that it must be there): what is said counts.
        """
        found: dict[str, Field] = {}
        for name in self.lineage(iri):
            for field in self.fields.get(name, ()):
                known = found.get(field.path)
                if known is None or not (known.classes or known.datatypes):
                    found[field.path] = field
        return tuple(found.values())


@lru_cache(maxsize=4)
def read_fields(ontology: Path) -> Shapes:
    """Read ``shapes/*.ttl`` and the classes and properties of every Turtle file in the folder ``ontology``."""
    known = _said([*sorted(ontology.glob("*.ttl")), *sorted((ontology / "shapes").glob("*.ttl"))])
    fields: dict[str, tuple[Field, ...]] = {}
    for said in known.values():
        targets = said.get(_SH + "targetClass", [])
        held = [_field(known, iri) for iri in said.get(_SH + "property", [])] if targets else []
        for target in targets:
            fields[target] = tuple(field for field in held if field is not None)
    above = {
        iri: tuple(sorted(said[RDFS + "subClassOf"])) for iri, said in known.items() if RDFS + "subClassOf" in said
    }
    types = {iri: said.get(RDF + "type", ()) for iri, said in known.items()}
    pairs = {iri: said[OWL + "inverseOf"] for iri, said in known.items() if OWL + "inverseOf" in said}
    both_ways = {iri for iri, held in types.items() if OWL + "SymmetricProperty" in held}
    both_ways.update(pairs, *pairs.values())
    transitive = frozenset(iri for iri, held in types.items() if OWL + "TransitiveProperty" in held)
    return Shapes(fields, above, transitive, frozenset(both_ways))


def _field(about: _About, iri: str) -> Field | None:
    """Read a property shape: None for one that forbids its property, or whose path is more than a property."""
    said = about.get(iri, {})
    path = next(iter(said.get(_SH + "path", ())), "")
    if not path or said.get(_SH + "maxCount") == ["0"]:
        return None
    choices = [about.get(node, {}) for head in said.get(_SH + "or", ()) for node in _list(about, head)]
    return Field(
        path,
        _values("class", said, *choices),
        _values("datatype", said, *choices),
        coded=_SH + "in" in said,
    )


def _values(name: str, *nodes: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(value for node in nodes for value in node.get(_SH + name, ()))


def _list(about: _About, head: str) -> Iterator[str]:
    """Yield the members of an RDF list; one that runs in a circle ends where it began."""
    seen: set[str] = set()
    while head in about and head not in seen:
        seen.add(head)
        yield from about[head].get(RDF + "first", ())
        head = next(iter(about[head].get(RDF + "rest", ())), "")


def _said(paths: Iterable[Path]) -> _About:
    """Return what Turtle files say of things that have names."""
    about: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in paths:
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
                about[quad.subject.value][quad.predicate.value].append(quad.object.value)
    return about
