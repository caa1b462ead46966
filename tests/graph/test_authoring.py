"""What the authoring commands write: passages, claims, sources."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cityrights.authoring import fragment, passage_quads
from cityrights.check.format import canonical_text, format_file
from cityrights.cli.authoring import claim, source
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.vocabulary import PREFIXES

MD5 = "88aa53e0dad205426b29c4e08328a8ed"


def test_a_passage_has_lines_and_both_selectors() -> None:
    quads = passage_quads("twenty-practices", "10", 51, 53, "a few words", MD5)
    text = canonical_text(quads, trig=True, source="twenty-practices")
    assert f'rdf:value "line=50,53;md5={MD5}"' in text
    assert "oa:hasSelector passage:10-lines , passage:10-quote" in text
    assert 'oa:exact "a few words"' in text
    assert "cr:firstLine 51" in text
    assert len(set(quads)) == 13
    assert {q.graph_name.value for q in quads if hasattr(q.graph_name, "value")} == {PREFIXES["graph"] + "claims"}


def test_rfc_5147_counts_gaps_from_zero() -> None:
    assert fragment(51, 51, MD5) == f"line=50,51;md5={MD5}"
    assert fragment(1, 2, MD5.upper()) == f"line=0,2;md5={MD5}"


@pytest.mark.parametrize(("first", "last", "md5"), [(0, 1, MD5), (3, 2, MD5), (1, 1, "abc")])
def test_impossible_fragments_are_refused(first: int, last: int, md5: str) -> None:
    with pytest.raises(ValueError, match=r"line|MD5"):
        fragment(first, last, md5)


def test_an_empty_anchor_is_refused() -> None:
    with pytest.raises(ValueError, match="anchor is empty"):
        passage_quads("twenty-practices", "10", 51, 53, "  ", MD5)


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
    assert "claim:2 a cr:Claim ;" in text
    assert "practice:delft-bicycles cr:solution claim:2 ." in text
    assert 'oa:exact "lends bicycles to newcomers"' in text


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
