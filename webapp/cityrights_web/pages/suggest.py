"""/suggest: what somebody who is typing may be looking for."""

from __future__ import annotations

import flask
import orjson
from flask import Flask

from cityrights_web.pages.found import found
from cityrights_web.pages.request import data, frame
from cityrights_web.pages.search import JSON
from cityrights_web.problems import bad_request
from cityrights_web.shell.context import Site

_MOST = 8
#: The longest text, in characters: that of the field.
LONGEST = 200
#: How long, in seconds, a browser may keep the answer without asking again.
_KEPT = 300


def register(app: Flask, site: Site) -> None:
    """Add the route."""

    @app.get("/suggest")
    def suggest() -> flask.Response:
        around = frame(site)
        text = flask.request.args.get("q", "")
        if len(text) > LONGEST:
            raise bad_request(f"The text to suggest for is longer than {LONGEST} characters.")
        lines = (found(around, hit) for hit in site.search.suggest(text, around.language, _MOST))
        suggestions = [
            {
                "iri": line.hit.iri,
                "label": line.hit.label.value,
                "kind": line.hit.kind,
                "kindLabel": line.kind,
                "url": line.address,
                "place": line.hit.place.label if line.hit.place else None,
                "otherName": line.hit.other_name.value if line.hit.other_name else None,
            }
            for line in lines
            if line.address
        ]
        response = data(orjson.dumps({"query": text, "suggestions": suggestions}), JSON)
        response.headers["Cache-Control"] = f"public, max-age={_KEPT}"
        return response
