"""Running the site: one granian process that speaks ASGI, with the engine's workers behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from cityrights.engine import EmbeddedEngine
from cityrights.snapshot import Snapshot
from cityrights_web.settings import Settings

#: Room for the request line and the headers, in bytes: long queries by GET, and then some.
_BUFFER = 131_072


def serve(
    snapshot_path: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    public_url: str | None = None,
    trusted_hosts: Sequence[str] = (),
    query_seconds: float = 30.0,
    workers: int = 2,
) -> None:
    """Serve the snapshot at ``snapshot_path`` until a signal ends it.

    ``public_url`` fixes the address that links and redirects use, ``trusted_hosts`` the hosts that are answered (421
    for others; empty means any), ``query_seconds`` the time a query may take, ``workers`` how many may run at once.
    Raises SnapshotError when there is no usable snapshot, before any socket is opened.
    """
    Snapshot.open(snapshot_path)
    settings = Settings(
        public_url=(public_url or "").rstrip("/"),
        trusted_hosts=frozenset(name.lower() for name in trusted_hosts),
        query_seconds=query_seconds,
    )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    server = Granian(
        "cityrights_web.server",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        log_level=_log_level(),
        http1_settings=HTTP1Settings(header_read_timeout=20_000, max_buffer_size=_BUFFER),
    )
    server.serve(target_loader=partial(load, str(snapshot_path), settings, workers), wrap_loader=False)


def load(snapshot_path: str, settings: Settings, workers: int) -> Callable[..., Any]:
    """Return the ASGI application; called once, in the process that serves."""
    # The engine's processes start while the pages are imported: the first answer comes that much earlier.
    importing = Thread(target=import_module, args=("cityrights_web.asgi",))
    importing.start()
    snapshot = Snapshot.open(snapshot_path)
    engine = EmbeddedEngine(snapshot, workers=workers)
    importing.join()
    from cityrights_web.asgi import Shell
    from cityrights_web.shell.context import Site

    return Shell(Site(engine, snapshot.version, snapshot.path, snapshot.manifest, settings))


def _log_level() -> Any:
    from granian.log import LogLevels

    return LogLevels.warning
