"""/openapi.json: what programs can read here; /api: the same for those who write them."""

from __future__ import annotations

import flask
import orjson
from flask import Flask

from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.openapi import Operation, Value, document, operations
from cityrights_web.pages.request import data, frame, html
from cityrights_web.shell.context import Site

_OPENAPI = Format("OpenAPI", "application/json", "json")


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/openapi.json")
    def openapi() -> flask.Response:
        around = frame(site)
        body = orjson.dumps(document(around), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
        return data(body, _OPENAPI, [(around.urls.site("/api"), "alternate", formats.HTML.media_type)])

    @app.get("/api")
    def api() -> flask.Response:
        around = frame(site)
        words = around.words.queries
        held = [_shown(one) for one in operations(around)]
        groups = [(words.api_questions, "questions"), (words.api_others, "others")]
        body = around.render(
            "api.html", groups=[(title, [one for one in held if one["group"] == name]) for title, name in groups]
        )
        return html(body, [(around.urls.plain("/openapi.json"), "service-desc", "application/json")])


def _shown(one: Operation) -> dict[str, object]:
    return {
        "id": one.id,
        "path": one.path,
        "summary": one.summary,
        "description": one.description,
        "example": one.example,
        "group": one.group,
        "parameters": [{"name": value.name, "type": _type(value), "means": value.means} for value in one.values],
    }


def _type(value: Value) -> str:
    choices = value.schema.get("enum")
    return " | ".join(choices) if choices else str(value.schema["type"])
