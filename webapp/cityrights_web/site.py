"""What every part of the server shares: one snapshot, one store, the settings; and the snapshots beside it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from cityrights.drafts import Findings, findings
from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.indexes import counts
from cityrights.indexes.registry import Indexes
from cityrights.instance import instance
from cityrights.library.pages import ask
from cityrights.library.queries import LibraryQuery, library
from cityrights.library.running import Ledger, Run, with_given
from cityrights.library.stories import Story
from cityrights.library.stories import read as read_story
from cityrights.resources import dataset
from cityrights.resources.cards import PracticeCard
from cityrights.resources.description import Held, Published
from cityrights.resources.labels import Vocabulary
from cityrights.resources.model import ClaimLine
from cityrights.resources.places import Places
from cityrights.snapshot import Snapshot, with_packed
from cityrights.terms import Iri, Literal, Row
from cityrights.versions.history import History, history
from cityrights.versions.releases import Release, release_of, stamps
from cityrights.vocabulary import BASE, EDITORS, PREFIXES, VOCABULARY
from cityrights_web.files import Dumps, shown_name
from cityrights_web.settings import Settings
from sparqlgate import EmbeddedEngine, Limits, Store
from sparqlgate.app import Gate
from sparqlgate.errors import InputError, SnapshotError
from sparqlgate.http.answers import ResponseCache, Shared
from sparqlgate.http.fair_use import ConcurrencyLimit
from sparqlgate.query import holding
from sparqlgate.stores.patient import Later

log = logging.getLogger("cityrights.web")

T = TypeVar("T")

#: What is done aside, which its processes import first.
_ASIDE: Final = (
    "cityrights.evidence",
    "cityrights.versions.history",
    "cityrights_web.results.geojson",
    "cityrights_web.results.workbook",
)


def share(settings: Settings) -> Shared:
    """Begin what the sites of one server have in common."""
    return Shared.of(settings, "cityrights", _ASIDE)


@dataclass(frozen=True, slots=True)
class Edition:
    """A version at an address of its own: ``home`` is the public address of the site of today.

    ``day`` is when it was taken up, or built where that is not known; ``today`` says that it is the one served, else
    ``served`` says the digest of that one, which another may take the place of while this one is open.
    """

    home: str
    day: date | None
    today: bool
    served: Callable[[], str] = str

    @property
    def now(self) -> str:
        """The digest of the version that is served as that of today."""
        return self.served()


@lru_cache(8)
def _warn(text: str) -> None:
    """Log what is wrong with records that every page asks for, once."""
    log.warning("%s", text)


class Recent(Generic[T]):
    """What pages of a snapshot showed last, by language: many show the same cards. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[tuple[str, str], T] = OrderedDict()
        self._lock = threading.Lock()

    def gather(self, language: str, iris: Iterable[str], read: Callable[[list[str]], Mapping[str, T]]) -> dict[str, T]:
        """Return what is known of things by their IRIs; ``read`` reads those that are not kept, at once."""
        wanted = dict.fromkeys(iris)
        with self._lock:
            found = {iri: self._held[language, iri] for iri in wanted if (language, iri) in self._held}
            for iri in found:
                self._held.move_to_end((language, iri))
        missing = [iri for iri in wanted if iri not in found]
        if missing:  # outside of the lock: others need not wait for a query
            made = read(missing)
            found |= made
            with self._lock:
                self._held |= {(language, iri): one for iri, one in made.items()}
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
        return found


#: So many cards and sentences are kept, each of some kilobytes.
_CARDS, _LINES = 600, 3_000


@dataclass(frozen=True)
class Site:
    """The server's state for one snapshot. It never changes: a new snapshot means a new site.

    ``edition`` is set where the version is served at an address of its own, below that of the site of today.
    """

    engine: Store
    version: str
    folder: Path
    manifest: Mapping[str, Any]
    settings: Settings = field(default_factory=Settings)
    given: Shared | None = None
    edition: Edition | None = None

    def again(self, edition: Edition, settings: Settings) -> Site:
        """Return the site of the same snapshot at the address of its version; it has the same engine, and closes none.

        What was read of the snapshot is shared.
        """
        made = replace(self, settings=settings, given=self.shared, edition=edition)
        for name in (
            *("vocabulary_later", "_places_later", "indexes", "ledger", "questions", "asking", "dumps"),
            *("cards", "lines"),
        ):
            made.__dict__[name] = getattr(self, name)
        return made

    @property
    def home(self) -> str:
        """The public address of the site of today, also from a version at an address of its own."""
        return self.settings.public_url if self.edition is None else self.edition.home

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

    @property
    def held(self) -> Held | None:
        """What the lists say of things; None in a snapshot that was built without them."""
        try:
            return self.indexes.facets.cards
        except SnapshotError:
            return None

    @cached_property
    def cards(self) -> Recent[PracticeCard]:
        """The cards that pages have shown lately."""
        return Recent(_CARDS)

    @cached_property
    def lines(self) -> Recent[ClaimLine]:
        """The claims that cards have shown lately."""
        return Recent(_LINES)

    @cached_property
    def views(self) -> asyncio.Semaphore:
        """How many answers may be made into pages at once, by this process; none takes long."""
        return asyncio.Semaphore(4)

    @cached_property
    def vocabulary_later(self) -> Later[Vocabulary]:
        """The vocabulary, as it is read beside what needs it."""
        return Later("vocabulary", self._read_vocabulary)

    def _read_vocabulary(self) -> Vocabulary:
        found = Vocabulary.load(self.engine.direct)
        return found if self.is_shipped else replace(found, named=self._called)

    def _called(self, iri: str, language: str) -> Literal | None:
        """Return what the search calls a thing, which reads more properties than this graph has."""
        try:
            hit = self.indexes.search.get(iri, language)
        except SnapshotError:
            return None
        return Literal(hit.label.value, hit.label.language) if hit is not None else None

    @cached_property
    def published(self) -> Published:
        """Where the documents are published."""
        return Published(self.engine)

    @cached_property
    def _places_later(self) -> Later[Places]:
        return Later("places", self._read_places)

    def _read_places(self) -> Places:
        found = counts.read_overview(self.folder, counts.PLACES)
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
    def history(self) -> History:
        """What is recorded of the versions that were taken up where this one stands."""
        return history(self.folder.parent)

    @cached_property
    def runs(self) -> Mapping[str, Run]:
        """How each question of the library fared when the snapshot was built; nothing where that is not known."""
        found = self.ledger.runs(self.short)
        return found.runs if found is not None and found.version == self.version else {}

    @cached_property
    def questions(self) -> Mapping[str, LibraryQuery]:
        """Every question of the library by its name, as they were when the snapshot was taken up.

        In an instance one whose default finds nothing has another, where the build has found one.
        """
        found = (with_given(query, self.runs.get(query.name)) for query in library(self._published / "explore"))
        return MappingProxyType({query.name: query for query in found})

    @cached_property
    def answered(self) -> Mapping[str, LibraryQuery]:
        """Those of the questions that are offered beside other things: in an instance those that find something."""
        return MappingProxyType({query.name: query for query in self._answered(self.questions.values())})

    def _answered(self, questions: Iterable[LibraryQuery]) -> Iterator[LibraryQuery]:
        """Yield the questions that have an answer, as the build has found; of cityrights itself all."""
        all_of_them = not self.is_shipped or instance().is_shipped
        for query in questions:
            run = self.runs.get(query.name)
            if all_of_them or run is None or not run.complaint:
                yield query

    @cached_property
    def stories(self) -> Mapping[str, Story]:
        """Every story by its name, in their order; one that cannot be read is left out, and the log says why."""
        told = []
        for path in (self._published / "stories").glob("*.md"):
            try:
                told.append(read_story(path))
            except InputError as error:
                log.error("a story is left out: %s", error)
        return MappingProxyType({story.name: story for story in sorted(told, key=lambda one: (one.order, one.name))})

    @cached_property
    def asking(self) -> tuple[LibraryQuery, ...]:
        """The queries of the guide for askers, from easy to hard."""
        return tuple(self._answered(library(self._published / "asking")))

    @property
    def _published(self) -> Path:
        """The questions that were published with the snapshot; of a draft, those that stand in the home."""
        kept = None if self.settings.draft else self.ledger.questions()
        return kept or home() / "queries"

    @cached_property
    def examples(self) -> dict[str, Any]:
        """The questions of the library as the workbench offers them, by language, as they were first made."""
        return {}

    @cached_property
    def dumps(self) -> Dumps:
        """The dumps that may be downloaded, each compared with its digest before it is first sent."""
        return Dumps(self.folder, self.downloads)

    @property
    def is_shipped(self) -> bool:
        """Whether the data are the graph of this project, built from its own sources."""
        return dataset.is_shipped(self.manifest)

    @property
    def dataset_iri(self) -> str:
        """The IRI of the data set that is served."""
        return dataset.dataset_iri(self.manifest)

    @property
    def dataset_description(self) -> dataset.DatasetDescription:
        """What the data of others say of themselves; of the shipped graph nothing, which the site knows itself."""
        return dataset.description_of(self.manifest)

    @property
    def licences(self) -> Sequence[str]:
        """The addresses of the licences of the data; of others' data those that they name."""
        return dataset.licences_of(self.manifest)

    @cached_property
    def keywords(self) -> Sequence[Literal]:
        """The keywords of the data set, in each language. Raises QueryError as the store does."""
        found = ask(self.engine, "values_of", {"thing": Iri(self.dataset_iri), "p": Iri(PREFIXES["dcat"] + "keyword")})
        return [row["o"] for row in found if isinstance(row["o"], Literal)]

    @cached_property
    def has_editors(self) -> bool:
        """Whether the graph says who its editors are. Raises QueryError as the store does."""
        return bool(ask(self.engine, "exists", {"thing": Iri(EDITORS)}))

    @property
    def release(self) -> Release | None:
        """The release that this version is, None where it has no name, or where the records cannot be read.

        A version may get a name, and a release its DOI, while it is served.
        """
        try:
            return release_of(self.version) if self.is_shipped else None
        except CityrightsError as error:
            _warn(str(error))
            return None

    def etag(self, body: bytes) -> str:
        """Return the entity tag of something that was made of this version (RFC 9110 §8.8.3)."""
        return f'"{self.short}-{hashlib.sha256(body).hexdigest()[:24]}"'

    def told_beside(self) -> tuple[object, ...]:
        """Return what pages tell that is no part of the snapshot, as marks that change with it.

        The record of a version may come a moment after it, and what is found in a draft; releases are named and get a
        DOI later; another version may be that of today.
        """
        recorded = self.history.of(self.version) is not None
        now = self.edition.now if self.edition is not None else ""
        return (recorded, now, self.found, *(stamps() if self.is_shipped else ()))

    @property
    def found(self) -> Findings | None:
        """What was found in the files of a draft; None where nobody has looked, and of what was published."""
        return findings(self.folder.parent) if self.settings.draft else None

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes that queries are offered: for the data of others none of this project."""
        return {
            name: iri for name, iri in PREFIXES.items() if self.is_shipped or not iri.startswith((BASE, VOCABULARY))
        }

    @property
    def short(self) -> str:
        """The version for people."""
        return self.version[:12]

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]:
        """The dumps that may be downloaded: name, bytes, SHA-256."""
        files = self.manifest.get("files", {})
        own = (name for name in sorted(files) if "/" not in name and not name.startswith("."))
        return {shown_name(name): files[name] for name in own}

    @property
    def downloads(self) -> Mapping[str, Mapping[str, Any]]:
        """The dumps, and what stands packed beside them: name, bytes, SHA-256, media type."""
        return with_packed(self.files)


_VERSION: Final = re.compile(r"[0-9a-f]{12}")
#: Who asks for a version that is kept waits for one process; so many may wait for it.
_WAITING: Final = 8


class EarlierSnapshots:
    """The snapshots beside that of a site; at most one is open at a time. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._open: Site | None = None
        self._closed = False
        self._lock = threading.Lock()

    def has(self, version: str) -> bool:
        """Say whether a snapshot of this version, given by its first twelve digits, stands there, whole or not."""
        if self._site.edition is not None:  # each has its own address, and opens no other
            return False
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
