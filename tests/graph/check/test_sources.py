"""Pointers and anchors against documents, whatever the files are called, and sentences that are not our own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from cityrights.check.documents import (
    Document,
    anchor_stands,
    check_pointer,
    check_sources,
    runs,
    sentences,
)
from cityrights.check.rules import Broken
from cityrights.converted import lines_of
from cityrights.pipeline.read import Place
from cityrights.vocabulary import ID, PREFIXES, source_prefixes
from sparqlgate.errors import InputError

TEXT = """Policies for everyone

The council of Delft opened an office where people
can ask for help https://example.org/a-long-
address in their own language, and this is free of charge.
Nobody speaks of this line.
"""
GRAPH = """
PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX claim: <https://w3id.org/cityrights/id/claim/guide/>
PREFIX passage: <https://w3id.org/cityrights/id/passage/guide/>
PREFIX source: <https://w3id.org/cityrights/id/source/>
GRAPH <https://w3id.org/cityrights/graph/claims> {
  source:guide a cr:Source ; cr:md5 "MD5" ; cr:lineCount COUNT ; cr:textLines "1-3/2,4-6" .
  claim:1 cr:passage passage:1 ; cr:text "TEXT"@en .
  passage:1 cr:source source:guide ; cr:firstLine FIRST ; cr:lastLine LAST ; cr:anchor "ANCHOR" .
  source:guide rdfs:label "Council of Delft opened an office where people can ask"@en .
}
"""


def _run(
    tmp_path: Path,
    *,
    text: str = "Own words.",
    first: int = 3,
    last: int = 5,
    anchor: str = "opened an office",
    count: int = 6,
) -> tuple[list[Broken], list[Document]]:
    (tmp_path / "any name.text").write_text(TEXT)
    md5 = hashlib.md5(TEXT.encode(), usedforsecurity=False).hexdigest()
    graph = GRAPH
    values = {"MD5": md5, "TEXT": text, "FIRST": str(first), "LAST": str(last), "ANCHOR": anchor, "COUNT": str(count)}
    for name, value in values.items():
        graph = graph.replace(name, value)
    store = ox.Store()
    store.extend(ox.parse(graph, format=ox.RdfFormat.TRIG))
    store.extend([ox.Quad(q.subject, q.predicate, q.object) for q in store])
    return check_sources(store, tmp_path)


def test_a_right_pointer_gives_no_finding_and_counts_the_silent_lines(tmp_path: Path) -> None:
    broken, documents = _run(tmp_path)
    assert broken == []
    assert [document.silent for document in documents] == [[1, 6]]
    assert documents[0].as_dict()["without_claim"] == 2


@pytest.mark.parametrize(
    ("changes", "rule", "message"),
    [
        ({"first": 5, "last": 9}, "passage-range", "document with 6 lines"),
        ({"first": 0}, "passage-range", "lines 0 to 5"),
        ({"anchor": "closed an office"}, "anchor-missing", "does not occur"),
        ({"first": 1, "last": 1}, "anchor-missing", "does not occur in lines 1 to 1"),
        ({"anchor": "a b c d e f g h i j k l m"}, "anchor-length", "13 words"),
        ({"text": "Our Council of Delft opened an office where people CAN come."}, "", ""),
        ({"text": "In their own language, and this is free of Charge."}, "copied-text", "in their own language and"),
    ],
)
def test_each_mistake_has_its_own_finding(tmp_path: Path, changes: dict[str, Any], rule: str, message: str) -> None:
    broken, _ = _run(tmp_path, **changes)
    assert [row.finding.rule for row in broken] == ([rule] if rule else [])
    assert all(message in row.finding.message and row.finding.repair for row in broken)


def test_a_document_that_is_not_there_says_its_digest(tmp_path: Path) -> None:
    store = ox.Store()
    store.update(
        "PREFIX cr: <https://w3id.org/cityrights/ontology#> INSERT DATA { <urn:s> a cr:Source ; cr:md5 'abc' }"
    )
    with pytest.raises(InputError, match="MD5 abc"):
        check_sources(store, tmp_path)


def test_anchors_stand_across_lines_with_and_without_a_space() -> None:
    lines = ["where people\x0c", "  can  ask at https://x.org/a-", "b now"]
    assert anchor_stands("where people can", lines)
    assert anchor_stands("https://x.org/a-b now", lines)
    assert not anchor_stands("people ask", lines)


def test_a_wrong_line_says_where_the_anchor_is() -> None:
    wrong = check_pointer(Place(1, 1, "opened an office"), lines_of(TEXT))
    assert wrong is not None
    assert wrong[2] == "it stands at line 3: mend the lines"


LINE = (
    "Delft has an office, e.g. for newcomers. It opened in 2020! “Nobody waits.” See https://a.org/x.y for more… "
    "12 work there."
)


def test_sentences_of_a_line_are_counted_in_one_way() -> None:
    assert sentences(LINE) == [
        "Delft has an office, e.g. for newcomers.",
        "It opened in 2020!",
        "“Nobody waits.”",
        "See https://a.org/x.y for more…",
        "12 work there.",
    ]
    assert sentences("") == sentences("  ") == []
    assert sentences("No end") == ["No end"]
    assert sentences("¿Quién? ¡Él! No.") == ["¿Quién?", "¡Él!", "No."]


def test_a_sentence_is_a_place() -> None:
    def wrong(place: str) -> str:
        found = check_pointer(Place.parse(place), [LINE, "Another. And one."])
        return " ".join(found) if found else ""

    assert [wrong(place) for place in ("1.1: an office", "1.2: opened", "1.2-1.3: Nobody", "1.5-2.1: Another")] == [
        ""
    ] * 4
    assert "it stands in sentence 2 of 5: 1.2" in wrong("1.1: opened in")
    assert "it stands in sentence 1 of 5: 1.1" in wrong("1.9: an office")
    assert "it stands at line 2" in wrong("1.1: And one")


def test_lines_end_as_rfc_5147_says() -> None:
    assert lines_of("a\r\nb\nc\rd") == ["a", "b", "c", "d"]
    assert lines_of("a\n\u2028b\n") == ["a", "\u2028b"]


def test_eight_words_in_common_are_allowed_and_nine_are_not() -> None:
    assert runs("one two three four five six seven eight") == set()
    assert len(runs("one two three four five six seven eight, nine")) == 1


def test_the_number_of_lines_is_compared_with_the_document(tmp_path: Path) -> None:
    broken, _ = _run(tmp_path, count=7)
    assert [row.finding.rule for row in broken] == ["source-lines"]
    assert "cr:lineCount says 7, and the document has 6" in broken[0].finding.message


#: A practice with its headings, and a claim on the lines of each.
PRACTICE = """A museum of everybody in Delft

Challenge
addressed
Few people knew where all of them came from in 2019.

Solution proposed
The museum shows it since 2021 and had more than 1,500 visitors.

Takeaways • Museums are good places to talk.

1) https://museum.example.org/an-
address?of=it
"""
CLAIMS = {
    1: ("1-1: A museum", "title", "The practice is a museum.", ""),
    2: ("5-5: Few people", "challenge", "In 2019 few knew it.", ""),
    3: (
        "8-8: The museum",
        "solution",
        "Since 2021 it has shown it, to 1 500 people.",
        'practice:museum cr:start "2021"^^xsd:gYear . observation:visitors cr:printed "more than 1,500" .',
    ),
    4: ("10-10: Museums are", "takeaway", "Museums are good for it.", ""),
    5: (
        "12-13: museum.example.org",
        "reference",
        "The museum has a page.",
        'reference:museum schema:url "https://museum.example.org/an-address?of=it"^^xsd:anyURI .',
    ),
}


def _of_practice(
    tmp_path: Path, changes: dict[int, tuple[str, str]], modality: str = "asserted", document: str = PRACTICE
) -> list[Broken]:
    """Check the claims on the practice with words of some claims changed."""
    (tmp_path / "document").write_text(document)
    md5 = hashlib.md5(document.encode(), usedforsecurity=False).hexdigest()
    graph = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in (PREFIXES | source_prefixes("guide")).items())
    said = [f'source:guide a cr:Source ; cr:md5 "{md5}" ; cr:lineCount 13 ; cr:textLines "1-3/2,4-5,7-8,10-12/2,13" .']
    said += [
        f'aspect:{name} skos:prefLabel "{name.capitalize()}"@en .' for name in ("challenge", "solution", "takeaway")
    ]
    for number, row in CLAIMS.items():
        lines, aspect, text, stated = (part.replace(*changes.get(number, ("\0", ""))) for part in row)
        first, _, rest = lines.partition("-")
        last, _, anchor = rest.partition(": ")
        said.append(
            f'claim:{number} a cr:Claim ; cr:source source:guide ; cr:passage passage:{number} ; cr:text "{text}"@en ; '
            f"cr:aspect aspect:{aspect} ; cr:modality modality:{modality} ; cr:subject practice:museum . "
            f"passage:{number} cr:source source:guide ; cr:firstLine {first} ; cr:lastLine {last} ; "
            f'cr:anchor "{anchor}" .'
        )
        graph += f"GRAPH claim:{number} {{ {stated} }}\n"
    store = ox.Store()
    store.extend(ox.parse(graph + f"GRAPH graph:claims {{ {' '.join(said)} }}", format=ox.RdfFormat.TRIG))
    store.extend([ox.Quad(q.subject, q.predicate, q.object) for q in list(store)])
    return check_sources(store, tmp_path)[0]


#: A change of words in a claim → the rule that finds it, and a word of what it says.
DIFFERENT = (
    (2, "challenge", "solution", "aspect-heading", "under a heading that says challenge"),
    (3, "solution", "takeaway", "aspect-heading", "says solution"),
    (4, "takeaway", "challenge", "aspect-heading", "says takeaway"),
    (3, "more than 1,500", "more than 15,000", "not-in-lines", "15,000"),
    (3, '"2021"', '"2012"', "not-in-lines", "2012"),
    (3, "Since 2021", "Since 2012", "not-in-lines", "the figure 2012"),
    (5, "an-address", "an-adress", "not-in-lines", "an-adress"),
)


def test_a_figure_of_a_sentence_may_stand_in_words(tmp_path: Path) -> None:
    """Who writes 42 of “Forty-two people” says what is printed; who writes 24 does not."""
    words = PRACTICE.replace("1,500 visitors", "1,500 visitors, of them forty-two on its first day")
    for figure, rules in (("42", []), ("24", ["not-in-lines"])):
        found = _of_practice(tmp_path, {3: ("1 500 people", f"1 500 people, {figure} at first")}, document=words)
        assert [row.finding.rule for row in found] == rules, figure


def test_what_a_claim_gives_stands_in_its_lines_and_under_its_heading(tmp_path: Path) -> None:
    """Addresses that are broken over lines, figures grouped otherwise and headings before a bullet are read."""
    assert _of_practice(tmp_path, {}) == []
    for number, old, new, rule, words in DIFFERENT:
        found = _of_practice(tmp_path, {number: (old, new)})
        told = [(row.finding.where, row.finding.rule) for row in found]
        assert told == [(f"{ID}claim/guide/{number}", rule)], (new, found)
        assert words in found[0].finding.message
        assert found[0].finding.repair


def test_background_that_is_told_under_a_solution_is_no_fault(tmp_path: Path) -> None:
    assert _of_practice(tmp_path, {3: ("solution", "challenge")}, "context") == []
