"""The gate stands alone: it imports nothing of the rest, and its own wheel answers queries where there is no rest."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pyoxigraph

from tests.support import HANG, ROOT

GATE = ROOT / "gate"
#: What the gate may need beyond the standard library.
NEEDED = {"httpx", "orjson", "pyoxigraph"}

ALONE = """
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

sys.path[:0] = sys.argv[1:3]
from sparqlgate import EmbeddedEngine, Query
from sparqlgate.namespaces import Names

@dataclass
class Folder:
    path: Path
    version: str = "1"
    names: Names = field(default_factory=Names)

    @property
    def store(self): return self.path / "store"
    @property
    def nquads(self): return self.path / "data.nq"
    def check_nquads(self): pass

assert find_spec("cityrights") is None and find_spec("cityrights_web") is None
assert sys.modules["sparqlgate"].__file__.startswith(sys.argv[1])
with EmbeddedEngine(Folder(Path(sys.argv[3])), workers=1) as engine:
    with engine.query("SELECT ?o { ?s ?p ?o }") as result:
        print(result.read().decode())
    with engine.query(Query("CONSTRUCT { ?s a ?o } { ?s ?p ?o }", "text/turtle")) as result:
        print(result.read().decode())
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
    (tmp_path / "data.nq").write_text("<http://e/a> <http://e/p> <http://e/B> <http://e/g> .\n")
    libraries = Path(pyoxigraph.__file__).parent.parent
    done = subprocess.run(  # without site, which would add the folders that this checkout is installed from
        [sys.executable, "-S", "-c", ALONE, str(tmp_path / "alone"), str(libraries), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    table, _, graph = done.stdout.partition("\n")
    assert json.loads(table)["results"]["bindings"] == [{"o": {"type": "uri", "value": "http://e/B"}}]
    assert graph.strip() == "<http://e/a> a <http://e/B> ."
