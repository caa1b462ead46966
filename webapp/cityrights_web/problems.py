"""Errors as the web tells them: one class for all, as problem details (RFC 9457), as a page, or as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

from cityrights import errors

#: Addresses of the kinds of problem: a path on this site, explained on the page about it.
TYPES = "/about#problem-"


@dataclass(eq=False)
class Problem(Exception):
    """An error response: ``detail`` is for people, ``extra`` for programs, ``headers`` go with it."""

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
        return f"{self.status} {self.title}\n{self.detail}\n".encode()


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


def from_error(error: errors.CityrightsError, query: str = "") -> Problem:
    """Return the problem that an error of the engine is for the client."""
    match error:
        case errors.QuerySyntaxError():
            extra: dict[str, object] = {}
            if error.line is not None:
                extra = {
                    "line": error.line,
                    "column": error.column,
                    "excerpt": excerpt(query, error.line, error.column),
                }
            return Problem(400, "query-syntax", str(error), extra)
        case errors.QueryRefused():
            status = 403 if "SERVICE" in str(error) or "federation" in str(error).lower() else 400
            return Problem(status, "query-refused", str(error))
        case errors.QueryUnsupported():
            return Problem(400, "query-unsupported", str(error))
        case errors.QueryTimeout():
            return Problem(
                503,
                "query-timeout",
                f"The query was stopped after {error.limit:g} s. Narrow it: bind more terms, filter earlier, add a "
                "LIMIT, or ask for less at a time; or download the data set and query it at home.",
                {"limitSeconds": error.limit},
                (("retry-after", "60"),),
            )
        case errors.QueryMemory():
            return Problem(
                503,
                "query-memory",
                f"The query needed more than {error.limit // 2**20} MiB of memory. Sorting, grouping or DISTINCT "
                "over very many combinations does that: narrow the patterns, or join them through a common variable.",
                {"limitBytes": error.limit},
                (("retry-after", "60"),),
            )
        case errors.EngineBusy():
            wait = max(1, round(error.retry_after))
            return Problem(
                503, "busy", f"Every worker is busy. Try again in {wait} s.", headers=(("retry-after", str(wait)),)
            )
        case errors.SnapshotError():
            return Problem(503, "no-snapshot", str(error))
        case _:
            return internal()


def internal() -> Problem:
    """Return the 500: it says nothing of the inside."""
    return Problem(
        500, "internal", "Something went wrong on our side. It has been logged; the same request may work later."
    )


def excerpt(query: str, line: int, column: int | None) -> str:
    """Return the line of the query with a caret under the column, cut to what fits a terminal."""
    lines = query.splitlines()
    if not 0 < line <= len(lines):
        return ""
    start = max(0, (column or 1) - 60)
    shown = lines[line - 1][start : start + 100]
    return shown if column is None else f"{shown}\n{' ' * (column - 1 - start)}^"
