"""Every error of queries, stores and files that is raised on purpose, in one tree.

    GateError
    ├── InputError           a file that people write is wrong: path, line, what to do
    ├── SnapshotError        there is no usable store, or none can be written
    ├── PushError            a store somewhere else was not loaded (``stores.parts``)
    └── QueryError           a query could not be answered
        ├── QuerySyntaxError     line, column, what was expected
        ├── QueryRefused         not allowed here: an update, SERVICE, too complex
        ├── QueryTimeout         over the limit of time
        ├── QueryMemory          over the limit of memory
        ├── QueryUnsupported     a function or result format that there is not
        │   └── QueryUnwritable      the answer holds what the format asked for cannot carry
        ├── EngineBusy           the queue is full: try again later
        │   └── EngineStarting       what a slow store tells at first is not here yet
        ├── EngineUnavailable    the remote store behind the engine is down, slow or answers wrongly
        └── EngineFailure        a worker died for no reason that the query explains

Each has from birth all that may be told of it: ``kind`` names the sort of error for programs, ``reason`` says it for
people, ``line`` and ``column`` where in the text, ``extra`` holds what else programs want. Nobody reads a message to
find out. Nothing here knows HTTP: the web maps kinds to a status (RFC 9110) and a problem (RFC 9457).
"""

from __future__ import annotations

import copy
import errno
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Self

#: The kinds of errors that are told; whoever tells them explains each.
KINDS: Final = frozenset(
    (
        *("query-syntax", "unknown-prefix", "query-refused", "read-only", "federation-off", "federation-refused"),
        *("vendor-extension", "query-too-complex", "answer-too-large", "query-timeout", "query-memory", "busy"),
        *("query-unsupported", "unknown-function", "not-acceptable", "store-unavailable", "no-snapshot", "internal"),
    )
)
#: So many characters of a prefix that is not known are looked at, and how alike one has to be that is meant.
_PREFIX: Final = 40
_ALIKE: Final = 0.7
#: Mistake → what is said of it. Catalogues have the same in other languages, by the same names.
MISTAKES: Final[Mapping[str, str]] = {
    "aggregate-brackets": "an aggregate needs brackets and a name: ({expression} AS {name})",
    "as-brackets": "an expression with AS needs brackets: ({expression})",
    "bare-word": "'{word}' is no term: write a name with its prefix (prefix:{word}), a variable (?{word}), or a text "
    'in quotes ("{word}")',
    "bind-brackets": "BIND needs brackets: BIND({expression})",
    "bind-name": "BIND needs AS and a new name: BIND({expression} AS {name})",
    "blank-label": "the blank node label {name} is used in two patterns; use a variable",
    "by-missing": "BY is missing: {clause}",
    "call-brackets": "an expression needs brackets and a name: ({expression} AS {name})",
    "clause-order": "{first} stands before {second}",
    "clause-outside": "{clause} stands after the closing '}}'",
    "comma-in-clause": "no comma between the expressions of {clause}",
    "comma-in-select": "no comma between the variables of SELECT",
    "comma-in-values": "no comma between the values of VALUES",
    "comma-missing": "a ',' is missing between {before} and {after}",
    "constraint-brackets": "{word} needs brackets: {word}({expression})",
    "dot-missing": "a '.' is missing between {before} and {after}",
    "end-sign": "no '{sign}' at the end of a query",
    "exists-braces": "EXISTS needs braces: EXISTS {{ … }}",
    "expression-without-name": "an expression of SELECT needs a name: ({expression} AS {name})",
    "filter-missing": "a comparison needs FILTER: FILTER({expression})",
    "from-graph": "FROM needs the IRI of a graph",
    "graph-name": "GRAPH needs a graph: GRAPH ?g {{ … }}, or its IRI",
    "group-braces": "{word} needs braces: {word} {{ … }}",
    "group-by-aggregate": "{function} is an aggregate, and groups are not made by one; group by variables",
    "having-name": "{name} has no value in HAVING, which comes before SELECT (SPARQL 1.1, 18.2.4); write {expression}",
    "in-brackets": "IN needs a list in brackets: IN (…, …)",
    "iri-brackets": "an IRI needs angle brackets: <{iri}>",
    "language-of-variable": 'a variable has no language tag; use FILTER(LANG({name}) = "{language}")',
    "like": "there is no {word}; use CONTAINS({name}, …), STRSTARTS({name}, …) or REGEX({name}, …)",
    "near-word": "there is no {wrong}; did you mean {right}?",
    "no-function": "there is no function {wrong} in SPARQL 1.1",
    "no-pattern": "the pattern is missing: WHERE {{ … }}",
    "not-grouped": "{name} is neither in GROUP BY nor inside an aggregate",
    "one-expression": "{function} takes one expression",
    "plain-quotes": "{sign} is a typographic quotation mark; use the plain \" or '",
    "plain-space": "this is a space of another kind ({sign}); use a plain one",
    "prefix-colon": "a ':' is missing: PREFIX {name}: <…>",
    "prefix-end": "no '{sign}' after a PREFIX line",
    "prefix-iri": "the namespace of a prefix needs angle brackets: PREFIX name: <http://…>",
    "select-nothing": "SELECT needs variables, or *",
    "select-braces": "a SELECT within a pattern needs braces of its own: {{ SELECT … }}",
    "semicolon-missing": "a ';' is missing between {before} and {after}",
    "sql-case": "there is no {word}; IF(condition, then, else) chooses a value",
    "sql-except": "there is no {word}; MINUS {{ … }} leaves out what matches",
    "sql-join": "there is no {word}; patterns in one group are joined by the variables that they share",
    "sql-null": "there is no {word}; what has no value is unbound, as BOUND(?x) tells",
    "sql-outer": "there is no {word}; OPTIONAL {{ … }} keeps what has no match",
    "star-grouped": "SELECT * does not go with groups; name the variables of GROUP BY and the aggregates",
    "taken-before-bind": "{name} has a value before BIND; choose another name",
    "taken-in-select": "{name} has a value already; choose another name for the expression",
    "top": "there is no TOP; write LIMIT {many} at the end",
    "turtle-prefix": "this is Turtle; write PREFIX {name} <…>, without @ and without a dot",
    "too-short": "the query ends before it is complete",
    "two-dots": "one '.' is enough here",
    "unexpected": "'{word}' is not expected here",
    "union-braces": "UNION needs {{ … }} on both sides",
    "use-instead": "use {right} in place of {wrong}",
    "value-missing": "a value is missing after {before}: a triple has a subject, a property and a value",
    "values-braces": "the values need braces: VALUES {name} {{ … }}",
    "variable-mark": "'{name}' is no variable; write ?{name}",
    "where-braces": "the pattern needs braces: WHERE {{ … }}",
    "whole-number": "{word} takes a whole number, such as {word} 10",
}
#: What is said of what went wrong with us: nothing of the inside.
INTERNAL: Final = "Something went wrong on our side. It has been logged; the same request may work later."


class GateError(Exception):
    """Base of every error raised on purpose; its text is written for the person who reads it.

    ``kind`` is ``internal`` for what is nobody's business but the log's. ``line`` and ``column`` count from 1, and are
    None where the whole text is meant or nobody knows.
    """

    kind: str = "internal"

    def __init__(
        self,
        reason: str = "",
        *,
        kind: str = "",
        line: int | None = None,
        column: int | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind or type(self).kind
        self.line = line
        self.column = column
        self.extra: dict[str, object] = dict(extra or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self.args, self.__dict__)

    @property
    def where(self) -> str:
        """The place in the text, in brackets; nothing where it is not known."""
        return f" (line {self.line}, column {self.column})" if self.line is not None and self.column else ""

    @property
    def detail(self) -> str:
        """What is told to the one who asked, in a sentence or several."""
        if self.kind == "internal":
            return INTERNAL
        return f"{sentence(self.reason).rstrip('.')}{self.where}."

    def moved(self, above: int) -> Self:
        """Return the error with its place counted in the text that was given: ``above`` lines were put before that."""
        moved = copy.copy(self)
        moved.line = None if self.line is None else self.line - above
        return moved

    def seen(self, query: str, elapsed: float | None = None) -> Self:
        """Return the error with what programs want beside it: the place in ``query``, with the line that it is on.

        ``elapsed`` is how long the query ran, in seconds.
        """
        seen = copy.copy(self)
        place: dict[str, object] = {}
        if self.line is not None:
            place = {"line": self.line, "column": self.column, "excerpt": excerpt(query, self.line, self.column)}
        seen.extra = {**self.extra, **place}
        if elapsed is not None and isinstance(self, QueryTimeout | QueryMemory):
            seen.extra["elapsedSeconds"] = round(elapsed, 3)
        return seen

    def fields(self) -> dict[str, object]:
        """Return the error as it goes from one process to another; ``QueryError.of`` makes it again."""
        named = {name: getattr(self, name) for name in ("reason", "kind", "line", "column", "extra")}
        return {"error": type(self).__name__, **named}


def _made_again(kind: type[GateError], arguments: tuple[object, ...], fields: dict[str, object]) -> GateError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(fields)
    return error


class SnapshotError(GateError):
    """There is no store to open, or it cannot be used or written; the text says how to get one."""

    kind = "no-snapshot"

    @property
    def detail(self) -> str:
        """What is told to the one who asked: no path."""
        return "What this address needs of the data is not there at the moment."


class InputError(GateError):
    """A file that people write is wrong.

    ``path``, ``line`` and ``column`` (from 1, or None when the whole file or line is meant) say where, ``reason`` what
    was expected and ``repair`` how to mend it.
    """

    def __init__(
        self, path: Path, reason: str, line: int | None = None, repair: str = "", column: int | None = None
    ) -> None:
        super().__init__(reason, line=line, column=column)
        self.path = path
        self.repair = repair

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        if self.line is not None and self.column is not None:
            where += f":{self.column}"
        return f"{where}: {self.reason}" + (f" ({self.repair})" if self.repair else "")


class QueryError(GateError):
    """A query could not be answered."""

    @staticmethod
    def of(fields: Mapping[str, object]) -> QueryError:
        """Return the error that another process tells of; what it says is not trusted to be whole."""
        made = _TOLD.get(str(fields.get("error")), EngineFailure)
        line, column, extra = fields.get("line"), fields.get("column"), fields.get("extra")
        error = made.__new__(made)
        GateError.__init__(
            error,
            str(fields.get("reason", "")),
            kind=str(fields.get("kind", "")),
            line=line if isinstance(line, int) else None,
            column=column if isinstance(column, int) else None,
            extra=extra if isinstance(extra, dict) else None,
        )
        return error


class QuerySyntaxError(QueryError):
    """The text is not SPARQL 1.1; ``extra`` has the ``mistake``, one of MISTAKES, and the ``names`` in its words.

    Of kind ``unknown-prefix``, its ``extra`` names a ``prefix`` that is not declared.
    """

    kind = "query-syntax"

    def __str__(self) -> str:
        return f"{self.reason}{self.where}"

    def offering(self, prefixes: Mapping[str, str]) -> QuerySyntaxError:
        """Return the error with the line that declares its prefix, or else with one that is like it."""
        prefix = str(self.extra.get("prefix"))
        known, offering = prefixes.get(prefix), copy.copy(self)
        if known is None:
            near = get_close_matches(prefix[:_PREFIX], prefixes, 1, _ALIKE)
            offering.extra = {**self.extra, **({"nearPrefix": near[0]} if near else {})}
            return offering
        offering.extra = {**self.extra, "add": f"PREFIX {self.extra['prefix']}: <{known}>"}
        return offering

    @property
    def detail(self) -> str:
        """What is told to the one who asked, with the line that is missing."""
        if self.kind != "unknown-prefix":
            return super().detail
        add = self.extra.get("add")
        if add is not None:
            return f"{super().detail} Add this line before the query: {add}"
        if "nearPrefix" in self.extra:
            return f"{super().detail} Did you mean {self.extra['nearPrefix']}:?"
        return f"{super().detail} Add a line such as PREFIX {self.extra.get('prefix')}: <…> before the query."


class QueryRefused(QueryError):
    """The query is SPARQL, and this service does not run it.

    Kinds: ``read-only`` (an update), ``federation-off`` and ``federation-refused`` (SERVICE), ``vendor-extension``,
    ``query-too-complex``, ``answer-too-large``, and ``query-refused`` for what else there is.
    """

    kind = "query-refused"

    def __str__(self) -> str:
        return f"{self.reason}{self.where}"


class QueryTimeout(QueryError):
    """The query ran longer than its limit; ``limit`` is in seconds."""

    kind = "query-timeout"

    def __init__(self, limit: float) -> None:
        super().__init__(f"the query was stopped after {limit:g} s", extra={"limitSeconds": limit})
        self.limit = limit

    @property
    def detail(self) -> str:
        """What is told to the one who asked, with what may help."""
        return (
            f"The query was stopped after {self.limit:g} s. Narrow it: bind more terms, filter earlier, add a "
            "LIMIT, or ask for less at a time; or download the data set and query it at home."
        )


class QueryMemory(QueryError):
    """The query needed more memory than its limit; ``limit`` is in bytes."""

    kind = "query-memory"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the query needed more than {limit // 2**20} MiB of memory", extra={"limitBytes": limit})
        self.limit = limit

    @property
    def detail(self) -> str:
        """What is told to the one who asked, with what may help."""
        return (
            f"The query needed more than {self.limit // 2**20} MiB of memory. Sorting, grouping or DISTINCT "
            "over very many combinations does that: narrow the patterns, or join them through a common variable."
        )


class QueryUnsupported(QueryError):
    """The query asks for a function (kind ``unknown-function``) or a result format that there is not."""

    kind = "query-unsupported"


class QueryUnwritable(QueryUnsupported):
    """The answer holds what the format asked for cannot carry; another format can."""

    kind = "not-acceptable"


class EngineBusy(QueryError):
    """There is no worker, or no more time in one, for this query now; ``retry_after`` is in seconds."""

    kind = "busy"

    def __init__(self, retry_after: float, reason: str = "every worker is busy") -> None:
        super().__init__(reason)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.reason}; try again in {self.retry_after:g} s"

    @property
    def detail(self) -> str:
        """What is told to the one who asked, with when to come again."""
        return f"{sentence(self.reason)} Try again in {max(1, round(self.retry_after))} s."


class EngineStarting(EngineBusy):
    """The store behind the service has not told yet what every page needs; ``retry_after`` is in seconds."""

    @property
    def detail(self) -> str:
        """What is told to the one who asked, with when to come again."""
        later = f"try again in {max(1, round(self.retry_after))} s"
        return f"The store behind this service has not told its names of things yet; {later}."


class EngineUnavailable(QueryError):
    """The remote store is down, not to be believed, or, with ``slow``, did not answer in time."""

    kind = "store-unavailable"

    def __init__(self, reason: str, *, slow: bool = False) -> None:
        super().__init__(reason)
        self.slow = slow


class EngineFailure(QueryError):
    """A worker ended without an answer, and neither limit explains it."""


#: What a process that ran a query, or read an answer, may say of it.
_TOLD: Final[Mapping[str, type[QueryError]]] = {
    known.__name__: known
    for known in (QuerySyntaxError, QueryRefused, QueryUnsupported, QueryUnwritable, EngineFailure)
}


def sentence(words: str) -> str:
    """Return words as a sentence."""
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."


def excerpt(query: str, line: int, column: int | None) -> str:
    """Return the line of the query with a caret under the column, cut to what fits a terminal."""
    found = _line(query, line)
    if found is None:
        return ""
    start = max(0, (column or 1) - 60)
    shown = found[start : start + 100]
    return shown if column is None else f"{shown}\n{' ' * (column - 1 - start)}^"


def _line(text: str, number: int) -> str | None:
    """Return a line of a text, from 1; it is looked for by halves, so that even a million of them take no time."""
    if number < 1:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    low, high, before = 0, len(text), 0  # the line begins in text[low:high + 1]; ``before`` lines end before low
    while low < high:
        middle = (low + high) // 2
        ends = text.count("\n", low, middle + 1)
        if before + ends >= number - 1:
            high = middle
        else:
            low, before = middle + 1, before + ends
    start = 0 if number == 1 else low + 1
    if number > 1 and not (low < len(text) and text[low] == "\n"):
        return None
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


#: Errors of the system that say that there is no room, and what the libraries say in their place.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = ("No space left on device", "StorageFull", "Disk quota exceeded")


def is_full(error: BaseException) -> bool:
    """Say whether an error means that a disk is full; those of the store and of the search say it in words only."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    return any(text in str(error) for text in _FULL_TEXTS)


def told(error: OSError) -> str:
    """Return what an error of the system is, in a sentence: the file, the reason and, for a full disk, the repair."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{reason}{'; free some space and try again' if is_full(error) else ''}"
