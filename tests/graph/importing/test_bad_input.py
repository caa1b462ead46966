"""Everything that is wrong with sheets, documents and instances is told so that it can be mended, and harms nothing."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from click.testing import CliRunner

from cityrights.cli.importing import import_, map_
from cityrights.errors import CityrightsError, InputError
from cityrights.importing import sheets as reading
from cityrights.importing.cells import slug
from cityrights.importing.columns import Mapped
from cityrights.importing.documents import Documents
from tests.graph.importing.sheets import COLUMNS, ROWS, files, home, pdf, sheet, taken


def _text(content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "practices.csv"
        path.write_bytes(content)
        return path

    return write


def _named(name: str, content: bytes = b"title\nOne\n") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def _columns(*columns: str) -> Callable[[Path], Path]:
    return lambda folder: sheet(folder / "practices.csv", [[f"Cell {c}" for c in columns]], columns)


def _large(folder: Path) -> Path:
    path = folder / "practices.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 << 20)
    return path


def _bomb(folder: Path) -> Path:
    path = folder / "practices.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as out,
    ):
        for _ in range(330):
            out.write(b"<row/>" * 175_000)
    return path


def _macros(folder: Path) -> Path:
    path = folder / "practices.xlsx"
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Attribute")
    return path


def _sheets(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.create_sheet("instituions").append(("practice",))
    book.save(folder / "practices.xlsx")
    return folder / "practices.xlsx"


#: What stops an import at once: how the file is made, and what has to be said of it.
STOPS = {
    "a renamed column": (_columns("title", "Thems"), r"“Thems” \(did you mean “themes”\?\) is no column .*rights map"),
    "two of them": (_columns("title", "Plaec", "Xyz"), r"“Plaec” \(did you mean “place”\?\), “Xyz” are no columns"),
    "in French": (_columns("intitulé", "ville"), r"“intitulé” \(did you .*“title”\?\), “ville” \(did you .*“place”"),
    "no title": (_columns("place"), r"has no column “title” \(add it, or map another column to it\)"),
    "a column twice": (_columns("title", "Title"), r"“Title” is a second column of “title”"),
    "one heading twice": (_columns("title", "place", "place"), r"C1: “place” is the heading of two columns"),
    "a column without a heading": (_columns("title", "", "place"), r"B1: a column has no heading"),
    "a cell beside the table": (_text(b"title,place\nOne,Lyon,more\n"), r"C2: stands beside the table"),
    "Latin-1": (
        _text("title,place\nCafé,Lyon\n".encode("latin-1")),
        r"csv:2: byte 15 is not UTF-8; read as Windows-1252 it is “Café,Lyon” \(.*--encoding cp1252",
    ),
    "zero bytes": (_text(b"title\n\0\n"), r"has zero bytes in it"),
    "an open quotation mark": (_text(b'title\n"One\nTwo\n'), r"csv:3: cannot be read as CSV: .*close the quotation"),
    "nothing": (_text(b""), r"is empty"),
    "200 MB": (_large, r"has 200 MB, and 64 MB are the most \(split it"),
    "a zip bomb": (_bomb, r"unpacks from 0\.\d MB to 330 MB, as bombs do \(save it anew as .xlsx, or as text\)"),
    "macros": (_macros, r"holds macros, and nothing here runs them \(save it as \.xlsx"),
    "macros, said by the name": (_named("practices.xlsm"), r"may hold macros, and nothing here runs them"),
    "a workbook called CSV": (_named("practices.csv", b"PK\x03\x04abcdefgh"), r"is a workbook, and is called other"),
    "no workbook": (_named("practices.xlsx", b"PK\x03\x04abcdefgh"), r"is no workbook: .*save it as"),
    "a locked workbook": (_named("practices.xlsx", b"\xd0\xcf\x11\xe0abcd"), r"is locked with a password, or of Excel"),
    "another sort of file": (_named("practices.doc"), r"“\.doc” is no table that can be read .*\.csv, .*\.json"),
    "broken JSON": (_named("practices.json", b"[{]"), r"json:1:3: is no JSON"),
    "JSON of another shape": (_named("practices.json", b"{}"), r"is not an array of objects"),
    "a sheet of another name": (_sheets, r"has a sheet “instituions”, which is none of: practices, institutions"),
}  # fmt: skip


def test_what_cannot_be_read_stops_at_once_and_changes_nothing(tmp_path: Path) -> None:
    home(tmp_path)
    taken(tmp_path, sheet(tmp_path / "kept.csv"))
    before, wrong = files(tmp_path), []
    for number, (name, (make, told)) in enumerate(STOPS.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = make(folder)
        try:
            taken(tmp_path, path)
            wrong.append(f"{name}: was taken")
        except CityrightsError as error:
            if not re.search(told, str(error)):
                wrong.append(f"{name}: {error}")
        path.unlink()
    assert not wrong, "\n".join(wrong)
    assert files(tmp_path) == before


#: A bad cell: the column, the cell, and what has to be said of it, address and repair included.
CELLS = (
    ("place", "San Antonio", r"B2 \(place\): “San Antonio” is the name of \d+ places \(say its country or its region, "
     r"or write in the place of its name the number of one of these: San Antonio \(Texas, US; .*GeoNames 4726206\)"),
    ("place", "Lyon, Nantes, Utrecht", r"B2 \(place\): .* names several places in one "
     r"\(part them by semicolons: Lyon; Nantes; Utrecht\)"),
    ("country", "Oostenrijk en meer", r"C2 \(country\): “Oostenrijk en meer” is no country that is known"),
    ("country", "Neverland", r"C2 \(country\): “Neverland” is no country .*\(did you mean .nederland"),
    ("place", "Xyzzyville", r"B2 \(place\): “Xyzzyville” is no place that is known \(mend the spelling; of a district"),
    ("title", "", r"A2 \(title\): is empty \(each practice has a title\)"),
    ("title", "x" * 400, r"A2 \(title\): .* has 400 characters; 300 are the most"),
    ("title", "مجلس المدينة", r"A2 \(title\): .*written from right to left.*“en” \(name the column title__ar"),
    ("title", "#REF!", r"A2 \(title\): “#REF!” is the error of a formula"),
    ("themes", "Hosing", r"\(themes\): “Hosing” is none of the concepts of theme \(did you mean “Housing"),
    ("themes", "violencia", r"\(themes\): “violencia” is none of .*\(did you mean “Violence against women”"),
    ("status", "unstated", r"\(status\): “unstated” is none of the concepts of status"),
    ("start", "03/04/2020", r"\(start\): “03/04/2020” may be two days \(write 2020-04-03 or 2020-03-04\)"),
    ("start", "31/02/2020", r"“31/02/2020” is no day of the calendar"),
    ("start", "soon", r"“soon” is no date \(write 2025-07-03, 2025-07 or 2025\)"),
    ("end", "1999", r"\(end\): “1999” is before 2021 \(mend one of the two\)"),
    ("number", "1.234", r"\(number\): “1\.234” may be two numbers \(write 1234 or 1\.2340\)"),
    ("number", "many", r"\(number\): “many” is no number"),
    ("number", "12", r"\(measure\): is empty, beside the other"),
    ("institution", "Council", r"\(institution kind\): is empty, beside “Council” \(choose its kind\)"),
    ("url", "example", r"\(url\): “example” is no web address \(write it whole: https://…\)"),
    ("licence", "free", r"\(licence\): “free” is no licence that is known.*\(write CC-BY-4\.0"),
    ("licence", "CC-BI-4.0", r"“CC-BI-4\.0” is no licence .*did you mean .*CC-BY-4\.0"),
    ("where", "behind", r"\(where\): “behind” says neither a page nor lines"),
    ("id", "!!!", r"\(id\): “!!!” cannot stand in an address"),
)  # fmt: skip
_EVERY = (
    "title", "place", "country", "themes", "status", "start", "end", "number", "measure", "institution",
    "institution kind", "url", "licence", "where", "id",
)  # fmt: skip


def test_a_bad_cell_is_told_by_its_address_its_value_the_reason_and_the_repair(tmp_path: Path) -> None:
    home(tmp_path)
    wrong = []
    for column, cell, told in CELLS:
        good = {"title": "Bridges", "start": "2021"} | {column: cell}
        path = sheet(tmp_path / "practices.csv", [[good.get(name, "") for name in _EVERY]], _EVERY)
        report = taken(tmp_path, path)
        said = [str(fault) for fault in report.faults]
        if report.batch or not any(re.search(told, one) for one in said):
            wrong.append(f"{column} {cell[:30]}: {said}")
    assert not wrong, "\n".join(wrong)


def test_a_slip_in_the_name_of_a_large_city_leads_to_it_by_whatever_name_it_has(tmp_path: Path) -> None:
    home(tmp_path)
    slips = {"Cuidad de México": "Ciudad de Mexico", "Guadalahara": "Guadalajara", "Montery": "Monterrey"}
    rows = [(f"Practice {number}", slip, "México") for number, slip in enumerate(slips)]
    faults = taken(tmp_path, sheet(tmp_path / "practices.csv", rows, ("title", "place", "country"))).faults
    assert [re.findall("did you mean “([^”]+)”", str(fault))[:1] for fault in faults] == [
        [one] for one in slips.values()
    ]


def test_days_are_read_in_five_manners_and_more(tmp_path: Path) -> None:
    home(tmp_path)
    days = {
        "2021-03-04": "2021-03-04", "2021-03": "2021-03", "2021": "2021", "25/12/2021": "2021-12-25",
        "12/25/2021": "2021-12-25", "4.4.2021": "2021-04-04", "3 July 2021": "2021-07-03", "July 2021": "2021-07",
        "3 juillet 2021": "2021-07-03", "3 de julio de 2021": "2021-07-03", "Dezember 2021": "2021-12",
        "2011-06-23 00:00:00": "2011-06-23", "2005-08-15T17:00:00": "2005-08-15",
    }  # fmt: skip
    rows = [(f"Practice {number}", day) for number, day in enumerate(days)]
    assert not taken(tmp_path, sheet(tmp_path / "practices.csv", rows, ("title", "start"))).faults
    said = (tmp_path / "home/data/sources/practices/import.trig").read_text("utf-8")
    found = re.findall(r'cr:start "([0-9-]+)"', said)
    assert sorted(found) == sorted(days.values())


def test_two_practices_of_one_title_are_told_unless_something_tells_them_apart(tmp_path: Path) -> None:
    home(tmp_path)
    rows = [
        ROWS[0],
        ROWS[1],
        ("legal advice at the Library", "Vienna", "Austria", "Other.", "Food", "", ""),
        (ROWS[0][0], *ROWS[1][1:]),
    ]
    report = taken(tmp_path, sheet(tmp_path / "practices.csv", rows))
    assert [str(fault) for fault in report.faults] == [
        "practices, A4 (title): “legal advice at the Library” stands in row 2, too, of the same place "
        "(give each an id of its own, in the column id)"
    ]
    assert report.added == 3, "of two places there may be two"
    other = taken(tmp_path, sheet(tmp_path / "more.csv", [ROWS[0]]))
    assert "would be practice:legal-advice-at-the-library-vienna, which another file has" in str(other.faults[0])
    with_ids = [(*row, name) for row, name in zip(rows[:3], ("one", "two", "three"), strict=True)]
    assert not taken(tmp_path, sheet(tmp_path / "ids.csv", with_ids, (*COLUMNS, "id"))).faults


def test_marks_of_encodings_are_read_and_right_to_left_is_kept_in_its_language(tmp_path: Path) -> None:
    home(tmp_path)
    columns, row = "title,title__ar,place,country\r\n", "Rights café,مقهى الحقوق\u202e,Tunis,تونس\r\n"
    for name, content in (("utf8", (columns + row).encode("utf-8-sig")), ("utf16", (columns + row).encode("utf-16"))):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content)
        report = taken(tmp_path, path)
        assert not report.faults or name == "utf16", report.faults
        if name == "utf8":
            said = (tmp_path / "home/data/sources/utf8/import.trig").read_text("utf-8")
            assert '"مقهى الحقوق"@ar' in said, "without the sign that turns the order of what follows"
            assert '"Rights café"@en' in said


def test_merged_cells_and_formulas_are_told_by_their_address(tmp_path: Path) -> None:
    home(tmp_path)
    path = tmp_path / "practices.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("practices")
    page.write_row(0, 0, COLUMNS)
    for number, row in enumerate(ROWS, 1):
        page.write_row(number, 0, row)
    page.merge_range("B2:B3", "Vienna")
    page.write_formula("A4", '="Brid"&"ges"', None, "Bridges")
    page.write_row(4, 0, ("Fourth", "Lyon", "France"))
    page.write_formula("D5", "=NOW()", None, "")
    book.close()
    report = taken(tmp_path, path)
    assert [str(fault) for fault in report.faults] == [
        "practices, 2: has merged cells (B2:B3) (unmerge them, and fill each row)",
        "practices, 3: has merged cells (B2:B3) (unmerge them, and fill each row)",
        "practices, D5 (what): is the formula =NOW(), without a value (open the file and save it, or write the value)",
    ]
    assert "A4 (title): “Bridges” is the value of a formula" in str(report.notes[0])
    assert report.added == 1


def test_a_row_of_which_only_errors_are_left_is_told_and_not_lost(tmp_path: Path) -> None:
    home(tmp_path)
    path = tmp_path / "practices.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("practices")
    page.write_row(0, 0, COLUMNS)
    page.write_row(1, 0, ROWS[0])
    for at in range(len(COLUMNS)):
        page.write_formula(2, at, "=A9/0", None, "#DIV/0!")
    page.write_row(3, 0, ROWS[1])
    page.write_formula("D4", "=VLOOKUP(1,A1:A2,1)", None, "#N/A")
    page.write_formula("A6", '=IF(B6="","","x")', None, "")  # filled down beyond the rows, as in many templates
    book.close()
    said = [str(fault) for fault in taken(tmp_path, path).faults]
    assert "practices, A3 (title): “#DIV/0!” is the error of a formula (mend the formula, or write the value)" in said
    assert "practices, D4 (what): “#N/A” is the error of a formula (mend the formula, or write the value)" in said
    assert not [line for line in said if "6" in line.partition(":")[0]]


def test_a_line_that_tells_excel_the_mark_is_no_row(tmp_path: Path) -> None:
    home(tmp_path)
    path = tmp_path / "practices.csv"
    for mark, ends in ((";", "\r\n"), ("|", "\n"), (",", "\r\n")):
        lines = [f"sep={mark}", *(mark.join(row).replace("; ", " and ") for row in (COLUMNS, *ROWS[:1], ROWS[2]))]
        path.write_text(ends.join(lines), "utf-8-sig", newline="")
        report = taken(tmp_path, path)
        assert not report.faults, (mark, [*map(str, report.faults)])
        assert (report.added, report.same) in ((2, 0), (0, 2))


def test_documents_that_have_no_words_are_told(tmp_path: Path) -> None:
    home(tmp_path)
    folder = tmp_path / "documents"
    folder.mkdir()
    pdf(folder / "scanned.pdf", [[], []])
    pdf(folder / "locked.pdf", [["Words."]], locked=True)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    (folder / "old.txt").write_bytes("Café".encode("latin-1"))
    (folder / "empty.txt").write_bytes(b" \n")
    (folder / "report.txt").write_text("Words.\n", "utf-8")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04no")
    names = {
        "scanned.pdf": "its pages are pictures without text (have its text recognised (OCR)",
        "locked.pdf": "is locked with a password (save it without)",
        "broken.pdf": "is no PDF that can be read",
        "old.txt": "cannot be read: byte 3 is not UTF-8",
        "empty.txt": "which has no text",
        "broken.docx": "cannot be read: is no DOCX",
        "raport.txt": "is no document of the folder (did you mean “report.txt”?)",
        "": "is in no document of the folder (name the document in the column source)",
    }
    rows = [(f"Practice {at}", name, "other words") for at, name in enumerate(names)]
    path = sheet(tmp_path / "practices.csv", rows, ("title", "source", "quote"))
    report = taken(tmp_path, path, documents=folder)
    assert (report.added, report.quotes) == (len(rows), 0), "a row without its quotation is taken all the same"
    wrong = [f"{told} {note}" for told, note in zip(names.values(), report.notes, strict=True) if told not in str(note)]
    assert not wrong, "\n".join(wrong)
    (tmp_path / "none").mkdir()
    with pytest.raises(CityrightsError, match="holds no document that can be read"):
        Documents(tmp_path / "none")


def test_a_package_that_is_not_there_is_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.save(tmp_path / "practices.xlsx")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    told = r'python-calamine is not installed, .* read practices\.xlsx: pip install "cityrights\[import\]"'
    with pytest.raises(CityrightsError, match=told):
        taken(tmp_path, tmp_path / "practices.xlsx")


def test_an_import_that_is_cut_short_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    taken(tmp_path, path)
    target = tmp_path / "home/data/sources/practices/import.trig"
    before = target.read_bytes()
    replace = Path.replace

    def full(self: Path, to: Path) -> Path:
        if to == target:
            raise OSError(28, os.strerror(28))
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        taken(tmp_path, sheet(path, ROWS[:1]), remove=True)
    monkeypatch.undo()
    assert target.read_bytes() == before
    assert not list(target.parent.rglob("*.part"))
    assert taken(tmp_path, path).batch == ""


def test_what_a_mapping_says_wrong_is_told(tmp_path: Path) -> None:
    home(tmp_path)
    by = Mapped(tmp_path / "x.toml", {"Nom": "title", "Vile": "place"})
    path = sheet(tmp_path / "practices.csv", [("One", "Lyon")], ("Nom", "Ville"))
    with pytest.raises(CityrightsError, match=r"“Ville” \(did you mean “place”\?\) is no column"):
        taken(tmp_path, path, by=by)
    by.columns["Ville"] = "place"
    with pytest.raises(
        CityrightsError, match=r"x\.toml: maps the column “Vile”, which practices\.csv does not have .*“Ville”"
    ):
        taken(tmp_path, path, by=by)


def test_a_row_of_a_hundred_thousand_characters_is_bounded(tmp_path: Path) -> None:
    home(tmp_path)
    path = _text(b"title,what\nOne," + b"x" * 200_000 + b"\n")(tmp_path)
    with pytest.raises(CityrightsError, match="a cell has 100,000 characters at most"):
        taken(tmp_path, path)
    assert reading.MOST_ROWS >= 100_000, "a hundred thousand practices are promised"


def test_a_delimiter_of_two_signs_and_a_workbook_without_rows_are_told(tmp_path: Path) -> None:
    with pytest.raises(CityrightsError, match="cells cannot be parted by “;;”"):
        reading.read_tables(sheet(tmp_path / "practices.csv"), delimiter=";;")
    with xlsxwriter.Workbook(tmp_path / "empty.xlsx") as book:
        book.add_worksheet("practices")
    done = CliRunner().invoke(map_, [str(tmp_path / "empty.xlsx")])
    assert "has no rows" in str(done.exception)


def test_addresses_have_the_letters_that_no_accent_was_taken_from() -> None:
    names = {"Łódź": "lodz", "Tromsø": "tromso", "São Paulo": "sao-paulo", "L’Œuvre": "l-oeuvre"}
    assert {name: slug(name) for name in names} == names


def test_mended_rows_are_imported_as_the_others_were(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv", [("Bon", "2021"), ("Mauvais", "demain")], ("title", "start"))
    done = CliRunner().invoke(import_, [str(path), "--home", str(tmp_path / "home"), "--language", "fr"])
    again = " ".join(done.output.split())
    assert "--as practices --language fr" in again, again


def test_what_is_said_already_is_not_asked_for_again(tmp_path: Path) -> None:
    home(tmp_path)
    columns = ("title", "place", "region", "country", "licence")
    rows = [
        ("One", "San José", "", "", ""),
        ("Two", "Frankfurt", "", "Germany", ""),
        ("Three", "Saint-Denis", "Île-de-France", "France", ""),
        ("Four", "", "", "", "Creative Commons"),
    ]
    one, two, three, four = taken(tmp_path, sheet(tmp_path / "practices.csv", rows, columns)).faults
    asked = "write in the place of its name the number of one of these"
    assert one.repair.startswith(f"say its country or its region, or {asked}")
    assert two.repair.startswith(f"say its region, or {asked}")
    assert three.repair.startswith(asked)
    assert str(four).count("write CC-BY-4.0") == 1
    unknown = sheet(tmp_path / "unknown.csv", [("One", "Ana")], ("title", "Contact person"))
    with pytest.raises(InputError, match="begin its name with _ to leave it out"):
        taken(tmp_path, unknown)
