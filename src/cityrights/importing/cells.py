"""Cells of a sheet read as what they mean: texts, days, numbers, concepts, licences; what cannot be read says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from babel import Locale
from pyoxigraph import Literal, NamedNode

from cityrights.importing.columns import Column, Concepts, fold
from cityrights.importing.sheets import Cell, text_of
from cityrights.licences import licence
from cityrights.vocabulary import XSD

#: The longest text of a cell that is kept, and the longest title.
_LONGEST: Final = 50_000
_LONGEST_TITLE: Final = 300
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
_LINES: Final = re.compile(
    r"(?:(?:p|pp|page|pages|página|l|line|lines|ligne|línea)\.?\s*)?([0-9]{1,6})(?:\s*[-–]\s*([0-9]{1,6}))?"
)
#: Languages in whose words months are read, beside those of the instance.
_MONTHS_IN: Final = ("en", "fr", "es", "pt", "de", "it", "nl", "ca")
#: Languages that are written from right to left (CLDR, likely subtags).
_FROM_RIGHT: Final = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"))
_RIGHT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LETTER: Final = re.compile(r"[^\W\d_]")
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
    longest = _LONGEST_TITLE if column.name == "title" else _LONGEST
    if len(words) > longest:
        raise Bad("too long", f"has {len(words):,} characters; {longest:,} are the most", "shorten it")
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
