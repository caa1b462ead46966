"""Order, prefixes and indentation of the canonical layout, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from cityrights.check.format import format_file, natural
from sparqlgate.errors import InputError

MESSY = """# First comment
# second comment

@prefix c: <https://w3id.org/cityrights/id/claim/twenty-practices/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix unused: <http://example.org/> .
@prefix g: <https://w3id.org/cityrights/graph/> .
c:10 { c:10 cr:text "ten" . }
c:9 { c:9 cr:text "nine" ; a cr:Claim . } # lost
<https://w3id.org/cityrights/graph/editorial/labels> { c:9 rdfs:label "es"@es , "fr"@fr, "en"@en . }
g:claims { c:10 a cr:Claim . c:9 cr:text "two\\nlines\\tand a tab" ; a cr:Claim . }
"""

TIDY = """# First comment
# second comment

@prefix claim: <https://w3id.org/cityrights/id/claim/twenty-practices/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix editorial: <https://w3id.org/cityrights/graph/editorial/> .
@prefix graph: <https://w3id.org/cityrights/graph/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

graph:claims {
    claim:9 a cr:Claim ;
        cr:text "two\\nlines\\tand a tab" .
    claim:10 a cr:Claim .
}

claim:9 {
    claim:9 a cr:Claim ;
        cr:text "nine" .
}

claim:10 {
    claim:10 cr:text "ten" .
}

editorial:labels {
    claim:9 rdfs:label "en"@en , "fr"@fr , "es"@es .
}
"""


@pytest.mark.parametrize("folder", ["twenty-practices", "external"])
def test_a_messy_file_becomes_tidy_and_stays_so(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "sources" / folder / "topic.trig"
    path.parent.mkdir(parents=True)
    path.write_text(MESSY, encoding="utf-8")
    assert format_file(path) == TIDY
    path.write_text(TIDY, encoding="utf-8")
    assert format_file(path) == TIDY


def test_turtle_has_a_blank_line_between_subjects(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text('@prefix cr: <https://w3id.org/cityrights/ontology#> . cr:B cr:x "b" . cr:A cr:x "a" .\n')
    assert format_file(path).endswith('#> .\n\ncr:A cr:x "a" .\n\ncr:B cr:x "b" .\n')


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        ("\n<urn:g> { <urn:a> <urn:b> [] . }", "blank node", 2),
        ('<urn:g> { <urn:a> <urn:b> "[" .\n _:x <urn:b> "c" . }', "blank node", 2),
        ("<urn:g> { <urn:a> <urn:b> (<urn:c>) . }", "blank node", 1),
        ("<urn:g> {\n<urn:a> <urn:b> <urn:c>\n", "", 3),
        ("<urn:a> <urn:b> <urn:c> .", "outside a graph", None),
    ],
)
def test_what_cannot_be_formatted_says_where(tmp_path: Path, content: str, reason: str, line: int | None) -> None:
    path = tmp_path / "x.trig"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        format_file(path)
    assert reason in caught.value.reason
    assert caught.value.line == line


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no canonical form"):
        format_file(tmp_path / "x.json")


def test_numbers_sort_by_value() -> None:
    assert sorted(["claim/10", "claim/9", "claim/9-b", "claim", "a2b10", "a2b9"], key=natural) == [
        "a2b9", "a2b10", "claim", "claim/9", "claim/9-b", "claim/10",
    ]  # fmt: skip


def test_numbers_of_any_length_are_ordered() -> None:
    long = "9" * 5_000
    assert sorted([f"a{long}", f"a1{long}", "a10", "a009"], key=natural) == ["a009", "a10", f"a{long}", f"a1{long}"]
