"""The schema of a graph: what its ontology and SHACL shapes say of classes, shapes as documents, and what is used."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.home import listed
from cityrights.library.pages import ask_of_each, page_query
from cityrights.terms import Iri, Literal, Term, rows
from cityrights.vocabulary import OWL, PREFIXES, RDF, RDFS, SKOS, VOCABULARY
from sparqlgate import Limits, Query, Store
from sparqlgate.errors import QueryMemory, QueryTimeout

_SH: Final = PREFIXES["sh"]
_BY: Final = ox.NamedNode(RDFS + "isDefinedBy")
_MEANING: Final = SKOS + "definition"
#: Where the IRIs of shapes begin, and the file of what several of them share.
SHAPES: Final = VOCABULARY + "shapes/"
_COMMON: Final = "common"

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
    return tuple(shape for path in listed(folder, "*.ttl") for shape in _shapes(path))


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
    known = _said([*listed(ontology, "*.ttl"), *listed(ontology / "shapes", "*.ttl")])
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


log = logging.getLogger("cityrights")

#: How long, in seconds, a graph may take to be counted; one that takes longer is described less closely.
_PATIENCE: Final = 8.0


@dataclass(frozen=True)
class Usage:
    """How a graph uses its vocabulary; every mapping begins with what is most frequent.

    ``classes`` is how many things each class has, ``properties`` how many triples each property, ``together`` how many
    triples of each property the things of a class have. Each is empty where a graph is too large for it.
    ``labels`` and ``meanings`` are the texts of those terms that the graph describes.
    """

    classes: Mapping[str, int]
    properties: Mapping[str, int]
    together: Mapping[str, Mapping[str, int]]
    labels: Mapping[str, tuple[Literal, ...]]
    meanings: Mapping[str, tuple[Literal, ...]]


def read_usage(engine: Store, limits: Limits) -> Usage:
    """Count the vocabulary of a graph; what takes too long is left out. Raises QueryError where the engine fails."""
    patient = replace(limits, seconds=min(limits.seconds, _PATIENCE))
    classes = _counted(_ask(engine, "usage_classes", patient), "class")
    properties = _counted(_ask(engine, "usage_properties", patient), "property")
    together: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in _ask(engine, "usage_pairs", patient):
        together[str(row["class"])][str(row["property"])] = int(str(row["n"]))
    texts = _texts(engine, [*classes, *properties])
    return Usage(classes, properties, dict(together), texts["label"], texts["meaning"])


def _ask(engine: Store, name: str, limits: Limits) -> list[dict[str, Term]]:
    try:
        with engine.query(Query(page_query(name), limits=limits)) as result:
            return rows(result.read())
    except (QueryTimeout, QueryMemory) as error:
        log.warning("%s: not counted, the graph is too large: %s", name, error)
        return []


def _counted(found: list[dict[str, Term]], name: str) -> dict[str, int]:
    return {str(row[name]): int(str(row["n"])) for row in found if isinstance(row.get(name), Iri)}


def _texts(engine: Store, terms: list[str]) -> dict[str, dict[str, tuple[Literal, ...]]]:
    """Return the labels and the meanings of terms, by the name of the two."""
    held: dict[str, defaultdict[str, list[Literal]]] = {"label": defaultdict(list), "meaning": defaultdict(list)}
    for row in ask_of_each(engine, "term_texts", "x", terms):
        text = row.get("text")
        if isinstance(text, Literal):
            held[str(row["kind"])][str(row["x"])].append(text)
    return {kind: {term: tuple(texts) for term, texts in known.items()} for kind, known in held.items()}


def shape_names(ontology: Path) -> tuple[str, ...]:
    """Return the names of the documents of shapes, one for each file in ``ontology/shapes`` but what they share."""
    return tuple(path.stem for path in listed(ontology / "shapes", "*.ttl") if path.stem != _COMMON)


def shapes_document(ontology: Path, name: str = "") -> list[ox.Triple]:
    """Return the SHACL shapes of one document, whole, or of all when none is named.

    Whole is what can be loaded alone: with the lists, the small shapes and the prefixes that it refers to (SHACL,
    section 1.5: a shapes graph). Each property shape has the name and the meaning of its property, its place in the
    order of the file, and its group (section 2.3.2). ``common`` is what several documents share, their lists and small
    shapes. Raises KeyError when there is no such document.
    """
    shapes = _published(ontology)
    if not name:
        return [triple for said in shapes.values() for triple in said]
    iri = f"{SHAPES}{name}"
    waiting = [one for one in shapes if one == iri or one.startswith(f"{iri}#")]
    if not waiting:
        raise KeyError(name)
    found = dict.fromkeys([iri] if iri in shapes else [])
    while waiting:
        one = waiting.pop()
        found[one] = None
        links = (t.object.value for t in shapes[one] if isinstance(t.object, ox.NamedNode) and t.predicate != _BY)
        waiting += [link for link in links if link in shapes and link not in found]
    return [triple for one in found for triple in shapes[one]]


@lru_cache(maxsize=4)
def _published(ontology: Path) -> Mapping[str, list[ox.Triple]]:
    """Return the triples of all shapes by their subject, with what the ontology says of their properties."""
    shapes = _by_subject(listed(ontology / "shapes", "*.ttl"))
    words = _by_subject(listed(ontology, "*.ttl"))
    # What the file of shared things says of a property is said of the shapes with that path, and not of the property.
    shared = {iri: shapes.pop(iri) for iri in [*shapes] if not iri.startswith(SHAPES)}
    for said in shapes.values():
        if any(triple.predicate.value == _SH + "targetClass" for triple in said):
            said += _named(
                said, _SH + "targetClass", words, {RDFS + "label": RDFS + "label", _MEANING: RDFS + "comment"}
            )
            for order, one in enumerate([t.object for t in said if t.predicate.value == _SH + "property"], 1):
                if isinstance(one, ox.NamedNode) and one.value in shapes:
                    shapes[one.value].append(ox.Triple(one, ox.NamedNode(_SH + "order"), ox.Literal(order)))
        if any(triple.predicate.value == _SH + "path" for triple in said):
            said += _named(said, _SH + "path", words, {RDFS + "label": _SH + "name", _MEANING: _SH + "description"})
            said += _named(
                said, _SH + "path", shared, {_SH + name: _SH + name for name in ("name", "description", "group")}
            )
    return shapes


def _named(
    said: Sequence[ox.Triple], by: str, words: Mapping[str, Sequence[ox.Triple]], renamed: Mapping[str, str]
) -> list[ox.Triple]:
    """Return for a shape, under other names, what is said of the one thing to which it leads ``by``."""
    leads = [t.object.value for t in said if t.predicate.value == by and isinstance(t.object, ox.NamedNode)]
    told = {triple.predicate.value for triple in said}
    return [
        ox.Triple(said[0].subject, ox.NamedNode(renamed[of.predicate.value]), of.object)
        for of in (words.get(leads[0], ()) if len(leads) == 1 else ())
        if of.predicate.value in renamed and renamed[of.predicate.value] not in told
    ]


def _by_subject(paths: Iterable[Path]) -> dict[str, list[ox.Triple]]:
    """Return the triples of Turtle files by their subject, in the order in which they come."""
    found: defaultdict[str, list[ox.Triple]] = defaultdict(list)
    for path in paths:
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode):
                found[quad.subject.value].append(quad.triple)
    return dict(found)
