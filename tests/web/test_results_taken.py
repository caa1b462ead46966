"""Answers that are taken away as a workbook (read back with openpyxl) and as GeoJSON (RFC 7946)."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import psutil
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from cityrights.home import home
from cityrights.library.queries import library
from cityrights.terms import Iri, Literal, Term
from cityrights_web import results as results_formats
from cityrights_web.results.workbook import About, TooLarge, workbook
from sparqlgate.errors import EngineBusy
from sparqlgate.pool.offload import Aside
from tests.servers import Server
from tests.support import until
from tests.web.test_results import CR, DEGREES, PLACES, POINTS, TIES

XLSX = results_formats.XLSX.media_type
XSD = "http://www.w3.org/2001/XMLSchema#"
ABOUT = About("About", (("Query", "=1+1"),), ("Rows", "{n}"), ("Cut", "{n} texts"))
#: What a sheet could take for something else than the text that it is.
FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://e.example")',
    "+1",
    "-1",
    "@SUM(A1)",
    "{=1}",
    "\t=1",
    "http://e.example/x",
    "1e3",
)


def sheets(content: bytes) -> tuple[Worksheet, Worksheet]:
    """Return both sheets."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    first, second = (book[name] for name in book.sheetnames)
    return first, second


def made(*terms: Term, about: About = ABOUT) -> list[Any]:
    """Return the cells of one row that has these terms."""
    names = [f"c{number}" for number in range(len(terms))]
    sheet, _ = sheets(workbook(names, [dict(zip(names, terms, strict=True))], about, "Answer"))
    return list(sheet[2])


def get(server: Server, query: str, form: str, **headers: str) -> httpx.Response:
    return server.client.get("/sparql", params={"query": query, "format": form}, headers=headers)


def test_a_workbook_has_numbers_dates_texts_and_links() -> None:
    cells = made(
        Literal("3", datatype=XSD + "integer"),
        Literal("2.50", datatype=XSD + "decimal"),
        Literal("12345678901234567890", datatype=XSD + "integer"),
        Literal("true", datatype=XSD + "boolean"),
        Literal("2021-07-09", datatype=XSD + "date"),
        Literal("2021-07-09T10:30:00Z", datatype=XSD + "dateTime"),
        Literal("2021-07-09T10:30:00+02:00", datatype=XSD + "dateTime"),
        Literal("1851-01-01", datatype=XSD + "date"),
        Literal("1999", datatype=XSD + "gYear"),
        Literal("NaN", datatype=XSD + "double"),
        Literal("mot", language="fr"),
        Iri("https://e.example/x"),
        Iri("urn:x:y"),
    )
    assert [cell.value for cell in cells] == [
        3, 2.5, "12345678901234567890", True, datetime(2021, 7, 9), datetime(2021, 7, 9, 10, 30),
        "2021-07-09T10:30:00+02:00", "1851-01-01", 1999, "NaN", "mot", "https://e.example/x", "urn:x:y",
    ]  # fmt: skip
    assert cells[4].number_format == "yyyy-mm-dd"
    assert cells[5].number_format.endswith('"Z"')
    assert [bool(cell.hyperlink) for cell in cells[-2:]] == [True, False]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula_and_never_a_link(text: str) -> None:
    (cell,) = made(Literal(text))
    assert cell.data_type in ("s", "inlineStr")
    assert cell.value == text
    assert cell.hyperlink is None
    content = workbook(["x"], [{"x": Literal(text)}], ABOUT, "Answer")
    for name in zipfile.ZipFile(io.BytesIO(content)).namelist():
        assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read(name), name


def test_a_text_too_long_for_a_cell_is_cut_and_both_sheets_say_so() -> None:
    rows = [{"x": Literal("a" * 40_000)}, {"x": Literal("\x00\x08<&>\ud7ff\U0001f600")}, {}]
    first, second = sheets(workbook(["x"], rows, ABOUT, "Answer"))
    assert str(first["A2"].value).endswith(" […]")
    assert "<&>\ud7ff\U0001f600" in str(first["A3"].value)
    assert first["A4"].value is None
    assert {row[0].value: row[1].value for row in second.iter_rows()} == {
        "Query": "=1+1",
        "Rows": "3",
        "Cut": "1 texts",
    }
    assert second["B1"].data_type in ("s", "inlineStr")


def test_the_same_answer_gives_the_same_bytes_and_one_too_large_gives_none() -> None:
    rows = [{"x": Literal("a")}]
    assert workbook(["x"], rows, ABOUT, "Answer") == workbook(["x"], rows, ABOUT, "Answer")

    def endless() -> Iterator[Mapping[str, Term]]:
        while True:
            yield {}

    with pytest.raises(TooLarge):
        workbook([f"c{number}" for number in range(1000)], endless(), ABOUT, "Answer")


def test_more_addresses_than_a_sheet_has_links_are_texts() -> None:
    rows = ({"x": Iri(f"http://e.example/{number}")} for number in range(65_532))
    content = workbook(["x"], rows, ABOUT, "Answer")
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert sheet.count(b"<hyperlink ") == 65_530
    assert b"http://e.example/65531<" in sheet


def test_sparql_hands_out_a_workbook_with_what_it_is(server: Server) -> None:
    query = f"# one\n{CR}SELECT ?p ?n {{ ?p a cr:Practice BIND(2 AS ?n) }} ORDER BY ?p"
    for answer in (get(server, query, "xlsx"), get(server, query, "", Accept=XLSX)):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == XLSX
        assert answer.headers["content-disposition"] == 'attachment; filename="result.xlsx"'
        first, second = sheets(answer.content)
        rows = [[cell.value for cell in row] for row in first.iter_rows()]
        table = get(server, query, "json").json()["results"]["bindings"]
        assert rows == [["p", "n"], *([row["p"]["value"], 2] for row in table)]
        told = {row[0].value: row[1].value for row in second.iter_rows()}
        assert told["Query (SPARQL)"] == query
        assert told["Rows"] == str(len(table))
        assert told["Version of the data"] == server.get("/health").json()["version"]
        assert "creativecommons.org/licenses/by/4.0" in str(told["Licence"])
    assert sheets(get(server, query, "xlsx", Accept_Language="fr").content)
    french = server.client.get("/sparql", params={"query": query, "format": "xlsx"}, headers={"Accept-Language": "fr"})
    assert sheets(french.content)[1].title == "À propos"
    assert french.headers["etag"] != answer.headers["etag"]
    assert get(server, query, "xlsx", **{"If-None-Match": answer.headers["etag"]}).status_code == 304
    again = get(server, query, "xlsx")
    assert again.content == answer.content
    # Whoever asks by another name is told that one, and nobody else is.
    other = get(server, query, "xlsx", Host="localhost")
    assert other.headers["etag"] != again.headers["etag"]
    addresses = [
        {row[0].value: str(row[1].value) for row in sheets(each.content)[1]}["Address"] for each in (again, other)
    ]
    assert addresses[0].startswith(f"{server.url}/sparql?query=")
    assert addresses[1].startswith("http://localhost/sparql?query=")


def test_graphs_are_tables_of_triples_and_ask_is_none(shipped: Server) -> None:
    first, _ = sheets(get(shipped, TIES, "xlsx").content)
    triples = [[cell.value for cell in row] for row in first.iter_rows()]
    assert triples[0] == ["subject", "predicate", "object"]
    assert len(triples) == 1 + get(shipped, TIES, "nt").text.count(" .\n")
    refused = get(shipped, "ASK {}", "xlsx")
    assert refused.status_code == 406
    assert XLSX not in refused.json()["available"]
    assert get(shipped, "ASK {}", "geojson").status_code == 406


def test_a_workbook_too_large_names_csv(shipped: Server) -> None:
    query = "SELECT ?a ?b ?c ?d ?e ?f { ?a ?b ?c . ?d ?e ?f } LIMIT 90000"
    answer = get(shipped, query, "xlsx")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("answer-too-large")
    assert "Take it as CSV (format=csv)" in answer.json()["detail"]
    assert answer.json()["available"] == ["csv"]


def test_a_cut_workbook_says_that_it_is(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot, max_rows=5)
    query = "SELECT ?s { ?s ?p ?o }"
    assert get(server, query, "xlsx").status_code == 400
    for form in ("xlsx", "geojson"):
        asked = {"query": query if form == "xlsx" else CITY, "format": form, "truncate": "true"}
        answer = server.client.get("/sparql", params=asked)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-truncated"] == "rows=5"
        if form == "xlsx":
            first, second = sheets(answer.content)
            assert first.max_row == 6
            told = {row[0].value: row[1].value for row in second.iter_rows()}
            assert told["Rows"] == "5: the answer was cut there, as was asked for"
        else:
            assert answer.json()["truncated"] == {"rows": 5}
    page = server.client.get(
        "/sparql", params={"query": query, "truncate": "true", "part": "answer"}, headers={"Accept": "text/html"}
    )
    assert "The answer was cut after 5 rows" in page.text
    assert "truncate=true&amp;format=csv" in page.text


#: Ten rows of a place with coordinates.
CITY = (
    "SELECT ?place ?n { VALUES ?place { <https://w3id.org/cityrights/id/city/montevideo> } "
    "VALUES ?n { 1 2 3 4 5 6 7 8 9 10 } }"
)


def test_geojson_has_every_row_with_its_values(shipped: Server) -> None:
    answer = get(shipped, PLACES, "geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    features = answer.json()["features"]
    rows = get(shipped, PLACES, "json").json()["results"]["bindings"]
    assert [each["properties"] for each in features] == [
        {name: row[name]["value"] for name in ("p", "place")} for row in rows
    ]
    assert all(each["type"] == "Feature" for each in features)
    placed = [each["geometry"] for each in features if each["geometry"]]
    assert len(placed) > 40
    assert all(-180 <= each["coordinates"][0] <= 180 and -90 <= each["coordinates"][1] <= 90 for each in placed)
    for query in (DEGREES, POINTS):
        found = [each["geometry"] for each in get(shipped, query, "", Accept="application/geo+json").json()["features"]]
        assert found == [{"type": "Point", "coordinates": [2.5, 48.1]}, None]
    assert get(shipped, DEGREES, "geojson").json()["features"][0]["properties"] == {
        "name": "one", "lat": 48.1, "long": 2.5,
    }  # fmt: skip
    assert get(shipped, PLACES, "geojson", **{"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_geojson_of_nothing_that_has_coordinates_is_a_clear_problem(shipped: Server) -> None:
    answer = get(shipped, "SELECT (1 AS ?x) {}", "geojson")
    assert answer.status_code == 406
    assert "two columns with numbers called ?lat and ?long" in answer.json()["detail"]
    assert "text/csv" in answer.json()["available"]


@pytest.mark.parametrize("name", [query.name for query in library(home() / "queries" / "explore")][::4])
def test_questions_come_as_workbooks(shipped: Server, name: str) -> None:
    answer = shipped.get(f"/queries/{name}.xlsx")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == XLSX
    first, second = sheets(answer.content)
    record = shipped.get(f"/queries/{name}.json").json()
    assert [cell.value for cell in first[1]] == record["columns"]
    assert first.max_row == 1 + record["total"]
    told = {row[0].value: str(row[1].value) for row in second.iter_rows()}
    assert told["Data as of"][:2] == "20"
    assert "SELECT" in told["Query (SPARQL)"] or "CONSTRUCT" in told["Query (SPARQL)"]
    assert f"/queries/{name}.xlsx" in shipped.get(f"/queries/{name}", "text/html").text


def test_one_page_of_a_question_is_a_workbook_that_says_so(shipped: Server) -> None:
    answer = shipped.get("/fr/queries/institutions-of-a-kind.xlsx?kind=kind:council&page=1&size=2")
    first, second = sheets(answer.content)
    assert first.max_row == 3
    assert any(str(row[1].value).startswith("2 sur ") for row in second.iter_rows())
    assert 'rel="next"' in answer.headers["link"]
    page, whole = (
        shipped.get(f"/queries/institutions-of-a-kind.geojson?kind=kind:council{size}").json()["features"]
        for size in ("&page=1&size=1", "")
    )
    assert len(page) <= 1 < len(whole), "a place without a position is on no map"


def test_files_are_made_in_processes_whose_end_costs_nothing_but_the_file(shipped: Server) -> None:
    """The answer is kept, so no query runs for it: the one process that begins is that which makes the file."""
    query = f"SELECT ?a ?b ?c {{ ?a ?b ?c }} LIMIT {30_000}"
    assert get(shipped, query, "tsv").status_code == 200
    here = psutil.Process(shipped.process.pid)
    found: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: found.append(get(shipped, query, "xlsx")))
    asking.start()

    written: dict[Path, psutil.Process] = {}

    def writing() -> bool:
        """Note who has a file of the workbook open, of the processes in which files are made."""
        for process in here.children(recursive=True):
            with suppress(psutil.Error):
                if "offload_process" in " ".join(process.cmdline()):
                    names = [Path(one.path) for one in process.open_files()]
                    written.update((name, process) for name in names if "cityrights-" in name.parent.name)
        return bool(written) or bool(found)

    until(writing, "a process that makes the workbook")
    assert written, "the workbook was there before anybody was seen to write it"
    for process in written.values():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    asking.join()
    assert found[0].status_code == 500, found[0].text[:300]
    until(lambda: not any(name.exists() for name in written), "the end of its files")
    assert shipped.get("/health").json()["status"] == "ok"
    assert get(shipped, query, "xlsx").status_code == 200


def test_a_full_disk_is_told_by_whoever_makes_the_file() -> None:
    with Aside() as aside, pytest.raises(EngineBusy, match="no room on its disk"):
        aside.made(Path.write_bytes, (Path("/dev/full"), b"x"), {})
