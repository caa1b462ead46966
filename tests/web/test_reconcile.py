"""The reconciliation service, held against the shapes of the Reconciliation Service API 0.2."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cityrights.vocabulary import CR, ID
from tests.servers import Server

BATCH = {
    "q0": {"query": "Sao Paulo", "type": "City", "limit": 3},
    "q1": {"query": "utrech", "type": ["City", "Institution"], "type_strict": "any"},
    "q2": {"query": "Utrecht", "type": "City", "properties": [{"pid": "country", "v": "Brazil"}]},
    "q3": {"query": "Utrecht", "properties": [{"pid": "country", "v": {"id": "country/netherlands"}}]},
    "q4": {"query": "Utrecht", "type": "City", "properties": [{"pid": "population", "v": 361699}]},
    "q5": {"query": "qxzvwk"},
    "q6": {"properties": [{"pid": "country", "v": ["NL"]}]},
}


def post(server: Server, queries: object, path: str = "/reconcile", **headers: str) -> httpx.Response:
    text = queries if isinstance(queries, str) else json.dumps(queries)
    return server.client.post(path, data={"queries": text}, headers=headers)


def is_type(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value["id"], str) and isinstance(value["name"], str)


def test_the_manifest_has_what_the_specification_asks_for(shipped: Server) -> None:
    answer = shipped.get("/reconcile", Origin="https://openrefine.example")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    manifest = answer.json()
    assert "0.2" in manifest["versions"]
    assert manifest["identifierSpace"] == "https://w3id.org/cityrights/id/"
    assert manifest["schemaSpace"] == "https://w3id.org/cityrights/ontology#"
    for name in ("name", "documentation", "serviceVersion"):
        assert isinstance(manifest[name], str)
    types = manifest["defaultTypes"]
    assert all(is_type(one) for one in types)
    assert {"City", "Practice", "Institution", "Country"} <= {one["id"] for one in types}
    assert len({one["id"] for one in types}) == len(types)
    for name in ("view", "preview"):
        assert "{{id}}" in manifest[name]["url"]
        assert manifest[name]["url"].startswith(shipped.url)
    assert isinstance(manifest["preview"]["width"], int)
    assert isinstance(manifest["preview"]["height"], int)
    for service in manifest["suggest"].values():
        address = service["service_url"] + service["service_path"]
        assert shipped.client.get(address, params={"prefix": "c"}).json()["result"]


def test_a_batch_by_post_and_by_get_has_the_same_well_formed_answer(shipped: Server) -> None:
    posted = post(shipped, BATCH)
    assert posted.status_code == 200
    assert posted.headers["access-control-allow-origin"] == "*"
    answer = posted.json()
    assert shipped.client.get("/reconcile", params={"queries": json.dumps(BATCH)}).json() == answer
    assert set(answer) == set(BATCH)
    for found in answer.values():
        assert set(found) == {"result"}
        for candidate in found["result"]:
            assert isinstance(candidate["id"], str)
            assert isinstance(candidate["name"], str)
            assert isinstance(candidate["description"], str)
            assert 0 <= candidate["score"] <= 100
            assert isinstance(candidate["match"], bool)
            assert all(is_type(one) for one in candidate["type"])
            assert all(isinstance(one["value"], int | float) for one in candidate["features"])


def test_matches_types_countries_and_limits(shipped: Server) -> None:
    answer = {name: found["result"] for name, found in post(shipped, BATCH).json().items()}
    assert (answer["q0"][0]["id"], answer["q0"][0]["match"], answer["q0"][0]["score"]) == ("city/sao-paulo", True, 100)
    assert len(answer["q0"]) <= 3
    assert answer["q1"][0]["id"] == "city/utrecht"
    assert not answer["q1"][0]["match"]
    assert answer["q2"] == []
    assert answer["q3"][0]["id"] == "city/utrecht"
    assert answer["q4"][0]["match"]  # a property that narrows nothing
    assert answer["q5"] == answer["q6"] == []


def test_names_are_in_the_language_of_the_address(shipped: Server) -> None:
    answer = post(shipped, {"a": {"query": "Uruguay", "type": "Country"}}, "/fr/reconcile").json()
    assert "Pays" in [one["name"] for one in answer["a"]["result"][0]["type"]]


CELLS: dict[str, Any] = {
    "number": {"query": 987654321},
    "null": {"query": None},
    "boolean": {"query": True},
    "list": {"query": ["Utrecht"]},
    "object": {"query": {"name": "Utrecht"}},
    "long": {"query": "x" * 1_001},
    "no query": 1,
    "no object": None,
    "limit": {"query": "Utrecht", "limit": 0},
    "limit in words": {"query": "Utrecht", "limit": "x"},
    "limit true": {"query": "Utrecht", "limit": True},
    "strictness": {"query": "Utrecht", "type_strict": "maybe"},
    "type": {"query": "Utrecht", "type": {}},
    "types": {"query": "Utrecht", "type": ["City"] * 100, "type_strict": "all"},
    "unknown type": {"query": "Utrecht", "type": "Nothing"},
    "properties": {"query": "Utrecht", "properties": [1]},
    "properties in words": {"query": "Utrecht", "properties": "x"},
    "countries": {"query": "Utrecht", "properties": [{"pid": "country", "v": ["NL"] * 100}]},
    "many countries": {"query": "Utrecht", "properties": [{"pid": "country", "v": "NL"}] * 100},
    "a list of lists": {"query": "Utrecht", "properties": [{"pid": "country", "v": [["NL"]]}]},
}
FINE: dict[str, Any] = {
    "an empty country": {"query": "Utrecht", "properties": [{"pid": "country", "v": None}]},
    "no value": {"query": "Utrecht", "properties": [{"pid": "country"}]},
    "an unknown property": {"query": "Utrecht", "properties": [{"pid": "nothing", "v": {"x": []}}]},
    "no properties": {"query": "Utrecht", "properties": None},
    "the last": {"query": "Utrecht"},
}


def test_a_bad_cell_has_no_candidates_and_the_others_have_theirs(shipped: Server) -> None:
    answer = post(shipped, {**CELLS, **FINE})
    assert answer.status_code == 200
    found = answer.json()
    assert list(found) == [*CELLS, *FINE]
    assert {name: found[name] for name in CELLS if found[name] != {"result": []}} == {}
    for name in FINE:
        assert found[name]["result"][0]["id"] == "city/utrecht", name


@pytest.mark.parametrize(
    "queries",
    [
        "", "{", "[]", '"x"', json.dumps({f"q{n}": {"query": "Rathaus " * 100} for n in range(100)}),
        json.dumps({f"q{n}": {"query": "a"} for n in range(300)}),
    ],
)  # fmt: skip
def test_a_batch_that_is_none_is_refused_in_words(shipped: Server, queries: str) -> None:
    answer = post(shipped, queries)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20


def test_other_bodies_and_other_paths_take_no_post(shipped: Server) -> None:
    assert shipped.client.post("/reconcile", json=BATCH).status_code == 415
    assert shipped.client.post("/search", data={"q": "x"}).status_code == 405
    assert "POST" in shipped.client.options("/reconcile").headers["access-control-allow-methods"]
    assert shipped.client.post("/reconcile", data={"queries": "x" * 1_100_000}).status_code == 413


def test_suggestions_have_the_shape_of_the_specification(shipped: Server) -> None:
    entities = shipped.get("/reconcile/suggest/entity?prefix=utr").json()["result"]
    assert entities[0]["id"] == "city/utrecht"
    assert all(is_type(one) for one in entities[0]["notable"])
    types = shipped.get("/reconcile/suggest/type?prefix=cit").json()["result"]
    assert {"id": "City", "name": "City"} in types
    assert shipped.get("/reconcile/suggest/property?prefix=cou").json()["result"][0]["id"] == "country"
    assert shipped.get("/reconcile/suggest/entity").json() == {"result": []}


@pytest.mark.parametrize(
    "identifier", ["city/utrecht", "city%2Futrecht", "https://w3id.org/cityrights/id/city/utrecht"]
)
def test_an_identifier_leads_to_its_page_and_its_preview(shipped: Server, identifier: str) -> None:
    view = shipped.get(f"/reconcile/view?id={identifier}")
    assert (view.status_code, view.headers["location"]) == (303, "/id/city/utrecht")
    preview = shipped.get(f"/reconcile/preview?id={identifier}")
    assert preview.status_code == 200
    assert "Utrecht" in preview.text
    assert "<script" not in preview.text
    assert "<a " not in preview.text  # it would open in somebody else's frame
    assert "frame-ancestors *" in preview.headers["content-security-policy"]
    assert "default-src 'none'" in preview.headers["content-security-policy"]


def test_what_is_unknown_is_told(shipped: Server) -> None:
    for path in ("/reconcile/view?id=city/nowhere", "/reconcile/preview", "/reconcile/preview?id=%3Cscript%3E"):
        assert shipped.get(path).status_code == 404, path
    assert shipped.get("/reconcile/nothing").status_code == 404
    assert urlsplit(shipped.url).netloc in shipped.get("/reconcile").json()["view"]["url"]


def test_one_name_may_have_many_candidates_and_many_names_fewer_each(shipped: Server) -> None:
    asked = {"query": "human rights", "limit": 1_000}
    assert len(post(shipped, {"q": asked}).json()["q"]["result"]) == 50
    many = post(shipped, {f"q{number}": asked for number in range(200)}).json()
    assert {len(found["result"]) for found in many.values()} == {10}


def extend(server: Server, asked: object, path: str = "/reconcile") -> httpx.Response:
    return server.client.post(path, data={"extend": asked if isinstance(asked, str) else json.dumps(asked)})


def test_a_table_is_extended_by_properties(shipped: Server) -> None:
    manifest = shipped.get("/reconcile").json()["extend"]
    service = manifest["propose_properties"]
    proposed = shipped.client.get(
        service["service_url"] + service["service_path"], params={"type": "City", "limit": "50"}
    ).json()
    assert (proposed["type"], proposed["limit"]) == ("City", 50)
    assert all(is_type(one) for one in proposed["properties"])
    assert {"country", "rdfs:label"} <= {one["id"] for one in proposed["properties"]}
    assert len(shipped.get("/reconcile/extend/propose?type=City&limit=3").json()["properties"]) == 3
    assert shipped.get("/reconcile/extend/propose?type=Nothing").json()["properties"] == []
    properties = [{"id": name} for name in ("country", "rdfs:label", "wgs:lat", "owl:sameAs", "nothing", "x y")]
    asked = {"ids": ["city/utrecht", "city/nowhere", "x y"], "properties": properties}
    answer = extend(shipped, asked).json()
    assert [(one["id"], bool(one["name"])) for one in answer["meta"]] == [(one["id"], True) for one in properties]
    assert list(answer["rows"]) == asked["ids"]
    assert answer["rows"]["city/nowhere"] == answer["rows"]["x y"] == {one["id"]: [] for one in properties}
    row = answer["rows"]["city/utrecht"]
    assert row["country"] == [{"id": "country/netherlands", "name": "Netherlands"}]
    assert row["rdfs:label"] == [{"str": "Utrecht"}]
    assert 52 < row["wgs:lat"][0]["float"] < 53
    assert all(value["str"].startswith("http") for value in row["owl:sameAs"])
    assert row["nothing"] == row["x y"] == []
    french = extend(shipped, asked, "/fr/reconcile").json()
    assert french["rows"]["city/utrecht"]["country"][0]["name"] == "Pays-Bas"
    assert shipped.client.get("/reconcile", params={"extend": json.dumps(asked)}).json() == answer


def test_a_cell_has_as_many_values_as_are_asked_for(shipped: Server) -> None:
    several = (
        f"SELECT ?x {{ ?x <{CR}theme> ?one, ?other FILTER(?one != ?other && CONTAINS(STR(?x), '/practice/')) }} LIMIT 1"
    )
    found = shipped.client.get("/sparql", params={"query": several}).json()["results"]["bindings"]
    thing = found[0]["x"]["value"].removeprefix(ID)

    def themes(**settings: object) -> int:
        asked = {"ids": [thing], "properties": [{"id": "theme", "settings": settings}]}
        return len(extend(shipped, asked).json()["rows"][thing]["theme"])

    assert themes() == themes(limit=0) == themes(limit="x") > 1
    assert themes(limit=1) == themes(limit="1") == 1


def test_an_extension_that_is_none_is_refused_in_words(shipped: Server) -> None:
    for asked in (
        "", "{", "[]", "{}", '{"ids": "city/utrecht", "properties": []}', '{"ids": [], "properties": [1]}',
        {"ids": [], "properties": [{"id": 1}]}, {"ids": ["a"] * 300, "properties": []},
        {"ids": [], "properties": [{"id": "country"}] * 60},
    ):  # fmt: skip
        answer = extend(shipped, asked)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), asked
        assert len(answer.json()["detail"]) > 20
    assert extend(shipped, {"ids": [None, ["x"], "city/utrecht"], "properties": []}).json()["rows"] == {
        "city/utrecht": {}
    }
    for limit in ("0", "-1", "x", "1000"):
        assert shipped.get(f"/reconcile/extend/propose?type=City&limit={limit}").status_code == 400
