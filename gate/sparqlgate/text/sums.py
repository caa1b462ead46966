"""Sums of a moment and a duration, in whatever order they are written (XPath functions 3.1, sections 9.7 and 10.8).

The engine takes a sum for commutative: it puts the operands in an order of its own, that depends on their names, and
then adds a duration to a moment, and not a moment to a duration. So ``?date + ?span`` was right or unbound by the names
of the variables. It leaves the order of a difference alone: ``a - (-b)`` is the sum with the duration ``b``, and
``b - (-a)`` the one with the duration ``a``. Each of them is an error wherever the sum that it stands for is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from sparqlgate.text.writing import Steps

#: So many characters, at most, are added to a query by writing its sums in more than one way.
_BUDGET: Final = 64_000
#: Up to so many sums of a chain are written in every combination; above it, with at most one moment on the right.
_COMBINED: Final = 3
_WORTH: Final = re.compile(r"\+[ \t\r\n]*+[^ \t\r\n0-9]")
_PARTS: Final = ("YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS")
_NUMERIC: Final = frozenset(("ABS", "CEIL", "FLOOR", "RAND", "ROUND", "STRLEN", "AVG", "COUNT", "SUM", *_PARTS))
_SEPARATORS: Final = frozenset((",", "||", "&&", "=", "!=", "<", ">", "<=", ">=", ";"))
_NUMBER, _MOMENT, _DURATION, _UNKNOWN = "number", "moment", "duration", "unknown"


def may_have_sums(text: str) -> bool:
    """Whether a text is worth reading for sums: cheap, and true of some that have none."""
    return "+" in text and _WORTH.search(text) is not None


def mend_sums(text: str) -> str:
    """Return a screened text with its sums written so that the order of their operands does not matter.

    Sums that can only be of numbers stay as they are. Raises QueryError for a text that the screen would not let pass.
    """
    writer = _Writer(Steps(text))
    return writer.range(0, len(writer.steps.all), 0, len(text))


@dataclass
class _Term:
    """An operand of a sum: the sign in front of it, how it is written, and what it can be."""

    sign: str
    text: str
    kind: str


@dataclass
class _Writer:
    steps: Steps
    left: int = _BUDGET
    written: dict[int, str] = field(default_factory=dict)

    def range(self, first: int, stop: int, start: int, end: int) -> str:
        """Write the tokens from ``first`` up to ``stop``, with the text around them from ``start`` to ``end``."""
        steps, parts, at, index = self.steps, [], start, first
        while index < stop:
            partner = steps.partner.get(index, -1)
            if partner > index:
                parts += [steps.text[at : steps.start(index)], self.bracket(index, partner)]
                at, index = steps.end(partner), partner
            index += 1
        return "".join([*parts, steps.text[at:end]])

    def bracket(self, opened: int, closed: int) -> str:
        """Write a bracket; those of expressions have sums."""
        if opened in self.written:
            return self.written[opened]
        steps = self.steps
        start, end = steps.end(opened), steps.start(closed)
        if steps.all[opened].opened != "expression":
            inside = self.range(opened + 1, closed, start, end)
        else:
            inside = self.expression(opened + 1, closed, start, end)
        self.written[opened] = f"{steps.all[opened].token.text}{inside}{steps.all[closed].token.text}"
        return self.written[opened]

    def expression(self, first: int, stop: int, start: int, end: int) -> str:
        """Write an expression, one part between comparisons, connectives and commas after the other."""
        steps, parts, at, begin, index = self.steps, [], start, first, first
        while index <= stop:
            if index == stop or self.separates(index):
                if begin < index:
                    parts += [steps.text[at : steps.start(begin)], self.part(begin, index)]
                    at = steps.end(index - 1)
                begin = index + 1
            index = steps.partner[index] + 1 if index < stop and steps.all[index].opened else index + 1
        return "".join([*parts, steps.text[at:end]])

    def separates(self, index: int) -> bool:
        """Whether a token ends the sum before it."""
        word = self.steps.word(index)
        if word:
            called = self.steps.sign(index + 1) in ("(", "{") and word not in ("IN", "DISTINCT")
            return not called and word not in ("TRUE", "FALSE")
        return self.steps.sign(index) in _SEPARATORS

    def part(self, first: int, stop: int) -> str:
        """Write what stands between two separators."""
        plain = self.range(first, stop, self.steps.start(first), self.steps.end(stop - 1))
        terms = self.terms(first, stop)
        return self.chain(terms, plain) if any(term.sign == "+" for term in terms[1:]) else plain

    def terms(self, first: int, stop: int) -> list[_Term]:
        """Cut a part at its plus and minus signs; what is no sum, or cannot be read, has no terms."""
        terms: list[_Term] = []
        steps, index, sign = self.steps, first, ""
        while True:
            begin, product = index, False
            while True:
                while index < stop and steps.sign(index) in ("!", "-", "+"):
                    index += 1
                primary = index
                index = self.primary(index, stop)
                if index == primary:
                    return []
                if index == stop or steps.sign(index) not in ("*", "/"):
                    break
                product, index = True, index + 1
            kind = _NUMBER if product else self.classify(primary, index)
            text = self.range(begin, index, steps.start(begin), steps.end(index - 1))
            terms.append(_Term(sign, text, kind))
            if index == stop:
                return terms
            sign = steps.sign(index)
            if sign not in ("+", "-"):
                return []
            index += 1

    def primary(self, index: int, stop: int) -> int:
        """Return the index after an operand without its signs, the same index where there is none."""
        steps = self.steps
        kind = steps.kind(index) if index < stop else ""
        if kind in ("word", "iri", "name"):
            index += 1
            return steps.partner[index] + 1 if index < stop and steps.all[index].opened else index
        if kind == "string":
            if steps.kind(index + 1) == "lang":
                return index + 2
            return index + 3 if steps.sign(index + 1) == "^^" else index + 1
        if kind in ("var", "number"):
            return index + 1
        return steps.partner[index] + 1 if kind == "punct" and steps.all[index].opened else index

    def classify(self, first: int, stop: int) -> str:
        """Say what an operand can be. By their names, no datatypes that end as below are of another kind."""
        steps = self.steps
        if steps.kind(first) == "number" or steps.word(first) in _NUMERIC:
            return _NUMBER
        if steps.word(first) == "NOW":
            return _MOMENT
        if steps.kind(first) == "string":
            datatype = steps.all[stop - 1].token.text.rstrip(">").lower() if stop - first == 3 else ""
            if datatype.endswith("duration"):
                return _DURATION
            return _MOMENT if datatype.endswith(("date", "time", "datetimestamp")) else _UNKNOWN
        return _UNKNOWN

    def chain(self, terms: list[_Term], plain: str) -> str:
        """Write a sum in each way that can be meant; the first that is no error counts."""
        doubtful = _doubtful(terms)
        forwards = _write(terms, frozenset())
        if not doubtful:
            return forwards
        if len(doubtful) <= _COMBINED:
            choices = [frozenset(item for item in way if item) for way in product(*((0, at) for at in doubtful))]
        else:
            choices = [frozenset[int](), *(frozenset((at,)) for at in doubtful)]
        cost = (len(choices) + 1) * len(forwards)
        if cost > self.left:
            return forwards
        self.left -= cost
        return f"COALESCE({', '.join([plain, *(_write(terms, choice) for choice in choices)])})"


def _walk(terms: list[_Term]) -> list[str]:
    """Say what is on the left of each term: number, moment, duration or unknown."""
    kinds, left = [""], terms[0].kind
    for term in terms[1:]:
        kinds.append(left)
        if _NUMBER in (left, term.kind):
            left = _NUMBER
        elif term.sign == "+":
            known = _MOMENT if _MOMENT in (left, term.kind) else _UNKNOWN
            left = _DURATION if left == term.kind == _DURATION else known
        elif left == _MOMENT:
            left = {_DURATION: _MOMENT, _MOMENT: _DURATION}.get(term.kind, _UNKNOWN)
        elif left != _DURATION:
            left = _UNKNOWN
    return kinds


def _doubtful(terms: list[_Term]) -> list[int]:
    """Return which terms are added to what may be a moment, or be the moment themselves."""
    lefts = _walk(terms)
    return [
        at
        for at, (left, term) in enumerate(zip(lefts, terms, strict=True))
        if at and term.sign == "+" and left == term.kind == _UNKNOWN
    ]


def _write(terms: list[_Term], turned: frozenset[int]) -> str:
    """Write a chain with differences for sums; ``turned`` are the terms that are the moment of a doubtful sum."""
    text = terms[0].text
    for at, (left, term) in enumerate(zip(_walk(terms), terms, strict=True)):
        if at == 0:
            continue
        if term.sign == "-" or _NUMBER in (left, term.kind):
            text = f"{text} {term.sign} {term.text}"
        elif at in turned or (term.kind == _MOMENT != left) or (left == _DURATION != term.kind):
            text = f"{term.text} - (-({text}))"
        else:
            text = f"{text} - (-({term.text}))"
    return text
