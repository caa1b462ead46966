"""Running the site: the process that serves, granian on a socket that its parent holds, and how it ends when told."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import granian.net
from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.embed import Server

from cityrights.errors import CityrightsError
from cityrights.remote import connect
from cityrights.snapshot import CURRENT, Snapshot
from cityrights.vocabulary import NAMES
from cityrights_web import logs, words
from cityrights_web.settings import Settings
from cityrights_web.supervisor import supervise
from sparqlgate import EmbeddedEngine, Limits, Store, federate
from sparqlgate.http.idle_connections import App, IdleConnections, Receive, Send, room
from sparqlgate.pool.zygote import IN_MEMORY

if TYPE_CHECKING:  # importing the pages takes a while, and load does it beside something else
    from cityrights_web.site import Shared, Site

log = logging.getLogger("cityrights.web")

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
_PARTING: Final = 2.0
#: Seconds beyond what the serving process gives itself before it is killed.
_PATIENCE = 1.0
#: Queries that a remote store gets at once, for each worker.
_REMOTE = 8
#: Options of glibc's mallopt (malloc.h): at most 2 arenas; above 128 KiB a block is mapped, and returned when freed.
_GLIBC_MEMORY = ((-8, 2), (-3, 131_072), (-1, 131_072))


def serve(
    snapshot_path: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    settings: Settings | None = None,
    listener: socket.socket | None = None,
    **options: Any,
) -> None:
    """Serve the snapshot at ``snapshot_path`` until a signal ends it.

    For a folder of snapshots, its current one is served, and a newer one as soon as the folder has it. ``listener`` is
    a bound socket that takes the place of ``host`` and ``port``; ``options`` are fields of Settings. Raises
    SnapshotError when there is no usable snapshot and InputError when a language lacks words, before any socket is
    opened, and CityrightsError when the address cannot be listened on or the server cannot start.
    """
    found = Snapshot.open(snapshot_path)
    if found.nquads.stat().st_size <= IN_MEMORY:
        found.check_nquads()
    words.check()
    _open_as_many_files_as_allowed()
    chosen = (settings or Settings()).changed(**options)
    supervise(
        partial(_answer, str(snapshot_path), chosen),
        listener or bound(host, port),
        chosen.stop_seconds + _PARTING + _PATIENCE,
    )


def bound(host: str, port: int) -> socket.socket:
    """Return a socket at an address, on which nobody listens yet. Raises CityrightsError when it cannot be had.

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
        raise CityrightsError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error
    return sock


def _answer(snapshot_path: str, settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    _run(load(snapshot_path, settings), listener, settings, ready)


def _open_as_many_files_as_allowed() -> None:
    """Lift the soft limit of open files to the hard one: each connection is one, and the usual thousand is few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):  # some systems name a hard limit that they do not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _give_memory_back() -> None:
    """Have what long answers needed go back to the system, where the C library is glibc.

    It would keep a heap for each thread, and blocks of megabytes in them, once such blocks have been freed: in long
    service the process would grow to several times of what it holds.
    """
    with contextlib.suppress(AttributeError, OSError):  # another C library has no such function
        for option, value in _GLIBC_MEMORY:
            ctypes.CDLL(None).mallopt(option, value)


def load(snapshot_path: str, settings: Settings) -> Callable[..., Any]:
    """Return the ASGI application; called once, in the process that serves."""
    logs.set_up()
    _give_memory_back()
    # The engine's processes start while the pages are imported: the first answer comes that much earlier.
    importing = Thread(target=import_module, args=("cityrights_web.front",))
    importing.start()
    snapshot = Snapshot.open(snapshot_path)
    engine = _engine(snapshot, settings)
    importing.join()
    from cityrights_web.front import Front

    folder = Path(snapshot_path).expanduser()
    ready = {snapshot.path: engine}

    def open_site(found: Snapshot, shared: Shared) -> Site:
        from cityrights_web.site import Site
        from cityrights_web.slow_store import Patient

        opened = ready.pop(found.path, None) or _engine(found, settings)
        patient = Patient(opened) if settings.endpoint else None
        site = Site(patient or opened, found.version, found.path, found.manifest, settings, shared)
        if patient is not None:
            patient.first = site.vocabulary_later.get
        return site

    return Front(snapshot, open_site, settings, folder if (folder / CURRENT).exists() else None)


def _engine(snapshot: Snapshot, settings: Settings) -> Store:
    limits = Limits(settings.query_seconds, settings.query_memory, settings.result_bytes)
    engine: Store
    if settings.endpoint:
        lines = _REMOTE * settings.workers
        engine = connect(settings.endpoint, settings.dialect, snapshot.version, limits, lines)
    else:
        engine = EmbeddedEngine(
            snapshot, workers=settings.workers, queue=settings.queue, limits=limits, memory=settings.total_memory
        )
    return federate(engine, settings.allow_service, NAMES, limits) if settings.allow_service else engine


class _Embedded(Server):
    """granian in this process, on a socket that is open already (its own constructors only know addresses)."""

    def __init__(self, app: App, listener: socket.socket, **options: Any) -> None:
        super().__init__(app, interface=Interfaces.ASGI, websockets=False, log_level=LogLevels.error, **options)
        self._listening = os.dup(listener.fileno())

    def _init_shared_socket(self) -> None:
        holder = vars(granian.net)["SocketHolder"]  # which its types do not tell of
        self._ssp, self._shd = None, holder(self._listening, False, _BACKLOG)


def _run(app: App, listener: socket.socket, settings: Settings, ready: Callable[[], None]) -> None:
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
        await asyncio.wait({serving}, timeout=_PARTING)
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
    """Return ``app`` so that ``ready`` is called when it has started (ASGI's lifespan)."""

    async def call(scope: Any, receive: Receive, send: Send) -> None:
        async def told(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                young, middle, _ = gc.get_threshold()
                gc.set_threshold(young, middle, _MANY)
                gc.collect()
                gc.freeze()  # what is there now stays, and need not be walked over
                ready()

        await app(scope, receive, told if scope["type"] == "lifespan" else send)

    return call
