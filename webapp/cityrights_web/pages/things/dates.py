"""Dates as people write them, from the forms of XML Schema."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date, format_skeleton

_FORM = re.compile(r"(?:(\d{4})|-)-(\d\d)(?:-(\d\d))?")


def when(text: str, language: str) -> str:
    """Write ``2025-08-12``, ``2025-08`` or ``--08-12`` (a day of any year) in words; anything else as it stands."""
    found = _FORM.fullmatch(text)
    if found is None:
        return text
    year, month, day = found[1], found[2], found[3]
    try:
        known = date(int(year or 2000), int(month), int(day or 1))  # 2000 has every day that a year can have
    except ValueError:
        return text
    if year and day:
        return str(format_date(known, "long", locale=language))
    return str(format_skeleton("yMMMM" if year else "MMMMd" if day else "MMMM", known, locale=language))
