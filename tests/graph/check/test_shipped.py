"""The shipped graph passes its own check, and its pointers hold against the documents where they are at hand."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cityrights.check.documents import check_sources
from cityrights.check.run import dataset
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
