"""The description of one resource, from a handful of queries: its statements, their evidence, its claims."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Final, TypeAlias

from cityrights.library.pages import ask, ask_of_each
from cityrights.resources.labels import Vocabulary, gather_labels
from cityrights.resources.model import (
    AboutLine,
    Card,
    ClaimLine,
    DecisionLine,
    Description,
    Evidence,
    Incoming,
    Link,
    Origin,
    Statement,
)
from cityrights.terms import Iri, Literal, Row, Term, best_label, fallback_chain
from cityrights.vocabulary import CR, DCTERMS, GRAPH, GRAPH_TRANSLATIONS, RDF, RDFS, SKOS, iri_of
from sparqlgate import Store

#: Things shown for each property that points here; the rest is on further pages.
PAGE = 50
#: Pointers that are read at once. Where there are as many they are counted, and only pages of them are read.
AT_ONCE: Final = 120
#: Pointers that are sorted before they are paged; sorting more would take longer than a page may.
_SORTED = 500

_LABELS = (RDFS + "label", SKOS + "prefLabel")
_PLACE, _STATUS, _KIND, _THEME, _MEASURE = (CR + name for name in ("place", "status", "kind", "theme", "measure"))


#: What knows the cards of some things for a reader of a language: by their IRIs those that it knows.
Held: TypeAlias = Callable[[Iterable[str], Vocabulary, str], Mapping[str, Card]]


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """The thing that is pointed to, for a reader of ``language``; the rest is as ``describe`` has it."""

    engine: Store
    vocabulary: Vocabulary
    thing: Iri
    language: str
    page: int
    only: str | None
    held: Held | None = None

    def here(self, predicate: str) -> int:
        """Return the page of what points here with a property."""
        return self.page if self.only in (None, predicate) else 1


def pointing(asked: IncomingRequest, known: Mapping[str, int] | None = None) -> Iterator[Incoming]:
    """Yield the properties that point to the thing, the most frequent first, each with one page of cards.

    ``known`` says how many things point here with each property, where that was counted before. Raises QueryError as
    the engine does.
    """
    if known is not None:
        yield from _counted(asked, known)
        return
    rows = ask(asked.engine, "thing_neighbours", {"thing": asked.thing}, limit=AT_ONCE)
    if len(rows) >= AT_ONCE:
        yield from _counted(asked, _counts(asked))
        return
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[str(row["p"])].append(row)
    held_cards = cards(rows, asked.engine, asked.vocabulary, asked.language, asked.held)
    for predicate, every in sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])):
        those = {row["s"] for row in every}
        here = asked.here(predicate)
        found = [card for card in held_cards if card.thing.iri in those]
        shown = found[(here - 1) * PAGE : here * PAGE]
        yield Incoming(asked.vocabulary.link(Iri(predicate), asked.language), len(found), tuple(shown))


def _counts(asked: IncomingRequest) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in ask(asked.engine, "thing_incoming_counts", {"thing": asked.thing}):
        claims = int(str(row["claims"]))
        counts[str(row["p"])] = int(str(row["n"])) - 2 * claims  # a claim stands in the merge and in its graph
    return {predicate: total for predicate, total in counts.items() if total > 0}


def _counted(asked: IncomingRequest, counts: Mapping[str, int]) -> Iterator[Incoming]:
    for predicate, total in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        offset = (asked.here(predicate) - 1) * PAGE
        shown = ask(
            asked.engine,
            "thing_incoming",
            among=("thing p", [asked.thing, Iri(predicate)]),
            options=("sorted",) if total <= _SORTED else (),
            limit=PAGE,
            offset=offset,
        )
        held = tuple(cards(shown, asked.engine, asked.vocabulary, asked.language, asked.held))
        yield Incoming(asked.vocabulary.link(Iri(predicate), asked.language), total, held)


def cards(
    rows: Iterable[Row], engine: Store, vocabulary: Vocabulary, language: str, held: Held | None = None
) -> list[Card]:
    """Return one card per thing (``?s``) of ``rows``, in the order of their labels, of what the graph has any for.

    Those that ``held`` does not know are asked for at once. Raises QueryError as the engine does.
    """
    wanted = list(dict.fromkeys(str(row["s"]) for row in rows))
    found = dict(held(wanted, vocabulary, language)) if held is not None else {}
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in ask_of_each(engine, "listed", "s", (iri for iri in wanted if iri not in found)):
        grouped[str(row["s"])].append(row)
    found |= {iri: _card(Iri(iri), said, vocabulary, language) for iri, said in grouped.items()}
    return sorted(found.values(), key=lambda card: (card.thing.label.value.casefold(), card.thing.iri.value))


def _card(thing: Iri, rows: Sequence[Row], vocabulary: Vocabulary, language: str) -> Card:
    """Return the card of one thing.

    A row has one statement about it: property ``?q``, value ``?v`` and, for a place, its ``?label``.
    """
    links: dict[str, dict[Iri, list[Literal]]] = {_PLACE: {}, _STATUS: {}, _KIND: {}, _THEME: {}, _MEASURE: {}}
    labels: dict[Literal, None] = {}
    said: dict[tuple[str, Literal], None] = {}
    for row in rows:
        predicate, value = row["q"].value, row["v"]
        if isinstance(value, Literal):
            if predicate in _LABELS:
                labels[value] = None
            else:
                said[Iri(predicate).local_name, value] = None
        elif predicate in links:
            names, label = links[predicate].setdefault(value, []), row.get("label")
            if isinstance(label, Literal):
                names.append(label)

    def linked(predicate: str) -> tuple[Link, ...]:
        held = tuple(vocabulary.link(iri, language, names) for iri, names in links[predicate].items())
        if len(held) < 2:
            return held
        return tuple(sorted(held, key=lambda link: (link.label.value.casefold(), link.iri.value)))

    return Card(
        vocabulary.link(thing, language, labels),
        next(iter(linked(_STATUS)), None),
        next(iter(linked(_PLACE)), None),
        linked(_KIND),
        linked(_THEME),
        next(iter(linked(_MEASURE)), None),
        tuple(sorted(said)),
    )


_LINE: Final = re.compile("[0-9]{1,9}")
#: Claims that one page reads; a thing that more are about is a list of its own.
MOST_CLAIMS = 400
_NAMES = (RDFS + "label", SKOS + "prefLabel")
#: Words to find a thing by that nobody is shown (SKOS 5.1): dated ones, and those of narrower things.
_HIDDEN: Final = SKOS + "hiddenLabel"
_DISPUTED: Final = iri_of("modality/disputed")
_SUMMARIES = (DCTERMS + "description", SKOS + "definition", RDFS + "comment")


def claim_lines(rows: Iterable[Row], vocabulary: Vocabulary, language: str) -> dict[str, ClaimLine]:
    """Return the claims of ``rows`` by IRI, in document order; a claim may take several rows."""
    ordered = sorted(rows, key=lambda row: str(row["claim"]))
    lines = (_line(list(group), vocabulary, language) for _, group in groupby(ordered, lambda row: str(row["claim"])))
    return {line.iri.value: line for line in sorted(lines, key=document_order)}


def document_order(line: ClaimLine) -> tuple[str, int, int, str]:
    """Sort key: document, first line, last line, number; claims without a passage stand at the end."""
    return (line.source.iri.value, line.first or 10**9, line.last or 10**9, line.number.zfill(12))


def about_lines(rows: Iterable[Row], lines: Mapping[str, ClaimLine]) -> Iterator[AboutLine]:
    """Yield those of ``lines`` that ``rows`` are about, with the names of the properties (``?link``) that join them."""
    links: dict[str, set[str]] = {}
    for row in rows:
        link = row.get("link")
        if isinstance(link, Iri):
            links.setdefault(str(row["claim"]), set()).add(link.local_name)
    for iri, line in lines.items():
        if iri in links:
            yield AboutLine(line, frozenset(links[iri]))


def _line(rows: list[Row], vocabulary: Vocabulary, language: str) -> ClaimLine:
    first = rows[0]
    texts = [text for row in rows if isinstance(text := row["text"], Literal)]
    aspect = first.get("aspect")
    number = str(first.get("number", "")) or "/".join(str(first["claim"]).rsplit("/", 2)[1:])
    return ClaimLine(
        Iri(str(first["claim"])),
        number,
        best_label(texts, fallback_chain(language)) or Literal(str(first["text"])),
        vocabulary.link(Iri(str(first["modality"])), language),
        vocabulary.link(aspect, language) if isinstance(aspect, Iri) else None,
        vocabulary.link(Iri(str(first["source"])), language),
        _number(first.get("first")),
        _number(first.get("last")),
        any("row" in row for row in rows),
        _number(first.get("page")) or 0,
        next((str(row["licence"]) for row in rows if isinstance(row.get("licence"), Iri)), ""),
    )


def _number(term: Term | None) -> int | None:
    """Return the number of a line; None for what is none, such as any other graph may have in its place."""
    return int(term.value) if isinstance(term, Literal) and _LINE.fullmatch(term.value) else None


def describe(
    engine: Store,
    vocabulary: Vocabulary,
    iri: str,
    language: str = "en",
    *,
    page: int = 1,
    only: str | None = None,
    counts: Mapping[str, Mapping[str, int]] | None = None,
    known: Held | None = None,
) -> Description | None:
    """Describe the thing with this IRI for a reader of ``language``; None when no statement is about it.

    ``page`` (from 1) pages what points to it; with ``only``, the IRI of a property, just that property is paged and
    the others show their first page. Four queries, more for what sources dispute or very many things point to;
    ``counts`` are what a snapshot knows of those (:mod:`cityrights.indexes.counts`), ``known`` knows what its lists say
    of things. Raises QueryError as the engine does.
    """
    thing = Iri(iri)
    found = ask(engine, "thing_statements", {"thing": thing}, language=language)
    if not found:
        return None
    held: defaultdict[tuple[str, Term], dict[Iri, None]] = defaultdict(dict)
    for row in found:
        if str(row["p"]) == _HIDDEN:
            continue
        graphs, graph = held[str(row["p"]), row["o"]], row.get("g")
        if isinstance(graph, Iri):
            graphs[graph] = None
    labels = gather_labels(found, "o")
    said = ask(engine, "thing_claims", {"thing": thing}, limit=MOST_CLAIMS, language=language)
    evidence = claim_lines(said, vocabulary, language)
    decided_on = any(not graph.value.startswith(GRAPH) for graphs in held.values() for graph in graphs)
    # What the project's own graphs say alone, no claim says and nobody decided: nothing is asked then.
    decisions = ask(engine, "thing_decisions", {"thing": thing}, language=language) if decided_on else []
    decided, preferring = _decisions(decisions, vocabulary, language)
    values: Counter[str] = Counter(predicate for predicate, _ in held)
    is_disputed = any(line.modality.iri.value == _DISPUTED for line in evidence.values())
    rivals = ask(engine, "rivals", {"thing": thing}) if is_disputed else []
    disputed = {(str(row["p"]), row["o"]) for row in rivals}
    chosen = {
        key: [preferring[graph.value] for graph in graphs if graph.value in preferring] if values[key[0]] > 1 else []
        for key, graphs in held.items()
    }
    own = [value for (predicate, value) in held if predicate in _NAMES and isinstance(value, Literal)]
    summaries = [value for (predicate, value) in held if predicate in _SUMMARIES and isinstance(value, Literal)]
    statements = tuple(
        Statement(
            vocabulary.link(Iri(predicate), language),
            value,
            vocabulary.label(value.value, language, labels.get(value.value, ())) if isinstance(value, Iri) else None,
            tuple(_evidence(graphs, evidence, decided, chosen[predicate, value], vocabulary, language)),
            bool(chosen[predicate, value]),
            (predicate, value) in disputed,
        )
        for (predicate, value), graphs in sorted(
            held.items(), key=lambda item: (item[0][0], not chosen[item[0]], _sort_key(item[0][1]))
        )
    )
    asked = IncomingRequest(engine, vocabulary, thing, language, page, only, known)
    return Description(
        thing,
        vocabulary.label(iri, language, own),
        best_label(summaries, fallback_chain(language)),
        tuple(_types(held, vocabulary, language)),
        tuple(_told_once(statements, language)),
        tuple(about_lines((row for row in said if "link" in row), evidence)),
        tuple(pointing(asked, (counts or {}).get(iri))),
    )


def _told_once(statements: Sequence[Statement], language: str) -> Iterator[Statement]:
    """Yield a sentence that has translations once, for a reader of ``language``, with whatever bears its English.

    What rules make of it is told once, too. Labels are not meant: they stand in the data in each language, and a page
    shows all names of a thing.
    """
    tongues: defaultdict[Iri, dict[Literal, Statement]] = defaultdict(dict)
    for one in statements:
        if isinstance(one.value, Literal) and one.value.language:
            tongues[one.predicate.iri][one.value] = one
    bearing: dict[tuple[Iri, Literal], list[Evidence]] = {}
    untold: set[Term] = set()
    for predicate, told in tongues.items():
        every = list(dict.fromkeys(each for one in told.values() for each in one.evidence))
        own = [each for each in every if not each.provenance.graph.value.startswith(GRAPH_TRANSLATIONS)]
        best = best_label(told, fallback_chain(language))
        if best is not None and len(own) < len(every):
            bearing[predicate, best] = own
            untold.update(set(told) - {best})
    for one in statements:
        if one.value not in untold:
            own = bearing.get((one.predicate.iri, one.value), []) if isinstance(one.value, Literal) else []
            yield replace(one, evidence=(*own, *(each for each in one.evidence if each not in own)))


def _types(
    held: Mapping[tuple[str, Term], Mapping[Iri, None]], vocabulary: Vocabulary, language: str
) -> Iterable[Link]:
    """Classes of our own, those that someone states before those that follow from them."""
    own = [
        (all("/derived/" in graph.value for graph in graphs), value)
        for (predicate, value), graphs in held.items()
        if predicate == RDF + "type" and isinstance(value, Iri) and value.value.startswith(CR)
    ]
    for _, value in sorted(own, key=lambda pair: (pair[0], pair[1].value)):
        yield vocabulary.link(value, language)


_ORDER: Final = {origin: number for number, origin in enumerate(Origin)}


def _evidence(
    graphs: Iterable[Iri],
    claims: Mapping[str, ClaimLine],
    decisions: Mapping[str, DecisionLine],
    preferring: Iterable[DecisionLine],
    vocabulary: Vocabulary,
    language: str,
) -> Iterable[Evidence]:
    known = [
        Evidence(vocabulary.provenance(graph, language), claims.get(graph.value), decisions.get(graph.value))
        for graph in graphs
    ]
    known += [Evidence(vocabulary.provenance(line.iri, language), None, line) for line in preferring]
    if len(known) < 2:
        return known
    return sorted(known, key=lambda item: (_ORDER[item.provenance.origin], item.provenance.graph.value))


def _decisions(
    rows: Iterable[Row], vocabulary: Vocabulary, language: str
) -> tuple[dict[str, DecisionLine], dict[str, DecisionLine]]:
    """Return the decisions of ``rows`` by IRI, and those that prefer a claim by that of the claim."""
    chain = fallback_chain(language)
    held: dict[str, list[Row]] = {}
    for row in rows:
        held.setdefault(str(row["decision"]), []).append(row)
    lines: dict[str, DecisionLine] = {}
    preferring: dict[str, DecisionLine] = {}
    for iri, group in held.items():
        reason = best_label((text for row in group if isinstance(text := row.get("reason"), Literal)), chain)
        if reason is None:
            continue
        by = next((row["by"] for row in group if isinstance(row.get("by"), Iri)), None)
        names = [name for row in group if isinstance(name := row.get("name"), Literal)]
        line = lines[iri] = DecisionLine(
            Iri(iri),
            iri.rpartition("/")[2],
            reason,
            str(group[0].get("date", "")),
            vocabulary.link(by, language, names) if isinstance(by, Iri) else None,
        )
        preferring |= {str(row["claim"]): line for row in group if "claim" in row}
    return lines, preferring


def _sort_key(term: Term) -> tuple[int, str, str]:
    return (0, term.value, "") if isinstance(term, Iri) else (1, term.language, term.value)


#: Documents whose addresses are known at once, sentences of one whose places are, and documents that are kept in mind.
_MOST_DOCUMENTS, _MOST_ANCHORS, _KEPT = 5_000, 5_000, 32


class Published:
    """Where documents are published on the web, and a few words from the place of each sentence in them.

    It is read when it is first asked for; of documents without an address nothing more is. Raises QueryError as the
    engine does.
    """

    def __init__(self, engine: Store) -> None:
        self._engine = engine
        self._anchors: dict[str, dict[str, str]] = {}

    @cached_property
    def _addresses(self) -> dict[str, str]:
        own: dict[str, str] = {}
        named: defaultdict[str, list[str]] = defaultdict(list)
        for row in ask(self._engine, "source_addresses", limit=_MOST_DOCUMENTS):
            if str(row["own"]) == "1":
                own.setdefault(str(row["source"]), str(row["address"]))
            else:
                named[str(row["source"])].append(str(row["address"]))
        # of several pages that a record names none is the document
        return {source: held[0] for source, held in named.items() if len(held) == 1} | own

    def address(self, source: str) -> str:
        """Return the address of a document, nothing where it has none."""
        return self._addresses.get(source, "")

    def anchor(self, source: str, claim: str) -> str:
        """Return a few words from where a claim stands in a document with an address; nothing where none are known."""
        held = self._anchors.get(source)
        if held is None:
            rows = ask(self._engine, "source_anchors", {"source": Iri(source)}, limit=_MOST_ANCHORS)
            first = sorted(rows, key=lambda row: (_number(row.get("first")) or 0, str(row["anchor"])), reverse=True)
            held = {str(row["claim"]): str(row["anchor"]) for row in first}
            if len(self._anchors) >= _KEPT:
                self._anchors = {}
            self._anchors[source] = held
        return held.get(claim, "")
