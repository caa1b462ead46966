"""Paths and form fields of requests taken apart, each in its one canonical spelling (RFC 3986 §6.2.2).

Alone in a module, so that long ones can be read in a process of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "!$&'()*+,;=:@/%"
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
#: Paths of so many characters are remembered as they are written: a page has a hundred, the next one mostly the same.
_SHORT = 200


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
    return _encoded(path) if len(path) <= _SHORT else quote(path, safe=_KEPT)


@lru_cache(4096)
def _encoded(path: str) -> str:
    return quote(path, safe=_KEPT)


#: The most parameters of a request: those of a question that is put together have twelve conditions of several each.
MOST = 400
#: So many escapes are read where they are: in some milliseconds.
FEW_ESCAPES = 4096
#: Texts of this length, in characters, are taken apart more than once for one request.
_ADDRESS = 65_536

Fields = tuple[tuple[str, str], ...]


class NotUtf8(ValueError):
    """An octet is not UTF-8: ``place`` says which one, from 1, of the name or the value that it stands in."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class TooMany(ValueError):
    """There are more than MOST fields."""


def is_quick(text: str) -> bool:
    """Say whether a form is read where it is."""
    return text.count("%") <= FEW_ESCAPES


def fields_of(text: str) -> Fields:
    """Return names and values in their order. Raises NotUtf8 and TooMany."""
    return _remembered(text) if len(text) <= _ADDRESS else read_fields(text)


def read_fields(text: str) -> Fields:
    """Return names and values in their order. Raises NotUtf8 and TooMany."""
    if text.count("&") >= MOST:
        raise TooMany
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in pairs)


@lru_cache(64)
def _remembered(text: str) -> Fields:
    return read_fields(text)


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(error.start + 1) from None
