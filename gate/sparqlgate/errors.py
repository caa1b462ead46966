"""Every error that is raised on purpose, in one tree.

    CityrightsError
    ├── ResourceNotFound     the ontology, data or queries are not where they should be
    ├── InputError           a file that people write is wrong: path, line, what to do
    ├── SnapshotError        there is no usable snapshot, or none can be written
    ├── UnknownThing         what is asked about is not in the graph, or cannot be asked about
    └── QueryError           a query could not be answered
        ├── QuerySyntaxError     line, column, what was expected
        ├── QueryRefused         not allowed here: an update, SERVICE, too complex
        ├── QueryTimeout         over the limit of time
        ├── QueryMemory          over the limit of memory
        ├── QueryUnsupported     a function or result format that there is not
        │   └── QueryUnwritable      the answer holds what the format asked for cannot carry
        ├── EngineBusy           the queue is full: try again later
        │   └── EngineStarting       what a slow store tells at first is not here yet
        ├── EngineUnavailable    the remote store behind the engine is down, slow or answers wrongly
        └── EngineFailure        a worker died for no reason that the query explains

Nothing here knows HTTP: the web maps each class to a status (RFC 9110) and a problem (RFC 9457).
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path


class CityrightsError(Exception):
    """Base of every error raised on purpose; its text is written for the person who reads it."""


class ResourceNotFound(CityrightsError):
    """The ontology, data or queries were not found; the text lists every place tried."""


class SnapshotError(CityrightsError):
    """There is no snapshot, or it cannot be used or written; the text says how to get one."""


class UnknownThing(CityrightsError):
    """What is asked about is not in the graph, or not what can be asked about; ``iri`` names it, the text says why."""

    def __init__(self, iri: str, reason: str) -> None:
        super().__init__(f"{iri}: {reason}")
        self.iri = iri
        self.reason = reason


@dataclass
class InputError(CityrightsError):
    """A file that people write is wrong.

    ``path``, ``line`` and ``column`` (from 1, or None when the whole file or line is meant) say where, ``reason`` what
    was expected and ``repair`` how to mend it.
    """

    path: Path
    reason: str
    line: int | None = None
    repair: str = ""
    column: int | None = None

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        if self.line is not None and self.column is not None:
            where += f":{self.column}"
        return f"{where}: {self.reason}" + (f" ({self.repair})" if self.repair else "")


class QueryError(CityrightsError):
    """A query could not be answered."""


class QuerySyntaxError(QueryError):
    """The text is not SPARQL 1.1. ``line`` and ``column`` count from 1; None when the parser does not say."""

    def __init__(self, reason: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class QueryRefused(QueryError):
    """The query is SPARQL, and this service does not run it (an update, SERVICE, over a limit of size)."""


class QueryTimeout(QueryError):
    """The query ran longer than its limit; ``limit`` is in seconds."""

    def __init__(self, limit: float) -> None:
        super().__init__(f"the query was stopped after {limit:g} s")
        self.limit = limit


class QueryMemory(QueryError):
    """The query needed more memory than its limit; ``limit`` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the query needed more than {limit // 2**20} MiB of memory")
        self.limit = limit


class QueryUnsupported(QueryError):
    """The query asks for a function or a result format that there is not."""


class QueryUnwritable(QueryUnsupported):
    """The answer holds what the format asked for cannot carry; another format can."""


class EngineBusy(QueryError):
    """There is no worker, or no more time in one, for this query now; ``retry_after`` is in seconds."""

    def __init__(self, retry_after: float, reason: str = "every worker is busy") -> None:
        super().__init__(f"{reason}; try again in {retry_after:g} s")
        self.retry_after = retry_after
        self.reason = reason


class EngineStarting(EngineBusy):
    """The store behind the service has not told yet what every page needs; ``retry_after`` is in seconds."""


class EngineUnavailable(QueryError):
    """The remote store is down, not to be believed, or, with ``slow``, did not answer in time."""

    def __init__(self, reason: str, *, slow: bool = False) -> None:
        super().__init__(reason)
        self.slow = slow


class EngineFailure(QueryError):
    """A worker ended without an answer, and neither limit explains it."""


#: Errors of the system that say that there is no room, and what the libraries say in their place.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = ("No space left on device", "StorageFull", "Disk quota exceeded")


def is_full(error: BaseException) -> bool:
    """Say whether an error means that a disk is full; those of the store and of the search say it in words only."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    return any(text in str(error) for text in _FULL_TEXTS)


def told(error: OSError) -> str:
    """Return what an error of the system is, in a sentence: the file, the reason and, for a full disk, the repair."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{reason}{'; free some space and try again' if is_full(error) else ''}"
