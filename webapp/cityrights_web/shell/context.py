"""What every part of the server shares: one snapshot, one engine, the settings."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cityrights.describe import Vocabulary
from cityrights.engine import Engine
from cityrights_web.settings import Settings

#: Threads that wait for the engine or read files, for /sparql and dumps alone: pages have theirs.
THREADS = 48


@dataclass(frozen=True)
class Site:
    """The server's state. It never changes while the server runs: a new snapshot means a new server."""

    engine: Engine
    version: str
    folder: Path
    manifest: Mapping[str, Any]
    settings: Settings = field(default_factory=Settings)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "query"))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Labels of terms and provenance of graphs; read at the first use."""
        return Vocabulary.load(self.engine)

    @property
    def short(self) -> str:
        """The version for people."""
        return self.version[:12]

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]:
        """The dumps that may be downloaded: name, bytes, SHA-256."""
        files = self.manifest.get("files", {})
        return {name: about for name, about in sorted(files.items()) if "/" not in name and not name.startswith(".")}
