"""What the authoring commands write: passages, claims, sources."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cityrights.check.format import format_file
from cityrights.cli.authoring import claim, source
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.vocabulary import PREFIXES

DOCUMENT = """Notes on one city

The town hall of Delft lends bicycles to
newcomers during their first year.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project folder with the concept schemes, one city and the source ``delft-notes``."""
    folder = tmp_path / "project"
    shutil.copytree(home() / "ontology" / "schemes", folder / "ontology" / "schemes")
    (folder / "data" / "sources").mkdir(parents=True)
    (folder / "queries").mkdir()
    cities = "<https://w3id.org/cityrights/id/city/delft> a <https://w3id.org/cityrights/ontology#City>"
    (folder / "data" / "places.trig").write_text(f"<{PREFIXES['editorial']}entities> {{ {cities} }}\n")
    (tmp_path / "document.txt").write_text(DOCUMENT)
    assert _call(folder, "source", "add", "delft-notes", "--title", "Notes", "--file", _document(folder)).exit_code == 0
    return folder


def _document(project: Path) -> str:
    return str(project.parent / "document.txt")


def _call(project: Path, kind: str, *words: str) -> Result:
    return CliRunner().invoke({"source": source, "claim": claim}[kind], [*words, "--home", str(project)])


def _new(project: Path, **changes: str) -> Result:
    options = {
        "lines": "3-4",
        "anchor": "lends bicycles to newcomers",
        "text": "People who arrive in Delft get a bike on loan.",
        "subject": "practice:delft-bicycles",
        "theme": "housing",
        "file": "data/sources/delft-notes/bicycles.trig",
        "document": _document(project),
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    words = [word for name, value in options.items() if value for word in (f"--{name}", value)]
    return _call(project, "claim", "new", "delft-notes", *words)


def test_a_new_source_says_its_digest_and_lines(project: Path) -> None:
    path = project / "data" / "sources" / "delft-notes" / "document.trig"
    text = path.read_text(encoding="utf-8")
    assert hashlib.md5(DOCUMENT.encode(), usedforsecurity=False).hexdigest() in text
    assert "cr:lineCount 4" in text
    assert 'cr:textLines "1-3/2,4"' in text
    assert "bicycles" not in text
    assert format_file(path) == text


def test_a_new_source_is_told_what_it_still_lacks(project: Path) -> None:
    (project / "other.txt").write_text("Another text.\n", encoding="utf-8")
    given = ["--title", "Other", "--title-es", "Otro", "--description", "A text.", "--description-fr", "Un texte."]
    result = _call(project, "source", "add", "other", *given, "--file", str(project / "other.txt"))
    wanted = "editorial:labels: rdfs:label in fr, dcterms:description in es"
    assert wanted in " ".join(result.output.split())
    text = (project / "data" / "sources" / "other" / "document.trig").read_text(encoding="utf-8")
    assert 'dcterms:description "A text."@en , "Un texte."@fr' in text


@pytest.mark.parametrize(
    ("slug", "reason"),
    [("delft-notes", "there is a source"), ("Delft", "is no slug"), ("other", "is the source “delft-notes” already")],
)
def test_a_source_is_not_added_twice(project: Path, slug: str, reason: str) -> None:
    result = _call(project, "source", "add", slug, "--title", "Notes", "--file", _document(project))
    assert isinstance(result.exception, CityrightsError)
    assert reason in str(result.exception)


#: A claim with all that the test knows of it: a block of ten lines.
SECOND = """claim:2 {
    claim:2 a cr:Claim ;
        cr:lines "3-4: lends bicycles to newcomers" ;
        cr:modality modality:asserted ;
        cr:aspect aspect:solution ;
        cr:text "Delft lends them."@en ;
        cr:subject practice:delft-bicycles ;
        cr:mentions city:delft ;
        cr:theme theme:housing .
    practice:delft-bicycles cr:solution claim:2 .
}
"""


def test_claims_take_the_next_number_and_leave_what_is_there(project: Path) -> None:
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    assert _new(project).exit_code == 0
    first = path.read_text(encoding="utf-8")
    path.write_text("# A comment that stays\n\n" + first, encoding="utf-8")
    result = _new(project, text="Delft lends them.", practice="practice:delft-bicycles", mentions="city:delft")
    assert "wrote claim 2 of delft-notes" in result.output
    assert "nothing says yet what practice:delft-bicycles is" in result.output
    assert "city:delft is" not in result.output
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# A comment that stays\n\n@prefix")
    assert format_file(path) == text
    assert "claim:1 a cr:Claim ;" in text
    assert text.endswith(SECOND)


def test_numbers_are_not_used_again_in_another_file(project: Path) -> None:
    assert _new(project).exit_code == 0
    result = _new(project, file="data/sources/delft-notes/other.trig")
    assert "wrote claim 2 of delft-notes" in result.output


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"anchor": "sells bicycles"}, "does not occur in lines 3 to 4"),
        ({"lines": "1"}, "it stands at line 3"),
        ({"lines": "3-9"}, "a document with 4 lines"),
        ({"text": "The town hall of Delft lends bicycles to newcomers during holidays."}, "repeats the document"),
        ({"theme": "houseing"}, "near it: housing"),
        ({"modality": "sure"}, "there is no modality “sure”"),
        ({"subject": "practise:x"}, "did you mean practice:x?"),
        ({"subject": "delft"}, "neither an IRI nor a name"),
        ({"file": "data/sources/other/x.trig"}, "claims of delft-notes stand in"),
        ({"practice": "practice:x", "aspect": "indicator"}, "not to “indicator”"),
    ],
)
def test_a_wrong_claim_is_refused_and_nothing_is_written(project: Path, changes: dict[str, str], reason: str) -> None:
    result = _new(project, **changes)
    assert isinstance(result.exception, CityrightsError)
    assert reason in str(result.exception)
    assert not list(project.glob("data/sources/*/[!d]*.trig"))


def _read(project: Path, name: str = "bicycles") -> str:
    return (project / "data" / "sources" / "delft-notes" / f"{name}.trig").read_text(encoding="utf-8")


def test_several_things_in_one_option_are_several_things(project: Path) -> None:
    assert _new(project, mentions="city:delft,city:ghent, city:lyon").exit_code == 0
    assert "cr:mentions city:delft , city:ghent , city:lyon" in _read(project)
    for bad, reason in {
        "city:delft,": "",
        "city:Delft": "the slug is not made of",
        "https://a.org/x{y}": "is no IRI",
        "city:delft;city:ghent": "the slug is not made of",
        ",": "is empty",
    }.items():
        result = _new(project, mentions=bad)
        assert reason in str(result.exception or ""), bad
        assert bool(reason) == isinstance(result.exception, CityrightsError), bad


def test_a_thing_that_nobody_knows_is_told_with_the_nearest(project: Path) -> None:
    result = _new(project, mentions="city:delf")
    assert "what city:delf is: type it in the claim's block, label it; did you mean city:delft?" in _said(result)


def _said(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_claim_goes_where_its_subject_or_its_lines_are(project: Path) -> None:
    assert "sources/delft-notes/claims.trig" in _new(project, file="").output
    assert "other.trig" in _new(project, file="data/sources/delft-notes/other.trig", subject="city:delft").output
    assert "other.trig" in _new(project, file="", subject="city:delft").output
    assert "claims.trig" in _new(project, file="").output
    assert (
        "bottom.trig"
        in _new(project, file="data/sources/delft-notes/bottom.trig", lines="4-4", anchor="newcomers").output
    )
    assert "bottom.trig" in _new(project, file="", lines="4", anchor="newcomers", subject="practice:new").output


def test_an_anchor_that_nobody_chose_is_taken_from_the_document(project: Path) -> None:
    assert _new(project, anchor="").exit_code == 0
    assert 'cr:lines "3-4: The town hall of"' in _read(project)
    assert "--anchor" in str(_new(project, anchor="", document="").exception)


@pytest.mark.parametrize(("lines", "reason"), [("2", "nothing stands in 2"), ("3.7", "there is no 3.7: line 3 has 1")])
def test_a_place_where_nothing_stands_is_refused_and_nothing_is_written(project: Path, lines: str, reason: str) -> None:
    result = _new(project, lines=lines, anchor="")
    assert result.exit_code == 1
    assert reason in str(result.exception)
    assert not (project / "data" / "sources" / "delft-notes" / "bicycles.trig").exists()


def test_a_sentence_of_a_long_line_is_a_place(project: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text("Delft lends bicycles. Ghent sells them. Nobody walks.\n")
    assert _call(project, "source", "add", "long", "--title", "Long", "--file", str(long)).exit_code == 0

    def new(lines: str, anchor: str) -> Result:
        told = ["--text", "One of two.", "--about", "city:delft", "--anchor", anchor, "--document", str(long)]
        return _call(project, "claim", "new", "long", lines, *told)

    assert "line 1 has 3 sentences; this one alone: 1.2" in _said(new("1", "Ghent sells"))
    assert new("1.2", "Ghent sells").exit_code == 0
    assert "it stands in sentence 2 of 3: 1.2" in str(new("1.3", "Ghent sells").exception)
    text = (project / "data" / "sources" / "long" / "claims.trig").read_text(encoding="utf-8")
    assert 'cr:lines "1.2: Ghent sells"' in text


def test_what_is_known_of_a_source_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("Text.\n")
    options = {
        "url": "https://example.org/report", "date": "2025-07", "language": "fr", "publisher": "organisation:ohchr",
        "licence": "cc-by-sa-4.0", "numbering": "C001",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    call = ("source", "add", "report", "--title", "Report", "--file", str(tmp_path / "x.txt"))
    for name, bad, reason in [
        ("url", "example.org", "begins with http"), ("date", "3 July", "is no date"), ("date", "2025-13", "is no date"),
        ("language", "french", "is no language"), ("publisher", "OHCHR", "neither an IRI"),
        ("licence", "free", "none that is known"), ("numbering", "1", "for example C001"),
    ]:  # fmt: skip
        result = _call(project, *call, f"--{name}", bad)
        assert reason in str(result.exception), name
        assert not (project / "data" / "sources" / "report").exists()
    assert _call(project, *call, *words).exit_code == 0
    text = (project / "data" / "sources" / "report" / "document.trig").read_text(encoding="utf-8")
    for said in (
        'schema:url "https://example.org/report"^^xsd:anyURI', 'dcterms:issued "2025-07"^^xsd:gYearMonth',
        "dcterms:language <http://publications.europa.eu/resource/authority/language/FRA>",
        "dcterms:publisher organisation:ohchr", "dcterms:license <https://creativecommons.org/licenses/by-sa/4.0/>",
        'cr:numbering "C001"',
    ):  # fmt: skip
        assert said in text
    told = _call(
        project, "claim", "new", "report", "1", "--anchor", "Text", "--text", "It is one.", "--about", "city:delft"
    )
    assert told.exit_code == 0
    assert [claim["identifier"] for claim in _list(project, "report")] == ["C001"]


def _list(project: Path, *words: str) -> list[dict[str, Any]]:
    result = _call(project, "claim", "list", *words, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_claims_are_listed_as_they_are_written(project: Path) -> None:
    assert _new(project, practice="practice:delft-bicycles").exit_code == 0
    assert _new(project, lines="1", anchor="one city", text="A title.", subject="city:delft").exit_code == 0
    first, second = _list(project, "delft-notes")
    assert (first["identifier"], first["text"]) == ("delft-notes-1", "People who arrive in Delft get a bike on loan.")
    assert first["about"] == ["practice:delft-bicycles"]
    assert first["lines"] == [
        {"range": "3-4", "first": 3, "last": 4, "name": "", "anchor": "lends bicycles to newcomers"}
    ]
    assert [claim["number"] for claim in _list(project, "--lines", "1-2")] == [2] == [second["number"]]
    assert [claim["number"] for claim in _list(project, "--about", "city:delft")] == [2]
    shown = _said(_call(project, "claim", "list"))
    assert "delft-notes/2 (delft-notes-2) lines 1: A title. about city:delft" in shown
    assert "did you mean delft-notes?" in _call(project, "claim", "list", "delft-note").output
    assert "did you mean city:delft?" in _said(_call(project, "claim", "list", "--about", "city:delf"))
    wrong = _call(project, "claim", "list", "--about", "claim:delft-notes/7")
    assert "near it: delft-notes" in str(wrong.exception)


def test_a_claim_is_changed_and_the_rest_of_it_stays(project: Path) -> None:
    assert _new(project, practice="practice:delft-bicycles", mentions="city:delft").exit_code == 0
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    stated = _read(project).replace("cr:solution claim:1 .", "cr:solution claim:1 ;\n        cr:place city:delft .")
    path.write_text(stated, encoding="utf-8")
    path.write_text(format_file(path), encoding="utf-8")
    before = _read(project)

    def edit(name: str, *words: str) -> Result:
        return _call(project, "claim", "edit", name, *words)

    assert edit("delft-notes/1", "--text", "Newcomers get one.").exit_code == 0
    assert _read(project) == before.replace("People who arrive in Delft get a bike on loan.", "Newcomers get one.")
    assert (
        edit("delft-notes-1", "--lines", "3", "--anchor", "lends bicycles", "--document", _document(project)).exit_code
        == 0
    )
    assert 'cr:lines "3: lends bicycles" ;' in _read(project)
    assert (
        edit(
            "delft-notes/1", "--aspect", "takeaway", "--drop", "mentions", "--about", "city:delft,city:ghent"
        ).exit_code
        == 0
    )
    text = _read(project)
    assert "cr:takeaway claim:1" in text
    assert "cr:solution" not in text
    assert "cr:mentions" not in text
    assert "cr:subject city:delft , city:ghent" in text
    assert "cr:place city:delft" in text
    for words, reason in (
        (
            (
                "--text",
                "The town hall of Delft lends bicycles to newcomers during it.",
                "--document",
                _document(project),
            ),
            "repeats",
        ),
        (("--lines", "9", "--document", _document(project)), "a document with 4 lines"),
        (("--drop", "text"), "cannot be left out"),
        (("--theme", "houseing"), "near it: housing"),
        (("--text", " "), "is empty"),
    ):
        assert reason in str(edit("delft-notes/1", *words).exception), words
        assert _read(project) == text
    assert "near it: delft-notes" in str(edit("delft-notes/7", "--text", "No.").exception)
    assert edit("delft-notes/1").exit_code == 2


def test_an_anchor_that_somebody_chose_is_kept_as_long_as_it_stands_there(project: Path) -> None:
    assert _new(project, lines="3", anchor="lends bicycles").exit_code == 0
    for words, lines, told in (
        (("--lines", "3-4", "--document", _document(project)), "3-4: lends bicycles", "“lends bicycles” was kept"),
        (("--lines", "3"), "3: lends bicycles", "“lends bicycles” was kept"),
        (("--lines", "4", "--document", _document(project)), "4: newcomers during their first", "does not stand in 4"),
        (("--lines", "3-4", "--anchor", "to newcomers"), "3-4: to newcomers", ""),
    ):
        result = _call(project, "claim", "edit", "delft-notes/1", *words)
        assert result.exit_code == 0, words
        assert f'cr:lines "{lines}" ;' in _read(project), words
        assert told in _said(result), words
        assert ("the anchor “" in _said(result)) == bool(told), words


def test_a_claim_is_removed_and_its_number_is_not_used_again(project: Path) -> None:
    for text in ("First.", "Second.", "Third."):
        assert _new(project, text=text, practice="practice:delft-bicycles").exit_code == 0
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    assert _call(project, "claim", "remove", "delft-notes/3").exit_code == 0
    assert "claim:3" not in _read(project)
    assert 'cr:numbering "delft-notes-4"' in _read(project, "document")
    result = _new(project, text="Fourth.")
    assert "wrote claim 4" in result.output
    assert _list(project, "delft-notes")[-1]["identifier"] == "delft-notes-4"
    assert "there is no claim" in str(_call(project, "claim", "remove", "delft-notes/3").exception)
    for number in (1, 2, 4):
        assert _call(project, "claim", "remove", f"delft-notes/{number}").exit_code == 0
    assert not path.exists()
    assert 'cr:numbering "delft-notes-5"' in _read(project, "document")


def test_a_claim_that_another_speaks_of_is_not_removed(project: Path) -> None:
    assert _new(project).exit_code == 0
    assert _new(project).exit_code == 0
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    start, end = _read(project).split("claim:2 {")
    path.write_text(start + "claim:2 {" + end.replace("cr:lines", "cr:conflictsWith claim:1 ; cr:lines"), "utf-8")
    path.write_text(format_file(path), encoding="utf-8")
    before = _read(project)
    said = str(_call(project, "claim", "remove", "delft-notes/1").exception)
    assert "is spoken of by claim/delft-notes/2" in said.replace("https://w3id.org/cityrights/id/", "")
    assert _read(project) == before


def test_a_claim_that_a_decision_rests_on_is_not_removed(project: Path) -> None:
    assert _new(project).exit_code == 0
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    decision = """@prefix decision: <https://w3id.org/cityrights/id/decision/> .
decision:7 { decision:7 a cr:Decision ; cr:promptedBy claim:1 . practice:delft-bicycles cr:reason "x" . }
"""
    path.write_text(_read(project) + decision, "utf-8")
    path.write_text(format_file(path), encoding="utf-8")
    before = _read(project)
    assert "is spoken of by decision:7" in str(_call(project, "claim", "remove", "delft-notes/1").exception)
    assert _read(project) == before


def test_a_claim_that_is_written_on_another_day_than_its_source_says_so(project: Path) -> None:
    document = project / "data" / "sources" / "delft-notes" / "document.trig"
    today = datetime.now(UTC).date().isoformat()
    text = document.read_text("utf-8")
    assert f'cr:written "{today}"^^xsd:date' in text
    assert _new(project).exit_code == 0
    assert "dcterms:created" not in _read(project)
    document.write_text(text.replace(f'cr:written "{today}"', 'cr:written "2020-02-02"'), "utf-8")
    assert _new(project).exit_code == 0
    first, second = _read(project).split("claim:2 {")
    assert "dcterms:created" not in first
    assert f'dcterms:created "{today}"^^xsd:date' in second


def test_what_a_removed_claim_introduced_is_told(project: Path) -> None:
    assert _new(project).exit_code == 0
    assert _new(project, subject="city:delft", mentions="practice:delft-bicycles").exit_code == 0
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    block = "    practice:delft-bicycles a cr:Practice .\n    city:ghent a cr:City .\n}\n\nclaim:2 {"
    text = _read(project).replace("}\n\nclaim:2 {", block)
    labels = 'editorial:labels { city:ghent rdfs:label "Ghent"@en . }\n'
    named = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in ("editorial", "rdfs"))
    path.write_text(named + text + labels, encoding="utf-8")
    path.write_text(format_file(path), encoding="utf-8")
    said = _said(_call(project, "claim", "remove", "delft-notes/1"))
    assert "nothing says any more what practice:delft-bicycles is, and other claims speak of it" in said
    assert "nothing speaks of city:ghent any more: remove its labels" in said


def test_another_document_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.txt").write_text("Something else\n")
    result = _new(project, document=str(tmp_path / "wrong.txt"))
    assert "has the MD5" in str(result.exception)


def test_a_file_with_other_comments_is_not_touched(project: Path) -> None:
    assert _new(project).exit_code == 0
    path = project / "data" / "sources" / "delft-notes" / "bicycles.trig"
    edited = path.read_text(encoding="utf-8") + "# do not lose me\n"
    path.write_text(edited, encoding="utf-8")
    assert "not in canonical form" in str(_new(project).exception)
    assert path.read_text(encoding="utf-8") == edited


def test_lines_that_are_no_range_are_a_wrong_call(project: Path) -> None:
    assert _new(project, lines="a-b").exit_code == 2
    assert _new(project, lines="4-3").exit_code == 2
