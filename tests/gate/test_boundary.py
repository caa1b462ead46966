"""The gate stands alone: it imports nothing of the rest, and its own wheel answers queries where there is no rest."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import httpx
import pyoxigraph

from tests.support import HANG, ROOT

GATE = ROOT / "gate"
_PROJECT = tomllib.loads((GATE / "pyproject.toml").read_text("utf-8"))["project"]
#: What the gate may need beyond the standard library.
NEEDED = {re.split(r"[^A-Za-z0-9_]", needed)[0] for needed in _PROJECT["dependencies"]}

ALONE = """
import sys
from importlib.util import find_spec

sys.path[:0] = sys.argv[1:3]
import sparqlgate.cli

found = find_spec("cityrights")  # an editable installation leaves a folder of that name, without code
assert (found is None or found.origin is None) and find_spec("cityrights_web") is None
assert sparqlgate.__file__.startswith(sys.argv[1])
sys.exit(sparqlgate.cli.main(["serve", sys.argv[3], "--port", "0"]))
"""


def test_the_gate_imports_nothing_of_the_graph_or_the_site() -> None:
    modules = sorted(GATE.rglob("*.py"))
    assert len(modules) > 30
    wrong = []
    for path in modules:
        tree = ast.parse(path.read_text("utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in imports:
            modules_of = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            roots = {name.split(".")[0] for name in modules_of} - set(sys.stdlib_module_names) - NEEDED - {"sparqlgate"}
            wrong += [f"{path.relative_to(ROOT)}:{node.lineno} imports {name}" for name in roots]
    assert wrong == []


def test_the_gate_says_nothing_of_city_rights() -> None:
    said = [str(path) for path in GATE.rglob("*.py") if "cityrights" in path.read_text("utf-8").lower()]
    assert said == []


def test_a_wheel_of_the_gate_alone_answers_queries(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(GATE)],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("sparqlgate-*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "alone")
        assert {name.split("/")[0].split("-")[0] for name in file.namelist()} == {"sparqlgate"}
    data = tmp_path / "data.nq"
    data.write_text("<http://e/a> <http://e/p> <http://e/B> <http://e/g> .\n")
    libraries = Path(pyoxigraph.__file__).parent.parent
    # Without site, which would add the folders that this checkout is installed from.
    command = [sys.executable, "-S", "-c", ALONE, str(tmp_path / "alone"), str(libraries), str(data)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            for query, wanted, answer in (
                ("SELECT ?o { ?s ?p ?o }", "text/csv", "o\r\nhttp://e/B\r\n"),
                ("CONSTRUCT { ?s a ?o } { ?s ?p ?o }", "text/turtle", "<http://e/a> a <http://e/B> .\n"),
            ):
                found = httpx.get(
                    address,
                    params={"query": query},
                    headers={"Accept": wanted},
                    trust_env=False,
                    verify=False,
                    timeout=HANG,
                )
                assert (found.status_code, found.text) == (200, answer)
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0
