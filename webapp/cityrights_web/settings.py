"""The settings of the server that only the site knows, and what browsers are told to refuse: CSP, permissions, TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sparqlgate.http.problems import Problem
from sparqlgate.http.responses import always
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

    ``open_versions`` is how many earlier versions may be open at once, each with a process and the memory of a query;
    one that nobody asks for is closed after ``open_seconds``.

    ``endpoint`` is the remote store that answers in place of the snapshot (empty: none), ``dialect`` its kind; user
    and password come from the environment.

    ``base`` is what the IRIs of other people's data begin with that are answered here (empty: none).

    ``draft``: what is served was not published, so every page says so and every answer asks robots to pass by.

    ``warm``: make a few pages before the first request, which would otherwise wait for all that is read once.
    """

    watch_seconds: float = 1.0
    cached_pages: int = 64 * 1_048_576
    map_tiles: str = ""
    map_credit: str = ""
    contact: str = ""
    open_versions: int = 2
    open_seconds: float = 60.0
    endpoint: str = ""
    dialect: str = "own-default"
    draft: bool = False
    base: str = ""
    warm: bool = True

    def __post_init__(self) -> None:
        GateSettings.__post_init__(self)
        if self.contact and not self.contact.startswith(("mailto:", "https:")):
            raise ValueError("contact must be a mailto: or https: address")
        if self.open_versions < 1 or self.open_seconds <= 0:
            raise ValueError("open_versions must be 1 or more, and open_seconds more than 0")
        if self.map_tiles and not is_tile_address(self.map_tiles):
            raise ValueError("map_tiles must be like https://tiles.example.org/{z}/{x}/{y}.png")


#: The one inline style that is let through, by its hash: the rule that Cytoscape.js puts into a page with a network.
NETWORK_STYLE: Final = "sha256-pgvDUBa4IjFA2yuSJ2cqcyxmNYJMborsd0ORcRv9vw8="

#: What browsers can do and no page here needs. Only names that browsers know: others are warned of in the console.
_REFUSED: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone",
    "midi", "payment", "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
#: Two years, as lists of sites that are asked by TLS only want it.
_TLS_SECONDS: Final = 63_072_000


def policy(*, images: str = "", framed: bool = False) -> str:
    """Return the content security policy (CSP 3): our own files only, and pictures from the origin ``images``.

    No page of others may frame ours, unless it is ``framed``.
    """
    ancestors = "*" if framed else "'none'"
    pictures = " ".join(["'self'", "data:", *([images] if images else [])])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' '{NETWORK_STYLE}'; img-src {pictures}; "
        "font-src 'self'; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


#: Sent with everything, wherever the site runs.
SECURITY: Final[tuple[tuple[str, str], ...]] = (
    ("content-security-policy", policy()),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", ", ".join(f"{name}=()" for name in _REFUSED)),
    ("cross-origin-opener-policy", "same-origin"),
)


def set_default_headers(settings: Settings) -> None:
    """Have every answer of this process refuse these, and every problem name the page that explains it.

    Behind TLS (the public address is https) browsers are told to stay with it (RFC 6797); a layer of tiles for maps
    lets pictures in from the one host that gives them.
    """
    told = dict(SECURITY) | {"content-security-policy": policy(images=_pictures(settings))}
    if settings.public_url.startswith("https://"):
        told["strict-transport-security"] = f"max-age={_TLS_SECONDS}"
    if settings.draft:
        told["x-robots-tag"] = "noindex"
    always(tuple(told.items()))
    Problem.types = f"{settings.prefix}/api#problem-"


def framed(settings: Settings) -> tuple[str, str]:
    """Return the policy of a page that anybody may frame, as a header."""
    return "content-security-policy", policy(images=_pictures(settings), framed=True)


def _pictures(settings: Settings) -> str:
    """Return the origin from which maps have pictures; nothing where they ask nobody."""
    parts = urlsplit(settings.map_tiles)
    return f"{parts.scheme}://{parts.netloc}" if settings.map_tiles else ""
