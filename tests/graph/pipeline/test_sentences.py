"""Sentences of the data in other languages: what translators' files add to the graph, and what they may not."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from cityrights.check.run import run
from cityrights.cli import group
from cityrights.home import home
from cityrights.pipeline import build
from cityrights.pipeline.read import read_all
from cityrights.pipeline.sentences import catalogues, faults
from sparqlgate.errors import InputError
from tests.sources import SHIPPED, without_others

CR = "https://w3id.org/cityrights/ontology#"
CLAIM = "https://w3id.org/cityrights/id/claim/first/1"
FRENCH = "https://w3id.org/cityrights/graph/translations/fr"
DATA = """@prefix claim: <https://w3id.org/cityrights/id/claim/first/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .

claim:1 {
    claim:1 a cr:Claim ; cr:text "A museum opens."@en ; cr:withoutGraph "It is praise."@en .
}
claim:2 {
    claim:2 a cr:Claim ; cr:text "It is large."@en .
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder of two claims, with an empty catalogue for French as the command writes it."""
    for part in ("ontology", "queries", "data"):
        (tmp_path / part).mkdir()
    (tmp_path / "data" / "first.trig").write_text(DATA, "utf-8")
    _update(tmp_path, "--language", "fr")
    return tmp_path


def _update(project: Path, *options: str) -> str:
    done = CliRunner().invoke(group, ["translations", "--home", str(project), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.replace("\n", " ")


def _translate(project: Path, english: str, french: str) -> None:
    path = catalogues(project)["fr"]
    text = path.read_text("utf-8")
    before = f'msgid "{english}"\nmsgstr "'
    assert text.count(before) == 1
    place = text.index(before) + len(before)
    path.write_text(text[:place] + french + text[text.index('"\n', place) :], "utf-8")


def _told(project: Path) -> set[ox.Quad]:
    return {quad for quad in read_all(project) if quad.graph_name == ox.NamedNode(FRENCH)}


def test_what_is_translated_is_in_the_graph_and_says_that_it_is_a_translation(project: Path, tmp_path: Path) -> None:
    assert _told(project) == set()
    _translate(project, "A museum opens.", "Un musée ouvre.")
    _translate(project, "It is praise.", "C’est un éloge.")
    claim, text, reason = (ox.NamedNode(iri) for iri in (CLAIM, CR + "text", CR + "withoutGraph"))
    expected = {
        ox.Quad(claim, text, ox.Literal("Un musée ouvre.", language="fr"), ox.NamedNode(FRENCH)),
        ox.Quad(claim, reason, ox.Literal("C’est un éloge.", language="fr"), ox.NamedNode(FRENCH)),
    }
    assert _told(project) == expected
    lines = build(project, tmp_path / "snapshots").snapshot.nquads.read_text("utf-8").splitlines()
    assert {line for line in lines if FRENCH in line} >= {f"{quad} ." for quad in expected}


def test_a_build_sees_that_a_translation_changed(project: Path, tmp_path: Path) -> None:
    _translate(project, "A museum opens.", "Un musée ouvre.")
    first = build(project, tmp_path / "snapshots")
    assert build(project, tmp_path / "snapshots").reused
    _translate(project, "A museum opens.", "Un musée est ouvert.")
    assert build(project, tmp_path / "snapshots").snapshot.version != first.snapshot.version


def test_a_sentence_that_was_mended_is_not_told_as_it_was(project: Path) -> None:
    _translate(project, "A museum opens.", "Un musée ouvre.")
    data = project / "data" / "first.trig"
    data.write_text(data.read_text("utf-8").replace("A museum opens.", "A museum is planned."), "utf-8")
    assert _told(project) == set()
    (stale,) = [fault for fault in faults(project, read_all(project)) if "other English" in fault.reason]
    assert stale.reason.startswith("“claim/first/1 cr:text”")
    assert stale.line is not None
    assert "3 sentences wait" in _update(project)  # stays, marked, with what it was the translation of
    text = catalogues(project)["fr"].read_text("utf-8")
    assert '#| msgid "A museum opens."' in text
    assert 'msgid "A museum is planned."\nmsgstr "Un musée ouvre."' in text
    assert _told(project) == set()
    assert "3 sentences wait" in _update(project)  # nor does a second run take the mark away
    assert catalogues(project)["fr"].read_text("utf-8") == text
    path = catalogues(project)["fr"]
    text = path.read_text("utf-8").replace("#, fuzzy\n", "").replace("Un musée ouvre.", "Un musée est prévu.")
    path.write_text(text, "utf-8")
    assert [str(quad.object.value) for quad in _told(project) if isinstance(quad.object, ox.Literal)] == [
        "Un musée est prévu."
    ]


def test_a_long_sentence_that_was_made_right_leaves_no_comment(project: Path) -> None:
    """Babel wraps the comments of translators; what a long sentence was before would stay behind on the lines below."""
    long = "A museum opens beside the harbour " + "and tells of people who came by ship and of people who went " * 4
    data = project / "data" / "first.trig"
    data.write_text(data.read_text("utf-8").replace("A museum opens.", f"{long}now."), "utf-8")
    _update(project)
    _translate(project, f"{long}now.", "Un musée ouvre.")
    data.write_text(data.read_text("utf-8").replace(f"{long}now.", f"{long}soon."), "utf-8")
    _update(project)
    _update(project)  # what was written is read again
    path = catalogues(project)["fr"]
    text = path.read_text("utf-8")
    assert f'#| msgid "{long}now."\n' in text
    assert "\n# " not in text
    path.write_text(text.replace("#, fuzzy\n", ""), "utf-8")
    _update(project)
    assert "#" not in path.read_text("utf-8")


def test_what_is_not_translated_is_one_fault_of_its_language(project: Path) -> None:
    _translate(project, "A museum opens.", "Un musée ouvre.")
    (fault,) = faults(project, read_all(project))
    assert fault.reason == "2 of 3 sentences are not translated, the first: claim/first/1 cr:withoutGraph"
    assert "cityrights translations" in fault.repair


def test_a_sentence_of_nothing_and_one_left_in_english_are_told(project: Path) -> None:
    _translate(project, "It is large.", "It is large.")
    data = project / "data" / "first.trig"
    data.write_text(data.read_text("utf-8").replace(' ; cr:withoutGraph "It is praise."@en', ""), "utf-8")
    reasons = [fault.reason for fault in faults(project, read_all(project))]
    assert any("“claim/first/1 cr:withoutGraph” is no sentence of the data" in reason for reason in reasons)
    assert any("“claim/first/2 cr:text” is the same as in English" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Language: fr", "Language: es", "the header's Language is es, the file's name says fr"),
        ('msgstr ""\n\nmsgctxt', 'msgstr "\n\nmsgctxt', ""),
    ],
)
def test_a_catalogue_that_cannot_be_read_stops_the_build(project: Path, old: str, new: str, words: str) -> None:
    path = catalogues(project)["fr"]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as refused:
        build(project, project / "snapshots")
    assert refused.value.path == path
    assert words in refused.value.reason
    assert not (project / "snapshots" / "current").exists()


def test_the_shipped_sentences_are_told_in_each_language(tmp_path: Path) -> None:
    """Those of the sources that come with the project; a source that somebody adds may wait for its translators."""
    (tmp_path / "home").mkdir()
    target = without_others(home(), SHIPPED, tmp_path / "home") or home()
    assert set(catalogues(target)) == {"es", "fr"}
    wrong = list(faults(target, read_all(target)))
    if target != home():  # what others added was translated, too, and is not among the data here
        wrong = [fault for fault in wrong if "no sentence of the data" not in fault.reason]
    assert [str(fault) for fault in wrong] == []


def test_a_fault_of_a_catalogue_is_told_at_its_line(project: Path) -> None:
    path = catalogues(project)["fr"]
    good = path.read_text("utf-8")
    named = 'msgctxt "claim/first/1 cr:text"\nmsgid "A museum opens."\nmsgstr ""'
    assert named in good
    for wrong, line_with, reason in (
        (good.replace('"Language: fr\\n"', '"Language: es\\n"'), '"Language: es', "the file's name says fr"),
        (good.replace(named, named.replace("A museum opens.", "")), "cr:text", "has no msgid"),
        (good.replace(named, named.partition("\n")[2]), 'msgid "A museum', "“A museum opens.” has no msgctxt"),
        (good.replace(named, f"{named}\nnonsense"), "nonsense", "Unknown or misformatted keyword"),
        (good.replace("A museum opens.", "A muséum opens."), "muséum", "is not UTF-8"),
    ):
        lines = wrong.split("\n")
        path.write_bytes(wrong.encode("latin-1" if "UTF-8" in reason else "utf-8"))
        with pytest.raises(InputError) as caught:
            list(faults(project, read_all(project)))
        assert caught.value.path == path
        assert reason in caught.value.reason
        assert caught.value.line is not None
        assert line_with in lines[caught.value.line - 1], reason
    path.write_text(good, "utf-8")
    (fault,) = faults(project, read_all(project))
    assert fault.line is not None  # of the first that is not translated
    assert 'msgid "A museum opens."' in good.split("\n")[fault.line - 1]


def test_what_is_wrong_with_a_translation_is_told_where_it_is_written(project: Path) -> None:
    """Not at the English sentence, which is right."""
    shutil.copytree(home() / "queries" / "checks", project / "queries" / "checks")
    (project / "ontology" / "shapes").mkdir()
    _translate(project, "A museum opens.", "Un  musée ouvre.")

    def dataset(quads: Collection[ox.Quad]) -> ox.Store:
        store = ox.Store()
        store.extend([*quads, *(ox.Quad(*quad.triple) for quad in quads)])
        return store

    (found,) = [found for found in run(project, dataset).findings if found.rule == "text-garbled"]
    path, _, line = found.where.rpartition(":")
    assert path == str(catalogues(project)["fr"])
    assert catalogues(project)["fr"].read_text("utf-8").split("\n")[int(line) - 1] == 'msgstr "Un  musée ouvre."'
    assert found.message.startswith("“claim/first/1 cr:text”: ")
