"""Whether the files of a snapshot are still what the build wrote, byte for byte.

    <snapshot>/SHA256SUMS    the SHA-256 of every file in the folder, as sha256sum (GNU coreutils) writes and checks it

A changed byte in a literal leaves a dump well-formed, so no parser sees it: only digests do. Whoever has downloaded a
dump can check it alone, by the digest in the manifest and in ``Repr-Digest``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cityrights.errors import SnapshotError
from cityrights.namespaces import DATASET, GRAPH_DERIVED
from cityrights.snapshot import Snapshot

SUMS: Final = "SHA256SUMS"
#: What the libraries write for themselves, and may write again: locks and the store's own diary.
_THEIRS: Final = ("LOCK", "LOG")
#: Lines of the dump that are not part of what the version is the digest of: they count the others.
_UNCOUNTED: Final = f" <{GRAPH_DERIVED}statistics> .\n".encode()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record(folder: Path) -> None:
    """Write ``SHA256SUMS`` of every file that the build has put into ``folder``."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and _ours(path))
    (folder / SUMS).write_text("".join(f"{digest(folder / name)}  {name}\n" for name in found), "utf-8")


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
