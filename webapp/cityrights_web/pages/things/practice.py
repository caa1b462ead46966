"""Practices: the challenge, the approach, what was learnt, who does it and for whom, and what is like it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from cityrights.describe import Iri, Link, ask, shown
from cityrights.describe.incoming import cards
from cityrights.namespaces import CR
from cityrights_web.pages.things.view import View
from cityrights_web.urls import is_linkable

TEMPLATE = "things/practice.html"

#: Section of the page and the property that joins a practice to its claims.
_SECTIONS = (("challenge", "challenge"), ("approach", "solution"), ("takeaways", "takeaway"))
_MOST_PAGES = 20
_SIMILAR = 4
#: Pairs of practices and what they share that are looked at; the rarest tell most.
_PAIRS = 500


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
    """Return the practices that share most with this one; what few practices have counts more than what many have.

    What is underway or planned is left out.
    """
    site, language = view.around.site, view.around.language
    pairs = {
        (str(row["s"]), str(row["shared"]))
        for row in ask(site.engine, "practice_similar", {"thing": view.d.iri}, limit=_PAIRS)
    }
    spread = Counter(shared for _, shared in pairs)
    common: defaultdict[str, set[str]] = defaultdict(set)
    for thing, shared in pairs:
        common[thing].add(shared)

    def closeness(thing: str) -> tuple[float, str]:
        return -sum(1 / spread[shared] for shared in common[thing]), thing

    closest = [Iri(thing) for thing in sorted(common, key=closeness)[: 3 * _SIMILAR]]
    if not closest:
        return []
    known = {
        card.thing.iri: card
        for card in cards(ask(site.engine, "cards", among=("s", closest)), site.vocabulary, language)
    }
    settled = [known[thing] for thing in closest if thing in known and known[thing].settled][:_SIMILAR]
    return [Similar(card.thing, _rarest(view, common[card.thing.iri.value], spread)) for card in settled]


def _rarest(view: View, common: set[str], spread: Counter[str]) -> tuple[Link, ...]:
    rarest = sorted(common, key=lambda shared: (spread[shared], shared))[:3]
    return tuple(view.around.site.vocabulary.link(Iri(shared), view.around.language) for shared in rarest)


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    about = [item.label.value for item in view.d.values(CR + "theme") if item.label is not None]
    return {"@type": "CreativeWork", "about": about} if about else {"@type": "CreativeWork"}
