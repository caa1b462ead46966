"""Content coding: answers that are worth it go out as gzip to those who accept it (RFC 9110, 8.4 and 12.5.3).

Each coding of an answer has a strong ETag of its own, since their bytes differ.
"""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # messages.py sends what is packed here
    from cityrights_web.shell.messages import Request, Response

#: Below this, in bytes, the header fields weigh more than what is saved.
WORTH: Final = 1024
_LEVEL: Final = 5
_IN_A_THREAD: Final = 1 << 16
_PACKED_ALREADY: Final = ("image/png", "image/webp", "font/", "application/gzip", "application/zip")


def accepts_gzip(header: str | None) -> bool:
    """Say whether Accept-Encoding allows gzip; without the header nothing is packed."""
    weights: dict[str, float] = {}
    for part in (header or "").lower().split(","):
        coding, _, parameter = part.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def is_packable(response: Response) -> bool:
    """Say whether a response has a coded form."""
    return (
        response.status == 200
        and len(response.body) >= WORTH
        and response.header("content-encoding") is None
        and not response.content_type.startswith(_PACKED_ALREADY)
    )


async def pack(response: Response) -> bytes:
    """Return the body as gzip; the response keeps it, so that it is made once."""
    if response.packed is None:
        if len(response.body) > _IN_A_THREAD:
            response.packed = await asyncio.to_thread(_gzip, response.body)
        else:
            response.packed = _gzip(response.body)
    return response.packed


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def packed_tag(etag: str) -> str:
    """Return the ETag of the gzip form of what ``etag`` names."""
    return f'{etag[:-1]}-gzip"'


def tags(request: Request, etag: str) -> tuple[str, ...]:
    """Return the ETags of the forms that this client takes."""
    if accepts_gzip(request.headers.get("accept-encoding")):
        return (packed_tag(etag), etag)
    return (etag,)
