"""Rows of a table, counted in its serialised form as it is written; over a cap it is refused, or cut and marked."""

from __future__ import annotations

import re
import socket
from typing import Final

from cityrights.engine.output import Output

_CSV_ROW: Final = re.compile(rb'(?:[^"\r]++|"[^"]*+")*+\r\n')
_TSV_ROW: Final = re.compile(rb"[^\n]*+\n")
_JSON_START: Final = re.compile(rb'"bindings"\s*:\s*\[')
_JSON_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[{}\]]')
_XML_END: Final = b"</result>"
_QUOTE, _OPEN, _CLOSE, _LIST_END = b'"{}]'


class TooManyRows(Exception):
    """The answer has more rows than the cap."""


class Full(Exception):
    """The answer has as many rows as are wanted."""


class CappedOutput(Output):
    """An output of a table of at most ``rows`` rows. It sends nothing before the end, so a refusal comes alone.

    With ``truncate`` a longer answer ends after so many rows, is valid, and says so: in START, and inside JSON and XML.
    """

    def __init__(self, sock: socket.socket, media_type: str, limit: int, rows: int, truncate: bool) -> None:
        super().__init__(sock, "select", media_type, limit)
        self._rows = rows
        self._truncate = truncate
        self._text = bytearray()
        self._place = 0
        self._depth = 0
        self._count = -1 if media_type in ("text/csv", "text/tab-separated-values") else 0  # these begin with a header
        self._over = False
        self._last = 0
        self._cut = 0

    def write(self, data: bytes) -> int:
        """Take bytes. Raises TooManyRows, and Full when the rest is not wanted."""
        self._text += data
        if len(self._text) > self._limit:
            return super().write(bytes(self._text))  # which raises TooLarge
        self._scan()
        if self._count > self._rows:
            if self._truncate:
                raise Full
            raise TooManyRows
        return len(data)

    def release(self) -> None:
        """Hand over what was kept; the answer is whole, or is cut here and says so."""
        if self._cut:
            kind = str(self._about["media_type"])
            self._text = self._text[: self._cut]
            if kind.endswith("+json"):
                self._text += b']},"truncated":{"rows":%d}}' % self._rows
            elif kind.endswith("+xml"):
                self._text += b"</results><!-- truncated after %d rows --></sparql>" % self._rows
            self._about["truncated"] = str(self._rows)
        super().write(bytes(self._text))

    def _scan(self) -> None:
        kind = str(self._about["media_type"])
        if kind.endswith("+json"):
            self._scan_json()
        elif kind.endswith("+xml"):
            while self._count <= self._rows and (found := self._text.find(_XML_END, self._place)) >= 0:
                self._row(found + len(_XML_END))
        else:
            pattern = _CSV_ROW if kind == "text/csv" else _TSV_ROW
            while self._count <= self._rows and (match := pattern.match(self._text, self._place)) is not None:
                self._row(match.end())

    def _scan_json(self) -> None:
        """Walk over strings and braces: each object in the list of bindings is a row."""
        if not self._place:
            start = _JSON_START.search(self._text)
            if start is None:
                return
            self._place = start.end()
        while not self._over and self._count <= self._rows:
            token = _JSON_TOKEN.search(self._text, self._place)
            if token is None:
                return
            begin, end = token.span()
            sign = self._text[begin]
            if sign == _QUOTE and not token[1]:
                self._place = begin  # the string goes on in what is written next
                return
            self._place = end
            self._depth += (sign == _OPEN) - (sign == _CLOSE)
            if sign == _CLOSE and self._depth == 0:
                self._row(end)
            self._over = sign == _LIST_END and self._depth == 0

    def _row(self, end: int) -> None:
        self._place = end
        self._count += 1
        if self._count == self._rows:
            self._last = end
        elif self._count > self._rows:
            self._cut = self._last
