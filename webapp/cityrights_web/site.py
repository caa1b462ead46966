"""What every part of the server shares: one snapshot, one store, the settings; and the earlier snapshots beside it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cityrights.indexes import overviews, pointers
from cityrights.indexes.facets import Catalogue
from cityrights.indexes.proximity import Connections
from cityrights.indexes.search import SearchIndex
from cityrights.library.ledger import Ledger, Run
from cityrights.library.pages import ask
from cityrights.resources.labels import Places, Vocabulary
from cityrights.snapshot import Snapshot
from cityrights.terms import Row
from cityrights_web.dumps import Dumps
from cityrights_web.http.fair_use import FairUse
from cityrights_web.http.flights import Flights, ResponseCache, ShortCuts, Turns
from cityrights_web.http.metrics import Metrics
from cityrights_web.http.offload import Reader
from cityrights_web.settings import Settings
from cityrights_web.slow_store import Later, Patient
from sparqlgate import EmbeddedEngine, Engine, Limits
from sparqlgate.errors import CityrightsError
from sparqlgate.pool.scheduling import MOST_WAITING, most_workers
from sparqlgate.stores.base import NO_CAP, holding

_VERSION: Final = re.compile(r"[0-9a-f]{12}")
#: Who asks for a version that is kept waits for one process; so many may wait for it.
_WAITING: Final = 8


class Kept:
    """The snapshots beside that of a site; at most one is open at a time. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._open: Site | None = None
        self._closed = False
        self._lock = threading.Lock()

    def has(self, version: str) -> bool:
        """Say whether a snapshot of this version, given by its first twelve digits, stands there, whole or not."""
        return _VERSION.fullmatch(version) is not None and (self._site.folder.parent / version).is_dir()

    def open(self, version: str) -> Site | None:
        """Return the site of a version, None where it is not kept or damaged.

        The one that was open before ends with the last who use it.
        """
        if version == self._site.short:
            return self._site
        with holding(self._lock):
            if self._closed or not self.has(version):
                return None
            if self._open is None or self._open.short != version:
                self._open = self._opened(version) or self._open
            return self._open if self._open is not None and self._open.short == version else None

    def close(self) -> None:
        """End what is open; nothing is opened any more."""
        with self._lock:
            self._closed = True
            if self._open is not None:
                self._open.engine.close()

    def _opened(self, version: str) -> Site | None:

        site = self._site
        try:
            found = Snapshot.open(site.folder.parent / version)
            if found.short != version:
                return None
            # From the store on disk: it opens at once, whatever its size.
            engine = EmbeddedEngine(found, workers=1, queue=_WAITING, limits=site.limits[False], in_memory=0)
        except CityrightsError:
            return None
        return Site(engine, found.version, found.path, found.manifest, site.settings, site.shared)


#: Threads that read streams and files, beyond those that wait for the engine: for /sparql and dumps, pages have theirs.
_MORE_THREADS = 14


@dataclass(frozen=True)
class Shared:
    """What outlives a snapshot: who has used how much, what was counted, and who reads long texts."""

    fair: FairUse
    metrics: Metrics
    reader: Reader

    @classmethod
    def of(cls, settings: Settings) -> Shared:
        """Begin with nothing counted."""
        fair = FairUse(settings)
        return cls(fair, Metrics(), Reader(fair))

    def close(self) -> None:
        """End the processes that read."""
        self.reader.close()


@dataclass(frozen=True)
class Site:
    """The server's state for one snapshot. It never changes: a new snapshot means a new site."""

    engine: Engine
    version: str
    folder: Path
    manifest: Mapping[str, Any]
    settings: Settings = field(default_factory=Settings)
    given: Shared | None = None

    @cached_property
    def shared(self) -> Shared:
        """What this site has in common with those before and after it."""
        return self.given or Shared.of(self.settings)

    @property
    def reader(self) -> Reader:
        """What reads the texts that clients send."""
        return self.shared.reader

    @cached_property
    def limits(self) -> Mapping[bool, Limits]:
        """The limits of a query, by whether a table over the cap of rows is cut."""
        most = self.settings
        rows = most.max_rows or NO_CAP
        whole = Limits(most.query_seconds, most.query_memory, most.result_bytes, rows=rows)
        return {False: whole, True: replace(whole, truncate=True)}

    @property
    def most_queries(self) -> int:
        """How many queries may run at once, short and long ones."""
        return most_workers(self.settings.workers, self.settings.queue)

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """The threads that read long answers and files, and wait for a remote store."""
        return ThreadPoolExecutor(self.most_queries + _MORE_THREADS, "query")

    @cached_property
    def flights(self) -> Flights:
        """The queries that run now."""
        return Flights(self.shared.fair, self.shared.metrics, self.most_queries + MOST_WAITING)

    @cached_property
    def answers(self) -> ResponseCache:
        """Answers to queries, as they were sent."""
        return ResponseCache(self.settings.cached_answers)

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
    def shortcuts(self) -> ShortCuts:
        """The keys of answers by the request as it came, so that a repeated one is not even read."""
        return ShortCuts()

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
    def catalogue(self) -> Catalogue:
        """The lists and their facets; opened at the first use. Raises SnapshotError where the snapshot has none."""
        return Catalogue.open(self.folder)

    @cached_property
    def claims_by_concept(self) -> Mapping[str, int]:
        """How many claims have each modality and aspect, by its IRI; counted at the first use."""
        return {str(row["concept"]): int(str(row["n"])) for row in ask(self.engine, "concept_claims_counts")}

    @cached_property
    def pointers(self) -> pointers.Counts:
        """What very many things point to; read at the first use. Raises SnapshotError where that file is spoilt."""
        return pointers.read(self.folder)

    def overview(self, name: str) -> Sequence[Row]:
        """Return the answer to a page query that has no parameter, from the snapshot where that has it.

        Raises QueryError as the engine does, SnapshotError where the file of the answer is spoilt.
        """
        found = self._overviews.get(name)
        if found is None:
            found = overviews.read(self.folder, name)
            if found is None:
                return ask(self.engine, name)
            self._overviews[name] = found
        return found

    @cached_property
    def _overviews(self) -> dict[str, Sequence[Row]]:
        return {}

    @cached_property
    def connections(self) -> Connections:
        """Who is close to whom; opened at the first use. Raises SnapshotError where the snapshot has no such index."""
        return Connections.open(self.folder)

    @cached_property
    def kept(self) -> Kept:
        """The earlier snapshots that stand beside this one."""
        return Kept(self)

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
    def search(self) -> SearchIndex:
        """The search index of the snapshot. Raises SnapshotError where it has none."""
        return SearchIndex.open(Snapshot(self.folder))

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
