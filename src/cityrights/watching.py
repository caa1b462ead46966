"""Watching a home while somebody edits it: each save is checked and built, and is the draft a moment later.

A round does what ``check`` and ``build`` do, in one process that lives on: what they gave the last time is used again
where nothing has changed of what it was made from (``cityrights.reuse``). What a round finds is what a check of the
whole finds, and its draft has the version that a build of the whole has; tests hold rounds to both.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import pyoxigraph as ox

from cityrights import drafts, publishing
from cityrights.check import receipts
from cityrights.check.rules import Finding
from cityrights.check.run import Report, dataset, run
from cityrights.check.shapes import validate_shapes
from cityrights.errors import CityrightsError, InputError, SnapshotError
from cityrights.home import INSTANCE, is_complete
from cityrights.instance import read as read_instance
from cityrights.library.queries import library, with_prefixes
from cityrights.library.running import Ledger, Run, ask_all
from cityrights.pipeline.dumps import ChangingContent
from cityrights.pipeline.light_draft import STATISTICS, tidied
from cityrights.pipeline.light_draft import write as write_draft
from cityrights.pipeline.steps import without_garbage, writing
from cityrights.reuse import ALL, Kept, reads
from cityrights.snapshot import DRAFT, Progress, Snapshot, digest, silent

#: Seconds between two looks at the files, and until one that has changed is taken for written.
EVERY: Final = 0.5
_QUIET: Final = 0.1
#: Ends of the names of files that a check or a build reads. Editors' own files have others, or begin with a dot.
_READ: Final = (".ttl", ".trig", ".rq", ".po", ".md", ".toml", ".jsonld", ".nt", ".nq", ".rdf", ".owl", ".n3", ".xml")
_PARTS: Final = ("data", "ontology", "queries", "locale")
#: What this process was begun with, queries that it reads once among it; when it changes only a new one is right.
_PROGRAM: Final = ("checker", "words", "dependencies", "pages")

#: Each file by its name within the home: when it was changed, how large it is, which one it is.
Seen: TypeAlias = Mapping[str, tuple[int, int, int]]


class Anew(Exception):
    """What this process was begun with has changed, the program or ``instance.toml``: another has to go on."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round: what was found, the draft there is now, and how long it took the processor, in seconds.

    ``built`` says that the draft is of the files as they are; else it stayed, because they cannot be built. ``fault``
    is why nothing could be written.
    """

    report: Report
    snapshot: Snapshot | None
    built: bool
    seconds: float
    fault: str = ""


@dataclass
class Watch:
    """A home that is watched: its snapshots are in ``directory``, the documents, if at hand, in ``sources``."""

    home: Path
    directory: Path
    sources: Path | None = None
    _kept: Kept = field(default_factory=Kept)
    _program: dict[str, str] | None = None
    _instance: str = ""
    _built: Snapshot | None = None
    _fault: str = ""
    _runs: Mapping[str, Run] = field(default_factory=dict)
    _asked: Mapping[str, object] = field(default_factory=dict)
    _content: ChangingContent = field(default_factory=ChangingContent)

    def __post_init__(self) -> None:
        self._kept.told = self._content.change

    def round(self, progress: Progress = silent) -> Round:
        """Check and build the files as they are, and tell what was found. Raises Anew where another process has to."""
        began = time.process_time()
        self._built, self._fault = None, ""
        try:
            report = self._checked(progress)
        except InputError as error:
            report = Report(not_run={"check": "it could not run"})
            report.findings = [_of(error)]
        version = self._built.version if self._built is not None else ""
        try:
            with writing(self.directory):
                self.directory.mkdir(parents=True, exist_ok=True)
                drafts.tell(self.directory, self.home, version, report.findings)
        except SnapshotError as error:
            self._fault = str(error)
        there = self._built or self._draft()
        return Round(report, there, self._built is not None, time.process_time() - began, self._fault)

    def rest(self) -> None:
        """Give back what a round needed: what is kept for the next is not looked at again."""
        gc.unfreeze()  # or what a round puts something else in place of would stay for ever
        gc.collect()
        gc.freeze()

    def count(self) -> None:
        """Ask the questions of the library of the draft that was made, for the pages that tell how many rows each has.

        Only those are asked that may have another answer than on the draft before. A server takes it up; where nothing
        can be written the pages say nothing of it.
        """
        draft = self._built
        if draft is None or self._fault:
            return
        try:
            questions = list(library(self.home / "queries" / "explore"))
            if not is_complete(self.home):
                questions += library(self.home / "queries" / "asking")
            made = {query.name: self._kept.made(("question", query.path)) for query in questions}
            counted = self._kept.keys(STATISTICS)  # which differ from draft to draft, and no check has seen
            same = {
                query.name: run
                for query in questions
                if (run := self._runs.get(query.name)) is not None
                and not run.given
                and made[query.name] is not None
                and made[query.name] is self._asked.get(query.name)
                and not (told := reads(with_prefixes(query.text))).bound
                and ALL not in told.keys
                and counted.isdisjoint(told.keys)
            }
            self._runs, self._asked = ask_all(questions, self.directory, draft, silent, same), made
            Ledger(self.directory).keep_asked(self.home, draft=draft.short)
        except CityrightsError:  # a file has changed meanwhile, which the next round tells
            return

    def close(self) -> None:
        """Leave nothing but the draft that there is."""
        tidied(self.directory, stay=1)

    @without_garbage()
    def _checked(self, progress: Progress) -> Report:
        of = receipts.ingredients(self.home)
        self._look_at_program(of)
        shapes = self.home / "ontology" / "shapes"

        def make(quads: Collection[ox.Quad]) -> ox.Store:
            progress("merging and deriving", 0, 1)
            return dataset(self.home, quads, kept=self._kept)

        report = run(
            self.home,
            make,
            shapes=lambda store, only: validate_shapes(store, shapes, only=only, kept=self._kept),
            sources=self.sources,
            progress=progress,
            kept=self._kept,
            ready=lambda store: self._build(store, progress),
        )
        publishing.keep_checked(self.home, self.directory, of, report, documents=self.sources is not None)
        return report

    def _build(self, store: ox.Store, progress: Progress) -> None:
        """Write the draft, unless a build would refuse the questions, which the check tells."""
        try:
            library(self.home / "queries" / "explore")
            if not is_complete(self.home):
                library(self.home / "queries" / "asking")
        except InputError:
            return
        progress("indexing", 0, 1)
        try:
            self._built = write_draft(self.home, self.directory, self._content, store, self._kept)
            with writing(self.directory):
                drafts.forget(self.directory)  # what was found before is of other files
        except SnapshotError as error:
            self._fault = str(error)

    def _look_at_program(self, of: Mapping[str, str]) -> None:
        """Raise Anew where the program or the instance is another than this process was begun with.

        Raises InputError where ``instance.toml`` is wrong: then things stay as they are.
        """
        program = {name: of[name] for name in _PROGRAM}
        path = self.home / INSTANCE
        toml = digest(path) if path.is_file() else ""
        if self._program is None:
            self._program, self._instance = program, toml
        if program != self._program:
            raise Anew
        if toml != self._instance:
            if toml:
                read_instance(path, self.home)
            raise Anew

    def _draft(self) -> Snapshot | None:
        try:
            return Snapshot.open(self.directory / DRAFT)
        except SnapshotError:
            return None


def seen(home: Path, sources: Path | None = None) -> Seen:
    """Return what can be seen of the files that a round reads, without reading them."""
    found: dict[str, tuple[int, int, int]] = {}
    places = [home / part for part in _PARTS] + ([sources] if sources is not None else [])
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                if place == sources or (name.endswith(_READ) and not name.startswith(".")):
                    _look(Path(folder, name), home, found)
    _look(home / INSTANCE, home, found)
    return found


def _look(path: Path, home: Path, found: dict[str, tuple[int, int, int]]) -> None:
    try:
        about = path.stat()
    except OSError:  # gone again, or a link to nothing
        return
    name = str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
    found[name] = about.st_mtime_ns, about.st_size, about.st_ino


def wait(look: Callable[[], Seen], before: Seen, goes_on: Callable[[], bool] = lambda: True) -> tuple[Seen, list[str]]:
    """Wait until something else is seen and stays so for a moment; return it, with the names of what has changed.

    A save takes more than one step, and two may follow each other. No name is returned when it is over: ``goes_on`` is
    asked at each look.
    """
    while goes_on():
        time.sleep(EVERY)
        now = look()
        if now == before:
            continue
        while True:
            time.sleep(_QUIET)
            again = look()
            if again == now:
                break
            now = again
        names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        if names:
            return now, names
    return before, []


def _of(error: InputError) -> Finding:
    """Return what keeps a check from running as a finding, at its place."""
    where = f"{error.path}:{error.line}" if error.line else str(error.path)
    return Finding(where, "unreadable", error.reason, error.repair)
