"""The order of names: as people look for them, not as bytes compare."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Letters that Unicode does not take apart, as indexes file them.
_LETTERS: Final = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_NUMBER: Final = re.compile(r"\d+")
_PUNCTUATION: Final = re.compile(r"[^\w]+|_+")


def sort_key(text: str) -> tuple[str, str, str]:
    """Return what names are compared by: letters without case and accents, then with accents, then as written.

    Punctuation counts as a space, and numbers stand in the order of their size: "Île" is with "Ile", "City 9" before
    "City 10". The last part makes the order total, so that it is the same everywhere.
    """
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    words = _PUNCTUATION.sub(" ", letters).strip()
    return _NUMBER.sub(lambda digits: digits[0].zfill(12), words), folded, text
