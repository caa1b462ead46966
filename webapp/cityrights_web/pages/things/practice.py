"""Practices: the challenge, the approach, what was learnt, who does it and for whom, and what is like it."""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.describe import Link, ask, shown
from cityrights.describe.connected import name_all
from cityrights.errors import SnapshotError, UnknownThing
from cityrights.namespaces import CR
from cityrights_web.pages.things.view import View
from cityrights_web.urls import is_linkable

TEMPLATE = "things/practice.html"

#: Section of the page and the property that joins a practice to its claims.
_SECTIONS = (("challenge", "challenge"), ("approach", "solution"), ("takeaways", "takeaway"))
_MOST_PAGES = 20
#: Practices that are named as similar, and things that each shares.
_SIMILAR, _TOLD = 4, 3


@dataclass(frozen=True, slots=True)
class Similar:
    """A practice that has much in common with the one of the page, and what."""

    thing: Link
    shared: tuple[Link, ...]


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    references = view.facts("reference")
    told = [(name, view.told(link)) for name, link in _SECTIONS]
    return {
        "told": [(name, lines) for name, lines in told if lines],
        "who": view.facts("implementedBy", "partner", "funder", "worksWith"),
        "whom": view.facts("targetGroup"),
        "themes": view.facts("theme"),
        "facts_first": view.facts("country", "start", "end", "offers", "kind"),
        "made": view.facts("establishes", "adopts", "organises", "replicates", "similarTo"),
        "references": references,
        "pages": web_pages(view) if references else {},
        "similar": similar(view),
        "similar_query": shown("practice_similar", {"thing": view.d.iri}),
    }


def web_pages(view: View) -> dict[str, str]:
    """Return the addresses of the web pages that the documents cite for the practice, by the reference's IRI."""
    rows = ask(view.around.site.engine, "practice_pages", {"thing": view.d.iri}, limit=_MOST_PAGES)
    return {str(row["reference"]): str(row["url"]) for row in rows if is_linkable(str(row["url"]))}


def similar(view: View) -> list[Similar]:
    """Return the practices that share most with this one, by the measure that connections of places have, too.

    What is underway or planned is left out.
    """
    site, language = view.around.site, view.around.language
    try:
        found = site.connections.similar_practices(view.d.iri.value, _SIMILAR)
    except (UnknownThing, SnapshotError):  # a practice without a place, or a snapshot without connections
        return []
    names = name_all(
        site.engine, site.vocabulary, [iri for one in found for iri in (one.thing, *one.shared[:_TOLD])], language
    )
    return [Similar(names[one.thing], tuple(names[iri] for iri in one.shared[:_TOLD])) for one in found]


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    about = [item.label.value for item in view.d.values(CR + "theme") if item.label is not None]
    return {"@type": "CreativeWork", "about": about} if about else {"@type": "CreativeWork"}
