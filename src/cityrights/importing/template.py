"""Sheets to fill: an empty workbook, CSV or OpenDocument with its description (CSVW); and bad rows to be mended."""

from __future__ import annotations

import csv
import json
import os
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import StringIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError, FileSizeError

from cityrights.check.format import replace
from cityrights.errors import CityrightsError, InputError
from cityrights.importing.columns import EXAMPLE, SHEETS, Column, Concepts, own
from cityrights.importing.sheets import MENDING, letters, text_of
from cityrights.instance import SHIPPED, Instance, instance
from cityrights.translations import CATALOGUE, SOURCE
from cityrights.vocabulary import DCTERMS, PREFIXES, RDFS

if TYPE_CHECKING:
    from cityrights.importing.cells import Fault
    from cityrights.importing.ledger import Imported

#: The hidden sheet that drop-downs refer to: a list of its own may have 255 characters in Excel.
_LISTS: Final = "_concepts"
#: How the name of the workbook of bad rows ends.
MENDED: Final = "-to-mend"
#: The most characters of a cell of a workbook.
_HELD: Final = 32_767
#: Rows that have drop-downs.
_ROWS: Final = 10_000
#: A practice that shows how a row is filled, which is made up: its concepts, and what is the same in all languages.
#: Its texts are words of the program (``importing.example``).
_CHOSEN: Final = {
    "for whom": ("migrants", "older-people"),
    "themes": ("access-to-justice",),
    "pillars": ("tools",),
    "status": ("in-place",),
}
_EXAMPLE: Final = {
    "id": EXAMPLE,
    "start": "2021-03",
    "source": "report.pdf",
    "where": "12",
    "licence": "CC-BY-4.0",
}
#: What a column is in the vocabulary, for its description.
_PROPERTIES: Final = {
    "title": RDFS + "label",
    "what": DCTERMS + "description",
    "place": own("place").value,
    "country": own("country").value,
    "for whom": own("targetGroup").value,
    "themes": own("theme").value,
    "pillars": own("pillar").value,
    "what was hard": own("challenge").value,
    "what they advise": own("takeaway").value,
    "whom to ask": PREFIXES["schema"] + "email",
    "status": own("status").value,
    "start": own("start").value,
    "end": own("end").value,
    "carried out by": own("implementedBy").value,
    "partners": own("partner").value,
    "institution": own("establishes").value,
    "instrument": own("adopts").value,
    "url": own("reference").value,
    "licence": DCTERMS + "license",
}


def write(path: Path, home: Path) -> list[Path]:
    """Write an empty sheet to ``path`` and its description beside it; returns both. Raises for a file that is there."""
    ending = path.suffix.lower()
    if ending not in (".xlsx", ".ods", ".csv"):
        raise InputError(path, "is no sheet that can be written", repair="end its name with .xlsx, .ods or .csv")
    if path.exists():
        raise InputError(path, "is there already", repair="name another file, so that nothing of it is lost")
    if not path.parent.is_dir():
        raise CityrightsError(f"there is no folder {path.parent} to write to; make it, or name another")
    here, concepts = instance(home), Concepts(home)
    if ending == ".xlsx":
        _workbook(path, here, concepts)
    elif ending == ".ods":
        _open_document(path, here, concepts)
    else:
        out = StringIO(newline="")
        columns, shown = list(_columns(here, "practices")), _example(here, concepts)
        csv.writer(out).writerows([[name for name, _ in columns], [_shown(shown, *one) for one in columns]])
        replace(path, out.getvalue())
    beside = path.with_name(f"{path.name}-metadata.json")
    replace(beside, json.dumps(_described(path, here), ensure_ascii=False, indent=2) + "\n")
    return [path, beside]


def _columns(here: Instance, sheet: str) -> Iterator[tuple[str, Column]]:
    """Yield the headings of a sheet: a column for texts stands there for each language of the instance."""
    for column in SHEETS[sheet]:
        called = column.called(here.languages[0])
        yield called, column
        if column.translated:
            for language in here.languages[1:]:
                yield f"{called}__{language}", column


def _example(here: Instance, concepts: Concepts) -> dict[str, str]:
    """Return the row that shows how a row is filled, by the English names of columns, in the first language."""
    language = here.languages[0]
    words = CATALOGUE[language if language in SHIPPED else SOURCE].importing.example
    columns = {column.name: column for column in SHEETS["practices"]}
    chosen = {
        name: "; ".join(concepts.label(iri, language) for end in ends for iri in concepts.find(end, columns[name]))
        for name, ends in _CHOSEN.items()
    }
    return _EXAMPLE | chosen | {name: words[name] for name in columns if name in words}


def _shown(example: Mapping[str, str], heading: str, column: Column) -> str:
    """Return what the example has under a heading: texts in the first language alone."""
    return "" if "__" in heading else example.get(column.name, "")


def _note(here: Instance, column: Column) -> str:
    """Return the note at a heading, in the languages of the instance as far as it is there in them."""
    told = [code for code in here.languages if code in SHIPPED] or [SOURCE]
    notes = [CATALOGUE[code].importing.notes[column.name] for code in told]
    return "\n".join(dict.fromkeys(notes))


def _choices(here: Instance, concepts: Concepts, column: Column) -> list[str]:
    language = here.languages[0]
    return [concepts.label(iri, language) for iri in concepts.of(column)]


@contextmanager
def _fresh(path: Path) -> Iterator[Path]:
    """Yield where a file is to be written that takes its place when it is whole; nothing is left where it is not.

    Raises CityrightsError where it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.part")
    try:
        yield fresh
        fresh.replace(path)
    except (FileCreateError, FileSizeError, OSError) as error:
        with suppress(OSError):
            fresh.unlink()
        cause = error.args[0] if isinstance(error, FileCreateError) else error
        reason = os.strerror(cause.errno) if isinstance(cause, OSError) and cause.errno else str(error)
        raise CityrightsError(f"{path} cannot be written: {reason}; name another folder, or free some space") from error


def _workbook(path: Path, here: Instance, concepts: Concepts) -> None:
    with _fresh(path) as fresh:
        _write_workbook(fresh, here, concepts)


def _write_workbook(fresh: Path, here: Instance, concepts: Concepts) -> None:
    book = xlsxwriter.Workbook(str(fresh), {"in_memory": True})
    bold = book.add_format({"bold": True, "bg_color": "#e8e4da", "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheets, shown = {name: book.add_worksheet(name) for name in SHEETS}, _example(here, concepts)
    lists, known = book.add_worksheet(_LISTS), dict[str, str]()
    lists.hide()
    for name, sheet in sheets.items():
        for at, (heading, column) in enumerate(_columns(here, name)):
            sheet.write_string(0, at, heading, bold)
            sheet.set_column(at, at, column.width, text)
            note = _note(here, column)
            lines = note.count("\n") + len(note) // 45 + 1
            sheet.write_comment(0, at, note, {"x_scale": 2.5, "y_scale": 0.3 * lines, "author": here.name})
            if column.sort == "concept":
                sheet.data_validation(
                    1, at, _ROWS, at, _dropped(here, lists, known, column, _choices(here, concepts, column))
                )
            if name == "practices":
                sheet.write_string(1, at, _shown(shown, heading, column), text)
        sheet.freeze_panes(1, 2 if name == "practices" else 1)
    book.close()


def _dropped(
    here: Instance, lists: Any, known: dict[str, str], column: Column, choices: list[str]
) -> dict[str, object]:
    """Write the concepts of a column to the hidden sheet, and return the drop-down that refers to them."""
    language = here.languages[0]
    words = CATALOGUE[language if language in SHIPPED else SOURCE].importing
    if column.name not in known:
        at = len(known)
        lists.write_column(0, at, [column.called(language), *choices])
        letter = letters(at + 1)
        known[column.name] = f"={_LISTS}!${letter}$2:${letter}${len(choices) + 1}"
    return {
        "validate": "list",
        "source": known[column.name],
        "ignore_blank": True,
        "error_type": "information" if column.many else "stop",
        "error_title": column.called(language)[:32],
        "error_message": words.several if column.many else words.choose,
    }


_NAMESPACES: Final = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "manifest")
    )
    + ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MIME: Final = "application/vnd.oasis.opendocument.spreadsheet"


def _open_document(path: Path, here: Instance, concepts: Concepts) -> None:
    """Write the workbook as OpenDocument: https://docs.oasis-open.org/office/OpenDocument/v1.3/"""
    lists: dict[str, list[str]] = {}
    tables = "".join(_table(here, concepts, name, lists) for name in SHEETS)
    validations = "".join(_validation(at, name, choices) for at, (name, choices) in enumerate(lists.items()))
    longest = max(map(len, lists.values()))
    rows = [
        list(lists),
        *([choices[at] if at < len(choices) else "" for choices in lists.values()] for at in range(longest)),
    ]
    hidden = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    content = (
        f'{_HEAD}<office:document-content {_NAMESPACES} office:version="1.2"><office:body><office:spreadsheet>'
        f"<table:content-validations>{validations}</table:content-validations>{tables}"
        f'<table:table table:name="{_LISTS}" table:display="false">{hidden}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{part}" manifest:media-type="{kind}"/>'
        for part, kind in (("/", _MIME), ("content.xml", "text/xml"))
    )
    manifest = f'{_HEAD}<manifest:manifest {_NAMESPACES} manifest:version="1.2">{entries}</manifest:manifest>'
    with _fresh(path) as fresh, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _MIME, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)


def _table(here: Instance, concepts: Concepts, name: str, lists: dict[str, list[str]]) -> str:
    heads, filled, empty, shown = "", "", "", _example(here, concepts)
    for heading, column in _columns(here, name):
        heads += _cell(heading, note=_note(here, column))
        kept = ""
        if column.sort == "concept":
            called = column.called(here.languages[0])
            lists.setdefault(called, _choices(here, concepts, column))
            kept = f' table:content-validation-name="list{list(lists).index(called)}"'
        filled += _cell(_shown(shown, heading, column) if name == "practices" else "", kept)
        empty += _cell("", kept)
    rows = f"<table:table-row>{heads}</table:table-row><table:table-row>{filled}</table:table-row>"
    rows += f'<table:table-row table:number-rows-repeated="{_ROWS}">{empty}</table:table-row>'
    return f"<table:table table:name={quoteattr(name)}>{rows}</table:table>"


def _validation(at: int, name: str, choices: list[str]) -> str:
    """Return the drop-down of a column: what is typed beside it is told of, and may stay."""
    letter = letters(at + 1)
    source = f"of:cell-content-is-in-list([{_LISTS}.${letter}$2:.${letter}${len(choices) + 1}])"
    return (
        f'<table:content-validation table:name="list{at}" table:condition={quoteattr(source)} '
        f'table:allow-empty-cell="true" table:display-list="unsorted">'
        f'<table:error-message table:display="true" table:message-type="information" table:title={quoteattr(name)}/>'
        "</table:content-validation>"
    )


def _cell(words: str, more: str = "", note: str = "") -> str:
    told = "".join(f"<text:p>{escape(line)}</text:p>" for line in note.split("\n")) if note else ""
    inner = f"<office:annotation>{told}</office:annotation>" if told else ""
    kind = ' office:value-type="string"' if words else ""
    shown = f"<text:p>{escape(words)}</text:p>" if words else ""
    return f"<table:table-cell{kind}{more}>{inner}{shown}</table:table-cell>"


def _described(path: Path, here: Instance) -> dict[str, object]:
    """Return the description of the sheet of practices: https://www.w3.org/TR/tabular-metadata/"""
    columns: list[dict[str, object]] = []
    for heading, column in _columns(here, "practices"):
        language = heading.partition("__")[2] or here.languages[0]
        said: dict[str, object] = {
            "titles": heading,
            "name": heading.replace(" ", "_"),
            "dc:description": {
                code: CATALOGUE[code].importing.notes[column.name] for code in here.languages if code in SHIPPED
            },
            "required": column.needed,
        }
        if column.name in _PROPERTIES:
            said["propertyUrl"] = _PROPERTIES[column.name]
        if column.many:
            said["separator"] = ";"
        if column.translated:
            said["lang"] = language
        columns.append(said)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": here.languages[0]}],
        "url": path.name,
        "dc:title": path.stem,
        "dc:license": {"@id": here.licence.iri},
        "tableSchema": {"columns": columns, "aboutUrl": f"{here.base}id/practice/{{id}}"},
    }


def to_mend(file: Path, report: Imported) -> Path:
    """Write the bad rows of an import to a workbook beside the file, each with what is wrong; returns its path.

    Raises CityrightsError where it cannot be written.

    A column whose heading begins with an underline is left out when the workbook is imported.
    """
    path = file.with_name(f"{file.stem.removesuffix(MENDED)}{MENDED}.xlsx")
    with _fresh(path) as fresh:
        _write_bad(fresh, file, report)
    return path


def _write_bad(fresh: Path, file: Path, report: Imported) -> None:
    book = xlsxwriter.Workbook(str(fresh), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#e8e4da", "text_wrap": True, "valign": "top"})
    plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    wrong = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "bg_color": "#f6d5cf"})
    for table in report.tables:
        bad = {row: faults for (name, row), faults in report.bad.items() if name == table.name}
        if not bad:
            continue
        sheet = book.add_worksheet(_sheet_name(table.name, {one.name.casefold() for one in book.worksheets()}))
        sheet.write_row(0, 0, [*table.headings, *MENDING], bold)
        sheet.set_column(0, len(table.headings), 24, plain)
        sheet.set_column(len(table.headings) + 1, len(table.headings) + 1, 90, plain)
        sheet.freeze_panes(1, 0)
        for at, row in enumerate((row for row in table.rows if row.number in bad), 1):
            columns, cut = {fault.column for fault in bad[row.number]}, list[str]()
            for place, heading in enumerate(table.headings):
                words = text_of(row.cells.get(heading, ""))
                long = len(words) > _HELD
                sheet.write_string(at, place, "" if long else words, wrong if long or heading in columns else plain)
                if long:
                    cut.append(f"{heading}: is longer than a cell of a workbook (mend the row in {file.name} instead)")
            sheet.write_number(at, len(table.headings), row.evidence)
            told = "\n".join([*cut, *map(_wrong, bad[row.number])])
            sheet.write_string(at, len(table.headings) + 1, told[:30_000], plain)
    book.close()


def _wrong(fault: Fault) -> str:
    value = f"“{fault.value}” " if fault.value else ""
    return f"{fault.column}: {value}{fault.reason} ({fault.repair})"


def _sheet_name(name: str, taken: Collection[str]) -> str:
    """Return the name of a table as Excel takes it: of 31 characters at most, some of them never, and each once."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '")[:31].rstrip(" '")
    free = (f"{plain[:27]} {number}" for number in count(2))
    return (
        plain if plain and plain.casefold() not in taken else next(one for one in free if one.casefold() not in taken)
    )
