"""What the description of a resource holds, in the reader's language: plain data, and how a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cityrights import notebook
from cityrights.terms import Iri, Literal, Term

#: Local names of the statuses of what does not exist yet.
UNSETTLED = ("underway", "planned")


class Origin(StrEnum):
    """Who answers for a statement: the kind of named graph that holds it."""

    CLAIM = "claim"
    DECISION = "decision"
    CLAIMS = "claims"
    LABELS = "labels"
    TRANSLATIONS = "translations"
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

    def record(self) -> dict[str, str]:
        """Return the thing as an object of JSON."""
        return {"iri": self.iri.value, "label": self.label.value}


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim as a line of evidence. ``first`` and ``last`` are line numbers from 1, None where it cites no passage.

    With ``is_row`` they are rows of a table. ``page`` is the page on which they are, 0 where the document has none.
    ``licence`` is that of what the claim states, empty where it is that of the data set.
    """

    iri: Iri
    number: str
    text: Literal
    modality: Link
    aspect: Link | None
    source: Link
    first: int | None
    last: int | None
    is_row: bool = False
    page: int = 0
    licence: str = ""

    @property
    def where(self) -> str:
        """The lines in words, such as ``lines 3–5``; nothing where it cites no passage."""
        if self.first is None:
            return ""
        return f"line {self.first}" if self.first == self.last else f"lines {self.first}–{self.last}"

    def record(self) -> dict[str, Any]:
        """Return the claim as an object of JSON, as ``CLAIM_SCHEMA`` describes it: the same wherever one is told."""
        return {
            "claim": self.iri.value,
            "number": self.number,
            "text": self.text.value,
            "modality": self.modality.record(),
            "source": self.source.record(),
            "firstLine": self.first,
            "lastLine": self.last,
        }

    def flat(self) -> dict[str, Any]:
        """Return it with IRIs alone, as some outputs of 2026.2 have it, which keep that for one release."""
        return self.record() | {"modality": self.modality.iri.value, "source": self.source.iri.value}


def _thing(means: str) -> dict[str, Any]:
    """Return the JSON schema of a :class:`Link`."""
    parts = {"iri": {"type": "string", "format": "iri"}, "label": {"type": "string"}}
    return {"type": "object", "required": [*parts], "properties": parts, "description": means}


#: A claim in JSON (JSON Schema 2020-12): at addresses that end in .json, by ``--json``, and of tools for assistants.
CLAIM_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "One thing that one document says, in a sentence of ours.",
    "required": ["claim", "number", "text", "modality", "source", "firstLine", "lastLine"],
    "properties": {
        "claim": {"type": "string", "format": "iri", "description": "The claim, which is also the graph that says so."},
        "number": {"type": "string", "description": "Its number as people write it: A57."},
        "text": {"type": "string", "description": "Our sentence, in the language that was asked for where it is told."},
        "modality": _thing("How it is meant: asserted, underway, planned, quotation …"),
        "source": _thing("The document."),
        "firstLine": {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "Where it stands: a line, or a row of a table; null where it cites no passage.",
        },
        "lastLine": {"type": ["integer", "null"], "minimum": 1},
    },
}


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision of the editors as a line of evidence: its number, why, by whom, and on which day (ISO 8601)."""

    iri: Iri
    number: str
    reason: Literal
    date: str
    by: Link | None


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
    """One named graph that holds a statement; with its claim or decision when the graph is that of one.

    A decision that prefers the statement to another, and holds it in no graph, is evidence of its own.
    """

    provenance: Provenance
    claim: ClaimLine | None = None
    decision: DecisionLine | None = None

    def html(self) -> str:
        """Return who says so, as a notebook shows it: the claim with its lines, the decision, or what graph it is."""
        if self.decision is not None:
            told = notebook.link(self.decision.iri.value, f"decision {self.decision.number}")
            return f"{told} {notebook.text(self.decision.reason.value)}"
        if self.claim is None:
            return notebook.link(self.provenance.graph.value, self.provenance.origin.value)
        claim = self.claim
        lines = f", {claim.where}" if claim.where else ""
        said = notebook.link(claim.iri.value, f"{claim.number}")
        return f"{said} {notebook.text(claim.text.value)} ({notebook.text(claim.source.label.value)}{lines})"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about the thing described, and every graph that holds it, claims first."""

    predicate: Link
    value: Term
    label: Literal | None
    evidence: tuple[Evidence, ...]
    #: Whether the editors prefer it to another value, and why stands in its evidence.
    preferred: bool = False
    #: Whether a claim that contradicts one of its own gives another value.
    disputed: bool = False

    def cells(self) -> list[str]:
        """Return property and value as cells of a table in a notebook."""
        value = self.value
        if isinstance(value, Iri):
            shown = notebook.link(value.value, self.label.value if self.label else "")
        else:
            shown = notebook.text(value.value, value.language)
        return [notebook.link(self.predicate.iri.value, self.predicate.label.value), shown]

    @property
    def derived_only(self) -> bool:
        """Say whether only rules say so."""
        return all(item.provenance.origin is Origin.DERIVED for item in self.evidence)


@dataclass(frozen=True, slots=True)
class Card:
    """A thing in a list: label, and where they are known status, place, kinds, themes, and what a number measures.

    ``said`` are its figures and dates by the local name of their property: ``printed``, ``value``, ``year`` …
    """

    thing: Link
    status: Link | None = None
    place: Link | None = None
    kinds: tuple[Link, ...] = ()
    themes: tuple[Link, ...] = ()
    measure: Link | None = None
    said: tuple[tuple[str, Literal], ...] = ()

    @property
    def settled(self) -> bool:
        """Say whether it exists: neither underway nor planned."""
        return self.status is None or self.status.iri.local_name not in UNSETTLED

    @property
    def standing(self) -> Link | None:
        """The status where it has to be told beside the name: of what does not exist yet, or no more."""
        told = self.status is not None and self.status.iri.local_name in (*UNSETTLED, "ended")
        return self.status if told else None

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

    def __repr__(self) -> str:
        told = f"{len(self.statements)} statements, {len(self.claims)} claims"
        return f"<Description of {self.iri.value}: {self.label.value}, {told}>"

    def _repr_html_(self) -> str:
        """Return the description as a notebook shows it: each statement with who says so, and what points here."""
        kinds = ", ".join(notebook.text(one.label.value) for one in self.types)
        summary = f"<p>{notebook.text(self.summary.value, self.summary.language)}</p>" if self.summary else ""
        told = [one for one in self.statements if not one.derived_only]
        rows = ([*one.cells(), "<br>".join(proof.html() for proof in one.evidence)] for one in told)
        pointing = notebook.listed(
            f"{notebook.text(one.predicate.label.value)}: {one.total:,} things have this" for one in self.incoming
        )
        head = f"<p><strong>{notebook.link(self.iri.value, self.label.value)}</strong> {kinds}</p>"
        table = notebook.table(("property", "value", "who says so"), rows, len(told))
        return f"{head}{summary}{table}{pointing if self.incoming else ''}"

    def values(self, predicate: str) -> tuple[Statement, ...]:
        """Return the statements with the property whose IRI is ``predicate``."""
        return tuple(item for item in self.statements if item.predicate.iri.value == predicate)

    def is_a(self, class_iri: str) -> bool:
        """Say whether the thing is of the class with this IRI."""
        return any(link.iri.value == class_iri for link in self.types)
