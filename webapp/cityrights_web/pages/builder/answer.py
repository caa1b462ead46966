"""What a question of the builder finds: how many things, and the first of them as a table with links."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

from cityrights.builder import (
    Kind,
    Question,
    Schema,
    Teller,
    cells_query,
    count_query,
    path_name,
    readable,
    rows_query,
    subject,
)
from cityrights.builder.columns import SEPARATOR
from cityrights.catalogue.collate import sort_key
from cityrights.describe import Iri, Link, Literal, Row, Term
from cityrights.describe.terms import rows
from cityrights_web.pages.builder.desk import Desk
from cityrights_web.pages.frame import Frame

#: Rows that the page shows; the whole answer is a click away.
SHOWN: Final = 20
#: Values of one cell that the page shows.
_IN_A_CELL: Final = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows: links to things or a text, and how many more there are."""

    links: tuple[Link, ...] = ()
    text: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question; ``count`` is of all that it finds, ``total`` of the rows that its limit leaves."""

    count: int
    total: int
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Link, tuple[Cell, ...]], ...]
    query: str


def find(around: Frame, desk: Desk, teller: Teller, question: Question) -> Found:
    """Ask the graph. Raises QueryError as the engine does."""
    schema = desk.schema
    count = int(str(_ask(around, count_query(schema, question))[0]["count"]))
    total = count if question.limit is None else min(count, question.limit)
    heads = tuple((path_name(path), teller.path(path)) for path in question.columns)
    shown = _table(around, desk, question, _things(around, schema, question)) if count else ()
    return Found(count, total, heads, shown, rows_query(schema, question, around.language))


def _ask(around: Frame, text: str) -> list[Row]:
    with around.site.engine.query(text, limits=around.site.limits[False]) as result:
        return list(rows(result.read()))


def _things(around: Frame, schema: Schema, question: Question) -> list[Iri]:
    """Return the first things: no column is needed for that but the one that they are in the order of."""
    asked = replace(question, columns=() if question.sort is None else (question.sort,))
    name = subject(question.of)[1:]
    found = [row[name] for row in _ask(around, rows_query(schema, asked, around.language, SHOWN))]
    return [thing for thing in found if isinstance(thing, Iri)]


def _table(
    around: Frame, desk: Desk, question: Question, things: list[Iri]
) -> tuple[tuple[Link, tuple[Cell, ...]], ...]:
    held: defaultdict[tuple[str, int], list[Term]] = defaultdict(list)
    named = [thing for thing in things if ":" in thing.value]  # what has no colon is a node without a name
    if question.columns and named:
        for row in _ask(around, cells_query(desk.schema, question, named)):
            held[str(row["thing"]), int(str(row["column"]))].append(row["value"])
    wanted = {term.value for terms in held.values() for term in terms if isinstance(term, Iri)}
    names = desk.names(wanted | {thing.value for thing in things})

    def link(iri: Iri) -> Link:
        return around.site.vocabulary.link(iri, around.language, names.get(iri.value, ()))

    def cell(terms: list[Term], kind: Kind) -> Cell:
        if kind is Kind.THING:
            links = [link(term) for term in terms if isinstance(term, Iri)]
            links.sort(key=lambda each: (sort_key(each.label.value), each.iri.value))
            return Cell(tuple(links[:_IN_A_CELL]), more=max(0, len(links) - _IN_A_CELL))
        texts = [term for term in terms if isinstance(term, Literal)]
        if kind is Kind.TEXT:
            texts = readable(texts, around.language)
        words = around.words.comparators if kind is Kind.CODE else {}
        written = dict.fromkeys(words.get(text.value, text.value) for text in sorted(texts))
        return Cell(text=SEPARATOR.join(written))

    return tuple(
        (
            link(thing),
            tuple(cell(held[thing.value, place], path[-1].kind) for place, path in enumerate(question.columns)),
        )
        for thing in things
    )
