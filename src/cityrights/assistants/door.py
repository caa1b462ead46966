"""The door of the server over HTTP: who comes in, at whose expense, and with how much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from cityrights.addresses import sender_of
from cityrights.engine import Control
from cityrights.engine.budgets import LEAST, Budgets

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: The largest body, in bytes: a query as long as any that is read, and what stands around it.
MOST: Final = 1_100_000
#: Seconds that it may take to come.
_PATIENCE: Final = 20.0


@dataclass(frozen=True)
class FairUse:
    """Each client has ``seconds`` of query time in ``window`` seconds; ``wanted`` is auto (for all but clients on this
    machine), on or off. ``proxies`` are those whose X-Forwarded-For is believed."""

    wanted: Literal["auto", "on", "off"] = "auto"
    seconds: float = 60.0
    window: float = 60.0
    proxies: tuple[str, ...] = ()


class Door:
    """An ASGI application before another one: it counts what requests take, and refuses what is too much."""

    def __init__(self, application: Application, fair: FairUse) -> None:
        self._application = application
        self._fair = fair
        self._budgets = Budgets(fair.seconds, fair.window)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a request in, or answer it: 413 for one that is too large, 429 for one of a client with no time left."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        client, local = sender_of(scope, self._fair.proxies)
        if self._fair.wanted == "off" or (self._fair.wanted == "auto" and local):
            await self._within(scope, receive, send)
            return
        wait = self._budgets.wait(client)
        if wait:
            headers = [(b"retry-after", str(wait).encode()), *self._budgets.headers(client)]
            extra = {"violated-policies": ["query-time"], "retryAfterSeconds": wait}
            await _refuse(send, 429, "quota-exceeded", self._budgets.refusal(wait), headers, extra)
            return
        self._budgets.charge(client, LEAST)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._budgets.headers(client)]
            await send(message)

        if scope["method"] != "POST":  # a stream of events stays open, and takes no time
            await self._within(scope, receive, told)
            return
        control = Control()
        control.begin()
        self._budgets.track(client, control)
        try:
            await self._within(scope, receive, told)
        finally:
            control.finish()
            self._budgets.settle(client, control)

    async def _within(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Take the body, and hand the request on."""
        if scope["method"] != "POST":
            await self._application(scope, receive, send)
            return
        try:
            body = await _body(scope, receive)
        except TimeoutError:
            await _refuse(send, 408, "timeout", f"The body did not arrive within {_PATIENCE:g} s.", [], {})
            return
        if body is None:
            await _refuse(send, 413, "too-large", f"The body is larger than {MOST:,} bytes.", [], {})
            return
        given = False

        async def replayed() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._application(scope, replayed, send)


async def _body(scope: MutableMapping[str, Any], receive: Receive) -> bytes | None:
    """Return the body of a request, None for one that is too large. Raises TimeoutError for one that is too slow."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if told.isdigit() and (len(told) > len(str(MOST)) or int(told) > MOST):
        return None
    taken = bytearray()
    async with asyncio.timeout(_PATIENCE):
        while True:
            message = await receive()
            taken += message.get("body", b"")
            if len(taken) > MOST:
                return None
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return bytes(taken)


async def _refuse(
    send: Send, status: int, kind: str, detail: str, headers: list[tuple[bytes, bytes]], extra: dict[str, Any]
) -> None:
    """Answer with problem details (RFC 9457)."""
    body = orjson.dumps({"type": f"/about#problem-{kind}", "status": status, "detail": detail, **extra})
    own = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
