"""The connections of one snapshot, ready for questions. Threads may share them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from cityrights.errors import UnknownThing
from cityrights.indexes.proximity import files
from cityrights.indexes.proximity.measure import ALL_SETTLED, Filter, Measure, choose, strength
from cityrights.indexes.proximity.network import Likeness, Likenesses, Network, chains, join
from cityrights.indexes.proximity.reasons import MOST_TOLD, Reason, reasons
from cityrights.indexes.proximity.table import Table
from cityrights.library.names import meant, nearest, slug
from cityrights.vocabulary import ID, expand, short

#: So many measures of different filters are kept.
_KEPT = 16
#: What a community is named by, and how many chains an explanation shows.
_NAMED_BY, _CHAINS = 3, 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A place close to another: its IRI, how strong the connection is (0 to 1), and all the reasons.

    The reasons have no ways but for ties; :meth:`Connections.explain` has them.
    """

    place: str
    strength: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A way from one place to another by way of others; ``reasons`` has the best reason for each of its links."""

    places: tuple[str, ...]
    strength: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How two places are connected: direct ties first, then what they share, then by way of others."""

    a: str
    b: str
    strength: float
    closeness: float
    reasons: tuple[Reason, ...]
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Community:
    """Places that are closer to each other than to the rest, and what the most of them share that others lack."""

    number: int
    places: tuple[str, ...]
    shared: tuple[str, ...]


class Connections:
    """Who is close to whom, and why."""

    def __init__(self, table: Table, network: Network) -> None:
        self.table = table
        self.network = network
        self._measures: OrderedDict[Filter, Measure] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, snapshot: Path) -> Connections:
        """Open the connections of the snapshot in this folder. Raises SnapshotError when it has none."""
        return cls(*files.load(snapshot))

    @property
    def places(self) -> list[str]:
        """The IRIs of the places, in their order."""
        return self.table.names[: len(self.table.places)]

    def has(self, iri: str) -> bool:
        """Say whether it is one of the places."""
        return 0 <= self.table.number(iri) < len(self.table.places)

    def measure(self, wanted: Filter = ALL_SETTLED) -> Measure:
        """Return the measure under a filter. Raises UnknownThing for a filter by what nothing has."""
        with self._lock:
            if wanted in self._measures:
                self._measures.move_to_end(wanted)
                return self._measures[wanted]
        made = Measure(self.table, choose(self.table, wanted))
        with self._lock:
            self._measures[wanted] = made
            while len(self._measures) > _KEPT:
                self._measures.popitem(last=False)
        return made

    def number(self, place: str) -> int:
        """Return the number of a place. Raises UnknownThing for what is none, or has nothing."""
        if not self.has(place):
            raise UnknownThing(place, "the graph knows no practice, institution or instrument of such a place")
        return self.table.number(place)

    def find(self, name: str) -> str:
        """Return the IRI of the place that is meant: ``utrecht``, ``department/seine-saint-denis``, or an IRI.

        Raises UnknownThing, naming those that may have been meant, for what is no place or has nothing.
        """
        text = name.strip()
        word = slug(text)
        try:
            iri = expand(text)
        except ValueError:
            iri = f"{ID}city/{word}"
        if iri in self.places:
            return iri
        slugs = {place.rpartition("/")[2]: place for place in self.places}
        if word in slugs and word == text.casefold():
            return slugs[word]
        near = [short(slugs[one]) for one in nearest(word, slugs)]
        raise UnknownThing(text, f"no such place has practices, institutions or instruments{meant(near)}")

    def neighbours(self, place: str, k: int = 10, wanted: Filter = ALL_SETTLED) -> list[Neighbour]:
        """Return the ``k`` places closest to one, the closest first. Raises UnknownThing."""
        measure, number = self.measure(wanted), self.number(place)
        return [
            Neighbour(self.table.names[other], found, tuple(reasons(measure, number, other, 0)))
            for other, found in measure.nearest(number, k)
        ]

    def explain(self, a: str, b: str, wanted: Filter = ALL_SETTLED) -> Explanation:
        """Return how two places are connected; the same for (b, a), seen from the other end. Raises UnknownThing.

        All reasons are there; those that count most have their ways, of the others these are counted.
        Chains go by the whole network; with a filter there are none, since it asks for something in particular.
        """
        measure, one, other = self.measure(wanted), self.number(a), self.number(b)
        if one == other:
            raise UnknownThing(b, "the two places are the same; choose two")
        found = tuple(reasons(measure, one, other, MOST_TOLD))
        closeness = sum(reason.counts for reason in found)
        by_way = chains(self.network.joined, one, other, _CHAINS) if wanted == ALL_SETTLED else []
        return Explanation(a, b, strength(closeness), closeness, found, tuple(self._chain(*held) for held in by_way))

    def _chain(self, numbers: tuple[int, ...], found: float) -> Chain:
        measure = self.measure()
        steps = pairwise(numbers)
        best = tuple(reasons(measure, one, other, 1, 1)[0] for one, other in steps)
        return Chain(tuple(self.table.names[number] for number in numbers), found, best)

    def similar_practices(self, practice: str, k: int = 5) -> list[Likeness]:
        """Return the things of the same kind most like one, with what they share. Raises UnknownThing."""
        return self._likenesses.alike(practice, k)

    @cached_property
    def _likenesses(self) -> Likenesses:
        return Likenesses(self.measure())

    def communities(self) -> list[Community]:
        """Return the communities of the network, the largest first."""
        return self._communities

    @cached_property
    def _communities(self) -> list[Community]:
        vectors = self.measure().vectors
        every = np.asarray((vectors > 0).sum(axis=0)).ravel()
        found = []
        for number, members in enumerate(self._members()):
            named: list[str] = []
            if len(members) > 1:  # one place alone shares nothing; in a large network very many are alone
                inside = np.asarray((vectors[members] > 0).sum(axis=0)).ravel()
                telling = np.where(inside > 1, np.round(inside * inside / np.maximum(every, 1), 9), 0.0)
                order = sorted((-telling[at], self.table.names[at]) for at in np.flatnonzero(telling > 0).tolist())
                named = [name for _, name in order if _names(name)][:_NAMED_BY]
            found.append(Community(number, tuple(self.table.names[place] for place in members), tuple(named)))
        return found

    def _members(self) -> list[list[int]]:
        """Return the numbers of the places of each community, by the number of the community."""
        found: list[list[int]] = [[] for _ in range(int(self.network.community.max(initial=-1)) + 1)]
        for place, number in enumerate(self.network.community.tolist()):
            found[number].append(place)
        return found

    def centrality(self) -> dict[str, float]:
        """Return the PageRank of each place in the network; they add up to 1."""
        return dict(zip(self.places, self.network.centrality.tolist(), strict=True))

    def closest(self, place: str, k: int = 10) -> list[tuple[str, float]]:
        """Return the places closest to one, by way of others too (personalised PageRank). Raises UnknownThing."""
        number = self.number(place)
        rank = self.network.ranked(number)
        order = np.lexsort((np.arange(len(rank)), np.round(-rank, 9))).tolist()
        others = [other for other in order if other != number and rank[other] > 0]
        return [(self.table.names[other], float(rank[other])) for other in others[:k]]

    def edges(self, wanted: Filter = ALL_SETTLED) -> Iterable[tuple[str, str, float]]:
        """Yield each connection of the network once, with its strength."""
        joined = (self.network.joined if wanted == ALL_SETTLED else join(self.measure(wanted))).tocoo()
        for one, other, held in zip(*(part.tolist() for part in (*joined.coords, joined.data)), strict=True):
            if one < other:
                yield self.table.names[one], self.table.names[other], held


def _names(iri: str) -> bool:
    """Say whether a feature can name a community: a concept, not a document or a sentence."""
    return iri.rpartition("/id/")[2].partition("/")[0] in ("theme", "kind", "target-group")
