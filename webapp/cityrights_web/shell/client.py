"""Whether the client is still there: looked for only where an answer takes long enough to leave before it."""

from __future__ import annotations

import asyncio

from cityrights_web.shell.messages import Request, watch

#: Within so many seconds no client is missed; most answers are here by then, and cost no watch.
_UNWATCHED = 0.005


class Client:
    """Whoever sent a request, whose body must have been read. ``close`` it, or its watch goes on."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._watch: asyncio.Task[None] | None = None

    def watch(self) -> asyncio.Task[None]:
        """Return the task that is done when the client is gone."""
        if self._watch is None:
            self._watch = watch(self._request)
        return self._watch

    async def wait_for(self, woken: asyncio.Future[None]) -> None:
        """Return when ``woken`` is done, which it is made when the client is gone."""

        def left(_: asyncio.Task[None]) -> None:
            if not woken.done():
                woken.set_result(None)

        def look() -> None:
            self.watch().add_done_callback(left)

        timer = asyncio.get_running_loop().call_later(_UNWATCHED if self._watch is None else 0, look)
        try:
            await woken
        finally:
            timer.cancel()

    def close(self) -> None:
        """Watch no longer."""
        if self._watch is not None:
            self._watch.cancel()
