"""Whether the current snapshot was built from the files as they are now, told without building.

``directory/inputs`` holds one line: a digest of every input file, and the version that they gave.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cityrights.build import indexes
from cityrights.errors import SnapshotError
from cityrights.graphs import inputs
from cityrights.snapshot import Snapshot

_NAME = "inputs"


def digest(home: Path, extra: tuple[Path, ...] = ()) -> str:
    """Return a SHA-256 over names and contents of all that the build reads, and of the build's own code."""
    files = [item.path for item in inputs(home)]
    files += sorted((home / "queries" / "construct").glob("*.rq"))
    package = Path(__file__).parent.parent
    files += [*extra, package / "graphs.py"]
    files += sorted([*(package / "build").glob("*.py"), *(package / "connections").glob("*.py")])
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def known(directory: Path, inputs_digest: str) -> Snapshot | None:
    """Return the snapshot that these inputs gave before, if it is still there, whole and with its indexes."""
    try:
        recorded, version = (directory / _NAME).read_text("ascii").split()
        found = Snapshot.open(directory / version[:12])
    except (OSError, ValueError, SnapshotError):
        return None
    whole = recorded == inputs_digest and found.version == version and indexes.fresh(found.path)
    return found if whole else None


def remember(directory: Path, inputs_digest: str, snapshot: Snapshot) -> None:
    """Record that these inputs give this snapshot."""
    fresh = directory / f".{_NAME}"
    fresh.write_text(f"{inputs_digest} {snapshot.version}\n", "ascii")
    fresh.replace(directory / _NAME)
