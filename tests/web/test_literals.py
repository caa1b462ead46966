"""docs/literals.md says what becomes of literals: each row is written, asked for, checked and downloaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.check.syntax import check_file
from cityrights.pipeline.read import Input
from cityrights.pipeline.steps import build_files
from cityrights.vocabulary import GRAPH_VOCABULARY, XSD
from tests.servers import Server
from tests.support import ROOT

DOCUMENT = (ROOT / "docs" / "literals.md").read_text("utf-8")
HEAD = f"@prefix xsd: <{XSD}> .\n"
TABLE = re.findall(r'^\| [^|]+ \| `(".*)` \| `(".*)` \|$', DOCUMENT, re.MULTILINE)
UNCHANGED = re.findall(r'`("[^`]*)`', DOCUMENT.rpartition("|\n")[2])
WRITTEN = [written for written, _ in TABLE] + UNCHANGED


def literal(text: str) -> ox.Literal:
    """Read a literal as it stands in the document, without any store."""
    found = re.fullmatch(r'"([^"]*)"(@(.+)|\^\^(?:xsd:(.+)|<(.+)>))?', text)
    assert found is not None, text
    value, tag, language, kind, datatype = found.groups()
    if language:
        return ox.Literal(value, language=language)
    return ox.Literal(value, datatype=ox.NamedNode(XSD + kind if kind else datatype)) if tag else ox.Literal(value)


@pytest.fixture(scope="module")
def served(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over a file in which each literal of the document stands once."""
    folder = tmp_path_factory.mktemp("literals")
    lines = (f"<http://e.example/{number}> <http://e.example/p> {text} .\n" for number, text in enumerate(WRITTEN))
    (folder / "literals.ttl").write_text(HEAD + "".join(lines), "utf-8")
    return start(build_files([folder / "literals.ttl"], folder / "snapshots").path, access_log=False)


def test_each_literal_comes_back_as_the_document_says(served: Server) -> None:
    assert len(TABLE) > 40
    assert len(UNCHANGED) > 10
    query = {"query": "SELECT ?s ?o { ?s <http://e.example/p> ?o }", "format": "json"}
    answer = ox.parse_query_results(served.client.get("/sparql", params=query).content, ox.QueryResultsFormat.JSON)
    assert isinstance(answer, ox.QuerySolutions)
    found = {row["s"].value: row["o"] for row in answer}
    wanted = [back for _, back in TABLE] + UNCHANGED
    assert found == {f"http://e.example/{number}": literal(text) for number, text in enumerate(wanted)}


def test_downloads_have_them_as_they_were_written(served: Server) -> None:
    lines = served.get("/download/cityrights.nq").text.splitlines()
    assert sorted(lines) == sorted(
        f"<http://e.example/{number}> <http://e.example/p> {ox.Literal(text.value, language=text.language.lower())} ."
        if text.language
        else f"<http://e.example/{number}> <http://e.example/p> {text} ."
        for number, text in enumerate(map(literal, WRITTEN))
    )


@pytest.mark.parametrize(("written", "back"), [row for row in TABLE if "@" not in row[0]])
def test_the_check_reports_what_would_change(written: str, back: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(f"{HEAD}<http://e.example/s> <http://e.example/p> {written} .\n")
    findings, _ = check_file(Input(path, GRAPH_VOCABULARY))
    (found,) = (finding for finding in findings if finding.rule == "literal-form")
    assert found.where.endswith(":2")
    assert f"as {back}" in found.message


@pytest.mark.parametrize("written", UNCHANGED)
def test_the_check_says_nothing_of_what_stays(written: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(f"{HEAD}<http://e.example/s> <http://e.example/p> {written} .\n")
    assert not [finding for finding in check_file(Input(path, GRAPH_VOCABULARY))[0] if finding.rule == "literal-form"]
