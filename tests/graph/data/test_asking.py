"""docs/asking.md tells all that an asker needs: its queries, and questions that were thought of apart from it.

``asked.json`` holds the answers of its twelve questions, and ``asked``: questions of people who know the guide alone,
each with its query, the lines of the documents that the rows were taken from, and the rows (A and B are claims of the
two documents). What others than the shipped sources say is left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Variable
from tools import asking as guide

from cityrights.library.queries import LANGUAGES, library, with_prefixes
from cityrights.vocabulary import ID, PREFIXES
from cityrights_web.views.about import TRAPS
from tests.sources import Telling

TOLD = json.loads((Path(__file__).parent / "asked.json").read_text("utf-8"))
GUIDE = guide.PAGE.read_text("utf-8")
QUERIES = re.findall(r"```sparql\n(.*?)```", GUIDE, re.DOTALL)
TWELVE = library(guide.ROOT / "queries" / "asking")
SHORT = {
    **PREFIXES,
    "A": f"{ID}claim/twenty-practices/",
    "B": f"{ID}claim/ohchr-consultation-2025/",
    "claim": f"{ID}claim/",
}
#: Names of things are found by a label; what is a term or a concept the guide has to say.
THINGS = (
    "award", "city", "country", "event", "government", "institution", "network", "organisation", "person", "practice",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(telling: Telling) -> ox.Store:
    return ox.Store.read_only(str(telling(("external", "ohchr-consultation-2025", "twenty-practices")).store))


def short(term: Any) -> str | None:
    if isinstance(term, ox.NamedNode):
        name, iri = max(((n, i) for n, i in SHORT.items() if term.value.startswith(i)), key=lambda one: len(one[1]))
        return f"{name}:{term.value.removeprefix(iri)}"
    return None if term is None else str(term.value)


def rows(store: ox.Store, text: str, keys: list[str] | None = None) -> list[list[str | None]]:
    """Return the rows of a query that is whole, in the order of their texts; of the columns ``keys`` where given."""
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    names = keys or [variable.value for variable in found.variables]
    return sorted(([short(row[name]) for name in names] for row in found), key=str)


def asked(store: ox.Store, text: str) -> list[list[str | None]]:
    return rows(store, with_prefixes(text))


def test_the_guide_is_what_its_queries_words_and_terms_make_it() -> None:
    assert guide.page() == GUIDE, "it is not: make docs"


def test_each_query_of_the_guide_can_be_copied_and_finds_what_it_is_to_find(store: ox.Store) -> None:
    """As it stands in the file, with the prefixes that stand there and no others."""
    assert len(TOLD["twelve"]) == len(TWELVE) == 12
    assert len(QUERIES) > len(TWELVE)
    for query, text in zip(TWELVE, QUERIES, strict=False):
        case = TOLD["twelve"][query.name]
        assert rows(store, text, case["keys"]) == case["rows"], query.name
    assert [text for text in QUERIES if not rows(store, text)] == []
    for language in LANGUAGES:
        for query in TWELVE:
            found = rows(store, with_prefixes(query.spoken(language)), TOLD["twelve"][query.name]["keys"])
            assert found == TOLD["twelve"][query.name]["rows"], f"{query.name} in {language}"
        assert all(query.notices[language] for query in TWELVE)


def test_what_to_write_against_each_trap_finds_something(store: ox.Store) -> None:
    wrong = [
        slug
        for slug, text in TRAPS.items()
        if not asked(store, text if text.startswith("SELECT") else f"SELECT * {{ {text} }}")
    ]
    assert wrong == []


def test_the_traps_are_there(store: ox.Store) -> None:
    """What the guide warns of comes to pass in the query that does not heed it."""
    labels = "SELECT * { ?p a cr:Practice ; cr:country country:spain ; rdfs:label ?name }"
    assert len(asked(store, labels)) == 3 * len(TOLD["twelve"]["01-practices-in-a-country"]["rows"])
    assert asked(store, "SELECT * { ?c a cr:Country ; cr:within region:americas }") == []
    kingdom = "country:united-kingdom"
    assert asked(store, f"SELECT * {{ ?p a cr:Practice ; cr:place/cr:within+ {kingdom} }}") == []
    assert asked(store, f"SELECT * {{ ?p a cr:Practice ; cr:country {kingdom} }}") != []
    by_region = "SELECT * { ?p a cr:Practice ; cr:country/cr:within ?region }"
    standard = "SELECT * { ?p a cr:Practice ; cr:country/cr:within ?region . ?region cr:m49 ?code }"
    practices = asked(store, "SELECT ?p { ?p a cr:Practice }")
    assert len(asked(store, by_region)) > len(asked(store, standard)) == len(practices)
    assert asked(store, "SELECT * { ?i a cr:Institution ; cr:kind kind:office }") == []
    several = TWELVE[3].text.replace("DISTINCT ", "")
    assert len(asked(store, several)) > len(TOLD["twelve"]["04-practices-for-a-group-on-a-theme"]["rows"])
    assert asked(store, "SELECT * { ?g a cr:LocalGovernment ; cr:kind ?kind }") == []
    joined = asked(store, "SELECT (GROUP_CONCAT(?p) AS ?all) { ?p a cr:Practice }")
    assert joined == [[None]]
    twice = "SELECT * { ?claim a cr:Claim ; cr:passage/cr:firstLine ?line }"
    assert len(asked(store, twice)) > len(asked(store, "SELECT DISTINCT ?c { ?c a cr:Claim ; cr:passage ?p }"))
    assert len(asked(store, "SELECT * { GRAPH ?witness { ?p a cr:Practice } }")) > len(practices)
    assert asked(store, "SELECT * { GRAPH ?w { ?p cr:pillar ?pillar } ?w a cr:Claim }") == []


def test_questions_that_the_guide_does_not_ask_have_their_answers(store: ox.Store) -> None:
    assert len(TOLD["asked"]) >= 30
    assert len({case["question"] for case in TOLD["asked"]}) == len(TOLD["asked"])
    wrong = {
        case["question"]: found for case in TOLD["asked"] if (found := asked(store, case["query"])) != case["rows"]
    }
    assert wrong == {}


def test_they_need_nothing_that_the_guide_does_not_say() -> None:
    for case in TOLD["asked"]:
        for name in re.findall(r"\b([a-z]+):([\w-]+)", case["query"]):
            term = ":".join(name)
            if name[0] not in THINGS:
                assert re.search(rf"(?<![\w-])({term}|{name[1]})(?![\w-])", GUIDE), f"{case['question']} {term}"


def test_they_need_four_patterns_in_the_median(capsys: pytest.CaptureFixture[str]) -> None:
    """Evidence apart: what stands within GRAPH, and what is asked of the claim or decision that it names."""
    counts = [patterns(with_prefixes(case["query"])) for case in TOLD["asked"]]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(counts)} questions: {median(counts):g} triple patterns in the median, {max(counts)} at most\n"
        )
    assert median(counts) <= 4
    assert patterns(with_prefixes(TWELVE[3].text)) == 3
    assert patterns(with_prefixes(TWELVE[9].text)) == 0
    assert (
        patterns(with_prefixes("SELECT * { ?a a ?b ; ?c ?d OPTIONAL { ?a ?e ?f } { ?a ?g ?h } UNION { ?a ?i ?j } }"))
        == 5
    )


def patterns(text: str) -> int:
    """Count the triple patterns of a query outside of GRAPH, but for those on whom GRAPH names; a path is one."""
    whole = list(_parts(prepareQuery(text).algebra))
    witnesses = {part.term for part in whole if part.name == "Graph" and isinstance(part.term, Variable)}
    inside = {id(part) for graph in whole if graph.name == "Graph" for part in _parts(graph.p)}
    triples = [triple for part in whole if part.name == "BGP" and id(part) not in inside for triple in part.triples]
    return sum(subject not in witnesses for subject, _, _ in triples)


def _parts(value: object) -> Iterator[CompValue]:
    """Yield each part of the algebra once."""
    if isinstance(value, CompValue):
        yield value
        for name, each in value.items():
            if name != "PV":
                yield from _parts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _parts(each)
