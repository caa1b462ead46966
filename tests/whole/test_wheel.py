"""A wheel built from the repository does the main job outside the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

import cityrights
from cityrights.snapshot import Snapshot
from tests.servers import Once, free_port
from tests.support import HANG, answers, ended, until


@pytest.fixture(scope="session")
def wheel(once: Once, root: Path) -> Path:
    def build(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation"]
        done = subprocess.run(
            [*command, "--wheel-dir", str(folder), str(root)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    (built,) = once("wheel", build).glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(once: Once, wheel: Path) -> Path:
    """Install the wheel, without what it depends on, into a folder of its own, away from the checkout."""

    def install(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
        subprocess.run([*command, str(folder), str(wheel)], check=True)

    return once("installed", install)


def run(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(installed / "bin" / "cityrights"), *arguments],
        env=environment(installed, cwd), cwd=cwd, capture_output=True, text=True, check=False, timeout=HANG,
    )  # fmt: skip


def environment(installed: Path, cwd: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CITYRIGHTS")}
    return {**kept, "PYTHONPATH": str(installed), "CITYRIGHTS_SNAPSHOTS": str(cwd / "snapshots")}


@pytest.fixture(scope="module")
def published(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the shipped graph by what is installed, in a folder of its own, and return that."""
    folder = tmp_path_factory.mktemp("published")
    done = run(installed, "publish", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["quads"] > 10_000
    return folder


def test_the_wheel_holds_everything_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "cityrights/py.typed",
        "cityrights_web/static/icon.svg",
        "cityrights_web/static/dist/manifest.json",
        "cityrights_web/templates/base.html",
        "cityrights_web/locale/messages.pot",
        "cityrights_web/locale/fr/LC_MESSAGES/messages.po",
        "cityrights/locale/es/LC_MESSAGES/messages.po",
        "cityrights/_resources/ontology/cityrights.ttl",
        "cityrights/_resources/ontology/context.jsonld",
        "cityrights/_resources/instance.toml",
        "cityrights/_resources/data/dataset.ttl",
        "cityrights/_resources/queries/construct/superclasses.rq",
    ):
        assert wanted in names
    bundles = json.loads(zipfile.ZipFile(wheel).read("cityrights_web/static/dist/manifest.json"))
    assert {"site.css", "site.js", "licences.txt"} <= bundles.keys()
    assert all(f"cityrights_web/static/dist/{name}" in names for name in bundles.values())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"cityrights", "cityrights_web", "sparqlgate"}


def test_it_builds_and_answers_outside_the_checkout(installed: Path, snapshot: Snapshot, published: Path) -> None:
    asked = run(installed, "query", "SELECT (COUNT(?p) AS ?n) { ?p a cr:Practice }", cwd=published)
    with cityrights.open(snapshot.path) as graph:
        practices = len(graph.select("SELECT DISTINCT ?p { ?p a cr:Practice }"))
    assert asked.stdout.split() == ["n", str(practices)]
    where = subprocess.run(
        [sys.executable, "-c", "import cityrights; print(cityrights.__file__)"],
        env=environment(installed, published), cwd=published, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(installed))


def test_it_validates_data_of_one_s_own_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Shapes, ontology and the two examples come with it."""
    examples = installed / "cityrights" / "_resources" / "ontology" / "shapes" / "examples"
    passed = run(installed, "validate", str(examples / "passes.ttl"), cwd=tmp_path)
    assert (passed.returncode, passed.stdout.partition(" in ")[0]) == (0, "0 errors, 0 warnings"), passed.stderr
    failed = run(installed, "validate", str(examples / "fails.ttl"), cwd=tmp_path)
    assert failed.returncode == 1
    assert f"{examples / 'fails.ttl'}:15: my:night-school: " in failed.stdout


def test_every_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    """All in one process: what differs is what each imports."""
    program = (
        "from contextlib import redirect_stdout, suppress\nfrom io import StringIO\nimport json, sys\n"
        "from cityrights.cli import COMMANDS, main\nsaid = {}\n"
        "for name in COMMANDS:\n    sys.argv, told = ['cityrights', name, '--help'], StringIO()\n"
        "    with redirect_stdout(told), suppress(SystemExit):\n        main()\n"
        "    said[name] = told.getvalue()\nprint(json.dumps(said))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(installed, tmp_path), cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=HANG,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {"build", "check", "claim", "describe", "publish", "query", "serve", "source", "validate"} <= said.keys()
    assert [name for name, text in said.items() if not text.startswith(f"Usage: cityrights {name}")] == []


def test_it_serves_outside_the_checkout(installed: Path, published: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, str(installed / "bin" / "cityrights"), "serve", "--port", str(port)]
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(command, env=environment(installed, published), cwd=published, stdout=log, stderr=log)
    try:
        page = _page(f"http://127.0.0.1:{port}/page/city/utrecht", server, tmp_path / "log")
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        kinds = {file.rpartition(".")[2] for file in files}
        for file in files:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{file}", timeout=HANG) as answer:
                assert answer.read()
    finally:
        server.terminate()
        ended(server, tmp_path / "log")
        log.close()
    assert "Utrecht" in page
    assert {"css", "js", "svg", "woff2"} <= kinds


def _page(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    try:
        until(lambda: answers(address), f"an answer of {address}", server)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{log.read_text()}") from None
    with urllib.request.urlopen(address, timeout=HANG) as answer:
        return str(answer.read().decode())
