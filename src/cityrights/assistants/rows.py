"""Asking for rows: counted so far as that is cheap, and a page of them taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from cityrights.assistants.answers import Value
from cityrights.assistants.desk import Held
from cityrights.assistants.terms import value_of
from cityrights.describe import Term
from cityrights.describe.ask import to_store
from cityrights.describe.questions import NTRIPLES, graph_answer, table_answer
from cityrights.engine import Limits
from cityrights.engine.base import JSON

#: Rows that are counted at most, and bytes of an answer that are read to be counted.
COUNTED: Final = 10_000
_BYTES: Final = 32 << 20
_ACCEPT: Final = f"{JSON}, {NTRIPLES};q=0.9"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer, from ``offset``; ``total`` counts all, up to COUNTED where it is not ``exact``.

    ``boolean`` is the answer to an ASK, which has no rows.
    """

    form: str
    columns: Sequence[str]
    rows: list[dict[str, Value]]
    total: int
    exact: bool
    offset: int
    boolean: bool | None = None

    def said(self) -> dict[str, Any]:
        """Return the fields that every table has."""
        last = self.offset + len(self.rows)
        return {
            "columns": list(self.columns),
            "rows": self.rows,
            "total": self.total,
            "total_is_exact": self.exact,
            "offset": self.offset,
            "next_offset": last if self.rows and last < self.total else None,
            "truncated": len(self.rows) < self.total or not self.exact,
        }


def ask_page(
    held: Held, query: str, limits: Limits, limit: int, offset: int, terms: Mapping[str, Term] | None = None
) -> Page:
    """Ask a query, with variables bound to ``terms``, and return at most ``limit`` rows. Raises QueryError."""
    bound = {name: to_store(term) for name, term in (terms or {}).items()}
    allowed = replace(limits, rows=COUNTED, truncate=True, result_bytes=_BYTES)
    with held.query(query, accept=_ACCEPT, limits=allowed, substitutions=bound) as result:
        content, form, cut = result.read(), result.form, result.truncated
    if form == "ask":
        return Page(form, (), [], 0, True, 0, bool(orjson.loads(content)["boolean"]))
    found = table_answer(content) if form == "select" else graph_answer(content, NTRIPLES)
    some = [{name: value_of(term) for name, term in row.items()} for row in found.rows[offset : offset + limit]]
    return Page(form, found.columns, some, len(found.rows), not cut, offset)
