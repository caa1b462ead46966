"""The page of a claim: the sentence, how it is meant, where it stands, what it states, and who says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.library.pages import ask
from cityrights.resources.description import claim_lines
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import ClaimLine, Link
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import CR
from cityrights_web.views.resource.view import View

TEMPLATE = "things/claim.html"


@dataclass(frozen=True, slots=True)
class Triple:
    """One statement of a claim's graph, with labels."""

    subject: Link
    predicate: Link
    value: Iri | Literal
    label: Literal | None


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    lines = line_and_conflicts(view)
    return {
        "line": lines.pop(view.d.iri.value, None),
        "conflicts": list(lines.values()),
        "triples": triples(view),
        "about": view.facts("subject", "mentions", "theme", "targetGroup", "saidBy"),
        "facts_first": view.facts("aspect", "heading", "source", "passage", "reference", "modality"),
        "stated": view.facts("conflictsWith"),
    }


def line_and_conflicts(view: View) -> dict[str, ClaimLine]:
    """Return the claim itself and those that contradict it, by IRI."""
    rows = ask(view.layout.site.engine, "claim_line", {"thing": view.d.iri})
    return claim_lines(rows, view.layout.site.vocabulary, view.layout.language)


def triples(view: View) -> list[Triple]:
    """Return what the claim's graph states."""
    vocabulary, language = view.layout.site.vocabulary, view.layout.language
    rows = ask(view.layout.site.engine, "claim_graph", {"claim": view.d.iri})
    labels = {**gather_labels(rows, "s", "sLabel"), **gather_labels(rows, "o", "oLabel")}
    found: dict[tuple[str, str, str], Triple] = {}
    for row in rows:
        subject, predicate, value = row["s"], row["p"], row["o"]
        found[str(subject), str(predicate), repr(value)] = Triple(
            vocabulary.link(Iri(str(subject)), language, labels.get(str(subject), ())),
            vocabulary.link(Iri(str(predicate)), language),
            value,
            vocabulary.label(value.value, language, labels.get(value.value, ())) if isinstance(value, Iri) else None,
        )
    return sorted(found.values(), key=lambda item: (item.subject.label.value, item.predicate.label.value))


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    sources = [
        {"@type": "CreativeWork", "@id": item.value.value, "name": item.label.value if item.label else ""}
        for item in view.d.values(CR + "source")
    ]
    text = next((str(item.value) for item in view.d.values(CR + "text")), "")
    return {"@type": "Claim", "text": text, "appearance": sources}
