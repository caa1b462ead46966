"""Running the site: a process that serves, with the engine's workers behind it, and one that keeps it so."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import resource
import socket
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from cityrights.errors import SnapshotError
from cityrights.snapshot import CURRENT, DRAFT, Snapshot, damage
from cityrights.vocabulary import NAMES
from cityrights_web import logs, words
from cityrights_web.settings import Settings
from cityrights_web.supervisor import supervise
from sparqlgate import EmbeddedEngine, Limits, Store, federate
from sparqlgate.http import serving
from sparqlgate.http.answers import Shared
from sparqlgate.pool.zygote import IN_MEMORY

if TYPE_CHECKING:  # importing the pages takes a while, and load does it beside something else
    from cityrights_web.site import Edition, Site

#: Seconds beyond what the serving process gives itself before it is killed.
_PATIENCE = 1.0
#: Queries that a remote store gets at once, for each worker.
_REMOTE = 8
#: Long queries that may wait for the one process of an earlier version.
_WAITING = 8
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

    For a folder of snapshots, its current one is served, and a newer one as soon as it is published; for the ``draft``
    in such a folder, each that is built. ``listener`` is
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
        listener or serving.bound(host, port),
        chosen.stop_seconds + serving.PARTING + _PATIENCE,
    )


def _answer(snapshot_path: str, settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    gc.disable()  # until it answers: what is made meanwhile stays, and would be walked over again and again
    serving.run(load(snapshot_path, settings), listener, settings, ready)


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
    importing = Thread(target=import_module, args=("cityrights_web.app",))
    importing.start()
    snapshot = Snapshot.open(snapshot_path)
    engine = _engine(snapshot, settings)
    importing.join()
    from cityrights_web.app import Application
    from cityrights_web.urls import answer_for

    answer_for(settings.base)

    folder = Path(snapshot_path).expanduser()
    ready = {snapshot.path: engine}

    def open_site(found: Snapshot, shared: Shared) -> Site:
        from cityrights_web.site import Site
        from sparqlgate.stores.patient import Patient

        opened = ready.pop(found.path, None) or _engine(found, settings)
        patient = Patient(opened) if settings.endpoint else None
        site = Site(patient or opened, found.version, found.path, found.manifest, settings, shared)
        if patient is not None:
            patient.first = site.vocabulary_later.get
        return site

    def open_kept(found: Snapshot, edition: Edition, shared: Shared) -> Site:
        from cityrights_web.site import Site
        from cityrights_web.versions import settings_of

        engine = _kept_engine(found, settings)
        own = settings_of(settings, found.version)
        return Site(engine, found.version, found.path, found.manifest, own, shared, edition)

    pointer = folder.is_symlink() and folder.name == DRAFT  # which moves with each build, as current does with the rest
    watched = folder if pointer or (folder / CURRENT).exists() else None
    return Application(snapshot, open_site, settings, watched, open_kept)


def _kept_engine(found: Snapshot, settings: Settings) -> Store:
    """Return an engine over a version that is kept: one worker, which reads the store on the disk, so it opens at once.

    Raises SnapshotError, with which file it is, where one is not as it was built; of a large one all are not read.
    """
    if found.nquads.stat().st_size <= IN_MEMORY:
        wrong = next(damage(found), "")
        if wrong:
            raise SnapshotError(wrong)
    limits = Limits(settings.query_seconds, settings.query_memory, settings.result_bytes)
    engine = EmbeddedEngine(found, workers=1, queue=_WAITING, limits=limits, in_memory=0)
    return federate(engine, settings.allow_service, NAMES, limits) if settings.allow_service else engine


def _engine(snapshot: Snapshot, settings: Settings) -> Store:
    limits = Limits(settings.query_seconds, settings.query_memory, settings.result_bytes)
    engine: Store
    if settings.endpoint:
        from cityrights.cli.options import connect  # the command line's libraries, which nothing else here needs

        lines = _REMOTE * settings.workers
        engine = connect(settings.endpoint, settings.dialect, snapshot.version, limits, lines, whole=True)
    else:
        engine = EmbeddedEngine(
            snapshot, workers=settings.workers, queue=settings.queue, limits=limits, memory=settings.total_memory
        )
    return federate(engine, settings.allow_service, NAMES, limits) if settings.allow_service else engine
