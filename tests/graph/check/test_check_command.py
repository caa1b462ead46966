"""``cityrights check``, ``validate`` and ``format`` as they are called: output and exit codes."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from cityrights.authoring import editable
from cityrights.cli.authoring import format_
from cityrights.cli.check import check, validate
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.vocabulary import BASE, CR, ID, XSD

TYPED = "<https://w3id.org/cityrights/graph/x> { <https://w3id.org/cityrights/id/city/delft> a <urn:City> }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project folder with the shipped rules and shapes and one file."""
    (tmp_path / "data").mkdir()
    (tmp_path / "ontology").symlink_to(home() / "ontology")
    (tmp_path / "queries").symlink_to(home() / "queries")
    (tmp_path / "data" / "x.trig").write_text(TYPED)
    return tmp_path


def test_findings_are_grouped_with_the_repair_and_give_1(project: Path) -> None:
    result = CliRunner().invoke(check, ["--home", str(project)])
    assert result.exit_code == 1
    assert "label-missing (3 errors)" in result.stdout
    assert "x.trig:1: city/delft: has no label in fr" in result.stdout
    assert "→ make format" in result.stdout
    assert "\x1b[" not in result.stdout


def test_json_is_one_report(project: Path) -> None:
    result = CliRunner().invoke(check, ["--home", str(project), "--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["clean"] is False
    rules = {finding["rule"] for finding in report["findings"]}
    assert {"layout", "path-kind", "orphan"} <= rules
    assert report["looked_at"]["rules"] >= 25


def test_documents_that_are_not_there_give_2(project: Path) -> None:
    result = CliRunner().invoke(check, ["--home", str(project), "--sources", str(project / "data")])
    assert result.exit_code == 2
    assert "none of the documents is here" in result.stderr


def test_format_changes_what_is_not_canonical(project: Path) -> None:
    path = project / "data" / "x.trig"
    runner = CliRunner()
    assert runner.invoke(format_, ["--check", str(path)]).exit_code == 1
    assert path.read_text() == TYPED
    assert runner.invoke(format_, [str(project / "data")]).exit_code == 0
    assert path.read_text() != TYPED
    assert runner.invoke(format_, ["--check", str(path)]).exit_code == 0


def test_format_mends_line_ends_and_says_what_is_lost(project: Path) -> None:
    path = project / "data" / "x.trig"
    runner = CliRunner()
    runner.invoke(format_, [str(path)])
    tidy = path.read_bytes()
    path.write_bytes(tidy.replace(b"\n", b"\r\n") + b"# lost")
    result = runner.invoke(format_, [str(path)])
    assert "without 1 lines of comment" in result.stdout
    assert path.read_bytes() == tidy


def test_format_names_the_line_of_a_file_that_is_wrong(project: Path) -> None:
    path = project / "data" / "x.trig"
    path.write_text("<urn:g> {\n <urn:a> <urn:b> }")
    result = CliRunner().invoke(format_, [str(path)])
    assert result.exit_code == 1
    assert f"{path}:2:" in result.stderr


def test_the_installed_resources_are_not_for_editing(tmp_path: Path) -> None:
    with pytest.raises(CityrightsError, match="not for editing"):
        editable(tmp_path / "_resources")
    assert editable(tmp_path) == tmp_path


EXAMPLES = home() / "ontology" / "shapes" / "examples"
PASSES, FAILS = EXAMPLES / "passes.ttl", EXAMPLES / "fails.ttl"


def validated(*arguments: str | Path) -> Result:
    return CliRunner().invoke(validate, [str(argument) for argument in arguments])


def test_data_of_one_s_own_pass_in_every_format(tmp_path: Path) -> None:
    """The same things from six formats are the same data; our own JSON-LD context is at hand."""
    quads = [ox.Quad(*quad.triple) for quad in ox.parse(path=str(PASSES), format=ox.RdfFormat.TURTLE)]
    formats = (("nt", ox.RdfFormat.N_TRIPLES), ("nq", ox.RdfFormat.N_QUADS), ("rdf", ox.RdfFormat.RDF_XML))
    files = [PASSES, tmp_path / "a.trig", tmp_path / "packed.ttl.gz", tmp_path / "context.jsonld"]
    files[1].write_text(f"<urn:g> {{ {(' '.join(map('{} .'.format, (quad.triple for quad in quads))))} }}", "utf-8")
    files[2].write_bytes(gzip.compress(PASSES.read_bytes()))
    files[3].write_text(
        json.dumps(
            {"@context": f"{BASE}ontology/context.jsonld", "id": "https://example.org/id/lantern-bay", "type": "City"}
        )
    )
    for extension, form in formats:
        files.append(tmp_path / f"a.{extension}")
        ox.serialize(quads if extension == "nq" else [quad.triple for quad in quads], str(files[-1]), format=form)
    result = validated(*files)
    assert (result.exit_code, result.stdout) == (
        0,
        "0 errors, 0 warnings in 7 files, 37 triples, 4 things, 32 shapes\n",
    )


def test_what_is_wrong_is_told_as_the_example_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    result = validated("fails.ttl")
    assert result.exit_code == 1
    assert result.stdout.lstrip("\n") == (EXAMPLES / "fails.txt").read_text("utf-8")


def test_findings_for_programs_say_where_as_far_as_a_file_tells(tmp_path: Path) -> None:
    """Things of ours are known without their types; a node without a name, and a line of JSON-LD, are told."""
    label = ["label", "description", "place", "who", "status", "theme", "pillar"]
    said = {
        "@context": {"@vocab": CR},
        "@graph": [
            {"@id": "https://example.org/x", "@type": "Practice", "place": {"@id": f"{ID}city/utrecht"}},
            {"@type": "City"},
            {"@id": "urn:y", "@type": "Observation", "value": {"@value": "x", "@type": f"{XSD}decimal"}},
        ],
    }
    file = tmp_path / "mine.jsonld"
    file.write_text(json.dumps(said, indent=1))
    result = validated(file, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["clean"], report["looked_at"]["things"]) == (False, 3)
    broken = {found["rule"].partition(" ")[0]: found for found in report["findings"]}
    assert {f"Practice#{name}" for name in label if name != "place"} <= set(broken)
    assert "Practice#place" not in broken, "Utrecht is a place of ours"
    assert "Observation#value" in broken
    assert not re.search("Traceback|Warning", result.stderr)
    line = next(number for number, text in enumerate(file.read_text().split("\n"), 1) if "example.org/x" in text)
    assert broken["Practice#theme"]["where"] == f"{file}:{line}"
    assert broken["City#within"]["where"] == str(file)
    assert broken["City#within"]["message"].startswith("a node without a name: ")


def test_what_cannot_be_validated_is_not_said_to_be_valid(tmp_path: Path) -> None:
    """A class that is misspelt, a file that is broken, a file of another kind."""
    misspelt, broken, other = tmp_path / "a.ttl", tmp_path / "b.ttl", tmp_path / "c.csv"
    misspelt.write_text(f"@prefix cr: <{CR}> .\n<urn:x> a cr:Practise ; cr:about <<( <urn:a> <urn:b> <urn:c> )>> .\n")
    broken.write_text("<urn:x> a\n<urn:y> ; .. ")
    other.write_text("a,b")
    result = validated(misspelt)
    assert result.exit_code == 1
    assert "nothing was validated" in result.stdout
    assert "a.ttl:2: the ontology has no cr:Practise" in result.stdout
    assert "did you mean cr:Practice?" in result.stdout
    assert "statements with a triple as a term are not looked at, which SHACL does not know: 1" in result.stdout
    result = validated(misspelt, broken)
    assert result.exit_code == 1
    assert "b.ttl:2: " in result.stdout
    assert "not run: shapes (a file cannot be read)" in result.stderr
    for wrong in (other, tmp_path / "none.ttl"):
        assert validated(wrong).exit_code == 2
    result = validated(PASSES, "--base-iri", "no iri")
    assert (result.exit_code, "--base-iri: write a whole IRI" in result.stderr) == (2, True)
