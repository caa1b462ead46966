"""Each constraint of each shape has a decoy that violates it; the report names shape, component, path and node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from pyshacl import validate as run_pyshacl
from rdflib.namespace import OWL, RDF, RDFS, SH

from cityrights.check import shapes as shapes_module
from cityrights.check import slices
from cityrights.check.rules import Finding
from cityrights.check.shapes import load_shapes, short, stored, union, validate_shapes, violations
from cityrights.vocabulary import CR
from sparqlgate.errors import InputError
from tests.graph.data.decoys.mutations import DECOY, RECIPES, constraints, plant
from tests.nodes import iris, read

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "ontology" / "shapes"
DECOYS = Path(__file__).parent / "decoys"
SHAPES = load_shapes(FOLDER)
CONSTRAINTS = list(constraints(SHAPES))
QUERIES = sorted(iris(SHAPES.objects(None, SH.sparql)))


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return read(ROOT / "ontology" / "cityrights.ttl", *sorted((ROOT / "ontology" / "schemes").glob("*.ttl")))


@pytest.fixture(scope="module")
def valid() -> rdflib.Graph:
    return read(DECOYS / "valid.ttl")


@pytest.fixture(scope="module")
def spoilt(valid: rdflib.Graph, ontology: rdflib.Graph) -> ox.Store:
    """A store with all decoys."""
    graph = union(valid, ontology)
    planted = union(valid, read(DECOYS / "queries.ttl"))
    for constraint in CONSTRAINTS:
        before = len(graph)
        plant(graph, constraint)
        assert len(graph) > before, constraint.name
    return stored(union(union(graph, planted), ontology))


@pytest.fixture(scope="module")
def found(spoilt: ox.Store) -> dict[str, list[Finding]]:
    """Findings by focus node, of one validation of all decoys."""
    result: dict[str, list[Finding]] = {}
    for finding in validate_shapes(spoilt, FOLDER):
        result.setdefault(finding.where, []).append(finding)
    return result


def test_shapes_are_many_and_their_nodes_have_names() -> None:
    assert len(CONSTRAINTS) > 300
    assert len(QUERIES) > 30
    assert not [triple for triple in SHAPES if any(isinstance(term, rdflib.BNode) for term in triple)]


def test_every_class_has_a_shape(ontology: rdflib.Graph) -> None:
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    assert len(classes) >= 36
    assert classes == set(SHAPES.objects(None, SH.targetClass))


def test_every_shape_stands_in_the_file_of_its_class() -> None:
    for path in FOLDER.glob("*.ttl"):
        nodes = [str(node) for node in read(path).subjects(SH.targetClass)]
        assert all(node.endswith(f"/{path.stem}") for node in nodes), path


def test_every_constraint_says_what_is_wrong_and_how_to_repair_it() -> None:
    for shape in [*(constraint.shape for constraint in CONSTRAINTS), *QUERIES]:
        message = str(SHAPES.value(shape, SH.message))
        wrong, colon, repair = message.partition(": ")
        assert wrong, shape
        assert (colon and repair) or message.endswith("."), shape
        assert SHAPES.value(shape, SH.severity) is not None, shape


def test_no_constraint_is_without_decoy() -> None:
    without = {constraint.name for constraint in CONSTRAINTS if constraint.parameter not in RECIPES}
    assert not without
    decoys = {str(node) for node in read(DECOYS / "queries.ttl").subjects(RDF.type)}
    wanted = {DECOY + query.rpartition("/")[2].replace("#", "/") for query in QUERIES}
    assert wanted <= decoys


def missed(found: Mapping[str, Sequence[Finding]]) -> list[str]:
    """Name each constraint whose decoy was not found, as an error at its path."""
    wrong = []
    for constraint in CONSTRAINTS:
        rule = f"{constraint.shape.rpartition('/')[2]} {constraint.component}"
        matching = [finding for finding in found.get(str(constraint.decoy), ()) if finding.rule == rule]
        if not matching:
            wrong.append(f"{rule} was not reported for {constraint.decoy}")
        elif f"path {short(constraint.path)}" not in matching[0].message or matching[0].severity != "error":
            wrong.append(f"{rule} is told otherwise: {matching[0]}")
    return wrong


def missed_queries(found: Mapping[str, Sequence[Finding]]) -> list[str]:
    """Name each constraint in SPARQL whose decoy was not found."""
    names = [query.rpartition("/")[2] for query in QUERIES]
    rules = {name: {one.rule for one in found.get(DECOY + name.replace("#", "/"), ())} for name in names}
    return [name for name in names if f"{name} SPARQLConstraintComponent" not in rules[name]]


def test_every_decoy_is_found(found: dict[str, list[Finding]]) -> None:
    assert missed(found) == []


def test_every_decoy_of_a_query_is_found(found: dict[str, list[Finding]]) -> None:
    assert missed_queries(found) == []


def test_a_decoy_that_is_not_found_is_named(found: dict[str, list[Finding]]) -> None:
    constraint, query = CONSTRAINTS[7], QUERIES[3].rpartition("/")[2]
    fewer = {where: told for where, told in found.items() if where != str(constraint.decoy)}
    assert [line.split(" was not reported for ")[1] for line in missed(fewer)] == [str(constraint.decoy)]
    fewer = {where: told for where, told in found.items() if where != DECOY + query.replace("#", "/")}
    assert missed_queries(fewer) == [query]
    milder = {where: [replace(one, severity="warning") for one in told] for where, told in found.items()}
    assert len(missed(milder)) == len(CONSTRAINTS)


def test_in_slices_the_same_is_found(
    spoilt: ox.Store, found: dict[str, list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of the last slice, and of a thing whose value stands in another one."""
    sizes: list[set[str]] = []
    core = shapes_module._core

    def counted(graph: rdflib.Graph, *rest: Any) -> Any:
        marks = [name for name in set(graph.objects(None, RDF.type)) if str(name).startswith(slices.SLICED)]
        sizes.append({str(thing) for name in marks for thing in graph.subjects(RDF.type, name)})
        return core(graph, *rest)

    monkeypatch.setattr(shapes_module, "_core", counted)
    monkeypatch.setattr(slices, "SLICE", 300)
    sliced = validate_shapes(spoilt, FOLDER)
    whole = sorted(finding for told in found.values() for finding in told)
    assert set(sliced) ^ set(whole) == set()
    assert len(sliced) == len(whole)
    assert len(sizes) > 3
    assert max(map(len, sizes)) <= 300
    assert sizes[-1] & set(found)
    across = [one for one in sliced if one.value and any(one.where in some and one.value not in some for some in sizes)]
    assert any(one.rule.endswith("ClassConstraintComponent") and "/id/" in one.value for one in across)


def test_valid_things_pass(valid: rdflib.Graph, ontology: rdflib.Graph) -> None:
    assert validate_shapes(valid, FOLDER, ontology) == []


def test_decoys_spoil_nothing_else(valid: rdflib.Graph, found: dict[str, list[Finding]]) -> None:
    innocent = {str(thing) for thing in valid.subjects() if "/id/" in str(thing)}
    assert not innocent & set(found)


def test_dataset_is_validated_as_the_union_of_its_graphs(valid: rdflib.Graph, ontology: rdflib.Graph) -> None:
    dataset = rdflib.Dataset()
    for number, triple in enumerate(valid):
        dataset.graph(rdflib.URIRef(f"urn:graph:{number % 3}")).add(triple)
    assert validate_shapes(dataset, FOLDER, ontology) == []


def test_values_may_differ_where_claims_conflict(valid: rdflib.Graph, ontology: rdflib.Graph) -> None:
    conflict = rdflib.URIRef(CR + "conflictsWith")
    agreed = rdflib.Graph()
    for triple in valid:
        if triple[1] != conflict:
            agreed.add(triple)
    rules = {finding.rule for finding in validate_shapes(agreed, FOLDER, ontology)}
    assert rules == {"Event#one-start SPARQLConstraintComponent", "Decision#in-conflict SPARQLConstraintComponent"}


def test_shape_without_focus_nodes_is_found(valid: rdflib.Graph, ontology: rdflib.Graph) -> None:
    award = rdflib.URIRef(CR + "Award")
    fewer = rdflib.Graph()
    awards = set(valid.subjects(RDF.type, award))
    for triple in valid:
        if triple[0] not in awards:
            fewer.add(triple)
    rules = {finding.rule for finding in validate_shapes(fewer, FOLDER, ontology)}
    assert rules == {"Award no-focus-node"}


def test_without_the_ontology_superclasses_find_nothing(valid: rdflib.Graph) -> None:
    rules = {finding.rule for finding in validate_shapes(valid, FOLDER, rdflib.Graph())}
    assert "Territory no-focus-node" in rules


def test_shapes_that_are_not_turtle_are_refused(tmp_path: Path, valid: rdflib.Graph) -> None:
    with pytest.raises(InputError, match="no SHACL shapes"):
        validate_shapes(valid, tmp_path, rdflib.Graph())
    (tmp_path / "Broken.ttl").write_text("<a> <b> ", "utf-8")
    with pytest.raises(InputError, match="not Turtle"):
        validate_shapes(valid, tmp_path, rdflib.Graph())


def test_queries_find_what_pyshacl_finds(valid: rdflib.Graph, ontology: rdflib.Graph) -> None:
    """The queries that run once for all focus nodes agree with pySHACL, which runs them once for each."""
    graph = union(union(valid, read(DECOYS / "queries.ttl")), rdflib.Graph())
    for triple in ontology:
        if triple[1] in (RDFS.subClassOf, rdflib.SKOS.broader):
            graph.add(triple)
    ours = {(v.constraint, v.focus) for v in violations(graph, SHAPES)}
    _, report, _ = run_pyshacl(graph, shacl_graph=SHAPES, inference="none", inplace=True)
    theirs = {
        (report.value(result, SH.sourceConstraint), report.value(result, SH.focusNode))
        for result in report.subjects(SH.sourceConstraintComponent, SH.SPARQLConstraintComponent)
    }
    assert len(ours) > 30
    assert ours == theirs
