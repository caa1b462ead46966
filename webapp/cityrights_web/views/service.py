"""/health, /metrics and /static/…: what the service says of itself, and its files; and where old addresses lead."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cityrights_web.assets import assets
from cityrights_web.site import Site
from cityrights_web.urls import split_language
from sparqlgate.app import health as gate_health
from sparqlgate.app import show_metrics as gate_metrics
from sparqlgate.http import problems
from sparqlgate.http.messages import CORS, Request, Response, Send, send_response

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
