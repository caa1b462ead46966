"""Practices: the challenge, the approach, what was learnt, who does it, whom to ask, what is like it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from babel.dates import format_date, format_skeleton

from cityrights.errors import SnapshotError, UnknownThing
from cityrights.indexes.proximity import Likeness
from cityrights.indexes.proximity.telling import name_all
from cityrights.library.pages import ask, shown
from cityrights.resources.cards import PracticeCard, done_elsewhere, in_order
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Link, Statement
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import CR, DCTERMS
from cityrights_web.layout import Layout
from cityrights_web.results.cards import shown as cards
from cityrights_web.results.cards import small_map, told
from cityrights_web.urls import is_linkable
from cityrights_web.views.resource import View
from cityrights_web.views.ties import Learnt, learnt

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
    """Who answers questions about a document, or about one practice, and the claim that says so."""

    who: Link
    email: str
    source: Iri
    claim: Iri
    is_of_practice: bool = False


def contacts(layout: Layout) -> Mapping[str, tuple[Contact, ...]]:
    """Return the contacts by what they answer for: a document, or a practice; the same for all pages of a snapshot."""
    rows = ask(layout.site.engine, "contacts")
    labels = gather_labels(rows, "who")
    found: dict[tuple[str, str, str], Contact] = {}
    for row in rows:
        who, email, source, claim, of = row["who"], row["email"], row["source"], row["claim"], row.get("of")
        if isinstance(email, Literal):
            link = layout.site.vocabulary.link(Iri(str(who)), layout.language, labels.get(str(who), ()))
            found[link.iri.value, email.value, str(of or source)] = Contact(
                link, email.value, Iri(str(source)), Iri(str(claim)), bool(of)
            )
    held: dict[str, tuple[Contact, ...]] = {}
    for (_, _, of_what), one in found.items():
        held[of_what] = (*held.get(of_what, ()), one)
    return held


TEMPLATE = "things/practice.html"

#: Parts of the card and the property that joins a practice to the claims that tell each.
_TOLD = {"challenge": "challenge", "did": "solution", "advice": "takeaway"}
_MOST_PAGES = 20
#: Practices that are named beside those of the card, and things that each shares.
_SIMILAR, _SHARED = 3, 3
#: So many are looked at.
_ALIKE = 8


@dataclass(frozen=True, slots=True)
class Similar:
    """A practice that has much in common with the one of the page, what, and its card."""

    card: PracticeCard
    shared: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """Something that the practice set up: its sentence, where it has one, and the statement that says so."""

    statement: Statement
    sentence: Literal | None


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    references, made = view.facts("reference"), view.facts("establishes", "adopts", "organises")
    statements = [one for entry in made for one in entry.statements]
    alike = likenesses(view)
    beside = {
        card.thing.iri.value: card
        for card in cards(view.layout, [*(one.thing for one in alike), *(one.value.value for one in statements)])
    }
    tied = (learnt(view.layout, iri) for iri in (view.d.iri.value, *(one.value.value for one in statements)))
    ties = next((one for one in tied if one.ties), Learnt())
    card = card_of(view, ties, [beside[one.thing] for one in alike if one.thing in beside])
    return {
        "card": card,
        "card_map": small_map(view.layout, card.places[0]) if card.places else "",
        "described": view.facts(DCTERMS + "description"),
        "who": view.facts("implementedBy", "partner", "funder", "worksWith"),
        "whom": view.facts("targetGroup"),
        "themes": view.facts("theme"),
        "facts_first": view.facts("status", "country", "start", "end", "offers", "kind"),
        "made": [Made(one, _sentence(beside.get(one.value.value))) for one in statements],
        "ties": ties,
        "references": references,
        "pages": web_pages(view) if references else {},
        "similar": similar(view, card, alike, beside),
        "similar_query": shown("practice_similar", {"thing": view.d.iri}),
    }


def card_of(view: View, ties: Learnt, alike: Sequence[PracticeCard]) -> PracticeCard:
    """Return the whole card, of what the page knows already, with what others do differently.

    A sentence that says who learnt from whom is told there, and not once more as what was done, unless it is all.
    """
    parts = {name: tuple(line.claim for line in view.told(link)) for name, link in _TOLD.items()}
    tied = {line.iri for one in ties.ties for line in one.lines}
    card = PracticeCard(
        Link(view.d.iri, view.d.label),
        view.d.summary,
        places=_links(view, "place"),
        countries=_links(view, "country"),
        groups=_links(view, "targetGroup"),
        themes=_links(view, "theme"),
        statuses=_links(view, "status"),
        tells={name: tuple(claim.iri.value for claim in claims) for name, claims in parts.items()},
        challenge=parts["challenge"],
        did=tuple(claim for claim in parts["did"] if claim.iri not in tied) or parts["did"],
        advice=parts["advice"],
    )
    return replace(card, others=done_elsewhere(card, alike))


def _links(view: View, name: str) -> tuple[Link, ...]:
    values = ((one.value, one.label) for one in view.d.values(CR + name))
    return tuple(Link(value, label) for value, label in values if isinstance(value, Iri) and label is not None)


def _sentence(card: PracticeCard | None) -> Literal | None:
    return card.sentence if card is not None else None


def web_pages(view: View) -> dict[str, str]:
    """Return the addresses of the web pages that the documents cite for the practice, by the reference's IRI."""
    rows = ask(view.layout.site.engine, "practice_pages", {"thing": view.d.iri}, limit=_MOST_PAGES)
    return {str(row["reference"]): str(row["url"]) for row in rows if is_linkable(str(row["url"]))}


def likenesses(view: View) -> list[Likeness]:
    """Return the practices that share most with this one, by the measure that connections of places have, too.

    What is underway or planned is left out.
    """
    try:
        return view.layout.site.indexes.proximity.similar_practices(view.d.iri.value, _ALIKE)
    except (UnknownThing, SnapshotError):  # a practice without a place, or a snapshot without connections
        return []


def similar(
    view: View, card: PracticeCard, alike: Sequence[Likeness], beside: Mapping[str, PracticeCard]
) -> list[Similar]:
    """Return those most alike that the card does not name already, with what they did."""
    site, named = view.layout.site, {one.thing.iri.value for one in card.others}
    found = [one for one in alike if one.thing not in named and one.thing in beside][:_SIMILAR]
    lines = told(view.layout, (claim for one in found for claim in beside[one.thing].tells.get("did", ())))
    shared = [iri for one in found for iri in one.shared[:_SHARED]]
    names = name_all(site.engine, site.vocabulary, shared, view.layout.language)
    return [
        Similar(
            replace(beside[one.thing], did=in_order(lines, beside[one.thing].tells.get("did", ()))),
            tuple(names[iri] for iri in one.shared[:_SHARED]),
        )
        for one in found
    ]


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    about = [item.label.value for item in view.d.values(CR + "theme") if item.label is not None]
    return {"@type": "CreativeWork", "about": about} if about else {"@type": "CreativeWork"}
