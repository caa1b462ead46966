"""Work that a few may do at once while some wait; whoever comes when too many wait is told to come again."""

from __future__ import annotations

import asyncio
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
