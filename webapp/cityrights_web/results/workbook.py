"""An answer as a workbook (Office Open XML, ISO/IEC 29500): numbers as numbers, dates as dates, text always as text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cityrights.library.running import TRIPLE, graph_rows, table_rows
from cityrights.terms import Iri, Literal, Term
from cityrights.vocabulary import XSD
from cityrights_web.results.table import NUMBERS, WHOLE, number, whole
from sparqlgate.http.problems import Problem

if TYPE_CHECKING:
    from cityrights_web._words import ExportsWords
    from cityrights_web.layout import Layout

#: What a sheet holds (Excel's specifications): rows, the one of the names counted, characters of a cell, links.
MOST_ROWS: Final = 1_048_576 - 1
_MOST_TEXT: Final = 32_767
_MOST_LINKS: Final = 65_530
_MOST_ADDRESS: Final = 2_000
#: What this service writes at most, in cells: more would take minutes.
MOST_CELLS: Final = 500_000
#: The first day from which on every sheet counts days alike.
_FIRST_DAY: Final = date(1900, 3, 1)
_CUT: Final = " […]"


class TooLarge(ValueError):
    """An answer has more rows, or more cells, than a workbook is made of."""


@dataclass(frozen=True, slots=True)
class About:
    """What the second sheet says: lines of a name and a value.

    In ``rows`` and ``cut`` the value has ``{n}`` in it: how many rows the first sheet has, and how many of its texts
    are longer than a cell has room for, where there are such.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    rows: tuple[str, str]
    cut: tuple[str, str]


def workbook(
    columns: Sequence[str], rows: Iterable[Mapping[str, Term]], about: About, sheet: str, within: Path | None = None
) -> bytes:
    """Return the workbook. Raises TooLarge as soon as there are more rows or cells than it is made of.

    The same answer gives the same bytes. ``within`` is a folder for files that are needed meanwhile.
    """
    made = BytesIO()
    with tempfile.TemporaryDirectory(prefix="cityrights-", dir=within) as folder:
        options = {
            "constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_numbers": False,
            "strings_to_urls": False,
        }  # fmt: skip
        book = Workbook(made, options)
        book.set_properties({"title": about.title, "created": datetime(2000, 1, 1)})
        writer = _Writer(book, book.add_worksheet(sheet), columns)
        try:
            for row in rows:
                writer.row(row)
        except BaseException:
            _forget(book)
            raise
        writer.finish()
        _about(book, about, writer.count, writer.cut)
        book.close()
    return made.getvalue()


def workbook_of(path: Path, about: About, sheet: str, *, table: bool) -> bytes:
    """Return the workbook of a file of rows in TSV, or of N-Triples. Raises TooLarge.

    It takes as long as the file is large: it is for a process of its own. What it needs meanwhile stands beside the
    file, so that whoever made the folder of that takes it away, whatever becomes of the process.
    """
    with path.open("rb") as held:
        columns, rows = table_rows(held) if table else (TRIPLE, graph_rows(held))
        return workbook(columns, rows, about, sheet, path.parent)


def check(rows: int, columns: int) -> None:
    """Raise TooLarge for more than a workbook is made of."""
    if rows > MOST_ROWS or rows * columns > MOST_CELLS:
        raise TooLarge


class _Writer:
    def __init__(self, book: Workbook, sheet: Worksheet, columns: Sequence[str]) -> None:
        self.count = self.cut = 0
        self._sheet, self._columns = sheet, columns
        self._links = 0
        self._link = book.add_format({"font_color": "#0b5f5a", "underline": 1})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = book.add_format({"num_format": 'yyyy-mm-dd"T"hh:mm:ss'})
        self._utc = book.add_format({"num_format": 'yyyy-mm-dd"T"hh:mm:ss"Z"'})
        self._year = book.add_format({"num_format": "0"})
        sheet.set_column(0, max(len(columns) - 1, 0), 28)
        head = book.add_format({"bold": True, "bottom": 1})
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name[:_MOST_TEXT], head)
        sheet.freeze_panes(1, 0)

    def row(self, row: Mapping[str, Term]) -> None:
        self.count += 1
        check(self.count, len(self._columns))
        for place, name in enumerate(self._columns):
            if (term := row.get(name)) is not None:
                self._cell(place, term)

    def finish(self) -> None:
        if self._columns:
            self._sheet.autofilter(0, 0, self.count, len(self._columns) - 1)

    def _cell(self, place: int, term: Term) -> None:
        if isinstance(term, Iri):
            self._address(place, term.value)
        elif not self._number(place, term) and not self._date(place, term):
            self._text(place, term.value)

    def _number(self, place: int, term: Literal) -> bool:
        if term.datatype in WHOLE:
            value: float | None = whole(term)
        else:
            value = number(term) if term.datatype in NUMBERS else None
        if value is not None:
            self._sheet.write_number(self.count, place, value)
        elif term.datatype == XSD + "boolean" and term.value in ("true", "false", "1", "0"):
            self._sheet.write_boolean(self.count, place, term.value in ("true", "1"))
        else:
            return False
        return True

    def _date(self, place: int, term: Literal) -> bool:
        """Write a date as one, where a sheet can: from 1900 on, and without a zone but that of UTC."""
        form: Format = self._day
        value: date | datetime
        try:
            if term.datatype == XSD + "date":
                value = date.fromisoformat(term.value)
            elif term.datatype in (XSD + "dateTime", XSD + "dateTimeStamp"):
                value = datetime.fromisoformat(term.value.removesuffix("Z"))
                form = self._utc if term.value.endswith("Z") else self._time
            elif term.datatype == XSD + "gYear" and term.value.isdecimal() and len(term.value) == 4:
                self._sheet.write_number(self.count, place, int(term.value), self._year)
                return True
            else:
                return False
        except ValueError:
            return False
        day = value.date() if isinstance(value, datetime) else value
        if day < _FIRST_DAY or (isinstance(value, datetime) and value.tzinfo is not None):
            return False
        self._sheet.write_datetime(self.count, place, value, form)
        return True

    def _address(self, place: int, iri: str) -> None:
        linkable = iri.startswith(("http://", "https://")) and len(iri) <= _MOST_ADDRESS and '"' not in iri
        if (
            linkable
            and self._links < _MOST_LINKS
            and self._sheet.write_url(self.count, place, iri, self._link, iri) == 0
        ):
            self._links += 1
        else:
            self._text(place, iri)

    def _text(self, place: int, text: str) -> None:
        if len(text.encode("utf-16-le")) // 2 > _MOST_TEXT:
            self.cut += 1
            text = text[: _MOST_TEXT // 2] + _CUT
        self._sheet.write_string(self.count, place, text)


def _about(book: Workbook, about: About, count: int, cut: int) -> None:
    sheet = book.add_worksheet(about.title)
    bold, wrap = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    told = [(about.rows, count), *([(about.cut, cut)] if cut else [])]
    lines = [*about.lines, *((name, words.format(n=f"{n:,}")) for (name, words), n in told)]
    for place, (name, value) in enumerate(lines):
        sheet.write_string(place, 0, name, bold)
        sheet.write_string(place, 1, value if len(value) <= _MOST_TEXT // 2 else value[: _MOST_TEXT // 2] + _CUT, wrap)


def _forget(book: Workbook) -> None:
    """Close the files of a workbook that will not be made."""
    book.fileclosed = True
    for sheet in book.worksheets():
        sheet._opt_close()  # what the library itself does at the end; there is no public way


def about_sheet(layout: Layout, query: str, rows: str, address: str, title: str = "") -> About:
    """Return the second sheet: the query, the version of the data and their day, the licence, the address.

    ``rows`` tells how many rows there are, ``{n}`` standing for that.
    """
    words = layout.words.exports
    built = str(layout.site.manifest.get("built") or "")
    lines = [
        (words.about_title, title),
        (words.about_query, query),
        (words.about_version, layout.site.version),
        (words.about_date, built),
        (words.about_licence, " · ".join(address or name for address, name in layout.licences(short=True))),
        (words.about_address, address),
        (words.about_note, words.about_note_text),
    ]
    return About(
        words.sheet_about,
        tuple((name, value) for name, value in lines if value),
        (words.about_rows, rows),
        (words.about_cut, words.about_cut_text),
    )


def book_too_large(words: ExportsWords, language: str) -> Problem:
    """Return the 400 for an answer that no workbook is made of; ``language`` is that of the words."""
    detail = words.book_too_large.format(rows=f"{MOST_ROWS:,}", cells=f"{MOST_CELLS:,}")
    extra = {"language": language, "rows": MOST_ROWS, "cells": MOST_CELLS, "available": ["csv"]}
    return Problem(400, "answer-too-large", detail, extra)
