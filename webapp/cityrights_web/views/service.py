"""/health, /metrics and /static/…: what the service says of itself, and its files; and where old addresses lead."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import orjson

from cityrights_web.assets import assets
from cityrights_web.http import metrics, problems
from cityrights_web.http.messages import CORS, Request, Response, Send, send_response
from cityrights_web.http.problems import Problem
from cityrights_web.site import Site
from cityrights_web.urls import split_language

_ROOT: Final = "/static/"


def moved(path: str, query: str) -> Response:
    """Return a 308 to ``path``. Slashes at the start are one, so that no path is taken for another host."""
    location = "/" + path.lstrip("/") + (f"?{query}" if query else "")
    return Response(308, "text/plain; charset=utf-8", b"", [*CORS, ("location", location)])


async def _send(site: Site, request: Request, response: Response, send: Send) -> None:
    await send_response(request, response, send, timeout=site.settings.send_seconds)


async def to_sparql(site: Site, request: Request, send: Send) -> None:
    """Lead from where people who change a path by hand look for /sparql, the one page with no path in each language."""
    language = f"lang={split_language(request.path)[0]}"
    query = "&".join(part for part in (request.query, language) if part)
    await _send(site, request, moved("/sparql", query), send)


async def to_ask(site: Site, request: Request, send: Send) -> None:
    """Lead from the address that the page had before, with its question."""
    await _send(site, request, moved(request.path.removesuffix("build") + "ask", request.query), send)


async def health(site: Site, request: Request, send: Send) -> None:
    """Say that the service answers, and with which snapshot."""
    body = orjson.dumps({"status": "ok", "version": site.version})
    response = Response(200, "application/json", body, [*CORS, ("cache-control", "no-store")])
    await _send(site, request, response, send)


async def show_metrics(site: Site, request: Request, send: Send) -> None:
    """Answer with the counts, in Prometheus' format, to whom the settings allow it."""
    readers = site.settings.metrics
    if readers == "off":
        raise problems.not_found("There is nothing at this address.")
    if readers == "loopback" and not request.record.local:
        raise Problem(403, "forbidden", "The metrics are for this machine only.")
    gauges: dict[str, dict[str, float]] = {
        "queries_running": {"": float(site.flights.running)},
        "cache_bytes": {'cache="answers"': site.answers.size, 'cache="pages"': site.pages.size},
        "workers": {f'state="{name}"': count for name, count in site.engine.status().items()},
        "dataset_info": {f'version="{site.version}"': 1},
    }
    body = site.shared.metrics.text(gauges)
    await _send(site, request, Response(200, metrics.CONTENT_TYPE, body, [("cache-control", "no-store")]), send)


async def static_file(site: Site, request: Request, send: Send) -> None:
    """Answer with a script, a style or a picture. One whose name has its digest may be kept for ever."""
    response = _file(request.path.removeprefix(_ROOT))
    if response is None:
        raise problems.not_found("There is no such file.")
    await _send(site, request, response, send)


@lru_cache(256)
def _file(name: str) -> Response | None:
    asset = assets().get(name)
    if asset is None:
        return None
    kept = "public, max-age=31536000, immutable" if asset.hashed else "max-age=3600"
    packed = {"br": asset.brotli} if asset.brotli is not None else {}
    return Response(200, asset.content_type, asset.body, [("cache-control", kept)], asset.etag, packed)
