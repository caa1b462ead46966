"""What the builder knows of the graph of one site: its schema, and what can be chosen in each condition."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import orjson

from cityrights import resources
from cityrights.builder import MOST_CHOICES, Class, Kind, Path, Schema, has_query, load, path_name, values_query
from cityrights.describe import Iri, Literal
from cityrights.describe.terms import rows
from cityrights.errors import CityrightsError, EngineBusy, QueryError
from cityrights.namespaces import whole
from cityrights.search.words import whole as folded
from cityrights_web.answers.labels import names
from cityrights_web.pages.queries.shelf import Shelf
from cityrights_web.shell.context import Site

log = logging.getLogger("cityrights.web")

#: How long, in seconds, a graph may take to say what can be chosen.
_PATIENCE: Final = 5.0
#: How long, in seconds, a thread waits for a reading that another has begun: the pages need their threads.
_WAIT: Final = 1.0
#: When to come again then, in seconds.
_LATER: Final = 3.0
#: How long, in seconds, a graph that could not say what it has is not asked again.
_REST: Final = 60.0
#: So many lists of choices are kept.
_KEPT: Final = 500
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+")


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be chosen: an IRI or a code, its labels, and how many things have it."""

    value: str
    labels: tuple[Literal, ...]
    count: int


class Desk:
    """The builder over the graph of one site. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._shelf = Shelf(site)
        self._options: OrderedDict[tuple[str, str, bool], tuple[Option, ...] | None] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._schema: Schema | None = None
        self._failure: tuple[float, QueryError] | None = None

    @property
    def schema(self) -> Schema:
        """What can be asked about; read at the first use.

        Raises QueryError when the graph cannot say it in time, and then for a while without asking it again; EngineBusy
        to whoever would have to wait long for a reading that somebody else has begun.
        """
        if self._schema is not None:
            return self._schema
        if not self._loading.acquire(timeout=_WAIT):
            raise EngineBusy(_LATER)
        try:
            if self._schema is None:
                self._schema = self._loaded()
            return self._schema
        finally:
            self._loading.release()

    def _loaded(self) -> Schema:
        if self._failure is not None and monotonic() < self._failure[0]:
            raise self._failure[1]
        try:
            return load(self._site.engine, self._site.limits[False], resources.home() / "ontology")
        except EngineBusy:  # which says nothing of the graph
            raise
        except QueryError as error:
            self._failure = (monotonic() + _REST, error)
            raise

    def options(self, of: Class, path: Path, *, everything: bool) -> tuple[Option, ...] | None:
        """Return what can be chosen at the end of a path, in no order; None where it is too much, or not known."""
        key = (of.name, path_name(path), everything)
        with self._lock:
            if key in self._options:
                self._options.move_to_end(key)
                return self._options[key]
        found = self._found(of, path, everything=everything)
        with self._lock:
            self._options[key] = found
            if len(self._options) > _KEPT:
                self._options.popitem(last=False)
        return found

    def value(self, of: Class, path: Path, text: str) -> str | None:
        """Return the value at the end of a path that a text stands for: by its address, its short one, or its name.

        None where there is none such, or where several things have the name.
        """
        options = self.options(of, path, everything=True)
        if path[-1].kind is not Kind.THING:
            return text if options is None or any(option.value == text for option in options) else None
        if _IRI.fullmatch(text):
            try:
                iri = whole(text)
            except ValueError:
                iri = ""
            if iri and self._is_there(of, path, iri, options):
                return iri
        wanted = folded(text)
        if options is not None:
            called = [o.value for o in options if any(folded(label.value) == wanted for label in o.labels)]
        else:
            called = [iri for iri in self._called(path, text) if self._has(of, path, iri)]
        return called[0] if len(called) == 1 else None

    def names(self, iris: set[str]) -> dict[str, tuple[Literal, ...]]:
        """Return what the graph calls these things, in every language."""
        return names(self._site.engine, iris)

    def _found(self, of: Class, path: Path, *, everything: bool) -> tuple[Option, ...] | None:
        limits = self._site.limits[False]
        limits = replace(limits, seconds=min(limits.seconds, _PATIENCE))
        try:
            text = values_query(self.schema, of, path, everything=everything)
            with self._site.engine.query(text, limits=limits) as result:
                found = {str(row["value"]): int(str(row["count"])) for row in rows(result.read()) if "value" in row}
        except QueryError as error:
            log.warning("what can be chosen for %s of %s is not known: %s", path_name(path), of.name, error)
            return None
        if len(found) > MOST_CHOICES:
            return None
        called = self.names(set(found)) if path[-1].kind is Kind.THING else {}
        return tuple(Option(value, called.get(value, ()), count) for value, count in found.items())

    def _is_there(self, of: Class, path: Path, iri: str, options: tuple[Option, ...] | None) -> bool:
        """Say whether a thing may be chosen: one of the values, or at least of their class."""
        if options is not None and any(option.value == iri for option in options):
            return True
        if any(self._shelf.is_of(iri, each) for each in path[-1].classes[:1]):
            return True
        return options is None and self._has(of, path, iri)

    def _has(self, of: Class, path: Path, iri: str) -> bool:
        with self._site.engine.query(has_query(self.schema, of, path, Iri(iri))) as result:
            return bool(orjson.loads(result.read())["boolean"])

    def _called(self, path: Path, text: str) -> list[str]:
        try:
            return self._site.search.called(text, [("type", path[-1].classes)] if path[-1].classes else ())
        except CityrightsError:  # a snapshot without its search index: names cannot be looked up
            return []
