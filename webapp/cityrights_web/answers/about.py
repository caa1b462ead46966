"""What goes along with an answer that is taken away as a workbook: where it is from, and that it may not be whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityrights_web.answers.workbook import MOST_CELLS, MOST_ROWS, About
from cityrights_web.pages.frame import Frame
from cityrights_web.problems import Problem

if TYPE_CHECKING:
    from cityrights_web._words import ExportsWords


def about_sheet(around: Frame, query: str, rows: str, address: str, title: str = "") -> About:
    """Return the second sheet: the query, the version of the data and their day, the licence, the address.

    ``rows`` tells how many rows there are, ``{n}`` standing for that.
    """
    words = around.words.exports
    built = str(around.site.manifest.get("built") or "")
    lines = [
        (words.about_title, title),
        (words.about_query, query),
        (words.about_version, around.site.version),
        (words.about_date, built),
        (words.about_licence, " · ".join(address or name for address, name in around.licences(short=True))),
        (words.about_address, address),
        (words.about_note, words.about_note_text),
    ]
    return About(
        words.sheet_about,
        tuple((name, value) for name, value in lines if value),
        (words.about_rows, rows),
        (words.about_cut, words.about_cut_text),
    )


def book_too_large(words: ExportsWords, language: str) -> Problem:
    """Return the 400 for an answer that no workbook is made of; ``language`` is that of the words."""
    detail = words.book_too_large.format(rows=f"{MOST_ROWS:,}", cells=f"{MOST_CELLS:,}")
    extra = {"language": language, "rows": MOST_ROWS, "cells": MOST_CELLS, "available": ["csv"]}
    return Problem(400, "answer-too-large", detail, extra)
