"""The notebooks of docs/notebooks run from top to bottom, and still show what is kept in them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from tools.notebooks import FOLDER, joined, run, said

import cityrights
from cityrights.api import KnowledgeGraph
from cityrights.indexes.proximity.measure import LOOSELY
from cityrights.snapshot import Snapshot
from tests.servers import Server

NAMES = ("endpoint", "graph")
#: Where something of the machine, or of the run, would show.
OURS_ALONE = re.compile(
    r"/(home|root|tmp|work|usr|Users|var)/|site-packages|\.pyenv|127\.0\.0\.1:(?!8000\b)\d+|0x[0-9a-f]{6,}"
)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def environment(told: Snapshot, start: Callable[..., Server]) -> dict[str, str]:
    """What tells the notebooks where the graph is: what is kept in them is of the shipped sources."""
    return {"CITYRIGHTS_SNAPSHOTS": str(told.path.parent), "CITYRIGHTS": start(told.path).url}


@pytest.fixture(scope="module", params=NAMES)
def executed(
    request: pytest.FixtureRequest, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, nbformat.NotebookNode, Path]:
    """The name of a notebook, the notebook after a run, and the folder that it ran in."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, run(FOLDER / f"{request.param}.ipynb", folder, environment), folder


@pytest.fixture(scope="module")
def graph(told: Snapshot) -> Iterator[KnowledgeGraph]:
    with cityrights.open(told.path) as opened:
        yield opened


def shown(notebook: nbformat.NotebookNode) -> str:
    return "\n".join(text for cell in said(notebook) for text in cell)


def test_every_notebook_is_looked_at() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


def test_it_shows_what_is_kept_in_it(executed: tuple[str, nbformat.NotebookNode, Path]) -> None:
    name, notebook, _ = executed
    kept = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert said(notebook) == said(kept), f"docs/notebooks/{name}.ipynb shows something else now: make notebooks"


def test_its_figures_are_pictures_with_a_text(executed: tuple[str, nbformat.NotebookNode, Path]) -> None:
    name, notebook, _ = executed
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 2, name
    for output in pictures:
        content = base64.b64decode(output.data["image/png"])
        assert content.startswith(PNG)
        assert len(content) > 10_000
        assert len(output.metadata["image/png"]["alt"]) > 30


def test_it_says_what_the_graph_says(executed: tuple[str, nbformat.NotebookNode, Path], graph: KnowledgeGraph) -> None:
    name, notebook, _ = executed
    text = shown(notebook)
    every = list(graph.connections.edges())
    places = {place for a, b, _ in every for place in (a, b)}
    # The site leaves out of its network what nobody would call alike; who asks the library gets all.
    edges = [edge for edge in every if edge[2] >= LOOSELY] if name == "endpoint" else every
    story = graph.explain("utrecht", "gwangju")
    assert f"{len(places)} places, {len(edges)} connections" in text
    assert f"Utrecht and Gwangju: {story.strength:.2f}\n- {story.because[0].sentence}\n" in text
    told = graph.select(
        "SELECT ?label ?text { ?i rdfs:label ?label GRAPH ?claim { ?i cr:kind kind:ombudsperson }"
        ' ?claim a cr:Claim ; cr:text ?text FILTER(LANG(?label) = "en" && LANG(?text) = "en") }'
    )
    assert len(told) > 0
    for row in told:
        assert row["label"] in text
        assert row["text"] in text


def test_counts_are_those_of_the_graph(graph: KnowledgeGraph) -> None:
    kept = {name: shown(nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)) for name in NAMES}
    query = "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?p a cr:Practice ; %s }"
    for name, label, pattern in (
        ("graph", "Social rights", "cr:theme/skos:broader* theme:social-rights"),
        ("endpoint", "Migrants", "cr:targetGroup target:migrants"),
    ):
        number = graph.select(query % pattern)[0]["n"]
        assert number > 0
        assert re.search(rf"{label} +{number}\b", kept[name])


def test_it_leaves_nothing_behind(executed: tuple[str, nbformat.NotebookNode, Path]) -> None:
    _, _, folder = executed
    assert list(folder.iterdir()) == []


def test_it_warns_of_nothing(executed: tuple[str, nbformat.NotebookNode, Path]) -> None:
    _, notebook, _ = executed
    assert not [text for cell in said(notebook) for text in cell if text.startswith("stderr")]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_has_nothing_of_a_machine(name: str) -> None:
    content = (FOLDER / f"{name}.ipynb").read_text("utf-8")
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)
        assert "execution" not in cell["metadata"]
    assert not OURS_ALONE.search(json.dumps(notebook))
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert len(content) < 400_000


def test_a_cell_that_fails_fails_the_run(environment: Mapping[str, str], tmp_path: Path) -> None:
    notebook = nbformat.read(FOLDER / "endpoint.ipynb", as_version=4)
    notebook.cells = notebook.cells[:2]
    nbformat.write(notebook, tmp_path / "decoy.ipynb")
    with pytest.raises(CellExecutionError, match="URLError"):
        run(tmp_path / "decoy.ipynb", tmp_path, {**environment, "CITYRIGHTS": "http://127.0.0.1:9"})


def test_what_a_busy_kernel_prints_in_pieces_is_kept_as_one() -> None:
    def printed(text: str, name: str = "stdout") -> nbformat.NotebookNode:
        output: nbformat.NotebookNode = nbformat.v4.new_output("stream", name=name, text=text)
        return output

    pieces = [
        printed("a\n"),
        printed("b\n"),
        printed("!", "stderr"),
        printed("c"),
        nbformat.v4.new_output("display_data"),
    ]
    found = [(each.get("name"), each.get("text")) for each in joined(pieces)]
    assert found == [("stdout", "a\nb\n"), ("stderr", "!"), ("stdout", "c"), (None, None)]
