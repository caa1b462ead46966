"""Why two places are close: each shared thing and each tie, with the triples that lead from one place to the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cityrights.indexes.proximity.measure import Measure
from cityrights.indexes.proximity.table import FEATURES, TIES
from cityrights.vocabulary import CR, SKOS

#: Ways from a place to a shared thing that are told.
MOST_WAYS = 8
#: Shared things of an explanation to which the ways are told: those that count most. Two places that have very much
#: share hundreds, and the last of them count next to nothing.
MOST_TOLD = 24
_SAID = {"cooperates-with": "cooperatesWith", "replicates": "replicates", "similar-to": "similarTo"}
_NO: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Hop:
    """One triple of a path; ``forward`` says that the path goes from its subject to its object."""

    subject: str
    predicate: str
    object: str
    forward: bool

    @property
    def start(self) -> str:
        """Where the path comes from."""
        return self.subject if self.forward else self.object

    @property
    def end(self) -> str:
        """Where the path goes to."""
        return self.object if self.forward else self.subject

    def back(self) -> Hop:
        """Return the hop of the way back."""
        return Hop(self.subject, self.predicate, self.object, not self.forward)


@dataclass(frozen=True, slots=True)
class Way:
    """The hops from a place to what it shares, by way of ``item``: what the place has, such as a practice."""

    item: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why two places are close, and what it ``counts`` of their closeness.

    ``kind`` is the name of a feature or of a tie. A shared ``thing`` is reached by the ways of ``ours`` and of
    ``theirs``, MOST_WAYS of each at most: ``more`` says how many others there are. Broader things that follow from it
    stand in ``implied``, and what they count is added. A tie has no thing: the hops of ``ours`` lead from one place to
    the other.
    """

    kind: str
    thing: str
    counts: float
    ours: tuple[Way, ...]
    theirs: tuple[Way, ...]
    implied: tuple[str, ...] = ()
    more: int = 0

    @property
    def direct(self) -> bool:
        """Say whether it is a direct tie."""
        return not self.thing


def reasons(measure: Measure, a: int, b: int, told: int | None = None, most: int | None = None) -> list[Reason]:
    """Return why two places are close, direct ties first, then what counts most; what they count is the closeness.

    ``told`` of the shared things, the first ones, have the ways to them; with None all have. With 0 the ways are not
    counted either. ``most`` of the shared things are returned; with None all are.
    """
    return [*_ties(measure, a, b), *_shared(measure, a, b, told, most)]


def _ties(measure: Measure, a: int, b: int) -> Iterable[Reason]:
    tie, names = measure.table.tie, measure.table.names
    low, high = min(a, b), max(a, b)
    rows = np.flatnonzero((tie["a"] == low) & (tie["b"] == high) & measure.chosen.ties)
    found = []
    for row in rows.tolist():
        kind = TIES[int(tie["kind"][row])]
        one, other = names[int(tie["from"][row])], names[int(tie["to"][row])]
        start, end = names[low], names[high]
        hops = _tie(kind.name, start, one, other, end, back=bool(tie["back"][row]))
        if a != low:
            hops = tuple(hop.back() for hop in reversed(hops))
        found.append(Reason(kind.name, "", kind.weight, (Way(one, hops),), ()))
    return sorted(found, key=lambda reason: (-reason.counts, reason.kind, reason.ours[0].hops[0].subject))


def _tie(name: str, start: str, one: str, other: str, end: str, *, back: bool) -> tuple[Hop, ...]:
    """Return the hops of a tie from ``start``, where ``one`` is, to ``end``, where ``other`` is.

    ``back`` says that ``other`` is the subject of what joins the two.
    """
    if name == "same-practice":
        return (Hop(one, CR + "place", start, False), Hop(one, CR + "place", end, True))
    if name == "event":  # one of the two is the event, the other the place that took part
        if one == start:
            return (Hop(other, CR + "participantsFrom", start, False), Hop(other, CR + "place", end, True))
        return (Hop(one, CR + "place", start, False), Hop(one, CR + "participantsFrom", end, True))
    predicate = CR + _SAID[name]
    joined = Hop(other, predicate, one, False) if back else Hop(one, predicate, other, True)
    return (*_to(start, one), joined, *(hop.back() for hop in _to(end, other)))


def _to(place: str, item: str) -> tuple[Hop, ...]:
    """Return the hop from a place to what it has: none to itself."""
    if item == place:
        return ()
    governs = item.rpartition("/id/")[2].startswith("government/")
    return (Hop(item, CR + ("governs" if governs else "place"), place, False),)


def _shared(measure: Measure, a: int, b: int, told: int | None, most: int | None) -> list[Reason]:
    shared = dict(measure.shared(a, b))
    counts, implied = dict(shared), dict[int, list[int]]()
    above = [measure.narrower(place) for place in (a, b)]
    for feature in shared:  # what follows from a narrower thing that both share is said with it
        both = above[0].get(feature, _NO) & above[1].get(feature, _NO)
        narrower = sorted(n for n in both if n in counts) if both else ()
        if narrower and narrower[0] != feature:
            counts[narrower[0]] += counts.pop(feature)
            implied[narrower[0]] = [*implied.get(narrower[0], []), feature, *implied.pop(feature, [])]
    names, kinds = measure.table.names, measure.kinds
    order = sorted(counts, key=lambda feature: (-round(counts[feature], 9), names[feature]))[:most]
    ours, theirs = (_ways(measure, place, order[:told]) for place in (a, b))
    if told and told < len(order):
        for place, found in ((a, ours), (b, theirs)):
            many = _many(measure, place)
            found |= {feature: ((), many[feature]) for feature in order[told:]}
    return [
        Reason(
            FEATURES[int(kinds[feature])].name,
            names[feature],
            counts[feature],
            ours.get(feature, ((), 0))[0],
            theirs.get(feature, ((), 0))[0],
            tuple(names[broad] for broad in implied.get(feature, ())),
            ours.get(feature, ((), 0))[1] + theirs.get(feature, ((), 0))[1],
        )
        for feature in order
    ]


def _ways(measure: Measure, place: int, features: list[int]) -> dict[int, tuple[tuple[Way, ...], int]]:
    """Return the first ways of a place to each of these features, the shortest first, and how many more there are."""
    if not features:
        return {}
    link, names = measure.table.link, measure.table.names
    rows = measure.links_of(place)
    rows = rows[np.isin(link["feature"][rows], features)]
    rows = rows[np.lexsort((link["item"][rows], link["through"][rows] >= 0, link["feature"][rows]))]
    held, starts = np.unique(link["feature"][rows], return_index=True)
    found = {}
    for feature, start, end in zip(held.tolist(), starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=True):
        ways = []
        for row in rows[start : min(end, start + MOST_WAYS)].tolist():
            item, kind, through = (int(link[name][row]) for name in ("item", "kind", "through"))
            hops = (*_to(names[place], names[item]), *_from(FEATURES[kind].name, kind, names, item, feature, through))
            ways.append(Way(names[item], hops))
        told = tuple(sorted(dict.fromkeys(ways), key=lambda way: (len(way.hops), way.item)))
        found[feature] = (told, max(0, end - start - MOST_WAYS))
    return found


def _many(measure: Measure, place: int) -> dict[int, int]:
    """Return how many ways a place has to each of its features."""
    held, many = np.unique(measure.table.link["feature"][measure.links_of(place)], return_counts=True)
    return dict(zip(held.tolist(), many.tolist(), strict=True))


def _from(name: str, kind: int, names: list[str], item: int, feature: int, through: int) -> tuple[Hop, ...]:
    """Return the hops from what a place has to the feature."""
    predicate = FEATURES[kind].predicate
    if name == "statement":
        return (Hop(names[feature], predicate, names[item], False),)
    if name == "source":
        return ()  # by all the claims about it; the page of the thing has them
    if through >= 0:
        climb = Hop(names[through], SKOS + "broader", names[feature], True)
        return (Hop(names[item], predicate, names[through], True), climb)
    return (Hop(names[item], predicate, names[feature], True),)
