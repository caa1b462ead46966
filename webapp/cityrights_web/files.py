"""Files that are sent as they are: scripts, styles, and the dumps, each compared with its digest beforehand."""

from __future__ import annotations

import gzip
import hashlib
import logging
import mimetypes
import os
import re
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

import orjson

from cityrights.errors import CityrightsError
from cityrights.instance import instance

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


#: Beside each bundle stands the same, packed with brotli.
_PACKED: Final = ".br"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: ``name`` is what follows /static/; ``hashed`` says that the name changes whenever the content does.

    ``brotli`` is the body as the bundler has packed it, as small as can be; None where it has not.
    """

    name: str
    content_type: str
    body: bytes
    etag: str
    hashed: bool
    brotli: bytes | None = None


def _static() -> Traversable:
    return resources.files("cityrights_web").joinpath("static")


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Return every file by its name; read once, so that a request can name nothing else."""
    return {asset.name: asset for asset in (*_read(_static(), ""), *_own())}


#: What the files of a snapshot begin with, and what they are called where others than cityrights publish them.
_STORED, _SHOWN = "cityrights", "graph"


def shown_name(name: str) -> str:
    """Return the name under which a file of the snapshot is offered."""
    other = not instance().is_shipped and name.startswith(_STORED)
    return _SHOWN + name.removeprefix(_STORED) if other else name


def stored_name(name: str) -> str:
    """Return the name that a file has in the snapshot; the inverse of :func:`shown_name`."""
    other = not instance().is_shipped and name.startswith(_SHOWN)
    return _STORED + name.removeprefix(_SHOWN) if other else name


#: The style with the colours and the logo of an instance, below /static.
OWN_STYLE: Final = "instance.css"


def _own() -> Iterator[Asset]:
    """Yield the files of an instance: its style, and its logo, which is the picture of the site, too."""
    whose = instance()
    if whose.is_shipped:
        return
    light, dark = whose.colours.get("accent"), whose.colours.get("accent-dark")
    style = f":root{{--accent:{light}}}" if light else ""
    style += f"@media (prefers-color-scheme:dark){{:root{{--accent:{dark or _LIGHT}}}}}" if light or dark else ""
    mark = "display:none"
    if whose.logo is not None:
        body, kind = whose.logo.read_bytes(), _KINDS[whose.logo.suffix.lower()]
        name = f"logo-{hashlib.sha256(body).hexdigest()[:12]}{whose.logo.suffix.lower()}"
        yield Asset(name, kind, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', True, None)
        mark = f"background-image:url({name})"
    style += f".mark{{{mark}}}"
    told = style.encode()
    yield Asset(OWN_STYLE, "text/css", told, f'"{hashlib.sha256(told).hexdigest()[:32]}"', False, None)


#: The accent of the dark form where an instance names none.
_LIGHT: Final = "#7cd3c6"
_KINDS: Final = {
    ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
}  # fmt: skip


def _read(folder: Traversable, prefix: str) -> Iterator[Asset]:
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            yield from _read(entry, f"{name}/")
        elif not name.endswith(_PACKED):
            body = entry.read_bytes()
            suffix = "." + name.rpartition(".")[2]
            kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
            digest = hashlib.sha256(body).hexdigest()[:32]
            hashed = prefix == "dist/" and entry.name != "manifest.json"
            packed = folder.joinpath(entry.name + _PACKED)
            yield Asset(name, kind, body, f'"{digest}"', hashed, packed.read_bytes() if packed.is_file() else None)


#: How a template names a bundle.
_ASKED: Final = re.compile(r"asset\('([a-z0-9.]{1,40})'\)")


@lru_cache(maxsize=1)
def bundles() -> dict[str, str]:
    """Return the name under /static of each bundle, such as ``site.css``.

    Raises CityrightsError with the command that makes them when they are not there, or older than the pages.
    """
    file = _static().joinpath("dist", "manifest.json")
    if not file.is_file():
        raise CityrightsError("the site's scripts and styles are not bundled; run: make frontend")
    found = {name: f"dist/{bundle}" for name, bundle in orjson.loads(file.read_bytes()).items()}
    pages = resources.files("cityrights_web").joinpath("templates").iterdir()
    asked = {name for page in pages if page.is_file() for name in _ASKED.findall(page.read_text("utf-8"))}
    if lacking := ", ".join(sorted(asked - found.keys())):
        reason = f"the site's scripts and styles are older than its pages, which ask for {lacking}"
        raise CityrightsError(f"{reason}; run: make frontend")
    return found


log = logging.getLogger("cityrights.web")

_PIECE: Final = 256 * 1024
#: A file as it was compared: its place on the disk, its size and when it was changed. Another one is compared anew.
_Seen = tuple[int, int, int, int]


class CorruptDump(Exception):
    """A dump cannot be read, or is not what the build wrote; the text says which one and why."""


class Dump:
    """A dump that is as it was built, open, in pieces; closing stops the reading.

    ``size`` is that of what is read, in bytes.
    """

    def __init__(self, file: BufferedReader, size: int) -> None:
        self._file = file
        self._closed = False
        self.size = size

    def narrow(self, part: range) -> None:
        """Read these bytes of it alone; to be called before it is read."""
        self._file.seek(part.start)
        self.size = len(part)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the content. Raises Spoilt where the file ends before its size, so that no part looks whole."""
        left = self.size
        while left and not self._closed:
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                raise CorruptDump("the file became shorter while it was read")
            left -= len(piece)
            yield piece

    def close(self) -> None:
        """Close the file."""
        self._closed = True
        self._file.close()


class Dumps:
    """The dumps in ``folder``, by the names in ``files``, each with its ``sha256``. Threads may share it."""

    def __init__(self, folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
        self._folder = folder
        self._files = files
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._right: dict[tuple[str, bool], _Seen] = {}

    def open(self, name: str, *, packed: bool = False) -> Dump:
        """Open a dump, or with ``packed`` the gzipped copy (RFC 1952) beside it, after comparing it with its digest.

        That takes as long as reading the file, once. Raises FileNotFoundError where it is not there, and Spoilt, which
        is logged, where it cannot be read or is another.
        """
        stored = stored_name(name)
        path = self._folder / (f"{stored}.gz" if packed else stored)
        try:
            file = path.open("rb")
            try:
                size = self._compare(path, file, str(self._files[name]["sha256"]), packed=packed)
            except BaseException:
                file.close()
                raise
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._told(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from error
        return Dump(file, size)

    def _compare(self, path: Path, file: BufferedReader, expected: str, *, packed: bool) -> int:
        about = os.fstat(file.fileno())
        seen = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
        with self._locks[path.name]:  # who comes meanwhile waits for the same comparison
            if self._right.get((path.name, packed)) != seen:
                if _digest(file, packed=packed) != expected:
                    raise self._told(f"{path} has changed since it was built, as its SHA-256 tells")
                self._right[path.name, packed] = seen
        file.seek(0)
        return about.st_size

    def _told(self, sentence: str) -> CorruptDump:
        """Tell whoever runs the service, in one sentence, and return the error."""
        log.error("%s, so it is not sent; run: cityrights build --force", sentence)
        return CorruptDump(sentence)


def _digest(file: BufferedReader, *, packed: bool) -> str:
    """Return the SHA-256 of the dump in ``file``; nothing for a packed one that is cut or spoilt."""
    if not packed:
        return hashlib.file_digest(file, "sha256").hexdigest()
    total = hashlib.sha256()
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            while piece := unpacked.read(_PIECE):
                total.update(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return ""
    return total.hexdigest()
