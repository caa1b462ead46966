"""A cap of rows is an error, or a cut that is asked for and marked; never silence."""

from __future__ import annotations

import csv
import io
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import Server

#: Values that look like the ends of rows, in every format.
ROW = """BIND(CONCAT(STR(?n), "}},{\\"x\\":{", "]}", "\\r\\n\\"\\",", "\\n", "</result>", "\\\\") AS ?t)"""


def query(rows: int, **parameters: str) -> str:
    values = " ".join(map(str, range(rows)))
    text = f"SELECT ?n ?t ?u {{ VALUES ?n {{ {values} }} {ROW} OPTIONAL {{ ?u <a:a> <b:b> }} }}"
    return "/sparql?" + urllib.parse.urlencode({"query": text, **parameters})


def count(name: str, body: bytes) -> int:
    if name == "csv":
        return len(list(csv.reader(io.StringIO(body.decode(), newline="")))) - 1
    if name == "tsv":
        return body.count(b"\n") - 1
    if name == "xml":
        return len(ET.fromstring(body).findall(".//{http://www.w3.org/2005/sparql-results#}result"))
    raise AssertionError(name)


@pytest.fixture(scope="module")
def capped(start: Callable[..., Server], fixture_snapshot: Path) -> Server:
    """A server whose tables have twenty rows at most."""
    return start(fixture_snapshot, max_rows=20)


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_up_to_the_cap_an_answer_is_whole_and_above_it_is_an_error(capped: Server, server: Server, name: str) -> None:
    for rows in (0, 1, 20):
        for truncate in ({}, {"truncate": "true"}):
            answer = capped.get(query(rows, format=name, **truncate))
            assert answer.status_code == 200
            assert answer.content == server.get(query(rows, format=name)).content
            assert "x-truncated" not in answer.headers
    over = capped.get(query(21, format=name))
    assert over.status_code == 400
    assert over.json()["type"] == "/api#problem-answer-too-large"
    assert "more than 20 rows" in over.json()["detail"]


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize("rows", [21, 900])
def test_a_cut_that_is_asked_for_is_valid_and_says_so(capped: Server, name: str, rows: int) -> None:
    answer = capped.get(query(rows, format=name, truncate="true"))
    assert answer.status_code == 200
    assert answer.headers["x-truncated"] == "rows=20"
    assert answer.headers["content-length"] == str(len(answer.content))
    whole = capped.get(query(20, format=name))
    if name == "json":
        read = answer.json()
        assert read.pop("truncated") == {"rows": 20}
        assert read == whole.json()
    else:
        assert count(name, answer.content) == count(name, whole.content) == 20
        assert ("truncated after 20 rows" in answer.text) == (name == "xml")
    assert answer.headers["etag"] != whole.headers["etag"]
    assert capped.get(query(rows, format=name, truncate="true")).headers["x-truncated"] == "rows=20"


def test_graphs_and_yes_or_no_have_no_rows(capped: Server) -> None:
    graph = capped.get("/sparql?" + urllib.parse.urlencode({"query": "CONSTRUCT WHERE { ?s ?p ?o }", "format": "nt"}))
    assert graph.status_code == 200
    assert graph.text.count("\n") > 20
    assert capped.get("/sparql?query=ASK%7B%7D").status_code == 200


def test_without_a_cap_the_parameter_changes_nothing(server: Server) -> None:
    assert server.get(query(30, truncate="true")).headers["etag"] == server.get(query(30)).headers["etag"]
