"""Errors as the web tells them: one class for all, as problem details (RFC 9457), as a page, or as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import ClassVar

import orjson

from sparqlgate import errors

#: What is said of an address that nothing stands at.
NOWHERE = "There is no page at this address."

#: The header that says when to ask again.
LATER = (("retry-after", "60"),)
#: The status of each kind of error; any other is a 400.
_STATUS = {
    "federation-off": 403,
    "federation-refused": 403,
    "not-acceptable": 406,
    "query-timeout": 503,
    "query-memory": 503,
    "busy": 503,
    "no-snapshot": 503,
}


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
    #: What the addresses of kinds begin with; a site that explains them on a page sets its own.
    types: ClassVar[str] = "urn:sparqlgate:problem:"

    @property
    def title(self) -> str:
        """The name of the status, as RFC 9110 has it."""
        return HTTPStatus(self.status).phrase

    def plainly(self, language: str, words: Mapping[str, str]) -> str:
        """Return what is said of its kind in another language than English; nothing where the detail is in that."""
        return "" if language == "en" or self.extra.get("language") else words.get(self.kind, "")

    def spoken(self, language: str, words: Mapping[str, str], place: str) -> Problem:
        """Return the problem with its detail in a language, where it tells a common mistake in a query.

        ``words`` are those of the mistakes in the language (``errors.MISTAKES`` has the English), ``place`` those of
        the place, with ``{line}`` and ``{column}``.
        """
        told, names = words.get(str(self.extra.get("mistake"))), self.extra.get("names")
        if language == "en" or told is None or not isinstance(names, dict) or self.extra.get("language"):
            return self
        where = place.format(line=self.extra.get("line"), column=self.extra.get("column"))
        detail = f"{errors.sentence(told.format(**names)).rstrip('.')} {where}."
        return replace(self, detail=detail, extra={**self.extra, "language": language})

    def json(self, title: str = "") -> bytes:
        """Return the problem as application/problem+json; ``title`` is that in the reader's language (§3.1.3)."""
        shown = {
            "type": self.types + self.kind,
            "title": title or self.title,
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


def from_error(error: errors.GateError, query: str = "", elapsed: float | None = None) -> Problem:
    """Return the problem that an error of the store is for the client; ``elapsed`` is how long it ran, in seconds."""
    if not isinstance(error, errors.QueryError | errors.SnapshotError) or error.kind == "internal":
        return internal()
    status = _STATUS.get(error.kind, 400)
    headers: tuple[tuple[str, str], ...] = LATER if status >= 500 else ()
    if isinstance(error, errors.EngineUnavailable):
        status, headers = (504 if error.slow else 502), LATER
    elif isinstance(error, errors.EngineBusy):
        headers = (("retry-after", str(max(1, round(error.retry_after)))),)
    return Problem(status, error.kind, error.detail, error.seen(query, elapsed).extra, headers)


def no_room() -> Problem:
    """Return the 503 for an answer that takes more room on the disk than there is."""
    detail = "This server has no room on its disk for this answer at the moment. Try again later, or ask for less."
    return Problem(503, "busy", detail, headers=LATER)


def internal() -> Problem:
    """Return the 500: it says nothing of the inside."""
    return Problem(500, "internal", errors.INTERNAL)
