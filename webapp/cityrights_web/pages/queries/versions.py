"""Which version of a question an address asks for: the one that is served, or one that is kept beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import flask

from cityrights.errors import InputError
from cityrights.library import LibraryQuery, parse
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.shelf import Shelf, questions, version
from cityrights_web.pages.request import missing, refused
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site

#: Names in an address that say what was cited: the version, and what its answer was.
CITED: Final = ("version", "answer")
_VERSION: Final = re.compile(r"([0-9a-f]{12})-([0-9a-f]{12})")
_ANSWER: Final = re.compile(r"(\d{1,9})-([0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation names: the digests of the query's text and of the data, the rows of the answer and its digest."""

    text: str
    data: str
    rows: int | None = None
    answer: str = ""


@dataclass(frozen=True)
class View:
    """A question as one request has it: ``around`` and ``shelf`` are those of the version that answers it.

    ``kept`` says that this is an earlier version, which stands beside the one that is served.
    """

    around: Frame
    shelf: Shelf
    query: LibraryQuery
    cited: Cited | None = None
    kept: bool = False

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What an address has to say so that the same version answers it."""
        return [("version", version(self.around.site, self.query))] if self.kept else []


class Versions:
    """The questions of a site with those of the earlier versions that are kept. Threads may share it."""

    def __init__(self, site: Site, shelf: Shelf) -> None:
        self._site = site
        self._shelf = shelf
        self._earlier: tuple[Site, Shelf] | None = None

    def view(self, around: Frame, name: str) -> View:
        """Return the question as the address asks for it. Raises a 404 for one that is not known, a 400 for no version.

        A version that is no longer kept gives the present one.
        """
        query = questions().get(name)
        cited = read_cited(around, query)
        if cited is not None and (query is None or f"{cited.text}-{cited.data}" != version(self._site, query)):
            earlier = self._text(name, query, cited)
            held = self._kept(cited.data) if earlier is not None else None
            if earlier is not None and held is not None:
                return View(replace(around, site=held[0]), held[1], earlier, cited, kept=True)
        if query is None:
            raise missing(around.words.queries.no_such)
        return View(around, self._shelf, query, cited)

    def served(self, around: Frame, name: str) -> View:
        """Return the question as it is for programs: one that asks for a version that is not kept gets a 410."""
        view = self.view(around, name)
        cited, now = view.cited, version(view.around.site, view.query)
        if cited is not None and f"{cited.text}-{cited.data}" != now:
            words = around.words.queries.versions.version_gone.format(cited=f"{cited.text}-{cited.data}", current=now)
            raise Problem(410, "gone", words, {"version": now, "language": around.language})
        return view

    def _text(self, name: str, query: LibraryQuery | None, cited: Cited) -> LibraryQuery | None:
        """Return the question with the text that is cited, if that is known."""
        if query is not None and query.digest == cited.text:
            return query
        content = self._site.ledger.text(cited.text)
        try:
            found = None if content is None else parse(Path(f"{name}.rq"), content)
        except InputError:  # front matter of another release
            return None
        return found if found is not None and found.digest == cited.text else None

    def _kept(self, data: str) -> tuple[Site, Shelf] | None:
        """Return the site of this version of the data with its shelf, if it is kept."""
        site = self._site.kept.open(data)
        if site is None:
            return None
        if site is self._site:
            return site, self._shelf
        held = self._earlier
        if held is None or held[0] is not site:
            self._earlier = held = (site, Shelf(site))
        return held


def read_cited(around: Frame, query: LibraryQuery | None) -> Cited | None:
    """Return what the address cites. Raises a 400 for what is no version, or no answer as a citation names it."""
    given = [flask.request.args.get(name) for name in CITED]
    if given[0] is None:
        if given[1] is not None:
            raise refused(around.words.queries.versions.answer_malformed)
        return None
    named = _VERSION.fullmatch(given[0])
    if named is None:
        now = version(around.site, query) if query is not None else f"{'0' * 12}-{around.site.short}"
        raise refused(around.words.queries.versions.version_malformed.format(current=now))
    had = _ANSWER.fullmatch(given[1]) if given[1] is not None else None
    if given[1] is not None and had is None:
        raise refused(around.words.queries.versions.answer_malformed)
    return Cited(named[1], named[2], int(had[1]) if had else None, had[2] if had else "")
