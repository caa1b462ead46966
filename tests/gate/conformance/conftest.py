"""One server over every data file of the suites, and the score at the end of the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from tools import virtuoso

from cityrights.pipeline.steps import build_files
from tests.gate.conformance import manifests
from tests.gate.conformance.manifests import BASE
from tests.gate.remote.conftest import run_push
from tests.servers import free_port
from tests.support import HANG, RDF_TESTS, VIRTUOSO, answers, ended, need, until

_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".n3": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
}
_KASEI = "http://kasei.us/2009/09/sparql/data/"
#: Graphs for the Graph Store tests: a plain name, and one with an escape of its own.
PLAIN, ESCAPED = "http://example.org/gsp/plain", "http://example.org/gsp/a%20b"
_score: Counter[tuple[str, bool]] = Counter()


@pytest.fixture(scope="session")
def w3c() -> Path:
    """Return the folder of the W3C data."""
    return need(RDF_TESTS)


def _quads(folder: Path) -> Iterator[ox.Quad]:
    """Yield every data file of the suites as a named graph under its address, and the graphs of the protocol tests."""
    for suite in ("sparql10", "sparql11"):
        for path in sorted((folder / "sparql" / suite).rglob("*")):
            if path.suffix in _FORMATS and not path.name.startswith(("manifest", "extended-manifest")):
                yield from _graph(path, BASE + path.relative_to(folder).as_posix())
    yield from _protocol_quads(folder)
    for graph in (PLAIN, ESCAPED):
        node = ox.NamedNode(graph)
        yield ox.Quad(node, ox.NamedNode("http://example.org/p"), ox.Literal(graph), node)


def _protocol_quads(folder: Path) -> Iterator[ox.Quad]:
    for number in (1, 2, 3):
        yield from _graph(folder / f"sparql/sparql11/protocol/data{number}.nt", f"{_KASEI}data{number}.rdf")


def _graph(path: Path, address: str) -> Iterator[ox.Quad]:
    name = ox.NamedNode(address)
    try:
        parsed = ox.parse(path.read_bytes(), format=_FORMATS[path.suffix], base_iri=address, rename_blank_nodes=True)
        for quad in parsed:
            yield ox.Quad(quad.subject, quad.predicate, quad.object, name)
    except SyntaxError:
        # Some expected results are in formats of their own; a data file that were among them would fail its tests.
        return


@pytest.fixture(scope="session")
def endpoint(w3c: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Run ``cityrights serve --dataset`` on one N-Quads file, and return a client for it."""
    folder = tmp_path_factory.mktemp("w3c")
    data = folder / "suites.nq"
    ox.serialize(_quads(w3c), str(data), format=ox.RdfFormat.N_QUADS)
    with _serving(folder, "--snapshot", str(folder / "snapshots"), "--dataset", str(data)) as client:
        yield client


@pytest.fixture(scope="session")
def virtuoso_endpoint(w3c: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Push the graphs of the protocol tests to Virtuoso, run ``cityrights serve --endpoint`` on it, return a client."""
    program = need(VIRTUOSO)
    folder = tmp_path_factory.mktemp("w3c-virtuoso")
    data = folder / "protocol.nq"
    ox.serialize(_protocol_quads(w3c), str(data), format=ox.RdfFormat.N_QUADS)
    snapshot = build_files([data], folder / "snapshots")
    (folder / "store").mkdir()
    with virtuoso.running(folder / "store", program=program) as store:
        done = run_push(store.url, snapshot, folder / "state.json")
        assert done.returncode == 0, done.stderr
        options = ["--snapshot", str(snapshot.path), "--endpoint", f"{store.url}/sparql", "--dialect", "union"]
        with _serving(folder, *options) as client:
            yield client


@contextmanager
def _serving(folder: Path, *options: str) -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "-c", "from cityrights.cli import main; main()", "serve", "--port", str(port), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PYTHONWARNINGS": "default"})
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANG, trust_env=False, verify=False) as client:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/health"), "the server's first answer", process)
        except AssertionError as error:
            pytest.fail(f"{error}\n{(folder / 'log').read_text()}")
        yield client
    process.send_signal(signal.SIGTERM)
    ended(process, folder / "log")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known that says to which score a test counts."""
    config.addinivalue_line("markers", "suite(name): the W3C suite whose score a test counts for")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count what passed, by suite; a test that is expected to fail has not passed."""
    report = yield
    suite = next((mark.args[0] for mark in item.iter_markers("suite")), None)
    if suite is not None and (report.when == "call" or (report.when == "setup" and report.failed)):
        _score[suite, report.passed and not hasattr(report, "wasxfail")] += 1
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the score."""
    for suite in dict.fromkeys(name for name, _ in _score):
        total = _score[suite, True] + _score[suite, False]
        terminalreporter.write_line(f"W3C {suite}: {_score[suite, True]} of {total}")
    queries = [key for key in _score if key[0].startswith("SPARQL 1.")]
    if queries:
        passed = sum(_score[key] for key in queries if key[1])
        terminalreporter.write_line(f"W3C evaluation, results, syntax: {passed} of {sum(_score[k] for k in queries)}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each entry of the manifests; one that needs the data where they are absent."""
    if "w3c_test" in metafunc.fixturenames:
        tests = manifests.query_tests()
        marked = [
            pytest.param(test, id=test.short, marks=pytest.mark.suite(f"{test.edition} {test.kind}")) for test in tests
        ]
        metafunc.parametrize("w3c_test", marked or [pytest.param(None, id="data")])
