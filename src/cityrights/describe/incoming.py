"""What points to a thing: counted property by property, and a page of each as cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cityrights.describe.ask import ask
from cityrights.describe.model import Card, Incoming, Link
from cityrights.describe.terms import Iri, Literal, Row
from cityrights.describe.vocabulary import Vocabulary
from cityrights.engine import Engine
from cityrights.namespaces import CR, RDFS, SKOS

#: Things shown for each property that points here; the rest is on further pages.
PAGE = 50
#: Pointers that are read at once. Where there are more they are counted, and only pages of them are read.
_AT_ONCE = 120
#: Pointers that are sorted before they are paged; sorting more would take longer than a page may.
_SORTED = 500

_LABELS = (RDFS + "label", SKOS + "prefLabel")
_PLACE, _STATUS, _KIND, _THEME = CR + "place", CR + "status", CR + "kind", CR + "theme"


def pointing(
    engine: Engine,
    vocabulary: Vocabulary,
    thing: Iri,
    language: str,
    page: int,
    only: str | None,
    known: Mapping[str, int] | None = None,
) -> Iterator[Incoming]:
    """Yield the properties that point to ``thing``, the most frequent first, each with one page of cards.

    ``page`` and ``only`` are those of :func:`~cityrights.describe.describe`; ``known`` says how many things point here
    with each property, where that was counted before. Raises QueryError as the engine does.
    """
    if known is not None:
        yield from _counted(engine, vocabulary, thing, language, page, only, known)
        return
    rows = ask(engine, "thing_neighbours", {"thing": thing}, limit=_AT_ONCE)
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[str(row["p"])].append(row)
    if len({(str(row["p"]), str(row["s"])) for row in rows}) >= _AT_ONCE:
        yield from _counted(engine, vocabulary, thing, language, page, only, _counts(engine, thing))
        return
    found = {p: cards(held, vocabulary, language) for p, held in grouped.items()}
    for predicate, every in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        here = _here(predicate, page, only)
        shown = every[(here - 1) * PAGE : here * PAGE]
        yield Incoming(vocabulary.link(Iri(predicate), language), len(every), tuple(shown))


def _counts(engine: Engine, thing: Iri) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in ask(engine, "thing_incoming_counts", {"thing": thing}):
        claims = int(str(row["claims"]))
        counts[str(row["p"])] = int(str(row["n"])) - 2 * claims  # a claim stands in the merge and in its graph
    return {predicate: total for predicate, total in counts.items() if total > 0}


def _counted(
    engine: Engine,
    vocabulary: Vocabulary,
    thing: Iri,
    language: str,
    page: int,
    only: str | None,
    counts: Mapping[str, int],
) -> Iterator[Incoming]:
    for predicate, total in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        offset = (_here(predicate, page, only) - 1) * PAGE
        shown = ask(
            engine,
            "thing_incoming",
            {"thing": thing, "p": Iri(predicate)},
            options=("sorted",) if total <= _SORTED else (),
            limit=PAGE,
            offset=offset,
        )
        yield Incoming(vocabulary.link(Iri(predicate), language), total, tuple(cards(shown, vocabulary, language)))


def _here(predicate: str, page: int, only: str | None) -> int:
    return page if only in (None, predicate) else 1


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
