"""Each tool, over each transport: what it answers for programs and in words, and what it says of a wrong request."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import Any

import pytest
from mcp_types import CallToolResult, TextContent

from cityrights.api import KnowledgeGraph
from cityrights.home import home
from cityrights.library.queries import library
from cityrights.library.running import answer, value_of
from cityrights.mcp.toolkit import PROBLEM
from cityrights.resources.model import CLAIM_SCHEMA
from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Assistant

TOOLS = {
    "search",
    "describe",
    "why",
    "explain_connection",
    "neighbours",
    "list_queries",
    "show_query",
    "run_query",
    "sparql",
    "schema",
}
CLAIM = "https://w3id.org/cityrights/id/claim/"


def told(answer: CallToolResult) -> dict[str, Any]:
    """Return what an answer has for programs."""
    assert not answer.is_error, text(answer)
    assert isinstance(answer.structured_content, dict)
    return answer.structured_content


def text(answer: CallToolResult) -> str:
    """Return an answer in words."""
    assert len(answer.content) == 1
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


def problem(answer: CallToolResult) -> dict[str, Any]:
    """Return what is wrong."""
    assert answer.is_error, text(answer)
    assert answer.structured_content is None
    assert answer.meta is not None
    found: dict[str, Any] = answer.meta[PROBLEM]
    assert found["detail"] in text(answer)
    return found


def test_every_tool_says_what_it_is_and_changes_nothing(each: Assistant) -> None:
    tools = each.ask("list_tools").tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.title, tool.name
        assert len(tool.description or "") > 40, tool.name
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        for name, schema in tool.input_schema["properties"].items():
            assert "description" in schema, f"{tool.name}: {name}"
        assert {"version", "licence"} <= set(tool.output_schema["properties"]), tool.name


def test_what_every_conversation_begins_with_is_short(assistant: Assistant) -> None:
    """An assistant carries the list of tools through all of a conversation, and the schema from when it asks for it."""
    tools = assistant.ask("list_tools").tools
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    assert len(json.dumps(listed, separators=(",", ":"))) < 1_700 * len(tools)
    schema = assistant.call("schema")
    assert len(text(schema).encode()) + len(json.dumps(told(schema), ensure_ascii=False).encode()) < 38_000
    left_out = told(schema)["leftOut"]
    assert left_out > 50
    assert f"{left_out} more terms" in text(schema)
    whole = told(assistant.call("schema", containing="void:"))  # what was left out is told when it is asked for
    assert "void:entities" in {one["name"] for one in whole["properties"]}
    assert "void:entities" not in {one["name"] for one in told(schema)["properties"]}
    brief = {one["name"]: one for one in told(schema)["classes"]}["cr:Kind"]["definition"]
    long = {one["name"]: one for one in told(assistant.call("schema", containing="cr:Kind"))["classes"]}["cr:Kind"]
    assert long["definition"].startswith(brief)
    assert len(long["definition"]) > 2 * len(brief)


def test_the_server_says_how_it_wants_to_be_used(each: Assistant) -> None:
    assert each.client.server_info is not None
    assert each.client.server_info.name == "cityrights"
    assert "Cite the IRI of the claim" in (each.client.instructions or "")


def test_search_forgives_typing_errors(each: Assistant, snapshot: Snapshot) -> None:
    answer = each.call("search", text="grenobel", kinds=["city"], limit=3)
    found = told(answer)
    assert found["match"] == "near"
    assert found["suggestion"] == "Grenoble"
    assert found["results"][0]["key"] == "city:grenoble"
    assert found["version"] == snapshot.version
    assert "- Grenoble (city:grenoble; city, France)" in text(answer)
    assert f"version {snapshot.short}" in text(answer)


def test_search_says_how_to_get_the_rest(assistant: Assistant) -> None:
    first = told(assistant.call("search", text="migrants", limit=5))
    assert first["nextOffset"] == 5 < first["total"]
    assert "TRUNCATED: ask again with offset=5" in text(assistant.call("search", text="migrants", limit=5))
    second = told(assistant.call("search", text="migrants", limit=5, offset=5))
    assert not {hit["iri"] for hit in first["results"]} & {hit["iri"] for hit in second["results"]}


@pytest.mark.parametrize("name", ["city/grenoble", "city:grenoble", "https://w3id.org/cityrights/id/city/grenoble"])
def test_a_thing_is_described_by_any_of_its_names(assistant: Assistant, name: str) -> None:
    assert told(assistant.call("describe", thing=name))["label"] == "Grenoble"


def test_what_was_decided_is_told_with_its_reason_and_what_is_preferred_comes_first(assistant: Assistant) -> None:
    answer = assistant.call("describe", thing="award:iopd-distinction-taoyuan")
    years = [one for one in told(answer)["statements"] if one["property"]["iri"].endswith("#year")]
    assert [one["value"]["text"] for one in years] == ["2018", "2017"]
    reasons = [[proof["reason"] for proof in one["evidence"] if proof.get("reason")] for one in years]
    assert [len(each) for each in reasons] == [1, 0]
    assert f"decided by the editors: “{reasons[0][0]}”" in text(answer)
    assert reasons[0][0].startswith("Who gives an award knows")


def test_statements_carry_their_evidence(each: Assistant) -> None:
    answer = each.call("describe", thing="institution:gwangju-ombudsperson-system")
    found = told(answer)
    kind = next(one for one in found["statements"] if one["value"].get("iri", "").endswith("/kind/ombudsperson"))
    cited = {one["iri"] for one in kind["evidence"] if one["origin"] == "claim"}
    claims = {claim["iri"]: claim for claim in found["claims"]}
    assert cited
    assert cited <= set(claims)
    for iri in cited:
        assert iri.startswith(CLAIM)
        assert claims[iri]["modality"]["label"] == "Asserted"
        assert claims[iri]["firstLine"] <= claims[iri]["lastLine"]
        assert claims[iri]["source"]["label"]
        assert {*claims[iri]} == {"iri", *CLAIM_SCHEMA["required"]}, "as everywhere; iri is what it was called before"
        line = f"[{claims[iri]['number']}] “{claims[iri]['text']}” — Asserted; "
        assert line in text(answer)


def test_what_points_to_a_thing_is_told(assistant: Assistant) -> None:
    incoming = {
        one["property"]["label"]: one for one in told(assistant.call("describe", thing="theme:housing"))["incoming"]
    }
    assert incoming["theme"]["total"] >= len(incoming["theme"]["things"]) > 0


def test_derived_statements_come_when_they_are_asked_for(assistant: Assistant) -> None:
    some, all_of_them = (told(assistant.call("describe", thing="city:grenoble", derived=one)) for one in (False, True))
    assert some["derivedLeftOut"] == len(all_of_them["statements"]) - len(some["statements"]) > 0
    assert all_of_them["derivedLeftOut"] == 0


def test_labels_come_in_the_language_that_is_asked_for(assistant: Assistant) -> None:
    assert told(assistant.call("describe", thing="country:france", language="es"))["label"] == "Francia"


def test_a_connection_is_explained_hop_by_hop(each: Assistant, graph: KnowledgeGraph) -> None:
    answer = each.call("explain_connection", a="utrecht", b="city:gwangju")
    found = told(answer)
    assert found["connected"]
    claims = {claim["iri"] for claim in found["claims"]}
    hops = [hop for reason in found["reasons"] for path in reason["paths"] for hop in path["hops"]]
    assert hops
    assert all(hop["evidence"] for hop in hops)
    assert {one["iri"] for hop in hops for one in hop["evidence"] if one["origin"] == "claim"} == claims
    story = graph.explain(graph.connections.find("utrecht"), graph.connections.find("gwangju"))
    assert [one["sentence"] for one in found["reasons"]] == [because.sentence for because in story.because]
    assert all(f"## {because.sentence}" in text(answer) for because in story.because)


def test_neighbours_are_those_of_the_graph(each: Assistant, graph: KnowledgeGraph) -> None:
    found = told(each.call("neighbours", place="barcelona", limit=5))["neighbours"]
    near = graph.connections.neighbours(graph.connections.find("barcelona"), 5)
    assert [one["iri"] for one in found] == [one.place for one in near]
    assert all(one["reasons"] for one in found)


def test_neighbours_can_be_narrowed(assistant: Assistant) -> None:
    found = told(assistant.call("neighbours", place="barcelona", themes=["theme:participation"], limit=50))
    assert (
        0
        < len(found["neighbours"])
        < len(told(assistant.call("neighbours", place="barcelona", limit=50))["neighbours"])
    )


def test_the_library_is_listed_with_typed_parameters(each: Assistant) -> None:
    known = {query.name: query for query in library(home() / "queries" / "explore")}
    found = told(each.call("list_queries"))
    assert {one["name"] for one in found["questions"]} == set(known)
    kind = next(one for one in found["questions"] if one["name"] == "institutions-of-a-kind")["parameters"][0]
    assert (kind["name"], kind["type"], kind["ofClass"]) == ("kind", "iri", "cr:Kind")
    few = told(each.call("list_queries", containing="council kind"))
    assert 0 < few["total"] < found["total"]
    tagged = told(each.call("list_queries", tag="awards"))
    assert tagged["total"] == found["tags"]["awards"]


def test_a_question_shows_its_query(assistant: Assistant) -> None:
    found = told(assistant.call("show_query", name="institutions-of-a-kind", language="fr"))
    assert found["question"]["title"] == "Institutions d’un type"
    assert 'LANG(?placeLabel) = "fr"' in found["sparql"]
    assert found["sparql"].startswith("PREFIX ")


def cells(rows: list[dict[str, Any]], columns: list[str]) -> list[list[str]]:
    """Return rows as CSV has them."""
    return [
        [row[name].get("iri", row[name].get("text", "")) if name in row else "" for name in columns] for row in rows
    ]


def test_a_question_has_the_rows_that_the_command_line_prints(each: Assistant, snapshot: Snapshot) -> None:
    found = told(each.call("run_query", name="institutions-of-a-kind", parameters={"kind": "kind:council"}))
    program = "from cityrights.cli import main; main()"
    asked = ["query", "-n", "institutions-of-a-kind", "-p", "kind=kind:council", "--snapshot", str(snapshot.path)]
    printed = subprocess.run([sys.executable, "-c", program, *asked], capture_output=True, text=True, check=True)
    header, *lines = csv.reader(printed.stdout.splitlines())
    assert found["columns"] == header
    assert cells(found["rows"], header) == lines
    assert lines
    assert found["total"] == len(lines)
    assert found["cite"].endswith(snapshot.short)


@pytest.mark.parametrize("name", sorted(path.stem for path in (home() / "queries" / "explore").glob("*.rq")))
def test_every_question_has_the_rows_that_the_engine_gives(
    assistant: Assistant, graph: KnowledgeGraph, name: str
) -> None:
    query = next(one for one in library(home() / "queries" / "explore") if one.name == name)
    expected = answer(graph.engine, query, {one.name: value_of(one) for one in query.parameters}, "en")
    found = told(assistant.call("run_query", name=name, limit=500))
    assert found["columns"] == list(expected.columns)
    assert found["total"] == len(expected.rows)
    plain = [[str(row[column]) if column in row else "" for column in expected.columns] for row in expected.rows[:500]]
    assert cells(found["rows"], found["columns"]) == plain


def test_parts_of_an_answer_say_that_they_are_parts(each: Assistant) -> None:
    whole = told(each.call("run_query", name="ties-as-a-graph", limit=500))
    first = each.call("run_query", name="ties-as-a-graph", limit=10)
    found = told(first)
    assert found["total"] == whole["total"] > 10
    assert (found["truncated"], found["nextOffset"]) == (True, 10)
    assert f"{whole['total']:,} triples; shown are 1 to 10. TRUNCATED: ask again with offset=10" in text(first)
    rows: list[Any] = []
    offset: int | None = 0
    while offset is not None:
        page = told(each.call("run_query", name="ties-as-a-graph", limit=7, offset=offset))
        rows += page["rows"]
        offset = page.get("nextOffset")
    assert rows == whole["rows"]


def test_sparql_needs_no_prefixes(each: Assistant) -> None:
    found = told(each.call("sparql", query="SELECT ?p { ?p a cr:Practice } ORDER BY ?p", limit=2))
    assert [row["p"]["iri"] for row in found["rows"]] == sorted(row["p"]["iri"] for row in found["rows"])
    assert (found["form"], found["total"] > 2, found["totalIsExact"]) == ("select", True, True)
    assert found["sparql"].startswith("PREFIX cr: <https://w3id.org/cityrights/ontology#>")


def test_why_is_told_down_to_the_lines(each: Assistant) -> None:
    answer = each.call("why", thing="practice:utrecht-plan-einstein", predicate="country", value="netherlands")
    (witness,) = told(answer)["statement"]["witnesses"]
    assert (witness["kind"], witness["rule"]) == ("rule", "countries")
    assert {one["witnesses"][0]["kind"] for one in witness["from"][0] if "witnesses" in one} >= {"claim"}
    assert "rule countries" in text(answer)
    assert "claim A0" in text(answer)
    wrong = problem(each.call("why", thing="utrecht", predicate="country", value="country:france"))
    assert wrong["kind"] == "not-stated"
    assert wrong["near"] == ["city:utrecht cr:country country:netherlands"]


def test_sparql_says_who_says_so_of_counts_too(assistant: Assistant) -> None:
    query = "SELECT (COUNT(?p) AS ?n) { ?p a cr:Practice ; rdfs:label ?l }"
    found = told(assistant.call("sparql", query=query, who_says=True))
    assert found["columns"][:3] == ["n", "witness", "source"]
    assert "names, for which editors answer" in found["note"]
    assert problem(assistant.call("sparql", query="DESCRIBE city:utrecht", who_says=True))["kind"] == "no-evidence"


def test_sparql_without_rows_says_why_and_what_would_have_some(assistant: Assistant) -> None:
    found = told(assistant.call("sparql", query="SELECT ?i { ?i a cr:Institution ; cr:kind kind:office }"))
    assert found["rows"] == []
    assert "cr:kind/skos:broader* kind:office" in found["note"]
    assert not told(assistant.call("sparql", query="SELECT ?i { ?i a cr:Institution }")).get("note")
    query = "SELECT ?i { ?i a cr:Institution ; cr:kind kind:office }"
    assert "lignes: SELECT" in told(assistant.call("sparql", query=query, language="fr"))["note"]
    wrong = problem(assistant.call("sparql", query="SELECT ?p {\n  ?p a cr:Practice FILTER(?p > ) }", who_says=True))
    assert (wrong["kind"], wrong["line"]) == ("query-syntax", 2)


def test_sparql_has_the_rows_of_the_python_api(assistant: Assistant, graph: KnowledgeGraph) -> None:
    query = "SELECT ?place ?label ?lat { ?place a cr:City ; rdfs:label ?label ; wgs:lat ?lat } ORDER BY ?place ?label"
    found = told(assistant.call("sparql", query=query, limit=500))
    expected = [[row["place"], row["label"], f"{row['lat']}"] for row in graph.select(query)]
    assert cells(found["rows"], found["columns"]) == expected
    assert len(expected) > 50


def test_sparql_counts_only_so_far_and_says_so(assistant: Assistant) -> None:
    answer = assistant.call("sparql", query="SELECT ?s ?p ?o { ?s ?p ?o }", limit=3)
    found = told(answer)
    assert (found["total"], found["totalIsExact"], found["truncated"]) == (10_000, False, True)
    assert "more than 10,000 rows" in text(answer)


def test_yes_no_and_graphs(each: Assistant) -> None:
    assert told(each.call("sparql", query="ASK { ?s a cr:Practice }"))["boolean"] is True
    assert told(each.call("sparql", query="ASK { ?s a cr:Nothing }"))["boolean"] is False
    graph = told(each.call("sparql", query="CONSTRUCT WHERE { ?s a cr:Pillar }"))
    assert (graph["columns"], graph["total"], graph["form"]) == (["subject", "predicate", "object"], 3, "construct")


def test_the_schema_tells_what_there_is(each: Assistant, graph: KnowledgeGraph) -> None:
    found = told(each.call("schema"))
    classes = {one["name"]: one for one in found["classes"]}
    assert classes["cr:Practice"]["definition"]
    count = graph.select("SELECT (COUNT(?p) AS ?n) { ?p a cr:Practice }")[0]["n"]
    assert classes["cr:Practice"]["count"] == count
    assert {one["name"]: one for one in found["properties"]}["cr:modality"]["domain"] == "cr:Claim"
    assert found["prefixes"]["cr"] == "https://w3id.org/cityrights/ontology#"
    for example in found["examples"]:
        assert told(each.call("sparql", query=example))["total"] > 0, example


def test_the_schema_can_be_narrowed(assistant: Assistant) -> None:
    found = told(assistant.call("schema", containing="modality"))
    assert [one["name"] for one in found["classes"]] == ["cr:Modality"]


def test_answers_stay_of_a_size_that_can_be_read(assistant: Assistant) -> None:
    some = [
        assistant.call("describe", thing="source:twenty-practices"),
        assistant.call("describe", thing="theme:participation"),
        assistant.call("explain_connection", a="barcelona", b="quito"),
        assistant.call("schema"),
        assistant.call("list_queries"),
    ]
    for one in some:
        assert len(text(one)) < 40_000
        assert len(json.dumps(told(one))) < 80_000
