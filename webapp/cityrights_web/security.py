"""What browsers are told to refuse (CSP, permissions, TLS), and the limits of the parameters of a request."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from cityrights_web.settings import Settings
from sparqlgate.http.messages import always
from sparqlgate.http.problems import Problem

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
    always(tuple(told.items()))
    Problem.types = f"{settings.prefix}/about#problem-"


def framed(settings: Settings) -> tuple[str, str]:
    """Return the policy of a page that anybody may frame, as a header."""
    return "content-security-policy", policy(images=_pictures(settings), framed=True)


def _pictures(settings: Settings) -> str:
    """Return the origin from which maps have pictures; nothing where they ask nobody."""
    parts = urlsplit(settings.map_tiles)
    return f"{parts.scheme}://{parts.netloc}" if settings.map_tiles else ""
