"""The indexes made beside the store for each snapshot, to answer quickly: not part of its content, nor of its version.

Each index has a form: a text that changes when what it writes of the same content does. ``indexes.json`` tells the
forms of those that a snapshot has, so that one that is missing or of an older form is seen and made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights import home
from cityrights.indexes import overviews, pointers
from cityrights.indexes.search import text as search
from cityrights.indexes.search.writing import write as write_search
from cityrights.snapshot import Progress

_RECORD: Final = "indexes.json"


def silent(step: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Index:
    """One index: ``write`` makes the folder ``name`` in a snapshot's folder, of the default graph of a store."""

    name: str
    form: Callable[[], str]
    write: Callable[[Path, ox.Store, Progress], None]


def _catalogue_form() -> str:
    """Return a digest of the code and the queries that make the catalogue."""
    total = hashlib.sha256()
    code = Path(__file__).parent / "facets"
    for path in sorted([*code.glob("*.py"), *(home.home() / "queries" / "index").glob("*.rq")]):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _write_catalogue(folder: Path, store: ox.Store, progress: Progress) -> None:
    from cityrights.indexes.facets.writing import write as write_facets  # numpy takes a while, few builds need it

    progress("indexing lists", 0, 1)
    write_facets(store, folder)


def _connections_form() -> str:
    """Return a digest of the code that reads and joins the places."""
    code = Path(__file__).parent / "proximity"
    names = ("files", "measure", "network", "table")
    return hashlib.sha256(b"".join((code / f"{name}.py").read_bytes() for name in names)).hexdigest()


def _write_connections(folder: Path, store: ox.Store, progress: Progress) -> None:
    from cityrights.indexes.proximity import files as connections  # networkx takes a while, and few builds need it

    progress("connecting places", 0, 1)
    connections.write(folder, *connections.prepare(store))


def _pointers_form() -> str:
    """Return a digest of the code and the query that say what is counted."""
    query = home.home() / "queries" / "pages" / "thing_incoming_counts.rq"
    return hashlib.sha256(Path(pointers.__file__).read_bytes() + query.read_bytes()).hexdigest()


def _write_pointers(folder: Path, store: ox.Store, progress: Progress) -> None:
    progress("counting pointers", 0, 1)
    pointers.write(folder, store)


def _overviews_form() -> str:
    """Return a digest of the queries that are answered, and of the code that says which."""
    queries = home.home() / "queries" / "pages"
    texts = [Path(overviews.__file__), *(queries / f"{name}.rq" for name in overviews.NAMES)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()


def _write_overviews(folder: Path, store: ox.Store, progress: Progress) -> None:
    progress("counting for whole-site pages", 0, 1)
    overviews.write(folder, store)


INDEXES: Final = (
    Index("connections", _connections_form, _write_connections),
    Index("catalogue", _catalogue_form, _write_catalogue),
    Index("pointers", _pointers_form, _write_pointers),
    Index("overviews", _overviews_form, _write_overviews),
    Index("search", search.form, write_search),
)


def write(folder: Path, store: ox.Store, progress: Progress) -> None:
    """Make every index of the default graph of ``store`` in ``folder``, and record their forms."""
    for index in INDEXES:
        index.write(folder, store, progress)
    (folder / _RECORD).write_text(json.dumps(forms(), indent=2) + "\n", "utf-8")


def forms() -> dict[str, str]:
    """Return the form of each index as it would be made now."""
    return {index.name: index.form() for index in INDEXES}


def fresh(folder: Path) -> bool:
    """Say whether the snapshot in ``folder`` has every index, each in the form of now."""
    try:
        recorded = json.loads((folder / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(recorded == forms()) and all((folder / index.name).is_dir() for index in INDEXES)
