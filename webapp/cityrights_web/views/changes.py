"""/changes: what each version changed, told by claims, as a page, as feeds (Atom, JSON Feed) and as an event stream.

Of the stream (/changes/ldes: Linked Data Event Streams, TREE), with which others keep up, the root tells every page;
pages never change, so that a client reads each once. All are N-Quads. The terms are those of
https://w3id.org/ldes/vocabulary (1.0.0) and https://w3id.org/tree/specification.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree

import flask
import orjson

from cityrights.versions import stream
from cityrights.versions.history import FOLDER, Record
from cityrights.versions.stream import ADDRESS, Part, member_iri
from cityrights.vocabulary import DCTERMS, OWL, RDF, XSD
from cityrights_web.layout import Layout
from cityrights_web.responses import current_layout, data, html, licence_links, see_other
from cityrights_web.results.networks import in_xml
from cityrights_web.site import Site
from cityrights_web.views.difference import between, link, sentence
from cityrights_web.views.service import moved
from sparqlgate.http import formats
from sparqlgate.http.answers import get_or_run
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import not_found
from sparqlgate.http.requests import Request, Send
from sparqlgate.http.responses import CORS, Response, send_response

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


_LDES: Final = "https://w3id.org/ldes#"
_TREE: Final = "https://w3id.org/tree#"
_AS: Final = "https://www.w3.org/ns/activitystreams#"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_NONE: Final = "There is no such page of the stream. It begins at /changes/ldes, which tells all of them."


async def event_stream(site: Site, request: Request, send: Send) -> None:
    """Answer at /changes/ldes and below it."""
    if request.path == f"/{ADDRESS}/":  # as all addresses, it has no slash at its end
        away = moved(site, f"/{ADDRESS}", request.query)
        await send_response(request, away, send, timeout=site.settings.send_seconds)
        return
    home = site.home
    if "://" not in home:
        home = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', '')}{home}"
    loop = asyncio.get_running_loop()

    async def make() -> Response:
        return await loop.run_in_executor(site.gate.threads, _streamed, site, home, request.path)

    # What is told by the root depends on records that may come a moment after their version.
    key = f"{home} {request.path}" if request.path != f"/{ADDRESS}" else ""
    response = await get_or_run(site.pages, request, key, make)
    assert isinstance(response, Response)  # none is a stream of bytes
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def _streamed(site: Site, home: str, path: str) -> Response:
    folder = site.folder.parent / FOLDER / stream.FOLDER
    parts, root = stream.listed(stream.parts(folder), site.version), f"{home}/{ADDRESS}"
    if path == f"/{ADDRESS}":
        if not parts:
            raise not_found("No stream of versions is kept here.")
        return _nquads(site, "".join(_root(site, root, parts)).encode(), "no-cache")
    name, _, number = path.removeprefix(f"/{ADDRESS}/").partition("/")
    part = next((one for one in parts if one.name == name), None)
    page = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0
    if part is None or not 0 < page <= len(part.pages):
        raise not_found(_NONE)
    try:
        quads = stream.content(folder, name, page)
    except OSError as error:  # it begins anew at this moment
        raise not_found(_NONE) from error
    return _nquads(site, "".join(_page(root, part, page)).encode() + quads, _IMMUTABLE)


def _nquads(site: Site, body: bytes, kept: str) -> Response:
    links = ", ".join(f'<{address}>; rel="{relation}"' for address, relation, _ in licence_links(site))
    headers = [*CORS, ("cache-control", kept), *([("link", links)] if links else [])]
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(200, formats.NQUADS.content_type, body, headers, etag)


def _line(subject: str, predicate: str, value: str) -> str:
    shown = value if value.startswith('"') else f"<{value}>"
    return f"<{subject}> <{predicate}> {shown} .\n"


def _every(root: str) -> Iterator[str]:
    """Yield what every page says of the stream."""
    told = f"{root}#stream"
    yield _line(told, RDF + "type", _LDES + "EventStream")
    yield _line(told, _TREE + "view", root)
    yield _line(told, _LDES + "timestampPath", DCTERMS + "created")
    yield _line(told, _LDES + "versionOfPath", DCTERMS + "isVersionOf")
    for what in ("Create", "Update", "Delete"):
        yield _line(told, f"{_LDES}version{what}Object", _AS + what)


def _root(site: Site, root: str, parts: Sequence[Part]) -> Iterator[str]:
    yield from _every(root)
    yield _line(f"{root}#stream", DCTERMS + "isVersionOf", site.dataset_iri)
    yield _line(root, RDF + "type", _TREE + "Node")
    yield _line(root, _LDES + "retentionPolicy", f"{root}#policy")
    yield _line(f"{root}#policy", RDF + "type", _LDES + "RetentionPolicy")
    yield _line(f"{root}#policy", _LDES + "versionAmount", f'"1"^^<{XSD}integer>')
    for part in parts:
        for page in range(1, len(part.pages) + 1):
            relation = f"{root}#to-{part.name}-{page}"
            yield _line(root, _TREE + "relation", relation)
            yield _line(relation, RDF + "type", _TREE + "GreaterThanOrEqualToRelation")
            yield _line(relation, _TREE + "path", DCTERMS + "created")
            yield _line(relation, _TREE + "value", _time(part))
            yield _line(relation, _TREE + "node", f"{root}/{part.name}/{page}")


def _page(root: str, part: Part, page: int) -> Iterator[str]:
    here = f"{root}/{part.name}/{page}"
    yield from _every(root)
    yield _line(here, RDF + "type", _TREE + "Node")
    yield _line(here, DCTERMS + "isPartOf", f"{root}#stream")
    yield _line(here, _LDES + "immutable", f'"true"^^<{XSD}boolean>')
    for place, member in enumerate(part.pages[page - 1], 1):
        iri = member_iri(part.name, page, place)
        yield _line(f"{root}#stream", _TREE + "member", iri)
        yield _line(iri, RDF + "type", _AS + member.kind)
        yield _line(iri, DCTERMS + "isVersionOf", member.graph)
        yield _line(iri, DCTERMS + "created", _time(part))
        yield _line(iri, OWL + "versionInfo", f'"{part.version}"')


def _time(part: Part) -> str:
    return f'"{part.when:%Y-%m-%dT%H:%M:%SZ}"^^<{XSD}dateTime>'
