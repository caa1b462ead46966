"""What a request asks of a question: the terms of its parameters, or what is wrong with each in the reader’s words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import flask

from cityrights.describe import Iri, Term, value_of
from cityrights.library import LibraryQuery, Parameter
from cityrights.namespaces import short
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.shelf import Shelf
from cityrights_web.pages.request import page_number, refused
from cityrights_web.problems import bad_request

if TYPE_CHECKING:
    from cityrights_web._words import QueriesWords

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


def read(around: Frame, shelf: Shelf, query: LibraryQuery) -> Asked:
    """Read the parameters of the request; one that is left out takes its default."""
    words = around.words.queries
    values: dict[str, str] = {}
    terms: dict[str, Term] = {}
    faults: dict[str, str] = {}
    for parameter in query.parameters:
        given = flask.request.args.getlist(parameter.name)
        values[parameter.name] = given[0] if given else parameter.default
        if len(given) > 1:
            faults[parameter.name] = words.fault_twice
            continue
        try:
            terms[parameter.name] = term = value_of(parameter, values[parameter.name])
        except ValueError:
            faults[parameter.name] = _fault(words, parameter, values[parameter.name])
            continue
        if given and parameter.of and not shelf.is_of(str(term.value), parameter.of):
            named = around.site.vocabulary.label(parameter.of, around.language).value
            faults[parameter.name] = words.fault_class.format(value=values[parameter.name][:100], kind=named)
        elif isinstance(term, Iri):
            values[parameter.name] = short(term.value)
    return Asked(values, terms, faults)


def only(query: LibraryQuery, others: Collection[str], words: QueriesWords) -> None:
    """Refuse an address with parameters that mean nothing here. Raises a 400 that names those that there are."""
    known = [*(parameter.name for parameter in query.parameters), *others]
    for name in flask.request.args:
        if name not in known:
            raise refused(words.fault_unknown.format(name=name[:60], known=", ".join(known) or "–"), available=known)


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


def _fault(words: QueriesWords, parameter: Parameter, value: str) -> str:
    if not value.strip():
        return words.fault_missing
    return words.fault_types[parameter.type]
