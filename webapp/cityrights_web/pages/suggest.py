"""/suggest: what somebody who is typing may be looking for."""

from __future__ import annotations

import flask
import orjson
from flask import Flask

from cityrights.namespaces import whole
from cityrights.search.schema import KINDS
from cityrights_web.pages.found import found
from cityrights_web.pages.request import data, frame, number, refused, words
from cityrights_web.pages.search import JSON
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
            raise refused(words().faults.long_text.format(n=number(LONGEST)))
        narrowed = [(field, values) for field, values in (("kind", _kinds()), ("type", _classes())) if values]
        lines = (found(around, hit) for hit in site.search.suggest(text, around.language, _MOST, narrowed))
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


def _kinds() -> list[str]:
    kinds = flask.request.args.getlist("kind")
    if not set(kinds) <= set(KINDS):
        raise refused(words().faults.kind)
    return kinds


def _classes() -> list[str]:
    classes = [text for text in flask.request.args.getlist("class") if text]
    if len(classes) > _MOST or any(len(text) > LONGEST or ":" not in text for text in classes):
        raise refused(words().faults.classes.format(n=_MOST))
    return [_iri(text) for text in classes]


def _iri(name: str) -> str:
    """Return the IRI of a class that is named by it, or in short; a prefix of no vocabulary is taken for a scheme."""
    try:
        return whole(name)
    except ValueError:
        return name
