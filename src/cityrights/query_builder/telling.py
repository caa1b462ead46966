"""A question in words: one sentence in the reader's language, in parts, so that a page can mark the values in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cityrights.indexes.proximity.telling import within
from cityrights.query_builder.question import Condition, How, Question
from cityrights.query_builder.schema import Class, Kind, Property, PropertyPath, Schema
from cityrights.terms import Literal
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR

if TYPE_CHECKING:
    from cityrights._words import QuestionWords

#: A turn of phrase that a language does not have.
_NONE: Final = "{v}"
_PLACE: Final = re.compile(r"\{(\w+)\}")
#: What the name of a thing, a class or a property is for a reader: given by its IRI.
Named = Callable[[str], Literal]


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a sentence; ``language`` is that of a value's label, None for our own words."""

    text: str
    language: str | None = None
    value: bool = False


Parts = tuple[Said, ...]


@dataclass(frozen=True)
class Teller:
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
        parts: list[Said] = [Said(self.things(question.of))]
        for number, condition in enumerate(question.asked):
            parts += [Said(", " if number else " "), *self._condition(condition)]
        if question.columns:
            shown = self._listed([self.phrases.its.format_map({"p": self.path(path)}) for path in question.columns])
            parts += [Said(self.phrases.then), Said(self.phrases.shown.format_map({"columns": shown}))]
        if question.sort is not None:
            phrase = self.phrases.downwards if question.descending else self.phrases.by
            parts += [Said(self.phrases.then), Said(phrase.format_map({"p": self.path(question.sort)}))]
        return _joined(parts)

    def _listed(self, texts: Sequence[str]) -> str:
        *first, last = texts
        return f"{', '.join(first)} {self.phrases.and_} {last}" if first else last

    def _condition(self, condition: Condition) -> Iterator[Said]:
        phrases, good = self.phrases, condition.how in (How.IS, How.ANY)
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
            parts = self._filled(phrase, {"p": (Said(self.property(step)),), "rest": parts})
            phrase = phrases.having
        yield from self._filled(phrases.with_ if good else phrases.without, {"p": parts})

    def _end(self, condition: Condition) -> Parts:
        """Tell what is at the end of a path."""
        phrases, step = self.phrases, condition.end
        label = (Said(self.property(step)),)
        if not condition.asks_values:
            return label
        if step.kind is Kind.TEXT:
            return self._filled(phrases.holding, {"p": label, "v": self._values(condition)})
        if step.kind in (Kind.NUMBER, Kind.DATE):
            low, high = condition.low, condition.high
            phrase = phrases.until if low is None else phrases.since if high is None else phrases.between
            bounds = {
                name: (Said(f"{value:f}", value=True),)
                for name, value in (("low", low), ("high", high))
                if value is not None
            }
            return self._filled(phrase, {"p": label, **bounds})
        return self._filled(phrases.as_, {"p": label, "v": self._values(condition)})

    def _values(self, condition: Condition) -> Parts:
        parts: list[Said] = []
        for number, value in enumerate(condition.values):
            if number:
                last = number == len(condition.values) - 1
                parts.append(Said(f" {self.phrases.or_} " if last else ", "))
            if condition.end.kind is Kind.THING:
                label = self.named(value)
                text = within(label.value) if condition.end.concept else label.value
                parts.append(Said(text, label.language, value=True))
            else:
                parts += self._filled(self.phrases.quoted, {"v": (Said(value, value=True),)})
        return tuple(parts)

    @staticmethod
    def _filled(phrase: str, given: dict[str, Parts]) -> Parts:
        """Put parts into a phrase; what they hold is never taken for a place to fill."""
        parts: list[Said] = []
        for number, text in enumerate(_PLACE.split(phrase)):
            parts += given[text] if number % 2 else (Said(text),)
        return tuple(parts)


def _joined(parts: Sequence[Said]) -> Parts:
    """Join what are our own words beside each other."""
    found: list[Said] = []
    for part in parts:
        if found and not part.value and not found[-1].value:
            found[-1] = Said(found[-1].text + part.text)
        elif part.text:
            found.append(part)
    return tuple(found)


def _local(step: Property) -> str:
    return re.split(r"[/#]", step.iris[0])[-1]
