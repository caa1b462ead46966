"""Answers for programs that are plain rows: JSON, and CSV as RFC 4180 has it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import flask
import orjson

from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.request import data

#: The formats of such answers by file extension.
ROWS: Final[Mapping[str, Format]] = {form.extension: form for form in (formats.JSON, formats.RESULTS_CSV)}


Links = Sequence[tuple[str, str, str]]


def json_answer(content: object, page: str, links: Links = ()) -> flask.Response:
    """Return ``content`` as JSON; ``page`` is the address of the page that shows the same, ``links`` lead elsewhere."""
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
    return data(body, formats.JSON, [(page, "alternate", "text/html"), *links])


def csv_answer(
    columns: Sequence[str], rows: Iterable[Sequence[object]], page: str, links: Links = ()
) -> flask.Response:
    """Return rows as CSV under the names of their columns; ``page`` and ``links`` as in :func:`json_answer`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return data(out.getvalue().encode(), formats.RESULTS_CSV, [(page, "alternate", "text/html"), *links])
