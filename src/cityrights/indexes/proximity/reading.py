"""The connections of a snapshot: prepared from a store, written, and read to tell who is close to whom."""

from __future__ import annotations

import threading
import unicodedata
import zipfile
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyoxigraph as ox

from cityrights.errors import UnknownThing
from cityrights.indexes.proximity.measure import (
    ALL_SETTLED,
    LOOSELY,
    MOST_TOLD,
    Filter,
    Level,
    Measure,
    Reason,
    choose,
    level,
    reasons,
    settled,
    strength,
)
from cityrights.indexes.proximity.network import Likeness, Likenesses, Network, build, chains, join
from cityrights.indexes.proximity.table import Table, read
from cityrights.indexes.proximity.told import Told
from cityrights.indexes.proximity.told import load as load_told
from cityrights.instance import instance
from cityrights.library.names import meant, nearest, slug
from cityrights.reuse import NOTHING, Kept
from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH_DATASET,
    GRAPH_DERIVED,
    ID,
    LICENSE,
    PREFIXES,
    RDF,
    RDFS,
    XSD,
    expand,
    short,
)
from sparqlgate.errors import SnapshotError

FOLDER: Final = "connections"
_NAMES: Final = "names.txt"
_ARRAYS: Final = "connections.npz"
_LINK = ("place", "feature", "kind", "item", "through", "unsettled", "listed")
_TIE = ("a", "b", "kind", "from", "to", "back", "unsettled")
_NETWORK = ("community", "centrality", "x", "y")
GRAPH: Final = GRAPH_DERIVED + "connections"
_TITLES: Final = {
    "en": "The places closest to each place, by the rare things that they share and their direct ties",
    "fr": "Les lieux les plus proches de chaque lieu, par les choses rares qu’ils partagent et leurs liens directs",
    "es": "Los lugares más cercanos a cada lugar, por las cosas raras que comparten y sus vínculos directos",
}
_PROGRAM: Final = {"en": "the program ", "fr": "le programme ", "es": "el programa "}
_HOW: Final = {
    "en": "Computed by cityrights.indexes.proximity from everything asserted and derived before it; the measure is "
    "told in docs/connections.md. What is underway or planned does not count.",
    "fr": "Calculé par cityrights.indexes.proximity de tout ce qui est affirmé et a été dérivé avant ; la mesure est "
    "exposée dans docs/connections.md. Ce qui est en cours ou prévu ne compte pas.",
    "es": "Calculado por cityrights.indexes.proximity de todo lo afirmado y derivado antes; la medida se explica en "
    "docs/connections.md. Lo que está en curso o previsto no cuenta.",
}
_LABELS: Final = {
    "en": "{a} is close to {b}",
    "fr": "{a} est proche {of_b}",
    "es": "{a} está cerca de {b}",
}
if not instance().is_shipped:
    _HOW.update({language: told.replace(f"{__package__} ", _PROGRAM[language]) for language, told in _HOW.items()})
#: A language's sentence, its words for the five ranks, and what stands between the reasons.
_TOLD: Final = {
    "en": (
        "{b} is the {rank} place to {a}, by {shared}.",
        ("closest", "second closest", "third closest", "fourth closest", "fifth closest"),
        "; ",
    ),
    "fr": (
        "Pour {a}, {b} est le {rank}lieu le plus proche, par {shared}.",
        ("", "deuxième ", "troisième ", "quatrième ", "cinquième "),
        "\u202f; ",
    ),
    "es": (
        "Para {a}, {b} es el {rank}lugar más cercano, por {shared}.",
        ("", "segundo ", "tercer ", "cuarto ", "quinto "),
        "; ",
    ),
}


def pairs_of(store: ox.Store) -> Callable[[str], Iterable[tuple[str, str]]]:
    """Return what reads the things that a predicate joins in the default graph of a store."""

    def pairs(predicate: str) -> list[tuple[str, str]]:
        default = ox.DefaultGraph()
        found = store.quads_for_pattern(None, ox.NamedNode(predicate), None, default)
        return [
            (quad.subject.value, quad.object.value)
            for quad in found
            if isinstance(quad.object, ox.NamedNode) and isinstance(quad.subject, ox.NamedNode)
        ]

    return pairs


def prepare(store: ox.Store, kept: Kept = NOTHING) -> tuple[Table, Network]:
    """Read the connections of a store's default graph, and join its places; a network that is ``kept`` stays."""
    table = read(pairs_of(store))
    return table, build(Measure(table, settled(table)), kept)


def write(folder: Path, table: Table, network: Network) -> None:
    """Write both into ``folder``/connections."""
    target = folder / FOLDER
    target.mkdir()
    (target / _NAMES).write_text("\n".join(table.names), "utf-8")
    arrays: dict[str, Any] = {f"link_{name}": table.link[name] for name in _LINK}
    arrays |= {f"tie_{name}": table.tie[name] for name in _TIE}
    arrays |= {name: getattr(network, name) for name in _NETWORK}
    arrays |= {name: getattr(network.joined, name) for name in ("data", "indices", "indptr")}
    arrays |= {name: getattr(table, name) for name in ("places", "item", "item_place", "item_unsettled")}
    arrays |= {name: getattr(table, name) for name in ("narrow", "broad")}
    np.savez(target / _ARRAYS, allow_pickle=False, **arrays)


def load(folder: Path) -> tuple[Table, Network]:
    """Read what :func:`write` wrote. Raises SnapshotError when it is not there or not whole."""
    from scipy import sparse

    source = folder / FOLDER
    try:
        names = (source / _NAMES).read_text("utf-8").split("\n")
        with np.load(source / _ARRAYS, allow_pickle=False) as held:
            table = Table(
                names if names != [""] else [],
                held["places"],
                {name: held[f"link_{name}"] for name in _LINK},
                {name: held[f"tie_{name}"] for name in _TIE},
                held["item_place"],
                held["item"],
                held["item_unsettled"],
                held["narrow"],
                held["broad"],
            )
            shape = (len(table.places), len(table.places))
            joined = sparse.csr_array((held["data"], held["indices"], held["indptr"]), shape=shape)
            return table, Network(joined, *(held[name] for name in _NETWORK))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SnapshotError(
            f"the connections in {source} cannot be read: {error}; run: cityrights build --force"
        ) from error


#: So many closest places of each, and at most so many reasons of each connection.
CLOSEST, _REASONS = 5, 8


def quads(store: ox.Store) -> Iterator[ox.Quad]:
    """Yield the connections of the places of a store's default graph, and what the dataset says of theirs (PROV-O).

    Without a name in a language, the last part of an IRI stands for it.
    """
    table = read(pairs_of(store))
    measure, graph = Measure(table, settled(table)), ox.NamedNode(GRAPH)
    for place in table.places.tolist():
        near = (one for one in measure.nearest(place, CLOSEST) if one[1] >= LOOSELY)  # of the rest nobody would say so
        for rank, (other, close) in enumerate(near, 1):
            for subject, predicate, value in _connection(measure, store, place, other, rank, close):
                yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value, graph)
    yield from _provenance(graph)


def connection_iri(a: str, b: str) -> str:
    """Return the IRI of the connection from one place to another."""
    return f"{ID}connection/{a.removeprefix(ID)}/{b.removeprefix(ID)}"


def _connection(
    measure: Measure, store: ox.Store, place: int, other: int, rank: int, strength: float
) -> Iterator[tuple[str, str, ox.NamedNode | ox.Literal]]:
    a, b = measure.table.names[place], measure.table.names[other]
    iri = connection_iri(a, b)
    because = [_because(reason, b) for reason in reasons(measure, place, other, 0)[:_REASONS]]
    yield a, CR + "closeTo", ox.NamedNode(b)
    yield iri, RDF + "type", ox.NamedNode(CR + "Connection")
    yield iri, CR + "from", ox.NamedNode(a)
    yield iri, CR + "to", ox.NamedNode(b)
    yield iri, CR + "rank", ox.Literal(str(rank), datatype=ox.NamedNode(XSD + "integer"))
    yield iri, CR + "strength", _decimal(strength)
    for thing in dict.fromkeys(because):
        yield iri, CR + "because", ox.NamedNode(thing)
    for language, text in _LABELS.items():
        names = {"a": _name(store, a, language), "b": _name(store, b, language)}
        names["of_b"] = _of(names["b"])
        yield iri, RDFS + "label", ox.Literal(text.format(**names), language=language)
        sentence, ordinal, between = _TOLD[language]
        shared = between.join(dict.fromkeys(_name(store, thing, language) for thing in because))
        told = sentence.format(rank=ordinal[rank - 1], shared=shared, **names)
        yield iri, DCTERMS + "description", ox.Literal(told, language=language)


def _because(reason: Reason, b: str) -> str:
    """Return what a reason is about: the shared thing, or what ties the two on the other's side."""
    if reason.thing:
        return reason.thing
    last = reason.ours[0].hops[-1]
    return last.subject if last.subject != b else last.object


def _decimal(value: float) -> ox.Literal:
    """Write a number with at most three digits as the canonical xsd:decimal (XSD 1.1 Part 2, §E.1)."""
    text = f"{value:.3f}".rstrip("0")
    return ox.Literal(text[:-1] if text.endswith(".") else text, datatype=ox.NamedNode(XSD + "decimal"))


def _name(store: ox.Store, iri: str, language: str) -> str:
    labels = {
        quad.object.language: quad.object.value
        for quad in store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(RDFS + "label"), None, ox.DefaultGraph())
        if isinstance(quad.object, ox.Literal)
    }
    return labels.get(language) or labels.get("en") or iri.rpartition("/")[2]


def _of(name: str) -> str:
    """Return a French name with the preposition before it, which a vowel shortens."""
    first = unicodedata.normalize("NFD", name)[:1].lower()
    return f"d’{name}" if first in {*"aeiouœæ"} else f"de {name}"


def _provenance(graph: ox.NamedNode) -> Iterator[ox.Quad]:
    about = ox.NamedNode(GRAPH_DATASET)
    yield ox.Quad(graph, ox.NamedNode(RDF + "type"), ox.NamedNode(PREFIXES["prov"] + "Entity"), about)
    for name, said in (("title", _TITLES), ("provenance", _HOW)):
        for language, text in said.items():
            yield ox.Quad(graph, ox.NamedNode(DCTERMS + name), ox.Literal(text, language=language), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "license"), ox.NamedNode(LICENSE), about)


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

    @property
    def level(self) -> Level:
        """The connection in a word."""
        return level(self.strength, told=any(reason.direct for reason in self.reasons))


@dataclass(frozen=True, slots=True)
class Chain:
    """A way from one place to another by way of others; ``reasons`` has the best reason for each of its links."""

    places: tuple[str, ...]
    strength: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How two places are connected: direct ties first, then what they share, then by way of others.

    ``told`` are the ties of the two that a document tells.
    """

    a: str
    b: str
    strength: float
    closeness: float
    reasons: tuple[Reason, ...]
    chains: tuple[Chain, ...]
    told: tuple[Told, ...] = ()

    @property
    def level(self) -> Level:
        """The connection in a word."""
        return level(self.strength, told=bool(self.told) or any(reason.direct for reason in self.reasons))


@dataclass(frozen=True, slots=True)
class Community:
    """Places that are closer to each other than to the rest, and what the most of them share that others lack."""

    number: int
    places: tuple[str, ...]
    shared: tuple[str, ...]


class Connections:
    """Who is close to whom, and why."""

    def __init__(self, table: Table, network: Network, told: Sequence[Told] = ()) -> None:
        self.table = table
        self.network = network
        self.told = tuple(told)
        self._told: defaultdict[str, list[Told]] = defaultdict(list)
        for tie in told:
            for end in sorted({tie.start, tie.end, tie.by, tie.of}):
                self._told[end].append(tie)
        self._measures: OrderedDict[Filter, Measure] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, snapshot: Path) -> Connections:
        """Open the connections of the snapshot in this folder. Raises SnapshotError when it has none."""
        return cls(*load(snapshot), load_told(snapshot / FOLDER))

    def prepare(self) -> None:
        """Make what pages find links and likenesses by, which the first of a large graph would wait for."""
        self.table.links_of()
        self._likenesses.prepare()
        if self.places:
            self.measure().links_of(0, 0)

    def told_of(self, thing: str) -> list[Told]:
        """Return the told ties of a place, an actor, a practice or an institution, in the order of all."""
        return self._told.get(thing, [])

    def told_between(self, a: str, b: str) -> list[Told]:
        """Return the told ties of two places with each other."""
        return [tie for tie in self.told_of(a) if {tie.start, tie.end} == {a, b}]

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
        by_others = tuple(self._chain(*held) for held in by_way)
        return Explanation(a, b, strength(closeness), closeness, found, by_others, tuple(self.told_between(a, b)))

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
