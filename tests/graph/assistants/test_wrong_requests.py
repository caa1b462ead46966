"""What a wrong request is told: what is wrong, where, and what would do; and that the server is as good as before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from mcp import MCPError
from mcp_types import CallToolResult

from tests.graph.assistants.conftest import SECONDS, Assistant
from tests.graph.assistants.test_tools import problem, text, told
from tests.support import HANG

#: Counts more combinations than any time suffices for.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.mark.parametrize(
    ("tool", "arguments", "kind", "words"),
    [
        (
            "describe",
            {"thing": "city/atlantis"},
            "unknown-thing",
            "the graph says nothing of it; did you mean city:atlanta?",
        ),
        ("describe", {"thing": "city of dreams"}, "unknown-thing", "write an IRI, or a name such as city:utrecht"),
        ("describe", {"thing": "utrech"}, "unknown-thing", "did you mean city:utrecht"),
        ("describe", {"thing": "http://["}, "unknown-thing", "write an IRI"),
        ("describe", {"thing": "https://e.example/><script>"}, "unknown-thing", "the graph says nothing of it"),
        ("explain_connection", {"a": "utrecht", "b": "gwanju"}, "unknown-thing", "did you mean city:gwangju?"),
        ("explain_connection", {"a": "utrecht", "b": "utrecht"}, "unknown-thing", "choose two"),
        ("neighbours", {"place": "nowhere at all"}, "unknown-thing", "no such place has practices"),
        (
            "neighbours",
            {"place": "utrecht", "themes": ["theme:nothing"]},
            "unknown-thing",
            "theme:nothing: nothing that a place has is about this",
        ),
        ("show_query", {"name": "institutions-of-kind"}, "unknown-query", "did you mean institutions-of-a-kind"),
        ("run_query", {"name": "../../etc/passwd"}, "unknown-query", "There is no question"),
        ("search", {"text": "   "}, "empty-text", "give some words"),
    ],
)
def test_what_is_not_there_is_said(
    each: Assistant, tool: str, arguments: dict[str, Any], kind: str, words: str
) -> None:
    found = problem(each.call(tool, **arguments))
    assert found["kind"] == kind
    assert words in found["detail"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"kind": "city:utrecht"}, "‘city:utrecht’ is not known here as: Kind."),
        ({"kind": "kind:no-such-kind"}, "‘kind:no-such-kind’ is not known here as: Kind. Did you mean"),
        ({"kind": "nope:council"}, "‘nope:council’ is not known here as: Kind. Did you mean kind:council?"),
        ({"kind": "> } DELETE WHERE { ?s ?p ?o } #"}, "This is no address of a thing."),
        ({"kind": ""}, "A value is missing here."),
        ({"city": "city:utrecht"}, "This question has no ‘city’. It has: kind."),
    ],
)
def test_a_wrong_parameter_is_named(assistant: Assistant, parameters: dict[str, str], words: str) -> None:
    found = problem(assistant.call("run_query", name="institutions-of-a-kind", parameters=parameters))
    assert found["kind"] == "wrong-parameters"
    assert words in found["detail"]
    assert set(found["parameters"]) == set(parameters)


def test_a_syntax_error_says_where_in_the_text_that_was_written(each: Assistant) -> None:
    found = problem(each.call("sparql", query="SELECT ?s {\n  ?s rdfs:label ?o\n  FILTER\n}"))
    assert found["kind"] == "query-syntax"
    assert (found["line"], found["excerpt"].splitlines()[0]) == (4, "}")
    assert "(line 4, column " in found["detail"]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("INSERT DATA { <a:a> <a:a> <a:a> }", "read-only"),
        ("\n  DROP ALL", "read-only"),
        ("SELECT ?p { ?p a cr:Practice . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "federation-off"),
        ("SELECT ?x { ?x nope:label ?y }", "unknown-prefix"),
        ("SELECT (<http://e.example/f>(1) AS ?x) {}", "unknown-function"),
        ("SELECT * {" + "{" * 200 + "}" * 200 + "}", "query-too-complex"),
        ("", "query-syntax"),
    ],
)
def test_what_the_service_refuses_is_refused_here(each: Assistant, query: str, kind: str) -> None:
    found = problem(each.call("sparql", query=query))
    assert found["kind"] == kind
    if "line" in found:
        assert 1 <= found["line"] <= query.count("\n") + 1


def test_the_place_of_a_refusal_is_that_in_the_text(assistant: Assistant) -> None:
    query = "SELECT ?p {\n ?p a cr:Practice .\n SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
    found = problem(assistant.call("sparql", query=query))
    assert (found["line"], found["column"]) == (3, 2)
    assert "(line 3, column 2)" in found["detail"]


@pytest.mark.parametrize("query", ["SELECT ?s { ?s ?p ?o }", "ASK {}"])
def test_a_byte_order_mark_or_odd_characters_do_no_harm(assistant: Assistant, query: str) -> None:
    assert told(assistant.call("sparql", query="\ufeff" + query))["form"] in ("select", "ask")
    assert problem(assistant.call("sparql", query=query + "\x00"))["kind"] == "query-syntax"


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        ("search", {}, "text: Field required"),
        ("search", {"text": "x", "limit": 0}, "limit: "),
        ("search", {"text": "x", "kinds": ["dragon"]}, "kinds.0: "),
        ("search", {"text": "x" * 501}, "text: "),
        ("search", {"text": "x", "query": "y"}, "there is no 'query'"),
        ("neighbours", {"place": "city:utrecht", "theme": "theme:housing"}, "there is no 'theme'"),
        ("describe", {"thing": "city:utrecht", "language": "de"}, "language: "),
        ("sparql", {"query": "ASK {}", "limit": 100_000}, "limit: "),
        ("run_query", {"name": "councils", "parameters": {"kind": ["a", "b"]}}, "parameters.kind"),
    ],
)
def test_arguments_are_held_to_the_schema(
    assistant: Assistant, tool: str, arguments: dict[str, Any], named: str
) -> None:
    found = problem(assistant.call(tool, **arguments))
    assert found["kind"] == "malformed-arguments"
    assert named in found["detail"]
    assert "http" not in found["detail"]
    assert told(assistant.call("sparql", query="ASK {}"))["boolean"] is True


def test_an_unknown_tool_is_an_error(each: Assistant) -> None:
    answer = each.call("drop_everything")
    assert answer.is_error
    assert "drop_everything" in text(answer)


@pytest.mark.parametrize("uri", ["cityrights://queries/nothing", "cityrights://id/city/atlantis", "file:///etc/passwd"])
def test_an_unknown_resource_is_an_error(each: Assistant, uri: str) -> None:
    with pytest.raises(MCPError) as raised:
        each.ask("read_resource", uri)
    assert raised.value.code == -32602
    assert "Traceback" not in str(raised.value)


def test_an_endless_query_ends_at_the_limit_and_the_server_goes_on(connect: Callable[[str], Assistant]) -> None:
    clients = [connect(way) for way in ("stdio-auto", "http-legacy")]
    seen: dict[int, list[tuple[float, str | None]]] = {number: [] for number in range(len(clients))}

    async def ask(number: int) -> CallToolResult:
        async def note(progress: float, total: float | None, message: str | None) -> None:
            seen[number].append((progress, message))

        return await clients[number].client.call_tool("sparql", {"query": ENDLESS}, progress_callback=note)

    began = time.monotonic()
    begun = [client.portal.start_task_soon(ask, number) for number, client in enumerate(clients)]
    for number, (client, one) in enumerate(zip(clients, begun, strict=True)):
        found = problem(one.result(HANG))
        assert found["kind"] == "query-timeout"
        assert found["limitSeconds"] == SECONDS
        assert time.monotonic() - began >= SECONDS
        spent = [done for done, _ in seen[number]]
        assert spent == sorted(set(spent))
        assert any(message and f"of at most {SECONDS:g} s" in message for _, message in seen[number])
        assert told(client.call("sparql", query="ASK {}"))["boolean"] is True


def test_a_query_that_needs_too_much_memory_is_told_so(assistant: Assistant) -> None:
    query = "SELECT DISTINCT (CONCAT(STR(?a), STR(?d), STR(?g)) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?x"
    assert problem(assistant.call("sparql", query=query))["kind"] in ("query-memory", "query-timeout")
    assert told(assistant.call("sparql", query="ASK {}"))["boolean"] is True
