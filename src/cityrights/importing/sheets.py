"""Tables read from CSV, workbooks (xlsx, ods) and JSON: rows as they come, within bounds, and what is odd in them.

Nothing of a file is run, and nothing is trusted: its size, what it unpacks to, its macros and its encoding are looked
at first. What the library that reads workbooks does not tell (formulas, merged cells) is read from their XML by expat.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from html import unescape
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from xml.parsers import expat

import orjson

from cityrights.apart import Apart, Broken
from cityrights.converted import LARGEST, decoded_as, needed, unpacks
from cityrights.errors import InputError
from cityrights.library.names import nearest

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

#: What a cell holds, as it was read; an empty one is an empty text.
Cell: TypeAlias = str | int | float | bool | date | datetime
#: What stands beside rows that are to be mended: the row of the sheet that they come from, and what is wrong.
MENDING: Final = ("_row", "_what is wrong")
#: The most characters of one cell.
_LONGEST: Final = 100_000
#: The most rows and columns that are read.
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 500
#: What is read, and how it is called.
ENDINGS: Final = (".csv", ".tsv", ".xlsx", ".ods", ".json")
_WORKBOOKS: Final = (".xlsx", ".ods")
_PACKAGE: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
#: What Excel is told of a CSV in a line before the headings.
_SEPARATED: Final = re.compile(r"(sep=([^\r\n\"]))(?=\r?\n)", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})(?::([A-Z]{1,3})([1-9][0-9]{0,6}))?")
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_LINKS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships "
_ODS: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "

_TAG: Final = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,2000})?/?>|&(?:[a-zA-Z]{2,8}|#[0-9]{1,6});")
#: What is declared in HTML and not shown; its tags, and those that end no word. A parser of HTML takes minutes for a
#: cell of tags that are never closed.
_DECLARED: Final = re.compile(r"<[?!][^<>]*+>")
_ELEMENT: Final = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>")
_INLINE: Final = frozenset(("a", "b", "i", "em", "strong", "span", "u", "sup", "sub", "font"))
#: What steers the order of signs and is not seen: in a name it makes two that look alike.
_STEERING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x200B), None)
_CONTROL: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), " ")
#: How deep what is nested in a cell of JSON may be.
_DEEPEST: Final = 8


@dataclass(frozen=True)
class Row:
    """A row that is not empty: its number from 1, as a spreadsheet counts it, and its cells by their headings.

    ``origin`` is its number in the sheet from which it was taken out to be mended, 0 where it was not.
    """

    number: int
    cells: Mapping[str, Cell]
    origin: int = 0

    @property
    def evidence(self) -> int:
        """The number of the row in the sheet that is cited."""
        return self.origin or self.number


@dataclass
class Table:
    """One sheet: its name, its headings in order, its rows, and the cells that are merged or hold a formula.

    ``mending`` says that its rows were taken out of another sheet, to be mended.
    """

    path: Path
    name: str
    headings: list[str]
    rows: list[Row]
    merged: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    mending: bool = False

    def address(self, row: int, heading: str) -> str:
        """Return where a cell is, as spreadsheets say it: ``D5``; an unknown heading gives the row alone."""
        return f"{letters(self.headings.index(heading) + 1)}{row}" if heading in self.headings else str(row)


def letters(number: int) -> str:
    """Return the letters of the column with this number from 1: A … Z, AA …"""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def read_tables(path: Path, *, sheet: str = "", encoding: str = "", delimiter: str = "") -> list[Table]:
    """Return the tables of a file: one of CSV or JSON, those of a workbook, or the one called ``sheet``.

    Raises InputError, with the reason and a repair, for what is no table, too large, or in an encoding that has to be
    named; CityrightsError where a package is missing.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        repair = f"save it as one of these: {', '.join(ENDINGS)}"
        if ending in (".xlsm", ".xltm", ".xlsb"):
            raise InputError(path, "may hold macros, and nothing here runs them", repair="save it as .xlsx")
        raise InputError(path, f"“{ending or path.name}” is no table that can be read", repair=repair)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    if not size:
        raise InputError(path, "is empty", repair="cityrights template writes one to begin with")
    if size > LARGEST:
        most = f"{LARGEST >> 20} MB are the most"
        raise InputError(path, f"has {size / (1 << 20):,.0f} MB, and {most}", repair="split it into several files")
    if ending in _WORKBOOKS:
        return [_of_origin(table) for table in _workbook(path, start, sheet)]
    if start.startswith((_PACKAGE, _OLE)):
        raise InputError(path, "is a workbook, and is called otherwise", repair="name it .xlsx, or save it as CSV")
    table = _json(path) if ending == ".json" else _text(path, encoding, delimiter)
    return [_of_origin(table)]


def _of_origin(table: Table) -> Table:
    """Return a table of rows that were to be mended as one of the sheet that they come from: without what was told."""
    if not set(MENDING) <= set(table.headings):
        return table
    row, _ = MENDING
    for at, one in enumerate(table.rows):
        number = text_of(one.cells.get(row, ""))
        cells = {heading: cell for heading, cell in one.cells.items() if heading not in MENDING}
        table.rows[at] = Row(one.number, cells, int(number) if number.isdecimal() and len(number) < 8 else 0)
    table.headings[:] = [heading for heading in table.headings if heading not in MENDING]
    table.mending = True
    return table


def _text(path: Path, encoding: str, delimiter: str) -> Table:
    text = decoded(path, path.read_bytes(), encoding)
    told = _SEPARATED.match(text)  # for Excel: no row, but it is counted
    text = text[told.end(1) :] if told else text
    mark = delimiter or (told[2] if told else "") or ("\t" if path.suffix.lower() == ".tsv" else _delimiter(text))
    if len(mark) != 1 or mark in '\r\n"':
        raise InputError(
            path, f"cells cannot be parted by “{mark}”", repair="name one sign with --delimiter, such as ;"
        )
    before = csv.field_size_limit(_LONGEST)
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        return _table(path, path.stem, reader)
    except csv.Error as error:
        reason = f"cannot be read as CSV: {error}"
        repair = "close the quotation mark that is open there; a cell has 100,000 characters at most"
        raise InputError(path, reason, reader.line_num, repair) from error
    finally:
        csv.field_size_limit(before)


def decoded(path: Path, content: bytes, encoding: str = "") -> str:
    """Return the text of a file. Raises InputError where it is in another encoding, with what it then would be."""
    name = encoding or _encoding(path, content)
    try:
        text = decoded_as(content, name)
    except (UnicodeError, LookupError) as error:
        repair = "name another with --encoding"
        raise InputError(path, f"is not in the encoding {name}: {error}", repair=repair) from error
    if "\0" in text:
        raise InputError(path, "has zero bytes in it, so that it is no text", repair="save it as text (UTF-8)")
    return text


def is_writable(name: str) -> bool:
    """Say whether the name of a file is text: one that is not UTF-8 can stand in no graph."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _encoding(path: Path, content: bytes) -> str:
    """Return the encoding of a text by its mark; without one it has to be UTF-8. Raises InputError otherwise."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        start = max(content.rfind(b"\n", 0, error.start), error.start - 12) + 1
        likely = content[start : error.start + 8].decode("cp1252", "replace").split("\n")[0].strip()
        reason = f"byte {error.start} is not UTF-8; read as Windows-1252 it is “{likely}”"
        repair = "where that is right, say --encoding cp1252; or save the file as UTF-8"
        raise InputError(path, reason, line, repair) from error
    return "utf-8-sig"


def _delimiter(text: str) -> str:
    """Return the mark between cells that the line of the headings has most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)


def _json(path: Path) -> Table:
    """Read an array of objects; what is nested is told by its parts, joined by semicolons."""
    try:
        loaded = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise InputError(path, f"is no JSON: {error.msg}", error.lineno, "mend it", error.colno) from error
    if not isinstance(loaded, list) or not all(isinstance(one, dict) for one in loaded):
        raise InputError(path, "is not an array of objects, one for each row", repair="[{…}, {…}]")
    headings = list(dict.fromkeys(key for one in loaded for key in one))
    rows = ([_plain(path, one.get(key)) for key in headings] for one in loaded)
    return _table(path, path.stem, chain([headings], rows))


def _plain(path: Path, value: object, depth: int = 0) -> Cell:
    if depth > _DEEPEST:
        raise InputError(path, f"a cell is nested more than {_DEEPEST} times", repair="give each row plain values")
    if isinstance(value, int | float):
        return value
    if isinstance(value, list):
        value = "; ".join(str(_plain(path, one, depth + 1)) for one in value)
    elif isinstance(value, dict):
        value = "; ".join(f"{key}: {_plain(path, one, depth + 1)}" for key, one in value.items())
    return value[: _LONGEST + 1] if isinstance(value, str) else ""


def _table(path: Path, name: str, rows: Iterable[Sequence[Cell]]) -> Table:
    """Return the table of rows of cells, the first of which that is not empty has the headings."""
    headings: list[str] = []
    kept: list[Row] = []
    for number, cells in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise InputError(path, f"has more than {MOST_ROWS:,} rows", repair="split it into several files")
        if not any(cell not in ("", None) for cell in cells):
            continue
        if not headings:
            headings = _headings(path, name, number, cells)
            continue
        extra = [letters(at) for at, cell in enumerate(cells[len(headings) :], len(headings) + 1) if cell != ""]
        if extra:
            where = f"“{name}”, {extra[0]}{number}: stands beside the table, in a column without a heading"
            raise InputError(path, where, repair="give the column a heading, or put the cell in quotation marks (CSV)")
        kept.append(Row(number, {key: cell for key, cell in zip(headings, cells, strict=False) if cell != ""}))
    return Table(path, name, headings, kept)


def _headings(path: Path, name: str, number: int, cells: Sequence[Cell]) -> list[str]:
    if len(cells) > MOST_COLUMNS:
        raise InputError(path, f"“{name}” has {len(cells):,} columns; {MOST_COLUMNS} are the most", number)
    found = [" ".join(str(cell).translate(_STEERING).translate(_CONTROL).split()) for cell in cells]
    while found and not found[-1]:
        found.pop()
    for at, heading in enumerate(found, 1):
        if not heading:
            reason = f"“{name}”, {letters(at)}{number}: a column has no heading"
            raise InputError(path, reason, repair="name the column, or delete it")
        if found.index(heading) != at - 1:
            reason = f"“{name}”, {letters(at)}{number}: “{heading}” is the heading of two columns"
            raise InputError(path, reason, repair="name them apart")
    return found


def _workbook(path: Path, start: bytes, sheet: str) -> list[Table]:
    if start.startswith(_OLE):
        reason = "is locked with a password, or of Excel before 2007"
        raise InputError(path, reason, repair="take the password away, or save it as .xlsx")
    needed("python_calamine", "python-calamine", f"read {path.name}")
    unpacks(path)
    with Apart() as apart:
        try:
            return apart.call(tables_of, path, sheet)
        except Broken as error:
            repair = "delete what stands far from the rows, or save the sheet as CSV"
            raise InputError(path, error.reason, repair=repair) from error


def tables_of(path: Path, sheet: str) -> list[Table]:
    """Return the tables of a workbook, as ``read_tables`` does; in a process that may break."""
    import python_calamine

    try:
        return _tables(path, python_calamine.CalamineWorkbook.from_path(str(path)), sheet)
    except python_calamine.CalamineError as error:
        raise InputError(path, f"cannot be read as a workbook: {error}", repair="open it and save it anew") from error


def _tables(path: Path, book: CalamineWorkbook, sheet: str) -> list[Table]:
    names = [name for name in book.sheet_names if not name.startswith("_")]
    if sheet and sheet not in names:
        near = nearest(sheet, names, 1)
        hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(names)}"
        raise InputError(path, f"has no sheet “{sheet}”", repair=hint)
    found = []
    for name in [sheet] if sheet else names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        table = _table(path, name, ([_cell(cell) for cell in row] for row in rows))
        if table.headings:
            found.append(table)
    _look_into(path, found)
    return found


def _cell(value: object) -> Cell:
    """Return a cell as CSV has it: a whole number without a fraction, a day without its midnight."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST + 1]
    return value if isinstance(value, int | float | bool | date) else ""


def _look_into(path: Path, tables: list[Table]) -> None:
    """Tell tables which of their cells are merged and which hold a formula."""
    try:
        with zipfile.ZipFile(path) as archive:
            if path.suffix.lower() == ".ods":
                _OfOds(tables).read(archive, "content.xml")
                return
            for table, part in _parts(archive, tables):
                reader = _OfXlsx(table)
                reader.read(archive, part)
                _put_in(table, reader.errors)
    except (expat.ExpatError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(path, f"its XML cannot be read: {error}", repair="open it and save it anew") from error


def _put_in(table: Table, errors: dict[str, str]) -> None:
    """Put the errors of formulas in their cells, which would be empty, and a row that has nothing else with them."""
    rows = {row.number: row for row in table.rows}
    for address, error in errors.items():
        match = _REFERENCE.fullmatch(address)
        column = _number(match[1]) if match else 0
        if match is None or not 0 < column <= len(table.headings) or int(match[2]) > MOST_ROWS:
            continue
        number = int(match[2])
        row = rows.get(number, Row(number, {}))
        rows[number] = replace(row, cells={**row.cells, table.headings[column - 1]: error})
        table.formulas.pop(address, None)
    table.rows[:] = [rows[number] for number in sorted(rows)]


def _number(column: str) -> int:
    """Return the number, from 1, of the column with these letters."""
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number


def _parts(archive: zipfile.ZipFile, tables: list[Table]) -> Iterator[tuple[Table, str]]:
    """Yield for each table the part of the workbook that it stands in (ECMA-376, part 1, 18.2)."""
    ids, targets = _Attributes(_MAIN + "sheet"), _Attributes("*Relationship")
    ids.read(archive, "xl/workbook.xml")
    targets.read(archive, "xl/_rels/workbook.xml.rels")
    where = {one.get("Id", ""): one.get("Target", "") for one in targets.found}
    homes = {one.get("name", ""): where.get(one.get(_LINKS + "id", ""), "") for one in ids.found}
    for table in tables:
        target = homes.get(table.name, "")
        if target:
            yield table, target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _Reader:
    """A part of a workbook read by expat piece by piece; a document type, with which entities come, is refused."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartDoctypeDeclHandler = self._refused

    def read(self, archive: zipfile.ZipFile, part: str) -> None:
        """Read one part to its end."""
        with archive.open(part) as file:
            self._parser.ParseFile(file)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in how an element begins."""

    def end(self, name: str) -> None:
        """Take in that an element ends."""

    def text(self, words: str) -> None:
        """Take in what stands between elements."""

    def _refused(self, *_: object) -> None:
        raise expat.ExpatError("it has a document type")


class _Attributes(_Reader):
    """The attributes of each element of one name; ``*`` stands for any namespace."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self.found = name, list[dict[str, str]]()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the attributes of what is looked for."""
        if name == self._name or (self._name.startswith("*") and name.endswith(" " + self._name[1:])):
            self.found.append(attributes)


class _OfXlsx(_Reader):
    """Merged cells, formulas and errors of a sheet of OOXML."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table, self._cell, self._formula = table, "", False
        self._wrong, self._value = False, False
        self.errors: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note where a cell begins, a formula, and which cells are merged."""
        if name == _MAIN + "c":
            self._cell, self._wrong = attributes.get("r", ""), attributes.get("t") == "e"
        elif name == _MAIN + "v" and self._wrong:
            self._value = True
        elif name == _MAIN + "f":
            self._formula = True
            self._table.formulas[self._cell] = "="
        elif name == _MAIN + "mergeCell":
            _merge(self._table, attributes.get("ref", ""))

    def end(self, name: str) -> None:
        """Note that a formula or a value ends."""
        if name == _MAIN + "f":
            self._formula = False
        elif name == _MAIN + "v":
            self._value = False

    def text(self, words: str) -> None:
        """Keep the words of a formula, and of the value that is an error."""
        if self._value and len(self.errors.get(self._cell, "")) < 20:
            self.errors[self._cell] = self.errors.get(self._cell, "") + words
        if self._formula and len(self._table.formulas[self._cell]) < 80:
            self._table.formulas[self._cell] += words


class _OfOds(_Reader):
    """Merged cells and formulas of the sheets of an OpenDocument."""

    def __init__(self, tables: list[Table]) -> None:
        super().__init__()
        self._tables = {table.name: table for table in tables}
        self._table: Table | None = None
        self._row = self._column = self._rows = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Count rows and cells, which may stand for several, and note what is said of one."""
        if not name.startswith(_ODS):
            return
        kind = name.removeprefix(_ODS)
        if kind == "table":
            self._table, self._row = self._tables.get(attributes.get(_ODS + "name", "")), 0
        elif kind == "table-row":
            self._row, self._column = self._row + 1, 0
            self._rows = int(attributes.get(_ODS + "number-rows-repeated", "1")) - 1
        elif kind in ("table-cell", "covered-table-cell") and self._table is not None:
            at = f"{letters(self._column + 1)}{self._row}"
            self._column += int(attributes.get(_ODS + "number-columns-repeated", "1"))
            if _ODS + "formula" in attributes:
                self._table.formulas[at] = "=" + attributes[_ODS + "formula"].partition("=")[2][:80]
            wide = int(attributes.get(_ODS + "number-columns-spanned", "1"))
            high = int(attributes.get(_ODS + "number-rows-spanned", "1"))
            if wide > 1 or high > 1:
                _merge(self._table, f"{at}:{letters(self._column - 1 + wide)}{self._row + high - 1}")

    def end(self, name: str) -> None:
        """Count the rows for which one stands."""
        if name == _ODS + "table-row":
            self._row += self._rows


def _merge(table: Table, reference: str) -> None:
    """Note of each row of the table that merged cells cover, by its number, which those are."""
    match = _REFERENCE.fullmatch(reference)
    if match is not None and match[4]:
        for number in range(int(match[2]), min(int(match[4]), int(match[2]) + MOST_ROWS) + 1):
            table.merged.setdefault(str(number), reference)


def _without_comments(words: str) -> str:
    """Return HTML without its comments; what is no whole one stays."""
    parts, at = list[str](), 0
    while (start := words.find("<!--", at)) >= 0 and (end := words.find("-->", start + 4)) >= 0:
        parts.append(words[at:start])
        at = end + 3
    return "".join((*parts, words[at:]))


def text_of(cell: Cell) -> str:
    """Return the words of a cell: without HTML, signs that steer, and spaces too many."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    words = str(cell).translate(_STEERING).translate(_CONTROL)
    if _TAG.search(words):
        told = _DECLARED.sub(" ", _without_comments(words))
        words = unescape(_ELEMENT.sub(lambda tag: "" if tag[1].lower() in _INLINE else " ", told))
    return " ".join(words.split())
