"""The hold that a service has on a query that it handed out: end it, and see how long it has run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cityrights.errors import EngineFailure


class Control:
    """Ends one query, from any thread and at any moment: while it waits for a worker, is evaluated, or is read.

    Give a new one to ``Engine.query(control=…)``. The query that is ended raises EngineFailure. ``client`` says whose
    query it is, where the caller knows better than the context (``engine.asker``).
    """

    def __init__(self, client: str = "") -> None:
        self.client = client
        self._lock = threading.Lock()
        self._end: Callable[[], None] | None = None
        self._began: float | None = None
        self._ended: float | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """End the query now, and do not wait until it is gone; later calls do nothing."""
        with self._lock:
            self.cancelled = True
            end, self._end = self._end, None
        if end is not None:
            end()

    def attach(self, end: Callable[[], None]) -> None:
        """Have ``end`` called when the query is cancelled, at once if it is already; it takes the last one's place."""
        with self._lock:
            if not self.cancelled:
                self._end = end
                return
        end()

    def check(self) -> None:
        """Raise EngineFailure when the query was cancelled."""
        if self.cancelled:
            raise EngineFailure("the query was cancelled")

    def begin(self) -> None:
        """Note that a worker has taken the query."""
        self._began = time.monotonic() if self._began is None else self._began

    def finish(self) -> None:
        """Note that no worker is held any more."""
        self._ended = time.monotonic() if self._ended is None else self._ended

    @property
    def seconds(self) -> float:
        """How long the query has held, or held, a worker; 0 as long as it waits for one."""
        if self._began is None:
            return 0.0
        return (time.monotonic() if self._ended is None else self._ended) - self._began
