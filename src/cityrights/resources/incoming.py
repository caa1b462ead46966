"""What points to a thing: counted property by property, and a page of each as cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cityrights.library.pages import ask
from cityrights.resources.labels import Vocabulary
from cityrights.resources.model import Card, Incoming, Link
from cityrights.terms import Iri, Literal, Row
from cityrights.vocabulary import CR, RDFS, SKOS
from sparqlgate import Store

#: Things shown for each property that points here; the rest is on further pages.
PAGE = 50
#: Pointers that are read at once. Where there are more they are counted, and only pages of them are read.
_AT_ONCE = 120
#: Pointers that are sorted before they are paged; sorting more would take longer than a page may.
_SORTED = 500

_LABELS = (RDFS + "label", SKOS + "prefLabel")
_PLACE, _STATUS, _KIND, _THEME = CR + "place", CR + "status", CR + "kind", CR + "theme"


@dataclass(frozen=True, slots=True)
class Asked:
    """The thing that is pointed to, for a reader of ``language``; ``page`` and ``only`` are those of ``describe``."""

    engine: Store
    vocabulary: Vocabulary
    thing: Iri
    language: str
    page: int
    only: str | None

    def here(self, predicate: str) -> int:
        """Return the page of what points here with a property."""
        return self.page if self.only in (None, predicate) else 1


def pointing(asked: Asked, known: Mapping[str, int] | None = None) -> Iterator[Incoming]:
    """Yield the properties that point to the thing, the most frequent first, each with one page of cards.

    ``known`` says how many things point here with each property, where that was counted before. Raises QueryError as
    the engine does.
    """
    if known is not None:
        yield from _counted(asked, known)
        return
    rows = ask(asked.engine, "thing_neighbours", {"thing": asked.thing}, limit=_AT_ONCE)
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[str(row["p"])].append(row)
    if len({(str(row["p"]), str(row["s"])) for row in rows}) >= _AT_ONCE:
        yield from _counted(asked, _counts(asked))
        return
    found = {p: cards(held, asked.vocabulary, asked.language) for p, held in grouped.items()}
    for predicate, every in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        here = asked.here(predicate)
        shown = every[(here - 1) * PAGE : here * PAGE]
        yield Incoming(asked.vocabulary.link(Iri(predicate), asked.language), len(every), tuple(shown))


def _counts(asked: Asked) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in ask(asked.engine, "thing_incoming_counts", {"thing": asked.thing}):
        claims = int(str(row["claims"]))
        counts[str(row["p"])] = int(str(row["n"])) - 2 * claims  # a claim stands in the merge and in its graph
    return {predicate: total for predicate, total in counts.items() if total > 0}


def _counted(asked: Asked, counts: Mapping[str, int]) -> Iterator[Incoming]:
    for predicate, total in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        offset = (asked.here(predicate) - 1) * PAGE
        shown = ask(
            asked.engine,
            "thing_incoming",
            {"thing": asked.thing, "p": Iri(predicate)},
            options=("sorted",) if total <= _SORTED else (),
            limit=PAGE,
            offset=offset,
        )
        held = tuple(cards(shown, asked.vocabulary, asked.language))
        yield Incoming(asked.vocabulary.link(Iri(predicate), asked.language), total, held)


def cards(rows: Iterable[Row], vocabulary: Vocabulary, language: str) -> list[Card]:
    """Return one card per thing (``?s``) of ``rows``, in the order of their labels.

    A row has one statement about the thing: property ``?q``, value ``?v`` and, for a place, its ``?label``.
    """
    grouped: dict[Iri, list[Row]] = {}
    for row in rows:
        thing = row["s"]
        if isinstance(thing, Iri):
            grouped.setdefault(thing, []).append(row)
    found = [_card(thing, held, vocabulary, language) for thing, held in grouped.items()]
    return sorted(found, key=lambda card: (card.thing.label.value.casefold(), card.thing.iri.value))


def _card(thing: Iri, rows: list[Row], vocabulary: Vocabulary, language: str) -> Card:
    links: dict[str, dict[Iri, list[Literal]]] = {_PLACE: {}, _STATUS: {}, _KIND: {}, _THEME: {}}
    labels: dict[Literal, None] = {}
    said: dict[tuple[str, Literal], None] = {}
    for row in rows:
        predicate, value, label = str(row["q"]), row["v"], row.get("label")
        if isinstance(value, Literal) and predicate in _LABELS:
            labels[value] = None
        elif isinstance(value, Literal):
            said[Iri(predicate).local_name, value] = None
        elif predicate in links:
            names = links[predicate].setdefault(value, [])
            if isinstance(label, Literal):
                names.append(label)

    def linked(predicate: str) -> tuple[Link, ...]:
        held = (vocabulary.link(iri, language, names) for iri, names in links[predicate].items())
        return tuple(sorted(held, key=lambda link: (link.label.value.casefold(), link.iri.value)))

    return Card(
        vocabulary.link(thing, language, labels),
        next(iter(linked(_STATUS)), None),
        next(iter(linked(_PLACE)), None),
        linked(_KIND),
        linked(_THEME),
        tuple(sorted(said)),
    )
