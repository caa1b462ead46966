"""The embedded engine: SPARQL from a snapshot on this machine, each query in a process that can be killed."""

from __future__ import annotations

import contextlib
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pyoxigraph as ox

from cityrights.engine import frames
from cityrights.engine.aside import Aside
from cityrights.engine.asked import Asked
from cityrights.engine.asker import ASKER
from cityrights.engine.base import JSON, Limits, Result, Term
from cityrights.engine.control import Control
from cityrights.engine.formats import choose
from cityrights.engine.handle import Handle
from cityrights.engine.pool import Pool
from cityrights.engine.preload import IN_MEMORY, Source
from cityrights.engine.reading import read
from cityrights.engine.result import TRIES, EmbeddedResult, Lost, ending
from cityrights.engine.screened import Bounds, Screened
from cityrights.errors import EngineFailure, QueryRefused

#: Sending a query takes less than this, in seconds, whatever is left of its time.
_LEAST = 1.0


class Snapshot(Protocol):
    """What the engine needs of a snapshot."""

    @property
    def version(self) -> str: ...
    @property
    def store(self) -> Path: ...
    @property
    def nquads(self) -> Path: ...
    def check_nquads(self) -> None: ...


class EmbeddedEngine:
    """Answers from a snapshot. A short query has a process at once; of long ones ``workers`` compute, ``queue`` wait.

    All that run may have ``memory`` bytes together; by default, as many as ``workers`` of them may have. Up to
    ``in_memory`` bytes of N-Quads the graph is held in memory, shared by the workers; above it they read the store on
    disk. ``limits`` are the largest that a query gets. ``aside`` is where long texts are read, one of its own unless
    told otherwise. Opening takes as long as loading does. Raises SnapshotError when the snapshot cannot be read, or is
    not what was built.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        workers: int = 2,
        queue: int = 32,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        in_memory: int = IN_MEMORY,
        memory: int = 0,
        aside: Aside | None = None,
    ) -> None:
        if workers < 1 or queue < 0:
            raise ValueError("an engine needs at least one worker, and its queue cannot be less than 0")
        self.version = snapshot.version
        self.limits = limits or Limits()
        self._bounds = bounds or Bounds()
        if snapshot.nquads.is_file() and snapshot.nquads.stat().st_size <= in_memory:
            snapshot.check_nquads()  # what is held in memory is read from this file, and never looked at again
        self._aside = aside or Aside()
        self._own_aside = aside is None
        source = Source(nquads=str(snapshot.nquads), store=str(snapshot.store), in_memory=in_memory)
        self._pool = Pool(source, workers, queue, max(memory or workers * self.limits.memory, self.limits.memory))
        self._pool.start()
        self._finalizer = weakref.finalize(self, self._pool.close)

    def query(
        self,
        text: str,
        *,
        accept: str = JSON,
        limits: Limits | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        substitutions: Mapping[str, Term] | None = None,
        control: Control | None = None,
    ) -> EmbeddedResult:
        """Answer one query; see ``cityrights.engine.base.Engine``. ``limits`` only count where they are stricter."""
        control = control or Control()
        screened = self._screen(text, control)
        allowed = self.limits if limits is None else limits.within(self.limits)
        kind = choose(screened.form, accept)
        request = _request(screened, kind, allowed, default_graphs, named_graphs, substitutions)
        return self._run(request, screened, allowed, control)

    def begin(
        self,
        screened: Screened,
        *,
        media_type: str,
        limits: Limits,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        control: Control,
        tell: Callable[[Result | Exception], None],
    ) -> None:
        """Answer a query that was screened; for the running event loop, which is not held up, and without a thread.

        ``tell`` is called once, in the loop and maybe at once: with the answer, when it is whole or, if it is long, has
        begun (what is left of it is read as that of any other), or with an error as ``query`` raises. ``media_type`` is
        one of ``engine.formats``.
        """
        allowed = _within(limits, self.limits)
        request = _request(screened, media_type, allowed, default_graphs, named_graphs, None)
        Asked(self._pool, request, screened, control, tell)

    def _screen(self, text: str, control: Control) -> Screened:
        return read(self._aside, text, self._bounds, hold=lambda errand: control.attach(errand.end))

    def _run(self, request: frames.Request, screened: Screened, limits: Limits, control: Control) -> EmbeddedResult:
        asker, asked = ASKER.get(), time.monotonic()
        with asker.aside():
            for _ in range(TRIES):
                worker = self._send(request, asked + limits.seconds, control, control.client or asker.client)
                self._pool.expire(worker, asked + limits.seconds + limits.delivery)
                result = EmbeddedResult(self._pool, worker, screened, limits, control, asked)
                control.attach(ending(result))
                with contextlib.suppress(Lost):
                    result.begin()
                    return result
        raise EngineFailure("the processes that ran the query were ended from outside, again and again")

    def _send(self, request: frames.Request, until: float, control: Control, client: str) -> Handle:
        """Hand the query to a worker; one that died while it waited for work is replaced, and nothing is lost."""
        while True:
            control.check()
            worker = self._pool.acquire(max(0.0, until - time.monotonic()), control, client)
            control.begin()
            try:
                worker.sock.settimeout(max(_LEAST, until - time.monotonic()))
                worker.sock.sendall(frames.request_bytes(request))
            except OSError:
                self._pool.discard(worker)
                worker.close()
                continue
            return worker

    @property
    def network_isolated(self) -> bool:
        """Whether the workers have no network at all; it takes Linux and the right to make a network namespace."""
        return bool(self._pool.about.get("isolated"))

    @property
    def in_memory(self) -> bool:
        """Whether the graph is held in memory."""
        return bool(self._pool.about.get("in_memory"))

    def status(self) -> dict[str, int]:
        """Return how many workers are idle, active (of them long, paused) and starting, and how many queries wait."""
        return self._pool.census()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return self._pool.pids()

    def close(self) -> None:
        """End every query and every process. Closing twice does nothing."""
        if self._own_aside:
            self._aside.close()
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _request(
    screened: Screened,
    media_type: str,
    limits: Limits,
    default_graphs: Sequence[str],
    named_graphs: Sequence[str],
    substitutions: Mapping[str, Term] | None,
) -> frames.Request:
    return frames.Request(
        text=screened.text,
        form=screened.form,
        head=screened.head,
        media_type=media_type,
        limits=limits,
        default_graphs=_absolute(default_graphs),
        named_graphs=_absolute(named_graphs),
        from_default=screened.from_default,
        from_named=screened.from_named,
        graphs=screened.graphs,
        substitutions=dict(substitutions or {}),
    )


@lru_cache(64)
def _within(limits: Limits, most: Limits) -> Limits:
    return limits.within(most)


def _absolute(graphs: Sequence[str]) -> tuple[str, ...]:
    for iri in graphs:
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise QueryRefused(f"the graph '{iri[:200]}' is not an absolute IRI") from None
    return tuple(graphs)
