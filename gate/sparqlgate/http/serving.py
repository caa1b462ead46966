"""The process that serves: granian on a socket that its parent holds, and how it ends when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

import granian.net
from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.embed import Server

from sparqlgate.errors import GateError
from sparqlgate.http.idle_connections import App, IdleConnections, Receive, Send, room
from sparqlgate.http.responses import StreamBroken
from sparqlgate.http.settings import Settings

log = logging.getLogger("sparqlgate.http")

#: Room for the request line and the headers, in bytes: long queries by GET, and then some.
_BUFFER: Final = 131_072
#: Connections that may wait to be let in.
_BACKLOG: Final = 1024
#: Seconds between two looks whether there is something to collect, and how much: in thousands of objects, about.
_COLLECTED: Final = 20.0
_SOME: Final = 10
#: With so much it is collected at once, before memory becomes scarce.
_MANY: Final = 1_000
#: Seconds that answers whose connections were cut have to end.
PARTING: Final = 2.0


class _Embedded(Server):
    """granian in this process, on a socket that is open already (its own constructors only know addresses)."""

    def __init__(self, app: App, listener: socket.socket, **options: Any) -> None:
        super().__init__(app, interface=Interfaces.ASGI, websockets=False, log_level=LogLevels.error, **options)
        for handler in logging.getLogger("_granian").handlers:
            handler.addFilter(_is_not_of_a_request)
        self._listening = os.dup(listener.fileno())

    def _init_shared_socket(self) -> None:
        holder = vars(granian.net)["SocketHolder"]  # which its types do not tell of
        self._ssp, self._shd = None, holder(self._listening, False, _BACKLOG)


def _is_not_of_a_request(record: logging.LogRecord) -> bool:
    """Whether a record of granian's is none of what a request raised: :func:`_announced` has told of that."""
    return not record.getMessage().startswith("Application callable raised an exception")


def bound(host: str, port: int) -> socket.socket:
    """Return a socket at an address, on which nobody listens yet. Raises GateError when it cannot be had.

    Of IPv6 the address of all addresses (::) is that of IPv4, too.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise GateError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error
    return sock


def run(app: App, listener: socket.socket, settings: Settings, ready: Callable[[], None]) -> None:
    """Answer the connections to ``listener`` until SIGTERM; ``ready`` is called once, when the first can be answered.

    Then requests that are being answered have ``stop_seconds``, and what is left is cut. Raises what the application
    raises when it cannot start.
    """
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(_serve(app, listener, settings, ready))


def _event_loop() -> asyncio.AbstractEventLoop:
    with contextlib.suppress(ImportError):  # there is none for every system
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


async def _serve(app: App, listener: socket.socket, settings: Settings, ready: Callable[[], None]) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    most = room(settings.connections)
    idle = IdleConnections(listener.getsockname()[1], settings.idle_seconds, most)
    server: Any = _Embedded(
        idle.watched(_announced(app, ready)),
        listener,
        backpressure=most,
        http1_settings=HTTP1Settings(
            header_read_timeout=max(1, round(settings.header_seconds * 1000)), max_buffer_size=_BUFFER
        ),
        http2_settings=HTTP2Settings(max_headers_size=_BUFFER),
    )
    listener.close()
    serving = asyncio.create_task(server.serve())
    watching = asyncio.create_task(idle.watch())
    collecting = asyncio.create_task(_collect())
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        idle.end()
        server.stop()
        await asyncio.wait({serving}, timeout=settings.stop_seconds)
    if not serving.done():
        log.warning("told to end: what is not answered after %g s is cut", settings.stop_seconds)
        idle.cut()
        await asyncio.wait({serving}, timeout=PARTING)
    for task in (watching, collecting, waiting):
        task.cancel()
    if serving.done():
        serving.result()


async def _collect() -> None:
    """Collect what only cycles hold, now and then: Python does it for every few objects that an answer is made of.

    It walks over all that there is meanwhile, and nobody else has the interpreter for that long.
    """
    while True:
        await asyncio.sleep(_COLLECTED)
        if gc.get_count()[2] > _SOME:
            gc.collect()


def _announced(app: App, ready: Callable[[], None]) -> App:
    """Return ``app`` so that ``ready`` is called when it has started (ASGI's lifespan), and its faults are logged.

    A connection is ended by raising StreamBroken, which is no fault.
    """

    async def call(scope: Any, receive: Receive, send: Send) -> None:
        async def told(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                young, middle, _ = gc.get_threshold()
                gc.set_threshold(young, middle, _MANY)
                # What is there now stays, and need not be walked over: not even once, for the little that does not.
                gc.freeze()
                gc.enable()
                ready()

        try:
            await app(scope, receive, told if scope["type"] == "lifespan" else send)
        except StreamBroken:
            raise
        except Exception:
            log.exception("an answer was cut by a fault of this service; please report it")
            raise

    return call
