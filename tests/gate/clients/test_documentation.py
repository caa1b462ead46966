"""Every snippet of docs/clients.md runs against the endpoint and prints what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from cityrights.snapshot import Snapshot
from tests.gate.clients.programs import node
from tests.servers import Server
from tests.support import COMUNICA, CURL, HANG, RAPPER, ROOT, ROQET, need

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
#: The first block of each language says what E, Q, C and G are; each later one is followed by what it prints.
PRELUDES = {language: next(text for kind, text in BLOCKS if kind == language) for language in ("sh", "python")}
SNIPPETS = [
    pytest.param(kind, text, following, id=f"{number}-{kind}")
    for number, ((kind, text), (after, following)) in enumerate(pairwise(BLOCKS))
    if kind in PRELUDES and text not in PRELUDES.values() and after == "text"
]
ADDRESS = "http://127.0.0.1:8000/sparql"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with ``comunica-sparql`` on it, as npm would install it."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "comunica-sparql"
    command.write_text(f'#!/bin/sh\nexec "{node()}" "{need(COMUNICA)}" "$@"\n', "utf-8")
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_every_snippet_says_what_it_prints() -> None:
    kinds = [kind for kind, _ in BLOCKS]
    assert len(SNIPPETS) == kinds.count("text") == kinds.count("sh") + kinds.count("python") - len(PRELUDES)
    assert all(ADDRESS in text for text in PRELUDES.values())


@pytest.mark.parametrize(("kind", "snippet", "expected"), SNIPPETS)
def test_a_snippet_prints_what_the_page_says(
    start: Callable[..., Server], told: Snapshot, path: str, tmp_path: Path, kind: str, snippet: str, expected: str
) -> None:
    for program in (CURL, RAPPER, ROQET):
        need(program)
    program = PRELUDES[kind].replace(ADDRESS, f"{start(told.path).url}/sparql") + snippet
    file = tmp_path / f"snippet.{kind}"
    file.write_text(program, "utf-8")
    command = ["bash", "-euo", "pipefail", str(file)] if kind == "sh" else [sys.executable, str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=HANG,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip("\n") == expected.rstrip("\n")
