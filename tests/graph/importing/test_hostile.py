"""Files that mean harm: what drowns or breaks a reader, what steers a terminal, what leads out of a folder."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cityrights.cli import group
from cityrights.errors import CityrightsError
from cityrights.importing import ledger
from cityrights.importing import sheets as reading
from cityrights.importing.batches import Order, run
from cityrights.importing.columns import read_mapping
from cityrights.importing.template import to_mend
from tests.graph.importing.sheets import files, home, pdf, quads, sheet, taken

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:"


def _cell(at: str, words: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{words}</t></is></c>'


def _xlsx(path: Path, rows: str, before: str = "") -> Path:
    """Write a workbook whose sheet has these rows of XML; its other parts are those of an honest one."""
    honest = path.with_name("honest.xlsx")
    openpyxl.Workbook().save(honest)
    text = f'<?xml version="1.0"?>{before}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, text if name == "xl/worksheets/sheet1.xml" else source.read(name))
    honest.unlink()
    return path


def _ods(path: Path, more: str) -> Path:
    names = " ".join(f'xmlns:{one}="{_TABLE}{one}:1.0"' for one in ("office", "table", "text"))
    cells = '<table:table-cell office:value-type="string" {0}><text:p>title</text:p></table:table-cell>'
    rows = (
        f"<table:table-row>{cells.format('')}</table:table-row><table:table-row>{cells.format(more)}</table:table-row>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{_TABLE}manifest:1.0"><m:file-entry m:full-path="/" '
            'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="practices">'
            f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return path


def test_what_breaks_a_reader_of_workbooks_is_told_and_ends_nothing(tmp_path: Path) -> None:
    home(tmp_path)
    taken(tmp_path, sheet(tmp_path / "kept.csv"))
    before, wrong = files(tmp_path), []
    title, cell = f'<row r="1">{_cell("A1", "title")}</row>', '<c r="A2" t="s"><v>99</v></c>'
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    cases = {
        "a cell far away": (_xlsx(tmp_path / "a.xlsx", title + _cell("XFD1048576", "x")), "GB of memory"),
        "cut off": (_xlsx(tmp_path / "b.xlsx", title + "<row>"), "XML cannot be read"),
        "entities": (_xlsx(tmp_path / "c.xlsx", title + _cell("A2", "&b;"), entities), "cannot be read as a workbook"),
        "no such text": (_xlsx(tmp_path / "d.xlsx", title + f'<row r="2">{cell}</row>'), "index not found"),
        "a number that is none": (_ods(tmp_path / "e.ods", 'table:number-columns-spanned="a"'), "XML cannot be read"),
        "nested JSON": (tmp_path / "f.json", "nested more than 8 times"),
        "an encoding of halves": (sheet(tmp_path / "g.csv"), "is no encoding of texts"),
    }  # fmt: skip
    (tmp_path / "f.json").write_text('[{"title":' + "[" * 900 + "1" + "]" * 900 + "}]", "utf-8")
    for name, (path, told) in cases.items():
        try:
            taken(tmp_path, path, encoding="unicode_escape" if path.name == "g.csv" else "")
            wrong.append(f"{name}: was taken")
        except CityrightsError as error:
            if told not in str(error) or "(" not in str(error):
                wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)
    assert files(tmp_path) == before


def test_a_document_that_breaks_its_reader_leaves_the_others_readable(tmp_path: Path) -> None:
    home(tmp_path)
    folder = tmp_path / "documents"
    folder.mkdir()
    deep = "<w:p>" * 3_000 + "</w:p>" * 3_000
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    for name, body in {"deep.docx": deep, "cut.docx": "<w:p>"}.items():
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("word/document.xml", f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>')
    (folder / "halves.html").write_bytes(b'<meta charset="utf-7"><p>The lawyer +2AA- answers.</p>')
    (folder / "zero.txt").symlink_to("/dev/zero")
    outside = tmp_path / "secret.txt"
    outside.write_text("The lawyer answers questions.\n", "utf-8")
    (folder / "away.txt").symlink_to(outside)
    os.mkfifo(folder / "pipe.txt")
    pdf(folder / "whole.pdf", [["The lawyer answers questions."]])
    names = {
        "deep.docx": "cannot be read in 2 GB of memory",
        "cut.docx": "no DOCX that can be read",
        "zero.txt": "is no document of the folder",
        "away.txt": "is no document of the folder",
        "pipe.txt": "is no document of the folder",
    }
    rows = [(f"Practice {at}", name, "answers questions") for at, name in enumerate(names)]
    rows += [("Of halves", "halves.html", "answers"), ("Whole", "whole.pdf", "answers questions")]
    report = taken(tmp_path, sheet(tmp_path / "practices.csv", rows, ("title", "source", "quote")), documents=folder)
    wrong = [
        f"{told}: {note}" for told, note in zip(names.values(), report.notes, strict=True) if told not in str(note)
    ]
    assert not wrong, "\n".join(wrong)
    assert (report.added, report.quotes) == (len(rows), 2)


def test_documents_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    home(tmp_path)
    folder = tmp_path / "documents"
    (folder / "old").mkdir(parents=True)
    (folder / "report.txt").write_text("Words of the text.\n", "utf-8")
    (folder / "report.html").write_text("<p>Words of the page.</p>", "utf-8")
    (folder / "old" / "report.txt").write_text("Words of old.\n", "utf-8")
    rows = [
        ("A", "report.html", "of the page"),
        ("B", "old/report.txt", "of old"),
        ("C", "report.txt", "of the text"),
        ("D", "report", "of old"),
    ]
    report = taken(tmp_path, sheet(tmp_path / "practices.csv", rows, ("title", "source", "quote")), documents=folder)
    told = "\n".join(map(str, report.notes))
    assert "is the name of 3 documents (write one of these: old/report.txt; report.html; report.txt)" in told
    sources = {str(quad.subject) for quad in quads(tmp_path) if quad.predicate.value.endswith("md5")}
    assert report.quotes == len(sources) == 3, sources
    assert any(source.endswith("/report-html>") for source in sources), "told apart by what they are, where that does"


def test_cells_without_an_end_are_told_and_what_is_said_can_be_computed(tmp_path: Path) -> None:
    home(tmp_path)
    columns = ("title", "start", "number", "measure", "carried out by", "place", "country")
    rows = [
        ("A", "1" * 5_000, "", "", "", "", ""),
        ("B", "", "9" * 1_500, "meals-per-day", "", "", ""),
        ("C", "", "", "", "x" * 50_000, "y" * 50_000, "z" * 50_000),
    ]
    report = taken(tmp_path, sheet(tmp_path / "practices.csv", rows, columns))
    told = sorted((fault.row, fault.column, fault.kind) for fault in report.faults)
    assert told == [
        (2, "start", "too long"),
        (3, "number", "not a number"),
        (4, "carried out by", "too long"),
        (4, "country", "too long"),
        (4, "place", "too long"),
    ]
    rows_ = f'<row r="1">{_cell("A1", "title")}{_cell("B1", "number")}{_cell("C1", "measure")}</row>'
    for at, number in enumerate(("NaN", "inf", "1e308"), 2):
        rows_ += (
            f'<row r="{at}">{_cell(f"A{at}", "One")}<c r="B{at}"><v>{number}</v></c>{_cell(f"C{at}", "policies")}</row>'
        )
    report = taken(tmp_path, _xlsx(tmp_path / "numbers.xlsx", rows_))
    assert [fault.kind for fault in report.faults] == ["not a number"] * 3


def test_names_of_sources_languages_and_licences_lead_nowhere(tmp_path: Path) -> None:
    home(tmp_path)
    path, before = sheet(tmp_path / "practices.csv"), files(tmp_path)
    odd = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path_, wrong = sheet(odd), []
    for order, told in (
        (Order(path, source="../../../out"), "“../../../out” is no name of a source (--as out)"),
        (Order(path, source="a> <b"), "is no name of a source (--as a-b)"),
        (Order(path, language='en"@x'), "is no language"),
        (Order(path, licence="free beer"), "“free beer” is no licence that is known"),
        (Order(path_, source="odd"), "has a name that is no text (UTF-8)"),
    ):
        try:
            run(tmp_path / "home", order)
            wrong.append(f"was taken: {order}")
        except CityrightsError as error:
            if told not in str(error):
                wrong.append(f"{told}: {error}")
    assert not wrong, "\n".join(wrong)
    assert files(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_mappings_that_are_too_much_are_told(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    for text, told in (
        ("x = " + "[" * 100_000, "is no TOML"),
        ('[constants]\ntitle = "' + "{a}" * 1_000 + '"', "3,000 characters; 2,000 are the most"),
        ("#" * (5 << 20), "has more than 4 MB"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(CityrightsError) as caught:
            read_mapping(path)
        assert told in str(caught.value)


def test_words_of_others_steer_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home(tmp_path)
    path = tmp_path / "practices.csv"
    path.write_bytes("title,\x1b]0;owned\x07\x9b31mred\u202e\nOne,x\n".encode())
    monkeypatch.setattr("cityrights.cli.importing.editable", lambda _: made)
    from cityrights.cli.console import notes

    with notes.capture() as shown:
        notes.print("one\x1b[31m \x9b2J two\r\u202ethree", markup=False)
    assert not set(shown.get()) & {"\x1b", "\x9b", "\r", "\u202e"}, repr(shown.get())
    result = CliRunner().invoke(group, ["import", str(path), "--home", str(made)])
    assert "is no column" in str(result.exception)
    assert not set(str(result.exception)) & {"\x1b", "\x9b", "\x07", "\u202e"}


def test_bad_rows_are_written_whatever_a_table_is_called_and_where_that_fails_it_is_told(tmp_path: Path) -> None:
    made = home(tmp_path)
    path = sheet(tmp_path / "'a[1]*?.csv", [("One", "soon", "x" * 40_000), ("Two", "", "")], ("title", "start", "what"))
    report = run(made, Order(path, source="a"))
    book = openpyxl.load_workbook(to_mend(path, report))
    cells = [cell.value for cell in next(book.active.iter_rows(min_row=2))]
    assert cells[:2] == ["One", "soon"]
    assert not cells[2]
    assert "what: is longer than a cell of a workbook (mend the row in 'a[1]*?.csv instead)" in str(cells[4])
    beside = tmp_path / "'a[1]*?-to-mend.xlsx"
    beside.unlink()
    (tmp_path / ".'a[1]*?-to-mend.xlsx.part").mkdir()  # nobody can write there, root neither
    result = CliRunner().invoke(group, ["import", str(path), "--as", "a", "--home", str(made), "--json"])
    assert '"not_written": "' in result.output, result.output
    assert result.exit_code == 1


def test_what_a_person_changed_in_the_file_of_an_import_is_never_lost(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    batch = taken(tmp_path, path).batch
    target = tmp_path / "home/data/sources/practices/import.trig"
    before, wrong = target.read_text("utf-8"), []
    first = before[before.index("\nclaim:1 {") :]
    first = first[: first.index("\n}") + 3]
    for change, told in (
        (before.replace("claim:2 {", "GRAPH claim:2 {"), "is not written as an import writes it"),
        (before + first, "stands there twice"),
        (before.replace("cr:row \"2 ", "cr:row \"zwei "), "does not say which row it is"),
        (before + "\nclaim:two { claim:two a cr:Claim . }\n", "was changed by hand"),
        (before.replace(r"import\/practices\/1", r"import\/practices\/one"), "does not end with a number"),
    ):  # fmt: skip
        target.write_text(change, "utf-8")
        for act in (
            lambda: taken(tmp_path, sheet(path, [("New", "", "", "", "", "", "")])),
            lambda: ledger.undo(tmp_path / "home", batch),
        ):
            try:
                act()
                wrong.append(f"was done: {told}")
            except CityrightsError as error:
                if told not in str(error):
                    wrong.append(f"{told}: {error}")
        if target.read_text("utf-8") != change:
            wrong.append(f"the file is other than before: {told}")
    assert not wrong, "\n".join(wrong)
    target.write_text(before, "utf-8")
    kept = target.parent / ".batches" / "1.zst"
    packed = kept.read_bytes()
    kept.write_bytes(b"nothing packed")
    with pytest.raises(CityrightsError, match="is spoilt"):
        ledger.undo(tmp_path / "home", batch)
    kept.write_bytes(packed)
    ledger.undo(tmp_path / "home", batch)
    assert not files(tmp_path)


def test_a_bad_row_leaves_no_trace(tmp_path: Path) -> None:
    home(tmp_path)
    columns = ("title", "place", "country", "carried out by", "start")
    good, bad = ("One", "Lyon", "FR", "The good", "2021"), ("Two", "Wien", "AT", "The bad", "soon")
    taken(tmp_path, sheet(tmp_path / "practices.csv", [good, bad], columns))
    said = "\n".join(sorted(str(quad.subject) for quad in quads(tmp_path)))
    assert "city/lyon" in said
    assert "country/france" in said
    assert "organisation/the-good" in said
    assert not [name for name in ("vienna", "austria", "the-bad") if name in said]
    taken(tmp_path, sheet(tmp_path / "bad.csv", [bad], columns))
    assert not quads(tmp_path, "bad"), "a file without a good row writes nothing"


def test_halves_of_html_are_text() -> None:
    for cell, told in (
        ("a <b>b</b><!-- no --> c<?xml x?> <br>d &amp; 1 < 2", "a b c d & 1 < 2"),
        ("<b>x</b> <!-- y", "x <!-- y"),
        ("<b>x</b> </ y", "x </ y"),
        *(
            ("<b>" + half * (99_000 // len(half)), half)
            for half in ("<!--", "<?", "</", "<![CDATA[", "<!", "<a ", '<a b="')
        ),
    ):
        for _ in range(1 if len(cell) < 100 else 20):
            assert reading.text_of(cell)[: len(told)] == told, cell[:40]
