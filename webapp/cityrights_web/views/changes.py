"""/changes: what each version changed, told by claims, as a page and as feeds (Atom, JSON Feed)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

import flask
import orjson

from cityrights.versions.history import Record
from cityrights_web.layout import Layout
from cityrights_web.responses import current_layout, data, html, see_other
from cityrights_web.results.networks import in_xml
from cityrights_web.views.difference import between, link, sentence
from sparqlgate.http.formats import Format

ATOM: Final = Format("Atom", "application/atom+xml", "atom")
#: https://www.jsonfeed.org/version/1.1/
JSON_FEED: Final = Format("JSON Feed", "application/feed+json", "json")
FORMATS: Final = {form.extension: form for form in (ATOM, JSON_FEED)}
#: Versions on the page, and in a feed.
_VERSIONS: Final = 30
#: Changes of one version that a page and an entry of a feed tell.
_SHOWN: Final = 60
_ATOM: Final = "http://www.w3.org/2005/Atom"


def changes_page() -> flask.Response:
    layout = current_layout()
    found = _records(layout)
    feeds = [(form, layout.urls.site(f"/changes.{form.extension}")) for form in FORMATS.values()]
    body = layout.render(
        "changes.html",
        records=[(record, _told(layout, record), between(layout, record)) for record in found],
        feeds=[(form.name, address) for form, address in feeds],
        shown=_SHOWN,
    )
    return html(body, [(address, "alternate", form.media_type) for form, address in feeds])


def versions_page() -> flask.Response:
    """Lead to where the versions are told, from what all their addresses begin with."""
    return see_other(current_layout().urls.site("/changes"), vary="")


def changes_feed(extension: str) -> flask.Response:
    layout = current_layout()
    found, form = _records(layout), FORMATS[extension]
    page = layout.absolute(layout.urls.site("/changes"))
    own = layout.absolute(layout.urls.site(f"/changes.{extension}"))
    body = _atom(layout, found, page, own) if form is ATOM else _json_feed(layout, found, page, own)
    return data(body, form, [(page, "alternate", "text/html")])


def _records(layout: Layout) -> Sequence[Record]:
    """Return the newest records of the folder of snapshots that the one served stands in, up to that one."""
    return layout.site.history.until(layout.site.version)[:_VERSIONS]


def _told(layout: Layout, record: Record) -> list[tuple[str, str]]:
    """Return what a version changed in the page's language, each with the address of what it is about, or nothing."""
    return [(sentence(layout, one), link(layout, one)) for one in record.changes[:_SHOWN]]


def _title(layout: Layout, record: Record) -> str:
    words = layout.words.changes
    return words.version.format(version=record.version[:12], day=layout.day(record.when.date()))


def _lines(layout: Layout, record: Record) -> list[str]:
    """Return an entry of a feed as lines of text."""
    words = layout.words.changes
    if not record.before:
        return [words.first]
    counts = words.counts.format(added=layout.number(record.added), removed=layout.number(record.removed))
    more = len(record.changes) + record.untold - _SHOWN
    rest = [words.more.format(n=layout.number(more))] if more > 0 else []
    return [*(told for told, _ in _told(layout, record)), *rest, counts]


def _atom(layout: Layout, found: Sequence[Record], page: str, own: str) -> bytes:
    """Return the feed as RFC 4287 has it."""
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": layout.language})

    def say(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
        element = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        element.text = in_xml(text) or None
        return element

    say(feed, "id", page)
    say(feed, "title", f"{layout.words.changes.title} – {layout.name}")
    say(feed, "updated", found[0].when.isoformat() if found else "1970-01-01T00:00:00+00:00")
    say(feed, "link", rel="self", href=own, type=ATOM.media_type)
    say(feed, "link", rel="alternate", href=page, type="text/html")
    say(say(feed, "author"), "name", layout.name)
    for record in found:
        entry = say(feed, "entry")
        say(entry, "id", _name(record))
        say(entry, "title", _title(layout, record))
        say(entry, "updated", record.when.isoformat())
        say(entry, "link", rel="alternate", href=f"{page}#v-{record.version[:12]}", type="text/html")
        say(entry, "content", "\n".join(_lines(layout, record)), type="text")
    body: bytes = ElementTree.tostring(feed, "utf-8", xml_declaration=True)
    return body


def _json_feed(layout: Layout, found: Sequence[Record], page: str, own: str) -> bytes:
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{layout.words.changes.title} – {layout.name}",
        "home_page_url": page,
        "feed_url": own,
        "language": layout.language,
        "authors": [{"name": layout.name}],
        "items": [
            {
                "id": _name(record),
                "url": f"{page}#v-{record.version[:12]}",
                "title": _title(layout, record),
                "content_text": "\n".join(_lines(layout, record)),
                "date_published": record.when.isoformat(),
                "_cityrights": {
                    "version": record.version,
                    "before": record.before or None,
                    "added": record.added,
                    "removed": record.removed,
                },
            }
            for record in found
        ],
    }
    body: bytes = orjson.dumps(feed, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
    return body


def _name(record: Record) -> str:
    """Return what an entry is called for ever: the version, and when it was taken up, for it may be so again."""
    return f"urn:sha256:{record.version}#{record.when:%Y%m%dT%H%M%SZ}"
