"""The snapshots beside the one that is served, for citations that name an earlier version of the data."""

from __future__ import annotations

import re
import threading
from typing import Final

from cityrights.errors import CityrightsError
from cityrights.snapshot import Snapshot
from cityrights_web.site import Site
from sparqlgate import EmbeddedEngine
from sparqlgate.query import holding

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
