"""From the terms and rows of the engine to those of the answers."""

from __future__ import annotations

from typing import Final

from cityrights.assistants.answers import Claim, Evidence, Named, Value
from cityrights.describe import ClaimLine, Iri, Link, Literal, Term
from cityrights.describe import Evidence as Proof
from cityrights.namespaces import RDF, XSD

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
