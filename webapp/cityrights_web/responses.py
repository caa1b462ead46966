"""What the views ask of the current request, and the responses that they make."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import flask
import orjson
from babel.numbers import format_decimal

from cityrights.resources.dataset import Named
from cityrights_web.layout import Layout
from cityrights_web.site import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, Urls
from cityrights_web.words import CATALOGUE
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import choose_language, write_date
from sparqlgate.http.problems import Problem, bad_request, not_found
from sparqlgate.http.requests import encode_path
from sparqlgate.http.responses import CORS

if TYPE_CHECKING:
    from cityrights_web._words import Words

T = TypeVar("T")
#: Under which name an application of pages knows its site, and what was made of it.
_SITE = "cityrights"


@dataclass
class _Served:
    site: Site
    made: dict[object, Any] = field(default_factory=dict)


def serve(app: flask.Flask, site: Site) -> None:
    """Let an application of pages serve ``site``."""
    app.extensions[_SITE] = _Served(site)


def _served() -> _Served:
    served: _Served = flask.current_app.extensions[_SITE]
    return served


def current_site() -> Site:
    """Return the site of the current request."""
    return _served().site


def once(make: Callable[[Site], T]) -> T:
    """Return what ``make`` makes of the current site; as a snapshot does not change, the first that was made stays."""
    return _first(make, lambda: make(current_site()))


def once_in_each_language(make: Callable[[Layout], T]) -> T:
    """Return what ``make`` makes of the current layout; in each language the first that was made stays."""
    return _first((make, language()), lambda: make(current_layout()))


def _first(key: object, make: Callable[[], T]) -> T:
    made = _served().made
    if key not in made:
        made.setdefault(key, make())
    found: T = made[key]
    return found


def licence_links(site: Site) -> list[tuple[str, str, str]]:
    """Return the licences of the data of a site, as members of a Link header."""
    return [(one.address, "license", "") for one in map(Named, site.licences) if one.address]


def licences() -> list[tuple[str, str, str]]:
    """Return the licences of the data of the current site, as members of a Link header."""
    return once(licence_links)


def language() -> str:
    """Return the language of the path's prefix."""
    prefix = flask.request.script_root.strip("/")
    return prefix if prefix in LANGUAGES else DEFAULT_LANGUAGE


def site_path() -> str:
    """Return the site path without its language; it is the path of an IRI, as the shell has decoded it."""
    return flask.request.path


def current_layout() -> Layout:
    """Return the layout of the current page."""
    return Layout(current_site(), language(), site_path(), flask.request.host_url.rstrip("/"))


def spoken() -> str:
    """Return the language that whoever asks likes best, where the address has none: that of an IRI, or of a file."""
    return choose_language(flask.request.headers.get("Accept-Language"), LANGUAGES)


def spoken_urls() -> Urls:
    """Return the addresses of the site in the language that whoever asks likes best."""
    return Urls(spoken(), current_site().settings.public_url)


def words() -> Words:
    """Return the words in the language of the request."""
    return CATALOGUE[language()]


def number(value: int) -> str:
    """Write a number as readers of the language of the request do."""
    return format_decimal(value, locale=language())


def refused(detail: str, **extra: object) -> Problem:
    """Return a 400; ``detail`` is in the language of the request."""
    return bad_request(detail, language=language(), **extra)


def missing(detail: str, **extra: object) -> Problem:
    """Return a 404; ``detail`` is in the language of the request."""
    return not_found(detail, language=language(), **extra)


def only(name: str, value: str) -> bool:
    """Say whether a parameter that has one value, or none, has it. Raises a 400 for any other."""
    given = flask.request.args.get(name, "")
    if given not in ("", value):
        raise refused(words().faults.only_or_none.format(name=name, known=value))
    return bool(given)


def page_number(name: str = "page") -> int:
    """Return the page asked for, from 1. Raises a 400 for what is no such number."""
    text = flask.request.args.get(name, "1")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 8 and int(text) > 0):
        raise refused(words().faults.number.format(name=name))
    return int(text)


def html(body: str, links: Sequence[tuple[str, str, str]] = ()) -> flask.Response:
    """Return a page. ``links`` are address, relation and media type (or nothing) of each Link header's member."""
    response = flask.Response(body, 200)
    response.content_type = formats.HTML.content_type
    response.headers["Content-Language"] = language()
    response.headers["Cache-Control"] = "no-cache"
    add_links(response, links)
    return response


def data(body: bytes, form: Format, links: Sequence[tuple[str, str, str]] = ()) -> flask.Response:
    """Return data: open to scripts of any site, with its licence."""
    response = flask.Response(body, 200)
    response.content_type = form.content_type
    response.headers["Cache-Control"] = "no-cache"
    response.headers.extend(CORS)
    add_links(response, [*links, *licences()])
    return response


def dated(response: flask.Response, moment: datetime | None) -> flask.Response:
    """Say when what a response is about last changed, where that is known; return the response."""
    if moment is not None:
        response.headers["Last-Modified"] = write_date(moment)
    return response


def see_other(
    target: str, links: Sequence[tuple[str, str, str]] = (), *, vary: str = "Accept, Accept-Language"
) -> flask.Response:
    """Return a 303 to ``target``; ``vary`` names the headers that chose it (nothing where none did)."""
    response = flask.Response("", 303)
    response.headers["Location"] = target
    if vary:
        response.headers["Vary"] = vary
    response.headers.extend(CORS)
    add_links(response, links)
    return response


def add_links(response: flask.Response, links: Sequence[tuple[str, str, str]]) -> None:
    """Add a Link header (RFC 8288)."""
    for header in link_header(links):
        response.headers["Link"] = header


#: How long a Link header may be, in bytes. Addresses that anybody can make long stand in many of its members, and nginx
#: as it comes takes 4 kB for the whole head of an answer, else it is a 502. A link set has what is left out.
_LONGEST_LINKS: Final = 2_500


def link_header(links: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return the one Link header (RFC 8288) that has these links, each once; none where there are none.

    Those for which there is no room are left out, for proxies refuse heads of more than some kilobytes.
    """
    members: list[str] = []
    size = 0
    for address, relation, kind in dict.fromkeys(links):
        member = f'<{_ascii(address)}>; rel="{relation}"' + (f'; type="{kind}"' if kind else "")
        if size + len(member) <= _LONGEST_LINKS:
            members.append(member)
            size += len(member) + 2
    return [", ".join(members)] if members else []


def _ascii(address: str) -> str:
    """An IRI as a URI: a header takes ASCII only."""
    return encode_path(address) if not address.isascii() else address


#: The formats of such answers by file extension.
ROWS: Final[Mapping[str, Format]] = {form.extension: form for form in (formats.JSON, formats.RESULTS_CSV)}


Links = Sequence[tuple[str, str, str]]


def json_answer(content: object, page: str, links: Links = ()) -> flask.Response:
    """Return ``content`` as JSON; ``page`` is the address of the page that shows the same, ``links`` lead elsewhere."""
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
    return data(body, formats.JSON, [(page, "alternate", "text/html"), *links])


def csv_answer(
    columns: Sequence[str], rows: Iterable[Sequence[object]], page: str, links: Links = ()
) -> flask.Response:
    """Return rows as CSV under the names of their columns; ``page`` and ``links`` as in :func:`json_answer`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return data(out.getvalue().encode(), formats.RESULTS_CSV, [(page, "alternate", "text/html"), *links])
