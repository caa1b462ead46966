"""HTML of answers as notebooks show them: tables, lists and links, with nothing in them that works but links.

What comes from the data is escaped. There are no colours and no scripts: text and lines are those of the notebook, so
that they can be read on a light and on a dark ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from cityrights.vocabulary import short

#: Rows of a table that are shown; how many there are is said below it.
MOST_ROWS: Final = 60
#: Characters of one cell that are shown.
_LONGEST: Final = 400


def text(value: str, language: str = "") -> str:
    """Return a text; where it says its language, browsers are told."""
    shown = escape(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    return f'<span lang="{escape(language)}">{shown}</span>' if language else shown


def link(iri: str, label: str = "", language: str = "") -> str:
    """Return a link to a thing by its label, or by its short name; of what is no address of the web, the text alone."""
    shown = text(label or short(iri), language)
    return f'<a href="{escape(iri)}">{shown}</a>' if iri.startswith(("http://", "https://")) else shown


def marked(pieces: Iterable[tuple[str, bool]]) -> str:
    """Return a text of which some pieces, those with True, stand out."""
    return "".join(f"<strong>{escape(piece)}</strong>" if stands_out else escape(piece) for piece, stands_out in pieces)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int) -> str:
    """Return a table: names of columns as text, cells as HTML; the first of them, and how many there are in all."""
    cells = "".join(f'<th scope="col" style="text-align: left">{escape(name)}</th>' for name in head)
    body = [
        "<tr>" + "".join(f'<td style="text-align: left; vertical-align: top">{cell}</td>' for cell in row) + "</tr>"
        for _, row in zip(range(MOST_ROWS), rows, strict=False)
    ]
    count = f"{total:,} rows" if total != 1 else "1 row"
    shown = count if len(body) == total else f"{count}, of which {len(body)} are shown"
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(body)}</tbody></table><p>{shown}</p>"


def listed(items: Iterable[str]) -> str:
    """Return a list of HTML."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def folded(head: str, body: str) -> str:
    """Return what shows its head, and the rest when that is chosen."""
    return f"<details><summary>{head}</summary>{body}</details>" if body else head
