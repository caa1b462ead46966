"""Publishing: ``current`` is moved to a snapshot only when the check has no error for exactly what it was built from.

``build`` makes a snapshot, which is the ``draft`` of its folder; ``publish`` checks what has no receipt yet, and moves
``current``, which is what everything reads. Nothing else moves it. See docs/decisions/0050.
"""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from cityrights.check import receipts
from cityrights.errors import CityrightsError, SnapshotError
from cityrights.home import home
from cityrights.snapshot import CURRENT, DRAFT, Progress, Snapshot, default_directory, record, silent, to_publish

if TYPE_CHECKING:  # building and checking take a while to import, and what is published already needs neither
    from cityrights.check.run import Report
    from cityrights.pipeline import BuildReport

#: What was published last: a digest of all that it was made of and checked by, and its version.
_STAMP: Final = "published"


@dataclass(frozen=True)
class Publication:
    """What is published: how it was built, None where it was there; what the check found, None where it was known.

    ``moved`` says that another version was the current one before.
    """

    snapshot: Snapshot
    built: BuildReport | None
    report: Report | None
    moved: bool


class NotPublished(CityrightsError):
    """The check found errors, so ``current`` was not moved; ``report`` has them, ``snapshot`` is what was built."""

    kind = "not-published"

    def __init__(self, report: Report, snapshot: Snapshot, directory: Path, sources: Path | None = None) -> None:
        errors = [finding for finding in report.findings if finding.severity == "error"]
        count = f"{len(errors)} error{'' if len(errors) == 1 else 's'}" if errors else "what could not be checked"
        first = f" The first is at {errors[0].where}: {errors[0].message}." if errors else ""
        documents = f" --sources {quote(str(sources))}" if sources is not None else ""
        self.report, self.snapshot = report, snapshot
        super().__init__(
            f"version {snapshot.short} is not published, because of {count}; {_current(directory)}.{first} All of "
            f"them: cityrights check{documents}. When they are mended: {to_publish(directory)}. To look at it as it "
            "is: cityrights serve --draft"
        )


def published(folder: Path, directory: Path, *, documents: bool = False) -> Snapshot | None:
    """Return the current snapshot where it is what would be published now: built from, and checked by, what is there.

    None where something has changed, or was never checked. Nothing is written.
    """
    try:
        of = receipts.ingredients(folder)
        found = Snapshot.current(directory)
        stamp = (directory / _STAMP).read_text("ascii").split()
    except (CityrightsError, OSError, ValueError):
        return None
    if stamp != [receipts.key(of, sorted(of)), found.version] or not _known(directory, of, documents=documents):
        return None
    from cityrights.indexes import registry

    return found if registry.fresh(found.path) else None  # one that lost an index is mended by publishing again


def publish_home(
    folder: Path,
    directory: Path,
    *,
    sources: Path | None = None,
    force: bool = False,
    restricted: bool = False,
    progress: Progress = silent,
) -> Publication:
    """Build ``folder`` into ``directory``, check what no receipt is there for, and make it the current snapshot.

    ``sources`` is the folder of the documents, where they are at hand; ``force`` has the snapshot made anew. With
    ``restricted`` its dumps have what is under another licence, too (:func:`cityrights.pipeline.build`). Raises
    NotPublished where the check has an error, InputError for a file that cannot be read or a check that cannot be run,
    SnapshotError where nothing can be written; then ``current`` is where it was. Two that publish at once take turns.
    """
    from cityrights.pipeline import build
    from cityrights.pipeline.steps import take_up, writing
    from cityrights.versions import history

    there = None if force else published(folder, directory, documents=sources is not None)
    told = there.manifest.get("restricted") if there is not None else None
    if there is not None and (
        told is None or told["in_dumps"] == restricted
    ):  # nothing else is written, so this may be a medium that is only read
        history.mend(directory, there)
        return Publication(there, None, None, moved=False)
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):  # else what cannot be written is found out after all that work
            pass
    with _turn(directory, progress), _standing(directory, progress):
        of = receipts.ingredients(folder)
        built = build(folder, directory, progress=progress, force=force, restricted=restricted)
        report, parts = _lacking(folder, directory, of, sources, progress)
        if receipts.ingredients(folder) != of:
            raise CityrightsError("files were changed while they were checked, so nothing is published; publish again")
        if report is not None:
            if not report.clean:
                raise NotPublished(report, built.snapshot, directory, sources)
            _keep(directory, parts, of, report, documents=sources is not None)
        with writing(directory):
            fresh = directory / f".{_STAMP}-{os.getpid()}"
            fresh.write_text(f"{receipts.key(of, sorted(of))} {built.snapshot.version}\n", "ascii")
            fresh.replace(directory / _STAMP)
        before = version_of(directory)
        take_up(folder, directory, built.snapshot)  # last: whatever happened before, nothing has moved
    return Publication(built.snapshot, built, report, before != built.snapshot.version)


def check_home(
    folder: Path,
    directory: Path | None = None,
    *,
    sources: Path | None = None,
    source: str = "",
    progress: Progress = silent,
) -> Report:
    """Check ``folder`` whole, or what is of one ``source`` in it; raises as ``cityrights.check.run.run`` does.

    What has no error is remembered in ``directory``, where that is a folder of snapshots, and need not be checked again
    to be published.
    """
    of = receipts.ingredients(folder)
    report = _checked(folder, directory, sources, source, progress)
    if directory is not None and not source:
        keep_checked(folder, directory, of, report, documents=sources is not None)
    return report


def keep_checked(folder: Path, directory: Path, of: dict[str, str], report: Report, *, documents: bool) -> None:
    """Remember in ``directory`` that a check of the whole found no error, where the files still are those it read.

    ``of`` are the ingredients as they were before.
    """
    if directory.is_dir() and report.clean and receipts.ingredients(folder) == of:
        _keep(directory, tuple(receipts.PARTS), of, report, documents=documents)


def is_checked(folder: Path, directory: Path, *, documents: bool = False) -> bool:
    """Say whether a receipt tells that what stands in ``folder`` now has no error."""
    return _known(directory, receipts.ingredients(folder), documents=documents)


def build(directory: str | Path | None = None, *, add: Sequence[str | Path] = (), force: bool = False) -> Snapshot:
    """Build a snapshot as ``cityrights build`` does, where that is due, and say on standard error what is done.

    It is a draft: ``cityrights.open`` reads it by its ``path``, and without one once it is published. It goes into
    ``directory``, by default that of this home; ``add`` are further TriG or N-Quads files, and ``force`` has a spoilt
    one made anew. Raises InputError for a file that is wrong, SnapshotError where nothing can be written; then nothing
    has changed.
    """
    from cityrights.pipeline import build as run

    folder = Path(directory).expanduser() if directory is not None else default_directory()
    made = run(home(), folder, progress=_telling("build"), extra=tuple(map(Path, add)), force=force)
    say(f"version {made.snapshot.short} {'is up to date' if made.reused else 'built'}: {made.snapshot.path}")
    return made.snapshot


def publish(directory: str | Path | None = None, *, sources: str | Path | None = None) -> Snapshot:
    """Build, check and publish as ``cityrights publish`` does, where that is due; standard error says what is done.

    ``sources`` is the folder of the documents, where they are at hand. Raises NotPublished, with the ``report``, where
    the check has an error, and as :func:`build` does; then what is published stays.
    """
    folder = Path(directory).expanduser() if directory is not None else default_directory()
    documents = Path(sources).expanduser() if sources is not None else None
    done = publish_home(home(), folder, sources=documents, progress=_telling("publish"))
    say(f"version {done.snapshot.short} is published{'' if done.moved else ' already'}: {done.snapshot.path}")
    return done.snapshot


def say(text: str) -> None:
    """Say something to whoever uses the library, beside what is answered."""
    sys.stderr.write(f"cityrights: {text}\n")
    sys.stderr.flush()


def _telling(title: str) -> Progress:
    told: set[str] = set()

    def progress(step: str, _done: int, _total: int) -> None:
        if step not in told:
            told.add(step)
            say(f"{title}: {step} …")

    return progress


def version_of(directory: Path, name: str = CURRENT) -> str:
    """Return the version that is published into ``directory``, or the draft there; nothing where there is none."""
    try:
        return Snapshot.open(directory / name).version
    except SnapshotError:
        return ""


@dataclass(frozen=True)
class Status:
    """Where a home keeps its snapshots, what is published and built there, and how the files stand to that."""

    home: Path
    snapshots: Path
    current: str
    when: datetime | None
    draft: str
    #: When the files as they are now were checked without an error; None where that is not known.
    checked: datetime | None
    documents: bool
    #: Whether the files as they are now are what is published.
    same: bool

    def as_dict(self) -> dict[str, object]:
        """Return it for ``--json``."""
        told = {name: getattr(self, name) for name in ("current", "draft", "documents", "same")}
        times = {name: each and each.isoformat() for name, each in (("when", self.when), ("checked", self.checked))}
        return {"home": str(self.home), "snapshots": str(self.snapshots), **told, **times}

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what there is to say, each with its name."""
        yield "home", str(self.home)
        yield "snapshots", str(self.snapshots)
        when = f", since {self.when:%Y-%m-%d %H:%M} UTC" if self.when else ""
        yield "current", f"{self.current[:12]}{when}" if self.current else "none: cityrights publish"
        if self.draft and self.draft != self.current:
            yield "draft", f"{self.draft[:12]}, not published"
        yield "files", "as they are published" if self.same else "not published as they are: cityrights publish"
        how = "with the documents" if self.documents else "without the documents"
        checked = f"no error, by a receipt of {self.checked:%Y-%m-%d %H:%M} UTC, {how}" if self.checked else ""
        yield "check", checked or "not known: cityrights check"


def status(folder: Path, directory: Path) -> Status:
    """Return how the home ``folder`` stands to its snapshots in ``directory``. Nothing is built, checked or written."""
    from cityrights.versions import history

    of = receipts.ingredients(folder)
    parts = [receipts.find(directory, part, of) for part in receipts.PARTS]
    known = [receipt for receipt in parts if receipt is not None]
    whole = len(known) == len(parts)
    current = version_of(directory)
    taken_up = next((record for record in history.records(directory) if record.version == current), None)
    return Status(
        folder,
        directory,
        current,
        taken_up.when if taken_up is not None and current else None,
        version_of(directory, DRAFT),
        max(receipt.when for receipt in known) if whole else None,
        any(receipt.documents for receipt in known),
        published(folder, directory) is not None,
    )


def _lacking(
    folder: Path, directory: Path, of: dict[str, str], sources: Path | None, progress: Progress
) -> tuple[Report | None, Sequence[str]]:
    """Check what there is no receipt for, and say which parts that were; no report where there is one for all."""
    if receipts.find(directory, "graph", of, documents=sources is not None) is None:
        return _checked(folder, directory, sources, "", progress), tuple(receipts.PARTS)
    if receipts.find(directory, "words", of) is not None:
        return None, ()
    from cityrights.check.run import Report
    from cityrights.check.translations import check_translations

    found, count = check_translations()
    return Report(found, {"words": count}), ("words",)


def _checked(folder: Path, directory: Path | None, sources: Path | None, source: str, progress: Progress) -> Report:
    from cityrights.check.run import dataset, run
    from cityrights.check.shapes import validate_shapes
    from cityrights.pipeline.steps import in_scratch, without_garbage

    # What is too large for the memory is beside the snapshots, where there is room for such a graph.
    with ExitStack() as ends:
        room = directory or Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="cityrights-check-")))
        ends.enter_context(without_garbage())
        scratch = ends.enter_context(in_scratch(room))
        return run(
            folder,
            lambda quads: dataset(folder, quads, connect=not source, place=lambda: scratch() / "checked"),
            shapes=lambda store, only: validate_shapes(store, folder / "ontology" / "shapes", only=only),
            sources=sources,
            source=source,
            progress=progress,
        )


def _keep(directory: Path, parts: Sequence[str], of: dict[str, str], report: Report, *, documents: bool) -> None:
    for part in parts:
        with_documents = documents and part == "graph"
        receipts.keep(directory, part, of, documents=with_documents, warnings=len(report.findings))


def _known(directory: Path, of: dict[str, str], *, documents: bool) -> bool:
    graph = receipts.find(directory, "graph", of, documents=documents)
    return graph is not None and receipts.find(directory, "words", of) is not None


def _current(directory: Path) -> str:
    version = version_of(directory)
    return f"the current version stays {version[:12]}" if version else "there is no current version yet"


@contextmanager
def _standing(directory: Path, progress: Progress) -> Iterator[None]:
    """Where nothing is published, let the software of now read what was published by an earlier one.

    It stays current for as long as the files have an error, and indexes of an older form answer no page.
    """
    try:
        yield
    except CityrightsError:
        from cityrights.indexes import registry
        from cityrights.pipeline.steps import new_folder

        with suppress(CityrightsError, OSError):  # what is wrong with the files is said, and not this
            current = Snapshot.current(directory)
            if not registry.fresh(current.path):
                with new_folder(directory) as made:
                    registry.renew(current.path, made, progress)
                    record(current.path)
        raise


@contextmanager
def _turn(directory: Path, progress: Progress) -> Iterator[None]:
    """Hold the folder for one that publishes; who comes meanwhile waits. The system gives it back, whatever happens.

    Where folders cannot be held (some file systems of networks) two are not kept apart, and neither need be: each looks
    again whether the files are those that it has checked before it moves anything.
    """
    held = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another that publishes", 0, 1)
            fcntl.flock(held, fcntl.LOCK_EX)
        except OSError:
            pass
        yield
    finally:
        os.close(held)
