"""SPARQL 1.0 and 1.1 over HTTP: evaluation, result formats and syntax, against the W3C suites."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import httpx
import pytest

from tests.gate.conformance import document, results
from tests.gate.conformance.manifests import W3cTest, local, query_tests

#: No fewer may pass.
LEAST = 811
ALL = 831
_MEDIA = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
}
_FROM = re.compile(r"^\s*FROM\s+(NAMED\s+)?<", re.IGNORECASE | re.MULTILINE)
_NOTHING = "http://example.org/an-empty-graph"


@cache
def deviations() -> dict[str, str]:
    """Return the tests that are known to fail, with the reason."""
    return {test: reason for reason, tests in document.groups() for test in tests}


def test_query(w3c: Path, endpoint: httpx.Client, w3c_test: W3cTest) -> None:
    wrong = _wrong(w3c, endpoint, w3c_test)
    reason = deviations().get(w3c_test.short)
    if reason is not None:
        assert wrong, "this test passes now: take it off the list of deviations"
        pytest.xfail(reason)
    assert not wrong, wrong


def _wrong(folder: Path, endpoint: httpx.Client, test: W3cTest) -> str:
    """Run a test and return what is wrong, or nothing."""
    text = local(folder, test.query).read_text("utf-8")
    if test.kind == "evaluation":
        return _evaluate(folder, endpoint, test, text)
    answer = endpoint.post("/sparql", data={"query": text, "default-graph-uri": _NOTHING})
    problem = answer.json()["type"].rpartition("#problem-")[2] if answer.status_code == 400 else ""
    if test.kind == "bad syntax":
        # A query that is refused for what it asks was read as a good one.
        good = problem not in ("", "query-unsupported", "unknown-function")
        return "" if good else f"{answer.status_code}: {problem}"
    # A function that is not there is no error of syntax, and the answer says which it is.
    good = answer.status_code == 200 or problem == "unknown-function"
    return "" if good else f"{answer.status_code}: {answer.text}"


def _evaluate(folder: Path, endpoint: httpx.Client, test: W3cTest, text: str) -> str:
    fields: dict[str, str | list[str]] = {"query": f"BASE <{test.query}>\n{text}"}
    if _FROM.search(text):
        pass  # what the request says would take the place of what the query says
    elif test.data or test.named:
        fields["default-graph-uri"] = list(test.data) or [_NOTHING]
        fields["named-graph-uri"] = list(test.named)
    else:
        fields["default-graph-uri"] = _NOTHING
    path = local(folder, test.result)
    expected = results.read_file(path, test.result)
    tabular = expected.truth is not None or expected.variables is not None
    suffix = path.suffix if path.suffix in (".srx", ".srj", ".csv", ".tsv") else ".srj" if tabular else ".nt"
    answer = endpoint.post("/sparql", data=fields, headers={"Accept": _MEDIA[suffix]})
    if answer.status_code != 200:
        return f"{answer.status_code}: {answer.text}"
    actual = results.read(answer.content, suffix)
    return "" if results.same(expected, actual, lax=test.lax) else f"expected {expected}\ncame {actual}"


def test_the_suites_are_whole(w3c: Path) -> None:
    assert len(query_tests()) == ALL


def test_every_deviation_names_a_test_and_they_are_few(w3c: Path) -> None:
    known = {test.short for test in query_tests()}
    assert set(deviations()) <= known
    assert ALL - len(deviations()) >= LEAST


def test_the_document_says_what_is_so(w3c: Path) -> None:
    assert document.TARGET.read_text("utf-8") == document.text(), "run: python -m tests.gate.conformance.document"
