"""Themes and the other concepts: what they mean, what lies above and below, and what has them."""

from __future__ import annotations

from cityrights.resources.model import Link, Statement
from cityrights.vocabulary import SKOS
from cityrights_web.views.resource.heading import having
from cityrights_web.views.resource.view import Pointing, View

TEMPLATE = "things/concept.html"


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    related = [item for entry in view.facts(SKOS + "relatedMatch") for item in entry.statements]
    lead = view.pointers("theme", "targetGroup", "kind", "status", "pillar", "section", "offers", "approach")
    return {
        "broader": view.facts(SKOS + "broader"),
        "narrower": [card for item in view.pointers("broader") for _, held in item.kinds for card in held],
        "goals": [(item, goal(item)) for item in related if _is_goal(item)],
        "articles": [(item, "") for item in related if not _is_goal(item)],
        "facts_first": view.facts(SKOS + "related", SKOS + "scopeNote"),
        "lead": lead,
        "places": places(lead),
        "having": having(view),
        "definition": view.facts(SKOS + "definition"),
    }


def places(lead: tuple[Pointing, ...]) -> list[Link]:
    """Return the places of what has the concept, in the order of their names; what does not exist yet has none."""
    found: dict[str, Link] = {}
    for item in lead:
        for _, held in item.kinds:
            found |= {card.place.iri.value: card.place for card in held if card.place is not None and card.settled}
    return sorted(found.values(), key=lambda link: link.label.value.casefold())


def goal(statement: Statement) -> str:
    """Return the number of a Sustainable Development Goal or target: ``11.1``."""
    return statement.value.value.rstrip("/").rpartition("/")[2]


def _is_goal(statement: Statement) -> bool:
    return statement.value.value.startswith("http://metadata.un.org/sdg/")


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    scheme = view.d.iri.value.rpartition("/")[0]
    return {"@type": "DefinedTerm", "inDefinedTermSet": scheme, "termCode": view.key.rpartition("/")[2]}
