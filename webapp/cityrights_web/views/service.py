"""/health, /metrics, /static/…, /robots.txt, /sitemap.xml, where old addresses lead, and errors as responses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import quoteattr

import flask

from cityrights.library.pages import ask
from cityrights_web.files import assets
from cityrights_web.layout import ABOUT_ITS_SUBJECT, LESSER, NAVIGATION, Layout
from cityrights_web.responses import current_layout, current_site, data
from cityrights_web.results import MADE
from cityrights_web.site import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, language_of, split_language, thing_key
from cityrights_web.words import language_name
from sparqlgate.app import health as gate_health
from sparqlgate.app import show_metrics as gate_metrics
from sparqlgate.http import formats, problems
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import choose
from sparqlgate.http.problems import NOWHERE, Problem, not_found
from sparqlgate.http.requests import Request, Send
from sparqlgate.http.responses import CORS, Response, send_response

_ROOT: Final = "/static/"


def moved(site: Site, path: str, query: str) -> Response:
    """Return a 308 to a site path. Slashes at the start are one, so that no path is taken for another host."""
    location = f"{site.settings.prefix}/{path.lstrip('/')}" + (f"?{query}" if query else "")
    return Response(308, "text/plain; charset=utf-8", b"", [*CORS, ("location", location)])


async def _send(site: Site, request: Request, response: Response, send: Send) -> None:
    await send_response(request, response, send, timeout=site.settings.send_seconds)


async def to_sparql(site: Site, request: Request, send: Send) -> None:
    """Lead from where people who change a path by hand look for /sparql, the one page with no path in each language."""
    language = f"lang={split_language(request.path)[0]}"
    query = "&".join(part for part in (request.query, language) if part)
    await _send(site, request, moved(site, "/sparql", query), send)


async def to_ask(site: Site, request: Request, send: Send) -> None:
    """Lead from the address that the page had before, with its question."""
    await _send(site, request, moved(site, request.path.removesuffix("build") + "ask", request.query), send)


async def health(site: Site, request: Request, send: Send) -> None:
    """Say that the service answers, and with which snapshot."""
    await gate_health(site.gate, request, send)


async def show_metrics(site: Site, request: Request, send: Send) -> None:
    """Answer with the counts, in Prometheus' format, to whom the settings allow it."""
    await gate_metrics(site.gate, request, send, {"cache_bytes": {'cache="pages"': site.pages.size}})


async def static_file(site: Site, request: Request, send: Send) -> None:
    """Answer with a script, a style or a picture. One whose name has its digest may be kept for ever."""
    response = _file(request.path.removeprefix(_ROOT))
    if response is None:
        raise problems.not_found("There is no such file.")
    await _send(site, request, response, send)


#: What browsers ask for by these names, without being told of it → the file.
ICONS: Final = {
    "favicon.ico": "favicon.ico",
    "apple-touch-icon.png": "apple-touch-icon.png",
    "apple-touch-icon-precomposed.png": "apple-touch-icon.png",
}


async def icon(site: Site, request: Request, send: Send) -> None:
    """Answer with the picture of the site, for a tab or a list of sites."""
    response = _file(ICONS[request.path.removeprefix("/")])
    assert response is not None  # it stands in the package
    await _send(site, request, response, send)


@lru_cache(256)
def _file(name: str) -> Response | None:
    asset = assets().get(name)
    if asset is None:
        return None
    kept = "public, max-age=31536000, immutable" if asset.hashed else "max-age=3600"
    packed = {"br": asset.brotli} if asset.brotli is not None else {}
    return Response(200, asset.content_type, asset.body, [("cache-control", kept)], asset.etag, packed)


#: Things in one part. Each has an address in every language, and a part may have 50 000 addresses.
PART: Final = 15_000
#: Pages that are no thing's.
PAGES: Final = (
    "/", *(f"/{name}" for name in (*NAVIGATION, *LESSER)), "/queries", "/stories", "/ask", "/asking", "/compare",
    "/coverage", "/changes", "/releases", "/api", "/ontology", "/shapes", "/download", "/about", "/accessibility",
    "/privacy",
    "/corrections", "/conformance",
)  # fmt: skip
_XML: Final = Format("XML", "application/xml", "xml")
_TEXT: Final = Format("text", "text/plain", "txt")
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:]+Z)?")


def robots() -> flask.Response:
    layout = current_layout()
    address, prefix = layout.absolute(layout.urls.plain("/sitemap.xml")), layout.site.settings.prefix
    lines = [
        "# Pages and data are for everybody. Queries and filters have no end: take /download in their place.",
        "User-agent: *",
        *(f"Disallow: {prefix}{path}" for path in ("/sparql?", "/graph?", "/suggest", "/*?")),
        f"Allow: {prefix}/",
        "",
        f"Sitemap: {address}",
        "",
    ]
    return data("\n".join(lines).encode(), _TEXT)


def sitemap() -> flask.Response:
    site = current_site()
    layout = current_layout()
    (row,) = ask(site.engine, "sitemap_count")
    parts = max(1, -(-int(str(row["n"])) // PART))
    moment = _moment(site)
    entries = [
        f"<sitemap><loc>{layout.absolute(layout.urls.plain(f'/sitemap-{number}.xml'))}</loc>{moment}</sitemap>"
        for number in range(1, parts + 1)
    ]
    return data(f"{_HEAD}<sitemapindex {_NAMESPACES}>{_joined(entries)}</sitemapindex>\n".encode(), _XML)


def sitemap_part(number: int) -> flask.Response:
    site = current_site()
    layout = current_layout()
    rows = ask(site.engine, "sitemap", limit=PART, offset=(number - 1) * PART) if number else []
    if number != 1 and not rows:
        raise not_found("The sitemap has no such part; /sitemap.xml lists those that there are.")
    keys = [key for row in rows if (key := thing_key(str(row["thing"])))]
    fixed = _fixed(layout) if number == 1 else []
    paths = [*fixed, *(f"/page/{key}" for key in keys)]
    entries = [entry for path in paths for entry in _entries(layout, path, _moment(site))]
    return data(f"{_HEAD}<urlset {_NAMESPACES}>{_joined(entries)}</urlset>\n".encode(), _XML)


def _fixed(layout: Layout) -> list[str]:
    """Return the pages that are no thing's: of those about the subject of this project's graph none beside others."""
    if layout.has_subject:
        return [*PAGES, *(f"/queries/{name}" for name in layout.site.answered)]
    left = {f"/{name}" for name in (*NAVIGATION, *LESSER, *ABOUT_ITS_SUBJECT, "releases")}
    return [page for page in PAGES if page not in left]


def _joined(entries: Iterable[str]) -> str:
    return "\n" + "".join(f"{entry}\n" for entry in entries)


def _entries(layout: Layout, path: str, moment: str) -> list[str]:
    """One entry for each language of a page, each with all of them as alternates."""
    addresses = {code: quoteattr(layout.absolute(layout.urls.site(path, language=code))) for code in LANGUAGES}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href={addresses[name]}/>'
        for code, name in (*((code, code) for code in LANGUAGES), ("x-default", DEFAULT_LANGUAGE))
    )
    return [f"<url><loc>{address[1:-1]}</loc>{moment}{others}</url>" for address in addresses.values()]


def _moment(site: Site) -> str:
    """When the data last changed, as the snapshot says; nothing where it does not."""
    built = str(site.manifest.get("built", ""))
    return f"<lastmod>{built}</lastmod>" if _DATE.fullmatch(built) else ""


#: Paths that people visit get a page unless something else is asked for; the others problem details.
_FOR_PROGRAMS = (
    "/sparql", "/data/", "/download/", "/health", "/static/", "/suggest", "/reconcile", "/cite/", "/neighbourhood/",
)  # fmt: skip
#: Names of files that a page is never called by, but for the things of others, whose names may be anything.
_DATA = frozenset(form.extension for form in (*formats.GRAPHS, *formats.RESULTS, *MADE, formats.JSON))
_DATA |= {"bib", "cff", "txt"}
_NAMED = ("/id/", "/page/")


#: A path that is repeated in a link of a page that says that nothing is there.
_PLAIN_PATH: Final = re.compile(r"(?:/[\w.~-]++)++/?")


def _tongues(layout: Layout, path: str) -> list[tuple[str, str, str]]:
    """Return each language, its name, and the address of the same in it: of an odd path, of the start page."""
    known = path if _PLAIN_PATH.fullmatch(path) else "/"
    return [(code, language_name(code), layout.urls.site(known, language=code)) for code in LANGUAGES]


def error_page(site: Site, request: Request, problem: Problem) -> Response:
    """Return the response for a problem, in the language of the request and the form that it accepts."""
    headers, path = request.headers, split_language(request.path)[1]
    language = language_of(request.path, request.query, headers.get("accept-language"))
    data = path.rpartition(".")[2] in _DATA and not path.startswith(_NAMED)
    program = data or path.startswith(_FOR_PROGRAMS) or path == "/graph"
    offers = (
        (formats.PROBLEM, formats.HTML, formats.PLAIN) if program else (formats.HTML, formats.PROBLEM, formats.PLAIN)
    )
    chosen = choose(headers.get("accept"), offers) or formats.PROBLEM
    layout = Layout(site, language, None)
    plainly = problem.plainly(language, layout.words.problems)
    problem = layout.told(problem)
    if chosen is formats.PROBLEM:
        body = problem.json(plainly)
    elif chosen is formats.PLAIN:
        body = problem.text()
    else:
        title = layout.words.error_title.get(str(problem.status), layout.words.error_other)
        body = layout.render(
            "error.html",
            problem=problem,
            title=title,
            nowhere=problem.detail == NOWHERE,
            alternatives=problem.extra.get("available", []),
            error_tongues=_tongues(layout, path),
        ).encode()
    told = [*CORS, ("vary", "Accept, Accept-Language"), ("cache-control", "no-store"), *problem.headers]
    return Response(problem.status, chosen.content_type, body, told)
