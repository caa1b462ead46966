"""Every statement about the domain has a witness: a claim, a decision, the record of a data set, or a rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import pyoxigraph as ox
import pytest

import cityrights
from cityrights.home import home
from cityrights.pipeline.derive import rules
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, DCTERMS, GRAPH, GRAPH_TRANSLATIONS, ID, PREFIXES, RDF, RDFS, SKOS

#: What has a file of its own as its record beside concepts: documents, and what is said of claims and decisions.
RECORDED = ("claim", "decision", "passage", "reference", "source")
#: Names and what they need; and which claims tell of a thing, which the claims say themselves.
NAMES = {
    RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", DCTERMS + "description", DCTERMS + "isReplacedBy",
    CR + "untranslated",
}  # fmt: skip
_CONCEPT = ox.NamedNode(SKOS + "Concept")
_POINTS = {CR + "challenge", CR + "solution", CR + "takeaway"}


def witnesses(quads: Iterable[ox.Quad]) -> dict[ox.Triple, set[str]]:
    """Return each statement about the domain with the sorts of its witnesses, empty for one that has none.

    A translation has the witness of its English. A witness is what the graph says it is: a claim or decision by its
    class, a record by its licence and origin, a rule by its query, or by its own account where the build computes it.
    """
    held = list(quads)
    said: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for quad in held:
        said[str(quad.subject)].add((quad.predicate.value, str(quad.object)))
    rule = {each.graph for each in rules(home() / "queries" / "construct")}
    computed = GRAPH + "derived/"

    def sort(graph: str) -> str:
        about = said[f"<{graph}>"]
        for name in ("Claim", "GroupClaim", "Decision"):
            if (RDF + "type", f"<{CR}{name}>") in about:
                return name.removeprefix("Group").lower()
        told = {predicate for predicate, _ in about}
        if not {DCTERMS + "title", DCTERMS + "license", DCTERMS + "provenance"} <= told:
            return ""
        if graph in rule or graph.startswith(computed):
            return "rule"
        return "record" if graph.startswith(GRAPH + "enrichment/") else ""

    concepts = {quad.subject for quad in held if quad.predicate.value == RDF + "type" and quad.object == _CONCEPT}
    sorts = {graph: sort(graph) for graph in map(_graph, held)}
    found: defaultdict[ox.Triple, set[str]] = defaultdict(set)
    for quad in held:
        subject, predicate = quad.subject, quad.predicate.value
        if not isinstance(subject, ox.NamedNode) or not subject.value.startswith(ID):
            continue
        if _graph(quad).startswith(GRAPH_TRANSLATIONS):
            continue
        kind = subject.value.removeprefix(ID).partition("/")[0]
        if "/" not in subject.value.removeprefix(ID) or kind in RECORDED or subject in concepts:
            continue
        if predicate in NAMES | _POINTS:
            continue
        found[quad.triple] |= {sorts[_graph(quad)]} - {""}
    return dict(found)


def _graph(quad: ox.Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def _typed(quads: Iterable[ox.Quad], *names: str) -> set[object]:
    classes = {f"<{CR}{name}>" for name in names}
    return {quad.subject for quad in quads if quad.predicate.value == RDF + "type" and str(quad.object) in classes}


def without(found: dict[ox.Triple, set[str]]) -> list[str]:
    """Return the statements that have no witness, as text."""
    return sorted(str(triple) for triple, sorts in found.items() if not sorts)


@pytest.fixture(scope="module")
def quads(snapshot: Snapshot) -> list[ox.Quad]:
    return list(ox.parse(path=str(snapshot.nquads), format=ox.RdfFormat.N_QUADS))


def test_every_statement_about_the_domain_has_a_witness(quads: list[ox.Quad]) -> None:
    found = witnesses(quads)
    assert without(found) == []
    counted = Counter(sort for sorts in found.values() for sort in sorts)
    assert set(counted) == {"claim", "decision", "record", "rule"}
    assert len(found) > 3000
    assert counted["claim"] > 900
    assert counted["decision"] > 300


def test_a_statement_without_a_witness_is_named(quads: list[ox.Quad]) -> None:
    """In a graph of nobody, among the labels, and in the graph of a decision that nothing describes."""
    practice, theme = ox.NamedNode(ID + "practice/utrecht-plan-einstein"), ox.NamedNode(ID + "theme/water")
    for name in (GRAPH + "editorial/indexing", GRAPH + "editorial/labels", ID + "decision/99999", ID + "claim/x/1"):
        added = ox.Quad(practice, ox.NamedNode(CR + "theme"), theme, ox.NamedNode(name))
        assert without(witnesses([*quads, added])) == [str(added.triple)], name


def test_one_pattern_finds_the_witness(snapshot: Snapshot) -> None:
    """A statement of each sort, and what its witness says of itself."""
    asked = {
        "practice:utrecht-plan-einstein cr:theme theme:housing": "a cr:Claim ; cr:passage ?told",
        "practice:utrecht-plan-einstein cr:pillar pillar:tools": "a cr:Decision ; cr:reason ?told",
        "city:utrecht cr:geonamesId ?id": "dcterms:license ?licence ; schema:version ?told",
        "practice:utrecht-plan-einstein cr:country ?country": "dcterms:provenance ?told",
    }
    with cityrights.open(snapshot.path) as graph:
        prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
        for statement, witness in asked.items():
            query = f"{prefixes} SELECT ?w ?told {{ GRAPH ?w {{ {statement} }} ?w {witness} }}"
            assert list(graph.select(query)), statement


def test_a_preferred_value_comes_first_and_says_why(snapshot: Snapshot) -> None:
    with cityrights.open(snapshot.path) as graph:
        for thing, name, wanted in (
            ("award/iopd-distinction-taoyuan", "year", ["2018", "2017"]),
            ("event/ffd4-conference", "start", ["2025-06-30", "2025-07-03"]),
        ):
            found = [one for one in graph.describe(thing).statements if one.predicate.iri.value == CR + name]
            assert [one.value.value for one in found] == wanted
            assert [one.preferred for one in found] == [True, False]
            reasons = [proof.decision.reason.value for proof in found[0].evidence if proof.decision]
            assert len(reasons) == 1
            assert any(reasons[0] in proof.html() for proof in found[0].evidence)


def test_claims_say_who_wrote_them_and_when(quads: list[ox.Quad]) -> None:
    claims = _typed(quads, "Claim", "GroupClaim")
    for predicate in (PREFIXES["prov"] + "wasAttributedTo", DCTERMS + "created"):
        told = Counter(quad.subject for quad in quads if quad.predicate.value == predicate and quad.subject in claims)
        assert set(told) == claims, predicate
        assert set(told.values()) == {1}


def test_decisions_say_why(quads: list[ox.Quad]) -> None:
    """Who, when and why, once each; what led to it, or why nothing did."""
    decided = _typed(quads, "Decision")
    assert len(decided) > 100
    told: defaultdict[object, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        if quad.subject in decided and quad.graph_name == ox.NamedNode(GRAPH + "decisions"):
            told[quad.subject][quad.predicate.value].append(str(quad.object))
    for decision in decided:
        said = told[decision]
        for name in (CR + "decidedBy", CR + "reason", DCTERMS + "date"):
            assert len(said[name]) == 1, (decision, name)
        assert bool(said[CR + "promptedBy"]) != bool(said[CR + "withoutPrompt"]), decision


def test_a_claim_that_names_what_was_decided_prompts_the_decision(quads: list[ox.Quad]) -> None:
    """A claim about a thing has themes and groups of its own: where these are decided for the thing, it led to that."""
    named: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    about: defaultdict[str, set[str]] = defaultdict(set)
    prompts: defaultdict[str, set[str]] = defaultdict(set)
    said: list[tuple[str, str, str]] = []
    for quad in quads:
        subject, value, predicate = str(quad.subject), str(quad.object), quad.predicate.value
        if _graph(quad) == GRAPH + "claims" and predicate == CR + "subject":
            about[subject].add(value)
        elif _graph(quad) == GRAPH + "claims" and predicate in (CR + "theme", CR + "targetGroup"):
            said.append((subject, predicate, value))
        elif predicate == CR + "promptedBy":
            prompts[subject].add(value)
    for claim, predicate, value in said:
        for thing in about[claim]:
            named[thing, predicate, value].add(claim)
    decided = [quad for quad in quads if _graph(quad).startswith(ID + "decision/")]
    routes = {quad: named[str(quad.subject), quad.predicate.value, str(quad.object)] for quad in decided}
    assert sum(map(bool, routes.values())) > 100
    assert [str(quad) for quad, found in routes.items() if found and not found & prompts[f"<{_graph(quad)}>"]] == []
