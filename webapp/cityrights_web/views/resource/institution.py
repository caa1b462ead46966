"""Institutions and figures: what kind, for whom they answer, what they look like elsewhere, what brought them about."""

from __future__ import annotations

from cityrights.terms import Iri
from cityrights.vocabulary import CR
from cityrights_web.views.resource.view import View

TEMPLATE = "things/institution.html"


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    return {
        "facts_first": view.facts("kind", "institutionOf", "place", "country", "worksWith"),
        "mandate": view.facts("monitors", "offers", "targetGroup", "theme", "approach"),
        "likeness": view.facts("replicates", "similarTo"),
        "origin": view.facts("establishedThrough", "formedThrough", "follows", "respondsTo"),
        "lead": view.pointers("establishes", "replicates", "similarTo", "post"),
    }


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    of = [item for item in view.d.values(CR + "institutionOf") if isinstance(item.value, Iri)]
    data: dict[str, object] = {"@type": "GovernmentOrganization"}
    if of:
        data["parentOrganization"] = [
            {"@type": "GovernmentOrganization", "@id": item.value.value, "name": item.label.value if item.label else ""}
            for item in of
        ]
    return data
