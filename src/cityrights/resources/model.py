"""What the description of a resource holds: plain data, in the reader's language, with no HTML in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cityrights.terms import Iri, Literal, Term

#: Local names of the statuses of what does not exist yet.
UNSETTLED = ("underway", "planned")


class Origin(StrEnum):
    """Who answers for a statement: the kind of named graph that holds it."""

    CLAIM = "claim"
    CLAIMS = "claims"
    LABELS = "labels"
    INDEXING = "indexing"
    EDITORIAL = "editorial"
    ENRICHMENT = "enrichment"
    DERIVED = "derived"
    VOCABULARY = "vocabulary"
    DATASET = "dataset"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Link:
    """A thing by its IRI and the label to show; ``label.language`` says when it is not the reader's."""

    iri: Iri
    label: Literal


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim as a line of evidence. ``first`` and ``last`` are line numbers from 1, None where it cites no passage."""

    iri: Iri
    number: str
    text: Literal
    modality: Link
    aspect: Link | None
    source: Link
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the data set says of a graph: its title, the sources it was made from, its licence."""

    graph: Iri
    origin: Origin
    title: Literal | None = None
    sources: tuple[Term, ...] = ()
    licences: tuple[Term, ...] = ()
    notes: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One named graph that holds a statement; with its claim when the graph is a claim's."""

    provenance: Provenance
    claim: ClaimLine | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about the thing described, and every graph that holds it, claims first."""

    predicate: Link
    value: Term
    label: Literal | None
    evidence: tuple[Evidence, ...]

    @property
    def derived_only(self) -> bool:
        """Say whether only rules say so."""
        return all(item.provenance.origin is Origin.DERIVED for item in self.evidence)


@dataclass(frozen=True, slots=True)
class Card:
    """A thing in a list: label, and where they are known status, place, kinds and themes.

    ``said`` are its figures and dates by the local name of their property: ``printed``, ``value``, ``year`` …
    """

    thing: Link
    status: Link | None = None
    place: Link | None = None
    kinds: tuple[Link, ...] = ()
    themes: tuple[Link, ...] = ()
    said: tuple[tuple[str, Literal], ...] = ()

    @property
    def settled(self) -> bool:
        """Say whether it exists: neither underway nor planned."""
        return self.status is None or self.status.iri.local_name not in UNSETTLED

    def word(self, name: str) -> Literal | None:
        """Return what is said under this local name; where sources differ, what says most: a date before a month."""
        return max((value for key, value in self.said if key == name), key=lambda value: len(value.value), default=None)


@dataclass(frozen=True, slots=True)
class Incoming:
    """The things that point to the thing described with one property: how many, and one page of them."""

    predicate: Link
    total: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class AboutLine:
    """A claim about the thing: ``links`` are the local names of the properties that join the two."""

    claim: ClaimLine
    links: frozenset[str]


@dataclass(frozen=True, slots=True)
class Description:
    """Everything that a page shows of one thing."""

    iri: Iri
    label: Literal
    summary: Literal | None
    types: tuple[Link, ...]
    statements: tuple[Statement, ...]
    claims: tuple[AboutLine, ...]
    incoming: tuple[Incoming, ...]

    def values(self, predicate: str) -> tuple[Statement, ...]:
        """Return the statements with the property whose IRI is ``predicate``."""
        return tuple(item for item in self.statements if item.predicate.iri.value == predicate)

    def is_a(self, class_iri: str) -> bool:
        """Say whether the thing is of the class with this IRI."""
        return any(link.iri.value == class_iri for link in self.types)
