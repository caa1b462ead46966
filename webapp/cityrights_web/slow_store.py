"""A remote store that may be slow at first: what it tells is read beside the requests, and none waits for it long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, Generic, TypeVar

from cityrights.errors import CityrightsError, EngineFailure, EngineStarting, QueryError
from sparqlgate import Control, Query, Result, Store
from sparqlgate.query import ASKER
from sparqlgate.stores.base import Tell

log = logging.getLogger("cityrights.web")

T = TypeVar("T")

#: Seconds that a request waits for it, and when to come again after that.
_PATIENCE: Final = 2.0
_LATER: Final = 5.0


class Later(Generic[T]):
    """Reads something once, in a thread of its own, when it is first wanted; a failure is told, and it is read anew."""

    def __init__(self, what: str, read: Callable[[], T]) -> None:
        self._what = what
        self._read = read
        self._lock = threading.Lock()
        self._done: threading.Event | None = None
        self._found: list[T] = []
        self._error: Exception | None = None

    def get(self, patience: float = _PATIENCE) -> T:
        """Return it; wait so many seconds at most.

        Raises EngineStarting when it is not there by then, else what its reading raised.
        """
        with self._lock:
            if self._found:
                return self._found[0]
            if self._done is None:
                self._done = threading.Event()
                threading.Thread(target=self._run, args=(self._done,), name=self._what, daemon=True).start()
            done = self._done
        with ASKER.get().aside():
            done.wait(patience)
        with self._lock:
            if self._found:
                return self._found[0]
            error, self._error = self._error, None
        raise error or EngineStarting(_LATER)

    def _run(self, done: threading.Event) -> None:
        found: list[T] = []
        error: Exception | None = None
        try:
            found.append(self._read())
        except CityrightsError as reason:
            error = reason
        except Exception:
            log.exception("%s cannot be read", self._what)
            error = EngineFailure(f"{self._what} cannot be read")
        with self._lock:
            self._found, self._error, self._done = found, error, None
        done.set()


class Patient(Store):
    """The engine ``inner``, whose queries wait a moment for ``first``; those with a ``control`` go to it at once."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.version = inner.version
        self.functions = inner.functions
        self.first: Callable[[], object] | None = None

    def query(self, query: Query | str, *, control: Control | None = None) -> Result:
        """Answer one query; see ``sparqlgate.stores.base.Store``. Raises EngineStarting while the store is silent."""
        if control is None and self.first is not None:
            try:
                self.first()
            except EngineStarting:
                raise
            except QueryError:  # which does not say that this one fails
                pass
        return self.inner.query(query, control=control)

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        """Begin to answer a query, which has its control; see ``sparqlgate.stores.base.Store``."""
        self.inner.start(query, control, tell, threads)

    def status(self) -> dict[str, int]:
        """Return what the store tells of its workers."""
        return self.inner.status()

    def close(self) -> None:
        """End the engine."""
        self.inner.close()
