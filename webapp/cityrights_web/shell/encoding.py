"""Content coding: answers that are worth it go out packed to those who accept it (RFC 9110, 8.4 and 12.5.3).

Brotli (RFC 7932) is preferred to gzip where a client takes both alike. Each coding of an answer has a strong ETag of
its own, since their bytes differ. What is packed is kept with the response, so it is made once for each coding.
"""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Final

import brotli

if TYPE_CHECKING:  # messages.py sends what is packed here
    from cityrights_web.shell.messages import Request, Response

#: The codings, the best first.
CODINGS: Final = ("br", "gzip")
#: Below this, in bytes, the header fields weigh more than what is saved.
WORTH: Final = 1024
_GZIP_LEVEL: Final = 5
#: Of 0 to 11; higher ones cost more time than the network saves. Files of the bundles come packed by 11.
_BROTLI_QUALITY: Final = 5
#: Above this, in bytes, brotli goes over to a quality that keeps the time of packing within bounds.
_LARGE: Final = 1 << 19
_BROTLI_QUALITY_LARGE: Final = 4
_IN_A_THREAD: Final = 1 << 16
_PACKED_ALREADY: Final = ("image/png", "image/webp", "font/", "application/gzip", "application/zip")


def accepted(header: str | None) -> tuple[str, ...]:
    """Return the codings that Accept-Encoding allows, the most wanted first; without the header there is none.

    A coding that weighs less than going without (``identity;q=1, gzip;q=0.5``) is left out.
    """
    weights: dict[str, float] = {}
    for part in (header or "").lower().split(","):
        name, _, parameter = part.strip().partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            weights[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    other = weights.get("*", 0.0)
    wanted = {name: weights.get(name, other) for name in CODINGS}
    wanted["gzip"] = weights.get("gzip", weights.get("x-gzip", other))
    least = weights.get("identity", 0.0)
    allowed = [name for name in CODINGS if wanted[name] > 0 and wanted[name] >= least]
    return tuple(sorted(allowed, key=lambda name: -wanted[name]))


def chosen(request: Request, response: Response) -> str:
    """Return the coding in which this client gets this response; nothing for none."""
    codings = accepted(request.headers.get("accept-encoding")) if is_packable(response) else ()
    return codings[0] if codings else ""


def is_packable(response: Response) -> bool:
    """Say whether a response has coded forms."""
    return (
        response.status == 200
        and len(response.body) >= WORTH
        and response.header("content-encoding") is None
        and not response.content_type.startswith(_PACKED_ALREADY)
    )


async def pack(response: Response, coding: str) -> bytes:
    """Return the body in a coding; the body itself for none."""
    if not coding:
        return response.body
    if coding not in response.packed:
        if len(response.body) > _IN_A_THREAD:
            response.packed[coding] = await asyncio.to_thread(_packed, response.body, coding)
        else:
            response.packed[coding] = _packed(response.body, coding)
    return response.packed[coding]


def _packed(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, _GZIP_LEVEL, mtime=0)
    quality = _BROTLI_QUALITY if len(body) <= _LARGE else _BROTLI_QUALITY_LARGE
    made: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
    return made


def packed_tag(etag: str, coding: str) -> str:
    """Return the ETag of what ``etag`` names in a coding; ``etag`` itself for none."""
    return f'{etag[:-1]}-{coding}"' if coding else etag


def tags(request: Request, etag: str) -> tuple[str, ...]:
    """Return the ETags of the forms that this client takes."""
    return (*(packed_tag(etag, coding) for coding in accepted(request.headers.get("accept-encoding"))), etag)
