"""Institutions, instruments, events, people and actors: what each is, whose practice it is, its like, whom to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from babel.lists import format_list

from cityrights.indexes.facets import LISTS, Selection
from cityrights.library.pages import ask
from cityrights.resources.cards import PracticeCard
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import Card, ClaimLine, Link
from cityrights.terms import Iri, Literal, best_label, fallback_chain
from cityrights.vocabulary import CR, DCTERMS
from cityrights_web.results.cards import compact, shown, small_map
from cityrights_web.urls import kind_of
from cityrights_web.views.resource import View, by_kind, exact_first
from cityrights_web.views.resource.practice import web_pages, when
from cityrights_web.views.ties import learnt
from sparqlgate.errors import SnapshotError

#: Sentences that head a page, cards with their sentences, cards in a row, things of one kind that are named.
_SENTENCES, _WHOLE, _ROWS, _NAMED, _ALIKE = 4, 2, 6, 2, 4
#: What a document says of itself and not of the thing: its headings, what it cites, whom one may write to.
_OF_THE_DOCUMENT: Final = frozenset({"contact", "document", "reference", "section", "title"})
#: Sentences that say little by themselves come last.
_WEAK: Final = frozenset({"url-only", "ambiguous", "illegible"})
#: How a practice may bear on a thing, the closest first.
_BEARS: Final = (
    "establishes", "adopts", "organises", "awardedTo", "implementedBy", "funder", "partner", "follows", "alignedWith",
)  # fmt: skip
#: What leads from a thing to those whose practices tell of it, where none does so directly.
_OWNERS: Final = ("at", "post", "institutionOf", "organiser", "awardedTo", "partner", "of")
#: Who can be asked about a thing.
_ASKED: Final = ("institutionOf", "implementedBy", "organiser", "at")
#: Kinds of things that stand beside a thing by name, in this order.
_BESIDE: Final = (
    "institution", "instrument", "event", "holding", "person", "award", "network", "government", "organisation",
    "association", "group", "city",
)  # fmt: skip
#: Kind of thing → the list that can be narrowed by kind.
_LISTED: Final = {"institution": "institutions", "instrument": "instruments", "event": "events"}
_DIRECT: Final = 1
#: Rows that tell of the posts of one person: each post has several, one for each language.
_MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Practices:
    """The practices that a page shows: some with their sentences, some in a row; ``more`` leads to all of them."""

    whole: tuple[PracticeCard, ...] = ()
    rows: tuple[PracticeCard, ...] = ()
    total: int = 0
    more: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """Things of the same kind elsewhere, and the address and name of the list of them all."""

    things: tuple[PracticeCard, ...] = ()
    kind: Link | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is somewhere, and on which day the document says so (ISO 8601, or nothing)."""

    role: Literal
    holding: Iri
    at: Link | None
    date: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing that is told: ``facts`` are the properties that researchers see first, by local name.

    ``schema_type`` is its class in schema.org, ``dates`` the properties there that are given from ours.
    """

    facts: tuple[str, ...] = ()
    schema_type: str = "Thing"
    dates: tuple[tuple[str, str], ...] = ()
    TEMPLATE: str = "things/told.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows."""
        ties, held = learnt(view.layout, view.d.iri.value), posts(view)
        tied = {line.iri for one in ties.ties for line in one.lines}
        places = links(view, "governs") or links(view, "place") or links(view, "country")
        references = view.facts("reference")
        return {
            "kinds": links(view, "kind"),
            "type_name": type_name(view),
            "places": places[:3],
            "country": next((one for one in links(view, "country") if one not in places), None),
            "since": since(view),
            "lead": governing(view) if view.kind == "government" else "",
            "described": view.facts(DCTERMS + "description"),
            # what documents say of governments they mostly say of several at once, and of what those do
            "sentences": [] if view.kind == "government" else sentences(view, tied),
            "quoted": [line.claim for line in view.told("saidBy")],
            "posts": held,
            "ties": ties,
            "small_map": small_map(view.layout, places[0]) if places else "",
            "groups": links(view, "targetGroup"),
            "about": list(dict.fromkeys((*links(view, "theme"), *links(view, "monitors"), *links(view, "offers")))),
            "practices": chosen(view, practices_of(view, [one.at.iri.value for one in held if one.at])),
            "named": [each for each in named(view) if not (held and each[0] == "holding")],
            "alike": alike(view),
            "references": references,
            "pages": web_pages(view) if references else {},
            "asked": [one for name in _ASKED for one in links(view, name)] or [one.at for one in held if one.at],
            "facts_first": view.facts(*self.facts),
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        data: dict[str, object] = {"@type": self.schema_type}
        for name, ours in self.dates:
            values = [item.value.value for item in view.d.values(CR + ours)]
            if values:
                data[name] = max(values, key=len)  # where sources differ, a date before a day of any year
        return data


@dataclass(frozen=True, slots=True)
class Institution(Thing):
    """Institutions and figures: their government is told to search engines, too."""

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        data: dict[str, object] = {"@type": "GovernmentOrganization"}
        of = links(view, "institutionOf")
        if of:
            data["parentOrganization"] = [
                {"@type": "GovernmentOrganization", "@id": one.iri.value, "name": one.label.value} for one in of
            ]
        return data


def links(view: View, name: str) -> tuple[Link, ...]:
    """Return the things to which a property (its local name) leads, by their names."""
    values = ((one.value, one.label) for one in view.d.values(CR + name))
    held = {value: Link(value, label) for value, label in values if isinstance(value, Iri) and label is not None}
    return tuple(sorted(held.values(), key=lambda link: link.label.value.casefold()))


def type_name(view: View) -> str:
    """Return what sort of thing it is in everyday words; what its class is called where there are none."""
    known = view.layout.words.told.types
    first = next(iter(view.d.types), None)
    return "" if first is None else known.get(first.iri.local_name, first.label.value)


def since(view: View) -> str:
    """Return since when there is the thing, or when it took place, in words; nothing where nobody says so."""
    days = [one.value.value for name in (CR + "start", DCTERMS + "created", CR + "year") for one in view.d.values(name)]
    return when(max(days, key=len), view.layout.language) if days else ""


def governing(view: View) -> str:
    """Say in a sentence for which place a government acts, and what the documents tell of it."""
    words, language = view.layout.words, view.layout.language
    counted = (
        (words.city.practices, {card.thing for card in _pointing(view, "practice") if card.settled}),
        (words.city.institutions, {card.thing for card in _pointing(view, "institution") if card.settled}),
    )
    parts = [word.of(len(held)).format(n=view.layout.number(len(held))) for word, held in counted if held]
    places = [one.label.value for one in links(view, "governs")] or [view.d.label.value]
    told = format_list(parts, locale=language) if parts else words.city.nothing
    return f"{words.told.governs.format(place=', '.join(places))}{words.colon} {told}."


def _pointing(view: View, kind: str) -> Iterator[Card]:
    """Yield what points here and is of a kind."""
    for item in exact_first(view.d.incoming):
        for card in item.cards:
            if kind_of(card.thing.iri.value) == kind:
                yield card


def sentences(view: View, tied: Iterable[Iri]) -> list[ClaimLine]:
    """Return the first sentences about the thing; those that tell who learnt from whom stand elsewhere."""
    apart = {iri.value for iri in tied}
    about = [line for line in view.d.claims if line.claim.iri.value not in apart]
    own = [line for line in about if "subject" in line.links and not _of_document(line.claim)]
    found = own or [line for line in about if not _of_document(line.claim)] or about
    ordered = sorted(found, key=lambda line: line.claim.modality.iri.local_name in _WEAK)[:_SENTENCES]
    return [line.claim for line in view.tell(ordered)]


def _of_document(claim: ClaimLine) -> bool:
    return claim.aspect is not None and claim.aspect.iri.local_name in _OF_THE_DOCUMENT


def posts(view: View) -> list[Post]:
    """Return the posts that somebody holds, as the documents tell them."""
    if not any(item.predicate.iri.local_name == "holder" for item in view.d.incoming):
        return []
    layout = view.layout
    rows = ask(layout.site.engine, "posts_of", {"thing": view.d.iri}, limit=_MOST_ROWS)
    names, found = gather_labels(rows, "at"), {}
    roles: dict[str, list[Literal]] = {}
    for row in rows:
        if isinstance(row["role"], Literal):
            roles.setdefault(str(row["post"]), []).append(row["role"])
    for row in rows:
        post, at = str(row["post"]), row.get("at")
        role = best_label(roles.get(post, []), fallback_chain(layout.language))
        at_names = names.get(at.value, ()) if isinstance(at, Iri) else ()
        where = layout.site.vocabulary.link(at, layout.language, at_names) if isinstance(at, Iri) else None
        if role is not None:
            found[post] = Post(role, Iri(post), where, str(row.get("date", "")))
    return list(found.values())


def practices_of(view: View, near: Iterable[str] = ()) -> list[str]:
    """Return the practices that the thing belongs to, the closest first: that set it up, that it carries, …

    Where none does so itself, those of whom it belongs to: ``near``, or what its own statements name.
    """
    by_name = {item.predicate.iri.local_name: item for item in view.d.incoming}
    ordered = [*(by_name[name] for name in _BEARS if name in by_name), *exact_first(view.d.incoming)]
    cards = [card for item in ordered for card in item.cards if kind_of(card.thing.iri.value) == "practice"]
    settled = sorted(cards, key=lambda card: not card.settled)
    stated = (one.value.value for one in view.d.statements if isinstance(one.value, Iri))
    own = dict.fromkeys(chain((card.thing.iri.value for card in settled), (one for one in stated if _is_practice(one))))
    if own:
        return list(own)
    owners = dict.fromkeys(chain(near, (one.iri.value for name in _OWNERS for one in links(view, name))))
    if not owners:
        return []
    asked: tuple[str, list[Iri]] = ("x", [Iri(one) for one in owners])
    rows = ask(view.layout.site.engine, "practices_bearing", among=asked, limit=_ROWS * 3)
    return sorted({str(row["practice"]) for row in rows if int(str(row["way"])) == _DIRECT})


def _is_practice(iri: str) -> bool:
    return kind_of(iri) == "practice"


def chosen(view: View, practices: list[str], total: int = 0, more: str = "") -> Practices:
    """Return the cards of practices: the first with their sentences, more in a row.

    ``total`` is how many there are where these are only the first of them.
    """
    held = shown(view.layout, practices[: _WHOLE + _ROWS])
    first = sorted(held, key=lambda card: not card.is_whole)[:_WHOLE] if len(held) > _WHOLE else held
    rest = tuple(card for card in held if card not in first)
    return Practices(tuple(compact(view.layout, first)), rest, total or len(practices), more)


def bearing(view: View, facet: str) -> Practices | None:
    """Return the practices that have the thing as the value of a facet; None where there are no such lists."""
    listing = LISTS["practices"]
    known = listing.facet(facet)
    if known is None:
        return None
    key = known.key(view.d.iri.value)
    return narrowed(view, {facet: [key]})


def narrowed(view: View, choice: Mapping[str, list[str]]) -> Practices | None:
    """Return the practices that fit a choice, with the address of the list of them; None where there are no lists."""
    try:
        held = view.layout.site.indexes.facets.list("practices")
    except SnapshotError:
        return None
    found = held.select(Selection.of(LISTS["practices"], choice), view.layout.language)
    iris = [held.iris[int(number)] for number in found.items[: _WHOLE + _ROWS]]
    if not iris:
        return None
    address = view.layout.urls.site("/practices", [(name, key) for name, keys in choice.items() for key in keys])
    return chosen(view, iris, found.total, address if found.total > len(iris) else "")


def named(view: View) -> list[tuple[str, list[Card], int]]:
    """Return what stands beside the thing, by kind: some of each, and how many more there are."""
    stated = {one.value.value for one in view.d.statements}
    cards: dict[str, Card] = {}
    for item in exact_first(view.d.incoming):
        for card in item.cards:
            if card.thing.iri.value not in stated:
                cards.setdefault(card.thing.iri.value, card)
    held = dict(by_kind(cards.values()))
    return [(kind, list(held[kind][:_NAMED]), max(len(held[kind]) - _NAMED, 0)) for kind in _BESIDE if kind in held]


def alike(view: View) -> Alike:
    """Return what there is of the same kind in other places, or else of the kind above it."""
    name = _LISTED.get(view.kind, "")
    if not name:
        return Alike()
    try:
        held = view.layout.site.indexes.facets.list(name)
    except SnapshotError:
        return Alike()
    listing, members = LISTS[name], held.facets["kind"]
    here = {one.iri for one in links(view, "place")}
    for kind in links(view, "kind"):
        number: int = -1 if (found := members.number(members.facet.key(kind.iri.value))) is None else found
        while number >= 0:
            above = int(members.parents[number])
            if above < 0 and members.values[number] != kind.iri.value:
                break  # all institutions, or all instruments: too many things to be alike
            key = members.facet.key(members.values[number])
            rows = held.select(Selection.of(listing, {"kind": [key]}), view.layout.language).rows(view.layout.language)
            elsewhere = (
                row.thing.iri.value
                for row in rows
                if row.thing.iri != view.d.iri and not here & {place.iri for place in row.places}
            )
            others = list(islice(elsewhere, _ALIKE))
            if others:
                address = view.layout.urls.site(f"/{name}", [("kind", key)])
                link = members.link(number, view.layout.language)
                return Alike(tuple(shown(view.layout, others)), link, address)
            number = above
    return Alike()
