"""A SPARQL protocol request taken apart (SPARQL 1.1 Protocol, section 2.1), before anything is run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cityrights_web.problems import Problem, bad_request, method_not_allowed
from cityrights_web.settings import Settings
from cityrights_web.shell.fields import MOST, Fields, NotUtf8, fields_of
from cityrights_web.shell.messages import Request
from cityrights_web.urls import LANGUAGES

METHODS = "GET, HEAD, POST, OPTIONS"
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
#: What is taken for an absolute IRI in a parameter.
ABSOLUTE_IRI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*$")
_MAX_GRAPHS = 100
#: How far into a body is looked, in characters, for a form that is sent as a query.
_GLANCE = 200
_READ_ONLY = "This endpoint is read-only: it answers queries and takes no updates."


class Forms(Protocol):
    """Takes forms apart, long ones aside."""

    async def fields(self, request: Request, text: str) -> Fields:
        """Return names and values. Raises ValueError where there is none, and the errors of who does it."""
        ...


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """What was asked: ``query`` is None when none was; ``formats`` are the values of format=, output=, results=.

    ``truncate`` asks for a table to be cut at the cap of rows, where there is one, in place of an error. People choose
    a ``view`` of the answer and the column by which it is in ``order``; ``part`` is the one part of a page that is
    wanted, nothing for all of it.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    run: bool = True
    truncate: bool = False
    view: str = ""
    order: str = ""
    part: str = ""


async def read(request: Request, settings: Settings, reader: Forms) -> SparqlRequest:
    """Read a request to /sparql; ``reader`` takes a long form apart.

    Raises Problem for whatever the protocol or this service does not allow, and as the reader does.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise method_not_allowed(METHODS, "Use GET or POST to send a query.")
    fields = parse_fields(request.query, "the address")
    if request.method != "POST":
        if "update" in fields:
            raise method_not_allowed(METHODS, _READ_ONLY)
        return _assemble(fields)
    kind, charset = content_type(request.headers.get("content-type", ""))
    if kind == "application/sparql-update" or "update" in fields:
        raise Problem(403, "read-only", _READ_ONLY)
    if kind not in (FORM, DIRECT):
        raise Problem(
            415,
            "unsupported-media-type",
            f"Send the query as {FORM} or as {DIRECT}, not as {kind or 'an unnamed type'}.",
        )
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported-media-type", f"Send the query in UTF-8, not in {charset[:40]}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "unsupported-media-type", "Send the query without a content encoding.")
    body = await read_body(request, settings)
    if kind == DIRECT:
        if "query" in fields:
            raise bad_request("There is a query in the address and another in the body; send one.")
        text = utf8(body, "the body")
        if text[:_GLANCE].lstrip().startswith("query="):
            raise bad_request(f"The body looks form-encoded, yet its type is {DIRECT}; send it as {FORM}.")
        return _assemble({**fields, "query": [text]})
    text = utf8(body, "the body")
    try:
        sent = _by_name(await reader.fields(request, text))
    except ValueError as error:
        raise _unreadable(error, "the body") from None
    if "update" in sent:
        raise Problem(403, "read-only", _READ_ONLY)
    merged = {name: [*fields.get(name, []), *sent.get(name, [])] for name in {**fields, **sent}}
    return _assemble(merged)


def _assemble(fields: Mapping[str, list[str]]) -> SparqlRequest:
    queries = fields.get("query", [])
    if len(queries) > 1:
        raise bad_request("There is more than one query; send one at a time.")
    query = queries[0].removeprefix("\ufeff") if queries else None
    if query is not None and not query.strip():
        raise bad_request("The query is empty: it needs SELECT, ASK, CONSTRUCT or DESCRIBE.")
    formats = [value for name in ("format", "output", "results") for value in fields.get(name, [])]
    return SparqlRequest(
        query,
        _graphs(fields, "default-graph-uri"),
        _graphs(fields, "named-graph-uri"),
        tuple(formats),
        fields.get("run") != ["0"],
        fields.get("truncate") in (["true"], ["1"]),
        *(_last(fields, name) for name in ("view", "order", "part")),
    )


def _last(fields: Mapping[str, list[str]], name: str) -> str:
    """Return a field of which the last one counts: a button adds its own to what the form has."""
    return fields.get(name, [""])[-1].strip()


def _graphs(fields: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    graphs = tuple(dict.fromkeys(value for value in fields.get(name, []) if value))
    if len(graphs) > _MAX_GRAPHS:
        raise bad_request(f"There are more than {_MAX_GRAPHS} {name} parameters.")
    for graph in graphs:
        if not ABSOLUTE_IRI.match(graph):
            raise bad_request(f"{name} must be an absolute IRI.")
    return graphs


def parse_fields(text: str, where: str) -> dict[str, list[str]]:
    """Read form-encoded fields. Raises Problem where an octet is not UTF-8, or there are too many."""
    try:
        return _by_name(fields_of(text))
    except ValueError as error:
        raise _unreadable(error, where) from None


def _by_name(pairs: Fields) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _unreadable(error: ValueError, where: str) -> Problem:
    if isinstance(error, NotUtf8):
        return bad_request(f"What {where} holds is not UTF-8 at byte {error.place}.")
    return bad_request(f"What {where} holds has more than {MOST} parameters.", maximum=MOST)


def language_asked(query: str) -> str:
    """Return the language that ``lang`` asks for in the query of an address; nothing where there is no such language.

    Raises Problem as :func:`parse_fields` does.
    """
    chosen = parse_fields(query, "the address").get("lang", [""])[-1]
    return chosen if chosen in LANGUAGES else ""


def utf8(octets: bytes, where: str) -> str:
    """Decode ``octets``; raises a 400 that says where they stop being UTF-8."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_request(f"What {where} holds is not UTF-8 at byte {error.start + 1}.") from None


def content_type(header: str) -> tuple[str, str]:
    """Return media type and charset of a Content-Type header, in lower case."""
    kind, *parameters = (part.strip() for part in header.lower().split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "")
    return kind, charset


async def read_body(request: Request, settings: Settings) -> bytes:
    """Read the body. Raises 413 over the limit (before reading, where the length is told), and 408 when it is slow."""
    too_large = Problem(413, "too-large", f"The body is larger than {settings.max_body:,} bytes.")
    told = request.headers.get("content-length", "")
    if told and (not told.isascii() or not told.isdigit()):
        raise bad_request("Content-Length is not a number.")
    if told and int(told) > settings.max_body:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(settings.receive_seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise bad_request("The body ended before its time.")
                body += message.get("body", b"")
                if len(body) > settings.max_body:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Problem(408, "timeout", f"The body did not arrive within {settings.receive_seconds:g} s.") from None
