"""Practices: the challenge, the approach, what was learnt, who does it, whom to ask, what is like it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date, format_skeleton

from cityrights.errors import SnapshotError, UnknownThing
from cityrights.indexes.proximity.telling import name_all
from cityrights.library.pages import ask, shown
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import CR
from cityrights_web.layout import Layout
from cityrights_web.urls import is_linkable
from cityrights_web.views.resource import View
from cityrights_web.views.ties import learnt

_FORM = re.compile(r"(?:(\d{4})|-)-(\d\d)(?:-(\d\d))?")


def when(text: str, language: str) -> str:
    """Write ``2025-08-12``, ``2025-08`` or ``--08-12`` (a day of any year) in words; anything else as it stands."""
    found = _FORM.fullmatch(text)
    if found is None:
        return text
    year, month, day = found[1], found[2], found[3]
    try:
        known = date(int(year or 2000), int(month), int(day or 1))  # 2000 has every day that a year can have
    except ValueError:
        return text
    if year and day:
        return str(format_date(known, "long", locale=language))
    return str(format_skeleton("yMMMM" if year else "MMMMd" if day else "MMMM", known, locale=language))


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers questions about a document, and the claim that says so."""

    who: Link
    email: str
    source: Iri
    claim: Iri


def contacts(layout: Layout) -> tuple[Contact, ...]:
    """Return every contact that a document prints; few, and the same for all pages of a snapshot."""
    rows = ask(layout.site.engine, "contacts")
    labels = gather_labels(rows, "who")
    found: dict[tuple[str, str, str], Contact] = {}
    for row in rows:
        who, email, source, claim = row["who"], row["email"], row["source"], row["claim"]
        if isinstance(email, Literal):
            link = layout.site.vocabulary.link(Iri(str(who)), layout.language, labels.get(str(who), ()))
            found[link.iri.value, email.value, str(source)] = Contact(
                link, email.value, Iri(str(source)), Iri(str(claim))
            )
    return tuple(found.values())


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
        "made": view.facts("establishes", "adopts", "organises", "replicates", "inspiredBy", "similarTo"),
        "references": references,
        "pages": web_pages(view) if references else {},
        "ties": learnt(view.layout, view.d.iri.value),
        "similar": similar(view),
        "similar_query": shown("practice_similar", {"thing": view.d.iri}),
    }


def web_pages(view: View) -> dict[str, str]:
    """Return the addresses of the web pages that the documents cite for the practice, by the reference's IRI."""
    rows = ask(view.layout.site.engine, "practice_pages", {"thing": view.d.iri}, limit=_MOST_PAGES)
    return {str(row["reference"]): str(row["url"]) for row in rows if is_linkable(str(row["url"]))}


def similar(view: View) -> list[Similar]:
    """Return the practices that share most with this one, by the measure that connections of places have, too.

    What is underway or planned is left out.
    """
    site, language = view.layout.site, view.layout.language
    try:
        found = site.indexes.proximity.similar_practices(view.d.iri.value, _SIMILAR)
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
