"""What every part of the server shares: one snapshot, one store, the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cityrights.home import home
from cityrights.indexes.registry import Indexes
from cityrights.library.ledger import Ledger, Run
from cityrights.library.pages import ask
from cityrights.library.queries import LibraryQuery, library
from cityrights.resources.labels import Places, Vocabulary
from cityrights.terms import Row
from cityrights_web.dumps import Dumps
from cityrights_web.settings import Settings
from cityrights_web.slow_store import Later, Patient
from sparqlgate import Limits, Store
from sparqlgate.app import Gate
from sparqlgate.http.flights import ResponseCache, Turns
from sparqlgate.http.service import Shared


def share(settings: Settings) -> Shared:
    """Begin what the sites of one server have in common."""
    return Shared.of(settings, "cityrights", ("cityrights.evidence",))


@dataclass(frozen=True)
class Site:
    """The server's state for one snapshot. It never changes: a new snapshot means a new site."""

    engine: Store
    version: str
    folder: Path
    manifest: Mapping[str, Any]
    settings: Settings = field(default_factory=Settings)
    given: Shared | None = None

    @cached_property
    def shared(self) -> Shared:
        """What this site has in common with those before and after it."""
        return self.given or share(self.settings)

    @cached_property
    def gate(self) -> Gate:
        """The SPARQL service of this site, to which it adds its formats and pages."""
        return Gate(self.engine, self.settings, version=self.version, shared=self.shared)

    @property
    def limits(self) -> Mapping[bool, Limits]:
        """The limits of a query, by whether a table over the cap of rows is cut."""
        return self.gate.limits

    @cached_property
    def pages(self) -> ResponseCache:
        """Pages, as they were sent."""
        return ResponseCache(self.settings.cached_pages)

    @cached_property
    def books(self) -> Turns:
        """Who may make a workbook or GeoJSON: they take the time and the memory of this process, not of a worker."""
        return Turns(2, self.settings.queue)

    @cached_property
    def long_books(self) -> Turns:
        """Who may make one of an answer that is still coming, which may take as long as its query."""
        return Turns(2, self.settings.queue)

    @cached_property
    def views(self) -> asyncio.Semaphore:
        """How many answers may be made into pages at once, for the same reason; none takes long."""
        return asyncio.Semaphore(4)

    @cached_property
    def vocabulary_later(self) -> Later[Vocabulary]:
        """The vocabulary, as it is read beside what needs it."""
        store = self.engine.inner if isinstance(self.engine, Patient) else self.engine
        return Later("vocabulary", lambda: Vocabulary.load(store))

    @cached_property
    def _places_later(self) -> Later[Places]:
        return Later("places", lambda: Places.load(self.engine))

    @property
    def vocabulary(self) -> Vocabulary:
        """Labels of terms and provenance of graphs; read at the first use. Raises EngineStarting of a slow store."""
        return self.vocabulary_later.get()

    @property
    def places(self) -> Places:
        """Where the territories stand; read at the first use. Raises EngineStarting of a slow store."""
        return self._places_later.get()

    @cached_property
    def indexes(self) -> Indexes:
        """What was computed when the snapshot was built."""
        return Indexes(self.folder)

    def overview(self, name: str) -> Sequence[Row]:
        """Return the answer to a page query that has no parameter, from the snapshot where that has it.

        Raises QueryError as the store does, SnapshotError where the file of the answer is spoilt.
        """
        found = self.indexes.overview(name)
        return ask(self.engine, name) if found is None else found

    @cached_property
    def ledger(self) -> Ledger:
        """What is known of the questions of the library on this snapshot and on those before it."""
        return Ledger(self.folder.parent)

    @cached_property
    def runs(self) -> Mapping[str, Run]:
        """How each question of the library fared when the snapshot was built; nothing where that is not known."""
        found = self.ledger.runs(self.short)
        return found.runs if found is not None and found.version == self.version else {}

    @cached_property
    def questions(self) -> Mapping[str, LibraryQuery]:
        """Every question of the library by its name, as they were when the snapshot was taken up."""
        return MappingProxyType({query.name: query for query in library(home() / "queries" / "explore")})

    @cached_property
    def examples(self) -> dict[str, Any]:
        """The questions of the library as the workbench offers them, by language, as they were first made."""
        return {}

    @cached_property
    def dumps(self) -> Dumps:
        """The dumps that may be downloaded, each compared with its digest before it is first sent."""
        return Dumps(self.folder, self.files)

    @property
    def short(self) -> str:
        """The version for people."""
        return self.version[:12]

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]:
        """The dumps that may be downloaded: name, bytes, SHA-256."""
        files = self.manifest.get("files", {})
        return {name: about for name, about in sorted(files.items()) if "/" not in name and not name.startswith(".")}
