"""The columns of an answer: for each thing one text with all that it has there, in the reader's language.

Each column is a query of its own within the query, so that a thing with several themes and several partners stays one
row, and is not one for each pair of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cityrights.builder.chain import chain
from cityrights.builder.question import Question
from cityrights.builder.schema import Class, Kind, Path, Schema, path_name
from cityrights.builder.writing import Writing, indented, variable
from cityrights.describe.terms import Literal

#: Variables that the queries within have, which no column and no class may take.
OURS: Final = frozenset({"?name", "?value", "?end", "?count", "?text", "?label", "?own", "?english", "?any", "?other"})
#: The variables of conditions and of things on the way, which no class may take.
_NUMBERED: Final = re.compile(r"\?(?:c\d|on|by)\w*")
#: What stands between several values of one column.
SEPARATOR: Final = "; "


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its path and its variable. Where rows are ``sorted`` by numbers or dates, the first one counts."""

    path: Path
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
    """Write what binds ``?name``: the label in the reader's language, in English, in any, or the address."""
    thing = subject(of)
    naming = "|".join(writing.iri(iri) for iri in schema.naming)
    wanted = [("?own", f'LANG(?label) = "{language}"')]
    if language != "en":
        wanted.append(("?english", 'LANG(?label) = "en"'))
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
    if language != "en":
        wanted.append(("?english", ' FILTER(LANG(?english) = "en")'))
    if not schema.shaped:
        wanted.append(("?any", ""))
    for name, test in wanted:
        yield f"OPTIONAL {{ ?value {naming} {name}{test} }}"
    yield f"BIND(STR(COALESCE({', '.join([*(name for name, _ in wanted), '?value'])})) AS ?text)"
    if not schema.shaped:
        yield "FILTER(BOUND(?text))"


def _readable(language: str, others: list[str]) -> str:
    """Write which of several texts are read: those in the reader's language, else in English, else all."""
    there = " ".join(others)
    first = f'LANG(?value) IN ("{language}", "")'
    if language == "en":
        return f'{first} || NOT EXISTS {{ {there} FILTER(LANG(?other) IN ("en", "")) }}'
    own = f'NOT EXISTS {{ {there} FILTER(LANG(?other) = "{language}") }}'
    none = f'NOT EXISTS {{ {there} FILTER(LANG(?other) IN ("{language}", "en", "")) }}'
    return f'{first} || (LANG(?value) = "en" && {own}) || {none}'


def readable(texts: Sequence[Literal], language: str) -> list[Literal]:
    """Return which of several texts are read, as the query for a column has them."""
    for languages in ((language, ""), ("en",)):
        if any(text.language in languages for text in texts):
            return [text for text in texts if text.language in (*languages, "")]
    return list(texts)


def _optional(lines: list[str]) -> Iterator[str]:
    yield "OPTIONAL {"
    yield from indented(lines)
    yield "}"
