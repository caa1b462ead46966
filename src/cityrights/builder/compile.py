"""A question as SPARQL 1.1: what counts it, what lists it, and what can be chosen in a condition.

Every term is written with all that is special in it escaped (:mod:`cityrights.builder.writing`); nothing of what a
reader writes becomes part of a query in any other way. A row is one thing, whatever it has several of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cityrights.builder.chain import chain, exists
from cityrights.builder.columns import Column, columns, name_lines, subject
from cityrights.builder.question import Condition, How, Question
from cityrights.builder.schema import Class, Kind, Path, Schema
from cityrights.builder.writing import Writing, indented
from cityrights.describe.ask import term_text
from cityrights.describe.terms import Iri
from cityrights.namespaces import SKOS

#: So many values can be chosen from at most; of more, a reader types the name.
MOST_CHOICES: Final = 100


def count_query(schema: Schema, question: Question) -> str:
    """Return the query that counts the things that a question finds, as ``?count``; its limit does not matter."""
    writing = Writing()
    lines = list(_found(schema, question, writing))
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


def values_query(schema: Schema, of: Class, path: Path, *, everything: bool = False) -> str:
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


def has_query(schema: Schema, of: Class, path: Path, value: Iri) -> str:
    """Return the query that asks whether anything of a class has this thing at the end of a path."""
    writing = Writing()
    thing = subject(of)
    lines = [f"{thing} a {writing.iri(of.iri)} ."]
    lines += chain(schema, path, thing, writing.iri(value.value), writing, stem="?on", settled=False)
    return writing.query(["ASK {", *indented(lines), "}"])


def cells_query(schema: Schema, question: Question, things: Sequence[Iri]) -> str:
    """Return the query for what stands in the columns of some rows: ``?thing``, the ``?column`` (from 0), ``?value``.

    It has every value, texts in every language: :func:`cityrights.builder.columns.readable` chooses among them.
    """
    writing = Writing()
    lines = [f"VALUES ?thing {{ {' '.join(map(term_text, things))} }}"]
    settled = not question.everything
    for place, path in enumerate(question.columns):
        way = chain(schema, path, "?thing", "?value", writing, stem="?on", settled=settled, stop=True)
        lines += [*(["UNION"] if len(lines) > 1 else []), "{", *indented([*way, f"BIND({place:d} AS ?column)"]), "}"]
    return writing.query(["SELECT DISTINCT ?thing ?column ?value WHERE {", *indented(lines), "}"])


def _found(schema: Schema, question: Question, writing: Writing) -> Iterator[str]:
    """Write what a thing has to be and to have."""
    thing = subject(question.of)
    yield f"{thing} a {writing.iri(question.of.iri)} ."
    if not schema.shaped:
        yield f"FILTER(ISIRI({thing}))"
    if question.settled_only and question.of.status is not None:
        yield from exists(thing, writing)
    for number, condition in enumerate(question.asked, 1):
        lines = list(_asked(schema, question, condition, f"?c{number}", writing))
        match condition.how:
            case How.IS:
                yield from lines
            case How.ANY:  # once for each thing, however much it has
                yield from ("{", *indented([f"SELECT DISTINCT {thing} WHERE {{", *indented(lines), "}"]), "}")
            case How.NOT | How.NONE:  # found once for all things, where NOT EXISTS may be asked thing by thing
                yield from ("MINUS {", *indented(lines), "}")


def _asked(schema: Schema, question: Question, condition: Condition, end: str, writing: Writing) -> Iterator[str]:
    """Write where the path of a condition leads, and what is to be there."""
    last, aim = condition.end, end
    if condition.asks_values and last.kind is Kind.THING:
        terms = [writing.iri(value) for value in condition.values]
        if len(terms) > 1:
            yield f"VALUES {end} {{ {' '.join(terms)} }}"
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
