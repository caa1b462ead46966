"""How many rows a store gives at most, found out where it does not tell: some cut the graph of a CONSTRUCT silently.

Of a table such a store says in a header that it has as many rows as it gives at most. So where a graph has many
triples, a table with more rows than that is asked for, and broken off when its header is there.
"""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Final

from cityrights.engine import remote_http
from cityrights.engine.remote_http import Exchange
from cityrights.engine.remote_lines import Lines

#: Rows that are asked for at first: more than stores give as they are delivered.
_FIRST: Final = 20_000
#: Has as many rows as anybody wants, where there are triples at all.
_MANY: Final = "SELECT (1 AS ?row) { ?s ?p ?o . ?s2 ?p2 ?o2 } LIMIT "


class Cap:
    """The cap of one store, kept once it is known."""

    def __init__(self, lines: Lines, url: str) -> None:
        self._lines = lines
        self._url = url
        self._found: int | None = None
        self._above = 0
        self._lock = threading.Lock()

    def check(self, exchange: Exchange, triples: int) -> None:
        """Raise QueryRefused when an answer of so many triples may have been cut, and QueryError when none can tell."""
        with self._lock:
            if self._found is None and triples > self._above:
                self._look(exchange, max(_FIRST, 2 * triples))
            found = self._found
        if found is not None and triples >= found:
            raise remote_http.over_cap(exchange.name, str(found))

    def _look(self, exchange: Exchange, rows: int) -> None:
        fields: dict[str, str | list[str]] = {"query": f"{_MANY}{rows}"}
        asked = Exchange(
            self._lines, self._url, fields, remote_http.TABLES, exchange.deadline, 1, exchange.name, limit=0
        )
        with closing(asked):
            asked.open()
            self._found = asked.cap
            self._above = rows
