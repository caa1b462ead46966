"""Cells of a sheet read as what they mean: texts, days, numbers, concepts, licences; what cannot be read says why.

``Reading`` is a row of cells, by the names of their columns, with what is wrong with each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, TypeVar

from babel import Locale
from pyoxigraph import Literal, NamedNode

from cityrights.importing.columns import SHEETS, Column, Concepts, Mapped, Taken, fold
from cityrights.importing.sheets import Cell, Row, Table, text_of
from cityrights.instance import SHIPPED
from cityrights.licences import licence
from cityrights.translations import SOURCE
from cityrights.vocabulary import XSD

Made = TypeVar("Made")

#: What decimals of stores hold, at least (XML Schema 1.1, part 2, 5.4).
_LARGEST: Final = Decimal(10) ** 18
_DECIMALS: Final = 18
_ISO: Final = re.compile(
    r"([12][0-9]{3})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?:[T ][0-9:.]{4,20}(?:Z|[+-][0-9:]{4,6})?)?"
)
_NUMERIC: Final = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([12][0-9]{3})")
_MONTH_YEAR: Final = re.compile(r"([0-9]{1,2})[./]([12][0-9]{3})")
_WORDS: Final = re.compile(r"[0-9]+|[^\W\d_]+")
_NUMBER: Final = re.compile(r"[0-9][0-9.,'’ \u00a0\u202f]*")
_URL: Final = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?(?:[/?#][^\s<>\"{}|\\^`]*)?")
#: An address of e-mail as people have them (RFC 5321, section 4.1.2, without quotation marks).
_MAIL: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,63}(?![\w-])", re.ASCII)
_LINES: Final = re.compile(
    r"(?:(?:p|pp|page|pages|página|l|line|lines|ligne|línea)\.?\s*)?([0-9]{1,6})(?:\s*[-–]\s*([0-9]{1,6}))?"
)
#: Languages in whose words months are read, beside those of the instance.
_MONTHS_IN: Final = ("en", "fr", "es", "pt", "de", "it", "nl", "ca")
#: Languages that are written from right to left (CLDR, likely subtags).
_FROM_RIGHT: Final = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"))
_RIGHT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LETTER: Final = re.compile(r"[^\W\d_]")
#: The most characters of a cell that is no text: names are looked up, and compared with those that are like them.
_NAME: Final = 2_000
#: A heading of the sheet, in a constant.
_HEADING: Final = re.compile(r"\{([^{}]{1,200})\}")
#: The first day of Excel's count, so that 60 is 29 February 1900, which there never was.
_EPOCH: Final = date(1899, 12, 30)
_ERRORS: Final = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)|Err:[0-9]{3}")


class Bad(ValueError):
    """A cell that cannot be read: ``kind`` of fault by which it is counted, the reason, and what repairs it."""

    def __init__(self, kind: str, reason: str, repair: str) -> None:
        super().__init__(kind, reason, repair)
        self.kind, self.reason, self.repair = kind, reason, repair

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Fault:
    """A bad cell: its sheet, its address, its column, its value, why it is bad, and how it is mended."""

    sheet: str
    row: int
    address: str
    column: str
    value: str
    kind: str
    reason: str
    repair: str

    def __str__(self) -> str:
        value = self.value if len(self.value) <= 60 else self.value[:57] + "…"
        where = f"{self.sheet}, {self.address}" + (f" ({self.column})" if self.column else "")
        return f"{where}: {f'“{value}” ' if value else ''}{self.reason} ({self.repair})"


def prose(cell: Cell, column: Column, language: str) -> str:
    """Return the text of a cell. Raises Bad for one that is too long, or plainly of another language than said."""
    if isinstance(cell, str) and _ERRORS.fullmatch(cell.strip()):
        raise Bad("error of a formula", "is the error of a formula", "mend the formula, or write the value")
    words = text_of(cell)
    if len(words) > column.longest:
        raise Bad("too long", f"has {len(words):,} characters; {column.longest:,} are the most", "shorten it")
    letters = len(_LETTER.findall(words))
    if 2 * len(_RIGHT.findall(words)) > letters and language not in _FROM_RIGHT:
        reason = f"is written from right to left, and its column says that it is in “{language}”"
        raise Bad("another script", reason, f"name the column {column.name}__ar, or whatever its language is")
    return words


def split(cell: Cell, column: Column, mark: str) -> Iterator[str]:
    """Yield the values of a cell: several where its column may have them."""
    words = text_of(cell)
    if column.many and words[:1] + words[-1:] in ("{}", "[]"):  # a list, as data bases write it
        words = words[1:-1]
    for part in words.split(mark) if column.many and mark else [words]:
        if value := part.strip().strip('"'):
            yield value


def identifier(cell: Cell) -> str:
    """Return an id as it stands in an IRI. Raises Bad for what never can."""
    words = text_of(cell)
    made = slug(words)
    if not made:
        raise Bad("no id", "cannot stand in an address", "use letters a-z, digits and hyphens")
    return made


def slug(text: str) -> str:
    """Return a text as the end of an IRI: small Latin letters, digits and hyphens; empty where it has none of them."""
    return "-".join(re.findall("[a-z0-9]+", fold(text)))[:80].strip("-")


def concept(text: str, column: Column, concepts: Concepts) -> NamedNode:
    """Return the concept that a text names. Raises Bad, with those that are near, for none and for several."""
    found = concepts.find(text, column)
    if len(found) == 1:
        return node(found[0])
    if found:
        names = "” or “".join(iri.rpartition("/")[2] for iri in found)
        raise Bad("several concepts", f"may be “{names}”", "write one of these")
    near = concepts.near(text, column)
    repair = f"did you mean “{'” or “'.join(near)}”?" if near else "the drop-down of the template has those there are"
    raise Bad(f"no such {column.name}", f"is none of the concepts of {column.scheme}", repair)


@lru_cache(maxsize=1_000)
def node(iri: str) -> NamedNode:
    """Return a node: one in all for each concept."""
    return NamedNode(iri)


def day(cell: Cell, languages: tuple[str, ...] = ()) -> Literal:
    """Return a day, month or year. Raises Bad for what is none, and for what may be two days."""
    if isinstance(cell, datetime | date):
        return _dated(cell.year, cell.month, cell.day)
    words = text_of(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and not 1000 <= cell <= 2999:
        if 10_000 < cell < 80_000:
            meant = _EPOCH + timedelta(days=int(cell))
            raise Bad("not a date", f"is a number; as Excel counts days it is {meant}", f"write {meant}, if so")
        raise Bad("not a date", "is a number and no year", "write 2025-07-03, 2025-07 or 2025")
    if match := _ISO.fullmatch(words):
        return _dated(int(match[1]), *(int(part) for part in match.groups()[1:] if part))
    if match := _NUMERIC.fullmatch(words):
        one, two, year = (int(part) for part in match.groups())
        if one <= 12 and two <= 12 and one != two:
            both = f"{year}-{two:02}-{one:02} or {year}-{one:02}-{two:02}"
            raise Bad("ambiguous date", "may be two days", f"write {both}")
        return _dated(year, two, one) if two <= 12 else _dated(year, one, two)
    if match := _MONTH_YEAR.fullmatch(words):
        return _dated(int(match[2]), int(match[1]))
    told = _in_words(words, languages)
    if told is None:
        raise Bad("not a date", "is no date", "write 2025-07-03, 2025-07 or 2025")
    return _dated(*told)


def _dated(year: int, month: int = 0, number: int = 0) -> Literal:
    try:
        date(year, month or 1, number or 1)
    except ValueError as error:
        raise Bad("not a date", f"is no day of the calendar: {error}", "write 2025-07-03, 2025-07 or 2025") from error
    if number:
        return Literal(f"{year:04}-{month:02}-{number:02}", datatype=NamedNode(XSD + "date"))
    if month:
        return Literal(f"{year:04}-{month:02}", datatype=NamedNode(XSD + "gYearMonth"))
    return Literal(f"{year:04}", datatype=NamedNode(XSD + "gYear"))


def _in_words(words: str, languages: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return year, month and day of a date such as 3 July 2025, juillet 2025 or 3 de julio de 2025."""
    months = _months(tuple(dict.fromkeys((*_MONTHS_IN, *languages))))
    parts = _WORDS.findall(fold(words))
    named = [months[part] for part in parts if part in months]
    numbers = [int(part) for part in parts if part.isdecimal()]
    years = [number for number in numbers if 1000 <= number <= 2999]
    days = [number for number in numbers if 1 <= number <= 31]
    known = len(parts) - len(named) - len(numbers)
    small = sum(part in ("de", "del", "of", "the", "st", "nd", "rd", "th", "er", "le", "el", "den") for part in parts)
    if len(named) == 1 and len(years) == 1 and len(days) + 1 == len(numbers) and len(days) <= 1 and known == small:
        return (years[0], named[0], *days)
    return None


@lru_cache(maxsize=4)
def _months(languages: tuple[str, ...]) -> dict[str, int]:
    """Return the number of each month by its name, whole or short, in several languages (CLDR)."""
    found: dict[str, int] = {}
    for language in languages:
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale.parse(language).months[form][width].items():
                    found.setdefault(fold(name), number)
    return found


def number(cell: Cell) -> Literal:
    """Return a number. Raises Bad for what is none, and for one whose marks may mean two things."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _decimal(str(cell))
    words = text_of(cell)
    if not _NUMBER.fullmatch(words):
        raise Bad("not a number", "is no number", "write digits alone; what it measures has a column of its own")
    plain = re.sub("['’ \u00a0\u202f]", "", words)
    marks = [sign for sign in plain if sign in ".,"]
    if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:  # 1.234,5 or 1,234.5
        plain = plain.replace(marks[0], "").replace(marks[-1], ".")
    elif len(marks) > 1 and len(set(marks)) == 1:  # 1.234.567
        plain = plain.replace(marks[0], "")
    elif len(marks) == 1 and len(plain.rpartition(marks[0])[2]) == 3:
        whole, part = plain.replace(marks[0], ""), plain.replace(marks[0], ".")
        raise Bad("ambiguous number", "may be two numbers", f"write {whole} or {part}0")
    else:
        plain = plain.replace(",", ".")
    return _decimal(plain)


def _decimal(text: str) -> Literal:
    """Return a number as stores compute with it: below 10^18, with 18 decimals at most."""
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise Bad("not a number", "is no number", "write digits alone") from error
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or abs(found) >= _LARGEST or exponent < -_DECIMALS:
        raise Bad("not a number", "is no number that can be counted with", "write one of at most 18 digits")
    return Literal(format(found, "f"), datatype=NamedNode(XSD + "decimal"))


def contact(text: str) -> tuple[str, str]:
    """Return whom to ask and at which address of e-mail: ``Office for rights (rights@example.org)``.

    The address is the name where there is no other. Raises Bad for what has no address, or more than one.
    """
    found = _MAIL.findall(text)
    if len(found) != 1:
        repair = "write whom to ask and one address: Office for rights (rights@example.org); part several by semicolons"
        told = "has no address of e-mail" if not found else f"has {len(found)} addresses of e-mail"
        raise Bad("no one address", told, repair)
    name = " ".join(text.replace("mailto:", "").replace(found[0], " ").strip(" <>()[],:;-–—\t\n").split())
    return name or found[0], found[0]


def address(cell: Cell) -> str:
    """Return a web address. Raises Bad for what is none."""
    words = text_of(cell)
    if words.startswith("www."):
        words = f"https://{words}"
    if not _URL.fullmatch(words):
        raise Bad("not a web address", "is no web address", "write it whole: https://…")
    return words


def licence_of(cell: Cell) -> NamedNode:
    """Return a licence. Raises Bad for what is none."""
    try:
        return NamedNode(licence(text_of(cell)).iri)
    except ValueError as error:
        repair = "write CC-BY-4.0, CC0-1.0 … (https://spdx.org/licenses/), or the address of another licence"
        near = str(error).partition("; ")[2].partition("?")
        repair = f"{near[0]}? If not, {repair}" if near[1] else repair
        raise Bad("not a licence", "is no licence that is known", repair) from error


def lines(cell: Cell) -> tuple[int, int]:
    """Return the first and the last page or line of ``12``, ``12-14`` or ``p. 12``. Raises Bad for what is none."""
    match = _LINES.fullmatch(text_of(cell).casefold())
    if match is None or not 0 < int(match[1]) <= int(match[2] or match[1]):
        raise Bad("not a page", "says neither a page nor lines", "write 12 or 12-14")
    return int(match[1]), int(match[2] or match[1])


@dataclass(frozen=True)
class Manner:
    """How rows are read: the language of texts without one, those of the instance, mappings, constants, the licence."""

    language: str
    languages: tuple[str, ...]
    concepts: Concepts
    by: Mapped
    constants: Mapping[str, str]
    licence: str

    @property
    def own(self) -> str:
        """The language in which the program words what a row says: the first of the instance, if it speaks that."""
        return self.languages[0] if self.languages[0] in SHIPPED else SOURCE


class Reading:
    """One row as it is read: its cells by the names of their columns, and what is wrong with it."""

    def __init__(self, manner: Manner, table: Table, sheet: str, taken: Mapping[str, Taken], row: Row) -> None:
        self._manner, self._table, self.sheet, self._taken, self.row = manner, table, sheet, taken, row
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self._headings: dict[str, list[str]] = {}
        self._refused: set[str] = set()
        for heading, one in taken.items():
            self._headings.setdefault(one.column.name, []).append(heading)
        self._columns = {column.name: column for column in SHEETS[sheet]}
        self._odd()

    def digest(self) -> str:
        """Return the MD5 of the cells that are read, each with its heading."""
        said = "\x1e".join(f"{heading}\x1f{text_of(cell)}" for heading, cell in self.row.cells.items())
        return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()

    def cell(self, name: str) -> tuple[str, Cell]:
        """Return the heading and the cell of a column, that of a constant where the sheet has none."""
        for heading in self._headings.get(name, ()):
            if heading in self.row.cells:
                return heading, "" if heading in self._refused else self.row.cells[heading]
        made = self._manner.constants.get(name, "")
        return name, _HEADING.sub(self._filled, made) if "{" in made else made

    def _filled(self, match: re.Match[str]) -> str:
        """Return the cell that a constant names, as in ``Case {id}``."""
        return text_of(self.row.cells.get(match[1], ""))

    def has(self, name: str) -> bool:
        """Say whether the row itself has a cell of a column: a constant is there for every row."""
        return any(heading in self.row.cells for heading in self._headings.get(name, ()))

    def plain(self, name: str) -> str:
        """Return the words of a cell."""
        return text_of(self.cell(name)[1])

    def texts(self, name: str) -> dict[str, str]:
        """Return the texts of a column and of those beside it for other languages, by language."""
        found: dict[str, str] = {}
        for heading in self._headings.get(name, ()):
            language = self._taken[heading].language or self._manner.language
            try:
                words = prose(self.row.cells.get(heading, ""), self._columns[name], language)
            except Bad as bad:
                self.faults.append(self.fault(name, bad, heading))
                continue
            if words:
                found[language] = words
        if not found and self.cell(name)[1]:
            found[self._manner.language] = self.plain(name)
        return found

    def one(self, name: str, make: Callable[[Cell], Made]) -> Made | None:
        """Return what a cell means, None for an empty one and for a bad one, which is told."""
        cell = self.cell(name)[1]
        if not text_of(cell):
            return None
        try:
            return make(cell)
        except Bad as bad:
            self.wrong(name, bad)
            return None

    def many(self, name: str) -> list[str]:
        """Return the values of a cell."""
        heading, cell = self.cell(name)
        return list(split(cell, self._columns[name], self._manner.by.split.get(heading, ";")))

    def concepts(self, name: str) -> list[NamedNode]:
        """Return the concepts that a cell names; what its mapping maps to nothing is left out."""
        found: list[NamedNode] = []
        if name not in self._columns:
            return found
        heading = self.cell(name)[0]
        values = self._manner.by.values.get(heading, {})
        for text in self.many(name):
            meant = values.get(fold(text), text)
            if meant:
                try:
                    found.append(concept(meant, self._columns[name], self._manner.concepts))
                except Bad as bad:
                    self.faults.append(self.fault(name, bad, value=text))
        return list(dict.fromkeys(found))

    def wrong(self, name: str, bad: Bad) -> None:
        """Take down what is wrong with a cell."""
        self.faults.append(self.fault(name, bad))

    def fault(self, name: str, bad: Bad, heading: str = "", value: str = "") -> Fault:
        """Return what is wrong with a cell, with its address."""
        at = heading or self.cell(name)[0]
        value = value or text_of(self.row.cells.get(at, "")) or self.plain(name)
        where = self._table.address(self.row.number, at)
        return Fault(self._table.name, self.row.number, where, at, value, bad.kind, bad.reason, bad.repair)

    def _odd(self) -> None:
        """Take down what is odd about the cells: names without an end, merged ones, and formulas without a value."""
        for heading, one in self._taken.items():
            size = len(str(self.row.cells.get(heading, "")))
            if size > _NAME and one.column.sort not in ("text", "quote"):
                self._refused.add(heading)
                long = Bad("too long", f"has {size:,} characters; {_NAME:,} are the most", "shorten it")
                self.faults.append(self.fault(one.column.name, long, heading))
        merged = self._table.merged.get(str(self.row.number))
        if merged:
            told = Bad("merged cells", f"has merged cells ({merged})", "unmerge them, and fill each row")
            self.faults.append(self.fault("", told))
        for heading in self._taken if self._table.formulas else ():
            at = self._table.address(self.row.number, heading)
            formula = self._table.formulas.get(at)
            if formula is None:
                continue
            if text_of(self.row.cells.get(heading, "")):
                kept = Bad("formula", "is the value of a formula", "nothing is to be done, if it is right")
                self.notes.append(self.fault("", kept, heading))
            else:
                reason = f"is the formula {formula}, without a value"
                self.faults.append(
                    self.fault("", Bad("formula", reason, "open the file and save it, or write the value"), heading)
                )
