"""Practices: the challenge, the approach, what was learnt, who does it and for whom, and what is like it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from cityrights.describe import Iri, Link, Term, ask, shown
from cityrights.describe.vocabulary import gather_labels
from cityrights.namespaces import CR
from cityrights_web.pages.things.view import View
from cityrights_web.urls import is_linkable

TEMPLATE = "things/practice.html"

#: Section of the page and the property that joins a practice to its claims.
_SECTIONS = (("challenge", "challenge"), ("approach", "solution"), ("takeaways", "takeaway"))
_MOST_PAGES = 20
_SIMILAR = 4
#: Pairs of practices and what they share that are looked at; the rarest of them tell most.
_PAIRS = 2000


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
    """Return the practices that share most with this one; what few practices have counts more than what many have."""
    rows = ask(view.around.site.engine, "practice_similar", {"thing": view.d.iri}, limit=_PAIRS)
    pairs = {(str(row["s"]), str(row["shared"])) for row in rows}
    spread = Counter(shared for _, shared in pairs)
    common: defaultdict[str, set[str]] = defaultdict(set)
    for thing, shared in pairs:
        common[thing].add(shared)

    def closeness(thing: str) -> tuple[float, str]:
        return -sum(1 / spread[shared] for shared in common[thing]), thing

    return [_similar(view, thing, common[thing], spread, rows) for thing in sorted(common, key=closeness)[:_SIMILAR]]


def _similar(view: View, thing: str, common: set[str], spread: Counter[str], rows: list[dict[str, Term]]) -> Similar:
    vocabulary, language = view.around.site.vocabulary, view.around.language
    labels = gather_labels((row for row in rows if str(row["s"]) == thing), "s")
    rarest = sorted(common, key=lambda shared: (spread[shared], shared))[:3]
    return Similar(
        vocabulary.link(Iri(thing), language, labels.get(thing, ())),
        tuple(vocabulary.link(Iri(shared), language) for shared in rarest),
    )


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    about = [item.label.value for item in view.d.values(CR + "theme") if item.label is not None]
    return {"@type": "CreativeWork", "about": about} if about else {"@type": "CreativeWork"}
