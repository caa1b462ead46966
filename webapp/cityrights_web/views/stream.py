"""/changes/ldes: the versions as a stream of graphs that others keep up with (Linked Data Event Streams, TREE).

The root tells every page; pages never change, so that a client reads each once. All are N-Quads. The terms are those of
https://w3id.org/ldes/vocabulary (1.0.0) and https://w3id.org/tree/specification.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from cityrights.versions import stream
from cityrights.versions.history import FOLDER
from cityrights.versions.stream import ADDRESS, Part, member_iri
from cityrights.vocabulary import DCTERMS, OWL, RDF, XSD
from cityrights_web.responses import licence_links
from cityrights_web.site import Site
from cityrights_web.views.service import moved
from sparqlgate.http import formats
from sparqlgate.http.answers import get_or_run
from sparqlgate.http.problems import not_found
from sparqlgate.http.requests import Request, Send
from sparqlgate.http.responses import CORS, Response, send_response

_LDES: Final = "https://w3id.org/ldes#"
_TREE: Final = "https://w3id.org/tree#"
_AS: Final = "https://www.w3.org/ns/activitystreams#"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_NONE: Final = "There is no such page of the stream. It begins at /changes/ldes, which tells all of them."


async def answer(site: Site, request: Request, send: Send) -> None:
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
        return await loop.run_in_executor(site.gate.threads, _made, site, home, request.path)

    # What is told by the root depends on records that may come a moment after their version.
    key = f"{home} {request.path}" if request.path != f"/{ADDRESS}" else ""
    response = await get_or_run(site.pages, request, key, make)
    assert isinstance(response, Response)  # none is a stream of bytes
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def _made(site: Site, home: str, path: str) -> Response:
    folder = site.folder.parent / FOLDER / stream.FOLDER
    parts, root = stream.listed(stream.parts(folder), site.version), f"{home}/{ADDRESS}"
    if path == f"/{ADDRESS}":
        if not parts:
            raise not_found("No stream of versions is kept here.")
        return _response(site, "".join(_root(site, root, parts)).encode(), "no-cache")
    name, _, number = path.removeprefix(f"/{ADDRESS}/").partition("/")
    part = next((one for one in parts if one.name == name), None)
    page = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0
    if part is None or not 0 < page <= len(part.pages):
        raise not_found(_NONE)
    try:
        quads = stream.content(folder, name, page)
    except OSError as error:  # it begins anew at this moment
        raise not_found(_NONE) from error
    return _response(site, "".join(_page(root, part, page)).encode() + quads, _IMMUTABLE)


def _response(site: Site, body: bytes, kept: str) -> Response:
    links = ", ".join(f'<{address}>; rel="{relation}"' for address, relation, _ in licence_links(site))
    headers = [*CORS, ("cache-control", kept), *([("link", links)] if links else [])]
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(200, formats.NQUADS.content_type, body, headers, etag)


def _line(subject: str, predicate: str, value: str) -> str:
    shown = value if value.startswith('"') else f"<{value}>"
    return f"<{subject}> <{predicate}> {shown} .\n"


def _stream(root: str) -> Iterator[str]:
    """Yield what every page says of the stream."""
    told = f"{root}#stream"
    yield _line(told, RDF + "type", _LDES + "EventStream")
    yield _line(told, _TREE + "view", root)
    yield _line(told, _LDES + "timestampPath", DCTERMS + "created")
    yield _line(told, _LDES + "versionOfPath", DCTERMS + "isVersionOf")
    for what in ("Create", "Update", "Delete"):
        yield _line(told, f"{_LDES}version{what}Object", _AS + what)


def _root(site: Site, root: str, parts: Sequence[Part]) -> Iterator[str]:
    yield from _stream(root)
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
    yield from _stream(root)
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
