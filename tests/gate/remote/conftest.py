"""The shipped graph in Virtuoso, put there by ``cityrights push``, with an engine over it and one over the snapshot."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import virtuoso

from cityrights.cli.options import PASSWORD, USER
from cityrights.snapshot import Snapshot
from sparqlgate import EmbeddedEngine, Limits
from sparqlgate.stores.remote import RemoteEngine
from sparqlgate.text.rewriting import UNION
from tests.support import HANG, VIRTUOSO, need, until

_ENVIRONMENT = {**os.environ, USER: "dba", PASSWORD: "dba"}


@pytest.fixture(autouse=True)
def own_garbage() -> Iterator[None]:
    """Have what a test leaves behind collected in its own thread: results of the parser may not end in another."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def store(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Virtuoso with the shipped graph."""
    program = need(VIRTUOSO)
    folder = tmp_path_factory.mktemp("virtuoso")
    with virtuoso.running(folder, program=program) as running:
        state = folder / "state.json"
        with subprocess.Popen(push_command(running.url, snapshot, state), env=_ENVIRONMENT) as first:
            until(lambda: came_to(state) == 1, "the load is amid the named graphs", first)
            first.kill()  # so that all tests are of a load that was broken off and has gone on
        assert came_to(state) == 1
        done = run_push(running.url, snapshot, state)
        assert done.returncode == 0, done.stderr
        assert "is loaded" in done.stdout
        assert re.search(r"push: default graph \d+ % \([\d,]+ of [\d,]+\), [\d,]+ quads/s, .+ left\n", done.stderr)
        yield f"{running.url}/sparql"


def push_command(url: str, snapshot: Snapshot, state: Path) -> list[str]:
    """Return ``cityrights push`` as a person calls it."""
    code = "from cityrights.cli import main; main()"
    arguments = [f"{url}/sparql-auth", "--dialect", "union", "--graph-store", f"{url}/sparql-graph-crud-auth"]
    return [sys.executable, "-c", code, "push", *arguments, "--snapshot", str(snapshot.path), "--state", str(state)]


def came_to(state: Path) -> int:
    """Return the step in whose midst a load is, by the file that it keeps; -1 while there is none."""
    try:
        kept = json.loads(state.read_text("utf-8"))
    except OSError:
        return -1
    return int(kept["step"]) if kept["offset"] else -1


def run_push(url: str, snapshot: Snapshot, state: Path) -> subprocess.CompletedProcess[str]:
    """Run ``cityrights push`` as a person does."""
    return subprocess.run(
        push_command(url, snapshot, state),
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )


@pytest.fixture(scope="session")
def remote(store: str, snapshot: Snapshot) -> Iterator[RemoteEngine]:
    """An engine over Virtuoso."""
    with RemoteEngine(
        store, UNION, version=snapshot.version, names=snapshot.names, limits=Limits(seconds=60)
    ) as engine:
        yield engine


@pytest.fixture(scope="session")
def embedded(snapshot: Snapshot) -> Iterator[EmbeddedEngine]:
    """An engine over the snapshot itself."""
    with EmbeddedEngine(snapshot, limits=Limits(seconds=60)) as engine:
        yield engine
