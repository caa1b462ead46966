"""The rest of a request that is refused: clients that send all of it before they read get their answer that way."""

from __future__ import annotations

import asyncio
from typing import Any

from cityrights_web.shell.messages import Receive, Scope

#: How much of the rest is taken, in bytes, and for how long, in seconds.
_MOST = 64 * 1_048_576
_LONGEST = 2.0


class Body:
    """The ``receive`` of one request that may have a body; it notes whether the body has ended."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        names = {name.lower(): value for name, value in scope["headers"]}
        told = names.get(b"content-length", b"0").strip()
        self.ended = b"transfer-encoding" not in names and told.strip(b"0") == b""
        self._asks_first = b"expect" in names
        self._receive = receive

    async def __call__(self) -> dict[str, Any]:
        """Receive the next event (ASGI 3)."""
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self.ended = True
        return message

    async def drain(self) -> bool:
        """Take the rest and forget it, as far as it is not too large or too slow; say whether there is no more.

        A client that asks first whether it may send (Expect, RFC 9110 §10.1.1) is not invited to.
        """
        size = 0
        try:
            async with asyncio.timeout(_LONGEST):
                while not self.ended and not self._asks_first and size <= _MOST:
                    size += len((await self()).get("body", b""))
        except TimeoutError:
            pass
        return self.ended
