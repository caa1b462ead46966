"""An answer of the library as a table that people read: which columns, and what each cell shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cityrights.describe import Answer, Iri, Link, Literal, Term
from cityrights.library import LibraryQuery
from cityrights_web.answers.labels import linked
from cityrights_web.answers.values import NUMBERS, whole
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.shelf import Shelf

#: Columns that one cell shows together: the number of a claim, and its lines.
_EVIDENCE: Final = ("number", "firstLine", "lastLine")
#: The columns whose values are codes, which have words of their own; in every other a word stands for itself.
CODED: Final = frozenset({"because", "comparator", "countryIs", "how", "partnerIsNamed", "readable", "recurrence"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows: a link, a text, or nothing; ``lines`` are those of a claim."""

    link: Link | None = None
    text: Literal | None = None
    number: bool = False
    lines: tuple[str, str] | None = None


def shown_columns(query: LibraryQuery, found: Answer) -> list[str]:
    """Return the columns that a reader needs: no label beside its thing, nothing that the form says."""
    left_out = {f"{name}Label" for name in found.columns} | {parameter.name for parameter in query.parameters}
    if "number" in found.columns:
        left_out |= set(_EVIDENCE[1:])
    return [name for name in found.columns if name not in left_out]


def cells(around: Frame, shelf: Shelf, columns: Sequence[str], some: Sequence[Mapping[str, Term]]) -> list[list[Cell]]:
    """Return the cells of some rows: each thing with its label in the reader’s language, each claim with its lines."""
    links = linked(around, some, columns)
    claims = shelf.claims({str(row["number"]) for row in some if "number" in row} if "number" in columns else set())
    coded = around.words.queries.coded
    return [[_told(name, _cell(name, row, links, claims), coded) for name in columns] for row in some]


def plain(term: Term | None) -> str | int | None:
    """Return a term as JSON has it: whole numbers as such, everything else as text."""
    exact = whole(term)
    return exact if term is None or exact is not None else str(term)


def _told(name: str, cell: Cell, coded: Mapping[str, str]) -> Cell:
    """Return a cell with a word of the reader’s language in place of a code."""
    if name not in CODED or cell.text is None or cell.text.value not in coded:
        return cell
    return Cell(text=Literal(coded[cell.text.value]))


def _cell(name: str, row: Mapping[str, Term], links: Mapping[str, Link], claims: Mapping[str, Iri]) -> Cell:
    term = row.get(name)
    if isinstance(term, Iri):
        return Cell(links[term.value])
    if term is None:
        return Cell()
    if name == "number" and term.value in claims:
        first, last = row.get("firstLine"), row.get("lastLine")
        lines = (str(first), str(last)) if first is not None and last is not None else None
        return Cell(Link(claims[term.value], Literal(term.value)), lines=lines)
    return Cell(text=term, number=term.datatype in NUMBERS)
