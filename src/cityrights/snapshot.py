"""The snapshot: what the build writes once and everything else reads.

    <directory>/<first 12 digits of the version>/   store/ · cityrights.nq .trig .ttl .jsonld · void.ttl · manifest.json
    <directory>/current                             a link to the newest one, replaced in one step

The version is the SHA-256 of the sorted N-Quads, so the same content has the same version on any machine.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import platformdirs

from cityrights.errors import SnapshotError

MANIFEST = "manifest.json"
CURRENT = "current"


def default_directory() -> Path:
    """Return where snapshots go unless told otherwise: ``CITYRIGHTS_SNAPSHOTS``, else the user's cache directory."""
    chosen = os.environ.get("CITYRIGHTS_SNAPSHOTS")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("cityrights")) / "snapshots"


@dataclass(frozen=True)
class Snapshot:
    """A built snapshot; ``path`` is its folder. Use :meth:`open` or :meth:`current`."""

    path: Path

    @classmethod
    def open(cls, path: str | Path) -> Snapshot:
        """Open the snapshot in folder ``path``; a folder of snapshots gives its current one.

        Raises SnapshotError with the command that builds one when there is none, or when it is incomplete.
        """
        folder = Path(path).expanduser()
        if (folder / CURRENT / MANIFEST).is_file():
            folder = (folder / CURRENT).resolve()
        if not (folder / MANIFEST).is_file():
            raise SnapshotError(f"there is no snapshot in {folder}; build one with: cityrights build")
        found = cls(folder.resolve())
        missing = [name for name in ("store", "cityrights.nq") if not (folder / name).exists()]
        if missing or "version" not in found.manifest:
            lacks = ", ".join(missing) or "a version"
            raise SnapshotError(f"the snapshot in {folder} lacks {lacks}; remove it and run: cityrights build")
        return found

    @classmethod
    def current(cls, directory: str | Path | None = None) -> Snapshot:
        """Open the newest snapshot of ``directory`` (by default the user's cache directory)."""
        return cls.open(Path(directory) if directory is not None else default_directory())

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the build recorded: version, counts, files with bytes and SHA-256."""
        try:
            loaded = json.loads((self.path / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise SnapshotError(f"{self.path / MANIFEST} cannot be read: {error}; run: cityrights build") from error
        if not isinstance(loaded, dict):
            raise SnapshotError(f"{self.path / MANIFEST} is not a manifest; run: cityrights build")
        return loaded

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
        """The sorted N-Quads of every named graph."""
        return self.path / "cityrights.nq"
