"""What the person who runs the server decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sparqlgate.http.settings import Settings as GateSettings

_TILES: Final = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?/[\w~./?=&%{}-]*")


def is_tile_address(text: str) -> bool:
    """Say whether ``text`` is an address of tiles: absolute, its host written out, with {z}, {x} and {y}."""
    return _TILES.fullmatch(text) is not None and all(part in text for part in ("{z}", "{x}", "{y}"))


@dataclass(frozen=True, slots=True)
class Settings(GateSettings):
    """The site's settings, beside those of the gate; sizes in bytes, times in seconds.

    ``watch_seconds`` is how often a folder of snapshots is looked at for a newer one (0: never).

    ``map_tiles`` is the address of a layer of pictures under maps, with ``{z}``, ``{x}`` and ``{y}`` in it; empty, the
    default, means that maps have only our own outline of the land and ask nobody else for anything.
    ``map_credit`` is who made that layer, as its makers want it said.
    ``contact`` is where corrections are sent, a mailto: or https: address (empty: the pages say it in words).

    ``endpoint`` is the remote store that answers in place of the snapshot (empty: none), ``dialect`` its kind; user
    and password come from the environment.
    """

    watch_seconds: float = 1.0
    cached_pages: int = 64 * 1_048_576
    map_tiles: str = ""
    map_credit: str = ""
    contact: str = ""
    endpoint: str = ""
    dialect: str = "own-default"

    def __post_init__(self) -> None:
        GateSettings.__post_init__(self)
        if self.contact and not self.contact.startswith(("mailto:", "https:")):
            raise ValueError("contact must be a mailto: or https: address")
        if self.map_tiles and not is_tile_address(self.map_tiles):
            raise ValueError("map_tiles must be like https://tiles.example.org/{z}/{x}/{y}.png")
