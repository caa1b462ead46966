"""What is around a thing, the most telling first: for a drawing, and for the list beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cityrights.resources.model import Description, Link
from cityrights.terms import Iri
from cityrights.vocabulary import CR, SKOS
from cityrights_web.layout import Layout
from cityrights_web.urls import thing_key
from cityrights_web.views.resource.view import rank

#: Most neighbours that are drawn; more would tell less.
MOST = 40

#: Properties that say how a thing is recorded, or that only repeat what another says.
_NOT_DRAWN = frozenset(
    {"about", "aspect", "modality", "passage", "heading", "status", "country", "untranslated", "closeTo"}
)
_NOT_KINDS = frozenset({"claim", "passage", "modality", "aspect", "status", "population", "reference", "section"})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A thing beside the one described, and the property that joins the two; ``outgoing`` says in which direction."""

    thing: Link
    kind: str
    by: Link
    outgoing: bool


def neighbours(found: Description) -> list[Neighbour]:
    """Return up to MOST neighbours, each once, the most telling kind first."""
    held: dict[str, Neighbour] = {}
    for one in _every(found):
        held.setdefault(one.thing.iri.value, one)
    ordered = sorted(held.values(), key=lambda one: (rank(one.kind), one.thing.label.value.casefold()))
    return ordered[:MOST]


def _every(found: Description) -> Iterator[Neighbour]:
    for statement in found.statements:
        predicate = statement.predicate.iri
        if isinstance(statement.value, Iri) and statement.label is not None and _drawn(predicate):
            kind = _kind(statement.value)
            if kind and statement.value != found.iri:
                yield Neighbour(Link(statement.value, statement.label), kind, statement.predicate, outgoing=True)
    for item in found.incoming:
        if _drawn(item.predicate.iri):
            for card in item.cards:
                kind = _kind(card.thing.iri)
                if kind and card.settled:
                    yield Neighbour(card.thing, kind, item.predicate, outgoing=False)


def _drawn(predicate: Iri) -> bool:
    ours = predicate.value.startswith(CR) and predicate.local_name not in _NOT_DRAWN
    return ours or predicate.value in (SKOS + "broader", SKOS + "related")


def _kind(thing: Iri) -> str:
    kind = (thing_key(thing.value) or "").partition("/")[0]
    return "" if kind in _NOT_KINDS else kind


def drawing(layout: Layout, found: Description, key: str) -> dict[str, object]:
    """Return the network as JSON: the centre, its neighbours, and what joins them."""
    beside = neighbours(found)

    def node(link: Link, kind: str) -> dict[str, object]:
        address = layout.urls.link(link.iri.value)
        return {"id": link.iri.value, "label": link.label.value, "kind": kind, "url": address}

    def edge(one: Neighbour) -> dict[str, object]:
        ends = (found.iri.value, one.thing.iri.value)
        source, target = ends if one.outgoing else ends[::-1]
        return {"source": source, "target": target, "label": one.by.label.value}

    return {
        "centre": found.iri.value,
        "nodes": [node(Link(found.iri, found.label), key.partition("/")[0])]
        + [node(one.thing, one.kind) for one in beside],
        "edges": [edge(one) for one in beside],
    }
