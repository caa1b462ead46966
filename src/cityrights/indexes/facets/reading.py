"""The facets of a snapshot, opened once and asked by every list: selections, what they find, and the same as SPARQL."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from cityrights.indexes.facets.arrays import (
    FOLDER,
    LISTED,
    PRACTICE,
    TOLD,
    Arrays,
    Mask,
    Members,
    Names,
    Standing,
    Texted,
)
from cityrights.indexes.facets.lists import (
    LISTS,
    TOGETHER,
    UNKNOWN,
    UNSETTLED,
    WHERE,
    Facet,
    Listing,
    pattern,
    sort_key,
)
from cityrights.library.queries import TOLD_IN, told_in
from cityrights.resources.cards import MADE, TELLS, PracticeCard
from cityrights.resources.labels import Vocabulary
from cityrights.resources.model import Card, Link
from cityrights.terms import Iri, Literal, name_text
from cityrights.vocabulary import CR, PREFIXES
from sparqlgate.errors import SnapshotError
from sparqlgate.text import writing

#: What names are compared by: without case, then as they are written; things of one name by their addresses.
_NAMES: Final = ("?key", "?name", "?s")
_PREFIX: Final = re.compile(r"(?<![\w<:?#])([a-z]+):(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice among the things of a list, in canonical form: the same choice is the same Selection.

    ``chosen`` has facets in the order of the list, each with its keys in order: a thing needs one of the keys of each
    facet. What is underway or planned is left out unless ``everything``, or unless statuses are chosen.
    """

    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    everything: bool = False
    sort: str = "name"

    @classmethod
    def of(
        cls, listing: Listing, chosen: Mapping[str, Iterable[str]], *, everything: bool = False, sort: str = "name"
    ) -> Selection:
        """Return the selection; facets that the list does not have are left out."""
        kept = []
        for facet in listing.facets:
            keys = tuple(sorted(set(chosen.get(facet.name, ()))))
            if keys and not (facet.name == "status" and everything):
                kept.append((facet.name, keys))
        return cls(tuple(kept), everything, sort)

    def keys(self, facet: str) -> tuple[str, ...]:
        """Return the keys chosen in a facet."""
        return dict(self.chosen).get(facet, ())

    @property
    def settled_only(self) -> bool:
        """Say whether what is underway or planned is left out."""
        return not self.everything and not self.keys("status")

    def changed(self, listing: Listing, facet: str, keys: Iterable[str]) -> Selection:
        """Return the selection with these keys in a facet, and the others as they are."""
        return Selection.of(listing, {**dict(self.chosen), facet: keys}, everything=self.everything, sort=self.sort)


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
    """The things of a selection. ``missing`` are the facets and keys that no thing of the list has.

    What goes through the whole list once more, for each facet, is counted when it is asked for: pages of single things
    show the first few of a list and its length. ``masks`` are the things that each facet's own choice has.
    """

    held: List
    selection: Selection
    items: NDArray[np.int32]
    masks: Mapping[str, Mask]
    missing: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """How many things there are, on all pages."""
        return len(self.items)

    @cached_property
    def hidden(self) -> int:
        """How many more there would be with what is underway or planned."""
        every = self._within(settled=False)
        return int(np.count_nonzero(every)) - len(self.items) if self.selection.settled_only else 0

    @cached_property
    def counts(self) -> Mapping[str, NDArray[np.int64]]:
        """How many things have each value of each facet; a facet's own choice does not narrow its own counts."""
        return {name: self.count(name) for name in self.held.facets}

    def count(self, facet: str) -> NDArray[np.int64]:
        """Return how many things have each value of one facet."""
        return self.held.facets[facet].counts(self._scope(facet))

    @cached_property
    def unknown(self) -> Mapping[str, int]:
        """Of how many things nothing is known in each facet, counted as its values are."""
        return {
            name: int(np.count_nonzero(self._scope(name)[members.unknown]))
            for name, members in self.held.facets.items()
        }

    def _scope(self, facet: str) -> Mask:
        """Return the things among which a facet counts."""
        if facet != "status" and facet not in self.masks:
            return self._chosen
        # What is left out by default is part of the choice of a status, so the statuses count it.
        return self._within(settled=self.selection.settled_only and facet != "status", without=facet)

    @cached_property
    def _chosen(self) -> Mask:
        return self._within(settled=self.selection.settled_only)

    def _within(self, *, settled: bool, without: str = "") -> Mask:
        """Return the things that fit what is chosen, but for the choice in one facet."""
        found = self.held.settled.copy() if settled else np.ones(len(self.held), bool)
        for name, mask in self.masks.items():
            if name != without:
                found &= mask
        return found

    def rows(
        self, language: str, first: int = 0, count: int | None = None, facets: Collection[str] = ()
    ) -> Iterator[Row]:
        """Yield the things from number ``first`` on, at most ``count`` of them, with their values of ``facets``."""
        held = self.held
        status, kind, type_ = (held.facets.get(name) for name in ("status", "kind", "type"))
        if held.listing.name == "cities":
            kind = None  # those are the kinds of a place's institutions

        def links(members: Members | None, thing: int) -> tuple[Link, ...]:
            if members is None:
                return ()
            return tuple(members.link(number, language) for number in members.own(thing))

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


def selection_query(listing: Listing, selection: Selection, language: str = "en") -> str:
    """Return the query that finds the things of a selection (``?s``) with their names, by SPARQL 1.1 alone.

    They stand in the order of the selection, as far as SPARQL can say it: names are compared without case, but with
    accents and punctuation, and numbers within them by their digits.
    """
    lines = [*_class(listing)]
    for name, keys in selection.chosen:
        facet = listing.facet(name)
        if facet is not None:
            lines += _facet(facet, keys)
    if selection.settled_only and listing.facet("status"):
        lines += [f"  FILTER NOT EXISTS {{ ?s cr:status {name_text(iri)} }}" for iri in UNSETTLED]
    lines.append(f'  OPTIONAL {{ ?s rdfs:label ?label FILTER (LANG(?label) = "{language}") }}')
    counted, order = _order(listing, selection.sort)
    lines += counted
    group = " ".join(["?s", *(["?sorted"] if counted else [])])
    body = "\n".join(lines)
    names = "(SAMPLE(?label) AS ?name) (MIN(LCASE(STR(?label))) AS ?key)"
    query = f"SELECT {group} {names} WHERE {{\n{body}\n}}\nGROUP BY {group}\nORDER BY {order}\n"
    used = {match[1] for match in _PREFIX.finditer(re.sub(r"<[^<>]*>", "", query))}
    return writing.prologue(PREFIXES, sorted(used)) + query


def _order(listing: Listing, sort: str) -> tuple[list[str], str]:
    """Return the lines that bind what things are sorted by, none for their names, and what follows ORDER BY."""
    column, backwards = sort.removeprefix("-"), sort.startswith("-")
    if column == "name":
        return [], " ".join(f"DESC({key})" if backwards else key for key in _NAMES)
    if column == listing.counted:
        held, value = pattern(listing.number, column), f"COUNT(DISTINCT ?{column}_counted)"
        bound, first = "COALESCE(?found, 0)", []  # of some things there is nothing to count
    else:
        held, value = pattern("year", "dated"), "MIN(?dated)"
        bound, first = "?found", ["DESC(BOUND(?sorted))"]  # what has no year comes last either way
    lines = [
        "  OPTIONAL {",
        f"    SELECT ?s ({value} AS ?found) WHERE {{",
        _indented(_indented(held)),
        "    }",
        "    GROUP BY ?s",
        "  }",
        f"  BIND ({bound} AS ?sorted)",
    ]
    return lines, " ".join([*first, "DESC(?sorted)" if backwards else "?sorted", *_NAMES])


def _class(listing: Listing) -> Iterator[str]:
    if len(listing.classes) == 1:
        yield f"  ?s a cr:{listing.classes[0]} ."
    else:
        yield "  " + writing.values("?class", ("cr:" + name for name in listing.classes))
        yield "  ?s a ?class ."
    if listing.only:
        body = _indented(_indented(pattern(listing.only, "only")))
        yield f"  {{\n    SELECT DISTINCT ?s WHERE {{\n{body}\n    }}\n  }}"


def _facet(facet: Facet, keys: tuple[str, ...]) -> Iterator[str]:
    """Write what a choice in one facet asks for: one of the values, or none at all, or either."""
    values = [value for key in keys if key != UNKNOWN and (value := facet.value(key)) is not None]
    none = f"NOT EXISTS {{\n{_indented(pattern(facet.query, facet.name))}\n  }}"
    if not values:
        yield f"  FILTER {none}"
    elif UNKNOWN in keys:
        some = _indented("\n".join(_some(facet, values)))
        yield f"  FILTER (EXISTS {{\n{some}\n  }} || {none})"
    else:
        yield from _some(facet, values)


def _some(facet: Facet, values: list[str]) -> Iterator[str]:
    name = facet.name
    yield "  " + writing.values(f"?{name}", values if facet.numbers else map(name_text, values))
    if facet.narrower:
        yield f"  ?{name}_itself skos:broader* ?{name} ."
        yield f"  {{\n{_indented(pattern(facet.query, f'{name}_itself'))}\n  }}"
    else:
        yield f"  {{\n{_indented(pattern(facet.query, name))}\n  }}"


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.splitlines())


class Catalogue:
    """Every list of a snapshot, read from its arrays; safe to use from several threads."""

    def __init__(self, arrays: Arrays) -> None:
        languages = list(arrays.texts("languages"))
        self._lists = {name: List(arrays, listing, languages) for name, listing in LISTS.items()}
        self._by_number = list(self._lists.values())
        self._standing = Standing(arrays) if "things/digest" in arrays else None  # an earlier form had none

    @classmethod
    def open(cls, snapshot: str | Path) -> Catalogue:
        """Open the catalogue in a snapshot's folder.

        Raises SnapshotError with the command that makes one when there is none, or when it is of another form.
        """
        folder = Path(snapshot)
        try:
            return cls(Arrays(folder / FOLDER))
        except (OSError, ValueError, KeyError) as error:
            raise SnapshotError(f"the snapshot in {folder} has no catalogue; run: cityrights build") from error

    def list(self, name: str) -> List:
        """Return the list of that name; of a name that there is not, KeyError."""
        return self._lists[name]

    def cards(self, iris: Iterable[str], vocabulary: Vocabulary, language: str) -> dict[str, Card]:
        """Return the cards of those of the things that stand in a list, by their IRIs."""
        found = self._standing_of(iris, vocabulary)
        return {iri: held.card(number, vocabulary, language) for iri, held, number in found}

    def practice_cards(self, iris: Iterable[str], vocabulary: Vocabulary, language: str) -> dict[str, PracticeCard]:
        """Return those of the things that stand in a list as practices are told, by their IRIs."""
        return {
            iri: held.practice_card(n, vocabulary, language) for iri, held, n in self._standing_of(iris, vocabulary)
        }

    def _standing_of(self, iris: Iterable[str], vocabulary: Vocabulary) -> Iterator[tuple[str, List, int]]:
        if self._standing is None or vocabulary.named is not None:  # of others' data names are read more widely
            return
        for iri in iris:
            for at, number in self._standing.find(iri):
                held = self._by_number[at]
                if held.listing.name != TOGETHER and held.iris[number] == iri:
                    yield iri, held, number
                    break

    def together(self, chosen: Mapping[str, Iterable[str]], beside: str = "") -> Found:
        """Return what is said of several governments together of what is chosen: keys by facet, as in a selection.

        Facets that such claims say nothing of are passed over. ``beside`` is the list that they are shown beside: where
        its things have kinds of their own, the claims name one of these.
        """
        held = self._lists[TOGETHER]
        asked = {name: tuple(keys) for name, keys in chosen.items()}
        if roots := self._own_kinds(beside):
            asked["kind"] = asked.get("kind") or roots
        return held.select(Selection.of(held.listing, asked, everything=True))

    def _own_kinds(self, beside: str) -> tuple[str, ...]:
        """Return the keys of the widest kinds of the things of a list; none where things have no kind of their own."""
        facet = LISTS[beside].facet("kind") if beside else None
        if facet is None or not facet.stated:
            return ()
        members = self._lists[beside].facets["kind"]
        return tuple(facet.key(value) for value, up in zip(members.values, members.parents, strict=True) if up < 0)

    def named_together(
        self, chosen: Mapping[str, Iterable[str]], facet: str, beside: str = ""
    ) -> Mapping[str, Sequence[str]]:
        """Return the claims on several governments that fit what is chosen, by each value of a facet that they name.

        Claims and values are told by their IRIs; kinds are those of the list ``beside`` alone, where it has kinds.
        """
        found = self.together(chosen, beside)
        members = found.held.facets[facet]
        values: dict[str, tuple[str, ...]] = {}
        for item in found.items:
            for number in members.own(int(item)):
                value = members.values[number]
                values[value] = (*values.get(value, ()), found.held.iris[int(item)])
        if facet != "kind" or not beside:
            return values
        kept = self.kinds_together(beside)
        return {value: claims for value, claims in values.items() if value in kept}

    def kinds_together(self, beside: str) -> set[str]:
        """Return the kinds that claims on several governments name and that a list has, or has wider ones of."""
        members, known = self._lists[TOGETHER].facets["kind"], self._lists[beside].facets["kind"]
        kept = set[str]()
        for value in members.values:
            up, seen = members.number(members.facet.key(value)), set[int]()
            while up is not None and up >= 0 and up not in seen:
                seen.add(up)
                if known.has(known.facet.key(members.values[up])):
                    kept.add(value)
                    break
                up = int(members.parents[up])
        return kept


def _as_shown(links: list[Link]) -> tuple[Link, ...]:
    """Return things by their names, as cards show them."""
    if len(links) > 1:
        links.sort(key=lambda link: (link.label.value.casefold(), link.iri.value))
    return tuple(links)


class List:
    """One list: its things, their names, and the members of each facet."""

    def __init__(self, arrays: Arrays, listing: Listing, languages: list[str]) -> None:
        self.listing = listing
        name = listing.name
        self.iris = arrays.texts(f"{name}/iri")
        self.names = Names.read(arrays, name, languages, TOLD_IN)
        self._summaries = {
            language: Texted.read(arrays, f"{name}/summary/{language}", languages) for language in TOLD_IN
        }
        self.facets = {
            facet.name: Members(arrays, f"{name}/facet/{facet.name}", facet, languages, TOLD_IN)
            for facet in listing.facets
        }
        self.where = (
            Members(arrays, f"{name}/where", WHERE, languages, TOLD_IN) if f"{name}/where/unknown" in arrays else None
        )
        self.numbers = arrays.get(f"{name}/number") if listing.number else None
        self.longitude, self.latitude = arrays.get(f"{name}/longitude"), arrays.get(f"{name}/latitude")
        self._told = arrays.texts(f"{name}/told") if f"{name}/told/text" in arrays else None
        self._stated = [
            (name, self.facets[facet.name])
            for facet in listing.facets
            if (name := facet.stated.removeprefix(CR)) in TOLD
        ]

    def __len__(self) -> int:
        return len(self.iris)

    def summary(self, thing: int, language: str) -> Literal:
        """Return the sentence about a thing, empty where there is none."""
        return self._summaries[told_in(language)][thing]

    def card(self, thing: int, vocabulary: Vocabulary, language: str) -> Card:
        """Return the card of a thing as a list shows it."""
        held, said = self._said(thing, LISTED, vocabulary, language)
        status, place, measure = (next(iter(held.get(name, ())), None) for name in ("status", "place", "measure"))
        kinds, themes = held.get("kind", ()), held.get("theme", ())
        return Card(self._link(thing, language), status, place, kinds, themes, measure, tuple(sorted(set(said))))

    def practice_card(self, thing: int, vocabulary: Vocabulary, language: str) -> PracticeCard:
        """Return the card of a thing as practices are told, without claims."""
        held, _ = self._said(thing, PRACTICE, vocabulary, language)
        summary = self.summary(thing, language)
        return PracticeCard(
            self._link(thing, language),
            summary if summary.value else None,
            places=held.get("place", ()),
            countries=held.get("country", ()),
            groups=held.get("targetGroup", ()),
            themes=held.get("theme", ()),
            sections=held.get("section", ()),
            statuses=held.get("status", ()),
            made=frozenset(link.iri.value for name in MADE for link in held.get(name, ())),
            tells={name: tuple(link.iri.value for link in held[part]) for name, part in TELLS if held.get(part)},
        )

    def _link(self, thing: int, language: str) -> Link:
        return Link(Iri(self.iris[thing]), self.names.label(thing, language))

    def _said(
        self, thing: int, names: Collection[str], vocabulary: Vocabulary, language: str
    ) -> tuple[dict[str, tuple[Link, ...]], list[tuple[str, Literal]]]:
        """Return what a thing has by some properties: the things, by their names, and the literals."""
        held = {
            name: [members.link(number, language) for number in members.own(thing)]
            for name, members in self._stated
            if name in names
        }
        said: list[tuple[str, Literal]] = []
        for name, value in orjson.loads(self._told[thing] or "[]") if self._told is not None else ():
            if name in names:
                if isinstance(value, str):
                    held.setdefault(name, []).append(vocabulary.link(Iri(value), language))
                else:
                    said.append((name, Literal(*value)))
        return {name: _as_shown(links) for name, links in held.items()}, said

    @cached_property
    def settled(self) -> Mask:
        """Which things exist: all but what is underway or planned."""
        mask = np.ones(len(self), bool)
        status = self.facets.get("status")
        if status is not None:
            for iri in UNSETTLED:
                mask[status.things(status.facet.key(iri))] = False
        return mask

    def select(self, selection: Selection, language: str = "en") -> Found:
        """Return the things that a selection has, in its order; what is counted is told by what it returns."""
        masks = {name: self.facets[name].mask(keys) for name, keys in selection.chosen}
        chosen = self.settled.copy() if selection.settled_only else np.ones(len(self), bool)
        for mask in masks.values():
            chosen &= mask
        missing = tuple(
            (name, key)
            for name, keys in selection.chosen
            for key in keys
            if key != UNKNOWN and not self.facets[name].has(key)
        )
        return Found(self, selection, self._ordered(chosen, selection.sort, language), masks, missing)

    def _ordered(self, mask: Mask, sort: str, language: str) -> NDArray[np.int32]:
        by_name = self.names.order(language)
        found = by_name[mask[by_name]]
        backwards, column = sort.startswith("-"), sort.removeprefix("-")
        if column == "name":
            return found[::-1] if backwards else found
        values = self.numbers if column == self.listing.counted else self.facets["year"].numbers()
        assert values is not None
        keys = values[found].astype(np.float64)
        # What has no number comes last either way; things with the same number stand in the order of their names.
        return found[np.argsort(np.where(np.isnan(keys), np.inf, -keys if backwards else keys), kind="stable")]
