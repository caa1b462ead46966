"""What was computed when a snapshot was built: each index is opened when it is first asked for, and stays open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from cityrights.indexes import overviews, pointers
from cityrights.indexes.facets import Catalogue
from cityrights.indexes.proximity import Connections
from cityrights.indexes.search import SearchIndex
from cityrights.library.pages import ask
from cityrights.snapshot import Snapshot
from cityrights.terms import Row
from sparqlgate import Store


class Indexes:
    """The indexes in the folder of a snapshot. Each raises SnapshotError where the snapshot has it not, or spoilt."""

    def __init__(self, folder: Path, engine: Store) -> None:
        self._folder = folder
        self._engine = engine
        self._overviews: dict[str, Sequence[Row]] = {}

    @cached_property
    def facets(self) -> Catalogue:
        """The lists and their facets."""
        return Catalogue.open(self._folder)

    @cached_property
    def proximity(self) -> Connections:
        """Who is close to whom."""
        return Connections.open(self._folder)

    @cached_property
    def search(self) -> SearchIndex:
        """The full text."""
        return SearchIndex.open(Snapshot(self._folder))

    @cached_property
    def pointers(self) -> pointers.Counts:
        """What very many things point to."""
        return pointers.read(self._folder)

    def overview(self, name: str) -> Sequence[Row]:
        """Return the answer to a page query that has no parameter: from the snapshot where that has it.

        Raises QueryError as the engine does.
        """
        found = self._overviews.get(name)
        if found is None:
            found = overviews.read(self._folder, name)
            if found is None:
                return ask(self._engine, name)
            self._overviews[name] = found
        return found
