"""How skeletons get into files: nothing that stands there is lost, and an interruption leaves the old text whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from cityrights.canonical import canonical_text, format_file, head_of, source_of
from cityrights.errors import CityrightsError, InputError
from cityrights.graphs import parse_file
from cityrights.resources import home


def replace(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, then rename it into place (atomic, POSIX.1-2017)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        Path(name).chmod(path.stat().st_mode if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def add_quads(path: Path, quads: Iterable[ox.Quad]) -> None:
    """Add quads to a TriG file, or begin it with them; what stands there stays.

    Raises InputError for a file that is not in canonical form, whose comments would be lost, and for one that cannot
    be read.
    """
    new = list(quads)
    if not path.exists():
        replace(path, canonical_text(new, trig=True, source=source_of(path, new)))
        return
    if path.read_bytes().decode("utf-8") != format_file(path):
        raise InputError(
            path,
            "is not in canonical form, so that adding to it could lose comments",
            repair=f"cityrights format {path}",
        )
    every = [*parse_file(path), *new]
    head = head_of(path.read_bytes().decode("utf-8"))
    replace(path, canonical_text(every, trig=True, source=source_of(path, every), head=head))


def editable(place: Path | None = None) -> Path:
    """Return the folder whose files people write: ``place``, else the project's.

    Raises CityrightsError for the resources of an installed package: nothing is ever written there.
    """
    folder = place or home()
    if folder.name == "_resources":
        raise CityrightsError(
            f"{folder} belongs to the installed package and is not for editing; "
            "run this in a checkout, or set CITYRIGHTS_HOME to a folder with ontology, data and queries"
        )
    return folder
