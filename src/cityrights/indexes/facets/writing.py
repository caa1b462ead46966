"""Writing the facets of a snapshot: for each list its things in the order of names, and an array a facet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyoxigraph as ox

from cityrights.indexes.facets.arrays import FOLDER, ArrayWriter
from cityrights.indexes.facets.lists import LISTS, Facet, Listing, ancestors, index_query, sort_key
from cityrights.library.queries import LANGUAGES
from cityrights.library.running import from_store
from cityrights.resources.labels import spoken
from cityrights.resources.places import Places, Point, reduced
from cityrights.terms import Literal, best_label, fallback_chain
from cityrights.vocabulary import CR

#: A thing and what one query says of it: an IRI, digits, or None for what is neither.
Pair = tuple[str, str | None]


class Extraction:
    """Reads from the default graph of ``store``."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._pairs: dict[str, list[Pair]] = {}

    def things(self, classes: Iterable[str]) -> list[str]:
        """Return the IRIs of the things of these classes, each once; blank nodes cannot be listed."""
        found: dict[str, None] = {}
        for name in classes:
            bound: dict[ox.Variable, ox.NamedNode] = {ox.Variable("class"): ox.NamedNode(CR + name)}
            for (thing,) in self._rows("things", ("s",), bound):
                if isinstance(thing, ox.NamedNode):
                    found[thing.value] = None
        return list(found)

    def pairs(self, query: str) -> list[Pair]:
        """Return the rows of a query that binds ``?s`` and ``?value``."""
        if query not in self._pairs:
            self._pairs[query] = [
                (thing.value, value.value if isinstance(value, ox.NamedNode | ox.Literal) else None)
                for thing, value in self._rows(query, ("s", "value"))
                if isinstance(thing, ox.NamedNode)
            ]
        return self._pairs[query]

    def texts(self, query: str, wanted: Collection[str]) -> dict[str, list[Literal]]:
        """Return the labels or descriptions of the things in ``wanted``."""
        found: defaultdict[str, list[Literal]] = defaultdict(list)
        for thing, text in self._rows(query, ("s", "text")):
            if isinstance(thing, ox.NamedNode) and isinstance(text, ox.Literal) and thing.value in wanted:
                found[thing.value].append(Literal(text.value, (text.language or "").lower()))
        return found

    def coordinates(self) -> dict[str, Point]:
        """Return longitude and latitude, in degrees, of everything that has a place on earth."""
        names = ("s", "lat", "long", "wkt")
        rows = (
            {name: from_store(term) for name, term in zip(names, row, strict=True) if term is not None}
            for row in self._rows("coordinates", names)
            if isinstance(row[0], ox.NamedNode)
        )
        return {iri: (spot.longitude, spot.latitude) for iri, spot in Places.of(reduced(rows)).spots.items()}

    def _rows(
        self, query: str, names: tuple[str, ...], bound: Mapping[ox.Variable, ox.NamedNode] | None = None
    ) -> Iterator[tuple[ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple | None, ...]]:
        answer = self._store.query(index_query(query), substitutions=dict(bound or {}))
        assert isinstance(answer, ox.QuerySolutions)
        for row in answer:
            yield tuple(row[name] for name in names)


Names = Mapping[str, Sequence[Literal]]


def write(snapshot: Path, store: ox.Store) -> None:
    """Write the catalogue of the default graph of ``store`` into the snapshot's folder."""
    out, graph = ArrayWriter(), Extraction(store)
    things = {listing.name: graph.things(listing.classes) for listing in LISTS.values()}
    queries = {facet.query for listing in LISTS.values() for facet in listing.facets if not facet.numbers}
    queries |= {listing.place for listing in LISTS.values() if listing.place}
    parents = _parents(graph.pairs("hierarchy"))
    named = {thing for found in things.values() for thing in found} | set(parents)
    named |= {value for query in queries for _, value in graph.pairs(query) if value}
    named |= {parent for above in parents.values() for parent in above}
    labels = graph.texts("labels", named)
    described = graph.texts("descriptions", {thing for found in things.values() for thing in found})
    points = graph.coordinates()
    languages = _languages([*labels.values(), *described.values()])
    out.add_texts("languages", languages)
    code = {language: number for number, language in enumerate(languages)}
    for listing in LISTS.values():
        _Columns(out, graph, listing, labels, described, parents, points, code).write(things[listing.name])
    out.write(snapshot / FOLDER)


def _parents(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for below, above in pairs:
        if above:
            found.setdefault(below, []).append(above)
    return {below: sorted(above) for below, above in found.items()}


def _languages(texts: Iterable[Iterable[Literal]]) -> list[str]:
    return sorted({"", *LANGUAGES, *(literal.language for held in texts for literal in held)})


class _Columns:
    """Writes the arrays of one list."""

    def __init__(
        self,
        out: ArrayWriter,
        graph: Extraction,
        listing: Listing,
        labels: Names,
        described: Names,
        parents: Mapping[str, Sequence[str]],
        points: Mapping[str, Point],
        languages: Mapping[str, int],
    ) -> None:
        self.out, self.graph, self.listing = out, graph, listing
        self.labels, self.described, self.parents, self.points = labels, described, parents, points
        self.languages = languages

    def write(self, things: Iterable[str]) -> None:
        name = self.listing.name
        chain = fallback_chain("en")
        keyed = {thing: (sort_key(self._label(thing, chain).value), thing) for thing in things}
        ordered = sorted(keyed, key=keyed.__getitem__)
        place = {thing: number for number, thing in enumerate(ordered)}
        self.out.add_texts(f"{name}/iri", ordered)
        self._names(name, ordered)
        for language in LANGUAGES:
            best = [best_label(self.described.get(thing, ()), fallback_chain(language)) for thing in ordered]
            self._texts(f"{name}/summary/{language}", [text or Literal("") for text in best])
        self._points(name, ordered)
        if self.listing.number:
            numbers = np.zeros(len(ordered), np.int64)
            for thing, value in self.graph.pairs(self.listing.number):
                if thing in place and value:
                    numbers[place[thing]] = int(value)
            self.out.add(f"{name}/number", numbers)
        for facet in self.listing.facets:
            self._facet(f"{name}/facet/{facet.name}", facet, place)
        if self.listing.place:
            self._facet(f"{name}/where", Facet("place", self.listing.place, ""), place)

    def _facet(self, name: str, facet: Facet, place: Mapping[str, int]) -> None:
        """Write which things have a value (by value, with what is below it), and which values a thing has (by thing).

        ``<name>/starts`` and ``/things``: value → things; ``/own_starts`` and ``/own``: thing → its very values;
        ``/unknown``: things without any; ``/parent``: the value above each, -1 where there is none.
        """
        pairs = [(place[thing], value) for thing, value in self.graph.pairs(facet.query) if thing in place]
        own = {value for _, value in pairs if value is not None}
        above = ancestors(own, self.parents) if facet.narrower else {value: (value,) for value in own}
        values = sorted({wide for wider in above.values() for wide in wider})
        number = {value: index for index, value in enumerate(values)}
        direct = {(thing, number[value]) for thing, value in pairs if value is not None}
        wide = {(number[up], thing) for thing, value in pairs if value is not None for up in above[value]}
        known = {thing for thing, _ in pairs}
        self._compressed(f"{name}/own_starts", f"{name}/own", direct, len(place))
        self._compressed(f"{name}/starts", f"{name}/things", wide, len(values))
        self.out.add(f"{name}/unknown", np.array(sorted(set(range(len(place))) - known), np.int32))
        parent = [next((number[up] for up in self.parents.get(value, ()) if up in number), -1) for value in values]
        self.out.add(f"{name}/parent", np.array(parent if facet.narrower else [-1] * len(values), np.int32))
        self.out.add_texts(f"{name}/value", values)
        if not facet.numbers:
            self._names(name, values)
            self._points(name, values)

    def _compressed(self, starts: str, members: str, pairs: Iterable[tuple[int, int]], rows: int) -> None:
        table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
        self.out.add(starts, np.searchsorted(table[:, 0], np.arange(rows + 1)).astype(np.int64))
        self.out.add(members, table[:, 1].astype(np.int32))

    def _names(self, name: str, things: Sequence[str]) -> None:
        """Write what each thing is called in each language, and the order of those names."""
        for language in LANGUAGES:
            chain = fallback_chain(language)
            labels = [self._label(thing, chain) for thing in things]
            self._texts(f"{name}/label/{language}", labels)
            keyed = sorted((sort_key(label.value), things[index], index) for index, label in enumerate(labels))
            self.out.add(f"{name}/order/{language}", np.array([index for *_, index in keyed], np.int32))

    def _texts(self, name: str, texts: Sequence[Literal]) -> None:
        self.out.add_texts(name, [text.value for text in texts])
        self.out.add(f"{name}/language", np.array([self.languages[text.language] for text in texts], np.uint16))

    def _points(self, name: str, things: Sequence[str]) -> None:
        nowhere = (float("nan"), float("nan"))
        points = np.array([self.points.get(thing, nowhere) for thing in things], np.float64).reshape(-1, 2)
        self.out.add(f"{name}/longitude", points[:, 0])
        self.out.add(f"{name}/latitude", points[:, 1])

    def _label(self, thing: str, chain: Sequence[str]) -> Literal:
        return best_label(self.labels.get(thing, ()), chain) or Literal(spoken(thing))
