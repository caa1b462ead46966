"""What every part of the server shares: one snapshot, one store, the settings."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cityrights.home import home
from cityrights.indexes import overviews
from cityrights.indexes.registry import Indexes
from cityrights.library.ledger import Ledger, Run
from cityrights.library.pages import ask
from cityrights.library.queries import LibraryQuery, library
from cityrights.resources.labels import Vocabulary
from cityrights.resources.places import Places
from cityrights.terms import Row
from cityrights_web.dumps import Dumps
from cityrights_web.settings import Settings
from sparqlgate import Limits, Store
from sparqlgate.app import Gate
from sparqlgate.http.flights import ConcurrencyLimit, ResponseCache
from sparqlgate.http.service import Shared
from sparqlgate.stores.patient import Later

#: What is done aside, which its processes import first.
_ASIDE: Final = ("cityrights.evidence", "cityrights_web.results.places", "cityrights_web.results.workbook")


def share(settings: Settings) -> Shared:
    """Begin what the sites of one server have in common."""
    return Shared.of(settings, "cityrights", _ASIDE)


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
    def books(self) -> ConcurrencyLimit:
        """Who may make a workbook or GeoJSON: each takes a process of its own for it."""
        return ConcurrencyLimit(2, self.settings.queue)

    @cached_property
    def long_books(self) -> ConcurrencyLimit:
        """Who may make one of an answer that is still coming, which may take as long as its query."""
        return ConcurrencyLimit(2, self.settings.queue)

    @cached_property
    def page_books(self) -> threading.Semaphore:
        """The same for the workbooks of questions, which are asked by pages."""
        return threading.Semaphore(2)

    @cached_property
    def views(self) -> asyncio.Semaphore:
        """How many answers may be made into pages at once, by this process; none takes long."""
        return asyncio.Semaphore(4)

    @cached_property
    def vocabulary_later(self) -> Later[Vocabulary]:
        """The vocabulary, as it is read beside what needs it."""
        return Later("vocabulary", lambda: Vocabulary.load(self.engine.direct))

    @cached_property
    def _places_later(self) -> Later[Places]:
        return Later("places", self._read_places)

    def _read_places(self) -> Places:
        found = overviews.read(self.folder, overviews.PLACES)
        return Places.load(self.engine) if found is None else Places.of(found)

    @property
    def vocabulary(self) -> Vocabulary:
        """Labels of terms and provenance of graphs; read at the first use. Raises EngineStarting of a slow store."""
        return self.vocabulary_later.get()

    @property
    def places(self) -> Places:
        """Where things stand; read at the first use. Raises EngineStarting of a slow store, SnapshotError if spoilt."""
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
