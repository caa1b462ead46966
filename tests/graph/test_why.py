"""Why the graph says something: each statement of each rule unfolds down to who says so, and rules go in no circle."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from cityrights.api import KnowledgeGraph
from cityrights.api import open as open_graph
from cityrights.cli import group
from cityrights.errors import InputError, UnknownThing
from cityrights.home import home
from cityrights.pipeline.derive import Rule, derive_all, faults, rules, rules_of, unfold
from cityrights.snapshot import Snapshot
from cityrights.terms import Iri, Literal, Term, rows, term_text
from cityrights.vocabulary import GRAPH_DERIVED
from cityrights.why import NotStated, Told, lines, record
from sparqlgate import Query

PRACTICE = "practice:utrecht-plan-einstein"


@pytest.fixture(scope="module")
def graph(snapshot: Snapshot) -> Iterator[KnowledgeGraph]:
    with open_graph(snapshot.path) as opened:
        yield opened


def ask(graph: KnowledgeGraph, text: str) -> list[dict[str, Term]]:
    with graph.engine.query(Query(text)) as result:
        return rows(result.read())


def leaves(told: Told) -> Iterator[Told]:
    """Yield what is not derived, and what is cut."""
    made = [one.made for one in told.witnesses if one.made is not None]
    if not made:
        yield told
    for one in made:
        for way in one.ways:
            for each in way:
                yield from leaves(each)


def test_a_derived_statement_is_told_down_to_the_lines_of_its_claims(graph: KnowledgeGraph) -> None:
    told = graph.why(PRACTICE, "cr:country", "country:netherlands")
    (witness,) = told.witnesses
    assert (witness.kind, witness.made is not None) == ("rule", True)
    assert witness.made is not None
    assert witness.made.rule.name == "countries"
    assert "cr:place/cr:within*" in witness.made.rule.text
    found = {(each.predicate.iri.local_name, each.value.value.rpartition("/")[2]): each for each in leaves(told)}
    assert set(found) == {("place", "utrecht"), ("within", "netherlands"), ("type", "ontology#Country")}
    for name in ("place", "within"):
        line = next(each for key, each in found.items() if key[0] == name).witnesses[0].claim
        assert line is not None
        assert line.first is not None
        assert line.source.iri.value.endswith("twenty-practices")


def test_each_rule_unfolds_each_of_what_it_derived(graph: KnowledgeGraph) -> None:
    """Some of each rule: what it was made from stands in the graph, and did when the rule ran."""
    known = rules_of(ask(graph, _RULES))
    assert [each.name for each in known] == [each.name for each in rules(home() / "queries" / "construct")]
    chosen = random.Random(15)
    for place, rule in enumerate(known):
        later = [each.graph for each in known[place:]]
        made = ask(graph, f"SELECT ?s ?p ?o {{ GRAPH <{rule.graph}> {{ ?s ?p ?o }} }} ORDER BY ?s ?p ?o")
        for row in chosen.sample(made, min(6, len(made))):
            triple = (Iri(str(row["s"])), Iri(str(row["p"])), row["o"])
            ways = list(unfold(rule, triple, later, lambda text: ask(graph, text)))
            assert ways, (rule.name, triple)
            for way in ways[:2]:
                for each in way.statements:
                    said = " ".join(map(term_text, each))
                    held = {str(one["g"]) for one in ask(graph, f"SELECT ?g {{ GRAPH ?g {{ {said} }} }}")}
                    assert held - set(later), (rule.name, said)


_RULES = f"""PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT ?g ?title ?text {{ ?g dcterms:source ?file . ?file prov:value ?text ; dcterms:title ?title
FILTER(STRSTARTS(STR(?g), "{GRAPH_DERIVED}")) }}"""


def test_what_had_to_be_absent_is_told_with_the_rule(graph: KnowledgeGraph) -> None:
    row = ask(graph, f"SELECT ?s ?o {{ GRAPH <{GRAPH_DERIVED}unstated-status> {{ ?s ?p ?o }} }} LIMIT 1")[0]
    told = graph.why(str(row["s"]), "cr:status", str(row["o"]))
    made = told.witnesses[0].made
    assert made is not None
    assert made.ways
    assert "NOT EXISTS" in made.absent[0]
    assert "and where not:" in str(told)


def test_what_is_reckoned_is_told_with_what_it_was_reckoned_from(graph: KnowledgeGraph) -> None:
    row = graph.select("SELECT ?a ?b { ?c a cr:Connection ; cr:from ?a ; cr:to ?b ; cr:rank 1 } ORDER BY ?c LIMIT 1")[0]
    told = graph.why(row["a"], "cr:closeTo", row["b"])
    made = told.witnesses[0].made
    assert made is not None
    assert made.rule.name == "connections"
    kinds = {one.kind for each in leaves(told) for one in each.witnesses}
    assert "claim" in kinds
    assert all(each.witnesses for each in leaves(told) if not each.cut)


def test_a_record_has_its_origin_version_and_licence(graph: KnowledgeGraph) -> None:
    latitude = graph.select("SELECT ?l { city:utrecht wgs:lat ?l }").terms[0]["l"]
    assert isinstance(latitude, ox.Literal)
    told = graph.why("utrecht", "wgs:lat", latitude.value)
    (found,) = record(told)["witnesses"]
    assert found["kind"] == "record"
    assert found["title"] == "GeoNames"
    assert found["version"]
    assert found["sources"]
    assert found["licences"]
    assert "version" in str(told)


def test_things_properties_and_values_are_named_as_elsewhere(graph: KnowledgeGraph) -> None:
    same = {
        graph.why(*names).triple
        for names in (
            (PRACTICE, "cr:place", "city:utrecht"),
            ("practice/utrecht-plan-einstein", "place", "Utrecht"),
            ("utrecht-plan-einstein", "lieu", "city/utrecht"),
            (f"https://w3id.org/cityrights/id/{PRACTICE.replace(':', '/')}", "place", "utrecht"),
        )
    }
    assert len(same) == 1
    label = graph.why("utrecht", "rdfs:label", '"Utrecht"@en')
    assert label.value == Literal("Utrecht", "en", label.value.datatype if isinstance(label.value, Literal) else "")
    assert graph.why("utrecht", "a", "cr:City").witnesses


def test_what_is_not_said_is_told_with_what_is(graph: KnowledgeGraph) -> None:
    with pytest.raises(NotStated, match="city:utrecht cr:country country:netherlands"):
        graph.why("utrecht", "country", "country:france")
    with pytest.raises(NotStated, match="practice:utrecht-plan-einstein cr:place city:utrecht"):
        graph.why("utrecht", "cr:place", PRACTICE)  # it is the other way round
    with pytest.raises(UnknownThing, match="did you mean cr:place"):
        graph.why(PRACTICE, "cr:plaice", "utrecht")
    with pytest.raises(UnknownThing, match="did you mean city:utrecht"):
        graph.why("city:utrech", "cr:place", "utrecht")


def test_what_is_told_is_bounded_and_nothing_is_told_twice(graph: KnowledgeGraph) -> None:
    row = graph.select(f"SELECT ?p ?o {{ GRAPH <{GRAPH_DERIVED}described-in> {{ {PRACTICE} ?p ?o }} }}")[0]
    triple = graph.why(PRACTICE, row["p"], row["o"]).triple
    whole = graph._unfolding(triple)
    few = graph._unfolding(triple, most=3)
    assert len(list(leaves(few))) <= len(list(leaves(whole)))
    assert {each.cut for each in leaves(few)} == {"", "deep"}
    assert {each.cut for each in leaves(graph._unfolding(triple, depth=0))} == {"deep"}
    assert [one.cut for way in _ways(graph._unfolding(triple, seconds=0.0)) for one in way] == []
    text = "\n".join(lines(whole))
    assert "in more ways" in text
    assert orjson.loads(orjson.dumps(record(whole)))["witnesses"][0]["rule"] == "described-in"


def _ways(told: Told) -> list[tuple[Told, ...]]:
    return [way for one in told.witnesses if one.made for way in one.made.ways]


def test_the_command_tells_it_as_text_and_as_data(snapshot: Snapshot) -> None:
    asked = ["why", PRACTICE, "country", "netherlands", "--snapshot", str(snapshot.path)]
    told = CliRunner().invoke(group, asked)
    assert told.exit_code == 0, told.output
    assert "rule countries: " in told.output
    assert "  claim A0" in told.output
    data = orjson.loads(CliRunner().invoke(group, [*asked, "--json", "-l", "fr"]).output)
    assert data["predicate"]["label"] == "pays"
    assert data["witnesses"][0]["from"][0][0]["witnesses"][0]["firstLine"] > 0
    french = CliRunner().invoke(group, [*asked, "-l", "fr"]).output
    assert "règle countries\u00a0: Ce qui se trouve dans un lieu" in french
    assert "affirmation A0" in french
    assert "décision 114 (La rédaction" in french
    for english in ("claim", "line ", "decision ", "because", "What stands", "Asserted"):
        assert english not in french, english
    missing = CliRunner().invoke(group, [*asked[:3], "france", *asked[4:]])
    assert missing.exit_code == 1
    assert "the graph does not say" in missing.output
    counted = CliRunner().invoke(
        group,
        ["query", "--who-says", "--snapshot", str(snapshot.path), "SELECT (COUNT(?p) AS ?n) { ?p a cr:Practice }"],
    )
    assert counted.output.startswith("n,witness,source,firstLine,lastLine,subject,predicate,object")
    assert len(counted.output.splitlines()) > 40


def rule(name: str, order: int, made: str, of: str) -> Rule:
    return Rule(
        order, name, name, f"# {name}\n# order: {order}\nCONSTRUCT {{ {made} }} WHERE {{ {of} }}", Path(f"{name}.rq")
    )


CIRCLES = (
    [rule("one", 10, "?a cr:place ?b", "?a cr:within ?b"), rule("two", 20, "?a cr:within ?b", "?a cr:place ?b")],
    [rule("closure", 10, "?a cr:within ?c", "?a cr:within ?b . ?b cr:within ?c")],
    [
        rule("one", 10, "?a a cr:City", "?a a cr:Island"),
        rule("two", 20, "?a a cr:Island", "?a cr:place ?b"),
        rule("three", 30, "?a cr:place ?b", "{ ?a a cr:City ; cr:kind ?b } UNION { ?a cr:kind/cr:within ?b }"),
    ],
)


def test_a_circle_of_rules_is_refused_with_its_names() -> None:
    for found in CIRCLES:
        (fault,) = faults(found)
        assert "a cycle of rules: " in fault.reason
        assert all(f"{each.name}.rq" in fault.reason for each in found)
        assert fault.repair
    (early,) = faults(
        [rule("one", 10, "?a cr:kind ?b", "?a cr:within ?b"), rule("two", 20, "?a cr:within ?b", "?a cr:of ?b")]
    )
    assert "one.rq" in str(early.path)
    assert "cr:within, which two.rq derives later" in early.reason
    assert early.repair == "write '# order: 21', or more"
    default = rule("default", 10, "?a cr:status ?s", "?a a cr:Practice FILTER NOT EXISTS { ?a cr:status ?t }")
    assert list(faults([default])) == []
    along = rule("along", 10, "?a cr:place ?b", "?a cr:awardedTo+/(cr:governs|cr:place) ?b")  # one run has them all
    assert list(faults([along])) == []
    assert len(list(faults([rule("step", 10, "?a cr:place ?b", "?a cr:awardedTo/(cr:governs|cr:place) ?b")]))) == 1
    assert len(list(faults([rule("itself", 10, "?a cr:place ?b", "?a cr:place+/cr:within ?b")]))) == 1
    assert list(faults(rules(home() / "queries" / "construct"))) == []


def test_the_build_refuses_a_circle(tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "construct"
    folder.mkdir(parents=True)
    for each in CIRCLES[0]:
        (folder / f"{each.name}.rq").write_text(each.text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape("a cycle of rules: one.rq → two.rq → one.rq")):
        derive_all(tmp_path, ox.Store(), lambda quads: None, lambda *told: None)
