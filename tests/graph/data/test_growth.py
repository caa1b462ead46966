"""A contribution that follows CONTRIBUTING leaves the tests green: what they expect holds when the graph has grown.

The contribution is added to a copy of the checkout, which is checked, and in which the tests run that know answers by
heart. Were one of them to count what there is over all, it would fail here before it stops a contributor.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.graph.data.contribution import grown

#: The tests that know answers of the shipped graph by heart, and those that a contribution must pass.
KNOWING = (
    "tests/graph/check/test_shipped.py",
    "tests/graph/data/test_competency.py::test_each_competency_question_has_its_query",
    "tests/graph/data/test_competency.py::test_answers_are_what_the_documents_say",
    "tests/graph/data/test_competency.py::test_evidence_lies_in_the_lines_that_back_the_answer",
    "tests/graph/data/test_competency.py::test_queries_run_with_their_defaults_and_without_them",
    "tests/graph/data/test_asking.py::test_each_query_of_the_guide_can_be_copied_and_finds_what_it_is_to_find",
    "tests/graph/data/test_asking.py::test_questions_that_the_guide_does_not_ask_have_their_answers",
    "tests/graph/data/test_connections.py",
    "tests/graph/data/test_contract.py",
    "tests/graph/data/test_facts.py",
    "tests/graph/data/test_ontology.py",
    "tests/graph/pipeline/test_build.py::test_void_counts_what_is_there",
    "tests/graph/test_cli_read.py::test_stats_count_classes",
    "tests/web/test_connections.py::test_graphml_gexf_and_the_picture_hold_the_same_network",
    "tests/web/test_counts.py::test_each_number_of_each_page_is_what_its_query_answers",
    "tests/web/test_lists.py::test_the_shipped_lists_hold_what_the_graph_holds",
    "tests/web/test_lists_data.py::test_places_say_what_others_hold_too_so_that_a_sum_counts_each_practice_once",
    "tests/web/test_start.py::test_the_map_has_what_the_list_has",
)


def run(checkout: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests in a checkout, with its own files as the graph: a minute of processor time, without a limit."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CITYRIGHTS", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-v", "-p", "no:cacheprovider", *tests],
        cwd=checkout, env={**kept, "CITYRIGHTS_HOME": str(checkout)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grown(tmp_path_factory.mktemp("growth"))


def test_tests_that_know_answers_hold_when_the_graph_has_grown(checkout: Path) -> None:
    done = run(checkout, *KNOWING)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    for asked in (
        "test_answers_are_what_the_documents_say PASSED",
        "test_the_shipped_graph_is_clean PASSED",
    ):
        assert asked in done.stdout
