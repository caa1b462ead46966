"""The sheet to fill: drop-downs, notes, an example that is no practice, in three formats; and its description."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from cityrights.errors import CityrightsError, InputError
from cityrights.importing.columns import COLUMNS, SHEETS, Concepts
from cityrights.importing.columns import taken as taken_for
from cityrights.importing.sheets import read_tables
from cityrights.importing.template import write
from tests.graph.importing.sheets import home, taken

#: A list that is typed into a drop-down may have so many characters in Excel.
EXCELS = 255


def test_the_workbook_has_drop_downs_of_the_concepts_and_notes_in_the_languages(tmp_path: Path) -> None:
    there = home(tmp_path)
    write(tmp_path / "practices.xlsx", there)
    book = openpyxl.load_workbook(tmp_path / "practices.xlsx")
    assert book.sheetnames == [*SHEETS, "_concepts"]
    assert book["_concepts"].sheet_state == "hidden"
    page = book["practices"]
    headings = {cell.value: cell for cell in page[1]}
    assert list(headings)[1:4] == ["title", "title__fr", "title__es"]
    assert {column.name for column in COLUMNS} <= headings.keys()
    note = headings["themes"].comment.text
    for words in ("parted by semicolons", "points-virgules", "punto y coma"):
        assert words in note, words
    lists = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    concepts, wrong = Concepts(there), []
    for column in COLUMNS:
        if column.sort != "concept":
            continue
        letter = headings[column.name].column_letter
        rule = next((rule for place, rule in lists.items() if place.startswith(f"{letter}2:")), None)
        if rule is None or rule.formula1.count('"') or len(rule.formula1) > EXCELS:
            wrong.append(f"{column.name}: {rule and rule.formula1}")
            continue
        sheet, _, place = rule.formula1.replace("$", "").partition("!")
        offered = [row[0].value for row in book[sheet][place]]
        for label in offered:
            if len(concepts.find(str(label), column)) != 1:
                wrong.append(f"{column.name} offers “{label}”, which is {concepts.find(str(label), column)}")
        if column.many != (rule.errorStyle == "information"):
            wrong.append(f"{column.name}: several may be typed or not: {rule.errorStyle}")
    assert not wrong, "\n".join(wrong)


def test_the_headings_of_each_language_are_known_and_each_is_one_column() -> None:
    wrong = []
    for name, columns in SHEETS.items():
        for column in columns:
            for language in ("en", "fr", "es"):
                found = taken_for(column.called(language), columns)
                if found is None or found.column is not column:
                    wrong.append(f"{name}: {column.called(language)!r} is taken for {found}, and is {column.name}")
    assert not wrong, "\n".join(wrong)


def test_the_template_is_taken_in_as_it_is_and_its_example_is_no_practice(tmp_path: Path) -> None:
    there = home(tmp_path)
    for ending in ("xlsx", "ods", "csv"):
        path = tmp_path / f"practices-{ending}.{ending}"
        write(path, there)
        report = taken(tmp_path, path)
        assert (report.rows, report.added, report.faults) == (1, 0, []), ending
        table = read_tables(path)[0]
        if ending == "csv":
            example = dict(table.rows[0].cells) | {"id": "mine"}
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([table.headings, [example.get(name, "") for name in table.headings]])
            report = taken(tmp_path, path)
            assert (report.added, [str(fault) for fault in report.faults]) == (1, []), "and it is a right one"


def test_the_open_document_has_the_same_sheets_and_lists(tmp_path: Path) -> None:
    there = home(tmp_path)
    write(tmp_path / "practices.ods", there)
    book = CalamineWorkbook.from_path(str(tmp_path / "practices.ods"))
    assert book.sheet_names == [*SHEETS, "_concepts"]
    lists = book.get_sheet_by_name("_concepts").to_python()
    assert lists[0][:2] == ["for whom", "themes"]
    assert "All residents" in [row[0] for row in lists]


def test_the_description_beside_it_says_what_each_column_is(tmp_path: Path) -> None:
    there = home(tmp_path)
    path, beside = write(tmp_path / "practices.csv", there)
    said = json.loads(beside.read_text("utf-8"))
    assert (said["url"], said["@context"][0]) == (path.name, "http://www.w3.org/ns/csvw")
    with path.open(encoding="utf-8", newline="") as file:
        headings = next(csv.reader(file))
    columns = said["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == headings
    by_name = {column["name"]: column for column in columns}
    assert by_name["themes"]["separator"] == ";"
    assert by_name["title"]["required"]
    assert (by_name["title__fr"]["lang"], by_name["title"]["lang"]) == ("fr", "en")
    assert by_name["place"]["propertyUrl"].endswith("ontology#place")
    assert set(by_name["country"]["dc:description"]) == {"en", "fr", "es"}


def test_nothing_is_overwritten_and_other_formats_are_told(tmp_path: Path) -> None:
    there = home(tmp_path)
    write(tmp_path / "practices.csv", there)
    with pytest.raises(InputError, match="is there already"):
        write(tmp_path / "practices.csv", there)
    with pytest.raises(InputError, match=r"end its name with \.xlsx, \.ods or \.csv"):
        write(tmp_path / "practices.txt", there)


def test_a_sheet_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    there = home(tmp_path)
    for name in ("practices.xlsx", "practices.ods"):
        (tmp_path / f".{name}.part").mkdir()  # where it is written before it takes its place
        with pytest.raises(CityrightsError, match=rf"{name} cannot be written: Is a directory; name another folder"):
            write(tmp_path / name, there)
        assert not (tmp_path / name).exists()
