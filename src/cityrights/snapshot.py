"""The snapshot: what the build writes once and everything else reads, and whether it is still that, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import platformdirs

from cityrights.errors import ResourceNotFound
from cityrights.home import home
from cityrights.vocabulary import DATASET, GRAPH_DERIVED, NAMES
from sparqlgate.errors import SnapshotError
from sparqlgate.namespaces import Names

#: Says where the making of a snapshot is: the step's name, how much of it is done, how much there is.
Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Report nothing."""


MANIFEST = "manifest.json"
#: The dump whose lines are sorted, from which the others are made.
DUMP: Final = "cityrights.nq"
#: Every quad, where dumps leave out what is under another licence; nobody is given this file.
WHOLE: Final = "whole.nq"
#: What everything reads: the snapshot that was published last.
CURRENT = "current"
#: What was built last, checked or not.
DRAFT: Final = "draft"
#: What makes a snapshot anew, also where the old one looks whole.
REBUILD = "cityrights build --force"
_VERSION = re.compile(r"[0-9a-f]{64}")
SUMS: Final = "SHA256SUMS"
#: How dumps are packed, by the end of the file's name, and its media type (RFC 6713, RFC 8878).
PACKED_TYPES: Final = {"gz": "application/gzip", "zst": "application/zstd"}
#: What the libraries write for themselves, and may write again: locks and the store's own diary.
_THEIRS: Final = ("LOCK", "LOG")
#: Lines of the dump that are not part of what the version is the digest of: they count the others.
_UNCOUNTED: Final = f" <{GRAPH_DERIVED}statistics> .\n".encode()


def default_directory(of: Path | None = None) -> Path:
    """Return where the snapshots of the home ``of``, by default that in use, go unless told otherwise.

    That is ``CITYRIGHTS_SNAPSHOTS``, else a folder of the user's cache directory that is this home's alone: what is
    built from one checkout must not change what another one serves. Raises ResourceNotFound where there is no home.
    """
    chosen = os.environ.get("CITYRIGHTS_SNAPSHOTS")
    if chosen:
        return Path(chosen).expanduser()
    place = (of or home()).resolve()
    # The name is for people who tidy up, the digest of the path keeps two homes of one name apart.
    name = "installed" if place.name == "_resources" else re.sub(r"[^A-Za-z0-9._-]", "-", place.name)[:40]
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:8]
    return _of_all_homes() / f"{name or 'home'}-{digest}"


def shared_before() -> Path | None:
    """Return the folder in which earlier releases kept the snapshots of all homes together, where it holds some."""
    folder = _of_all_homes()
    return folder if not os.environ.get("CITYRIGHTS_SNAPSHOTS") and (folder / CURRENT).is_symlink() else None


def nearby(folder: Path) -> str:
    """Return which folders of snapshots beside ``folder`` may have been meant, in brackets within a sentence."""
    try:
        beside = {path.name: path for path in folder.absolute().parent.iterdir() if path.is_dir()}
    except OSError:
        return ""
    held = [name for name, path in beside.items() if any((path / part).exists() for part in (CURRENT, MANIFEST))]
    near = ", ".join(str(folder.parent / name) for name in get_close_matches(folder.name, held) if name != folder.name)
    return f" (did you mean: {near}?)" if near else ""


def to_publish(folder: Path) -> str:
    """Return the command that makes a snapshot in ``folder`` and publishes it."""
    try:
        usual = folder == default_directory()
    except ResourceNotFound:
        usual = False
    return "cityrights publish" if usual else f"cityrights publish --snapshot {shlex.quote(str(folder))}"


def _of_all_homes() -> Path:
    return Path(platformdirs.user_cache_dir("cityrights")) / "snapshots"


@dataclass(frozen=True)
class Snapshot:
    """A built snapshot; ``path`` is its folder. Use :meth:`open` or :meth:`current`."""

    path: Path

    @classmethod
    def open(cls, path: str | Path) -> Snapshot:
        """Open the snapshot in folder ``path``; a folder of snapshots gives its current one.

        Raises SnapshotError when there is none, with folders that may have been meant and the command that builds one,
        and when it is incomplete.
        """
        folder = asked = Path(path).expanduser()
        if (folder / CURRENT).is_dir():
            folder = (folder / CURRENT).resolve()
        parts = [name for name in (MANIFEST, "store", DUMP) if (folder / name).exists()]
        if not parts:
            raise SnapshotError(f"there is no snapshot in {folder}{nearby(asked)}; make one with: {to_publish(asked)}")
        missing = [name for name in (MANIFEST, "store", DUMP) if name not in parts]
        if missing:
            raise SnapshotError(f"the snapshot in {folder} lacks {', '.join(missing)}; run: {REBUILD}")
        found = cls(folder.resolve())
        size, expected = found.nquads.stat().st_size, int(found.of_nquads.get("bytes", -1))
        if size != expected:
            raise SnapshotError(
                f"{found.nquads} has {size} bytes where the build wrote {expected}, so it is cut; run: {REBUILD}"
            )
        return found

    @classmethod
    def current(cls, directory: str | Path | None = None) -> Snapshot:
        """Open the snapshot that was published last into ``directory`` (by default that of the home in use)."""
        return cls.open(Path(directory) if directory is not None else default_directory())

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the build recorded: version, counts, files with bytes and SHA-256.

        Raises SnapshotError where that is not there or no such record.
        """
        path = self.path / MANIFEST
        try:
            loaded = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise SnapshotError(f"{path} cannot be read: {error}; run: {REBUILD}") from error
        if not isinstance(loaded, dict) or not _VERSION.fullmatch(str(loaded.get("version"))) or not _lists(loaded):
            raise SnapshotError(f"{path} is not a manifest with a version and files; run: {REBUILD}")
        return loaded

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """The dumps by their names, each with ``bytes`` and ``sha256``."""
        return dict(self.manifest["files"])

    def check_nquads(self) -> None:
        """Raise SnapshotError where the N-Quads are not, byte for byte, what the build wrote.

        A byte that changed inside a literal leaves them well-formed: answers would be wrong and nobody would know.
        """
        _check(self.nquads, self.of_nquads)

    def check_dump(self) -> None:
        """Raise SnapshotError where the N-Quads that everybody may be given are not what the build wrote."""
        _check(self.dump, self.files.get(DUMP, {}))

    @property
    def version(self) -> str:
        """The dataset's version: 64 hexadecimal digits."""
        return str(self.manifest["version"])

    @property
    def short(self) -> str:
        """The first twelve digits of the version, for people."""
        return self.version[:12]

    @property
    def store(self) -> Path:
        """Folder of the Oxigraph store: every named graph, and their merge as the default graph."""
        return self.path / "store"

    @property
    def nquads(self) -> Path:
        """The sorted N-Quads of every named graph: where dumps leave some out, a file that is no dump has all."""
        return self.path / (WHOLE if self.is_apart else DUMP)

    @property
    def dump(self) -> Path:
        """The sorted N-Quads that everybody may be given: versions are told apart, streamed and patched by them."""
        return self.path / DUMP

    @property
    def of_nquads(self) -> Mapping[str, Any]:
        """What the build recorded of them: ``bytes`` and ``sha256``."""
        return self.manifest["restricted"] if self.is_apart else self.files.get(DUMP, {})

    @property
    def is_apart(self) -> bool:
        """Whether dumps leave out what is under a licence that that of the data does not allow."""
        told = self.manifest.get("restricted")
        return isinstance(told, dict) and "sha256" in told

    @property
    def ntriples(self) -> Path:
        """The sorted N-Triples of the merge of all of ``nquads``; there may be no such file."""
        return self.path / ("whole.nt" if self.is_apart else "cityrights.nt")

    @property
    def names(self) -> Names:
        """What the data call things."""
        return NAMES


def _check(path: Path, about: Mapping[str, Any]) -> None:
    try:
        found = digest(path)
    except OSError as error:
        raise SnapshotError(f"{path} cannot be read: {error.strerror}; run: {REBUILD}") from error
    if found != about.get("sha256"):
        raise SnapshotError(f"{path} has changed since it was built, as its SHA-256 tells; run: {REBUILD}")


def with_packed(files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the dumps and what stands packed beside them, by name, each with its ``bytes``, ``sha256`` and ``type``.

    Snapshots of earlier releases, and those of other people's files, have none that are packed.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, about in files.items():
        found[name] = dict(about)
        for ending, packed in (about.get("packed") or {}).items():
            if ending in PACKED_TYPES:
                found[f"{name}.{ending}"] = {**packed, "type": PACKED_TYPES[ending]}
    return found


def _lists(manifest: dict[str, Any]) -> bool:
    """Say whether a manifest lists files, each with its bytes and its SHA-256."""
    files = manifest.get("files")
    return isinstance(files, dict) and all(
        isinstance(about, dict) and isinstance(about.get("bytes"), int) and _VERSION.fullmatch(str(about.get("sha256")))
        for about in files.values()
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record(folder: Path, known: Mapping[str, str] = MappingProxyType({})) -> None:
    """Write ``SHA256SUMS`` of every file that the build has put into ``folder``; of some the sum is ``known``."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and _ours(path))
    (folder / SUMS).write_text(
        "".join(f"{known.get(name) or digest(folder / name)}  {name}\n" for name in found), "utf-8"
    )


def _ours(path: Path) -> bool:
    return path.suffix != ".lock" and path.name not in (*_THEIRS, SUMS)


def recorded(snapshot: Snapshot) -> dict[str, str]:
    """Return the SHA-256 of each file by its name: of all that ``SHA256SUMS`` names, else of the dumps.

    Raises SnapshotError where that file is none.
    """
    dumps = {name: str(about["sha256"]) for name, about in snapshot.files.items()}
    path = snapshot.path / SUMS
    try:
        lines = path.read_text("utf-8").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except FileNotFoundError:  # built by an earlier release
        return dumps
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{path} cannot be read: {error}; run: cityrights build --force") from error
    return {**sums, **dumps}


def damage(snapshot: Snapshot) -> Iterator[str]:
    """Yield a sentence for each file that is not as it was built, with its name and what is the matter.

    For the graph of cityrights the version is counted anew, too: it is the SHA-256 of the sorted N-Quads. Takes as long
    as reading every file does.
    """
    for name, expected in recorded(snapshot).items():
        path = snapshot.path / name
        try:
            found = digest(path)
        except FileNotFoundError:
            yield f"{path} is missing"
        except OSError as error:
            yield f"{path} cannot be read: {error.strerror}"
        else:
            if found != expected:
                yield f"{path} has changed since it was built (its SHA-256 is {found}, not {expected})"
            elif path == snapshot.nquads and snapshot.manifest.get("dataset") == DATASET:
                version = _version(path)
                if version != snapshot.version:
                    yield f"{snapshot.path} says that it is version {snapshot.version}, and its content is {version}"


def _version(nquads: Path) -> str:
    total = hashlib.sha256()
    with nquads.open("rb") as file:
        for line in file:
            if not line.endswith(_UNCOUNTED):
                total.update(line)
    return total.hexdigest()
