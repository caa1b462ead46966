"""When a question last ran, how long it took and what it found, in the reader’s words."""

from __future__ import annotations

from datetime import UTC, datetime

from cityrights.library import LibraryQuery
from cityrights_web.pages.frame import Frame


def last(around: Frame, query: LibraryQuery) -> str:
    """Say how the question fared, with its default values, when the data were built; nothing where none knows."""
    words, run = around.words.queries, around.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return ""
    when = {"when": moment(around, run.at), "version": around.site.short}
    if run.complaint:
        return words.versions.ran_in_vain.format(**when)
    return words.versions.ran.format(rows=rows(around, run.rows), ms=around.number(_shown(run.milliseconds)), **when)


def now(around: Frame, milliseconds: float) -> str:
    """Say when this answer was made, from which version, and how long that took."""
    when = moment(around, datetime.now(UTC))
    return around.words.queries.versions.took.format(
        when=when, ms=around.number(_shown(milliseconds)), version=around.site.short
    )


def brief(around: Frame, query: LibraryQuery) -> str:
    """Say in a few words what the question found, and how fast; nothing where none knows."""
    words, run = around.words.queries, around.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return ""
    if run.complaint:
        return words.versions.ran_brief_in_vain
    return words.versions.ran_brief.format(rows=rows(around, run.rows), ms=around.number(_shown(run.milliseconds)))


def summary(around: Frame) -> str:
    """Say when the questions were last asked, all together; nothing where none knows."""
    times = [run.at for run in around.site.runs.values()]
    if not times:
        return ""
    return around.words.queries.versions.ran_all.format(when=moment(around, max(times)), version=around.site.short)


def rows(around: Frame, count: int) -> str:
    """Count rows in the reader’s language."""
    return around.words.queries.rows.of(count).format(n=around.number(count))


def moment(around: Frame, at: datetime) -> str:
    """Write a time, in UTC, as readers of the page’s language do."""
    return f"{around.day(at.date())}, {at:%H:%M} UTC"


def _shown(milliseconds: float) -> float:
    """Return milliseconds as they are worth saying: whole ones, from ten on."""
    return round(milliseconds, 1) if milliseconds < 10 else round(milliseconds)
