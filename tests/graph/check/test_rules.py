"""Every rule of queries/checks has a decoy that it catches, and says nothing about the clean sample."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.check.rules import Broken, Rule, rules, run_rule
from cityrights.home import home
from cityrights.vocabulary import GRAPH, ID, RDF
from sparqlgate.errors import InputError

SAMPLE = (Path(__file__).parent / "sample.trig").read_text(encoding="utf-8")
LANGUAGES = ("en", "fr", "es")
RULES = {rule.name: rule for rule in rules(home() / "queries" / "checks")}

#: A graph of matches that names its vocabulary, up to the match itself.
_MATCHES = (
    "<https://w3id.org/cityrights/graph/enrichment/x> { <https://w3id.org/cityrights/graph/enrichment/x> "
    "<http://rdfs.org/ns/void#objectsTarget> <http://example.org/words> . <http://example.org/words> a "
    'skos:ConceptScheme ; <http://rdfs.org/ns/void#uriRegexPattern> "^http://example\\\\.org/words/[0-9]+$" . '
    "<http://example.org/words/1> skos:inScheme <http://example.org/words> . status:in-place "
)
#: Rule → (text of the sample, what the decoy writes in its place or, without it, appends; the thing that is wrong).
DECOYS: dict[str, tuple[str, str, str]] = {
    "anchor-length": ('cr:anchor "a few words"', 'cr:anchor "a b c d e f g h i j k l m"', "passage/guide/1"),
    "claim-evidence": (
        "cr:passage passage:1 ; cr:subject institution:desk",
        "cr:subject institution:desk",
        "claim/guide/4",
    ),
    "claim-modality": ("cr:modality modality:negative-context ;", "", "claim/guide/2"),
    "claim-source": ("claim:1 a cr:Claim ;", "claim:1 a cr:Claim ; cr:source source:other ;", "claim/guide/1"),
    "class-path": ("", "graph:x { city:office a cr:Body , cr:Institution . }", "city/office"),
    "concept-of-another-scheme": ("cr:kind kind:office", "cr:kind status:in-place", "institution/office"),
    "concept-without-scheme": (
        "status:in-place a skos:Concept ; skos:inScheme <https://w3id.org/cityrights/id/status> .",
        "status:in-place a skos:Concept .",
        "status/in-place",
    ),
    "dangling-reference": ("cr:mentions city:delft", "cr:mentions city:delfft", "claim/guide/1"),
    "decision-without-statement": ("", "graph:decisions { decision:9 a cr:Decision . }", "decision/9"),
    "description-missing": ('practice:welcome dcterms:description "A thing. (fr)"@fr .', "", "practice/welcome"),
    "disjoint-classes": ("", "graph:x { city:delft a cr:LocalGovernment . }", "city/delft"),
    "graph-not-allowed": ("", "claim:2 { practice:welcome cr:kind kind:office . }", "claim/guide/2"),
    "graph-without-claim": ("", "claim:9 { practice:welcome cr:kind kind:office . }", "claim/guide/9"),
    "group-claim-subjects": (
        "cr:subject government:delft , practice:welcome",
        "cr:subject government:delft",
        "claim/guide/3",
    ),
    "identifier-twice": ("claim:4 a cr:Claim ;", 'claim:4 a cr:Claim ; dcterms:identifier "G1" ;', "claim/guide/1"),
    "hidden-label-shown": (
        "",
        'graph:x { status:in-place skos:hiddenLabel "there"@en ; skos:altLabel "there"@en . }',
        "status/in-place",
    ),
    "iri-encoding": ("example.org/a%20page", "example.org/100%", "reference/page"),
    "label-missing": ('practice:welcome rdfs:label "fr practice/welcome"@fr .', "", "practice/welcome"),
    "label-twice": ("", 'graph:x { city:delft rdfs:label "Delft am See"@en . }', "city/delft"),
    "match-contradicts": (
        "",
        f"{_MATCHES} skos:broadMatch <http://example.org/words/1> ; skos:narrowMatch <http://example.org/words/1> . }}",
        "status/in-place",
    ),
    "match-unknown": ("", f"{_MATCHES} skos:exactMatch <http://example.org/words/2> . }}", "status/in-place"),
    "negative-context-as-deed": ("cr:solution claim:1", "cr:solution claim:2", "practice/welcome"),
    "observation-without-evidence": (
        "observation:size a cr:Observation ; cr:of institution:office .\n}",
        "} graph:x { observation:size a cr:Observation ; cr:of institution:office . }",
        "observation/size",
    ),
    "orphan": ("", "graph:x { city:ghent a cr:City . } derived:x { claim:1 cr:about city:ghent . }", "city/ghent"),
    "passage-lines": ("cr:firstLine 51", "cr:firstLine 52", "passage/guide/1"),
    "path-kind": ("city:delft a cr:City .", "city:delft a cr:Event .", "city/delft"),
    "reason-without-need": ("", "claim:3 { practice:welcome cr:kind kind:office . }", "claim/guide/3"),
    "record-without-origin": ("dcterms:license <https://example.org/licence> ;", "", GRAPH + "enrichment/places"),
    "replaced-name": (
        "cr:mentions city:delft",
        "cr:mentions city:delfft .\n city:delfft dcterms:isReplacedBy city:delft .\n claim:1 cr:mentions city:delft",
        "claim/guide/1",
    ),
    "reference-twice": (
        "reference:page a cr:Reference",
        'reference:again a cr:Reference ; schema:url "https://example.org/a%20page"^^xsd:anyURI .\n'
        "reference:page a cr:Reference",
        "reference/again",
    ),
    "fact-without-graph": (
        'cr:withoutGraph "Nothing says which has which."@en',
        "cr:aspect aspect:solution",
        "claim/guide/3",
    ),
    "solution-not-about": ("cr:solution claim:1", "cr:solution claim:4", "claim/guide/4"),
    "start-after-end": ('"2020-05-01"^^xsd:date', '"2019-05-01"^^xsd:date', "event/day"),
    "statement-without-witness": (
        "",
        "editorial:entities { practice:welcome cr:status status:in-place . }",
        "practice/welcome",
    ),
    "status-unstated": ("cr:status status:in-place", "cr:status status:unstated", "institution/office"),
    "address-form": ("https://example.org/a%20page", "https//example.org/a%20page", "reference/page"),
    "anchor-not-in-address": ('cr:anchor "a few words"', 'cr:anchor "example.org/b"', "claim/guide/1"),
    "aspect-of-deed": ("cr:solution claim:1", "cr:takeaway claim:1", "claim/guide/1"),
    "claim-object-not-about": ("", "claim:1 { institution:desk cr:place city:delft . }", "claim/guide/1"),
    "claim-theme-unsaid": ("", "claim:1 { practice:welcome cr:theme theme:food . }", "claim/guide/1"),
    "concept-tree": ("", "graph:x { kind:office skos:broader theme:food . }", "kind/office"),
    "conflict-apart": (
        "",
        "graph:x { claim:4 cr:conflictsWith claim:2 . }",
        "claim/guide/4",
    ),
    "date-implausible": ('cr:start "2020"^^xsd:gYear', 'cr:start "0020"^^xsd:gYear', "event/day"),
    "date-in-future": ("", 'graph:x { observation:size cr:date "2999-01-01"^^xsd:date . }', "observation/size"),
    "figures-differ": (
        "",
        "graph:x { population:a a cr:Population ; cr:of city:delft ; cr:value 1000 . "
        "population:b a cr:Population ; cr:of city:delft ; cr:value 9000 . }",
        "population/b",
    ),
    "government-of-another": (
        "",
        "graph:x { city:ghent a cr:City . government:delft cr:governs city:ghent . }",
        "government/delft",
    ),
    "identifier-match": ("", 'graph:x { city:delft cr:wikidataId "Q1" ; skos:exactMatch wd:Q2 . }', "city/delft"),
    "identifier-of-two": (
        "",
        'graph:x { city:delft cr:geonamesId "1" . city:ghent cr:geonamesId "1" . }',
        "city/delft",
    ),
    "label-of-another": (
        "",
        'graph:x { city:ghent a cr:City ; rdfs:label "Delft"@en . }',
        "city/ghent",
    ),
    "name-differs": (
        "",
        'graph:x { city:delft foaf:name "Delfft" . }',
        "city/delft",
    ),
    "passage-outside": ("", "graph:x { source:guide cr:lineCount 52 . }", "passage/guide/1"),
    "people-in-parts": (
        "",
        "graph:x { observation:size cr:unit kind:unit-people ; cr:value 1.5 . }",
        "observation/size",
    ),
    "place-disagrees": (
        "",
        "graph:x { city:ghent a cr:City . government:ghent cr:governs city:ghent . "
        "practice:welcome cr:implementedBy government:ghent . }",
        "practice/welcome",
    ),
    "place-within": ("", "graph:x { country:belgium a cr:Country ; cr:within city:delft . }", "country/belgium"),
    "planned-in-place": (
        "cr:status status:underway .",
        "cr:status status:underway , status:in-place .",
        "claim/guide/4",
    ),
    "quotation-asserted": ("", "graph:x { claim:1 cr:aspect aspect:quotation . }", "claim/guide/1"),
    "related-to-itself": ("", "graph:x { government:delft cr:cooperatesWith government:delft . }", "government/delft"),
    "same-as": ("", "graph:x { city:delft owl:sameAs wd:Q690 . }", "city/delft"),
    "section-heading": (
        "",
        "claim:1 { practice:welcome cr:section section:a . } graph:x { claim:2 cr:heading section:b . }",
        "claim/guide/2",
    ),
    "sentence-twice": ('"Both have one."', '"Delft has an office."', "claim/guide/1"),
    "subdivision-country": (
        "",
        'graph:x { city:delft cr:containingSubdivision "BE-VOV" ; cr:within country:nl . '
        'country:nl cr:iso3166-1-alpha2 "NL" . }',
        "city/delft",
    ),
    "text-garbled": ('"Both have one."', '"Both have cafÃ©s."', "claim/guide/3"),
    "undeclared-borrowed": ("", 'graph:x { city:delft skos:altLable "Delf"@nl . }', "city/delft"),
    "undeclared-class": ("city:delft a cr:City .", "city:delft a cr:City , cr:Town .", "city/delft"),
    "undeclared-property": ("cr:mentions city:delft", "cr:mentoins city:delft", "claim/guide/1"),
    "underway-without-status": (
        "institution:desk a cr:Body ; cr:status status:underway .",
        "institution:desk a cr:Body .",
        "claim/guide/4",
    ),
    "year-in-name": (
        "",
        'graph:x { event:day cr:start "1999"^^xsd:gYear ; rdfs:label "Day of 2020"@en . }',
        "event/day",
    ),
    "untranslated-needless": ("", 'graph:x { practice:welcome cr:untranslated "a name"@en . }', "practice/welcome"),
    "untranslated-unsaid": ('; cr:untranslated "a place name"@en', "", "city/delft"),
}


def _store(text: str) -> ox.Store:
    """Load a text and the merge of its graphs; what it does not label or put in a scheme gets that here."""
    store = ox.Store()
    store.extend(ox.parse(text, format=ox.RdfFormat.TRIG))
    store.extend([ox.Quad(q.subject, q.predicate, q.object) for q in store if q.graph_name != ox.DefaultGraph()])
    return store


def _full_sample() -> str:
    """Return the sample with labels, descriptions and schemes for whatever it types."""
    store = _store(SAMPLE)
    head, body = SAMPLE.rsplit("\neditorial:labels {", 1)
    lines: list[str] = []
    concepts: list[str] = []
    for subject in sorted(
        {q.subject for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), None)}, key=str
    ):
        assert isinstance(subject, ox.NamedNode)
        path = subject.value.removeprefix(ID)
        if path == subject.value or "-lines" in path or path in ("status", "city/delft"):
            continue
        name = path.replace("/", ":", 1) if path.count("/") == 1 else path.replace("/guide/", ":")
        lines += [f'{name} rdfs:label "{tag} {path}"@{tag} .' for tag in LANGUAGES]
        lines += [f'{name} dcterms:description "A thing. ({tag})"@{tag} .' for tag in LANGUAGES]
        if name.split(":")[0] in ("aspect", "kind", "modality", "status"):
            concepts.append(f"{name} a skos:Concept ; skos:inScheme <{ID}status> .")
    lines += [f'city:delft dcterms:description "A city. ({tag})"@{tag} .' for tag in LANGUAGES]
    vocabulary = "\ngraph:vocabulary {\n" + "\n".join(concepts) + "\n}\n"
    return head + vocabulary + "\neditorial:labels {\n" + "\n".join(lines) + body


FULL = _full_sample()


def _broken(rule: Rule, text: str) -> list[Broken]:
    return list(run_rule(_store(text), rule))


def test_every_rule_has_a_decoy() -> None:
    assert set(DECOYS) == set(RULES)
    assert len(RULES) >= 25


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_nothing_about_the_clean_sample(name: str) -> None:
    assert _broken(RULES[name], FULL) == []


@pytest.mark.parametrize("name", DECOYS)
def test_a_rule_catches_its_decoy(name: str) -> None:
    old, new, where = DECOYS[name]
    assert old in FULL
    found = _broken(RULES[name], FULL.replace(old, new, 1) if old else FULL + new)
    assert {row.finding.where for row in found} == {where if where.startswith("http") else ID + where}
    assert found[0].finding.rule == name
    assert found[0].finding.message
    assert found[0].finding.repair


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_description_is_missed_in_each_language(language: str) -> None:
    line = f'practice:welcome dcterms:description "A thing. ({language})"@{language} .'
    assert line in FULL
    (row,) = _broken(RULES["description-missing"], FULL.replace(line, ""))
    assert row.finding.message == f"has no description in {language}"
    assert f'"…"@{language}' in row.finding.repair


def test_the_text_of_a_claim_is_wanted_in_english_only() -> None:
    told = FULL.replace('claim:1 dcterms:description "A thing. (', 'practice:welcome cr:note "A thing. (')
    assert told != FULL
    assert _broken(RULES["description-missing"], told) == []
    mute = told.replace('cr:text "Delft has an office."@en ; ', "")
    (row,) = _broken(RULES["description-missing"], mute)
    assert row.finding.where == ID + "claim/guide/1"
    assert row.finding.message == "has no description in en"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT ?where ?message WHERE {}", "begins with a comment"),
        ("# A rule in words\nSELECT ?where WHERE { ?where ?p ?o }", "SELECT with"),
        ("# A rule in words\nASK {}", "SELECT with"),
        ("# A rule in words\nSELECT ?where {", "does not parse"),
        ("# A rule in words\nSELECT ?where ?message { ?where ?p ?message }", "no IRI as"),
    ],
)
def test_a_rule_that_is_no_rule_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "r.rq").write_text(text)
    with pytest.raises(InputError, match=reason):
        list(run_rule(_store(SAMPLE), rules(tmp_path)[0]))


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rule"):
        rules(tmp_path)


def test_a_match_that_cannot_hold_says_what_is_wrong_and_how_to_mend_it() -> None:
    word = "<http://example.org/words/"
    cases = {
        f"skos:closeMatch {word}1> .": ("", ""),
        "skos:closeMatch <http://example.org/word/1> .": ("no IRI of http://example.org/words", "mend the IRI"),
        f"skos:closeMatch {word}7> .": ("enrichment/x.trig does not list", "add the concept there with skos:inScheme"),
        f"skos:exactMatch {word}1> , {word}2> . {word}2> skos:inScheme <http://example.org/words> .": (
            "two concepts of one vocabulary",
            "keep skos:exactMatch for one",
        ),
        f"skos:closeMatch {word}1> ; skos:broadMatch {word}1> .": ("by skos:broadMatch and by skos:closeMatch", "keep"),
    }
    for match, (message, repair) in cases.items():
        text = f"{FULL}\n{_MATCHES} {match} }}"
        found = [row.finding for name in ("match-unknown", "match-contradicts") for row in _broken(RULES[name], text)]
        assert len(found) == (1 if message else 0), match
        assert all(message in one.message and repair in one.repair for one in found), found
    unnamed = (
        f"{FULL}\n<https://w3id.org/cityrights/graph/enrichment/y> {{ status:in-place skos:closeMatch {word}1> . }}"
    )
    (row,) = _broken(RULES["match-unknown"], unnamed)
    assert "does not say of which vocabulary" in row.finding.message
    assert "void:objectsTarget" in row.finding.repair
    nobody = f"{FULL}\n{_MATCHES.replace('status:in-place ', 'kind:nowhere ')} skos:closeMatch {word}1> . }}"
    assert [row.finding.where for row in _broken(RULES["dangling-reference"], nobody)] == [ID + "kind/nowhere"]


#: What somebody writes → what is said of it.
UNWITNESSED = {
    "graph:x { practice:welcome cr:status status:in-place . }": "in x",
    "editorial:labels { practice:welcome cr:status status:in-place . }": "in editorial/labels",
    f"<{GRAPH}translations/fr> {{ practice:welcome cr:status status:in-place . }}": "in translations/fr",
    "graph:claims { practice:welcome cr:status status:in-place . }": "in claims",
    "editorial:indexing { practice:welcome cr:status status:in-place . }": "in editorial/indexing",
}


def test_a_publisher_may_have_an_iri_of_its_own_choice() -> None:
    rule, town = RULES["class-path"], "<https://town.example/#us> a cr:Organisation"
    assert [row.finding.thing for row in _broken(rule, f"{FULL} graph:dataset {{ {town} . }}")]
    told = f"{FULL} graph:dataset {{ {town} . graph:dataset dcterms:publisher <https://town.example/#us> . }}"
    assert not _broken(rule, told)


def test_only_the_four_witnesses_bear_a_statement() -> None:
    """Labels, claims and documents bear what is theirs, and nothing else; a second graph that does is enough."""
    rule = RULES["statement-without-witness"]
    for text, said in UNWITNESSED.items():
        (row,) = _broken(rule, FULL + text)
        assert row.finding.message.endswith(said), text
        assert "cr:Decision" in row.finding.repair
        assert (
            _broken(rule, FULL + "<https://w3id.org/cityrights/graph/translations/fr> { claim:1 cr:text 'Oui.'@fr . }")
            == []
        )
        assert _broken(rule, FULL + text + "claim:1 { practice:welcome cr:status status:in-place . }") == []


def test_a_preference_needs_two_values() -> None:
    """One that names a claim without a value of its own, or one that nothing contradicts, is told."""
    rule = RULES["decision-without-statement"]
    for old, new in (
        ("institution:office cr:status status:underway .", ""),
        ("cr:prefers claim:4", "cr:prefers claim:2"),
        (";\n        cr:conflictsWith claim:1", ""),
    ):
        assert old in FULL
        (row,) = _broken(rule, FULL.replace(old, new, 1))
        assert row.finding.where == ID + "decision/2", old
        assert "no value" in row.finding.message


def test_a_decision_names_what_prompts_it_or_says_why_nothing_does() -> None:
    more = 'graph:decisions { decision:1 cr:withoutPrompt "Nothing."@en . }'
    (row,) = _broken(RULES["reason-without-need"], FULL + more)
    assert (row.finding.where, row.finding.message) == (
        ID + "decision/1",
        "says why no claim prompts it, and names one",
    )
