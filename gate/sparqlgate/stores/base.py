"""What every store promises, whatever answers behind it: results, and how a query is begun, awaited and ended."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from functools import partial
from types import TracebackType
from typing import Protocol, Self, TypeAlias, runtime_checkable

from sparqlgate.errors import EngineFailure
from sparqlgate.query import Closing, Control, Query


@runtime_checkable
class Result(Protocol):
    """An answer, serialised. Iterate it for its bytes, once; a broken answer raises, it never just ends."""

    @property
    def form(self) -> str:
        """``select``, ``ask``, ``construct`` or ``describe``."""
        ...

    @property
    def media_type(self) -> str:
        """The format of the bytes, such as ``text/turtle``."""
        ...

    @property
    def size(self) -> int | None:
        """The number of bytes when the whole answer is here already, else None."""
        ...

    @property
    def truncated(self) -> int:
        """After how many rows the answer was cut because that was asked for; 0 when it is whole."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...

    def read(self) -> bytes:
        """Return the whole answer, or what has not been read of it."""
        ...

    def close(self) -> None:
        """End the query if it still runs. Closing twice, or after the end, does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


#: Told what became of a query: its answer, whole or begun, or what went wrong.
Tell: TypeAlias = Callable[[Result | Exception], None]


class Store(Closing, ABC):
    """Answers SPARQL 1.1 queries over one version of the data. Threads may share a store."""

    #: The version of the data: the same version gives the same answers.
    version: str
    #: IRIs of the functions that its queries may call beyond those of SPARQL 1.1, as far as it is known.
    functions: Collection[str] = ()

    @abstractmethod
    def query(self, query: Query | str, *, control: Control | None = None) -> Result:
        """Answer one query, and wait for that; ``control`` lets another thread end it, also while this call waits.

        Raises the errors under QueryError.
        """

    async def run(self, query: Query, *, control: Control | None = None) -> Result:
        """Answer one query while the event loop goes on. Raises as ``query``; ends the query when it is cancelled."""
        control = control or Control()
        told: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def tell(became: Result | Exception) -> None:
            if told.cancelled():
                if not isinstance(became, Exception):
                    became.close()
            elif isinstance(became, Exception):
                told.set_exception(became)
            else:
                told.set_result(became)

        self.start(query, control, tell)
        try:
            return await told
        except asyncio.CancelledError:
            control.cancel()
            raise

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        """Begin to answer a query; for the running event loop, which is not held up.

        ``tell`` is called once, in the loop and maybe at once: with the answer, when it is whole or, if it is long, has
        begun (what is left of it is read as that of any other), or with an error as ``query`` raises. A store that can
        only wait does it in one of ``threads``.
        """
        waiting = partial(self.query, query, control=control)
        asyncio.get_running_loop().run_in_executor(threads, waiting).add_done_callback(partial(_heard, tell))

    @property
    def direct(self) -> Store:
        """The store for what it is to tell of itself before others ask: one that keeps them waiting is not it."""
        return self

    def status(self) -> dict[str, int]:
        """Return how many workers are in which state; nothing for a store that has none of its own."""
        return {}

    @abstractmethod
    def close(self) -> None:
        """End every query and every process; later queries raise EngineFailure. Closing twice does nothing."""


def _heard(tell: Tell, future: asyncio.Future[Result]) -> None:
    """Pass on what a thread has come to."""
    error = EngineFailure("the engine was closed") if future.cancelled() else future.exception()
    if isinstance(error, Exception):
        tell(error)
    else:
        tell(future.result())
