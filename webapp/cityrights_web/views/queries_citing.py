"""Citations of stored queries and their answers: when they ran, and what has become of a version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import ndiff
from typing import Final

from cityrights.library.queries import LibraryQuery, has_front_matter
from cityrights.library.running import Answer, answer, digest, read_lines, value_of
from cityrights.resources.dataset import Citation
from cityrights_web.layout import Layout
from cityrights_web.responses import once
from cityrights_web.site import EarlierSnapshots, Site
from cityrights_web.views.queries_data import Cell, cells, shown_columns
from cityrights_web.views.queries_request import Asked, AskedVersion, Cited, version
from cityrights_web.views.resource import cited
from sparqlgate.errors import QueryError


def last(layout: Layout, query: LibraryQuery) -> str:
    """Say how the question fared, with its default values, when the data were built; nothing where none knows."""
    words, run = layout.words.queries, layout.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return ""
    when = {"when": moment(layout, run.at), "version": layout.site.short}
    if run.complaint:
        return words.versions.ran_in_vain.format(**when)
    return words.versions.ran.format(rows=rows(layout, run.rows), ms=layout.number(_shown(run.milliseconds)), **when)


def now(layout: Layout, milliseconds: float) -> str:
    """Say when this answer was made, from which version, and how long that took."""
    when = moment(layout, datetime.now(UTC))
    return layout.words.queries.versions.took.format(
        when=when, ms=layout.number(_shown(milliseconds)), version=layout.site.short
    )


def brief(layout: Layout, query: LibraryQuery) -> str:
    """Say in a few words what the question found, and how fast; nothing where none knows."""
    words, run = layout.words.queries, layout.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return ""
    if run.complaint:
        return words.versions.ran_brief_in_vain
    return words.versions.ran_brief.format(rows=rows(layout, run.rows), ms=layout.number(_shown(run.milliseconds)))


def summary(layout: Layout) -> str:
    """Say when the questions were last asked, all together; nothing where none knows."""
    times = [run.at for run in layout.site.runs.values()]
    if not times:
        return ""
    return layout.words.queries.versions.ran_all.format(when=moment(layout, max(times)), version=layout.site.short)


def rows(layout: Layout, count: int) -> str:
    """Count rows in the reader’s language."""
    return layout.words.queries.rows.of(count).format(n=layout.number(count))


def moment(layout: Layout, at: datetime) -> str:
    """Write a time, in UTC, as readers of the page’s language do."""
    return f"{layout.day(at.date())}, {at:%H:%M} UTC"


def _shown(milliseconds: float) -> float:
    """Return milliseconds as they are worth saying: whole ones, from ten on."""
    return round(milliseconds, 1) if milliseconds < 10 else round(milliseconds)


def of(layout: Layout, query: LibraryQuery, asked: Asked, title: str, found: Answer) -> Citation:
    """Return the citation of what was asked: its address leads to this question with this version of both.

    It also says what the answer was (``found``, in English), so that a later one can be held against it anywhere.
    """
    now = version(layout.site, query)
    had = f"{len(found.rows)}-{digest(found.lines())}"
    pairs = [*asked.pairs(query), ("version", now), ("answer", had)]
    address = layout.absolute(layout.urls.site(f"/queries/{query.name}", pairs, language="en"))
    return cited(layout, f"query-{query.name}", title, address, now)


def cited_answer(layout: Layout, query: LibraryQuery, asked: Asked, found: Answer | None = None) -> Answer:
    """Return the answer that a citation names: the one in English, which ``found`` is on an English page."""
    if found is not None and layout.language == "en":
        return found
    return answer(layout.site.engine, query, asked.terms, "en", layout.site.limits[False])


#: So many rows that came or went are shown.
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that an answer has lost or gained: how many, the columns, and the cells of the first of them."""

    count: int
    columns: Sequence[str]
    cells: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class CitationStatus:
    """Whether a cited version is the one shown and served, whether it is shown at all, and what is said of it.

    ``text`` are the lines of the query with what became of each (``-``, ``+`` or a space), none where it is the same.
    """

    current: bool
    shown: bool
    words: Sequence[str]
    text: Sequence[tuple[str, str]] = ()
    gone: Rows | None = None
    come: Rows | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an answer: how many rows, its digest, and its lines where those are at hand."""

    rows: int
    digest: str
    lines: Sequence[str] = ()


def tell(view: AskedVersion, site: Site, asked: Asked, found: Answer | None) -> CitationStatus | None:
    """Say what has become of what ``view`` cites, None where it cites nothing.

    ``site`` is the one served, ``found`` the answer shown, in English, or None where the question cannot be asked.
    """
    cited, words = view.cited, view.layout.words.queries
    if cited is None:
        return None
    present = site.questions.get(view.query.name)
    if found is None:
        told = _place(view, cited, site, present or view.query)
        return CitationStatus(False, view.kept, [*told, *_dates(view.layout, cited, site)]) if told else None
    shown = _of(found)
    then = shown if view.kept else _recorded(cited, site, view.query, asked)
    if present is None:
        return CitationStatus(
            False, view.kept, [words.versions.version_kept.format(cited=cited.data), words.versions.version_dropped]
        )
    later = _present(site, present, asked) if view.kept else shown
    if f"{cited.text}-{cited.data}" == version(site, present):
        return CitationStatus(
            True, True, [words.versions.version_same, *(_compared(view.layout, then, later) if then else [])]
        )
    said = [
        *_place(view, cited, site, present),
        *_dates(view.layout, cited, site),
        *_compared(view.layout, then, later),
    ]
    text = _text(view, site, cited, present)
    return CitationStatus(False, view.kept, said, text, *_moved(view, then, later))


def _place(view: AskedVersion, cited: Cited, site: Site, present: LibraryQuery) -> list[str]:
    """Say which version is shown, and what of it is another one than the present."""
    words, said = view.layout.words.queries, []
    if cited.data != site.short:
        here = once(EarlierSnapshots).has(cited.data)
        template = (
            words.versions.version_kept
            if view.kept
            else words.versions.version_below
            if here
            else words.versions.version_data
        )
        said.append(template.format(cited=cited.data, current=site.short))
    elif view.kept:
        said.append(words.versions.version_kept_text.format(cited=cited.text))
    if cited.text != present.digest:
        said.append(words.versions.version_text.format(cited=cited.text, current=present.digest))
    return said


def _dates(layout: Layout, cited: Cited, site: Site) -> list[str]:
    """Say of which day the two versions of the data are, where that is known and not the same."""
    runs = site.ledger.runs(cited.data)
    days = [_day(runs.dated if runs else ""), _day(str(site.manifest.get("built") or ""))]
    if days[0] is None or days[1] is None or days[0] == days[1]:
        return []
    return [layout.words.queries.versions.version_dates.format(then=layout.day(days[0]), now=layout.day(days[1]))]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _recorded(cited: Cited, site: Site, query: LibraryQuery, asked: Asked) -> _Known | None:
    """Return what the citation says of its answer, or what the ledger does of the question with its defaults."""
    if cited.rows is not None:
        return _Known(cited.rows, cited.answer, site.ledger.answer(cited.answer) or ())
    runs = site.ledger.runs(cited.data)
    run = runs.runs.get(query.name) if runs else None
    defaults = {parameter.name: value_of(parameter) for parameter in query.parameters}
    if run is None or run.fault or run.text != cited.text or dict(asked.terms) != defaults:
        return None
    return _Known(run.rows, run.answer, site.ledger.answer(run.answer) or ())


def _present(site: Site, query: LibraryQuery, asked: Asked) -> _Known | None:
    """Return the present answer to what was asked of an earlier version; None where it cannot be asked any more."""
    if asked.values.keys() != {parameter.name for parameter in query.parameters}:
        return None
    try:
        terms = {each.name: value_of(each, asked.values[each.name]) for each in query.parameters}
        return _of(answer(site.engine, query, terms, "en", site.limits[False]))
    except (QueryError, ValueError):  # a value of a type that it no longer is, or more than one may ask
        return None


def _of(found: Answer) -> _Known:
    lines = found.lines()
    return _Known(len(found.rows), digest(lines), lines)


def _compared(layout: Layout, then: _Known | None, later: _Known | None) -> list[str]:
    words = layout.words.queries
    if then is None or later is None:
        return [words.versions.answer_unknown]
    counts = {"then": layout.number(then.rows), "now": layout.number(later.rows)}
    if then.digest == later.digest:
        return [words.versions.answer_same.format(n=counts["now"])]
    return [
        (words.versions.answer_changed if then.rows != later.rows else words.versions.answer_other).format(**counts)
    ]


def _text(view: AskedVersion, site: Site, cited: Cited, present: LibraryQuery) -> list[tuple[str, str]]:
    """Return the lines of the query then and now with what became of each, where the text of then is known."""
    then = view.query.text if view.kept else site.ledger.text(cited.text)
    if cited.text == present.digest or then is None:
        return []
    body = "\n".join(line for line in _after_head(then))
    lines = ndiff(body.strip().splitlines(), present.text.strip().splitlines())
    return [(line[0], line[2:]) for line in lines if line[0] in "-+ "]


def _after_head(content: str) -> list[str]:
    """Return the lines of a question's file after its front matter; all of them where there is none."""
    lines = content.splitlines()
    if not has_front_matter(content):
        return lines
    return lines[next((n for n, line in enumerate(lines) if not line.startswith("#")), 0) :]


def _moved(view: AskedVersion, then: _Known | None, later: _Known | None) -> tuple[Rows | None, Rows | None]:
    """Return the rows that the answer has lost and those that it has gained, where both answers are known."""
    if then is None or later is None or not then.lines or not later.lines or then.digest == later.digest:
        return None, None
    before, after = Counter(then.lines[1:]), Counter(later.lines[1:])
    return (
        _rows(view, then.lines[0], sorted((before - after).elements())),
        _rows(view, later.lines[0], sorted((after - before).elements())),
    )


def _rows(view: AskedVersion, head: str, lines: Sequence[str]) -> Rows | None:
    if not lines:
        return None
    try:
        found = read_lines([head, *lines[:_MOST]])
    except ValueError:  # a node without a name: such rows are counted and not shown
        return Rows(len(lines), (), ())
    columns = shown_columns(view.query, found)
    words = view.layout.words.queries.columns
    named = [words.get(name, name) for name in columns]
    return Rows(len(lines), named, cells(view.layout, view.shelf, columns, found.rows))
