"""A question as somebody has put it together, and as the parameters of an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from cityrights.indexes.proximity.telling import within
from cityrights.query_builder.schema import DEEPEST, STEP, Class, Kind, Property, PropertyPath, Schema, path_name
from cityrights.terms import Literal
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, short

if TYPE_CHECKING:
    from cityrights._words import QuestionWords

#: What stands for the name of a thing where rows are sorted.
NAME = "name"
MOST_CONDITIONS: Final = 12
MOST_VALUES: Final = 20
MOST_COLUMNS: Final = 10
MOST_ROWS: Final = 100_000
#: The longest text, in characters, that a value may be.
LONGEST: Final = 200
#: How a form says that the things at the end of a path have properties to follow.
WHOSE: Final = "whose"
_NUMBERED: Final = re.compile(r"(where|how|value|from|to|then)([1-9][0-9]?)")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")
_YEAR: Final = re.compile(r"[0-9]{1,4}")


class Operator(StrEnum):
    """How a condition holds: it has such a value, has none such, has any value, has none."""

    IS = "is"
    NOT = "not"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: where a path of properties leads, and what is to be there.

    ``values`` are IRIs, codes, or one text to be contained, as the last property has it; of several, one is enough.
    ``low`` and ``high`` bound numbers, and the years of dates; both are themselves within.
    """

    path: PropertyPath
    how: Operator = Operator.IS
    values: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def end(self) -> Property:
        """The property whose values are asked about."""
        return self.path[-1]

    @property
    def finished(self) -> bool:
        """Say whether it asks for anything yet."""
        return not self.asks_values or bool(self.values) or self.low is not None or self.high is not None

    @property
    def asks_values(self) -> bool:
        """Say whether it is about certain values, not about any."""
        return self.how in (Operator.IS, Operator.NOT)


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for, which conditions it has to meet, and what of it to show, in which order, how much of it.

    ``conditions`` that are not finished ask for nothing. Rows are in the order of their names, or of what one of the
    ``columns`` shows. What is underway or planned is left out unless ``everything``.
    """

    of: Class
    conditions: tuple[Condition, ...] = ()
    columns: tuple[PropertyPath, ...] = ()
    sort: PropertyPath | None = None
    descending: bool = False
    limit: int | None = None
    everything: bool = False

    @property
    def asked(self) -> tuple[Condition, ...]:
        """The conditions that ask for something."""
        return tuple(each for each in self.conditions if each.finished)

    @property
    def settled_only(self) -> bool:
        """Say whether what is underway or planned is left out: not where a condition asks for a status."""
        status = self.of.status
        return not self.everything and all(each.path != (status,) for each in self.asked)


Pairs = list[tuple[str, str]]


class Known(Protocol):
    """What reading an address has to ask the graph."""

    def value(self, of: Class, path: PropertyPath, text: str) -> str | None:
        """Return the value at the end of a path that a text stands for, a thing by its IRI; None where it is none."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one parameter: its name, what kind of fault it is, and the value that has it."""

    name: str
    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A condition with its values as somebody wrote them, which may be wrong."""

    condition: Condition
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    whose: bool = False


@dataclass(frozen=True)
class ParsedQuestion:
    """What an address asks: the question as far as it can be asked, the conditions as written, and every fault."""

    question: Question | None
    written: tuple[Written, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def pairs(self) -> Pairs:
        """The parameters of the one address of this question."""
        return list(_pairs(self.question, self.written)) if self.question is not None else []


def read(schema: Schema, parameters: Iterable[tuple[str, str]], known: Known) -> ParsedQuestion:
    """Read the parameters of an address or of a form; what is no parameter of a question is passed over."""
    return _Reader(schema, known, _gathered(parameters)).read()


def pairs(question: Question) -> Pairs:
    """Return the parameters of the one address of a question."""
    return list(_pairs(question, [_as_written(each) for each in question.conditions]))


def _as_written(condition: Condition) -> Written:
    low, high = ("" if bound is None else f"{bound:f}" for bound in (condition.low, condition.high))
    return Written(condition, condition.values, low, high)


def _pairs(question: Question, written: Sequence[Written]) -> Iterator[tuple[str, str]]:
    yield "find", question.of.name
    for number, each in enumerate(written, 1):
        condition = each.condition
        yield f"where{number}", path_name(condition.path)
        if each.whose:
            yield f"how{number}", WHOSE
        elif condition.how is not Operator.IS:
            yield f"how{number}", condition.how.value
        if condition.asks_values:
            thing = condition.end.kind is Kind.THING
            yield from ((f"value{number}", short(value) if thing else value) for value in each.values)
            yield from ((f"{name}{number}", text) for name, text in (("from", each.low), ("to", each.high)) if text)
    yield from (("show", path_name(column)) for column in question.columns)
    if question.sort is not None or question.descending:
        yield "sort", ("-" if question.descending else "") + (path_name(question.sort) if question.sort else NAME)
    if question.limit is not None:
        yield "limit", str(question.limit)
    if question.everything:
        yield "all", "1"


@dataclass
class _Given:
    """The parameters by name; the numbered ones by their numbers."""

    plain: dict[str, list[str]] = field(default_factory=dict)
    numbered: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        return next((value for value in self.plain.get(name, ()) if value), "")


def _gathered(parameters: Iterable[tuple[str, str]]) -> _Given:
    given = _Given()
    for name, value in parameters:
        match = _NUMBERED.fullmatch(name)
        held = given.plain if match is None else given.numbered.setdefault(int(match[2]), {})
        held.setdefault(name if match is None else match[1], []).append(value.strip())
    return given


class _Reader:
    def __init__(self, schema: Schema, known: Known, given: _Given) -> None:
        self._schema, self._known, self._given = schema, known, given
        self._faults: list[Fault] = []
        self._changed = given.one("was") not in ("", given.one("find"))

    def read(self) -> ParsedQuestion:
        find = self._given.one("find")
        if not find:
            return ParsedQuestion(None)
        of = self._schema.classes.get(find)
        if of is None:
            return ParsedQuestion(None, (), (Fault("find", "class", find),))
        written = self._conditions(of)
        columns = self._columns(of)
        sort, descending = self._sort(of, columns)
        question = Question(
            of,
            tuple(each.condition for each in written),
            columns,
            sort,
            descending,
            self._limit(),
            self._given.one("all") == "1",
        )
        return ParsedQuestion(question, tuple(written), tuple(self._faults))

    def _fault(self, name: str, kind: str, value: str = "") -> None:
        if kind in ("property", "deep", "sort") and self._changed:
            return
        self._faults.append(Fault(name, kind, value[:LONGEST]))

    def _conditions(self, of: Class) -> list[Written]:
        gone = self._given.one("remove")
        held = [given for number, given in sorted(self._given.numbered.items()) if str(number) != gone]
        added = self._given.one("add")
        wanted = [*held, *([{"where": [added]}] if added else [])]
        if len(wanted) > MOST_CONDITIONS:
            self._fault("add", "conditions", str(MOST_CONDITIONS))
        written: list[Written] = []
        for given in wanted[:MOST_CONDITIONS]:
            found = self._condition(of, len(written) + 1, given)
            written += [found] if found is not None else []
        return written

    def _condition(self, of: Class, number: int, given: dict[str, list[str]]) -> Written | None:
        def one(name: str) -> str:
            return next((value for value in given.get(name, ()) if value), "")

        where = one("where")
        how, then = one("how") or Operator.IS.value, one("then")
        onward = how == WHOSE and bool(then)
        path = self._path(of, f"where{number}", f"{where}{STEP}{then}" if onward else where) if where else None
        if path is None:
            return None
        if how == WHOSE:
            if onward:
                return Written(Condition(path))
            ahead = self._schema.beyond(path[-1]) is not None and len(path) < DEEPEST
            return Written(Condition(path), whose=ahead)
        if how not in set(map(str, Operator)):
            self._fault(f"how{number}", "how", how)
            how = Operator.IS.value
        if path[-1].kind is Kind.OTHER:  # nobody types such a value: it is there, or not
            how = {Operator.IS: Operator.ANY, Operator.NOT: Operator.NONE}.get(Operator(how), Operator(how))
        if Operator(how) in (Operator.ANY, Operator.NONE):
            return Written(Condition(path, Operator(how)))
        if path[-1].kind in (Kind.NUMBER, Kind.DATE):
            return self._range(number, path, Operator(how), one("from"), one("to"))
        return self._values(of, number, path, Operator(how), given.get("value", []))

    def _path(self, of: Class, name: str, text: str) -> PropertyPath | None:
        try:
            return self._schema.path(of, text)
        except KeyError as error:
            self._fault(name, "property", str(error.args[0]))
        except ValueError:
            self._fault(name, "deep", str(DEEPEST))
        return None

    def _range(self, number: int, path: PropertyPath, how: Operator, low: str, high: str) -> Written:
        pattern, kind = (_YEAR, "year") if path[-1].kind is Kind.DATE else (_NUMBER, "number")
        bounds: list[Decimal | None] = []
        for name, text in (("from", low), ("to", high)):
            good = pattern.fullmatch(text)
            if text and not good:
                self._fault(f"{name}{number}", kind, text)
            bounds.append(Decimal(text) if text and good else None)
        if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
            self._fault(f"to{number}", "order", high)
            bounds[1] = None
        return Written(Condition(path, how, (), *bounds), (), low[:LONGEST], high[:LONGEST])

    def _values(self, of: Class, number: int, path: PropertyPath, how: Operator, given: list[str]) -> Written:
        name = f"value{number}"
        texts = list(dict.fromkeys(text for text in given if text))
        if len(texts) > MOST_VALUES:
            self._fault(name, "values", str(MOST_VALUES))
            texts = texts[:MOST_VALUES]
        if path[-1].kind is Kind.TEXT:
            texts = texts[:1]
        good: list[str] = []
        wrong: list[str] = []
        for text in texts:
            value = self._value(of, name, path, text)
            if value is None:
                wrong.append(text)
            elif value not in good:
                good.append(value)
        return Written(Condition(path, how, tuple(good)), (*good, *(text[:LONGEST] for text in wrong)))

    def _value(self, of: Class, name: str, path: PropertyPath, text: str) -> str | None:
        if len(text) > LONGEST and not (path[-1].kind is Kind.THING and "://" in text and len(text) < 5 * LONGEST):
            self._fault(name, "long", str(LONGEST))
            return None
        if _CONTROL.search(text):
            self._fault(name, "control")
            return None
        if path[-1].kind is Kind.TEXT:
            return text
        found = self._known.value(of, path, text)
        if found is None:
            self._fault(name, "value", text)
        return found

    def _columns(self, of: Class) -> tuple[PropertyPath, ...]:
        names = list(dict.fromkeys(name for name in self._given.plain.get("show", ()) if name and name != NAME))
        if len(names) > MOST_COLUMNS:
            self._fault("show", "columns", str(MOST_COLUMNS))
        found = (self._path(of, "show", name) for name in names[:MOST_COLUMNS])
        return tuple(path for path in found if path is not None)

    def _sort(self, of: Class, columns: Sequence[PropertyPath]) -> tuple[PropertyPath | None, bool]:
        text = self._given.one("sort")
        descending, name = text.startswith("-"), text.removeprefix("-")
        if name in ("", NAME):
            return None, descending
        for column in columns:
            if path_name(column) == name:
                return column, descending
        try:
            self._schema.path(of, name)  # a column that was just taken away is no fault
        except (KeyError, ValueError):
            self._fault("sort", "sort", name)
        return None, False

    def _limit(self) -> int | None:
        text = self._given.one("limit")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 8 and 0 < int(text) <= MOST_ROWS):
            self._fault("limit", "limit", text)
            return None
        return int(text)


#: A turn of phrase that a language does not have.
_NONE: Final = "{v}"
_PLACE: Final = re.compile(r"\{(\w+)\}")
#: What the name of a thing, a class or a property is for a reader: given by its IRI.
Named = Callable[[str], Literal]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a sentence; ``language`` is that of a value's label, None for our own words."""

    text: str
    language: str | None = None
    value: bool = False


Parts = tuple[Phrase, ...]


@dataclass(frozen=True)
class Verbalizer:
    """Tells questions about the graph of a schema in ``language``; ``named`` gives the labels."""

    schema: Schema
    language: str
    named: Named

    @property
    def phrases(self) -> QuestionWords:
        """The turns of phrase of the language: ``{v}`` are values, ``{p}`` is a property, ``{c}`` a class."""
        return CATALOGUE[self.language].question

    def things(self, of: Class) -> str:
        """Return what the things of a class are called."""
        word = self.phrases.plurals.get(of.iri.removeprefix(CR))
        if word is not None:
            return word
        return self.phrases.things.format_map({"c": self.named(of.iri).value})

    def property(self, step: Property) -> str:
        """Return what a property is called; one that leads back, by the things that have it."""
        word = self.phrases.labels.get(step.iris[0])
        label = word if word is not None else self.named(step.iris[0]).value
        if not step.inverse:
            return label
        of = self.schema.by_iri.get(step.classes[0])
        things = within(self.things(of)) if of is not None else self.named(step.classes[0]).value
        phrase = self.phrases.there if step.iris[0].endswith("#place") else self.phrases.back
        return phrase.format_map({"c": things, "p": label})

    def path(self, path: PropertyPath) -> str:
        """Return what a path is called: its properties, one after the other."""
        return " › ".join(map(self.property, path))

    def sentence(self, question: Question) -> Parts:
        """Return the question as a sentence, without the full stop."""
        parts: list[Phrase] = [Phrase(self.things(question.of))]
        for number, condition in enumerate(question.asked):
            parts += [Phrase(", " if number else " "), *self._condition(condition)]
        if question.columns:
            shown = self._listed([self.phrases.its.format_map({"p": self.path(path)}) for path in question.columns])
            parts += [Phrase(self.phrases.then), Phrase(self.phrases.shown.format_map({"columns": shown}))]
        if question.sort is not None:
            phrase = self.phrases.downwards if question.descending else self.phrases.by
            parts += [Phrase(self.phrases.then), Phrase(phrase.format_map({"p": self.path(question.sort)}))]
        return _joined(parts)

    def _listed(self, texts: Sequence[str]) -> str:
        *first, last = texts
        return f"{', '.join(first)} {self.phrases.and_} {last}" if first else last

    def _condition(self, condition: Condition) -> Iterator[Phrase]:
        phrases, good = self.phrases, condition.how in (Operator.IS, Operator.ANY)
        if len(condition.path) == 1 and condition.asks_values and condition.end.kind is Kind.THING:
            known = (phrases.being if good else phrases.unlike).get(_local(condition.end), _NONE)
            if known != _NONE and not condition.end.inverse:
                yield from self._filled(known, {"v": self._values(condition)})
                return
        parts, phrase = self._end(condition), phrases.having
        known = phrases.being.get(_local(condition.end), _NONE)
        if known != _NONE and condition.asks_values and not condition.end.inverse and len(condition.path) > 1:
            parts, phrase = self._filled(known, {"v": self._values(condition)}), "{p} {rest}"
        for step in reversed(condition.path[:-1]):
            parts = self._filled(phrase, {"p": (Phrase(self.property(step)),), "rest": parts})
            phrase = phrases.having
        yield from self._filled(phrases.with_ if good else phrases.without, {"p": parts})

    def _end(self, condition: Condition) -> Parts:
        """Tell what is at the end of a path."""
        phrases, step = self.phrases, condition.end
        label = (Phrase(self.property(step)),)
        if not condition.asks_values:
            return label
        if step.kind is Kind.TEXT:
            return self._filled(phrases.holding, {"p": label, "v": self._values(condition)})
        if step.kind in (Kind.NUMBER, Kind.DATE):
            low, high = condition.low, condition.high
            phrase = phrases.until if low is None else phrases.since if high is None else phrases.between
            bounds = {
                name: (Phrase(f"{value:f}", value=True),)
                for name, value in (("low", low), ("high", high))
                if value is not None
            }
            return self._filled(phrase, {"p": label, **bounds})
        return self._filled(phrases.as_, {"p": label, "v": self._values(condition)})

    def _values(self, condition: Condition) -> Parts:
        parts: list[Phrase] = []
        for number, value in enumerate(condition.values):
            if number:
                last = number == len(condition.values) - 1
                parts.append(Phrase(f" {self.phrases.or_} " if last else ", "))
            if condition.end.kind is Kind.THING:
                label = self.named(value)
                text = within(label.value) if condition.end.concept else label.value
                parts.append(Phrase(text, label.language, value=True))
            else:
                parts += self._filled(self.phrases.quoted, {"v": (Phrase(value, value=True),)})
        return tuple(parts)

    @staticmethod
    def _filled(phrase: str, given: dict[str, Parts]) -> Parts:
        """Put parts into a phrase; what they hold is never taken for a place to fill."""
        parts: list[Phrase] = []
        for number, text in enumerate(_PLACE.split(phrase)):
            parts += given[text] if number % 2 else (Phrase(text),)
        return tuple(parts)


def _joined(parts: Sequence[Phrase]) -> Parts:
    """Join what are our own words beside each other."""
    found: list[Phrase] = []
    for part in parts:
        if found and not part.value and not found[-1].value:
            found[-1] = Phrase(found[-1].text + part.text)
        elif part.text:
            found.append(part)
    return tuple(found)


def _local(step: Property) -> str:
    return re.split(r"[/#]", step.iris[0])[-1]
