"""What a selection gave: the things in order, page by page, and the counts of the facets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cityrights.catalogue.collate import sort_key
from cityrights.catalogue.lists import UNKNOWN
from cityrights.catalogue.members import Members
from cityrights.catalogue.selection import Selection
from cityrights.describe.model import Link
from cityrights.describe.terms import Iri, Literal

if TYPE_CHECKING:
    from cityrights.catalogue.catalogue import List


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of a list, as it is shown; ``summary`` is empty and ``number`` None where there is nothing.

    ``values`` has the values of the facets that were asked for, in the order of their names.
    """

    thing: Link
    summary: Literal
    places: tuple[Link, ...]
    status: Link | None
    kind: Link | None
    type: Link | None
    number: int | None
    values: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)

    @property
    def unsettled(self) -> bool:
        """Say whether it does not exist yet."""
        return self.status is not None and self.status.iri.local_name in ("underway", "planned")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: its key, what it is called, how many things have it; ``above`` is the key over it."""

    key: str
    label: Literal
    count: int
    chosen: bool
    above: str | None = None


@dataclass(frozen=True)
class Found:
    """The things of a selection. ``missing`` are the facets and keys that no thing of the list has."""

    held: List
    selection: Selection
    items: NDArray[np.int32]
    hidden: int
    counts: Mapping[str, NDArray[np.int64]]
    unknown: Mapping[str, int]
    missing: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """How many things there are, on all pages."""
        return len(self.items)

    def rows(
        self, language: str, first: int = 0, count: int | None = None, facets: Collection[str] = ()
    ) -> Iterator[Row]:
        """Yield the things from number ``first`` on, at most ``count`` of them, with their values of ``facets``."""
        held = self.held
        status, kind, type_ = (held.facets.get(name) for name in ("status", "kind", "type"))
        if held.listing.name == "cities":
            kind = None  # those are the kinds of a place's institutions

        known: dict[tuple[int, int], Link] = {}

        def link(members: Members, number: int) -> Link:
            place = (id(members), number)  # few values stand in many rows
            if place not in known:
                known[place] = members.link(number, language)
            return known[place]

        def links(members: Members | None, thing: int) -> tuple[Link, ...]:
            return tuple(link(members, number) for number in members.own(thing)) if members is not None else ()

        for number in self.items[first : None if count is None else first + count]:
            thing = int(number)
            yield Row(
                Link(Iri(held.iris[thing]), held.names.label(thing, language)),
                held.summary(thing, language),
                links(held.where, thing),
                next(iter(links(status, thing)), None),
                next(iter(links(kind, thing)), None),
                next(iter(links(type_, thing)), None),
                None if held.numbers is None else int(held.numbers[thing]),
                {name: _by_name(links(held.facets[name], thing)) for name in facets},
            )

    def in_several_places(self) -> dict[int, list[int]]:
        """Return, by the number of a place in ``held.where``, its things that are in other places as well.

        Things are told by their number in the list. Counts of places add up to that of the things they hold together
        once these are counted once.
        """
        several: dict[int, list[int]] = {}
        where = self.held.where
        if where is None:
            return several
        for item in self.items:
            places = list(where.own(int(item)))
            for place in places if len(places) > 1 else ():
                several.setdefault(place, []).append(int(item))
        return several

    def values(self, facet: str, language: str, most: int | None = None) -> list[Value]:
        """Return the values of a facet that would find something or are chosen, the most frequent first.

        Years stand from the latest back. ``unknown`` comes last, with no label. Of more than ``most`` the least
        frequent are left out, never a chosen one.
        """
        members, counts = self.held.facets[facet], self.counts[facet]
        chosen = {key for key in self.selection.keys(facet) if key != UNKNOWN}
        picked = {number for key in chosen if (number := members.number(key)) is not None}
        ranks = members.ranks(language)
        first = np.zeros(len(counts), np.int64) if members.facet.numbers else -counts
        marked = np.zeros(len(counts), bool)
        marked[list(picked)] = True
        order = np.lexsort((ranks, first))
        order = order[(counts[order] > 0) | marked[order]]
        if most is not None:
            order = order[(np.arange(len(order)) < most) | marked[order]]
        shown = [int(number) for number in order]
        key_of = members.facet.key
        values = [
            Value(
                key_of(members.values[number]),
                members.label(number, language),
                int(counts[number]),
                number in picked,
                key_of(members.values[members.parents[number]]) if members.parents[number] >= 0 else None,
            )
            for number in shown
        ]
        without, asked = self.unknown[facet], UNKNOWN in self.selection.keys(facet)
        if without or asked:
            values.append(Value(UNKNOWN, Literal(""), without, asked))
        return values


def _by_name(links: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple(sorted(links, key=lambda link: sort_key(link.label.value)))
