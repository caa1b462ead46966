"""/download: the files, what each is for, how to verify them."""

from __future__ import annotations

import flask
import orjson
from flask import Flask

from cityrights_web import formats
from cityrights_web.negotiation import choose
from cityrights_web.pages.request import data, frame, html, licences
from cityrights_web.pages.things.dates import when
from cityrights_web.shell.context import Site


def register(app: Flask, site: Site) -> None:
    """Add the route."""

    @app.get("/download")
    def downloads() -> flask.Response:
        around = frame(site)
        chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, formats.JSON)) or formats.HTML
        described = [(around.urls.plain(f"/dataset.{form.extension}"), form) for form in formats.GRAPHS]
        links = [(address, "describedby", form.media_type) for address, form in described]
        if chosen is formats.JSON:
            response = data(orjson.dumps(dict(site.manifest)), formats.JSON, links)
        else:
            files = [(name, int(about["bytes"]), str(about["sha256"])) for name, about in site.files.items()]
            numbers = {name: site.manifest[name] for name in ("quads", "triples", "graphs") if name in site.manifest}
            body = around.render(
                "download.html",
                files=files,
                numbers={name: around.number(int(value)) for name, value in numbers.items()},
                built=when(str(site.manifest.get("built", "")), around.language),
                described=[(form.name, address) for address, form in described],
            )
            response = html(body, [*links, *licences()])
        response.headers["Vary"] = "Accept"
        return response
