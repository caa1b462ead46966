"""Bad files: each kind of mistake gives its own finding, with the line and what repairs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cityrights.check.rules import Finding
from cityrights.check.syntax import check_file, files_of
from cityrights.pipeline.read import Input, inputs
from cityrights.vocabulary import GRAPH_VOCABULARY

HEAD = """@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix city: <https://w3id.org/cityrights/id/city/> .
@prefix graph: <https://w3id.org/cityrights/graph/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
CLEAN = """@prefix city: <https://w3id.org/cityrights/id/city/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix graph: <https://w3id.org/cityrights/graph/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

graph:x {
    city:a a cr:City ;
        rdfs:label "A"@en .
}
"""


def _check(tmp_path: Path, content: str | bytes, name: str = "x.trig") -> list[Finding]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return check_file(Input(path, GRAPH_VOCABULARY if name.endswith(".ttl") else None))[0]


def test_a_clean_file_gives_no_finding(tmp_path: Path) -> None:
    assert _check(tmp_path, CLEAN) == []


@pytest.mark.parametrize(
    ("body", "rule", "line", "message"),
    [
        ("graph:x {\n city:a a cr:City ;; \n cr:n cr:m cr:o cr:p }", "syntax", 9, ""),
        ("graph:x {\n city:a a cr:City", "syntax", 8, "Unexpected end"),
        ('graph:x {\n city:a cr:n "open\n }', "syntax", 8, "Unexpected end"),
        ('graph:x {\n city:a cr:n "open\n "}', "syntax", 8, "Line jumps"),
        ("graph:x {\n citty:a a cr:City }", "prefix", 8, "citty: has not been declared"),
        ("graph:x {\n city:a a <City> }", "relative-iri", 8, "<City> is a relative IRI"),
        ("graph:x {\n city:a cr:n <http://x.org/%zz> }", "iri", 8, "percent"),
        ('graph:x {\n city:a rdfs:label "A"@e_n }', "language-tag", 8, "joined by hyphens"),
        ('graph:x {\n city:a rdfs:label "A"@en ,\n "A"@de }', "language-tag", 9, "“A” has @de"),
        ('graph:x {\n city:a rdfs:label "A" }', "language-tag", 8, "no language"),
        ('graph:x {\n city:a cr:text "A." }', "language-tag", 8, "no language"),
        ("graph:x {\n city:b cr:n 1 .\n city:a cr:value 44.0 }", "literal-form", 9, 'as "44"'),
        ('graph:x {\n city:a cr:year "2O10"^^xsd:gYear }', "datatype", 8, "xsd:gYear"),
        ('graph:x {\n city:a cr:start "2021-02-30"^^xsd:date }', "datatype", 8, "xsd:date"),
        ("graph:x { city:b a cr:City }\n\ncity:a a cr:City .", "outside-a-graph", 9, "outside a graph"),
        ("graph:x {\n city:a cr:n [] }", "blank-node", 8, "blank node"),
        ("graph:x { city:a a cr:City }", "layout", 1, "canonical"),
        ("@prefix schema: <https://schema.org/> .\ngraph:x { city:a a schema:City }", "prefix", 7, "everywhere else"),
    ],
)
def test_each_mistake_has_its_own_finding(tmp_path: Path, body: str, rule: str, line: int, message: str) -> None:
    found = _check(tmp_path, HEAD + body)
    assert [finding.rule for finding in found] == [rule]
    assert found[0].where.endswith(f"x.trig:{line}")
    assert message in found[0].message
    assert found[0].repair


def test_bytes_that_are_not_utf_8_name_the_line(tmp_path: Path) -> None:
    (finding,) = _check(tmp_path, CLEAN.encode() + "# Ville de Montr\u00e9al".encode("latin-1"))
    assert (finding.rule, finding.where.rpartition(":")[2]) == ("encoding", "10")
    assert "0xE9" in finding.message


def test_every_syntax_error_is_reported_at_once(tmp_path: Path) -> None:
    found = _check(tmp_path, "<urn:g> {\n <urn:a> x:p <urn:b> .\n <urn:a> <p> <urn:b> .\n <urn:a> <urn:p> <urn:b> }")
    assert [finding.rule for finding in found] == ["prefix", "relative-iri"]


def test_a_claim_prefix_of_another_source_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "sources" / "twenty-practices"
    folder.mkdir(parents=True)
    text = "@prefix claim: <https://w3id.org/cityrights/id/claim/other/> .\n"
    found = _check(folder, text + "claim:1 { claim:1 claim:1 claim:1 }")
    assert [(finding.rule, finding.where.rpartition(":")[2]) for finding in found] == [("prefix", "1")]


def test_files_that_nothing_reads_are_found(tmp_path: Path) -> None:
    for name in ("ontology/a.ttl", "ontology/shapes/b.ttl", "ontology/context.jsonld", "data/c.trig", "data/d.ttl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    files, stray = files_of(tmp_path)
    assert [item.path.name for item in files] == ["a.ttl", "c.trig", "b.ttl"]
    assert [Path(finding.where).name for finding in stray] == ["d.ttl"]


def test_a_checkout_may_stand_in_a_folder_called_shapes(tmp_path: Path) -> None:
    home = tmp_path / "shapes"
    for name in ("ontology/a.ttl", "ontology/shapes/b.ttl"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("<urn:a> <urn:b> [ <urn:c> <urn:d> ] .")
    assert [item.path.name for item in inputs(home)] == ["a.ttl"]
    files, stray = files_of(home)
    assert ([item.path.name for item in files], stray) == (["a.ttl", "b.ttl"], [])
    assert [bool(check_file(item)[0]) for item in files] == [True, False], "only shapes may have blank nodes"


def test_a_turtle_file_goes_into_its_graph_and_shapes_may_have_blank_nodes(tmp_path: Path) -> None:
    path = tmp_path / "ontology" / "shapes" / "s.ttl"
    path.parent.mkdir(parents=True)
    path.write_text("<urn:a> <urn:b> [ <urn:c> <urn:d> ] .")
    findings, parsed = check_file(Input(path, GRAPH_VOCABULARY))
    assert findings == []
    assert parsed is not None
    assert {str(quad.graph_name) for quad in parsed.quads} == {f"<{GRAPH_VOCABULARY}>"}
