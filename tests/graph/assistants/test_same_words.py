"""The same mistake is the same to every door: command line, Python, assistants and HTTP say the same words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import click
import pytest
from click.testing import CliRunner

from cityrights import KnowledgeGraph
from cityrights.cli.connect import connect as connect_command
from cityrights.cli.connect import neighbours as neighbours_command
from cityrights.cli.read import describe, query
from cityrights.errors import CityrightsError
from cityrights.library.queries import with_prefixes
from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Assistant
from tests.graph.assistants.test_tools import problem
from tests.graph.assistants.test_tools import text as text_of
from tests.servers import Server

#: What somebody writes for a parameter of a question, and what they are told.
PARAMETERS = {
    ("institutions-of-a-kind", "kind", "kind:counsil"): (
        "kind: ‘kind:counsil’ is not known here as: Kind. Did you mean kind:council?"
    ),
    ("institutions-of-a-kind", "kind", "council"): (
        "kind: ‘council’ is not known here as: Kind. Did you mean kind:council"
    ),
    ("institutions-of-a-kind", "kind", "A council"): "kind: This is no address of a thing.",
    ("institutions-of-a-kind", "kind", "nope:council"): "kind: ‘nope:council’ is not known here as: Kind. Did you mean",
    ("institutions-of-a-kind", "kind", "city:utrecht"): "kind: ‘city:utrecht’ is not known here as: Kind.",
    ("institutions-of-a-kind", "kind", " "): "kind: A value is missing here.",
    ("institutions-of-a-kind", "knd", "kind:council"): "knd: This question has no ‘knd’. It has: kind.",
    ("practices-by-number-of-references", "references", "many"): (
        "references: This has to be a whole number such as 3."
    ),
    ("what-is-said-of-a-thing", "thing", "city:utrech"): (
        "thing: The graph says nothing of ‘city:utrech’. Did you mean city:utrecht"
    ),
}
#: Queries that find nothing, and what may be why.
QUERIES = {
    "SELECT * { ?p a cr:Practise }": "The graph says nothing of ‘cr:Practise’. Did you mean cr:Practice",
    "SELECT * { city:utrech ?p ?o }": "The graph says nothing of ‘city:utrech’. Did you mean city:utrecht",
    "ASK { ?x cr:theem ?y }": "The graph says nothing of ‘cr:theem’. Did you mean cr:theme",
}
#: Queries that are none.
WRONG = {
    "SELECT ?a, ?b { ?a ?p ?b }": "No comma between the variables of SELECT (line 1, column 10).",
    "SELECT ?p {\n ?p a cr:Practice FILTER ?p = 3 }": "FILTER needs brackets: FILTER(?p = 3) (line 2, column 19).",
    "SELECT ?x { ?x crr:label ?y }": "The prefix 'crr:' is not declared (line 1, column 16). Did you mean cr:?",
}
#: Names of things that there are not.
THINGS = {"utrech": "did you mean city:utrecht", "city:utrech": "did you mean city:utrecht", "gwanju": "city:gwangju"}


def run(snapshot: Snapshot, command: click.Command, *arguments: str) -> tuple[str, int]:
    done = CliRunner().invoke(command, [*arguments, "--snapshot", str(snapshot.path)])
    said = done.exception.detail if isinstance(done.exception, CityrightsError) else done.stderr
    return " ".join(said.split()), done.exit_code


def raised(call: Callable[[], object]) -> str:
    with pytest.raises(CityrightsError) as caught:
        call()
    return caught.value.detail


def disagreeing(words: str, doors: Mapping[str, str]) -> list[str]:
    return [f"{door} says {said!r}, not {words!r}" for door, said in doors.items() if words not in said]


def test_values_of_parameters(snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant, shipped: Server) -> None:
    wrong = []
    for (name, parameter, value), words in PARAMETERS.items():
        told, code = run(snapshot, query, "--name", name, "--param", f"{parameter}={value}")
        answer = shipped.client.get(f"/queries/{name}.json", params={parameter: value})
        doors = {
            "the command line": told,
            "Python": raised(lambda: graph.question(name, **{parameter: value})),  # noqa: B023
            "the assistant": problem(assistant.call("run_query", name=name, parameters={parameter: value}))["detail"],
            "HTTP": answer.json()["detail"],
        }
        wrong += disagreeing(words, doors)
        assert (code, answer.status_code) == (2, 400), (name, value)
    assert not wrong, "\n".join(wrong)


def test_queries_that_find_nothing(
    snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant, shipped: Server
) -> None:
    wrong = []
    for text, words in QUERIES.items():
        told, code = run(snapshot, query, text)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            assert not (graph.ask if text.startswith("ASK") else graph.select)(text)
        said = assistant.call("sparql", query=text)
        asked = {"query": with_prefixes(text), "part": "answer"}
        page = shipped.client.get("/sparql", params=asked, headers={"accept": "text/html"})
        doors = {
            "the command line": told,
            "Python": " ".join(str(one.message) for one in seen),
            "the assistant": (said.structured_content or {})["note"],
            "the workbench": page.text,
        }
        wrong += disagreeing(words, doors)
        assert code == 0, text
    assert not wrong, "\n".join(wrong)


def test_queries_that_are_none(
    snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant, shipped: Server
) -> None:
    wrong = []
    for text, words in WRONG.items():
        sent = shipped.client.get("/sparql", params={"query": text}, headers={"accept": "application/*"})
        page = shipped.client.get("/sparql", params={"query": text, "part": "answer"}, headers={"accept": "text/html"})
        doors = {
            "the command line": run(snapshot, query, text)[0],
            "Python": raised(lambda: graph.select(text)),  # noqa: B023
            "the assistant": problem(assistant.call("sparql", query=text))["detail"],
        }
        if "cr:" not in text.replace("crr:", ""):
            doors |= {"HTTP": sent.json()["detail"], "the workbench": page.json()["detail"]}
        wrong += disagreeing(words, doors)
    assert not wrong, "\n".join(wrong)


def test_names_of_things(snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant) -> None:
    wrong = []
    for name, words in THINGS.items():
        doors = {
            "describe": run(snapshot, describe, name)[0],
            "connect": run(snapshot, connect_command, name, "gwangju")[0],
            "Python": raised(lambda: graph.explain(name, "gwangju")),  # noqa: B023
            "Python's names": raised(lambda: graph.names.find(name)),  # noqa: B023
            "the assistant's describe": problem(assistant.call("describe", thing=name))["detail"],
            "the assistant's explain": problem(assistant.call("explain_connection", a=name, b="gwangju"))["detail"],
        }
        wrong += disagreeing(words, doors)
    assert not wrong, "\n".join(wrong)


def test_themes_of_neighbours(snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant) -> None:
    """A theme is named by its word alone, its short name or its IRI; and a misspelt one is told in the same words."""
    words = "theme:hausing: nothing that a place has is about this, or of this kind; did you mean theme:housing?"
    doors = {
        "the command line": run(snapshot, neighbours_command, "utrecht", "--theme", "hausing")[0],
        "Python": raised(lambda: graph.neighbours("utrecht", themes=["hausing"])),
        "the assistant": problem(assistant.call("neighbours", place="utrecht", themes=["hausing"]))["detail"],
    }
    assert not disagreeing(words, doors)
    near = [one.place.iri.value for one in graph.neighbours("utrecht", themes=["housing"])]
    assert near
    for name in (
        "housing",
        "Housing",
        "theme:housing",
        "theme/housing",
        "https://w3id.org/cityrights/id/theme/housing",
    ):
        assert [one.place.iri.value for one in graph.neighbours("utrecht", themes=[name])] == near, name
        answer = assistant.call("neighbours", place="utrecht", themes=[name]).structured_content or {}
        assert [one["iri"] for one in answer.get("neighbours", ())] == near, name


def test_names_of_questions_and_of_terms(snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant) -> None:
    words = "here is no question 'institution-of-a-kind'; did you mean institutions-of-a-kind"
    with pytest.raises(KeyError) as caught:
        graph.question("institution-of-a-kind")
    doors = {
        "the command line": run(snapshot, query, "--name", "institution-of-a-kind")[0],
        "Python": str(caught.value),
        "the assistant": problem(assistant.call("run_query", name="institution-of-a-kind"))["detail"],
    }
    assert not disagreeing(words, doors)
    assert str(caught.value)[0] == "t", "no quotation marks around it"
    said = text_of(assistant.call("schema", containing="practise"))
    assert "No class or property has “practise” in its name or meaning; did you mean cr:Practice" in said


def test_kinds_and_places_over_http(shipped: Server) -> None:
    told = {
        "/search.json?q=x&kind=citty": "Did you mean city?",
        "/fr/search.json?q=x&kind=citty": "city",
        "/suggest?q=x&kind=citty": "Did you mean city?",
        "/compare.json?city=utrech&city=lyon": "Did you mean utrecht?",
    }
    answers = {path: shipped.client.get(path, headers={"accept": "application/json"}) for path in told}
    wrong = [
        f"{path}: {answers[path].text}" for path, words in told.items() if words not in answers[path].json()["detail"]
    ]
    assert not wrong, "\n".join(wrong)
    assert {answer.status_code for answer in answers.values()} == {400}


def test_a_name_is_the_same_thing_to_every_door(
    snapshot: Snapshot, graph: KnowledgeGraph, assistant: Assistant
) -> None:
    iri = "https://w3id.org/cityrights/id/city/utrecht"
    for name in ("utrecht", "Utrecht", "city:utrecht", "city/utrecht", iri):
        assert graph.names.find(name) == iri
        assert graph.connections.find(name) == iri, name
        done = CliRunner().invoke(describe, [name, "--snapshot", str(snapshot.path), "--format", "nt"])
        assert f"<{iri}> " in done.stdout, name
        described = assistant.call("describe", thing=name).structured_content or {}
        assert described["iri"] == iri
    assert graph.names.find("kind:council").endswith("/kind/council")
    assert graph.names.find("council") == graph.names.find("kind:council")
