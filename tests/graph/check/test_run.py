"""A whole project folder: stages, lines of semantic findings, and what is not run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.check import run as run_module
from cityrights.check import slices, syntax
from cityrights.check.format import format_file
from cityrights.check.rules import Finding, check_iris, check_merge, fold
from cityrights.check.run import Report, dataset, run, shortened
from cityrights.check.shapes import validate_shapes
from cityrights.errors import CityrightsError
from cityrights.home import home
from tests.graph.check.test_rules import FULL


def _dataset(quads: Collection[ox.Quad]) -> ox.Store:
    store = ox.Store()
    store.extend(quads)
    store.extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads])
    return store


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project folder whose data is the clean sample, in canonical form."""
    data = tmp_path / "data" / "sources" / "guide" / "topic.trig"
    data.parent.mkdir(parents=True)
    (tmp_path / "ontology" / "shapes").mkdir(parents=True)
    shutil.copytree(home() / "queries" / "checks", tmp_path / "queries" / "checks")
    data.write_text(FULL, encoding="utf-8")
    data.write_text(format_file(data), encoding="utf-8")
    return tmp_path


def _edit(project: Path, old: str, new: str) -> Report:
    path = project / "data" / "sources" / "guide" / "topic.trig"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return run(project, _dataset)


def _line(project: Path, words: str) -> int:
    lines = (project / "data" / "sources" / "guide" / "topic.trig").read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_a_clean_project_gives_no_finding(project: Path) -> None:
    report = run(project, _dataset)
    assert report.findings == []
    assert report.clean
    assert report.looked_at["files"] == 1
    assert report.looked_at["rules"] >= 25


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("cr:kind kind:office", "cr:knid kind:office", "undeclared-property", "cr:knid"),
        ("cr:kind kind:office", "cr:kind kind:ofice", "dangling-reference", "kind:ofice"),
        ("reference:page a cr:Reference", "reference:page a cr:Event", "path-kind", "reference:page a cr:Event"),
        ("reference:page a cr:Reference", "reference:page a cr:Reference , cr:City", "class-path", "a cr:Reference"),
    ],
)
def test_a_semantic_finding_has_its_line(project: Path, old: str, new: str, rule: str, words: str) -> None:
    report = _edit(project, old, new)
    found = [finding for finding in report.findings if finding.rule == rule]
    assert len(found) == 1
    assert not report.clean
    assert found[0].where.endswith(f"topic.trig:{_line(project, words)}")


#: What somebody writes in place of something → the rule that finds it, and the words of the line that is named.
IMPLAUSIBLE = (
    (
        "city:delft a cr:City .",
        "city:delft a cr:City ; cr:within <urn:nl> ; <http://www.w3.org/2003/01/geo/wgs84_pos#lat> 4.36 ; "
        '<http://www.w3.org/2003/01/geo/wgs84_pos#long> 52.01 . <urn:nl> cr:iso3166-1-alpha2 "NL" .',
        "coordinates",
        "wgs84_pos#lat",
    ),
    (
        "city:delft a cr:City .",
        'city:delft a cr:City . city:delfft a cr:City ; skos:altLabel "Delft"@en .',
        "name-twice",
        "skos:altLabel",
    ),
    (
        "cr:of institution:office .",
        'cr:of institution:office ; cr:printed "12" ; cr:value 21 .',
        "printed-number",
        "cr:value",
    ),
)


def test_what_is_implausible_has_its_line(project: Path) -> None:
    path = project / "data" / "sources" / "guide" / "topic.trig"
    good = path.read_text(encoding="utf-8")
    for old, new, rule, words in IMPLAUSIBLE:
        report = _edit(project, old, new)
        found = [finding.where for finding in report.findings if finding.rule == rule]
        assert f"{path}:{_line(project, words)}" in found, (rule, report.findings)
        path.write_text(good, encoding="utf-8")


def test_a_name_that_may_be_misspelt_asks_which_was_meant_and_says_where_it_stands(project: Path) -> None:
    """Where nothing is near, the file in which such things stand is named."""
    home = "data/sources/guide/topic.trig"
    for old, new, repair in (
        ("cr:kind kind:office", "cr:kind kind:offcie", f"did you mean kind:office ({home})?"),
        ("cr:mentions city:delft", "cr:mentions kind:delft", f"did you mean city:delft ({home})?"),
        ("cr:kind kind:office", "cr:knd kind:office", f"did you mean cr:kind ({home})?"),
        ("city:delft a cr:City .", "city:delft a cr:Citi .", f"did you mean cr:City ({home})?"),
        (
            "practice:welcome a cr:Practice ;",
            "practice:welcome a cr:Practice ; schema:ulr 1 ;",
            "did you mean schema:url",
        ),
        ("cr:kind kind:office", "cr:kind kind:shelter", f"those that there are stand in {home}"),
    ):
        path = project / home
        good = path.read_text(encoding="utf-8")
        report = _edit(project, old, new)
        path.write_text(good, encoding="utf-8")
        assert any(repair in finding.repair for finding in report.findings), (new, report.findings)


#: The claim 4 of the sample in the short form, and the labels that the build derives for its passage.
BLOCK = """claim:4 {
    claim:4 a cr:Claim ;
        cr:lines "51-53: a few words" ;
        cr:modality modality:underway ;
        cr:aspect aspect:solution ;
        cr:text "A desk is being set up."@en ;
        cr:subject institution:desk ;
        cr:mentions institution:office ;
        cr:conflictsWith claim:1 .
"""
DERIVED = "".join(
    f'passage:4 {term} "Lines 51–53, {tag}"@{tag} .\n'
    for term in ("rdfs:label", "dcterms:description")
    for tag in ("en", "fr", "es")
)


@pytest.fixture
def blocks(project: Path) -> Path:
    """Return the project with the claim 4 in the short form."""
    path = project / "data" / "sources" / "guide" / "topic.trig"
    text = path.read_text(encoding="utf-8")
    start = text.index("    claim:4 a cr:Claim ;")
    text = text[:start] + text[text.index("    passage:1 a", start) :].replace("claim:4 {\n", BLOCK)
    text = text.replace("editorial:labels {", "editorial:labels {\n" + DERIVED)
    path.write_text(text, encoding="utf-8")
    path.write_text(format_file(path), encoding="utf-8")
    return project


def test_what_a_block_unfolds_to_is_checked_as_if_it_were_written(blocks: Path) -> None:
    assert run(blocks, _dataset).findings == []


#: What somebody writes into a block → the rule that finds it, and the words of the line that is named.
IN_BLOCKS = {
    "anchor-length": (": a few words", ": a b c d e f g h i j k l m", "cr:lines"),
    "passage-twice": ('"51-53: a few words"', '"51-53: a few words" , "1 link: x"', "1 link"),
    "claim-modality": ("cr:modality modality:underway ;", "", "claim:4 a cr:Claim"),
    "undeclared-property": ("cr:subject institution:desk", "cr:sbject institution:desk", "cr:sbject"),
    "dangling-reference": ("cr:subject institution:desk", "cr:subject institution:dsek", "institution:dsek"),
    "underway-without-status": ("cr:status status:underway", "cr:kind kind:office", "cr:subject institution:desk"),
    "claim-lines": ("51-53: a few", "51-53 a few", "cr:lines"),
}


def test_a_finding_in_a_block_has_the_line_that_somebody_wrote(blocks: Path) -> None:
    path = blocks / "data" / "sources" / "guide" / "topic.trig"
    good = path.read_text(encoding="utf-8")
    for rule, (old, new, words) in IN_BLOCKS.items():
        start = good.index("claim:4 {")
        block = good[start:].replace(old, new, 1)
        assert block != good[start:], rule
        path.write_text(good[:start] + block, encoding="utf-8")
        path.write_text(format_file(path), encoding="utf-8")
        name = "label-missing" if rule == "passage-twice" else rule
        found = [finding for finding in run(blocks, _dataset).findings if finding.rule == name]
        before = path.read_text(encoding="utf-8").partition("claim:4 {")[0].count("\n")
        lines = path.read_text(encoding="utf-8").split("\n")[before:]
        wanted = before + next(number for number, line in enumerate(lines, 1) if words in line)
        assert {finding.where for finding in found} == {f"{path}:{wanted}"}, rule
        assert all("passage/" not in finding.message for finding in found), rule


def test_a_claim_that_does_not_say_where_it_stands_is_one_finding(blocks: Path) -> None:
    """Whatever else is found of it follows from that; what is wrong elsewhere is found in the same run."""
    path = blocks / "data" / "sources" / "guide" / "topic.trig"
    path.write_text(path.read_text(encoding="utf-8").replace('"51-53: a', '"51-53 a'), encoding="utf-8")
    report = run(blocks, _dataset)
    assert [finding.rule for finding in report.findings] == ["claim-lines"]
    assert not report.not_run
    path.write_text(path.read_text(encoding="utf-8").replace("kind kind:office", "kind kind:ofice"), encoding="utf-8")
    assert {finding.rule for finding in run(blocks, _dataset).findings} >= {"claim-lines", "dangling-reference"}


def test_a_file_that_cannot_be_read_leaves_the_other_stages_out(project: Path) -> None:
    report = _edit(project, "claim:1 {", "claim:1 {{")
    assert [finding.rule for finding in report.findings] == ["syntax"]
    assert set(report.not_run) == {"rules", "invariants", "questions"}
    assert not report.clean


def test_shapes_are_asked_and_their_findings_kept(project: Path) -> None:
    warning = Finding("urn:x", "shape", "odd", severity="warning")
    report = run(project, _dataset, shapes=lambda store, only: [warning])
    assert [(found.where, found.message) for found in report.findings] == [("urn:x", "urn:x: odd")]
    assert report.clean


GUIDE = "https://w3id.org/cityrights/id/{}"
#: One fault → what finds it: rule, thing, property, value; the first is told, and the rest follow from it.
FAULTS: dict[str, list[tuple[str, str, str, str]]] = {
    "a theme that does not exist": [
        ("dangling-reference", "practice/x", "", "urn:theme"),
        ("Practice#theme ClassConstraintComponent", "practice/x", "cr:theme", "urn:theme"),
        ("concept-of-another-scheme", "institution/y", "", "urn:theme"),
    ],
    "no modality": [
        ("claim-modality", "claim/guide/1", "", ""),
        ("Claim#modality MinCountConstraintComponent", "claim/guide/1", "cr:modality", ""),
    ],
    "a text without language": [
        ("language-tag", "claim/guide/1", "cr:text", "Text."),
        ("Claim#text DatatypeConstraintComponent", "claim/guide/1", "cr:text", "Text."),
        ("Claim#text QualifiedMinCountConstraintComponent", "claim/guide/1", "cr:text", ""),
        ("Claim#description QualifiedMinCountConstraintComponent", "claim/guide/1", "dcterms:description", ""),
        ("description-missing", "claim/guide/1", "", ""),
    ],
    "a source without a label": [
        ("label-missing", "source/guide", "", ""),
        ("Source#label MinCountConstraintComponent", "source/guide", "rdfs:label", ""),
        ("label-missing", "claim/guide/1", "", ""),
        ("Claim#label MinCountConstraintComponent", "claim/guide/1", "rdfs:label", ""),
        ("description-missing", "passage/guide/1-link", "", ""),
    ],
    "a claim about nothing": [
        ("Claim#subject MinCountConstraintComponent", "claim/guide/1", "cr:subject", ""),
        ("solution-not-about", "claim/guide/1", "", "practice:x"),
    ],
    "a place that is nothing, stated by a claim that names it": [
        ("dangling-reference", "practice/x", "", "city:nowhere"),
        ("claim-object-not-about", "claim/guide/1", "", "city:nowhere"),
        ("named-not-about", "claim/guide/1", "", "city:nowhere"),
    ],
    "one value that two shapes forbid": [
        ("Body#kind ClassConstraintComponent", "institution/y", "cr:kind", "urn:kind"),
        ("Institution#kind ClassConstraintComponent", "institution/y", "cr:kind", "urn:kind"),
    ],
}


def _found(rows: list[tuple[str, str, str, str]]) -> list[Finding]:
    return [
        Finding("x:1", rule, "Wrong.", thing=GUIDE.format(thing), of=of, value=value) for rule, thing, of, value in rows
    ]


def test_a_fault_that_many_rules_find_is_one_finding() -> None:
    for name, rows in FAULTS.items():
        for found in (_found(rows), _found(rows)[::-1]):
            folded = fold(found)
            assert [finding.rule for finding in folded] == [rows[0][0]], name
            assert set(folded[0].follows) == {rule for rule, *_ in rows[1:]}, name
            assert folded[0].as_dict()["follows"] == sorted({rule for rule, *_ in rows[1:]})


def test_faults_that_differ_stay_apart() -> None:
    apart = [
        ("Practice#theme ClassConstraintComponent", "practice/x", "cr:theme", "urn:one"),
        ("Practice#theme ClassConstraintComponent", "practice/x", "cr:theme", "urn:other"),
        ("Practice#place MinCountConstraintComponent", "practice/x", "cr:place", ""),
        ("Practice#place MinCountConstraintComponent", "practice/y", "cr:place", ""),
        ("label-missing", "practice/x", "", ""),
        ("label-missing", "claim/other/1", "", ""),
        ("label-missing", "source/guide", "", ""),
        ("dangling-reference", "practice/x", "", "urn:theme"),
        ("claim-object-not-about", "claim/guide/1", "", "city:one"),
        ("named-not-about", "claim/guide/1", "", "city:other"),
    ]
    assert len(fold(_found(apart))) == len(apart)


def test_a_name_that_nothing_explains_is_one_finding_where_it_stands(blocks: Path) -> None:
    path = blocks / "data" / "sources" / "guide" / "topic.trig"
    text = path.read_text(encoding="utf-8")
    start = text.index("claim:4 {")
    path.write_text(text[:start] + text[start:].replace("modality:underway", "modality:underwya", 1), "utf-8")
    (finding,) = run(blocks, _dataset).findings
    assert finding.rule == "dangling-reference"
    assert finding.follows == ("concept-of-another-scheme",)
    assert finding.where.endswith(f"topic.trig:{_line(blocks, 'modality:underwya')}")


def test_one_source_alone_is_looked_at(blocks: Path) -> None:
    """Another file is read, since what it says counts, and nothing is said of it; nor of words and questions."""
    other = blocks / "data" / "sources" / "other" / "x.trig"
    other.parent.mkdir()
    text = (blocks / "data" / "sources" / "guide" / "topic.trig").read_text(encoding="utf-8")
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("@prefix"))
    other.write_text(f"{head}graph:x {{ institution:desk cr:knid 'x' . city:lone a cr:City . }}\n", encoding="utf-8")
    everything = {finding.rule for finding in run(blocks, _dataset).findings}
    assert {"prefix", "undeclared-property", "label-missing", "orphan"} <= everything
    report = run(blocks, _dataset, source="guide")
    # What another file says of this source's institution is this source's matter.
    assert {finding.rule for finding in report.findings} == {"undeclared-property"}
    assert {"files": 1, "rules": report.looked_at["rules"]}.items() <= report.looked_at.items()
    assert not {"words", "questions"} & set(report.looked_at)
    asked: list[Collection[str]] = []

    def shapes(_: ox.Store, only: Collection[str] | None) -> list[Finding]:
        asked.append(only or ())
        return []

    run(blocks, _dataset, source="guide", shapes=shapes)
    (only,) = asked
    names = {shortened(iri) for iri in only}
    assert {"claim/guide/4", "passage/guide/4", "institution/desk"} <= names
    assert "city/lone" not in names
    with pytest.raises(CityrightsError, match="there is no source “gide”; did you mean guide"):
        run(blocks, _dataset, source="gide")


def test_a_graph_that_fits_in_no_memory_has_the_same_findings(
    blocks: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are read again, the dataset is on disk, shapes look at slices: what joins two of them is found, too."""
    path = blocks / "data" / "sources" / "guide" / "topic.trig"
    text = path.read_text("utf-8").replace(": a few words", ": a b c d e f g h i j k l m", 1)
    path.write_text(text, "utf-8")
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("@prefix"))
    for name, said in {
        "one": "city:lone a cr:City ; cr:within city:nowhere .",  # another file names it otherwise
        "two": 'city:lone rdfs:label "Lone"@xx , "Alone"@en ; cr:knid institution:desk .',
        "zzz": "institution:last a cr:Institution ; cr:place institution:desk ; cr:theme city:lone .",
    }.items():
        other = blocks / "data" / "sources" / "other" / f"{name}.trig"
        other.parent.mkdir(exist_ok=True)
        other.write_text(f"{head}editorial:entities {{ {said} }}\n", "utf-8")
    (other.parent / "outside.trig").write_text(f"{head}city:outside a cr:City .\n", "utf-8")
    shutil.copytree(home() / "queries" / "construct", blocks / "queries" / "construct")
    places: list[Path] = []

    def place() -> Path:
        places.append(tmp_path_factory.mktemp("large") / "store")
        return places[-1]

    def checked() -> Report:
        return run(
            blocks,
            lambda quads: dataset(blocks, quads, place=place),
            shapes=lambda store, only: validate_shapes(store, home() / "ontology" / "shapes", only=only),
        )

    plain = checked()
    assert places == []
    for where, name, few in ((syntax, "MOST_HELD", 1), (run_module, "LARGE", 10), (run_module, "_AT_ONCE", 7)):
        monkeypatch.setattr(where, name, few)
    monkeypatch.setattr(slices, "SLICE", 5)
    large = checked()
    assert len(places) == 1
    assert (places[0] / "CURRENT").is_file()
    assert set(large.findings) ^ set(plain.findings) == set()
    assert large.findings == plain.findings
    assert large.looked_at == plain.looked_at
    found = {(finding.rule.partition(" ")[0], Path(finding.where.partition(":")[0]).name) for finding in plain.findings}
    assert {("undeclared-property", "two.trig"), ("anchor-length", "topic.trig")} <= found
    assert any(name == "zzz.trig" for _, name in found), "a fault in the last file"
    assert any(rule.startswith("Institution#") and name == "zzz.trig" for rule, name in found)


def test_a_triple_that_nobody_states_breaks_the_merge() -> None:
    store = ox.Store()
    a, b, g = ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.NamedNode("urn:g")
    store.add(ox.Quad(a, b, a))
    store.add(ox.Quad(b, a, b, g))
    assert [row.finding.where for row in check_merge(store)] == ["urn:a", "urn:b"]
    store.extend([ox.Quad(a, b, a, g), ox.Quad(b, a, b)])
    assert list(check_merge(store)) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("city/san-antonio-chile", False),
        ("claim/a-b/10", False),
        ("passage/a-b/10-lines", False),
        ("theme", False),
        ("claim/a-b/01", True),
        ("claim/10", True),
        ("city/São-Paulo", True),
        ("city/sao_paulo", True),
        ("city/a/b", True),
        ("town/delft", True),
        ("city/", True),
    ],
)
def test_slugs(path: str, *, wrong: bool) -> None:
    iri = ox.NamedNode("https://w3id.org/cityrights/id/" + path)
    found = list(check_iris([ox.Quad(iri, iri, iri, iri)]))
    assert len(found) == int(wrong)


def test_iris_are_shown_as_people_write_them() -> None:
    assert shortened("https://w3id.org/cityrights/id/claim/a/1") == "claim/a/1"
    assert shortened("https://w3id.org/cityrights/graph/editorial/labels") == "editorial:labels"
    assert shortened("https://w3id.org/cityrights/ontology#City") == "cr:City"
    assert shortened("urn:x") == "urn:x"


@pytest.mark.parametrize(
    ("change", "words", "folder"),
    [
        (lambda text: text.replace("a cr:Claim", "a cr:Nothing"), "finds nothing with its default values", "explore"),
        (lambda text: text.replace("a cr:Claim", "a cr:Nothing"), "finds nothing with its default values", "asking"),
        (lambda text: text.replace("WHERE {", "WHERE { {"), "does not run", "explore"),
        (lambda text: text.replace("SELECT ?claim", "ASK"), "no SELECT and no CONSTRUCT", "explore"),
        (lambda text: text.replace("# title:", "# titel:"), "not front matter", "explore"),
    ],
)
def test_a_question_that_is_wrong_or_in_vain_is_an_error(
    project: Path, change: Callable[[str], str], words: str, folder: str
) -> None:
    file = project / "queries" / folder / "claims.rq"
    head = "\n".join(f"# {name}{at}: {name}?{at}" for name in ("title", "question") for at in ("", "@fr", "@es"))
    text = f"{head}\n# tags: claims\n\nSELECT ?claim WHERE {{ ?claim a cr:Claim }}\n"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    good = run(project, _dataset)
    assert good.findings == []
    assert good.looked_at["questions"] == 1
    file.write_text(change(text), encoding="utf-8")
    (finding,) = run(project, _dataset).findings
    assert finding.rule == "library-question"
    assert words in finding.message
    assert finding.where.startswith(f"{file}:1")
