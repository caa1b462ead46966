"""Where several processes run the tests: which stay together in one of them, and which are begun first.

A process takes one unit after the other: a file, or the files of a ``TOGETHER``. Long units are begun first, so that
no process has one left when the others have nothing more to do.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support import ROOT

#: Files that share what is costly to begin, which a second process would begin again: the server over all data of the
#: W3C with its copy in Virtuoso, the servers for assistants, the walk over the whole site.
TOGETHER = (
    "tests/gate/conformance/",
    "tests/graph/assistants/",
    ("tests/whole/test_html.py", "tests/whole/test_languages.py", "tests/whole/test_links.py"),
)
#: Units in the order in which they are begun: those beside which nothing runs, which would have to wait for what runs
#: already; then the longest, by the processor time that they took. Those of the browser come last of them, and next to
#: the others of the browser, which all others follow: a process that goes from one to the next keeps its Chromium.
FIRST = (
    "tests/gate/robustness/test_endurance.py",
    "tests/gate/robustness/test_all_at_once.py",
    "tests/whole/test_html.py",
    "tests/gate/conformance/",
    "tests/gate/robustness/test_costly_queries.py",
    "tests/gate/remote/test_virtuoso.py",
    "tests/graph/assistants/",
    "tests/whole/expressions/test_linear.py",
    "tests/graph/data/test_owl.py",
    "tests/graph/data/test_growth.py",
    "tests/web/test_spoilt.py",
    "tests/web/test_publishing.py",
    "tests/web/test_imported.py",
    "tests/web/test_counts.py",
    "tests/whole/test_notebooks.py",
    "tests/whole/test_wheel.py",
    "tests/graph/versions/test_releases.py",
    "tests/whole/test_deploy.py",
    "tests/gate/clients/test_programs.py",
    "tests/gate/clients/test_python.py",
    "tests/gate/remote/test_federation.py",
    "tests/gate/http/test_supervision.py",
    "tests/gate/http/test_idle_connections.py",
    "tests/web/test_openapi_generated.py",
    "tests/graph/query_builder/test_builder.py",
    "tests/browser/test_accessibility.py",
    "tests/browser/test_first_paint.py",
    "tests/browser/test_hour.py",
    "tests/browser/test_workbench.py",
    "tests/browser/test_results.py",
    "tests/browser/test_workbench_for_all.py",
    "tests/browser/test_figures.py",
    "tests/browser/test_journey.py",
)


def unit(nodeid: str) -> str:
    """Return the unit that a test belongs to: its file, or the first of those that stay together with it."""
    file = nodeid.partition("::")[0]
    for names in TOGETHER:
        if file.startswith(names):
            return names if isinstance(names, str) else names[0]
    return file


def ordered(items: list[pytest.Item]) -> None:
    """Put tests into the order in which processes take them. Raises UsageError where a name here is of no file."""
    absent = [name for name in FIRST if not (ROOT / name).exists()]
    if absent:
        raise pytest.UsageError(f"tests/order.py names what is not there: {', '.join(absent)}")
    if "PYTEST_XDIST_WORKER" in os.environ:
        rank = {name: place for place, name in enumerate(FIRST)}
        items.sort(key=lambda item: rank.get(unit(item.nodeid), len(rank)))


def scheduler(config: pytest.Config, log: object) -> Any:
    """Return what hands the tests out: unit after unit, in the order in which they were collected."""
    config.option.loadscopereorder = False  # by the number of tests, which says little of how long they take
    made = LoadScopeScheduling(config, log)
    made._split_scope = unit  # its one place to say what stays together
    return made
