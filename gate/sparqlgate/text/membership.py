"""``?x IN (…)`` with many constants, which the engine compares one after the other, for each row anew.

Such a list becomes a set that is looked into once for each row: a function of the worker, that says what IN says, an
error included (SPARQL 1.1, 17.4.1.9 and 17.4.1.10). Equal is by value: IRIs and strings are equal when they are the
same term, integers are compared with numbers of all types; constants of other types stay in an IN beside the set.
Where a FILTER has nothing but such a list of IRIs, and the triples before it in its group bind the variable, the list
is joined as VALUES, which looks up its IRIs instead of all that the triples find, or taken away as VALUES in MINUS.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

import pyoxigraph as ox

from sparqlgate.namespaces import XSD
from sparqlgate.query import Term
from sparqlgate.text.writing import Edit, Steps

#: Shorter lists stay as they are.
FEWEST: Final = 24
#: The functions of the worker, with a number; a text that names one itself gets none.
_FUNCTION: Final = "urn:sparqlgate:one-of:"
_WORTH: Final = re.compile(r"\bIN\b", re.IGNORECASE)
#: A number as the engine writes it, short enough that each type has it exactly.
_PLAIN: Final = re.compile(r"-?[0-9]{1,17}(\.[0-9]{1,17})?")
#: Integers under this are the same number as double, and so are rounded once as float.
_EXACT: Final = 1 << 53
_FLOAT: Final = XSD + "float"
_INTEGER: Final = XSD + "integer"
_STRING: Final = XSD + "string"
_NUMBERS: Final = frozenset(XSD + name for name in ("integer", "decimal", "double", "float"))
_TRUE, _FALSE = ox.Literal(True), ox.Literal(False)
_BEFORE: Final = ("(", ",", "&&", "||")
_NO_FUNCTIONS: Final = ("IN", "NOT", "EXISTS", "DISTINCT", "GROUP_CONCAT", "BNODE")
_EMPTY: Final = ox.Store()


def may_have_lists(text: str) -> bool:
    """Whether a text is worth reading for long lists: cheap, and true of some that have none."""
    return text.count(",") >= FEWEST - 1 and _WORTH.search(text) is not None and _FUNCTION not in text


@dataclass(frozen=True)
class OneOf:
    """The set behind a list of constants: IRIs, strings with and without a language, and integers that are exact."""

    constants: tuple[Term, ...]

    def __call__(self, term: Term) -> Term | None:
        """Answer as ``term IN (constants)`` does: true, false, or None for an error."""
        if term in self._terms:
            return _TRUE
        if not isinstance(term, ox.Literal) or term.language is not None:
            return _FALSE
        datatype = term.datatype.value
        if datatype == _STRING:
            return _FALSE
        if datatype in _NUMBERS and (number := _PLAIN.fullmatch(term.value)) is not None:
            numbers = self._floats if datatype == _FLOAT else self._integers
            return _TRUE if number[1] is None and int(term.value) in numbers else _FALSE
        # It equals no constant. Whether that is an error depends on its type, and on the types of the constants.
        return _unequal(str(term), self._kinds)

    @cached_property
    def _terms(self) -> frozenset[Term]:
        return frozenset(self.constants)

    @cached_property
    def _integers(self) -> frozenset[float]:
        numbers = (_integer(term) for term in self.constants)
        return frozenset(number for number in numbers if number is not None)

    @cached_property
    def _floats(self) -> frozenset[float]:
        return frozenset(struct.unpack("f", struct.pack("f", number))[0] for number in self._integers)

    @cached_property
    def _kinds(self) -> str:
        """One constant of each type, as they stand in a list."""
        kinds = {term.datatype if isinstance(term, ox.Literal) else None: term for term in self.constants}
        return ", ".join(str(term) for term in kinds.values())


@lru_cache(4096)
def _unequal(term: str, constants: str) -> Term | None:
    asked = _EMPTY.query(f"SELECT ({term} IN ({constants}) AS ?found) {{}}")
    return next(asked)["found"] if isinstance(asked, ox.QuerySolutions) else None


def _integer(term: Term) -> int | None:
    """Return the number of an integer that is the same number in all types, None for any other term."""
    if not isinstance(term, ox.Literal) or term.datatype.value != _INTEGER or _PLAIN.fullmatch(term.value) is None:
        return None
    number = int(term.value)
    return number if abs(number) < _EXACT else None


def _fits(term: Term) -> bool:
    """Whether a constant can stand in a set."""
    if isinstance(term, ox.Literal):
        string = term.language is not None or term.datatype.value == _STRING
        return string or _integer(term) is not None
    return isinstance(term, ox.NamedNode)


@dataclass
class _Group:
    """An open bracket: which variables the triples of a pattern bind, and whether VALUES cannot stand in it."""

    bound: set[str] = field(default_factory=set)
    aside: bool = False


@dataclass
class _Reader:
    steps: Steps
    head: str
    values: bool
    edits: list[Edit] = field(default_factory=list)
    functions: dict[ox.NamedNode, OneOf] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=lambda: [_Group()])


def replace_lists(steps: Steps, head: str, *, values: bool) -> tuple[list[Edit], dict[ox.NamedNode, OneOf]]:
    """Return the edits that put sets in the place of long lists of constants, and the functions that they call.

    ``head`` is the prologue of the text, ``values`` whether a list may become VALUES.
    """
    reader = _Reader(steps, head, values)
    for index, step in enumerate(steps.all):
        if step.closed:
            reader.groups.pop()
        elif step.opened:
            reader.groups.append(_Group(aside=reader.groups[-1].aside or _is_aside(steps, index)))
        elif step.kind == "pattern" and step.mode == "" and step.token.kind == "var":
            if not steps.word(index - 1).endswith(("GRAPH", "SERVICE")):
                reader.groups[-1].bound.add(step.token.text[1:])
        elif step.kind == "expression" and steps.word(index) == "IN" and steps.sign(index + 1) == "(":
            _list(reader, index)
    return reader.edits, reader.functions


def _is_aside(steps: Steps, opened: int) -> bool:
    """Whether VALUES may not stand in a bracket: those of GRAPH with a variable and of EXISTS see what is outside."""
    if steps.all[opened].opened != "pattern":
        return not _is_filter(steps, opened)
    ranging = steps.kind(opened - 1) == "var" and steps.word(opened - 2).endswith("GRAPH")
    return ranging or steps.word(opened - 1).endswith("EXISTS")


def _is_filter(steps: Steps, index: int) -> bool:
    return steps.sign(index) == "(" and steps.word(index - 1) == "FILTER" and steps.all[index].kind == "pattern"


def _list(reader: _Reader, at: int) -> None:
    """Replace the list after the IN at an index, if it is long and what stands before it can be told."""
    steps = reader.steps
    opened, negated = at + 1, steps.word(at - 1) == "NOT"
    closed, last = steps.partner[opened], at - 2 if negated else at - 1
    if closed - opened < 2 * FEWEST or (first := _operand(steps, last)) is None:
        return
    items = listed(steps, opened, closed)
    terms = _terms(reader, items)
    constants = tuple(dict.fromkeys(term for term in terms if term is not None and _fits(term)))
    if len(constants) < FEWEST:
        return
    rest = [steps.between(*item) for item, term in zip(items, terms, strict=True) if term is None or not _fits(term)]
    operand = steps.between(first, last)
    if rest and first != last:
        return
    iris = all(isinstance(term, ox.NamedNode) for term in constants)
    if iris and not rest and first == last and _joins(reader, first, closed):
        table = f"VALUES {operand} {{ {' '.join(str(term) for term in constants)} }}"
        pattern = f" MINUS {{ {table} }} " if negated else f" {table} "
        reader.edits.append((steps.start(first - 2), steps.end(closed + 1), pattern))
        return
    name = ox.NamedNode(f"{_FUNCTION}{len(reader.functions)}")
    reader.functions[name] = OneOf(constants)
    others = f" || {operand} IN ({', '.join(rest)})" if rest else ""
    reader.edits.append((steps.start(first), steps.start(first), f"{'!' if negated else ''}({name}("))
    reader.edits.append((steps.end(last), steps.end(closed), f"){others})"))


def _operand(steps: Steps, last: int) -> int | None:
    """Return where the operand begins that ends at an index: a variable, a call or a bracket; None for any other."""
    first = last
    if steps.sign(last) == ")":
        first = steps.partner[last]
        if steps.kind(first - 1) in ("iri", "name") or (steps.word(first - 1) and steps.sign(first - 1) == ""):
            first -= 1
        if steps.word(first) in _NO_FUNCTIONS:
            return None
    elif steps.kind(last) != "var":
        return None
    return first if steps.sign(first - 1) in _BEFORE else None


def _joins(reader: _Reader, first: int, closed: int) -> bool:
    """Whether a FILTER has the list alone, and the triples before it bind its variable."""
    steps = reader.steps
    alone = reader.values and _is_filter(steps, first - 1) and steps.partner[first - 1] == closed + 1
    group = reader.groups[-2]
    # A label of a blank node may not stand on both sides of VALUES.
    return alone and not group.aside and steps.all[first].token.text[1:] in group.bound and "_:" not in steps.text


def listed(steps: Steps, opened: int, closed: int) -> list[tuple[int, int]]:
    """Return the first and the last token of each item of a list, or argument of a call, in brackets."""
    items, begin, index = [], opened + 1, opened + 1
    while index <= closed:
        if index == closed or steps.sign(index) == ",":
            items.append((begin, index - 1))
            begin = index + 1
        index = steps.partner[index] + 1 if index < closed and steps.all[index].opened else index + 1
    return items


def _is_constant(steps: Steps, first: int, last: int) -> bool:
    kinds = [steps.kind(index) for index in range(first, min(last + 1, first + 4))]
    if kinds[0] == "string":
        return kinds[1:] in ([], ["lang"], ["punct", "iri"], ["punct", "name"])
    signed = steps.sign(first) in ("+", "-") and kinds[1:] == ["number"] and steps.end(first) == steps.start(last)
    return signed or (len(kinds) == 1 and kinds[0] in ("iri", "name", "number"))


def _terms(reader: _Reader, items: Sequence[tuple[int, int]]) -> list[Term | None]:
    """Return what the items are, read by the same parser with the query's prologue; None for what is no constant."""
    constants = [_is_constant(reader.steps, *item) for item in items]
    written = [reader.steps.between(*item) for item, constant in zip(items, constants, strict=True) if constant]
    try:
        rows = _EMPTY.query(f"{reader.head}\nSELECT ?term {{ VALUES ?term {{ {' '.join(written)} }} }}")
    except SyntaxError:
        return [None] * len(items)
    read = iter([row["term"] for row in rows] if isinstance(rows, ox.QuerySolutions) else [])
    return [next(read) if constant else None for constant in constants]
