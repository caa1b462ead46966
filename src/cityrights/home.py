"""Where the ontology, the data and the queries are (``CITYRIGHTS_HOME``).

Looked for in this order: ``CITYRIGHTS_HOME``; ``_resources`` inside the installed package; the checkout, if it has
a ``pyproject.toml``. Never the working directory. Nothing is ever written there.
"""

from __future__ import annotations

import os
from pathlib import Path

from cityrights.errors import ResourceNotFound

PARTS = ("ontology", "data", "queries")


def home() -> Path:
    """Return the folder that holds ``ontology``, ``data`` and ``queries``.

    Raises ResourceNotFound with every place tried when none of them has all three.
    """
    package = Path(__file__).resolve().parent
    tried: list[str] = []
    chosen = os.environ.get("CITYRIGHTS_HOME")
    if chosen:
        candidate = Path(chosen).expanduser().resolve()
        if _complete(candidate):
            return candidate
        raise ResourceNotFound(
            f"CITYRIGHTS_HOME is {candidate}, which lacks {', '.join(_missing(candidate))}; "
            "point it at a folder with ontology, data and queries, or unset it"
        )
    checkout = _checkout(package)
    for folder in (package / "_resources", *([checkout] if checkout else [])):
        if _complete(folder):
            return folder
        tried.append(f"{folder} (lacks {', '.join(_missing(folder))})")
    raise ResourceNotFound(
        "the ontology, data and queries were not found; tried "
        + "; ".join(tried or ["no place at all"])
        + ". Set CITYRIGHTS_HOME to the folder that holds them, or install cityrights again."
    )


def _checkout(package: Path) -> Path | None:
    root = package.parent.parent
    return root if (root / "pyproject.toml").is_file() else None


def _missing(folder: Path) -> list[str]:
    return [part for part in PARTS if not (folder / part).is_dir()]


def _complete(folder: Path) -> bool:
    return not _missing(folder)
