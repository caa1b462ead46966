"""What can be read beside the tools, and the prompts."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest
from mcp_types import TextResourceContents

import cityrights
from cityrights.home import home
from cityrights.library.queries import library, with_prefixes
from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Assistant


def read(assistant: Assistant, uri: str) -> TextResourceContents:
    found = assistant.ask("read_resource", uri).contents
    assert len(found) == 1
    assert isinstance(found[0], TextResourceContents)
    return found[0]


def test_all_resources_are_listed_and_can_be_read(each: Assistant) -> None:
    listed = each.ask("list_resources").resources
    names = {query.name for query in library(home() / "queries" / "explore")}
    assert {one.uri for one in listed} == {
        "cityrights://dataset",
        "cityrights://void",
        "cityrights://ontology",
        *(f"cityrights://queries/{name}" for name in names),
    }
    for one in listed:
        assert one.title, one.uri
        assert one.description, one.uri
    assert [one.uri_template for one in each.ask("list_resource_templates").resource_templates] == [
        "cityrights://id/{kind}/{+slug}"
    ]


def test_the_data_set_says_its_version_and_licence(each: Assistant, snapshot: Snapshot) -> None:
    found = json.loads(read(each, "cityrights://dataset").text)
    assert found["version"] == snapshot.version
    assert found["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    with cityrights.open(snapshot.path) as kg:
        assert found["cite"] == kg.cite(), "an assistant cites as everybody does"


@pytest.mark.parametrize(
    ("uri", "subject"),
    [
        ("cityrights://void", "https://w3id.org/cityrights/dataset"),
        ("cityrights://ontology", "https://w3id.org/cityrights/ontology#Practice"),
        ("cityrights://id/city/grenoble", "https://w3id.org/cityrights/id/city/grenoble"),
        ("cityrights://id/claim/twenty-practices/24", "https://w3id.org/cityrights/id/claim/twenty-practices/24"),
    ],
)
def test_what_is_turtle_is_turtle(each: Assistant, uri: str, subject: str) -> None:
    found = read(each, uri)
    assert found.mime_type == "text/turtle"
    assert subject in {quad.subject.value for quad in ox.parse(found.text.encode(), format=ox.RdfFormat.TURTLE)}


def test_a_query_is_read_as_it_can_be_run_anywhere(assistant: Assistant) -> None:
    for query in library(home() / "queries" / "explore"):
        assert read(assistant, f"cityrights://queries/{query.name}").text == with_prefixes(query.text)


def test_prompts_ask_for_evidence(each: Assistant) -> None:
    prompts = {one.name: one for one in each.ask("list_prompts").prompts}
    assert set(prompts) == {"answer-with-evidence", "compare-places"}
    for one in prompts.values():
        assert one.title
        assert one.description
        assert all(argument.required and argument.description for argument in one.arguments)
    found = each.ask("get_prompt", "compare-places", {"a": "utrecht", "b": "gwangju"})
    assert found.messages[0].content.text.startswith("Compare utrecht and gwangju")
    assert "claim's IRI" in found.messages[0].content.text
