"""Running the site: one granian process that speaks ASGI, with the engine's workers behind it."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from cityrights.engine import EmbeddedEngine, Engine, Limits, connect, federate
from cityrights.snapshot import CURRENT, Snapshot
from cityrights_web import logs, words
from cityrights_web.settings import Settings

if TYPE_CHECKING:  # importing the pages takes a while, and load does it beside something else
    from cityrights_web.shell.context import Shared, Site

#: Room for the request line and the headers, in bytes: long queries by GET, and then some.
_BUFFER = 131_072
#: Options of glibc's mallopt (malloc.h): at most 2 arenas; above 128 KiB a block is mapped, and returned when freed.
_GLIBC_MEMORY = ((-8, 2), (-3, 131_072), (-1, 131_072))


def serve(
    snapshot_path: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    settings: Settings | None = None,
    **options: Any,
) -> None:
    """Serve the snapshot at ``snapshot_path`` until a signal ends it.

    For a folder of snapshots, its current one is served, and a newer one as soon as the folder has it. ``options`` are
    fields of Settings. Raises SnapshotError when there is no usable snapshot and InputError when a
    language lacks words, before any socket is opened.
    """
    Snapshot.open(snapshot_path)
    words.check()
    _open_as_many_files_as_allowed()
    chosen = (settings or Settings()).changed(**options)
    server = Granian(
        "cityrights_web.server",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(
            header_read_timeout=max(1, round(chosen.header_seconds * 1000)), max_buffer_size=_BUFFER
        ),
    )
    server.serve(target_loader=partial(load, str(snapshot_path), chosen), wrap_loader=False)


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
        from cityrights_web.shell.context import Site

        opened = ready.pop(found.path, None) or _engine(found, settings)
        return Site(opened, found.version, found.path, found.manifest, settings, shared)

    return Front(snapshot, open_site, settings, folder if (folder / CURRENT).exists() else None)


def _engine(snapshot: Snapshot, settings: Settings) -> Engine:
    limits = Limits(settings.query_seconds, settings.query_memory, settings.result_bytes)
    engine: Engine
    if settings.endpoint:
        engine = connect(settings.endpoint, settings.dialect, snapshot.version, limits, settings.workers)
    else:
        engine = EmbeddedEngine(snapshot, workers=settings.workers, queue=settings.queue, limits=limits)
    return federate(engine, settings.allow_service, limits) if settings.allow_service else engine
