"""Run the notebooks of docs/notebooks anew and keep what they print and draw, so that they can be read on the web.

Builds the snapshot when it is due and serves it on a free port, for the notebook that asks over HTTP.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tools.serving import serving
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "notebooks"
#: Time that a cell may take, in seconds.
SECONDS = 180
#: What is said between this process and the kernel is enciphered where libzmq can do it.
_KERNEL = Config({"AsyncKernelManager": {"transport_encryption": "auto"}})
#: A version of the data, whole or short: it changes with every fact, and most of what is shown does not.
_VERSION = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b")


def main() -> int:
    """Run all notebooks; return the exit code."""
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        for path in sorted(FOLDER.glob("*.ipynb")):
            notebook = run(path, Path(folder), {"CITYRIGHTS": address})
            path.write_text(nbformat.writes(notebook, indent=1) + "\n", "utf-8")
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
    return 0


def run(path: Path, folder: Path, environment: Mapping[str, str]) -> nbformat.NotebookNode:
    """Return the notebook as it is after a run in ``folder``, with nothing of this machine in it.

    Raises nbclient.exceptions.CellExecutionError where a cell fails.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        config=_KERNEL,
        timeout=SECONDS,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MPL"))}
    client.execute(env={**kept, **environment})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the outputs with what is printed in one go as one: a busy kernel sends it in pieces, never the same."""
    whole: list[nbformat.NotebookNode] = []
    for output in outputs:
        last = whole[-1] if whole else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            whole.append(output)
    return whole


def said(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Return what each cell of code shows as text, with versions masked, and a word for each picture."""
    return [
        [_VERSION.sub("VERSION", text) for output in cell.outputs for text in _texts(output)]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _texts(output: nbformat.NotebookNode) -> Iterator[str]:
    if output.output_type == "stream":
        yield f"{output.name}: {output.text}"
    elif "image/png" in output.data:
        yield f"picture: {output.metadata.get('image/png', {}).get('alt') or output.metadata.get('alt', '')}"
    else:
        yield output.data["text/plain"]


if __name__ == "__main__":
    sys.exit(main())
