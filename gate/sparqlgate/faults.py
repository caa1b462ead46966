"""What an error is for the person or the program that asked: its kind, the words, and the place in the query.

The site makes problem details (RFC 9457) of a fault, the server for assistants an answer that is marked as an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sparqlgate import errors

_PREFIX = re.compile(r"the prefix '([^']*):' is not declared")
_FUNCTION = re.compile(r"there is no function <([^<>]*)>")
_PLACE = re.compile(r"\(line (\d+), column (\d+)\)$")
#: Words of a refusal, with the kind of fault that it is.
_REFUSALS = (
    ("federation is off", "federation-off"),
    ("federation", "federation-refused"),
    ("read-only", "read-only"),
    ("vendor extension", "vendor-extension"),
    ("DEFINE is not", "vendor-extension"),
    ("the answer is longer", "answer-too-large"),
    ("the answer has more", "answer-too-large"),
    ("nested deeper", "query-too-complex"),
    ("more than", "query-too-complex"),
    ("longer than", "query-too-complex"),
)


_NONE: Final[Mapping[str, str]] = {}
#: What is said of what went wrong with us: nothing of the inside.
INTERNAL = "Something went wrong on our side. It has been logged; the same request may work later."


@dataclass(frozen=True)
class Fault:
    """``kind`` names the sort of error, ``detail`` is for people, ``extra`` for programs: line, column, excerpt …"""

    kind: str
    detail: str
    extra: Mapping[str, object] = field(default_factory=dict)


def moved(error: errors.CityrightsError, above: int) -> errors.CityrightsError:
    """Return an error with its place counted in the text of the one who asked: ``above`` lines were put before that."""
    if isinstance(error, errors.QuerySyntaxError) and error.line is not None:
        return errors.QuerySyntaxError(error.reason, line=error.line - above, column=error.column)
    if isinstance(error, errors.QueryRefused):
        return errors.QueryRefused(
            _PLACE.sub(lambda place: f"(line {int(place[1]) - above}, column {place[2]})", str(error))
        )
    return error


def fault_of(
    error: errors.CityrightsError, query: str = "", elapsed: float | None = None, prefixes: Mapping[str, str] = _NONE
) -> Fault | None:
    """Return what an error is for the one who asked; ``elapsed`` is how long the query ran, in seconds.

    ``prefixes`` are those that may be offered where one is not declared.

    None for an error that is ours, which is nobody's business but the log's.
    """
    match error:
        case errors.QuerySyntaxError():
            return _syntax(error, query, prefixes)
        case errors.QueryRefused():
            return _refused(str(error), query)
        case errors.QueryUnwritable():
            return Fault("not-acceptable", sentence(str(error)))
        case errors.QueryUnsupported():
            return _unsupported(str(error))
        case errors.QueryTimeout():
            return _limit(
                "query-timeout",
                f"The query was stopped after {error.limit:g} s. Narrow it: bind more terms, filter earlier, add a "
                "LIMIT, or ask for less at a time; or download the data set and query it at home.",
                {"limitSeconds": error.limit},
                elapsed,
            )
        case errors.QueryMemory():
            return _limit(
                "query-memory",
                f"The query needed more than {error.limit // 2**20} MiB of memory. Sorting, grouping or DISTINCT "
                "over very many combinations does that: narrow the patterns, or join them through a common variable.",
                {"limitBytes": error.limit},
                elapsed,
            )
        case errors.EngineStarting():
            later = f"try again in {max(1, round(error.retry_after))} s"
            return Fault("busy", f"The store behind this service has not told its names of things yet; {later}.")
        case errors.EngineBusy():
            return Fault("busy", f"{sentence(error.reason)} Try again in {max(1, round(error.retry_after))} s.")
        case errors.EngineUnavailable():
            return Fault("store-unavailable", sentence(str(error)))
        case errors.SnapshotError():
            return Fault("no-snapshot", "What this address needs of the data is not there at the moment.")
        case _:
            return None


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


def sentence(words: str) -> str:
    """Return words as a sentence."""
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."


def _limit(kind: str, detail: str, extra: dict[str, object], elapsed: float | None) -> Fault:
    if elapsed is not None:
        extra["elapsedSeconds"] = round(elapsed, 3)
    return Fault(kind, detail, extra)


def _syntax(error: errors.QuerySyntaxError, query: str, prefixes: Mapping[str, str]) -> Fault:
    extra: dict[str, object] = {}
    if error.line is not None:
        extra = {"line": error.line, "column": error.column, "excerpt": excerpt(query, error.line, error.column)}
    where = f" (line {error.line}, column {error.column})" if error.line is not None and error.column else ""
    prefix = _PREFIX.match(str(error))
    if prefix is None:
        return Fault("query-syntax", f"{sentence(str(error)).rstrip('.')}{where}.", extra)
    detail = f"The prefix '{prefix[1]}:' is not declared{where}."
    known = prefixes.get(prefix[1])
    if known is not None:
        extra["add"] = f"PREFIX {prefix[1]}: <{known}>"
        detail += f" Add this line before the query: {extra['add']}"
    else:
        detail += f" Add a line such as PREFIX {prefix[1]}: <…> before the query."
    return Fault("unknown-prefix", detail, {"prefix": prefix[1], **extra})


def _refused(reason: str, query: str) -> Fault:
    found = _PLACE.search(reason)
    extra: dict[str, object] = {}
    if found is not None:
        line, column = int(found[1]), int(found[2])
        extra = {"line": line, "column": column, "excerpt": excerpt(query, line, column)}
    kind = next((name for words, name in _REFUSALS if words in reason), "query-refused")
    return Fault(kind, sentence(reason), extra)


def _unsupported(reason: str) -> Fault:
    function = _FUNCTION.search(reason)
    if function is not None:
        return Fault("unknown-function", sentence(reason), {"function": function[1]})
    return Fault("query-unsupported", sentence(reason))
