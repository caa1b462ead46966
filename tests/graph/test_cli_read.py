"""Reading the graph from the command line: answers on standard output, everything else on standard error."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

import cityrights
from cityrights.cli import group
from cityrights.cli.build import build
from cityrights.cli.read import cite, describe, export, query, questions, search, stats
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID


def invoke(snapshot: Snapshot, *arguments: str) -> Result:
    commands = {"query": query, "describe": describe, "stats": stats, "export": export, "search": search, "cite": cite}
    return CliRunner().invoke(commands[arguments[0]], [*arguments[1:], "--snapshot", str(snapshot.path)])


def practices(snapshot: Snapshot) -> int:
    """Return how many practices there are: whoever adds one breaks no test."""
    with cityrights.open(snapshot.path) as graph:
        return len(graph.select("SELECT DISTINCT ?p { ?p a cr:Practice }"))


def test_prefixes_need_not_be_declared(snapshot: Snapshot) -> None:
    done = invoke(snapshot, "query", "SELECT (COUNT(?p) AS ?n) { ?p a cr:Practice }")
    assert done.stdout_bytes == f"n\r\n{practices(snapshot)}\r\n".encode()


def test_a_library_question_takes_its_defaults_and_parameters(snapshot: Snapshot) -> None:
    done = invoke(snapshot, "query", "--name", "institutions-of-a-kind")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["place"].rsplit("/", 1)[1] for row in rows} >= {"gwangju", "san-antonio-chile"}
    done = invoke(snapshot, "query", "--name", "institutions-of-a-kind", "--param", "kind=kind:museum")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["place"].rsplit("/", 1)[1] for row in rows} == {"montevideo"}


def test_a_library_question_has_its_labels_in_a_language_of_the_library(snapshot: Snapshot) -> None:
    asked = ("query", "--name", "institutions-of-a-kind", "--param", "kind=kind:museum")
    english, french = (invoke(snapshot, *asked, *more).stdout for more in ((), ("--language", "fr")))
    assert english != french
    assert "Musée" in french
    assert invoke(snapshot, *asked, "--language", "de").exit_code == 2


def test_a_file_with_front_matter_is_asked_as_the_library_asks_it(snapshot: Snapshot, root: Path) -> None:
    path = root / "queries" / "explore" / "councils.rq"
    by_file = invoke(snapshot, "query", "--file", str(path))
    assert by_file.stdout_bytes == invoke(snapshot, "query", "--name", "councils").stdout_bytes
    assert by_file.stdout_bytes.count(b"\n") > 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query"], "give one of"),
        (["query", "ASK {}", "--name", "councils"], "give one of"),
        (["query", "--name", "council"], "did you mean councils"),
        (
            ["query", "--name", "institutions-of-a-kind", "--param", "knd=3"],
            "has no ‘knd’. It has: kind.",
        ),
        (["query", "--name", "institutions-of-a-kind", "--param", "kind"], "is not NAME=VALUE"),
        (
            ["query", "--name", "institutions-of-a-kind", "--param", "kind=nosuch:x"],
            "‘nosuch:x’ is not known here",
        ),
        (["query", "ASK {}", "--param", "a=b"], "--param goes with a question of the library"),
        (["query", "ASK {}", "-o", "json"], "it is the file to write to now; the format is --format json"),
        (["describe", "utrecht", "-o", "ttl"], "it is the file to write to now; the format is --format ttl"),
        (["export", "cityrights.nq", "-o", "no/such/file"], "there is no folder no/such to write to; make it"),
        (["query", "ASK {}", "-o", "no.xlsx"], "the end .xlsx is that of no format here: json, xml, csv,"),
        (["describe", "utrecht", "-o", "no.csv"], "the end .csv is that of no format here: ttl, nt, jsonld,"),
        (["cite", "utrecht", "--format", "bibtx"], "did you mean bibtex?"),
        (["search", "x", "--kind", "citty"], "did you mean city?"),
        (["export", "cityrights.nqq"], "did you mean cityrights.nq"),
        (["query", "ASK {}", "--timeout", "0"], "is not in the range"),
        (["query", "ASK {}", "--timeout", "nan"], "is no number of seconds"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(snapshot: Snapshot, arguments: list[str], message: str) -> None:
    done = invoke(snapshot, *arguments)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_command_that_there_is_not_is_told_with_the_nearest() -> None:
    for name, near in (
        ("qurey", "did you mean query?"),
        ("neighbors", "did you mean neighbours?"),
        ("xyzzy", "'xyzzy'."),
    ):
        done = CliRunner().invoke(group, [name, "utrecht"])
        assert (done.exit_code, near in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT ?p {\n ?p a cr:Practice\n FILTER }", "not expected here (line 3, column 9).\n FILTER }\n        ^"),
        ("SELECT ?p { ?p a cr:Practice .\n SERVICE <http://e.example/> { ?s ?p ?o } }", "(line 2, column 2)"),
    ],
)
def test_the_place_of_an_error_is_that_in_what_was_written(snapshot: Snapshot, query: str, place: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from cityrights.cli import main; main()", "query", query, "--snapshot", snapshot.path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert place in done.stderr


def test_describe_knows_short_names(snapshot: Snapshot) -> None:
    for thing in ("utrecht", "city:utrecht", "city/utrecht", "https://w3id.org/cityrights/id/city/utrecht"):
        done = invoke(snapshot, "describe", thing, "--format", "nt")
        assert '<http://www.w3.org/2000/01/rdf-schema#label> "Utrecht"@en' in done.stdout
    for claim in ("A077", "a077", "twenty-practices/77", "claim/twenty-practices/77"):
        assert '"A077"' in invoke(snapshot, "describe", claim, "--format", "nt").stdout, claim


def test_describe_of_nothing_is_an_error(snapshot: Snapshot) -> None:
    for thing, said in (
        ("city:nowhere", "the graph says nothing of it"),
        ("city of dreams", "the graph says nothing of it"),
        ("utrech", "did you mean city:utrecht"),
        ("city:utrech", "did you mean city:utrecht"),
        ("A0077", "did you mean A077"),
        ("b077x", "the graph says nothing of it"),
        ("claim/twenty-practices/7777", "claim/twenty-practices/77"),
        ("twenty-practice/77", "did you mean claim/twenty-practices/77"),
    ):
        done = invoke(snapshot, "describe", thing)
        assert done.exit_code == 1, thing
        assert said in done.stderr


def test_described_with_evidence_each_statement_stands_in_the_graph_that_holds_it(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    target = tmp_path / "utrecht.trig"  # its name says the format
    done = invoke(snapshot, "describe", "utrecht", "-o", str(target))
    assert (done.exit_code, done.stdout) == (0, "")
    quads = list(ox.parse(path=target))
    claims = {quad.graph_name for quad in quads if "/id/claim/" in str(quad.graph_name)}
    assert any(quad.subject == ox.NamedNode(f"{ID}city/utrecht") for quad in quads)
    assert claims
    lines = {quad.subject for quad in quads if quad.predicate == ox.NamedNode(f"{CR}firstLine")}
    passages = {quad.object for quad in quads if quad.predicate == ox.NamedNode(f"{CR}passage")}
    assert {quad.subject for quad in quads if quad.predicate == ox.NamedNode(f"{CR}text")} >= claims
    assert passages
    assert lines >= passages


def test_an_answer_is_written_to_a_file_that_is_whole_or_not_there(snapshot: Snapshot, tmp_path: Path) -> None:
    by_name, by_format = tmp_path / "councils.json", tmp_path / "councils"
    assert invoke(snapshot, "query", "--name", "councils", "-o", str(by_name)).stdout == ""
    assert json.loads(by_name.read_text("utf-8"))["results"]["bindings"]
    invoke(snapshot, "query", "--name", "councils", "--format", "json", "--output", str(by_format))
    assert by_format.read_bytes() == by_name.read_bytes()
    kept = by_name.read_bytes()
    failed = invoke(snapshot, "query", "SELECT * { ?s ?p ?o FILTER(<urn:no>(?s)) }", "-o", str(by_name))
    assert failed.exit_code == 1
    assert by_name.read_bytes() == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["councils", "councils.json"]


def test_questions_are_listed_with_what_they_take(snapshot: Snapshot, root: Path) -> None:
    every = json.loads(CliRunner().invoke(questions, ["--json"]).stdout)
    assert {one["name"] for one in every} == {path.stem for path in (root / "queries" / "explore").glob("*.rq")}
    assert all(each["default"] and each["meaning"] for one in every for each in one["parameters"])
    shown = CliRunner().invoke(questions, ["institutions", "kind"])
    assert "institutions-of-a-kind" in shown.stdout
    assert "kind=kind:ombudsperson" in shown.stdout
    assert f"of {len(every)} questions" in shown.stderr
    wrong = CliRunner().invoke(questions, ["--tag", "institution"])
    assert wrong.exit_code == 2
    assert "did you mean: institutions" in wrong.stderr


def test_a_thing_and_the_whole_are_cited(snapshot: Snapshot) -> None:
    cited = invoke(snapshot, "cite", "utrecht").stdout
    assert re.search(rf"Utrecht \(Version (?:[\d.]+, )?{snapshot.short}\)", cited)  # with its release, where it is one
    assert invoke(snapshot, "cite", "--format", "bibtex").stdout.startswith("@misc{cityrights-dataset,")
    assert invoke(snapshot, "cite", "utrech").exit_code == 1


def test_stats_count_classes(snapshot: Snapshot) -> None:
    counted = json.loads(invoke(snapshot, "stats", "--json").stdout)
    assert counted["version"] == snapshot.version
    assert counted["classes"]["Practice"] == practices(snapshot)


def test_export_is_byte_for_byte(snapshot: Snapshot, tmp_path: Path) -> None:
    target = tmp_path / "graph.nq"
    assert invoke(snapshot, "export", "cityrights.nq", "--output", str(target)).exit_code == 0
    assert target.read_bytes() == snapshot.nquads.read_bytes()


def test_build_reports_as_json_and_is_quick_the_second_time(tmp_path: Path) -> None:
    runner = CliRunner()
    first = json.loads(runner.invoke(build, ["--snapshot", str(tmp_path), "--json"]).stdout)
    second = json.loads(runner.invoke(build, ["--snapshot", str(tmp_path), "--json"]).stdout)
    assert (first["reused"], second["reused"]) == (False, True)
    assert first["version"] == second["version"]
    assert first["derived"]["superclasses"] > 0


def test_search_prints_what_it_finds_and_how(snapshot: Snapshot) -> None:
    done = invoke(snapshot, "search", "sao paulo", "--limit", "1")
    assert done.stdout.splitlines()[:2] == [
        "São Paulo  city, Brazil",
        "  https://w3id.org/cityrights/id/city/sao-paulo",
    ]
    assert re.search(r"\b\d+ found \(city 1, ", done.stderr)
    assert "did you mean: Grenoble" in invoke(snapshot, "search", "grenobel").stderr
    assert "some of them" in invoke(snapshot, "search", "utrecht qxzvwk").stderr
    assert invoke(snapshot, "search", "qxzvwk").stderr == "nothing found\n"
    assert invoke(snapshot, "search", "x", "--kind", "nothing").exit_code == 2


def test_search_as_json_narrows_to_kinds_and_speaks_the_language(snapshot: Snapshot) -> None:
    found = json.loads(
        invoke(snapshot, "search", "ombudsperson", "--kind", "institution", "--language", "es", "--json").stdout
    )
    assert found["total"] == len(found["results"]) > 0
    assert {result["kind"] for result in found["results"]} == {"institution"}
    assert "Defensoría del Pueblo de San Antonio" in [result["label"] for result in found["results"]]
