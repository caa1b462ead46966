"""The arrays of each list: their files in a snapshot, read and written, and how they are filled from a store."""

from __future__ import annotations

import hashlib
import json
import mmap
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyoxigraph as ox
from numpy.typing import NDArray

from cityrights.indexes.facets.lists import LISTS, TOGETHER, UNKNOWN, Facet, Listing, ancestors, index_query, sort_key
from cityrights.library.queries import TOLD_IN, told_in
from cityrights.resources.labels import spoken
from cityrights.resources.model import Link
from cityrights.resources.places import Places, Point, reduced
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain, from_store, term_text
from cityrights.vocabulary import CR, LANGUAGE, RDF, XSD

#: The folder of the arrays in a snapshot.
FOLDER: Final = "catalogue"
_DATA: Final = "arrays.bin"
_HEAD: Final = "catalogue.json"
#: Each array starts at a multiple of this, in bytes, so that any element type may be read in place.
_ALIGNED: Final = 64

Integers = NDArray[np.int64]

#: What cards say of a thing beside its names and sentence, by local name: the card of a list, and that of a practice.
#: Of each list the facets have some of it.
LISTED: Final = (
    "place", "status", "kind", "theme", "measure", "printed", "comparator", "value", "unit", "year", "start", "role",
)  # fmt: skip
PRACTICE: Final = (
    "place", "country", "targetGroup", "theme", "section", "status", "challenge", "solution", "takeaway",
    "establishes", "adopts", "organises",
)  # fmt: skip
TOLD: Final = tuple(dict.fromkeys((*LISTED, *PRACTICE)))
#: Those whose values cards name and the vocabulary does not.
PLACES: Final = ("place", "country")


class ArrayWriter:
    """Gathers arrays by name and writes them to a folder."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Take in an array under a name that no other has."""
        assert name not in self._arrays, name
        self._arrays[name] = np.ascontiguousarray(array)

    def add_texts(self, name: str, texts: Sequence[str]) -> None:
        """Take in strings, as their UTF-8 and where each begins."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        self.add(f"{name}/text", np.frombuffer(b"".join(encoded), np.uint8))
        self.add(f"{name}/starts", starts)

    def write(self, folder: Path) -> None:
        """Write everything into ``folder``, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        head: dict[str, tuple[str, int, int]] = {}
        with (folder / _DATA).open("wb") as file:
            for name, array in self._arrays.items():
                file.write(b"\0" * (-file.tell() % _ALIGNED))
                head[name] = (array.dtype.str, len(array), file.tell())
                file.write(array.tobytes())
            file.write(b"\0" * _ALIGNED)  # a map cannot be empty
        (folder / _HEAD).write_text(json.dumps(head, indent=0) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Texts(Sequence[str]):
    """Strings that stay in the file until one is read."""

    text: memoryview
    starts: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: Any) -> Any:
        return str(self.text[self.starts[index] : self.starts[index + 1]], "utf-8")


class Arrays:
    """The arrays of a folder, read in place; they cannot be changed."""

    def __init__(self, folder: Path) -> None:
        """Map the file. Raises OSError or ValueError when it is not there or not whole."""
        self._head: Mapping[str, tuple[str, int, int]] = json.loads((folder / _HEAD).read_text("utf-8"))
        with (folder / _DATA).open("rb") as file:
            self._map = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __contains__(self, name: str) -> bool:
        return name in self._head

    def get(self, name: str) -> NDArray[Any]:
        """Return the array of that name; of a name that there is not, KeyError."""
        kind, length, offset = self._head[name]
        return np.frombuffer(self._map, np.dtype(kind), length, offset)

    def texts(self, name: str) -> Texts:
        """Return the strings of that name."""
        _, length, offset = self._head[f"{name}/text"]
        return Texts(self._map[offset : offset + length], self.get(f"{name}/starts"))


@dataclass(frozen=True, slots=True)
class Texted:
    """Strings, each with its language."""

    texts: Texts
    codes: NDArray[np.uint16]
    languages: Sequence[str]

    @classmethod
    def read(cls, arrays: Arrays, name: str, languages: Sequence[str]) -> Texted:
        """Find the column of that name."""
        return cls(arrays.texts(name), arrays.get(f"{name}/language"), languages)

    def __getitem__(self, index: int) -> Literal:
        language = self.languages[self.codes[index]]
        return Literal(self.texts[index], language, RDF + "langString" if language else XSD + "string")


@dataclass(frozen=True, slots=True)
class Names:
    """The labels of things, and the order that they give."""

    labels: Mapping[str, Texted]
    orders: Mapping[str, NDArray[np.int32]]

    @classmethod
    def read(cls, arrays: Arrays, name: str, languages: Sequence[str], shown: Sequence[str]) -> Names:
        """Find the labels of a list or of a facet's values."""
        return cls(
            {language: Texted.read(arrays, f"{name}/label/{language}", languages) for language in shown},
            {language: arrays.get(f"{name}/order/{language}") for language in shown},
        )

    def label(self, index: int, language: str) -> Literal:
        """Return what a thing is called for a reader of ``language``."""
        return self.labels[told_in(language)][index]

    def order(self, language: str) -> NDArray[np.int32]:
        """Return the numbers of the things in the order of their names."""
        return self.orders[told_in(language)]


Mask = NDArray[np.bool_]


#: So many values of a facet are kept with their labels.
_LINKS: Final = 20_000


class Members:
    """The values of a facet, numbered, and the things that have each."""

    def __init__(self, arrays: Arrays, name: str, facet: Facet, languages: Sequence[str], shown: Sequence[str]) -> None:
        self.facet = facet
        self.values = arrays.texts(f"{name}/value")
        self.parents: NDArray[np.int32] = arrays.get(f"{name}/parent")
        self.unknown: NDArray[np.int32] = arrays.get(f"{name}/unknown")
        self._starts, self._things = arrays.get(f"{name}/starts"), arrays.get(f"{name}/things")
        self._own_starts, self._own = arrays.get(f"{name}/own_starts"), arrays.get(f"{name}/own")
        self._names = None if facet.numbers else Names.read(arrays, name, languages, shown)
        self._links: dict[tuple[str, int], Link] = {}  # few values stand in many rows
        if self._names is not None:
            self.longitude, self.latitude = arrays.get(f"{name}/longitude"), arrays.get(f"{name}/latitude")

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def _number(self) -> dict[str, int]:
        return {value: number for number, value in enumerate(self.values)}

    def number(self, key: str) -> int | None:
        """Return the number of the value with this key, None when no thing of the list has it."""
        value = self.facet.value(key)
        return None if value is None else self._number.get(value)

    def has(self, key: str) -> bool:
        """Say whether any thing of the list has this value."""
        return self.number(key) is not None

    def things(self, key: str) -> NDArray[np.int32]:
        """Return the things that have a value, or one below it; of ``unknown``, those that have none."""
        if key == UNKNOWN:
            return self.unknown
        number = self.number(key)
        return self._things[:0] if number is None else self._things[self._starts[number] : self._starts[number + 1]]

    def mask(self, keys: Iterable[str]) -> Mask:
        """Return which things have one of these values."""
        mask = np.zeros(len(self._own_starts) - 1, bool)
        for key in keys:
            mask[self.things(key)] = True
        return mask

    def counts(self, mask: Mask) -> NDArray[np.int64]:
        """Return how many things of ``mask`` have each value: no value is without things, so reduceat may be used."""
        if not len(self.values):
            return np.zeros(0, np.int64)
        return np.add.reduceat(mask[self._things], self._starts[:-1], dtype=np.int64)

    def own(self, thing: int) -> Iterator[int]:
        """Yield the numbers of the values that are stated of a thing."""
        yield from self._own[self._own_starts[thing] : self._own_starts[thing + 1]].tolist()

    def owned(self, things: NDArray[np.int32]) -> Iterator[tuple[int, ...]]:
        """Yield for each of the things what :meth:`own` does, in one go."""
        own, starts, ends = self._own, self._own_starts[things].tolist(), self._own_starts[things + 1].tolist()
        for first, last in zip(starts, ends, strict=True):
            yield tuple(own[first:last].tolist())

    def label(self, number: int, language: str) -> Literal:
        """Return what a value is called."""
        return self._names.label(number, language) if self._names else Literal(self.values[number])

    def link(self, number: int, language: str) -> Link:
        """Return a value with its label."""
        key = told_in(language), number
        found = self._links.get(key)
        if found is None:
            if len(self._links) >= _LINKS:
                self._links = {}
            found = self._links[key] = Link(Iri(self.values[number]), self.label(number, language))
        return found

    def ranks(self, language: str) -> NDArray[np.int64]:
        """Return the place of each value in the order of names; years stand from the latest back."""
        if self._names is None:
            return np.argsort(np.argsort([-int(value) for value in self.values]))
        ranks = np.empty(len(self.values), np.int64)
        ranks[self._names.order(language)] = np.arange(len(self.values))
        return ranks

    def numbers(self) -> NDArray[np.float64]:
        """Return the first year of each thing, NaN where none is known."""
        found = np.full(len(self._own_starts) - 1, np.nan)
        years = np.array([int(value) for value in self.values], np.float64)
        held = np.diff(self._own_starts) > 0
        if held.any():
            found[held] = np.minimum.reduceat(years[self._own], self._own_starts[:-1][held])
        return found


class Standing:
    """In which list a thing stands, and which number it has there, by a digest of its IRI."""

    def __init__(self, arrays: Arrays) -> None:
        """Find the digests. Raises KeyError where the arrays are of a form that had none."""
        self._digests, self._lists, self._numbers = (arrays.get(f"things/{name}") for name in _STANDING)

    @staticmethod
    def write(out: ArrayWriter, things: Sequence[Sequence[str]], apart: Collection[str]) -> None:
        """Write the digests of the things of each list, in the order of the lists, but for those that are ``apart``."""
        found = sorted(
            (_digest(iri), at, n) for at, held in enumerate(things) for n, iri in enumerate(held) if iri not in apart
        )
        for place, (name, kind) in enumerate(zip(_STANDING, (np.uint64, np.uint8, np.int32), strict=True)):
            out.add(f"things/{name}", np.array([each[place] for each in found], kind))

    def find(self, iri: str) -> Iterator[tuple[int, int]]:
        """Yield the list (from 0) and the number of each thing that may be the one: digests may be alike."""
        digest = np.uint64(_digest(iri))
        first, last = np.searchsorted(self._digests, digest), np.searchsorted(self._digests, digest, "right")
        for at in range(int(first), int(last)):
            yield int(self._lists[at]), int(self._numbers[at])


_STANDING: Final = ("digest", "list", "number")


def _digest(iri: str) -> int:
    return int.from_bytes(hashlib.blake2b(iri.encode("utf-8", "replace"), digest_size=8).digest(), "big")


#: A thing and what one query says of it: an IRI, digits, or None for what is neither.
Pair = tuple[str, str | None]


class Extraction:
    """Reads from the default graph of ``store``."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._pairs: dict[str, list[Pair]] = {}

    def things(self, listing: Listing) -> list[str]:
        """Return the IRIs of the things of a list, each once; blank nodes cannot be listed."""
        found: dict[str, None] = {}
        for name in listing.classes:
            bound: dict[ox.Variable, ox.NamedNode] = {ox.Variable("class"): ox.NamedNode(CR + name)}
            for (thing,) in self._rows("things", ("s",), bound):
                if isinstance(thing, ox.NamedNode):
                    found[thing.value] = None
        if not listing.only:
            return list(found)
        kept = {thing.value for (thing,) in self._rows(listing.only, ("s",)) if isinstance(thing, ox.NamedNode)}
        return [thing for thing in found if thing in kept]

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

    def told(self, name: str, wanted: Collection[str]) -> dict[str, list[Term]]:
        """Return what the things in ``wanted`` have by a property of ours, given by its local name."""
        found: defaultdict[str, list[Term]] = defaultdict(list)
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(CR + name), None, ox.DefaultGraph()):
            thing, value = quad.subject, quad.object
            if (
                isinstance(thing, ox.NamedNode)
                and thing.value in wanted
                and isinstance(value, ox.NamedNode | ox.Literal)
            ):
                found[thing.value].append(from_store(value))
        return {thing: sorted(held, key=term_text) for thing, held in found.items()}  # not as the store was filled

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


NamesByLanguage = Mapping[str, Sequence[Literal]]


def write(snapshot: Path, store: ox.Store) -> None:
    """Write the catalogue of the default graph of ``store`` into the snapshot's folder."""
    out, graph = ArrayWriter(), Extraction(store)
    things = {listing.name: graph.things(listing) for listing in LISTS.values()}
    queries = {facet.query for listing in LISTS.values() for facet in listing.facets if not facet.numbers}
    queries |= {listing.place for listing in LISTS.values() if listing.place}
    parents = _parents(graph.pairs("hierarchy"))
    named = {thing for found in things.values() for thing in found} | set(parents)
    named |= {value for query in queries for _, value in graph.pairs(query) if value}
    named |= {parent for above in parents.values() for parent in above}
    labels = graph.texts("labels", named)
    described = graph.texts("descriptions", {thing for found in things.values() for thing in found})
    told = {
        name: graph.told(name, {thing for each in LISTS.values() if _tells(each, name) for thing in things[each.name]})
        for name in TOLD
    }
    points = graph.coordinates()
    languages = _languages([*labels.values(), *described.values()])
    out.add_texts("languages", languages)
    code = {language: number for number, language in enumerate(languages)}
    ordered = [
        _Columns(out, graph, listing, labels, described, told, parents, points, code).write(things[listing.name])
        for listing in LISTS.values()
    ]
    # Of a place or country that no facet has, nothing here says what it is called.
    Standing.write(out, ordered, {thing for name in PLACES for thing in told[name]})
    out.write(snapshot / FOLDER)


def _tells(listing: Listing, name: str) -> bool:
    """Say whether what cards tell by a property stands beside the facets of a list, which do not have it."""
    return listing.name != TOGETHER and all(facet.stated != CR + name for facet in listing.facets)


def _parents(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for below, above in pairs:
        if above:
            found.setdefault(below, []).append(above)
    return {below: sorted(above) for below, above in found.items()}


def _languages(texts: Iterable[Iterable[Literal]]) -> list[str]:
    return sorted({"", *TOLD_IN, *(literal.language for held in texts for literal in held)})


class _Columns:
    """Writes the arrays of one list."""

    def __init__(
        self,
        out: ArrayWriter,
        graph: Extraction,
        listing: Listing,
        labels: NamesByLanguage,
        described: NamesByLanguage,
        told: Mapping[str, Mapping[str, Sequence[Term]]],
        parents: Mapping[str, Sequence[str]],
        points: Mapping[str, Point],
        languages: Mapping[str, int],
    ) -> None:
        self.out, self.graph, self.listing = out, graph, listing
        self.labels, self.described, self.parents, self.points = labels, described, parents, points
        self.told, self.languages = told, languages

    def write(self, things: Iterable[str]) -> list[str]:
        """Write them, and return the things in the order in which they are numbered."""
        name = self.listing.name
        chain = fallback_chain(LANGUAGE)
        keyed = {thing: (sort_key(self._label(thing, chain).value), thing) for thing in things}
        ordered = sorted(keyed, key=keyed.__getitem__)
        place = {thing: number for number, thing in enumerate(ordered)}
        self.out.add_texts(f"{name}/iri", ordered)
        self._names(name, ordered)
        for language in TOLD_IN:
            best = [best_label(self.described.get(thing, ()), fallback_chain(language)) for thing in ordered]
            self._texts(f"{name}/summary/{language}", [text or Literal("") for text in best])
        self._points(name, ordered)
        self._told(name, ordered)
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
        return ordered

    def _told(self, name: str, ordered: Sequence[str]) -> None:
        """Write what cards tell of each thing that its facets do not have: JSON, nothing where that is nothing.

        An IRI stands as it is, a literal as value, language and datatype.
        """
        beyond = [(local, self.told[local]) for local in TOLD if _tells(self.listing, local)]
        texts = []
        for thing in ordered:
            held = [
                (local, term.value if isinstance(term, Iri) else (term.value, term.language, term.datatype))
                for local, by_thing in beyond
                for term in by_thing.get(thing, ())
            ]
            texts.append(orjson.dumps(held).decode() if held else "")
        self.out.add_texts(f"{name}/told", texts)

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
        for language in TOLD_IN:
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
