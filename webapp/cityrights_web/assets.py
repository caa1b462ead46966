"""The files under /static: those that stand in the package, and the bundles that ``make frontend`` writes to dist/."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import orjson

from cityrights.errors import CityrightsError

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
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
    return {asset.name: asset for asset in _read(_static(), "")}


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


@lru_cache(maxsize=1)
def bundles() -> dict[str, str]:
    """Return the name under /static of each bundle, such as ``site.css``.

    Raises CityrightsError with the command that makes them when they are not there.
    """
    file = _static().joinpath("dist", "manifest.json")
    if not file.is_file():
        raise CityrightsError("the site's scripts and styles are not bundled; run: make frontend")
    return {name: f"dist/{bundle}" for name, bundle in orjson.loads(file.read_bytes()).items()}
