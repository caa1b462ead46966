"""The indexes made beside the store for each snapshot, to answer quickly: not part of its content, nor of its version.

Each index has a form: a text that changes when what it writes of the same content does. ``indexes.json`` tells the
forms of those that a snapshot has, so that one that is missing or of an older form is seen and made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from cityrights.home import home, listed, resource
from cityrights.indexes import counts
from cityrights.indexes.search import SearchIndex
from cityrights.indexes.search.text import form as search_form
from cityrights.indexes.search.writing import write as write_search
from cityrights.resources import places
from cityrights.reuse import NOTHING, Kept
from cityrights.snapshot import Progress, Snapshot
from cityrights.terms import Row

if TYPE_CHECKING:
    from cityrights.indexes.facets import Catalogue
    from cityrights.indexes.proximity import Connections

_RECORD: Final = "indexes.json"
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Index:
    """One index: ``write`` makes the folder ``name`` in a snapshot's folder, of the default graph of a store.

    It uses parts again that are kept. ``step`` is what the progress of a build says meanwhile.
    """

    name: str
    step: str
    form: Callable[[], str]
    write: Callable[[Path, ox.Store, Kept], None]


class Indexes:
    """The indexes of the snapshot in ``folder``, each opened at its first use.

    Those that cannot be done without raise SnapshotError where the snapshot has none, all where one cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._overviews: dict[str, list[Row]] = {}

    @cached_property
    def facets(self) -> Catalogue:
        """The lists and their facets."""
        from cityrights.indexes.facets import Catalogue

        return Catalogue.open(self._folder)

    @cached_property
    def proximity(self) -> Connections:
        """Which places are close to which, and why."""
        from cityrights.indexes.proximity import Connections  # scipy and networkx take a while, few need them

        return Connections.open(self._folder)

    @cached_property
    def search(self) -> SearchIndex:
        """Every named thing and every claim by their words."""
        return SearchIndex.open(Snapshot(self._folder))

    @cached_property
    def pointers(self) -> counts.Counts:
        """What very many things point to; nothing where the snapshot does not tell."""
        return counts.read_pointers(self._folder)

    def open(self) -> None:
        """Open all of them, which the first who asks for each would wait for."""
        _ = self.search, self.facets, self.pointers
        self.proximity.prepare()
        for name in counts.NAMES:
            self.overview(name)

    def overview(self, name: str) -> list[Row] | None:
        """Return the answer to a page query that has no parameter; None where the snapshot does not tell."""
        if name not in self._overviews:
            found = counts.read_overview(self._folder, name)
            if found is None:
                return None
            self._overviews[name] = found
        return self._overviews[name]


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(
        b"".join(path.name.encode() + b"\0" + path.read_bytes() + b"\0" for path in paths)
    ).hexdigest()


def _catalogue_form() -> str:
    queries = listed(home() / "queries" / "index", "*.rq")
    return _digest([*sorted((_HERE / "facets").glob("*.py")), Path(places.__file__), *queries])


def _connections_form() -> str:
    return _digest(_HERE / "proximity" / f"{name}.py" for name in ("reading", "measure", "network", "table", "told"))


def _pointers_form() -> str:
    return _digest([_HERE / "counts.py", resource(home() / "queries" / "pages" / "thing_incoming_counts.rq")])


def _overviews_form() -> str:
    queries = home() / "queries" / "pages"
    own = (_HERE / "counts.py", Path(places.__file__))
    return _digest([*own, *(resource(queries / f"{name}.rq") for name in counts.NAMES)])


def _write_catalogue(folder: Path, store: ox.Store, _kept: Kept) -> None:
    from cityrights.indexes.facets.arrays import write as write_facets  # numpy takes a while, few builds need it

    write_facets(folder, store)


def _write_connections(folder: Path, store: ox.Store, kept: Kept) -> None:
    from cityrights.indexes.proximity import reading  # networkx takes a while, few builds need it

    reading.write(folder, *reading.prepare(store, kept))


def _write_pointers(folder: Path, store: ox.Store, _kept: Kept) -> None:
    counts.write_pointers(folder, store)


INDEXES: Final = (
    Index("connections", "connecting places", _connections_form, _write_connections),
    Index("catalogue", "indexing lists", _catalogue_form, _write_catalogue),
    Index("pointers", "counting pointers", _pointers_form, _write_pointers),
    Index("overviews", "counting for whole-site pages", _overviews_form, counts.write_overviews),
    Index("search", "indexing words", search_form, write_search),
)


def write(folder: Path, store: ox.Store, progress: Progress, indexes: Sequence[Index] = INDEXES) -> None:
    """Make every index of the default graph of ``store`` in ``folder``, or some, and record the forms of all."""
    for index in indexes:
        progress(index.step, 0, 1)
        index.write(folder, store, NOTHING)
    record_forms(folder)


def record_forms(folder: Path) -> None:
    """Record that the snapshot in ``folder`` has every index in the form of now."""
    (folder / _RECORD).write_text(json.dumps(forms(), indent=2) + "\n", "utf-8")


def write_told(folder: Path, store: ox.Store) -> None:
    """Add to the connections in ``folder`` the ties that claims tell: ``store`` has the graphs of all claims."""
    from cityrights.indexes.proximity import reading, told

    told.write(folder / reading.FOLDER, told.read(store))


def renew(folder: Path, made: Path, progress: Progress) -> None:
    """Make every index of the snapshot in ``folder`` anew from its store, in ``made`` first: none is replaced before.

    Who has opened one keeps reading it. Raises OSError where the folder cannot be written or the store be read.
    """
    store = ox.Store.read_only(str(folder / "store"))
    write(made, store, progress)
    write_told(made, store)
    for index in INDEXES:
        if (folder / index.name).exists():
            (folder / index.name).rename(made / f"{index.name}-before")
        (made / index.name).rename(folder / index.name)
    (made / _RECORD).replace(folder / _RECORD)


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
