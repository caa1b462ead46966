"""The questions of the library as one site holds them: by name, with the choices that its graph has for each."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from cityrights import resources
from cityrights.describe import Iri, Literal, Term, ask
from cityrights.describe.terms import rows
from cityrights.errors import QueryError
from cityrights.library import LibraryQuery, Parameter, library, with_prefixes
from cityrights.namespaces import short
from cityrights_web.answers.labels import names
from cityrights_web.shell.context import Site

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


@lru_cache(maxsize=1)
def questions() -> Mapping[str, LibraryQuery]:
    """Return every question of the library by its name."""
    return MappingProxyType({query.name: query for query in library(resources.home() / "queries" / "explore")})


class Shelf:
    """The library over the graph of one site. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._choices: dict[tuple[str, str], tuple[Choice, ...]] = {}
        self._lock = threading.Lock()

    def choices(self, query: LibraryQuery, parameter: Parameter) -> tuple[Choice, ...]:
        """Return the values of a parameter that have an answer; none where they are too many to choose.

        They are what the query finds in place of the parameter when nothing is bound to it.
        """
        if parameter.type != "iri" or query.is_graph:
            return ()
        key = (query.name, parameter.name)
        with self._lock:
            if key not in self._choices:
                self._choices[key] = self._found(query, parameter)
            return self._choices[key]

    def is_of(self, iri: str, class_iri: str) -> bool:
        """Say whether the graph has ``iri`` in the class."""
        return bool(ask(self._site.engine, "of_class", {"thing": Iri(iri), "class": Iri(class_iri)}))

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
            with self._site.engine.query(with_prefixes(text), limits=limits) as result:
                found = {row[parameter.name] for row in rows(result.read()) if parameter.name in row}
        except QueryError as error:
            log.warning("%s: what ?%s can be is not known: %s", query.name, parameter.name, error)
            return ()
        iris = {term.value for term in found if isinstance(term, Iri)}
        if len(iris) > MOST_CHOICES:
            return ()
        called = names(self._site.engine, iris)
        return tuple(Choice(short(iri), iri, called.get(iri, ())) for iri in sorted(iris))


def version(site: Site, query: LibraryQuery) -> str:
    """Return what names a question with its answer: twelve digits of the text’s SHA-256, twelve of the data’s."""
    return f"{hashlib.sha256(query.text.encode()).hexdigest()[:12]}-{site.short}"
