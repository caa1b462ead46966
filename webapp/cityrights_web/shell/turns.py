"""Work that a few may do at once while some wait; whoever comes when too many wait is told to come again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final

from cityrights.errors import EngineBusy

#: When to come again, in seconds.
_LATER: Final = 5.0


class Turns:
    """An asynchronous context manager: at most ``at_once`` are within, and ``waiting`` more before it."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0

    async def __aenter__(self) -> None:
        """Wait for a turn. Raises EngineBusy (503) when too many wait."""
        if self._here >= self._most:
            raise EngineBusy(_LATER)
        self._here += 1
        try:
            await self._free.acquire()
        except BaseException:
            self._here -= 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one in."""
        self._here -= 1
        self._free.release()


class FairTurns:
    """Turns that go round the clients who want one, however many each of them wants.

    At most ``at_once`` are within, ``waiting`` more before them, and of these half from one client. Used from one
    event loop only.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = at_once
        self._most = waiting
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._waiting = 0

    @asynccontextmanager
    async def of(self, client: str) -> AsyncIterator[None]:
        """Be within as a client. Raises EngineBusy (503) when too many wait."""
        await self._enter(client)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, client: str) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        line = self._lines.get(client, ())
        if self._waiting >= self._most or len(line) >= max(1, self._most // 2):
            raise EngineBusy(_LATER)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        self._waiting += 1
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was given a turn, and does not want it any more
            else:
                self._forget(client, turn)
            raise

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._lines.get(client)
        if line is not None and turn in line:
            line.remove(turn)
            self._waiting -= 1
            if not line:
                del self._lines[client]

    def _leave(self) -> None:
        """Let in whoever waits longest of the client whose turn it is; that client comes last then."""
        while self._lines:
            client, line = self._lines.popitem(last=False)
            turn = line.popleft()
            self._waiting -= 1
            if line:
                self._lines[client] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
