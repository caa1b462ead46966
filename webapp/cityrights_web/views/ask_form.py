"""The form of the query builder: what can be chosen in each condition, its fields, columns and order."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

import orjson

from cityrights import home
from cityrights.errors import CityrightsError, EngineBusy, QueryError
from cityrights.indexes.facets.lists import sort_key
from cityrights.indexes.search.text import whole as folded
from cityrights.library.names import nearest
from cityrights.query_builder import (
    MOST_CHOICES,
    Class,
    Fault,
    Kind,
    Operator,
    ParsedQuestion,
    PropertyPath,
    Question,
    Schema,
    Verbalizer,
    Written,
    has_query,
    load,
    path_name,
    values_query,
)
from cityrights.query_builder.question import MOST_CONDITIONS, MOST_VALUES, WHOSE
from cityrights.query_builder.schema import DEEPEST, FIRST
from cityrights.resources.labels import labels_of
from cityrights.terms import Iri, Literal, best_label, fallback_chain, rows
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, short, whole
from cityrights_web.layout import Layout
from cityrights_web.site import Site
from cityrights_web.views.queries_request import SiteLibrary
from sparqlgate.query import Query, holding

if TYPE_CHECKING:
    from cityrights_web._words import BuilderWords

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


class QueryBuilder:
    """The builder over the graph of one site. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._shelf = SiteLibrary(site)
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
        with holding(self._loading, _WAIT) as had:
            if not had:
                raise EngineBusy(_LATER)
            if self._schema is None:
                self._schema = self._loaded()
            return self._schema

    def _loaded(self) -> Schema:
        if self._failure is not None and monotonic() < self._failure[0]:
            raise self._failure[1]
        try:
            return load(self._site.engine, self._site.limits[False], home.home() / "ontology")
        except EngineBusy:  # which says nothing of the graph
            raise
        except QueryError as error:
            self._failure = (monotonic() + _REST, error)
            raise

    def options(self, of: Class, path: PropertyPath, *, everything: bool) -> tuple[Option, ...] | None:
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

    def value(self, of: Class, path: PropertyPath, text: str) -> str | None:
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
        return labels_of(self._site.engine, iris)

    def _found(self, of: Class, path: PropertyPath, *, everything: bool) -> tuple[Option, ...] | None:
        limits = self._site.limits[False]
        limits = replace(limits, seconds=min(limits.seconds, _PATIENCE))
        try:
            text = values_query(self.schema, of, path, everything=everything)
            with self._site.engine.query(Query(text, limits=limits)) as result:
                found = {str(row["value"]): int(str(row["count"])) for row in rows(result.read()) if "value" in row}
        except QueryError as error:
            log.warning("what can be chosen for %s of %s is not known: %s", path_name(path), of.name, error)
            return None
        if len(found) > MOST_CHOICES:
            return None
        called = self.names(set(found)) if path[-1].kind is Kind.THING else {}
        return tuple(Option(value, called.get(value, ()), count) for value, count in found.items())

    def _is_there(self, of: Class, path: PropertyPath, iri: str, options: tuple[Option, ...] | None) -> bool:
        """Say whether a thing may be chosen: one of the values, or at least of their class."""
        if options is not None and any(option.value == iri for option in options):
            return True
        if any(self._shelf.names.is_of(iri, each) for each in path[-1].classes[:1]):
            return True
        return options is None and self._has(of, path, iri)

    def _has(self, of: Class, path: PropertyPath, iri: str) -> bool:
        with self._site.engine.query(has_query(self.schema, of, path, Iri(iri))) as result:
            return bool(orjson.loads(result.read())["boolean"])

    def _called(self, path: PropertyPath, text: str) -> list[str]:
        try:
            return self._site.indexes.search.called(text, [("type", path[-1].classes)] if path[-1].classes else ())
        except CityrightsError:  # a snapshot without its search index: names cannot be looked up
            return []


#: Numbers of rows that the form offers.
LIMITS: Final = (10, 50, 100, 1000)


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: its value in addresses, its label, how many things have it where that is known.

    ``later`` are those underway or planned, which are counted apart.
    """

    value: str
    label: Literal
    count: int | None = None
    chosen: bool = False
    later: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of a list under one heading."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a condition: a list where there are ``choices``, else one to type in; what is wrong with it."""

    id: str
    name: str
    label: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    fault: str = ""
    suggest: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One condition: what it is about, how it holds, its fields, the ways on from it, and whether it is finished."""

    number: int
    where: str
    title: str
    hows: tuple[Choice, ...]
    fields: tuple[Field, ...]
    onward: tuple[Group, ...]
    finished: bool
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form of a question."""

    find: tuple[Group, ...]
    cards: tuple[Card, ...] = ()
    add: tuple[Group, ...] = ()
    columns: tuple[Choice, ...] = ()
    sorts: tuple[Choice, ...] = ()
    limits: tuple[Choice, ...] = ()
    may_be_unsettled: bool = False
    full: bool = False
    faults: tuple[tuple[str, str], ...] = ()  # the id of the field, and what is wrong with it


class Maker:
    """Makes the form of one request."""

    def __init__(self, layout: Layout, builder: QueryBuilder, verbalizer: Verbalizer) -> None:
        self._layout, self._builder, self._verbalizer = layout, builder, verbalizer
        self._words: BuilderWords = layout.words.builder

    def form(self, asked: ParsedQuestion) -> Form:
        """Return the form that shows what is asked, with what is wrong beside its field."""
        question, faults = asked.question, asked.faults
        told = {fault.name: self.told(fault) for fault in faults}
        if question is None:
            return Form(self._find(None), faults=tuple(("content", words) for words in told.values()))
        cards = tuple(self._card(question, number, each, told) for number, each in enumerate(asked.written, 1))
        return Form(
            self._find(question.of),
            cards,
            self._ways(question.of, ()),
            self._columns(question),
            self._sorts(question),
            self._limits(question),
            self._may_be_unsettled(question),
            len(cards) >= MOST_CONDITIONS,
            tuple((_field_id(name, len(cards)), words) for name, words in told.items()),
        )

    def told(self, fault: Fault) -> str:
        """Say in words what is wrong with a parameter, and what to do."""
        told = self._words.faults[fault.kind].format(value=fault.value[:100])
        near = nearest(fault.value, self._builder.schema.classes) if fault.kind == "class" else []
        words = CATALOGUE[self._layout.language].parameters
        return f"{told} {words.near.format(near=', '.join(near))}" if near else told

    def _find(self, chosen: Class | None) -> tuple[Group, ...]:
        """Return the classes: those that most people ask about, then all others by their names."""
        classes = self._builder.schema.classes.values()
        first = [each for each in classes if each.iri.removeprefix(CR) in FIRST and each.iri.startswith(CR)]
        others = sorted(
            (each for each in classes if each not in first), key=lambda c: sort_key(self._verbalizer.things(c))
        )
        named = ((self._words.first, first), (self._words.others if first else self._words.all_classes, others))
        return tuple(
            Group(
                label,
                tuple(self._begin(c, c == chosen) for c in held),
            )
            for label, held in named
            if held
        )

    def _begin(self, of: Class, chosen: bool) -> Choice:
        """Return a class to begin with: how many there are, and apart from these those that are underway or planned."""
        return Choice(of.name, Literal(self._verbalizer.things(of)), of.count or None, chosen, of.later)

    def _ways(self, of: Class, path: PropertyPath) -> tuple[Group, ...]:
        """Return the properties that a condition can ask about, those of a thing itself and those that lead to it."""
        own: list[Choice] = []
        back: list[Choice] = []
        for step in of.properties:
            choice = Choice(step.name, Literal(_capital(self._verbalizer.property(step))))
            (back if step.inverse else own).append(choice)
        things = self._verbalizer.things(of) if not path else self._verbalizer.path(path)
        named = ((things, own), (self._words.back, back))
        return tuple(Group(label, tuple(sorted(held, key=_by_label))) for label, held in named if held)

    def _card(self, question: Question, number: int, written: Written, told: Mapping[str, str]) -> Card:
        condition, end = written.condition, written.condition.end
        beyond = self._builder.schema.beyond(end) if len(condition.path) < DEEPEST else None
        how = WHOSE if written.whose else condition.how.value
        words = self._words.hows_back if end.inverse else self._words.hows[end.kind.value]
        hows = [value for value in Operator if end.kind is not Kind.OTHER or value in (Operator.ANY, Operator.NONE)]
        names = [*(value.value for value in hows), *([WHOSE] if beyond is not None else [])]
        fields: tuple[Field, ...] = ()
        if condition.asks_values and not written.whose:
            fields = tuple(self._fields(question, number, written, told))
        return Card(
            number,
            path_name(condition.path),
            _capital(self._verbalizer.path(condition.path)),
            tuple(Choice(name, Literal(words[name]), None, name == how) for name in names),
            fields,
            self._ways(beyond, condition.path) if beyond is not None and written.whose else (),
            condition.finished and not written.whose,
            tuple(told[name] for name in (f"where{number}", f"how{number}") if name in told),
        )

    def _fields(self, question: Question, number: int, written: Written, told: Mapping[str, str]) -> Iterable[Field]:
        end, words = written.condition.end, self._words
        if end.kind in (Kind.NUMBER, Kind.DATE):
            hint = words.year_hint if end.kind is Kind.DATE else words.number_hint
            ends = (("from", words.from_, written.low, ""), ("to", words.to, written.high, hint))
            for name, label, value, said in ends:
                key = f"{name}{number}"
                yield Field(f"b-{key}", key, label, value, hint=said, fault=told.get(key, ""), numeric=True)
            return
        key, fault = f"value{number}", told.get(f"value{number}", "")
        if end.kind is Kind.TEXT:
            yield Field(f"b-{key}", key, words.text, next(iter(written.values), ""), hint=words.text_hint, fault=fault)
            return
        path = written.condition.path
        options = self._builder.options(question.of, path, everything=not question.settled_only)
        good = written.condition.values
        bad = [value for value in written.values if value not in good]
        room = len(written.values) < MOST_VALUES
        if options is not None:
            chosen: list[str] = [*good, *([""] if room or not good else [])]
            for place, value in enumerate(chosen):
                label = words.value if place == 0 else words.or_value
                choices = self._choices(end.kind, options, value)
                yield Field(f"b-{key}-{place + 1}", key, label, value, choices, fault=fault if value == "" else "")
            return
        names = self._builder.names(set(good)) if end.kind is Kind.THING else {}
        for place, value in enumerate(good):
            kept = Option(value, names.get(value, ()), 0)
            choice = replace(self._choice(end.kind, kept, value), count=None)
            yield Field(f"b-{key}-{place + 1}", key, words.value if place == 0 else words.or_value, value, (choice,))
        if room:
            place = len(good)
            yield Field(
                f"b-{key}-{place + 1}",
                key,
                words.value if place == 0 else words.or_value,
                bad[0] if bad else "",
                hint=words.name_hint,
                fault=fault,
                suggest=self._suggest(end.classes),
            )

    def _suggest(self, classes: Sequence[str]) -> str:
        return self._layout.urls.site("/suggest", [("class", iri) for iri in classes[:1] if len(classes) == 1])

    def _choices(self, kind: Kind, options: Iterable[Option], value: str) -> tuple[Choice, ...]:
        found = [self._choice(kind, option, value) for option in options]
        if value and not any(choice.chosen for choice in found):
            names = self._builder.names({value}) if kind is Kind.THING else {}
            found.append(self._choice(kind, Option(value, names.get(value, ()), 0), value))
        return tuple(sorted(found, key=_by_label))

    def _choice(self, kind: Kind, option: Option, value: str) -> Choice:
        if kind is not Kind.THING:
            codes = self._layout.words.comparators
            label = Literal(codes.get(option.value, option.value))
            return Choice(option.value, label, option.count, option.value == value)
        label = best_label(option.labels, fallback_chain(self._layout.language)) or self._layout.site.vocabulary.label(
            option.value, self._layout.language
        )
        return Choice(short(option.value), label, option.count, option.value == value)

    def _columns(self, question: Question) -> tuple[Choice, ...]:
        """Return what can be shown: properties of the thing, what conditions ask about, what is shown already."""
        paths: list[PropertyPath] = [(step,) for step in question.of.properties if step.name != "name"]
        paths += [each.path for each in question.conditions if len(each.path) > 1]
        paths += [path for path in question.columns if len(path) > 1]
        return tuple(
            Choice(path_name(path), Literal(_capital(self._verbalizer.path(path))), None, path in question.columns)
            for path in dict.fromkeys(paths)
        )

    def _sorts(self, question: Question) -> tuple[Choice, ...]:
        offered: list[tuple[str, str]] = [("name", self._words.sort_name)]
        offered += [(path_name(path), self._verbalizer.path(path)) for path in question.columns]
        now = ("-" if question.descending else "") + (path_name(question.sort) if question.sort else "name")
        return tuple(
            Choice(f"{sign}{name}", Literal(phrase.format(column=_capital(label))), None, f"{sign}{name}" == now)
            for name, label in offered
            for sign, phrase in (("", "{column}"), ("-", self._words.sort_down))
        )

    def _limits(self, question: Question) -> tuple[Choice, ...]:
        numbers = sorted({*LIMITS, *([question.limit] if question.limit is not None else [])})
        offered = [Choice("", Literal(self._words.limit_all), None, question.limit is None)]
        for number in numbers:
            label = Literal(self._words.limit_first.format(n=self._layout.number(number)))
            offered.append(Choice(str(number), label, None, number == question.limit))
        return tuple(offered)

    def _may_be_unsettled(self, question: Question) -> bool:
        """Say whether something that is asked about may be underway or planned."""
        steps = [step for condition in question.conditions for step in condition.path]
        classes = [question.of, *(self._builder.schema.beyond(step) for step in steps)]
        return any(each is not None and each.status is not None for each in classes)


def _field_id(name: str, cards: int) -> str:
    """Return the id of what has a parameter on the page: the field, or the condition that it is part of."""
    if name in ("show", "add"):
        return "b-columns" if name == "show" else "conditions"
    match = re.fullmatch(r"(where|how|value)([0-9]{1,3})", name)
    if match is None:
        return f"b-{name}"
    return f"c{match[2]}" if int(match[2]) <= cards else "conditions"


def _by_label(choice: Choice) -> tuple[tuple[str, str, str], str]:
    return sort_key(choice.label.value), choice.value


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
