"""The description of what programs can read: it is true of every address in it, whatever is asked there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityrights.home import home
from cityrights.indexes.facets import LISTS
from cityrights.library.queries import library
from cityrights_web.words import CATALOGUE
from tests.servers import Server
from tests.web.house import House
from tests.web.test_versions import data as springfield

NAMES = [query.name for query in library(home() / "queries" / "explore")]
PATHS = [
    *(f"/queries/{name}.{{format}}" for name in NAMES), *(f"/{name}.{{format}}" for name in LISTS), "/search.json",
    "/suggest", "/cite/dataset.{format}", "/sparql/vocabulary.json",
    "/version/{version}/dataset.{format}", "/changes.{format}", "/timemap/json/id/{kind}/{name}",
    "/timegate/id/{kind}/{name}", "/changes/ldes", "/queries.json", "/queries.ttl", "/map.geojson",
    "/compare.{format}", "/coverage.{format}", "/why.json",
    "/connections.{format}", "/connections/{place}.{format}", "/connections/{place}/{other}.{format}",
]  # fmt: skip


@pytest.fixture(scope="module")
def described(shipped: Server) -> dict[str, Any]:
    document: dict[str, Any] = shipped.get("/openapi.json").json()
    return document


def filled(path: str, placed: dict[str, str]) -> str:
    """Return a path with values in the place of its parameters."""
    return re.sub(r"{(\w+)}", lambda found: placed[found[1]], path)


def test_it_lists_every_question_and_list(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert list(described["paths"]) == PATHS
    ids = [each["get"]["operationId"] for each in described["paths"].values()]
    assert len(set(ids)) == len(ids)
    for path, each in described["paths"].items():
        placed = {value["name"] for value in each["get"]["parameters"] if value["in"] == "path"}
        assert placed == set(re.findall(r"{(\w+)}", path))
        assert all(value["required"] == (value["in"] == "path") for value in each["get"]["parameters"])


@pytest.mark.parametrize("path", PATHS)
def test_each_address_answers_as_it_is_described(shipped: Server, described: dict[str, Any], path: str) -> None:
    operation = described["paths"][path]["get"]
    (status,) = (each for each in operation["responses"] if each < "400")
    content = set(operation["responses"][status].get("content", ()))
    examples = {value["name"]: value["example"] for value in operation["parameters"] if "example" in value}
    formats = next((value["schema"]["enum"] for value in operation["parameters"] if value["name"] == "format"), [""])
    sent = {one["name"]: str(one["example"]) for one in operation["parameters"] if one["in"] == "header"}
    got = set()
    for form in formats:
        placed = {**examples, "format": form}
        asked: dict[str, str | list[str]] = {
            name: value for name, value in examples.items() if f"{{{name}}}" not in path and name not in sent
        }
        if path.startswith("/compare"):
            asked = {"city": ["utrecht", "barcelona"]}
        response = shipped.client.get(filled(path, placed), params=asked, headers=sent)
        assert response.status_code == int(status), response.text
        got.add(response.headers["content-type"].partition(";")[0])
    assert got == content or not content
    if path.startswith("/queries/"):
        answer = shipped.get(path.replace("{format}", "json")).json()
        assert set(described["components"]["schemas"]["Rows"]["required"]) <= set(answer)
        assert all(set(row) == set(answer["columns"]) for row in answer["rows"])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_that_is_asked_breaks_it(shipped: Server, described: dict[str, Any], data: st.DataObject) -> None:
    """Any value for any parameter: an answer, or a problem that the description knows."""
    path = data.draw(st.sampled_from(PATHS))
    operation = described["paths"][path]["get"]
    asked = []
    for value in operation["parameters"]:
        if value["in"] == "path":
            likely = value["schema"].get("enum") or [value["example"], "city/utrecht", "nowhere"]
            path = path.replace(
                f"{{{value['name']}}}", quote(data.draw(st.sampled_from([*likely, "exe", "è"])), safe="")
            )
        elif data.draw(st.booleans()):
            text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
            likely = st.sampled_from([str(value.get("example", "")), "0", "-1", "99999999999999999999", "kind:council"])
            asked.append((value["name"], data.draw(text | likely)))
    response = shipped.client.get(path, params=asked, headers={"Accept": "application/json"})
    assert str(response.status_code) in operation["responses"], (response.status_code, asked)
    if response.status_code >= 400:
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["detail"]


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_the_page_for_people_has_every_address_and_its_examples_work(shipped: Server, prefix: str) -> None:
    page = shipped.get(f"{prefix}/api", "text/html").text
    if prefix:  # nothing is left in English
        assert not set(re.findall(r">([^<>]+)</td></tr>", page)) & set(CATALOGUE["en"].queries.api_values.values())
    for path in PATHS:
        assert f"<code>GET {path}</code>" in page
    examples = re.findall(r': <a href="([^"]+)"><code>', page)
    assert len(examples) == len(PATHS)
    for address in examples if not prefix else examples[::7]:
        assert shipped.get(address.replace("&amp;", "&")).status_code == (302 if "/timegate/" in address else 200), (
            address
        )


def test_where_versions_are_recorded_it_tells_how_they_are_asked_by_time(
    tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, launch, monkeypatch)
    for name in ("Alpha", "Beta"):
        house.build(springfield(name))
    server = house.serve()
    paths = server.get("/openapi.json").json()["paths"]
    placed = {"kind": "city", "name": "springfield", "version": "2026.9"}
    for path, status in (
        ("/timemap/json/id/{kind}/{name}", 200), ("/timegate/id/{kind}/{name}", 302), ("/changes/ldes", 200),
    ):  # fmt: skip
        operation = paths[path]["get"]
        answer = server.get(filled(path, placed), accept_datetime="Thu, 01 Jan 2060 00:00:00 GMT")
        assert answer.status_code == status, path
        assert str(status) in operation["responses"], path
        assert (
            answer.headers["content-type"].partition(";")[0] in operation["responses"][str(status)].get("content", ())
            or status == 302
        )
    for path in paths:
        if "{version}" in path:
            answer = server.get(filled(path, {**placed, "format": "ttl"}))
            assert str(answer.status_code) in paths[path]["get"]["responses"], path
    assert server.get("/timemap/json/id/city/nowhere").status_code == 404
