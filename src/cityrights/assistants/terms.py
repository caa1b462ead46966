"""From the terms and rows of the engine to those of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cityrights.assistants.answers import Claim, Evidence, Named, Value
from cityrights.describe import ClaimLine, Iri, Link, Literal, Term
from cityrights.describe import Evidence as Proof
from cityrights.namespaces import RDF, XSD

#: Rows that one answer has unless asked otherwise, the most it has, and the most that are counted.
ROWS: Final = 50
MOST_ROWS: Final = 500
COUNTED: Final = 10_000
_UNSAID: Final = (XSD + "string", RDF + "langString")


def value_of(term: Term, label: Literal | None = None) -> Value:
    """Return a term with its label."""
    if isinstance(term, Iri):
        return Value(iri=term.value, label=label.value if label else None)
    datatype = None if term.datatype in _UNSAID else term.datatype
    return Value(text=term.value, language=term.language or None, datatype=datatype)


def named(link: Link) -> Named:
    """Return a thing with its label."""
    return Named(iri=link.iri.value, label=link.label.value)


def claim_of(line: ClaimLine) -> Claim:
    """Return a claim with its source and lines."""
    return Claim(
        iri=line.iri.value,
        number=line.number,
        text=line.text.value,
        modality=named(line.modality),
        source=named(line.source),
        first_line=line.first,
        last_line=line.last,
    )


def evidence_of(proof: Proof) -> Evidence:
    """Return who says so."""
    return Evidence(origin=proof.provenance.origin.value, iri=proof.provenance.graph.value)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer: from ``offset``; ``total`` counts all, at most COUNTED where it is not exact."""

    rows: list[dict[str, Value]]
    total: int
    exact: bool
    offset: int

    @property
    def next_offset(self) -> int | None:
        """Where the rows after these begin; None where there are none, or none that can be reached."""
        last = self.offset + len(self.rows)
        return last if self.rows and last < self.total else None

    @property
    def truncated(self) -> bool:
        """Whether there are other rows than these."""
        return len(self.rows) < self.total or not self.exact


def page_of(rows: Sequence[Mapping[str, Term]], limit: int, offset: int, *, exact: bool = True) -> Page:
    """Return the rows from ``offset``, at most ``limit``."""
    some = [{name: value_of(term) for name, term in row.items()} for row in rows[offset : offset + limit]]
    return Page(some, len(rows), exact, offset)
