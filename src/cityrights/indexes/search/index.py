"""The search index of a snapshot, open for search texts: hits, and where in them the words stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, Self, overload

import orjson
import tantivy
from tantivy import Query

from cityrights import notebook
from cityrights.indexes.search.query import Question, among, beginning, named, near, read, some, strict, without_claims
from cityrights.indexes.search.text import (
    FOLDER,
    INDEXED_KINDS,
    LANGUAGES,
    clean,
    distance,
    fold,
    load,
    schema,
    stem,
    tokens,
    tolerance,
    whole,
    written,
)
from cityrights.terms import fallback_chain
from sparqlgate.errors import SnapshotError

#: The length of a snippet, in characters, and how much of it stands before the first matched word.
_LENGTH: Final = 220
_BEFORE: Final = 60
_SHORTEST_PREFIX: Final = 3
#: The most hits that are ordered: who looks further asks a narrower question.
DEEPEST: Final = 10_000
_KINDS: Final = {"kinds": {"terms": {"field": "kind", "size": 100}}}
#: So many hits are looked at for the word that was probably meant.
_LOOKED_AT: Final = 5
#: The shortest word that is parted from another, in letters, and in how many words that is looked for.
_SHORTEST_PART: Final = 3
_MOST_PARTED: Final = 8
#: A kind with so few hits is asked for together with others.
_FEW: Final = 200
#: No claim has a place after this one.
_LAST: Final = 2**62
#: So many places before a claim and after it are looked at before all are, in documents with more claims.
_NEAR: Final = (64, 4096)


class Match(StrEnum):
    """How what was found has the words that were asked for."""

    ALL = "all"
    NEAR = "near"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in a language (empty: not said) and the ranges of its characters that matched, in order."""

    value: str
    language: str = ""
    marks: tuple[tuple[int, int], ...] = ()

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """Yield the text piece by piece, and of each whether it matched."""
        at = 0
        for first, last in self.marks:
            if first > at:
                yield self.value[at:first], False
            yield self.value[first:last], True
            at = last
        if at < len(self.value):
            yield self.value[at:], False


@dataclass(frozen=True, slots=True)
class Named:
    """Another thing that a hit names: its IRI, its name and that name's language."""

    iri: str
    label: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found.

    ``kind`` is a kind of path (``city``, ``claim`` …), or ``other`` for a thing of another site; ``types`` are its
    classes. ``other_name`` is the name that matched when neither ``label`` nor ``snippet`` did; ``status`` is an IRI.
    ``score`` orders the hits of one search and means nothing beyond it.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    label: Marked
    score: float
    other_name: Marked | None = None
    snippet: Marked | None = None
    sort: Named | None = None
    place: Named | None = None
    status: str = ""

    def html(self) -> str:
        """Return the hit as an item of a list in a notebook."""
        place = f", {notebook.text(self.place.label)}" if self.place else ""
        snippet = f"<br>{notebook.marked(self.snippet.pieces())}" if self.snippet else ""
        named = notebook.link(self.iri, self.label.value, self.label.language)
        return f"{named} ({notebook.text(self.kind)}{place}){snippet}"

    def record(self) -> dict[str, object]:
        """Return the hit as JSON has it."""
        return {
            "iri": self.iri,
            "kind": self.kind,
            "label": self.label.value,
            "language": self.label.language or None,
            "otherName": self.other_name.value if self.other_name else None,
            "snippet": self.snippet.value if self.snippet else None,
            "marks": [list(mark) for mark in self.snippet.marks] if self.snippet else [],
            "sort": self.sort.iri if self.sort else None,
            "sortLabel": self.sort.label if self.sort else None,
            "place": self.place.iri if self.place else None,
            "placeLabel": self.place.label if self.place else None,
            "status": self.status or None,
            "score": round(self.score, 3),
        }


@dataclass(frozen=True)
class Hits(Sequence[Hit]):
    """The answer to a search: how many things, how many of each kind, and some of them, best first.

    It is a sequence of those that are here: ``for hit in hits``, ``hits[0]``, ``len(hits)``.
    ``total`` counts those of the kinds asked for; ``by_kind`` counts every kind. ``suggestion`` is what was probably
    meant, where only words like those that were asked for are there.
    """

    text: str
    match: Match
    total: int
    by_kind: Mapping[str, int]
    hits: tuple[Hit, ...]
    suggestion: str = ""

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __repr__(self) -> str:
        return f"<Hits: {len(self)} of {self.total} for {self.text!r}>"

    def _repr_html_(self) -> str:
        """Return the hits as a notebook shows them."""
        kinds = ", ".join(f"{kind} {number:,}" for kind, number in self.by_kind.items())
        meant = f" Did you mean: {notebook.text(self.suggestion)}?" if self.suggestion else ""
        found = f"{self.total:,} found{f' ({notebook.text(kinds)})' if kinds else ''}.{meant}"
        return f"<p>{found}</p>{notebook.listed(hit.html() for hit in self)}"


class Marker:
    """Finds the words of one question in texts; ``typos`` says whether words like them count, too."""

    def __init__(self, words: Sequence[str], *, typos: bool = False) -> None:
        self._words = tuple(dict.fromkeys(words))
        self._typos = typos
        self._stems = {tag: {stem(word, tag): word for word in self._words} for tag in LANGUAGES}

    def mark(self, text: str, language: str) -> Marked:
        """Return the whole text with the words marked."""
        return Marked(text, language, tuple((first, last) for first, last, _ in self.find(text, language)))

    def find(self, text: str, language: str) -> list[tuple[int, int, str]]:
        """Return first and last character of each matched word, and the word of the question that it matches."""
        if not self._words:
            return []
        tag = language.partition("-")[0]
        stems = [token.text for token in tokens(text, tag)] if tag in LANGUAGES else None
        found = []
        for number, token in enumerate(tokens(text)):
            word = self._same(token.text)
            if word is None and stems is not None:
                word = self._stems[tag].get(stems[number])
            if word is not None:
                found.append((token.char_offset_from, token.char_offset_to, word))
        return found

    def _same(self, token: str) -> str | None:
        for word in self._words:
            if token == word or (len(word) >= _SHORTEST_PREFIX and token.startswith(word)):
                return word
        if self._typos:
            for word in self._words:
                if distance(token, word, tolerance(word)) is not None:
                    return word
        return None

    def snippet(self, texts: Sequence[tuple[str, str]], language: str) -> Marked | None:
        """Return the part to show of ``texts`` (language and text of each): where most of the words are.

        Among equals the one in the reader's language, then the first. What is said in several languages is shown in
        the reader's, though the word be that of another: who asks for “Jenin” in Spanish reads of Yenín. None when
        there are no texts.
        """
        best: tuple[tuple[int, bool, int], str, str, list[tuple[int, int, str]]] | None = None
        for number, (tag, text) in enumerate(texts):
            found = self.find(text, tag)
            rank = (len({word for _, _, word in found}), tag == language, -number)
            if best is None or rank > best[0]:
                best = (rank, tag, text, found)
        if best is None:
            return None
        (*_, place), tag, text, found = best
        if tag != language and (own := _said_in(language, texts, -place)) is not None:
            tag, text = own
            found = self.find(text, tag)
        first, last = _window(text, found[0][0] if found else 0)
        lead, tail = "… " if first else "", " …" if last < len(text) else ""
        shift = len(lead) - first
        marks = tuple((at + shift, to + shift) for at, to, _ in found if at >= first and to <= last)
        return Marked(lead + text[first:last] + tail, tag, marks)


def _said_in(language: str, texts: Sequence[tuple[str, str]], at: int) -> tuple[str, str] | None:
    """Return the text at ``at`` as it is said in a language; None when it is not.

    The index holds what is said in several languages side by side, ordered by language, each once.
    """
    first = last = at
    while first and texts[first - 1][0] < texts[first][0]:
        first -= 1
    while last + 1 < len(texts) and texts[last][0] < texts[last + 1][0]:
        last += 1
    return next(((tag, text) for tag, text in texts[first : last + 1] if tag == language), None)


def _window(text: str, at: int) -> tuple[int, int]:
    """Return first and last character of the part around ``at``, between words where there are spaces."""
    if len(text) <= _LENGTH:
        return 0, len(text)
    first = 0
    if at > _BEFORE:
        space = text.rfind(" ", 0, at - _BEFORE + 1)
        first = space + 1 if space >= at - 2 * _BEFORE else at - _BEFORE
    last = min(len(text), first + _LENGTH)
    if last < len(text):
        space = text.rfind(" ", at, last)
        last = space if space > at + 1 else last
    return first, last


_Place = tuple[float, tantivy.DocAddress]
_Texts = Sequence[Sequence[str]]
#: Fields of the index (``type``, ``country``), each with the values of which one will do.
Narrowed = Sequence[tuple[str, Sequence[str]]]


class Snapshot(Protocol):
    """What the search needs of a snapshot."""

    @property
    def path(self) -> Path: ...


class SearchIndex:
    """Open it with :meth:`open`; threads may share it. The same question to the same snapshot has the same answer."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher

    @classmethod
    def open(cls, snapshot: Snapshot) -> Self:
        """Open the index of a snapshot. Raises SnapshotError where there is none that can be read."""
        folder = snapshot.path / FOLDER
        if not (folder / "meta.json").is_file():
            raise SnapshotError(
                f"the snapshot in {snapshot.path} has no search index; build a new one: cityrights build"
            )
        try:
            return cls(load(folder))
        except (OSError, ValueError) as error:
            raise SnapshotError(
                f"the search index in {folder} cannot be read: {error}; run: cityrights build --force"
            ) from error

    def search(
        self, text: str, language: str = "en", kinds: Sequence[str] = (), limit: int = 10, offset: int = 0
    ) -> Hits:
        """Find things by any text, best first.

        ``language`` (en, fr, es) is the reader's: labels are in it and its word forms count more; all three are
        searched. ``kinds`` narrows to kinds of path, such as ``city`` or ``claim``. Where nothing has all the words,
        words with typing errors count (``Match.NEAR``), and after them things with some of the words (``Match.SOME``);
        where nothing has any, two words that were written as one are parted (``Match.NEAR``, too).
        """
        asked = read(text)
        if asked.is_empty:
            return Hits(asked.text, Match.NONE, 0, {}, ())
        match, query, counts = self._best(asked, language)
        if match is Match.NONE and (parted := self._parted(asked)):
            return _as_meant(asked, parted, self.search(parted, language, kinds, limit, offset))
        total = sum(count for kind, count in counts.items() if not kinds or kind in kinds)
        hits = self._hits(asked, match, query, language, kinds, limit, offset) if total else ()
        suggestion = self._meant(asked, query) if match is Match.NEAR else ""
        return Hits(asked.text, match, total, counts, hits, suggestion)

    def overview(self, text: str, language: str = "en", each: int = 5) -> Hits:
        """Find things as :meth:`search` does, the best ``each`` of every kind.

        They stand kind by kind, that of the best hit first; claims, which are evidence, stand last.
        """
        asked = read(text)
        if asked.is_empty:
            return Hits(asked.text, Match.NONE, 0, {}, ())
        match, query, counts = self._best(asked, language)
        if match is Match.NONE and (parted := self._parted(asked)):
            return _as_meant(asked, parted, self.overview(parted, language, each))
        marker = Marker(asked.marked, typos=match is Match.NEAR)
        groups = [
            tuple(_hit(data, score, language, marker) for score, data in self._read(best))
            for best in self._best_of_each(query, counts, each)
        ]
        groups.sort(key=lambda hits: (hits[0].kind == "claim", -hits[0].score, hits[0].iri))
        suggestion = self._meant(asked, query) if match is Match.NEAR else ""
        hits = tuple(hit for group in groups for hit in group)
        return Hits(asked.text, match, sum(counts.values()), counts, hits, suggestion)

    def suggest(self, text: str, language: str = "en", limit: int = 8, narrowed: Narrowed = ()) -> list[Hit]:
        """Return things whose names begin with, or have words that begin with, what somebody has typed so far."""
        asked = read(text)
        if asked.is_empty:
            return []
        marker = Marker(asked.marked)
        for typos in (False, True):
            query = self._narrow(beginning(asked, typos=typos), narrowed)
            found = self._found(query, limit)
            if found:
                return [_hit(data, score, language, marker, texts=False) for score, data in found]
        return []

    def candidates(self, text: str, language: str, limit: int, narrowed: Narrowed = ()) -> list[tuple[Hit, list[str]]]:
        """Return things that may be meant by a name, each with all its names, folded."""
        asked = read(text)
        if asked.is_empty:
            return []
        for ask in (strict, near, some):
            found = self._found(self._narrow(ask(asked, language), narrowed), limit)
            if found:
                return [
                    (
                        _hit(data, score, language, Marker(())),
                        [whole(name) for _, name in (*data["labels"], *data["others"])],
                    )
                    for score, data in found
                ]
        return []

    def called(self, text: str, narrowed: Narrowed = ()) -> list[str]:
        """Return the IRIs of the things with exactly this name or identifier: accents, capitals and signs apart."""
        query = self._narrow(named(read(text)), narrowed)
        return [str(data["iri"]) for _, data in self._found(query, 100)]

    def identified(self, identifier: str) -> list[str]:
        """Return the IRIs of the things with an identifier, such as ``wikidata/Q803``, the most looked for first."""
        query = Query.term_query(schema(), "id", clean(identifier).strip().lower())
        return [str(data["iri"]) for _, data in self._found(Query.const_score_query(query, 1.0), 100)]

    def claims_of(self, source: str, limit: int, offset: int = 0) -> list[str]:
        """Return the IRIs of the claims that are drawn from a document, in its order, ``limit`` of them.

        Claims without an address of their own are not among them. SPARQL would have to sort all claims for each page:
        seconds where there are a hundred thousand.
        """
        if offset >= self.claims_in(source):
            return []
        query = Query.term_query(schema(), "source", written(source))
        found = self._searcher.search(
            query, limit, count=False, offset=offset, order_by_field="position", order=tantivy.Order.Asc
        )
        return [str(orjson.loads(self._data(address))["iri"]) for _, address in found.hits]

    def around(self, claim: str, source: str, count: int) -> tuple[list[str], list[str]]:
        """Return the claims that stand before a claim in its document and after it, at most ``count`` of each."""
        own = self._searcher.search(
            Query.term_query(schema(), "iri", written(claim)), 1, count=False, order_by_field="position"
        ).hits
        if not own:
            return [], []
        place = int(own[0][0])
        # All that is drawn from a document would be put into order: of a long one what stands near is looked at first.
        widths = (*(_NEAR if self.claims_in(source) > _NEAR[-1] else ()), _LAST)
        before, after = (self._beside(place, written(source), count, widths, way) for way in (-1, 1))
        return before[::-1], after

    def _beside(self, place: int, source: str, count: int, widths: Iterable[int], way: int) -> list[str]:
        """Return the claims of a document before a place (``way`` -1) or after it (1), the nearest first."""
        drawn = Query.term_query(schema(), "source", source)
        order = tantivy.Order.Asc if way > 0 else tantivy.Order.Desc
        found: list[str] = []
        for width in widths:
            least, most = (place + 1, min(place + width, _LAST)) if way > 0 else (max(place - width, 0), place - 1)
            if most < least:
                break
            within = Query.range_query(schema(), "position", tantivy.FieldType.Unsigned, least, most)
            asked = Query.boolean_query([(tantivy.Occur.Must, drawn), (tantivy.Occur.Must, within)])
            hits = self._searcher.search(asked, count, count=False, order_by_field="position", order=order).hits
            found = [str(orjson.loads(self._data(address))["iri"]) for _, address in hits]
            if len(found) == count:
                break
        return found

    def claims_in(self, source: str) -> int:
        """Return how many claims are drawn from a document."""
        return self._searcher.doc_freq("source", written(source))

    def get(self, iri: str, language: str = "en") -> Hit | None:
        """Return one thing as it is shown when it is found, None when the index does not hold it."""
        found = self._found(Query.term_query(schema(), "iri", written(iri)), 1)
        return next((_hit(data, 0.0, language, Marker(())) for _, data in found), None)

    def types(self) -> dict[str, int]:
        """Return the classes of things and how many there are of each."""
        names = [name for name, _ in self._searcher.terms_with_prefix("type", "")]
        return {name: self._searcher.doc_freq("type", name) for name in names}

    def _narrow(self, query: Query, narrowed: Narrowed) -> Query:
        query = without_claims(query)
        return among(query, *narrowed) if narrowed else query

    def _best(self, asked: Question, language: str) -> tuple[Match, Query, dict[str, int]]:
        """Return the first way to ask that finds something, and how much of each kind it finds."""
        query = strict(asked, language)
        for match, ask in ((Match.ALL, strict), (Match.NEAR, near), (Match.SOME, some)):
            if match is Match.SOME and len(asked.words) + len(asked.phrases) < 2:
                break
            query = ask(asked, language)
            counts = self._counts(query)
            if counts:
                return match, query, counts
        return Match.NONE, query, {}

    def _hits(
        self, asked: Question, match: Match, query: Query, language: str, kinds: Sequence[str], limit: int, offset: int
    ) -> tuple[Hit, ...]:
        marker = Marker(asked.marked, typos=match is Match.NEAR)
        found = self._found(among(query, ("kind", kinds)) if kinds else query, limit, offset)
        return tuple(_hit(data, score, language, marker) for score, data in found)

    def _counts(self, query: Query) -> dict[str, int]:
        buckets = self._searcher.aggregate(query, _KINDS)["kinds"]["buckets"]
        return {bucket["key"]: bucket["doc_count"] for bucket in sorted(buckets, key=lambda one: str(one["key"]))}

    def _found(self, query: Query, limit: int, offset: int = 0) -> list[tuple[float, dict[str, Any]]]:
        wanted = min(limit, DEEPEST - offset)
        if wanted <= 0:
            return []
        return self._read(self._places(query, wanted, offset))

    def _places(self, query: Query, limit: int, offset: int = 0) -> list[_Place]:
        hits: list[_Place] = self._searcher.search(
            query, limit, count=False, offset=offset, weight_by_field="weight"
        ).hits
        return hits

    def _read(self, places: Sequence[_Place]) -> list[tuple[float, dict[str, Any]]]:
        found = [(score, orjson.loads(self._data(address))) for score, address in places]
        return sorted(found, key=lambda pair: (-pair[0], pair[1]["iri"]))

    def _best_of_each(self, query: Query, counts: Mapping[str, int], each: int) -> list[list[_Place]]:
        """Return the best of each kind with few searches: one for all kinds with few hits, one for each of the others.

        What a search costs is mostly to find everything that has the words, whatever it is narrowed to.
        """
        few = {kind: count for kind, count in counts.items() if count <= _FEW}
        held: dict[str, list[_Place]] = {kind: [] for kind in few}
        if few:
            narrowed = query if len(few) == len(counts) else among(query, ("kind", list(few)))
            places = self._places(narrowed, sum(few.values()))
            numbers = self._searcher.fast_field_values("kind_number", [address for _, address in places])
            for place, number in zip(places, numbers, strict=True):
                held[INDEXED_KINDS[int(number or 0)]].append(place)
        best = [places[:each] for places in held.values()]
        return best + [self._places(among(query, ("kind", [kind])), each) for kind in counts if kind not in few]

    def _data(self, address: tantivy.DocAddress) -> bytes:
        return bytes(self._searcher.doc(address).get_first("data") or b"{}")

    def _parted(self, asked: Question) -> str:
        """Return the text with each word parted in two that names have, the more the better; empty where none is."""
        if asked.phrases or asked.without:
            return ""
        found = {word: parts for word in asked.words[:_MOST_PARTED] if (parts := self._two(word))}
        return " ".join(found.get(word, word) for word in asked.words) if found else ""

    def _two(self, word: str) -> str:
        known = [
            (min(self._searcher.doc_freq("name", part) for part in parts), " ".join(parts))
            for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
            for parts in ((word[:at], word[at:]),)
        ]
        count, parted = max(known, default=(0, ""))
        return parted if count else ""

    def _meant(self, asked: Question, query: Query) -> str:
        """Return the text with each word that is nowhere replaced by the one that was probably meant."""
        found = [data for _, data in self._found(query, _LOOKED_AT)]
        marker = Marker(asked.words, typos=True)
        nearest: dict[str, tuple[int, str]] = {}
        for data in found:
            for language, text in (*data["labels"], *data["others"], *data["texts"]):
                for first, last, word in marker.find(text, language):
                    away = distance(word, "".join(fold(text[first:last])), tolerance(word))
                    if away is not None and (word not in nearest or away < nearest[word][0]):
                        nearest[word] = (away, text[first:last])
        words = [part for part in asked.text.split() if fold(part)]
        return " ".join(nearest.get("".join(fold(word)), (0, word))[1] for word in words)


def _as_meant(asked: Question, meant: str, found: Hits) -> Hits:
    """Return what was found for another text as what was meant by the one that was asked for."""
    return replace(found, text=asked.text, match=Match.NEAR, suggestion=found.suggestion or meant)


def _hit(data: dict[str, Any], score: float, language: str, marker: Marker, *, texts: bool = True) -> Hit:
    tag, name = _chosen(data["labels"], language) if data["labels"] else ("", "")
    label = marker.mark(name, tag)
    snippet = marker.snippet(data["texts"], language) if texts or not name else None
    if not name and snippet is not None:  # a claim may have no name but its sentence
        label = snippet
    other = None
    if not label.marks and not (texts and snippet and snippet.marks):
        marked = (marker.mark(text, tag) for tag, text in (*data["labels"], *data["others"]))
        other = max((one for one in marked if one.marks), key=lambda one: len(one.marks), default=None)
    return Hit(
        data["iri"],
        data["kind"],
        tuple(data["types"]),
        label,
        score,
        other,
        snippet if texts else None,
        _named(data["sort"], language),
        _named(data["place"], language),
        data["status"],
    )


def _named(pair: tuple[str, _Texts] | None, language: str) -> Named | None:
    if pair is None or not pair[1]:
        return None
    tag, text = _chosen(pair[1], language)
    return Named(pair[0], text, tag)


def _chosen(texts: _Texts, language: str) -> tuple[str, str]:
    """Return the text that a reader should see, and its language: their own, the first, English, then any."""
    for wanted in (*fallback_chain(language), ""):
        for tag, text in texts:
            if tag == wanted or (wanted and tag.startswith(wanted + "-")):
                return tag, text
    return texts[0][0], texts[0][1]
