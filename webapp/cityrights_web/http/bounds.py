"""Limits of a request's parameters: how many, and how long each, counted where they are read, before any work."""

from __future__ import annotations

from typing import Final

from cityrights_web.language import language_of
from cityrights_web.urls import split_language
from cityrights_web.words import CATALOGUE
from sparqlgate.http.fields import MOST
from sparqlgate.http.messages import Request
from sparqlgate.http.problems import bad_request

#: The longest parameter of a page, in bytes as it is sent, where a character may be twelve: name and value together.
LONGEST: Final = 16_000
#: The longest form that a page is sent, in bytes: names of a table that are to be found.
LONGEST_FORM: Final = 300_000
#: Parameters that hold as much as an address or a form may, and are bounded by whoever reads them.
_WHOLE: Final = ("queries=",)


def check_page(request: Request, form: str = "") -> None:
    """Refuse a page's address, with the form that was sent to it, that has too many parameters, or too long ones.

    Raises a 400 that says the bound, in the language of the path or the one that the client accepts.
    """
    parts = "&".join(filter(None, (request.query, form))).split("&")
    if len(parts) > MOST:
        raise _refused(request, "many_parameters", MOST)
    for part in parts:
        if len(part) > LONGEST and not part.startswith(_WHOLE):
            raise _refused(request, "long_parameter", LONGEST)


def _refused(request: Request, fault: str, most: int) -> Exception:
    path = split_language(request.path)[1]
    language = language_of(request.path, request.query, request.headers.get("accept-language"))
    words = CATALOGUE[language]
    # Who puts a question together never sees its address: they are told what to do.
    detail = words.builder.too_long if path == "/ask" else getattr(words.faults, fault).format(n=most)
    return bad_request(detail, language=language, maximum=most)
