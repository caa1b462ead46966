"""/robots.txt and /sitemap.xml: what crawlers may read, and where it all is (sitemaps.org protocol 0.9).

Pages and data may be read; queries and combinations of filters may not, because there is no end to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import quoteattr

import flask

from cityrights.library.pages import ask
from cityrights_web.layout import ABOUT_ITS_SUBJECT, LESSER, NAVIGATION, Layout
from cityrights_web.responses import current_layout, current_site, data
from cityrights_web.site import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, thing_key
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import not_found

#: Things in one part. Each has an address in every language, and a part may have 50 000 addresses.
PART: Final = 15_000
#: Pages that are no thing's.
PAGES: Final = (
    "/", *(f"/{name}" for name in (*NAVIGATION, *LESSER)), "/queries", "/ask", "/compare", "/coverage", "/api",
    "/ontology", "/download", "/about", "/accessibility", "/privacy", "/corrections", "/conformance",
)  # fmt: skip
_XML: Final = Format("XML", "application/xml", "xml")
_TEXT: Final = Format("text", "text/plain", "txt")
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:]+Z)?")


def robots() -> flask.Response:
    layout = current_layout()
    address = layout.absolute(layout.urls.plain("/sitemap.xml"))
    lines = [
        "# Pages and data are for everybody. Queries and filters have no end: take /download in their place.",
        "User-agent: *",
        "Disallow: /sparql?",
        "Disallow: /graph?",
        "Disallow: /suggest",
        "Disallow: /*?",
        "Allow: /",
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
        return [*PAGES, *(f"/queries/{name}" for name in layout.site.questions)]
    left = {f"/{name}" for name in (*NAVIGATION, *LESSER, *ABOUT_ITS_SUBJECT)}
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
