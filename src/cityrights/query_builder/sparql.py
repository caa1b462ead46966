"""A question as SPARQL 1.1: what counts it, what lists it with its columns, and what can be chosen in a condition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cityrights.indexes.facets.lists import LISTS, UNSETTLED, pattern
from cityrights.query_builder.question import Condition, Operator, Question
from cityrights.query_builder.schema import Class, Kind, Property, PropertyPath, Schema, path_name
from cityrights.terms import Iri, Literal, fallback_chain, name_text, term_text
from cityrights.vocabulary import CR, PREFIXES, SKOS
from sparqlgate.text.writing import indented, literal, prologue, values

#: Variables that the queries within have, which no column and no class may take.
OURS: Final = frozenset({"?name", "?value", "?end", "?count", "?text", "?label", "?own", "?english", "?any", "?other"})
#: The variables of conditions and of things on the way, which no class may take.
_NUMBERED: Final = re.compile(r"\?(?:c\d|on|by)\w*")
#: Classes of places, of which those alone are found in which something is done, as in the list of cities.
ACTING: Final = frozenset(CR + name for name in LISTS["cities"].classes)
#: What stands between several values of one column.
SEPARATOR: Final = "; "
#: So many values can be chosen from at most; of more, a reader types the name.
MOST_CHOICES: Final = 100


class Writing:
    """Writes the terms of one query, and remembers which prefixes they need."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def iri(self, value: str) -> str:
        """Write an IRI, by a prefix where one fits."""
        text = name_text(value)
        if not text.startswith("<"):
            self._used.add(text.partition(":")[0])
        return text

    def name(self, prefix: str, local: str) -> str:
        """Write the name of a function."""
        self._used.add(prefix)
        return f"{prefix}:{local}"

    def text(self, value: str) -> str:
        """Write a plain text."""
        return literal(value)

    def query(self, lines: Iterable[str]) -> str:
        """Return a query of these lines with the prefixes that were used before it."""
        return prologue(PREFIXES, sorted(self._used)) + "\n".join(lines) + "\n"


def variable(name: str) -> str:
    """Return a name as a variable may have it."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return plain if plain[:1].isalpha() else f"v{plain}"


def chain(
    schema: Schema,
    path: PropertyPath,
    start: str,
    end: str,
    writing: Writing,
    *,
    stem: str,
    settled: bool,
    stop: bool = False,
) -> Iterator[str]:
    """Write the way along a path from ``start`` to ``end``, by things on the way that are called after ``stem``.

    With ``settled``, things on the way that do not exist yet lead nowhere; nor does one at the end of the path, where
    the path has to ``stop`` at anything at all.
    """
    at = start
    for number, step in enumerate(path, 1):
        following = path[number] if number < len(path) else None
        to = end if following is None else f"{stem}_{number}"
        yield _pattern(at, step, to, writing)
        if step.inverse:  # things of other classes may point here in the same way
            yield f"{to} a {writing.iri(step.classes[0])} ."
        beyond = schema.beyond(step)
        status = beyond.status if beyond is not None else None
        if settled and status is not None and following != status and (stop or following is not None):
            yield from exists(to, writing)
        at = to


def exists(thing: str, writing: Writing) -> Iterator[str]:
    """Write that a thing is not underway or planned."""
    for status in UNSETTLED:
        yield f"FILTER NOT EXISTS {{ {thing} {writing.iri(CR + 'status')} {writing.iri(status)} }}"


def exists_not_yet(thing: str, writing: Writing) -> Iterator[str]:
    """Write that a thing is underway or planned."""
    held = " ".join(writing.iri(status) for status in UNSETTLED)
    yield f"FILTER EXISTS {{ {thing} {writing.iri(CR + 'status')} ?notYet VALUES ?notYet {{ {held} }} }}"


def _pattern(at: str, step: Property, to: str, writing: Writing) -> str:
    way = "|".join(writing.iri(iri) for iri in step.iris)
    if step.transitive:
        way = f"({way})+" if len(step.iris) > 1 else f"{way}+"
    return f"{to} {way} {at} ." if step.inverse else f"{at} {way} {to} ."


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its path and its variable. Where rows are ``sorted`` by numbers or dates, the first one counts."""

    path: PropertyPath
    variable: str
    sorted: bool = False

    @property
    def key(self) -> str:
        """The variable by which rows are ordered."""
        return f"{self.variable}_first" if self.sorted else self.variable

    def lines(self, schema: Schema, question: Question, language: str, writing: Writing) -> Iterator[str]:
        """Write the query within the query that binds the column's variable."""
        thing, settled = subject(question.of), not question.everything
        kind = self.path[-1].kind
        heads = [f'(GROUP_CONCAT(DISTINCT ?text; SEPARATOR="{SEPARATOR}") AS {self.variable})']
        if self.sorted:
            first = (
                "?value" if kind is Kind.NUMBER else "STR(?value)"
            )  # years and days are compared as they are written
            heads.append(f"(MIN({first}) AS {self.key})")
        inner = [f"{thing} a {writing.iri(question.of.iri)} ."]
        inner += chain(schema, self.path, thing, "?value", writing, stem="?on", settled=settled, stop=True)
        if kind is Kind.THING:
            inner += _label(schema, language, writing)
        else:
            if kind is Kind.TEXT:
                others = list(chain(schema, self.path, thing, "?other", writing, stem="?by", settled=False))
                inner.append(f"FILTER({_readable(language, others)})")
            inner.append("BIND(STR(?value) AS ?text)")
        yield from _optional([f"SELECT {thing} {' '.join(heads)} WHERE {{", *indented(inner), "}", f"GROUP BY {thing}"])


def subject(of: Class) -> str:
    """Return the variable for the things of a class."""
    name = f"?{variable(of.name)}"
    return f"{name}_" if name in OURS or _NUMBERED.fullmatch(name) else name


def columns(question: Question) -> list[Column]:
    """Return the columns of a question with a variable for each."""
    found, taken = [], {subject(question.of), *OURS}
    for path in question.columns:
        name = wanted = f"?{variable(path_name(path))}"
        number = 1
        while name in taken or f"{name}_first" in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken |= {name, f"{name}_first"}
        found.append(Column(path, name, path == question.sort and path[-1].kind in (Kind.NUMBER, Kind.DATE)))
    return found


def name_lines(schema: Schema, of: Class, language: str, writing: Writing) -> Iterator[str]:
    """Write what binds ``?name``: the label in the reader's language, the first, English, any, or the address."""
    thing = subject(of)
    naming = "|".join(writing.iri(iri) for iri in schema.naming)
    wanted = [("?own", f'LANG(?label) = "{language}"')]
    wanted += [(name, f'LANG(?label) = "{other}"') for name, other in _others(language)]
    if not schema.shaped:
        wanted.append(("?any", ""))
    for name, test in wanted:
        inner = [f"{thing} a {writing.iri(of.iri)} ; {naming} ?label .", *([f"FILTER({test})"] if test else [])]
        head = f"SELECT {thing} (MIN(STR(?label)) AS {name}) WHERE {{"
        yield from _optional([head, *indented(inner), "}", f"GROUP BY {thing}"])
    yield f"BIND(COALESCE({', '.join([*(name for name, _ in wanted), f'STR({thing})'])}) AS ?name)"


def _label(schema: Schema, language: str, writing: Writing) -> Iterator[str]:
    naming = "|".join(writing.iri(iri) for iri in schema.naming)
    wanted = [("?own", f' FILTER(LANG(?own) = "{language}")')]
    wanted += [(name, f' FILTER(LANG({name}) = "{other}")') for name, other in _others(language)]
    if not schema.shaped:
        wanted.append(("?any", ""))
    for name, test in wanted:
        yield f"OPTIONAL {{ ?value {naming} {name}{test} }}"
    yield f"BIND(STR(COALESCE({', '.join([*(name for name, _ in wanted), '?value'])})) AS ?text)"
    if not schema.shaped:
        yield "FILTER(BOUND(?text))"


def _readable(language: str, others: list[str]) -> str:
    """Write which of several texts are read: in the reader's language, the instance's first, English, else all."""
    there = " ".join(others)
    first = f'LANG(?value) IN ("{language}", "")'
    before, parts = [language], [first]
    for _, other in _others(language):
        known = f'= "{before[0]}"' if len(before) == 1 else f"IN ({', '.join(map(_quoted, before))})"
        parts.append(f'(LANG(?value) = "{other}" && NOT EXISTS {{ {there} FILTER(LANG(?other) {known}) }})')
        before.append(other)
    parts.append(f"NOT EXISTS {{ {there} FILTER(LANG(?other) IN ({', '.join(map(_quoted, [*before, '']))})) }}")
    return " || ".join(parts)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _others(language: str) -> list[tuple[str, str]]:
    """Return the languages that are read for want of a reader's, each with the variable of what is read in it."""
    return [("?english" if one == "en" else "?first", one) for one in fallback_chain(language)[1:]]


def readable(texts: Sequence[Literal], language: str) -> list[Literal]:
    """Return which of several texts are read, as the query for a column has them."""
    for languages in ((language, ""), *((other,) for _, other in _others(language))):
        if any(text.language in languages for text in texts):
            return [text for text in texts if text.language in (*languages, "")]
    return list(texts)


def _optional(lines: list[str]) -> Iterator[str]:
    yield "OPTIONAL {"
    yield from indented(lines)
    yield "}"


def count_query(schema: Schema, question: Question, *, later: bool = False) -> str:
    """Return the query that counts the things that a question finds, as ``?count``; its limit does not matter.

    With ``later`` it counts those that fit and are underway or planned, which a question leaves out.
    """
    writing = Writing()
    lines = list(_found(schema, question, writing, later=later))
    head = f"SELECT (COUNT(DISTINCT {subject(question.of)}) AS ?count) WHERE {{"
    return writing.query([head, *indented(lines), "}"])


def rows_query(schema: Schema, question: Question, language: str = "en", most: int | None = None) -> str:
    """Return the query that lists the things that a question finds, each in one row: itself, ``?name``, its columns.

    What has several values in a column has them all in one text, separated by semicolons. Labels and texts are in
    ``language`` where there are such, else in English. With ``most``, no more rows than these.
    """
    writing = Writing()
    thing = subject(question.of)
    shown = columns(question)
    inner = [f"SELECT DISTINCT {thing} WHERE {{", *indented(_found(schema, question, writing)), "}"]
    lines = ["{", *indented(inner), "}", *name_lines(schema, question.of, language, writing)]
    for column in shown:
        lines += column.lines(schema, question, language, writing)
    limit = min((number for number in (question.limit, most) if number is not None), default=None)
    head = f"SELECT {' '.join([thing, '?name', *(column.variable for column in shown)])} WHERE {{"
    tail = f"ORDER BY {_order(question, shown)} {thing}"
    return writing.query([head, *indented(lines), "}", tail, *([f"LIMIT {limit:d}"] if limit is not None else [])])


def values_query(schema: Schema, of: Class, path: PropertyPath, *, everything: bool = False) -> str:
    """Return the query for what can be chosen at the end of a path: ``?value``, with the number of things that have it.

    Where values stand for narrower ones, too, these count. One value more than can be chosen from may come.
    """
    writing = Writing()
    thing, narrower = subject(of), path[-1].narrower
    lines = list(_found(schema, Question(of, everything=everything), writing))
    end = "?end" if narrower else "?value"
    lines += chain(schema, path, thing, end, writing, stem="?on", settled=not everything)
    if narrower:
        lines.append(f"?end {writing.iri(SKOS + 'broader')}* ?value .")
    if path[-1].kind is Kind.THING:
        lines.append("FILTER(ISIRI(?value))")
    head = f"SELECT ?value (COUNT(DISTINCT {thing}) AS ?count) WHERE {{"
    return writing.query([head, *indented(lines), "}", "GROUP BY ?value", f"LIMIT {MOST_CHOICES + 1:d}"])


def has_query(schema: Schema, of: Class, path: PropertyPath, value: Iri) -> str:
    """Return the query that asks whether anything of a class has this thing at the end of a path."""
    writing = Writing()
    thing = subject(of)
    lines = [f"{thing} a {writing.iri(of.iri)} ."]
    lines += chain(schema, path, thing, writing.iri(value.value), writing, stem="?on", settled=False)
    return writing.query(["ASK {", *indented(lines), "}"])


def cells_query(schema: Schema, question: Question, things: Sequence[Iri]) -> str:
    """Return the query for what stands in the columns of some rows: ``?thing``, the ``?column`` (from 0), ``?value``.

    It has every value, texts in every language: :func:`cityrights.query_builder.sparql.readable` chooses among them.
    """
    writing = Writing()
    lines = [values("?thing", map(term_text, things))]
    settled = not question.everything
    for place, path in enumerate(question.columns):
        way = chain(schema, path, "?thing", "?value", writing, stem="?on", settled=settled, stop=True)
        lines += [*(["UNION"] if len(lines) > 1 else []), "{", *indented([*way, f"BIND({place:d} AS ?column)"]), "}"]
    return writing.query(["SELECT DISTINCT ?thing ?column ?value WHERE {", *indented(lines), "}"])


def _found(schema: Schema, question: Question, writing: Writing, *, later: bool = False) -> Iterator[str]:
    """Write what a thing has to be and to have."""
    thing = subject(question.of)
    yield f"{thing} a {writing.iri(question.of.iri)} ."
    if question.of.iri in ACTING:
        yield from acting(thing, writing)
    if not schema.shaped:
        yield f"FILTER(ISIRI({thing}))"
    if question.settled_only and question.of.status is not None:
        yield from (exists_not_yet if later else exists)(thing, writing)
    for number, condition in enumerate(question.asked, 1):
        lines = list(_asked(schema, question, condition, f"?c{number}", writing))
        match condition.how:
            case Operator.IS:
                yield from lines
            case Operator.ANY:  # once for each thing, however much it has
                yield from ("{", *indented([f"SELECT DISTINCT {thing} WHERE {{", *indented(lines), "}"]), "}")
            case (
                Operator.NOT | Operator.NONE
            ):  # found once for all things, where NOT EXISTS may be asked thing by thing
                yield from ("MINUS {", *indented(lines), "}")


def acting(thing: str, writing: Writing) -> Iterator[str]:
    """Write that something is done in a place: one that is only mentioned, or where an event was, is none of these."""
    writing.name("cr", "place")
    body = re.sub(r"\?s\b", thing, pattern(LISTS["cities"].only, "acts"))
    yield from ("{", *indented([f"SELECT DISTINCT {thing} WHERE {{", *body.splitlines(), "}"]), "}")


def _asked(schema: Schema, question: Question, condition: Condition, end: str, writing: Writing) -> Iterator[str]:
    """Write where the path of a condition leads, and what is to be there."""
    last, aim = condition.end, end
    if condition.asks_values and last.kind is Kind.THING:
        terms = [writing.iri(value) for value in condition.values]
        if len(terms) > 1:
            yield values(end, terms)
        else:
            aim = terms[0]
    to = f"{end}_itself" if condition.asks_values and last.narrower else aim
    yield from chain(
        schema,
        condition.path,
        subject(question.of),
        to,
        writing,
        stem=end,
        settled=not question.everything,
        stop=not condition.asks_values,
    )
    if to != aim:
        yield f"{to} {writing.iri(SKOS + 'broader')}* {aim} ."
    if condition.asks_values and last.kind is not Kind.THING:
        yield f"FILTER({_test(condition, end, writing)})"


def _test(condition: Condition, end: str, writing: Writing) -> str:
    """Write what a text, a code, a number or a date has to be."""
    match condition.end.kind:
        case Kind.TEXT:
            return f"CONTAINS(LCASE(STR({end})), LCASE({writing.text(condition.values[0])}))"
        case Kind.CODE:
            return f"STR({end}) IN ({', '.join(map(writing.text, condition.values))})"
        case Kind.DATE:
            year = f'REPLACE(STR({end}), "^(-?[0-9]+).*$", "$1")'  # years may have a sign, or more than four digits
            end = f"{writing.name('xsd', 'integer')}({year})"
    bounds = ((">=", condition.low), ("<=", condition.high))
    return " && ".join(f"{end} {sign} {bound:f}" for sign, bound in bounds if bound is not None)


def _order(question: Question, shown: Sequence[Column]) -> str:
    """Write the order: what has nothing in the column comes last either way, what is alike there by its name."""
    way = "DESC" if question.descending else "ASC"
    column = next((each for each in shown if each.path == question.sort), None)
    if column is None:
        return f"{way}(LCASE(?name))"
    key = column.key if column.sorted else f"LCASE({column.variable})"
    return f"(!BOUND({column.variable})) {way}({key}) LCASE(?name)"
