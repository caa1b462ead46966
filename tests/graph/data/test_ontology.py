"""The vocabulary, its schemes and its context are complete: nothing unlabelled, unexplained or missing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from cityrights.vocabulary import CR, ID
from cityrights.vocabulary import SKOS as SKOS_IRI
from tests.nodes import iris, literals, read

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "ontology"
FILES = sorted(path for path in FOLDER.rglob("*.ttl") if path.parent.name != "shapes")
DOMAINS = rdflib.URIRef("http://schema.org/domainIncludes")
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)

#: Names that independent checks use: they may gain company, and never change.
_CLASSES = """Territory City Department Island Country Region Actor LocalGovernment GovernmentGroup Association
Organisation Network Practice Institution Body Figure Instrument Event Award Observation Person Holding Claim GroupClaim
Source Passage Reference Theme TargetGroup Kind Pillar Status Modality Aspect Section Partnership Population
Connection Decision Measure"""
_PROPERTIES = """place within country governs governedBy implementedBy establishes adopts organises partner funder
theme targetGroup kind pillar section status similarTo replicates cooperatesWith memberOf reference
of printed value comparator unit date awardedTo awardedBy year start end recurrence organiser
participantsFrom holder role post at text aspect modality subject mentions about saidBy passage
source conflictsWith challenge solution takeaway firstLine lastLine anchor offers approach
characterisedAs setting monitors institutionOf worksWith formedThrough establishedThrough follows
respondsTo alignedWith partnerIn heading withoutGraph untranslated dating closeTo because from to rank strength
decidedBy promptedBy withoutPrompt prefers reason
measure inspiredBy describedIn branch"""
CLASSES = _CLASSES.split()
PROPERTIES = _PROPERTIES.split()
SCHEMES = {
    "themes": ("theme", "Theme", 60),
    "target-groups": ("target-group", "TargetGroup", 36),
    "kinds": ("kind", "Kind", 129),
    "pillars": ("pillar", "Pillar", 3),
    "statuses": ("status", "Status", 5),
    "modalities": ("modality", "Modality", 14),
    "aspects": ("aspect", "Aspect", 15),
    "sections": ("section", "Section", 14),
    "measures": ("measure", "Measure", 10),
}


ONTOLOGY = read(FOLDER / "cityrights.ttl")
CONCEPTS = read(*sorted((FOLDER / "schemes").glob("*.ttl")))
TERMS = sorted(str(term) for kind in KINDS for term in ONTOLOGY.subjects(RDF.type, kind))


def languages(graph: rdflib.Graph, subject: rdflib.term.Node, predicate: rdflib.URIRef) -> list[str]:
    return sorted(str(text.language) for text in literals(graph.objects(subject, predicate)) if text.strip())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_has_blank_nodes(path: Path) -> None:
    assert len(FILES) >= 15
    assert not [triple for triple in read(path) if any(isinstance(term, rdflib.BNode) for term in triple)]


def unexplained(graph: rdflib.Graph) -> list[str]:
    """Name each of our terms that lacks a label or definition in a language, an example or its ontology."""
    return [
        term
        for term in TERMS
        if not term.startswith(CR)
        or languages(graph, rdflib.URIRef(term), RDFS.label) != ["en", "es", "fr"]
        or languages(graph, rdflib.URIRef(term), SKOS.definition) != ["en", "es", "fr"]
        or not graph.value(rdflib.URIRef(term), SKOS.example)
        or graph.value(rdflib.URIRef(term), RDFS.isDefinedBy) != rdflib.URIRef(CR.removesuffix("#"))
    ]


def test_every_own_term_is_explained() -> None:
    assert len(TERMS) > 120
    assert unexplained(ONTOLOGY) == []


def test_a_term_that_is_not_explained_is_named() -> None:
    for predicate in (RDFS.label, SKOS.definition, SKOS.example, RDFS.isDefinedBy):
        fewer = rdflib.Graph()
        for triple in ONTOLOGY:
            fewer.add(triple)
        fewer.remove(
            (rdflib.URIRef(CR + "City"), predicate, next(ONTOLOGY.objects(rdflib.URIRef(CR + "City"), predicate)))
        )
        assert unexplained(fewer) == [CR + "City"], predicate


def test_classes_and_properties_of_the_contract_exist() -> None:
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    classes = {str(term).removeprefix(CR) for term in ONTOLOGY.subjects(RDF.type, OWL.Class)}
    properties = {str(term).removeprefix(CR) for kind in kinds for term in ONTOLOGY.subjects(RDF.type, kind)}
    assert set(CLASSES) - classes == set()
    assert set(PROPERTIES) - properties == set()


def test_every_class_has_a_standard_superclass() -> None:
    own = [
        name
        for name in CLASSES
        if all(
            str(term).startswith(CR) for term in ONTOLOGY.transitive_objects(rdflib.URIRef(CR + name), RDFS.subClassOf)
        )
    ]
    assert own == []


def test_concept_classes_are_classes_of_concepts() -> None:
    for _, name, _ in SCHEMES.values():
        assert (rdflib.URIRef(CR + name), RDFS.subClassOf, SKOS.Concept) in ONTOLOGY


def test_every_example_uses_its_own_term() -> None:
    for term in TERMS:
        names = (str(below) for below in ONTOLOGY.transitive_subjects(RDFS.subClassOf, rdflib.URIRef(term)))
        example = str(ONTOLOGY.value(rdflib.URIRef(term), SKOS.example))
        assert any(f"cr:{name.removeprefix(CR)} " in example for name in names), term


def test_subjects_and_mentions_are_what_a_claim_is_about() -> None:
    about = rdflib.URIRef(CR + "about")
    for name in ("subject", "mentions"):
        assert (rdflib.URIRef(CR + name), RDFS.subPropertyOf, about) in ONTOLOGY
    assert (rdflib.URIRef(CR + "text"), RDFS.subPropertyOf, DCTERMS.description) in ONTOLOGY
    assert (rdflib.URIRef(CR + "within"), RDF.type, OWL.TransitiveProperty) in ONTOLOGY
    assert (rdflib.URIRef(CR + "governs"), OWL.inverseOf, rdflib.URIRef(CR + "governedBy")) in ONTOLOGY


def test_a_property_has_at_most_one_domain_and_range() -> None:
    """Several rdfs:domain would intersect; where several classes are meant, schema:domainIncludes stands."""
    for predicate in (RDFS.domain, RDFS.range):
        counts = Counter(ONTOLOGY.subjects(predicate))
        assert counts
        assert max(counts.values()) == 1


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_scheme_is_complete(name: str) -> None:
    path, cls, least = SCHEMES[name]
    graph = read(FOLDER / "schemes" / f"{name}.ttl")
    scheme = rdflib.URIRef(ID + path)
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert languages(graph, scheme, SKOS.prefLabel) == ["en", "es", "fr"]
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert len(concepts) >= least
    for concept in concepts:
        assert str(concept).startswith(ID + path + "/"), concept
        assert (concept, RDF.type, rdflib.URIRef(CR + cls)) in graph, concept
        assert list(graph.objects(concept, SKOS.inScheme)) == [scheme], concept
        assert languages(graph, concept, SKOS.prefLabel) == ["en", "es", "fr"], concept
        assert languages(graph, concept, SKOS.definition) == ["en", "es", "fr"], concept
        top = (concept, SKOS.topConceptOf, scheme) in graph
        assert top != bool(set(graph.objects(concept, SKOS.broader))), concept
        assert top == ((scheme, SKOS.hasTopConcept, concept) in graph), concept


def test_broader_goes_up_and_never_round() -> None:
    pairs = list(CONCEPTS.subject_objects(SKOS.broader))
    assert len(pairs) > 100
    for concept, broader in pairs:
        assert (broader, RDF.type, SKOS.Concept) in CONCEPTS
        assert concept not in set(CONCEPTS.transitive_objects(broader, SKOS.broader))


def test_a_label_names_one_concept_of_its_scheme() -> None:
    for scheme in set(CONCEPTS.objects(None, SKOS.inScheme)):
        labels = Counter(
            (text.language, str(text).casefold())
            for concept in CONCEPTS.subjects(SKOS.inScheme, scheme)
            for text in literals(CONCEPTS.objects(concept, SKOS.prefLabel))
        )
        assert [label for label, count in labels.items() if count > 1] == []


def badly_named(graph: rdflib.Graph) -> list[str]:
    """Name each concept without another name in a language, or with one that is a preferred one of its scheme."""
    wrong = []
    for scheme in sorted(set(iris(graph.objects(None, SKOS.inScheme)))):
        concepts = sorted(iris(graph.subjects(SKOS.inScheme, scheme)))
        preferred = {
            (text.language, str(text).casefold())
            for concept in concepts
            for text in literals(graph.objects(concept, SKOS.prefLabel))
        }
        for concept in concepts:
            others = [(text.language, str(text).casefold()) for text in literals(graph.objects(concept, SKOS.altLabel))]
            wrong += [f"{concept}: none in {name}" for name in ("en", "fr", "es") if name not in dict(others)]
            wrong += [
                f"{concept}: {text}@{name} is a preferred name" for name, text in others if (name, text) in preferred
            ]
    return wrong


def test_every_concept_has_other_names_in_three_languages() -> None:
    """What people type, and nothing that is called so first: SKOS, section 5.4, keeps the two apart."""
    assert badly_named(CONCEPTS) == []


def test_a_concept_that_is_badly_named_is_named() -> None:
    fewer = rdflib.Graph()
    for triple in CONCEPTS:
        fewer.add(triple)
    food, health = rdflib.URIRef(ID + "theme/food"), rdflib.URIRef(ID + "theme/health")
    fewer.remove((food, SKOS.altLabel, None))
    fewer.add((health, SKOS.altLabel, rdflib.Literal("Food", lang="en")))
    assert badly_named(fewer) == [
        *(f"{food}: none in {name}" for name in ("en", "fr", "es")),
        f"{health}: food@en is a preferred name",
    ]


def test_provenance_is_said_of_records_and_not_of_the_world() -> None:
    """PROV-O is for claims, decisions, passages, documents and what is computed; a practice is a record of nothing."""
    prov = "http://www.w3.org/ns/prov#"
    records = {"Claim", "Passage", "Source", "Connection", "Decision"}
    agents = {prov + "Agent"}
    for name in CLASSES:
        above = {str(term) for term in ONTOLOGY.transitive_objects(rdflib.URIRef(CR + name), RDFS.subClassOf)}
        of_prov = {term for term in above if term.startswith(prov)} - agents
        assert not of_prov or name in {*records, "GroupClaim"}, name
    for term in TERMS:
        above = {str(each) for each in ONTOLOGY.transitive_objects(rdflib.URIRef(term), RDFS.subPropertyOf)}
        if any(each.startswith((prov, str(DCTERMS.source))) for each in above):
            of = {str(each) for p in (RDFS.domain, DOMAINS) for each in ONTOLOGY.objects(rdflib.URIRef(term), p)}
            assert of <= {CR + name for name in records}, term
            assert of, term


def branches(term: str) -> set[rdflib.term.Node]:
    return set(ONTOLOGY.objects(rdflib.URIRef(CR + term), rdflib.URIRef(CR + "branch")))


def test_each_property_of_kinds_says_which_branch_it_takes() -> None:
    """Every branch of the scheme is that of one property, and for cr:kind that of each class that has one.

    How complete a record is has a branch without a property: lists compute it, and nothing states it.
    """
    kinds = rdflib.URIRef(CR + "Kind")
    told = {
        str(term).removeprefix(CR): branches(str(term).removeprefix(CR))
        for term in ONTOLOGY.subjects(RDFS.range, kinds)
    }
    assert all(told.values())
    tops = set(CONCEPTS.objects(rdflib.URIRef(ID + "kind"), SKOS.hasTopConcept))
    tops.remove(rdflib.URIRef(ID + "kind/record-kind"))
    reached = [branch for name in told for branch in told[name]]
    assert sorted(iris(reached)) == sorted(iris(tops))
    of_classes = {branch for name in CLASSES for branch in branches(name)}
    assert told["kind"] == of_classes & tops
    heads = {concept for concept in of_classes for _ in CONCEPTS.objects(concept, SKOS.inScheme)}
    assert heads == of_classes


def test_the_version_says_what_came_before_and_what_changed() -> None:
    own = rdflib.URIRef(CR.removesuffix("#"))
    version = str(ONTOLOGY.value(own, OWL.versionInfo))
    assert ONTOLOGY.value(own, OWL.versionIRI) == own + "/" + version
    before = str(ONTOLOGY.value(own, OWL.priorVersion)).removeprefix(own + "/")
    notes = [(text.language, str(text)) for text in literals(ONTOLOGY.objects(own, SKOS.historyNote))]
    changes = (FOLDER / "CHANGES.md").read_text("utf-8")
    for told in (version, before):
        assert {name for name, text in notes if text.startswith(told + ",")} == {"en", "fr", "es"}
        assert f"## {told}" in changes


def equal_labels() -> Iterator[tuple[rdflib.term.Node, bool]]:
    untranslated = rdflib.URIRef(CR + "untranslated")
    for graph, predicate in ((ONTOLOGY, RDFS.label), (CONCEPTS, SKOS.prefLabel)):
        for thing in set(graph.subjects(predicate)):
            english, *others = (
                {str(text) for text in literals(graph.objects(thing, predicate)) if text.language == language}
                for language in ("en", "fr", "es")
            )
            same = any(english & other for other in others)
            yield thing, not same or graph.value(thing, untranslated) is not None


def test_a_label_that_equals_the_english_one_says_why() -> None:
    assert [thing for thing, explained in equal_labels() if not explained] == []


def test_french_is_typeset_with_the_curly_apostrophe() -> None:
    for graph in (ONTOLOGY, CONCEPTS):
        for _, _, text in graph:
            if isinstance(text, rdflib.Literal) and text.language == "fr":
                assert "'" not in text, text


def context() -> dict[str, object]:
    loaded = json.loads((FOLDER / "context.jsonld").read_text("utf-8"))["@context"]
    assert isinstance(loaded, dict)
    return loaded


def test_context_covers_every_term() -> None:
    entries = context()
    for term in TERMS:
        name = term.removeprefix(CR)
        entry = entries.get(name)
        target = entry["@id"] if isinstance(entry, dict) else entry
        assert target == f"cr:{name}", name
        if (rdflib.URIRef(term), RDF.type, OWL.ObjectProperty) in ONTOLOGY:
            assert isinstance(entry, dict), name
            assert entry["@type"] == "@id", name


def test_context_reads_as_json_ld() -> None:
    document = {
        "@context": context(),
        "id": ID + "institution/jenin-ovf",
        "type": "Body",
        "kind": ID + "kind/observatory",
        "label": {"en": "Observatory", "fr": "Observatoire"},
        "value": "44",
    }
    triples = {
        (str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(json.dumps(document), ox.RdfFormat.JSON_LD)
    }
    thing = f"<{ID}institution/jenin-ovf>"
    assert (thing, f"<{RDF.type}>", f"<{CR}Body>") in triples
    assert (thing, f"<{CR}kind>", f"<{ID}kind/observatory>") in triples
    assert (thing, f"<{RDFS.label}>", '"Observatoire"@fr') in triples
    assert (thing, f"<{CR}value>", f'"44"^^<{rdflib.XSD.decimal}>') in triples


def test_borrowed_terms_are_declared() -> None:
    declared = set(read(*sorted((FOLDER / "alignments").glob("*.ttl"))).subjects(RDF.type))
    borrowed = {
        term
        for predicate in (RDFS.subClassOf, RDFS.subPropertyOf)
        for term in ONTOLOGY.objects(None, predicate)
        if not str(term).startswith((CR, SKOS_IRI))
    }
    assert len(borrowed) > 40
    assert borrowed <= declared
