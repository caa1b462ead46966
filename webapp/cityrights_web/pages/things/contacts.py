"""Whom a reader can ask: the addresses that a document prints for questions about what it tells."""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.describe import Iri, Link, Literal, ask
from cityrights.describe.vocabulary import gather_labels
from cityrights_web.pages.frame import Frame


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers questions about a document, and the claim that says so."""

    who: Link
    email: str
    source: Iri
    claim: Iri


def contacts(around: Frame) -> tuple[Contact, ...]:
    """Return every contact that a document prints; few, and the same for all pages of a snapshot."""
    rows = ask(around.site.engine, "contacts")
    labels = gather_labels(rows, "who")
    found: dict[tuple[str, str, str], Contact] = {}
    for row in rows:
        who, email, source, claim = row["who"], row["email"], row["source"], row["claim"]
        if isinstance(email, Literal):
            link = around.site.vocabulary.link(Iri(str(who)), around.language, labels.get(str(who), ()))
            found[link.iri.value, email.value, str(source)] = Contact(
                link, email.value, Iri(str(source)), Iri(str(claim))
            )
    return tuple(found.values())
