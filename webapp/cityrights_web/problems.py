"""Errors as the web tells them: one class for all, as problem details (RFC 9457), as a page, or as plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

from cityrights import errors
from cityrights.namespaces import PREFIXES

#: Addresses of the kinds of problem: a path on this site, explained on the page about it.
TYPES = "/about#problem-"

#: What is said of an address that no page stands at.
NOWHERE = "There is no page at this address."

#: The header that says when to ask again.
LATER = (("retry-after", "60"),)
_PREFIX = re.compile(r"the prefix '([^']*):' is not declared")
_FUNCTION = re.compile(r"there is no function <([^>]*)>")
_CANNOT = re.compile(r"which (JSON-LD|XML) cannot carry")
_INSTEAD = {
    "JSON-LD": ("text/turtle", "application/n-triples", "application/trig", "application/n-quads"),
    "XML": ("application/sparql-results+json", "text/csv", "text/tab-separated-values", "text/turtle"),
}
_PLACE = re.compile(r"\(line (\d+), column (\d+)\)$")
#: Words of a refusal, with the status and the kind of problem that it is.
_REFUSALS = (
    ("federation is off", 403, "federation-off"),
    ("federation", 403, "federation-refused"),
    ("read-only", 400, "read-only"),
    ("vendor extension", 400, "vendor-extension"),
    ("DEFINE is not", 400, "vendor-extension"),
    ("the answer is longer", 400, "answer-too-large"),
    ("the answer has more", 400, "answer-too-large"),
    ("nested deeper", 400, "query-too-complex"),
    ("more than", 400, "query-too-complex"),
    ("longer than", 400, "query-too-complex"),
)


@dataclass(eq=False)
class Problem(Exception):
    """An error response: ``detail`` is for people, ``extra`` for programs, ``headers`` go with it.

    The detail is in English, unless ``extra`` has its ``language``.
    """

    status: int
    kind: str
    detail: str
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The name of the status, as RFC 9110 has it."""
        return HTTPStatus(self.status).phrase

    def json(self) -> bytes:
        """Return the problem as application/problem+json."""
        shown = {
            "type": TYPES + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)

    def text(self) -> bytes:
        """Return the problem as plain text."""
        shown = [f"{self.status} {self.title}", self.detail]
        shown += [str(self.extra[name]) for name in ("excerpt", "add") if self.extra.get(name)]
        return ("\n".join(shown) + "\n").encode("utf-8", "replace")


def bad_request(detail: str, **extra: object) -> Problem:
    """Return a 400."""
    return Problem(400, "bad-request", detail, extra)


def not_found(detail: str, **extra: object) -> Problem:
    """Return a 404."""
    return Problem(404, "not-found", detail, extra)


def not_acceptable(available: list[str]) -> Problem:
    """Return a 406 that lists what there is."""
    return Problem(
        406,
        "not-acceptable",
        "None of the formats you ask for is available. Available: " + ", ".join(available) + ".",
        {"available": available},
    )


def method_not_allowed(allowed: str, detail: str = "This address can be read, and nothing else.") -> Problem:
    """Return a 405 with the methods that there are."""
    return Problem(405, "method-not-allowed", detail, headers=(("allow", allowed),))


def from_error(error: errors.CityrightsError, query: str = "", elapsed: float | None = None) -> Problem:
    """Return the problem that an error of the engine is for the client; ``elapsed`` is how long it ran, in seconds."""
    match error:
        case errors.QuerySyntaxError():
            return _syntax(error, query)
        case errors.QueryRefused():
            return _refused(str(error), query)
        case errors.QueryUnsupported():
            function = _FUNCTION.search(str(error))
            if function is not None:
                return Problem(400, "unknown-function", _sentence(str(error)), {"function": function[1]})
            cannot = _CANNOT.search(str(error))
            if cannot is not None:
                extra: dict[str, object] = {"available": list(_INSTEAD[cannot[1]])}
                return Problem(406, "not-acceptable", _sentence(str(error)), extra)
            return Problem(400, "query-unsupported", _sentence(str(error)))
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
        case errors.EngineBusy():
            wait = max(1, round(error.retry_after))
            return Problem(
                503, "busy", f"Every worker is busy. Try again in {wait} s.", headers=(("retry-after", str(wait)),)
            )
        case errors.EngineUnavailable():
            return Problem(504 if error.slow else 502, "store-unavailable", _sentence(str(error)), headers=LATER)
        case errors.SnapshotError():
            return Problem(
                503, "no-snapshot", "What this address needs of the data is not there at the moment.", headers=LATER
            )
        case _:
            return internal()


def _limit(kind: str, detail: str, extra: dict[str, object], elapsed: float | None) -> Problem:
    if elapsed is not None:
        extra["elapsedSeconds"] = round(elapsed, 3)
    return Problem(503, kind, detail, extra, LATER)


def _syntax(error: errors.QuerySyntaxError, query: str) -> Problem:
    extra: dict[str, object] = {}
    if error.line is not None:
        extra = {"line": error.line, "column": error.column, "excerpt": excerpt(query, error.line, error.column)}
    where = f" (line {error.line}, column {error.column})" if error.line is not None and error.column else ""
    prefix = _PREFIX.match(str(error))
    if prefix is None:
        return Problem(400, "query-syntax", f"{_sentence(str(error)).rstrip('.')}{where}.", extra)
    detail = f"The prefix '{prefix[1]}:' is not declared{where}."
    known = PREFIXES.get(prefix[1])
    if known is not None:
        extra["add"] = f"PREFIX {prefix[1]}: <{known}>"
        detail += f" Add this line before the query: {extra['add']}"
    else:
        detail += f" Add a line such as PREFIX {prefix[1]}: <…> before the query."
    return Problem(400, "unknown-prefix", detail, {"prefix": prefix[1], **extra})


def _refused(reason: str, query: str) -> Problem:
    found = _PLACE.search(reason)
    extra: dict[str, object] = {}
    if found is not None:
        line, column = int(found[1]), int(found[2])
        extra = {"line": line, "column": column, "excerpt": excerpt(query, line, column)}
    status, kind = next(((code, name) for words, code, name in _REFUSALS if words in reason), (400, "query-refused"))
    return Problem(status, kind, _sentence(reason), extra)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."


def internal() -> Problem:
    """Return the 500: it says nothing of the inside."""
    return Problem(
        500, "internal", "Something went wrong on our side. It has been logged; the same request may work later."
    )


def excerpt(query: str, line: int, column: int | None) -> str:
    """Return the line of the query with a caret under the column, cut to what fits a terminal."""
    lines = re.split(r"\r\n|\r|\n", query)
    if not 0 < line <= len(lines):
        return ""
    start = max(0, (column or 1) - 60)
    shown = lines[line - 1][start : start + 100]
    return shown if column is None else f"{shown}\n{' ' * (column - 1 - start)}^"
