"""An answer as a table for whoever reads SPARQL: each thing with its label and its name, each literal with its type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cityrights.indexes.facets.lists import sort_key
from cityrights.library.running import Answer
from cityrights.resources.labels import spoken
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Term
from cityrights.vocabulary import RDF, XSD, short
from cityrights_web.layout import Layout
from cityrights_web.results.values import NUMBERS, linked, number

#: Characters of a value that a cell shows; it says when there are more.
LONGEST: Final = 1_000
_PLAIN: Final = frozenset((XSD + "string", RDF + "langString"))


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows: a thing (its ``link``, and ``name``, short where a prefix is known) or a literal.

    ``named`` says that the thing has a label, and not only the end of its address. ``kind`` is the datatype of a
    literal, short, nothing for plain text and numbers; ``left`` is how many characters are not shown.
    """

    link: Link | None = None
    name: str = ""
    named: bool = False
    text: Literal | None = None
    kind: str = ""
    numeric: bool = False
    left: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Column names, whether each is of numbers, and the rows."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(layout: Layout, answer: Answer, most: int, order: str = "") -> Table:
    """Return the first ``most`` rows, in the order of a column (``?name``, or ``-name`` for the other way round)."""
    rows = ordered(answer, order)[:most]
    links = linked(layout, rows, answer.columns)
    numeric = {
        name: (held := [row[name] for row in rows if name in row]) != []
        and all(number(term) is not None for term in held)
        for name in answer.columns
    }
    return Table(
        tuple((name, numeric[name]) for name in answer.columns),
        tuple(tuple(_cell(row.get(name), links) for name in answer.columns) for row in rows),
    )


def ordered(answer: Answer, order: str) -> Sequence[Mapping[str, Term]]:
    """Return the rows in the order of a column: what is unbound last, numbers by their size, all else as lists are."""
    name, down = order.removeprefix("-"), order.startswith("-")
    if name not in answer.columns:
        return answer.rows
    bound = [row for row in answer.rows if name in row]
    rest = [row for row in answer.rows if name not in row]
    return [*sorted(bound, key=lambda row: _key(row[name]), reverse=down), *rest]


def _cell(term: Term | None, links: Mapping[str, Link]) -> Cell:
    if term is None:
        return Cell()
    left = max(0, len(term.value) - LONGEST)
    if isinstance(term, Iri):
        link = links[term.value]
        named = link.label != Literal(spoken(term.value))
        return Cell(link=link, name=short(term.value)[:LONGEST], named=named, left=left)
    shown = Literal(term.value[:LONGEST], term.language, term.datatype)
    numeric = number(term) is not None
    kind = "" if term.datatype in _PLAIN or numeric else short(term.datatype)
    if term.datatype in NUMBERS and not numeric:
        kind = short(term.datatype)
    return Cell(text=shown, kind=kind[:100], numeric=numeric, left=left)


def _key(term: Term) -> tuple[int, float, tuple[str, str, str]]:
    size = number(term)
    if size is not None:
        return 0, size, ("", "", "")
    letters, accents, _ = sort_key(term.value[:LONGEST])
    return 1, 0.0, (letters, accents, term.value)
