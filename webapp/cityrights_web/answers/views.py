"""How an answer can be seen: the kinds of view, what each has room for, and the comment in which a query names one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cityrights.engine.reading import SHORT
from cityrights.engine.walk import walk
from cityrights.errors import QueryError

#: Every view, in the order of its tab.
KINDS: Final = ("table", "chart", "map", "network", "timeline", "raw")
#: What each can show before it shows a part (rows, characters) or nothing (bars, places, things, entries).
MOST: Final[Mapping[str, int]] = {
    "table": 1_000, "raw": 200_000, "chart": 100, "map": 2_000, "network": 150, "timeline": 500,
}  # fmt: skip
#: What a page is made of at most, beside the bytes of an answer: columns, rows, and places in the table, which count
#: where nothing is bound as well. An answer of hardly any bytes can have millions of these.
MOST_COLUMNS: Final = 100
MOST_ROWS: Final = 100_000
MOST_PLACES: Final = 1_000_000
#: Cells that a table shows at most; a broad one shows fewer rows.
MOST_CELLS: Final = 20_000

_WRITTEN: Final = re.compile(
    r"^[ \t]*#[ \t]*view[ \t]*:[ \t]*([\w-]{1,40})((?:[ \t]+[?$]\w{1,100}){0,4})[ \t]*$", re.MULTILINE
)
_MENTIONED: Final = re.compile(r"#[ \t]*view[ \t]*:")


@dataclass(frozen=True, slots=True)
class View:
    """A view and the columns of the answer that it shows, in the order that its kind has.

    chart: what each bar is for, its number or what is counted. map: the place (a thing or a point in WKT), what is
    there; or latitude, longitude, what is there. network: from, to, what joins them. timeline: when, what.
    """

    kind: str
    columns: tuple[str, ...] = ()


class TooMuch(Exception):
    """An answer has more than its view can show; the number is how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Unfit(Exception):
    """An answer has not what a view shows. ``column`` is the one that is asked for and is not there, or nothing."""

    def __init__(self, kind: str, column: str = "") -> None:
        super().__init__(kind, column)
        self.kind = kind
        self.column = column


def written(text: str) -> View | None:
    """Return the view that a comment of the query names, such as ``# view: map ?place ?count``; the first one counts.

    What looks like one within a string is none. ``kind`` may be a word that is no view. The text has been screened.
    Of a long one only the beginning is read, as far as a short one goes.
    """
    part = text[:SHORT]
    if _MENTIONED.search(part) is None:
        return None
    end = 0
    try:
        for step in walk(part, federated=True):
            if (found := _WRITTEN.search(part[end : step.token.start].replace("\r", "\n"))) is not None:
                return _view(found)
            end = step.token.start + len(step.token.text)
    except QueryError:  # where the beginning ends within a string
        return None
    found = _WRITTEN.search(part[end:].replace("\r", "\n"))
    return _view(found) if found is not None else None


def _view(found: re.Match[str]) -> View:
    return View(found[1].lower(), tuple(name[1:] for name in found[2].split()))
