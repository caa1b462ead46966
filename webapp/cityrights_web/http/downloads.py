"""/download/…: the dumps, from the snapshot's folder, by the manifest's list of names and nothing else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from pathlib import Path

from cityrights.snapshot import SUMS
from cityrights_web.dumps import Dump, Spoilt
from cityrights_web.site import Site
from cityrights_web.whose_data import licence_links
from sparqlgate.http import formats
from sparqlgate.http.fields import encode_path
from sparqlgate.http.messages import CORS, Request, Response, Send, accepted, matches, send_response, send_stream
from sparqlgate.http.problems import LATER, Problem, not_found

_PIECE = 256 * 1024
_TYPES = {
    ".nq": formats.NQUADS.content_type,
    ".nt": formats.NTRIPLES.content_type,
    ".trig": formats.TRIG.content_type,
    ".ttl": formats.TURTLE.content_type,
    ".jsonld": formats.JSONLD.content_type,
    ".rdf": formats.RDFXML.content_type,
    ".json": "application/json",
}
_REMOVED = "This file was removed from the server after it had started. The list of files is at /download."
_SPOILT = "This file is not as it was built, so it is not sent. Whoever runs this service is told."


async def download(site: Site, request: Request, send: Send) -> None:
    """Send a dump. Its ETag is its hash; a gzipped copy beside it is sent to those who can read it.

    What is sent has been compared with the digest that the build recorded, which ``Repr-Digest`` (RFC 9530) tells, so
    that whoever has it can verify it.
    """
    name = request.path.removeprefix("/download/")
    if name == SUMS:
        await send_response(request, _sums(site), send, timeout=site.settings.send_seconds)
        return
    about = site.files.get(name)
    if about is None:
        raise not_found("There is no such file. The list of files is at /download.")
    headers = [
        *CORS,
        ("content-type", _TYPES.get(Path(name).suffix, "application/octet-stream")),
        ("content-disposition", f'attachment; filename="{name}"'),
        *(("link", f'<{encode_path(iri)}>; rel="{rel}"') for iri, rel, _ in licence_links(site)),
        ("vary", "Accept-Encoding"),
    ]
    loop = asyncio.get_running_loop()
    wanted = request.headers.get("accept-encoding")
    dump, packed = await loop.run_in_executor(site.gate.threads, _opened, site, name, wanted)
    try:
        if packed:
            etag = f'"{about["sha256"]}-gzip"'
            headers.append(("content-encoding", "gzip"))
        else:
            etag = f'"{about["sha256"]}"'
            # It is the digest of what is sent, coding and all: that of a gzipped copy was never told.
            digest = base64.b64encode(bytes.fromhex(str(about["sha256"]))).decode()
            headers.append(("repr-digest", f"sha-256=:{digest}:"))
        if matches(etag, request.headers.get("if-none-match")):
            unchanged = Response(200, "", b"", [*CORS, ("vary", "Accept-Encoding")], etag=etag)
            await send_response(request, unchanged, send, timeout=site.settings.send_seconds)
            return
        headers += [("etag", etag), ("content-length", str(dump.size))]
        await send_stream(
            request, headers, dump, send, threads=site.gate.threads, timeout=site.settings.send_seconds, whole=_PIECE
        )
    finally:
        dump.close()


def _opened(site: Site, name: str, accept_encoding: str | None) -> tuple[Dump, bool]:
    """Open what is to be sent, and say whether it is the gzipped copy: one that is spoilt is told, and left alone."""
    if "gzip" in accepted(accept_encoding):
        with contextlib.suppress(FileNotFoundError, Spoilt):
            return site.dumps.open(name, packed=True), True
    try:
        return site.dumps.open(name), False
    except FileNotFoundError:
        raise Problem(410, "gone", _REMOVED) from None
    except Spoilt as error:
        raise Problem(503, "no-snapshot", _SPOILT, headers=LATER) from error


def _sums(site: Site) -> Response:
    """Return the digests of all dumps, as sha256sum (GNU coreutils) checks them."""
    lines = [f"{about['sha256']}  {name}\n" for name, about in site.files.items()]
    return Response(200, "text/plain; charset=utf-8", "".join(lines).encode(), [*CORS], f'"{site.short}-sums"')
