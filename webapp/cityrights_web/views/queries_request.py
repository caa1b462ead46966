"""What a request asks of a stored query: which version, the terms of its parameters, or what is wrong with each."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import flask

from cityrights.library.names import Names, nearest
from cityrights.library.pages import ask
from cityrights.library.queries import LibraryQuery, Parameter, parse, with_prefixes
from cityrights.library.running import values_of
from cityrights.resources.labels import labels_of
from cityrights.terms import Iri, Literal, Term, rows
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import short
from cityrights_web.layout import Layout
from cityrights_web.responses import missing, page_number, refused
from cityrights_web.site import EarlierSnapshots, Site
from sparqlgate.errors import InputError, QueryError
from sparqlgate.http.problems import Problem, bad_request
from sparqlgate.query import Query, holding

log = logging.getLogger("cityrights.web")

#: More choices than this are no help: a field takes their place.
MOST_CHOICES: Final = 250
#: How long, in seconds, a graph may take to say what can be chosen.
_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen: as it stands in an address, and its labels."""

    value: str
    iri: str
    labels: tuple[Literal, ...]


class SiteLibrary:
    """The library over the graph of one site. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.names = Names(site.engine)
        self._choices: dict[tuple[str, str], tuple[Choice, ...]] = {}
        self._lock = threading.Lock()

    def choices(self, query: LibraryQuery, parameter: Parameter) -> tuple[Choice, ...]:
        """Return the values of a parameter that have an answer; none where they are too many to choose.

        They are what the query finds in place of the parameter when nothing is bound to it.
        """
        if parameter.type != "iri" or query.is_graph:
            return ()
        key = (query.name, parameter.name)
        with holding(self._lock):
            if key not in self._choices:
                self._choices[key] = self._found(query, parameter)
            return self._choices[key]

    def claims(self, numbers: set[str]) -> dict[str, Iri]:
        """Return the claim of each number."""
        if not numbers:
            return {}
        wanted: list[Term] = [Literal(number) for number in sorted(numbers)]
        found = ask(self._site.engine, "claims_by_number", among=("number", wanted))
        return {str(row["number"]): claim for row in found if isinstance(claim := row["claim"], Iri)}

    def _found(self, query: LibraryQuery, parameter: Parameter) -> tuple[Choice, ...]:
        text = f"SELECT DISTINCT ?{parameter.name} WHERE {{\n{{\n{query.text}}}\n}} LIMIT {MOST_CHOICES + 1}"
        limits = self._site.limits[False]
        limits = replace(limits, seconds=min(limits.seconds, _PATIENCE))
        try:
            with self._site.engine.query(Query(with_prefixes(text), limits=limits)) as result:
                found = {row[parameter.name] for row in rows(result.read()) if parameter.name in row}
        except QueryError as error:
            log.warning("%s: what ?%s can be is not known: %s", query.name, parameter.name, error)
            return ()
        iris = {term.value for term in found if isinstance(term, Iri)}
        if len(iris) > MOST_CHOICES:
            return ()
        called = labels_of(self._site.engine, iris)
        return tuple(Choice(short(iri), iri, called.get(iri, ())) for iri in sorted(iris))


def version(site: Site, query: LibraryQuery) -> str:
    """Return what names a question with its answer: twelve digits of the text’s SHA-256, twelve of the data’s."""
    return f"{query.digest}-{site.short}"


#: Names in an address that are no parameter of a question.
PAGING: Final = ("page", "size")
MOST_ROWS: Final = 1_000
_ROWS: Final = 50


@dataclass(frozen=True)
class Asked:
    """The values as written, by parameter; the terms that they are; and what is wrong with each that is."""

    values: Mapping[str, str]
    terms: Mapping[str, Term]
    faults: Mapping[str, str]

    def pairs(self, query: LibraryQuery) -> list[tuple[str, str]]:
        """Return the parameters of an address that asks the same: all of them, in the order of the file."""
        return [(parameter.name, self.values[parameter.name]) for parameter in query.parameters]


def read(layout: Layout, shelf: SiteLibrary, query: LibraryQuery) -> Asked:
    """Read the parameters of the request; one that is left out takes its default."""
    words = layout.words.queries
    asked = {parameter.name: flask.request.args.getlist(parameter.name) for parameter in query.parameters}
    given = {name: values[0] for name, values in asked.items() if len(values) == 1}

    def called(class_iri: str) -> str:
        return layout.site.vocabulary.label(class_iri, layout.language).value

    found = values_of(shelf.names, called, query, given, layout.language)
    twice = {name: words.fault_twice for name, values in asked.items() if len(values) > 1}
    terms = {name: term for name, term in found.terms.items() if name not in twice}
    values = {
        parameter.name: short(term.value)
        if isinstance(term := terms.get(parameter.name), Iri)
        else next(iter(asked[parameter.name]), parameter.default)
        for parameter in query.parameters
    }
    return Asked(values, terms, {**found.faults, **twice})


def only(query: LibraryQuery, others: Collection[str], language: str) -> None:
    """Refuse an address with parameters that mean nothing here. Raises a 400 that names those that there are."""
    known = [*(parameter.name for parameter in query.parameters), *others]
    for name in flask.request.args:
        if name not in known:
            own = ", ".join(parameter.name for parameter in query.parameters)
            told = CATALOGUE[language].parameters.unknown.format(name=name[:100], known=own or "–")
            raise refused(f"{name[:60]}: {told}", available=known)


def faultless(asked: Asked) -> Asked:
    """Return what was asked. Raises a 400 that says of each parameter what is wrong."""
    if asked.faults:
        detail = " ".join(f"{name}: {words}" for name, words in asked.faults.items())
        raise refused(detail, parameters=dict(asked.faults))
    return asked


def paging() -> tuple[int, int] | None:
    """Return page and size of the request, None where it asks for the whole. Raises a 400 for what is neither."""
    if not any(name in flask.request.args for name in PAGING):
        return None
    size = page_number("size") if "size" in flask.request.args else _ROWS
    if size > MOST_ROWS:
        raise bad_request(f"'size' must be a number from 1 to {MOST_ROWS}.")
    return page_number(), size


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
class AskedVersion:
    """A question as one request has it: ``layout`` and ``shelf`` are those of the version that answers it.

    ``kept`` says that this is an earlier version, which stands beside the one that is served.
    """

    layout: Layout
    shelf: SiteLibrary
    query: LibraryQuery
    cited: Cited | None = None
    kept: bool = False

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What an address has to say so that the same version answers it."""
        return [("version", version(self.layout.site, self.query))] if self.kept else []


def _near(layout: Layout, name: str) -> dict[str, object]:
    """Return the questions whose names are like one that there is not, by title and address."""
    known = layout.site.questions
    found = [
        {"label": known[one].titles[layout.language], "page": layout.urls.queries(one)} for one in nearest(name, known)
    ]
    return {"near": found} if found else {}


class Versions:
    """The questions of a site with those of the earlier versions that are kept. Threads may share it."""

    def __init__(self, site: Site, shelf: SiteLibrary, snapshots: EarlierSnapshots) -> None:
        self._site = site
        self._shelf = shelf
        self._snapshots = snapshots
        self._earlier: tuple[Site, SiteLibrary] | None = None

    def view(self, layout: Layout, name: str) -> AskedVersion:
        """Return the question as the address asks for it. Raises a 404 for one that is not known, a 400 for no version.

        A version that is no longer kept gives the present one.
        """
        query = self._site.questions.get(name)
        cited = read_cited(layout, query)
        if cited is not None and (query is None or f"{cited.text}-{cited.data}" != version(self._site, query)):
            earlier = self._text(name, query, cited)
            held = self._kept(cited.data) if earlier is not None else None
            if earlier is not None and held is not None:
                return AskedVersion(replace(layout, site=held[0]), held[1], earlier, cited, kept=True)
        if query is None:
            raise missing(layout.words.queries.no_such, **_near(layout, name))
        return AskedVersion(layout, self._shelf, query, cited)

    def served(self, layout: Layout, name: str) -> AskedVersion:
        """Return the question as it is for programs: one that asks for a version that is not kept gets a 410."""
        view = self.view(layout, name)
        cited, now = view.cited, version(view.layout.site, view.query)
        if cited is not None and f"{cited.text}-{cited.data}" != now:
            words = layout.words.queries.versions.version_gone.format(cited=f"{cited.text}-{cited.data}", current=now)
            raise Problem(410, "gone", words, {"version": now, "language": layout.language})
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

    def _kept(self, data: str) -> tuple[Site, SiteLibrary] | None:
        """Return the site of this version of the data with its shelf, if it is kept."""
        site = self._snapshots.open(data)
        if site is None:
            return None
        if site is self._site:
            return site, self._shelf
        held = self._earlier
        if held is None or held[0] is not site:
            self._earlier = held = (site, SiteLibrary(site))
        return held


def read_cited(layout: Layout, query: LibraryQuery | None) -> Cited | None:
    """Return what the address cites. Raises a 400 for what is no version, or no answer as a citation names it."""
    given = [flask.request.args.get(name) for name in CITED]
    if given[0] is None:
        if given[1] is not None:
            raise refused(layout.words.queries.versions.answer_malformed)
        return None
    named = _VERSION.fullmatch(given[0])
    if named is None:
        now = version(layout.site, query) if query is not None else f"{'0' * 12}-{layout.site.short}"
        raise refused(layout.words.queries.versions.version_malformed.format(current=now))
    had = _ANSWER.fullmatch(given[1]) if given[1] is not None else None
    if given[1] is not None and had is None:
        raise refused(layout.words.queries.versions.answer_malformed)
    return Cited(named[1], named[2], int(had[1]) if had else None, had[2] if had else "")
