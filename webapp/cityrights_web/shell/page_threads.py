"""The threads that make pages: a few work at once, and one that waits for the engine lets another go on meanwhile."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

from a2wsgi import WSGIMiddleware

from cityrights.engine.asker import ASKER, Asker
from cityrights_web.shell.messages import Receive, Scope, Send

#: How many pages are made at once. They share one interpreter with everything else.
_AT_ONCE: Final = 8


class PageThreads:
    """A WSGI application as an ASGI one, in at most ``most`` threads.

    With more threads than the engine runs queries, pages whose queries are long hold up no others: all of them wait
    outside of the ``_AT_ONCE`` that work.
    """

    def __init__(self, pages: Any, most: int) -> None:
        self._pages = pages
        self._turns = threading.Semaphore(_AT_ONCE)
        self._asgi: Any = WSGIMiddleware(self._make, workers=_AT_ONCE + most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, client: str) -> None:
        """Answer one request of a client."""
        ASKER.set(Asker(client, self._aside))  # its thread gets a copy of the context before anything else happens
        await self._asgi(scope, receive, send)

    def _make(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self._turns:
            made: Iterable[bytes] = self._pages(environ, start_response)
            return made

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        self._turns.release()
        try:
            yield
        finally:
            self._turns.acquire()
