"""The terms of the ontology as its page shows them: meaning, place among the others, use, and a query to try."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cityrights.library.pages import ask
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain
from cityrights.vocabulary import BASE, CR, OWL, PREFIXES, RDF, RDFS, SKOS
from cityrights_web.layout import Layout

ONTOLOGY: Final = BASE + "ontology"
_SCHEMA: Final = PREFIXES["schema"]
_FEATURES: Final = ("TransitiveProperty", "SymmetricProperty", "FunctionalProperty", "InverseFunctionalProperty")


@dataclass(frozen=True, slots=True)
class Name:
    """A term as others refer to it: its IRI, how it is written, whether it is described on the page."""

    iri: str
    short: str
    own: bool

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return self.iri.rpartition("#")[2]


@dataclass(frozen=True)
class Meaning:
    """One term: what the vocabulary says of it (``said``), and how often the graph uses it (None: never counted)."""

    name: Name
    is_class: bool
    label: Literal
    definition: Literal
    example: str
    notes: tuple[Literal, ...]
    features: tuple[str, ...]
    domain: tuple[Name, ...]
    range: tuple[Name, ...]
    above: tuple[Name, ...]
    inverse: tuple[Name, ...]
    see: tuple[Name, ...]
    disjoint: tuple[Name, ...]
    uses: int | None

    @cached_property
    def query(self) -> str:
        """A query that shows ten of its uses."""
        pattern = f"?thing a {self.name.short}" if self.is_class else f"?thing {self.name.short} ?value"
        chosen = "?thing ?label" if self.is_class else "?thing ?label ?value"
        return (
            f"PREFIX cr: <{CR}>\nPREFIX rdfs: <{RDFS}>\n\nSELECT {chosen} WHERE {{\n  {pattern} .\n"
            '  OPTIONAL { ?thing rdfs:label ?label FILTER (LANG(?label) = "en") }\n}\nLIMIT 10\n'
        )


@dataclass(frozen=True, slots=True)
class Branch:
    """A class and those below it."""

    name: Name
    label: Literal
    below: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A list of concepts."""

    iri: str
    label: Literal
    definition: Literal
    concepts: tuple[tuple[str, Literal], ...]


def read_terms(layout: Layout) -> list[Meaning]:
    """Return every term of the ontology in the order of the names."""
    engine = layout.site.engine
    held: defaultdict[str, defaultdict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(engine, "ontology_statements", {"ontology": Iri(ONTOLOGY)}):
        held[str(row["term"])][str(row["p"])].append(row["o"])
    uses = {str(row["term"]): int(str(row["n"])) for row in ask(engine, "ontology_usage")}
    found = [_meaning(iri, said, frozenset(held), uses.get(iri), layout.language) for iri, said in held.items()]
    return sorted(found, key=lambda meaning: meaning.name.anchor.casefold())


def _meaning(
    iri: str, said: defaultdict[str, list[Term]], own: frozenset[str], uses: int | None, language: str
) -> Meaning:
    chain = fallback_chain(language)

    def words(predicate: str) -> Literal:
        found = best_label((value for value in said[predicate] if isinstance(value, Literal)), chain)
        return found or Literal("")

    def names(*predicates: str) -> tuple[Name, ...]:
        iris = {value.value for predicate in predicates for value in said[predicate] if isinstance(value, Iri)}
        return tuple(sorted((name(one, own) for one in iris), key=lambda item: (not item.own, item.short.casefold())))

    types = {str(value).removeprefix(OWL) for value in said[RDF + "type"]}
    note = words(SKOS + "scopeNote")
    return Meaning(
        name(iri, own),
        "Class" in types,
        words(RDFS + "label") if said[RDFS + "label"] else Literal(iri.rpartition("#")[2]),
        words(SKOS + "definition"),
        words(SKOS + "example").value,
        (note,) if note.value else (),
        tuple(feature for feature in _FEATURES if feature in types),
        names(RDFS + "domain", _SCHEMA + "domainIncludes"),
        names(RDFS + "range", _SCHEMA + "rangeIncludes"),
        names(RDFS + "subClassOf", RDFS + "subPropertyOf", OWL + "equivalentClass", OWL + "equivalentProperty"),
        names(OWL + "inverseOf"),
        names(RDFS + "seeAlso"),
        names(OWL + "disjointWith"),
        uses,
    )


def name(iri: str, own: frozenset[str] = frozenset()) -> Name:
    """Return how a term is written: with its prefix where it has a known one."""
    for prefix, base in PREFIXES.items():
        rest = iri[len(base) :]
        if iri.startswith(base) and rest and "/" not in rest and "#" not in rest:
            return Name(iri, f"{prefix}:{rest}", iri in own)
    return Name(iri, iri, iri in own)


def hierarchy(classes: Iterable[Meaning]) -> tuple[Branch, ...]:
    """Return the classes as trees, the most general at the top; one with two parents stands under both."""
    listed = {meaning.name.iri: meaning for meaning in classes}
    below: defaultdict[str, list[str]] = defaultdict(list)
    for iri, meaning in listed.items():
        for parent in meaning.above:
            if parent.iri in listed:
                below[parent.iri].append(iri)

    def branch(iri: str, seen: frozenset[str]) -> Branch:
        children = tuple(branch(child, seen | {iri}) for child in below[iri] if child not in seen)
        return Branch(listed[iri].name, listed[iri].label, children)

    return tuple(
        branch(iri, frozenset()) for iri, one in listed.items() if not any(up.iri in listed for up in one.above)
    )


def read_schemes(layout: Layout) -> list[Scheme]:
    """Return the lists of concepts in the order of their names."""
    chain = fallback_chain(layout.language)
    names: defaultdict[str, list[Literal]] = defaultdict(list)
    definitions: defaultdict[str, list[Literal]] = defaultdict(list)
    concepts: defaultdict[str, defaultdict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(layout.site.engine, "ontology_schemes"):
        scheme = str(row["scheme"])
        for variable, kept in (("name", names[scheme]), ("definition", definitions[scheme])):
            if isinstance(value := row.get(variable), Literal):
                kept.append(value)
        if "concept" in row and isinstance(label := row.get("label"), Literal):
            concepts[scheme][str(row["concept"])].append(label)

    def best(held: list[Literal]) -> Literal:
        return best_label(held, chain) or Literal("")

    found = [
        Scheme(
            scheme,
            best(names[scheme]),
            best(definitions[scheme]),
            tuple(
                sorted(
                    ((iri, best(held)) for iri, held in concepts[scheme].items()),
                    key=lambda one: one[1].value.casefold(),
                )
            ),
        )
        for scheme in names
        if names[scheme]
    ]
    return sorted(found, key=lambda scheme: scheme.label.value.casefold())
