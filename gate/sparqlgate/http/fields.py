"""Form-encoded fields taken apart: alone in a module, so that long ones can be read in a process of their own."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote_to_bytes

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
