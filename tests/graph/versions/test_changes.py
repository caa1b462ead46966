"""What changed between two versions, told by claims: ten edits of a small graph, each told as people mean it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cityrights.cli import group
from cityrights.pipeline import build
from cityrights.snapshot import Snapshot

ONTOLOGY = """@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

cr:Institution a owl:Class ; rdfs:label "Institution"@en , "Institution"@fr .
cr:City a owl:Class ; rdfs:label "City"@en , "Ville"@fr .
cr:kind a owl:ObjectProperty ; rdfs:label "kind"@en , "type"@fr .
cr:value a owl:DatatypeProperty ; rdfs:label "value"@en , "valeur"@fr .
cr:modality a owl:ObjectProperty ; rdfs:label "modality"@en .
<https://w3id.org/cityrights/id/kind/museum> a cr:Kind ; skos:prefLabel "museum"@en , "musée"@fr .
<https://w3id.org/cityrights/id/kind/office> a cr:Kind ; skos:prefLabel "office"@en , "bureau"@fr .
"""
DATA = """@prefix city: <https://w3id.org/cityrights/id/city/> .
@prefix claim: <https://w3id.org/cityrights/id/claim/first/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix editorial: <https://w3id.org/cityrights/graph/editorial/> .
@prefix graph: <https://w3id.org/cityrights/graph/> .
@prefix institution: <https://w3id.org/cityrights/id/institution/> .
@prefix kind: <https://w3id.org/cityrights/id/kind/> .
@prefix modality: <https://w3id.org/cityrights/id/modality/> .
@prefix observation: <https://w3id.org/cityrights/id/observation/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix source: <https://w3id.org/cityrights/id/source/> .

graph:dataset { source:first cr:md5 "0123456789abcdef0123456789abcdef" ; cr:numbering "A001" . }
editorial:labels { institution:museum rdfs:label "Museum"@en , "Musée"@fr . city:delft rdfs:label "Delft"@en . }
claim:1 {
    claim:1 a cr:Claim ; cr:lines "3-4: a museum" ; cr:modality modality:asserted ; cr:text "Delft has a museum."@en .
    institution:museum a cr:Institution ; cr:kind kind:museum .
}
claim:2 {
    claim:2 a cr:Claim ; cr:lines "9: ten rooms" ; cr:modality modality:asserted ; cr:text "It has ten rooms."@en .
    observation:rooms cr:value 10 .
}
"""
QUERY = """# title: Institutions
# title@fr: Institutions
# title@es: Instituciones
# question: Which are there?
# question@fr: Lesquelles y a-t-il ?
# question@es: ¿Cuáles hay?
# tags: institutions

# All of them.
SELECT ?institution WHERE { ?institution a cr:Institution }
"""
NEW = """claim:3 {
    claim:3 a cr:Claim ; cr:lines "12: an office" ; cr:modality modality:asserted ; cr:text "Delft has an office."@en .
    institution:office a cr:Institution ; cr:kind kind:office .
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with an ontology, two claims and one question."""
    for part in ("ontology", "queries/explore", "queries/construct", "data"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "ontology" / "terms.ttl").write_text(ONTOLOGY, "utf-8")
    (tmp_path / "data" / "first.trig").write_text(DATA, "utf-8")
    (tmp_path / "queries" / "explore" / "institutions.rq").write_text(QUERY, "utf-8")
    return tmp_path


def _build(project: Path) -> Snapshot:
    return build(project, project / "snapshots", current=True).snapshot


def _diff(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["diff", "--snapshot", str(project / "snapshots"), *arguments])


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "data/first.trig",
            "claim:1 {",
            NEW + "claim:1 {",
            {
                "Sentence A003 is new: “Delft has an office.” Statements that it alone backs: 2.",
                "New: office (Institution).",
                "The question “Institutions”: 2 rows (before: 1).",
            },
        ),
        (
            "data/first.trig",
            DATA[DATA.index("claim:2 {") :],
            "",
            {"Sentence A002 was withdrawn: “It has ten rooms.” Statements that lost their only witness: 1."},
        ),
        (
            "data/first.trig",
            "observation:rooms cr:value 10 .",
            "observation:rooms cr:value 10 . institution:museum cr:kind kind:museum .",
            {"Museum – kind: museum has a further witness: 2."},
        ),
        ("data/first.trig", '"Museum"@en', '"House of Delft"@en', {"“Museum” is called “House of Delft” now."}),
        (
            "data/first.trig",
            "claim:1 {",
            "editorial:entities { city:leiden a cr:City . } claim:1 {",
            {"New: leiden (City)."},
        ),
        ("ontology/terms.ttl", '"museum"@en', '"house of memory"@en', {"“museum” is called “house of memory” now."}),
        ("data/first.trig", "cr:value 10", "cr:value 12", {"rooms – value: 12 (before: 10)."}),
        (
            "queries/explore/institutions.rq",
            "a cr:Institution }",
            "a cr:Institution ; cr:kind kind:office }",
            set(),  # a version is one of the data
        ),
        (
            "ontology/terms.ttl",
            "cr:City a owl:Class",
            "cr:Town a owl:Class . cr:City a owl:Class",
            {"New in the vocabulary: Town."},
        ),
        (
            "data/first.trig",
            'cr:lines "9: ten rooms" ; cr:modality modality:asserted ; cr:text "It has ten rooms."@en',
            'cr:lines "9-10: ten rooms" ; cr:modality modality:planned ; cr:text "It is to have ten rooms."@en',
            {
                "Sentence A002 says now: “It is to have ten rooms.” Before: “It has ten rooms.”",
                "Sentence A002 stands on the lines 9–10 (before: 9).",
                "Sentence A002 – modality: planned (before: asserted).",
            },
        ),
        ("data/first.trig", "institution:museum a", "# a remark\n    institution:museum a", set()),
    ],
)
def test_an_edit_is_told(project: Path, file: str, old: str, new: str, expected: set[str]) -> None:
    before = _build(project)
    path = project / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    after = _build(project)
    told = _diff(project, before.short)
    assert told.exit_code == 0, told.output
    lines = {line for line in told.output.splitlines() if "quads came" not in line}
    counted = ("What the vocabulary says", "What rules derive", "What the dataset says")
    assert {line for line in lines if not line.startswith(counted)} == expected
    if not expected:
        assert after.version == before.version


def test_another_name_is_told_once_and_not_with_all_that_is_said_of_the_thing(project: Path) -> None:
    before = _build(project)
    path = project / "data" / "first.trig"
    text = path.read_text("utf-8").replace("institution:museum", "institution:delft-museum")
    now = "graph:dataset { institution:museum <http://purl.org/dc/terms/isReplacedBy> institution:delft-museum . }\n"
    head, claims = text[: text.index("claim:1 {")], text[text.index("claim:1 {") :]
    path.write_text(head + now + claims.replace("delft-museum a cr", "delft-museum cr:value 3 ; a cr"), "utf-8")
    _build(project)
    lines = _diff(project, before.short).output.splitlines()
    counted = ("What the vocabulary says", "What rules derive", "What the dataset says", "The question")
    told = {line for line in lines if "quads came" not in line and not line.startswith(counted)}
    assert told == {
        "institution/museum is now named institution/delft-museum (Museum).",
        "Museum – value: 3, which is new.",
    }
    french = _diff(project, before.short, "--language", "fr").output
    assert "institution/museum s’appelle maintenant institution/delft-museum (" in french


def test_it_is_told_in_other_languages_and_to_programs(project: Path) -> None:
    before = _build(project)
    path = project / "data" / "first.trig"
    path.write_text(path.read_text("utf-8").replace("kind:museum", "kind:office"), "utf-8")
    after = _build(project)
    french = _diff(project, before.short, after.short, "--language", "fr").output
    assert "Musée – type\u00a0: bureau (avant\u00a0: musée)." in french.splitlines()
    record = json.loads(_diff(project, before.short, "--json").stdout)
    (change,) = [each for each in record["changes"] if each["kind"] == "statement-changed"]
    assert change["after"] == {"type": "uri", "value": "https://w3id.org/cityrights/id/kind/office"}
    assert change["told"] == "Museum – kind: office (before: museum)."
    assert (record["added"], record["removed"]) == (1, 1)
    said = json.loads(_diff(project, before.short, "--json", "--language", "fr").stdout)["changes"]
    assert "Musée – type\u00a0: bureau (avant\u00a0: musée)." in [each["told"] for each in said]


def test_all_is_told_in_one_language_the_sentences_of_claims_too(project: Path) -> None:
    """As far as they are translated; of one that is not, the English."""
    before = _build(project)
    path = project / "data" / "first.trig"
    more = 'claim:3 { claim:3 a cr:Claim ; cr:lines "12: a garden" ; cr:text "It has a garden."@en . }\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    (project / "data" / "translations").mkdir()
    catalogue = (
        '"Language: fr\\n"\n\nmsgctxt "claim/first/3 cr:text"\nmsgid "It has a garden."\nmsgstr "Il a un jardin."\n'
    )
    (project / "data" / "translations" / "fr.po").write_text(f'msgid ""\nmsgstr ""\n{catalogue}', "utf-8")
    after = _build(project)
    told = {code: _diff(project, before.short, after.short, "--language", code).output for code in ("en", "fr", "es")}
    assert "«\u00a0Il a un jardin.\u00a0»" in told["fr"]
    assert "It has a garden." not in told["fr"]
    assert "“It has a garden.”" in told["en"]
    assert "It has a garden." in told["es"]
    assert told["fr"].splitlines()[-1].endswith("en plus, 0 en moins.")
    assert told["es"].splitlines()[-1].endswith("más, 0 menos.")


def test_a_patch_of_the_command_makes_the_other_version(project: Path) -> None:
    before = _build(project)
    path = project / "data" / "first.trig"
    path.write_text(path.read_text("utf-8").replace("cr:value 10", "cr:value 12"), "utf-8")
    after = _build(project)
    patch, made = project / "change.rdfp", project / "made.nq"
    assert _diff(project, str(before.nquads), str(after.path), "--patch", str(patch)).exit_code == 0
    done = CliRunner().invoke(group, ["patch", str(patch), str(before.nquads), "-o", str(made)])
    assert done.exit_code == 0, done.output
    assert made.read_bytes() == after.nquads.read_bytes()


def test_an_earlier_revision_is_built_and_compared(project: Path) -> None:
    git = ["git", "-C", str(project), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "ontology", "data", "queries"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    first = _build(project)
    path = project / "data" / "first.trig"
    path.write_text(path.read_text("utf-8").replace("cr:value 10", "cr:value 12"), "utf-8")
    current = _build(project)
    told = _diff(project, "HEAD", "--git", "--home", str(project))
    assert "rooms – value: 12 (before: 10)." in told.output
    assert Snapshot.current(project / "snapshots").version == current.version != first.version
    wrong = _diff(project, "nonsense", "--git", "--home", str(project))
    assert wrong.exit_code == 1
    assert "git has no nonsense" in str(wrong.exception)


def test_what_is_no_version_is_refused_with_what_there_is(project: Path) -> None:
    snapshot = _build(project)
    for name in ("ffff", "nonsense", "--git", "../first.trig"):
        refused = _diff(project, "--", name)
        assert refused.exit_code == 1
        assert f"kept are: {snapshot.short}" in str(refused.exception)


def test_a_patch_of_dumps_that_cannot_be_read_leaves_what_was_there(project: Path) -> None:
    """A file of lines that are not sorted is noticed in the middle of it."""
    snapshot, wrong, patch = _build(project), project / "wrong.nq", project / "change.rdfp"
    lines = snapshot.nquads.read_bytes().splitlines(keepends=True)
    wrong.write_bytes(b"".join([*lines[1:], lines[0]]))
    patch.write_text("an earlier one", "utf-8")
    refused = _diff(project, str(snapshot.nquads), str(wrong), "--patch", str(patch))
    assert refused.exit_code == 1
    assert patch.read_text("utf-8") == "an earlier one"
    assert not list(project.glob(".change*"))
