"""What is written beside the store so that it is found fast. Indexes are no part of the content or its version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.search import schema as search
from cityrights.search.write import write as write_search

#: Says where the build is: the step's name, how much of it is done, how much there is.
Progress = Callable[[str, int, int], None]
Builder = Callable[[Path, ox.Store, Progress], None]

#: Each index: what tells the form that it has now, and what writes it into the snapshot's folder from the filled store.
BUILDERS: Final[Mapping[str, tuple[Callable[[], str], Builder]]] = {"search": (search.form, write_search)}
_NAME: Final = "indexes.json"


def write_indexes(folder: Path, store: ox.Store, progress: Progress) -> None:
    """Write every index of the snapshot in ``folder``, whose graph is in ``store``."""
    for _, builder in BUILDERS.values():
        builder(folder, store, progress)
    (folder / _NAME).write_text(json.dumps(_forms(), indent=2) + "\n", "utf-8")


def complete(folder: Path) -> bool:
    """Say whether the snapshot in ``folder`` has every index in the form of today."""
    try:
        return bool(json.loads((folder / _NAME).read_text("utf-8")) == _forms())
    except (OSError, ValueError):
        return False


def _forms() -> dict[str, str]:
    return {name: form() for name, (form, _) in BUILDERS.items()}
