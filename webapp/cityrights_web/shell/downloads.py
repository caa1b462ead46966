"""/download/…: the dumps, from the snapshot's folder, by the manifest's list of names and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from cityrights_web import formats
from cityrights_web.own import licence_links
from cityrights_web.problems import not_found
from cityrights_web.shell.context import Site
from cityrights_web.shell.encoding import accepted
from cityrights_web.shell.messages import CORS, Request, Response, Send, matches, send_response, send_stream
from cityrights_web.urls import encode_path

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


class FileChunks:
    """A file in pieces; closing stops the reading."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file's content."""
        while not self._closed and (piece := self._file.read(_PIECE)):
            yield piece

    def close(self) -> None:
        """Close the file."""
        self._closed = True
        self._file.close()


async def download(site: Site, request: Request, send: Send) -> None:
    """Send a dump. Its ETag is its hash; a gzipped copy beside it is sent to those who can read it."""
    name = request.path.removeprefix("/download/")
    about = site.files.get(name)
    path = site.folder / name
    if about is None or not await asyncio.to_thread(path.is_file):
        raise not_found("There is no such file. The list of files is at /download.")
    etag = f'"{about["sha256"]}"'
    headers = [
        *CORS,
        ("content-type", _TYPES.get(path.suffix, "application/octet-stream")),
        ("content-disposition", f'attachment; filename="{name}"'),
        *(("link", f'<{encode_path(iri)}>; rel="{rel}"') for iri, rel, _ in licence_links(site)),
        ("vary", "Accept-Encoding"),
    ]
    packed = path.with_name(name + ".gz")
    if "gzip" in accepted(request.headers.get("accept-encoding")) and await asyncio.to_thread(packed.is_file):
        path, etag = packed, f'"{about["sha256"]}-gzip"'
        headers.append(("content-encoding", "gzip"))
    if matches(etag, request.headers.get("if-none-match")):
        unchanged = Response(200, "", b"", [*CORS, ("vary", "Accept-Encoding")], etag=etag)
        await send_response(request, unchanged, send, timeout=site.settings.send_seconds)
        return
    size = (await asyncio.to_thread(path.stat)).st_size
    headers += [("etag", etag), ("content-length", str(size))]
    await send_stream(
        request, headers, FileChunks(path), send, threads=site.threads, timeout=site.settings.send_seconds, whole=_PIECE
    )
