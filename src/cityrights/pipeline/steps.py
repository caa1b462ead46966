"""The build, step by step: read, derive, version, dumps, indexes, its folder. A broken file breaks nothing."""

from __future__ import annotations

import base64
import ctypes
import errno
import fcntl
import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights import drafts
from cityrights.errors import CityrightsError, InputError, SnapshotError
from cityrights.home import INSTANCE, is_complete, listed
from cityrights.indexes import registry
from cityrights.library.queries import library
from cityrights.library.running import Ledger, Run, ask_all
from cityrights.pipeline import dumps, sentences
from cityrights.pipeline.derive import derive_all
from cityrights.pipeline.described import DATES, described
from cityrights.pipeline.dumps import Content, file_entry, statistics
from cityrights.pipeline.read import Fault, Input, inputs, stream_file, unfolded
from cityrights.resources.dataset import DatasetDescription, read_description
from cityrights.snapshot import CURRENT, DRAFT, MANIFEST, Progress, Snapshot, record, silent
from cityrights.versions import history, kept
from cityrights.vocabulary import DCTERMS, GRAPH_DATASET, OWL, RDF, XSD
from sparqlgate.errors import is_full
from sparqlgate.rdf.capped import copy_all, parse_pieces
from sparqlgate.rdf.files import extension_of, refuse_pipe

_NAME = "inputs"
#: The folder of the store in a snapshot.
_STORE: Final = "store"
#: Of so many builds it is known what they gave.
_REMEMBERED: Final = 20
#: How the name of a folder that is being built begins.
_BUILDING: Final = ".building-"
#: Of more quads than these in files the merge is made on disk, where it takes half as long again and no memory; so many
#: take three gigabytes in memory.
LARGE: Final = 3_000_000
#: Of more quads the index of words is made when the merge, in memory, has made room.
_ROOMY: Final = 1_000_000
#: What the build looks at of what files say, to add to it: sentences that are translated, days, the dataset itself.
_LOOKED_AT: Final = DATES.union(sentences.PROSE)
_ABOUT: Final = ox.NamedNode(GRAPH_DATASET)
#: Errors of the system that say that a folder is not one to write to.
_NOT_OURS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST)


def digest_of_files(home: Path, extra: tuple[Path, ...] = ()) -> str:
    """Return a SHA-256 over names and contents of all that the build reads, and of the build's own code."""
    files = [item.path for item in inputs(home)]
    files += listed(home / "queries" / "construct", "*.rq")
    package = Path(__file__).parent.parent
    files += [*sentences.catalogues(home).values(), *extra]
    files += [path for path in (home / INSTANCE,) if path.is_file()]
    files += sorted([*(package / "pipeline").glob("*.py"), *(package / "indexes" / "proximity").glob("*.py")])
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def built_from(directory: Path, inputs_digest: str) -> Snapshot | None:
    """Return the snapshot that these inputs gave before, if it is still there, whole and with its indexes."""
    try:
        version = dict(_remembered(directory))[inputs_digest]
        found = Snapshot.open(directory / version[:12])
    except (KeyError, SnapshotError):
        return None
    return found if found.version == version and registry.fresh(found.path) else None


def remember(directory: Path, inputs_digest: str, snapshot: Snapshot) -> None:
    """Record that these inputs give this snapshot, beside what others gave that were built last."""
    before = [(digest, version) for digest, version in _remembered(directory) if digest != inputs_digest]
    fresh = directory / f".{_NAME}-{os.getpid()}"
    lines = [(inputs_digest, snapshot.version), *before][:_REMEMBERED]
    fresh.write_text("".join(f"{digest} {version}\n" for digest, version in lines), "ascii")
    fresh.replace(directory / _NAME)


def _remembered(directory: Path) -> list[tuple[str, str]]:
    """Return which inputs gave which version, the last first; what cannot be read is not known."""
    try:
        lines = [line.split() for line in (directory / _NAME).read_text("ascii").splitlines()]
    except (OSError, ValueError):
        return []
    return [(line[0], line[1]) for line in lines if len(line) == 2]


@dataclass(frozen=True)
class BuildReport:
    """What a build did: the snapshot, whether it was there already, and how many triples each rule derived now.

    ``questions`` is how each question of the library fared on it.
    """

    snapshot: Snapshot
    reused: bool
    derived: dict[str, int]
    questions: Mapping[str, Run] = field(default_factory=dict)


@contextmanager
def without_garbage() -> Iterator[None]:
    """Keep Python from looking for garbage: what a check or a build reads lives to its end,
    and looking took an eighth of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@without_garbage()
def build(
    home: Path,
    directory: Path,
    *,
    progress: Progress = silent,
    extra: tuple[Path, ...] = (),
    force: bool = False,
    draft: bool = True,
    current: bool = False,
    restricted: bool = False,
) -> BuildReport:
    """Build the snapshot of ``home`` (ontology, data, queries) into ``directory``; it is the ``draft`` there.

    ``extra`` are further TriG or N-Quads files to take in. When nothing has changed since the last build, its snapshot
    is used again, unless ``force`` has it made anew, which mends one that is spoilt. Without ``draft`` nothing points
    to it. With ``current`` it is taken up unchecked, for tests and benchmarks: ``cityrights.publishing`` checks first.
    With ``restricted`` the dumps have what is under a licence that that of the instance does not allow, too. Raises
    InputError for the first file that is wrong, SnapshotError where ``directory`` cannot be written; then nothing in
    it has changed.
    """
    questions = library(home / "queries" / "explore")
    if not is_complete(home):  # what has no answer in an instance is not shown there
        questions += library(home / "queries" / "asking")
    fingerprint = digest_of_files(home, extra)
    known = None if force else built_from(directory, fingerprint)
    if known is not None and _as_wanted(known, restricted=restricted):
        runs = ask_all(questions, directory, known, progress)
        _point_to(home, directory, known, draft=draft, current=current)
        return BuildReport(known, True, {}, runs)
    with in_scratch(directory) as scratch, in_scratch(directory) as made:
        content = Content(scratch)
        merged, on_disk = _merged(_asserted(home, progress, extra), content, lambda: made() / _STORE)
        counts = _derive(home, merged, content, progress)
        version = content.digest()
        target = directory / version[:12]
        reused = not force and usable(target, version) and dumps.packed(target)
        reused = reused and _as_wanted(Snapshot.open(target), restricted=restricted)
        if not reused:
            progress("describing the dataset", 0, 1)
            told = statistics(content, merged, version)
            content.add(told, merged)
            folder = made()
            early, late = _in_turn(content, in_memory=not on_disk)
            registry.write(folder, merged, progress, early)
            store = merged if on_disk else None
            del merged
            _give_back()
            closed = dumps.closed_claims(content)
            shown = content
            if closed and not restricted:
                dumps.write_whole(folder, content)
                shown = _opened(home, content, closed, version, scratch, progress)
            _load(folder, content, store, late, progress)
            del store
            _write(folder, content, shown, version, len(closed), progress)
            _settle(folder, target)
    snapshot = Snapshot.open(target)
    runs = ask_all(questions, directory, snapshot, progress)  # first: who takes up the snapshot reads them at once
    _point_to(home, directory, snapshot, draft=draft, current=current)
    if draft and digest_of_files(home, extra) == fingerprint:  # else a file was changed while it was read
        with writing(directory):
            remember(directory, fingerprint, snapshot)
    return BuildReport(snapshot, reused, counts, runs)


@contextmanager
def in_scratch(directory: Path) -> Iterator[Callable[[], Path]]:
    """Give what makes a folder in ``directory``, when it is called first, for what does not fit in memory."""
    with ExitStack() as stack:
        yield lru_cache(None)(lambda: stack.enter_context(new_folder(directory)))


def _merged(asserted: Iterable[ox.Quad], content: Content, place: Callable[[], Path]) -> tuple[ox.Store, bool]:
    """Take quads into ``content``; return a store with their merge as its default graph, and whether it is on disk.

    It is where it is large, in the folder that ``place`` gives.
    """
    content.add(asserted)
    on_disk = content.taken > LARGE
    store = ox.Store(str(place())) if on_disk else ox.Store()
    dumps.load_lines(store, content.triples)
    return store, on_disk


def _derive(home: Path, merged: ox.Store, content: Content, progress: Progress) -> dict[str, int]:
    """Add to ``merged`` and ``content`` what follows, and settle it; return how many triples each rule derived."""
    counts = derive_all(home, merged, lambda quads: content.add(quads, merged), progress)
    progress("sorting", 0, 1)
    content.settle()
    return counts


def _opened(
    home: Path,
    content: Content,
    closed: frozenset[ox.NamedNode],
    version: str,
    scratch: Callable[[], Path],
    progress: Progress,
) -> Content:
    """Return what everybody may be given: what is asserted without the claims ``closed``, and what follows from that.

    A statement that was derived says what it was derived from to whoever knows the rule.
    """
    left = Content(scratch)
    left.hidden, asserted = dumps.opened(content, closed)
    merged, _ = _merged(asserted, left, lambda: Path(tempfile.mkdtemp(prefix="merged-", dir=scratch())))
    _derive(home, merged, left, progress)
    left.add(statistics(left, merged, version))
    return left


def _asserted(home: Path, progress: Progress, extra: tuple[Path, ...]) -> Iterator[ox.Quad]:
    """Yield what files say while they are read, and at their end what the build says beside it.

    Raises InputError for the first file that is wrong, CityrightsError where there is nothing.
    """
    files = [*inputs(home), *(Input(path, None) for path in extra)]

    def read() -> Iterator[tuple[Path, Iterator[ox.Quad]]]:
        pieces = parse_pieces(stream_file, [(item.path, item.graph) for item in files])
        for number, parts in groupby(pieces, key=itemgetter(0)):
            yield files[number].path, (quad for _, quads in parts for quad in quads)
            progress("reading files", number + 1, len(files))

    faults: list[Fault] = []
    said: list[ox.Quad] = []
    something = False
    for quad in unfolded(read(), faults):
        something = True
        if quad.predicate in _LOOKED_AT or quad.graph_name == _ABOUT:
            said.append(quad)
        yield quad
    if faults:
        raise faults[0].error()
    if not something:
        raise CityrightsError(f"{home} holds no ontology and no data: there is nothing to build")
    yield from (*sentences.translated(home, said), *described(home, said))


def _as_wanted(snapshot: Snapshot, *, restricted: bool) -> bool:
    """Say whether the dumps of a snapshot have what is under another licence, or not, as it is wanted."""
    told = snapshot.manifest.get("restricted")
    return told is None or told["in_dumps"] == restricted


def _in_turn(content: Content, *, in_memory: bool) -> tuple[tuple[registry.Index, ...], tuple[registry.Index, ...]]:
    """Return which indexes are made of the merge, and which of the store on disk, when the merge has made room.

    That of words takes as much memory as a third of a large merge.
    """
    wait = {"search"} if in_memory and content.taken > _ROOMY else set()
    early, late = (tuple(one for one in registry.INDEXES if (one.name in wait) == waits) for waits in (False, True))
    return early, late


def _give_back() -> None:
    """Give the system back what was freed, which the C library keeps for itself where it is glibc: all of a merge."""
    with suppress(OSError, AttributeError, ValueError):
        ctypes.CDLL(None).malloc_trim(0)


def _load(
    folder: Path,
    content: Content,
    merged: ox.Store | None,
    indexes: Sequence[registry.Index],
    progress: Progress,
) -> None:
    """Fill the store of a snapshot: ``merged``, where it was begun with the merge as its default graph.

    Of ``indexes`` those are made that were not made of the merge.
    """
    progress("indexing", 0, 1)
    if merged is None:
        disk = ox.Store(str(folder / _STORE))
        dumps.load(content, disk)
    else:  # each triple is in it already
        disk = merged
        dumps.load_lines(disk, content.quads)
    disk.flush()
    disk.optimize()  # one compact level: look-ups in a large store take half as long
    registry.write_told(folder, disk)
    registry.write(folder, disk, progress, indexes)


def _write(folder: Path, content: Content, shown: Content, version: str, closed: int, progress: Progress) -> None:
    """Write dumps of what is ``shown``, and the manifest; ``closed`` claims may not be given to everybody."""
    progress("writing dumps", 0, 1)
    dumps.write_lines(folder, shown)
    dumps.write(folder, shown)
    record(folder, dumps.write_manifest(folder, content, version, closed))
    progress("indexing", 1, 1)


@contextmanager
def new_folder(directory: Path) -> Iterator[Path]:
    """Give a folder in ``directory`` to write a snapshot into; nothing is left of one that is not finished.

    Raises SnapshotError where it cannot be written.
    """
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        folder, held = _begun(directory)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if held is not None:
                os.close(held)


def _begun(directory: Path) -> tuple[Path, int | None]:
    """Make a folder to build in, held for as long as its descriptor is open, and remove those that nobody holds."""
    for left in directory.glob(f"{_BUILDING}*"):
        held = _hold(left)
        if held is not None:  # its build was killed
            shutil.rmtree(left, ignore_errors=True)
            os.close(held)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=directory))
        held = _hold(folder)
        if folder.is_dir():  # else another took it for one that was left, before it was held
            return folder, held


def _hold(folder: Path) -> int | None:
    """Return a descriptor that holds a folder; None where another process does, it is gone, or cannot be held."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


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


def _settle(folder: Path, target: Path) -> None:
    """Move the finished folder to its name; a damaged one of that name makes way."""
    folder.chmod(0o755)
    if target.exists():
        grave = Path(tempfile.mkdtemp(prefix=".damaged-", dir=target.parent))
        target.rename(grave / target.name)
        shutil.rmtree(grave)
    try:
        folder.rename(target)
    except OSError:
        if not (target / MANIFEST).is_file():  # else another that built the same at the same time was quicker
            raise


def point_to_draft(home: Path, directory: Path, snapshot: Snapshot) -> None:
    """Make a snapshot of ``home`` the draft of ``directory``, with the questions as they are now."""
    Ledger(directory).keep_asked(home, draft=snapshot.short)
    with writing(directory):
        _point(directory, DRAFT, snapshot.path)


def _point_to(home: Path, directory: Path, snapshot: Snapshot, *, draft: bool, current: bool) -> None:
    if draft:
        point_to_draft(home, directory, snapshot)
        with writing(directory):
            drafts.forget(directory)
        drafts.tidy(directory)
    if current:
        take_up(home, directory, snapshot)


def take_up(home: Path, directory: Path, snapshot: Snapshot) -> None:
    """Make a snapshot of ``home`` that was checked the current one of ``directory``, and record what that changes.

    The questions of ``home`` are those that are shown with it.
    """
    try:
        before = Snapshot.current(directory)
        history.mend(directory, before)
    except SnapshotError:  # there was none, or it is spoilt
        before = None
    Ledger(directory).keep_asked(home)
    with writing(directory):
        _point(directory, CURRENT, snapshot.path)
    if before is None or before.version != snapshot.version:
        history.keep(directory, before, snapshot)
        kept.tidy(directory, home)


def _point(directory: Path, name: str, target: Path) -> None:
    """Make ``name`` a link to ``target``, in one step (rename is atomic, POSIX.1-2017), unless it is one already."""
    link = directory / name
    if link.is_symlink() and link.readlink() == Path(target.name):
        return
    fresh = directory / f".{name}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name, target_is_directory=True)
    fresh.replace(link)


#: The largest number of named graphs that the manifest lists by name.
LISTED = 2_000
#: Part of the version; changes when what is written of the same files does.
_FORM = "4"
_VOID = "http://rdfs.org/ns/void#"
_COUNTS = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
}


def build_files(
    files: Sequence[Path], directory: Path, *, base_iri: str | None = None, progress: Progress = silent
) -> Snapshot:
    """Build a snapshot of ``files`` in ``directory`` and return it; the same files give the same version.

    Relative IRIs are resolved against ``base_iri``; without one they are an error. Raises InputError for the first
    file that is wrong, SnapshotError where ``directory`` cannot be written, and then leaves nothing behind.
    """
    version = _version(files, base_iri)
    target = directory / version[:12]
    if usable(target, version):
        return Snapshot.open(target)
    with new_folder(directory) as folder:
        _write_dataset(folder, files, version, base_iri, progress)
        _settle(folder, target)
    return Snapshot.open(target)


def _version(files: Sequence[Path], base_iri: str | None) -> str:
    total = hashlib.sha256(f"{_FORM}\n{base_iri or ''}\n".encode())
    for path in files:
        refuse_pipe(path)
        try:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest() + extension_of(path).encode() + b"\n")
        except OSError as error:
            raise InputError(path, f"cannot be read: {error.strerror}") from error
    return total.hexdigest()


def _write_dataset(folder: Path, files: Sequence[Path], version: str, base_iri: str | None, progress: Progress) -> None:
    nquads = folder / "cityrights.nq"
    with nquads.open("wb") as out:
        for number, _ in enumerate(copy_all(files, out.write, base_iri=base_iri), 1):
            progress("reading files", number, len(files))
    progress("indexing", 0, 1)
    store = ox.Store(str(folder / _STORE))
    outside = False

    def merged() -> Iterator[ox.Quad]:
        nonlocal outside
        for quad in ox.parse(path=str(nquads), format=ox.RdfFormat.N_QUADS):
            yield quad
            if isinstance(quad.graph_name, ox.DefaultGraph):
                outside = True
            else:
                yield ox.Quad(quad.subject, quad.predicate, quad.object)

    store.bulk_extend(merged())
    store.flush()
    store.optimize()
    progress("describing the dataset", 0, 1)
    graphs = sorted(graph.value for graph in store.named_graphs())
    numbers = {name: _count(store, query) for name, query in _COUNTS.items()}
    told = read_description(store)
    registry.write(folder, store, progress)
    registry.write_told(folder, store)
    del store
    dataset = "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(version)).decode().rstrip("=")
    _describe(folder / "void.ttl", dataset, version, numbers, told)
    with nquads.open("rb") as file:
        quads = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    manifest = {
        "dataset": dataset,
        "version": version,
        "built": datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC).isoformat(timespec="seconds"),
        "quads": quads,
        "triples": numbers["triples"],
        "graphs": len(graphs),
        "union": not outside,
        "named_graphs": graphs[:LISTED],
        "told": told.record(),
        "files": {name: file_entry(folder / name) for name in ("cityrights.nq", "void.ttl")},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    record(folder)
    progress("indexing", 1, 1)


def _count(store: ox.Store, query: str) -> int:
    answer = store.query(query)
    assert isinstance(answer, ox.QuerySolutions)
    value = next(answer)["n"]
    assert isinstance(value, ox.Literal)
    return int(value.value)


def _describe(path: Path, dataset: str, version: str, numbers: dict[str, int], told: DatasetDescription) -> None:
    """Write what there is to say of a dataset: its size (VoID, section 4.6), and what it says of itself."""
    subject = ox.NamedNode(dataset)
    integer = ox.NamedNode(XSD + "integer")
    said = [
        ox.Triple(subject, ox.NamedNode(RDF + "type"), ox.NamedNode(_VOID + "Dataset")),
        ox.Triple(subject, ox.NamedNode(OWL + "versionInfo"), ox.Literal(version)),
        *(
            ox.Triple(subject, ox.NamedNode(_VOID + name), ox.Literal(str(number), datatype=integer))
            for name, number in numbers.items()
        ),
    ]
    if told.iri:
        said.append(ox.Triple(subject, ox.NamedNode(DCTERMS + "source"), ox.NamedNode(told.iri)))
    for name, texts in (("title", told.titles), ("description", told.descriptions)):
        said += [ox.Triple(subject, ox.NamedNode(DCTERMS + name), _literal(*one)) for one in texts.items()]
    for name, named in (("license", told.licences), ("publisher", told.publishers), ("creator", told.creators)):
        for one in named:
            values = [ox.NamedNode(one.iri)] if one.iri else [_literal(*text) for text in one.names.items()]
            said += [ox.Triple(subject, ox.NamedNode(DCTERMS + name), value) for value in values]
    prefixes = {"dcterms": DCTERMS, "owl": OWL, "void": _VOID, "xsd": XSD}
    ox.serialize(said, str(path), format=ox.RdfFormat.TURTLE, prefixes=prefixes)


def _literal(language: str, text: str) -> ox.Literal:
    return ox.Literal(text, language=language) if language else ox.Literal(text)
