"""The shipped graph passes its own check, and its pointers hold against the documents where they are at hand."""

from __future__ import annotations

import json
import random
import re
import shutil
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
from click.testing import CliRunner

from cityrights.check.documents import check_sources
from cityrights.check.run import Report, dataset, run
from cityrights.check.shapes import validate_shapes
from cityrights.cli.check import check
from cityrights.home import home
from cityrights.pipeline.read import read_all
from cityrights.vocabulary import ID
from tests.support import SOURCES, need


def test_the_shipped_graph_is_clean() -> None:
    result = CliRunner().invoke(check, ["--json"])
    report = json.loads(result.stdout)
    # The sentences of a source that somebody adds may wait for their translators.
    findings = [found for found in report["findings"] if found["rule"] != "sentences"]
    listed = [f"{found['where']}: {found['rule']}: {found['message']}" for found in findings]
    assert listed == []
    assert result.exit_code == 0


def test_every_pointer_holds_in_the_documents() -> None:
    folder = need(SOURCES)
    broken, documents = check_sources(dataset(home(), read_all(home())), folder)
    there = {document.source for document in documents}
    assert {ID + "source/ohchr-consultation-2025", ID + "source/twenty-practices"} <= there
    assert all(document.pointed for document in documents)
    # The document of a further source need not be at hand.
    wrong = [row.finding for row in broken if row.finding.rule != "source-document" or row.finding.where in there]
    assert [f"{finding.where}: {finding.message}" for finding in wrong] == []


#: What people get wrong, as an edit of the text of a file: what stands there, and what is written in its place.
SLIPS = (
    (r"cr:modality modality:asserted", "cr:modality modality:asertted"),
    (r'cr:text "', 'cr:text "  '),
    (r'"@fr', '"@es'),
    (r"cr:place city:[a-z-]+", "cr:place city:porto-alegre"),
    (r"cr:theme theme:[a-z-]+", "cr:theme theme:nowhere"),
    (r"cr:subject practice:[a-z-]+", "cr:subject practice:nobody-knows"),
    (r'cr:printed "[0-9]+"', 'cr:printed "77"'),
    (r"cr:implementedBy government:[a-z-]+", "cr:implementedBy government:lyon , city:lyon"),
    (r"cr:aspect aspect:solution", "cr:aspect aspect:challenge"),
    (r"cr:mentions city:[a-z-]+", "cr:mentions city:vienna"),
    (r"cr:partner ", "cr:partnr "),
    (r'cr:lines "([0-9]+):', r'cr:lines "\g<1>1:'),
    (r"a cr:Institution ;", "a cr:Institution , cr:City ;"),
    (r"rdfs:label ", "skos:altLabel "),
)


def test_the_check_of_one_source_finds_what_the_whole_check_finds_of_it(tmp_path: Path) -> None:
    """With slips in files of every kind: what is told of a source's things is the same, and nothing else is told."""
    (tmp_path / "ontology").symlink_to(home() / "ontology")
    (tmp_path / "queries").symlink_to(home() / "queries")
    shutil.copytree(home() / "data", tmp_path / "data")
    chance = random.Random(15)
    for path in sorted((tmp_path / "data").rglob("*.trig")):
        text = path.read_text("utf-8")
        for before, after in chance.sample(SLIPS, 6):
            found = list(re.finditer(before, text))
            if found:
                one = chance.choice(found)
                wrong = text[: one.start()] + one.expand(after) + text[one.end() :]
                with suppress(SyntaxError):  # a prefix that the file does not have
                    list(ox.parse(wrong, format=ox.RdfFormat.TRIG))
                    text = wrong
        path.write_text(text, "utf-8")

    def report(source: str) -> Report:
        return run(
            tmp_path,
            lambda quads: dataset(tmp_path, quads, connect=False),
            shapes=lambda store, only: validate_shapes(store, tmp_path / "ontology" / "shapes", only=only),
            source=source,
        )

    source = "twenty-practices"
    whole, part = report(""), report(source)
    assert not whole.not_run
    assert not part.not_run
    told = {(one.where, one.rule, one.message) for one in whole.findings}
    own = {one for one in told if f"/sources/{source}/" in one[0]}
    assert len({rule for _, rule, _ in own}) > 10
    assert sorted(own - {(one.where, one.rule, one.message) for one in part.findings}) == []
    # A name that is wrong in two sources is told once where both are looked at, with what follows from it.
    caused = {(one.value, rule) for one in whole.findings for rule in one.follows}
    more = [one for one in part.findings if (one.where, one.rule, one.message) not in told]
    assert [f"{one.where}: {one.message}" for one in more if (one.value, one.rule) not in caused] == []
