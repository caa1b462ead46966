"""An answer by year: what the times of one column have beside them, in order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from cityrights.describe import Answer, Iri, Link, Literal
from cityrights_web.answers.labels import linked
from cityrights_web.answers.pictures import within
from cityrights_web.answers.values import Moment, moment
from cityrights_web.answers.views import View
from cityrights_web.pages.frame import Frame


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a year: when, in the reader’s words (nothing where only the year is told), and what."""

    moment: Moment
    words: str
    link: Link | None
    text: Literal | None


@dataclass(frozen=True, slots=True)
class Year:
    """A year and its entries, those without a month first."""

    year: int
    entries: tuple[Entry, ...]


def years(around: Frame, answer: Answer, view: View) -> list[Year]:
    """Return the years of an answer in their order. Raises TooMuch."""
    when, what = view.columns[0], view.columns[1] if len(view.columns) > 1 else ""
    seen = {
        (found, row.get(what) if what else None): None
        for row in answer.rows
        if (found := moment(row.get(when))) is not None
    }
    within("timeline", seen)
    links = linked(around, answer.rows, [what] if what else [])
    held: defaultdict[int, list[Entry]] = defaultdict(list)
    for found, term in seen:
        link = links.get(term.value) if isinstance(term, Iri) else None
        held[found.year].append(Entry(found, _words(around, found), link, term if isinstance(term, Literal) else None))
    return [
        Year(year, tuple(sorted(entries, key=lambda each: (each.moment, each.link.label.value if each.link else ""))))
        for year, entries in sorted(held.items())
    ]


def _words(around: Frame, found: Moment) -> str:
    """Write a day or a month as readers of the page’s language do."""
    return around.moment(found.year, found.month, found.day) if found.month else ""
