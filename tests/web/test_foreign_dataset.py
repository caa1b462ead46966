"""Other people's graphs, served as ``--dataset`` serves them: no labels, no ontology, blank nodes."""

from __future__ import annotations

import hashlib
import html
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import rdflib

from cityrights.pipeline.steps import build_files
from tests.servers import Server, free_port
from tests.support import HANG

DATA = """
PREFIX e: <http://example.org/>
e:a e:p [ e:q "01"^^<http://www.w3.org/2001/XMLSchema#integer> ] .
e:g { e:a e:p e:b . e:b a e:Thing }
"""


@pytest.fixture(scope="module")
def foreign(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over one small foreign file."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "data.trig").write_text(DATA)
    return start(build_files([folder / "data.trig"], folder / "snapshots").path)


def test_the_pages_that_make_sense_are_there(foreign: Server) -> None:
    paths = ("/", "/sparql", "/download", "/fr", "/about", "/compare", "/connections", "/coverage", "/ontology",
        "/corrections", "/conformance", "/privacy", "/accessibility")  # fmt: skip
    for path in paths:
        answer = foreign.get(path, "text/html")
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith("text/html"), path
    for path in ("/sitemap.xml", "/sitemap-1.xml", "/robots.txt", "/dataset.ttl", "/dataset.jsonld", "/coverage.csv"):
        assert foreign.get(path).status_code == 200, path
    links = set(re.findall(r'href="(/[^"#]*)"', foreign.get("/", "text/html").text))
    assert len(links) > 3
    for link in links:
        assert foreign.get(html.unescape(link), "text/html").status_code < 500, link
    assert foreign.get("/releases", "text/html").status_code == 404, "those are of other data"
    assert foreign.get("/health").json()["status"] == "ok"


def test_answers_are_seen_and_taken_away_without_labels_and_licence(foreign: Server) -> None:
    everything = "SELECT * { ?s ?p ?o }"
    for view in ("table", "raw", "map", "network", "chart", "timeline"):
        for path in ("/sparql", "/sparql/embed"):
            answer = foreign.client.get(
                path, params={"query": everything, "view": view}, headers={"Accept": "text/html"}
            )
            assert answer.status_code == 200, (path, view)
            if path.endswith("embed"):
                assert "CC BY" not in answer.text
    book = foreign.client.get("/sparql", params={"query": everything, "format": "xlsx"})
    first, second = (openpyxl.load_workbook(io.BytesIO(book.content)).worksheets)[:2]
    assert first.max_row == 5
    assert "Licence" not in {row[0].value for row in second.iter_rows()}
    spots = "SELECT * { VALUES (?s ?lat ?long) { (<http://example.org/a> 1 2) } }"
    points = foreign.client.get("/sparql", params={"query": spots, "format": "geojson"}).json()["features"]
    assert points[0]["geometry"]["coordinates"] == [2, 1]
    written = foreign.client.get(
        "/sparql/evidence", params={"query": everything}, headers={"Accept": "application/json"}
    )
    assert written.status_code == 200  # no claim will be found, and the rows stay
    added = foreign.client.get("/sparql", params={"query": written.json()["query"], "format": "json"}).json()
    assert len(added["results"]["bindings"]) == 4


def test_queries_graphs_and_dumps_are_answered(foreign: Server) -> None:
    count = foreign.get("/sparql?query=SELECT(COUNT(*)AS%20%3Fn)%7B%3Fs%20%3Fp%20%3Fo%7D", "text/csv")
    assert count.text.split() == ["n", "4"]
    named = foreign.get("/graph?graph=http://example.org/g", "text/turtle")
    assert len(rdflib.Graph().parse(data=named.text, format="turtle")) == 2
    dump = foreign.get("/download/cityrights.nq")
    assert dump.text.count("\n") == 4
    assert '"01"^^' in dump.text
    assert dump.headers["etag"] == f'"{hashlib.sha256(dump.content).hexdigest()}"'
    assert foreign.get("/download/void.ttl").status_code == 200


def test_the_description_names_its_graphs_and_no_union_that_is_none(foreign: Server) -> None:
    text = foreign.get("/sparql", "application/n-triples").text
    assert "#name> <http://example.org/g>" in text.replace("sparql-service-description", "")
    assert "UnionDefaultGraph" not in text
    assert "cityrights/id/claim" not in text


def test_the_command_names_a_file_that_it_cannot_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("<http://example.org/a> <http://example.org/b>\n  oops .")
    command = [sys.executable, "-c", "from cityrights.cli import main; main()", "serve", "--port", str(free_port())]
    environment = {**os.environ, "CITYRIGHTS_SNAPSHOTS": str(tmp_path / "snapshots")}
    done = subprocess.run(
        [*command, "--dataset", str(bad)], capture_output=True, text=True, env=environment, timeout=HANG
    )
    assert done.returncode == 1
    assert f"{bad}:2:3: " in done.stderr
