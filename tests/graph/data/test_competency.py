"""The library’s questions against answers that people took from the documents, and against mutated graphs.

``competency/<name>.json`` holds one question: the ``query`` of the library, its parameters (``with``), the ``keys``,
that is the columns that make the answer, and the ``rows`` with the lines that back each (A and B are the documents, any
other goes by its slug: ``my-report 12-14``). The answer is that of the shipped documents, or of the ``sources`` that it
names: what other sources say is left out, so that the graph may grow.
The thirty competency questions have two mutations more. ``remove`` takes one triple out of every graph: its row must
go, and no other. ``add`` brings one right row and a ``decoy`` that looks like it: the right row alone must come. What
was derived is derived again, by those rules on which the library relies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox
import pytest

from cityrights.home import home
from cityrights.library.queries import LANGUAGES, LibraryQuery, library, with_prefixes
from cityrights.pipeline.derive import Rule, derive, rules
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import GRAPH_DERIVED, ID, PREFIXES
from tests.sources import SHIPPED, Telling

FOLDER = Path(__file__).parent / "competency"
LIBRARY = {query.name: query for query in library(home() / "queries" / "explore")}
CASES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
QUESTIONS = {name: case for name, case in CASES.items() if "question" in case}
SHORT = {
    **PREFIXES,
    "A": ID + "claim/twenty-practices/",
    "B": ID + "claim/ohchr-consultation-2025/",
    "P": ID + "passage/new/",
}
DOCUMENTS = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in SHORT.items())
#: What the library reads of what is derived: its queries must answer the same without the other rules.
RULES = ("inverses", "superclasses", "unstated-status")

Key = tuple[str | None, ...]
T = TypeVar("T")
Triple = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Asserted:
    """The graph without what is derived, and the rules that derive again what the library reads."""

    quads: Sequence[ox.Quad]
    rules: Sequence[Rule]
    superclasses: Sequence[ox.Quad]

    def store(self, remove: Triple | None = None, add: Sequence[ox.Quad] = ()) -> ox.Store:
        """Return a store of the graph without ``remove`` in any graph, with ``add``, and derived anew."""
        quads = [quad for quad in self.quads if _triple(quad) != remove]
        assert remove is None or len(quads) < len(self.quads), f"nothing to remove: {remove}"
        store = ox.Store()
        _extend(store, [*quads, *add])
        typed = any(triple[1].value.endswith("#type") for triple in [remove, *map(_triple, add)] if triple)
        for rule in self.rules:
            # The slow rule depends on rdf:type alone, so without a new type it would derive the same again.
            same = rule.name == "superclasses" and not typed
            _extend(store, list(self.superclasses if same else derive(store, rule)))
        return store


def _triple(quad: ox.Quad) -> Triple:
    return quad.subject, quad.predicate, quad.object


def _extend(store: ox.Store, quads: Sequence[ox.Quad]) -> None:
    store.bulk_extend(quads)
    store.bulk_extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads])


def _parse(text: str) -> list[ox.Quad]:
    return list(ox.parse(DOCUMENTS + text, format=ox.RdfFormat.TRIG))


def _short(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str | None:
    if term is None or isinstance(term, ox.BlankNode | ox.Triple):
        return None
    if isinstance(term, ox.Literal):
        return term.value
    name, iri = max(((n, i) for n, i in SHORT.items() if term.value.startswith(i)), key=lambda found: len(found[1]))
    return f"{name}:{term.value.removeprefix(iri)}"


Row = dict[str, Any]


def _run(store: ox.Store, query: LibraryQuery, values: dict[str, str] | None = None) -> tuple[Sequence[str], list[Row]]:
    """Return columns and rows; those of a graph are its triples between things, its names left out."""
    bound: dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {
        ox.Variable(name): term for name, term in query.bindings(values).items()
    }
    found = store.query(with_prefixes(query.text), substitutions=bound)
    if isinstance(found, ox.QueryTriples):
        triples = [triple for triple in found if isinstance(triple.object, ox.NamedNode)]
        names = ("subject", "predicate", "object")
        return names, [{name: getattr(triple, name) for name in names} for triple in triples]
    assert isinstance(found, ox.QuerySolutions)
    columns = [variable.value for variable in found.variables]
    return columns, [{name: row[name] for name in columns} for row in found]


def _answer(store: ox.Store, case: dict[str, Any], more: Sequence[str] = ()) -> list[Key]:
    query = LIBRARY[case["query"]]
    columns, rows = _run(store, query, case.get("with"))
    wanted = [*case["keys"], *(key for key in more if key in columns)]
    return [tuple(_short(row[key]) for key in wanted) for row in rows]


def _expected(case: dict[str, Any]) -> set[Key]:
    return {tuple(row[key] for key in case["keys"]) for row in case["rows"]}


def _changed(case: dict[str, Any], change: dict[str, Any]) -> set[Key]:
    gone, come = ({tuple(row) for row in change[which]} for which in ("gone", "come"))
    assert gone <= _expected(case)
    assert come.isdisjoint(_expected(case))
    return (_expected(case) - gone) | come


Case = dict[str, Any]


@pytest.fixture(scope="session")
def built(telling: Telling) -> Callable[[Case], ox.Store]:
    """Return the store of the snapshot that a case speaks of."""
    return cache_by_sources(lambda sources: ox.Store.read_only(str(telling(sources).store)))


@pytest.fixture(scope="session")
def asserted(telling: Telling) -> Callable[[Case], Asserted]:
    """Return the graph that a case speaks of, without its derived graphs."""

    def read(sources: tuple[str, ...]) -> Asserted:
        quads = list(ox.parse(path=str(telling(sources).nquads), format=ox.RdfFormat.N_QUADS))
        derived = [quad for quad in quads if str(quad.graph_name).startswith(f"<{GRAPH_DERIVED}")]
        return Asserted(
            [quad for quad in quads if not str(quad.graph_name).startswith(f"<{GRAPH_DERIVED}")],
            [rule for rule in rules(home() / "queries" / "construct") if rule.name in RULES],
            [quad for quad in derived if quad.graph_name == ox.NamedNode(GRAPH_DERIVED + "superclasses")],
        )

    return cache_by_sources(read)


@pytest.fixture(scope="session")
def unchanged(asserted: Callable[[Case], Asserted]) -> Callable[[Case], ox.Store]:
    """Return the store of a case without a mutation."""
    return cache_by_sources(lambda sources: asserted({"sources": sources}).store())


def cache_by_sources(make: Callable[[tuple[str, ...]], T]) -> Callable[[Case], T]:
    """Return what makes something for a case, once for all that speak of the same sources."""
    kept = cache(make)
    return lambda case: kept(tuple(case.get("sources", SHIPPED)))


def test_each_competency_question_has_its_query() -> None:
    """The thirty odd numbers, each once, each with a query of its own, and further questions beside them."""
    assert sorted(case["question"] for case in QUESTIONS.values()) == list(range(1, 60, 2))
    assert len({case["query"] for case in QUESTIONS.values()}) == 30
    assert {case["query"] for case in CASES.values()} == set(LIBRARY), "a query without an expected answer"


@pytest.mark.parametrize("name", CASES)
def test_answer_is_what_the_documents_say(name: str, built: Callable[[Case], ox.Store]) -> None:
    """The rows are the expected ones: none missing, none more."""
    case = CASES[name]
    assert set(_answer(built(case), case)) == _expected(case), f"of {', '.join(case.get('sources', SHIPPED))}"


@pytest.mark.parametrize("name", CASES)
def test_evidence_lies_in_the_lines_that_back_the_answer(name: str, built: Callable[[Case], ox.Store]) -> None:
    """A row that shows a line shows one of the document and of the lines that the expected answer names."""
    case = CASES[name]
    width = len(case["keys"])
    rows = _answer(built(case), case, ["number", "firstLine", "lastLine"])
    if not rows or len(rows[0]) < width + 3:
        return
    backing = {tuple(row[key] for key in case["keys"]): list(_lines(row["lines"])) for row in case["rows"]}
    for row in rows:
        number, first, last = row[width:]
        if number is None or first is None or last is None:
            continue
        document = number.rpartition("-")[0] or number[0]
        found = [span for span in backing[row[:width]] if span[0] == document]
        assert any(low <= int(last) and int(first) <= high for _, low, high in found), row


def _lines(text: str) -> Iterable[tuple[str, int, int]]:
    for document, first, last in re.findall(r"([AB]|\b[a-z][a-z0-9-]* )(\d+)(?:-(\d+))?", text):
        yield document.strip(), int(first), int(last or first)


@pytest.mark.parametrize("name", CASES)
def test_answer_needs_only_the_rules_that_are_derived_again(name: str, unchanged: Callable[[Case], ox.Store]) -> None:
    """Else a mutated graph would lack something that a query reads."""
    assert set(_answer(unchanged(CASES[name]), CASES[name])) == _expected(CASES[name])


@pytest.mark.parametrize("name", QUESTIONS)
def test_without_its_triple_the_row_goes_and_no_other(name: str, asserted: Callable[[Case], Asserted]) -> None:
    """The answer rests on the triple that the expected answer names."""
    case = QUESTIONS[name]
    triple = _triple(_parse(case["remove"]["triple"] + " .")[0])
    assert set(_answer(asserted(case).store(remove=triple), case)) == _changed(case, case["remove"])


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_right_row_comes_and_its_decoy_does_not(name: str, asserted: Callable[[Case], Asserted]) -> None:
    """The query tells a right new row from one that looks like it."""
    case = QUESTIONS[name]
    claims = (FOLDER / "new-claims.trig").read_text("utf-8")
    added = _parse(claims + "\n".join(case["add"]["trig"]))
    assert "decoy" in "".join(case["add"]["trig"]) or case["add"]["decoy"]
    assert set(_answer(asserted(case).store(add=added), case)) == _changed(case, case["add"])


@pytest.mark.parametrize("name", CASES)
def test_no_answer_stands_in_its_query(name: str) -> None:
    """A query asks the graph; it does not recite. Properties that it lists are what it asks about, and no answer."""
    text = LIBRARY[CASES[name]["query"]].text
    values = {value for key in _expected(CASES[name]) for value in key if value and not value.startswith("cr:")}
    answers = {value for value in values if re.fullmatch(r"[\w-]+:[\w-]+|[AB]\d{3}", value)}
    assert answers
    for answer in answers:
        prefix, colon, local = answer.partition(":")
        assert not re.search(rf"(?<![\w-]){re.escape(answer)}(?![\w-])", text)
        assert not colon or SHORT[prefix] + local not in text


@pytest.mark.parametrize("query", LIBRARY.values(), ids=LIBRARY)
def test_query_runs_with_its_defaults_and_without_them(query: LibraryQuery, snapshot: Snapshot) -> None:
    """Over all there is it has rows with the defaults, projects its parameters, and is in a fixed order."""
    built = ox.Store.read_only(str(snapshot.store))
    columns, rows = _run(built, query)
    assert rows
    if query.is_graph:  # which has no columns and no order
        assert "ORDER BY" not in query.text
        return
    assert set(query.bindings()) <= set(columns)
    assert [str(row) for row in rows] == [str(row) for row in _run(built, query)[1]]
    assert "ORDER BY" in query.text
    general = built.query(with_prefixes(query.text.rpartition("ORDER BY")[0]))
    assert isinstance(general, ox.QuerySolutions)
    assert next(general, None) is not None


@pytest.mark.parametrize("query", LIBRARY.values(), ids=LIBRARY)
def test_front_matter_is_complete(query: LibraryQuery) -> None:
    """Title and question in three languages, tags, a comment that says why, and a meaning for each parameter."""
    for texts in (query.titles, query.questions):
        assert set(texts) == set(LANGUAGES)
        assert len(set(texts.values())) == len(LANGUAGES)
    assert all(question.endswith("?") for question in query.questions.values())
    assert query.questions["es"].count("¿") >= 1
    assert len(query.tags) >= 2
    assert "\n# " in "\n" + query.text
    assert all(parameter.meaning for parameter in query.parameters)


def test_titles_are_distinct() -> None:
    """A reader can tell the queries apart in every language."""
    for language in LANGUAGES:
        titles = [query.titles[language] for query in LIBRARY.values()]
        assert len(set(titles)) == len(titles)
