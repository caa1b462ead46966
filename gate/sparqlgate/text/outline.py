"""The outline of a query that cannot be parsed: its words, clauses and groups, and the token where a parser stops."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from sparqlgate.text.writing import Edit, Steps

AGGREGATES: Final = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
#: Functions that are called with brackets (SPARQL 1.1, rules 121 and 127), and some that the engine has beside them.
FUNCTIONS: Final = AGGREGATES | frozenset(
    (
        *("STR", "LANG", "LANGMATCHES", "DATATYPE", "BOUND", "IRI", "URI", "BNODE", "RAND", "ABS", "CEIL", "FLOOR"),
        *("ROUND", "CONCAT", "STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI", "CONTAINS", "STRSTARTS", "STRENDS"),
        *("STRBEFORE", "STRAFTER", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "NOW"),
        *("UUID", "STRUUID", "MD5", "SHA1", "SHA256", "SHA384", "SHA512", "COALESCE", "IF", "STRLANG", "STRDT"),
        *("SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "REGEX", "SUBSTR", "REPLACE"),
        *("ISTRIPLE", "TRIPLE", "SUBJECT", "PREDICATE", "OBJECT", "ADJUST", "LANGDIR", "STRLANGDIR", "HASLANG"),
        *("HASLANGDIR",),
    )
)
#: Words within expressions.
OPERATORS: Final = frozenset(("IN", "NOT", "EXISTS", "AS", "DISTINCT", "TRUE", "FALSE", "SEPARATOR"))
KEYWORDS: Final = OPERATORS | frozenset(
    (
        *("BASE", "PREFIX", "VERSION", "SELECT", "REDUCED", "CONSTRUCT", "DESCRIBE", "ASK", "FROM", "NAMED", "WHERE"),
        *("GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT", "OFFSET", "VALUES", "UNDEF", "OPTIONAL", "GRAPH"),
        *("SERVICE", "SILENT", "BIND", "MINUS", "UNION", "FILTER", "LATERAL", "A"),
    )
)
#: Functions of other languages, and what does the same.
INSTEAD: Final[Mapping[str, str]] = {
    "SUBSTRING": "SUBSTR(…)", "LEN": "STRLEN(…)", "LENGTH": "STRLEN(…)", "LOWER": "LCASE(…)", "UPPER": "UCASE(…)",
    "TOLOWER": "LCASE(…)", "TOUPPER": "UCASE(…)", "IFNULL": "COALESCE(…)", "NVL": "COALESCE(…)",
    "ISNULL": "!BOUND(…)", "CURDATE": "NOW()", "GETDATE": "NOW()", "STARTSWITH": "STRSTARTS(…)",
    "STARTS_WITH": "STRSTARTS(…)", "ENDSWITH": "STRENDS(…)", "ENDS_WITH": "STRENDS(…)", "INSTR": "CONTAINS(…)",
    "TOSTRING": "STR(…)", "INT": "xsd:integer(…)", "INTEGER": "xsd:integer(…)", "FLOAT": "xsd:float(…)",
    "DATE": "xsd:date(…)", "AVERAGE": "AVG(…)", "CEILING": "CEIL(…)", "GROUPCONCAT": "GROUP_CONCAT(…)",
    "RANDOM": "RAND()", "ISBOUND": "BOUND(…)", "EXIST": "EXISTS { … }",
}  # fmt: skip
#: Words of SQL that have no counterpart of one word, and the mistake that each is.
UNKNOWN: Final[Mapping[str, str]] = {
    "JOIN": "sql-join", "INNER": "sql-join", "LEFT": "sql-outer", "OUTER": "sql-outer", "EXCEPT": "sql-except",
    "NULL": "sql-null", "CASE": "sql-case", "ELSE": "sql-case",
}  # fmt: skip
#: So many characters of a query are repeated in a message.
SHOWN: Final = 60
TERMS: Final = ("var", "iri", "name", "string", "number")
#: The solution modifiers in their order.
ORDER: Final = {"GROUP": 0, "HAVING": 1, "ORDER": 2, "LIMIT": 3, "OFFSET": 3, "VALUES": 4}
#: More than the longest word that the parser tries.
_APART: Final = " " * 20
_ENDS: Final = frozenset("{}(),;.")
#: Says where the parser stops in a text, as an offset; None where it reads the whole.
Parse = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Guess:
    """A mistake: its name among MISTAKES, where it is, what its words name, and what would mend it."""

    mistake: str
    start: int
    edits: tuple[Edit, ...]
    names: Mapping[str, str] = field(default_factory=dict)


class Spaced:
    """A text with so much space before its tokens that the parser's place tells one from the next.

    It tries keywords of several letters at a token and tells the place where the longest of them would end.
    """

    def __init__(self, steps: Steps) -> None:
        self._text = steps.text
        self._size = len(steps.all)
        self._pads = [(steps.start(n), n) for n in range(self._size) if _may_be_apart(steps, n)]

    def stop(self, edits: tuple[Edit, ...], parse: Parse) -> int:
        """Return at which token, at least, the parser stops once the text is edited; one more than all for none."""
        parts, places, indices, length, at = list[str](), list[int](), list[int](), 0, 0
        todo = sorted([*((start, start, _APART, n) for start, n in self._pads), *((*edit, -1) for edit in edits)])
        for begin, end, new, index in todo:
            if begin < at:
                continue
            parts += [self._text[at:begin], new]
            length += begin - at + len(new)
            at = end
            if index >= 0:
                places.append(length)
                indices.append(index)
        text = "".join([*parts, self._text[at:], _APART])
        place = parse(text)
        if place is None or place >= len(text):
            return self._size + (place is None)
        return indices[max(0, bisect_right(places, place) - 1)]


def _may_be_apart(steps: Steps, n: int) -> bool:
    """Say whether space may be put before a token: where some is, or one of them is a bracket or ends something."""
    if n == 0 or steps.end(n - 1) < steps.start(n):
        return True
    if steps.sign(n) == ">>" or steps.sign(n - 1) == "<<" or (steps.sign(n) == "(" and steps.kind(n - 1) != "punct"):
        return False
    return steps.sign(n) in _ENDS or steps.sign(n - 1) in _ENDS


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT by the indices of its tokens: the word, the end of the projection, the braces or -1, the end of all."""

    word: int
    projected: int
    opens: int
    closes: int
    stop: int


class Query:
    """The tokens of a query; ``at`` is the one at which the parser stopped."""

    def __init__(self, steps: Steps, at: int) -> None:
        self.steps = steps
        self.at = at
        self.size = len(steps.all)

    def after(self, index: int) -> int:
        """Return the index after a token, after the whole bracket where it opens one."""
        return self.steps.partner.get(index, index) + 1 if self._opens(index) else index + 1

    def _opens(self, index: int) -> bool:
        return self.steps.partner.get(index, -1) > index

    def closes(self, index: int) -> bool:
        """Say whether the token closes a bracket."""
        return -1 < self.steps.partner.get(index, self.size) < index

    def level(self, first: int, stop: int) -> Iterator[int]:
        """Yield the indices from one to another, those within brackets left out."""
        while first < stop and not self.closes(first):
            yield first
            first = self.after(first)

    def end_of_group(self, index: int) -> int:
        """Return the index of what closes the bracket that a token stands in, or that after the last token."""
        while index < self.size and not self.closes(index):
            index = self.after(index)
        return index

    def begin_of_group(self, index: int) -> int:
        """Return the index of what opens the bracket that a token stands in, -1 outside all."""
        index -= 1
        while index >= 0 and not self._opens(index):
            index = self.steps.partner[index] - 1 if self.closes(index) else index - 1
        return index

    def span(self, first: int, stop: int) -> str:
        """Return the text of the tokens from one up to another."""
        return self.steps.between(first, stop - 1) if first < stop else ""

    def shown(self, first: int, stop: int) -> str:
        """Return the text of the tokens on one line, cut to what a message has room for."""
        text = " ".join(self.span(first, stop).split())
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

    def new(self, name: str = "n") -> str:
        """Return a variable that the query does not have, and no other begins with."""
        while f"?{name}" in self.steps.text or f"${name}" in self.steps.text:
            name += "_"
        return f"?{name}"

    def text(self, index: int) -> str:
        """Return a token as it is written; nothing outside the text."""
        return self.steps.all[index].token.text if 0 <= index < self.size else ""

    def place(self, index: int) -> int:
        """Return where a token begins; the end of the text for the one after the last."""
        return self.steps.start(index) if index < self.size else len(self.steps.text)

    def put(self, index: int, new: str, stop: int | None = None) -> Edit:
        """Return the edit that writes something in the place of a token, or of those up to ``stop``."""
        last = min(stop or index + 1, self.size) - 1
        return (self.steps.start(index), self.steps.end(last), f" {new} ")

    def insert(self, index: int, new: str) -> Edit:
        """Return the edit that writes something before a token, or at the end."""
        return (self.place(index), self.place(index), f" {new} ")

    def wrap(self, first: int, stop: int, opened: str = "(", closed: str = ")") -> tuple[Edit, ...]:
        """Return the edits that put the tokens from one up to another into brackets."""
        end = self.steps.end(stop - 1)
        return ((self.place(first), self.place(first), f" {opened} "), (end, end, f" {closed} "))

    def is_keyword(self, index: int) -> bool:
        """Say whether a token is a keyword, other than the ``a`` of a property."""
        return self.steps.word(index) in KEYWORDS - {"A"}

    def words(self) -> Iterator[tuple[int, str]]:
        """Yield the index of each word, and the word in capitals."""
        return ((n, word) for n in range(self.size) if (word := self.steps.word(n)))

    def selects(self) -> Iterator[Select]:
        """Yield every SELECT, those inside after those around them."""
        for word, text in self.words():
            if text == "SELECT" and self.steps.all[word].kind in ("top", "pattern"):
                yield self._select(word)

    def _select(self, word: int) -> Select:
        steps, at = self.steps, word + 1
        while at < self.size and steps.sign(at) != "{" and steps.word(at) not in ("WHERE", "FROM", *ORDER):
            if self.closes(at):
                return Select(word, at, -1, -1, at)
            at = self.after(at)
        projected = at
        while at < self.size and steps.sign(at) != "{" and not self.closes(at):
            at = self.after(at)
        if steps.sign(at) != "{":
            return Select(word, projected, -1, -1, at)
        closes = steps.partner[at]
        return Select(word, projected, at, closes, self.end_of_group(closes + 1))

    def segments(self, select: Select) -> list[tuple[str, int, int]]:
        """Return the solution modifiers: the word that begins each, its index, and that after it."""
        first = select.closes + 1 if select.closes >= 0 else select.projected
        found = [n for n in self.level(first, select.stop) if self.steps.word(n) in ORDER]
        return [(self.steps.word(n), n, stop) for n, stop in pairwise([*found, select.stop])]
