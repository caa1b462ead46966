"""Told ties as pages show them, the cards of a pair, the map of arrows, and who is alike by theme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from cityrights.indexes.facets.lists import sort_key
from cityrights.indexes.proximity import Explanation, Filter, Neighbour
from cityrights.indexes.proximity.measure import ALIKE, ALL_SETTLED, reasons
from cityrights.indexes.proximity.table import FEATURES
from cityrights.indexes.proximity.telling import (
    ExplanationInWords,
    NeighbourInWords,
    ReasonInWords,
    Step,
    name_all,
    tell_neighbours,
    within,
)
from cityrights.indexes.proximity.told import Told, ToldInWords, tell_ties
from cityrights.library.pages import ask
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, best_label, fallback_chain
from cityrights.vocabulary import SKOS
from cityrights_web.layout import Layout
from cityrights_web.results.geojson import feature, feature_collection
from cityrights_web.urls import kind_of
from sparqlgate.errors import SnapshotError

#: Ties that one page has, and arrows that one map has.
MOST: Final = 100
_DRAWN: Final = 40


@dataclass(frozen=True, slots=True)
class Learnt:
    """Who learnt from whom, as far as it concerns one thing: for the macro ``learnt`` of connections/parts.html.

    ``ties`` are its own; ``siblings`` are those that came of the same practice or institution elsewhere; ``kinds`` are
    the kinds of what it has by a tie, each with the address of the list of all of that kind.
    """

    ties: tuple[ToldInWords, ...] = ()
    siblings: tuple[ToldInWords, ...] = ()
    kinds: tuple[tuple[Link, str], ...] = ()


#: Other things of the same origin that are named.
_SIBLINGS: Final = 5


def learnt(layout: Layout, iri: str) -> Learnt:
    """Return who learnt from whom around a place, a practice, an institution or an actor, told with the lines.

    Nothing where no document tells of it, or the snapshot was built without connections.
    """
    try:
        held = layout.site.indexes.proximity
    except SnapshotError:
        return Learnt()
    own = held.told_of(iri)[:MOST]
    if not own:
        return Learnt()
    came = {tie.by for tie in own if tie.kind == "led-to" and iri in (tie.end, tie.of)}
    beside = [tie for by in sorted(came) for tie in held.told_of(by) if tie.by == by and tie not in own][:_SIBLINGS]
    in_words = told(layout, [*own, *beside])
    table = held.table
    rows = table.links_of(*_numbers(table.number(tie.of) for tie in own if tie.kind == "led-to"))
    rows = rows[(table.link["through"][rows] < 0) & (table.link["kind"][rows] == _INSTITUTION_KIND)]
    kinds = [table.names[number] for number in np.unique(table.link["feature"][rows]).tolist()]
    return Learnt(
        tuple(in_words[: len(own)]),
        tuple(in_words[len(own) :]),
        tuple(
            (
                layout.site.vocabulary.link(Iri(kind), layout.language),
                layout.urls.site("/institutions", [("kind", kind.rpartition("/")[2])]),
            )
            for kind in kinds
        ),
    )


_INSTITUTION_KIND: Final = next(at for at, one in enumerate(FEATURES) if one.name == "institution-kind")


def told(layout: Layout, ties: Sequence[Told]) -> list[ToldInWords]:
    """Return ties told in the reader's language."""
    return tell_ties(layout.site.engine, layout.site.vocabulary, ties, layout.language)


def first_told(layout: Layout) -> list[ToldInWords]:
    """Return the first ties of the graph, as many as a page has."""
    return told(layout, layout.site.indexes.proximity.told[:MOST])


def arrows(layout: Layout) -> dict[str, object]:
    """Return the ties between places of which it is known where they are, as lines and points of GeoJSON (RFC 7946).

    ``number`` is that of the list on the page; ``ends`` are the places of both points among the points.
    """
    spots = layout.site.places.points
    ties = layout.site.indexes.proximity.told[:MOST]
    drawn = [
        (number, tie)
        for number, tie in enumerate(ties, 1)
        if tie.between_places and {tie.start, tie.end} <= spots.keys()
    ][:_DRAWN]
    ends = list(dict.fromkeys(end for _, tie in drawn for end in (tie.start, tie.end)))
    names = name_all(layout.site.engine, layout.site.vocabulary, ends, layout.language)
    words = layout.words.connections.told
    lines = (
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(spots[end]) for end in (tie.start, tie.end)]},
            "properties": {
                "label": words[tie.kind],
                "number": number,
                "url": f"#tie-{number}",
                "ends": [ends.index(tie.start), ends.index(tie.end)],
            },
        }
        for number, tie in drawn
    )
    points = (
        feature(spots[iri], {"label": names[iri].label.value, "url": layout.urls.link(iri), "kind": kind_of(iri)})
        for iri in ends
    )
    return feature_collection([*points, *lines])


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two places does: the thing, a sentence of it, the step that proves it, and what only it has."""

    place: Link
    thing: Link
    text: Literal | None
    step: Step
    only: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """One card: what both do, what else these things have in common, and what each does."""

    reason: ReasonInWords
    also: tuple[Link, ...]
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class Pair:
    """What joins two places, as their page has it first: how, what is told, and what both do.

    ``direct`` are reasons as good as told, where nothing is; ``besides`` what they have in common beyond the cards.
    """

    level: str
    ties: Sequence[ToldInWords]
    direct: Sequence[ReasonInWords]
    both: Sequence[Both]
    besides: Sequence[Link]


def pair(layout: Layout, found: Explanation, story: ExplanationInWords) -> Pair:
    """Return what joins two places, of which ``story`` tells what was ``found``."""
    both, besides = cards(layout, story) if found.level != "none" else ([], [])
    direct = [one for one in story.because if one.reason.direct] if not found.told else []
    return Pair(found.level, told(layout, found.told), direct, both, besides)


@dataclass
class _Card:
    reason: ReasonInWords
    ends: tuple[tuple[Step, ...], tuple[Step, ...]]
    also: list[Link] = field(default_factory=list)


#: Cards of a pair; what else the two have in common is named under them. What each has that the other lacks.
CARDS: Final = 5
_ONLY: Final = 3
#: What a side may have that the other lacks.
_DIFFERENT: Final = frozenset({"target-group", "institution-kind", "instrument-kind", "approach", "service"})


def cards(layout: Layout, story: ExplanationInWords) -> tuple[list[Both], list[Link]]:
    """Return what both places do, as cards, and what they have in common besides, for what no card was left.

    What one practice of each has in common is one card.
    """
    shared = [one for one in story.because if one.reason.thing and one.ours and one.theirs]
    things = {_item(way) for one in shared for way in (*one.ours, *one.theirs)}
    texts, maker = _described(layout, things)
    found: dict[tuple[str, str], _Card] = {}
    besides = []
    for one in shared:
        pairs = {
            (maker.get(_item(ours), _item(ours)), maker.get(_item(theirs), _item(theirs))): (ours, theirs)
            for ours in reversed(one.ours)
            for theirs in reversed(one.theirs)
        }
        held = next((key for key in found if key in pairs), None)
        if held:
            found[held].also.append(_thing(one))
        elif len(found) < CARDS:
            key = list(pairs)[-1]
            found[key] = _Card(one, pairs[key])
        else:
            besides.append(_thing(one))
    common = {iri for one in shared for iri in (one.reason.thing, *one.reason.implied)}
    return [_card(layout, story, key, card, texts, common) for key, card in found.items()], besides


def _card(
    layout: Layout,
    story: ExplanationInWords,
    key: tuple[str, str],
    card: _Card,
    texts: dict[str, Literal],
    common: Container[str],
) -> Both:
    only = _apart(layout, key, [_item(way) for way in card.ends], common)
    said = [_sentence(way, texts) for way in card.ends]
    if said[0] == said[1]:  # one sentence tells of both: each has one of its own
        said = [texts.get(_item(way), held) for way, held in zip(card.ends, said, strict=True)]
    ours, theirs = (
        Side(place, _telling(way).subject, text, _telling(way), mine)
        for place, way, text, mine in zip((story.a, story.b), card.ends, said, only, strict=True)
    )
    return Both(card.reason, tuple(card.also), (ours, theirs))


def _item(way: tuple[Step, ...]) -> str:
    """Return what the place has, by which it shares something, such as a practice."""
    return _telling(way).subject.iri.value


def _telling(way: tuple[Step, ...]) -> Step:
    """Return the step from what the place has to what it shares; after it, one may lead to a broader concept."""
    return way[-2] if len(way) > 1 and way[-1].predicate.iri.value == SKOS + "broader" else way[-1]


def _thing(one: ReasonInWords) -> Link:
    return next(piece for piece in one.pieces if isinstance(piece, Link))


def _described(layout: Layout, things: Iterable[str]) -> tuple[dict[str, Literal], dict[str, str]]:
    """Return a sentence of each thing, and of what practices have made which practice made it."""
    texts: defaultdict[str, list[Literal]] = defaultdict(list)
    maker: dict[str, str] = {}
    wanted = sorted(things)
    if not wanted:
        return {}, {}
    for row in ask(layout.site.engine, "pair_things", among=("thing", [Iri(thing) for thing in wanted])):
        if isinstance(text := row.get("text"), Literal):
            texts[str(row["thing"])].append(text)
        elif "made" in row:
            maker.setdefault(str(row["made"]), str(row["thing"]))
    chain = fallback_chain(layout.language)
    best = {thing: text for thing, held in texts.items() if (text := best_label(held, chain))}
    return best, maker


def _sentence(way: tuple[Step, ...], texts: dict[str, Literal]) -> Literal | None:
    """Return the sentence of the claim that says what is shared; where the editors decided it, that of the thing."""
    claims = [one.claim.text for one in _telling(way).evidence if one.claim is not None]
    return claims[0] if claims else texts.get(_item(way))


def _apart(
    layout: Layout, key: tuple[str, str], items: Sequence[str], common: Container[str]
) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
    """Return what the things of each side have that those of the other have not, but for what both places have."""
    table = layout.site.indexes.proximity.table
    held = []
    for pair in zip(key, items, strict=True):
        rows = table.links_of(*_numbers(map(table.number, pair)))
        rows = rows[table.link["through"][rows] < 0]
        told = zip(table.link["feature"][rows].tolist(), table.link["kind"][rows].tolist(), strict=True)
        held.append({table.names[feature]: None for feature, kind in told if FEATURES[kind].name in _DIFFERENT})
    vocabulary, language = layout.site.vocabulary, layout.language

    def name(iri: str) -> Link:
        link = vocabulary.link(Iri(iri), language)
        return replace(link, label=replace(link.label, value=within(link.label.value)))

    ours, theirs = (
        tuple(name(iri) for iri in mine if iri not in other and iri not in common)[:_ONLY]
        for mine, other in (held, held[::-1])
    )
    return ours, theirs


def _numbers(found: Iterable[int]) -> set[int]:
    """Return those that the table knows, each once."""
    return {number for number in found if number >= 0}


@dataclass(frozen=True, slots=True)
class Alike:
    """Pairs of places that are alike by one theme, the most alike first; each with its main reason."""

    theme: Link
    pairs: tuple[tuple[Link, Link, ReasonInWords], ...]


#: Pairs of places that are told as alike, and reasons of each that are looked at.
_ALIKE: Final = 60
_LOOKED_AT: Final = 8


def alike(layout: Layout, edges: Iterable[tuple[str, str, float]], wanted: Filter) -> list[Alike]:
    """Return who is alike, of these connections (the strongest first), by theme; what is told stands elsewhere."""
    held = layout.site.indexes.proximity
    measure = held.measure(wanted)
    found: list[tuple[Neighbour, Neighbour]] = []
    for a, b, strength in edges:
        if (strength < ALIKE and wanted == ALL_SETTLED) or len(found) >= _ALIKE:
            break  # of what a filter leaves, strengths say something else
        because = reasons(measure, held.number(a), held.number(b), 0, _LOOKED_AT)
        if held.told_between(a, b) or any(one.direct for one in because):
            continue
        theme = next((one for one in because if one.kind == "theme"), because[0])
        main = next((one for one in because if one.kind not in ("theme", "target-group")), theme)
        found.append((Neighbour(a, strength, (main, theme)), Neighbour(b, strength, ())))
    site = layout.site
    told_all = tell_neighbours(site.engine, site.vocabulary, [one for pair in found for one in pair], layout.language)
    return _by_theme(told_all)


def _by_theme(near: Sequence[NeighbourInWords]) -> list[Alike]:
    groups: dict[str, tuple[Link, list[tuple[Link, Link, ReasonInWords]]]] = {}
    for one, other in zip(near[::2], near[1::2], strict=True):
        main, theme = one.because
        about = _thing(theme)
        groups.setdefault(about.iri.value, (about, []))[1].append((one.place, other.place, main))
    ranked = sorted(groups.values(), key=lambda group: (-len(group[1]), sort_key(group[0].label.value)))
    return [Alike(about, tuple(pairs)) for about, pairs in ranked]
