"""Why two places are close: each shared thing and each tie, with the triples that lead from one place to the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cityrights.connections.measure import Measure
from cityrights.connections.rules import FEATURES, TIES
from cityrights.namespaces import CR, SKOS


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
    ``theirs``; broader things that follow from it stand in ``implied``, and what they count is added. A tie has no
    thing: the hops of ``ours`` lead from one place to the other.
    """

    kind: str
    thing: str
    counts: float
    ours: tuple[Way, ...]
    theirs: tuple[Way, ...]
    implied: tuple[str, ...] = ()

    @property
    def direct(self) -> bool:
        """Say whether it is a direct tie."""
        return not self.thing


def reasons(measure: Measure, a: int, b: int) -> list[Reason]:
    """Return why two places are close, direct ties first, then what counts most; what they count is the closeness."""
    return [*_ties(measure, a, b), *_shared(measure, a, b)]


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


_SAID = {"cooperates-with": "cooperatesWith", "replicates": "replicates", "similar-to": "similarTo"}


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


def _shared(measure: Measure, a: int, b: int) -> list[Reason]:
    ours, theirs = _ways(measure, a), _ways(measure, b)
    made: dict[int, Reason] = {}
    through: dict[int, tuple[set[int], set[int]]] = {}
    for feature, counts in measure.shared(a, b):
        kind, way = FEATURES[ours[feature][0][1]].name, measure.table.names[feature]
        made[feature] = Reason(kind, way, counts, _told(ours[feature]), _told(theirs[feature]))
        through[feature] = ({row[2] for row in ours[feature]}, {row[2] for row in theirs[feature]})
    for feature in list(made):  # what follows from a narrower thing that both share is said with it
        narrower = sorted(n for n in through[feature][0] & through[feature][1] if n in made and n != feature)
        if narrower:
            less, more = made.pop(feature), made[narrower[0]]
            implied = (*more.implied, less.thing, *less.implied)
            made[narrower[0]] = Reason(
                more.kind, more.thing, more.counts + less.counts, more.ours, more.theirs, implied
            )
    return sorted(made.values(), key=lambda reason: (-round(reason.counts, 9), reason.thing))


_Row = tuple[Way, int, int]


def _ways(measure: Measure, place: int) -> dict[int, list[_Row]]:
    """Return the ways of a place to each of its features: way, number of its kind, narrower concept or -1."""
    table = measure.table
    link, names = table.link, table.names
    found: dict[int, list[_Row]] = {}
    for row in measure.links_of(place).tolist():
        feature, item, kind, through = (int(link[name][row]) for name in ("feature", "item", "kind", "through"))
        hops = (*_to(names[place], names[item]), *_from(FEATURES[kind].name, kind, names, item, feature, through))
        found.setdefault(feature, []).append((Way(names[item], hops), kind, through))
    return found


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


def _told(rows: list[_Row]) -> tuple[Way, ...]:
    return tuple(sorted({row[0] for row in rows}, key=lambda way: (len(way.hops), way.item)))
