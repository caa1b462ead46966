"""The shipped graph passes its own check, and its pointers hold against the documents where they are at hand."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cityrights.check.documents import check_sources
from cityrights.cli.check import check, dataset
from cityrights.home import home
from cityrights.pipeline.read import read_all
from tests.support import SOURCES, need


def test_the_shipped_graph_is_clean() -> None:
    result = CliRunner().invoke(check, ["--json"])
    report = json.loads(result.stdout)
    listed = [f"{found['where']}: {found['rule']}: {found['message']}" for found in report["findings"]]
    assert listed == []
    assert result.exit_code == 0


def test_every_pointer_holds_in_the_documents() -> None:
    folder = need(SOURCES)
    broken, documents = check_sources(dataset(home(), read_all(home())), folder)
    assert [f"{row.finding.where}: {row.finding.message}" for row in broken] == []
    assert len(documents) == 2
    assert all(document.pointed for document in documents)
