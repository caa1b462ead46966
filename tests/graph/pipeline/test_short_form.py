"""A claim is written in one block; what follows from its number, lines and source is made by the build."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.check.format import format_file
from cityrights.home import home
from cityrights.pipeline import build
from cityrights.pipeline.derive import derive, rules
from cityrights.pipeline.read import Place, fragment, parse_file, unfold
from cityrights.vocabulary import CR
from sparqlgate.errors import InputError

MD5 = "88aa53e0dad205426b29c4e08328a8ed"
PREFIXES = """@prefix aspect: <https://w3id.org/cityrights/id/aspect/> .
@prefix city: <https://w3id.org/cityrights/id/city/> .
@prefix claim: <https://w3id.org/cityrights/id/claim/guide/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix editorial: <https://w3id.org/cityrights/graph/editorial/> .
@prefix graph: <https://w3id.org/cityrights/graph/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix decision: <https://w3id.org/cityrights/id/decision/> .
@prefix organisation: <https://w3id.org/cityrights/id/organisation/> .
@prefix passage: <https://w3id.org/cityrights/id/passage/guide/> .
@prefix practice: <https://w3id.org/cityrights/id/practice/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix source: <https://w3id.org/cityrights/id/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SOURCE = f"""decision:1 {{ organisation:cityrights-editors a cr:Organisation . }}
editorial:entities {{
    source:guide a cr:Source ; cr:md5 "{MD5}" ; cr:numbering "G001" ;
        cr:written "2026-11-22"^^xsd:date .
}}
"""
SHORT = """claim:7 {
    claim:7 a cr:Claim ;
        cr:lines "12-14: few words" , "358 link: example.org/page" ;
        cr:text "Delft lends bicycles."@en ;
        cr:subject practice:bicycles .
    practice:bicycles cr:place city:delft ;
        cr:solution claim:7 .
}

claim:8 {
    claim:8 a cr:GroupClaim ;
        cr:lines "20.2-21.1: other words" ;
        cr:text "Two do so."@en .
}
"""
LONG = f"""graph:claims {{
    claim:7 a cr:Claim ; dcterms:identifier "G007" ; cr:source source:guide ; cr:passage passage:7 , passage:7-link ;
        prov:wasAttributedTo organisation:cityrights-editors ; dcterms:created "2026-11-22"^^xsd:date ;
        cr:text "Delft lends bicycles."@en ; cr:subject practice:bicycles .
    claim:8 a cr:GroupClaim ; dcterms:identifier "G008" ; cr:source source:guide ; cr:passage passage:8 ;
        prov:wasAttributedTo organisation:cityrights-editors ; dcterms:created "2026-11-22"^^xsd:date ;
        cr:text "Two do so."@en .
    practice:bicycles cr:solution claim:7 .
    passage:7 a cr:Passage ; cr:source source:guide ; cr:firstLine 12 ; cr:lastLine 14 ; cr:anchor "few words" ;
        oa:hasSource source:guide ; oa:hasSelector passage:7-lines , passage:7-quote .
    passage:7-lines a oa:FragmentSelector ; dcterms:conformsTo <http://tools.ietf.org/rfc/rfc5147> ;
        rdf:value "line=11,14;md5={MD5}" .
    passage:7-quote a oa:TextQuoteSelector ; oa:exact "few words" .
    passage:7-link a cr:Passage ; cr:source source:guide ; cr:firstLine 358 ; cr:lastLine 358 ;
        cr:anchor "example.org/page" ;
        oa:hasSource source:guide ; oa:hasSelector passage:7-link-lines , passage:7-link-quote .
    passage:7-link-lines a oa:FragmentSelector ; dcterms:conformsTo <http://tools.ietf.org/rfc/rfc5147> ;
        rdf:value "line=357,358;md5={MD5}" .
    passage:7-link-quote a oa:TextQuoteSelector ; oa:exact "example.org/page" .
    passage:8 a cr:Passage ; cr:source source:guide ; cr:firstLine 20 ; cr:lastLine 21 ; cr:anchor "other words" ;
        cr:firstSentence 2 ; cr:lastSentence 1 ;
        oa:hasSource source:guide ; oa:hasSelector passage:8-lines , passage:8-quote .
    passage:8-lines a oa:FragmentSelector ; dcterms:conformsTo <http://tools.ietf.org/rfc/rfc5147> ;
        rdf:value "line=19,21;md5={MD5}" .
    passage:8-quote a oa:TextQuoteSelector ; oa:exact "other words" .
}}
editorial:entities {{ source:guide a cr:Source ; cr:md5 "{MD5}" . }}
decision:1 {{ organisation:cityrights-editors a cr:Organisation . }}
claim:7 {{ practice:bicycles cr:place city:delft . }}
"""


def _files(folder: Path, *texts: str) -> list[Path]:
    there = folder / "data" / "sources" / "guide"
    there.mkdir(parents=True, exist_ok=True)
    paths = [there / f"{number}.trig" for number, _ in enumerate(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(PREFIXES + text, "utf-8")
    return paths


def _unfolded(paths: list[Path]) -> set[ox.Quad]:
    quads, faults = unfold((path, parse_file(path)) for path in paths)
    assert [fault.reason for fault in faults] == []
    assert len(quads) == len(set(quads))
    return set(quads)


def test_a_block_says_what_forty_lines_said(tmp_path: Path) -> None:
    """The digest stands in another file of the source, and files may come in any order."""
    long = set(parse_file(_files(tmp_path / "long", LONG)[0]))
    assert _unfolded(_files(tmp_path / "short", SOURCE, SHORT)) == long
    assert _unfolded(_files(tmp_path / "other", SHORT, SOURCE)) == long


def test_the_long_form_stays_what_it_was(tmp_path: Path) -> None:
    paths = _files(tmp_path, LONG)
    assert _unfolded(paths) == set(parse_file(paths[0]))


def test_what_somebody_wrote_is_not_made_anew(tmp_path: Path) -> None:
    block = """claim:7 { claim:7 a cr:Claim ; dcterms:identifier "X" ; cr:source source:other ;
        dcterms:created "2030-01-01"^^xsd:date ; prov:wasAttributedTo organisation:x . }"""
    said = {str(quad.object) for quad in _unfolded(_files(tmp_path, SOURCE, block)) if "claim/" in str(quad.subject)}
    assert {text.partition("^^")[0].rpartition("/")[2] for text in said} == {
        '"X"', "other>", '"2030-01-01"', "x>", "ontology#Claim>"
    }  # fmt: skip


def test_a_decision_is_a_block_that_the_editors_answer_for(tmp_path: Path) -> None:
    """What it says of itself is told apart from what it decides, and who decided follows, unless somebody is named."""
    block = """decision:3 {
    decision:3 a cr:Decision ;
        cr:reason "It lends, so it has a place."@en ;
        cr:promptedBy claim:7 ;
        cr:withoutPrompt "None."@en ;
        dcterms:date "2026-11-30"^^xsd:date .
    practice:bicycles cr:place city:delft .
}

decision:4 {
    decision:4 a cr:Decision ;
        cr:decidedBy organisation:x .
}
"""
    paths = _files(tmp_path, block)
    assert format_file(paths[0]).endswith(block)
    said = {(str(quad.graph_name).rpartition("/")[2], quad.predicate.value) for quad in _unfolded(paths)}
    own = {CR + name for name in ("reason", "promptedBy", "withoutPrompt", "decidedBy")}
    assert {predicate for graph, predicate in said if graph == "decisions>"} >= own
    assert {predicate for graph, predicate in said if graph == "3>"} == {CR + "place"}
    by = {str(quad.object).rpartition("/")[2] for quad in _unfolded(paths) if quad.predicate.value == CR + "decidedBy"}
    assert by == {"cityrights-editors>", "x>"}


def test_a_source_without_numbering_calls_its_claims_by_its_slug(tmp_path: Path) -> None:
    quads = _unfolded(_files(tmp_path, "claim:7 { claim:7 a cr:Claim . }"))
    assert ox.Literal("guide-7") in {quad.object for quad in quads}


def test_the_short_form_is_canonical(tmp_path: Path) -> None:
    (path,) = _files(tmp_path, SHORT)
    assert format_file(path).endswith(SHORT)


def test_a_passage_is_called_by_its_sentences(tmp_path: Path) -> None:
    store = ox.Store()
    titles = "".join(
        f'source:guide <http://www.w3.org/2000/01/rdf-schema#label> "Guide"@{tag} .' for tag in ("en", "fr")
    )
    told = 'claim:9 { claim:9 a cr:Claim ; cr:lines "12.2: a" . }\n' + f"graph:x {{ {titles} }}\n"
    for quad in _unfolded(_files(tmp_path, SOURCE, SHORT + told)):
        store.add(ox.Quad(*quad.triple))
    every = rules(home() / "queries" / "construct")
    named = [rule for rule in every if rule.name in ("claim-labels", "passage-descriptions")]
    derived = [quad.object for rule in named for quad in derive(store, rule) if "/passage/" in str(quad.subject)]
    said = {term.value.replace("\u202f", " ") for term in derived if isinstance(term, ox.Literal)}
    assert said == {
        "Lines 12–14 · Guide", "Lignes 12–14 · Guide", "Line 358 · Guide", "Ligne 358 · Guide",
        "Lines 20, sentence 2–21, sentence 1 · Guide", "Lignes 20, phrase 2–21, phrase 1 · Guide",
        "Line 12, sentence 2 · Guide", "Ligne 12, phrase 2 · Guide",
        "Lines 12 to 14 of the document “Guide”, counted from 1.",
        "Lignes 12 à 14 du document « Guide », comptées à partir de 1.",
        "Line 358 of the document “Guide”, counted from 1.", "Ligne 358 du document « Guide », comptée à partir de 1.",
        "Lines 20, sentence 2 to 21, sentence 1 of the document “Guide”, counted from 1.",
        "Lignes 20, phrase 2 à 21, phrase 1 du document « Guide », comptées à partir de 1.",
        "Line 12, sentence 2 of the document “Guide”, counted from 1.",
        "Ligne 12, phrase 2 du document « Guide », comptée à partir de 1.",
    }  # fmt: skip


def test_places_are_read_as_they_are_written() -> None:
    good = ["12: a", "12-14: few words", "12.3: a: b", "12.3-12.4: a", "12.3-14.1: a", "358 link: x", "9 a-b: “a”"]
    for text in good:
        assert str(Place.parse(text)) == text
    wrong = ["", "12", "12 a", "a: b", "12:b", "12: ", "14-12: a", "0: a", "12.4-12.3: a", "12.1-14: a", "12-14.1: a"]
    for text in (*wrong, "12 lines: a", "12 x-quote: a", "12 Link: a", "12-: a", "1-2-3: a"):
        with pytest.raises(ValueError, match="“"):
            Place.parse(text)


def test_rfc_5147_counts_gaps_from_zero() -> None:
    assert fragment(51, 51, MD5) == f"line=50,51;md5={MD5}"
    assert fragment(1, 2, MD5.upper()) == f"line=0,2;md5={MD5}"
    for first, last, md5 in ((0, 1, MD5), (3, 2, MD5), (1, 1, "abc")):
        with pytest.raises(ValueError, match=r"line|MD5"):
            fragment(first, last, md5)


#: What somebody writes in place of a line of the short form → what is said, and the repair.
WRONG = {
    "no colon": ('"12-14: few words"', '"12-14 few words"', "does not say where", '"12-14: few words"'),
    "backwards": ('"12-14: few words"', '"14-12: few words"', "the first before the last", "write lines"),
    "a number": ('"12-14: few words" , "358 link: example.org/page"', "12", "does not say where", "write lines"),
    "one name twice": ('"358 link: example', '"358: example', "two places of one name", "358 link"),
    "another source": ("claim/guide/", "claim/gide/", "“gide” is no document", "source add gide"),
    "no claim": ("claim:8 a cr:GroupClaim ;", "claim:8 a cr:GroupClaim . city:x", "no claim", "move it"),
    "day": ('"2026-11-22"^^xsd:date', '"last year"', "cr:written is a day", "xsd:date"),
    "numbering": ('cr:numbering "G001"', 'cr:numbering "first"', "identifier of a claim", "A001"),
}  # fmt: skip


def test_a_build_says_where_a_claim_is_wrong_and_writes_nothing(tmp_path: Path) -> None:
    for name, (old, new, reason, repair) in WRONG.items():
        folder = tmp_path / name
        (path,) = _files(folder, SOURCE + SHORT)
        good = path.read_text("utf-8")
        path.write_text(good.replace(old, new), "utf-8")
        assert path.read_text("utf-8") != good
        (folder / "queries" / "construct").mkdir(parents=True)
        (folder / "queries" / "explore").mkdir(parents=True)
        with pytest.raises(InputError) as caught:
            build(folder, tmp_path / "snapshots")
        said = caught.value
        assert said.path == path, name
        assert reason in said.reason, name
        assert repair in said.repair, name
        assert said.line is not None, name
        written = path.read_text("utf-8").split("\n")[said.line - 1]
        assert any(f"cr:{term}" in written for term in ("lines", "numbering", "written")), (name, written)
    assert not list((tmp_path / "snapshots").glob("*"))


def test_a_number_of_a_decision_is_given_once(tmp_path: Path) -> None:
    block = "decision:3 { decision:3 a cr:Decision . practice:bicycles cr:place city:delft . }"
    paths = _files(tmp_path, block, block, block.replace("decision:3", "decision:7"))
    _, faults = unfold((path, parse_file(path)) for path in paths)
    (fault,) = faults
    assert fault.path == paths[1]
    assert fault.reason == "decision/3 stands in 0.trig, too"
    assert "next free number, decision:8" in fault.repair
