"""What a question of the builder finds: how many things, and the first of them as a table with links."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from cityrights.builder import (
    Kind,
    Question,
    Schema,
    Teller,
    columns,
    count_query,
    ends_query,
    path_name,
    rows_query,
    subject,
)
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
    listed = _ask(around, rows_query(schema, question, around.language, SHOWN)) if count else []
    total = count if question.limit is None else min(count, question.limit)
    heads = tuple((path_name(path), teller.path(path)) for path in question.columns)
    shown = _table(around, desk, schema, question, listed)
    return Found(count, total, heads, shown, rows_query(schema, question, around.language))


def _ask(around: Frame, text: str) -> list[Row]:
    with around.site.engine.query(text, limits=around.site.limits[False]) as result:
        return list(rows(result.read()))


def _table(
    around: Frame, desk: Desk, schema: Schema, question: Question, listed: list[Row]
) -> tuple[tuple[Link, tuple[Cell, ...]], ...]:
    thing = subject(question.of)
    ours = columns(question)
    ends = _ends(around, schema, question, [row[thing[1:]] for row in listed])
    wanted = {iri for held in ends.values() for iri in held} | {str(row[thing[1:]]) for row in listed}
    names = desk.names(wanted)
    label = around.site.vocabulary.link

    def link(iri: str) -> Link:
        return label(Iri(iri), around.language, names.get(iri, ()))

    def cell(iri: str, place: int, row: Row) -> Cell:
        if question.columns[place][-1].kind is Kind.THING:
            held = [link(value) for value in ends.get((iri, place), ())]
            held.sort(key=lambda each: (sort_key(each.label.value), each.iri.value))
            return Cell(tuple(held[:_IN_A_CELL]), more=max(0, len(held) - _IN_A_CELL))
        text = row.get(ours[place].variable[1:])
        written = text.value if isinstance(text, Literal) else ""
        coded = question.columns[place][-1].kind is Kind.CODE
        return Cell(text=around.words.comparators.get(written, written) if coded else written)

    made = []
    for row in listed:
        iri = str(row[thing[1:]])
        made.append((link(iri), tuple(cell(iri, place, row) for place in range(len(question.columns)))))
    return tuple(made)


def _ends(around: Frame, schema: Schema, question: Question, things: list[Term]) -> dict[tuple[str, int], list[str]]:
    """Return the things in each cell, by the thing of the row and the place of the column."""
    places = [place for place, path in enumerate(question.columns) if path[-1].kind is Kind.THING]
    iris = [thing for thing in things if isinstance(thing, Iri) and ":" in thing.value]
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    if places and iris:
        for row in _ask(around, ends_query(schema, question, places, iris)):
            if isinstance(row["value"], Iri):
                found[str(row["thing"]), int(str(row["column"]))].append(row["value"].value)
    return found
