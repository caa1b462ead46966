"""The build, step by step: read, derive, version, dumps, indexes, publish. A broken file breaks nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pyoxigraph as ox

from cityrights.errors import CityrightsError, InputError, SnapshotError
from cityrights.indexes import registry
from cityrights.indexes.registry import silent
from cityrights.library.ledger import Run
from cityrights.library.queries import library
from cityrights.library.running import ask_all
from cityrights.pipeline import dumps
from cityrights.pipeline.derive import derive_all
from cityrights.pipeline.dumps import Content
from cityrights.pipeline.read import Input, inputs, parse_file, unfold
from cityrights.pipeline.statistics import statistics
from cityrights.snapshot import CURRENT, MANIFEST, Progress, Snapshot, record
from sparqlgate.errors import is_full
from sparqlgate.rdf.capped import parse_all

_NAME = "inputs"
#: Errors of the system that say that a folder is not one to write to.
_NOT_OURS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST)


def digest_of_files(home: Path, extra: tuple[Path, ...] = ()) -> str:
    """Return a SHA-256 over names and contents of all that the build reads, and of the build's own code."""
    files = [item.path for item in inputs(home)]
    files += sorted((home / "queries" / "construct").glob("*.rq"))
    package = Path(__file__).parent.parent
    files += extra
    files += sorted([*(package / "pipeline").glob("*.py"), *(package / "indexes" / "proximity").glob("*.py")])
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def built_from(directory: Path, inputs_digest: str) -> Snapshot | None:
    """Return the snapshot that these inputs gave before, if it is still there, whole and with its indexes."""
    try:
        recorded, version = (directory / _NAME).read_text("ascii").split()
        found = Snapshot.open(directory / version[:12])
    except (OSError, ValueError, SnapshotError):
        return None
    whole = recorded == inputs_digest and found.version == version and registry.fresh(found.path)
    return found if whole else None


def remember(directory: Path, inputs_digest: str, snapshot: Snapshot) -> None:
    """Record that these inputs give this snapshot."""
    fresh = directory / f".{_NAME}"
    fresh.write_text(f"{inputs_digest} {snapshot.version}\n", "ascii")
    fresh.replace(directory / _NAME)


@dataclass(frozen=True)
class BuildReport:
    """What a build did: the snapshot, whether it was there already, and how many triples each rule derived now.

    ``questions`` is how each question of the library fared on it.
    """

    snapshot: Snapshot
    reused: bool
    derived: dict[str, int]
    questions: Mapping[str, Run] = field(default_factory=dict)


def build(
    home: Path, directory: Path, *, progress: Progress = silent, extra: tuple[Path, ...] = (), force: bool = False
) -> BuildReport:
    """Build the snapshot of ``home`` (ontology, data, queries) into ``directory`` and make it the current one.

    ``extra`` are further TriG or N-Quads files to take in. When nothing has changed since the last build, its snapshot
    is used again, unless ``force`` has it made anew, which mends one that is spoilt. Raises InputError for the first
    file that is wrong, SnapshotError where ``directory`` cannot be written; then nothing in it has changed.
    """
    questions = library(home / "queries" / "explore")
    fingerprint = digest_of_files(home, extra)
    known = None if force else built_from(directory, fingerprint)
    if known is not None:
        runs = ask_all(questions, directory, known, progress)
        with writing(directory):
            _point(directory, known.path)
        return BuildReport(known, True, {}, runs)
    content, merged = Content(), ox.Store()
    merged.bulk_extend(content.add(_asserted(home, progress, extra)))
    counts = derive_all(home, merged, lambda quads: merged.extend(content.add(quads)), progress)
    progress("sorting", 0, 1)
    content.sort()
    version = content.digest()
    target = directory / version[:12]
    reused = not force and usable(target, version)
    if not reused:
        progress("describing the dataset", 0, 1)
        content.add(statistics(merged, version))
        content.sort()
        with new_folder(directory) as folder:
            registry.write(folder, merged, progress)
            merged.clear()
            _write(folder, content, version, progress)
            publish(folder, target)
    snapshot = Snapshot.open(target)
    runs = ask_all(questions, directory, snapshot, progress)  # first: who takes up the snapshot reads them at once
    with writing(directory):
        _point(directory, target)
        remember(directory, fingerprint, snapshot)
    return BuildReport(snapshot, reused, counts, runs)


def _asserted(home: Path, progress: Progress, extra: tuple[Path, ...]) -> list[ox.Quad]:
    files = [*inputs(home), *(Input(path, None) for path in extra)]
    found: list[tuple[Path, list[ox.Quad]]] = []
    parsed = parse_all(parse_file, [(item.path, item.graph) for item in files])
    for number, (item, written) in enumerate(zip(files, parsed, strict=True), 1):
        found.append((item.path, written))
        progress("reading files", number, len(files))
    quads, faults = unfold(found)
    if faults:
        raise faults[0].error()
    if not quads:
        raise CityrightsError(f"{home} holds no ontology and no data: there is nothing to build")
    return quads


def _write(folder: Path, content: Content, version: str, progress: Progress) -> None:
    progress("writing dumps", 0, 1)
    dumps.write(folder, content)
    progress("indexing", 0, 1)
    disk = ox.Store(str(folder / "store"))
    # One load for both: a second bulk load into a filled store took four times as long.
    disk.bulk_extend(chain(content.quads.values(), (ox.Quad(*triple) for triple in content.triples.values())))
    disk.flush()
    disk.optimize()  # one compact level: look-ups in a large store take half as long
    del disk
    dumps.write_manifest(folder, content, version)
    record(folder)
    progress("indexing", 1, 1)


@contextmanager
def new_folder(directory: Path) -> Iterator[Path]:
    """Give a folder in ``directory`` to write a snapshot into; nothing is left of one that is not published.

    Raises SnapshotError where it cannot be written.
    """
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=directory))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Raise SnapshotError, with the reason and the repair, where what is done cannot write to ``directory``."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError) as error:
        if is_full(error):
            reason, repair = "the disk is full", "free some space, or name another folder"
        elif isinstance(error, OSError) and error.errno in _NOT_OURS:
            reason, repair = os.strerror(error.errno), "name another folder"
        else:
            raise
        raise SnapshotError(
            f"no snapshot can be written to {directory}: {reason}; {repair} with --snapshot or CITYRIGHTS_SNAPSHOTS"
        ) from error


def usable(target: Path, version: str) -> bool:
    """Say whether ``target`` holds a whole snapshot of this version, with every index as it is made now."""
    if not (target / MANIFEST).is_file() or not registry.fresh(target):
        return False
    try:
        return Snapshot.open(target).version == version
    except CityrightsError:
        return False


def publish(folder: Path, target: Path) -> None:
    """Move the finished folder to its name; a damaged one of that name makes way."""
    folder.chmod(0o755)
    if target.exists():
        grave = Path(tempfile.mkdtemp(prefix=".damaged-", dir=target.parent))
        target.rename(grave / target.name)
        shutil.rmtree(grave)
    folder.rename(target)


def _point(directory: Path, target: Path) -> None:
    """Make ``current`` a link to ``target``, in one step (rename is atomic, POSIX.1-2017), unless it is one already."""
    link = directory / CURRENT
    if link.is_symlink() and link.readlink() == Path(target.name):
        return
    fresh = directory / f".{CURRENT}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name, target_is_directory=True)
    fresh.replace(link)
