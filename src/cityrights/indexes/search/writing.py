"""Writing the search index of a snapshot: every named thing, and every claim with its sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson
import pyoxigraph as ox
import tantivy

from cityrights import places
from cityrights.indexes.search.text import FOLDER, INDEXED_KINDS, LANGUAGES, clean, create, distance, tolerance, whole
from cityrights.reuse import NOTHING, Kept
from cityrights.vocabulary import (
    BASE,
    CR,
    DCTERMS,
    KINDS,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    VOCABULARY,
    is_ours,
    path_of,
)

#: Names, those to show first; other names; words that find and are never shown (SKOS 5.1); texts; identifiers; other
#: addresses of the same thing.
_LABELS: Final = (RDFS + "label", SKOS + "prefLabel", DCTERMS + "title", PREFIXES["schema"] + "name",
                  PREFIXES["foaf"] + "name")  # fmt: skip
_OTHER_NAMES: Final = (SKOS + "altLabel", PREFIXES["schema"] + "alternateName")
_HIDDEN: Final = (SKOS + "hiddenLabel",)
_TEXTS: Final = (DCTERMS + "description", SKOS + "definition", RDFS + "comment", PREFIXES["schema"] + "description",
                 CR + "text")  # fmt: skip
_IDENTIFIERS: Final = (DCTERMS + "identifier", PREFIXES["schema"] + "identifier", SKOS + "notation",
                       *(CR + name for name in ("wikidataId", "geonamesId", "m49", "iso3166-1-alpha2",
                                                "iso3166-1-alpha3", "iso3166-2")))  # fmt: skip
_SAME: Final = (SKOS + "exactMatch", OWL + "sameAs")
#: Where a thing is, the nearest first.
_WHERE: Final = (CR + "place", CR + "governs", CR + "country", CR + "within")
_SORT, _STATUS = CR + "kind", CR + "status"
_SUBJECT, _SOURCE, _MODALITY = CR + "subject", CR + "source", CR + "modality"
_COUNTRY: Final = CR + "Country"
#: The number of a line; where a claim stands that has none: after those that have.
_LINE: Final = re.compile("[0-9]{1,9}")
_NO_LINE: Final = 10**9
_LEFT_OUT: Final = ("passage", "connection", "decision")
_GEONAMES: Final = CR + "geonamesId"
_AUTHORITIES: Final = {"wikidata": PREFIXES["wd"], "geonames": "https://sws.geonames.org/"}

Text = tuple[str, str]
#: Room for the words of one segment, in bytes, taken as needed. One segment keeps equal scores in the order of the
#: IRIs; a graph that needs more room has several.
_ROOM: Final = 1 << 30
#: Bytes for which there is room on a disk that is not full.
_PROBE: Final = 1 << 20
#: How much things of a kind count: what people look for before what stands behind it. Others count half.
_WEIGHTS: Final = {
    **dict.fromkeys(("practice", "city", "institution"), 1.0),
    **dict.fromkeys(("country", "department", "island", "region", "instrument", "theme"), 0.9),
    **dict.fromkeys(("association", "award", "event", "group", "network", "organisation", "person", "source"), 0.8),
    **dict.fromkeys(("government", "target-group", "kind"), 0.7),
    "other": 0.4,
    "claim": 0.3,
}
_NOT_YET: Final = 0.85
_MOST_STARTS: Final = 12


@dataclass(slots=True)
class Thing:
    """What the index holds of one thing; each text with its language first, in lower case and empty when not said.

    ``abroad`` are names in languages that the graph does not have; they find a place and are never shown.
    """

    iri: str
    kind: str
    types: list[str] = field(default_factory=list)
    labels: list[Text] = field(default_factory=list)
    other_names: list[Text] = field(default_factory=list)
    hidden: list[Text] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    abroad: tuple[str, ...] = ()
    sort: str = ""
    place: str = ""
    status: str = ""
    countries: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    position: int = 0


class Graph:
    """The parts of the merged graph that are indexed."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._labels = self._literals(_LABELS)
        self._links = {name: self._objects(name) for name in (*_WHERE, _SORT, _STATUS)}
        self._types = self._objects(RDF + "type")

    def label(self, iri: str) -> list[Text]:
        """Return the names to show of a thing, each language once."""
        return list({language: (language, text) for language, text in reversed(self._labels.get(iri, []))}.values())

    def things(self) -> Iterator[Thing]:
        """Yield everything that is named, and every claim, in the order of the IRIs."""
        others, hidden, texts = (self._literals(names) for names in (_OTHER_NAMES, _HIDDEN, _TEXTS))
        claims = self._claims(texts)
        identifiers = self._identifiers()
        numbers = {iri: [text for _, text in texts] for iri, texts in self._literals((_GEONAMES,)).items()}
        sources = self._sources()
        positions = self._positions(sources)
        elsewhere = tuple(self._matched_spaces())
        for iri in sorted({*self._labels, *self._claimed()}):
            kind = kind_of(iri)
            if kind is None:
                continue
            if kind == "other" and iri.startswith(elsewhere) and not (texts.get(iri) or identifiers.get(iri)):
                continue
            thing = Thing(iri, kind, sorted(self._types.get(iri, [])), self._labels.get(iri, []), others.get(iri, []))
            thing.hidden = hidden.get(iri, [])
            thing.texts = [*texts.get(iri, []), *(claims.get(iri, []) if kind == "practice" else [])]
            thing.identifiers = identifiers.get(iri, [])
            if iri in numbers:
                known = frozenset(text for _, text in (*thing.labels, *thing.other_names))
                thing.abroad = tuple(name for number in numbers[iri] for name in _called_abroad(number, known))
            thing.sort, thing.status = self._first(iri, _SORT), self._first(iri, _STATUS)
            thing.place = next((found for name in _WHERE if (found := self._first(iri, name))), "")
            thing.countries = self._countries(iri)
            thing.sources, thing.position = sources.get(iri, []), positions.get(iri, 0)
            yield thing

    def _matched_spaces(self) -> Iterator[str]:
        """Yield how IRIs begin of vocabularies that our concepts are matched with: the targets of linksets (VoID 5).

        What the graph only names of them is left out: its words find our concepts, and found itself it would lead away
        from what the graph has.
        """
        spaces = self._literals((PREFIXES["void"] + "uriSpace",))
        for vocabularies in self._objects(PREFIXES["void"] + "objectsTarget").values():
            for vocabulary in vocabularies:
                yield from (space for _, space in spaces.get(vocabulary, []))

    def names_of_country(self, iri: str) -> Iterator[str]:
        """Yield what a country may be asked for by: its names in every language and its identifiers."""
        yield from (text for _, text in self._labels.get(iri, []))
        for name in _IDENTIFIERS:
            for quad in self._quads(name, ox.NamedNode(iri)):
                yield quad.object.value if isinstance(quad.object, ox.Literal) else ""

    def _quads(self, predicate: str, subject: ox.NamedNode | None = None) -> Iterable[ox.Quad]:
        return self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None, ox.DefaultGraph())

    def _literals(self, predicates: Iterable[str]) -> dict[str, list[Text]]:
        """Return the texts of each thing by these properties, in their order and then by language, each once."""
        found: defaultdict[str, dict[Text, None]] = defaultdict(dict)
        for predicate in predicates:
            mine: defaultdict[str, list[Text]] = defaultdict(list)
            for quad in self._quads(predicate):
                if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                    text = clean(quad.object.value).strip()
                    if text:
                        mine[quad.subject.value].append(((quad.object.language or "").lower(), text))
            for iri, texts in mine.items():
                found[iri].update(dict.fromkeys(sorted(texts)))
        return {iri: list(texts) for iri, texts in found.items()}

    def _objects(self, predicate: str) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for quad in self._quads(predicate):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                found[quad.subject.value].append(quad.object.value)
        return {iri: sorted(values) for iri, values in found.items()}

    def _first(self, iri: str, predicate: str) -> str:
        return next(iter(self._links[predicate].get(iri, [])), "")

    def _claimed(self) -> Iterator[str]:
        for quad in self._quads(CR + "text"):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def _claims(self, texts: dict[str, list[Text]]) -> dict[str, list[Text]]:
        """Return the sentences of the claims about each thing."""
        found: defaultdict[str, list[Text]] = defaultdict(list)
        for claim, subjects in sorted(self._objects(_SUBJECT).items()):
            for subject in subjects:
                found[subject] += texts.get(claim, [])
        return found

    def _sources(self) -> dict[str, list[str]]:
        """Return the documents of each claim; what has no text or is not meant in any way is none."""
        meant = {quad.subject.value for quad in self._quads(_MODALITY) if isinstance(quad.subject, ox.NamedNode)}
        meant &= set(self._claimed())
        return {claim: sources for claim, sources in self._objects(_SOURCE).items() if claim in meant}

    def _positions(self, claims: Iterable[str]) -> dict[str, int]:
        """Return the place of each claim among all: by lines, the first where it has several, those without last."""
        passages, numbers = self._objects(CR + "passage"), self._literals((DCTERMS + "identifier",))
        lines = [self._numbers(CR + name) for name in ("firstLine", "lastLine")]

        def order(claim: str) -> tuple[tuple[int, ...], str, str]:
            spans = [tuple(held.get(one) or _NO_LINE for held in lines) for one in passages.get(claim, [""])]
            number = next((text for _, text in numbers.get(claim, [])), "")
            return min(spans), number.zfill(12), claim

        return {claim: place for place, claim in enumerate(sorted(claims, key=order))}

    def _numbers(self, predicate: str) -> dict[str, int]:
        found = self._literals((predicate,))
        numbers = {iri: [int(text) for _, text in texts if _LINE.fullmatch(text)] for iri, texts in found.items()}
        return {iri: min(held) for iri, held in numbers.items() if held}

    def _identifiers(self) -> dict[str, list[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for predicate in (*_IDENTIFIERS, *_SAME):
            for quad in self._quads(predicate):
                if not isinstance(quad.subject, ox.NamedNode):
                    continue
                if isinstance(quad.object, ox.Literal):
                    found[quad.subject.value].add(quad.object.value)
                elif isinstance(quad.object, ox.NamedNode):
                    found[quad.subject.value] |= _identifiers_in(quad.object.value)
        return {iri: sorted(values) for iri, values in found.items()}

    def _countries(self, iri: str) -> list[str]:
        """Return the countries that a thing is in: those that its places lead to."""
        found, seen, todo = set[str](), {iri}, [iri]
        while todo:
            at = todo.pop()
            if _COUNTRY in self._types.get(at, ()):
                found.add(at)
                continue
            further = {place for name in _WHERE for place in self._links[name].get(at, ())} - seen
            seen |= further
            todo += further
        return sorted(found)


def kind_of(iri: str) -> str | None:
    """Return the kind of a thing by its IRI, ``other`` for those of other sites, None for what is not indexed."""
    if is_ours(iri):
        kind = path_of(iri).partition("/")[0]
        return None if kind in _LEFT_OUT else kind if kind in KINDS else "other"
    return None if iri.startswith((BASE, VOCABULARY)) else "other"


def _identifiers_in(iri: str) -> set[str]:
    """Return what an address elsewhere says of a thing's identifiers: the address, and those of known authorities."""
    for name, base in _AUTHORITIES.items():
        if iri.startswith(base):
            number = iri[len(base) :].rstrip("/")
            return {iri, number, f"{name}/{number}", f"{name}:{number}"}
    return {iri}


@lru_cache(maxsize=20_000)
def _called_abroad(number: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return names that the gazetteer has of a place and no other place has: Wien, Ciudad de México.

    What differs from a name of the graph by no more than a slip is left out: that is found as a slip, and is not sure.
    """
    called = {whole(text) for text in known}
    return tuple(
        name
        for name in (places.names_alone(int(number)) if re.fullmatch("[0-9]{1,9}", number) else ())
        if all(distance(whole(name), other, tolerance(other)) is None for other in called)
    )


#: What a document of the index is made of; and the document.
_Made = tuple[tuple[object, ...], tantivy.Document]


def write(folder: Path, store: ox.Store, kept: Kept = NOTHING) -> None:
    """Write the index of the merged graph in ``store`` into ``folder``; documents that are ``kept`` are used again.

    All are written anew, in their order, and never some of them replaced: what is equally good is found in the order of
    the documents, and how rare a word is would count those that are gone.
    """
    index = create(folder / FOLDER)
    writer = index.writer(_ROOM, 1)
    try:
        _write_all(writer, Graph(store), kept)
    except ValueError:
        _require_room(folder / FOLDER)
        raise
    for file in (folder / FOLDER).iterdir():
        file.chmod(0o644)  # the library keeps some to its user, and whoever serves a snapshot may be another


def _require_room(folder: Path) -> None:
    """Raise OSError where nothing can be written: of what ended its thread the library may say no more than that."""
    probe = folder / "probe"
    try:
        probe.write_bytes(bytes(_PROBE))
    finally:
        probe.unlink(missing_ok=True)


def _write_all(writer: tantivy.IndexWriter, graph: Graph, kept: Kept) -> None:
    countries: dict[str, list[str]] = {}
    before, now = kept.of(("index", "documents"), None, dict[str, _Made]), dict[str, _Made]()
    for thing in graph.things():
        for country in thing.countries:
            if country not in countries:
                countries[country] = [country, *(whole(name) for name in graph.names_of_country(country))]
        shown = orjson.dumps(_shown(thing, graph))
        of = (thing, shown, *(countries[country] for country in thing.countries))
        made = before.get(thing.iri)
        if made is None or made[0] != of:
            made = of, _document(thing, shown, countries)
        if kept.keeps:
            now[thing.iri] = made
        writer.add_document(made[1])
    before.clear()
    before.update(now)
    writer.commit()
    writer.wait_merging_threads()


def _document(thing: Thing, shown: bytes, countries: dict[str, list[str]]) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("iri", thing.iri)
    document.add_text("kind", thing.kind)
    document.add_unsigned("kind_number", INDEXED_KINDS.index(thing.kind))
    names = [*thing.labels, *thing.other_names]
    _add(document, "type", thing.types)
    _add(document, "id", identifiers(thing))
    every = [*(text for _, text in names), *thing.abroad]
    _add(document, "whole", map(whole, every))
    _add(document, "start", (start for text in every for start in starts(text)))
    _add(document, "country", (name for country in thing.countries for name in countries[country]))
    for name, texts in (("name", [*names, *thing.hidden]), ("text", thing.texts)):
        _add(document, name, (*(text for _, text in texts), *(thing.abroad if name == "name" else ())))
        for language in LANGUAGES:
            _add(document, f"{name}_{language}", (text for tag, text in texts if tag.partition("-")[0] == language))
    _add(document, "source", thing.sources)
    document.add_unsigned("position", thing.position)
    slug = thing.status.rpartition("/")[2]
    weight = _WEIGHTS.get(thing.kind, 0.5) * (_NOT_YET if slug in ("underway", "planned") else 1.0)
    document.add_float("weight", weight)
    document.add_bytes("data", shown)
    return document


def identifiers(thing: Thing) -> list[str]:
    """Return everything by which exactly this thing may be asked for, in small letters.

    The last part of its address is among them where it has several words; a single one is a word like any other.
    """
    own = [thing.iri]
    if is_ours(thing.iri):
        key = path_of(thing.iri)
        slug = key.rpartition("/")[2]
        own += [key, *([slug] if "-" in slug else [])]
    return [clean(value).strip().lower() for value in (*own, *thing.identifiers)]


def starts(name: str) -> list[str]:
    """Return what a name starts with, folded: its first word, its first two, and so on.

    A question looks for one of them; the beginnings of all names would be a hundred thousand to go through.
    """
    words = whole(name).split()
    return [" ".join(words[:count]) for count in range(1, min(len(words), _MOST_STARTS) + 1)]


def _add(document: tantivy.Document, field: str, values: Iterable[str]) -> None:
    for value in dict.fromkeys(values):
        if value:
            document.add_text(field, value)


def _shown(thing: Thing, graph: Graph) -> dict[str, Any]:
    """Return what is shown of a thing when it is found, so that showing it asks nothing else."""

    def named(iri: str) -> tuple[str, list[Text]] | None:
        return (iri, graph.label(iri)) if iri else None

    return {
        "iri": thing.iri,
        "kind": thing.kind,
        "types": [name for name in thing.types if name.startswith(CR)] or thing.types,
        "labels": thing.labels,
        "others": thing.other_names,
        "texts": thing.texts,
        "sort": named(thing.sort),
        "place": named(thing.place),
        "status": thing.status,
    }
