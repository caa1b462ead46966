"""The data of a list tell everything that the list is narrowed by, in every format and in the same words."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
import rdflib
from jsonschema import Draft202012Validator

from cityrights.indexes.facets import LISTS
from tests.servers import Server

ID, CR = "https://w3id.org/cityrights/id/", "https://w3id.org/cityrights/ontology#"


def table(server: Server, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(server.get(path).text)))


@pytest.mark.parametrize("name", LISTS)
def test_every_facet_is_in_the_table_and_in_json_and_both_say_the_same(shipped: Server, name: str) -> None:
    rows, objects = table(shipped, f"/{name}.csv?status=all"), shipped.get(f"/{name}.json?status=all").json()
    facets = [facet for facet in LISTS[name].facets if not facet.numbers]
    assert rows
    for row, held in zip(rows, objects, strict=True):
        for facet in facets:
            values = held[facet.name]
            assert row[facet.name] == "|".join(value["iri"] for value in values)
            assert row[f"{facet.name}Label"] == "|".join(value["label"] for value in values)
        if LISTS[name].facet("year"):
            assert row["year"] == "|".join(map(str, held["year"]))
    assert "status" in rows[0] or not LISTS[name].facet("status")
    assert ("count" in rows[0]) == bool(LISTS[name].number)


def test_choosing_a_value_finds_the_rows_that_have_it(shipped: Server) -> None:
    everything = table(shipped, "/practices.csv?status=all")
    for name, value in (("country", "country/spain"), ("pillar", "pillar/foundations"), ("section", "section/caring")):
        found = {row["iri"] for row in table(shipped, f"/practices.csv?status=all&{name}={value.partition('/')[2]}")}
        assert found
        assert found == {row["iri"] for row in everything if ID + value in row[name].split("|")}


def test_events_have_dates_as_their_sources_say(shipped: Server) -> None:
    rows = {row["iri"]: row for row in table(shipped, "/events.csv")}
    conference = rows[f"{ID}event/ffd4-conference"]
    assert (conference["start"], conference["end"], conference["year"]) == (
        "2025-06-30|2025-07-03", "2025-07-03", "2025",
    )  # fmt: skip
    held = {row["iri"]: row for row in shipped.get("/events.json").json()}
    assert held[f"{ID}event/ffd4-conference"]["start"] == ["2025-06-30", "2025-07-03"]
    assert "start" not in table(shipped, "/practices.csv")[0]


def test_turtle_has_the_statements_themselves_in_three_languages(shipped: Server) -> None:
    graph = rdflib.Graph().parse(data=shipped.get("/fr/practices.ttl?status=all").text, format="turtle")
    stated = rdflib.Graph().parse(data=shipped.get("/download/cityrights.ttl").text, format="turtle")
    source, sources = (
        rdflib.URIRef(CR + "describedIn"),
        set(stated.subjects(rdflib.RDF.type, rdflib.URIRef(CR + "Source"))),
    )
    told = ("theme", "country", "targetGroup", "pillar", "section", "place", "status", "start")
    things = set(graph.subjects())
    for predicate in (*(rdflib.URIRef(CR + name) for name in told), source, rdflib.RDFS.label):
        wanted = {
            (s, o)
            for s, o in stated.subject_objects(predicate)
            if s in things and (predicate != source or o in sources)
        }
        assert wanted, predicate
        assert set(graph.subject_objects(predicate)) == wanted, predicate
    assert all(triple in stated for triple in graph)
    label = rdflib.RDFS.label
    assert {o.language for o in graph.objects(None, label) if isinstance(o, rdflib.Literal)} >= {"en", "fr", "es"}


def test_what_is_drawn_from_practices_is_no_statement_about_a_city(shipped: Server) -> None:
    assert any(row["theme"] for row in table(shipped, "/cities.csv"))
    text = shipped.get("/cities.ttl").text
    assert "cr:theme" not in text
    assert "cr:within" in text


def test_the_description_for_programs_has_the_shape_of_each_list(shipped: Server) -> None:
    described: dict[str, Any] = shipped.get("/openapi.json").json()
    for name in LISTS:
        answer = described["paths"][f"/{name}.{{format}}"]["get"]["responses"]["200"]
        reference = answer["content"]["application/json"]["schema"]["$ref"]
        shape = described["components"]["schemas"][reference.rpartition("/")[2]]
        rows = shipped.get(f"/{name}.json").json()
        Draft202012Validator(shape).validate(rows)
        assert set(rows[0]) == set(shape["items"]["properties"])
        assert not Draft202012Validator(shape).is_valid([{**rows[0], "label": None}])


def cell(page: str, slug: str, name: str) -> str:
    row = next(row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if f'/page/practice/{slug}"' in row)
    found = re.search(rf'<td class="[\w-]+" data-label="{name}">(.*?)</td>', row, re.DOTALL)
    assert found, row
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[1])).strip()


def test_the_table_says_what_a_practice_is_about_and_for_whom(shipped: Server) -> None:
    rows = shipped.get("/practices.json?status=all").json()
    page = shipped.get("/practices?status=all&view=table").text
    assert re.findall(r'<th scope="col">([^<]+)', page) == ["Name", "Place", "Theme", "For whom", "Status"]
    for name, word in (("theme", "Theme"), ("target", "For whom")):
        for count in (1, 3, 4, 5):
            some = [row for row in rows if len(row[name]) == count]
            if not some:
                continue
            shown = cell(page, some[0]["iri"].rpartition("/")[2], word)
            labels = sorted(value["label"] for value in some[0][name])
            assert shown == ", ".join(labels[:3]) + (f" and {count - 3} more" if count > 3 else "")
    assert cell(page, "pikine-boutique-des-droits", "Place") == "Pikine, Senegal"
    assert any(len(row["theme"]) > 3 for row in rows)
    assert "et 1 de plus" in shipped.get("/fr/practices?status=all&view=table").text


def test_the_table_of_events_has_the_year(shipped: Server) -> None:
    assert 'data-label="Year"><bdi>2025</bdi></td>' in shipped.get("/events?view=table").text
