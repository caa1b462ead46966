"""Paths of requests and of IRIs: one canonical spelling for each (RFC 3986, section 6.2.2)."""

from __future__ import annotations

import re
from urllib.parse import quote

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "!$&'()*+,;=:@/%"
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


class BadPath(ValueError):
    """A request path that names nothing that can exist; the text says why."""


def decode_path(raw: str) -> str:
    """Turn the raw (still escaped) path of a request into the path of an IRI.

    Escapes of unreserved characters and of UTF-8 beyond ASCII are decoded; those of reserved ones stay, in capitals
    (RFC 3986 §6.2.2). Raises BadPath for octets that are not UTF-8, for control characters and stray percent signs.
    """
    if re.search(r"%(?![0-9A-Fa-f]{2})", raw):
        raise BadPath("a percent sign in the path is not followed by two hexadecimal digits")

    def run(match: re.Match[str]) -> str:
        octets = bytes.fromhex(match[0].replace("%", ""))
        try:
            text = octets.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadPath(f"the path is not UTF-8 at its escape {error.start + 1}") from error
        return "".join(_one(character) for character in text)

    return _ESCAPE.sub(run, raw)


def _one(character: str) -> str:
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:
        raise BadPath(f"the path holds the control character U+{code:04X}")
    if code > 0x7F and (0xE000 <= code < 0xF900 or 0xFFF0 <= code <= 0xFFFF or code & 0xFFFE == 0xFFFE):
        raise BadPath(f"the path holds U+{code:04X}, which no IRI can hold")
    if code > 0x7F or code in _UNRESERVED:
        return character
    return f"%{code:02X}"


def encode_path(path: str) -> str:
    """Turn the path of an IRI into what goes over the wire: ASCII, each character in its one canonical spelling."""
    return quote(path, safe=_KEPT)
