"""Answers whose shape is an attack: more columns than a page has room for, rows of nothing, numbers that are none."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from itertools import product
from string import ascii_lowercase

import httpx
import pytest

from cityrights.library.running import Answer
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import XSD
from cityrights_web.results.pictures import fitting, shape_of
from cityrights_web.results.table import Ground, whole
from tests.servers import Server
from tests.support import HANG
from tests.web.test_results import BROWSER, fetch

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": BROWSER}


def wide(columns: int, rows: int) -> str:
    """Return a query whose answer has so many columns, all but one unbound, and so many rows."""
    names = ["".join(letters) for letters in product(ascii_lowercase, repeat=3)][:columns]
    inner = f"SELECT (1 AS ?aaa) {{ ?s ?p ?o . ?t a ?c }} LIMIT {rows}"
    return f"SELECT {' '.join(f'?{name}' for name in names)} {{ {{ {inner} }} }}"


def post(server: Server, query: str, **more: str) -> httpx.Response:
    fields = urllib.parse.urlencode({"query": query, **more})
    return httpx.post(f"{server.url}/sparql", content=fields, headers=FORM, timeout=HANG)


@pytest.mark.parametrize("view", ["", "table", "chart", "map", "raw"])
@pytest.mark.parametrize(("columns", "rows"), [(2_000, 300), (60, 30_000)])
def test_an_answer_of_nothing_is_too_large_for_a_page_all_the_same(
    shipped: Server, view: str, columns: int, rows: int
) -> None:
    answer = post(shipped, wide(columns, rows), part="answer", view=view)
    assert answer.status_code == 200
    assert "too large for a page" in answer.text
    assert len(answer.text) < 300_000


def test_a_broad_table_shows_fewer_rows_and_says_so(shipped: Server) -> None:
    answer = post(shipped, wide(80, 1_000), part="answer", view="table")
    assert "The first 250 of 1,000 rows are shown" in answer.text
    assert answer.text.count("<tr>") == 251


def test_geojson_is_not_made_of_rows_of_nothing(shipped: Server) -> None:
    answer = httpx.post(
        f"{shipped.url}/sparql",
        content=urllib.parse.urlencode({"query": wide(2_000, 1_000), "format": "geojson"}),
        headers={"content-type": FORM["content-type"]},
        timeout=HANG,
    )
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("answer-too-large")


@pytest.mark.parametrize("path", ["/sparql", "/sparql/embed"])
def test_the_service_answers_while_a_page_of_many_cells_is_made(shipped: Server, path: str) -> None:
    """On a busy machine a page may be made before anybody has asked anything else: then the next one is looked at."""
    for number in range(20):
        if _looks_beside(shipped, path, wide(1_000, 1_000 - number)) > 2:
            return
    pytest.fail("the service said nothing of itself before any of the pages was made")


def _looks_beside(server: Server, path: str, query: str) -> int:
    """Return how often the service said that it is well between the question for a page and its last byte."""
    looks = 0
    done = threading.Event()

    def look() -> None:
        nonlocal looks
        while not done.is_set():
            assert server.get("/health", "*/*").status_code == 200
            looks += not done.is_set()
            time.sleep(0.005)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        asked = {"query": query, **({"part": "answer"} if path == "/sparql" else {})}
        answer = server.get(f"{path}?{urllib.parse.urlencode(asked)}", BROWSER)
    finally:
        done.set()
        watching.join()
    assert answer.status_code == 200
    return looks


@pytest.mark.parametrize("written", ["+-5", "--5", "-+5", "+", "", "\u0663", "\u00b2", "1_0"])
def test_what_only_looks_like_a_whole_number_is_none(server: Server, written: str) -> None:
    assert whole(Literal(written, datatype=XSD + "integer")) is None
    assert whole(Iri("http://e.example/1")) is None
    point = '"POINT(1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
    query = f'SELECT (STRDT("{written}", <{XSD}integer>) AS ?n) ({point} AS ?where) {{}}'
    for view in ("table", "chart", "map", "timeline"):
        assert fetch(server, query, view).status_code == 200
    address = f"/sparql?{urllib.parse.urlencode({'query': query})}"
    assert server.get(f"{address}&format=xlsx", "*/*").status_code == 200
    geojson = server.get(f"{address}&format=geojson", "*/*")
    assert json.loads(geojson.text)["features"][0]["properties"]["n"] == written


@pytest.mark.parametrize("written", ["1e30", "-1e150", "1e308", "1e999", "123456789012345678901234567890"])
def test_very_large_numbers_are_drawn(server: Server, written: str) -> None:
    query = f'SELECT ?what ?n {{ VALUES (?what ?n) {{ ("a" {written}) ("b" 2) }} }}'
    for view in ("table", "chart"):
        answer = fetch(server, query, view)
        assert answer.status_code == 200, answer.text
    if written == "1e30":
        assert "1E30" in answer.text


def test_the_views_of_very_many_columns_are_found_in_one_go() -> None:
    """Tens of thousands of columns, all numbers: none is compared with all the others."""
    names = tuple(f"c{number}" for number in range(60_000))
    numbers = Answer(names, (dict.fromkeys(names, Literal("1", datatype=XSD + "integer")),))
    assert fitting(shape_of(numbers, Ground()))["chart"].columns == names[:2]
    years = Answer(names, (dict.fromkeys(names, Literal("2025", datatype=XSD + "gYear")),))
    assert fitting(shape_of(years, Ground()))["timeline"].columns == names[:1]
