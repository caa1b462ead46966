"""In which language a request is answered: that of its path, else the one that it asks for, else the one it accepts."""

from __future__ import annotations

from contextlib import suppress

from cityrights_web.urls import LANGUAGES, split_language
from sparqlgate.http.negotiation import choose_language
from sparqlgate.http.problems import Problem
from sparqlgate.http.protocol import parse_fields


def language_of(path: str, query: str, accept: str | None) -> str:
    """Return the language of an answer at ``path`` to a client that sends this ``Accept-Language``.

    The parameter ``lang`` counts at and below /sparql alone, which has no path of its own in each language.
    """
    language, below, prefixed = split_language(path)
    if prefixed:
        return language
    asked = ""
    if below == "/sparql" or below.startswith("/sparql/"):
        with suppress(Problem):
            asked = language_asked(query)
    return asked or choose_language(accept, LANGUAGES)


def language_asked(query: str) -> str:
    """Return the language that ``lang`` asks for in the query of an address; nothing where there is no such language.

    Raises Problem as :func:`parse_fields` does.
    """
    chosen = parse_fields(query, "the address").get("lang", [""])[-1]
    return chosen if chosen in LANGUAGES else ""
